"""A small workbook with one fixture notebook, and one finished run of it."""

import shutil
from pathlib import Path

import nbformat
import pytest

from opsbook.config import DISTRIBUTION

FIXTURES = Path(__file__).parent / "fixtures"
NOTEBOOK = FIXTURES / "06_ads.ipynb"


def make_home(folder, *numbers):
    """A workbook's folder whose chapters are copies of the fixture notebook."""
    (folder / "data" / "reference" / "messages").mkdir(parents=True)
    (folder / "notebooks").mkdir()
    shutil.copy(DISTRIBUTION / "data" / "workbook.toml", folder / "data")
    shutil.copy(FIXTURES / "messages" / "fixture.toml", folder / "data" / "reference" / "messages")
    for number in numbers or (6,):
        shutil.copy(NOTEBOOK, folder / "notebooks" / f"{number:02d}_ads.ipynb")
    return folder


def edit(notebook, change):
    """Change a notebook file in place: change(NotebookNode)."""
    node = nbformat.read(notebook, as_version=4)
    change(node)
    nbformat.write(node, notebook)


@pytest.fixture(scope="session", autouse=True)
def warm():
    """One warm parent for all tests, where kernels can be forked."""
    from opsbook.publish import kernels

    kernels.start_parent()
    yield
    kernels.stop_parent()


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = make_home(tmp_path / "brand")
    monkeypatch.setenv("OPSBOOK_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Two chapters in Simplified Chinese, in every format: (home, Manifest)."""
    from opsbook.publish.run import run

    folder = make_home(tmp_path_factory.mktemp("finished") / "brand", 2, 6)
    formats = ("html", "pdf", "docx", "xlsx")
    return folder, run("all", "2026-W46", home=folder, language="zh-Hans", formats=formats)
