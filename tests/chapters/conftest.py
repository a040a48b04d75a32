"""Books for chapter tests: of frames written out in a test, and of the shipped sample."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import opsbook
from opsbook.data.store import Store

from .planted import sample_tables
from .whole_sample import whole_tables

ROOT = Path(__file__).parents[2]
ZONE = "Asia/Shanghai"


def make_home(folder, tables=None):
    """A workbook of its own in a folder, with rows: table -> frame in local, naive times."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "data" / "workbook.toml", folder / "data" / "workbook.toml")
    store = Store(folder / "data" / "store")
    for name, frame in (tables or {}).items():
        rows = frame.reset_index(drop=True).copy()
        from opsbook.data import schema

        about = schema.table(name).columns
        for column in rows.columns:
            if about[column].type == "timestamp":
                rows[column] = rows[column].astype("datetime64[us]").dt.tz_localize(ZONE)
        store.append(name, rows, source="test")
    return folder


@pytest.fixture
def tiny_home(tmp_path):
    """Call it with tables (name -> frame): a small workbook's folder."""
    count = iter(range(1000))
    return lambda tables=None, **more: make_home(
        tmp_path / f"home{next(count)}", {**(tables or {}), **more}
    )


@pytest.fixture
def tiny_book(tiny_home):
    """Call it with a chapter, tables and parameters: an open book on a small workbook."""
    return lambda number, tables=None, **parameters: opsbook.open_chapter(
        number, home=tiny_home(tables), **parameters
    )


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory):
    """A workbook with the shipped sample, imported once for all tests that ask for it."""
    folder = make_home(tmp_path_factory.mktemp("sample") / "home")
    assets = ROOT / "data" / "sample" / "assets"
    if assets.is_dir():
        shutil.copytree(assets, folder / "data" / "sample" / "assets")
    inbox = str(ROOT / "data" / "sample" / "inbox")
    subprocess.run(
        [sys.executable, "-m", "opsbook.cli", "import", "--home", str(folder), "--quiet", inbox],
        check=False,
        capture_output=True,
    )
    assert Store(folder / "data" / "store").version > 0
    return folder


@pytest.fixture
def sample_book(sample_home):
    """Call it with a chapter and parameters: an open book on the shipped sample."""
    return lambda number, **parameters: opsbook.open_chapter(number, home=sample_home, **parameters)


@pytest.fixture(scope="session")
def planted_book(tmp_path_factory):
    """planted_book(chapter, seed, without=(), **parameters): an open book and what was planted.

    A sample brand of any seed, written to a store without passing through files.
    """
    homes = {}

    def make(number, seed, without=(), **parameters):
        key = (seed, tuple(without))
        if key not in homes:
            tables, truth = sample_tables(seed, without)
            folder = tmp_path_factory.mktemp(f"planted{seed}") / "home"
            homes[key] = make_home(folder, tables), truth
        home, truth = homes[key]
        return opsbook.open_chapter(number, home=home, **parameters), truth

    return make


@pytest.fixture(scope="session")
def whole_book(tmp_path_factory):
    """whole_book(chapter, seed, without=()): one open book per chapter and brand, with its truth.

    As planted_book, with the tables of `whole_sample`; findings gather in the book.
    """
    homes, books = {}, {}

    def make(number, seed, without=()):
        key = (seed, tuple(without))
        if key not in homes:
            tables, truth = whole_tables(seed, without)
            folder = tmp_path_factory.mktemp(f"whole{seed}") / "home"
            homes[key] = make_home(folder, tables), truth
        if (number, key) not in books:
            books[number, key] = opsbook.open_chapter(number, home=homes[key][0])
        return books[number, key], homes[key][1]

    return make
