"""When an answer is due and how long it took, by the working hours of the desk."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opsbook.errors import BadValue

_DAY = 24 * 60


@dataclass(frozen=True)
class Hours:
    """Working hours: start and end in minutes after midnight, days (0 Monday).

    closed and opened: days (datetime64[D]) that are off or on whatever their weekday, such as
    holidays and the adjusted working days that pay for them.
    """

    start: int
    end: int
    days: tuple
    closed: tuple = ()
    opened: tuple = ()


def hours(start="09:00", end="18:00", days=(0, 1, 2, 3, 4), *, closed=(), opened=()):
    """Working hours out of written times; BadValue names what is wrong.

    start, end: "HH:MM", end later than start ("24:00" is midnight). days: weekdays, 0 Monday.
    closed, opened: dates that are off or on in spite of their weekday; opened wins.
    """
    first, last = _minutes(start, "start"), _minutes(end, "end")
    if last <= first:
        raise BadValue(
            f"end {end} is not after start {start}.",
            where="working_hours",
            remedy="Write two times of one day, such as 09:00 and 18:00.",
        )
    wanted = tuple(sorted({int(d) for d in days}))
    if not wanted or wanted[0] < 0 or wanted[-1] > 6:
        raise BadValue(
            f"days are {list(days)}, expected some of 0 (Monday) to 6.", where="working_hours"
        )
    return Hours(first, last, wanted, _dates(closed), _dates(opened))


def working_minutes(start, end, open_hours):
    """Minutes of working time between two moments, 0 where end is before start.

    start, end: Series or arrays of local wall-clock times. Returns a float array, NaN where
    either is missing.
    """
    first, last = _times(start), _times(end)
    known = ~(np.isnat(first) | np.isnat(last))
    out = np.full(len(first), np.nan)
    if known.any():
        calendar = _Calendar(open_hours, first[known], last[known])
        spent = calendar.worked(last[known]) - calendar.worked(first[known])
        out[known] = np.maximum(spent, 0.0)
    return out


def due_at(start, minutes, open_hours):
    """When `minutes` of working time have passed since each start: datetime64[us] array.

    A message that comes in outside working hours starts its clock at the next opening. Time that
    runs out exactly at closing is due at closing.
    """
    if not np.isfinite(minutes) or minutes < 0:
        raise BadValue(f"is {minutes}, expected 0 or more.", where="minutes")
    begun = _times(start)
    out = np.full(len(begun), np.datetime64("NaT"), dtype="datetime64[us]")
    known = ~np.isnat(begun)
    if minutes == 0:
        return begun
    if known.any():
        calendar = _Calendar(open_hours, begun[known], begun[known], ahead=minutes)
        out[known] = calendar.moment(calendar.worked(begun[known]) + minutes, begun[known])
    return out


def response_minutes(asked, answered, open_hours):
    """How long an answer took: working minutes, by the wall clock where no working time passed.

    So an answer given before the desk opens counts with the time the person truly waited.
    """
    worked = working_minutes(asked, answered, open_hours)
    wall = (_times(answered) - _times(asked)).astype("timedelta64[us]").astype(float) / 6e7
    wall[np.isnan(worked)] = np.nan
    return np.where(worked > 0, worked, np.maximum(wall, 0.0))


class _Calendar:
    """Days around the moments: which are open, and working minutes before each."""

    def __init__(self, open_hours, first, last, ahead=0.0):
        self.hours = open_hours
        length = open_hours.end - open_hours.start
        # enough days for what lies ahead, closed days and a week without any included
        spare = int(np.ceil(ahead / length)) * 7 + len(open_hours.closed) + 14
        start = first.min().astype("datetime64[D]")
        stop = last.max().astype("datetime64[D]") + np.timedelta64(spare, "D")
        self.days = np.arange(start, stop + 1)
        weekday = (self.days.astype(int) + 3) % 7  # 1970-01-01 was a Thursday
        is_open = np.isin(weekday, open_hours.days)
        is_open &= ~np.isin(self.days, np.array(open_hours.closed, "datetime64[D]"))
        is_open |= np.isin(self.days, np.array(open_hours.opened, "datetime64[D]"))
        self.is_open, self.length = is_open, length
        self.before = np.r_[0, np.cumsum(is_open)[:-1]] * float(length)

    def worked(self, times):
        """Working minutes from the first day to each time."""
        place = (times.astype("datetime64[D]") - self.days[0]).astype(int)
        clock = (times - times.astype("datetime64[D]")).astype("timedelta64[us]").astype(float)
        inside = np.clip(clock / 6e7 - self.hours.start, 0, self.length)
        return self.before[place] + np.where(self.is_open[place], inside, 0.0)

    def moment(self, worked, begun):
        """The first moment at which so many working minutes have passed."""
        opened = np.flatnonzero(self.is_open)
        # the last open day that begins with less than the target behind it
        place = np.searchsorted(self.before[opened], worked, side="left") - 1
        place = opened[np.clip(place, 0, len(opened) - 1)]
        minute = self.hours.start + worked - self.before[place]
        moment = self.days[place].astype("datetime64[us]") + np.round(minute * 6e7).astype(
            "timedelta64[us]"
        )
        return np.maximum(moment, begun)


def _minutes(text, where):
    try:
        hour, minute = (int(part) for part in str(text).split(":"))
    except ValueError:
        hour, minute = -1, 0
    value = hour * 60 + minute
    if hour < 0 or not 0 <= minute < 60 or value > _DAY:
        raise BadValue(f"{text} is not a time of day.", where=where, remedy="Write it as 09:00.")
    return value


def _dates(values):
    return tuple(pd.to_datetime(pd.Series(list(values), dtype="object")).to_numpy("datetime64[D]"))


def _times(values):
    return pd.to_datetime(pd.Series(values).reset_index(drop=True)).to_numpy("datetime64[us]")
