"""JupyterLab on the workbook: a chapter run there draws its charts live, with nothing from the network."""

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from opsbook.config import DISTRIBUTION
from tests.publish.serving import free_port

pytestmark = pytest.mark.system
TOKEN = "lab-test-0123456789abcdef"


@pytest.fixture(scope="module")
def lab(sample_home, tmp_path_factory):
    """JupyterLab on a workbook with its own copy of the notebooks: its address."""
    home = tmp_path_factory.mktemp("lab") / "brand"
    home.mkdir()
    shutil.copytree(DISTRIBUTION / "notebooks", home / "notebooks")
    (home / "data").symlink_to(sample_home / "data")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "opsbook.cli", "lab", "--home", str(home), "--port", str(port)],
        env={**os.environ, "JUPYTER_TOKEN": TOKEN},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5).close()
            break
        except (OSError, urllib.error.URLError):
            assert process.poll() is None, "opsbook lab ended before it answered"
            time.sleep(0.5)
    yield address
    os.killpg(process.pid, 15)
    process.wait(30)


@pytest.fixture
def open_page(lab, chromium):
    """open_page() -> an empty page; a request to another address fails the test."""
    contexts, strays = [], []

    def opened():
        context = chromium.new_context(viewport={"width": 1400, "height": 1000})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(300_000)  # a busy machine takes its time
        page.on(
            "request",
            lambda r: None if r.url.startswith((lab, "data:", "blob:")) else strays.append(r.url),
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert strays == []


@pytest.mark.parametrize("name", ["02_content_planning", "06_ads"])
def test_a_chapter_runs_in_lab_with_live_charts(lab, open_page, sample_home, name):
    page = open_page()
    page.goto(f"{lab}/lab/tree/{name}.ipynb?token={TOKEN}&reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    # JupyterLab drops a run that is asked for before the kernel has answered
    page.get_by_text("| Idle").first.wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    chart = page.locator(".jp-OutputArea :is(svg.marks, canvas.marks)")
    chart.first.wait_for(timeout=400_000)
    chart.first.scroll_into_view_if_needed()
    assert page.locator(".jp-OutputArea-output[data-mime-type*='stderr']").count() == 0
    assert page.locator(".jp-RenderedText[data-mime-type*='error']").count() == 0
    _shot(page, sample_home, f"lab-{name}")


def test_every_chapter_has_a_launcher_entry_and_nothing_asks_for_news(lab, open_page, sample_home):
    page = open_page()
    page.goto(f"{lab}/lab?token={TOKEN}&reset")
    page.locator(".jp-LauncherCard").first.wait_for()
    for title in ("Advertising", "Content planning", "Long-term growth", "Overview"):
        page.locator(".jp-LauncherCard", has_text=title).first.wait_for()
    page.wait_for_timeout(3000)  # the question about news comes two seconds after the start
    assert page.get_by_text("Jupyter news").count() == 0
    _shot(page, sample_home, "lab-launcher")
    page.locator(".jp-LauncherCard", has_text="Advertising").first.click()
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()


def test_a_chapter_becomes_a_report_by_its_button(lab, open_page, sample_home):
    page = open_page()
    page.goto(f"{lab}/lab/tree/06_ads.ipynb?token={TOKEN}&reset")
    page.get_by_text("Run as report").first.click()
    report = page.locator(".opsbook-report iframe")
    report.wait_for()
    assert report.element_handle().content_frame().locator("figure.chart").count() > 3
    page.get_by_text("Report written:").first.wait_for()
    _shot(page, sample_home, "lab-report")


def _shot(page, home, name):
    folder = home / "reports" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")
