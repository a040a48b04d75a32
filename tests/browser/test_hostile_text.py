"""Texts of strangers in a real browser: dashboard, report and live view run nothing of theirs."""

import pytest

from opsbook.publish import manifest
from opsbook.publish.run import run
from tests.faults import hostile_text
from tests.faults.conftest import imported
from tests.publish.serving import serving

pytestmark = pytest.mark.system
CHAPTERS = (2, 3)


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory):
    """A served workbook of the sample with hostile texts: (address, tokens, home)."""
    folder = tmp_path_factory.mktemp("hostile")
    home = imported(folder / "brand", hostile_text.poisoned(folder / "inbox"))
    made = run(",".join(map(str, CHAPTERS)), home=home, formats=("html",))
    assert made.ok
    with serving(home) as (address, tokens):
        yield address, tokens, home


def test_nothing_of_strangers_runs_in_the_browser(chromium, poisoned):
    address, tokens, home = poisoned
    context = chromium.new_context()
    page = context.new_page()
    dialogs, strays = [], []
    page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
    page.on("request", lambda r: strays.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None)  # fmt: skip
    page.goto(f"{address}/?token={tokens['editor']}")
    (one, *_) = manifest.finished(home / "reports")
    run_id = f"{one.period.replace('/', '_')}~{one.language}~{one.folder.name}"
    paths = ["/", "/desk", "/search?q=" + "%3Cscript%3Ewindow.pwned%3D9%3C/script%3E"]
    paths += [f"/chapter/{n}" for n in CHAPTERS]
    paths += [f"/report/{run_id}/{c.files['html']}" for c in one.chapters.values()]
    shown = 0
    for path in paths:
        page.goto(address + path)
        page.wait_for_timeout(4000)
        for frame in page.frames:
            assert frame.evaluate("() => window.pwned") is None, path
            assert frame.evaluate("() => document.querySelectorAll('a[href^=\"javascript:\" i], base, iframe[src^=\"javascript:\" i]').length") == 0, path  # fmt: skip
        shown += page.content().count("pwned")
    assert shown > 0  # the texts did get as far as the pages
    page.goto(f"{address}/chapter/3")
    page.wait_for_selector("body[data-live]", timeout=300_000)
    inside = page.frame_locator("#live-place iframe")
    inside.get_by_text("pwned").first.wait_for(state="attached", timeout=300_000)
    page.wait_for_timeout(10_000)  # the cells after it
    for frame in page.frames:
        assert frame.evaluate("() => window.pwned") is None, "live view"
    assert dialogs == [] and strays == []
    context.close()
