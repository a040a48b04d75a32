"""Periods as people write them: 2026, 2026-Q4, 2026-11, 2026-W46, 2026-11-14, A/B, latest."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from opsbook.errors import ParameterError

FORMS = "2026, 2026-Q4, 2026-11, 2026-W46, 2026-11-14, 2026-11-01/2026-11-14 or latest"


@dataclass(frozen=True)
class Period:
    """A span of local days, both ends included."""

    label: str
    start: dt.date
    end: dt.date

    @property
    def days(self):
        """Number of days."""
        return (self.end - self.start).days + 1

    @property
    def previous(self):
        """The period of the same kind just before; the same number of days where irregular."""
        before = self.start - dt.timedelta(days=1)
        for pattern, write in _KINDS:
            if pattern.fullmatch(self.label):
                return parse(write(before))
        start = self.start - dt.timedelta(days=self.days)
        return Period(f"{start}/{before}", start, before)

    @property
    def last_year(self):
        """The same period a year earlier: weeks by ISO number, the rest by date."""
        if re.fullmatch(r"\d{4}-W\d{2}", self.label):
            year, week = int(self.label[:4]) - 1, int(self.label[6:])
            return parse(f"{year}-W{min(week, _weeks(year)):02d}")
        start, end = _year_back(self.start), _year_back(self.end)
        return Period(f"{start}/{end}", start, end)

    def dates(self):
        """Every day of the period."""
        return [self.start + dt.timedelta(days=i) for i in range(self.days)]


def parse(text):
    """A Period out of one of the written forms; ParameterError names them all."""
    text = str(text).strip()
    try:
        if "/" in text:
            first, last = (parse(part) for part in text.split("/", 1))
            if last.end < first.start:
                raise ParameterError("period", f"{text} ends before it starts.")
            return Period(text, first.start, last.end)
        if re.fullmatch(r"\d{4}", text):
            return Period(text, dt.date(int(text), 1, 1), dt.date(int(text), 12, 31))
        if found := re.fullmatch(r"(\d{4})-Q([1-4])", text):
            year, quarter = int(found[1]), int(found[2])
            last = quarter * 3
            end = dt.date(year, last, calendar.monthrange(year, last)[1])
            return Period(text, dt.date(year, last - 2, 1), end)
        if found := re.fullmatch(r"(\d{4})-(\d{2})", text):
            year, month = int(found[1]), int(found[2])
            end = dt.date(year, month, calendar.monthrange(year, month)[1])
            return Period(text, dt.date(year, month, 1), end)
        if found := re.fullmatch(r"(\d{4})-W(\d{2})", text):
            start = dt.date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return Period(text, start, start + dt.timedelta(days=6))
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            day = dt.date.fromisoformat(text)
            return Period(text, day, day)
    except (ValueError, calendar.IllegalMonthError) as error:
        raise ParameterError("period", f"{text} does not exist: {error}.") from None
    raise ParameterError("period", f"{text} is not a period.", remedy=f"Write {FORMS}.")


def week_of(day):
    """The ISO week that holds a day."""
    year, week, _ = day.isocalendar()
    return parse(f"{year}-W{week:02d}")


def latest(first_day, last_day):
    """The last complete ISO week of data that run from first_day to last_day.

    Where no week is complete, the week of the last day.
    """
    week = week_of(last_day)
    if last_day < week.end and first_day <= week.previous.start:
        return week.previous
    return week


def _weeks(year):
    return dt.date(year, 12, 28).isocalendar().week


def _year_back(day):
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


_KINDS = (
    (re.compile(r"\d{4}"), lambda d: f"{d:%Y}"),
    (re.compile(r"\d{4}-Q\d"), lambda d: f"{d:%Y}-Q{(d.month + 2) // 3}"),
    (re.compile(r"\d{4}-\d{2}"), lambda d: f"{d:%Y-%m}"),
    (re.compile(r"\d{4}-W\d{2}"), lambda d: "{}-W{:02d}".format(*d.isocalendar()[:2])),
    (re.compile(r"\d{4}-\d{2}-\d{2}"), lambda d: f"{d:%Y-%m-%d}"),
)
