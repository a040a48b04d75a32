"""A dashboard and a scheduler under load: no growth, no open ends, no process left behind.

OPSBOOK_ENDURANCE_SECONDS says how long (120; `make soak` takes 3600).
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.faults.crashing import alive
from tests.publish.conftest import make_home
from tests.publish.serving import Visitor, serving

SECONDS = float(os.environ.get("OPSBOOK_ENDURANCE_SECONDS", "120"))
TICK = 20  # seconds between two calls of the scheduler
GROWTH_MIB = 60  # above the level of the first third: caches fill until then
MARK = "OPSBOOK_ENDURANCE_MARK"


def used(process):
    """(resident MiB, open files, processes) of a process and what it has started."""
    pids = [process]
    for pid in pids:
        children = Path(f"/proc/{pid}/task/{pid}/children")
        pids += [int(c) for c in children.read_text().split()] if children.exists() else []
    size = files = 0
    for pid in pids:
        try:
            size += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
            files += len(list(Path(f"/proc/{pid}/fd").iterdir())) if pid == process else 0
        except OSError:
            continue
    return size >> 20, files, len(pids)


def test_no_growth_no_leak_no_orphan(tmp_path, monkeypatch):
    from opsbook.publish.run import run

    home = make_home(tmp_path / "brand", 6)
    run("all", home=home, formats=("html",))
    monkeypatch.setenv(MARK, str(os.getpid()))
    schedule = [sys.executable, "-c", "from opsbook.cli import main; main()", "schedule", "--home", str(home), "--once"]  # fmt: skip
    samples, visits, ticks = [], 0, 0
    with serving(home) as (address, tokens):
        visitor = Visitor(address, tokens["editor"])
        server = next(p for p in alive(f"{MARK}={os.getpid()}") if _serves(p))
        until, tick = time.monotonic() + SECONDS, 0.0
        while time.monotonic() < until or len(samples) < 12:
            for path in ("/", f"/chapter/6?top={visits % 9 + 1}", f"/chapter/6/live?top={visits % 9 + 1}", "/desk", "/api/offers"):  # fmt: skip
                assert visitor.get(path)[0] == 200
                visits += 1
            assert visitor.write({"kind": "finding", "finding_id": f"F{visits}"})[0] == 200
            if time.monotonic() > tick:
                tick, ticks = time.monotonic() + TICK, ticks + 1
                done = subprocess.run(schedule, capture_output=True, text=True)
                assert done.returncode == 0, done.stdout + done.stderr
            samples.append(used(server))
            time.sleep(2)
    third = max(len(samples) // 3, 1)
    early, late = samples[third : 2 * third], samples[-third:]
    told = {
        "visits": visits,
        "ticks": ticks,
        "mib": [statistics.median(s[0] for s in part) for part in (early, late)],
        "files": [max(s[1] for s in part) for part in (early, late)],
        "processes": [max(s[2] for s in part) for part in (early, late)],
    }
    print(json.dumps(told))
    assert told["mib"][1] - told["mib"][0] < GROWTH_MIB
    assert told["files"][1] <= told["files"][0] + 10
    assert told["processes"][1] <= told["processes"][0] + 2
    ended = time.monotonic() + 15
    while (left := alive(f"{MARK}={os.getpid()}")) and time.monotonic() < ended:
        time.sleep(0.2)
    assert left == []
    assert not list((home / "reports").glob(".run-*"))


def _serves(pid):
    return b"serve" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
