"""Orders of three shops: seasons, campaigns, posts and ads, each as planted."""

from datetime import date

import numpy as np
import pandas as pd

from opsbook.data.sample.world import END, PRODUCTS, REGIONS, SHOPS, START

PER_DAY = 9.5
SEASONS = (
    (date(2025, 11, 8), date(2025, 11, 11), 2.3),
    (date(2025, 12, 11), date(2025, 12, 12), 1.4),
    (date(2026, 1, 26), date(2026, 2, 9), 1.5),
    (date(2026, 2, 15), date(2026, 2, 23), 0.5),
    (date(2026, 6, 14), date(2026, 6, 18), 1.6),
    (date(2026, 11, 8), date(2026, 11, 11), 1.9),
)
AD_SHOP = {
    "google_ads": "nanshan-tea",
    "meta_ads": "nanshan-tea",
    "oceanengine": "nanshan_douyin_shop",
}
HOURS = np.array(
    [2, 1, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 10, 9, 8, 8, 8, 8, 9, 11, 13, 13, 10, 5], float
)


def products():
    """The range, with margins."""
    return pd.DataFrame(
        [
            (i, f"{zh} {en}", category, price, margin, "CNY")
            for i, zh, en, category, price, margin in PRODUCTS
        ],
        columns=["product_id", "product_name", "category", "price", "margin_rate", "currency"],
    )


def expected(world, caused):
    """Expected orders by day (index) and (shop, source): own, or an ads channel."""
    days = pd.date_range(START, END)
    season = np.ones(len(days))
    for first, last, factor in SEASONS:
        season[(days >= pd.Timestamp(first)) & (days <= pd.Timestamp(last))] = factor
    week = np.array([0.95, 0.95, 1.0, 1.0, 1.05, 1.1, 1.0])[days.day_of_week]
    trend = np.exp(0.25 * np.arange(len(days)) / len(days))
    plan = world.plan("campaigns")
    out = {}
    for _, shop, share, _ in SHOPS:
        level = PER_DAY * world.scale * share * season * week * trend
        if plan and plan["real"]["shop"] == shop:
            inside = (days >= pd.Timestamp(plan["real"]["start"])) & (
                days <= pd.Timestamp(plan["real"]["end"])
            )
            level = level * np.where(inside, 1 + plan["real"]["lift"], 1)
        out[shop, "own"] = level
    for platform in caused:
        out[AD_SHOP[platform], platform] = (
            caused[platform].reindex(days).fillna(0).to_numpy() * world.scale
        )
    return pd.DataFrame(out, index=days)


def _buyers(world, orders):
    """Who bought: some come back, one cohort of them more than the others."""
    rng = world.rng("buyers")
    plan = world.plan("retention")
    pools = {shop: [] for _, shop, _, _ in SHOPS}
    made, names, new = 0, [], []
    draws, ages = rng.random(len(orders)), rng.exponential(700, len(orders))
    for i, row in enumerate(orders.itertuples()):
        pool = pools[row.shop_account_id]
        back = int(len(pool) - 1 - ages[i])
        if draws[i] < 0.3 and back >= 0:
            names.append(pool[back])
            new.append(False)
            continue
        made += 1
        person = (
            f"u{made + 40:05d}" if row.shop_account_id == "nanshan_xhs_shop" else f"b{made:05d}"
        )
        names.append(person)
        new.append(True)
        copies = 1
        if plan and f"{row.created_at:%Y-%m}" == plan["cohort"]:
            copies = int(plan["factor"]) + int(draws[i] < plan["factor"] % 1)
        pool.extend([person] * copies)
    orders["buyer"], orders["is_new"] = names, new
    return orders


def _sources(world, orders, posts):
    """The post that an own order came from, weighted by views and by what its theme sells."""
    rng = world.rng("sources")
    plan = world.plan("themes")
    unbound = (world.plan("registry") or {"unbound": ""})["unbound"]
    weight = posts["views"].to_numpy() * (
        1.0
        if not plan
        else np.where(posts["theme"] == plan["best_conversion"], plan["conversion_factor"], 1.0)
    )
    times = posts["at"].to_numpy()
    for column in ("source_platform", "source_account_id", "source_post_id"):
        orders[column] = None
    columns = {
        c: [None] * len(orders) for c in ("source_platform", "source_account_id", "source_post_id")
    }
    groups = {shop: posts["platform"].isin(platforms).to_numpy() for _, shop, _, platforms in SHOPS}
    known = rng.random(len(orders)) < 0.72
    for shop, mask in groups.items():
        index = np.flatnonzero(mask)
        when, mass = times[index], np.cumsum(weight[index])
        rows = np.flatnonzero(
            (orders["shop_account_id"] == shop).to_numpy()
            & (orders["channel"] == "own").to_numpy()
            & known
        )
        at = orders["created_at"].to_numpy()[rows]
        high = np.searchsorted(when, at)
        low = np.searchsorted(when, at - np.timedelta64(10, "D"))
        for row, a, b in zip(rows, low, high, strict=True):
            if a >= b:
                continue
            base = mass[a - 1] if a else 0.0
            j = index[min(np.searchsorted(mass, base + rng.random() * (mass[b - 1] - base)), b - 1)]
            if posts["platform"].iat[j] == unbound:
                continue
            columns["source_platform"][row] = posts["platform"].iat[j]
            columns["source_account_id"][row] = posts["account_id"].iat[j]
            columns["source_post_id"][row] = posts["post_id"].iat[j]
    for name, values in columns.items():
        orders[name] = values
    return orders


def orders(world, posts, caused):
    """Order lines of all shops."""
    rng = world.rng("orders")
    rate = expected(world, caused)
    rows = []
    for (shop, channel), level in rate.items():
        for day, n in zip(rate.index, rng.poisson(level.to_numpy()), strict=True):
            rows.extend([(shop, channel, day)] * n)
    frame = pd.DataFrame(rows, columns=["shop_account_id", "channel", "day"])
    seconds = rng.choice(24, len(frame), p=HOURS / HOURS.sum()) * 3600 + rng.integers(
        0, 3600, len(frame)
    )
    frame["created_at"] = frame["day"] + pd.to_timedelta(seconds, unit="s")
    frame = frame.sort_values(["created_at", "shop_account_id"], kind="stable", ignore_index=True)
    frame["platform"] = frame["shop_account_id"].map({shop: p for p, shop, _, _ in SHOPS})
    frame = _sources(world, _buyers(world, frame), posts)
    frame["order_id"] = [f"69179{26768823643000 + 41 * i}" for i in range(len(frame))]
    shopify = frame["platform"] == "shopify"
    frame.loc[shopify, "order_id"] = [f"#{1001 + i}" for i in range(shopify.sum())]
    frame["region"] = rng.choice(
        REGIONS, len(frame), p=np.array([18, 17, 15, 14, 13, 9, 8, 6]) / 100
    )
    frame["status"] = rng.choice(
        ["completed", "completed", "completed", "shipped", "refunded", "cancelled"],
        len(frame),
        p=[0.3, 0.3, 0.26, 0.06, 0.05, 0.03],
    )
    lines = frame.loc[frame.index.repeat(np.where(rng.random(len(frame)) < 0.2, 2, 1))].reset_index(
        drop=True
    )
    lines["line_no"] = lines.groupby(["shop_account_id", "order_id"]).cumcount() + 1
    popularity = np.array([12, 8, 18, 6, 11, 16, 9, 6, 8, 6], float)
    pick = rng.choice(len(PRODUCTS), len(lines), p=popularity / popularity.sum())
    # Two lines of one order are two products.
    pick = np.where(lines["line_no"] == 2, (np.roll(pick, 1) + 1 + pick % 8) % len(PRODUCTS), pick)
    lines["product_id"] = [PRODUCTS[i][0] for i in pick]
    lines["product_name"] = np.where(
        lines["platform"] == "shopify",
        [PRODUCTS[i][2] for i in pick],
        [PRODUCTS[i][1] for i in pick],
    )
    lines["unit_price"] = [float(PRODUCTS[i][4]) for i in pick]
    lines["qty"] = rng.choice([1, 2, 3], len(lines), p=[0.8, 0.15, 0.05])
    lines["line_amount"] = lines["unit_price"] * lines["qty"]
    sale = (
        lines["created_at"]
        .dt.strftime("%m-%d")
        .isin(["06-16", "06-17", "06-18", "11-09", "11-10", "11-11"])
    )
    lines["discount_shop"] = (lines["line_amount"] * np.where(sale, 0.15, 0.03)).round(2)
    paid = lines["status"] != "cancelled"
    lines["paid_amount"] = ((lines["line_amount"] - lines["discount_shop"]) * paid).round(2)
    lines["shipping"] = 0.0
    lines["refund_amount"] = np.where(lines["status"] == "refunded", lines["paid_amount"], 0.0)
    minutes = pd.to_timedelta(rng.integers(1, 15, len(lines)), unit="min")
    lines["paid_at"] = (lines["created_at"] + minutes).where(paid)
    lines["shipped_at"] = (
        lines["created_at"] + pd.to_timedelta(rng.integers(6, 60, len(lines)), unit="h")
    ).where(paid & (lines["status"] != "refunded"))
    lines["completed_at"] = (lines["shipped_at"] + pd.Timedelta(days=4)).where(
        lines["status"] == "completed"
    )
    lines["refunded_at"] = (lines["created_at"] + pd.Timedelta(days=6)).where(
        lines["status"] == "refunded"
    )
    first = lines.groupby(["shop_account_id", "order_id"])[
        ["paid_at", "shipped_at", "completed_at", "refunded_at"]
    ].transform("first")
    lines[first.columns] = first
    return lines
