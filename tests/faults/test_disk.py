"""Full disk, read-only folder, rights lost, clock moved back: a clear error, and the store intact."""

import ctypes
import datetime as dt
import json
import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from opsbook import Store
from opsbook.data import commits, upkeep
from opsbook.data import store as store_module
from tests.faults import brand

TRACE = "Traceback"


def _obey_modes():
    """Root without the right to override file modes, so that modes bind it too."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def _small_files():
    """Every write beyond 1,500 bytes of a file fails, as on a disk without a free block."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))


def opsbook(home, *words, before=None):
    """(exit status, what it said) of a command."""
    done = subprocess.run(
        [sys.executable, "-c", "from opsbook.cli import main; main()", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=home,
        env={**os.environ, "OPSBOOK_HOME": str(home), "OPSBOOK_WARM": "0", "COLUMNS": "300"},
        preexec_fn=before or (_obey_modes if os.geteuid() == 0 else None),
    )
    return done.returncode, done.stdout + done.stderr


@contextmanager
def small_disk(folder, options):
    """A disk of its own, or none where this user may not mount one."""
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], check=False)
    try:
        yield folder if made.returncode == 0 else None
    finally:
        if made.returncode == 0:
            subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def home(tmp_path):
    """A workbook that holds one export, with a second one waiting."""
    made = brand.make(tmp_path / "brand")
    Store(made / "data" / "store").import_file(brand.export(made / "data" / "inbox", 1))
    brand.export(made / "data" / "inbox", 2)
    return made


def intact(home, exports=1):
    store = Store(home / "data" / "store")
    assert upkeep.broken(store) == []
    assert brand.faults(store) == []
    assert set(store.frame("posts")["post_id"].map(brand.number_of)) == set(range(1, exports + 1))


def test_writes_that_fail_are_told_and_the_store_is_as_it_was(home):
    status, said = opsbook(home, "import", before=_small_files)
    assert status == 1 and TRACE not in said
    assert "could not be written" in said and "free space" in said, said
    intact(home)
    status, said = opsbook(home, "import")
    assert status == 0, said
    intact(home, 2)


def test_a_full_disk_stops_imports_reports_and_backups_and_harms_nothing(tmp_path):
    with small_disk(tmp_path / "disk", "size=1500k,mode=755") as disk:
        if disk is None:
            pytest.fail("this test mounts a small disk: run it as root or in a user namespace")
        home = brand.make(disk / "brand")
        intact_before = Store(home / "data" / "store").import_file(brand.export(home / "data" / "inbox", 1))  # fmt: skip
        for number in range(2, 6):
            brand.export(home / "data" / "inbox", number)
        filler = disk / "filler"
        with open(filler, "wb", buffering=0) as out:
            try:
                while True:
                    out.write(b"x" * 4096)
            except OSError:
                pass
        for words in (["import"], ["run", "--chapter", "6"], ["backup", disk / "copy.tar.gz"]):
            status, said = opsbook(home, *words)
            assert status in (1, 2) and TRACE not in said, said
            assert "No space left" in said, said
        assert opsbook(home, "status")[0] == 0
        assert Store(home / "data" / "store").version == intact_before.version
        intact(home)
        assert not (disk / "copy.tar.gz").exists()
        assert [p for p in (home / "reports").glob("[!.]*/*/*")] == []
        filler.unlink()
        assert opsbook(home, "import")[0] == 0
        intact(home, 5)


def test_a_read_only_workbook_can_be_read_and_says_why_it_cannot_be_written(home):
    places = [home, *(p for p in home.rglob("*"))]
    modes = {p: p.stat().st_mode & 0o777 for p in places}
    try:
        for place in places:
            place.chmod(modes[place] & 0o555)
        for words in (["import"], ["run", "--chapter", "6"], ["undo", "x"]):
            status, said = opsbook(home, *words)
            assert status in (1, 2) and TRACE not in said, said
        assert "Permission denied" in opsbook(home, "import")[1]
        status, said = opsbook(home, "status")
        assert status == 0, said
    finally:
        for place, mode in modes.items():
            place.chmod(mode)
    intact(home)
    assert opsbook(home, "import")[0] == 0
    intact(home, 2)


@pytest.mark.parametrize("lost", ["data/store", "data/store/posts", "data/inbox/x@tea"])
def test_rights_that_are_lost_are_named(home, lost):
    place = home / lost
    mode = place.stat().st_mode & 0o777
    place.chmod(0)
    try:
        status, said = opsbook(home, "import")
    finally:
        place.chmod(mode)
    assert status in (1, 2) and TRACE not in said, said
    assert lost in said and "Permission denied" in said, said
    intact(home)


def test_a_file_that_may_not_be_read_is_named_and_the_others_come_in(home):
    file = brand.export(home / "data" / "inbox", 3)
    file.chmod(0)
    try:
        status, said = opsbook(home, "import")
    finally:
        file.chmod(0o644)
    assert status == 1 and TRACE not in said
    assert file.name in said and "Permission denied" in said, said
    intact(home, 2)


def test_a_clock_that_went_back_changes_no_order(home, monkeypatch):
    """What is newer is told by the day of the export and the version, never by the clock."""

    class Later(dt.datetime):
        @classmethod
        def now(cls, tz=None):
            return dt.datetime.now(tz) + dt.timedelta(days=400)

    store = Store(home / "data" / "store")
    with monkeypatch.context() as ahead:
        ahead.setattr(commits, "datetime", Later)
        ahead.setattr(store_module, "datetime", Later)
        first = store.import_file(home / "data/inbox/x@tea" / brand.export(home / "data/inbox", 2).name)  # fmt: skip
    again = brand.export(home / "data" / "inbox", 2)
    again.write_text(again.read_text().replace("Tea 1891", "Changed 1891"))
    second = Store(store.path).import_file(again)
    assert second.version == first.version + 1
    texts = Store(store.path).frame("posts").set_index("post_id")["post_message"]
    assert all(texts[i].startswith("Changed") for i in brand.ids(2))
    assert list(Store(store.path).commits()["version"].sort_values()) == [1, 2, 3]
    assert upkeep.broken(Store(store.path)) == []
    status, said = opsbook(home, "doctor")
    assert TRACE not in said
    assert "ahead of the clock" in said, (status, json.dumps(said))
