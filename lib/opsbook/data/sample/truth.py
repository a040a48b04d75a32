"""What is planted in a sample brand: every value is drawn from the seed.

Each planting has a name, the sections of the manual that should find it, and a draw of its own, so
that leaving one out changes no other.
"""

import zlib
from datetime import date, timedelta

import numpy as np

from opsbook.data.sample.texts import AD_ELEMENTS, ATTRIBUTES, CAUSES, THEMES
from opsbook.data.sample.world import ACCOUNTS, ADS, AGES, END, PRODUCTS, REGIONS, ROLES, SHOPS

PLATFORMS = tuple(a.platform for a in ACCOUNTS)
DUTIES = (
    "publish_calendar",
    "write_copy",
    "approve_posts",
    "reply_comments",
    "handle_complaints",
    "moderate_violations",
    "watch_opinion",
    "weekly_report",
    "ad_budget",
    "design_covers",
    "shoot_video",
    "renew_credentials",
    "legal_review",
    "crisis_statement",
)
SKILLS = (
    "copywriting",
    "video_editing",
    "data_analysis",
    "customer_care",
    "advertising_law",
    "live_hosting",
)


def _pick(rng, values, n=None):
    values = list(values)
    if n is None:
        return values[int(rng.integers(len(values)))]
    return [values[i] for i in rng.permutation(len(values))[:n]]


def _near(rng, low, high, digits=3):
    return round(float(rng.uniform(low, high)), digits)


def _day(rng, first, last):
    return first + timedelta(days=int(rng.integers((last - first).days + 1)))


def _posting_hours(rng):
    return {
        p: {
            "weekday": int(rng.integers(7)),
            "hour": int(rng.integers(9, 22)),
            "hour_effect": _near(rng, 0.55, 0.95),
            "weekday_effect": _near(rng, 0.2, 0.45),
            "worst_weekday_effect": _near(rng, -0.3, -0.15),
        }
        for p in PLATFORMS
    }


def _themes(rng):
    order = _pick(rng, THEMES, len(THEMES))
    effects = np.sort(rng.uniform(-0.4, 0.4, len(order)))[::-1]
    effects[0], effects[-1] = rng.uniform(0.6, 0.9), rng.uniform(-0.45, -0.35)
    return {
        "engagement": {t: round(float(e), 3) for t, e in zip(order, effects, strict=True)},
        "best": order[0],
        "worst": order[-1],
        "best_conversion": _pick(rng, order[2:]),
        "conversion_factor": _near(rng, 2.2, 3.2),
    }


def _formats(rng):
    out = {}
    for a in ACCOUNTS:
        if len(a.formats) > 1:
            out[a.platform] = {"best": _pick(rng, a.formats)[0], "effect": _near(rng, 0.35, 0.7)}
    return out


def _writing(rng):
    names = _pick(rng, ["question", "vote", "lottery", "number"], 4)
    return {
        "effects": dict(
            zip(
                names,
                [_near(rng, 0.6, 1.0), _near(rng, 0.3, 0.5), _near(rng, 0.15, 0.3), 0.0],
                strict=True,
            )
        ),
        "best": names[0],
        "null": names[3],
        "long_body_completion": _near(rng, -0.35, -0.2),
    }


def _frequency(rng):
    return {
        a.platform: {
            "optimum_per_week": round(a.weekly * _near(rng, 0.85, 1.25), 1),
            "unfollows": _near(rng, 1.2, 2.0),
        }
        for a in ACCOUNTS
    }


def _growth(rng):
    return {
        "platform": _pick(rng, PLATFORMS),
        "date": _day(rng, date(2026, 2, 15), date(2026, 8, 15)),
        "factor": _near(rng, 2.2, 3.2),
    }


def _half_life(rng):
    return {
        a.platform: round(
            float(rng.uniform(3, 40) if a.platform != "youtube" else rng.uniform(150, 260)), 1
        )
        for a in ACCOUNTS
    }


def _crosspost(rng):
    leader, follower = _pick(rng, ["xiaohongshu", "douyin", "weibo"], 2)
    return {
        "leader": leader,
        "follower": follower,
        "lag_days": int(rng.integers(1, 4)),
        "share": _near(rng, 0.2, 0.3),
        "shock": _near(rng, 0.3, 0.4),
    }


def _cannibalisation(rng):
    a, b = _pick(rng, ["instagram", "tiktok", "x", "youtube"], 2)
    return {"posting": a, "losing": b, "effect": _near(rng, -0.5, -0.35)}


def _audience(rng):
    # Conversion rate of the clicks of one age, one region, one interest and four hours.
    return {
        "age": _pick(rng, AGES),
        "region": _pick(rng, REGIONS),
        "interest": _pick(rng, ["tea", "food", "home", "travel"]),
        "hour": int(rng.integers(8, 20)),
        "hours": 4,
        "lift": _near(rng, 1.0, 1.5),
    }


def _creatives(rng):
    out = {}
    for kind, values in AD_ELEMENTS.items():
        out[kind] = {"best": _pick(rng, values), "effect": _near(rng, 0.3, 0.55)}
    out["ad_type"] = {
        "best": _pick(rng, ["feed", "video", "banner", "interactive"]),
        "effect": _near(rng, 0.3, 0.5),
    }
    return out


def _fatigue(rng):
    return {
        "ad_ids": [],
        "half_life_impressions": {p: int(rng.integers(25, 60)) * 1000 for p, _, _ in ADS},
    }


def _response(rng):
    names = [p for p, _, _ in ADS]
    order = _pick(rng, names, 3)
    out = {}
    for i, p in enumerate(order):
        # Half-saturation at 0.25, 1 and 4 times the usual spend: the first is overspent.
        spend = _near(rng, 260, 420, 0)
        out[p] = {
            "spend_per_day": spend,
            "half_saturation": round(spend * (0.25, 1.0, 4.0)[i]),
            "carry_over": _near(rng, 0.2, 0.5),
            "ceiling_orders": _near(rng, (8, 13, 38)[i], (10, 15, 47)[i], 1),
        }
    return {"channels": out, "overspent": order[0], "underspent": order[2]}


def _experiments(rng):
    names = _pick(
        rng, ["cover_style", "first_line", "send_hour", "call_to_action", "landing_page"], 4
    )
    return {
        "real": {"id": f"exp_{names[0]}", "relative_lift": _near(rng, 0.12, 0.22)},
        "null": {"id": f"exp_{names[1]}"},
        "mean": {"id": f"exp_{names[2]}", "lift": _near(rng, 2.0, 4.0)},
        "mismatch": {"id": f"exp_{names[3]}", "treated_share": _near(rng, 0.455, 0.47)},
    }


def _campaigns(rng):
    shops = _pick(rng, SHOPS[:2], 2)
    first = _day(rng, date(2026, 3, 1), date(2026, 4, 20))
    second = _day(rng, date(2026, 7, 10), date(2026, 9, 5))
    days = int(rng.integers(12, 17))
    return {
        "real": {
            "campaign_id": "C03",
            "shop": shops[0][1],
            "platform": shops[0][0],
            "start": first,
            "end": first + timedelta(days=days - 1),
            "lift": _near(rng, 0.9, 1.3),
        },
        "null": {
            "campaign_id": "C06",
            "shop": shops[1][1],
            "platform": shops[1][0],
            "start": second,
            "end": second + timedelta(days=days - 1),
        },
    }


def _bursts(rng):
    platforms = _pick(rng, ["xiaohongshu", "douyin", "weibo", "instagram"], 3)
    days = [
        _day(rng, date(2026, 4, 1), date(2026, 6, 30)),
        _day(rng, date(2026, 7, 15), date(2026, 10, 1)),
        _day(rng, date(2026, 11, 4), date(2026, 11, 13)),
    ]
    return {
        "items": [
            {
                "platform": p,
                "date": d,
                "comments": int(rng.integers(45, 90)),
                "half_life_h": _near(rng, 6, 16, 1),
            }
            for p, d in zip(platforms, days, strict=True)
        ]
    }


def _leaks(rng):
    return {"comments": int(rng.integers(9, 14)), "comment_ids": []}


def _banned(rng):
    return {"posts": int(rng.integers(8, 14)), "ads": 3, "post_ids": [], "ad_ids": []}


def _operations(rng):
    return {
        "operators": _pick(rng, ["op07", "op08", "op09"], 1),
        "operations": int(rng.integers(5, 9)),
        "date": _day(rng, date(2026, 10, 20), date(2026, 11, 14)),
        "operation_ids": [],
    }


def _exports(rng):
    return {
        "operator": _pick(rng, ["op01", "op02", "op03", "op04"]),
        "rows": int(rng.integers(40, 90)) * 1000,
        "date": _day(rng, date(2026, 10, 25), date(2026, 11, 14)),
        "operation_ids": [],
    }


def _expiring(rng):
    return {
        "credentials": _pick(rng, [f"K{i:02d}" for i in range(1, 15)], 3),
        "verification": _pick(rng, PLATFORMS),
        "days": [int(x) for x in rng.integers(4, 26, 4)],
    }


def _complaints(rng):
    return {
        "product_id": _pick(rng, [p[0] for p in PRODUCTS]),
        "cause": _pick(rng, CAUSES),
        "fix_id": "FIX-01",
        "fix_at": _day(rng, date(2026, 5, 15), date(2026, 7, 31)),
        "cut": _near(rng, 0.7, 0.85),
    }


def _sla(rng):
    return {
        "agent_id": f"agent{int(rng.integers(1, 6)):02d}",
        "slow_factor": _near(rng, 4, 7),
        "hour_from": int(rng.integers(11, 14)),
    }


def _faq(rng):
    order = _pick(
        rng, ["shipping", "brewing", "storage", "refund", "gift", "caffeine", "invoice"], 7
    )
    return {"top": order[0], "second": order[1], "share": _near(rng, 0.3, 0.4)}


def _replies(rng):
    return {
        "fast_minutes": 60,
        "return_fast": _near(rng, 0.5, 0.6),
        "return_slow": _near(rng, 0.2, 0.3),
    }


def _community(rng):
    people = _pick(rng, [f"u{i:05d}" for i in range(40)], 12)
    return {"offenders": sorted(people[:4]), "contributors": sorted(people[4:])}


def _cascade(rng):
    return {
        "posts": int(rng.integers(5, 9)),
        "key_nodes_per_post": int(rng.integers(2, 4)),
        "repost_ids": [],
    }


def _retention(rng):
    return {"cohort": f"2026-{int(rng.integers(3, 8)):02d}", "factor": _near(rng, 2.0, 2.6)}


def _influencers(rng):
    ids = _pick(rng, [f"I{i:02d}" for i in range(1, 17)], 5)
    return {"fake": sorted(ids[:2]), "best": sorted(ids[2:])}


def _incentives(rng):
    kinds = _pick(rng, ["referral", "review", "ugc"], 3)
    return {"pays": kinds[0], "does_not": kinds[1:], "order_lift": _near(rng, 0.22, 0.32)}


def _hashtag(rng):
    return {
        "hashtag": _pick(rng, ["冷泡茶", "围炉煮茶", "新中式茶饮", "无糖茶"]),
        "english": _pick(rng, ["coldbrewtea", "gongfutea", "teatok"]),
        "from": _day(rng, date(2026, 8, 15), date(2026, 9, 20)),
    }


def _live(rng):
    return {
        "loses": _pick(rng, ["origin", "quiz", "ware"]),
        "sells": _pick(rng, ["tasting", "gift"]),
        "drop": _near(rng, 0.3, 0.45),
    }


def _duties(rng):
    return {"without_accountable": _pick(rng, DUTIES, 2), "single_person": _pick(rng, ROLES[1:])}


def _people(rng):
    gap, taught = _pick(rng, SKILLS, 2)
    return {"gap": gap, "course": taught, "gain": _near(rng, 12, 22, 1)}


def _tasks(rng):
    return {
        "role": _pick(rng, ROLES[1:]),
        "process": _pick(rng, ["publish", "reply", "report", "fix_asset"]),
        "improved_at": _day(rng, date(2026, 5, 1), date(2026, 7, 31)),
        "improved_process": "approval",
        "overdue": int(rng.integers(9, 15)),
    }


def _decisions(rng):
    a, b = _pick(rng, PLATFORMS, 2)
    return {
        "worked": {
            "platform": a,
            "date": _day(rng, date(2026, 4, 1), date(2026, 7, 1)),
            "effect": _near(rng, 0.4, 0.6),
        },
        "did_not": {"platform": b, "date": _day(rng, date(2026, 4, 1), date(2026, 7, 1))},
    }


def _voice(rng):
    return {
        "competitor": _pick(
            rng, ["Yunting Tea (sample)", "Muye Tea (sample)", "Qingci Tea (sample)"]
        ),
        "from": _day(rng, date(2026, 7, 1), date(2026, 9, 15)),
        "factor": _near(rng, 2.5, 3.5),
    }


def _attribute(rng):
    strong, weak = _pick(rng, ATTRIBUTES, 2)
    return {"strong": strong, "weak": weak}


def _accounts(rng):
    incomplete, unbound = _pick(rng, PLATFORMS, 2)
    return {
        "incomplete": incomplete,
        "missing": _pick(rng, ["bio", "contact", "cover_asset_id"]),
        "unbound": unbound,
    }


def _assets(rng):
    avatar, cover = _pick(rng, PLATFORMS, 2)
    return {"small_avatar": avatar, "low_contrast_cover": cover, "asset_ids": {}}


def _new_format(rng):
    worked = bool(rng.random() < 0.5)
    return {
        "platform": _pick(rng, ["xiaohongshu", "weibo", "instagram", "tiktok"]),
        "format": _pick(rng, ["comic", "asmr", "quiz_card", "day_vlog"]),
        "from": END - timedelta(days=int(rng.integers(60, 84))),
        "worked": worked,
        "effect": _near(rng, 0.8, 1.3) if worked else _near(rng, -0.4, -0.25),
    }


# name: (sections of the manual that should find it, draw)
PLANTINGS = {
    "posting_hours": (("2.2.1",), _posting_hours),
    "themes": (("2.1.1", "2.3.1"), _themes),
    "formats": (("2.3.1", "2.3.2"), _formats),
    "writing": (("2.1.2", "3.3.1"), _writing),
    "frequency": (("2.2.2",), _frequency),
    "growth": (("10.1.5", "7.1.1"), _growth),
    "half_life": (("10.1.2",), _half_life),
    "evergreen": (("10.1.2",), lambda rng: {"posts": int(rng.integers(6, 11)), "post_ids": []}),
    "original": (
        ("10.1.2",),
        lambda rng: {"effect": _near(rng, 0.3, 0.5), "share": _near(rng, 0.55, 0.7)},
    ),
    "crosspost": (("1.3.5",), _crosspost),
    "cannibalisation": (("10.1.4",), _cannibalisation),
    "audience": (("6.1.2",), _audience),
    "creatives": (("6.2.1", "6.2.2", "6.1.1"), _creatives),
    "fatigue": (("6.2.1",), _fatigue),
    "response": (("6.3.2", "5.1.6"), _response),
    "experiments": (("6.1.2",), _experiments),
    "campaigns": (("5.3.2", "5.1"), _campaigns),
    "lottery_ceiling": (
        ("5.1.4",),
        lambda rng: {"campaign_id": "C08", "prize": int(rng.integers(55, 90)) * 1000},
    ),
    "bursts": (("8.1.2", "8.2.2"), _bursts),
    "leaks": (("8.1.2",), _leaks),
    "banned_words": (("8.3.1", "8.1.2"), _banned),
    "off_hours": (("8.1.2",), _operations),
    "insider_exports": (("8.1.2",), _exports),
    "expiring": (("1.2.3", "8.1.2"), _expiring),
    "complaints": (("3.2.2",), _complaints),
    "sla": (("3.1.2",), _sla),
    "faq": (("3.1.2", "3.2.1"), _faq),
    "replies": (("3.3.2", "10.1.3"), _replies),
    "community": (("3.3.3",), _community),
    "cascade": (("7.1.2", "1.1.1"), _cascade),
    "retention": (("10.1.5",), _retention),
    "influencers": (("5.2.4", "10.2.3"), _influencers),
    "incentives": (("10.2.4",), _incentives),
    "rising_hashtag": (("10.3.1",), _hashtag),
    "live": (("4.3.2", "1.1.4"), _live),
    "duties": (("9.1",), _duties),
    "people": (("9.3", "10.3.4"), _people),
    "tasks": (("9.2", "10.3.5"), _tasks),
    "decisions": (("7.3.1",), _decisions),
    "voice": (("10.2.1", "2.3.1"), _voice),
    "attribute": (("10.2.1",), _attribute),
    "registry": (("1.2.2", "1.2.4"), _accounts),
    "assets": (("4.1.1", "4.1.2", "4.2.1", "4.3.1"), _assets),
    "new_format": (("10.3.2",), _new_format),
}


def draw(seed, without=()):
    """Every planting of a seed: dict of name -> planted, sections and its values."""
    out = {}
    for name, (sections, function) in PLANTINGS.items():
        if name in without:
            out[name] = {"planted": False, "sections": list(sections)}
            continue
        rng = np.random.default_rng([seed, zlib.crc32(f"truth {name}".encode())])
        out[name] = {"planted": True, "sections": list(sections), **function(rng)}
    return out
