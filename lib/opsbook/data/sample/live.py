"""Live sessions: totals, the minute curve, and the rundown that explains it."""

from datetime import timedelta

import numpy as np
import pandas as pd

from opsbook.data.sample.world import END, PRODUCTS, account

SEGMENTS = ("opening", "tasting", "origin", "ware", "quiz", "gift", "closing")
SESSIONS = 26


def make(world):
    """(sessions, minutes, rundown): one session every other week, the last six by the minute."""
    plan = world.plan("live")
    a = account("douyin")
    sessions, minutes, rundown = [], [], []
    for k in range(SESSIONS):
        rng = world.rng(f"live {k}")
        key = f"L{k + 1:03d}"
        day = END - timedelta(days=14 * (SESSIONS - 1 - k) + 4)
        start = pd.Timestamp(day) + pd.Timedelta(hours=19, minutes=int(rng.integers(0, 40)))
        order = ["opening", *rng.permutation(SEGMENTS[1:-1]), "closing"]
        lengths = np.array([10, *rng.integers(14, 24, len(order) - 2), 8])
        edges = np.concatenate([[0], np.cumsum(lengths)])
        total = int(edges[-1])
        entered = rng.poisson(55 * np.exp(-np.arange(total) / 160) * rng.uniform(0.8, 1.3))
        segment = np.repeat(np.arange(len(order)), lengths)
        leave, sell = np.full(total, 0.045), np.full(total, 0.004)
        for n, name in enumerate(order):
            inside = segment == n
            if plan and name == plan["loses"]:
                leave[inside] += plan["drop"] / 8
            if plan and name == plan["sells"]:
                sell[inside] *= 4
        online, left, now = [], [], 420
        for t in range(total):
            gone = min(now, int(rng.binomial(max(now, 0), min(leave[t], 0.9))))
            now = now + int(entered[t]) - gone
            online.append(now)
            left.append(gone)
        online = np.array(online)
        orders = rng.poisson(online * sell)
        price = np.array([PRODUCTS[(k + n) % len(PRODUCTS)][4] for n in range(len(order))], float)[
            segment
        ]
        gmv = np.round(orders * price * 0.9, 2)
        clicks = orders * 3 + rng.poisson(online * 0.02)
        comments, likes = rng.poisson(online * 0.03), rng.poisson(online * 0.25)
        viewers = int(420 + entered.sum())
        sessions.append(
            {
                "platform": a.platform,
                "account_id": a.account_id,
                "session_id": key,
                "session_title": f"南山茶事直播间 第{k + 1}场",
                "started_at": start,
                "ended_at": start + pd.Timedelta(minutes=total),
                "duration_s": total * 60,
                "viewers": viewers,
                "views": int(viewers * 1.3),
                "peak_concurrent": int(online.max()),
                "avg_dwell_s": round(float(online.sum() * 60 / viewers), 1),
                "likes": int(likes.sum()),
                "comments": int(comments.sum()),
                "shares": int(rng.poisson(60)),
                "new_followers": int(rng.poisson(viewers * 0.02)),
                "product_clicks": int(clicks.sum()),
                "orders": int(orders.sum()),
                "gmv": round(float(gmv.sum()), 2),
                "currency": "CNY",
            }
        )
        for n, name in enumerate(order):
            rundown.append(
                (
                    a.platform,
                    a.account_id,
                    key,
                    n + 1,
                    int(edges[n]),
                    int(edges[n + 1]),
                    name,
                    ("tea table", "garden wall")[n % 2],
                    ("wide", "close", "top")[n % 3],
                    ("content", "community")[n % 2],
                    ("question", "vote", "lottery", "none")[n % 4],
                    PRODUCTS[(k + n) % len(PRODUCTS)][0],
                )
            )
        if k >= SESSIONS - 6:
            minutes.extend(
                zip(
                    [a.platform] * total,
                    [a.account_id] * total,
                    [key] * total,
                    range(total),
                    online.tolist(),
                    entered.tolist(),
                    left,
                    comments.tolist(),
                    likes.tolist(),
                    clicks.tolist(),
                    orders.tolist(),
                    gmv.tolist(),
                    strict=True,
                )
            )
    return (
        pd.DataFrame(sessions),
        pd.DataFrame(
            minutes,
            columns=[
                "platform",
                "account_id",
                "session_id",
                "minute",
                "online",
                "entered",
                "left",
                "comments",
                "likes",
                "product_clicks",
                "orders",
                "gmv",
            ],
        ),
        pd.DataFrame(
            rundown,
            columns=[
                "platform",
                "account_id",
                "session_id",
                "segment_no",
                "start_minute",
                "end_minute",
                "theme",
                "set",
                "camera",
                "host",
                "interaction",
                "product_id",
            ],
        ),
    )
