"""Series on a regular calendar: checks, gaps, and the seasons that such a calendar has."""

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from opsbook.errors import BadValue

_DAY = pd.Timedelta(days=1)
# Step in days -> (name, period in steps, harmonics).
_SEASONS = {
    "hour": (("day", 24, 4), ("week", 168, 3)),
    "day": (("week", 7, 3), ("year", 365.25, 2)),
    "week": (("year", 52.1786, 2),),
    "month": (("year", 12, 3),),
    "quarter": (("year", 4, 1),),
}
_ROUNDS_NEEDED = 1.5


def regular(series, name, where):
    """`series` as floats on a sorted, gap-free index; a missing period becomes NaN.

    Raises BadValue where it is no Series, the index holds no dates, a date comes twice, dates are
    not evenly spaced, or values are not finite numbers.
    """
    if not isinstance(series, pd.Series) or not isinstance(series.index, pd.DatetimeIndex):
        found = type(getattr(series, "index", series)).__name__
        raise BadValue(
            f"{name} must be a Series on a DatetimeIndex, found {found}.",
            where=where,
            remedy="Set the date column as index with pd.to_datetime.",
        )
    if series.index.hasnans or series.index.has_duplicates:
        raise BadValue(
            f"{name} must have one value per date, found a date twice or missing.",
            where=where,
            remedy="Sum the rows of a date first.",
        )
    try:
        series = series.astype(float).sort_index()
    except (TypeError, ValueError) as problem:
        raise BadValue(
            f"{name} must be numbers ({problem}).", where=where, remedy="Convert the column."
        ) from problem
    if np.isinf(series.to_numpy()).any():
        raise BadValue(
            f"{name} must be finite, found an infinite value on "
            f"{series.index[np.isinf(series.to_numpy()).argmax()]}.",
            where=where,
            remedy="Correct this value or leave it missing.",
        )
    return series.reindex(_calendar(series.index, name, where))


def _calendar(index, name, where):
    if len(index) < 3:
        return index
    step = _step(index)
    if step is None:
        gaps = np.diff(index.to_numpy())
        raise BadValue(
            f"{name} must lie on evenly spaced dates, found steps of {pd.Timedelta(gaps.min())} "
            f"and {pd.Timedelta(gaps.max())}.",
            where=where,
            remedy="Resample to days, for instance with .resample('D').sum().",
        )
    return pd.date_range(index[0], index[-1], freq=step)


def _step(index):
    """The spacing of sorted dates as a frequency, gaps allowed; None where there is none."""
    if index.freq is not None:
        return index.freq
    # Days are counted on the wall clock, where a change of the clocks does not show.
    gaps = np.diff(index.tz_localize(None).to_numpy())
    if index.tz is not None and gaps.min() < _DAY.to_timedelta64():
        gaps = np.diff(index.tz_convert("UTC").tz_localize(None).to_numpy())
    step = gaps.min()
    if (gaps % step == np.timedelta64(0)).all():
        step = pd.Timedelta(step)
        whole = step % _DAY == pd.Timedelta(0)
        return pd.offsets.Day(step // _DAY) if whole else to_offset(step)
    months = np.gcd.reduce(np.diff(np.asarray(index.year * 12 + index.month)))
    if index.is_month_start.all() and months:
        return to_offset(f"{months}MS")
    if index.is_month_end.all() and months:
        return to_offset(f"{months}ME")
    return None


def window_of(index, start, end, where):
    """Positions of the first and last date of the campaign; BadValue where they do not fit."""
    try:
        start, end = pd.Timestamp(start), pd.Timestamp(end)
    except (TypeError, ValueError) as problem:
        raise BadValue(
            f"start and end must be dates ({problem}).", where=where, remedy="Use 2026-11-14."
        ) from problem
    if index.tz is not None:
        start, end = (d if d.tzinfo else d.tz_localize(index.tz) for d in (start, end))
    if pd.isna(start) or pd.isna(end) or start > end:
        raise BadValue(
            f"start must not lie after end, found {start} and {end}.",
            where=where,
            remedy="Swap or correct the dates.",
        )
    inside = np.flatnonzero((index >= start) & (index <= end))
    if not len(inside) or start < index[0] or end > index[-1] + (index[-1] - index[-2]):
        covers = f"{index[0]} to {index[-1]}" if len(index) else "no dates"
        raise BadValue(
            f"the window {start} to {end} lies outside the data, which cover {covers}.",
            where=where,
            remedy="Give a window inside the data.",
        )
    return int(inside[0]), int(inside[-1])


def step_name(index):
    """What one step of the index is: hour, day, week, month, quarter, or "" for anything else."""
    if len(index) < 2:
        return ""
    days = float(np.median(np.diff(index.to_numpy()) / _DAY.to_timedelta64()))
    for name, low, high in (
        ("hour", 0.99 / 24, 1.01 / 24),
        ("day", 0.99, 1.01),
        ("week", 6.99, 7.01),
        ("month", 28, 31),
        ("quarter", 89, 93),
    ):
        if low <= days <= high:
            return name
    return ""


def extend(index, periods):
    """The `periods` dates that follow the index."""
    return pd.date_range(index[-1], periods=periods + 1, freq=_step(index))[1:]


def main_season(index):
    """Steps in the shortest season of this calendar; 1 where there is none."""
    seasons = _SEASONS.get(step_name(index), ())
    return round(seasons[0][1]) if seasons else 1


def season_columns(index, length, known):
    """Cosines and sines per season that the first `known` steps show often enough.

    Gives dict name -> (length, columns) array.
    """
    out = {}
    steps = np.arange(length)
    for name, period, harmonics in _SEASONS.get(step_name(index), ()):
        if known < _ROUNDS_NEEDED * period:
            continue
        columns = []
        for k in range(1, harmonics + 1):
            angle = 2 * np.pi * k * steps / period
            columns.append(np.cos(angle))
            if 2 * k < period:
                columns.append(np.sin(angle))
        out[name] = np.column_stack(columns)
    return out


def design_columns(index, known, extra=()):
    """Intercept, trend, seasons and `extra` blocks as columns, with the blocks' positions.

    extra: pairs of name and (length, columns) array.
    """
    length = len(index)
    parts = [np.ones((length, 1))]
    blocks, width = {}, 1
    steps = (np.arange(length) - known / 2) / max(known, 1)
    named = {"trend": steps[:, None], **season_columns(index, length, known), **dict(extra)}
    for name, columns in named.items():
        parts.append(columns)
        blocks[name] = tuple(range(width, width + columns.shape[1]))
        width += columns.shape[1]
    return np.hstack(parts), blocks
