"""A workbook with the sample brand, served, and a browser that reaches nothing but it.

OPSBOOK_TEST_HOME names a workbook that has the sample imported and a run of every chapter; without
it one is made, which takes some minutes.
"""

import os
import shutil
from pathlib import Path

import pytest

from opsbook.config import DISTRIBUTION
from tests.publish.serving import serving

CHROMIUM = os.environ.get("OPSBOOK_CHROMIUM", "/usr/bin/chromium")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory):
    given = os.environ.get("OPSBOOK_TEST_HOME")
    if given:
        return Path(given)
    from opsbook import Store, config
    from opsbook.publish.run import run

    home = tmp_path_factory.mktemp("sample") / "brand"
    (home / "data").mkdir(parents=True)
    shutil.copy(DISTRIBUTION / "data" / "workbook.toml", home / "data")
    shutil.copytree(DISTRIBUTION / "data" / "sample", home / "data" / "sample")
    store = Store(config.settings(home).store)
    for _ in store.import_folder(home / "data" / "sample" / "inbox"):
        pass
    run("all", home=home, formats=("html",))
    return home


@pytest.fixture(scope="session")
def dashboard(sample_home):
    (sample_home / "data" / "private" / "access.json").unlink(missing_ok=True)
    with serving(sample_home) as (address, tokens):
        yield {"home": sample_home, "address": address, "tokens": tokens}


@pytest.fixture(scope="session")
def started():
    """Playwright, started once: its loop does not allow a second one beside it."""
    from playwright import sync_api as playwright

    with playwright.sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(started):
    browser = started.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
    yield browser
    browser.close()


@pytest.fixture
def visit(chromium, dashboard):
    """visit(role, width) -> a page of a logged-in person; a request elsewhere fails the test."""
    contexts, strays, errors = [], [], []

    def open_page(role="editor", width=1280):
        context = chromium.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request",
            lambda r: (
                strays.append(r.url)
                if not r.url.startswith((dashboard["address"], "data:", "blob:"))
                else None
            ),
        )
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.goto(f"{dashboard['address']}/?token={dashboard['tokens'][role]}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert strays == []
    assert errors == []
