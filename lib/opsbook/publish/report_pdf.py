"""A report as PDF, set by Typst from a template of ours, with the bundled fonts only.

The data go over as JSON and are shown as text: markup in a comment or a file name stays what it is.
"""

import json
import os
import re
import shutil
import tempfile
from pathlib import Path

from opsbook.config import template_path
from opsbook.publish import report as reports
from opsbook.publish import vega
from opsbook.publish.document import Chart, Heading, Picture, Plain, Prose, Table

FONTS = {
    "en": ["Noto Sans SC", "Noto Sans TC"],
    "zh-Hans": ["Noto Sans SC", "Noto Sans TC"],
    "zh-Hant": ["Noto Sans TC", "Noto Sans SC"],
}
REGION = {"en": ("en", "gb"), "zh-Hans": ("zh", "cn"), "zh-Hant": ("zh", "tw")}
WORDS = (
    "contents summary summary_lead no_summary conclusions appendix definitions "
    "definitions_lead indicator formula unit data_tables data_tables_lead methods failed no_data "
    "evidence action owner due changes_if"
).split()
PAGE_POINTS = 700  # width of a chart, in its own pixels, that fills the text width
TALLEST = 1.25  # height of a picture by the width of the text, at most
_SIZE = re.compile(r"<svg[^>]*>")
_SIDE = re.compile(r'\s(width|height)="([\d.]+)"')


def write(report, path):
    """Write a Report as PDF."""
    import typst

    with tempfile.TemporaryDirectory(prefix="opsbook-pdf-") as folder:
        root = Path(folder)
        data = layout(report, root)
        (root / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        shutil.copyfile(template_path("report", "report.typ"), root / "report.typ")
        typst.compile(
            str(root / "report.typ"),
            output=os.fspath(path),
            root=str(root),
            font_paths=[str(template_path("fonts"))],
            ignore_system_fonts=True,
        )


def layout(report, root):
    """What the template reads, with the pictures of charts written to the folder `root`."""
    words = {name: report.t(name) for name in WORDS}
    words["conclusions_lead"] = reports.conclusions_lead(report)
    words["no_findings"] = reports.nothing_found(report)
    chapters = [
        {
            "number": reports.chapter_label(report, c),
            "anchor": f"c{c.number}",
            "title": c.title,
            "error": c.error,
            "no_data": c.state.get("state") == "no_data",
            "blocks": [b for block in c.blocks for b in _block(report, block, root)],
            "closing": [b for block in c.closing for b in _block(report, block, root)],
        }
        for c in report.chapters
    ]
    return {
        "title": report.title,
        "report-kind": report.kind,
        "brand": report.brand,
        "logo": _logo(report.context["logo"], root),
        "period": report.context["period"],
        "colours": list(report.colours),
        "fonts": FONTS[report.language],
        "lang": REGION[report.language],
        "depth": 2 if report.is_bound else 3,
        "words": words,
        "facts": report.facts,
        "summary": [
            {"text": s["text"], "anchor": s["anchor"], "chapter": s["chapter"].title}
            for s in report.summary
        ],
        "chapters": chapters,
        "findings": reports.finding_rows(report),
        "definitions": report.definitions,
        "appendix": [
            _table(report, table, reports.appendix_rows(report), "rows_cut")
            for table in report.appendix
        ],
        "methods": report.methods,
    }


def _block(report, block, root):
    if isinstance(block, Heading):
        yield {"kind": "Heading", "level": block.level, "text": block.text, "anchor": block.anchor}
    elif isinstance(block, Prose):
        yield {"kind": "Prose", "nodes": block.nodes}
    elif isinstance(block, Chart):
        svg = vega.picture(block)
        file = root / f"{block.anchor}.svg"
        file.write_text(svg, encoding="utf-8")
        width = _width(svg)
        yield {
            "kind": "Chart",
            "anchor": block.anchor,
            "label": report.labels[block.anchor],
            "caption": block.caption,
            "alt": block.alt,
            "note": block.note,
            "file": file.name,
            "width": width,
        }
    elif isinstance(block, Table) and block.columns:
        yield _table(report, block, min(block.shown, reports.BODY_ROWS), "rows_appendix")
    elif isinstance(block, Table):
        yield {
            "kind": "Missing",
            "anchor": block.anchor,
            "caption": block.caption,
            "note": block.note,
        }
    elif isinstance(block, Picture):
        file = root / f"picture-{len(list(root.glob('picture-*')))}.png"
        file.write_bytes(block.png)
        yield {"kind": "Picture", "file": file.name, "alt": block.alt}
    elif isinstance(block, Plain):
        yield {"kind": "Plain", "text": block.text, "error": block.kind == "error"}


def _width(svg):
    """Width of a picture in percent of the text's, so that its height fits a page too."""
    found = _SIZE.search(svg)
    if not found:
        return 100
    sizes = dict(_SIDE.findall(found[0]))
    width, height = float(sizes.get("width", PAGE_POINTS)), float(sizes.get("height", 0))
    scale = min(1.0, PAGE_POINTS / width, PAGE_POINTS * TALLEST / height if height else 1.0)
    return round(100 * scale * width / PAGE_POINTS, 1)


def _table(report, table, rows, cut):
    more = len(table.text) > rows
    return {
        "kind": "Table",
        "anchor": table.anchor,
        "label": report.labels[table.anchor],
        "caption": table.caption,
        "parts": [_part(table, columns, rows) for columns in reports.parts(table)],
        "note": report.t(cut, shown=rows, total=len(table.text)) if more else "",
    }


def _part(table, columns, rows):
    wide = reports.widths(table)
    return {
        "columns": [
            {"label": _breakable(table.columns[i]["label"]), "align": table.columns[i]["align"]}
            for i in columns
        ],
        "widths": [wide[i] for i in columns],
        "rows": [[_breakable(row[i]) for i in columns] for row in table.text[:rows]],
    }


def _breakable(text):
    """Long words and addresses may break anywhere, so that no cell runs into its neighbour; dates never."""
    text = re.sub(r"(?<=\d)(?=[年月日])|(?<=[年月])(?=\d)", "\u2060", str(text))
    return re.sub(r"([^\s\u2e80-\uffef]{10})(?=[^\s\u2e80-\uffef])", "\\1\u200b", text)


def _logo(path, root):
    if not path or not Path(path).is_file():
        return ""
    shutil.copyfile(path, root / f"logo{Path(path).suffix}")
    return f"logo{Path(path).suffix}"
