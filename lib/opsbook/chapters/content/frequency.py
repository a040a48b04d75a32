"""2.2.2: how often to post - response of reach, interaction and unfollows, quotas, a range."""

import pandas as pd

from opsbook.chapters.content import rows
from opsbook.data.views import follower_days
from opsbook.methods import frequency as method
from opsbook.methods import limits

OUTCOMES = ("reach_sum", "interactions", "lost_followers")
LEAST_WEEKS = 20


def frequency(book):
    """Recommended posts per week per account: one row per account.

    Columns: platform, account_id, weeks, posts_per_week (now, mean of 8 weeks), low and high
    of the range that may be best for interactions a week, best, p_value, reason where the data
    cannot tell, reach_best, unfollow_reason (how unfollows respond), quota (posts a day).
    """
    weekly = _weekly(book)
    out = []
    for (platform, account), part in weekly.groupby(["platform", "account_id"]):
        found = {name: _response(part, name) for name in OUTCOMES}
        main = found["interactions"]
        now = part.nlargest(8, "week")["posts"].mean()
        low, high = main.range if main is not None else (float("nan"),) * 2
        out.append(
            (
                platform,
                account,
                len(part),
                now,
                low,
                high,
                main.best if main is not None and main.enough else float("nan"),
                main.p_value if main is not None else float("nan"),
                ""
                if main is not None and main.enough
                else (main.reason if main is not None else "too_few"),
                _best(found["reach_sum"]),
                _reason(found["lost_followers"]),
                _quota(platform),
            )
        )
        # half a post a week is what a mean of eight weeks is rounded by
        if main is not None and main.enough and not low - 0.5 <= now <= high + 0.5:
            book.find(
                "2.2.2",
                "medium",
                "2.2.2.outside",
                subject=f"{book.translator.value(platform)} {account}",
                figure=float(now),
                unit="posts_per_week",
                n=len(part),
                first=low,
                last=high,
            )
    columns = [
        "platform",
        "account_id",
        "weeks",
        "posts_per_week",
        "range_low",
        "range_high",
        "best",
        "p_value",
        "reason",
        "reach_best",
        "unfollow_reason",
        "quota_per_day",
    ]
    return pd.DataFrame(out, columns=columns)


def frequency_curve(book, outcome="interactions"):
    """Response curves: platform, account_id, posts_per_week, effect (against the average week), low, high."""
    weekly = _weekly(book)
    parts = []
    for (platform, account), part in weekly.groupby(["platform", "account_id"]):
        found = _response(part, outcome)
        if found is not None and len(found.curve):
            curve = found.curve.rename(columns={"rate": "posts_per_week"})
            parts.append(curve.assign(platform=platform, account_id=account))
    if not parts:
        return pd.DataFrame(
            columns=["platform", "account_id", "posts_per_week", "effect", "low", "high"]
        )
    return pd.concat(parts, ignore_index=True)


def quotas(book):
    """What platforms allow a day, with source and confidence, beside the most that was posted on a day."""
    frame = rows.posts(book)
    if frame.empty:
        return pd.DataFrame(columns=["platform"])
    busiest = frame.groupby(["platform", "account_id", "date_day"]).size().groupby("platform").max()
    out = []
    for platform, most in busiest.items():
        rule = _quota_rule(platform)
        out.append(
            (
                platform,
                int(most),
                rule.high if rule else None,
                rule.conf if rule else None,
                rule.source if rule else None,
            )
        )
    return pd.DataFrame(
        out, columns=["platform", "most_on_a_day", "quota_per_day", "confidence", "source"]
    )


def _weekly(book):
    """One row per account and whole week: posts, interactions, reach, lost followers."""
    return book.once("weekly_posts", lambda: _build(book))


def _build(book):
    frame = rows.settled(book)
    if frame.empty:
        return pd.DataFrame(columns=["platform", "account_id", "week", "posts", *OUTCOMES])
    frame["reach_any"] = frame["reach"].fillna(frame["views"]).fillna(frame["impressions"])
    weekly = frame.groupby(["platform", "account_id", "week"]).agg(
        posts=("post_id", "size"),
        interactions=("value", "sum"),
        reach_sum=("reach_any", lambda s: s.sum(min_count=1)),
    )
    whole = []
    for key, part in weekly.groupby(level=[0, 1]):
        part = part.droplevel([0, 1])
        weeks = pd.date_range(part.index.min(), part.index.max(), freq="7D")
        # the first and last weeks are usually cut by the export
        part = part.reindex(weeks)[1:-1] if len(weeks) > 2 else part.reindex(weeks)
        part[["posts", "interactions"]] = part[["posts", "interactions"]].fillna(0)
        whole.append(
            part.rename_axis("week").reset_index().assign(platform=key[0], account_id=key[1])
        )
    weekly = pd.concat(whole, ignore_index=True)
    fans = book.view("followers", follower_days)
    fans["week"] = fans["date_day"].dt.to_period("W-SUN").dt.start_time
    lost = fans.groupby(["platform", "account_id", "week"])["lost_followers"].sum(min_count=7)
    return weekly.merge(lost.reset_index(), on=["platform", "account_id", "week"], how="left")


def _response(part, outcome):
    part = part.dropna(subset=[outcome])
    if len(part) < LEAST_WEEKS:
        return None
    part = part.assign(order=range(len(part)))
    return method.response(part, "posts", outcome, time="order")


def _best(found):
    return found.best if found is not None and found.enough else float("nan")


def _reason(found):
    if found is None:
        return "too_few"
    return found.reason or "found"


def _quota(platform):
    rule = _quota_rule(platform)
    return float(rule.high) if rule else float("nan")


def _quota_rule(platform):
    if platform not in limits.platforms():
        return None
    found = [r for r in limits.rules_of(platform) if r.check in ("posts_per_24h", "posts_per_day")]
    return found[0] if found else None
