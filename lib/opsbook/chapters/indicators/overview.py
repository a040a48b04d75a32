"""7.1.1: what changed, where, and what explains it."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.chapters.indicators import rows
from opsbook.data import indicators
from opsbook.estimate import Estimate
from opsbook.methods import decomposition, ratios

ORDINARY = "change against the spread of earlier period-to-period changes"
MOST_WINDOWS = 26
PRELIMINARY = 0.2  # posts of which more than this share is young carry no finding


def headlines(book):
    """Every headline against the previous period, last year and last year's promotion.

    Columns: indicator (its id), value, then previous, last_year and aligned, each with its
    relative change; low, high (95 % interval of the change against the comparison period), p_value, n,
    preliminary_share, verdict (better, worse, unclear), aligned_to.
    """
    return book.once("headlines", lambda: _headlines(book))


def _headlines(book):
    frame = rows.daily(book)
    aligned = book.aligned
    spans = {
        "previous": book.period.previous,
        "last_year": book.period.last_year,
        "aligned": aligned.period if aligned else None,
    }
    out = []
    for name in rows.HEADLINES:
        own = frame[frame["indicator"] == name]
        now = rows.between(own, book.period)
        if now.empty:
            continue
        record = {"indicator": name, "value": rows.figure(name, now)}
        for kind, span in spans.items():
            past = rows.between(own, span) if rows.has_history(own, span) else own.iloc[:0]
            record[kind] = rows.figure(name, past)
            record[f"{kind}_change"] = _relative(record["value"], record[kind])
        moved = change(book, name)
        record |= {"low": moved.low, "high": moved.high, "n": moved.n}
        record["preliminary_share"] = rows.preliminary_share(book, name)
        record["verdict"] = _verdict(name, moved)
        out.append(record)
    columns = [
        "indicator",
        "value",
        "previous",
        "previous_change",
        "low",
        "high",
        "n",
        "verdict",
        "last_year",
        "last_year_change",
        "aligned",
        "aligned_change",
        "preliminary_share",
    ]
    table = pd.DataFrame(out, columns=columns)
    _report(book, table)
    return table


def shown(book, table):
    """The headlines as a reader sees them: names, and each figure written in its own unit."""
    words = table.copy()
    for column in ("value", "previous", "last_year", "aligned"):
        words[column] = [
            written(book, name, value)
            for name, value in zip(table["indicator"], table[column], strict=True)
        ]
    words["indicator"] = [book.indicator_name(n) for n in table["indicator"]]
    return words


def written(book, name, value):
    """A figure of an indicator in its unit."""
    style = {"fraction": "p", "currency": "m", "times": "n", "people": "n", "posts": "n"}
    return book.translator.write(value, style.get(indicators.indicator(name).unit, "d"))


def change(book, name, compared=None):
    """Relative change of an indicator against a period, with its interval, as an Estimate.

    Ratios: linearised over account-days (`methods.ratios.difference`). Totals: the spread of the
    changes between earlier periods of the same length says how far a total moves by itself.
    """
    indicators.indicator(name)  # an unknown name is an error, not a figure without data
    compared = compared or book.compared
    now, before = rows.sides(book, name, compared)
    if compared is None or now.empty or before.empty:
        return Estimate.not_enough(0, ORDINARY, unit="fraction")
    if rows.is_ratio(name):
        keyed = [f.assign(_unit=f["date_day"].astype(str) + f["account"]) for f in (now, before)]
        found = ratios.difference(*keyed, "numerator", "denominator", unit="_unit")
        return Estimate(
            found["value"],
            found["low"],
            found["high"],
            int(found["n"]),
            ratios.LINEARISED,
            bool(np.isfinite(found["value"])),
            unit="fraction",
        )
    value = _relative(rows.figure(name, now), rows.figure(name, before))
    spread, n = _ordinary(book, name)
    if not np.isfinite(value) or value <= -1 or n < 6:
        return Estimate(value, np.nan, np.nan, n, ORDINARY, False, unit="fraction")
    reach = stats.t.ppf(0.975, n - 1) * spread
    log = np.log1p(value)
    low, high = np.expm1(log - reach), np.expm1(log + reach)
    return Estimate(value, float(low), float(high), n, ORDINARY, True, unit="fraction")


def _ordinary(book, name):
    """Spread of log changes between neighbouring earlier periods of the same length."""
    frame = rows.daily(book)
    own = frame[frame["indicator"] == name].groupby("date_day")["numerator"].sum()
    start = pd.Timestamp(book.period.start)
    own = own[own.index < start]
    if own.empty:
        return np.nan, 0
    window = (start - own.index - pd.Timedelta(days=1)).days // book.period.days
    sums = own.groupby(window).sum().sort_index()
    whole = int(window.max()) if (window == window.max()).sum() < book.period.days else None
    sums = sums.drop(whole, errors="ignore") if whole is not None else sums
    sums = sums.iloc[:MOST_WINDOWS]
    sums = sums[sums > 0]
    logs = np.diff(np.log(sums.to_numpy()))
    return (float(np.std(logs, ddof=1)), len(logs)) if len(logs) > 1 else (np.nan, len(logs))


def drivers(book):
    """Which platform and account carry each headline's change: contributions add up to it.

    One row per indicator, level (platform, account) and part: previous, value, share_before, share,
    contribution (in the indicator's unit), of_change (share of the whole change), mix_effect and
    rate_effect (rates only: because the mix moved, because the part's own rate moved). The three
    largest parts of each level.
    """
    out = []
    for name in rows.HEADLINES:
        for level in ("platform", "account"):
            part = decompose(book, name, level).head(3)
            if len(part):
                part = part.rename(columns={level: "part"})
                part.insert(0, "indicator", name)
                part.insert(1, "level", level)
                out.append(part)
    columns = ["indicator", "level", "part", "previous", "value", "share_before", "share"]
    columns += ["mix_effect", "rate_effect", "contribution", "of_change"]
    return pd.concat(out, ignore_index=True)[columns] if out else pd.DataFrame(columns=columns)


def decompose(book, name, level="platform", compared=None):
    """Contributions of every platform or account to one headline's change (see `drivers`)."""
    now, before = rows.sides(book, name, compared)
    if now.empty or before.empty:
        return pd.DataFrame(columns=[level, "contribution"])
    bottom = "denominator" if rows.is_ratio(name) else None
    table = decomposition.contributions(now, before, level, "numerator", bottom)
    factor = indicators.indicator(name).factor
    table[["mix_effect", "rate_effect", "contribution"]] *= factor
    if bottom:
        table[["previous", "value"]] *= factor
    total = rows.figure(name, now) - rows.figure(name, before)
    table["of_change"] = table["contribution"] / total if total else np.nan
    return table


def waterfall(book, name, level="platform", most=8):
    """One headline from the comparison period to this one: (frame of part, change; start; end)."""
    now, before = rows.sides(book, name)
    table = decompose(book, name, level)
    if table.empty:
        return table, np.nan, np.nan
    steps = table[[level, "contribution"]].rename(columns={level: "part"})
    rest = steps.iloc[most:]["contribution"].sum()
    steps = steps.head(most)
    if len(table) > most:
        steps = pd.concat(
            [steps, pd.DataFrame({"part": [book.t("7.1.1.rest")], "contribution": [rest]})],
            ignore_index=True,
        )
    return steps, rows.figure(name, before), rows.figure(name, now)


def sales(book):
    """Sales gross, paid and net by account of origin beside what ad platforms claim.

    Columns: account, orders_count, sales_gross, sales_paid, sales_net, refunded_share,
    previous_paid, change, claimed_sales (ad platforms only; never added to the shop's own).
    """
    wide = {}
    for name in ("orders_count", "sales_gross", "sales_paid", "sales_net"):
        now, before = rows.sides(book, name)
        wide[name] = now.groupby("account")["numerator"].sum()
        if name == "sales_paid":
            wide["previous_paid"] = before.groupby("account")["numerator"].sum()
    frame = pd.DataFrame(wide)
    claimed = rows.daily_of(book, ["ad_conversions_value"])
    now = rows.between(claimed, book.period).groupby("account")["numerator"].sum()
    frame = frame.join(now.rename("claimed_sales"), how="outer")
    if frame.empty:
        return pd.DataFrame(columns=["account", "sales_paid"])
    frame["refunded_share"] = 1 - frame["sales_net"] / frame["sales_paid"].where(
        frame["sales_paid"] > 0
    )
    frame["change"] = (
        frame["sales_paid"] / frame["previous_paid"].where(frame["previous_paid"] > 0) - 1
    )
    frame = frame.rename_axis("account").reset_index().sort_values("sales_paid", ascending=False)
    order = ["account", "orders_count", "sales_gross", "sales_paid", "sales_net", "refunded_share"]
    return frame[[*order, "previous_paid", "change", "claimed_sales"]].reset_index(drop=True)


def organic(book):
    """Boosted posts apart from organic ones: posts, views, interactions, rate, spend by platform."""
    names = ["posts_published", "views", "interactions", "engagement_rate_by_views"]
    frame = indicators.compute(
        book.store,
        names,
        by=["platform", "is_boosted"],
        period=book.period,
        version=book.version,
        filters=book.filters,
        equal_age=int(book.settings.thresholds["equal_age_days"]),
    )
    boosted = frame["is_boosted"].map({True: "paid", False: "organic"}).fillna("unknown")
    frame.insert(1, "traffic", boosted)
    views = frame.groupby("platform")["views"].transform("sum")
    frame["views_share"] = frame["views"] / views.where(views > 0)
    return frame.drop(columns="is_boosted").sort_values(["platform", "traffic"], ignore_index=True)


def course(book, names=("net_followers", "views", "sales_paid"), days=56):
    """Headlines by day over the last weeks, newest days marked: indicator, date_day, value, state.

    state: final or preliminary. Days are local; posts count on the day they were published.
    """
    frame = rows.daily(book)
    end = pd.Timestamp(book.period.end)
    frame = frame[(frame["date_day"] > end - pd.Timedelta(days=days)) & (frame["date_day"] <= end)]
    frame = frame[frame["indicator"].isin(names)]
    if frame.empty:
        return pd.DataFrame(columns=["indicator", "date_day", "value", "state"])
    table = frame.groupby(["indicator", "date_day"], as_index=False)["numerator"].sum()
    table = table.rename(columns={"numerator": "value"})
    # relative to the window's mean, so that people, plays and money share an axis
    table["relative"] = table["value"] / table.groupby("indicator")["value"].transform("mean") - 1
    start = rows.preliminary_from(book)
    table["state"] = np.where(table["date_day"] >= start, "preliminary", "final")
    table["indicator"] = [book.indicator_name(n) for n in table["indicator"]]
    return table


def _relative(value, past):
    return value / past - 1 if past == past and past > 0 and value == value else np.nan


def _verdict(name, moved):
    """better, worse or unclear, by the indicator's direction and the interval."""
    direction = indicators.indicator(name).direction
    if not moved.enough or direction == "none" or moved.low <= 0 <= moved.high:
        return "unclear"
    return "better" if (moved.value > 0) == (direction == "up") else "worse"


def _report(book, table):
    """The summary sentence, and a finding for each headline that moved beyond the ordinary."""
    if table.empty or book.compared is None:
        return
    known = table.dropna(subset=["previous_change"])
    for name in ("sales_paid", "views", "net_followers"):
        row = known[known["indicator"] == name]
        if len(row):
            row = row.iloc[0]
            moved = change(book, name)
            book.say(
                "7.1.1",
                "7.1.1.said" if moved.enough else "7.1.1.said_plain",
                indicator=book.indicator_name(name),
                value=written(book, name, row["value"]),
                change=moved.value,
                low=moved.low,
                high=moved.high,
                compared=book.compared.label,
            )
            break
    for row in table.itertuples():
        # young posts still grow: their totals would fall every week; revised days only shake
        young = indicators.indicator(row.indicator).view == "posts"
        if row.verdict == "unclear" or (young and row.preliminary_share > PRELIMINARY):
            continue
        moved = change(book, row.indicator)
        first = decompose(book, row.indicator, "account").iloc[0]
        bad = row.verdict == "worse"
        book.find(
            "7.1.1",
            ("high" if abs(moved.value) > 0.25 else "medium") if bad else "info",
            "7.1.1.worse" if bad else "7.1.1.better",
            subject=book.indicator_name(row.indicator),
            figure=moved,
            value=written(book, row.indicator, row.value),
            previous=written(book, row.indicator, rows.figure(*_before(book, row.indicator))),
            compared=book.compared.label,
            part=first["account"],
            share=first["of_change"],
        )


def _before(book, name):
    return name, rows.sides(book, name)[1]
