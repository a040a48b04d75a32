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


@pytest.mark.parametrize("name", ["02_content_planning", "06_ads"])
def test_a_chapter_runs_in_lab_with_live_charts(lab, chromium, sample_home, name):
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    page, strays = context.new_page(), []
    page.set_default_timeout(300_000)  # a busy machine takes its time
    page.on(
        "request",
        lambda r: None if r.url.startswith((lab, "data:", "blob:")) else strays.append(r.url),
    )
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
    folder = sample_home / "reports" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"lab-{name}.png")
    assert strays == []
    context.close()
