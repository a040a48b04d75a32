"""5.1.5 and 5.1.6: what a reward must bring, where a budget goes furthest, who has the hours."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.chapters.campaigns import rows as campaign_rows
from opsbook.chapters.campaigns.effect import _pool, effect
from opsbook.data.views import ads_daily
from opsbook.data.views.work import capacity, task_hours
from opsbook.estimate import Estimate
from opsbook.methods import response as mix

DEFAULT_MARGIN = 0.5  # where no product carries a margin; said in the table
ROUTINE_WEEKS = 8
HISTORY_DAYS = 400


def margin(book):
    """(margin of the products sold, weighted by paid sales; True where it is an assumption)."""
    products = book.frame("products").dropna(subset=["margin_rate"])
    lines = campaign_rows.orders(book)
    sold = lines.merge(products[["product_id", "margin_rate"]], on="product_id")
    if len(sold) and sold["paid"].sum() > 0:
        return float((sold["paid"] * sold["margin_rate"]).sum() / sold["paid"].sum()), False
    if len(products):
        return float(products["margin_rate"].mean()), False
    return DEFAULT_MARGIN, True


def incentives(book):
    """Each reward's cost against what it must and may bring.

    One row per campaign with a reward: reward, reward_total (cost x quantity), spend (reward and
    the rest of the budget), margin_rate, break_even_sales (added paid sales that cover it),
    break_even_lift (as a share of the sales due in its window), expected_sales added (by the
    lift of past campaigns of its type, else of all; its own where it has ended) with
    expected_low and expected_high, value (margin on them less spend) with value_low and
    value_high, probability (that it breaks even), n (campaigns behind the expectation).
    """
    rate, assumed = margin(book)
    frame = campaign_rows.campaigns(book)
    frame = frame[frame["reward_kind"].notna() | frame["reward_cost"].notna()]
    past = effect(book)
    past = past[past["indicator"] == campaign_rows.SALES].dropna(subset=["low", "high"])
    out = []
    for _, c in frame.iterrows():
        reward = float(np.nan_to_num(c["reward_cost"]) * np.nan_to_num(c["reward_quantity"]))
        spend = max(reward, float(np.nan_to_num(c["budget"])))
        due = _due(book, c)
        if due is None or spend <= 0:
            continue
        own = past[past["campaign_id"] == c["campaign_id"]]
        if c["stage"] == "ended" and len(own):
            used, added = own, own[["total", "total_low", "total_high"]].iloc[0].to_numpy(float)
        else:
            ended = past[past["stage"] == "ended"]
            used = ended[ended["campaign_type"] == c["campaign_type"]]
            used = used if len(used) else ended
            added = due * np.array(_pool(used)) if len(used) else np.full(3, np.nan)
        needed = spend / rate
        out.append(
            (c["campaign_name"], c["stage"], c["reward"], c["reward_kind"], reward, spend, rate,
             assumed, needed, needed / due, *added, *(added * rate - spend),
             _at_least(added, needed), len(used))
        )  # fmt: skip
    columns = ["campaign_name", "stage", "reward", "reward_kind", "reward_cost_total", "spend",
               "margin_rate", "margin_assumed", "break_even_sales", "break_even_relative",
               "added_sales", "added_sales_low", "added_sales_high", "value_amount",
               "value_low_amount", "value_high_amount", "probability", "n"]  # fmt: skip
    table = pd.DataFrame(out, columns=columns)
    for _, row in table[(table["stage"] != "ended") & (table["probability"] < 0.5)].iterrows():
        book.find(
            "5.1.5", "high" if row["probability"] < 0.1 else "medium", "5.1.5.loss",
            subject=row["campaign_name"],
            figure=Estimate(row["value_amount"], row["value_low_amount"], row["value_high_amount"],
                            int(row["n"]), "pooled past lift", unit="currency"),
            needed=row["break_even_relative"], sales=row["break_even_sales"],
            chance=row["probability"], spend=row["spend"], reward=row["reward"],
        )  # fmt: skip
    return table


def _due(book, campaign):
    """Paid sales due in the campaign's window without it, in the shops it touches, or None."""
    wide = campaign_rows.daily(book, campaign_rows.SALES)
    if wide is None:
        return None
    units = campaign_rows.touched(book, campaign, wide.columns)
    first = pd.Timestamp(campaign["start_date"]) - pd.Timedelta(days=1)
    history = wide[units].sum(axis=1)[:first].tail(56)
    total = float(history.mean() * campaign["days"]) if len(history) >= 14 else 0.0
    return total if total > 0 else None


def _at_least(bounds, needed):
    """Chance that a value with this 95 % interval reaches `needed`."""
    middle, low, high = bounds
    if np.isnan(middle):
        return np.nan
    spread = (high - low) / (2 * stats.norm.ppf(0.975))
    return float(stats.norm.sf((needed - middle) / spread)) if spread > 0 else np.nan


def response(book):
    """Fit of paid sales on daily spend by ad platform, or None (see `methods.response.fit`)."""
    return book.once("campaign_response", lambda: _response(book))


def _response(book):
    daily = _spend(book)
    wide = campaign_rows.daily(book, campaign_rows.SALES)
    if daily is None or wide is None:
        return None
    daily["outcome"] = wide.sum(axis=1).reindex(daily.index).fillna(0.0)
    channels = [c for c in daily.columns if c != "outcome"]
    return mix.fit(daily.rename_axis("date_day").reset_index(), channels, "outcome")


def _spend(book):
    book.asked.add("ads_daily")
    frame = book.view("campaign_ads", lambda s, z, version: ads_daily(s, version=version))
    end = pd.Timestamp(book.period.end)
    first = end - pd.Timedelta(days=HISTORY_DAYS)
    frame = frame[(frame["date_day"] <= end) & (frame["date_day"] > first)]
    kept = book.settings.currency
    frame = frame[frame["currency"].fillna(kept) == kept]
    if frame.empty or frame["spend"].sum() <= 0:
        return None
    spend = frame.pivot_table(index="date_day", columns="platform", values="spend", aggfunc="sum")
    return spend.reindex(pd.date_range(spend.index.min(), spend.index.max())).fillna(0.0)


def allocation(book):
    """Where the next campaign's paid budget goes furthest, on top of what runs already.

    One row per ad platform: spend_now (a day, last 28 days), spend_proposed (with the campaign's
    budget for promotion spread over its days), spend_added, marginal_now and marginal_proposed
    (paid sales per unit of spend at the margin), effect_added (a day) with low and high.
    No platform is given more than twice what it spends now: beyond it the curve is a guess.
    """
    columns = ["channel", "spend_now", "spend_proposed", "spend_added", "marginal_now",
               "marginal_proposed"]  # fmt: skip
    fit, target = response(book), _next(book)
    if fit is None or target is None:
        return pd.DataFrame(columns=columns)
    now = _spend(book).tail(28).mean()
    extra = _promotion(book, target) / target["days"]
    name = target["campaign_name"]
    if not fit.identified:
        book.find("5.1.6", "info", "5.1.6.not_identified", subject=name, figure=float(len(now)),
                  unit="times", reason=book.why(fit))  # fmt: skip
        return pd.DataFrame(columns=columns)
    ceiling = 2 * now.clip(lower=extra / max(len(now), 1))
    total = min(float(now.sum() + extra), float(ceiling.sum()))
    bounds = {c: (0.0, float(ceiling[c])) for c in now.index}
    plan = fit.allocate(total, bounds=bounds, present=now)
    out = []
    for channel, part in fit.curves.groupby("channel"):
        slope = np.gradient(part["effect"], part["spend"])
        out.append(
            (channel, now[channel], plan.spend[channel], plan.spend[channel] - now[channel],
             np.interp(now[channel], part["spend"], slope),
             np.interp(plan.spend[channel], part["spend"], slope))
        )  # fmt: skip
    table = pd.DataFrame(out, columns=columns).sort_values(
        "spend_added", ascending=False, ignore_index=True
    )
    gain = plan.gain
    if gain.enough and gain.low > 0:
        top, last = table.iloc[0], table.iloc[-1]
        book.find(
            "5.1.6", "medium", "5.1.6.split", subject=name,
            figure=Estimate(gain.value, gain.low, gain.high, gain.n, gain.method, unit="currency"),
            more=book.translator.value(top["channel"]), amount=top["spend_proposed"],
            now=top["spend_now"], less=book.translator.value(last["channel"]),
            less_amount=last["spend_proposed"], less_now=last["spend_now"],
            start=target["start_date"].date(),
        )  # fmt: skip
    return table


def allocation_points(book):
    """Present and proposed spend on each curve: channel, spend, effect, kind."""
    table, fit = allocation(book), response(book)
    out = []
    for _, row in table.iterrows():
        part = fit.curves[fit.curves["channel"] == row["channel"]]
        for kind, column in (("present", "spend_now"), ("proposed", "spend_proposed")):
            effect_at = np.interp(row[column], part["spend"], part["effect"])
            out.append((row["channel"], row[column], effect_at, kind))
    return pd.DataFrame(out, columns=["channel", "spend", "effect", "kind"])


def _next(book):
    frame = campaign_rows.campaigns(book)
    ahead = frame[frame["stage"] == "planned"]
    return ahead.iloc[0] if len(ahead) else campaign_rows.focus(book)


def _promotion(book, campaign):
    """Money for paid promotion: the plan's budget lines, else half of the whole budget."""
    lines = campaign_rows.plan(book)
    lines = lines[
        (lines["campaign_id"] == campaign["campaign_id"]) & (lines["line_kind"] == "budget")
    ]
    amount = float(lines["budget"].sum())
    return amount if amount > 0 else 0.5 * float(np.nan_to_num(campaign["budget"]))


def people_load(book, *, weeks=6):
    """Hours asked of each role in the weeks ahead against what it has.

    One row per week and role: capacity_h, routine_h (mean of the last eight weeks' finished
    tasks), open_h (tasks due), campaign_h (plan lines spread over their days), load_share. Hours
    are those that people noted; a role without notes shows campaign hours only.
    """
    columns = ["week", "role", "capacity_h", "routine_h", "open_h", "campaign_h", "load_share"]
    book.asked.update(("team", "tasks"))
    team = book.view("team_capacity", capacity)
    if team.empty:
        return pd.DataFrame(columns=columns)
    tasks = book.view("task_hours", task_hours)
    end = pd.Timestamp(book.period.end)
    monday = end - pd.Timedelta(days=end.weekday())
    ahead = pd.date_range(monday, periods=weeks, freq="7D")
    done = tasks[tasks["is_done"] & tasks["week"].between(
        monday - pd.Timedelta(days=7 * ROUTINE_WEEKS), monday - pd.Timedelta(days=7))]  # fmt: skip
    routine = done.groupby("role")["hours"].sum() / ROUTINE_WEEKS
    due = tasks[~tasks["is_done"]].groupby(["week", "role"])["hours"].sum()
    asked = _plan_hours(book)
    out = []
    for week in ahead:
        for _, person in team.iterrows():
            role, has = person["role"], person["hours_per_week"]
            parts = (
                float(routine.get(role, 0.0)),
                float(due.get((week, role), 0.0)),
                float(asked.get((week, role), 0.0)),
            )
            out.append((week, role, has, *parts, sum(parts) / has if has else np.nan))
    table = pd.DataFrame(out, columns=columns)
    for role, part in table[(table["load_share"] > 1) & (table["campaign_h"] > 0)].groupby("role"):
        row = part.loc[part["load_share"].idxmax()]
        book.find(
            "5.1.6", "high", "5.1.6.overload", subject=str(book.translator.value(role)),
            figure=row["load_share"], unit="fraction", role=book.translator.value(role),
            week=row["week"].date(), over=sum(row[["routine_h", "open_h", "campaign_h"]])
            - row["capacity_h"], campaign=row["campaign_h"],
        )  # fmt: skip
    return table


def _plan_hours(book):
    """Hours of plan lines not done, spread evenly over their days, by (week, role)."""
    lines = campaign_rows.plan(book)
    lines = lines[(lines["state"] != "done") & (lines["hours"] > 0)]
    out = {}
    for _, line in lines.iterrows():
        last = line["end_date"] if pd.notna(line["end_date"]) else line["planned_date"]
        days = pd.date_range(line["planned_date"], max(last, line["planned_date"]))
        for day in days:
            key = (day - pd.Timedelta(days=day.weekday()), line["owner"])
            out[key] = out.get(key, 0.0) + line["hours"] / len(days)
    return out
