"""People grouped by what they did: recency, frequency and value."""

import numpy as np
import pandas as pd

from opsbook.methods._arguments import require_columns

# A rule for each segment, the first that holds wins. Scores run from 1 (low) to 3 (high).
SEGMENTS = ("champion", "loyal", "promising", "cooling", "lost", "occasional")


def rfm(events, *, as_of, user="person_key", at="at", value="value", recent_days=30, old_days=120):
    """One row per person: recency_days, frequency (active days), value, first_at, segment.

    events: one row per act with a person, a time and a value (money, 0 where none); rows after
    `as_of` are left out. Segments: champion (recent, three active days or more, among the upper third of
    buyers), loyal (recent, three active days or more), promising (recent, fewer), lost (silent for
    more than old_days), cooling (in between, was active three days or more), occasional (the rest).
    Source: Hughes (1994), Strategic Database Marketing; thresholds are arguments.
    """
    where = "segments.rfm"
    require_columns(events, [user, at, value], where)
    end = pd.Timestamp(as_of)
    known = events[events[user].notna() & (events[at] <= end)]
    columns = [user, "recency_days", "frequency", "value", "first_at", "segment"]
    if known.empty:
        return pd.DataFrame(columns=columns)
    day = known[at].dt.normalize()
    people = (
        known.assign(_day=day)
        .groupby(user)
        .agg(
            last=(at, "max"),
            frequency=("_day", "nunique"),
            value=(value, "sum"),
            first_at=(at, "min"),
        )
        .reset_index()
    )
    people["recency_days"] = (end - people["last"]).dt.total_seconds() / 86400
    paid = people.loc[people["value"] > 0, "value"]
    bar = paid.quantile(2 / 3) if len(paid) else np.inf
    recent = people["recency_days"] <= recent_days
    often = people["frequency"] >= 3
    people["segment"] = np.select(
        [
            recent & often & (people["value"] >= bar),
            recent & often,
            recent,
            people["recency_days"] > old_days,
            often,
        ],
        ["champion", "loyal", "promising", "lost", "cooling"],
        "occasional",
    )
    return people[columns]
