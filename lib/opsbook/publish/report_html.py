"""A report as one HTML file: offline, pictures at once, live charts with tooltips on load.

A content-security policy lets run only the two scripts written here (by their hashes) and lets
nothing be fetched; every text is escaped by the template.
"""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from opsbook.config import template_path
from opsbook.publish import document, prose, vega, web_font
from opsbook.publish import report as reports

_FONTS = "/* fonts */"


def write(report, path):
    """Write a Report as HTML."""
    Path(path).write_text(render(report), encoding="utf-8")


def render(report):
    """A Report as the text of one HTML page."""
    scripts = [vega.bundle(), _file("report.js")] if any(c.charts for c in report.chapters) else []
    page = _environment().get_template("report.html")
    text = page.render(
        report=report,
        t=report.t,
        scripts=[Markup(s) for s in scripts],
        policy=_policy(scripts),
        style=Markup(_file("report.css")),
        logo=_logo(report.context["logo"]),
        findings=reports.finding_rows(report),
        lead=reports.conclusions_lead(report),
        nothing_found=reports.nothing_found(report),
        chapter_label=lambda c: reports.chapter_label(report, c),
        body_rows=40,
        appendix_rows=reports.appendix_rows(report),
        locale=json.dumps(report.language),
    )
    return text.replace(_FONTS, web_font.faces(text, report.language), 1)


@cache
def _environment():
    loader = jinja2.FileSystemLoader(str(template_path("report")))
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters |= {
        "prose": lambda nodes: Markup(prose.to_html(nodes)),
        "kind": lambda block: type(block).__name__,
        "picture": _picture,
        "bitmap": lambda png: "data:image/png;base64," + base64.b64encode(png).decode(),
        "spec": _spec,
    }
    environment.tests["heading"] = lambda block: isinstance(block, document.Heading)
    return environment


def _picture(chart):
    svg = vega.picture(chart).encode()
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()


def _spec(chart):
    text = json.dumps(chart.spec, ensure_ascii=False, separators=(",", ":"))
    # "<" cannot open a tag inside the script element, nor end it.
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028"))


def _policy(scripts):
    sums = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    allowed = " ".join(f"'sha256-{s}'" for s in sums) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "font-src data:; base-uri 'none'; form-action 'none'"
    )


def _logo(path):
    if not path or not Path(path).is_file():
        return ""
    kind = (
        "svg+xml" if path.endswith(".svg") else Path(path).suffix.lstrip(".").replace("jpg", "jpeg")
    )
    return f"data:image/{kind};base64," + base64.b64encode(Path(path).read_bytes()).decode()


def _file(name):
    return template_path("report", name).read_text(encoding="utf-8")
