"""Rules of chapter 10: long-term growth."""

import numpy as np
import pandas as pd

from opsbook.chapters import growth
from opsbook.methods.forecast import Forecast

from .case import Case, Given, both, rows

END = pd.Timestamp("2026-11-16")


def days_ago(*ages):
    return END - pd.to_timedelta(list(ages), unit="D")


# ---- 10.1


def acts(people, ages, kind="comment"):
    """Every person of a list does one thing at each age in days."""
    who = [p for p in people for _ in ages]
    at = days_ago(*(a + 0.01 * i for i, _ in enumerate(people) for a in ages))
    return pd.DataFrame(
        {"person_key": who, "at": at, "kind": kind, "platform": "weibo", "value": 0.0}
    )


def loyal(silent):
    """A hundred who came every month for half a year; a number of them stay away since then."""
    names = [f"p{i}" for i in range(100)]
    gone, here = names[:silent], names[silent:]
    parts = [acts(names, (200, 160, 130, 100)), acts(here, (20, 10, 5)), acts(gone, (95,))]
    return {"growth.events": pd.concat([p for p in parts if len(p)], ignore_index=True)}


def ages(share):
    """The share of one account's audience at 25-34; the target of workbook.toml is 45 %."""
    about = rows("value share", ("25-34", share), ("18-24", 0.25), ("45+", 0.75 - share))
    return {"audience_profile": about.assign(platform="weibo", account_id="a", dimension="age",
                                             as_of_date="2026-11-10")}  # fmt: skip


def curves(late):
    """Views of 24 posts by age; the first goes on earning by `late` after its first days."""
    points = [(f"a|{i}", age, value * (1 if i or age < 200 else late))
              for i in range(24) for age, value in ((24, 700 + i), (48, 850 + i), (168, 960 + i), (1500, 1000 + i))]  # fmt: skip
    frame = pd.DataFrame(points, columns=["key", "age_h", "value"])
    return {"growth.snapshots": frame.assign(platform="weibo", account_id="a", name="Tea",
            post_id=frame["key"].str[2:], date_day=pd.Timestamp("2026-08-01"))}  # fmt: skip


def posts(n=160, account="a", platform="weibo", seed=1, age=200, **more):
    """Settled posts of an account over its last `age` days."""
    rng = np.random.default_rng(seed)
    at = days_ago(*np.linspace(age, 8, n)).round("min")
    frame = pd.DataFrame({
        "platform": platform, "account_id": account, "post_id": [f"{account}{i}" for i in range(n)],
        "at": at, "date_day": at.normalize(), "account": f"{platform}:{account}", "is_preliminary": False,
        "value": rng.lognormal(4, 0.2, n), "views": rng.lognormal(7, 0.2, n), "impressions": np.nan,
        "reach": np.nan, "post_type": "image", "theme": "daily", "daypart": "4d", "is_boosted": False,
        "format": None, "name": "Tea", "is_original": np.arange(n) % 2 == 0,
        "tags": [[] for _ in range(n)], "interactions": 1.0,
    })  # fmt: skip
    frame["week"] = frame["date_day"].dt.to_period("W-SUN").dt.start_time
    frame["month"] = frame["date_day"].dt.to_period("M").dt.start_time
    return frame.assign(**more)


def originals(factor):
    frame = posts()
    return {
        "growth.posts": frame.assign(
            value=frame["value"] * np.where(frame["is_original"], factor, 1)
        )
    }


def contacts(fast):
    """First contacts of 80 people; `fast` of 40 answered at once come back, 12 of the others."""
    frame = rows("contact returned", *(("replied_fast", float(i < fast)) for i in range(40)),
                 *(("replied_late", float(i < 12)) for i in range(40)), ordered=np.nan, days=5.0, seen=True)  # fmt: skip
    return {"growth.contacts": frame}


def neighbours(factor):
    """Two accounts; the first is seen by `factor` as many on the days on which the second posts."""
    one, two = posts(300, age=320), posts(100, "b", "douyin", 2, age=320)
    shared = one["date_day"].isin(set(two["date_day"]))
    return {
        "growth.posts": pd.concat(
            [one.assign(views=one["views"] * np.where(shared, factor, 1)), two]
        )
    }


def matrix(views):
    """Three accounts, the first kept for reach."""
    parts = [posts(40, "a", views=views), posts(40, "b", "douyin", views=1000.0),
             posts(40, "c", "bilibili", views=1000.0, value=900.0)]  # fmt: skip
    goals = rows("platform account_id goal", ("weibo", "a", "reach"), ("douyin", "b", "reach"))
    return {"known": {"growth.posts": pd.concat(parts)}, "frames": {"accounts": goals}}


def followers(before, after, lost=4):
    """Gains a day over 60 weeks, stepping from one level to another half way."""
    day = pd.date_range("2025-09-22", "2026-11-15")
    gains = np.where(np.arange(len(day)) < 210, before, after) + np.arange(len(day)) % 3
    frame = pd.DataFrame(
        {"date_day": day, "new_followers": gains.astype(float), "lost_followers": float(lost)}
    )
    return {"follower_days": frame.assign(platform="weibo", account_id="a", followers_total=9000.0,
                                          net_followers=frame["new_followers"] - lost)}  # fmt: skip


def forecast(high):
    ahead = pd.DataFrame(
        {
            "date": pd.date_range(END, periods=28),
            "mean": high - 6.0,
            "low": high - 12.0,
            "high": high,
        }
    )
    return {"growth.forecast": Forecast(ahead, "theta", pd.DataFrame(), 300)}


def buyers(stay):
    """A hundred and fifty people who order every three weeks; since summer only those who stay do."""
    rng = np.random.default_rng(5)
    out = [
        (f"p{person}", at)
        for person in range(150)
        for at in pd.Timestamp("2025-09-01")
        + pd.to_timedelta(np.cumsum(rng.exponential(20, 40)), unit="D")
        if at < END and (at < pd.Timestamp("2026-08-17") or person < stay)
    ]
    frame = pd.DataFrame(out, columns=["person_key", "at"])
    return {"growth.events": frame.assign(kind="order", platform="shopify", value=50.0)}


def returns(odd):
    """Buyers of 12 months who come back alike, but for those of March."""
    out = []
    for month in pd.date_range("2025-11-01", periods=12, freq="MS"):
        for age in range(1, 7):
            rate = odd if (month.year, month.month) == (2026, 3) else 0.12
            out.append((month, age, 400, round(400 * rate * 0.85**age)))
    return {
        "chapters.growth.followers.cohorts": lambda book: pd.DataFrame(
            out, columns=["cohort", "age", "n", "retained"]
        )
    }


GONE, STAY = (Given(growth.audience_segments, known=loyal(n)) for n in (60, 0))
PAYS, SAME, COSTS = (Given(growth.original, known=originals(f)) for f in (2.0, 1.0, 0.5))
UP, LEVEL, DOWN = (Given(growth.steps, views=followers(*f)) for f in ((20, 60), (40, 40), (60, 20)))
MORE_BACK, AS_USUAL, FEWER_BACK = (
    Given(growth.unusual_cohorts, replaced=returns(r)) for r in (0.3, 0.12, 0.02)
)
SHORT, REACHED = matrix(300.0), matrix(3000.0)

CASES = [
    Case("10.1.1.drift", GONE, STAY),
    both("10.1.1.unfit", growth.profile_fit, frames=(ages(0.05), ages(0.45))),
    both("10.1.2.evergreen", growth.evergreen, known=(curves(4.0), curves(1.0))),
    Case("10.1.2.original", PAYS, SAME),
    Case("10.1.2.original_less", COSTS, SAME),
    both("10.1.3.fast", growth.before_return, known=(contacts(30), contacts(12))),
    both("10.1.4.cannibal", growth.cannibalisation, known=(neighbours(0.5), neighbours(1.0))),
    Case("10.1.4.role", Given(growth.roles, **SHORT), Given(growth.roles, **REACHED)),
    both("10.1.5.shrinks", growth.growth, views=(followers(4, 4, lost=9), followers(4, 4, lost=2))),
    Case("10.1.5.step_up", UP, LEVEL),
    Case("10.1.5.step_down", DOWN, LEVEL),
    both("10.1.5.outlook", growth.outlook_table, known=(forecast(-1.0), forecast(9.0)), views=followers(4, 4)),
    both("10.1.5.buyers_fewer", growth.buyers_ahead, known=(buyers(40), buyers(150))),
    Case("10.1.5.cohort_up", MORE_BACK, AS_USUAL),
    Case("10.1.5.cohort_down", FEWER_BACK, AS_USUAL),
]  # fmt: skip

# ---- 10.2


def mentions(price, taste=0.7):
    """Mentions of taste and price, in turn, with the share of each that is positive."""
    out = []
    for i in range(200):
        good = (i // 2 * 7) % 10 < 10 * (taste if i % 2 else price)
        out.append(
            (END - pd.Timedelta(hours=20 * i + 1), ("taste",) if i % 2 else ("price",), float(good))
        )
    frame = pd.DataFrame(out, columns=["at", "attributes", "is_positive"])
    return {
        "growth.mentions": frame.assign(
            subject="brand", tone=frame["is_positive"] - 0.3, platform="weibo"
        )
    }


def voices(late):
    """Mentions a week of the brand and of a rival, which has `late` in each of the last 8 weeks."""
    out = []
    for week in range(34):
        start = END - pd.Timedelta(weeks=week + 1)
        counts = {"brand": 20 + week % 3, "Rival": (late if week < 8 else 10) + week % 2}
        out += [
            (start + pd.Timedelta(hours=3 * i), who, start)
            for who, n in counts.items()
            for i in range(n)
        ]
    return {"growth.mentions": pd.DataFrame(out, columns=["at", "subject", "week"])}


def fans(sour):
    """Three people who praise the brand on four days; one of them was not happy last week."""
    out = [
        (f"p{i}aaaaaaaaaaaa", END - pd.Timedelta(days=20 * d + 3))
        for i in range(3)
        for d in range(4)
    ]
    frame = pd.DataFrame(out, columns=["person_key", "at"])
    return {"growth.mentions": frame.assign(
        subject="brand", platform="weibo", mention_id=range(len(frame)), likes=3.0, author_followers=100.0,
        is_positive=1.0, is_negative=float(sour), attributes=[("taste",)] * len(frame),
    )}  # fmt: skip


def partners(suspicious):
    """Five influencers with four co-operations each; one may have bought followers."""
    ids = [f"k{i}" for i in range(5)]
    who = pd.DataFrame({"influencer_id": ids, "suspicious_share": [0.05] * 4 + [suspicious]}).assign(
        influencer_name=ids, platform="xiaohongshu", avg_views=10_000, audience_fit=0.6, price=1000,
        currency="CNY", avg_comments=50, avg_engagements=500,
    )  # fmt: skip
    done = pd.DataFrame({"influencer_id": np.repeat(ids, 4), "orders": np.repeat([10, 12, 9, 11, 40], 4)}).assign(
        cooperation_id=[f"c{i}" for i in range(20)], published_at="2026-10-01", cost=1000, currency="CNY",
        impressions=10_000, engagements=500, comments=50, clicks=200,
    )  # fmt: skip
    return {"influencers": who, "influencer_results": done}


def incentives(lift, cost=5.0, held=True):
    """Two hundred people, half of them held out; those who got something order more often."""
    got = [i < 100 for i in range(200)]
    orders = [int(i % 10 < (2 + lift if g else 2)) for i, g in enumerate(got)]
    frame = pd.DataFrame({"incentive_id": [f"i{i}" for i in range(200)], "result_orders": orders,
                          "holdout": [held and not g for g in got]})  # fmt: skip
    return {"incentives": frame.assign(kind="referral", given_at="2026-10-01", cost=cost, currency="CNY",
            result_gmv=100.0 * frame["result_orders"], result_reviews=0)}  # fmt: skip


def dear(budget):
    return {"chapters.growth.partners._budget": lambda book, table: budget}


GOOD, FAIR, BAD = (Given(growth.attributes, known=mentions(p)) for p in (0.7, 0.6, 0.1))
REWARD_PAYS, REWARD_LOSES, NO_LIFT, ALONE, CHEAP = (
    Given(growth.incentives, frames=incentives(*about))
    for about in ((7, 5.0), (3, 90.0), (-1, 50.0), (7, 5.0, False), (1, 10.0))
)

CASES += [
    Case("10.2.1.strong", BAD, GOOD),
    Case("10.2.1.weak", BAD, GOOD),
    both("10.2.1.rival", growth.voice_change, known=(voices(40), voices(10))),
    both("10.2.2.advocates", growth.advocates, known=(fans(False), fans(True))),
    both("10.2.3.buy", growth.co_operation, frames=partners(0.05), replaced=(dear(3000.0), dear(100.0))),
    both("10.2.3.suspect", growth.co_operation, frames=(partners(0.6), partners(0.05))),
    Case("10.2.4.pays", REWARD_PAYS, CHEAP),
    Case("10.2.4.does_not", REWARD_LOSES, REWARD_PAYS),
    Case("10.2.4.no_lift", NO_LIFT, REWARD_LOSES),
    Case("10.2.4.no_holdout", ALONE, REWARD_PAYS),
]  # fmt: skip

# ---- 10.3


def tagged(before, after):
    """Posts of 34 weeks; a tag in `before` of ten at first, in `after` of ten in the last eight weeks."""
    frame = posts(300, age=236)
    late = frame["at"] >= END - pd.Timedelta(weeks=8)
    used = np.arange(300) % 10 < np.where(late, after, before)
    frame["tags"] = [["冷泡"] if u else [] for u in used]
    return {
        "known": {"growth.posts": frame},
        "frames": {"competitors": rows("platform", ("weibo",))},
    }


def tries(factor, n=12):
    """A new format in the last eight weeks that earns `factor` of what the usual posts do."""
    frame = posts(160, age=115)
    new = np.arange(160) % (160 // n) == 3
    frame.loc[new, "format"] = "podcast"
    return {"growth.posts": frame.assign(value=frame["value"] * np.where(new, factor, 1))}


def exported(last):
    day = pd.date_range("2026-03-01", last)
    frame = pd.DataFrame({"date_day": day, "new_followers": 5})
    return {"follower_daily": frame.assign(platform="weibo", account_id="a", channel="all")}


def skill(level):
    each = rows(
        "person_key", ("a",), ("b",), ("c",), role="content", skill="copywriting", needed_level=4
    )
    return {"skills": each.assign(level=level, assessed_at="2026-10-01")}


def approvals(before, after, turn="2026-06-01"):
    """A task every 30 hours from March to October; `hours` from created to done change at the turn."""
    made = pd.date_range("2026-03-02 09:00", "2026-10-20", freq="30h")
    hours = np.where(made >= turn, after, before) + np.arange(len(made)) % 5
    tasks = pd.DataFrame({"task_id": [f"t{i}" for i in range(len(made))], "created_at": made,
                          "done_at": made + pd.to_timedelta(hours, unit="h")})  # fmt: skip
    log = rows("decision decided_at", ("One step less", turn), process="approval", owner="manager")
    return {"tasks": tasks.assign(process="approval", status="done"), "decisions": log}


QUICK, EVEN, SLOW = (
    Given(growth.process_steps, frames=approvals(*h)) for h in ((40, 20), (30, 30), (20, 40))
)
RISEN, CAME, QUIET = (Given(growth.hashtags, **tagged(*t)) for t in ((2, 8), (0, 5), (3, 3)))
BETTER, OPEN, WORSE = (Given(growth.formats, known=tries(*t)) for t in ((2.5,), (1.05, 4), (0.3,)))

CASES += [
    Case("10.3.1.rising", RISEN, QUIET),
    Case("10.3.1.new", CAME, RISEN),
    Case("10.3.2.more", BETTER, OPEN),
    Case("10.3.2.stop", WORSE, OPEN),
    Case("10.3.2.keep_trying", OPEN, BETTER),
    both("10.3.3.stale", growth.freshness, tables=(exported("2026-10-20"), exported("2026-11-14"))),
    both("10.3.4.gap", growth.skill_trend, frames=(skill(2), skill(3))),
    Case("10.3.5.faster", QUICK, EVEN),
    Case("10.3.5.slower", SLOW, EVEN),
    both("10.3.5.no_effect", growth.improvements, frames=(approvals(20, 20), approvals(40, 20))),
]  # fmt: skip
