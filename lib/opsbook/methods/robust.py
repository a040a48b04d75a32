"""What outliers do not move: distance from the usual by median and MAD, a median's interval."""

import numpy as np
import pandas as pd
from scipy import stats

# makes the median absolute deviation of a normal sample its standard deviation
SCALE = 1.4826


def z(value, before, *, floor=0.0):
    """(value - median) / (1.4826 MAD) of the earlier values; the spread is at least `floor`.

    NaN where there are no earlier values or no spread. Iglewicz and Hoaglin (1993) call |z| above
    3.5 an outlier.
    """
    before = np.asarray(before, dtype=float)
    if not len(before):
        return np.nan
    middle = np.median(before)
    spread = max(SCALE * float(np.median(np.abs(before - middle))), floor)
    return (float(value) - middle) / spread if spread > 0 else np.nan


def earlier_z(series, *, least=8, floor=0.0):
    """z() of each value against all before it in a Series; NaN for the first `least`."""
    values = series.to_numpy(float)
    out = [z(v, values[:i], floor=floor) if i >= least else np.nan for i, v in enumerate(values)]
    return pd.Series(out, index=series.index)


def median_interval(values, level=0.95):
    """Distribution-free interval of a median from order statistics: (low, high).

    NaN below 8 values. Source: Conover (1999), Practical Nonparametric Statistics, 3.2.
    """
    values = np.sort(pd.Series(values).dropna().to_numpy(float))
    if len(values) < 8:
        return np.nan, np.nan
    place = max(int(stats.binom.ppf((1 - level) / 2, len(values), 0.5)) - 1, 0)
    return float(values[place]), float(values[len(values) - 1 - place])
