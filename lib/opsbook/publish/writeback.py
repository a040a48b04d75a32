"""Write decisions of people back into the store: who, when, what, each its own version.

Every decision is a new row (approvals, decisions, incidents, triage_labels); nothing is changed
in place, so that two people who write at once both keep what they wrote.
"""

import datetime as dt
import uuid

import pandas as pd

from opsbook.data import schema
from opsbook.data.store import Store
from opsbook.errors import AccessError, BadValue, ParameterError

LABELS = ("violating", "complaint", "question", "suggestion", "praise", "neutral")
EVENTS = ("started", "detected", "responded", "resolved", "closed", "note")
SEVERITIES = ("low", "medium", "high", "critical")
LONGEST = 2000


def record(store_path, person, given):
    """Write one decision; returns {"version", "id"}.

    given: dict with `kind` - calendar (item_id, verdict approved or rejected, seen), finding
    (finding_id), decision (decision, owner, due, finding_id, indicator), incident (incident_id or
    none for a new one, event_kind, severity, description), label (platform, account_id, item_id,
    label). Raises ParameterError or BadValue for what is missing or wrong, AccessError where
    someone else has decided a calendar item meanwhile (both verdicts are kept).
    """
    if not isinstance(given, dict) or given.get("kind") not in _KINDS:
        raise ParameterError("kind", "is not known.", known=_KINDS)
    text = {k: str(v).strip() for k, v in given.items() if v is not None}
    for name, value in text.items():
        if len(value) > LONGEST:
            raise BadValue(f"has {len(value)} characters; {LONGEST} are allowed.", where=name)
    return _KINDS[text["kind"]](Store(store_path), person, text)


def _calendar(store, person, given):
    verdict = _one_of(given, "verdict", ("approved", "rejected"))
    item_id = _need(given, "item_id")
    rows = store.frame("calendar_items") if not store.is_empty("calendar_items") else pd.DataFrame()
    mine = rows[rows["item_id"] == item_id] if len(rows) else rows
    if not len(mine):
        raise BadValue("is not in the calendar.", where=f"item_id {item_id}")
    row = mine.iloc[[0]].copy()
    state = row["state"].iloc[0]
    state = "proposed" if pd.isna(state) else state
    approval = _approve(store, person, "calendar_item", item_id, verdict, given.get("note", ""))
    seen = given.get("seen") or "proposed"
    if state not in (seen, verdict):
        who = row["approved_by"].iloc[0]
        raise AccessError(
            f"{'someone' if pd.isna(who) else who} has set this item to {state} meanwhile. "
            f"Your verdict is kept in the log, the item stays {state}.",
            remedy="Load the page again to decide anew.",
        )
    row["state"] = verdict
    row["approved_by"], row["approved_at"] = person, _now()
    return {"version": _append(store, "calendar_items", row, person), "id": approval}


def _finding(store, person, given):
    item = _need(given, "finding_id")
    approval = _approve(store, person, "finding", item, "acknowledged", given.get("note", ""))
    return {"version": store.version, "id": approval}


def _decision(store, person, given):
    row = {
        "decision_id": uuid.uuid4().hex[:16],
        "finding_id": given.get("finding_id") or None,
        "decided_at": _now().date(),
        "decision": _need(given, "decision"),
        "owner": given.get("owner") or person,
        "due": _date(given.get("due")),
        "indicator": given.get("indicator") or None,
        "platform": given.get("platform") or None,
        "direction": given.get("direction") or None,
        "state": "open",
    }
    return {"version": _append(store, "decisions", row, person), "id": row["decision_id"]}


def _incident(store, person, given):
    incident = given.get("incident_id") or f"I{_now():%Y%m%d}-{uuid.uuid4().hex[:6]}"
    row = {
        "incident_id": incident,
        "event_no": time_number(),
        "event_at": _now(),
        "event_kind": _one_of(given, "event_kind", EVENTS),
        "severity": _one_of(given, "severity", SEVERITIES),
        "family": given.get("family") or None,
        "platform": given.get("platform") or None,
        "description": _need(given, "description"),
        "owner": person,
    }
    return {"version": _append(store, "incidents", row, person), "id": incident}


def _label(store, person, given):
    row = {
        "platform": _need(given, "platform"),
        "account_id": _need(given, "account_id"),
        "item_kind": given.get("item_kind") or "comment",
        "item_id": _need(given, "item_id"),
        "label": _one_of(given, "label", LABELS),
        "labelled_by": person,
        "labelled_at": _now(),
    }
    return {"version": _append(store, "triage_labels", row, person), "id": row["item_id"]}


_KINDS = {
    "calendar": _calendar,
    "finding": _finding,
    "decision": _decision,
    "incident": _incident,
    "label": _label,
}


def time_number():
    """A number that grows with time and differs between two writers: microseconds of the epoch."""
    return int(_now().timestamp() * 1e6) + uuid.uuid4().int % 1000


def _approve(store, person, kind, item, verdict, note):
    row = {
        "approval_id": uuid.uuid4().hex,
        "item_kind": kind,
        "item_id": item,
        "verdict": verdict,
        "approved_by": person,
        "approved_at": _now(),
        "note": note or None,
    }
    _append(store, "approvals", row, person)
    return row["approval_id"]


def _append(store, name, row, person):
    frame = row if isinstance(row, pd.DataFrame) else pd.DataFrame([row])
    columns = [c for c in schema.table(name).columns if c in frame]
    return store.append(name, frame[columns], source=f"dashboard: {person}")


def _need(given, name):
    if not given.get(name):
        raise ParameterError(name, "is missing.", remedy="Fill it in.")
    return given[name]


def _one_of(given, name, choices):
    value = _need(given, name)
    if value not in choices:
        raise ParameterError(name, f"{value} is not one of its values.", known=choices)
    return value


def _date(text):
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ParameterError("due", f"{text} is not a day.", remedy="Write 2026-11-30.") from None


def _now():
    return dt.datetime.now(dt.UTC)
