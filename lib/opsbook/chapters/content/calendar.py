"""2.1.1: the content calendar of the coming days, as an optimisation over slots, themes and people."""

import datetime as dt

import numpy as np
import pandas as pd

from opsbook.chapters.content import rows, timing
from opsbook.chapters.content.frequency import frequency
from opsbook.chapters.content.planning import themes
from opsbook.methods import compliance, post_plan

HORIZON_DAYS = 14
HOURS_PER_POST = {"video": 6.0, "live": 8.0, "short": 5.0, "reel": 5.0, "article": 4.0}
SLOTS_A_DAY = 3


def calendar(book):
    """Dated plan of the days after the period: one row per post.

    Columns: date, weekday, hour, slot_at, platform, account_id, theme, post_type, owner, hours,
    value (expected effect against the account's average post, sum of slot and theme), campaign_id,
    event, title. Frequency within the recommended range or the present rate, quotas, at most 40 %
    of one theme, two posts a day, campaign days carry their campaign, owners within capacity.
    """
    return book.once("calendar", lambda: _plan(book)).items


def calendar_days(book):
    """The plan as a calendar: one row per account and day of the horizon that has a post.

    Columns: account (platform and name), day (month-day, * where an occasion falls on it), posts,
    value (sum of the expected effects), n (posts again, for the tooltip).
    """
    plan = calendar(book)
    if plan.empty:
        return pd.DataFrame(columns=["account", "day", "posts", "value", "n"])
    words = plan["platform"].map(book.translator.value)
    account = words + " · " + plan["account_id"]
    marked = plan.groupby("date")["event"].transform(lambda e: e.notna().any())
    day = plan["date"].dt.strftime("%m-%d") + marked.map({True: " *", False: ""})
    cells = plan.assign(account=account, day=day).groupby(["account", "day"], as_index=False)
    cells = cells.agg(posts=("value", "size"), value=("value", "sum")).round(2)
    return cells.assign(n=cells["posts"])


def unmet(book):
    """Wishes the plan could not meet: wish (account or campaign), asked, given."""
    found = book.once("calendar", lambda: _plan(book)).unmet
    for _, row in found.iterrows():
        book.find(
            "2.1.1",
            "medium",
            "2.1.1.unmet",
            subject=_wished(book, row["wish"]),
            figure=float(row["given"]),
            unit="posts",
            n=int(row["asked"]),
            asked=int(row["asked"]),
        )
    return found


def _wished(book, wish):
    """An account or a campaign as its readers know it."""
    campaigns = book.frame("campaigns").set_index("campaign_id")["campaign_name"]
    if wish in campaigns.index:
        return str(book.translator.value(campaigns[wish]))
    platform, _, account = str(wish).partition(":")
    return f"{book.translator.value(platform)} {account}".strip()


def _plan(book):
    options = _options(book)
    asked = {}
    pace = frequency(book)
    for _, row in pace.iterrows():
        low, high = row["range_low"], row["range_high"]
        now = row["posts_per_week"]
        if not (low == low and high == high):
            low, high = 0.8 * now, 1.2 * now
        weeks = HORIZON_DAYS / 7
        most = int(np.ceil(max(high, 1) * weeks))
        if row["quota_per_day"] == row["quota_per_day"]:
            most = min(most, int(row["quota_per_day"] * HORIZON_DAYS))
        # a plan asks of the team no more than a quarter beyond what it does today
        most = min(most, int(np.ceil(1.25 * now * weeks)) or 1)
        asked[f"{row['platform']}:{row['account_id']}"] = (min(int(low * weeks), most), most)
    if options.empty:
        return post_plan.plan(
            pd.DataFrame(
                columns=[
                    "account",
                    "slot",
                    "theme",
                    "format",
                    "value",
                    "hours",
                    "owner",
                    "campaign_id",
                ]
            ),
            posts={},
        )
    capacity = _capacity(book, options)
    campaigns = options.dropna(subset=["campaign_id"]).groupby("campaign_id")["slot"].nunique()
    wished = {c: min(2, int(n)) for c, n in campaigns.items()}
    found = post_plan.plan(options, posts=asked, capacity=capacity, campaign_posts=wished)
    items = found.items.copy()
    items["date"] = items["slot"].dt.normalize()
    items["weekday"] = items["slot"].dt.day_of_week
    items["hour"] = items["slot"].dt.hour
    items = items.rename(columns={"slot": "slot_at", "format": "post_type"})
    items["title"] = [_working_title(book, r) for _, r in items.iterrows()]
    order = [
        "date",
        "weekday",
        "hour",
        "slot_at",
        "platform",
        "account_id",
        "theme",
        "post_type",
        "title",
        "owner",
        "hours",
        "value",
        "campaign_id",
        "event",
    ]
    return post_plan.Plan(items[order], found.unmet, found.value)


def _options(book):
    """Every slot worth considering crossed with the themes and the account's formats."""
    slots = timing.slot_map(book)
    posts = rows.settled(book)
    if slots.empty or posts.empty:
        return pd.DataFrame()
    slots = slots[slots["enough"].astype(bool)]
    effect = themes(book)
    effect = effect[effect["enough"].astype(bool)] if len(effect) else effect
    themed = (
        list(zip(effect["theme"], effect["relative"], strict=True))
        if len(effect)
        else [(None, 0.0)]
    )
    events = timing.dated_events(book)
    recent = posts[posts["date_day"] > pd.Timestamp(book.period.end) - pd.Timedelta(days=120)]
    out = []
    for (platform, account), part in slots.groupby(["platform", "account_id"]):
        own = recent[(recent["platform"] == platform) & (recent["account_id"] == account)]
        if own.empty:
            continue
        form = own["post_type"].value_counts().index[:2].tolist()
        for offset in range(1, HORIZON_DAYS + 1):
            day = book.period.end + dt.timedelta(days=offset)
            works = timing.is_workday(day)
            weekday = day.weekday() if works == (day.weekday() < 5) else (0 if works else 6)
            best = part[part["weekday"] == weekday].nlargest(SLOTS_A_DAY, "effect")
            campaign, event = _occasion(events, day, platform)
            for _, slot in best.iterrows():
                at = pd.Timestamp(day) + pd.Timedelta(hours=int(slot["hour"]))
                for place, kind in enumerate(form):
                    for theme, gain in themed:
                        value = (
                            float(np.log1p(slot["effect"]) + np.log1p(gain)) + 0.3 - 0.02 * place
                        )
                        out.append(
                            (
                                f"{platform}:{account}",
                                platform,
                                account,
                                at,
                                theme,
                                kind,
                                value,
                                HOURS_PER_POST.get(kind, 3.0),
                                _owner(book),
                                campaign,
                                event,
                            )
                        )
    return pd.DataFrame(
        out,
        columns=[
            "account",
            "platform",
            "account_id",
            "slot",
            "theme",
            "format",
            "value",
            "hours",
            "owner",
            "campaign_id",
            "event",
        ],
    )


def _occasion(events, day, platform):
    stamp = pd.Timestamp(day)
    here = events[(events["start_date"] <= stamp) & (events["end_date"] >= stamp)]
    campaign = None
    for _, event in here[here["kind"] == "campaign"].iterrows():
        if not isinstance(event["platforms"], str) or platform in event["platforms"]:
            campaign = event["campaign_id"]
    names = " / ".join(str(n) for n in here["name"].unique())
    return campaign, names or None


def _owner(book):
    """The person who holds the content role, else the role itself."""

    def build():
        team = book.frame("team")
        held = team[(team["role"] == "content") & team["ended_at"].isna()] if len(team) else team
        return (
            held["display_name"].fillna(held["person_key"]).iloc[0]
            if len(held)
            else book.settings.owners["2"]
        )

    return book.once("content_owner", build)


def _capacity(book, options):
    """Hours of the owner in the horizon: the team form's, else what the present pace takes."""
    team = book.frame("team")
    held = team[(team["role"] == "content") & team["ended_at"].isna()] if len(team) else team
    hours = held["hours_per_week"].sum() if len(held) else 0
    return {_owner(book): float(hours) * HORIZON_DAYS / 7} if hours else {}


def _working_title(book, row):
    """A working title that names theme and occasion, free of wording the law bans."""
    theme = book.translator.value(row["theme"]) if row["theme"] else ""
    words = [theme, row["event"]]  # a day without an occasion has NaN
    title = " · ".join(w for w in words if isinstance(w, str) and w)
    return title if not any(h.severity == "ban" for h in compliance.check(title)) else str(theme)
