"""What the team itself keeps: accounts, campaigns and plans, targets, dated events, decisions."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.data.sample.world import ACCOUNTS, ADS, END, SHOPS

NAMES = {
    "C01": ("双11焕新季", "promotion", date(2025, 11, 1), date(2025, 11, 11), "offer"),
    "C02": ("年货茶礼", "brand", date(2026, 1, 26), date(2026, 2, 9), "offer"),
    "C03": ("春茶尝鲜", "promotion", None, None, "launch"),
    "C04": ("晒出你的茶席", "interaction", date(2026, 5, 8), date(2026, 5, 17), "teaware"),
    "C05": ("618茶友节", "promotion", date(2026, 6, 10), date(2026, 6, 18), "offer"),
    "C06": ("夏日冷泡计划", "seeding", None, None, "brewing"),
    "C07": ("中秋团圆茶礼", "brand", date(2026, 9, 15), date(2026, 9, 25), "offer"),
    "C08": ("双11茶友狂欢", "promotion", date(2026, 11, 1), date(2026, 11, 20), "offer"),
    "C09": ("岁末暖茶", "interaction", date(2026, 12, 5), date(2026, 12, 15), "pairing"),
}
BIO = "一杯好茶，慢慢喝。客服时间 9:00-18:00"


def accounts(world):
    """The registry: profile fields, verification, binding; gaps where planted."""
    plan, expiring = world.plan("registry"), world.plan("expiring")
    shop_of = {p: (shop_p, shop) for shop_p, shop, _, platforms in SHOPS for p in platforms}
    rows = []
    for i, a in enumerate(ACCOUNTS):
        rng = world.rng(f"account {a.platform}")
        row = {
            "platform": a.platform,
            "account_id": a.account_id,
            "account_name": "南山茶事（示例）" if a.language == "zh" else "Nanshan Tea (sample)",
            "handle": a.handle,
            "url": f"https://{a.platform.replace('_', '-')}.example/{a.account_id}",
            "kind": "content",
            "account_type": a.type,
            "owner": ("content", "community")[i % 2],
            "status": "verified",
            "contact": "hello@nanshan-tea.example",
            "bio": BIO
            if a.language == "zh"
            else "Slow tea from the southern hills. Replies 9:00-18:00.",
            "avatar_asset_id": f"AV{i + 1:02d}",
            "cover_asset_id": f"CV{i + 1:02d}",
            "verification_status": "verified",
            "verification_kind": "企业认证" if a.language == "zh" else "business",
            "verified_at": date(2025, 3, 1),
            "verification_expires_at": END + timedelta(days=int(rng.integers(120, 400))),
            "shop_account_id": shop_of[a.platform][1],
            "shop_bound_at": date(2025, 4, 1),
            "time_zone": "Asia/Shanghai",
            "currency": "CNY",
            "goal": a.goal,
            "cost_per_month": a.cost,
            "registered_at": date(2024, 6, 1) + timedelta(days=40 * i),
            "decision": "Fits the target audience; reviewed every half year",
        }
        if expiring and expiring["verification"] == a.platform:
            row["verification_expires_at"] = END + timedelta(days=expiring["days"][3])
        if plan and plan["incomplete"] == a.platform:
            row[plan["missing"]] = None
        if plan and plan["unbound"] == a.platform:
            row["shop_account_id"] = row["shop_bound_at"] = None
        rows.append(row)
    for p, a, _ in ADS:
        rows.append(
            {
                "platform": p,
                "account_id": a,
                "account_name": f"Nanshan Tea ads {p}",
                "kind": "ads",
                "owner": "data",
                "status": "active",
                "time_zone": "Asia/Shanghai",
                "currency": "CNY",
                "registered_at": date(2025, 1, 10),
            }
        )
    for p, shop, _, _ in SHOPS:
        rows.append(
            {
                "platform": p,
                "account_id": shop,
                "account_name": f"Nanshan Tea shop {p}",
                "kind": "shop",
                "owner": "manager",
                "status": "active",
                "time_zone": "Asia/Shanghai",
                "currency": "CNY",
                "registered_at": date(2024, 9, 1),
            }
        )
    return pd.DataFrame(rows).drop_duplicates(["platform", "account_id"], ignore_index=True)


def campaigns(world):
    """Nine campaigns: past ones with what was learnt, a running one, a planned one."""
    plan, ceiling = world.plan("campaigns"), world.plan("lottery_ceiling")
    rows = []
    for cid, (name, kind, first, last, theme) in NAMES.items():
        rng = world.rng(f"campaign {cid}")
        platforms = [a.platform for a in ACCOUNTS[:4]]
        if cid in ("C03", "C06"):
            spot = (
                plan["real" if cid == "C03" else "null"]
                if plan
                else {
                    "start": date(2026, 3, 10) if cid == "C03" else date(2026, 8, 3),
                    "end": date(2026, 3, 21) if cid == "C03" else date(2026, 8, 14),
                    "platform": SHOPS[cid == "C06"][0],
                    "shop": SHOPS[cid == "C06"][1],
                }
            )
            first, last = spot["start"], spot["end"]
            platforms = ["xiaohongshu"] if spot["platform"] == "xiaohongshu" else ["douyin"]
        status = "ended" if last < END else "running" if first <= END else "planned"
        prize = int(rng.integers(3, 12)) * 100
        if ceiling and cid == ceiling["campaign_id"]:
            prize = ceiling["prize"]
        lottery = kind == "interaction" or cid == "C08"
        days = (last - first).days + 1
        rows.append(
            {
                "campaign_id": cid,
                "campaign_name": name,
                "campaign_type": kind,
                "start_date": first,
                "end_date": last,
                "goal_indicator": "paid_sales" if kind in ("promotion", "brand") else "comments",
                "goal_value": 1500 * days if kind in ("promotion", "brand") else 60 * days,
                "goal_unit": "money" if kind in ("promotion", "brand") else "times",
                "theme": theme,
                "platforms": platforms,
                "budget": int(rng.integers(6, 24)) * 1000,
                "currency": "CNY",
                "owner": "manager",
                "rules": "活动时间以公告为准，每人限参与一次；中奖名单于活动结束后三个工作日内公布，奖品十五日内寄出。"
                if cid != "C06"
                else "参与即有机会",
                "reward": "节气礼盒" if lottery else "满减券",
                "reward_cost": prize if lottery else 20,
                "reward_quantity": 10 if lottery else 800,
                "reward_kind": "lottery" if lottery else "coupon",
                "max_prize_value": prize if lottery else 20,
                "disclosure": "本活动与平台无关，广告" if cid != "C06" else None,
                "status": status,
                "lessons": {
                    "C01": "礼盒备货不足，第三天断货",
                    "C03": "预热内容提前三天更有效",
                    "C06": "冷泡话题太早，天气未热",
                }.get(cid)
                if status == "ended"
                else None,
            }
        )
    return pd.DataFrame(rows)


def campaign_plans(world, table):
    """Plan lines of each campaign: posts, assets, partners, budget, milestones."""
    rows = []
    for c in table.itertuples():
        rng = world.rng(f"plan {c.campaign_id}")
        span = (c.end_date - c.start_date).days
        lines = [
            ("milestone", -14, 0, "方案定稿", "manager", 6),
            ("asset", -10, -4, "主视觉与封面", "design", 18),
            ("asset", -8, -3, "短视频一支", "design", 24),
        ]
        lines += [
            ("post", int(d), int(d), "活动预热" if d < 0 else "活动内容", "content", 4)
            for d in np.linspace(-3, span, 7).round()
        ]
        lines += [
            ("partner", -5, span, "达人合作", "community", 8),
            ("budget", 0, span, "投放预算", "data", 3),
            ("reward", span, span + 3, "发奖与公示", "community", 5),
        ]
        for n, (kind, first, last, what, owner, hours) in enumerate(lines, start=1):
            planned = c.start_date + timedelta(days=first)
            done = planned <= END and rng.random() < 0.93
            platform = c.platforms[n % len(c.platforms)]
            rows.append(
                {
                    "campaign_id": c.campaign_id,
                    "line_no": n,
                    "line_kind": kind,
                    "planned_date": planned,
                    "end_date": c.start_date + timedelta(days=last),
                    "platform": platform,
                    "account_id": next(a.account_id for a in ACCOUNTS if a.platform == platform),
                    "content": what,
                    "asset_id": f"IM{n:02d}" if kind == "asset" else None,
                    "partner_id": f"I{n:02d}" if kind == "partner" else None,
                    "budget": round(
                        c.budget * {"budget": 0.6, "partner": 0.3, "reward": 0.1}.get(kind, 0), 2
                    ),
                    "expected_value": round(c.goal_value / 7, 1) if kind == "post" else None,
                    "owner": owner,
                    "hours": float(hours),
                    "state": "done" if done else "planned",
                }
            )
    return pd.DataFrame(rows)


def targets(world):
    """Targets by indicator, account and period."""
    rng = world.rng("targets")
    rows = []
    for period in ("2026-10", "2026-11", "2026-W46", "2026-Q4"):
        for indicator, value, owner in (
            ("engagement_rate", 0.06, "content"),
            ("first_response_minutes", 30, "community"),
            ("click_through_rate", 0.018, "data"),
            ("roas", 2.5, "data"),
            ("overdue_share", 0.1, "manager"),
        ):
            rows.append((indicator, "all", "all", period, value, owner))
        for a in ACCOUNTS:
            share = {"2026-W46": 1 / 52, "2026-10": 1 / 12, "2026-11": 1 / 12, "2026-Q4": 1 / 4}[
                period
            ]
            rows.append(
                (
                    "net_followers",
                    a.platform,
                    a.account_id,
                    period,
                    float(round(a.followers * share * rng.uniform(0.15, 0.35))),
                    "content",
                )
            )
            rows.append(
                (
                    "posts",
                    a.platform,
                    a.account_id,
                    period,
                    float(max(1, round(a.weekly * share * 52))),
                    "content",
                )
            )
        rows.append(
            (
                "paid_sales",
                "all",
                "all",
                period,
                float(
                    round(
                        {
                            "2026-W46": 38000,
                            "2026-10": 120000,
                            "2026-11": 165000,
                            "2026-Q4": 420000,
                        }[period]
                    )
                ),
                "manager",
            )
        )
    return pd.DataFrame(
        rows, columns=["indicator", "platform", "account_id", "period", "target", "owner"]
    )


def industry_events(world):
    """Holidays, sales, the lunar new year, a regulation, a trend."""
    rows = [
        ("E01", "双11 2025", "sale", date(2025, 11, 1), date(2025, 11, 11)),
        ("E02", "双12 2025", "sale", date(2025, 12, 10), date(2025, 12, 12)),
        ("E03", "春节 2026", "lunar_new_year", date(2026, 2, 15), date(2026, 2, 23)),
        ("E04", "五一 2026", "holiday", date(2026, 5, 1), date(2026, 5, 5)),
        ("E05", "618 2026", "sale", date(2026, 6, 10), date(2026, 6, 18)),
        ("E06", "中秋 2026", "holiday", date(2026, 9, 25), date(2026, 9, 27)),
        ("E07", "国庆 2026", "holiday", date(2026, 10, 1), date(2026, 10, 7)),
        ("E08", "双11 2026", "sale", date(2026, 11, 1), date(2026, 11, 11)),
        ("E09", "Black Friday 2026", "sale", date(2026, 11, 27), date(2026, 11, 30)),
        ("E10", "双12 2026", "sale", date(2026, 12, 10), date(2026, 12, 12)),
        ("E11", "国际茶日", "trend", date(2026, 5, 21), date(2026, 5, 21)),
        ("E12", "国庆调休上班（示例）", "workday", date(2026, 10, 10), date(2026, 10, 10)),
        ("E13", "直播营销新规（示例）", "regulation", date(2026, 11, 20), None),
        ("E14", "春节 2027", "lunar_new_year", date(2027, 2, 4), date(2027, 2, 12)),
    ]
    if plan := world.plan("rising_hashtag"):
        rows.append(("E15", f"话题 {plan['hashtag']}", "trend", plan["from"], None))
    frame = pd.DataFrame(rows, columns=["event_id", "event_name", "kind", "start_date", "end_date"])
    frame["region"], frame["source"] = "CN", "form"
    return frame


def decisions(world):
    """The decision log: one that moved its figure, one that did not, the rest open or undecided."""
    plan = world.plan("decisions")
    items = []
    if plan:
        for key, words in (
            ("worked", "Reply to every comment of the first hour"),
            ("did_not", "Shorten all titles"),
        ):
            items.append((plan[key]["platform"], plan[key]["date"], words, "engagement_rate"))
    items += [
        ("xiaohongshu", date(2026, 8, 3), "Move two posts a week to the evening", "views"),
        ("douyin", date(2026, 9, 7), "Open every video with the cup", "completion_rate"),
        ("all", date(2026, 7, 6), "Approve posts in one step instead of two", "lead_time"),
        ("all", date(2026, 11, 2), "Shift ads budget before 11.11", "roas"),
    ]
    rows = []
    for n, (platform, day, words, indicator) in enumerate(items, start=1):
        account = next((a.account_id for a in ACCOUNTS if a.platform == platform), "all")
        rows.append(
            {
                "decision_id": f"D{n:02d}",
                "finding_id": None,
                "decided_at": day,
                "decision": words,
                "owner": "content",
                "due": day + timedelta(days=14),
                "indicator": indicator,
                "platform": platform,
                "account_id": account,
                "expected_change": 0.2,
                "direction": "down" if indicator == "lead_time" else "up",
                "state": "done" if day < date(2026, 11, 1) else "open",
                "outcome": None,
                "process": "approval" if indicator == "lead_time" else None,
            }
        )
    return pd.DataFrame(rows)


def in_campaign(world, lines):
    """The campaign that each order line falls into, None outside."""
    table = campaigns(world)
    out = np.full(len(lines), None, object)
    day = lines["created_at"].dt.date
    for c in table.itertuples():
        inside = (day >= c.start_date) & (day <= c.end_date)
        if len(c.platforms) == 1:
            inside &= (
                lines["platform"]
                == {"xiaohongshu": "xiaohongshu", "douyin": "douyin_shop"}[c.platforms[0]]
            )
        out[inside.to_numpy()] = c.campaign_id
    return out
