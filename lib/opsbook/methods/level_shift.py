"""Lasting steps of a series: when a level changed for good, and by how much."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.errors import BadValue

COLUMNS = ["date", "relative", "low", "high", "statistic", "n"]
# Andrews (1993), table I: 1 % critical value of sup-Wald, one parameter, 15 % trimmed each side
CRITICAL = 12.16
TRIM = 0.15


def steps(series, *, least=12, most=3, level=0.95):
    """Steps of a positive series, strongest first, by binary segmentation.

    series: on a regular DatetimeIndex (weeks suit), above zero; missing points are left out. Each
    row: date (first point of the new level), relative (0.1 is 10 % up), low, high, statistic (sup-Wald,
    allowing for lag-one autocorrelation), n (points). Fewer than `least` points on a segment: none is looked for.
    A step is reported where the statistic exceeds its 1 % critical value.
    Source: Andrews (1993), Econometrica 61(4); Bai (1997), Econometric Theory 13(3).
    """
    if not isinstance(series.index, pd.DatetimeIndex):
        raise BadValue(
            f"needs a DatetimeIndex, found {type(series.index).__name__}.",
            where="level_shift.steps",
            remedy="Set the days or weeks as the index.",
        )
    known = series.dropna().sort_index()
    known = known[known > 0]
    log = np.log(known.to_numpy(float))
    found, waiting = [], [(0, len(log))]
    while waiting and len(found) < most:
        first, last = waiting.pop(0)
        hit = _strongest(log[first:last], least)
        if hit is None:
            continue
        place, statistic = first + hit[0], hit[1]
        found.append((place, statistic, first, last))
        waiting += [(first, place), (place, last)]
    # each step between its neighbours, so that one step does not blur another
    places = sorted(p for p, *_ in found)
    rows = []
    for place, statistic, *_ in found:
        left = max([0, *[p for p in places if p < place]])
        right = min([len(log), *[p for p in places if p > place]])
        change, spread, freedom = _change(log[left:right], place - left)
        reach = stats.t.ppf((1 + level) / 2, freedom) * spread
        rows.append(
            (
                known.index[place],
                np.expm1(change),
                np.expm1(change - reach),
                np.expm1(change + reach),
                statistic,
                right - left,
            )
        )
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["date"] = pd.to_datetime(frame["date"])
    return frame.sort_values("statistic", ascending=False, ignore_index=True)


def _strongest(log, least):
    """Place and statistic of the strongest step of a segment, or None below the critical value."""
    n = len(log)
    edge = max(int(np.ceil(TRIM * n)), 4)
    if n < least or n - 2 * edge < 1:
        return None
    places = np.arange(edge, n - edge + 1)
    sums = np.concatenate([[0.0], np.cumsum(log)])
    left = sums[places] / places
    right = (sums[n] - sums[places]) / (n - places)
    between = (right - left) ** 2 * places * (n - places) / n
    best = int(np.argmax(between))
    change, spread, _ = _change(log, int(places[best]))
    statistic = (change / spread) ** 2 if spread > 0 else np.inf
    return (int(places[best]), float(statistic)) if statistic > CRITICAL else None


def _change(log, place):
    """Difference of the two means, its standard error under AR(1) errors, degrees of freedom."""
    parts = log[:place], log[place:]
    residual = np.concatenate([p - p.mean() for p in parts])
    freedom = max(len(log) - 2, 1)
    variance = float(residual @ residual) / freedom
    lag = float(residual[1:] @ residual[:-1]) / max(float(residual @ residual), 1e-12)
    inflate = (1 + max(lag, 0)) / (1 - min(max(lag, 0), 0.9))
    spread = np.sqrt(variance * inflate * (1 / len(parts[0]) + 1 / len(parts[1])))
    return parts[1].mean() - parts[0].mean(), max(spread, 1e-9), freedom
