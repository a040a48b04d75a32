"""10.1.5: followers gained and lost, what comes next, and who stays."""

import numpy as np
import pandas as pd

from opsbook.chapters.growth import rows
from opsbook.data.views import follower_days
from opsbook.estimate import Estimate
from opsbook.methods import cohort_effects, level_shift, orders_ahead, retention
from opsbook.methods import forecast as forecasting

HORIZON = 28
QUARTER = 91  # days that orders of known buyers are expected for


def days(book):
    """Followers by account and day up to the end of the period."""
    frame = book.view("follower_days", follower_days)
    book.asked.add("follower_daily")
    frame = frame[frame["date_day"] < rows.end(book)]
    return frame.sort_values("date_day", kind="stable", ignore_index=True)


def growth(book):
    """Growth by account: gained, lost and net of the last 28 days against the 28 before.

    Columns: platform, account_id, followers, gained, lost, net_gain, gained_before, lost_before, net_before,
    gain_rate (gained per follower), loss_rate, change (of net, in followers), days. Of gained, lost and
    net two give the third; where a platform reports the net alone, gained and lost are missing.
    """
    frame = days(book)
    new, lost, net = (frame[f"{kind}_followers"] for kind in ("new", "lost", "net"))
    frame["new_followers"], frame["lost_followers"] = new.fillna(net + lost), lost.fillna(new - net)
    columns = ["platform", "account_id", "followers", "gained", "lost", "net_gain", "gained_before",
               "lost_before", "net_before", "gain_rate", "loss_rate", "change", "days"]  # fmt: skip
    out = []
    for (platform, account), part in frame.groupby(["platform", "account_id"]):
        last = part["date_day"].max()
        now = part[part["date_day"] > last - pd.Timedelta(days=28)]
        before = part[part["date_day"] <= last - pd.Timedelta(days=28)]
        before = before[before["date_day"] > last - pd.Timedelta(days=56)]
        size = part["followers_total"].dropna()
        size = float(size.iloc[-1]) if len(size) else np.nan
        sums = [
            side[c].sum(min_count=1)
            for side in (now, before)
            for c in ("new_followers", "lost_followers", "net_followers")
        ]
        out.append(
            (platform, account, size, *sums, sums[0] / size, sums[1] / size,
             sums[2] - sums[5], len(now), *_worst_day(now))
        )  # fmt: skip
    table = pd.DataFrame(out, columns=[*columns, "worst", "worst_net"]).sort_values(
        "net_gain", ascending=False, ignore_index=True
    )
    for row in table[(table["net_gain"] < 0)].itertuples():
        book.find("10.1.5", "high", "10.1.5.shrinks", figure=row.net_gain, unit="people", n=row.days,
                  subject=rows.account_name(book, row.platform, row.account_id),
                  gained=row.gained, lost=row.lost, worst=row.worst, worst_net=row.worst_net)  # fmt: skip
    return table[columns]


def _worst_day(part):
    """The day with the lowest net change, and that change."""
    net = part.set_index("date_day")["net_followers"].dropna()
    return (net.idxmin(), net.min()) if len(net) else (pd.NaT, np.nan)


def split(book):
    """Followers gained, lost (below zero) and net by week over all accounts: week, kind, followers."""
    frame = days(book)
    if frame.empty:
        return pd.DataFrame(columns=["week", "kind", "followers"])
    frame["week"] = frame["date_day"].dt.to_period("W-SUN").dt.start_time
    whole = frame.groupby("week")["date_day"].nunique()
    sums = frame.groupby("week")[["new_followers", "lost_followers", "net_followers"]].sum(
        min_count=1
    )
    sums = sums[whole == 7]
    table = pd.DataFrame(
        {"gained": sums["new_followers"], "lost": -sums["lost_followers"],
         "net": sums["net_followers"]}
    )  # fmt: skip
    long = table.reset_index().melt("week", var_name="kind", value_name="followers")
    return long.dropna(subset=["followers"]).reset_index(drop=True)


def steps(book):
    """Lasting steps in followers gained a week: platform, account_id, date, relative, low, high, statistic, n."""
    frame = days(book)
    parts = []
    for (platform, account), part in frame.groupby(["platform", "account_id"]):
        gained = part.set_index("date_day")["new_followers"].dropna()
        if len(gained) < 84:
            continue
        weekly = gained.resample("W-SUN").sum()
        weekly = weekly[gained.resample("W-SUN").size() == 7]
        found = level_shift.steps(weekly)
        # an account without a step has no types of its own
        if len(found):
            parts.append(found.assign(platform=platform, account_id=account))
    columns = ["platform", "account_id", "date", "relative", "low", "high", "statistic", "n"]
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True)[columns]
    table = table.sort_values("statistic", ascending=False, ignore_index=True)
    big = table[(table["low"] > 0.2) | (table["high"] < -0.2)]
    for row in big.head(3).itertuples():
        up = row.relative > 0
        book.find(
            "10.1.5", "info" if up else "medium", f"10.1.5.step_{'up' if up else 'down'}",
            subject=rows.account_name(book, row.platform, row.account_id),
            figure=Estimate(row.relative, row.low, row.high, row.n, "sup-Wald step of weekly gains",
                            unit="fraction"),
            date=row.date,
        )  # fmt: skip
    return table


def outlook(book):
    """Forecast of the net growth of all accounts: a methods.forecast.Forecast per day over 28 days."""
    return book.once("growth.forecast", lambda: _outlook(book))


def _outlook(book):
    frame = days(book)
    per = frame.dropna(subset=["net_followers"])
    # an account that begins or stops midway would look like growth: those with all days count
    if len(per):
        first = per.groupby(["platform", "account_id"])["date_day"].agg(["min", "max"])
        widest = first["max"].max()
        kept = first.index[first["max"] >= widest - pd.Timedelta(days=2)]
        key = pd.MultiIndex.from_frame(per[["platform", "account_id"]])
        per = per[key.isin(kept)]
        start = first.loc[kept, "min"].max()
        stop = first.loc[kept, "max"].min()
        per = per[per["date_day"].between(start, stop)]
        series = per.groupby("date_day")["net_followers"].sum()
        series = series.asfreq("D").tail(420)
    else:
        series = pd.Series(dtype=float, index=pd.DatetimeIndex([], freq="D"))
    if len(series) < 3:
        return None
    return forecasting.forecast(series, HORIZON)


def outlook_table(book):
    """The forecast by week beside the last four: week, kind (past, forecast), net_gain, low, high.

    The interval of a week's sum takes days as moving together, which is wide rather than narrow.
    """
    found = outlook(book)
    columns = ["week", "kind", "net_gain", "low", "high"]
    if found is None or not found.enough:
        return pd.DataFrame(columns=columns)
    frame = found.frame.copy()
    frame["week"] = frame["date"].dt.to_period("W-SUN").dt.start_time
    ahead = frame.groupby("week").agg(
        net_gain=("mean", "sum"), low=("low", "sum"), high=("high", "sum")
    )
    history = split(book)
    history = history[history["kind"] == "net"].tail(26)
    seen = pd.DataFrame({"week": history["week"], "kind": "past", "net_gain": history["followers"]})
    table = pd.concat([seen, ahead.reset_index().assign(kind="forecast")], ignore_index=True)
    total, low, high = (float(ahead[c].sum()) for c in ("net_gain", "low", "high"))
    book.say("10.1.5", "10.1.5.said", total=total, low=low, high=high, days=HORIZON)
    if high < 0:
        worst = growth(book).iloc[-1]
        book.find("10.1.5", "high", "10.1.5.outlook", subject=book.translator.value("all"),
                  account=rows.account_name(book, worst["platform"], worst["account_id"]),
                  net=worst["net_gain"], lost=worst["lost"],
                  figure=Estimate(total, low, high, found.n, found.method, unit="people"))  # fmt: skip
    return table.reindex(columns=columns)


def backtest(book):
    """The forecast on past windows beside the seasonal-naive one.

    Columns: origin, mase, mase_seasonal_naive, better (whether the model was nearer), method.
    """
    found = outlook(book)
    columns = ["origin", "mase", "mase_seasonal_naive", "better", "used"]
    if found is None or found.backtest.empty:
        return pd.DataFrame(columns=columns)
    table = found.backtest.copy()
    table["better"] = table["mase"] < table["mase_seasonal_naive"]
    model = table["mase"].mean() < table["mase_seasonal_naive"].mean()
    table["used"] = "model" if model else "seasonal_naive"
    return table[columns]


def cohorts(book):
    """Buyers by month of their first order: cohort, age (months), n, retained, rate, low, high."""
    events = rows.events(book)
    events = events[events["kind"] == "order"]
    table = retention.cohorts(events, at="at")
    if len(table):
        # the month that is still running is not a retention yet
        month = table["cohort"].dt.to_period("M").astype("int64") + table["age"] + 1
        now = rows.end(book).to_period("M").ordinal
        table = table[month <= now].reset_index(drop=True)
    return table


def unusual_cohorts(book):
    """Cohorts that come back more or less than the others, at the same age and beside a shared drift.

    Columns: cohort, n (people), back (returns in months 1 to 6), expected (the others' rate), relative, low, high,
    p_value, p_adjusted (Holm), by `methods.cohort_effects`.
    """
    found = cohort_effects.effects(cohorts(book))
    for row in found[found["p_adjusted"] < 0.05].head(3).itertuples():
        book.find(
            "10.1.5", "info" if row.relative > 0 else "medium",
            "10.1.5.cohort_up" if row.relative > 0 else "10.1.5.cohort_down",
            subject=f"{row.cohort:%Y-%m}",
            figure=Estimate(row.relative, row.low, row.high, row.n, cohort_effects.METHOD,
                            unit="fraction"),
            back=row.back, expected=row.expected,
        )  # fmt: skip
    return found


def buyers_ahead(book):
    """Repeat orders of known buyers: two past quarters as they were expected then, and the next one.

    Columns: start, end (last day), n (buyers known at the start), expected, low, high (repeat orders
    in the window; orders of one day count once), ordered (missing for the window to come), verdict
    (inside, above, below, to_come, too_early where the data are not enough), by `orders_ahead`.
    """
    events = rows.events(book)
    events = events[events["kind"] == "order"]
    columns = ["start", "end", "n", "expected", "low", "high", "ordered", "verdict"]
    if events.empty:
        return pd.DataFrame(columns=columns)
    days = events.assign(day=events["at"].dt.normalize()).drop_duplicates(["person_key", "day"])
    now, out = rows.end(book).normalize(), []
    for back in (2 * QUARTER, QUARTER, 0):
        start = now - pd.Timedelta(days=back)
        end = start + pd.Timedelta(days=QUARTER)
        known = orders_ahead.histories(events, start)
        if known.empty:
            continue
        found = orders_ahead.outlook(known["frequency"], known["recency"], known["age"], QUARTER)
        inside = days["day"].between(start, end, inclusive="left")
        again = int((inside & days["person_key"].isin(known.index)).sum())
        out.append(
            (start, end - pd.Timedelta(days=1), len(known), found.orders.value, found.orders.low, found.orders.high,
             again if back else np.nan, _against(found.orders, again, to_come=not back))
        )  # fmt: skip
    table = pd.DataFrame(out, columns=columns)
    last = table["end"] == now - pd.Timedelta(days=1)
    for row in table[last & (table["verdict"] == "below")].itertuples():
        book.find(
            "10.1.5", "medium", "10.1.5.buyers_fewer", subject=book.translator.value("all"),
            figure=Estimate(row.expected, row.low, row.high, row.n, orders_ahead.METHOD, unit="orders"),
            ordered=row.ordered,
        )  # fmt: skip
    return table


def _against(expected, ordered, *, to_come):
    """How orders compare with what was expected of them."""
    if not expected.enough:
        return "too_early"
    if to_come:
        return "to_come"
    if ordered > expected.high:
        return "above"
    return "below" if ordered < expected.low else "inside"
