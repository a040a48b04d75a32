"""The market around the brand: competitors, mentions, influencers, reposts."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.data.sample import texts
from opsbook.data.sample.world import END, EXPORTED, START

RIVALS = ("Yunting Tea (sample)", "Muye Tea (sample)", "Qingci Tea (sample)")
RIVAL_WORDS = (
    "{rival}新出的{tea}看起来不错",
    "在{rival}买了{tea}，还行",
    "{rival}的直播间又在送杯子",
    "{rival} is everywhere this week",
    "{rival} sells {tea} in bulk",
)
PRAISE = {
    "taste": (
        "南山茶事的{tea}入口顺，回甘久，真好喝",
        "Nanshan's {tea} tastes wonderful, sweet and clean",
    ),
    "packaging": (
        "南山茶事的小罐很好看，送人有面子",
        "Lovely tins from Nanshan, beautiful packaging",
    ),
    "price": ("南山茶事的{tea}这个价格很值", "Nanshan {tea} is great value for the price"),
    "delivery": ("南山茶事发货很快，第二天就到，满意", "Nanshan delivery was fast and perfect"),
    "service": ("南山茶事客服耐心，体验很棒", "Nanshan support was friendly and helpful"),
    "origin": ("南山茶事讲产地讲得很清楚，放心喜欢", "I love how clearly Nanshan tells the origin"),
}
GRUMBLE = {
    "taste": ("南山茶事的{tea}有点淡，失望", "Nanshan's {tea} tasted stale, disappointing"),
    "packaging": ("南山茶事的包装太差，罐子瘪了", "Terrible packaging from Nanshan, dented tin"),
    "price": ("南山茶事涨价了，太贵不值", "Nanshan is overpriced now, bad value"),
    "delivery": ("南山茶事快递太慢，等了一周，差评", "Nanshan delivery was awful and slow"),
    "service": ("南山茶事客服不理人，很生气", "Nanshan support ignored me, terrible"),
    "origin": ("南山茶事产地写得含糊，让人怀疑，不好", "Nanshan is vague about origin, bad sign"),
}
REPOST = (
    "转给爱喝茶的朋友",
    "这杯看着就香",
    "收藏了慢慢看",
    "周末也想这样泡一壶",
    "转发微博",
    "好想去茶园走走",
    "分享给同事",
)


def competitors(world):
    """Three competitors on three platforms: weekly account rows, and their posts of the last weeks."""
    plan = world.plan("voice")
    rows = []
    for k, name in enumerate(RIVALS):
        rng = world.rng(f"rival {name}")
        for platform, size in (("xiaohongshu", 38000), ("douyin", 120000), ("instagram", 21000)):
            followers = size * (0.7 + 0.3 * k)
            for week in range(65):
                day = START + timedelta(days=7 * week + 1)
                factor = (
                    plan["factor"]
                    if plan and plan["competitor"] == name and day >= plan["from"]
                    else 1
                )
                followers *= 1 + 0.0035 * factor * rng.uniform(0.6, 1.4)
                posts = rng.poisson(5 + 2 * k)
                views = int(followers * 0.12 * posts * rng.uniform(0.8, 1.2) * factor)
                rows.append(
                    (
                        platform,
                        f"{name.split()[0].lower()}_{platform}",
                        name,
                        day,
                        "",
                        int(followers),
                        posts,
                        views * 3,
                        int(views * 0.05),
                        views,
                        None,
                        None,
                        None,
                    )
                )
                if day > END - timedelta(days=42):
                    for i in range(min(posts, 4)):
                        theme = texts.THEMES[rng.integers(len(texts.THEMES))]
                        language = "en" if platform == "instagram" else "zh"
                        seen = views // max(posts, 1)
                        rows.append(
                            (
                                platform,
                                f"{name.split()[0].lower()}_{platform}",
                                name,
                                day + timedelta(days=int(rng.integers(6))),
                                f"{name[:2]}{platform[:2]}{week}{i}",
                                None,
                                None,
                                seen * 3,
                                int(seen * 0.05 * rng.uniform(0.6, 1.5)),
                                seen,
                                texts.title(rng, language, theme),
                                theme,
                                "video" if rng.random() < 0.5 else "image",
                            )
                        )
    frame = pd.DataFrame(
        rows,
        columns=[
            "platform",
            "competitor_id",
            "competitor_name",
            "date_day",
            "item_id",
            "followers_total",
            "posts",
            "impressions",
            "engagements",
            "views",
            "text",
            "theme",
            "post_type",
        ],
    )
    frame["followers_total"], frame["posts"] = (
        frame["followers_total"].astype("Int64"),
        frame["posts"].astype("Int64"),
    )
    return frame[frame["date_day"] <= END].reset_index(drop=True)


def mentions(world):
    """Mentions of the brand and its competitors, with attributes and what people feel about them."""
    plan, voice = world.plan("attribute"), world.plan("voice")
    rng = world.rng("mentions")
    days = (END - START).days + 1
    rows = []
    for offset in range(days):
        day = START + timedelta(days=offset)
        for subject, mean in (("brand", 2.8), *((r, 1.1) for r in RIVALS)):
            if voice and subject == voice["competitor"] and day >= voice["from"]:
                mean *= voice["factor"]
            for _ in range(rng.poisson(mean * min(world.scale, 1.0) if world.scale < 1 else mean)):
                chinese = rng.random() < 0.7
                tea = texts.TEAS["zh" if chinese else "en"][rng.integers(6)]
                attribute = texts.ATTRIBUTES[rng.integers(len(texts.ATTRIBUTES))]
                good = 0.62
                if plan and attribute in (plan["strong"], plan["weak"]):
                    good = 0.9 if attribute == plan["strong"] else 0.25
                if subject == "brand":
                    happy = rng.random() < good
                    words = (PRAISE if happy else GRUMBLE)[attribute][0 if chinese else 1].format(
                        tea=tea
                    )
                else:
                    pool = [w for w in RIVAL_WORDS if chinese == ("，" in w or "的" in w)]
                    words, happy, attribute = (
                        pool[rng.integers(len(pool))].format(rival=subject, tea=tea),
                        None,
                        None,
                    )
                platform = (
                    ("xiaohongshu", "weibo", "douyin")[rng.integers(3)]
                    if chinese
                    else ("instagram", "x")[rng.integers(2)]
                )
                rows.append(
                    (
                        platform,
                        f"M{len(rows) + 1:06d}",
                        subject,
                        "search",
                        f"m{int(rng.pareto(1.3) * 20):04d}",
                        int(rng.pareto(1.2) * 300),
                        words,
                        pd.Timestamp(day) + pd.Timedelta(seconds=int(rng.integers(86400))),
                        None if happy is None else (0.7 if happy else -0.7),
                        attribute,
                        bool(rng.random() < 0.55),
                        int(rng.pareto(1.5) * 12),
                    )
                )
    return pd.DataFrame(
        rows,
        columns=[
            "platform",
            "mention_id",
            "subject",
            "source",
            "person_key",
            "author_followers",
            "text",
            "created_timestamp",
            "sentiment",
            "attribute",
            "is_ugc",
            "likes",
        ],
    )


def influencers(world):
    """Sixteen influencers and what co-operations brought; some buy their engagement."""
    plan = world.plan("influencers")
    people, results = [], []
    for n in range(1, 17):
        rng = world.rng(f"influencer {n}")
        key = f"I{n:02d}"
        fake, best = (key in plan["fake"], key in plan["best"]) if plan else (False, False)
        followers = int(rng.integers(15, 220) * 1000)
        views = followers * rng.uniform(0.15, 0.3)
        engagements = views * rng.uniform(0.04, 0.07) * (2.4 if fake else 1)
        comments = engagements * (0.006 if fake else rng.uniform(0.06, 0.1))
        price = round(followers * 0.03 * rng.uniform(0.8, 1.3), 2)
        platform = ("xiaohongshu", "douyin", "instagram", "tiktok")[n % 4]
        people.append(
            (
                key,
                f"茶友{n:02d}号" if n % 4 < 2 else f"teafriend{n:02d}",
                platform,
                followers,
                round(views),
                round(engagements),
                round(comments),
                round(rng.uniform(0.3, 0.8) + (0.15 if best else 0), 2),
                price,
                "CNY",
                round(rng.uniform(0.3, 0.5) if fake else rng.uniform(0.02, 0.1), 2),
                ("tea", "food", "home")[n % 3],
            )
        )
        for k in range(int(rng.integers(2, 5))):
            seen = int(views * rng.uniform(0.8, 1.3))
            acts = int(engagements * rng.uniform(0.85, 1.2))
            clicks = rng.poisson(seen * (0.002 if fake else 0.018))
            orders = rng.poisson(clicks * (0.01 if fake else 0.12 if best else 0.03))
            day = date(2025, 10, 1) + timedelta(days=int(rng.integers(400)))
            results.append(
                (
                    key,
                    f"{key}-{k + 1}",
                    f"C{1 + (n + k) % 8:02d}",
                    day,
                    price,
                    "CNY",
                    int(seen * 2.5),
                    seen,
                    acts,
                    int(comments * rng.uniform(0.8, 1.2)),
                    clicks,
                    orders,
                    round(orders * 132.0, 2),
                    rng.poisson(seen * (0.0002 if fake else 0.003)),
                )
            )
    return (
        pd.DataFrame(
            people,
            columns=[
                "influencer_id",
                "influencer_name",
                "platform",
                "followers",
                "avg_views",
                "avg_engagements",
                "avg_comments",
                "audience_fit",
                "price",
                "currency",
                "suspicious_share",
                "category",
            ],
        ),
        pd.DataFrame(
            results,
            columns=[
                "influencer_id",
                "cooperation_id",
                "campaign_id",
                "published_at",
                "cost",
                "currency",
                "impressions",
                "views",
                "engagements",
                "comments",
                "clicks",
                "orders",
                "gmv",
                "new_followers",
            ],
        ),
    )


def reposts(world, posts):
    """Cascades of Weibo posts: with key nodes, whose followers repost them again; else broad and flat."""
    plan = world.plan("cascade")
    rng = world.rng("reposts")
    pool = posts[
        (posts["platform"] == "weibo")
        & (posts["at"] >= pd.Timestamp(EXPORTED) - pd.Timedelta(days=150))
    ]
    chosen = pool.sample(min(24, len(pool)), random_state=int(rng.integers(2**31))).sort_values(
        "at", kind="stable"
    )
    planted = set(list(chosen["post_id"])[-plan["posts"] :]) if plan else set()
    rows, serial = [], 0
    for post in chosen.itertuples():
        big = post.post_id in planted
        n = int((rng.integers(230, 320) if big else rng.integers(60, 110)) * min(world.scale, 1.5))
        hours = np.sort(rng.exponential(9, n)) + 0.05
        ids = [f"{5100000000000000 + serial + i}" for i in range(n)]
        serial += n
        keys = []
        if big:
            keys = [
                int(i)
                for i in np.sort(
                    rng.permutation(np.arange(3, max(4, n // 6)))[: plan["key_nodes_per_post"]]
                )
            ]
            plan["repost_ids"].extend(ids[i] for i in keys)
        depth = np.zeros(n, int)
        for i in range(n):
            parent = None
            live = [k for k in keys if k < i]
            if live and rng.random() < 0.62:
                parent = live[int(rng.integers(len(live)))]
            elif i and rng.random() < 0.18:
                parent = int(rng.integers(i))
            depth[i] = 1 if parent is None else depth[parent] + 1
            fans = int(rng.integers(60, 400) * 1000) if i in keys else int(rng.pareto(1.3) * 180)
            rows.append(
                (
                    post.platform,
                    post.account_id,
                    ids[i],
                    post.post_id,
                    None if parent is None else ids[parent],
                    int(depth[i]),
                    f"w{int(rng.integers(9000)):05d}",
                    fans,
                    REPOST[rng.integers(len(REPOST))],
                    post.at + pd.Timedelta(hours=float(hours[i])),
                    0,
                    int(rng.pareto(1.4) * 3),
                    0,
                )
            )
    frame = pd.DataFrame(
        rows,
        columns=[
            "platform",
            "account_id",
            "repost_id",
            "original_post_id",
            "parent_repost_id",
            "depth",
            "person_key",
            "author_followers",
            "text",
            "created_timestamp",
            "repost_count",
            "like_count",
            "comment_count",
        ],
    )
    frame["repost_count"] = (
        frame["repost_id"].map(frame["parent_repost_id"].value_counts()).fillna(0).astype(int)
    )
    frame["created_timestamp"] = frame["created_timestamp"].dt.floor("s")
    return frame[frame["created_timestamp"] < pd.Timestamp(EXPORTED)].reset_index(drop=True)
