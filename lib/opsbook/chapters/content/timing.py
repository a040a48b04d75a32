"""2.2.1: when to post - followers' hours, slot effects, their test on held-out weeks, the dates ahead."""

import datetime as dt

import pandas as pd

from opsbook.chapters.content import rows
from opsbook.estimate import Estimate
from opsbook.methods import posting_time

CONTROLS = ["post_type", "theme", "is_boosted"]


def active_hours(book):
    """Followers' active share by platform, weekday and hour, newest export."""
    frame = book.frame("audience_hours")
    if frame.empty:
        return pd.DataFrame(columns=["platform", "weekday", "hour", "active_share"])
    newest = frame.groupby("platform")["as_of_date"].transform("max")
    frame = frame[frame["as_of_date"] == newest]
    share = frame["active_share"]
    if share.isna().all():
        share = frame["active_followers"] / frame.groupby("platform")["active_followers"].transform(
            "max"
        )
    frame = frame.assign(active_share=share)
    return frame[["platform", "account_id", "weekday", "hour", "active_share"]].reset_index(
        drop=True
    )


def slot_map(book):
    """Effect of each weekday and hour per platform and account, with uncertainty.

    By `methods.posting_time.slot_effects`, controls: format, theme, boosting, account trend.
    Posts whose export tells only the day are left out. Columns: platform, account_id, weekday,
    hour, effect, low, high, n, enough.
    """
    return book.once("slot_map", lambda: _slot_map(book)).copy()


def _slot_map(book):
    frame = _timed(book)
    if frame.empty:
        return pd.DataFrame(
            columns=[
                "platform",
                "account_id",
                "weekday",
                "hour",
                "effect",
                "low",
                "high",
                "n",
                "enough",
            ]
        )
    return posting_time.slot_effects(
        frame, "value", at="at", controls=_controls(frame), by=["platform", "account_id"]
    )


def best_slots(book, top=3):
    """The best slots per account, and the worst of those used often.

    Columns: platform, account_id, weekday, hour, effect, low, high, n, active_share, posts_share
    (of the account's posts of 90 days in this slot), rank.
    """
    slots = slot_map(book)
    slots = slots[slots["enough"].astype(bool)]
    if slots.empty:
        return pd.DataFrame(columns=["platform", "account_id", "weekday", "hour"])
    hours = active_hours(book)
    if len(hours):
        keys = ["platform", "account_id", "weekday", "hour"]
        slots = slots.merge(hours[[*keys, "active_share"]], on=keys, how="left")
    used = _timed(book)
    used = used[used["date_day"] > pd.Timestamp(book.period.end) - pd.Timedelta(days=90)]
    counts = used.groupby(
        [
            "platform",
            "account_id",
            used["at"].dt.day_of_week.rename("weekday"),
            used["at"].dt.hour.rename("hour"),
        ]
    ).size()
    total = used.groupby(["platform", "account_id"]).size()
    out = []
    for (platform, account), part in slots.groupby(["platform", "account_id"]):
        best = part.nlargest(top, "low").sort_values("effect", ascending=False)
        for rank, (_, row) in enumerate(best.iterrows(), 1):
            share = counts.get((platform, account, row["weekday"], row["hour"]), 0) / max(
                total.get((platform, account), 0), 1
            )
            out.append({**row.to_dict(), "posts_share": share, "rank": rank})
        first = best.iloc[0]
        if first["low"] > 0:
            book.find(
                "2.2.1",
                "medium",
                "2.2.1.slot",
                subject=f"{book.translator.value(platform)} {account}",
                figure=Estimate(
                    first["effect"],
                    first["low"],
                    first["high"],
                    int(part["n"].sum()),
                    posting_time.METHOD,
                    unit="fraction",
                ),
                day=book.t(f"weekday.{int(first['weekday'])}"),
                hour=f"{int(first['hour']):02d}:00",
                share=out[-len(best)]["posts_share"],
            )
    return pd.DataFrame(out)


def held_out(book):
    """Score on the last twelve weeks, held out: pooled effects, plain mean heat map, post any time.

    Columns: approach, n, error (mean squared log error), skill, rank_correlation, gain, gain_low,
    gain_high, n_top, enough.
    """
    frame = _timed(book)
    if frame.empty:
        return pd.DataFrame(columns=["approach"])
    table = posting_time.held_out(
        frame,
        "value",
        at="at",
        controls=_controls(frame),
        by=["platform", "account_id"],
        weeks=12,
        folds=1,
    )
    scores = table.set_index("method")
    if scores["enough"].all():
        book.say(
            "2.2.1",
            "2.2.1.said",
            pooled=scores.loc["pooled", "gain"],
            raw=scores.loc["raw_mean", "gain"],
            n=int(scores.loc["pooled", "n"]),
        )
    # the plain column name is kept for the statistical method behind a figure
    return table.rename(columns={"method": "approach"})


def aligned_slots(book):
    """The seven days after the period with the best hour of each account and what falls on them.

    Columns: date, weekday, platform, account_id, hour, effect, low, high, event (campaigns,
    sales, holidays, adjusted working days), is_workday.
    """
    slots = slot_map(book)
    slots = slots[slots["enough"].astype(bool)]
    if slots.empty:
        return pd.DataFrame(columns=["date", "platform", "account_id"])
    events = dated_events(book)
    out = []
    for offset in range(1, 8):
        day = book.period.end + dt.timedelta(days=offset)
        works = is_workday(day)
        # an adjusted working day behaves like a weekday, a holiday like a Sunday
        weekday = day.weekday() if works == (day.weekday() < 5) else (0 if works else 6)
        part = slots[slots["weekday"] == weekday]
        for (platform, account), rows_ in part.groupby(["platform", "account_id"]):
            best = rows_.loc[rows_["low"].idxmax()]
            out.append(
                (
                    pd.Timestamp(day),
                    day.weekday(),
                    platform,
                    account,
                    int(best["hour"]),
                    best["effect"],
                    best["low"],
                    best["high"],
                    " / ".join(_on(events, day, platform)) or None,
                    works,
                )
            )
    columns = [
        "date",
        "weekday",
        "platform",
        "account_id",
        "hour",
        "effect",
        "low",
        "high",
        "event",
        "is_workday",
    ]
    return pd.DataFrame(out, columns=columns)


def dated_events(book):
    """Campaigns and industry events: name, kind, start_date, end_date, platforms (None for all)."""
    campaigns = book.frame("campaigns")[
        ["campaign_name", "start_date", "end_date", "platforms", "campaign_id"]
    ]
    campaigns = campaigns.rename(columns={"campaign_name": "name"}).assign(kind="campaign")
    events = book.frame("industry_events")[["event_name", "kind", "start_date", "end_date"]]
    events = events.rename(columns={"event_name": "name"}).assign(platforms=None, campaign_id=None)
    frame = pd.concat([campaigns, events], ignore_index=True) if len(campaigns) else events
    frame["end_date"] = frame["end_date"].fillna(frame["start_date"])
    return frame


def is_workday(day):
    """Whether mainland China works on a day, adjusted working days included.

    Years that the calendar package does not know count Monday to Friday.
    """
    import chinese_calendar

    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def _on(events, day, platform):
    stamp = pd.Timestamp(day)
    here = events[(events["start_date"] <= stamp) & (events["end_date"] >= stamp)]
    return [
        str(e["name"])
        for _, e in here.iterrows()
        if not isinstance(e["platforms"], str) or platform in e["platforms"]
    ]


def _timed(book):
    frame = rows.settled(book)
    if frame.empty:
        return frame
    frame = frame[frame["has_hour"] & frame["value"].notna()].reset_index(drop=True)
    return frame.assign(theme=frame["theme"].fillna("none"))


def _controls(frame):
    return [c for c in CONTROLS if frame[c].nunique() > 1]
