"""Decisions written back: who, when, what; two people at once lose nothing."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from opsbook.config import DISTRIBUTION
from opsbook.data.store import Store
from opsbook.errors import AccessError, BadValue, ParameterError
from opsbook.publish.writeback import record


@pytest.fixture
def store(tmp_path):
    (tmp_path / "data").mkdir()
    shutil.copyfile(DISTRIBUTION / "data" / "workbook.toml", tmp_path / "data" / "workbook.toml")
    made = Store(tmp_path / "data" / "store")
    items = pd.DataFrame(
        {
            "item_id": ["C1", "C2"],
            "platform": ["weibo", "weibo"],
            "account_id": ["a", "a"],
            "slot_at": pd.to_datetime(["2026-11-24 12:00", "2026-11-25 12:00"], utc=True),
            "title": ["Winter tea", "Tasting"],
            "state": ["proposed", "proposed"],
        }
    )
    made.append("calendar_items", items, source="test")
    return made


def test_an_approval_names_person_time_and_item(store):
    before = store.version
    done = record(store.path, "lin", {"kind": "calendar", "item_id": "C1", "verdict": "approved"})
    assert done["version"] > before
    row = store.frame("approvals").iloc[0]
    assert (row["item_id"], row["verdict"], row["approved_by"]) == ("C1", "approved", "lin")
    assert pd.notna(row["approved_at"])
    states = store.frame("calendar_items").set_index("item_id")["state"]
    assert dict(states) == {"C1": "approved", "C2": "proposed"}


def test_the_earlier_version_still_has_the_earlier_state(store):
    before = store.version
    record(store.path, "lin", {"kind": "calendar", "item_id": "C1", "verdict": "rejected"})
    assert set(store.frame("calendar_items", before)["state"]) == {"proposed"}


def test_a_second_verdict_on_what_was_seen_as_open_is_kept_and_told(store):
    record(store.path, "lin", {"kind": "calendar", "item_id": "C1", "verdict": "approved"})
    with pytest.raises(AccessError, match="lin has set this item to approved"):
        record(store.path, "wu", {"kind": "calendar", "item_id": "C1", "verdict": "rejected"})
    kept = store.frame("approvals")
    assert sorted(kept["approved_by"]) == ["lin", "wu"]
    states = store.frame("calendar_items").set_index("item_id")["state"]
    assert states["C1"] == "approved"


def test_two_people_at_once_lose_nothing(store):
    def write(i):
        about = {"kind": "finding", "finding_id": f"F{i}"}
        return record(store.path, f"person{i % 2}", about)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(8)))
    assert sorted(store.frame("approvals")["item_id"]) == [f"F{i}" for i in range(8)]


def test_a_decision_an_incident_and_a_label_are_logged(store):
    record(
        store.path, "lin", {"kind": "decision", "decision": "Move the budget", "due": "2026-12-01"}
    )
    incident = {
        "kind": "incident",
        "description": "Late parcels",
        "event_kind": "started",
        "severity": "high",
    }
    first = record(store.path, "lin", incident)
    record(store.path, "wu", {**incident, "incident_id": first["id"], "event_kind": "resolved"})
    label = {
        "kind": "label",
        "platform": "weibo",
        "account_id": "a",
        "item_id": "K1",
        "label": "complaint",
    }
    record(store.path, "wu", label)
    assert list(store.frame("decisions")["decision"]) == ["Move the budget"]
    events = store.frame("incidents")
    assert sorted(events["event_kind"]) == ["resolved", "started"]
    assert events["incident_id"].nunique() == 1
    row = store.frame("triage_labels").iloc[0]
    assert (row["label"], row["labelled_by"]) == ("complaint", "wu")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"kind": "erase"}, ParameterError),
        ({"kind": "calendar", "item_id": "C1", "verdict": "maybe"}, ParameterError),
        ({"kind": "calendar", "item_id": "C9", "verdict": "approved"}, BadValue),
        ({"kind": "decision", "decision": "x", "due": "soon"}, ParameterError),
        ({"kind": "decision", "decision": "x" * 3000}, BadValue),
        (
            {
                "kind": "label",
                "platform": "weibo",
                "account_id": "a",
                "item_id": "K",
                "label": "nice",
            },
            ParameterError,
        ),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_written(store, given, error):
    before = store.version
    with pytest.raises(error):
        record(store.path, "lin", given)
    assert store.version == before
