"""Import of post-day rows in csv layouts, against pandas.read_csv + to_parquet of the same files.

python -m bench.imports [ROWS]      1,000,000 where none is given
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.timing import Figure, environment

ROOT = Path(__file__).parents[1]
FILES = 4  # per layout
RUNS = 3
X = ("Post id,Date,Post text,Post Link,Impressions,Likes,Engagements,Bookmarks,Shares,New follows,"
     "Replies,Reposts,Profile visits,Detail Expands,URL Clicks,Hashtag Clicks,Permalink Clicks")  # fmt: skip
FACEBOOK = (
    "Post ID,Page ID,Page name,Title,Description,Duration (sec),Publish time,Caption type,Permalink,"
    "Is crosspost,Is share,Post type,Languages,Custom labels,Funded content status,Data comment,Date,"
    'Views,Reach,"Reactions, Comments and Shares",Reactions,Comments,Shares,Total clicks,Link Clicks,'
    "Other Clicks,Seconds viewed,Average Seconds viewed,Estimated earnings (USD),Ad impressions,"
    "Matched audience"
)
VIDEOS = "Video title,Video link,Post time,Video views,Likes,Comments,Shares,Add to Favorites"
CHART = "Date,Content,Video title,Video publish time,Duration,Views"


def layouts():
    """Layout -> (header, line of row i of a file exported on day d)."""

    def x(i, d):
        n = (i * 37 + d * 11) % 9000
        return (
            f'18915{i:014d},"Tue, Jul {i % 28 + 1}, 2026",Spring tea number {i} is in,'
            f"https://x.com/nanshan/status/18915{i:014d},{n},{n // 20},{n // 15},{n // 90},{n // 70},"
            f"{n // 400},{n // 60},{n // 50},{n // 30},{n // 25},{n // 45},{n % 7},{n % 5}"
        )

    def facebook(i, d):
        n = (i * 41 + d * 13) % 9000
        return (
            f'12210{i:013d},101234567890123,Nanshan Tea,,"Spring tea, number {i} is in",0,'
            f"{i % 12 + 1:02d}/{i % 28 + 1:02d}/2025 05:14,,https://www.facebook.com/12210{i:013d},0,0,"
            f"Photos,,,,,Lifetime,{n},{n // 2},{n // 9},{n // 12},{n // 60},{n // 50},{n // 8},{n // 16},"
            f"{n // 16},0.0,0.0,0.0,0,"
        )

    def videos(i, d):
        n = (i * 43 + d * 17) % 9000
        return (
            f"Spring tea number {i},https://www.tiktok.com/@nanshan/video/74111{i:014d},"
            f"2025/{i % 12 + 1:02d}/{i % 28 + 1:02d} 18:{i % 60:02d}:10,{n},{n // 12},{n // 90},{n // 80},{n // 70}"
        )

    def chart(i, d):
        post, day = divmod(i, 365)
        n = (post * 43 + day * 17) % 900
        date = time.strftime("%Y-%m-%d", time.gmtime(1_735_689_600 + day * 86_400))
        return (
            f'{date},v{d}_{post:07d},Spring tea number {post},"May 27, 2024",{60 + post % 500},{n}'
        )

    return {
        "X content": (X, x), "Facebook posts": (FACEBOOK, facebook),
        "TikTok videos": (VIDEOS, videos), "YouTube chart": (CHART, chart),
    }  # fmt: skip


def write(folder, rows):
    """Files of the layouts with so many rows in all; each an export of another day."""
    each = rows // (len(layouts()) * FILES)
    for name, (header, line) in layouts().items():
        for number in range(FILES):
            path = Path(folder) / f"{name} 2026-09-{number + 1:02d}.csv"
            with open(path, "w", encoding="utf-8") as out:
                out.write(header + "\n")
                out.writelines(line(i, number) + "\n" for i in range(each))


def figures(rows=1_000_000):
    """Median processor time of the import and of pandas, and the import's highest memory."""
    with tempfile.TemporaryDirectory() as folder:
        inbox = Path(folder) / "inbox"
        inbox.mkdir()
        write(inbox, rows)
        found = {"ours": [], "pandas": []}
        for turn in range(RUNS):  # in turn, so that both meet the same machine
            for who, runs in found.items():
                out = Path(folder) / f"{who}{turn}"
                out.mkdir()
                runs.append(_child(who, inbox, out))
                shutil.rmtree(out)
    ours, peer = (median(seconds for seconds, _ in runs) for runs in found.values())
    mib, peer_mib = (max(most for _, most in runs) for runs in found.values())
    yield Figure(
        f"import of {rows:,} post-day rows (processor time)", ours,
        peer="pandas.read_csv + to_parquet of the same files", peer_figure=peer,
        target="at most 6 times, under 1 GiB", holds=ours <= 6 * peer and mib < 1024,
        runs=RUNS, note=f"{ours / peer:.2f} times; peak {mib:.0f} MiB, pandas {peer_mib:.0f} MiB",
    )  # fmt: skip


def _child(who, inbox, folder):
    done = subprocess.run(
        [sys.executable, "-m", "bench.imports", who, str(inbox), str(folder)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-800:])
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return found["seconds"], found["mib"]


def _ours(inbox, folder):
    from opsbook import Store

    store = Store(Path(folder) / "data" / "store")
    loaded = 0
    for path in sorted(Path(inbox).iterdir()):
        done = store.import_file(path, account="nanshan")
        assert done.refused == 0, done
        loaded += done.loaded
    return loaded


def _pandas(inbox, folder):
    import pandas as pd

    rows = 0
    for path in sorted(Path(inbox).iterdir()):
        frame = pd.read_csv(path)
        frame.to_parquet(Path(folder) / f"{path.stem}.parquet")
        rows += len(frame)
    return rows


def main():
    if sys.argv[1:2] and sys.argv[1] in ("ours", "pandas"):
        import deltalake  # noqa: F401
        import pandas  # noqa: F401
        import pyarrow.csv
        import pyarrow.parquet  # noqa: F401

        import opsbook.data.store  # noqa: F401

        start = time.process_time()
        rows = {"ours": _ours, "pandas": _pandas}[sys.argv[1]](*sys.argv[2:4])
        seconds = time.process_time() - start
        mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "mib": mib, "rows": rows}))
        return
    for figure in figures(*(int(a) for a in sys.argv[1:])):
        print(json.dumps(figure.record()), os.getpid(), time.strftime("%H:%M"))


if __name__ == "__main__":
    main()
