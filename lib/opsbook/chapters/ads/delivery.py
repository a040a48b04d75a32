"""6.1: which ad types and which audiences, hours and dates carry the results; A/B tests."""

import numpy as np
import pandas as pd

from opsbook.chapters.ads import rows as ad_rows
from opsbook.estimate import Estimate
from opsbook.methods import adjusted, experiments

DIMENSIONS = ("age", "gender", "region", "interest", "hour", "weekday")
LEAST_EXPOSURE = 1000


def by_type(book):
    """Cost and result by ad type, as it happened and on comparable audiences.

    One row per ad type: ads, spend, cost_per_mille, cost_per_action, click_through_rate, and
    `relative` (clicks per impression against the average type at the same mix of platform and
    audience) with low, high, p_value, n (ads).
    """
    now = ad_rows.window(book)
    now = now.dropna(subset=["ad_type"])
    if now.empty:
        return pd.DataFrame(columns=["ad_type"])
    sums = now.groupby("ad_type", as_index=False).agg(
        ads=("ad_id", "nunique"),
        spend=("spend", "sum"),
        impressions=("impressions", "sum"),
        clicks=("clicks", "sum"),
        conversions=("conversions", "sum"),
    )
    sums["cost_per_mille"] = 1000 * sums["spend"] / sums["impressions"].replace(0, np.nan)
    sums["cost_per_action"] = sums["spend"] / sums["conversions"].replace(0, np.nan)
    controls = _audience_columns(now)
    fair = adjusted.rates(
        now, "clicks", "impressions", "ad_type", controls=controls, cluster="ad_id"
    ).rename(columns={"rate": "click_through_rate"})
    table = sums.drop(columns=["clicks", "conversions"]).merge(
        fair.drop(columns="exposure"), on="ad_type", how="left"
    )
    table = table.sort_values("relative", ascending=False, ignore_index=True)
    best = table[(table["low"] > 0) & table["enough"]]
    if len(best):
        row = best.iloc[0]
        book.find(
            "6.1.1",
            "low",
            "6.1.1.best",
            subject=book.translator.value(row["ad_type"]),
            figure=_relative(row),
            share=row["spend"] / table["spend"].sum(),
        )
    return table


def breakdown(book, rate="conversion_rate"):
    """Each audience, place, interest and time against the rest, with one correction for all.

    rate: conversion_rate or click_through_rate. One row per dimension and level: spend,
    exposure, rate, relative, low, high, p_value, p_adjusted (Holm over every row), verdict
    (better, worse, unclear), n.
    """
    top, bottom, *_ = RATES[rate]
    parts = []
    for dimension in DIMENSIONS:
        frame = _with_dimension(book, dimension)
        if frame.empty or frame[dimension].nunique() < 2:
            continue
        controls = [c for c in ("platform",) if frame[c].nunique() > 1]
        table = adjusted.rates(frame, top, bottom, dimension, controls=controls, cluster="date_day")
        spend = frame.groupby(dimension)["spend"].sum()
        table["spend"] = table[dimension].map(spend)
        table["dimension"] = dimension
        table["level"] = [_level_word(book, dimension, v) for v in table[dimension]]
        parts.append(table.drop(columns=dimension))
    if not parts:
        return pd.DataFrame(columns=["dimension", "level"])
    table = pd.concat(parts, ignore_index=True)
    tested = table["p_value"].notna()
    table["p_adjusted"] = np.nan
    if tested.any():
        table.loc[tested, "p_adjusted"] = np.asarray(
            experiments.adjust(table.loc[tested, "p_value"])
        )
    told = table["p_adjusted"] < 0.05
    table["verdict"] = np.select(
        [told & (table["relative"] > 0), told & (table["relative"] < 0)],
        ["better", "worse"],
        "unclear",
    )
    for _, row in table[table["verdict"] == "worse"].nsmallest(3, "relative").iterrows():
        book.find(
            "6.1.2",
            "medium",
            "6.1.2.weak",
            subject=f"{book.translator.label(row['dimension'])}: {row['level']}",
            figure=_relative(row),
            spend=row["spend"],
            rate=book.indicator_name(rate),
        )
    for _, row in table[table["verdict"] == "better"].nlargest(2, "relative").iterrows():
        book.find(
            "6.1.2",
            "low",
            "6.1.2.strong",
            subject=f"{book.translator.label(row['dimension'])}: {row['level']}",
            figure=_relative(row),
            spend=row["spend"],
            rate=book.indicator_name(rate),
        )
    order = [
        "dimension",
        "level",
        "spend",
        "exposure",
        "rate",
        "relative",
        "low",
        "high",
        "p_value",
        "p_adjusted",
        "verdict",
        "n",
    ]
    return table[order].sort_values(
        ["dimension", "relative"], ascending=[True, False], ignore_index=True
    )


def date_effects(book):
    """Holidays and sales against ordinary days: conversions per spend and price of exposure.

    One row per event kind and measure: relative, low, high, p_value, n (weeks), days. Held
    equal: weekday and platform; weeks are the clusters.
    """
    now = ad_rows.window(book, 400)
    events = book.frame("industry_events")
    if now.empty or events.empty:
        return pd.DataFrame(columns=["kind", "measure"])
    days = now[["date_day"]].drop_duplicates()
    days["kind"] = [_event_on(events, d) for d in days["date_day"]]
    now = now.merge(days, on="date_day")
    now["weekday"] = now["date_day"].dt.day_of_week
    now["week"] = now["date_day"].dt.to_period("W-SUN").astype(str)
    now["mille"] = now["impressions"] / 1000
    out = []
    for measure, top, bottom in (
        ("conversion_rate", "conversions", "clicks"),
        ("cost_per_mille", "spend", "mille"),
        ("cost_per_click", "spend", "clicks"),
    ):
        table = adjusted.rates(
            now, top, bottom, "kind", controls=["weekday", "platform"], cluster="week"
        )
        ordinary = table[table["kind"] == "ordinary"]["relative"]
        base = ordinary.iloc[0] if len(ordinary) else 0.0
        for _, row in table[table["kind"] != "ordinary"].iterrows():
            # levels stand against their average; readers compare with ordinary days
            shift = (1 + row[["relative", "low", "high"]].astype(float)) / (1 + base) - 1
            out.append(
                (
                    row["kind"],
                    measure,
                    row["rate"],
                    *shift,
                    row["p_value"],
                    row["n"],
                    int((days["kind"] == row["kind"]).sum()),
                )
            )
    frame = pd.DataFrame(
        out, columns=["kind", "measure", "value", "relative", "low", "high", "p_value", "n", "days"]
    )
    frame["measure"] = [book.indicator_name(m) for m in frame["measure"]]
    return frame


RATES = {
    "conversion_rate": ("conversions", "clicks"),
    "click_through_rate": ("clicks", "impressions"),
}


def _audience_columns(frame):
    """Columns that make audiences comparable: those that vary and are mostly filled."""
    return [
        c
        for c in ("platform", "age", "gender", "region", "interest")
        if frame[c].notna().mean() > 0.5 and frame[c].nunique() > 1
    ]


def _with_dimension(book, dimension):
    if dimension == "weekday":
        frame = ad_rows.window(book)
        return frame.assign(weekday=frame["date_day"].dt.day_of_week)
    frame = ad_rows.window(book, dimension=dimension)
    if frame.empty:
        return frame
    size = frame.groupby(dimension)["impressions"].transform("sum")
    return frame[size >= LEAST_EXPOSURE]


def _level_word(book, dimension, value):
    if dimension == "weekday":
        return book.t(f"weekday.{int(value)}")
    if dimension == "hour":
        return f"{int(value):02d}:00"
    return str(book.translator.value(str(value)))


def _event_on(events, day):
    """Kind of the event that a day lies in; ordinary where none."""
    inside = events[
        (events["start_date"] <= day) & (events["end_date"].fillna(events["start_date"]) >= day)
    ]
    kinds = [k for k in ("lunar_new_year", "sale", "holiday") if k in set(inside["kind"])]
    return kinds[0] if kinds else "ordinary"


def _relative(row):
    return Estimate(
        row["relative"], row["low"], row["high"], int(row["n"]), adjusted.METHOD, unit="fraction"
    )
