"""Counts before and after a change, against counts that the change did not touch."""

from dataclasses import dataclass
from math import isinf, nan

from opsbook.errors import BadValue

METHOD = "ratio of Poisson rate ratios, exact conditional"
_LEAST = 5


@dataclass(frozen=True)
class Change:
    """value, low, high: relative change (-0.5 is half); p_value two-sided; n: all counts."""

    value: float
    low: float
    high: float
    p_value: float
    n: int
    enough: bool


def rate_ratio(before, after, control_before, control_after, level=0.95):
    """How the counts changed beyond how the controls did, over spans of equal length.

    Given all four Poisson counts, `after` given the margins is hypergeometric; its odds ratio is
    the ratio of rate ratios. Not enough with fewer than 5 before or fewer than 5 controls on
    either side. BadValue for a negative count.
    Source: Cornfield (1956); Przyborowski and Wilenski (1940).
    """
    counts = (before, after, control_before, control_after)
    if min(counts) < 0:
        raise BadValue(
            f"counts must be 0 or more, found {counts}.", where="before_after.rate_ratio"
        )
    n = int(sum(counts))
    if before < _LEAST or control_before < _LEAST or control_after < _LEAST:
        return Change(nan, nan, nan, nan, n, False)
    from scipy.stats import fisher_exact
    from scipy.stats.contingency import odds_ratio

    table = [[int(after), int(before)], [int(control_after), int(control_before)]]
    found = odds_ratio(table, kind="conditional")
    span = found.confidence_interval(level)
    high = nan if isinf(span.high) else span.high - 1
    return Change(found.statistic - 1, span.low - 1, high, float(fisher_exact(table)[1]), n, True)
