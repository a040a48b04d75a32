"""Forget one person: out of every table in every version, the resolution table, the raw files and
the frames that a dashboard keeps.

Erasure wins over reproducibility: the Delta files that held the person are rewritten and the old
ones deleted, so that older versions of the store are read from the rewritten files.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from opsbook import shared
from opsbook.data import batches, commits, privacy_door
from opsbook.data.schema import tables
from opsbook.errors import InputError, StoreError

PERSON_COLUMNS = (
    "person_key",
    "referrer_key",
    "assignee",
    "operator",
    "handled_by",
    "owner",
    "host",
)


def erase(store, person_key):
    """Erase a person key from a store: dict of table -> rows erased.

    Run it while nothing is being imported. Raw copies and quarantine files of the imports that
    named the person are deleted too: they hold the identifier in clear text.
    """
    from deltalake import DeltaTable

    if not privacy_door.KEY.match(person_key):
        raise InputError("is no person key (p_ and 24 hex digits).", where=str(person_key))
    state = commits.read(store.path)
    erased, versions, named = {}, {}, set()
    for name, table in tables().items():
        if not (store.path / name / "_delta_log").is_dir():
            continue
        delta = DeltaTable(str(store.path / name))
        there = {field.name for field in delta.schema().fields}
        columns = [c for c in PERSON_COLUMNS if c in table.columns and c in there]
        if not columns:
            continue
        where = " OR ".join(f"\"{c}\" = '{person_key}'" for c in columns)
        files = ", ".join("'" + f.replace("'", "''") + "'" for f in delta.file_uris())
        if not files:
            continue
        found = store.engine.sql(
            f"SELECT import_batch_id, count(*) n FROM read_parquet([{files}], union_by_name = true) "
            f"WHERE {where} GROUP BY 1"
        ).fetchall()
        if not found:
            continue
        named |= {batch for batch, _ in found}
        erased[name] = sum(n for _, n in found)
        delta.delete(where)
        delta = DeltaTable(str(store.path / name))
        delta.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
        versions[name] = DeltaTable(str(store.path / name)).version()
    if versions:
        _commit(store, state, versions)
    _delete_raw(store, named)
    privacy_door.forget(store.data, person_key)
    store.forget_views()
    shared.forget(store.path)
    return erased


def _commit(store, state, versions):
    for attempt in range(20):
        if commits.append(
            store.path, state, batch_id=batches.new_id(), kind="erase", exported_on=None,
            tables=versions, revised=(), wrote={}, about="a person was erased",
        ):  # fmt: skip
            return
        commits.pause(attempt)
        state = commits.read(store.path)
    raise StoreError("other imports were faster each time.", remedy="Erase again: it is not done.")


def _delete_raw(store, batches):
    rows = [r for r in store.batch_rows(every=True) if r["import_batch_id"] in batches]
    for row in rows:
        for path in (store.data / "raw").glob(f"{row['sha256']}.*"):
            path.unlink()
        (store.data / "quarantine" / f"{row['import_batch_id']}.csv").unlink(missing_ok=True)


def expire_raw(data, days, *, today=None):
    """Delete raw copies kept for longer than `days`; returns how many were deleted."""
    limit = (today or datetime.now(UTC)) - timedelta(days=days)
    old = [
        path
        for path in (Path(data) / "raw").glob("*")
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < limit
    ]
    for path in old:
        path.unlink()
    return len(old)
