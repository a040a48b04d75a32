"""Many at once: no lost update, no duplicate, no reader sees half an import.

OPSBOOK_LOAD_SECONDS says how long (20; `make soak` takes 600).
"""

import json
import os
import subprocess
import sys

from tests.faults import brand, load

SECONDS = float(os.environ.get("OPSBOOK_LOAD_SECONDS", "20"))


def test_many_at_once_lose_nothing_and_see_nothing_half_done(tmp_path):
    home = brand.make(tmp_path / "brand")
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.load", str(home), str(SECONDS)],
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS + 600,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(told["counts"]))
    assert told["faults"] == []
    assert all(told["counts"][kind] >= n for kind, n in load.PARTS.items())
