"""axe finds no serious fault on the pages that a reader opens, in the live view and in a report."""

import pytest

pytestmark = pytest.mark.system
WAIT = 240_000


def _faults(frame):
    """Serious and critical faults that axe finds: its rule and the elements."""
    from axe_playwright_python.sync_playwright import Axe  # not installed for make test

    found = Axe().run(frame, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        (f["id"], f["impact"], n["html"][:200], n.get("failureSummary", "")[:300])
        for f in found
        if f["impact"] in ("serious", "critical")
        for n in f["nodes"]
    ]


@pytest.mark.parametrize("path", ["/", "/desk", "/search?q=ROAS"])
def test_portal_desk_and_search(visit, dashboard, path):
    page = visit()
    page.goto(dashboard["address"] + path)
    page.wait_for_timeout(500)
    assert _faults(page) == []


def test_a_chapter_and_its_live_view(visit, dashboard):
    page = visit()
    page.goto(f"{dashboard['address']}/chapter/6")
    page.locator("#cells figure.chart svg").first.wait_for()
    assert _faults(page) == []
    page.wait_for_selector("body[data-live]", timeout=WAIT)
    inside = page.locator("#live-place iframe").element_handle().content_frame()
    inside.locator(".opsbook-chart svg.marks, .opsbook-chart .vega-embed svg").first.wait_for()
    assert _faults(inside) == []
    assert _faults(page) == []


def test_the_log_in_page(chromium, dashboard):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{dashboard['address']}/login")
    assert _faults(page) == []
    context.close()


def test_a_report(visit, dashboard):
    page = visit()
    link = page.locator("table.wide-table a[href*='.html']").first.get_attribute("href")
    page.goto(dashboard["address"] + link)
    page.locator("figure.chart").first.wait_for(state="attached")
    assert _faults(page) == []
