"""First chart and first control of a chapter's dashboard beside Voila, Panel and Streamlit; ten viewers.

Chapter 6 over the sample. Voila runs the same notebook as it comes; Panel and Streamlit show the
same charts, computed beforehand, so that their figures hold no computation, and ours do. Every load
has a cold cache. OPSBOOK_BENCH_PYTHON: the Python that has panel and streamlit (this one).
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.publish.live_viewer import LiveViewer
from tests.publish.serving import free_port, serving

from bench.timing import Figure, environment

ROOT = Path(__file__).parents[1]
PEERS = os.environ.get("OPSBOOK_BENCH_PYTHON", sys.executable)
LOADS = 9
VIEWERS = 10
NUMBER, NOTEBOOK = 6, "06_ads.ipynb"
WAIT_MS = 60_000
# milliseconds since navigation at which a chart with marks is there; looks into shadow roots
CHART = """() => {
  const box = (e) => { const r = e.getBoundingClientRect(); return r.width > 50 && r.height > 50; };
  const find = (root) => {
    for (const e of root.querySelectorAll("*")) {
      if (e.shadowRoot && find(e.shadowRoot)) { return true; }
      if (e.matches("canvas.marks, svg.marks, figure.chart svg") && box(e)
          && (e.tagName === "CANVAS" || e.querySelector("path, rect, text"))) { return true; }
    }
    return false;
  };
  return find(document) ? performance.now() : false;
}"""
SHOWN = """(name) => {
  const find = (root) => root.textContent.includes("shown: " + name)
    || [...root.querySelectorAll("*")].some((e) => e.shadowRoot && find(e.shadowRoot));
  return find(document.body) ? performance.now() : false;
}"""
CHOOSE_OURS = """(name) => {
  const field = document.querySelector("select[name=period]");
  if (!Array.from(field.options, (o) => o.value).includes(name)) { return false; }
  window.before = document.querySelector("#cells .table").innerText;
  field.value = name;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}"""
ANSWERED = """() => {
  const table = document.querySelector("#cells .cell.fresh .table");
  return table && table.innerText !== window.before ? performance.now() : false;
}"""


def figures(home):
    """Figures of the dashboard and its peers, out of a workbook with the sample imported."""
    from playwright.sync_api import sync_playwright

    _run(home)
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        with serving(Path(home)) as (address, tokens):
            _warm(address, tokens["viewer"])
            ours = _loads(browser, lambda page, i: _ours(page, address, i), (address, tokens))
            yield Figure("first chart visible", ours[0], target="0.7 s", holds=ours[0] <= 0.7, runs=LOADS)  # fmt: skip
            yield Figure("first control answered", ours[1], target="2.0 s, aim 0.85 s",
                         holds=ours[1] <= 2, runs=LOADS)  # fmt: skip
            waits, sizes = _together(browser, address, tokens["viewer"])
        told = f"since navigation; all: {' '.join(f'{w:.1f}' for w in sorted(waits))}"
        yield Figure("ten viewers at once, slowest first control", max(waits), target="5 s",
                     holds=max(waits) <= 5, note=told)  # fmt: skip
        yield Figure("memory of each further viewer", median(sizes), unit="MiB", target="120 MiB",
                     holds=median(sizes) <= 120, runs=len(sizes),
                     note="proportional set size of server and kernels")  # fmt: skip
        charts = _charts(home)
        for name, served, choose in (
            ("Panel", _panel(charts), _choose_panel),
            ("Streamlit", _streamlit(charts), _choose_streamlit),
            ("Voila as it comes", _voila(home), None),
        ):
            chart, control = _beside(browser, served, choose)
            yield Figure(f"first chart, beside {name}", ours[0], peer=name, peer_figure=chart, runs=LOADS)  # fmt: skip
            if control:
                yield Figure(f"first control, beside {name}", ours[1], peer=name,
                             peer_figure=control, runs=LOADS)  # fmt: skip
        browser.close()


def _run(home):
    argv = [
        sys.executable,
        "-m",
        "opsbook.cli",
        "run",
        "--home",
        str(home),
        "--chapter",
        str(NUMBER),
    ]
    subprocess.run(argv, env=environment(), capture_output=True, check=True)


def _warm(address, token):
    """One viewer before the others, as on any morning: the server has its imports and choices."""
    viewer = LiveViewer(address, token, NOTEBOOK)
    viewer.settle()
    viewer.close()


def _loads(browser, visit, entry=None):
    """Medians of what visit(page, turn) gives over cold-cache loads: (chart, control) in seconds."""
    seen = []
    for turn in range(LOADS):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(WAIT_MS)
        if entry:
            address, tokens = entry
            context.request.get(f"{address}/login?token={tokens['viewer']}")
        seen.append(visit(context.new_page(), turn))
        context.close()
    controls = [c for _, c in seen if c is not None]
    return median(c for c, _ in seen), median(controls) if controls else None


def _periods():
    """Periods none of which was computed before, one a load."""
    return [f"2026-W{week}" for week in range(45, 36, -1)] + ["2026-11", "2026-10"]


def _ours(page, address, turn):
    page.goto(f"{address}/chapter/{NUMBER}", wait_until="commit")
    chart = page.wait_for_function(CHART).json_value() / 1000
    page.wait_for_function(CHOOSE_OURS, arg=_periods()[turn])
    return chart, page.wait_for_function(ANSWERED).json_value() / 1000


def _together(browser, address, token):
    """Seconds to each first answer of a browser and nine websocket viewers; MiB of each viewer."""
    waits, viewers, sizes = [], [], []
    months = ["2026-06", "2026-07", "2026-08", "2026-09", "2026"]
    choices = [(m, a) for m in months for a in (0, 1)]

    def view(turn):
        began = time.monotonic()
        viewer = LiveViewer(address, token, NOTEBOOK)
        period, account = choices[turn]
        if account:
            viewer.choose("Compared with", "nothing")
        viewer.choose("Period", period)
        viewer.answer()
        waits.append(time.monotonic() - began)
        viewers.append(viewer)

    threads = [threading.Thread(target=view, args=(i,)) for i in range(VIEWERS - 1)]
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(WAIT_MS)
    context.request.get(f"{address}/login?token={token}")
    for thread in threads:
        thread.start()
    waits.append(_ours(context.new_page(), address, LOADS)[1])
    for thread in threads:
        thread.join()
    context.close()
    for viewer in viewers:
        viewer.settle()
    before = _memory(address)
    for viewer in viewers:
        viewer.leave()
        time.sleep(1)
        left = _memory(address)
        sizes.append(before - left)
        before = left
    return waits, sizes


def _memory(address):
    """Proportional set size of the server and all that it started, in MiB."""
    import psutil

    port = int(address.rsplit(":", 1)[1])
    listening = next(
        c for c in psutil.net_connections("tcp") if c.laddr.port == port and c.status == "LISTEN"
    )
    server = psutil.Process(listening.pid)
    total = 0
    for process in [server, *server.children(recursive=True)]:
        try:
            lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def _charts(home):
    """A JSON file with the chapter's charts of two periods, for the peers."""
    from opsbook import config
    from opsbook.publish import kernels
    from opsbook.publish.dashboard.results import Results

    results, found = Results(config.settings(home)), {}
    for period in ("2026-W46", "2026-W45"):
        job = results._job(NUMBER, results.values(NUMBER, {"period": period}))
        parts = [p for e in results.events(job) if "cell" in e for p in e["parts"]]
        found[period] = [about["spec"] for kind, about in parts if kind == "chart"]
    kernels.stop_parent()
    file = Path(tempfile.mkdtemp(prefix="opsbook-peers-")) / "charts.json"
    file.write_text(json.dumps(found), encoding="utf-8")
    return file


@contextmanager
def _served(argv, port, env=None, path="/"):
    process = subprocess.Popen(argv, env=env or environment(), stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
    try:
        yield f"http://127.0.0.1:{port}{path}"
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


def _panel(charts):
    port = free_port()
    app = str(ROOT / "bench" / "peers" / "panel_app.py")
    argv = [PEERS, "-m", "panel", "serve", app, "--port", str(port), "--args", str(charts)]
    return _served(argv, port, path="/panel_app")


def _streamlit(charts):
    port = free_port()
    app = str(ROOT / "bench" / "peers" / "streamlit_app.py")
    argv = [PEERS, "-m", "streamlit", "run", app, "--server.headless=true", f"--server.port={port}",
            "--browser.gatherUsageStats=false", "--", str(charts)]  # fmt: skip
    return _served(argv, port)


def _voila(home):
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="opsbook-peers-"))
    shutil.copy(ROOT / "notebooks" / NOTEBOOK, folder)
    env = environment(OPSBOOK_HOME=str(home), OPSBOOK_CHARTS="live", OPSBOOK_WARM="0")
    argv = [sys.executable, "-m", "voila", str(folder / NOTEBOOK), f"--port={port}", "--no-browser"]
    return _served(argv, port, env)


def _beside(browser, served, choose):
    """(first chart, first control) of a peer, in seconds; None where it is not installed."""
    with served as address:
        if not _answers(address):
            return None, None
        turn = _visit_peer(address, choose)
        context = browser.new_context()
        context.set_default_timeout(WAIT_MS)
        turn(context.new_page(), 0)  # warm, as ours
        context.close()
        return _loads(browser, turn)


def _answers(address):
    import urllib.error
    import urllib.request

    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                address, timeout=60
            ).close()
            return True
        except (OSError, urllib.error.URLError):
            time.sleep(0.3)
    return False


def _visit_peer(address, choose):
    def visit(page, _):
        page.goto(address, wait_until="commit")
        chart = page.wait_for_function(CHART).json_value() / 1000
        if choose is None:
            return chart, None
        choose(page, "2026-W45")
        return chart, page.wait_for_function(SHOWN, arg="2026-W45").json_value() / 1000

    return visit


def _choose_panel(page, name):
    page.locator("select").first.select_option(name)


def _choose_streamlit(page, name):
    page.get_by_text(name, exact=True).click()
