"""What every test shares: real data by name, one store of the sample, small homes."""

import functools
import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def pytest_collection_modifyitems(config, items):
    """Without OPSBOOK_REAL_DATA the tests that read it are deselected, and named."""
    if os.environ.get("OPSBOOK_REAL_DATA"):
        return
    left = [item for item in items if "real" in item.keywords]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if "real" not in item.keywords]
        config.stash[_LEFT] = [item.nodeid for item in left]


@pytest.fixture(scope="session", autouse=True)
def own_settings(tmp_path_factory):
    """What the tests keep for a user (the key of backups) does not land in the user's own settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("settings")))
        yield


_LEFT = pytest.StashKey[list]()


def pytest_terminal_summary(terminalreporter, config):
    left = config.stash.get(_LEFT, [])
    if left:
        terminalreporter.section("deselected: OPSBOOK_REAL_DATA is not set")
        for name in left:
            terminalreporter.line(name)


@pytest.fixture(autouse=True, scope="session")
def every_import_adds_up():
    """Whatever a test imports: records = loaded + unchanged + refused + not data, none below zero."""
    from opsbook import Store

    plain = Store.import_file

    @functools.wraps(plain)
    def counted(self, *arguments, **options):
        done = plain(self, *arguments, **options)
        counts = (done.loaded, done.unchanged, done.refused, done.not_data)
        assert sum(counts) == done.records and min(counts) >= 0, done
        return done

    Store.import_file = counted
    yield
    Store.import_file = plain


@pytest.fixture
def real_data():
    """The folder of real data that OPSBOOK_REAL_DATA names."""
    return Path(os.environ["OPSBOOK_REAL_DATA"])


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty workbook of its own: settings, no data."""
    folder = tmp_path / "home"
    (folder / "data").mkdir(parents=True)
    shutil.copy(ROOT / "data" / "workbook.toml", folder / "data" / "workbook.toml")
    monkeypatch.setenv("OPSBOOK_HOME", str(folder))
    return folder
