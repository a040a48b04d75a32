"""Cells of an executed notebook as parts of a dashboard's page: ["html", text] and ["chart", dict].

The same parts come from the scheduled run's notebook (first paint) and, cell by cell, from a live
computation; a page shows them as HTML (`html`), a kernel's widgets take the charts as data. Every
text is escaped by the template; the only markup is our own.

A chart: anchor, caption, alt, svg ("" where it is drawn in the browser), spec (Vega-Lite), note.
"""

import base64
import datetime as dt
import json
from functools import cache
from html import escape

import jinja2
from markupsafe import Markup

from opsbook.config import template_path
from opsbook.present import retold
from opsbook.publish import document, prose
from opsbook.publish.prepare import INJECTED

ROWS = 300
FIRST_ROWS = 15


def of_notebook(notebook, number, words):
    """(cell id, parts) of every cell that shows something, and the notebook's state dict."""
    taken, found, state = set(), [], {}
    for cell in notebook.cells:
        if INJECTED in cell.metadata.get("tags", []):
            continue
        state = _state(cell.get("outputs", []), state)
        parts = of_cell(cell, number, taken, words)
        if parts:
            found.append((cell.get("id", ""), parts))
    return found, state


def of_cell(cell, number, taken, words):
    """Parts of one cell; none where it shows nothing. taken: anchors in use, added to."""
    if cell.cell_type == "markdown":
        if "papermill-error-cell-tag" in cell.metadata.get("tags", []):
            return []
        blocks = list(document.of_markdown(cell.source, number, taken))
        text = "".join(_text(block, words) for block in blocks)
        return [["html", text]] if text else []
    outputs = cell.get("outputs", [])
    return [part for o in outputs for part in of_output(o, number, taken, words)]


def of_output(output, number, taken, words):
    """Parts of one output of a code cell (a NotebookNode or a like dict): one or none."""
    data = output.get("data", {})
    if document.FINDINGS in data:
        summary = data.get(document.SUMMARY, [])
        text = _template("findings").render(
            findings=[retold.finding(f, words) for f in data[document.FINDINGS]],
            summary=[retold.sentence(s, words) for s in summary],
            t=words.text,
            number=number,
        )
        return [["html", text]]
    if document.SUMMARY in data or document.STATE in data:
        return []
    if output.output_type == "error":
        return [["html", panel(words, f"{output.ename}: {output.evalue}", "")]]
    block = document.of_output(output, data, number, taken)
    if block is None:
        return []
    if isinstance(block, document.Chart):
        shown = ("anchor", "caption", "alt", "svg", "spec", "note")
        return [["chart", {name: getattr(block, name) for name in shown}]]
    return [["html", _text(block, words)]]


def html(parts):
    """The HTML of a cell's parts."""
    return "".join(
        _template("chart").render(chart=about, spec=_spec(about)) if kind == "chart" else about
        for kind, about in parts
    )


def panel(words, message, error_id, kind="failed"):
    """A readable panel in place of what could not be shown."""
    return _template("panel").render(t=words.text, message=message, error_id=error_id, kind=kind)


def _state(outputs, state):
    for output in outputs:
        state = output.get("data", {}).get(document.STATE, state)
    return state


def _text(block, words):
    if isinstance(block, document.Heading):
        level = min(block.level, 6)
        return f'<h{level} id="{escape(block.anchor)}">{escape(block.text)}</h{level}>'
    if isinstance(block, document.Prose):
        return f'<div class="prose">{prose.to_html(block.nodes)}</div>'
    name = type(block).__name__.lower()
    return _template(name).render(block=block, t=words.text, rows=ROWS, first=FIRST_ROWS)


def _spec(chart):
    text = json.dumps(chart["spec"], ensure_ascii=False, separators=(",", ":"))
    # "<" cannot open a tag inside the script element, nor end it.
    return Markup(text.replace("<", "\\u003c"))


@cache
def environment():
    """The templates of templates/dashboard; undefined names are errors."""
    loader = jinja2.FileSystemLoader(str(template_path("dashboard")))
    made = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    made.filters["moment"] = dt.datetime.fromisoformat
    made.filters["parts"] = lambda parts: Markup(html(parts))
    made.filters["base64"] = lambda png: base64.b64encode(png).decode()
    made.filters["picture"] = lambda svg: Markup(svg[svg.find("<svg") :]) if svg else ""
    return made


def _template(name):
    return environment().get_template(f"{name}.html")
