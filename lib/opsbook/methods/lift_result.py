"""The result that every lift method hands over, and how it follows from a placebo-scaled score."""

from dataclasses import dataclass
from math import isfinite, nan

import numpy as np
import pandas as pd
from scipy.stats import t as student

from opsbook.estimate import Estimate

DAILY = ["date", "observed", "expected", "low", "high"]
PLACEBO = ["kind", "name", "value", "p_value"]


@dataclass(frozen=True)
class Lift:
    """What a campaign added over its window.

    total: summed over the window; mean: per period; relative: total / expected. All Estimate.
    p_value: two-sided, against no effect. daily: date, observed, expected, low, high.
    placebo: kind (time, space), name, value (total), p_value: windows and units without campaign.
    weights: Series by unit (synthetic control, difference-in-differences), else None.
    """

    total: Estimate
    mean: Estimate
    relative: Estimate
    p_value: float
    daily: pd.DataFrame
    method: str
    placebo: pd.DataFrame
    weights: pd.Series | None = None


@dataclass(frozen=True)
class Scale:
    """How much wider or narrower than the model says placebo errors are, and from how many.

    The squared scores of placebo windows are pooled with `prior` imagined windows on which the
    model is right, so that a few windows cannot tell more than they know.
    """

    factor: float
    freedom: float

    def critical(self, level):
        """The score that bounds a two-sided interval."""
        return self.factor * student.ppf((1 + level) / 2, self.freedom)

    def p_value(self, score):
        """Two-sided p-value of a score."""
        return float(2 * student.sf(abs(score) / self.factor, self.freedom))


def scale_of(scores, *, prior, most=4.0):
    """Scale from the normal scores of placebo windows; one wild window counts as `most`."""
    scores = np.clip(np.asarray(scores, dtype=float), -most, most)
    freedom = prior + len(scores)
    return Scale(float(np.sqrt((prior + (scores**2).sum()) / freedom)), freedom)


def estimates(total, low, high, observed, periods, n, method, level):
    """`total`, `mean` and `relative` from an interval of the total.

    Relative is total / (observed - total), which rises with the total: its bounds are the bounds'.
    """
    total, low, high = float(total), float(low), float(high)
    whole = Estimate(total, low, high, n, method, True, level)
    mean = Estimate(total / periods, low / periods, high / periods, n, method, True, level)
    if observed - high <= 0 or not isfinite(total):
        return whole, mean, Estimate.not_enough(n, method, level=level)
    ratio = [value / (observed - value) for value in (total, low, high)]
    return whole, mean, Estimate(*ratio, n, method, True, level)


def not_enough(dates, observed, n, method, level, weights=None):
    """The result where data are too few: observed is shown, nothing is claimed."""
    none = Estimate.not_enough(n, method, level=level)
    daily = pd.DataFrame(
        {"date": dates, "observed": observed, "expected": nan, "low": nan, "high": nan}
    )
    return Lift(none, none, none, nan, daily, method, placebo_frame([]), weights)


def placebo_frame(rows):
    """Rows of kind, name, value, p_value as a frame with these columns, also where empty."""
    frame = pd.DataFrame(rows, columns=PLACEBO)
    return frame.astype({"kind": str, "name": str, "value": float, "p_value": float})
