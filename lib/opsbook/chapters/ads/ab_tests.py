"""6.1.2: A/B tests - the split as planned, the effect with its interval, reading at any time, planning."""

import numpy as np
import pandas as pd

from opsbook.chapters.ads import rows as ad_rows
from opsbook.chapters.ads.delivery import RATES
from opsbook.estimate import Estimate
from opsbook.methods import arm_sums, experiments, ratios

_SUMS = (
    "trials",
    "successes",
    "value_sum",
    "value_sum_squares",
    "covariate_sum",
    "covariate_sum_squares",
    "cross_sum",
)


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
    top, bottom, *_ = RATES[rate]
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
