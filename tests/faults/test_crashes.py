"""SIGKILL at random moments: nothing acknowledged is lost, nothing half done is seen, and it mends.

OPSBOOK_CRASHES says how many rounds (20; `make soak` takes 200).
"""

import datetime as dt
import json
import os
import subprocess
import sys
import time

from opsbook import Store, run
from opsbook.data import upkeep
from opsbook.publish import retention
from opsbook.publish.backup import backup
from tests.faults import brand, crashing

ROUNDS = int(os.environ.get("OPSBOOK_CRASHES", "20"))
SEED = int(os.environ.get("OPSBOOK_SEED", "9"))


def test_killed_at_random_moments_nothing_is_lost_and_the_next_run_mends(tmp_path, monkeypatch):
    home = brand.make(tmp_path / "brand")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.crashing", str(home), str(SEED), str(ROUNDS)],
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary), "OPSBOOK_HOME": str(home)},
        check=True,
    )
    rounds = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rounds) == ROUNDS
    assert [r for r in rounds if r["faults"]] == []
    assert {r["kind"] for r in rounds} == set(crashing.KINDS)
    assert sum(r["acknowledged"] for r in rounds) > ROUNDS / 2  # work was done, not only begun
    print(json.dumps({k: _sums(rounds, k) for k in crashing.KINDS}))

    # a day later
    for path in [*tmp_path.rglob("*"), *tmp_path.rglob(".*")]:
        os.utime(path, (time.time() - 90_000,) * 2, follow_symlinks=False)
    monkeypatch.setenv("OPSBOOK_HOME", str(home))
    store = Store(home / "data" / "store")
    before = store.frame("post_daily").sort_values("post_id").reset_index(drop=True)
    retention.clean(home, now=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1))
    run("6", "2026-W46", home=home)
    backup(tmp_path / crashing.BACKUP, home=home)
    after = Store(store.path).frame("post_daily").sort_values("post_id").reset_index(drop=True)
    assert after.equals(before)
    assert upkeep.broken(Store(store.path)) == []
    assert crashing.check(home) == []
    assert debris(tmp_path) == []


def _sums(rounds, kind):
    of_kind = [r for r in rounds if r["kind"] == kind]
    return {"rounds": len(of_kind), "acknowledged": sum(r["acknowledged"] for r in of_kind)}


def debris(folder):
    """What processes that were killed have left and nobody has cleaned."""
    names = (".run-*", ".*-old-*", "*.part", "_commit_*.tmp", f".{crashing.BACKUP}.*")
    found = [p for name in names for p in folder.rglob(name)]
    found += [p for p in (folder / "brand" / "data" / "raw").glob(".*")]
    found += list((folder / "tmp").glob("opsbook-*"))
    return found
