"""Alarms on counts of mentions, comments or orders at a stated rate of false alarms."""

from itertools import pairwise

import numpy as np
import pandas as pd

from opsbook.errors import BadValue
from opsbook.methods._arguments import numbers
from opsbook.methods._ordinary import Ordinary, above, smallest_above, surprise, tail_level

_WARMUP_DAYS = {1: 56, 24: 28}
_LEARNING_DAYS = 14
_MEMORY_DAYS = 400


def alarms(counts, false_alarms_per_year=12, warmup=None):
    """Hours or days whose count is out of the ordinary, at a stated rate of false alarms.

    counts: Series on a daily or hourly DatetimeIndex; missing rows and values are zero.
    false_alarms_per_year: events an ordinary year may raise; a run of alarms is one event.
    warmup: rows at the start that only teach (default 56 days of daily, 28 days of hourly rows; a
    week at least). Rows: date, count, expected, threshold, alarm (count above threshold). The
    threshold of a row stands on earlier days only; it is NaN, and no alarm, in the warm-up.

    Expectation: level and week x hour season, exponentially forgotten; negative binomial spread by
    one-step-ahead errors; tail by exponential peaks over threshold of past surprises (Pickands
    1975; Siffer et al. 2017). Counts are whole, so one fixed chance per row cannot be
    met: thresholds are rounded up or down such that the sum of chances keeps to the stated rate.
    """
    where = "bursts.alarms"
    series, slots = _regular(counts, where)
    chance = _chance_per_row(false_alarms_per_year, slots, where)
    warmup = _warmup_rows(warmup, slots, where)
    values = series.to_numpy()
    expected, threshold = np.full(len(values), np.nan), np.full(len(values), np.nan)
    surprises, ordinary, balance = [], Ordinary(slots), 0.0
    learning = min(_LEARNING_DAYS * slots, warmup)

    for rows, weekday, slot in _days(series.index, slots):
        mean = None
        if rows.start >= learning:
            mean = expected[rows] = ordinary.expect(weekday, slot)
            spread = ordinary.dispersion(mean)
            if rows.stop > warmup:
                # The first days' surprises are large because little was known; they go first.
                recent = surprises[-min(_MEMORY_DAYS, -(-6 * len(surprises) // 7)) :]
                past = np.concatenate(recent) if surprises else np.empty(0)
                nominal = np.exp(-tail_level(past, chance))
                threshold[rows], balance = _round(nominal, mean, spread, balance)
            surprises.append(surprise(values[rows], mean, spread, rows.start))
        ordinary.learn(weekday, slot, values[rows], mean)

    threshold[:warmup] = np.nan
    return pd.DataFrame(
        {
            "date": series.index,
            "count": values,
            "expected": expected,
            "threshold": threshold,
            "alarm": values > threshold,
        }
    )


def _round(nominal, mean, spread, balance):
    """Whole thresholds whose chances add up to `nominal` per row, and the balance carried on."""
    upper = smallest_above(nominal, mean, spread)
    chance_upper = above(upper, mean, spread)
    chance_lower = above(upper - 1, mean, spread)
    chosen = upper.copy()
    for i in range(len(upper)):
        if upper[i] >= 1 and abs(balance + nominal - chance_lower[i]) < abs(
            balance + nominal - chance_upper[i]
        ):
            chosen[i] = upper[i] - 1
            balance += nominal - chance_lower[i]
        else:
            balance += nominal - chance_upper[i]
    return chosen, balance


def _days(index, slots):
    """Row slice, weekday and slots of each calendar day of a regular index."""
    weekday, hour = index.day_of_week.to_numpy(), index.hour.to_numpy()
    local = index.tz_localize(None).normalize().to_numpy()
    if not len(index):
        return
    edges = np.r_[0, np.flatnonzero(local[1:] != local[:-1]) + 1, len(index)]
    for start, stop in pairwise(edges):
        rows = slice(int(start), int(stop))
        slot = hour[rows] if slots == 24 else np.zeros(stop - start, dtype=int)
        yield rows, int(weekday[start]), slot


def _chance_per_row(per_year, slots, where):
    """Chance of an alarm per row such that runs of alarms start `per_year` times a year."""
    if not isinstance(per_year, (int, float)) or not per_year > 0:
        raise BadValue(
            f"false_alarms_per_year must be above 0, found {per_year!r}.",
            where=where,
            remedy="12 is one false alarm a month.",
        )
    starts = per_year / (365.25 * slots)
    if starts > 0.2:
        raise BadValue(
            f"false_alarms_per_year is {per_year:g}, but at most {0.2 * 365.25 * slots:.0f} can be "
            "kept apart on this index.",
            where=where,
            remedy="State fewer, or use hourly counts.",
        )
    # A run starts where an alarm follows none: chance (1 - chance) = starts.
    return (1 - np.sqrt(1 - 4 * starts)) / 2


def _warmup_rows(warmup, slots, where):
    """Rows of warm-up: the default, or at least a week."""
    if warmup is None:
        return _WARMUP_DAYS[slots] * slots
    if not isinstance(warmup, (int, np.integer)) or warmup < 0:
        raise BadValue(
            f"warmup must be a number of rows from 0 on, found {warmup!r}.",
            where=where,
            remedy="Leave it out for the default.",
        )
    return max(int(warmup), 7 * slots)


def _regular(counts, where):
    """The counts on every day or hour from first to last, zero where missing; and rows per day."""
    if not isinstance(counts, pd.Series) or not isinstance(counts.index, pd.DatetimeIndex):
        raise BadValue(
            "counts must be a Series on a DatetimeIndex.",
            where=where,
            remedy="Count the events by day or hour first.",
        )
    values = numbers(counts.to_numpy(), "counts", where, low=0, allow_missing=True)
    series = pd.Series(values, index=counts.index).sort_index().fillna(0.0)
    index = series.index
    if index.hasnans or index.has_duplicates:
        raise BadValue(
            "the index has missing or repeated times.",
            where=where,
            remedy="Sum the counts by day or hour first.",
        )
    local = index.tz_localize(None)
    apart = local - local.normalize()
    if len(index) < 2 or (apart == apart[0]).all():
        step, slots = "D", 1
    elif ((index - index[0]) % pd.Timedelta(hours=1) == pd.Timedelta(0)).all():
        step, slots = "h", 24
    else:
        raise BadValue(
            "the index is neither daily nor hourly.",
            where=where,
            remedy="Resample the counts to 'D' or 'h' first.",
        )
    if len(index):
        full = pd.date_range(index[0], index[-1], freq=step)
        series = series.reindex(full, fill_value=0.0)
    return series, slots
