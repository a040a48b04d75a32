"""The shipped sample, imported into a workbook of its own."""

import shutil

import pytest

from opsbook import Store
from opsbook.config import DISTRIBUTION


def imported(folder, inbox=DISTRIBUTION / "data" / "sample" / "inbox"):
    """A workbook in a folder that holds the sample brand (or another inbox); no file was refused."""
    (folder / "data").mkdir(parents=True)
    shutil.copy(DISTRIBUTION / "data" / "workbook.toml", folder / "data")
    store = Store(folder / "data" / "store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPSBOOK_HOME", str(folder))
        for path, done in store.import_folder(inbox):
            assert not isinstance(done, Exception), (path, done)
    return folder


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory):
    """The sample's workbook, shared by the tests of a process."""
    return imported(tmp_path_factory.mktemp("sample") / "brand")
