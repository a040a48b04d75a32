"""Keep a store small: many small files made into few, versions that nobody needs let go.

Neither changes a figure: compaction keeps every row of every batch that a version names, so that
batches can still be undone; a version that is let go is refused by name when it is asked for.
"""

import contextlib
import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from opsbook.data import batches, commits
from opsbook.data.schema import table as table_of
from opsbook.data.visible import quoted
from opsbook.errors import StoreError

SMALL_FILES = 4  # a table of so many files or fewer is left as it is
ATTEMPTS = 10
ROWS = 1_000_000  # per file and row group read at a time


def compact(store, *, small_files=SMALL_FILES):
    """Rewrite the tables that consist of many files; dict of table -> (files before, after).

    Imports may go on meanwhile: a table that one of them changed is left for the next time. Older
    versions are still read from the old files, until `expire_versions` deletes them.
    """
    from deltalake import DeltaTable
    from deltalake.exceptions import CommitFailedError

    done = {}
    for name in sorted(store.state().tables):
        state = commits.read(store.path)
        before = len(store.files(name, state))
        if before <= small_files or not state.batches:
            continue
        try:
            version = _rewrite(store, name, state)
        except CommitFailedError:
            continue  # an import was faster; the next time
        kept = commits.append(
            store.path, state, batch_id=batches.new_id(), kind="compact", exported_on=None,
            tables={name: version}, revised=(), wrote={}, about=name,
        )  # fmt: skip
        if kept:
            store.forget_views()
            done[name] = (before, len(store.files(name, store.state())))
    for name in ("commits", "import_batches"):
        if (store.path / name / "_delta_log").is_dir():
            table = DeltaTable(str(store.path / name))
            before = len(table.file_uris())
            if before > small_files:
                with contextlib.suppress(CommitFailedError):
                    table.optimize.compact()
                    done[name] = (before, len(table.file_uris()))
    store.forget_views()
    return done


def _rewrite(store, name, state):
    """Write the rows of all named batches as few files; the Delta version of the result.

    A batch keeps its own files where it is large; the rest is sorted by time, so that periods are
    still found by their files. Rows of no named batch (of a lost race, or undone) are left out.
    """
    from deltalake import DeltaTable, write_deltalake

    folder = str(store.path / name)
    files = ", ".join(quoted(f.path) for f in store.files(name, state))
    named = ", ".join(quoted(b) for b in state.batches)
    when = table_of(name).when
    columns = {field.name for field in DeltaTable(folder).schema().fields}
    order = f' ORDER BY "{when}"' if when in columns else ""
    found = store.engine.sql(
        f"SELECT * FROM read_parquet([{files}], union_by_name = true) "
        f"WHERE import_batch_id IN ({named}){order}"
    ).to_arrow_table()
    wanted = pa.schema([f for f in table_of(name).arrow if f.name in found.column_names])
    found = found.select(wanted.names).cast(wanted)
    delta = DeltaTable(folder, version=state.tables[name])
    write_deltalake(delta, found, mode="overwrite", schema_mode="merge")
    return DeltaTable(folder).version()


def expire_versions(store, days, *, pinned=(), now=None):
    """Let go of versions older than `days` that no kept report pins; (versions, files deleted).

    The newest version stays. Run it while nothing is being imported.
    """
    from deltalake import DeltaTable

    limit = (now or datetime.now(UTC)) - timedelta(days=days)
    state = commits.read(store.path)
    rows = _rows(store)
    gone = _gone(rows)
    newest = max((r["version"] for r in rows), default=0)
    expired = [
        r["version"]
        for r in rows
        if r["at"] < limit and r["version"] != newest and r["version"] not in {*pinned, *gone}
    ]
    if not expired:
        return [], 0
    for attempt in range(ATTEMPTS):
        if commits.append(
            store.path, state, batch_id=batches.new_id(), kind="expire", exported_on=None, tables={},
            revised=(), wrote={}, about=json.dumps(sorted(expired)),
        ):  # fmt: skip
            break
        commits.pause(attempt)
        state = commits.read(store.path)
    else:
        raise StoreError("other imports were faster each time.", remedy="Clean up again later.")
    kept = [r["version"] for r in _rows(store) if r["version"] not in {*expired, *gone}]
    needed = {}
    for version in kept:
        for name, delta in commits.read(store.path, version).tables.items():
            needed.setdefault(name, set()).add(delta)
    deleted = 0
    for name, versions in needed.items():
        table = DeltaTable(str(store.path / name))
        deleted += len(
            table.vacuum(
                retention_hours=0,
                dry_run=False,
                enforce_retention_duration=False,
                keep_versions=sorted(versions),
            )
        )
    store.forget_views()
    return sorted(expired), deleted


def sweep(store, hours=24):
    """Delete what writers that were killed left below the tables; how many files.

    Only files older than `hours`: younger ones may belong to an import that goes on.
    """
    from deltalake import DeltaTable

    rows, gone, needed = _rows(store), set(_gone(_rows(store))), {}
    for row in rows:
        if row["version"] not in gone:
            for name, delta in commits.read(store.path, row["version"]).tables.items():
                needed.setdefault(name, set()).add(delta)
    deleted = 0
    for folder in sorted(p for p in store.path.glob("*") if (p / "_delta_log").is_dir()):
        table = DeltaTable(str(folder))
        deleted += len(
            table.vacuum(
                retention_hours=hours,
                dry_run=False,
                enforce_retention_duration=False,
                full=True,
                keep_versions=sorted(needed.get(folder.name, ())) or None,
            )
        )
        limit = datetime.now(UTC).timestamp() - hours * 3600
        for part in (folder / "_delta_log").glob("_commit_*.json.tmp"):
            if part.stat().st_mtime < limit:
                part.unlink(missing_ok=True)
                deleted += 1
    store.forget_views()
    return deleted


def broken(store):
    """What is wrong with the newest version: list of (table, what); empty where all is whole."""
    found = []
    try:
        state = commits.read(store.path)
    except Exception as error:  # whatever the log's damage raises is the finding
        return [("commits", _first_line(error))]
    for name in sorted(state.tables):
        try:
            for file in store.files(name, state):
                store.engine.sql(
                    f"SELECT count(*) FROM (SELECT * FROM read_parquet({quoted(file.path)}))"
                ).fetchall()
            store.table(name).count().to_pyarrow()
        except Exception as error:
            found.append((name, _first_line(error)))
    return found


def _rows(store):
    from deltalake import DeltaTable

    if not (store.path / "commits" / "_delta_log").is_dir():
        return []
    return commits.rows_of(DeltaTable(str(store.path / "commits")))


def _gone(rows):
    """Versions that were let go by earlier clean-ups."""
    return {v for row in rows if row["kind"] == "expire" for v in json.loads(row["about"])}


def _first_line(error):
    return str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
