"""Partial pooling of many noisy figures toward their common mean."""

import numpy as np
import pandas as pd

from opsbook.errors import BadValue

_ROUNDS = 500


def shrink(estimates, variances):
    """Parametric empirical-Bayes estimates: each figure moved toward the weighted mean.

    estimates: Series or sequence, any unit. variances: sampling variance of each, in the unit
    squared; one number stands for all. Gives a Series on the estimates' index; missing estimates
    stay missing. Fewer than four figures cannot say how much to pool and come back unchanged. With
    equal variances this is the James-Stein estimator of Efron and Morris (positive part, toward
    the mean).

    Raises BadValue for a variance that is not positive. Source: Morris (1983), Parametric
    empirical Bayes inference, Journal of the American Statistical Association 78, section 5.
    """
    series = _numbers(estimates, "estimates")
    spread = _variances(variances, series)
    known = series.notna() & spread.notna()
    y, v = series[known].to_numpy(), spread[known].to_numpy()
    if (v <= 0).any() or not np.isfinite(v).all() or not np.isfinite(y).all():
        raise BadValue(
            "variances hold a value that is zero, negative or infinite (or estimates an infinite "
            "one), expected finite figures with variances above 0.",
            where="shrink",
            remedy="Leave figures without sampling error out.",
        )
    k = len(y)
    if k < 4:
        return series.copy()
    between = _between_variance(y, v)
    weight = 1 / (v + between)
    centre = weight @ y / weight.sum()
    share = (k - 3) / (k - 1) * v / (v + between)
    pooled = series.copy()
    pooled[known] = centre + (1 - share) * (y - centre)
    return pooled


def _between_variance(y, v):
    """Variance between the true figures, by Morris's iteration; zero where noise explains all."""
    k = len(y)
    between = max(np.var(y, ddof=1) - v.mean(), 0.0)
    for _ in range(_ROUNDS):
        weight = 1 / (v + between)
        centre = weight @ y / weight.sum()
        found = weight @ (k / (k - 1) * (y - centre) ** 2 - v) / weight.sum()
        found = max(found, 0.0)
        if abs(found - between) <= 1e-12 * (v.mean() + between):
            return found
        between = found
    return between


def _numbers(values, name):
    try:
        series = pd.Series(values).astype(float)
    except (TypeError, ValueError) as error:
        raise BadValue(f"{name} are not numbers: {error}.", where="shrink") from error
    return series.rename(None)


def _variances(variances, series):
    if np.ndim(variances) == 0:
        return _numbers(np.full(len(series), variances), "variances").set_axis(series.index)
    spread = _numbers(variances, "variances")
    if len(spread) != len(series):
        raise BadValue(
            f"{len(series)} estimates but {len(spread)} variances.",
            where="shrink",
            remedy="Pass one variance per estimate, or one number for all.",
        )
    if isinstance(variances, pd.Series) and not spread.index.equals(series.index):
        if spread.index.has_duplicates or not series.index.isin(spread.index).all():
            raise BadValue(
                "estimates and variances have different indexes.",
                where="shrink",
                remedy="Give both the same labels.",
            )
        return spread.reindex(series.index)
    return spread.set_axis(series.index)
