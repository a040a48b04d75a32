"""opsbook schedule --once and backfill over a small workbook: once, again, failing, too slow."""

import datetime as dt
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from opsbook import Store, config
from opsbook.cli import app
from opsbook.publish import kernels, manifest
from opsbook.publish.schedule import plan, spread, work

from ..publish.conftest import edit, make_home

SETTINGS = """
[schedule]
formats = []
retries = 1
wait_seconds = 0
catch_up = 4
{more}

[schedule.plans.weekly]
chapters = "6"
cron = "0 7 * * 1"
period = "week"
"""
MONDAY = dt.datetime(2026, 11, 16, 0, tzinfo=dt.UTC)


@pytest.fixture
def brand(tmp_path, monkeypatch):
    folder = make_home(tmp_path / "brand", 2, 6)
    monkeypatch.setenv("OPSBOOK_HOME", str(folder))
    set_schedule(folder)
    return folder


def set_schedule(home, more=""):
    file = home / "data" / "workbook.toml"
    text = file.read_text(encoding="utf-8").split("\n[schedule]")[0]
    file.write_text(text + SETTINGS.format(more=more), encoding="utf-8")


def states(done):
    return [(d.work.period, d.state) for d in done]


def history(home):
    return json.loads((home / "reports" / ".schedule" / "history.json").read_text())


def test_a_period_is_made_once_and_missed_ones_are_made_up(brand):
    first = work.once(brand, now=MONDAY)
    assert states(first) == [("2026-W46", "ok")]
    folder = brand / "reports" / "2026-W46" / "en" / "weekly"
    assert first[0].folder == folder
    assert manifest.load(folder).chapters[6].state == "ok"
    before = (folder / "06_ads.ipynb").stat().st_mtime_ns
    assert work.once(brand, now=MONDAY + dt.timedelta(days=6)) == []
    assert (folder / "06_ads.ipynb").stat().st_mtime_ns == before
    later = work.once(brand, now=MONDAY + dt.timedelta(days=8))
    assert states(later) == [("2026-W47", "ok")]
    assert len(manifest.finished(brand / "reports")) == 2
    assert not list((brand / "reports").rglob(".run-*"))


def test_a_failure_is_tried_again_then_left_and_kept_with_its_error(brand):
    edit(brand / "notebooks" / "06_ads.ipynb", lambda nb: nb.cells[4].update(source="1 / 0"))
    results = [work.once(brand, now=MONDAY + dt.timedelta(minutes=i)) for i in range(3)]
    assert [states(r) for r in results[:1]] == [[("2026-W46", "failed")]]
    late = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    settings = config.settings(brand)
    (weekly,) = plan.plans(settings)
    kept = history(brand)["weekly|2026-W46|en"]
    assert "ZeroDivisionError" in kept["error"] and kept["state"] == "failed"
    again = work.do(settings, plan.Work(weekly, "2026-W46", "en", late, 2))
    assert again.state == "failed" and history(brand)["weekly|2026-W46|en"]["attempts"] == 2
    assert plan.due([weekly], MONDAY + dt.timedelta(days=300), {}) != []
    assert [w for w in plan.due([weekly], MONDAY, history(brand))] == []


def test_what_takes_too_long_is_ended_and_leaves_no_process(brand):
    edit(
        brand / "notebooks" / "06_ads.ipynb",
        lambda nb: nb.cells[4].update(source="import time; marker_of_the_test = time.sleep(300)"),
    )
    set_schedule(brand, "limit_minutes = 1")
    settings = config.settings(brand)
    error = work.execute(
        settings, chapters="6", period="2026-W46", language="en", formats=("html",), jobs=1,
        output=brand / "reports" / "2026-W46" / "en" / "weekly", minutes=0.15,
    )  # fmt: skip
    assert error == "not finished within 0.15 minutes"
    assert not (brand / "reports" / "2026-W46" / "en" / "weekly").exists()
    asked = [sys.executable, "-c", _ALIVE, str(brand)]
    for _ in range(50):
        left = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
        if not left:
            break
    assert left == []


_ALIVE = """
import os, sys, time
from pathlib import Path
time.sleep(0.2)
for proc in Path('/proc').glob('[0-9]*'):
    try:
        told = (proc / 'environ').read_bytes() + (proc / 'cmdline').read_bytes()
        if int(proc.name) != os.getpid() and sys.argv[1].encode() in (proc / 'cmdline').read_bytes() and b'opsbook.cli' in told:
            print(proc.name)
    except OSError:
        pass
"""


def test_a_notebook_sees_no_address_that_carries_a_password(brand, monkeypatch):
    file = brand / "data" / "workbook.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("readers = []", 'readers = [{name = "m", url_env = "OPS_M"}]'),
        encoding="utf-8",
    )
    for name in ("OPS_M", *spread.SERVICES):
        monkeypatch.setenv(name, "redis://:hidden@127.0.0.1:1/0")
    kernels.stop_parent()  # one of an earlier test knew no secret
    looked = (
        "import os\nassert not [k for k, v in os.environ.items() if 'hidden' in v]\n"
        "assert b'hidden' not in open('/proc/self/environ', 'rb').read()\n"
    )
    edit(
        brand / "notebooks" / "06_ads.ipynb",
        lambda nb: nb.cells[4].update(source=looked + nb.cells[4].source),
    )
    parents = set()
    for period in ("2026-W46", "2026-W45"):
        error = work.execute(
            config.settings(brand), chapters="6", period=period, language="en", formats=(), jobs=1,
            output=brand / "reports" / period, minutes=5,
        )  # fmt: skip
        assert error == ""
        parents.add(kernels.start_parent())
    assert len(parents) == 1  # both runs forked from one parent


def test_what_another_process_works_on_is_left_to_it(brand):
    settings = config.settings(brand)
    (weekly,) = plan.plans(settings)
    one = plan.Work(weekly, "2026-W46", "en", MONDAY, 1)
    with work.alone(settings, one.key) as free:
        assert free
        assert work.do(settings, one).state == "busy"
    assert not (brand / "reports" / "2026-W46").exists()


def test_backfill_makes_the_periods_that_are_not_there(brand):
    told = CliRunner().invoke(
        app, ["schedule", "backfill", "--from", "2026-11-02", "--to", "2026-11-15"]
    )
    assert told.exit_code == 0, told.output
    found = {
        m.folder.relative_to(brand / "reports").as_posix()
        for m in manifest.finished(brand / "reports")
    }
    assert found == {"2026-W45/en/weekly", "2026-W46/en/weekly"}
    again = CliRunner().invoke(
        app, ["schedule", "--home", str(brand), "backfill", "--from", "2026-11-02", "--to", "2026-11-15"]
    )  # fmt: skip
    assert "Nothing is due." in again.output and again.exit_code == 0


def test_once_brings_in_the_inbox_and_tells_readers(brand, monkeypatch):
    told = []
    monkeypatch.setattr(
        "opsbook.publish.notify.tell", lambda events, **about: told.extend(events) or []
    )
    inbox = brand / "data" / "inbox"
    inbox.mkdir()
    shutil.copy(config.DISTRIBUTION / "data/sample/inbox/forms/accounts.xlsx", inbox)
    done = work.once(brand, now=MONDAY)
    assert states(done) == [("2026-W46", "ok")]
    store = Store(config.settings(brand).store)
    assert store.version == 1
    assert [e.kind for e in told if e.kind == "report"] == ["report"]
    work.once(brand, now=MONDAY)
    assert store.version == 1


def test_the_core_never_imports_an_extra():
    """Everything but the modules of Dagster itself imports without it."""
    root = Path(config.DISTRIBUTION) / "lib"
    own = {"definitions", "resume", "workers", "ranges"}
    names = [
        ".".join(p.relative_to(root).with_suffix("").parts)
        for p in sorted((root / "opsbook").rglob("*.py"))
        if not (p.parent.name == "schedule" and p.stem in own) and p.stem != "__main__"
    ]
    code = (
        "import sys, importlib\n"
        "class No:\n"
        "    def find_spec(self, name, *more):\n"
        "        if name.split('.')[0] in ('dagster','celery','pyspark','pantab','redis','rapidocr'):\n"
        "            raise ImportError('extra ' + name)\n"
        "sys.meta_path.insert(0, No())\n"
        "import opsbook, opsbook.cli\n"
        "from opsbook.publish import run, notify\n"
        "from opsbook.publish.schedule import plan, work, daemon, spread\n"
        "from opsbook.publish.handover import material, tasks, calendar, onepager, model, powerbi, tableau\n"
        "from opsbook.commands import scheduling\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)
    for name in names:
        text = (root / Path(*name.split("."))).with_suffix(".py")
        source = text.read_text(encoding="utf-8") if text.exists() else ""
        for extra in ("dagster", "celery", "pyspark", "redis"):
            assert f"\nimport {extra}" not in source and f"\nfrom {extra}" not in source, name
