"""6.3.1: what the ads cost and earned, with intervals, and whether the files agree with themselves."""

import json

import numpy as np
import pandas as pd

from opsbook.chapters.ads import rows as ad_rows
from opsbook.data import indicators
from opsbook.data.views import order_lines
from opsbook.estimate import Estimate
from opsbook.methods import ratios

# name -> numerator, denominator, factor, what stands for chance when days are few
RATES = {
    "click_through_rate": ("clicks", "impressions", 1, "rate"),
    "conversion_rate": ("conversions", "clicks", 1, "rate"),
    "follow_rate": ("follows", "clicks", 1, "rate"),
    "cost_per_mille": ("spend", "impressions", 1000, "value"),
    "cost_per_click": ("spend", "clicks", 1, "cost"),
    "cost_per_action": ("spend", "conversions", 1, "cost"),
    "return_on_ad_spend": ("conversions_value", "spend", 1, "value"),
}
LEVELS = {
    "platform": ["platform"],
    "campaign": ["platform", "campaign_name"],
    "ad": ["platform", "ad_name"],
    "audience": ["platform", "ad_group_name"],
    "day": ["date_day"],
}
AFTER_CLICK = ("clicks", "landing_views", "add_to_carts", "conversions")


def overview(book):
    """Every rate of the period against the comparison period: one row per indicator.

    Columns: indicator, value, low, high, n (days), previous, change, change_low, change_high,
    p_value. Intervals by `methods.ratios`; change relative.
    """
    now = ad_rows.period(book)
    before = ad_rows.period(book, book.compared) if book.compared else now.iloc[:0]
    out = []
    for name, (top, bottom, factor, kind) in RATES.items():
        if now.empty or now[top].notna().sum() == 0:
            continue
        row = ratios.ratio(now, top, bottom, kind=kind).iloc[0]
        past = ratios.ratio(before, top, bottom, kind=kind) if len(before) else None
        previous = past["value"].iloc[0] * factor if past is not None and len(past) else np.nan
        moved = _change(now, before, top, bottom)
        out.append(
            (
                name,
                row["value"] * factor,
                row["low"] * factor,
                row["high"] * factor,
                row["n"],
                previous,
                moved["value"],
                moved["low"],
                moved["high"],
                moved["p_value"],
            )
        )
    columns = [
        "indicator",
        "value",
        "low",
        "high",
        "n",
        "previous",
        "change",
        "change_low",
        "change_high",
        "p_value",
    ]
    frame = pd.DataFrame(out, columns=columns)
    _report_overview(book, frame, now)
    return frame


def effect(book, by="ad"):
    """Sums and rates of the period per platform, campaign, ad, audience or day.

    Columns: the level's, spend, impressions, clicks, conversions, conversions_value, then each
    rate with _low and _high where its interval exists, and days. Sorted by spend.
    """
    now = ad_rows.period(book)
    keys = LEVELS[by]
    if now.empty:
        return pd.DataFrame(columns=keys)
    sums = ["spend", "impressions", "clicks", "conversions", "conversions_value"]
    table = now.groupby(keys, as_index=False, dropna=False)[sums].sum(min_count=1)
    table["days"] = now.groupby(keys, dropna=False)["date_day"].nunique().to_numpy()
    for name, (top, bottom, factor, kind) in RATES.items():
        if now[top].notna().sum() == 0:
            continue
        # one day has no days to vary over, so its rows (ads) are the units there
        unit = "ad_id" if by == "day" else "date_day"
        rate = ratios.ratio(now, top, bottom, by=keys, unit=unit, kind=kind)
        rate = rate.rename(columns={"value": name, "low": f"{name}_low", "high": f"{name}_high"})
        rate[[name, f"{name}_low", f"{name}_high"]] *= factor
        table = table.merge(rate[[*keys, name, f"{name}_low", f"{name}_high"]], on=keys, how="left")
    order = ["date_day"] if by == "day" else ["spend"]
    return table.sort_values(order, ascending=by == "day", ignore_index=True)


def daily(book, indicator="return_on_ad_spend", days=90):
    """One rate by day over the window, with a band over ads: date_day, value, low, high, n."""
    now = ad_rows.window(book, days)
    top, bottom, factor, kind = RATES[indicator]
    if now.empty or now[top].notna().sum() == 0:
        return pd.DataFrame(columns=["date_day", "value", "low", "high", "n"])
    frame = ratios.ratio(now, top, bottom, by="date_day", unit="ad_id", kind=kind)
    frame[["value", "low", "high"]] *= factor
    return frame[["date_day", "value", "low", "high", "n"]]


def after_click(book):
    """What people did after the click, where it was exported: step, value, share of the clicks.

    Steps: clicks, landing_views, add_to_carts, conversions. All steps count the same rows, those
    of the platforms (named in `platforms`) that export the most steps: a step that one platform
    reports is no part of another's clicks.
    """
    now = ad_rows.period(book)
    columns = ["step", "value", "share", "low", "high", "n", "platforms"]
    steps = [s for s in AFTER_CLICK if now[s].notna().any()] if len(now) else []
    if len(steps) < 2:
        return pd.DataFrame(columns=columns)
    patterns = now.groupby([now[s].notna().rename(s) for s in steps])["clicks"].sum()
    fullest = max(patterns.index, key=lambda has: (sum(has), patterns[has]))
    steps = [s for s, has in zip(steps, fullest, strict=True) if has]
    told = now.dropna(subset=steps)
    platforms = ", ".join(book.translator.value(p) for p in sorted(told["platform"].unique()))
    out = []
    for step in steps:
        row = ratios.ratio(told, step, "clicks").iloc[0]
        figures = (row["value"], row["low"], row["high"], row["n"])
        out.append((step, told[step].sum(), *figures, platforms))
    return pd.DataFrame(out, columns=columns)


def against_shop(book):
    """Conversions and sales that platforms claim beside the shop's own attributed ones.

    One row per ad platform and one for all: claimed_orders, shop_orders, claimed_sales,
    shop_paid, shop_net, ratio (claimed / shop's paid). Shop orders count where traffic is paid.
    """
    now = ad_rows.period(book)
    orders = book.view("orders", order_lines)
    span = book.period
    inside = orders["date_day"].between(pd.Timestamp(span.start), pd.Timestamp(span.end))
    paid = orders[inside & (orders["traffic_type"] == "paid")]
    if now.empty or orders.empty:
        return pd.DataFrame(columns=["platform", "claimed_orders", "shop_orders"])
    claimed = now.groupby("platform")[["conversions", "conversions_value"]].sum(min_count=1)
    shop = paid.groupby("traffic_source").agg(
        shop_orders=("order_id", "nunique"), shop_paid=("paid", "sum"), shop_net=("net", "sum")
    )
    frame = claimed.join(shop, how="left").reset_index()
    total = {
        "platform": "all",
        "conversions": frame["conversions"].sum(),
        "conversions_value": frame["conversions_value"].sum(),
        "shop_orders": paid["order_id"].nunique(),
        "shop_paid": paid["paid"].sum(),
        "shop_net": paid["net"].sum(),
    }
    frame = pd.concat([frame, pd.DataFrame([total])], ignore_index=True)
    frame = frame.rename(
        columns={"conversions": "claimed_orders", "conversions_value": "claimed_sales"}
    )
    frame["claimed_to_shop"] = frame["claimed_sales"] / frame["shop_paid"].where(
        frame["shop_paid"] > 0
    )
    whole = frame[frame["platform"] == "all"].iloc[0]
    if whole["claimed_to_shop"] > 1.25:
        each = frame[(frame["platform"] != "all") & frame["claimed_sales"].notna()]
        beyond = (each["claimed_sales"] - each["shop_paid"].fillna(0.0)).idxmax()
        book.find(
            "6.3.1",
            "medium",
            "6.3.1.overclaim",
            most=book.translator.value(each.loc[beyond, "platform"]),
            most_claimed=each.loc[beyond, "claimed_sales"],
            most_shop=each.loc[beyond, "shop_paid"],
            subject=book.translator.value("all"),
            figure=float(whole["claimed_to_shop"]),
            n=int(whole["shop_orders"]),
            unit="",
            claimed=whole["claimed_sales"],
            shop=whole["shop_paid"],
        )
    return frame


def reconciliation(book):
    """Totals that the exports state against the sum of their rows: file, column, stated, summed, ok."""
    out = []
    for _, batch in book.store.batches().iterrows():
        platforms = (
            "google_ads",
            "meta_ads",
            "oceanengine",
            "qianchuan",
            "tencent_ads",
            "juguang",
            "kuaishou_ads",
            "tiktok_ads",
        )
        if not str(batch.get("preset", "")).startswith(platforms):
            continue
        stated = batch.get("totals")
        totals = json.loads(stated) if isinstance(stated, str) and stated else {}
        for column, values in totals.items():
            want, have, ok = values
            out.append((batch["file"], column, want, have, have - want, bool(ok)))
    frame = pd.DataFrame(
        out, columns=["source_file", "metric", "stated", "summed", "difference", "is_equal"]
    )
    for _, row in frame[~frame["is_equal"]].iterrows():
        book.find(
            "6.3.1",
            "high",
            "6.3.1.totals",
            subject=f"{row['source_file']}: {row['metric']}",
            figure=float(row["difference"]),
            stated=row["stated"],
            summed=row["summed"],
        )
    return frame


def _change(now, before, top, bottom):
    if len(before) == 0:
        return {"value": np.nan, "low": np.nan, "high": np.nan, "p_value": np.nan}
    moved = ratios.difference(now, before, top, bottom)
    if np.isnan(moved["value"]):
        # a week has too few days for an interval of its own: days x platforms are the units
        keyed = [f.assign(_unit=f["date_day"].astype(str) + f["platform"]) for f in (now, before)]
        moved = ratios.difference(*keyed, top, bottom, unit="_unit")
    return moved


def _report_overview(book, frame, now):
    """Summary sentence and a finding where a headline rate moved beyond chance."""
    if now.empty:
        return
    rates = frame.set_index("indicator")
    best = "return_on_ad_spend" if "return_on_ad_spend" in rates.index else "cost_per_action"
    if best not in rates.index:
        return
    row = rates.loc[best]
    if row["low"] == row["low"]:
        book.say(
            "6.3.1",
            "6.3.1.said",
            spend=now["spend"].sum(),
            indicator=book.indicator_name(best),
            value=row["value"],
            low=row["low"],
            high=row["high"],
            days=now["date_day"].nunique(),
        )
    for indicator, row in rates.iterrows():
        wanted = indicators.indicator(indicator).direction
        bad = row["change"] < 0 if wanted == "up" else row["change"] > 0
        if bad and row["p_value"] < 0.05 / len(rates) and abs(row["change"]) > 0.1:
            book.find(
                "6.3.1",
                "high" if abs(row["change"]) > 0.25 else "medium",
                "6.3.1.moved",
                subject=book.indicator_name(indicator),
                figure=Estimate(
                    row["change"],
                    row["change_low"],
                    row["change_high"],
                    int(row["n"]),
                    ratios.LINEARISED,
                    unit="fraction",
                ),
                value=row["value"],
                previous=row["previous"],
                compared=book.compared.label,
            )
