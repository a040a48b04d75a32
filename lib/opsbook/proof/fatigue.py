"""Proof of creative fatigue: planted half-lives, and creatives that do not wear."""

import numpy as np
import pandas as pd

from opsbook.methods import fatigue
from opsbook.proof import _claim

NOISES = ("binomial", "overdispersed", "autocorrelated", "weekly", "heavy_tailed")


def creative(rng, noise, *, half_life=None, days=42, per_day=4000, rate=0.02):
    """A creative's days; half_life: in impressions, None where it does not wear.

    The method assumes log-normal AR(1) noise: `overdispersed` is beta-binomial, `weekly` has a
    weekday season and `heavy_tailed` Student t noise, none of which it knows.
    """
    shown = np.maximum(rng.poisson(per_day * rng.gamma(4, 0.25, days)), 1)
    wear = np.zeros(days)
    if half_life:
        wear = -np.log(2) * (np.cumsum(shown) - shown / 2) / half_life
    true = rate * np.exp(wear)
    if noise == "overdispersed":
        true = rng.beta(60 * true / rate, 60 / rate - 60 * true / rate)
    elif noise == "autocorrelated":
        shock = rng.standard_normal(days)
        for day in range(1, days):
            shock[day] = 0.5 * shock[day - 1] + np.sqrt(0.75) * shock[day]
        true = true * np.exp(0.12 * shock)
    elif noise == "weekly":
        true = true * np.exp(0.15 * np.sin(2 * np.pi * np.arange(days) / 7))
    elif noise == "heavy_tailed":
        true = true * np.exp(np.clip(0.1 * rng.standard_t(3, days), -1, 1))
    return pd.DataFrame(
        {
            "date": pd.date_range("2026-01-01", periods=days),
            "impressions": shown,
            "clicks": rng.binomial(shown, np.clip(true, 0, 1)),
        }
    )


def plain_half_life(frame):
    """The plain alternative: least squares of log rate on exposure; value, low, high."""
    exposure = frame["impressions"].cumsum() - frame["impressions"] / 2
    rate = np.log((frame["clicks"] + 0.5) / frame["impressions"])
    x = exposure - exposure.mean()
    slope = (x * rate).sum() / (x**2).sum()
    rest = rate - rate.mean() - slope * x
    error = np.sqrt((rest**2).sum() / (len(x) - 2) / (x**2).sum())
    high, low = -(slope - 2.02 * error), -(slope + 2.02 * error)
    return -slope, low, high


def coverage(runs, seed, *, half_life=100_000):
    """By noise: coverage and relative error of the half-life, false alarms without wear."""
    rows = []
    for number, noise in enumerate(NOISES):
        rng = np.random.default_rng([seed, number])
        held = alarms = plain_alarms = plain_held = unknown = 0
        errors = []
        for _ in range(runs):
            frame = creative(rng, noise, half_life=half_life)
            found = fatigue.half_life(frame)
            unknown += not found.enough
            held += found.low <= half_life <= found.high
            if np.isfinite(found.value):
                errors.append(abs(found.value / half_life - 1))
            _, low, high = plain_half_life(frame)
            plain_held += low <= np.log(2) / half_life <= high
            steady = creative(rng, noise)
            alarms += bool(np.isfinite(fatigue.half_life(steady).value))
            plain_alarms += plain_half_life(steady)[1] > 0
        share = held / runs
        rows.append(
            {
                "noise": noise,
                "runs": runs,
                "coverage": share,
                "mc_error": np.sqrt(share * (1 - share) / runs),
                "not_enough_share": unknown / runs,
                "median_error": float(np.median(errors)),
                "found": len(errors) / runs,
                "false_positive_rate": alarms / runs,
                "plain_coverage": plain_held / runs,
                "plain_false_positive_rate": plain_alarms / runs,
            }
        )
    return pd.DataFrame(rows)


def claims(*, thin=True, real=None):
    """Every claim on creative fatigue with its figure; no real data are needed."""
    runs = 15 if thin else 250
    found, seconds = _claim.timed(coverage, runs, 11)
    pooled = found.drop(columns="noise").mean()
    total = runs * len(found)
    shared = {"runs": total, "seconds": seconds / 3}
    error = np.sqrt(0.95 * 0.05 / total)
    rows = [
        _claim.claim(
            "fatigue.coverage",
            pooled["coverage"],
            "0.93 – 0.97",
            _claim.between(0.93, 0.97, pooled["coverage"], 2 * error),
            mc_error=error,
            not_enough=pooled["not_enough_share"],
            alternative="log_rate",
            beside=pooled["plain_coverage"],
            **shared,
        )
    ]
    for row in found.itertuples():
        rows.append(
            _claim.claim(
                "fatigue.coverage",
                row.coverage,
                "≥ 0.90",
                row.coverage >= 0.90 - (3 * np.sqrt(0.09 / runs) if thin else 0),
                case=row.noise,
                mc_error=row.mc_error,
                not_enough=row.not_enough_share,
                alternative="log_rate",
                beside=row.plain_coverage,
                runs=runs,
            )
        )
    rows += [
        _claim.claim(
            "fatigue.error",
            pooled["median_error"],
            "< 0.2",
            pooled["median_error"] < 0.2,
            **shared,
        ),
        _claim.claim(
            "fatigue.false_alarms",
            pooled["false_positive_rate"],
            "≤ 0.05",
            pooled["false_positive_rate"] <= 0.05 + 2 * error,
            mc_error=error,
            alternative="log_rate",
            beside=pooled["plain_false_positive_rate"],
            **shared,
        ),
    ]
    return _claim.table(rows)
