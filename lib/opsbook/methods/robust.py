"""Robust distance from what is usual: median and median absolute deviation."""

import numpy as np
import pandas as pd

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
