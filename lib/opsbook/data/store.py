"""The store: canonical tables as Delta Lake, versioned as one, read by DuckDB through ibis.

Tables are append-only. A version of the store names what can be seen (see `commits`). A key that
came in again is superseded on reading: the newer export wins, then the later commit; a column
that the newer file does not carry keeps its older figure. Tables in which no key came in twice are
read as they lie.
"""

import json
import os
import secrets
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from opsbook.data import commits, delta, quarantine
from opsbook.data.schema import PROVENANCE
from opsbook.data.schema import table as table_of
from opsbook.errors import AccountNeeded, InputError, StoreError

ATTEMPTS = 60
BATCHES = pa.schema(
    [
        ("import_batch_id", pa.string()), ("imported_at", pa.timestamp("us", tz="UTC")),
        ("file", pa.string()), ("sha256", pa.string()), ("bytes", pa.int64()),
        ("preset", pa.string()), ("preset_version", pa.int64()), ("preset_stamp", pa.string()),
        ("confidence", pa.string()), ("platform", pa.string()), ("account_id", pa.string()),
        ("exported_on", pa.date32()), ("exported_on_from", pa.string()),
        ("encoding", pa.string()), ("delimiter", pa.string()), ("sheet", pa.string()),
        ("header_row", pa.int64()), ("records", pa.int64()), ("loaded", pa.int64()),
        ("unchanged", pa.int64()), ("refused", pa.int64()), ("not_data", pa.int64()),
        ("tables", pa.string()), ("totals", pa.string()), ("notes", pa.string()),
    ]
)  # fmt: skip
DUCK = {
    "text": "VARCHAR", "json": "VARCHAR", "int": "BIGINT", "number": "DOUBLE", "rate": "DOUBLE",
    "money": "DECIMAL(18,4)", "bool": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMPTZ",
}  # fmt: skip


@dataclass(frozen=True)
class Imported:
    """What one import did. Counts are records of the file: loaded + unchanged + refused +
    not_data = records. `tables`: rows written per table; `quarantine`: the file of refusals."""

    batch_id: str
    file: str
    preset: str
    confidence: str
    records: int
    loaded: int
    unchanged: int
    refused: int
    not_data: int
    tables: dict
    totals: dict
    notes: list = field(repr=False)
    version: int = 0
    quarantine: object = None


class Store:
    """A store in a folder: Store(path). Nothing is opened or made before it is needed."""

    def __init__(self, path):
        self.path = Path(path).resolve()
        self._states = {}
        self._views = {}
        self._listed = {}

    @property
    def data(self):
        """The data folder: raw/, quarantine/ and private/ lie beside the store in it."""
        return self.path.parent

    @cached_property
    def connection(self):
        """The ibis DuckDB connection of this store."""
        import ibis

        threads = os.environ.get("OPSBOOK_THREADS")
        con = ibis.duckdb.connect(**({"threads": int(threads)} if threads else {}))
        con.raw_sql("SET TimeZone = 'UTC'")
        return con

    @property
    def version(self):
        """The newest version; 0 for a store in which nothing is."""
        return commits.read(self.path).version

    def state(self, version=None):
        """What a version names (see commits.State)."""
        if version is None:
            return commits.read(self.path)
        if version not in self._states:
            self._states[version] = commits.read(self.path, version)
        return self._states[version]

    # Reading

    def table(self, name, version=None):
        """An ibis table of a canonical table's columns as of a version (newest: None).

        Empty, with the same columns, where nothing was loaded. InputError for an unknown name,
        StoreError for an unknown version.
        """
        table_of(name)
        return self._view(name, self.state(version))

    def frame(self, name, version=None):
        """The same as a pandas frame: money as float64, days as datetimes, plain index."""
        from opsbook.data.imports import pandas_frame

        return pandas_frame(self.table(name, version).to_pyarrow(), name)

    def is_empty(self, name, version=None):
        """Whether a table has no row as of a version."""
        state = self.state(version)
        files = self._files(name, state)
        if not files or all(whole for _, whole in files):
            return not files
        return self._view(name, state).count().to_pyarrow().as_py() == 0

    def _view(self, name, state):
        view = f"{name}_v{state.version}"
        if view not in self._views:
            sql = self._sql(name, state)
            self.connection.raw_sql(f'CREATE OR REPLACE TEMP VIEW "{view}" AS {sql}')
            self._views[view] = self.connection.table(view)
        return self._views[view]

    def _files(self, name, state):
        """[(path, whole)] of the files a version names; whole: every row in it is visible."""
        if name not in state.tables:
            return []
        folder = self.path / name
        wanted = (name, state.tables[name])
        if wanted not in self._listed:
            table = delta.at(folder, state.tables[name])
            self._listed[wanted] = pa.table(table.get_add_actions(flatten=True)).to_pylist()
        added = self._listed[wanted]
        found = []
        for one in added:
            low, high = one.get("min.import_batch_id"), one.get("max.import_batch_id")
            if low == high:
                if low in state.batches:
                    found.append((str(folder / one["path"]), True))
            else:  # compacted: many batches, all committed; some may be undone since
                found.append((str(folder / one["path"]), not state.undone))
        return found

    def _sql(self, name, state):
        table = table_of(name)
        types = {c.name: DUCK[c.type] for c in table.columns.values()}
        types |= {n: DUCK[t] for n, t in PROVENANCE.items()}
        files = self._files(name, state)
        if not files:
            nothing = ", ".join(f'CAST(NULL AS {t}) AS "{c}"' for c, t in types.items())
            return f"SELECT {nothing} WHERE false"
        have = self._columns(files)
        listed = ", ".join(_quoted(f) for f, _ in files)
        cells = ", ".join(
            f'"{c}"::{t} AS "{c}"' if c in have else f'CAST(NULL AS {t}) AS "{c}"'
            for c, t in types.items()
        )
        sql = f"SELECT {cells} FROM read_parquet([{listed}], union_by_name = true)"
        if not all(whole for _, whole in files):
            gone = ", ".join(_quoted(b) for b in sorted(state.undone))
            sql += f" WHERE import_batch_id NOT IN ({gone})"
        return self._current(name, table, types, state, sql) if name in state.revised else sql

    def _columns(self, files):
        return {n for f, _ in files for n in delta.columns(f)}

    def _current(self, name, table, types, state, sql):
        """One row per key: per column the newest batch that supplies the column."""
        supply = {b: (r, wrote[name]) for b, (r, wrote) in state.batches.items() if name in wrote}
        ranks = ", ".join(f"({_quoted(b)}, {rank})" for b, (rank, _) in supply.items())
        ranked = (
            f"SELECT t.*, r.rank AS _rank FROM ({sql}) t "
            f"JOIN (VALUES {ranks}) r(batch, rank) ON t.import_batch_id = r.batch"
        )
        key = ", ".join(f'"{k}"' for k in table.key)
        if len({frozenset(columns) for _, columns in supply.values()}) == 1:
            every = ", ".join(f'"{c}"' for c in types)
            return (
                f"SELECT {every} FROM ({ranked}) QUALIFY "
                f"row_number() OVER (PARTITION BY {key} ORDER BY _rank DESC) = 1"
            )
        cells = []
        for column in types:
            if column in table.key:
                cells.append(f'"{column}"')
                continue
            givers = [b for b, (_, columns) in supply.items() if column in columns]
            if column in PROVENANCE or len(givers) == len(supply):
                cells.append(f'arg_max_null("{column}", _rank) AS "{column}"')
            elif givers:
                listed = ", ".join(_quoted(b) for b in givers)
                cells.append(
                    f'arg_max_null("{column}", _rank) FILTER (import_batch_id IN ({listed})) '
                    f'AS "{column}"'
                )
            else:
                cells.append(f'CAST(NULL AS {types[column]}) AS "{column}"')
        return f"SELECT {', '.join(cells)} FROM ({ranked}) GROUP BY {key}"

    # Writing

    def import_file(
        self,
        path,
        preset=None,
        *,
        account=None,
        exported_on=None,
        currency=None,
        mapping=None,
    ):
        """Read one export or form and load it; arguments as in read_export. Returns Imported.

        The raw file is kept under its hash, refusals go to quarantine, one version is committed.
        The same file for the same account again changes nothing. AccountNeeded where neither the
        call, the folder nor the file says whose it is.
        """
        path = Path(path)
        try:
            return self._import(path, preset, account, exported_on, currency, mapping)
        except (OSError, sqlite3.Error) as error:
            named = getattr(error, "filename", None)
            is_source = named is not None and Path(os.fsdecode(named)) == path
            if is_source and isinstance(error, PermissionError):
                raise InputError(
                    f"cannot be read: {error.strerror}.",
                    where=path.name,
                    remedy="Check the file's rights.",
                ) from None
            raise delta.unwritten(self.data if is_source else named or self.data, error) from None

    def _import(self, path, preset, account, exported_on, currency, mapping):
        from opsbook.data import imports

        digest = quarantine.sha256(path) if path.is_file() else ""
        past = self._batch_rows()
        if exported_on is None and digest:
            exported_on = self._day_of(past, path, digest, account)
        export = imports.read(
            path,
            preset,
            account=account,
            exported_on=exported_on,
            currency=currency,
            chosen=mapping,
            data=self.data,
            zones=self._zones,
        )
        self._owned(export)
        same = [
            row
            for row in past
            if row["sha256"] == digest
            and row["account_id"] == export.account
            and row["platform"] == export.platform
            and row["preset_stamp"] == export.details["stamp"]
            and row["exported_on"] == export.exported_on
        ]
        if same:
            return _again(same[-1], export, self.version)
        quarantine.keep_raw(self.data, path, digest)
        about = {"file": path.name, "sha256": digest, "bytes": path.stat().st_size}
        return self._load(export, about)

    def append(self, name, frame, *, source):
        """Write rows of the workbook itself (findings, decisions, ...) to one table.

        frame: columns of the table; source: who writes, kept as source_relation. Returns the
        new version, or the present one where every row was there already.
        """
        from opsbook.data import frames

        arrow = frames.checked(name, frame, source)
        today = datetime.now(UTC).date()
        _, version = self._write({name: arrow}, "rows", today, about=source)
        return version

    def undo(self, batch_id):
        """Take a batch back: the version after it shows the store as if it had not come in.

        Returns the new version. StoreError for an unknown batch or one already undone.
        """
        for attempt in range(ATTEMPTS):
            state = commits.read(self.path)
            if batch_id in state.undone:
                raise StoreError(f"batch {batch_id} is undone already.")
            if batch_id not in state.batches:
                known = ", ".join(list(state.batches)[-3:]) or "none"
                raise StoreError(
                    f"there is no batch {batch_id}; the last are {known}.",
                    remedy="opsbook status lists the batches.",
                )
            if commits.append(
                self.path, state, batch_id=_batch_id(), kind="undo", exported_on=None,
                tables={}, revised=(), wrote={}, undone=[batch_id], about="",
            ):  # fmt: skip
                return state.version + 1
            commits.pause(attempt)
        raise _lost()

    def erase(self, person_key):
        """Erase a person from every table and version, and the raw files that name them.

        Returns a dict of table -> rows erased. Run it while nothing is being imported.
        """
        from opsbook.data import erasure

        return erasure.erase(self, person_key)

    def forget_views(self):
        """Let every table be resolved anew: files under it were rewritten."""
        self._states.clear()
        self._views.clear()
        self._listed.clear()

    def import_folder(self, inbox, *, progress=None):
        """Import every file below a folder, in the order of their paths.

        Accounts come from folders `<platform>@<account>/`. Yields (path, Imported or the error);
        one file's failure does not stop the others.
        """
        from opsbook.errors import OpsbookError

        inbox = Path(inbox)
        if not inbox.is_dir():
            raise InputError("is not a folder.", where=str(inbox), remedy="Check the path.")
        closed = []
        found = [
            Path(at, f) for at, _, names in os.walk(inbox, onerror=closed.append) for f in names
        ]
        for error in closed:
            told = InputError(f"cannot be read: {error.strerror}.", where=error.filename,
                              remedy="Check the folder's rights.")  # fmt: skip
            yield Path(error.filename), told
        for path in sorted(found):
            hidden = any(part.startswith((".", "~$")) for part in path.relative_to(inbox).parts)
            if hidden or path.name in ("README", "README.md"):
                continue
            if progress:
                progress(path)
            try:
                yield path, self.import_file(path)
            except OpsbookError as error:
                yield path, error

    # About the store

    def batches(self):
        """Frame of import_batches: one row per file imported, with is_undone; oldest first."""
        state = commits.read(self.path)
        rows = self._batch_rows(every=True)
        frame = pa.Table.from_pylist(rows, schema=BATCHES).to_pandas(date_as_object=False)
        frame["is_undone"] = frame["import_batch_id"].isin(state.undone)
        return frame.sort_values("imported_at").reset_index(drop=True)

    def commits(self):
        """Frame of commits: one row per version."""
        rows = []
        if (self.path / "commits" / "_delta_log").is_dir():
            rows = commits.rows_of(delta.opened(self.path / "commits"))
        return pa.Table.from_pylist(rows, schema=commits.SCHEMA).to_pandas(date_as_object=False)

    def _batch_rows(self, every=False):
        """Rows of import_batches that a version names; without undone ones unless `every`."""
        folder = self.path / "import_batches"
        if not (folder / "_delta_log").is_dir():
            return []
        rows = delta.rows(delta.opened(folder))
        state = commits.read(self.path)
        seen = set(state.batches) | (set(state.undone) if every else set())
        found = [row for row in rows if row["import_batch_id"] in seen]
        return sorted(found, key=lambda row: row["imported_at"])

    @cached_property
    def _zones(self):
        if not (self.path / "accounts").is_dir():
            return {}
        rows = self.table("accounts").to_pyarrow().to_pylist()
        return {(r["platform"], r["account_id"]): r["time_zone"] for r in rows if r["time_zone"]}

    def _day_of(self, past, path, digest, account):
        """The day under which these very bytes came in before: a second copy is no new export."""
        from opsbook.data.imports import _whose
        from opsbook.data.times import file_day

        if file_day(path):
            return None
        _, whose = _whose(path, account)
        same = [r for r in past if r["sha256"] == digest and r["account_id"] == (whose or "")]
        return same[-1]["exported_on"] if same else None

    def _owned(self, export):
        if export.account or export.details["form"]:
            return
        for name, one in export.arrow.items():
            whose = "shop_account_id" if name == "orders" else "account_id"
            if whose in table_of(name).key and whose not in one.column_names:
                raise AccountNeeded(
                    "does not say whose it is.",
                    where=export.path.name,
                    remedy="Put it in the inbox folder <platform>@<account>/ or give account=.",
                )

    def _load(self, export, about):
        written, version = {}, None
        refused = export.refused_rows
        details = export.details

        def batch(batch_id, new):
            loaded = _records(new, details["repeats"])
            row = {
                "import_batch_id": batch_id, "imported_at": datetime.now(UTC),
                "file": about["file"], "sha256": about["sha256"], "bytes": about["bytes"],
                "preset": export.preset, "preset_version": export.version,
                "preset_stamp": details["stamp"], "confidence": export.confidence,
                "platform": export.platform, "account_id": export.account,
                "exported_on": export.exported_on, "exported_on_from": export.exported_on_from,
                "encoding": details["encoding"], "delimiter": details["delimiter"],
                "sheet": details["sheet"], "header_row": details["header_row"],
                "records": export.records, "loaded": loaded,
                "unchanged": export.records - loaded - refused - export.not_data,
                "refused": refused, "not_data": export.not_data,
                "tables": json.dumps({n: t.num_rows for n, t in new.items()}),
                "totals": json.dumps(export.totals, ensure_ascii=False),
                "notes": json.dumps(export.notes, ensure_ascii=False),
            }  # fmt: skip
            written.update(row)
            return row

        batch_id, version = self._write(
            export.arrow, "import", export.exported_on, about=about["file"], describe=batch
        )
        kept = quarantine.write(self.data, batch_id, about["file"], export.bad)
        return Imported(
            batch_id=batch_id, file=about["file"], preset=export.preset,
            confidence=export.confidence, records=export.records, loaded=written["loaded"],
            unchanged=written["unchanged"], refused=refused, not_data=export.not_data,
            tables=json.loads(written["tables"]), totals=export.totals, notes=export.notes,
            version=version, quarantine=kept,
        )  # fmt: skip

    def _write(self, tables, kind, exported_on, *, about="", describe=None):
        """Append what is new of each table under one new version: (batch id, version)."""
        for attempt in range(ATTEMPTS):
            state = commits.read(self.path)
            batch_id = _batch_id()
            new, revised = {}, set()
            for name, arrow in tables.items():
                fresh, again = self._new_rows(name, arrow, state)
                if fresh.num_rows:
                    new[name] = fresh
                if again:
                    revised.add(name)
            if not new and describe is None:
                return "", state.version
            wrote = {n: [c for c in t.column_names if c not in PROVENANCE] for n, t in new.items()}
            versions = {n: self._append(n, t, batch_id) for n, t in new.items()}
            if describe is not None:
                self._append_batch(describe(batch_id, new))
            while True:
                if commits.append(
                    self.path, state, batch_id=batch_id, kind=kind, exported_on=exported_on,
                    tables=versions, revised=revised, wrote=wrote, about=about,
                ):  # fmt: skip
                    return batch_id, state.version + 1
                commits.pause(attempt)
                later = commits.read(self.path)
                if any(later.tables.get(n) != state.tables.get(n) for n in tables) or (
                    later.undone != state.undone
                ):
                    break  # what is new must be found again; the rows written stay invisible
                state = later
        raise _lost()

    def _new_rows(self, name, arrow, state):
        """(rows not yet there as they are, whether some of their keys are there)."""
        if not self._files(name, state):
            return arrow, False
        table = table_of(name)
        key = [k for k in table.key if k in arrow.column_names]
        own = [c for c in arrow.column_names if c not in PROVENANCE]
        rest = [c for c in own if c not in key]
        con = self.connection.con
        current = self._view(name, state).get_name()
        numbered = arrow.append_column("_row", pa.array(range(arrow.num_rows), pa.int64()))
        con.register("_incoming", numbered)
        try:
            same = " AND ".join(f'i."{c}" IS NOT DISTINCT FROM e."{c}"' for c in rest) or "true"
            joined = " AND ".join(f'i."{k}" = e."{k}"' for k in key)
            found = con.sql(
                f'SELECT i._row, {same} AS same FROM _incoming i JOIN "{current}" e ON {joined}'
            ).to_arrow_table()
        finally:
            con.unregister("_incoming")
        if not found.num_rows:
            return arrow, False
        import pyarrow.compute as pc

        unchanged = found.filter(found["same"])["_row"].combine_chunks()
        fresh = numbered.filter(pc.invert(pc.is_in(numbered["_row"], unchanged))).drop(["_row"])
        return fresh, found.num_rows > len(unchanged)

    def _append(self, name, arrow, batch_id):
        """Append rows to a Delta table, sorted by time so that periods are found by their files."""
        table = table_of(name)
        indexed = [c for c in ("import_batch_id", table.when) if c]
        if "import_batch_id" in arrow.column_names:
            arrow = arrow.drop(["import_batch_id"])
        stamp = pa.repeat(pa.scalar(batch_id), arrow.num_rows)
        arrow = arrow.append_column("import_batch_id", stamp)
        if table.when in arrow.column_names and not _sorted(arrow[table.when]):
            arrow = arrow.sort_by(table.when)
        wanted = [f for f in table.arrow if f.name in arrow.column_names]
        arrow = arrow.select([f.name for f in wanted]).cast(pa.schema(wanted))
        statistics = {"delta.dataSkippingStatsColumns": ",".join(indexed)}
        return delta.append(
            self.path / name, arrow, table.arrow, configuration=statistics, merge=True
        )

    def _append_batch(self, row):
        batch = pa.Table.from_pylist([row], schema=BATCHES)
        delta.append(self.path / "import_batches", batch, BATCHES)


def _records(tables, repeats):
    """How many records of the file gave rows that are new; rows that repeat another do not."""
    import pyarrow.compute as pc

    if not tables:
        return 0
    rows = pa.concat_arrays([t["source_row"].combine_chunks() for t in tables.values()]).unique()
    return len(rows) - pc.sum(pc.is_in(rows, pa.array(repeats, pa.int64()))).as_py()


def _sorted(column):
    import pyarrow.compute as pc

    flat = column.combine_chunks()
    return len(flat) < 2 or bool(pc.all(pc.less_equal(flat[:-1], flat[1:])).as_py())


def _again(row, export, version):
    unchanged = row["records"] - row["refused"] - row["not_data"]
    return Imported(
        batch_id=row["import_batch_id"], file=row["file"], preset=row["preset"],
        confidence=row["confidence"], records=row["records"], loaded=0, unchanged=unchanged,
        refused=row["refused"], not_data=row["not_data"], tables={}, totals=export.totals,
        notes=[f"the same file came in as batch {row['import_batch_id']}", *export.notes],
        version=version,
    )  # fmt: skip


def _batch_id():
    now = datetime.now(UTC)
    return f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}-{secrets.token_hex(4)}"


def _quoted(text):
    return "'" + str(text).replace("'", "''") + "'"


def _lost():
    return StoreError(
        "other imports were faster each time; nothing was lost.",
        remedy="Run it again when they have finished.",
    )
