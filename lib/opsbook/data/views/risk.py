"""Risk records in the form that indicators count: checks of the law, and incidents with times."""

import ibis

from opsbook.data.views.days import local_day


def compliance_items(store, zone, *, version=None):
    """One row per rule and item that applies: is_met, is_signed as 0 or 1."""
    rows = store.table("compliance_checks", version)
    rows = rows.filter(rows.state != "not_applicable")
    return rows.mutate(
        is_met=(rows.state == "met").cast("float64"),
        is_signed=rows.signed_off_at.notnull().cast("float64"),
        one=ibis.literal(1.0),
    )


def incident_times(store, zone, *, version=None):
    """One row per incident: day it started, minutes to detect, respond and resolve."""
    rows = store.table("incidents", version)
    kinds = ("started", "detected", "responded", "resolved")
    times = {k: rows.event_at.min(where=rows.event_kind == k) for k in kinds}
    found = rows.group_by("incident_id").aggregate(
        platform=rows.platform.max(), family=rows.family.max(), **times
    )
    found = found.mutate(started=ibis.coalesce(*(found[k] for k in kinds)))
    minutes = {
        name: found[kind].delta(found.started, unit="second").cast("float64") / 60
        for name, kind in (
            ("minutes_to_detect", "detected"),
            ("minutes_to_respond", "responded"),
            ("minutes_to_resolve", "resolved"),
        )
    }
    return found.mutate(**minutes, date_day=local_day(found.started, zone))
