"""Proof of partial pooling: Efron and Morris's batters, and simulated figures of unequal noise."""

import numpy as np

from opsbook.methods import pooling
from opsbook.proof import _claim

# Efron and Morris (1977), Stein's paradox in statistics: average of the first 45 times at bat, and
# of the rest of the season.
FIRST = [0.400, 0.378, 0.356, 0.333, 0.311, 0.311, 0.289, 0.267, 0.244]
FIRST += [0.244, 0.222, 0.222, 0.222, 0.222, 0.222, 0.200, 0.178, 0.156]
REST = [0.346, 0.298, 0.276, 0.222, 0.273, 0.270, 0.263, 0.210, 0.269]
REST += [0.230, 0.264, 0.256, 0.303, 0.264, 0.226, 0.285, 0.316, 0.200]
TIMES_AT_BAT = 45
PUBLISHED = {"factor": 0.2124, "raw": 0.0754, "pooled": 0.0213}


def batters():
    """The shrinkage factor and squared errors of raw and pooled averages, as a dict."""
    first, rest = np.array(FIRST), np.array(REST)
    mean = first.mean()
    pooled = pooling.shrink(first, mean * (1 - mean) / TIMES_AT_BAT).to_numpy()
    return {
        "factor": (pooled[0] - mean) / (first[0] - mean),
        "raw": ((first - rest) ** 2).sum(),
        "pooled": ((pooled - rest) ** 2).sum(),
    }


def error_ratio(runs, seed, *, k=24):
    """Squared error of pooled over raw figures, by how the truth is spread; the method assumes normal.

    Truths: two groups, heavy tails (Student 3), all equal. Noise: unequal over a factor of 16.
    """
    rng = np.random.default_rng(seed)
    draw = {
        "two groups": lambda: np.where(rng.random(k) < 0.3, 1.5, -0.5),
        "heavy tails": lambda: rng.standard_t(3, k) * 0.5,
        "all equal": lambda: np.zeros(k),
    }
    ratios = {}
    for kind, truths in draw.items():
        raw = pooled = 0.0
        for _ in range(runs):
            truth, variance = truths(), 0.25 * 16 ** rng.random(k)
            seen = truth + rng.normal(0, np.sqrt(variance))
            raw += ((seen - truth) ** 2).sum()
            pooled += ((pooling.shrink(seen, variance).to_numpy() - truth) ** 2).sum()
        ratios[kind] = pooled / raw
    return ratios


def claims(*, thin=True, real=None):
    """One row per claim: published figures reproduced, and error against no pooling."""
    found, seconds = _claim.timed(batters)
    rows = [
        _claim.claim(
            f"pooling.{name}",
            found[name],
            f"{PUBLISHED[name]}",
            abs(found[name] - PUBLISHED[name]) < 5e-5,
            alternative=alternative,
            beside=beside,
            seconds=seconds,
            source="Efron and Morris (1977)",
        )
        for name, alternative, beside in (
            ("factor", "", None),
            ("pooled", "no_pooling", found["raw"]),
        )
    ]
    runs = 200 if thin else 5000
    ratios, seconds = _claim.timed(error_ratio, runs, 7)
    for kind, ratio in ratios.items():
        rows.append(
            _claim.claim(
                "pooling.error",
                ratio,
                "< 1",
                ratio < 1,
                case=kind,
                alternative="no_pooling",
                beside=1.0,
                runs=runs,
                seconds=seconds / len(ratios),
            )
        )
    return _claim.table(rows)
