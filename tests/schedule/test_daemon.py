"""The real scheduler: a real tick gives the report; killed in the middle, it gives one whole report.

Needs the extra `schedule` in the Python that runs the tests.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from opsbook.publish import manifest

from ..publish.conftest import edit, make_home

pytestmark = pytest.mark.system
SETTINGS = """
[schedule]
formats = []
retries = 2
wait_seconds = 1
limit_minutes = 5
jobs = 1

[schedule.plans.minutely]
chapters = "6"
cron = "* * * * *"
period = "day"
"""
PATIENCE = 360  # seconds: a tick each minute, then the run


@pytest.fixture
def brand(tmp_path):
    folder = make_home(tmp_path / "brand", 6)
    file = folder / "data" / "workbook.toml"
    file.write_text(file.read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    return folder


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def scheduler(home):
    """`opsbook schedule` running; what is left of it is killed at the end."""
    port = free_port()
    command = [sys.executable, "-m", "opsbook.cli", "schedule", "--home", str(home), "--port", str(port)]  # fmt: skip
    env = {**os.environ, "OPSBOOK_TEST_MARK": str(home)}
    with open(home.parent / f"log-{port}", "wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, env=env
        )
        try:
            yield process, port
        finally:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(40)
            kill_all(home)


def family(home):
    """Processes that carry the mark of this test in their environment."""
    mark = f"OPSBOOK_TEST_MARK={home}".encode()
    found = []
    for proc in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (proc / "environ").read_bytes().split(b"\0"):
                found.append(int(proc.name))
    return found


def kill_all(home):
    for _ in range(5):
        for pid in family(home):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)


def until(test, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := test():
            return found
        time.sleep(0.5)
    return test()


def reports(home):
    return [p.parent for p in (home / "reports").glob("[!.]*/*/*/manifest.json")]


def test_a_real_tick_gives_the_report_and_later_ticks_no_second(brand):
    with scheduler(brand) as (process, port):
        (folder,) = until(lambda: reports(brand)) or ["no report"]
        assert folder.name == "minutely"
        # the report step takes the chapter that its own job has just run
        assert manifest.load(folder).chapters[6].state in ("ok", "cached")
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=20).read()
        assert b"dagster_version" in page
        written = {p: p.stat().st_mtime_ns for p in folder.iterdir()}
        log = brand.parent / f"log-{port}"
        assert until(lambda: "has its report, or was given up" in log.read_text(), 180)
        time.sleep(5)  # later ticks of the same day leave the report as it is
        assert reports(brand) == [folder]
        assert {p: p.stat().st_mtime_ns for p in folder.iterdir()} == written
        assert process.poll() is None
    written = (brand / "reports/.schedule/dagster/dagster.yaml").read_text()
    assert "enabled: false" in written.split("telemetry:")[1]


def test_killed_in_the_middle_of_a_run_and_started_again_it_gives_one_whole_report(brand):
    slow = brand.parent / "slow"
    slow.touch()
    wait = (
        f"import pathlib, time\npathlib.Path({str(brand.parent / 'begun')!r}).touch()\n"
        f"while pathlib.Path({str(slow)!r}).exists():\n    time.sleep(0.2)\n"
    )
    edit(
        brand / "notebooks" / "06_ads.ipynb",
        lambda nb: nb.cells[4].update(source=wait + nb.cells[4].source),
    )
    with scheduler(brand):
        assert until((brand.parent / "begun").exists), "the run did not begin"
        kill_all(brand)
    assert reports(brand) == []
    assert family(brand) == []
    slow.unlink()
    with scheduler(brand):
        (folder,) = until(lambda: reports(brand)) or ["no report"]
        made = manifest.load(folder)
        assert made.chapters[6].state in ("ok", "cached")
        for file in made.chapters[6].files.values():
            assert (folder / file).stat().st_size > 0
        time.sleep(20)
        assert reports(brand) == [folder]
