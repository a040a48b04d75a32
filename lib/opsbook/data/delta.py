"""Delta tables kept open, and small files read once: an import asks for them many times.

Data files never change under one name and size; a table kept open only reads the log's new end.
Each thread of each process keeps its own.
"""

import os
import random
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from opsbook.errors import StoreError

ATTEMPTS = 60
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_kept = threading.local()


def opened(folder):
    """The DeltaTable of a folder at its newest version; StoreError where it cannot be read."""
    from deltalake.exceptions import DeltaError

    try:
        return _opened(folder)
    except (DeltaError, OSError) as error:
        forget(folder)
        raise StoreError(
            f"{folder}: cannot be read: {_first(error)}.",
            remedy="Check the folder's rights and the disk; opsbook doctor names what is damaged.",
        ) from None


def _opened(folder):
    from deltalake import DeltaTable

    folder = Path(folder)
    first = folder / "_delta_log" / f"{0:020d}.json"
    # A folder deleted and made again under the same name is another table.
    stat = first.stat() if first.exists() else None
    stamp = (os.getpid(), stat and (stat.st_ino, stat.st_mtime_ns))
    if not hasattr(_kept, "tables"):
        _kept.tables = {}
    found = _kept.tables.get(folder)
    if found is not None and stat is not None and found[0] == stamp:
        found[1].update_incremental()
        return found[1]
    table = DeltaTable(str(folder))
    _kept.tables[folder] = (stamp, table)
    return table


def at(folder, version):
    """The DeltaTable of a folder at a version."""
    from deltalake import DeltaTable

    newest = opened(folder)
    return newest if newest.version() == version else DeltaTable(str(folder), version=version)


def forget(folder):
    """Let a table be opened anew: a write to it failed half-way."""
    getattr(_kept, "tables", {}).pop(Path(folder), None)


def append(folder, arrow, schema, *, configuration=None, merge=False):
    """Append rows to a table, made with `schema` where it is not there; the version they are in.

    Another writer's commit in between is no failure: the rows are written again. StoreError where
    the disk or the rights do not let them be written; nothing is then in the table.
    """
    from deltalake import DeltaTable, write_deltalake
    from deltalake.exceptions import CommitFailedError, DeltaError

    folder = Path(folder)
    for attempt in range(ATTEMPTS):
        try:
            if not (folder / "_delta_log" / f"{0:020d}.json").exists():
                folder.parent.mkdir(parents=True, exist_ok=True)
                DeltaTable.create(
                    str(folder), schema=schema, mode="ignore", configuration=configuration
                )
            table = opened(folder)
            write_deltalake(table, arrow, mode="append", schema_mode="merge" if merge else None)
            return table.version()
        except CommitFailedError:
            forget(folder)
            time.sleep(min(0.02 * 2**attempt, 1.0) * random.random())
        except (DeltaError, OSError) as error:
            forget(folder)
            raise unwritten(folder, error) from None
    raise StoreError(
        f"{folder.name}: other writers were faster each time; nothing was lost.",
        remedy="Run it again when they have finished.",
    )


def unwritten(folder, error):
    """The StoreError for what the disk refused."""
    return StoreError(
        f"{folder}: could not be written: {_first(error)}. The store is as it was.",
        remedy="Check the disk's free space and the folder's rights, then run it again.",
    )


def _first(error):
    text = str(error).strip() or type(error).__name__
    return getattr(error, "strerror", None) or text.splitlines()[0]


def rows(table):
    """Every row of a small table as dicts, in no order."""
    return [row for uri in table.file_uris() for row in _file_rows(uri, _size(uri))]


def columns(path):
    """The column names of one Parquet file."""
    return _file_columns(str(path), _size(path))


def _size(path):
    stat = os.stat(str(path).removeprefix("file://"))
    return stat.st_size, stat.st_mtime_ns


@lru_cache(maxsize=100_000)
def _file_rows(path, size):
    import pyarrow.parquet as pq

    table = pq.ParquetFile(path.removeprefix("file://")).read()
    columns = [_values(table[name]) for name in table.column_names]
    return tuple(
        dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)
    )


def _values(column):
    """A column's values; moments by hand, for which Arrow would import pandas (0.3 s)."""
    if not pa.types.is_timestamp(column.type):
        return column.to_pylist()
    counts = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_pylist()
    return [None if n is None else EPOCH + timedelta(microseconds=n) for n in counts]


@lru_cache(maxsize=100_000)
def _file_columns(path, size):
    import pyarrow.parquet as pq

    return tuple(pq.read_schema(path).names)
