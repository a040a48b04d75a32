"""What the sections of chapter 5 read: campaigns, their daily outcome by unit, and what they touched."""

import json

import numpy as np
import pandas as pd

from opsbook.data import indicators
from opsbook.data.views import order_lines, post_metrics

# Everyday words in a campaign form for indicators of the registry.
ALIASES = {
    "sales": "sales_paid",
    "paid_sales": "sales_paid",
    "gross_sales": "sales_gross",
    "net_sales": "sales_net",
    "orders": "orders_count",
    "comments": "comments_received",
    "followers": "net_followers",
    "impressions": "post_impressions",
    "engagements": "interactions",
}
SALES = "sales_paid"
_OF_ORDERS = ("sales_paid", "sales_gross", "sales_net", "orders_count")


def campaigns(book):
    """All campaigns in the order of their start, one row each.

    Adds days, platforms as a list, goal (registry id, or None), stage (ended, running, planned by
    the end of the period) and cost (what the plan's finished lines cost, else the budget).
    """
    return book.once("campaigns", lambda: _campaigns(book)).copy()


def _campaigns(book):
    frame = book.frame("campaigns").dropna(subset=["start_date", "end_date"])
    end = pd.Timestamp(book.period.end)
    frame = frame.sort_values(["start_date", "campaign_id"], ignore_index=True)
    frame["days"] = ((frame["end_date"] - frame["start_date"]).dt.days + 1).astype("int64")
    frame["platforms"] = [_list(value) for value in frame["platforms"]]
    # as objects: a column of text would turn None into a missing value, which is true
    goals = [goal_of(value) for value in frame["goal_indicator"]]
    frame["goal"] = pd.Series(goals, index=frame.index, dtype=object)
    frame["stage"] = np.select(
        [frame["end_date"] <= end, frame["start_date"] <= end], ["ended", "running"], "planned"
    )
    lines = plan(book)
    done = lines[lines["state"] == "done"].groupby("campaign_id")["budget"].sum()
    frame["cost"] = frame["campaign_id"].map(done)
    no_plan = ~frame["campaign_id"].isin(lines["campaign_id"])
    frame["cost"] = frame["cost"].where(~no_plan, frame["budget"]).fillna(0.0)
    chosen = book.filters.get("platform", "all")
    if chosen != "all":
        frame = frame[[not p or chosen in p for p in frame["platforms"]]]
    return frame.reset_index(drop=True)


def plan(book):
    """Plan lines as they are, campaigns of any stage."""
    return book.frame("campaign_plans")


def focus(book):
    """The campaign that the running sections speak of: running now, else the last ended, else next."""
    frame = campaigns(book)
    for stage, last in (("running", True), ("ended", True), ("planned", False)):
        part = frame[frame["stage"] == stage]
        if len(part):
            return part.iloc[-1] if last else part.iloc[0]
    return None


def named(book, campaign_id):
    """The row of one campaign."""
    frame = campaigns(book)
    return frame[frame["campaign_id"] == campaign_id].iloc[0]


def goal_of(written):
    """Registry id of a written goal, or None where it names no measure."""
    if not isinstance(written, str):
        return None
    name = ALIASES.get(written.strip(), written.strip())
    return name if name in indicators.registry() else None


def daily(book, goal):
    """Day by unit: the outcome of each account (or shop) per day, gaps filled with 0, or None.

    Order goals run by shop, others by account; a day without posts has no likes. Days beyond the
    end of the period are left out, as are leading days before a unit's first figure.
    """
    return book.once(f"daily:{goal}", lambda: _daily(book, goal))


def _daily(book, goal):
    end = pd.Timestamp(book.period.end)
    if goal in _OF_ORDERS:
        rows = orders(book)
        amount = {"sales_gross": "gross", "sales_net": "net", "sales_paid": "paid"}.get(goal)
        rows = rows.assign(unit=rows["shop"])
        kept = book.settings.currency
        rows = rows[rows["currency"].fillna(kept) == kept]
        grouped = rows.groupby(["date_day", "unit"])
        wide = grouped[amount].sum() if amount else grouped["order_id"].nunique().astype("float64")
        wide = wide.unstack("unit")
    elif goal == "comments_received" and not book.store.is_empty("comments", book.version):
        rows = comments(book)
        wide = rows.groupby(["date_day", "account"]).size().astype("float64").unstack("account")
    else:
        rows = book.indicators(goal, by=("platform", "account_id", "date_day"), period=None)
        if rows.empty:
            return None
        rows["account"] = rows["platform"] + ":" + rows["account_id"]
        rows["date_day"] = pd.to_datetime(rows["date_day"])
        wide = rows.pivot_table(index="date_day", columns="account", values=goal, aggfunc="sum")
    wide = wide[wide.index <= end]
    if wide.empty:
        return None
    index = pd.date_range(wide.index.min(), wide.index.max(), freq="D")
    return wide.reindex(index).fillna(0.0).rename_axis("date_day")


def orders(book):
    """Order lines with shop ("platform:account" of the shop) and the local day."""

    def build():
        book.asked.add("orders")
        whole = book.view("orders", order_lines)
        return whole[whole["date_day"] <= pd.Timestamp(book.period.end)].reset_index(drop=True)

    return book.once("campaign_orders", build).copy()


def comments(book):
    """Comments of the public with account and local day."""

    def build():
        rows = book.frame(
            "comments",
            columns=["platform", "account_id", "comment_id", "parent_comment_id", "person_key",
                     "created_timestamp", "is_owner", "handled_at", "action"],
        )  # fmt: skip
        rows["date_day"] = rows["created_timestamp"].dt.normalize()
        rows["account"] = rows["platform"] + ":" + rows["account_id"]
        rows["is_owner"] = rows["is_owner"].fillna(False).astype(bool)
        return rows[rows["date_day"] <= pd.Timestamp(book.period.end)].reset_index(drop=True)

    whole = book.once("campaign_comments", build)
    return whole[~whole["is_owner"]].reset_index(drop=True)


def posts(book):
    """Posts up to the end of the period with their newest figures and `account`."""

    def build():
        book.asked.update(("posts", "post_daily"))
        frame = book.view("posts", post_metrics)
        frame["account"] = frame["platform"] + ":" + frame["account_id"]
        return frame[frame["date_day"] <= pd.Timestamp(book.period.end)].reset_index(drop=True)

    return book.once("campaign_posts", build).copy()


def touched(book, campaign, units):
    """The units that a campaign may have moved; the rest are its controls.

    Shops: those whose orders carry the campaign, those that an account on its platforms is bound
    to, and those of the platform itself. Accounts: those on its platforms. A campaign without
    platforms touches all.
    """
    platforms = list(campaign["platforms"])
    if not platforms:
        return list(units)
    accounts = book.frame("accounts")
    bound = accounts[accounts["platform"].isin(platforms)]["shop_account_id"].dropna()
    carried = set(bound)
    if any(":" in u for u in units):
        lines = orders(book)
        tagged = lines[lines["campaign_id"] == campaign["campaign_id"]]
        tagged_shops = set(tagged["shop"])
    else:
        tagged_shops = set()
    out = []
    for unit in units:
        platform, account = str(unit).split(":", 1)
        own = any(platform in (p, f"{p}_shop") for p in platforms)
        if own or account in carried or unit in tagged_shops:
            out.append(unit)
    return out


def holidays(book):
    """Dated events as a Series of names by day, for the counterfactual."""

    def build():
        events = book.frame("industry_events")
        events = events[events["kind"].isin(["holiday", "sale", "lunar_new_year"])]
        parts = [
            pd.Series(name, index=pd.date_range(start, end if pd.notna(end) else start))
            for name, start, end in zip(
                events["kind"], events["start_date"], events["end_date"], strict=True
            )
        ]
        if not parts:
            return None
        named_days = pd.concat(parts)
        return named_days[~named_days.index.duplicated()].sort_index()

    return book.once("campaign_holidays", build)


def _list(value):
    """A list out of JSON text, a list, or words separated by commas."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return [str(v) for v in value]
    if not isinstance(value, str) or not value.strip():
        return []
    try:
        found = json.loads(value)
    except ValueError:
        found = value.replace("，", ",").replace("、", ",").split(",")
    found = found if isinstance(found, list) else [found]
    return [str(v).strip() for v in found if str(v).strip()]


def lines(days, kinds=("observed", "expected")):
    """A frame of days in long form for a line chart; only the expected line carries the band.

    days: date, low, high and the columns named in kinds. Gives date, kind, value, low, high.
    """
    long = days.melt(["date", "low", "high"], list(kinds), "kind", "value")
    banded = long["kind"] == "expected"
    long = long.assign(low=long["low"].where(banded), high=long["high"].where(banded))
    return long.dropna(subset=["value"]).reset_index(drop=True)
