"""Local days and times of UTC columns."""

import ibis


@ibis.udf.scalar.builtin
def timezone(zone: str, moment: ibis.dtype("timestamp('UTC')")) -> ibis.dtype("timestamp"):
    """The engine's own AT TIME ZONE: wall-clock time of a moment in a zone."""


def local_time(timestamp, zone):
    """A UTC timestamp column as local wall-clock time, without a zone."""
    return timezone(zone, timestamp)


def local_day(timestamp, zone):
    """The local day of a UTC timestamp column."""
    return local_time(timestamp, zone).date()
