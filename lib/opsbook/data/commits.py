"""The store's own versions: which Delta version and which batches a version of the store names.

A Delta commit covers one table; a version of the store covers all. `commits` holds one row per
version N: the Delta version of every table and the batches taken back. What no row names is
invisible: a table's files are visible where their batch is named by a version up to N, which
the Delta log's own statistics tell without opening a file. A row is appended under the
condition that nobody appended meanwhile; who loses, looks again and retries.
"""

import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pyarrow as pa

from opsbook.data import delta
from opsbook.errors import StoreError

SCHEMA = pa.schema(
    [
        ("version", pa.int64()),
        ("batch_id", pa.string()),
        ("kind", pa.string()),  # import, rows, undo, compact, expire, erase
        ("at", pa.timestamp("us", tz="UTC")),
        ("exported_on", pa.date32()),
        ("tables", pa.string()),  # JSON: table -> Delta version, of every table
        ("revised", pa.string()),  # JSON: tables in which a key has more than one row
        ("wrote", pa.string()),  # JSON: table -> columns that the batch supplies
        ("undone", pa.string()),  # JSON: batches taken back by this version
        ("about", pa.string()),
    ]
)


@dataclass(frozen=True)
class State:
    """What one version of the store names. `delta`: version of the commits table itself."""

    version: int
    delta: int
    tables: dict  # name -> Delta version
    revised: frozenset
    batches: dict  # visible batch id -> (rank, {table: columns})
    undone: frozenset


EMPTY = State(0, -1, {}, frozenset(), {}, frozenset())
_last = {}  # folder -> (open table, its Delta version, State): the newest as read last


def read(folder, version=None):
    """The State of a version, the newest where none is named; StoreError for an unknown one."""
    if not (folder / "commits" / "_delta_log").is_dir():
        if version:
            raise StoreError(f"version {version} does not exist; the store is empty.")
        return EMPTY
    table = delta.opened(folder / "commits")
    last = _last.get(folder)
    if version is None and last and last[0] is table and last[1] == table.version():
        return last[2]
    state = _read(table, version)
    if version is None:
        _last[folder] = (table, table.version(), state)
    return state


def _read(table, version):
    rows = rows_of(table)
    newest = rows[-1]["version"] if rows else 0
    if version is None:
        version = newest
    if not 0 <= version <= newest:
        raise StoreError(
            f"version {version} does not exist; the newest is {newest}.",
            remedy="opsbook status lists the versions.",
        )
    if any(row["kind"] == "expire" and version in json.loads(row["about"]) for row in rows):
        raise StoreError(
            f"version {version} was let go: it was older than workbook.toml keeps versions.",
            remedy="Name a newer one, or leave it out for the newest.",
        )
    erased = [row for row in rows if row["kind"] == "erase"]
    state = _state([row for row in rows if row["version"] <= version], table.version())
    if not erased or not state.tables:
        return state
    # What an erasure rewrote is read from the rewritten files, in older versions too.
    floor = {n: v for row in erased for n, v in json.loads(row["tables"]).items()}
    return replace(state, tables={n: max(v, floor.get(n, 0)) for n, v in state.tables.items()})


def rows_of(table):
    """All rows of the commits table, oldest first."""
    found = [{name: row.get(name) for name in SCHEMA.names} for row in delta.rows(table)]
    return sorted(found, key=lambda row: row["version"])


def _state(rows, delta_version):
    undone = {batch for row in rows for batch in json.loads(row["undone"])}
    wrote = {
        row["batch_id"]: (row["exported_on"], row["version"], json.loads(row["wrote"]))
        for row in rows
        if row["batch_id"] not in undone and row["kind"] in ("import", "rows")
    }
    ranked = sorted(wrote, key=lambda b: (wrote[b][0], wrote[b][1]))
    batches = {batch: (rank, wrote[batch][2]) for rank, batch in enumerate(ranked)}
    last = rows[-1] if rows else None
    return State(
        version=last["version"] if last else 0,
        delta=delta_version,
        tables=json.loads(last["tables"]) if last else {},
        revised=frozenset(json.loads(last["revised"])) if last else frozenset(),
        batches=batches,
        undone=frozenset(undone),
    )


def append(
    folder, state, *, batch_id, kind, exported_on, tables, revised, wrote, undone=(), about=""
):
    """Append version state.version + 1; False where another writer was first.

    `tables` and `revised` are what this batch changes; the rest is carried over from `state`.
    """
    from deltalake import CommitProperties, DeltaTable, write_deltalake
    from deltalake.exceptions import CommitFailedError, DeltaError

    target = folder / "commits"
    row = {
        "version": state.version + 1,
        "batch_id": batch_id,
        "kind": kind,
        "at": datetime.now(UTC),
        "exported_on": exported_on,
        "tables": json.dumps(state.tables | tables),
        "revised": json.dumps(sorted(state.revised | set(revised))),
        "wrote": json.dumps(wrote),
        "undone": json.dumps(sorted(undone)),
        "about": about,
    }
    try:
        if state.delta < 0:
            DeltaTable.create(str(target), schema=SCHEMA, mode="ignore")
        table = delta.at(target, max(state.delta, 0))
        write_deltalake(
            table,
            pa.Table.from_pylist([row], schema=SCHEMA),
            mode="append",
            commit_properties=CommitProperties(max_commit_retries=0),
        )
    except CommitFailedError:
        delta.forget(target)
        return False
    except (DeltaError, OSError) as error:
        delta.forget(target)
        raise delta.unwritten(target, error) from None
    return True


def pause(attempt):
    """Wait a little longer after each lost race."""
    time.sleep(min(0.02 * 2**attempt, 1.0))
