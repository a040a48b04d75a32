"""Writing to the store: what of a file is new, appended to its tables under one new version."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opsbook.data import batches, commits, delta, visible
from opsbook.data.schema import PROVENANCE
from opsbook.data.schema import table as table_of
from opsbook.errors import StoreError

ATTEMPTS = 60
WHOSE = ("platform", "account_id", "shop_account_id")


def write(store, tables, kind, exported_on, *, about="", describe=None):
    """Append what is new of each table under one new version: (batch id, version)."""
    for attempt in range(ATTEMPTS):
        state = commits.read(store.path)
        batch_id = batches.new_id()
        new, revised = {}, set()
        for name, arrow in tables.items():
            fresh, again = _new_rows(store, name, arrow, state)
            if fresh.num_rows:
                new[name] = fresh
            if again:
                revised.add(name)
        if not new and describe is None:
            return "", state.version
        wrote = {n: [c for c in t.column_names if c not in PROVENANCE] for n, t in new.items()}
        versions = {n: _append(store.path, n, t, batch_id) for n, t in new.items()}
        if describe is not None:
            _append_batch(store.path, describe(batch_id, new))
        while True:
            if commits.append(
                store.path, state, batch_id=batch_id, kind=kind, exported_on=exported_on,
                tables=versions, revised=revised, wrote=wrote, about=about,
            ):  # fmt: skip
                return batch_id, state.version + 1
            commits.pause(attempt)
            later = commits.read(store.path)
            if any(later.tables.get(n) != state.tables.get(n) for n in tables) or (
                later.undone != state.undone
            ):
                break  # what is new must be found again; the rows written stay invisible
            state = later
    raise lost()


def _new_rows(store, name, arrow, state):
    """(rows not yet there as they are, whether some of their keys are there)."""
    files = _overlapping(store, name, arrow, state)
    if not files:
        return arrow, False
    key = [k for k in table_of(name).key if k in arrow.column_names]
    rest = [c for c in arrow.column_names if c not in PROVENANCE and c not in key]
    numbers = pa.array(np.arange(arrow.num_rows))
    numbered = arrow.append_column("_row", numbers)
    # A column of the key with one value in the whole file needs no join: Parquet's own statistics
    # then leave out the rows of other accounts.
    once = {k: arrow[k][0].as_py() for k in key if k in WHOSE and _is_one_text(arrow[k])}
    joined = " AND ".join(f'i."{k}" = e."{k}"' for k in key if k not in once) or "true"
    here = " AND ".join(f'"{k}" = {visible.quoted(v)}' for k, v in once.items()) or "true"
    con = store.engine
    con.register("_incoming", numbered.select([*key, "_row"]))
    try:
        # Keys first: most files bring none that is there, and the other columns stay unread.
        found = con.sql(
            f"SELECT i._row FROM _incoming i SEMI JOIN "
            f"(SELECT * FROM ({visible.rows(name, files, state)}) WHERE {here}) e ON {joined}"
        ).to_arrow_table()["_row"]
        if not len(found):
            return arrow, False
        con.register("_known", numbered.take(found))
        same = " AND ".join(f'i."{c}" IS NOT DISTINCT FROM e."{c}"' for c in rest) or "true"
        unchanged = con.sql(
            f"SELECT i._row FROM _known i JOIN "
            f"(SELECT * FROM ({visible.current(name, files, state)}) WHERE {here}) e "
            f"ON {joined} WHERE {same}"
        ).to_arrow_table()["_row"]
    finally:
        con.unregister("_incoming")
        con.unregister("_known")
    fresh = arrow.filter(pc.invert(pc.is_in(numbers, unchanged.combine_chunks())))
    return fresh, len(found) > len(unchanged)


def _is_one_text(column):
    if not pa.types.is_string(column.type) or column.null_count:
        return False
    return pc.all(pc.equal(column, column[0])).as_py()


def _overlapping(store, name, arrow, state):
    """Files of the table that may hold one of the rows' keys: where its day is of the key, of days
    that the rows have too."""
    files = store.files(name, state)
    when = table_of(name).when
    # Moments are cut to milliseconds in the log: only days can be compared.
    if not files or when not in table_of(name).key or when not in arrow.column_names:
        return files
    if not pa.types.is_date(arrow[when].type):
        return files
    span = pc.min_max(arrow[when]).as_py()
    if span["min"] is None:
        return files
    return [f for f in files if f.low is None or (f.low <= span["max"] and span["min"] <= f.high)]


def _append(path, name, arrow, batch_id):
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
    return delta.append(path / name, arrow, table.arrow, configuration=statistics, merge=True)


def _append_batch(path, row):
    batch = pa.Table.from_pylist([row], schema=batches.SCHEMA)
    delta.append(path / "import_batches", batch, batches.SCHEMA)


def _sorted(column):
    flat = column.combine_chunks()
    return len(flat) < 2 or bool(pc.all(pc.less_equal(flat[:-1], flat[1:])).as_py())


def lost():
    """The StoreError for a race lost too often."""
    return StoreError(
        "other imports were faster each time; nothing was lost.",
        remedy="Run it again when they have finished.",
    )


def records(tables, repeats):
    """How many records of the file gave rows that are new; rows that repeat another do not."""
    if not tables:
        return 0
    rows = pa.concat_arrays([t["source_row"].combine_chunks() for t in tables.values()]).unique()
    return len(rows) - pc.sum(pc.is_in(rows, pa.array(repeats, pa.int64()))).as_py()
