"""Delta tables kept open, and small files read once: an import asks for them many times.

Data files never change under one name and size; a table kept open only reads the log's new end.
Each thread of each process keeps its own.
"""

import os
import threading
from functools import lru_cache
from pathlib import Path

_kept = threading.local()


def opened(folder):
    """The DeltaTable of a folder at its newest version."""
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

    return tuple(pq.ParquetFile(path.removeprefix("file://")).read().to_pylist())


@lru_cache(maxsize=100_000)
def _file_columns(path, size):
    import pyarrow.parquet as pq

    return tuple(pq.read_schema(path).names)
