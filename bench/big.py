"""A store with many post-day rows, written straight as Delta: python -m bench.big FOLDER ROWS."""

import shutil
import sys
from pathlib import Path

import duckdb
import pyarrow as pa

ROOT = Path(__file__).parents[1]
DAYS = 365


def make(folder, rows):
    """Posts with a year of daily figures each; the store's own append writes them in chunks."""
    from opsbook import Store

    folder = Path(folder)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "data" / "workbook.toml", folder / "data" / "workbook.toml")
    store = Store(folder / "data" / "store")
    posts = max(rows // DAYS, 1)
    store.append("posts", _posts(posts), source="bench")
    step = max(2_000_000 // DAYS, 1)
    for first in range(0, posts, step):
        last = min(first + step, posts)
        store.append("post_daily", _daily(first, last), source="bench")


def _posts(count):
    return duckdb.sql(
        f"""SELECT ['douyin','xiaohongshu','weibo','x'][i % 4 + 1] AS platform, 'a' || (i % 8) AS account_id,
        'p' || i AS post_id, TIMESTAMPTZ '2025-11-16 04:00:00+00' + INTERVAL (i % 365) DAY AS created_timestamp,
        'minute' AS created_precision, 'video' AS post_type, false AS is_boosted FROM range({count}) t(i)"""
    ).df()


def _daily(first, last):
    table = duckdb.sql(
        f"""SELECT ['douyin','xiaohongshu','weibo','x'][i % 4 + 1] AS platform, 'a' || (i % 8) AS account_id,
        'p' || i AS post_id, DATE '2025-11-16' + CAST(d AS INTEGER) AS as_of_date, 'daily' AS basis,
        CAST((hash(i * 1000 + d) % 500) AS BIGINT) AS views, CAST((hash(i + d) % 30) AS BIGINT) AS likes,
        CAST((hash(i + 2 * d) % 9) AS BIGINT) AS comments, CAST((hash(i + 3 * d) % 5) AS BIGINT) AS shares
        FROM range({first}, {last}) t(i), range({DAYS}) u(d)"""
    ).to_arrow_table()
    return pa.Table.to_pandas(table)


if __name__ == "__main__":
    make(sys.argv[1], int(sys.argv[2]))
