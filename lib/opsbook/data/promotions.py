"""Periods laid over each other by promotion: 618 on 618, 11.11 on 11.11, new year on new year.

The calendar moves: lunar new year by weeks, sales start earlier each year. A plain year-on-year
figure then compares a sale with ordinary days.
"""

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from opsbook import config
from opsbook.data.periods import Period
from opsbook.errors import ConfigError


@dataclass(frozen=True)
class Promotion:
    """One occurrence of a promotion: key, name by language, its anchor day, first and last day."""

    key: str
    name: dict
    anchor: dt.date
    start: dt.date
    end: dt.date


@dataclass(frozen=True)
class Aligned:
    """A period laid over an earlier occurrence: the promotion, both anchors, the earlier period."""

    promotion: Promotion
    anchor_before: dt.date
    period: Period


def occurrences(first, last, events=None):
    """Promotions whose days touch first to last, by anchor.

    events: rows of industry_events (event_name, kind, start_date, end_date); a row that names the
    promotion within 60 days of its anchor sets its first and last day.
    """
    found = []
    for key, about in config.reference("promotions.toml").items():
        for anchor in _anchors(key, about, first.year - 1, last.year + 1):
            start = anchor - dt.timedelta(days=int(about["before"]))
            end = anchor + dt.timedelta(days=int(about["after"]))
            stated = _stated(events, about, anchor)
            if stated is not None:
                start, end = min(stated[0], anchor), max(stated[1], anchor)
            if start <= last and end >= first:
                found.append(Promotion(key, about["name"], anchor, start, end))
    return sorted(found, key=lambda p: (p.anchor, p.key))


def aligned(period, events=None):
    """The period a year earlier, moved so that its promotion falls on the same days.

    None where the period touches no promotion: plain year-on-year is then the fair comparison.
    Touching several, the one whose anchor lies nearest to the period's middle counts.
    """
    near = occurrences(period.start, period.end, events)
    if not near:
        return None
    middle = period.start + (period.end - period.start) / 2
    chosen = min(near, key=lambda p: abs((p.anchor - middle).days))
    about = config.reference("promotions.toml")[chosen.key]
    year = chosen.anchor.year
    earlier = [a for a in _anchors(chosen.key, about, year - 1, year) if a < chosen.anchor]
    if not earlier:
        return None
    before = max(earlier)
    start = before + (period.start - chosen.anchor)
    end = before + (period.end - chosen.anchor)
    return Aligned(chosen, before, Period(f"{start}/{end}", start, end))


def _anchors(key, about, first_year, last_year):
    try:
        if "month_day" in about:
            return [
                dt.date.fromisoformat(f"{year}-{about['month_day']}")
                for year in range(first_year, last_year + 1)
            ]
        days = [dt.date.fromisoformat(str(text)) for text in about["dates"]]
    except (KeyError, ValueError) as error:
        raise ConfigError(
            "promotions.toml",
            key,
            f"has no readable dates: {error}.",
            remedy="Give month_day = 'MM-DD' or dates = ['YYYY-MM-DD', ...].",
        ) from None
    return [day for day in days if first_year <= day.year <= last_year]


def _stated(events, about, anchor):
    """First and last day that the brand's own list of events states, or None."""
    if events is None or len(events) == 0:
        return None
    names = events["event_name"].astype(str).str.lower()
    named = pd.Series(False, index=events.index)
    for word in about.get("words", []):
        named |= names.str.contains(str(word).lower(), regex=False)
    starts = pd.to_datetime(events["start_date"])
    ends = pd.to_datetime(events["end_date"]).fillna(starts)
    close = (starts - pd.Timestamp(anchor)).abs().dt.days <= 60
    hit = events.index[named & close & (events["kind"] == about["kind"])]
    if len(hit) == 0:
        return None
    return starts[hit].min().date(), ends[hit].max().date()
