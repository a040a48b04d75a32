"""What is planted in comments, messages, risks, the team and the market: each draw stands alone."""

from datetime import date, timedelta

from opsbook.data.sample.draws import day_between, near, pick
from opsbook.data.sample.texts import ATTRIBUTES, CAUSES
from opsbook.data.sample.world import ACCOUNTS, END, PRODUCTS, ROLES

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


def bursts(rng):
    platforms = pick(rng, ["xiaohongshu", "douyin", "weibo", "instagram"], 3)
    days = [
        day_between(rng, date(2026, 4, 1), date(2026, 6, 30)),
        day_between(rng, date(2026, 7, 15), date(2026, 10, 1)),
        day_between(rng, date(2026, 11, 4), date(2026, 11, 13)),
    ]
    return {
        "items": [
            {
                "platform": p,
                "date": d,
                "comments": int(rng.integers(45, 90)),
                "half_life_h": near(rng, 6, 16, 1),
            }
            for p, d in zip(platforms, days, strict=True)
        ]
    }


def leaks(rng):
    return {"comments": int(rng.integers(9, 14)), "comment_ids": []}


def banned(rng):
    return {"posts": int(rng.integers(8, 14)), "ads": 3, "post_ids": [], "ad_ids": []}


def operations(rng):
    return {
        "operators": pick(rng, ["op07", "op08", "op09"], 1),
        "operations": int(rng.integers(5, 9)),
        "date": day_between(rng, date(2026, 10, 20), date(2026, 11, 14)),
        "operation_ids": [],
    }


def exports(rng):
    return {
        "operator": pick(rng, ["op01", "op02", "op03", "op04"]),
        "rows": int(rng.integers(40, 90)) * 1000,
        "date": day_between(rng, date(2026, 10, 25), date(2026, 11, 14)),
        "operation_ids": [],
    }


def expiring(rng):
    return {
        "credentials": pick(rng, [f"K{i:02d}" for i in range(1, 15)], 3),
        "verification": pick(rng, PLATFORMS),
        "days": [int(x) for x in rng.integers(4, 26, 4)],
    }


def complaints(rng):
    return {
        "product_id": pick(rng, [p[0] for p in PRODUCTS]),
        "cause": pick(rng, CAUSES),
        "fix_id": "FIX-01",
        "fix_at": day_between(rng, date(2026, 5, 15), date(2026, 7, 31)),
        "cut": near(rng, 0.7, 0.85),
    }


def sla(rng):
    return {
        "agent_id": f"agent{int(rng.integers(1, 6)):02d}",
        "slow_factor": near(rng, 4, 7),
        "hour_from": int(rng.integers(11, 14)),
    }


def faq(rng):
    order = pick(
        rng, ["shipping", "brewing", "storage", "refund", "gift", "caffeine", "invoice"], 7
    )
    return {"top": order[0], "second": order[1], "share": near(rng, 0.3, 0.4)}


def replies(rng):
    return {
        "fast_minutes": 60,
        "return_fast": near(rng, 0.5, 0.6),
        "return_slow": near(rng, 0.2, 0.3),
    }


def community(rng):
    people = pick(rng, [f"u{i:05d}" for i in range(40)], 12)
    return {"offenders": sorted(people[:4]), "contributors": sorted(people[4:])}


def cascade(rng):
    return {
        "posts": int(rng.integers(5, 9)),
        "key_nodes_per_post": int(rng.integers(2, 4)),
        "repost_ids": [],
    }


def retention(rng):
    return {"cohort": f"2026-{int(rng.integers(3, 8)):02d}", "factor": near(rng, 2.0, 2.6)}


def influencers(rng):
    ids = pick(rng, [f"I{i:02d}" for i in range(1, 17)], 5)
    return {"fake": sorted(ids[:2]), "best": sorted(ids[2:])}


def incentives(rng):
    kinds = pick(rng, ["referral", "review", "ugc"], 3)
    return {"pays": kinds[0], "does_not": kinds[1:], "order_lift": near(rng, 0.22, 0.32)}


def hashtag(rng):
    return {
        "hashtag": pick(rng, ["冷泡茶", "围炉煮茶", "新中式茶饮", "无糖茶"]),
        "english": pick(rng, ["coldbrewtea", "gongfutea", "teatok"]),
        "from": day_between(rng, date(2026, 8, 15), date(2026, 9, 20)),
    }


def live(rng):
    return {
        "loses": pick(rng, ["origin", "quiz", "ware"]),
        "sells": pick(rng, ["tasting", "gift"]),
        "drop": near(rng, 0.3, 0.45),
    }


def duties(rng):
    return {"without_accountable": pick(rng, DUTIES, 2), "single_person": pick(rng, ROLES[1:])}


def people(rng):
    gap, taught = pick(rng, SKILLS, 2)
    return {"gap": gap, "course": taught, "gain": near(rng, 12, 22, 1)}


def tasks(rng):
    return {
        "role": pick(rng, ROLES[1:]),
        "process": pick(rng, ["publish", "reply", "report", "fix_asset"]),
        "improved_at": day_between(rng, date(2026, 5, 1), date(2026, 7, 31)),
        "improved_process": "approval",
        "overdue": int(rng.integers(9, 15)),
    }


def decisions(rng):
    a, b = pick(rng, PLATFORMS, 2)
    return {
        "worked": {
            "platform": a,
            "date": day_between(rng, date(2026, 4, 1), date(2026, 7, 1)),
            "effect": near(rng, 0.4, 0.6),
        },
        "did_not": {"platform": b, "date": day_between(rng, date(2026, 4, 1), date(2026, 7, 1))},
    }


def voice(rng):
    return {
        "competitor": pick(
            rng, ["Yunting Tea (sample)", "Muye Tea (sample)", "Qingci Tea (sample)"]
        ),
        "from": day_between(rng, date(2026, 7, 1), date(2026, 9, 15)),
        "factor": near(rng, 2.5, 3.5),
    }


def attribute(rng):
    strong, weak = pick(rng, ATTRIBUTES, 2)
    return {"strong": strong, "weak": weak}


def accounts(rng):
    incomplete, unbound = pick(rng, PLATFORMS, 2)
    return {
        "incomplete": incomplete,
        "missing": pick(rng, ["bio", "contact", "cover_asset_id"]),
        "unbound": unbound,
    }


def assets(rng):
    avatar, cover = pick(rng, PLATFORMS, 2)
    return {"small_avatar": avatar, "low_contrast_cover": cover, "asset_ids": {}}


def new_format(rng):
    worked = bool(rng.random() < 0.5)
    return {
        "platform": pick(rng, ["xiaohongshu", "weibo", "instagram", "tiktok"]),
        "format": pick(rng, ["comic", "asmr", "quiz_card", "day_vlog"]),
        "from": END - timedelta(days=int(rng.integers(60, 84))),
        "worked": worked,
        "effect": near(rng, 0.8, 1.3) if worked else near(rng, -0.4, -0.25),
    }
