"""What is planted in posts, followers, ads, tests and campaigns: each draw stands alone."""

from datetime import date, timedelta

import numpy as np

from opsbook.data.sample.draws import day_between, near, pick
from opsbook.data.sample.texts import AD_ELEMENTS, THEMES
from opsbook.data.sample.world import ACCOUNTS, ADS, AGES, REGIONS, SHOPS

PLATFORMS = tuple(a.platform for a in ACCOUNTS)


def posting_hours(rng):
    return {
        p: {
            "weekday": int(rng.integers(7)),
            "hour": int(rng.integers(9, 22)),
            "hour_effect": near(rng, 0.55, 0.95),
            "weekday_effect": near(rng, 0.2, 0.45),
            "worst_weekday_effect": near(rng, -0.3, -0.15),
        }
        for p in PLATFORMS
    }


def themes(rng):
    order = pick(rng, THEMES, len(THEMES))
    effects = np.sort(rng.uniform(-0.4, 0.4, len(order)))[::-1]
    effects[0], effects[-1] = rng.uniform(0.6, 0.9), rng.uniform(-0.45, -0.35)
    return {
        "engagement": {t: round(float(e), 3) for t, e in zip(order, effects, strict=True)},
        "best": order[0],
        "worst": order[-1],
        "best_conversion": pick(rng, order[2:]),
        "conversion_factor": near(rng, 2.2, 3.2),
    }


def formats(rng):
    out = {}
    for a in ACCOUNTS:
        if len(a.formats) > 1:
            out[a.platform] = {"best": pick(rng, a.formats)[0], "effect": near(rng, 0.35, 0.7)}
    return out


def writing(rng):
    names = pick(rng, ["question", "vote", "lottery", "number"], 4)
    return {
        "effects": dict(
            zip(
                names,
                [near(rng, 0.6, 1.0), near(rng, 0.3, 0.5), near(rng, 0.15, 0.3), 0.0],
                strict=True,
            )
        ),
        "best": names[0],
        "null": names[3],
        "long_body_completion": near(rng, -0.35, -0.2),
    }


def frequency(rng):
    return {
        a.platform: {
            "optimum_per_week": round(a.weekly * near(rng, 0.85, 1.25), 1),
            "unfollows": near(rng, 1.2, 2.0),
        }
        for a in ACCOUNTS
    }


def growth(rng):
    return {
        "platform": pick(rng, PLATFORMS),
        "date": day_between(rng, date(2026, 2, 15), date(2026, 8, 15)),
        "factor": near(rng, 2.2, 3.2),
    }


def half_life(rng):
    return {
        a.platform: round(
            float(rng.uniform(3, 40) if a.platform != "youtube" else rng.uniform(150, 260)), 1
        )
        for a in ACCOUNTS
    }


def crosspost(rng):
    leader, follower = pick(rng, ["xiaohongshu", "douyin", "weibo"], 2)
    return {
        "leader": leader,
        "follower": follower,
        "lag_days": int(rng.integers(1, 4)),
        "share": near(rng, 0.2, 0.3),
        "shock": near(rng, 0.3, 0.4),
    }


def cannibalisation(rng):
    a, b = pick(rng, ["instagram", "tiktok", "x", "youtube"], 2)
    return {"posting": a, "losing": b, "effect": near(rng, -0.5, -0.35)}


def audience(rng):
    # Conversion rate of the clicks of one age, one region, one interest and four hours.
    return {
        "age": pick(rng, AGES),
        "region": pick(rng, REGIONS),
        "interest": pick(rng, ["tea", "food", "home", "travel"]),
        "hour": int(rng.integers(8, 20)),
        "hours": 4,
        "lift": near(rng, 1.0, 1.5),
    }


def creatives(rng):
    out = {}
    for kind, values in AD_ELEMENTS.items():
        out[kind] = {"best": pick(rng, values), "effect": near(rng, 0.3, 0.55)}
    out["ad_type"] = {
        "best": pick(rng, ["feed", "video", "banner", "interactive"]),
        "effect": near(rng, 0.3, 0.5),
    }
    return out


def fatigue(rng):
    return {
        "ad_ids": [],
        "half_life_impressions": {p: int(rng.integers(25, 60)) * 1000 for p, _, _ in ADS},
    }


def response(rng):
    names = [p for p, _, _ in ADS]
    order = pick(rng, names, 3)
    out = {}
    for i, p in enumerate(order):
        # Half-saturation at 0.25, 1 and 4 times the usual spend: the first is overspent.
        spend = near(rng, 260, 420, 0)
        out[p] = {
            "spend_per_day": spend,
            "half_saturation": round(spend * (0.25, 1.0, 4.0)[i]),
            "carry_over": near(rng, 0.2, 0.5),
            "ceiling_orders": near(rng, (8, 13, 38)[i], (10, 15, 47)[i], 1),
        }
    return {"channels": out, "overspent": order[0], "underspent": order[2]}


def experiments(rng):
    names = pick(
        rng, ["cover_style", "first_line", "send_hour", "call_to_action", "landing_page"], 4
    )
    return {
        "real": {"id": f"exp_{names[0]}", "relative_lift": near(rng, 0.12, 0.22)},
        "null": {"id": f"exp_{names[1]}"},
        "mean": {"id": f"exp_{names[2]}", "lift": near(rng, 2.0, 4.0)},
        "mismatch": {"id": f"exp_{names[3]}", "treated_share": near(rng, 0.455, 0.47)},
    }


def campaigns(rng):
    shops = pick(rng, SHOPS[:2], 2)
    first = day_between(rng, date(2026, 3, 1), date(2026, 4, 20))
    second = day_between(rng, date(2026, 7, 10), date(2026, 9, 5))
    days = int(rng.integers(12, 17))
    return {
        "real": {
            "campaign_id": "C03",
            "shop": shops[0][1],
            "platform": shops[0][0],
            "start": first,
            "end": first + timedelta(days=days - 1),
            "lift": near(rng, 0.9, 1.3),
        },
        "null": {
            "campaign_id": "C06",
            "shop": shops[1][1],
            "platform": shops[1][0],
            "start": second,
            "end": second + timedelta(days=days - 1),
        },
    }
