"""Rules of chapter 2: themes, wording, posting times, frequency, retrospective."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from opsbook.chapters import content
from opsbook.methods.post_features import FLAGS
from opsbook.methods.post_plan import Plan

from .case import Case, Given, both, rows

END = pd.Timestamp("2026-11-16")


def posts(n=240, **about):
    """Settled posts of one account, one a day and a half; interactions that hardly differ."""
    at = END - pd.to_timedelta(np.arange(n)[::-1] * 36.0 + 12, unit="h")
    frame = pd.DataFrame({
        "platform": "weibo", "account_id": "a", "account": "weibo:a", "post_id": [f"p{i}" for i in range(n)],
        "at": at, "date_day": at.normalize(), "value": 100.0 + np.arange(n) * 7 % 23, "views": 2000.0,
        "impressions": np.nan, "orders": 2.0 + np.arange(n) % 2, "is_boosted": False, "is_preliminary": False,
        "has_hour": True, "name": "Tea", "post_type": np.array(["image", "video"])[np.arange(n) % 2],
        "theme": np.array(["daily", "product", "story"])[np.arange(n) % 3],
        "daypart": np.array(["3d", "4d", "6d", "7d"])[np.arange(n) // 2 % 4],
    })  # fmt: skip
    frame["week"] = frame["date_day"].dt.to_period("W-SUN").dt.start_time
    for flag in FLAGS:
        frame[flag] = np.arange(n) * 3 % 7 < 3 if flag == "has_question" else False
    return frame.assign(**about)


def where(flag, factor, column="value"):
    """The posts, with a figure times a factor where a condition on them holds."""
    frame = posts()
    frame[column] = frame[column] * np.where(flag(frame), factor, 1)
    return {"posts": frame}


def themed(factor, column="value"):
    return where(lambda f: f["theme"] == "story", factor, column)


def audience(share):
    """A profile in which 25-34 holds a share; the target of workbook.toml is 45 %."""
    about = rows("value share", ("25-34", share), ("18-24", 0.25))
    return {"audience_profile": about.assign(platform="weibo", account_id="a", dimension="age",
                                             as_of_date="2026-11-10")}  # fmt: skip


def labelled(n):
    """Two hundred and forty posts, a number of them with a theme."""
    known = np.arange(240) < n
    return {"posts": posts(theme=np.where(known, "daily", None))}


LABELS = {"post_labels": rows("post_id", ("p0",), platform="weibo", account_id="a", kind="theme", label="daily",
                              labelled_by="content")}  # fmt: skip
NO_ORDERS = {"orders": rows("order_id", ("o1",), source_platform="weibo", source_post_id=None)}


def planned(given):
    """A wish for ten posts, of which the plan gave some; no unmet wish where all were given."""
    unmet = rows("wish asked given", ("weibo:a", 10, given))
    return {"calendar": Plan(posts(3), unmet[unmet["given"] < 10], 1.0)}


def slots(low):
    """A map of hours in which the best one's interval begins at `low`."""
    frame = rows(
        "weekday hour effect low high", (2, 20, low + 0.2, low, low + 0.4), (3, 9, -0.1, -0.3, 0.1)
    )
    return {
        "slot_map": frame.assign(platform="weibo", account_id="a", n=60, enough=True),
        "posts": posts(),
    }


def pace(now):
    """A year of weeks in which four posts earn most; then eight weeks of `now` posts."""
    count = np.concatenate([np.arange(60) % 8 + 1, np.full(8, now)]).astype(float)
    week = pd.date_range(end="2026-11-09", periods=68, freq="7D")
    earned = 1000 * (1 - np.exp(-count)) - 8 * np.clip(count - 4, 0, None) ** 2 + np.arange(68) % 5
    return {"weekly_posts": pd.DataFrame({"week": week, "posts": count, "interactions": earned}).assign(
        platform="weibo", account_id="a", reach_sum=np.nan, lost_followers=np.nan)}  # fmt: skip


def rivals(engagements):
    """Two competitors with as many followers as the brand, a post a day."""
    day = pd.date_range("2026-09-01", "2026-11-15")
    names = pd.MultiIndex.from_product(
        [["R", "S"], day], names=["competitor_name", "date_day"]
    ).to_frame(index=False)
    followers = rows(
        "date_day followers_total",
        ("2026-11-14", 9000),
        platform="weibo",
        account_id="a",
        channel="all",
    )
    return {"competitors": names.assign(competitor_id=names["competitor_name"], platform="weibo", posts=1,
            engagements=engagements, followers_total=9000, item_id=""), "follower_daily": followers}  # fmt: skip


def expected(low, high):
    """A fit that expects any post between two figures."""
    fit = SimpleNamespace(predict=lambda now, level: pd.DataFrame(
        {"expected": (low + high) / 2, "low": low, "high": high}, index=range(len(now))))  # fmt: skip
    return {"chapters.content.drafts.fitted": lambda book, before=None: fit}


BEST, EQUAL, WORST = (Given(content.themes, known=themed(f)) for f in (2.0, 1.0, 0.5))
HELPS, NOTHING, HURTS = (
    Given(content.features, known=where(lambda f: f["has_question"], factor))
    for factor in (1.8, 1.0, 0.5)
)
ABOVE, INSIDE, BELOW = (
    Given(content.outliers, known={"posts": posts(interactions=100.0)}, replaced=expected(*span))
    for span in ((10.0, 50.0), (10.0, 500.0), (400.0, 900.0))
)

CASES = [
    both("2.1.1.audience", content.audience, frames=(audience(0.2), audience(0.44))),
    both("2.1.1.unlabelled", content.labelled_share, known=(labelled(100), labelled(200)), frames=LABELS),
    Case("2.1.1.best_theme", BEST, EQUAL),
    Case("2.1.1.worst_theme", WORST, EQUAL),
    both("2.1.1.sells", content.theme_conversion,
         known=(themed(4.0, "orders"), themed(1.0, "orders")), frames=NO_ORDERS),
    both("2.1.1.unmet", content.unmet, known=(planned(6), planned(10))),
    Case("2.1.2.helps", HELPS, NOTHING),
    Case("2.1.2.hurts", HURTS, NOTHING),
    both("2.2.1.slot", content.best_slots, known=(slots(0.1), slots(-0.1))),
    both("2.2.2.outside", content.frequency, known=(pace(9), pace(4))),
    both("2.3.1.format", content.formats,
         known=tuple(where(lambda f: f["post_type"] == "video", factor) for factor in (2.0, 1.0))),
    both("2.3.1.behind", content.against_competitors, frames=(rivals(900), rivals(60)), known={"posts": posts()}),
    Case("2.3.2.above", ABOVE, INSIDE),
    Case("2.3.2.below", BELOW, INSIDE),
]  # fmt: skip
