"""5.3.2: what each campaign added to what would have happened without it."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.chapters.campaigns import rows as campaign_rows
from opsbook.data import indicators
from opsbook.estimate import Estimate
from opsbook.methods import lift

EFFECT = [
    "campaign_name", "campaign_type", "theme", "indicator", "start_date", "end_date", "observed",
    "expected", "total", "total_low", "total_high", "relative", "low", "high", "p_value",
    "probability", "controls", "cost", "return_on_cost", "return_low", "return_high", "n",
    "campaign_id", "stage",
]  # fmt: skip
NUMBERS = ("observed", "expected", "total", "total_low", "total_high", "relative", "low", "high",
           "p_value", "probability", "cost", "return_on_cost", "return_low",
           "return_high")  # fmt: skip


def lifts(book):
    """(campaign_id, indicator) -> Lift, for every campaign that has begun: its goal and its sales."""
    return book.once("campaign_lifts", lambda: _lifts(book))


def _lifts(book):
    out = {}
    frame = campaign_rows.campaigns(book)
    for _, campaign in frame[frame["stage"] != "planned"].iterrows():
        for goal in dict.fromkeys([campaign["goal"], campaign_rows.SALES]):
            if goal is None or indicators.indicator(goal).kind not in ("sum", "count", "distinct"):
                continue
            found = _one(book, campaign, goal)
            if found is not None:
                out[campaign["campaign_id"], goal] = found
    return out


def _one(book, campaign, goal):
    wide = campaign_rows.daily(book, goal)
    if wide is None:
        return None
    start = pd.Timestamp(campaign["start_date"])
    end = min(pd.Timestamp(campaign["end_date"]), wide.index.max())
    if start <= wide.index.min() or start > wide.index.max():
        return None
    units = campaign_rows.touched(book, campaign, wide.columns)
    if not units:
        return None
    controls = [c for c in wide.columns if c not in units and wide[c][:start].sum() > 0]
    outcome = wide[units].sum(axis=1)
    table = wide[controls] if controls else None
    return lift.estimate(outcome, start, end, table, holidays=campaign_rows.holidays(book))


def effect(book):
    """Each campaign's effect on its goal and on paid sales, against its counterfactual.

    One row per campaign and metric: observed, expected (without the campaign), total with
    total_low and total_high (in the metric's unit), relative with low and high, p_value,
    probability (that it added anything), controls (units untouched by it), cost, return_on_cost
    (added paid sales per unit of cost) with return_low and return_high, n (days before it).
    """
    return book.once("campaign_effect", lambda: _effect(book)).copy()


def _effect(book):
    out = []
    for (campaign_id, goal), found in lifts(book).items():
        campaign = campaign_rows.named(book, campaign_id)
        wide = campaign_rows.daily(book, goal)
        units = campaign_rows.touched(book, campaign, wide.columns)
        inside = found.daily["date"] >= pd.Timestamp(campaign["start_date"])
        part = found.daily[inside]
        pays = goal == campaign_rows.SALES and campaign["cost"] > 0
        cost = campaign["cost"] if pays else np.nan
        out.append(
            (
                campaign["campaign_name"], campaign["campaign_type"], campaign["theme"], goal,
                campaign["start_date"], campaign["end_date"], part["observed"].sum(),
                part["expected"].sum() if found.total.enough else np.nan, found.total.value,
                found.total.low, found.total.high, found.relative.value, found.relative.low,
                found.relative.high, found.p_value, _probability(found),
                len(wide.columns) - len(units), campaign["cost"], found.total.value / cost,
                found.total.low / cost, found.total.high / cost, found.total.n, campaign_id,
                campaign["stage"],
            )
        )  # fmt: skip
    frame = pd.DataFrame(out, columns=EFFECT)
    # an empty frame has no types of its own
    frame = frame.astype({c: "float64" for c in NUMBERS})
    for _, row in frame.iterrows():
        _judge(book, row)
    told = frame[frame["low"] > 0].nlargest(1, "total")
    if len(told):
        row = told.iloc[0]
        book.say(
            "5.3.2",
            "5.3.2.said",
            campaign=row["campaign_name"],
            lift=row["relative"],
            low=row["low"],
            high=row["high"],
            metric=book.indicator_name(row["indicator"]),
        )
    return frame


def _judge(book, row):
    """Findings of one effect: it worked, it harmed, or the data cannot tell."""
    if np.isnan(row["relative"]):
        return
    figure = Estimate(
        row["relative"], row["low"], row["high"], int(row["n"]), "lift.estimate", unit="fraction"
    )
    about = {
        "subject": f"{row['campaign_name']}: {book.indicator_name(row['indicator'])}",
        "figure": figure,
        "campaign": row["campaign_name"],
        "metric": book.indicator_name(row["indicator"]),
        "total": row["total"],
        "chance": row["probability"],
        "cost": row["cost"],
    }
    if row["low"] > 0:
        book.find("5.3.2", "info", "5.3.2.worked", **about)
    elif row["high"] < 0:
        book.find("5.3.2", "high", "5.3.2.harmed", **about)
    elif row["stage"] == "ended" and row["indicator"] == campaign_rows.SALES and row["cost"] > 0:
        book.find("5.3.2", "medium", "5.3.2.not_told", **about)


def _probability(found):
    """Chance that the campaign added anything, from the two-sided p-value."""
    if not found.total.enough:
        return np.nan
    return 1 - found.p_value / 2 if found.total.value > 0 else found.p_value / 2


def counterfactual(book, campaign_id=None, goal=None, *, before=42):
    """Observed and expected per day of one campaign: date, observed, expected, low, high.

    The clearest effect on sales where no campaign is named. Starts `before` days ahead of it.
    """
    found = lifts(book)
    columns = ["date", "observed", "expected", "low", "high"]
    if campaign_id is None:
        frame = effect(book).dropna(subset=["p_value"])
        if frame.empty:
            return pd.DataFrame(columns=columns)
        best = frame.loc[frame["p_value"].idxmin()]
        campaign_id, goal = best["campaign_id"], best["indicator"]
    if (campaign_id, goal) not in found:
        return pd.DataFrame(columns=columns)
    campaign = campaign_rows.named(book, campaign_id)
    days = found[campaign_id, goal].daily
    first = pd.Timestamp(campaign["start_date"]) - pd.Timedelta(days=before)
    days = days[days["date"] >= first].reset_index(drop=True)
    return days.assign(campaign_name=campaign["campaign_name"], metric=goal)


def placebo(book):
    """The same method where nothing happened: earlier windows (time) and untouched units (space).

    One row per campaign, metric and kind: windows, share_flagged (p < 0.05; about one in twenty
    is due), the campaign's own total and how many placebos were at least as large.
    """
    out = []
    for (campaign_id, goal), found in lifts(book).items():
        campaign = campaign_rows.named(book, campaign_id)
        for kind, part in found.placebo.groupby("kind"):
            larger = int((part["value"].abs() >= abs(found.total.value)).sum())
            out.append(
                (
                    campaign["campaign_name"], goal, kind, len(part),
                    float((part["p_value"] < 0.05).mean()), found.total.value, larger,
                    (larger + 1) / (len(part) + 1),
                )
            )  # fmt: skip
    columns = ["campaign_name", "indicator", "placebo_kind", "windows", "flagged_share", "total",
               "as_large", "p_placebo"]  # fmt: skip
    return pd.DataFrame(out, columns=columns)


def second_opinion(book):
    """Difference-in-differences and synthetic control beside the time-series estimate.

    Interactions of accounts (by day of publication), each campaign's accounts against the
    others. One row per campaign and method: relative, low, high, p_value, controls, n.
    """
    wide = campaign_rows.daily(book, "interactions")
    columns = ["campaign_name", "method", "relative", "low", "high", "p_value", "controls", "n"]
    if wide is None:
        return pd.DataFrame(columns=columns)
    frame = campaign_rows.campaigns(book)
    out = []
    panel = wide.rename_axis(columns="unit").stack().rename("value").reset_index()
    for _, campaign in frame[frame["stage"] != "planned"].iterrows():
        start = pd.Timestamp(campaign["start_date"])
        end = min(pd.Timestamp(campaign["end_date"]), wide.index.max())
        units = campaign_rows.touched(book, campaign, wide.columns)
        controls = len(wide.columns) - len(units)
        if not units or not controls or start <= wide.index.min() or start > end:
            continue
        for name, method in (
            ("difference_in_differences", lift.difference_in_differences),
            ("synthetic_control", lift.synthetic_control),
        ):
            found = method(panel, "unit", "date_day", "value", units, start, end)
            r = found.relative
            out.append(
                (campaign["campaign_name"], name, r.value, r.low, r.high, found.p_value,
                 controls, found.total.n)
            )  # fmt: skip
    return pd.DataFrame(out, columns=columns)


def goal_result(book):
    """Goal met or not, with probabilities.

    One row per campaign that has begun: goal, goal_value, observed so far, goal_share, met,
    probability (that the goal is met at the end: 1 or 0 once it has ended, by `pacing` while it
    runs) and probability_due (that it would have been missed without the campaign).
    """
    from opsbook.chapters.campaigns.pace import end_value

    out = []
    frame = campaign_rows.campaigns(book)
    for _, campaign in frame[frame["stage"] != "planned"].iterrows():
        goal = campaign["goal"]
        wide = campaign_rows.daily(book, goal) if goal else None
        if wide is None or not campaign["goal_value"] > 0:
            continue
        units = campaign_rows.touched(book, campaign, wide.columns)
        days = wide[units].sum(axis=1)[campaign["start_date"] : campaign["end_date"]]
        observed, target = float(days.sum()), float(campaign["goal_value"])
        if campaign["stage"] == "ended":
            chance = float(observed >= target)
        else:
            chance = end_value(book, campaign)["probability"]
        found = lifts(book).get((campaign["campaign_id"], goal))
        out.append(
            (
                campaign["campaign_name"], goal, target, observed, observed / target,
                observed >= target, chance, _missed_without(found, observed, target),
                campaign["stage"],
            )
        )  # fmt: skip
    columns = ["campaign_name", "indicator", "goal_value", "observed", "goal_share", "met",
               "probability", "probability_due", "stage"]  # fmt: skip
    result = pd.DataFrame(out, columns=columns)
    for _, row in result[(result["stage"] == "ended") & ~result["met"].astype(bool)].iterrows():
        book.find(
            "5.3.2",
            "low",
            "5.3.2.missed",
            subject=f"{row['campaign_name']}: {book.indicator_name(row['indicator'])}",
            figure=row["goal_share"],
            unit="fraction",
            campaign=row["campaign_name"],
            observed=row["observed"],
            goal=row["goal_value"],
            metric=book.indicator_name(row["indicator"]),
        )
    return result


def _missed_without(found, observed, target):
    """Chance that the outcome without the campaign stayed below the goal."""
    if found is None or not found.total.enough:
        return np.nan
    expected = observed - found.total.value
    spread = (found.total.high - found.total.low) / (2 * stats.norm.ppf(0.975))
    return float(stats.norm.cdf((target - expected) / spread)) if spread > 0 else np.nan


def factors(book, *, before=28):
    """What a campaign's sales changed through: the log change split over its factors.

    Campaign days against the `before` days ahead, in the shops it touched. One row per campaign
    and factor: buyers (a day), orders_per_buyer, value_per_order (before discounts), paid_share
    (after discounts and cancellations): before, during, contribution (log points, adding up to
    the change of paid sales a day) and relative.
    """
    rows = campaign_rows.orders(book)
    columns = ["campaign_name", "factor", "before", "during", "relative", "contribution", "n"]
    if rows.empty:
        return pd.DataFrame(columns=columns)
    out = []
    frame = campaign_rows.campaigns(book)
    for _, campaign in frame[frame["stage"] != "planned"].iterrows():
        units = campaign_rows.touched(book, campaign, sorted(rows["shop"].unique()))
        mine = rows[rows["shop"].isin(units)]
        start, end = pd.Timestamp(campaign["start_date"]), pd.Timestamp(campaign["end_date"])
        inside = mine[mine["date_day"].between(start, end)]
        ahead = mine[mine["date_day"].between(start - pd.Timedelta(days=before),
                                              start - pd.Timedelta(days=1))]  # fmt: skip
        last = min(end, pd.Timestamp(book.period.end))
        now = _parts(inside, (last - start).days + 1)
        then = _parts(ahead, before)
        if now is None or then is None:
            continue
        for name in now:
            out.append(
                (campaign["campaign_name"], name, then[name], now[name],
                 now[name] / then[name] - 1, np.log(now[name] / then[name]), len(inside))
            )  # fmt: skip
    return pd.DataFrame(out, columns=columns)


def _parts(lines, days):
    """Buyers a day x orders per buyer x value per order x share paid = paid sales a day."""
    buyers = lines["person_key"].fillna(lines["order_id"]).nunique()
    count, gross, paid = lines["order_id"].nunique(), lines["gross"].sum(), lines["paid"].sum()
    if min(buyers, count, gross, paid) <= 0:
        return None
    return {
        "buyers": buyers / days,
        "orders_per_buyer": count / buyers,
        "value_per_order": gross / count,
        "paid_share": paid / gross,
    }


def by_type(book):
    """5.1: past results by type of campaign.

    One row per type: campaigns, days, cost, goals_met_share, relative lift of paid sales pooled
    over its campaigns (inverse-variance weights on the log) with low and high, return_on_cost,
    n (campaigns with an estimate).
    """
    return _pooled(book, "campaign_type", find=True)


def _pooled(book, key, *, find=False):
    frame = campaign_rows.campaigns(book)
    past = frame[frame["stage"] != "planned"]
    columns = [key, "campaigns", "days", "cost", "goals_met_share", "relative", "low", "high",
               "return_on_cost", "n"]  # fmt: skip
    if past.empty:
        return pd.DataFrame(columns=columns)
    sales = effect(book)
    sales = sales[sales["indicator"] == campaign_rows.SALES]
    met = goal_result(book).set_index("campaign_name")["met"].astype("float64")
    out = []
    for name, part in past.groupby(key):
        here = sales[sales["campaign_id"].isin(part["campaign_id"])].dropna(subset=["low", "high"])
        value, low, high = _pool(here)
        spent = here["cost"].sum()
        out.append(
            (name, len(part), int(part["days"].sum()), part["cost"].sum(),
             met.reindex(part["campaign_name"]).mean(), value, low, high,
             here["total"].sum() / spent if spent > 0 else np.nan, len(here))
        )  # fmt: skip
    table = pd.DataFrame(out, columns=columns).sort_values(
        "relative", ascending=False, ignore_index=True
    )
    if find and len(table) > 1 and table["low"].iloc[0] > 0:
        best = table.iloc[0]
        book.find(
            "5.1",
            "info",
            "5.1.best_type",
            subject=str(book.translator.value(best[key])),
            figure=Estimate(best["relative"], best["low"], best["high"], int(best["n"]),
                            "inverse-variance pooling", unit="fraction"),
            returned=best["return_on_cost"],
            campaigns=int(best["campaigns"]),
        )  # fmt: skip
    return table


def _pool(rows):
    """Lift pooled on the log scale: fixed weights, spread of the campaigns among themselves added."""
    rows = rows[rows["low"] > -0.999]
    if rows.empty:
        return np.nan, np.nan, np.nan
    logs = np.log1p(rows[["relative", "low", "high"]].to_numpy(float))
    variance = np.maximum((logs[:, 2] - logs[:, 1]) / (2 * stats.norm.ppf(0.975)), 1e-6) ** 2
    between = _between(logs[:, 0], variance)
    weight = 1 / (variance + between)
    middle = float((weight * logs[:, 0]).sum() / weight.sum())
    half = stats.norm.ppf(0.975) / np.sqrt(weight.sum())
    return tuple(float(np.expm1(v)) for v in (middle, middle - half, middle + half))


def _between(values, variance):
    """Variance of the true lifts among campaigns (DerSimonian and Laird 1986)."""
    weight = 1 / variance
    if len(values) < 2:
        return 0.0
    centre = (weight * values).sum() / weight.sum()
    excess = (weight * (values - centre) ** 2).sum() - (len(values) - 1)
    return max(excess / (weight.sum() - (weight**2).sum() / weight.sum()), 0.0)
