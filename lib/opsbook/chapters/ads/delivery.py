"""6.1: which ad types and which audiences, hours and dates carry the results; A/B tests."""

import numpy as np
import pandas as pd

from opsbook.chapters.ads import rows as ad_rows
from opsbook.estimate import Estimate
from opsbook.methods import adjusted, arm_sums, experiments, ratios

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
    top, bottom, *_ = _RATES[rate]
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


def tests(book):
    """A/B tests up to the period's end: split as planned, effect, reading at any time, planning.

    One row per experiment and treated arm: kind (rate, mean), trials (numerator: the arm's own),
    control, treated, effect
    (difference, in the metric's unit) with effect_low and effect_high, relative (of the control)
    with low and high, p_value, p_adjusted (Holm over arms), p_sequential (valid at every look),
    p_split (sample ratio), split_ok, variance_ratio (CUPED), days, planned_days, verdict (better,
    worse, unclear, not_valid).
    """
    rows = book.frame("experiments")
    if rows.empty:
        return pd.DataFrame(columns=["experiment_id"])
    rows = rows[rows["date_day"] <= pd.Timestamp(book.period.end)]
    out = []
    for (identity, metric), part in rows.groupby(["experiment_id", "metric"], sort=True):
        sums = part.groupby("arm", as_index=False).agg(
            is_control=("is_control", "max"),
            planned_share=("planned_share", "max"),
            **{c: (c, lambda s: s.sum(min_count=1)) for c in _SUMS},
        )
        sums = sums.sort_values("is_control", ascending=False, ignore_index=True)
        if len(sums) < 2 or not sums["is_control"].iloc[0]:
            continue
        planned = sums["planned_share"]
        expected = (planned / planned.sum()).tolist() if planned.notna().all() else None
        split = experiments.sample_ratio(sums["trials"].tolist(), expected)
        kind = part["kind"].iloc[0]
        compared, anytime, ratio = _compared(kind, sums)
        days = part["date_day"].nunique()
        for arm in range(1, len(sums)):
            row = compared.iloc[arm]
            base = compared.iloc[0][_level(kind)]
            verdict = "unclear"
            if split.mismatch:
                verdict = "not_valid"
            elif row["p_adjusted"] < 0.05:
                verdict = "better" if row["effect"] > 0 else "worse"
            out.append(
                (
                    identity,
                    part["experiment_name"].iloc[0],
                    metric,
                    kind,
                    sums["arm"][arm],
                    int(sums["trials"].sum()),
                    int(sums["trials"][arm]),
                    base,
                    row[_level(kind)],
                    row["effect"],
                    row["low"],
                    row["high"],
                    row["relative"],
                    row["low"] / base if base else np.nan,
                    row["high"] / base if base else np.nan,
                    row["p_value"],
                    row["p_adjusted"],
                    anytime[arm],
                    split.p_value,
                    not split.mismatch,
                    ratio[arm],
                    days,
                    part["planned_days"].max(),
                    verdict,
                )
            )
    frame = pd.DataFrame(
        out,
        columns=[
            "experiment_id",
            "experiment_name",
            "metric",
            "kind",
            "arm",
            "trials",
            "numerator",
            "control",
            "treated",
            "effect",
            "effect_low",
            "effect_high",
            "relative",
            "low",
            "high",
            "p_value",
            "p_adjusted",
            "p_sequential",
            "p_split",
            "split_ok",
            "variance_ratio",
            "days",
            "planned_days",
            "verdict",
        ],
    )
    _report_tests(book, frame)
    return frame


def plan_test(book, lifts=(0.05, 0.1, 0.2, 0.3), rate="conversion_rate", power=0.8):
    """How long a test must run to see a lift, at the traffic of the window.

    One row per relative lift: baseline, lift, effect (absolute), n per arm, per_day (trials a
    day), days for two arms (at least 7). Two-sided 5 %, unpooled normal formula.
    """
    now = ad_rows.window(book)
    top, bottom, *_ = _RATES[rate]
    if now.empty or now[bottom].sum() == 0 or now[top].sum() == 0:
        return pd.DataFrame(columns=["lift"])
    baseline = now[top].sum() / now[bottom].sum()
    per_day = now[bottom].sum() / now["date_day"].nunique()
    out = []
    for lift in lifts:
        effect = baseline * lift
        if baseline + effect >= 1:
            continue
        n = experiments.sample_size(baseline, effect, power)
        out.append((baseline, lift, effect, n, per_day, experiments.duration(n, per_day)))
    return pd.DataFrame(
        out, columns=["baseline_rate", "relative", "effect_rate", "n_per_arm", "per_day", "days"]
    )


_RATES = {
    "conversion_rate": ("conversions", "clicks"),
    "click_through_rate": ("clicks", "impressions"),
}
_SUMS = (
    "trials",
    "successes",
    "value_sum",
    "value_sum_squares",
    "covariate_sum",
    "covariate_sum_squares",
    "cross_sum",
)


def _level(kind):
    return "rate" if kind == "rate" else "mean"


def _compared(kind, sums):
    """The comparison, p-values valid at any look, and CUPED's variance ratio, by arm."""
    if kind == "rate":
        successes, trials = sums["successes"].tolist(), sums["trials"].tolist()
        table = experiments.compare_rates(successes, trials)
        anytime = experiments.compare_rates(successes, trials, method="sequential")["p_value"]
        return table, anytime.tolist(), [np.nan] * len(table)
    table = arm_sums.compare(sums)
    return table, table["p_sequential"].tolist(), table["variance_ratio"].tolist()


def _share(part, whole):
    low, high = ratios.wilson(part, whole)
    return Estimate(part / whole, low, high, int(whole), ratios.WILSON, unit="fraction")


def _report_tests(book, frame):
    for _, row in frame.iterrows():
        test = "experiment_name" if pd.notna(row["experiment_name"]) else "experiment_id"
        name = f"{row[test]} / {row['arm']}"
        if row["verdict"] == "not_valid":
            book.find(
                "6.1.2",
                "high",
                "6.1.2.split",
                subject=name,
                figure=_share(row["numerator"], row["trials"]),
                p=float(row["p_split"]),
            )
        elif row["verdict"] in ("better", "worse"):
            figure = Estimate(
                row["relative"],
                row["low"],
                row["high"],
                int(row["trials"]),
                "A/B",
                unit="fraction",
            )
            book.find(
                "6.1.2",
                "medium",
                f"6.1.2.{row['verdict']}",
                subject=name,
                figure=figure,
                p=row["p_adjusted"],
                days=int(row["days"]),
            )


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
