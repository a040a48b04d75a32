"""Cells into days and moments, in the zone the platform reports in.

`dates` gives days, `timestamps` gives UTC moments and how precise they were (second, minute, day).
A date without a year is walked back from the day of the export. Day and month in figures need
the preset's order ("mdy", "dmy") or a column that shows it; an ambiguous column is refused.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from opsbook.data.values import missing

_MONTHS = {
    "en": "january february march april may june july august september october november december",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
MONTHS = {name: i for row in _MONTHS.values() for i, name in enumerate(row.split(), 1)}
MONTHS |= {name[:3]: i for i, name in enumerate(_MONTHS["en"].split(), 1)} | {"sept": 9}

CLOCK = r"(?:[ t]+(?P<H>\d{1,2})[:时](?P<M>\d{1,2})(?:[:分](?P<S>\d{1,2})(?:\.\d+)?秒?)?分?\s*(?P<half>[ap]m)?)?"
ZONE = r"\s*(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2})?"
YMD = re.compile(
    r"^(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?"
    + CLOCK.replace("[ t]+", "[ t]*")
    + ZONE
    + "$"
)
COMPACT = re.compile(r"^(?P<y>20\d{2}|19\d{2})(?P<m>\d{2})(?P<d>\d{2})$")
FIGURES = re.compile(
    r"^(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4}|\d{2})" + CLOCK + ZONE + "$"
)
WEEKDAY = r"^(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?"
WORDS_MDY = re.compile(
    WEEKDAY + r"(?P<mon>[^\W\d]+)\.?\s+(?P<d>\d{1,2})(?:,?\s+(?P<y>\d{4}))?" + CLOCK + ZONE + "$"
)
WORDS_DMY = re.compile(
    WEEKDAY
    + r"(?P<d>\d{1,2})\.?\s+(?:de\s+)?(?P<mon>[^\W\d]+)\.?(?:\s+(?:de\s+)?(?P<y>\d{4}))?"
    + CLOCK
    + ZONE
    + "$"
)
API = re.compile(
    WEEKDAY
    + r"(?P<mon>[a-z]{3})\s+(?P<d>\d{1,2})\s+(?P<H>\d{2}):(?P<M>\d{2}):(?P<S>\d{2})\s+(?P<zone>[+-]\d{4})\s+(?P<y>\d{4})$"
)
MONTH_DAY_CN = re.compile(r"^(?P<m>\d{1,2})月(?P<d>\d{1,2})日?$")
UNIX = re.compile(r"^\d{10}(?:\d{3})?(?:\.0)?$")


def order_of(texts, order=""):
    """ "mdy" or "dmy" for a column of days in figures; "" where it does not show, "?" where torn."""
    if order:
        return order
    pairs = [(int(m["a"]), int(m["b"])) for m in map(FIGURES.match, texts) if m]
    if not pairs:
        return ""
    day_first, month_first = any(a > 12 for a, _ in pairs), any(b > 12 for _, b in pairs)
    if day_first and month_first:
        return "?"
    return "dmy" if day_first else "mdy" if month_first else "unknown"


def _moment(text, order, exported_on):
    """(year, month, day, clock or None, zone text, precision) of one cleaned cell."""
    match = (
        YMD.match(text) or COMPACT.match(text) or API.match(text)
        or WORDS_MDY.match(text) or WORDS_DMY.match(text) or MONTH_DAY_CN.match(text)
    )  # fmt: skip
    parts = match.groupdict() if match else {}
    if match:
        month = parts.get("m")
        if month is None:
            month = MONTHS.get(parts["mon"])
            if month is None:
                raise ValueError(f"{parts['mon']} is no month known here")
        year, month, day = parts.get("y"), int(month), int(parts["d"])
    else:
        match = FIGURES.match(text)
        if not match:
            raise ValueError("not a date")
        parts = match.groupdict()
        if order in ("unknown", ""):
            raise ValueError(
                "day and month cannot be told apart; say order = mdy or dmy in a mapping"
            )
        if order == "?":
            raise ValueError("this column mixes day-first and month-first dates")
        a, b = int(parts["a"]), int(parts["b"])
        month, day = (a, b) if order == "mdy" else (b, a)
        year = parts["y"] if len(parts["y"]) == 4 else "20" + parts["y"]
    year = int(year) if year else _year_before(month, day, exported_on)
    clock, precision = None, "day"
    if parts.get("H") is not None:
        hour = int(parts["H"])
        if parts.get("half"):
            hour = hour % 12 + (12 if parts["half"] == "pm" else 0)
        clock = (hour, int(parts["M"]), int(parts["S"] or 0))
        precision = "second" if parts["S"] is not None else "minute"
    return (year, month, day), clock, parts.get("zone"), precision


def _year_before(month, day, exported_on):
    """The last year in which this month and day were not after the day of the export."""
    if exported_on is None:
        raise ValueError("has no year; give the day of the export")
    for year in range(exported_on.year, exported_on.year - 5, -1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= exported_on:
            return year
    raise ValueError("not a date")


def _plain(text):
    return unicodedata.normalize("NFKC", text).strip().strip("'").lower()


def _zone(text):
    if text in ("z", "utc", "gmt"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def _unix(text):
    value = float(text)
    return datetime.fromtimestamp(value / (1000 if value >= 1e11 else 1), UTC)


def dates(texts, *, order="", zone="UTC", exported_on=None, **_):
    """Distinct texts into days; a moment with a clock gives the day it names, unshifted."""
    plain = [_plain(t) for t in texts]
    order = order_of(plain, order)
    values, reasons = [], []
    for raw, text in zip(texts, plain, strict=True):
        if missing(raw):
            values.append(None)
            reasons.append("")
            continue
        try:
            if UNIX.match(text):
                found = _unix(text).astimezone(ZoneInfo(zone)).date()
            else:
                found = date(*_moment(text, order, exported_on)[0])
            if not 1990 <= found.year <= 2100:
                raise ValueError(f"the year {found.year} cannot be right")
            values.append(found)
            reasons.append(None)
        except ValueError as error:
            values.append(None)
            reasons.append(_reason(error))
    return values, reasons


def timestamps(texts, *, order="", zone="UTC", exported_on=None, **_):
    """Distinct texts into UTC moments; third result: precision of each."""
    plain = [_plain(t) for t in texts]
    order = order_of(plain, order)
    local = ZoneInfo(zone)
    values, reasons, precisions = [], [], []
    for raw, text in zip(texts, plain, strict=True):
        precision = None
        try:
            if missing(raw):
                values.append(None)
                reasons.append("")
                precisions.append(None)
                continue
            if UNIX.match(text):
                found, precision = _unix(text), "second"
            else:
                day, clock, offset, precision = _moment(text, order, exported_on)
                tz = _zone(offset) if offset else local
                found = datetime(*day, *(clock or (0, 0, 0)), tzinfo=tz).astimezone(UTC)
            if not 1990 <= found.year <= 2100:
                raise ValueError(f"the year {found.year} cannot be right")
            values.append(found)
            reasons.append(None)
        except (ValueError, OverflowError) as error:
            values.append(None)
            reasons.append(_reason(error))
        precisions.append(precision)
    return values, reasons, precisions


def _reason(error):
    text = str(error)
    own = ("cannot", "no month", "mixes", "not a date", "has no year", "year")
    return text if any(word in text for word in own) else "not a date of the calendar"


DATED = re.compile(r"(20\d{2})[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
DATED_WORDS = re.compile(r"([A-Z][a-z]{2})-(\d{2})-(20\d{2})")


def file_day(path):
    """The last day that the name of a file, or of its folder, states; None where it states none."""
    for name in (path.stem, path.parent.name):
        if found := days_in(name):
            return max(found)
    return None


def days_in(name):
    """The days that a name states, as 2026-11-14, 20261114 or Nov-14-2026."""
    written = [(int(y), int(m), int(d)) for y, m, d in DATED.findall(name)]
    for m, d, y in DATED_WORDS.findall(name):
        if month := MONTHS.get(m.lower()):
            written.append((int(y), month, int(d)))
    found = []
    for y, m, d in written:
        try:
            found.append(date(y, m, d))
        except ValueError:
            continue
    return found
