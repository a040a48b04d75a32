"""The store: canonical tables as Delta Lake, versioned as one, read by DuckDB through ibis.

Tables are append-only. A version of the store names what can be seen (see `commits`); `visible`
says how a key that came in again is superseded, `writing` what of a file is new. Tables in which
no key came in twice are read as they lie.
"""

import os
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from opsbook.data import batches, commits, delta, jumps, quarantine, visible, writing
from opsbook.data.schema import table as table_of
from opsbook.errors import AccountNeeded, InputError, OpsbookError, StoreError

# A table of at most so many bytes of Parquet is read once and held in memory (about ten times as
# many bytes there); of a larger one each query reads the columns and days that it needs.
SMALL = 8 << 20


class Store:
    """A store in a folder: Store(path). Nothing is opened or made before it is needed."""

    def __init__(self, path):
        self.path = Path(path).resolve()
        self._states = {}
        self._views = {}
        self._held = set()
        self._listed = {}

    @property
    def data(self):
        """The data folder: raw/, quarantine/ and private/ lie beside the store in it."""
        return self.path.parent

    @cached_property
    def engine(self):
        """The DuckDB connection of this store."""
        import duckdb

        threads = os.environ.get("OPSBOOK_THREADS")
        con = duckdb.connect(config={"threads": int(threads)} if threads else {})
        con.execute("SET TimeZone = 'UTC'")
        return con

    @cached_property
    def connection(self):
        """The same connection as ibis knows it."""
        import ibis

        return ibis.duckdb.from_connection(self.engine)

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
        from opsbook.data.export import pandas_frame

        return pandas_frame(self.table(name, version).to_pyarrow(), name)

    def is_empty(self, name, version=None):
        """Whether a table has no row as of a version."""
        state = self.state(version)
        files = self.files(name, state)
        if not files or all(file.whole for file in files):
            return not files
        return self._view(name, state).count().to_pyarrow().as_py() == 0

    def _view(self, name, state):
        view = f"{name}_v{state.version}"
        if view not in self._views:
            sql = visible.current(name, self.files(name, state), state)
            self._views[view] = self._made(view, sql, self._is_small(name, state))
        return self._views[view]

    def _is_small(self, name, state):
        return sum(file.size for file in self.files(name, state)) <= SMALL

    def holds(self, names, version=None):
        """Whether all these tables are small enough to be held in memory."""
        return all(self._is_small(name, self.state(version)) for name in names)

    def _made(self, name, sql, held):
        """A view of the engine, or its rows held in memory, as an ibis table."""
        if held:
            self._held.add(name)
        kind = "TABLE" if held else "VIEW"
        self.connection.raw_sql(f'CREATE TEMP {kind} "{name}" AS {sql}')
        return self.connection.table(name)

    def prepared(self, key, build):
        """The expression build() gives, kept under a key by the engine.

        Building SQL out of a long expression takes longer than running it: a query over what is
        kept builds only what it adds. Rows out of tables in memory are held in memory too; a view
        over files still reads only the columns and rows that it needs. An expression that carries
        rows of its own is given as it is.
        """
        if key not in self._views:
            import ibis.expr.operations as ops

            rows = build()
            if not rows.op().find(ops.InMemoryTable):
                read = {table.name for table in rows.op().find(ops.DatabaseTable)}
                sql = self.connection.compile(rows)
                rows = self._made(f"prepared {key}", sql, read <= self._held)
            self._views[key] = rows
        return self._views[key]

    def files(self, name, state):
        """The Parquet files (visible.File) of a table that a version names."""
        if name not in state.tables:
            return []
        wanted = (name, state.tables[name])
        if wanted not in self._listed:
            table = delta.at(self.path / name, state.tables[name])
            self._listed[wanted] = pa.table(table.get_add_actions(flatten=True)).to_pylist()
        return visible.files(self.path / name, name, self._listed[wanted], state)

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
        from opsbook.data import containers, imports, origin

        containers.size_of(path, origin.most_mb(origin.settings_of(self.data)))
        digest = quarantine.sha256(path) if path.is_file() else ""
        state = self.state()
        past = self.batch_rows(state=state)
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
            return batches.again(same[-1], export, self.version)
        export = replace(export, notes=[*export.notes, *jumps.told(self, state, export, past)])
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
        _, version = writing.write(self, {name: arrow}, "rows", today, about=source)
        return version

    def undo(self, batch_id):
        """Take a batch back: the version after it shows the store as if it had not come in.

        Returns the new version. StoreError for an unknown batch or one already undone.
        """
        for attempt in range(writing.ATTEMPTS):
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
                self.path, state, batch_id=batches.new_id(), kind="undo", exported_on=None,
                tables={}, revised=(), wrote={}, undone=[batch_id], about="",
            ):  # fmt: skip
                return state.version + 1
            commits.pause(attempt)
        raise writing.lost()

    def erase(self, person_key):
        """Erase a person from every table and version, and the raw files that name them.

        Returns a dict of table -> rows erased. Run it while nothing is being imported.
        """
        from opsbook.data import erasure

        return erasure.erase(self, person_key)

    def forget_views(self):
        """Let every table be resolved anew: files under it were rewritten."""
        self._states.clear()
        self._listed.clear()
        self._views.clear()
        self._held.clear()
        for kept in ("connection", "engine"):
            self.__dict__.pop(kept, None)

    def import_folder(self, inbox, *, progress=None):
        """Import every file below a folder, in the order of their paths.

        Accounts come from folders `<platform>@<account>/`. Yields (path, Imported or the error);
        one file's failure does not stop the others.
        """
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
        rows = self.batch_rows(every=True)
        frame = pa.Table.from_pylist(rows, schema=batches.SCHEMA).to_pandas(date_as_object=False)
        frame["is_undone"] = frame["import_batch_id"].isin(state.undone)
        return frame.sort_values("imported_at").reset_index(drop=True)

    def commits(self):
        """Frame of commits: one row per version."""
        rows = []
        if (self.path / "commits" / "_delta_log").is_dir():
            rows = commits.rows_of(delta.opened(self.path / "commits"))
        return pa.Table.from_pylist(rows, schema=commits.SCHEMA).to_pandas(date_as_object=False)

    def batch_rows(self, every=False, state=None):
        """Rows of import_batches that a state (the newest) names; undone ones too with `every`."""
        folder = self.path / "import_batches"
        if not (folder / "_delta_log").is_dir():
            return []
        rows = delta.rows(delta.opened(folder))
        state = state or self.state()
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
        from opsbook.data.origin import whose
        from opsbook.data.times import file_day

        if file_day(path):
            return None
        _, owner = whose(path, account)
        same = [r for r in past if r["sha256"] == digest and r["account_id"] == (owner or "")]
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
        written = {}

        def describe(batch_id, new):
            loaded = writing.records(new, export.details["repeats"])
            written.update(batches.row(batch_id, export, about, new, loaded))
            return written

        batch_id, version = writing.write(
            self, export.arrow, "import", export.exported_on, about=about["file"], describe=describe
        )
        kept = quarantine.write(self.data, batch_id, about["file"], export.bad)
        return batches.told(written, export, version, kept)
