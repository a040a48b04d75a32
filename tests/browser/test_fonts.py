"""Chinese on a machine that has no Chinese font: reports and dashboards bring their own glyphs."""

import os
import re

import pytest

from tests.browser.conftest import CHROMIUM, FLAGS

pytestmark = pytest.mark.system

NO_CHINESE = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>/usr/share/fonts/truetype/dejavu</dir><cachedir>{cache}</cachedir></fontconfig>"""
CHINESE = re.compile(r"[\u2e80-\uffef]")


@pytest.fixture(scope="module")
def plain_browser(started, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fonts")
    config = folder / "fonts.conf"
    config.write_text(NO_CHINESE.format(cache=folder / "cache"))
    browser = started.chromium.launch(
        executable_path=CHROMIUM,
        args=list(FLAGS),
        env={**os.environ, "FONTCONFIG_FILE": str(config)},
    )
    yield browser
    browser.close()


def used(page, selector):
    """Fonts that draw the first element: family -> (glyphs, whether the page brought it)."""
    tools = page.context.new_cdp_session(page)
    tools.send("DOM.enable")
    tools.send("CSS.enable")
    root = tools.send("DOM.getDocument")["root"]["nodeId"]
    node = tools.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
    fonts = tools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    return {f["familyName"]: (f["glyphCount"], f["isCustomFont"]) for f in fonts}


@pytest.mark.parametrize(("language", "family"), [("zh-Hant", "TC"), ("zh-Hans", "SC")])
def test_a_report_brings_its_glyphs(plain_browser, sample_home, tmp_path, language, family):
    from opsbook.publish.run import run

    done = run(6, home=sample_home, language=language, formats=("html",), output=tmp_path / "out")
    page = plain_browser.new_page()
    page.goto((done.folder / "06_ads.html").as_uri())
    page.wait_for_function("document.fonts.status === 'loaded'")
    page.locator("figure").first.scroll_into_view_if_needed()  # a chart is drawn when it is seen
    page.wait_for_selector("figure svg text", timeout=30000)
    page.evaluate(
        "[...document.querySelectorAll('figure svg text')]"
        ".find(t => /[\u4e00-\u9fff]/.test(t.textContent)).id = 'of-a-chart'"
    )
    for selector in ("h1", ".summary li", "table caption", "#of-a-chart"):
        text = page.locator(selector).first.text_content()
        count = len(CHINESE.findall(text))
        own = sum(n for name, (n, custom) in used(page, selector).items() if custom)
        assert count > 0 and own >= count, (selector, text, used(page, selector))
    page.screenshot(path=tmp_path / f"{language}.png")
    page.close()


def test_a_dashboard_serves_its_font_where_it_is_needed(plain_browser, dashboard):
    page = plain_browser.new_page()
    asked = []
    page.on("request", lambda r: asked.append(r.url))
    page.goto(f"{dashboard['address']}/?token={dashboard['tokens']['viewer']}")
    page.goto(f"{dashboard['address']}/chapter/6?language=zh-Hant")
    page.wait_for_function("document.fonts.status === 'loaded'")
    fonts = used(page, "h1")
    assert sum(n for n, custom in fonts.values() if custom) >= 4, fonts
    assert any(url.endswith("NotoSansTC-Regular.ttf") for url in asked)
    assert all(url.startswith((dashboard["address"], "data:", "blob:")) for url in asked)
    page.close()
