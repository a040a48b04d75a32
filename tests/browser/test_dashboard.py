"""The dashboard in a browser: every chart drawn, controls, languages, write-back, live view."""

import re
import time

import pytest

from opsbook.publish.run import notebooks

pytestmark = pytest.mark.system
SHOTS = "reports/screenshots"


def _numbers():
    from opsbook.config import DISTRIBUTION

    return sorted(n for n in notebooks(DISTRIBUTION) if 1 <= n <= 10)


def _settled(page):
    page.wait_for_selector(
        "#status .now:text-matches('Up to date|Updated|最新|剛剛|刚刚')", timeout=120000
    )


def _shot(page, dashboard, name):
    folder = dashboard["home"] / SHOTS
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=True)


@pytest.mark.parametrize("number", _numbers())
def test_every_chart_of_a_chapter_is_drawn(visit, dashboard, number):
    page = visit()
    page.goto(f"{dashboard['address']}/chapter/{number}?ui=page")
    _settled(page)
    figures = page.locator("figure.chart")
    for i in range(figures.count()):
        figure = figures.nth(i)
        figure.scroll_into_view_if_needed()
        # the first mark of a chart of several panels is an empty background
        marks = figure.locator("svg :is(path, rect, text, image)").locator("visible=true")
        marks.first.wait_for(timeout=20000)
    assert page.locator(".panel.failed").count() == 0
    _shot(page, dashboard, f"chapter-{number:02d}")


def test_the_portal_shows_chapters_findings_and_reports(visit, dashboard):
    page = visit()
    for heading in ("attention", "chapters", "today", "reports", "fresh"):
        assert page.locator(f"#{heading}").is_visible()
    assert page.locator("table.wide-table tbody tr").count() >= len(_numbers())
    _shot(page, dashboard, "portal")


def test_the_portal_shows_each_headline_figure_with_its_weeks(visit, dashboard):
    page = visit()
    until = time.monotonic() + 120  # the server computes them after its start
    while not page.locator(".head-figure svg.line").count() and time.monotonic() < until:
        page.wait_for_timeout(1000)
        page.goto(dashboard["address"])
    rows = page.locator("tbody tr:has(.head-figure strong)")
    assert rows.count() == len(_numbers())
    assert page.locator(".head-figure svg.line").count() >= len(_numbers()) - 1
    advertising = rows.filter(has_text="Return on ad spend")
    assert re.search(r"better|worse|unchanged", advertising.inner_text())


def test_a_control_changes_a_figure_and_the_address(visit, dashboard):
    page = visit()
    page.goto(f"{dashboard['address']}/chapter/6?ui=page")
    _settled(page)
    page.wait_for_selector("select[name=platform] option[value=oceanengine]", state="attached")
    before = page.locator(".table").first.inner_text()
    page.select_option("select[name=platform]", "oceanengine")
    page.wait_for_selector(".cell.fresh .table", timeout=60000)
    _settled(page)
    assert page.locator(".table").first.inner_text() != before
    assert "platform=oceanengine" in page.url
    after = page.locator(".table").first.inner_text()
    page.goto(page.url + "&ui=page")
    _settled(page)
    assert page.locator(".table").first.inner_text() == after


def test_a_wrong_parameter_gives_a_message(visit, dashboard):
    page = visit()
    page.goto(f"{dashboard['address']}/chapter/6?perod=2026-W40")
    assert "Did you mean period" in page.locator("[role=alert]").first.inner_text()


@pytest.mark.parametrize(
    ("language", "word"), [("en", "Advertising"), ("zh-Hant", "廣告"), ("zh-Hans", "广告")]
)
def test_each_language(visit, dashboard, language, word):
    page = visit()
    page.goto(f"{dashboard['address']}/chapter/6?ui=page&language={language}")
    assert word in page.locator("h1").first.inner_text()
    assert page.locator("html").get_attribute("lang") == language
    _settled(page)
    _shot(page, dashboard, f"chapter-06-{language}")


def test_a_phone_needs_no_sideways_scrolling(visit, dashboard):
    page = visit(width=390)
    for path in ("/", "/chapter/6", "/desk"):
        page.goto(dashboard["address"] + path)
        page.wait_for_timeout(500)
        _shot(page, dashboard, "phone" + path.replace("/", "-"))
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_a_table_sorts_filters_and_downloads(visit, dashboard):
    page = visit()
    page.goto(f"{dashboard['address']}/chapter/6?ui=page")
    _settled(page)
    table = page.locator(".table").first
    head = table.locator("th.right .sort").first
    head.click()
    shown = table.locator("tbody tr:not([hidden])")
    column = head.evaluate("(b) => b.closest('th').cellIndex + 1")
    cells = table.locator(f"tbody tr:not([hidden]) td:nth-child({column})")
    values = [float(cells.nth(i).get_attribute("data-v")) for i in range(cells.count())]
    assert values == sorted(values)
    count = shown.count()
    table.locator("input[type=search]").fill("video")
    assert 0 < shown.count() < count
    with page.expect_download() as download:
        table.locator(".download").click()
    assert download.value.suggested_filename.endswith(".csv")


def test_an_acknowledged_finding_stays_acknowledged(visit, dashboard):
    page = visit()
    page.goto(f"{dashboard['address']}/desk")
    article = page.locator(".finding:has(button)").first
    finding = article.get_attribute("data-finding")
    article.locator("button").click()
    page.wait_for_selector(f".finding[data-finding='{finding}'] .done", timeout=20000)
    page.reload()
    assert "editor" in page.locator(f".finding[data-finding='{finding}'] .done").inner_text()


def test_a_viewer_sees_no_buttons_that_write(visit, dashboard):
    page = visit("viewer")
    page.goto(f"{dashboard['address']}/desk")
    assert page.locator("button[data-write], form.write, select[data-label]").count() == 0


def test_the_live_view_takes_over_by_itself_and_its_controls_answer(visit, dashboard):
    page = visit()
    page.goto(f"{dashboard['address']}/chapter/6")
    assert page.locator("#cells .table").first.is_visible()  # painted before any kernel is there
    assert page.locator("#status").inner_text().strip()
    page.wait_for_selector("body[data-live]", timeout=240000)
    assert page.locator("#cells").is_hidden()
    inside = page.frame_locator("#live-place iframe")
    inside.locator(".opsbook-chart svg.marks, .opsbook-chart .vega-embed svg").first.wait_for()
    before = inside.locator(".table").first.inner_text()
    fields = inside.locator(".opsbook-fields select")
    fields.nth(2).select_option(index=1)
    until = time.monotonic() + 120
    while inside.locator(".table").first.inner_text() == before:
        assert time.monotonic() < until
        page.wait_for_timeout(100)
    assert "platform=" in page.url
    _shot(page, dashboard, "live")


def test_what_the_reader_looks_at_stays_where_it_is(visit, dashboard):
    page = visit()
    page.goto(f"{dashboard['address']}/chapter/6")
    _settled(page)
    ids = page.evaluate(
        "() => [...document.querySelectorAll('#cells :is(h2, h3)[id]')].map(e => e.id)"
    )
    name = ids[len(ids) // 2]
    assert page.locator("body[data-live]").count() == 0  # not taken over yet
    page.evaluate(
        "id => window.scrollTo(0, window.scrollY + document.getElementById(id).getBoundingClientRect().top - 100)",
        name,
    )
    page.wait_for_selector("body[data-live]", timeout=240000)
    page.wait_for_timeout(3000)  # the charts above are drawn by then
    top = page.evaluate(
        "id => { const f = document.querySelector('#live-place iframe'); const e = f.contentDocument.getElementById(id);"
        " return e.getBoundingClientRect().top + f.getBoundingClientRect().top; }", name
    )  # fmt: skip
    assert 0 < top < 300


def test_nobody_gets_in_without_logging_in(chromium, dashboard):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{dashboard['address']}/chapter/6")
    assert re.search(r"/login\?", page.url)
    page.fill("input[name=password]", dashboard["tokens"]["viewer"])
    page.click("form.login button")
    page.wait_for_selector("#cells")
    context.close()
