"""Books for chapter tests: of frames written out in a test, and of the shipped sample."""

import fcntl
import os
import shutil
import tomllib
from functools import cache
from pathlib import Path

import pytest

import opsbook
from opsbook.data.sample.build import generate
from opsbook.data.store import Store
from opsbook.errors import OpsbookError

ROOT = Path(__file__).parents[2]
ZONE = "Asia/Shanghai"
SHIPPED = 7  # the seed of data/sample


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
def brand_home(tmp_path_factory):
    """brand_home(seed, without=()): (folder, truth) of a generated brand, imported from its exports.

    The test processes of one run share what is imported.
    """
    shared = tmp_path_factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else None
    shared = shared or tmp_path_factory.getbasetemp()
    homes = {}

    def make(seed, without=()):
        key = f"brand-{seed}-{'-'.join(sorted(without)) or 'whole'}"
        if key not in homes:
            folder, done = shared / key, shared / f"{key}.imported"
            with open(f"{folder}.lock", "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not done.exists():
                    shutil.rmtree(folder, ignore_errors=True)
                    make_home(folder)
                    if (seed, without) == (SHIPPED, ()):
                        shutil.copytree(ROOT / "data" / "sample", folder / "data" / "sample")
                    else:
                        generate(folder / "data" / "sample", seed=seed, without=without)
                    store = Store(folder / "data" / "store")
                    wrong = [
                        (path.name, str(result))
                        for path, result in store.import_folder(folder / "data/sample/inbox")
                        if isinstance(result, OpsbookError) or result.refused
                    ]
                    assert wrong == []
                    done.touch()
            truth = (folder / "data" / "sample" / "truth.toml").read_text(encoding="utf-8")
            homes[key] = folder, tomllib.loads(truth)
        return homes[key]

    return make


@pytest.fixture(scope="session")
def planted_book(brand_home):
    """planted_book(chapter, seed, without=(), **parameters): an open book and what was planted."""

    def make(number, seed, without=(), **parameters):
        home, truth = brand_home(seed, without)
        return opsbook.open_chapter(number, home=home, **parameters), truth

    return make


@pytest.fixture(scope="session")
def whole_book(planted_book):
    """whole_book(chapter, seed, without=()): one book per chapter and brand, with its truth.

    Findings gather in the book.
    """
    return cache(lambda number, seed, without=(): planted_book(number, seed, without))


@pytest.fixture(scope="session")
def sample_home(brand_home):
    """A workbook with the shipped sample."""
    return brand_home(SHIPPED)[0]


@pytest.fixture
def sample_book(sample_home):
    """Call it with a chapter and parameters: an open book on the shipped sample."""
    return lambda number, **parameters: opsbook.open_chapter(number, home=sample_home, **parameters)
