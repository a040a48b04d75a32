"""Rules of chapter 5: plans, rewards, budget, partners, pace and effect of campaigns."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from opsbook.chapters import campaigns
from opsbook.estimate import Estimate

from .case import Case, Given, both, rows

END = pd.Timestamp("2026-11-15")
DAY = pd.date_range("2026-01-05", END)
NOISE = 1 + 0.1 * np.sin(np.arange(len(DAY)) * 1.7)
SALES = "sales_paid"
STAGES = {
    "ended": ("2026-10-01", "2026-10-14"),
    "running": ("2026-11-09", "2026-11-22"),
    "planned": ("2026-12-01", "2026-12-14"),
}


def campaign(stage="ended", name="c1", **about):
    """One campaign of a stage, as chapter 5 reads it: two weeks, on Weibo, for paid sales."""
    start, end = (pd.Timestamp(d) for d in STAGES[stage])
    return {
        "campaign_id": name, "campaign_name": f"Campaign {name}", "campaign_type": "promotion", "start_date": start,
        "end_date": end, "days": 14, "platforms": ["weibo"], "goal": SALES, "goal_indicator": SALES,
        "goal_value": 2800.0, "goal_unit": None, "theme": "story", "budget": 500.0, "cost": 500.0, "stage": stage,
        "rules": None, "reward": "Tea", "reward_kind": None, "reward_cost": np.nan, "reward_quantity": np.nan,
        "max_prize_value": np.nan, "disclosure": "广告", "lessons": "Start sooner", "owner": "content",
    } | about  # fmt: skip


def held(*given):
    frame = pd.DataFrame(list(given))
    return {"campaigns": frame.assign(goal=pd.Series([g["goal"] for g in given], dtype=object))}


def lines(*given, **about):
    """Lines of a plan: kind, day, state."""
    whole = {
        "campaign_id": "c1",
        "platform": "weibo",
        "account_id": "a",
        "owner": "content",
        "budget": 100.0,
    } | about
    frame = rows("line_kind planned_date state", *given, **whole)
    return {"campaign_plans": frame.assign(line_no=range(1, len(given) + 1))}


def sales(level=100.0):
    """Paid sales of one shop by day, and the lines they come from."""
    wide = pd.DataFrame({"weibo:a": level * NOISE}, index=DAY).rename_axis("date_day")
    return {f"daily:{SALES}": wide, "campaign_orders": sold(3)}


def sold(known, inside=100.0):
    """Order lines by day: of ten, `known` have a source; those on Weibo pay so much in campaigns."""
    out = [(d, f"{d:%m%d}{i}", i < known) for d in DAY for i in range(10)]
    frame = pd.DataFrame(out, columns=["date_day", "order_id", "is_attributed"])
    during = frame["date_day"].between(*STAGES["ended"])
    frame["paid"] = np.where(during, inside, 100.0) * (1 + np.arange(len(frame)) % 7 / 20)
    return frame.assign(platform="weibo", shop="weibo:a", campaign_id=None, person_key=frame["order_id"], product_id="P",
                        currency="CNY")  # fmt: skip


def effects(*given):
    """Effects on paid sales: campaign, type, relative, low, high, stage."""
    frame = rows("campaign_id campaign_type relative low high stage", *given, indicator=SALES, total=300.0, cost=500.0,
                 theme="story", return_on_cost=0.6)  # fmt: skip
    return {
        "campaign_effect": frame.assign(
            total_low=3000 * frame["low"], total_high=3000 * frame["high"]
        )
    }


def two_types(low):
    """A campaign of each of two types; the better one's interval begins at `low`."""
    both_ = held(campaign(goal=None), campaign(name="c2", campaign_type="brand", goal=None))
    return both_ | effects(
        ("c1", "promotion", low + 0.1, low, low + 0.2, "ended"),
        ("c2", "brand", -0.3, -0.4, -0.2, "ended"),
    )


def goal(value, **about):
    return held(campaign("planned", goal_value=value, **about)) | sales()


def meeting(start):
    """A campaign that comes, and another that begins on a day."""
    first, last = pd.Timestamp(start), pd.Timestamp(start) + pd.Timedelta(days=9)
    return held(campaign("planned"), campaign("planned", "c2", start_date=first, end_date=last))


def themes(high):
    """Posts by theme; those of the coming campaign's theme lie below the others by `high` at best."""
    table = rows(
        "theme posts post_effect post_low post_high",
        ("story", 40, high - 0.2, high - 0.4, high),
        ("daily", 40, 0.3, 0.1, 0.5),
    )
    return {"chapters.campaigns.planning._post_themes": lambda book: table}


LOTTERY = "2026-12-01 from 1 to 14 December. eligible: everyone, one entry. winners will be announced; shipped within a week; 3 prizes. contact us"


def lottery(prize, text=LOTTERY):
    return held(campaign("planned", reward_kind="lottery", max_prize_value=prize, rules=text))


def reward(cost):
    """A coming campaign whose reward costs so much, after one that lifted sales by a fifth."""
    known = held(
        campaign(),
        campaign(
            "planned", "c2", reward_kind="gift", reward_cost=cost, reward_quantity=1.0, budget=0.0
        ),
    )
    return known | sales(1000.0) | effects(("c1", "promotion", 0.2, 0.15, 0.25, "ended"))


def spend():
    """Spend on two ad platforms a day."""
    frame = pd.DataFrame(
        {
            "date_day": np.tile(DAY, 2),
            "platform": np.repeat(["meta_ads", "tencent_ads"], len(DAY)),
            "spend": 100.0,
        }
    )
    return {"campaign_ads": frame.assign(currency="CNY", clicks=50.0)}


def curves(low, identified=True, strong=5.0):
    """A response in which Meta Ads do more, the gain of a move, and the draws it comes from."""
    amount = np.linspace(0, 300, 20)
    each = (("tencent_ads", 5.0), ("meta_ads", 5.0 * strong))
    table = pd.concat(
        [
            pd.DataFrame({"channel": c, "spend": amount, "effect": k * np.sqrt(amount)})
            for c, k in each
        ]
    )
    gain = Estimate(low + 50, low, low + 100, 100, "response", unit="currency")
    plan = SimpleNamespace(spend=pd.Series({"tencent_ads": 60.0, "meta_ads": 140.0}), gain=gain)
    draws = np.array(
        [[(100.0, 200.0, 1.0), (100.0 * strong * k, 200.0, 1.0)] for k in (0.9, 1.0, 1.1)]
    )
    return SimpleNamespace(
        identified=identified, reason="spend hardly varies: meta_ads",
        why=("flat_spend", {"channels": ["meta_ads"]}), curves=table, n=100, method="response", draws=draws,
        present=pd.Series({"tencent_ads": 100.0, "meta_ads": 100.0}), allocate=lambda *a, **k: plan,
    )  # fmt: skip


def capacity(hours):
    """The content role's week, and a plan that asks so many hours of it."""
    week = pd.Timestamp("2026-11-09")
    plan = lines(("post", "2026-11-10", "planned"), hours=hours, end_date="2026-11-10")
    done = rows("role week hours", ("content", week - pd.Timedelta(days=14), 160.0), is_done=True)
    return Given(campaigns.people_load, frames=plan,
                 views={"team_capacity": rows("role hours_per_week", ("content", 40.0)), "task_hours": done})  # fmt: skip


TOO_SMALL, BELOW, FAR = (Given(campaigns.goals, known=goal(v), frames=lines(("post", "2026-12-02", "planned")))
                         for v in (1420.0, 700.0, 2800.0))  # fmt: skip
SPLIT, UNSURE, UNKNOWN = (
    Given(
        campaigns.allocation,
        views=spend(),
        known=held(campaign("planned")) | {"campaign_response": fit},
    )
    for fit in (curves(20.0), curves(-20.0), curves(20.0, identified=False))
)
PLAN = lines(("budget", "2026-12-01", "planned"))

CASES = [
    both("5.1.best_type", campaigns.by_type, known=(two_types(0.1), two_types(-0.1))),
    both("5.1.1.problems", campaigns.goals, frames=PLAN,
         known=(goal(2800.0, platforms=[], budget=np.nan), goal(2800.0))),
    Case("5.1.1.too_small", TOO_SMALL, FAR),
    Case("5.1.1.below_baseline", BELOW, FAR),
    both("5.1.2.overlap", campaigns.competing, known=(meeting("2026-12-05"), meeting("2027-01-20"))),
    both("5.1.2.weak_theme", campaigns.themes, replaced=(themes(-0.1), themes(0.1)),
         known=held(campaign(goal=None), campaign("planned", "c2")) | effects(("c1", "promotion", 0.2, 0.1, 0.3, "ended"))),
    both("5.1.3.no_gain", campaigns.platforms,
         known=tuple(held(campaign(), campaign("planned", "c2")) | {"campaign_orders": sold(3, p)} for p in (60.0, 150.0))),
    both("5.1.4.ceiling", campaigns.rules, known=(lottery(80_000.0), lottery(500.0))),
    both("5.1.4.gap", campaigns.rules, known=(lottery(500.0, "Good luck"), lottery(500.0))),
    both("5.1.5.loss", campaigns.incentives, known=(reward(4000.0), reward(200.0)),
         frames={"products": rows("product_id margin_rate", ("P", 0.5))}),
    Case("5.1.6.split", SPLIT, UNSURE),
    Case("5.1.6.not_identified", UNKNOWN, UNSURE),
    Case("5.1.6.overload", capacity(60.0), capacity(5.0)),
]  # fmt: skip

# ---- 5.2


def filed(state):
    """A file that the plan asks for, in a state."""
    files = {"assets": rows("asset_id state", ("f1", state), kind="image", path="f1.png")}
    return files | lines(("asset", "2026-11-10", "planned"), asset_id="f1", end_date="2026-11-10")


CHECKED = {"asset_audit:f1": rows("asset_id check is_ok", ("f1", "width_px", True))}


def posted(*days):
    """Ordinary posts each third day of the year up to October, and those of some days."""
    at = [*pd.date_range("2026-01-05", "2026-10-30", freq="3D"), *pd.to_datetime(list(days))]
    frame = pd.DataFrame({"date_day": at}).assign(platform="weibo", account_id="a", account="weibo:a", impressions=1000.0,
                                                  views=np.nan, interactions=50.0, link_clicks=np.nan, clicks=5.0)  # fmt: skip
    return {"campaign_posts": frame}


DUE = lines(("post", "2026-11-10", "done"), ("post", "2026-11-13", "planned"))


def answered(minutes):
    """Forty people a day before the campaign, answered in 20 minutes; within it in `minutes`."""
    frame = pd.DataFrame({"date_day": np.repeat(DAY[-60:], 10)})
    frame["minutes"] = np.where(frame["date_day"] >= "2026-11-09", minutes, 20.0)
    return held(campaign("running")) | {"campaign_replies": frame.assign(platform="weibo")}


def partners(sales_, comments=50):
    """Six partners; the last one's orders bring in `sales_`, and it has so many comments."""
    out = [(f"k{i}", 40, 2000.0, 50) for i in range(5)] + [("k5", 40, sales_, comments)]
    done = rows("influencer_id orders gmv comments", *out, cost=1000, currency="CNY", impressions=10_000,
                engagements=500, published_at="2026-10-01", cooperation_id="x", views=9000, campaign_id="c1")  # fmt: skip
    done["clicks"], done["new_followers"] = (
        np.where(done["comments"] < 10, low, usual) for low, usual in ((5, 200), (2, 90))
    )
    done["engagements"] = 500 + np.arange(6)
    who = rows("influencer_id influencer_name", *((f"k{i}", f"k{i}") for i in range(6)), platform="weibo", followers=9000,
               suspicious_share=0.1)  # fmt: skip
    return {"influencer_results": done, "influencers": who}


def ending(value, chance):
    """A running campaign that is forecast to end at a value, and its chance of the goal."""
    days = pd.DataFrame({"date": pd.date_range("2026-11-09", "2026-11-22")})
    days["observed"] = np.where(days["date"] <= END, np.arange(1, 15) * 100.0, np.nan)
    days["planned"] = np.arange(1, 15) * 200.0
    end = Estimate(value, value - 100, value + 100, 300, "forecast", unit="currency")
    return held(campaign("running")) | {
        "end_value:c1": {"days": days, "end": end, "probability": chance}
    }


def moving(strong):
    return held(campaign("running")) | {"campaign_response": curves(0.0, strong=strong)}


GOOD, EVEN, POOR = (
    Given(campaigns.partners, frames=partners(s)) for s in (20_000.0, 2000.0, 100.0)
)
CASES += [
    both("5.2.1.late", campaigns.plan, known=held(campaign("running")),
         frames=tuple(lines(("post", "2026-11-10", state)) for state in ("planned", "done"))),
    both("5.2.2.asset", campaigns.assets, known=held(campaign("running")) | CHECKED, frames=(filed("draft"), filed("ready"))),
    both("5.2.3.missing", campaigns.own_posts, frames=DUE,
         known=tuple(held(campaign("running")) | posted(*d) for d in (("2026-11-10",), ("2026-11-10", "2026-11-13")))),
    both("5.2.3.slow", campaigns.replies, known=(answered(600.0), answered(20.0))),
    Case("5.2.4.best", GOOD, EVEN),
    Case("5.2.4.weak", POOR, EVEN),
    both("5.2.4.fake", campaigns.fake_check, frames=(partners(2000.0, 2), partners(2000.0))),
    both("5.2.5.behind", campaigns.pace_check, known=(ending(1500.0, 0.01), ending(3200.0, 0.9))),
    both("5.2.5.shift", campaigns.shift, known=(moving(8.0), moving(1.0)), views=spend()),
]  # fmt: skip

# ---- 5.3


def lifted(value, low, high):
    """The lift of paid sales that a campaign had."""
    inside = pd.date_range(*STAGES["ended"])
    daily = pd.DataFrame({"date": inside, "observed": 120.0, "expected": 100.0})
    figures = [Estimate(value * k, low * k, high * k, 200, "lift") for k in (1400.0, 1.0)]
    found = SimpleNamespace(daily=daily, total=figures[0], relative=figures[1], p_value=0.01)
    return held(campaign()) | sales() | {"campaign_lifts": {("c1", SALES): found}}


def reached(value):
    return held(campaign(goal_value=value)) | sales() | {"campaign_lifts": {}}


def traced(known):
    people = rows("date_day platform person_key", (END, "weibo", "p1"))
    return (
        held(campaign("running"))
        | posted("2026-11-10")
        | {"campaign_orders": sold(known), "campaign_comments": people.assign(is_owner=False)}
    )


def learnt(words):
    return held(campaign(goal=None, lessons=words)) | effects(
        ("c1", "promotion", 0.2, 0.1, 0.3, "ended")
    )


WORKED, OPEN, HARMED = (
    Given(campaigns.effect, known=lifted(*s))
    for s in ((0.2, 0.1, 0.3), (0.02, -0.1, 0.14), (-0.2, -0.3, -0.1))
)
CASES += [
    both("5.3.1.coverage", campaigns.collection, known=(traced(3), traced(9)), views=spend()),
    Case("5.3.2.worked", WORKED, OPEN),
    Case("5.3.2.harmed", HARMED, OPEN),
    Case("5.3.2.not_told", OPEN, WORKED),
    both("5.3.2.missed", campaigns.goal_result, known=(reached(9000.0), reached(900.0))),
    both("5.3.4.no_lessons", campaigns.library, known=(learnt(None), learnt("Start sooner"))),
]  # fmt: skip
