"""Ratios of sums with their intervals: CTR, CPA, ROAS and the like, by group.

A rate of a group is sum / sum. Days are the units that vary: clicks of one day share an auction, a
weekday and a creative, so that counting each click as independent gives intervals far too narrow.
"""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.errors import BadValue, MissingColumns

MIN_UNITS = 6
LINEARISED = "ratio estimator, Taylor linearisation over days, t interval on the log"
WILSON = "Wilson score interval"
GARWOOD = "exact Poisson (Garwood) interval"


def ratio(frame, numerator, denominator, *, by=(), unit="date_day", kind="rate", level=0.95):
    """Sum of numerator over sum of denominator per group, with an interval.

    frame: one row per unit and group or finer. kind says what stands for chance where units are
    fewer than 6: "rate" (numerator counts successes among denominator counts: Wilson), "cost"
    (denominator is a count: exact Poisson of it), "yield" (numerator is a count), "value" (no
    count, so not enough). Returns the by columns, value, low, high, n (units), numerator,
    denominator, method, enough. Figures are in numerator units per denominator unit.
    Source: Cochran (1977), Sampling Techniques, ch. 6; Wilson (1927); Garwood (1936).
    """
    by = [by] if isinstance(by, str) else list(by)
    wanted = [*by, unit, numerator, denominator]
    missing = [c for c in dict.fromkeys(wanted) if c not in frame.columns]
    if missing:
        raise MissingColumns("ratios.ratio", missing, frame.columns)
    if kind not in ("rate", "cost", "yield", "value"):
        raise BadValue(f"is not one of rate, cost, yield, value: {kind}.", where="kind")
    known = frame.dropna(subset=[numerator, denominator])
    sums = list(dict.fromkeys([numerator, denominator]))
    rows = known.groupby([*by, unit], dropna=False, observed=True)[sums].sum().reset_index()
    groups = rows.groupby(by, dropna=False, observed=True, sort=True) if by else [((), rows)]
    out = []
    for key, part in groups:
        key = key if isinstance(key, tuple) else (key,)
        y = part[numerator].to_numpy(float)
        x = part[denominator].to_numpy(float)
        out.append((*key, *_one(y, x, kind, level)))
    names = [*by, "value", "low", "high", "n", "numerator", "denominator", "method", "enough"]
    return pd.DataFrame(out, columns=names)


def _one(y, x, kind, level):
    top, bottom, n = float(y.sum()), float(x.sum()), len(x)
    if bottom <= 0:
        return (np.nan, np.nan, np.nan, n, top, bottom, LINEARISED, False)
    value = top / bottom
    used = x > 0
    if used.sum() >= MIN_UNITS and top > 0:
        return (value, *_linearised(y, x, value, level), n, top, bottom, LINEARISED, True)
    if kind == "rate" and top <= bottom:
        low, high = wilson(top, bottom, level)
        return (value, low, high, n, top, bottom, WILSON, True)
    if kind == "cost":
        low, high = poisson(bottom, level)
        return (value, top / high, top / low if low > 0 else np.inf, n, top, bottom, GARWOOD, True)
    if kind == "yield":
        low, high = poisson(top, level)
        return (value, low / bottom, high / bottom, n, top, bottom, GARWOOD, True)
    return (value, np.nan, np.nan, n, top, bottom, LINEARISED, False)


def _linearised(y, x, value, level):
    """Interval of a ratio of sums; on the log, since ratios are skewed and above zero."""
    n = len(x)
    residual = y - value * x
    variance = n / (n - 1) * float(residual @ residual) / x.sum() ** 2
    spread = stats.t.ppf((1 + level) / 2, n - 1) * np.sqrt(variance) / value
    return value * np.exp(-spread), value * np.exp(spread)


def wilson(successes, trials, level=0.95):
    """Wilson score interval of a proportion: low and high, fractions (numbers or arrays).

    Source: Wilson (1927).
    """
    z = stats.norm.ppf((1 + level) / 2)
    rate = successes / trials
    centre = (rate + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z / (1 + z**2 / trials) * np.sqrt(rate * (1 - rate) / trials + (z / (2 * trials)) ** 2)
    # At 0 and 1 the bound is exactly 0 and 1; rounding must not push it past.
    low = np.where(successes == 0, 0.0, np.clip(centre - half, 0, 1))
    high = np.where(successes == trials, 1.0, np.clip(centre + half, 0, 1))
    return low[()], high[()]


def poisson(count, level=0.95):
    """Exact interval of a Poisson mean given its count: (low, high). Garwood (1936)."""
    tail = (1 - level) / 2
    low = stats.chi2.ppf(tail, 2 * count) / 2 if count > 0 else 0.0
    return float(low), float(stats.chi2.ppf(1 - tail, 2 * count + 2) / 2)


def difference(first, second, numerator, denominator, *, unit="date_day", level=0.95):
    """Relative change of a ratio between two frames, independent days: value, low, high, p_value.

    value is first / second - 1 (0.1 is +10 %). Needs 6 units on each side, else NaN.
    """
    parts = []
    for frame in (first, second):
        sums = frame.dropna(subset=[numerator, denominator])
        sums = sums.groupby(unit)[[numerator, denominator]].sum()
        y, x = sums[numerator].to_numpy(float), sums[denominator].to_numpy(float)
        n = len(x)
        if n < MIN_UNITS or x.sum() <= 0 or y.sum() <= 0:
            return {"value": np.nan, "low": np.nan, "high": np.nan, "p_value": np.nan, "n": n}
        value = y.sum() / x.sum()
        residual = y - value * x
        variance = n / (n - 1) * float(residual @ residual) / x.sum() ** 2 / value**2
        parts.append((value, variance, n))
    (a, va, na), (b, vb, nb) = parts
    # Welch-Satterthwaite degrees of freedom for the two log ratios
    total = va + vb
    freedom = total**2 / (va**2 / (na - 1) + vb**2 / (nb - 1)) if total > 0 else na + nb - 2
    log = np.log(a / b)
    spread = np.sqrt(total)
    half = stats.t.ppf((1 + level) / 2, freedom) * spread
    p = 2 * stats.t.sf(abs(log) / spread, freedom) if spread > 0 else float(log == 0)
    return {
        "value": a / b - 1,
        "low": float(np.exp(log - half) - 1),
        "high": float(np.exp(log + half) - 1),
        "p_value": float(p),
        "n": na + nb,
    }
