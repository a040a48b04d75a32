"""Local days and times of UTC columns."""


def local_day(timestamp, zone):
    """The local day of a UTC timestamp column."""
    return local_time(timestamp, zone).date()


def local_time(timestamp, zone):
    """A UTC timestamp column as local wall-clock time, without a zone."""
    return timestamp.cast(f"timestamp('{zone}')").cast("timestamp")
