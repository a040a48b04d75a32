"""5.2.5: the running campaign's pace, where it will end, and which budget to shift."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.chapters.campaigns import rows as campaign_rows
from opsbook.chapters.campaigns.resources import _spend, response
from opsbook.estimate import Estimate
from opsbook.methods import _budget
from opsbook.methods import forecast as ahead


def pacing(book):
    """The focus campaign's running total against its plan, with the forecast of where it ends.

    One row per day: observed (cumulative), planned (cumulative; by the expected values of its
    plan lines, else even), expected (forecast, cumulative) with low and high, alert (the goal
    lies outside the band). Empty where its goal cannot be counted by day.
    """
    campaign = campaign_rows.focus(book)
    columns = ["date", "observed", "planned", "expected", "low", "high", "alert"]
    if campaign is None or campaign["stage"] == "planned":
        return pd.DataFrame(columns=columns)
    return end_value(book, campaign)["days"].copy()


def end_value(book, campaign):
    """dict of one running campaign: days (see `pacing`), end (Estimate), probability of the goal."""
    return book.once(f"end_value:{campaign['campaign_id']}", lambda: _end_value(book, campaign))


def _end_value(book, campaign):
    columns = ["date", "observed", "planned", "expected", "low", "high", "alert"]
    none = {
        "days": pd.DataFrame(columns=columns),
        "end": Estimate.not_enough(0, "forecast"),
        "probability": np.nan,
    }
    wide = campaign_rows.daily(book, campaign["goal"]) if campaign["goal"] else None
    if wide is None or not campaign["goal_value"] > 0:
        return none
    units = campaign_rows.touched(book, campaign, wide.columns)
    series = wide[units].sum(axis=1)
    start, end = pd.Timestamp(campaign["start_date"]), pd.Timestamp(campaign["end_date"])
    so_far = series[start:end].cumsum()
    if so_far.empty:
        return none
    left = int((end - so_far.index[-1]).days)
    rest = np.zeros((3, left))
    if left:
        found = ahead.forecast(series, left)
        if not found.enough:
            return none
        rest = _cumulated(series, found.frame)
    index = pd.date_range(start, end)
    frame = pd.DataFrame({"date": index, "observed": so_far.reindex(index).to_numpy()})
    frame["planned"] = _planned(book, campaign, index)
    total = float(so_far.iloc[-1])
    for row, name in zip(rest, ("expected", "low", "high"), strict=True):
        frame[name] = np.concatenate([so_far.to_numpy(), total + row])
    last = frame.iloc[-1]
    goal = float(campaign["goal_value"])
    frame["alert"] = bool(last["high"] < goal)
    estimate = Estimate(last["expected"], last["low"], last["high"], len(series), "forecast")
    spread = (last["high"] - last["low"]) / (2 * stats.norm.ppf(0.975))
    chance = (
        float(stats.norm.sf((goal - last["expected"]) / spread))
        if spread > 0
        else float(total >= goal)
    )
    return {"days": frame, "end": estimate, "probability": chance}


def _cumulated(series, frame):
    """Mean, low and high of the running sum of a forecast; days hang together as they did before."""
    mean = frame["mean"].cumsum().to_numpy()
    half = ((frame["high"] - frame["low"]) / 2).to_numpy()
    steps = np.arange(1, len(frame) + 1)
    past = (series - series.rolling(28).mean().shift(1)).dropna()
    factor = np.ones(len(steps))
    if len(past) >= 56 and past.std() > 0:
        for i, h in enumerate(steps):
            sums = past.rolling(int(h)).sum().dropna()
            factor[i] = np.clip(sums.std() / (past.std() * np.sqrt(h)), 1.0, np.sqrt(h))
    wide = factor * np.sqrt(np.cumsum(half**2))
    floor = 0.0 if (series >= 0).all() else -np.inf
    return np.array([mean, np.maximum(mean - wide, floor), mean + wide])


def _planned(book, campaign, index):
    """Cumulative plan by day: the plan lines' expected values, scaled to the goal; even without."""
    goal = float(campaign["goal_value"])
    lines = campaign_rows.plan(book)
    lines = lines[
        (lines["campaign_id"] == campaign["campaign_id"]) & lines["expected_value"].notna()
    ]
    even = np.linspace(goal / len(index), goal, len(index))
    total = lines["expected_value"].sum()
    if not total > 0:
        return even
    days = lines.groupby("planned_date")["expected_value"].sum()
    early = days[days.index < index[0]].sum()
    steps = days.reindex(index).fillna(0.0).cumsum().to_numpy() + early
    # a post works on for days: the plan rises between its steps
    return (steps / total * goal + even) / 2


def pace_check(book):
    """Where the focus campaign stands and ends: one row.

    campaign_name, metric, goal_value, observed, planned_now, ahead (observed against plan),
    end_value with low and high, probability of the goal, band (the range of end values that the
    data allow), days_left, state (on_track, at_risk, missed, met).
    """
    campaign = campaign_rows.focus(book)
    days = pacing(book)
    columns = ["campaign_name", "indicator", "goal_value", "observed", "planned_now", "relative",
               "end_value", "low", "high", "probability", "days_left", "state"]  # fmt: skip
    if days.empty:
        return pd.DataFrame(columns=columns)
    found = end_value(book, campaign)
    known = days.dropna(subset=["observed"]).iloc[-1]
    chance, left = found["probability"], int(days["observed"].isna().sum())
    state = "on_track" if chance >= 0.5 else "at_risk" if chance >= 0.05 else "missed"
    if known["observed"] >= campaign["goal_value"]:
        state = "met"
    elif not left:
        state = "missed"
    end = found["end"]
    row = (campaign["campaign_name"], campaign["goal"], campaign["goal_value"], known["observed"],
           known["planned"], known["observed"] / known["planned"] - 1, end.value, end.low,
           end.high, chance, left, state)  # fmt: skip
    table = pd.DataFrame([row], columns=columns)
    if left:
        severity = {"missed": "high", "at_risk": "medium"}.get(state)
        about = {
            "goal": campaign["goal_value"], "chance": chance, "left": left,
            "metric": book.indicator_name(campaign["goal"]), "observed": known["observed"],
            "planned": known["planned"], "campaign": campaign["campaign_name"],
        }  # fmt: skip
        if severity:
            book.find("5.2.5", severity, "5.2.5.behind", subject=campaign["campaign_name"],
                      figure=end, **about)  # fmt: skip
        book.say("5.2.5", "5.2.5.said", value=end.value, low=end.low, high=end.high, **about)
    return table


def shift(book):
    """Suggested shift of paid budget for the rest of the focus campaign.

    One row per pair of ad platforms, from the lowest margin to the highest: amount (a day, at
    most a third of the giver's), marginal_from, marginal_to (paid sales per unit of spend), gain
    (paid sales over the days left) with low and high (from the curves' draws).
    """
    columns = ["from_channel", "to_channel", "spend_now", "amount", "marginal_from", "marginal_to",
               "gain", "low", "high", "n"]  # fmt: skip
    fit, campaign = response(book), campaign_rows.focus(book)
    if fit is None or not fit.identified or campaign is None or len(fit.present) < 2:
        return pd.DataFrame(columns=columns)
    left = int((pd.Timestamp(campaign["end_date"]) - pd.Timestamp(book.period.end)).days)
    left = left if left > 0 else int(campaign["days"])
    now = _spend(book).tail(28).mean()
    slopes = {}
    for channel, part in fit.curves.groupby("channel"):
        slope = np.gradient(part["effect"], part["spend"])
        slopes[channel] = float(np.interp(now[channel], part["spend"], slope))
    giver, taker = min(slopes, key=slopes.get), max(slopes, key=slopes.get)
    amount = now[giver] / 3
    if amount <= 0:
        return pd.DataFrame(columns=columns)
    gain = _against_present(fit, now, giver, taker, amount) * left
    low, high = np.quantile(gain, [0.025, 0.975])
    row = (giver, taker, now[giver], amount, slopes[giver], slopes[taker], float(gain.mean()),
           float(low), float(high), fit.n)  # fmt: skip
    if low > 0 and campaign["stage"] == "running":
        book.find(
            "5.2.5", "medium", "5.2.5.shift", subject=campaign["campaign_name"],
            figure=Estimate(row[6], row[7], row[8], fit.n, fit.method, unit="currency"),
            amount=amount, giver=book.translator.value(giver), taker=book.translator.value(taker),
            left=left, owner="data",
        )  # fmt: skip
    return pd.DataFrame([row], columns=columns)


def _against_present(fit, now, giver, taker, amount):
    """Draws of the outcome per day gained by moving `amount` a day from giver to taker."""
    names = list(fit.present.index)
    present = now.reindex(names).to_numpy(float)
    moved = present.copy()
    moved[names.index(giver)] -= amount
    moved[names.index(taker)] += amount
    return (_budget.effects(moved, fit.draws) - _budget.effects(present, fit.draws)).sum(axis=1)
