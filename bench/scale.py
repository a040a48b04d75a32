"""Chapter 7's tables on growing numbers of post-day rows, against the same sums in pandas."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.timing import Figure, environment

ROOT = Path(__file__).parents[1]
SIZES = (1_000_000, 10_000_000, 100_000_000)


def figures(sizes=SIZES):
    """Seconds and MiB of chapter 7's overview per size, and pandas at the largest that fits."""
    seconds = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                [sys.executable, "-m", "bench.big", folder, str(size)],
                cwd=ROOT,
                env=environment(),
                check=True,
            )
            seconds[size], mib = _measured("ours", folder)
            holds = None
            if size == 100_000_000:
                holds = seconds[size] < 10 and mib < 2048
            peer, peer_mib = _measured("pandas", folder) if size <= 10_000_000 else (None, None)
            yield Figure(
                f"chapter 7 at {size:,} post-day rows", seconds[size], peer="the same sums in pandas",
                peer_figure=peer, target="under 10 s and 2 GiB" if size == 100_000_000 else "",
                holds=holds, note=f"peak {mib:.0f} MiB" + (f", pandas {peer_mib:.0f} MiB" if peer_mib else ""),
            )  # fmt: skip


def _measured(who, folder):
    """(seconds, peak MiB) of a child that computes the overview."""
    env = environment(OPSBOOK_HOME=folder, OPSBOOK_CHARTS="static")
    done = subprocess.run(
        [sys.executable, "-m", "bench.overview", who, folder],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-800:])
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return found["seconds"], found["mib"]


def main():
    for figure in figures(tuple(int(a) for a in sys.argv[1:]) or SIZES):
        print(json.dumps(figure.record()), os.getpid(), time.strftime("%H:%M"))


if __name__ == "__main__":
    main()
