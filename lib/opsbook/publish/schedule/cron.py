"""Cron lines in a time zone: minute hour day month weekday, with * , - / and names.

Clock changes: a time that a spring change leaves out falls on the first minute after it; one that
an autumn change repeats counts once, the first time. Where day and weekday are both given, either
will do, as in every cron.
"""

import datetime as dt
from dataclasses import dataclass

from opsbook.errors import BadValue

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("weekday", 0, 7, DAYS),
)


@dataclass(frozen=True)
class Cron:
    """A parsed line; the fields are frozensets of numbers, weekday 0 is Sunday."""

    text: str
    minute: frozenset
    hour: frozenset
    day: frozenset
    month: frozenset
    weekday: frozenset
    either: bool  # day and weekday are both restricted

    def falls_on(self, day):
        """Whether a local date is one of its days."""
        if day.month not in self.month:
            return False
        by_date = day.day in self.day
        by_weekday = day.isoweekday() % 7 in self.weekday
        return by_date or by_weekday if self.either else by_date and by_weekday


def parse(text):
    """A Cron out of its line; BadValue names the field."""
    parts = str(text).split()
    if len(parts) != len(FIELDS):
        raise BadValue(
            f"{text!r} is no cron line.", where="cron", remedy='Write "0 7 * * 1": Mondays at 7:00.'
        )
    sets = [_field(part, *about) for part, about in zip(parts, FIELDS, strict=True)]
    weekday = frozenset(d % 7 for d in sets[4])
    either = not parts[2].startswith("*") and not parts[4].startswith("*")
    return Cron(str(text), *sets[:4], weekday, either)


def ticks(cron, zone, after, until):
    """Moments (aware, in the zone) with after < moment <= until, oldest first."""
    at = after.astimezone(zone).date() - dt.timedelta(days=1)
    last = until.astimezone(zone).date()
    seen = None
    while at <= last:
        if cron.falls_on(at):
            for hour in sorted(cron.hour):
                for minute in sorted(cron.minute):
                    moment = _real(dt.datetime.combine(at, dt.time(hour, minute)), zone)
                    if after < moment <= until and (seen is None or moment > seen):
                        seen = moment
                        yield moment
        at += dt.timedelta(days=1)


def last_tick(cron, zone, now, days=800):
    """The newest tick up to now, or None within so many days."""
    back = 1
    while back <= days:
        found = list(ticks(cron, zone, now - dt.timedelta(days=back), now))
        if found:
            return found[-1]
        back *= 3
    return None


def _real(naive, zone):
    """A wall-clock time as a moment; one that does not exist becomes the end of the gap."""
    moment = naive.replace(tzinfo=zone)  # fold 0: the first of a repeated time
    back = moment.astimezone(dt.UTC).astimezone(zone)
    if back.replace(tzinfo=None) == naive:
        return moment
    # In a gap: find the first minute that exists (gaps are an hour or less, but for one island).
    while True:
        naive += dt.timedelta(minutes=1)
        moment = naive.replace(tzinfo=zone)
        if moment.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) == naive:
            return moment


def _field(text, name, low, high, names):
    found = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        try:
            every = int(step) if step else 1
            if span == "*":
                first, last = low, high
            else:
                ends = [_number(end, low, names) for end in span.split("-")]
                first, last = ends[0], ends[-1] if len(ends) > 1 or not step else high
            if len(span.split("-")) > 2 or every < 1 or not low <= first <= last <= high:
                raise ValueError
        except ValueError:
            raise BadValue(
                f"{text!r} is no {name}; {low} to {high} with , - / and *.", where="cron"
            ) from None
        found.update(range(first, last + 1, every))
    return frozenset(found)


def _number(text, low, names):
    word = text.lower()
    return names.index(word) + (low if low else 0) if word in names else int(text)
