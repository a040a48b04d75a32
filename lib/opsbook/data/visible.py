"""What a version of the store shows of a table, as one SQL statement over Parquet files.

A key that came in again is superseded on reading: the newer export wins, then the later commit; a
column that the newer file does not carry keeps its older figure.
"""

from typing import NamedTuple

from opsbook.data import delta
from opsbook.data.schema import PROVENANCE
from opsbook.data.schema import table as table_of

DUCK = {
    "text": "VARCHAR", "json": "VARCHAR", "int": "BIGINT", "number": "DOUBLE", "rate": "DOUBLE",
    "money": "DECIMAL(18,4)", "bool": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMPTZ",
}  # fmt: skip


class File(NamedTuple):
    """A Parquet file; `whole`: every row in it is visible; `low`, `high`: its first and last day
    (or moment), None where the table has none; `size` in bytes."""

    path: str
    whole: bool
    low: object
    high: object
    size: int


def files(folder, name, added, state):
    """The Files that a version names, out of the Delta log's `added` files."""
    when = table_of(name).when
    found = []
    for one in added:
        low, high = one.get("min.import_batch_id"), one.get("max.import_batch_id")
        if low == high:
            if low not in state.batches:
                continue
            whole = True
        else:  # compacted: many batches, all committed; some may be undone since
            whole = not state.undone
        days = one.get(f"min.{when}"), one.get(f"max.{when}")
        found.append(File(str(folder / one["path"]), whole, *days, one["size_bytes"]))
    return found


def current(name, files, state):
    """SQL of what a version shows of a table: one row per key."""
    sql = rows(name, files, state)
    return _current(name, _types(name), state, sql) if files and name in state.revised else sql


def _types(name):
    types = {c.name: DUCK[c.type] for c in table_of(name).columns.values()}
    return types | {n: DUCK[t] for n, t in PROVENANCE.items()}


def rows(name, files, state):
    """SQL of every visible row of a table in its Parquet `files`; a key may come more than once."""
    types = _types(name)
    if not files:
        nothing = ", ".join(f'CAST(NULL AS {t}) AS "{c}"' for c, t in types.items())
        return f"SELECT {nothing} WHERE false"
    have = {column for file in files for column in delta.columns(file.path)}
    listed = ", ".join(quoted(f.path) for f in files)
    cells = ", ".join(
        f'"{c}"::{t} AS "{c}"' if c in have else f'CAST(NULL AS {t}) AS "{c}"'
        for c, t in types.items()
    )
    sql = f"SELECT {cells} FROM read_parquet([{listed}], union_by_name = true)"
    if not all(f.whole for f in files):
        gone = ", ".join(quoted(b) for b in sorted(state.undone))
        sql += f" WHERE import_batch_id NOT IN ({gone})"
    return sql


def _current(name, types, state, sql):
    """One row per key: per column the newest batch that supplies the column."""
    supply = {b: (r, wrote[name]) for b, (r, wrote) in state.batches.items() if name in wrote}
    ranks = ", ".join(f"({quoted(b)}, {rank})" for b, (rank, _) in supply.items())
    ranked = (
        f"SELECT t.*, r.rank AS _rank FROM ({sql}) t "
        f"JOIN (VALUES {ranks}) r(batch, rank) ON t.import_batch_id = r.batch"
    )
    key = ", ".join(f'"{k}"' for k in table_of(name).key)
    if len({frozenset(columns) for _, columns in supply.values()}) == 1:
        every = ", ".join(f'"{c}"' for c in types)
        return (
            f"SELECT {every} FROM ({ranked}) QUALIFY "
            f"row_number() OVER (PARTITION BY {key} ORDER BY _rank DESC) = 1"
        )
    cells = []
    for column in types:
        if column in table_of(name).key:
            cells.append(f'"{column}"')
            continue
        givers = [b for b, (_, columns) in supply.items() if column in columns]
        if column in PROVENANCE or len(givers) == len(supply):
            cells.append(f'arg_max_null("{column}", _rank) AS "{column}"')
        elif givers:
            listed = ", ".join(quoted(b) for b in givers)
            cells.append(
                f'arg_max_null("{column}", _rank) FILTER (import_batch_id IN ({listed})) '
                f'AS "{column}"'
            )
        else:
            cells.append(f'CAST(NULL AS {types[column]}) AS "{column}"')
    return f"SELECT {', '.join(cells)} FROM ({ranked}) GROUP BY {key}"


def quoted(text):
    """A text as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"
