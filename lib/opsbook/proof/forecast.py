"""Proof of forecasts: coverage and error on simulated series, beside seasonal naive."""

import numpy as np
import pandas as pd

from opsbook.methods import forecast
from opsbook.proof import _claim, lift

KINDS = [*lift.NOISES, "seasonal walk"]


def series(kind, length, rng):
    """One series; a seasonal walk is the process for which seasonal naive is best."""
    if kind != "seasonal walk":
        return lift.series(kind, length, rng)
    shocks = rng.normal(size=(-(-length // 7), 7))
    return (60 + 3 * rng.normal(size=7) + np.cumsum(shocks, axis=0)).ravel()[:length]


def coverage(runs, seed, *, level=0.95):
    """How often the intervals hold what came, per kind and pooled, with the errors of the means.

    runs: series per kind, each with 60 to 240 days and 7 to 28 ahead; every day ahead counts.
    Columns: kind, runs, coverage, mc_error (between series), width (standard deviations of the
    series), mase_ratio (absolute error over seasonal naive's, summed), beaten (share of
    series with a lower error than seasonal naive), fell_back, plain_coverage.
    """
    rows = []
    for position, kind in enumerate(KINDS):
        for run in range(runs):
            rng = np.random.default_rng([seed, position, run])
            before, ahead = int(rng.integers(60, 241)), int(rng.choice([7, 14, 28]))
            values = series(kind, before + ahead, rng)
            past, future = values[:before], values[before:]
            dates = pd.date_range("2026-01-01", periods=before)
            found = forecast.forecast(pd.Series(past, dates), ahead, level)
            frame = found.frame
            naive = past[before - 7 + np.arange(ahead) % 7]
            half = 1.96 * np.sqrt(
                np.mean((past[7:] - past[:-7]) ** 2) * (1 + np.arange(ahead) // 7)
            )
            rows.append(
                {
                    "kind": kind,
                    "held": ((frame["low"] <= future) & (future <= frame["high"])).mean(),
                    "width": (frame["high"] - frame["low"]).mean() / past.std(),
                    "error": np.abs(future - frame["mean"]).mean() / past.std(),
                    "naive_error": np.abs(future - naive).mean() / past.std(),
                    "fell_back": found.method.startswith("seasonal naive"),
                    "plain": (np.abs(future - naive) <= half).mean(),
                }
            )
    cells = pd.DataFrame(rows)
    kinds = [*((kind, cells[cells["kind"] == kind]) for kind in KINDS), ("pooled", cells)]
    return pd.DataFrame([_summary(kind, part) for kind, part in kinds])


def _summary(kind, part):
    return {
        "kind": kind,
        "runs": len(part),
        "coverage": part["held"].mean(),
        "mc_error": part["held"].std() / np.sqrt(len(part)),
        "width": part["width"].median(),
        "mase_ratio": part["error"].sum() / part["naive_error"].sum(),
        "beaten": (part["error"] < part["naive_error"]).mean(),
        "fell_back": part["fell_back"].mean(),
        "plain_coverage": part["plain"].mean(),
    }


def claims(*, thin=True, real=None):
    """Every claim about forecasts, one row each. No claim needs real data."""
    per_kind = 10 if thin else 200
    table, seconds = _claim.timed(coverage, per_kind, 30)
    kinds, pooled = table.iloc[:-1], table.iloc[-1]
    slack = 3 * pooled["mc_error"] if thin else 0.0
    walk = kinds.loc[kinds["kind"] == "seasonal walk"].iloc[0]
    rest = kinds.loc[kinds["kind"] != "seasonal walk"]
    rows = [
        _claim.claim(
            "forecast.coverage",
            pooled["coverage"],
            "0.93 – 0.97",
            _claim.between(0.93, 0.97, pooled["coverage"], slack),
            mc_error=pooled["mc_error"],
            alternative="seasonal_naive",
            beside=pooled["plain_coverage"],
            runs=int(pooled["runs"]),
            seconds=seconds,
        )
    ]
    for row in kinds.itertuples():
        rows.append(
            _claim.claim(
                "forecast.coverage",
                row.coverage,
                "≥ 0.90",
                row.coverage >= 0.90 - (3 * row.mc_error if thin else 0),
                case=row.kind,
                mc_error=row.mc_error,
                alternative="seasonal_naive",
                beside=row.plain_coverage,
                runs=per_kind,
            )
        )
    rows += [
        _claim.claim(
            "forecast.error",
            rest["mase_ratio"].max(),
            "< 1",
            rest["mase_ratio"].max() < 1,
            alternative="seasonal_naive",
            beside=1.0,
            runs=per_kind * len(rest),
        ),
        _claim.claim(
            "forecast.fallback",
            walk["mase_ratio"],
            "≤ 1.1",
            walk["mase_ratio"] <= 1.1,
            case="seasonal_walk",
            alternative="seasonal_naive",
            beside=1.0,
            runs=per_kind,
        ),
    ]
    return _claim.table(rows)
