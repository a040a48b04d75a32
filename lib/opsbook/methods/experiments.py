"""A/B tests: rates and means, fixed or read at any time, several arms, sample ratio, size.

Tests for a fixed size are those of statsmodels and scipy; the always-valid reading is `looks`.
"""

from dataclasses import dataclass
from math import ceil, inf, isfinite

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from opsbook.errors import BadValue
from opsbook.methods.looks import always_valid, error_of_looks, obrien_fleming

__all__ = [
    "SampleRatio",
    "adjust",
    "compare_means",
    "compare_rates",
    "cuped",
    "duration",
    "error_of_looks",
    "obrien_fleming",
    "power_of_rates",
    "sample_ratio",
    "sample_size",
    "sequential_p_value",
]

MISMATCH = 0.001
_METHODS = ("fixed", "sequential")


@dataclass(frozen=True)
class SampleRatio:
    """Whether visitors were split as planned: chi-square statistic, its p-value, the verdict.

    mismatch: p_value under 0.001; the test's effect must then not be read. enough: at least 5
    visitors expected in every arm.
    """

    statistic: float
    p_value: float
    mismatch: bool
    n: int
    enough: bool = True


@dataclass(frozen=True)
class Cuped:
    """Outcomes freed of what a covariate from before the test explains.

    values: list of adjusted arrays. theta: pooled slope. correlation: of outcome and covariate.
    variance_ratio: adjusted to raw variance, 1 - correlation squared.
    """

    values: list
    theta: float
    correlation: float
    variance_ratio: float


def compare_rates(successes, trials, level=0.95, method="fixed"):
    """Compare each arm's rate with the first arm's.

    successes, trials: counts per arm, the first is the control. method: "fixed" for one reading at
    the planned end (Newcombe's hybrid score interval, pooled two-sided z test), "sequential" for
    readings at any time (interval and p-value hold however often one looks).

    One row per arm: arm, n, rate, effect (difference of rates), relative (effect / control's
    rate), low, high (of effect, at `level`, unadjusted), p_value, p_adjusted (Holm over the arms).
    The control's row has effect 0. An arm without trials has NaN figures.

    Raises BadValue. Sources: Newcombe (1998), Statistics in Medicine 17, method 10;
    `looks.always_valid`.
    """
    s, n = _counts(successes, "successes"), _counts(trials, "trials")
    _check(level, method)
    if len(s) != len(n) or len(s) < 2:
        raise BadValue(
            f"{len(s)} successes and {len(n)} trials, expected one of each for two arms or more.",
            where="compare_rates",
        )
    if (s > n).any():
        arm = int(np.argmax(s > n))
        raise BadValue(
            f"arm {arm} has {s[arm]:g} successes in {n[arm]:g} trials.",
            where="compare_rates",
            remedy="Successes cannot exceed trials: check which column is which.",
        )
    rows = []
    for arm in range(len(n)):
        rate = s[arm] / n[arm] if n[arm] else np.nan
        if arm == 0:
            rows.append((arm, int(n[0]), rate, 0.0, 0.0, np.nan, np.nan, np.nan))
            continue
        base = s[0] / n[0] if n[0] else np.nan
        effect = rate - base
        low = high = p_value = np.nan
        if n[0] and n[arm]:
            reading = _fixed_rates if method == "fixed" else _sequential_rates
            low, high, p_value = reading(s[arm], n[arm], s[0], n[0], level)
        rows.append((arm, int(n[arm]), rate, effect, _over(effect, base), low, high, p_value))
    return _table(rows, "rate")


def compare_means(values, level=0.95, covariate=None, method="fixed"):
    """Compare each arm's mean with the first arm's.

    values: list of arrays, one per arm, the first is the control; missing values are left out.
    covariate: list of arrays of the same lengths, measured before the test: outcomes are then
    adjusted by CUPED with the slope pooled over all arms. method: "fixed" (Welch) or "sequential"
    (holds however often one looks).

    One row per arm: arm, n, mean, effect (difference), relative, low, high, p_value, p_adjusted
    (Holm). The control's row has effect 0. An arm of fewer than two values has NaN figures.

    Raises BadValue. Sources: Welch (1947); Deng, Xu, Kohavi and Walker (2013) for CUPED.
    """
    _check(level, method)
    arms, before = _arms(values, covariate)
    if before is not None:
        arms = _adjusted(arms, before).values
    rows = []
    for arm, y in enumerate(arms):
        mean = float(y.mean()) if len(y) else np.nan
        if arm == 0:
            rows.append((arm, len(y), mean, 0.0, 0.0, np.nan, np.nan, np.nan))
            continue
        base = float(arms[0].mean()) if len(arms[0]) else np.nan
        effect, low, high, p_value = mean - base, np.nan, np.nan, np.nan
        if len(y) > 1 and len(arms[0]) > 1:
            reading = _welch if method == "fixed" else _sequential_means
            low, high, p_value = reading(y, arms[0], level)
        rows.append((arm, len(y), mean, effect, _over(effect, base), low, high, p_value))
    return _table(rows, "mean")


def cuped(values, covariate):
    """CUPED by itself: the adjusted arms, the pooled slope and how much variance is left.

    Arguments as for `compare_means`. Raises BadValue.
    """
    arms, before = _arms(values, covariate)
    return _adjusted(arms, before)


def sample_ratio(counts, expected=None):
    """Were visitors split as planned? Chi-square test of the counts per arm.

    counts: visitors per arm. expected: planned shares or weights, equal when None. Raises BadValue.
    Source: Fabijan et al. (2019), Diagnosing sample ratio mismatch.
    """
    seen = _counts(counts, "counts")
    planned = np.ones(len(seen)) if expected is None else np.asarray(expected, dtype=float)
    if len(seen) < 2 or len(planned) != len(seen) or not (planned > 0).all():
        raise BadValue(
            f"{len(seen)} counts and {len(planned)} planned shares, expected two or more arms and "
            "a positive share for each.",
            where="sample_ratio",
        )
    hoped = planned / planned.sum() * seen.sum()
    if (hoped < 5).any():
        return SampleRatio(np.nan, np.nan, False, int(seen.sum()), False)
    found = stats.chisquare(seen, hoped)
    p_value = float(found.pvalue)
    return SampleRatio(float(found.statistic), p_value, p_value < MISMATCH, int(seen.sum()))


def sample_size(baseline, effect, power=0.8, level=0.95):
    """Visitors per arm to see a difference of rates: two-sided, unpooled normal formula, rounded up.

    baseline: the control's rate. effect: absolute difference, of either sign. Raises BadValue.
    Source: Fleiss, Levin and Paik (2003), chapter 4, without continuity correction.
    """
    other = baseline + effect
    if not (0 < baseline < 1 and 0 < other < 1) or effect == 0:
        raise BadValue(
            f"baseline is {baseline!r} and effect {effect!r}, expected rates between 0 and 1 that "
            "differ.",
            where="sample_size",
            remedy="The effect is absolute: from 4 % to 5 % is 0.01.",
        )
    for name, number in (("power", power), ("level", level)):
        if not 0 < number < 1:
            raise BadValue(f"{name} is {number!r}, expected a fraction between 0 and 1.")
    reach = stats.norm.ppf((1 + level) / 2) + stats.norm.ppf(power)
    noise = baseline * (1 - baseline) + other * (1 - other)
    return ceil(reach**2 * noise / effect**2)


def power_of_rates(baseline, effect, n, level=0.95):
    """Chance to see a difference of rates with n visitors per arm; the reverse of `sample_size`."""
    other = baseline + effect
    if not (0 < baseline < 1 and 0 < other < 1) or n <= 0 or not 0 < level < 1:
        raise BadValue(
            f"baseline {baseline!r}, effect {effect!r}, n {n!r}, level {level!r}: expected rates "
            "and a level between 0 and 1 and a positive n.",
            where="power_of_rates",
        )
    error = np.sqrt((baseline * (1 - baseline) + other * (1 - other)) / n)
    edge = stats.norm.ppf((1 + level) / 2)
    shift = abs(effect) / error
    return float(stats.norm.sf(edge - shift) + stats.norm.cdf(-edge - shift))


def duration(n_per_arm, daily_traffic, arms=2, least=7):
    """Whole days a test must run: enough visitors, and whole weeks so that every weekday counts.

    daily_traffic: visitors a day over all arms. least: shortest run in days. Raises BadValue.
    """
    if not (n_per_arm > 0 and daily_traffic > 0 and arms >= 2 and least >= 1):
        raise BadValue(
            f"n_per_arm {n_per_arm!r}, daily_traffic {daily_traffic!r}, arms {arms!r}, least "
            f"{least!r}: expected positive numbers and two arms or more.",
            where="duration",
        )
    days = max(ceil(n_per_arm * arms / daily_traffic), least)
    return ceil(days / 7) * 7


def adjust(p_values, method="holm"):
    """P-values adjusted for how many were asked, in a Series on the same index; missing stay so.

    method: "holm" (chance of any false claim) or "bh" (Benjamini-Hochberg, share of false claims).
    """
    if method not in ("holm", "bh"):
        raise BadValue(f"method is {method!r}, expected holm or bh.", where="adjust")
    series = pd.Series(p_values, dtype=float)
    known = series.notna()
    if ((series[known] < 0) | (series[known] > 1)).any():
        raise BadValue("p_values lie outside 0 to 1.", where="adjust")
    adjusted = series.copy()
    if known.any():
        given = series[known].to_numpy()
        adjusted[known] = stats.false_discovery_control(given) if method == "bh" else _holm(given)
    return adjusted


def _holm(p_values):
    # statsmodels' multipletests gives the same but collects garbage on each call: 0.1 s an arm table.
    order = np.argsort(p_values)
    steps = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted


def _fixed_rates(success, n, base_success, base_n, level):
    low, high = confint_proportions_2indep(
        success, n, base_success, base_n, method="newcomb", compare="diff", alpha=1 - level
    )
    total = success + base_success
    if total in (0, n + base_n):
        return low, high, 1.0  # both rates 0 or both 1: no difference was seen
    return low, high, proportions_ztest([success, base_success], [n, base_n])[1]


def _sequential_rates(success, n, base_success, base_n, level):
    effect, variance, size = _rate_effect(success, n, base_success, base_n)
    low, high, p_value = always_valid(effect, variance, size, level)
    return max(low, -1.0), min(high, 1.0), float(p_value)


def sequential_p_value(success, n, base_success, base_n):
    """Always-valid p-values of two rates, for arrays of looks or tests: `looks.always_valid`."""
    return always_valid(*_rate_effect(success, n, base_success, base_n), 0.95)[2]


def _rate_effect(success, n, base_success, base_n):
    # One success and one failure more in each arm (Agresti and Caffo, 2000) keep the variance
    # honest while successes are few, which is when early looks would cross by luck.
    rate, base = (success + 1) / (n + 2), (base_success + 1) / (base_n + 2)
    variance = rate * (1 - rate) / n + base * (1 - base) / base_n
    return success / n - base_success / base_n, variance, 1 / (1 / n + 1 / base_n)


def _welch(y, base, level):
    if np.ptp(y) == 0 and np.ptp(base) == 0:
        effect = y[0] - base[0]
        return effect, effect, float(effect == 0)
    found = stats.ttest_ind(y, base, equal_var=False)
    low, high = found.confidence_interval(level)
    return float(low), float(high), float(found.pvalue)


def _sequential_means(y, base, level):
    variance = y.var(ddof=1) / len(y) + base.var(ddof=1) / len(base)
    # The variance is estimated: t quantiles are wider than normal ones by about this much.
    freedom = min(len(y), len(base)) - 1
    variance *= (1 + 4 / freedom) ** 2
    size = 1 / (1 / len(y) + 1 / len(base))
    low, high, p_value = always_valid(y.mean() - base.mean(), variance, size, level)
    return float(low), float(high), float(p_value)


def _adjusted(arms, before):
    y, x = np.concatenate(arms), np.concatenate(before)
    if len(y) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Cuped(list(arms), 0.0, 0.0, 1.0)
    theta = float(np.cov(y, x)[0, 1] / x.var(ddof=1))
    correlation = float(np.corrcoef(y, x)[0, 1])
    moved = [a - theta * (b - x.mean()) for a, b in zip(arms, before, strict=True)]
    ratio = float((y - theta * (x - x.mean())).var(ddof=1) / y.var(ddof=1))
    return Cuped(moved, theta, correlation, ratio)


def _arms(values, covariate):
    arms = [np.asarray(arm, dtype=float).ravel() for arm in values]
    if len(arms) < 2:
        raise BadValue(f"{len(arms)} arm, expected a list of two or more.", where="compare_means")
    if covariate is None:
        before = None
        kept = [~np.isnan(arm) for arm in arms]
    else:
        before = [np.asarray(arm, dtype=float).ravel() for arm in covariate]
        sizes = [len(arm) for arm in arms], [len(arm) for arm in before]
        if sizes[0] != sizes[1]:
            raise BadValue(
                f"values have lengths {sizes[0]}, covariate {sizes[1]}.",
                where="compare_means",
                remedy="Pass one covariate value per outcome, in the same order.",
            )
        kept = [~np.isnan(a) & ~np.isnan(b) for a, b in zip(arms, before, strict=True)]
        before = [b[k] for b, k in zip(before, kept, strict=True)]
    arms = [a[k] for a, k in zip(arms, kept, strict=True)]
    if any(np.isinf(a).any() for a in [*arms, *(before or [])]):
        raise BadValue("values hold infinity, expected finite numbers.", where="compare_means")
    return arms, before


def _counts(values, name):
    try:
        counts = np.asarray(values, dtype=float).ravel()
    except (TypeError, ValueError) as error:
        raise BadValue(f"{name} are not numbers: {error}.", where="experiments") from error
    if not np.isfinite(counts).all() or (counts < 0).any() or (counts != np.round(counts)).any():
        raise BadValue(f"{name} hold a negative, broken or missing count.", where="experiments")
    return counts


def _check(level, method):
    if not 0 < level < 1:
        raise BadValue(f"level is {level!r}, expected a fraction between 0 and 1, such as 0.95.")
    if method not in _METHODS:
        raise BadValue(f"method is {method!r}, expected fixed or sequential.")


def _over(effect, base):
    """Relative effect; missing where the control is zero or unknown."""
    return effect / base if isfinite(base) and abs(base) not in (0, inf) else np.nan


def _table(rows, figure):
    names = ["arm", "n", figure, "effect", "relative", "low", "high", "p_value"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(p_adjusted=adjust(table["p_value"]))
