"""Compaction keeps every figure, version and undo; expiry spares pinned versions; damage is found."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from opsbook import Store
from opsbook.data import upkeep
from opsbook.errors import StoreError


def plan_of(numbers, state="proposed"):
    return pd.DataFrame(
        {
            "item_id": [f"C{n}" for n in numbers],
            "platform": "weibo",
            "account_id": "a1",
            "slot_at": [pd.Timestamp("2026-11-01T04:00Z") + pd.Timedelta(days=n) for n in numbers],
            "title": [f"post {n}" for n in numbers],
            "state": state,
        }
    )


def shown(store, version=None):
    frame = store.frame("calendar_items", version)
    return sorted(zip(frame["item_id"], frame["state"], strict=True))


@pytest.fixture
def store(tmp_path):
    """Eight versions: seven appends, of which the sixth revises the first; the third is undone."""
    store = Store(tmp_path / "data" / "store")
    for n in range(5):
        store.append("calendar_items", plan_of([2 * n, 2 * n + 1]), source=f"s{n}")
    store.append("calendar_items", plan_of([0], "approved"), source="revision")
    store.append("calendar_items", plan_of([50]), source="late")
    third = store.commits()["batch_id"].iloc[2]
    store.undo(third)
    return store


def test_compaction_changes_no_figure_of_any_version(store):
    before = {v: shown(store, v) for v in range(1, 9)}
    done = upkeep.compact(store, small_files=1)
    assert done["calendar_items"] == (6, 1)
    assert done["commits"][1] == 1
    other = Store(store.path)
    assert other.version == 9
    for one in (store, other):
        assert shown(one) == before[8]
        assert {v: shown(one, v) for v in range(1, 9)} == before
    assert ("C0", "approved") in before[8] and ("C4", "proposed") not in before[8]


def test_after_compaction_batches_come_in_and_can_be_undone(store):
    upkeep.compact(store, small_files=1)
    revision = store.commits()["batch_id"].iloc[5]
    store.append("calendar_items", plan_of([60]), source="new")
    store.undo(revision)
    assert ("C0", "proposed") in shown(store) and ("C60", "proposed") in shown(store)
    assert shown(Store(store.path)) == shown(store)
    assert store.append("calendar_items", plan_of([60]), source="new") == store.version


def test_an_import_during_compaction_is_not_lost(store, monkeypatch):
    real, other = upkeep._rewrite, Store(store.path)

    def meanwhile(*given):
        version = real(*given)
        other.append("calendar_items", plan_of([70]), source="meanwhile")
        return version

    monkeypatch.setattr(upkeep, "_rewrite", meanwhile)
    done = upkeep.compact(store, small_files=1)
    assert "calendar_items" not in done  # left for the next time
    assert ("C70", "proposed") in shown(store)
    monkeypatch.undo()
    upkeep.compact(store, small_files=1)
    assert ("C70", "proposed") in shown(store) and len(shown(store)) == 10


def test_old_versions_go_but_for_the_newest_and_those_that_reports_pin(store):
    before = {v: shown(store, v) for v in (3, 8)}
    upkeep.compact(store, small_files=1)
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=91)
    gone, deleted = upkeep.expire_versions(store, 90, pinned={3, 8}, now=later)
    assert gone == [1, 2, 4, 5, 6, 7]
    other = Store(store.path)
    assert {v: shown(other, v) for v in (3, 8)} == before
    assert shown(other) == before[8]
    with pytest.raises(StoreError, match="version 5 was let go"):
        other.table("calendar_items", 5)
    gone, deleted = upkeep.expire_versions(store, 90, pinned=(), now=later)
    assert gone == [3, 8, 9] and deleted > 0
    assert shown(Store(store.path)) == before[8]
    assert upkeep.expire_versions(store, 90, now=later)[0] == [10]
    assert upkeep.expire_versions(store, 90)[0] == []


def test_a_missing_or_damaged_file_of_a_table_is_found_and_named(store):
    assert upkeep.broken(store) == []
    # not the file of the undone batch, which nobody reads
    files = [Path(f.path) for f in store.files("calendar_items", store.state())]
    files[0].write_bytes(files[0].read_bytes()[:-200])
    ((name, what),) = upkeep.broken(Store(store.path))
    assert name == "calendar_items" and what
    files[0].unlink()
    assert upkeep.broken(Store(store.path))[0][0] == "calendar_items"
