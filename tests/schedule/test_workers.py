"""Past one machine: real PostgreSQL, real Redis, two workers; one is killed, nothing is made twice."""

import collections
import os
import re
import signal
import subprocess

import dagster as dg
import pytest

from opsbook.publish import manifest

from ..publish.conftest import edit, make_home
from . import services

pytestmark = pytest.mark.system
SETTINGS = """
[workers]
at_once = 2
lost_after_minutes = 0.2

[schedule]
formats = []
retries = 1
wait_seconds = 1
limit_minutes = 5

[schedule.plans.weekly]
chapters = "1-4"
cron = "0 7 * * 1"
period = "week"
"""
CHAPTERS = (1, 2, 3, 4)
WEEKS = ("2026-W45", "2026-W46")
# every execution of a chapter says so in a file; chapter 2 of the first week waits to be killed,
# of that week alone, so that a worker is left to take over
MARK = """
import os, pathlib, time
marks = pathlib.Path({marks!r})
with open(marks / "begun", "a") as out:
    out.write("{chapter} " + str(period) + chr(10))
if {chapter} == 2 and str(period) == "2026-W45":
    while (marks / "hold").exists():
        time.sleep(0.1)
with open(marks / "done", "a") as out:
    out.write("{chapter} " + str(period) + chr(10))
"""


@pytest.fixture
def brand(tmp_path):
    folder = make_home(tmp_path / "brand", *CHAPTERS)
    file = folder / "data" / "workbook.toml"
    file.write_text(file.read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    for number in CHAPTERS:
        mark = MARK.format(marks=str(tmp_path), chapter=number)
        edit(
            folder / "notebooks" / f"{number:02d}_ads.ipynb",
            lambda nb, mark=mark: nb.cells[4].update(source=nb.cells[4].source + mark),
        )
    return folder


def lines(file):
    return file.read_text().splitlines() if file.exists() else []


def materialized(home, more):
    """How often each chapter and report of each week was made, by Dagster's own history."""
    place = home / "reports" / ".schedule" / "dagster"
    count = collections.Counter()
    with dg.DagsterInstance.from_config(str(place)) as instance:
        assert type(instance.event_log_storage).__name__ == "PostgresEventLogStorage"
        for key in instance.all_asset_keys():
            found = instance.fetch_materializations(key, limit=1000).records
            count.update((key.path[-1], r.partition_key) for r in found if r.partition_key)
        states = {run.status.value for run in instance.get_runs()}
    return count, states


def test_two_workers_share_a_range_and_killed_ones_are_made_up_for(brand, tmp_path, monkeypatch):
    hold = tmp_path / "hold"
    hold.touch()
    logs = [tmp_path / name for name in ("scheduler.log", "one.log", "two.log")]
    words = ("schedule", "--home", brand, "backfill", "--from", "2026-11-02", "--to", "2026-11-15")

    def times_begun():
        return lines(tmp_path / "begun").count("2 2026-W45")

    with services.engine() as more:
        for name, value in more.items():
            monkeypatch.setenv(name, value)
        with (
            services.scheduler(brand, more, logs[0]),
            services.worker(brand, more, logs[1]) as one,
            services.worker(brand, more, logs[2]) as two,
            subprocess.Popen(
                services.opsbook(*words), env=services.environment(brand, more),
                stdout=subprocess.PIPE, text=True,
            ) as asked,
        ):  # fmt: skip
            try:
                assert services.until(lambda: times_begun() == 1, 600), logs[0].read_text()[-3000:]
                # the process that has chapter 2 in hand is killed: it begins again at once
                os.kill(next(c for w in (one, two) if (c := holder(brand, w))), signal.SIGKILL)
                assert services.until(lambda: times_begun() == 2, 600)
                # it takes longer than a lost worker's would: the other worker puts it back
                assert services.until(
                    lambda: any(b"Another worker is at it" in log.read_bytes() for log in logs[1:]),
                    600,
                )
                assert times_begun() == 2
                # the whole worker is killed: the other one begins it again
                lost = next(w for w in (one, two) if holder(brand, w))
                os.killpg(lost.pid, signal.SIGKILL)
                assert services.until(lambda: times_begun() == 3, 600)
                hold.unlink()
                told, _ = asked.communicate(timeout=900)
            finally:
                asked.kill()
        assert asked.returncode == 0, told
        count, states = materialized(brand, more)
    folders = {p.parent for p in (brand / "reports").glob("[!.]*/*/*/manifest.json")}
    assert folders == {brand / "reports" / week / "en" / "weekly" for week in WEEKS}
    for folder in folders:
        made = manifest.load(folder)
        assert {n: c.state for n, c in made.chapters.items()} == dict.fromkeys(CHAPTERS, "cached")
    assert sorted(lines(tmp_path / "done")) == sorted(f"{n} {w}" for n in CHAPTERS for w in WEEKS)
    assert times_begun() == 3
    names = [*(f"chapter_{n:02d}" for n in CHAPTERS), "report"]
    assert count == {(n, d): 1 for n in names for d in ("2026-11-02", "2026-11-09")}
    assert states == {"SUCCESS"}
    done = [len(re.findall("execute_plan.*succeeded", log.read_text())) for log in logs[1:]]
    assert sum(done) == 12, done  # 8 chapters, 2 reports, 2 checks
    assert services.family(brand) == []
    kept = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    for address in more.values():
        assert address.split("@")[0].rpartition(":")[2].encode() not in kept


def holder(home, worker):
    """The child of a worker that runs an `opsbook run` of chapter 2, or None."""
    listed = subprocess.run(
        ["ps", "-ww", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
    above = {int(pid): int(parent) for pid, parent, _ in rows}
    for pid, _, command in rows:
        if "opsbook.cli run" in command and "--chapter 2 " in command and str(home) in command:
            child = above[int(pid)]
            if above.get(child) == worker.pid:
                return child
    return None
