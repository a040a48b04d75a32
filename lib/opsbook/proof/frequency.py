"""Proof of posting frequency: planted optima recovered as ranges, silence where data cannot tell."""

import numpy as np
import pandas as pd

from opsbook.methods import frequency
from opsbook.proof import _claim

PLANTED = ("gamma", "parabola", "additive")
SILENT = ("flat", "saturating", "narrow")
_UNITS, _WEEKS = 4, 52


def accounts(kind, rng):
    """Weekly outcomes of four accounts of different size, and the planted optimum (NaN without).

    Kinds with an optimum: gamma (log r - r / optimum), parabola of the log, additive (noise not
    multiplied). Without: flat, saturating, narrow (the rate hardly varies). Noise carries over from
    week to week.
    """
    best = rng.uniform(4.5, 8.5)
    pieces = []
    for name in range(_UNITS):
        rate = rng.poisson(rng.uniform(4, 9), _WEEKS)
        if kind == "narrow":
            rate = 4 + rng.integers(0, 2, _WEEKS)
        noise = rng.normal(0, 0.25, _WEEKS)
        for week in range(1, _WEEKS):
            noise[week] += 0.5 * noise[week - 1]
        level = np.exp(rng.uniform(5, 9))
        if kind == "additive":
            outcome = level * (1.2 - 0.02 * (rate - best) ** 2 + 0.8 * noise)
        else:
            outcome = level * np.exp(_response(kind, rate, best) + noise)
        pieces.append(pd.DataFrame({"unit": name, "rate": rate, "outcome": outcome}))
    planted = best if kind in PLANTED else np.nan
    return pd.concat(pieces, ignore_index=True), planted


def _response(kind, rate, best):
    if kind == "gamma":
        return best / 3 * np.log(np.maximum(rate, 0.5) / best) - (rate - best) / 3
    if kind in ("parabola", "narrow"):
        return -0.02 * (rate - best) ** 2
    if kind == "saturating":
        return np.log((rate + 0.5) / (rate + 3.5))
    return np.zeros(len(rate))


def coverage(runs, seed):
    """How often the range holds the planted optimum, and how often a range is given at all.

    Columns: noise (kind), runs, coverage (of given ranges), mc_error, not_enough_share, width
    (posts per week), false_positive_rate (ranges given where there is no optimum), plain_coverage
    (the textbook parabola with plain errors and the delta method; it always answers).
    """
    rows = []
    for kind in (*PLANTED, *SILENT):
        rng = np.random.default_rng([seed, (*PLANTED, *SILENT).index(kind)])
        held, width, plain, given = [], [], [], []
        for _ in range(runs):
            frame, best = accounts(kind, rng)
            found = frequency.response(frame, "rate", "outcome", "unit")
            given.append(found.enough)
            if found.enough:
                held.append(found.range[0] <= best <= found.range[1])
                width.append(found.range[1] - found.range[0])
            low, high = plain_peak(frame)
            plain.append(low <= best <= high if kind in PLANTED else np.isfinite(low))
        optimum = kind in PLANTED
        share = np.mean(held) if held and optimum else np.nan
        rows.append(
            {
                "noise": kind,
                "runs": runs,
                "coverage": share,
                "mc_error": np.sqrt(share * (1 - share) / len(held)) if held else np.nan,
                "not_enough_share": 1 - np.mean(given),
                "width": np.mean(width) if width else np.nan,
                "false_positive_rate": np.nan if optimum else np.mean(given),
                "plain_coverage": np.mean(plain) if optimum else np.nan,
                "plain_false_positive_rate": np.nan if optimum else np.mean(plain),
            }
        )
    return pd.DataFrame(rows)


def plain_peak(frame):
    """The usual way: least-squares parabola of the raw outcome, its vertex and delta-method ends.

    NaN ends where the parabola opens upwards.
    """
    r, y = frame["rate"].to_numpy(float), frame["outcome"].to_numpy()
    x = np.column_stack([np.ones(len(r)), r, r**2])
    slope, *_ = np.linalg.lstsq(x, y, rcond=None)
    if slope[2] >= 0:
        return np.nan, np.nan
    left = y - x @ slope
    spread = np.linalg.pinv(x.T @ x) * (left @ left) / (len(y) - 3)
    vertex = -slope[1] / (2 * slope[2])
    change = np.array([0, -1 / (2 * slope[2]), slope[1] / (2 * slope[2] ** 2)])
    half = 1.96 * np.sqrt(change @ spread @ change)
    return vertex - half, vertex + half


def claims(*, thin=True, real=None):
    """One row per kind: coverage of the planted optimum, or silence where there is none to find."""
    runs = 15 if thin else 400
    found, seconds = _claim.timed(coverage, runs, 5)
    slack = 0.12 if thin else 0.0
    planted = found[found["noise"].isin(PLANTED)]
    rows = [
        _claim.claim(
            "frequency.not_enough",
            planted["not_enough_share"].max(),
            "≤ 0.10",
            planted["not_enough_share"].max() <= 0.10 + slack,
            runs=runs * len(planted),
        )
    ]
    for row in found.itertuples():
        optimum = row.noise in PLANTED
        figure = row.coverage if optimum else row.false_positive_rate
        rows.append(
            _claim.claim(
                "frequency.coverage" if optimum else "frequency.silent",
                figure,
                "≥ 0.90" if optimum else "≤ 0.05",
                figure >= 0.9 - slack if optimum else figure <= 0.05 + slack / 2,
                case=row.noise,
                mc_error=row.mc_error,
                not_enough=row.not_enough_share,
                alternative="parabola",
                beside=row.plain_coverage if optimum else row.plain_false_positive_rate,
                runs=runs,
                seconds=seconds / len(found),
            )
        )
    return _claim.table(rows)
