"""6.3.2: where the next yuan should go, which creatives to stop, and what to watch."""

import numpy as np
import pandas as pd

from opsbook.chapters.ads import rows as ad_rows
from opsbook.chapters.ads.creative import fatigue
from opsbook.data.views import order_lines
from opsbook.estimate import Estimate
from opsbook.methods import bursts, ratios
from opsbook.methods import response as mix

# A budget plan moves no channel by more than this at once: beyond it the curve is a guess.
BOUNDS = (0.5, 1.5)


def response(book):
    """Fit of each channel's response (carry-over and saturation) on daily spend and paid sales.

    Outcome: the shop's paid sales by day where orders are imported, else claimed conversions.
    Returns the result of `methods.response.fit`, or None where there is nothing to fit.
    """
    daily = _daily(book)
    if daily is None:
        return None
    channels = [c for c in daily.columns if c not in ("date_day", "outcome")]
    return mix.fit(daily, channels, "outcome", date="date_day")


def points(book, fit, plan=None):
    """Present and proposed spend on each curve: channel, spend, effect, kind."""
    if fit is None or not fit.identified:
        return pd.DataFrame(columns=["channel", "spend", "effect", "kind"])
    present = _present(book)
    kinds = [("present", present)] + ([("proposed", plan)] if plan is not None else [])
    out = []
    for kind, spend in kinds:
        for channel, part in fit.curves.groupby("channel"):
            amount = float(spend[channel])
            effect = np.interp(amount, part["spend"], part["effect"])
            out.append((channel, amount, effect, kind))
    return pd.DataFrame(out, columns=["channel", "spend", "effect", "kind"])


def reallocation(book, fit=None):
    """Daily budget per channel, now and proposed, total unchanged, each within half to one and a half.

    One row per channel: spend (a day, now), proposed, change, marginal_now and marginal_proposed
    (outcome per unit of spend at the margin). The plan's gain goes to the findings with its
    interval. Empty with a reason among the findings where the curves are not identified.
    """
    fit = response(book) if fit is None else fit
    present = _present(book)
    # money has to go from somewhere to somewhere
    if fit is None or len(present) < 2:
        return pd.DataFrame(columns=["channel"])
    if not fit.identified:
        book.find(
            "6.3.2",
            "info",
            "6.3.2.not_identified",
            subject=book.t("6.3.2.budget"),
            figure=float(len(present)),
            n=len(present),
            unit="times",
            reason=book.why(fit),
        )
        return pd.DataFrame(columns=["channel"])
    bounds = {c: (BOUNDS[0] * v, BOUNDS[1] * v) for c, v in present.items()}
    plan = fit.allocate(float(present.sum()), bounds=bounds, present=present)
    out = []
    for channel, part in fit.curves.groupby("channel"):
        slope = np.gradient(part["effect"], part["spend"])
        out.append(
            (
                channel,
                present[channel],
                plan.spend[channel],
                plan.spend[channel] / present[channel] - 1 if present[channel] else np.nan,
                np.interp(present[channel], part["spend"], slope),
                np.interp(plan.spend[channel], part["spend"], slope),
            )
        )
    frame = pd.DataFrame(
        out,
        columns=[
            "channel",
            "spend",
            "proposed_budget",
            "change",
            "marginal_now",
            "marginal_proposed",
        ],
    ).sort_values("change", ascending=False, ignore_index=True)
    gain = plan.gain
    if gain.enough and gain.low > 0:
        book.find(
            "6.3.2",
            "high",
            "6.3.2.move",
            subject=" → ".join(
                [_word(book, frame["channel"].iloc[-1]), _word(book, frame["channel"].iloc[0])]
            ),
            figure=Estimate(gain.value, gain.low, gain.high, gain.n, gain.method, unit="currency"),
            more=_word(book, frame["channel"].iloc[0]),
            amount=frame["proposed_budget"].iloc[0],
            now=frame["spend"].iloc[0],
            less=_word(book, frame["channel"].iloc[-1]),
        )
    sure = gain.enough and gain.low > 0
    book.say(
        "6.3.2",
        "6.3.2.said" if sure else "6.3.2.unsure",
        gain=gain.value,
        low=gain.low,
        high=gain.high,
    )
    return frame


def shifts(book, dimensions=("hour", "region", "age", "gender", "interest")):
    """The same question over time of day, region and audience: conversions per spend of each level.

    One row per dimension and level: spend, cost_per_action, relative yield (conversions per unit
    of spend against the dimension's average) with low and high, and `gain`: conversions more in
    the window if a tenth of its spend went to the best level, with gain_low and gain_high, at the
    levels' present yields.
    """
    out = []
    for dimension in dimensions:
        frame = ad_rows.window(book, dimension=dimension)
        if frame.empty or frame[dimension].nunique() < 2 or frame["conversions"].sum() == 0:
            continue
        table = ratios.ratio(frame, "conversions", "spend", by=dimension, kind="yield")
        table = table[table["enough"] & (table["denominator"] > 0)]
        if len(table) < 2:
            continue
        average = table["numerator"].sum() / table["denominator"].sum()
        best = table.loc[table["low"].idxmax()]
        for _, row in table.iterrows():
            moved = 0.1 * row["denominator"]
            out.append(
                (
                    dimension,
                    _level(book, dimension, row[dimension]),
                    row["denominator"],
                    1 / row["value"] if row["value"] else np.nan,
                    row["value"] / average - 1,
                    row["low"] / average - 1,
                    row["high"] / average - 1,
                    moved * (best["value"] - row["value"]),
                    moved * (best["low"] - row["high"]),
                    moved * (best["high"] - row["low"]),
                    row["n"],
                )
            )
    frame = pd.DataFrame(
        out,
        columns=[
            "dimension",
            "level",
            "spend",
            "cost_per_action",
            "relative",
            "low",
            "high",
            "gain",
            "gain_low",
            "gain_high",
            "n",
        ],
    )
    # sorted, since an empty frame has no numbers that nlargest could rank
    sure = frame[frame["gain_low"] > 0].sort_values("gain", ascending=False).head(3)
    for _, row in sure.iterrows():
        book.find(
            "6.3.2",
            "medium",
            "6.3.2.shift",
            subject=f"{book.translator.label(row['dimension'])}: {row['level']}",
            figure=Estimate(
                row["gain"],
                row["gain_low"],
                row["gain_high"],
                int(row["n"]),
                ratios.LINEARISED,
                unit="times",
            ),
            spend=0.1 * row["spend"],
        )
    return frame.sort_values(["dimension", "relative"], ascending=[True, False], ignore_index=True)


def pause_or_refresh(book):
    """What to do with each running ad: pause, refresh or keep, with the gain that is expected.

    One row per ad: spend and cost_per_action of the last 30 days, relative yield against the
    platform's average with low and high, worn_share, decision, gain (conversions a day if its
    spend earned the platform's average) with gain_low and gain_high.
    """
    now = ad_rows.window(book, 30)
    if now.empty:
        return pd.DataFrame(columns=["ad_name"])
    worn = fatigue(book).set_index(["platform", "ad_id"])["worn_share"]
    out = []
    for platform, part in now.groupby("platform"):
        average = part["conversions"].sum() / part["spend"].sum() if part["spend"].sum() else np.nan
        table = ratios.ratio(part, "conversions", "spend", by="ad_id", kind="yield")
        # with many ads some look bad by chance: a pause must hold after Bonferroni's correction
        sure = ratios.ratio(
            part,
            "conversions",
            "spend",
            by="ad_id",
            kind="yield",
            level=1 - 0.05 / max(len(table), 1),
        ).set_index("ad_id")["high"]
        names = part.drop_duplicates("ad_id").set_index("ad_id")["ad_name"]
        days = part["date_day"].nunique()
        for _, row in table[table["enough"] & (table["denominator"] > 0)].iterrows():
            tired = float(worn.get((platform, row["ad_id"]), 0.0))
            per_day = row["denominator"] / days
            decision = "keep"
            if sure[row["ad_id"]] < average:
                decision = "refresh" if tired >= 0.5 else "pause"
            elif tired >= 0.5:
                decision = "refresh"
            out.append(
                (
                    platform,
                    names[row["ad_id"]],
                    row["ad_id"],
                    row["denominator"],
                    1 / row["value"] if row["value"] else np.nan,
                    row["value"] / average - 1,
                    row["low"] / average - 1,
                    row["high"] / average - 1,
                    tired,
                    decision,
                    per_day * (average - row["value"]),
                    per_day * (average - row["high"]),
                    per_day * (average - row["low"]),
                    row["n"],
                )
            )
    frame = pd.DataFrame(
        out,
        columns=[
            "platform",
            "ad_name",
            "ad_id",
            "spend",
            "cost_per_action",
            "relative",
            "low",
            "high",
            "worn_share",
            "decision",
            "gain",
            "gain_low",
            "gain_high",
            "n",
        ],
    )
    for _, row in (
        frame[frame["decision"] == "pause"].sort_values("gain", ascending=False).head(5).iterrows()
    ):
        book.find(
            "6.3.2",
            "high",
            "6.3.2.pause",
            subject=row["ad_name"],
            figure=Estimate(
                row["gain"],
                row["gain_low"],
                row["gain_high"],
                int(row["n"]),
                ratios.LINEARISED,
                unit="times",
            ),
            spend=row["spend"],
            cost=row["cost_per_action"],
        )
    order = {"pause": 0, "refresh": 1, "keep": 2}
    return frame.sort_values(
        "decision", key=lambda s: s.map(order), kind="stable", ignore_index=True
    )


def alerts(book):
    """Days on which an ad account's figures left their ordinary range, at a stated rate of false alarms.

    Watches conversions, clicks and spend per platform by `methods.bursts.alarms` (upwards), and
    drops by the same on lost conversions. One row per alarm inside the period: platform, metric,
    date, count, expected, threshold.
    """
    now = ad_rows.window(book, 400)
    per_year = book.settings.thresholds["false_alarms_per_year"]
    out = []
    for (platform, metric), series in _watched(now):
        found = bursts.alarms(series, false_alarms_per_year=per_year)
        rows = found[found["alarm"].astype(bool)]
        inside = rows["date"].between(
            pd.Timestamp(book.period.start), pd.Timestamp(book.period.end)
        )
        for _, row in rows[inside].iterrows():
            out.append(
                (platform, metric, row["date"], row["count"], row["expected"], row["threshold"])
            )
            book.find(
                "6.3.2",
                "high",
                "6.3.2.alarm",
                subject=f"{_word(book, platform)}: {book.translator.label(metric)}",
                figure=float(row["count"]),
                unit="times",
                expected=row["expected"],
                date=row["date"],
                threshold=row["threshold"],
                rate=per_year,
            )
    return pd.DataFrame(
        out, columns=["platform", "metric", "date", "count", "expected", "threshold"]
    )


def _watched(now):
    for platform, part in now.groupby("platform"):
        for metric in ("conversions", "clicks"):
            series = part.groupby("date_day")[metric].sum(min_count=1).dropna()
            if len(series) >= 60:
                yield (platform, metric), series.asfreq("D").fillna(0)


def _daily(book):
    """Spend by channel and the outcome, one row per day without gaps, or None."""
    now = ad_rows.window(book, 400)
    if now.empty:
        return None
    spend = now.pivot_table(index="date_day", columns="platform", values="spend", aggfunc="sum")
    orders = book.view("orders", order_lines)
    kept = ad_rows.currency(book)
    orders = orders[orders["currency"].fillna(kept) == kept]
    # sales that ads can have brought; the rest would only be noise to the curves
    if (orders["traffic_type"] == "paid").any():
        orders = orders[orders["traffic_type"] == "paid"]
    if len(orders) and orders["paid"].sum() > 0:
        outcome = orders.groupby("date_day")["paid"].sum()
    else:
        outcome = now.groupby("date_day")["conversions"].sum()
    index = pd.date_range(spend.index.min(), spend.index.max(), freq="D")
    daily = spend.reindex(index).fillna(0.0)
    daily["outcome"] = outcome.reindex(index).fillna(0.0)
    return daily.rename_axis("date_day").reset_index()


def _present(book, days=28):
    """Spend a day per channel over the last four weeks."""
    now = ad_rows.window(book, days)
    return now.groupby("platform")["spend"].sum() / max(now["date_day"].nunique(), 1)


def _word(book, platform):
    return str(book.translator.value(platform))


def _level(book, dimension, value):
    return f"{int(value):02d}:00" if dimension == "hour" else str(book.translator.value(str(value)))
