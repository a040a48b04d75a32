"""Viewers come and go: each gets an answer, no kernel stays behind, memory does not grow.

OPSBOOK_VIEWER_ROUNDS says how often a page is opened and closed (20; `make soak` takes 200).
"""

import json
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tests.publish.conftest import make_home
from tests.publish.live_viewer import LiveViewer
from tests.publish.serving import serving

ROUNDS = int(os.environ.get("OPSBOOK_VIEWER_ROUNDS", "20"))
GROWTH = 0.10
GONE_SECONDS = 60  # a closed tab's kernel may live so long
NOTEBOOK = "06_ads.ipynb"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A running dashboard: (address, a viewer's token, its process)."""
    from opsbook.publish.run import run

    home = make_home(tmp_path_factory.mktemp("viewers") / "brand", 6)
    run("all", home=home, formats=("html",))
    with serving(home) as (address, tokens):
        mine = [p for p in psutil.Process().children() if p.status() != psutil.STATUS_ZOMBIE]
        server = next(p.pid for p in mine if "serve" in p.cmdline())
        yield address, tokens["viewer"], server


def test_ten_viewers_at_once_each_get_their_answer(served):
    address, token, _ = served

    def view(number):
        viewer = LiveViewer(address, token, NOTEBOOK)
        viewer.set_number(1 + number % 4)
        viewer.answer()
        return viewer

    with ThreadPoolExecutor(10) as several:
        viewers = list(several.map(view, range(10)))
    assert len({viewer.kernel for viewer in viewers}) == 10
    for viewer in viewers:
        viewer.leave()
    _wait_for_no_kernel(viewers)


def test_a_tab_closed_without_a_word_loses_its_kernel(served):
    address, token, _ = served
    viewer = LiveViewer(address, token, NOTEBOOK)
    assert viewer.visitor.get(f"/api/kernels/{viewer.kernel}")[0] == 200
    viewer.close()
    _wait_for_no_kernel([viewer])


def test_many_rounds_leave_no_kernel_and_do_not_grow(served):
    address, token, server = served
    sizes, kernels = [], []
    for number in range(ROUNDS):
        viewer = LiveViewer(address, token, NOTEBOOK)
        if number % 5 == 0:
            viewer.set_number(1 + number % 4)
            viewer.answer()
        viewer.leave()
        kernels.append(viewer)
        sizes.append(_resident(server))
    _wait_for_no_kernel(kernels[-3:])
    tenth = max(ROUNDS // 10, 2)
    early, late = statistics.median(sizes[tenth : 2 * tenth]), statistics.median(sizes[-tenth:])
    left = _forked(server)
    print(json.dumps({"rounds": ROUNDS, "mib": [round(early), round(late)], "kernels": len(left)}))
    assert left == []
    assert late <= early * (1 + GROWTH)


def _wait_for_no_kernel(viewers):
    until = time.monotonic() + GONE_SECONDS
    while True:
        seen = [v.visitor.get(f"/api/kernels/{v.kernel}")[0] for v in viewers]
        if 200 not in seen:
            return
        assert time.monotonic() < until, seen
        time.sleep(1)


def _forked(server):
    """Kernels and computations: what the server's warm parents have forked."""
    parents = psutil.Process(server).children()
    return [child.pid for parent in parents for child in parent.children()]


def _resident(server):
    """Resident MiB of the server."""
    return psutil.Process(server).memory_info().rss / 2**20
