"""Who comes back: cohorts, survival curves and repeat purchase."""

import numpy as np
import pandas as pd

from opsbook.errors import BadValue
from opsbook.methods._arguments import (
    dates,
    equally_long,
    numbers,
    require_columns,
    require_level,
)
from opsbook.methods.ratios import wilson
from opsbook.methods.repeat_buying import BgNbd, bg_nbd

__all__ = ["BgNbd", "bg_nbd", "cohorts", "survival"]

_UNITS = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}


def cohorts(events, user="person_key", at="event_at", unit="month"):
    """Share of each cohort that is active again, by age since the first event.

    events: one row per event with a user and a time. unit: day, week (Monday), month, quarter or
    year. Rows: cohort (first day of the period of the first event), age (in units; 0 is the first
    period, rate 1), n (users in the cohort), retained (users active at that age), rate, low, high
    (95 % Wilson interval). Ages after the last event's period are absent; that last period
    may still be incomplete. Rows without a user are left out.
    Source: Wilson (1927), JASA 22.
    """
    where = "retention.cohorts"
    require_columns(events, [user, at], where)
    if unit not in _UNITS:
        raise BadValue(
            f"unit must be one of {', '.join(_UNITS)}, found {unit!r}.",
            where=where,
            remedy="Use unit='month'.",
        )
    columns = ["cohort", "age", "n", "retained", "rate", "low", "high"]
    known = events[events[user].notna()]
    if known.empty:
        return pd.DataFrame(columns=columns)
    stamps = dates(known[at].to_numpy(), at, where).tz_localize(None)
    period = stamps.to_period(_UNITS[unit])
    seen = pd.DataFrame({"user": known[user].to_numpy(), "period": period.asi8}).drop_duplicates()
    seen["first"] = seen.groupby("user")["period"].transform("min")
    seen["age"] = seen["period"] - seen["first"]
    retained = seen.groupby(["first", "age"]).size()
    sizes = retained.xs(0, level="age")
    last = int(seen["period"].max())
    grid = [(first, age) for first in sizes.index for age in range(last - first + 1)]
    rows = pd.DataFrame(grid, columns=["first", "age"])
    rows["n"] = rows["first"].map(sizes).astype(int)
    index = pd.MultiIndex.from_frame(rows[["first", "age"]])
    rows["retained"] = retained.reindex(index, fill_value=0).to_numpy()
    rows["rate"] = rows["retained"] / rows["n"]
    rows["low"], rows["high"] = wilson(rows["retained"].to_numpy(), rows["n"].to_numpy())
    starts = pd.PeriodIndex.from_ordinals(rows["first"].to_numpy(), freq=period.freq)
    rows["cohort"] = starts.to_timestamp()
    return rows[columns]


def survival(durations, observed, level=0.95):
    """Share still there after each time: the Kaplan-Meier curve.

    durations: times from 0 on, in any one unit; observed: True where the end was seen, False where
    it was not yet (censored). Rows: time (0, then each time with an end), survival, low,
    high (log-log interval), at_risk (just before that time). No rows where there are no durations.
    Source: Kaplan and Meier (1958); Kalbfleisch and Prentice (1980), log-log interval.
    """
    where = "retention.survival"
    require_level(level, where)
    durations = numbers(durations, "durations", where, low=0)
    observed = _flags(observed, where)
    equally_long(where, durations=durations, observed=observed)
    columns = ["time", "survival", "low", "high", "at_risk"]
    if not len(durations):
        return pd.DataFrame(columns=columns, dtype=float)
    # lifelines takes a second to import, which only this call should pay.
    from lifelines import KaplanMeierFitter

    fit = KaplanMeierFitter(alpha=1 - level).fit(durations, observed)
    table = pd.DataFrame(
        {
            "time": fit.survival_function_.index.to_numpy(dtype=float),
            "survival": fit.survival_function_.iloc[:, 0].to_numpy(),
            "low": fit.confidence_interval_.iloc[:, 0].to_numpy(),
            "high": fit.confidence_interval_.iloc[:, 1].to_numpy(),
            "at_risk": fit.event_table["at_risk"].to_numpy(dtype=int),
            "ends": fit.event_table["observed"].to_numpy(),
        }
    )
    keep = (table["time"] == 0) | (table["ends"] > 0)
    return table.loc[keep, columns].reset_index(drop=True)


def _flags(values, where):
    """`values` as booleans; BadValue where one is neither true nor false."""
    flags = numbers(values, "observed", where)
    if not np.isin(flags, (0, 1)).all():
        raise BadValue(
            "observed must be true or false.",
            where=where,
            remedy="Use True where the end was seen.",
        )
    return flags.astype(bool)
