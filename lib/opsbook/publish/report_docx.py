"""A report as a Word document, through pandoc: native headings, contents field, alt texts.

The document goes over as pandoc's own tree, in which text is text: nothing that strangers wrote is
read as markup. Styles come from templates/report/reference.docx, whose colour becomes the brand's.
"""

import json
import os
import tempfile
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

from opsbook.config import template_path
from opsbook.publish import prose, vega
from opsbook.publish import report as reports
from opsbook.publish.document import Chart, Heading, Picture, Plain, Prose, Table

API = [1, 23, 1]
NO = ["", [], []]
REFERENCE_COLOUR = "1F6F5C"
CHINESE_FONT = {
    "en": "Microsoft YaHei",
    "zh-Hans": "Microsoft YaHei",
    "zh-Hant": "Microsoft JhengHei",
}
PAGE_INCHES = 6.6
TALLEST_INCHES = 8.2
PIXELS_PER_INCH = 105
CONTENTS_WIDTH = 9520  # twentieths of a point


def write(report, path):
    """Write a Report as DOCX."""
    import pypandoc

    with tempfile.TemporaryDirectory(prefix="opsbook-docx-") as folder:
        root = Path(folder)
        reference = _reference(report, root / "reference.docx")
        tree = {
            "pandoc-api-version": API,
            "meta": _meta(report),
            "blocks": list(_blocks(report, root)),
        }
        made = root / "report.docx"
        pypandoc.convert_text(
            json.dumps(tree),
            "docx",
            format="json",
            outputfile=os.fspath(made),
            extra_args=[
                f"--reference-doc={reference}",
                "--quiet",
                "--toc",
                f"--toc-depth={2 if report.is_bound else 3}",
                f"--resource-path={root}",
            ],
        )
        depth = 2 if report.is_bound else 3
        _fill_contents(made, path, [b["c"] for b in tree["blocks"] if b["t"] == "Header"], depth)


def _fill_contents(made, path, headings, depth):
    """Copy the document with its contents field filled: readers other than Word never update it."""
    lines = "".join(
        _contents_line(level, text[0]["c"], about[0])
        for level, about, text in headings
        if level <= depth
    )
    start, end = '<w:fldChar w:fldCharType="separate" />', '<w:fldChar w:fldCharType="end" />'
    filled = f"{start}</w:r></w:p>{lines}<w:p><w:r>{end}"
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "word/document.xml":
                content = content.decode().replace(start + end, filled, 1).encode()
            new.writestr(item, content)


def _contents_line(level, text, anchor):
    def field(kind):
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    bold = "<w:rPr><w:b/></w:rPr>" if level == 1 else ""
    page = (
        f'{field("begin")}<w:r><w:instrText xml:space="preserve"> PAGEREF {anchor} \\h </w:instrText></w:r>'
        f"{field('separate')}<w:r><w:t></w:t></w:r>{field('end')}"
    )
    return (
        f'<w:p><w:pPr><w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{CONTENTS_WIDTH}"/></w:tabs>'
        f'<w:spacing w:before="60" w:after="20"/><w:ind w:left="{(level - 1) * 320}"/></w:pPr>'
        f'<w:hyperlink w:anchor="{anchor}"><w:r>{bold}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
        f"<w:r><w:tab/></w:r>{page}</w:hyperlink></w:p>"
    )


def _reference(report, target):
    colour = report.colours[0].lstrip("#").upper().encode()
    font = CHINESE_FONT[report.language].encode()
    source = template_path("report", "reference.docx")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "word/styles.xml":
                content = content.replace(REFERENCE_COLOUR.encode(), colour)
                content = content.replace(CHINESE_FONT["en"].encode(), font)
            new.writestr(item.filename, content)
    return target


def _meta(report):
    def words(text):
        return {"t": "MetaInlines", "c": [_str(text)]}

    facts = [f"{label}: {value}" for label, value in report.facts[1:]]
    return {
        "title": words(report.title),
        "subtitle": words(f"{report.kind} · {report.context['period']}"),
        "author": {"t": "MetaList", "c": [words(report.brand), *map(words, facts)]},
        "lang": words({"en": "en-GB", "zh-Hans": "zh-CN", "zh-Hant": "zh-TW"}[report.language]),
        "toc-title": words(report.t("contents")),
    }


def _blocks(report, root):
    t = report.t
    yield _heading(1, t("summary"), "summary")
    if report.summary:
        yield _para(t("summary_lead"))
        yield {
            "t": "BulletList",
            "c": [[{"t": "Plain", "c": _sentence(s)}] for s in report.summary],
        }
    else:
        yield _para(t("no_summary"))
    for chapter in report.chapters:
        yield _heading(1, chapter.title, f"c{chapter.number}")
        if chapter.error:
            yield _para(t("failed"), strong=True)
            yield {"t": "CodeBlock", "c": [NO, chapter.error]}
        if chapter.state.get("state") == "no_data":
            yield _para(t("no_data"), strong=True)
        for block in chapter.blocks:
            yield from _block(report, block, root)
    yield from _conclusions(report)
    yield from _appendix(report, root)


def _conclusions(report):
    t = report.t
    yield _heading(1, t("conclusions"), "conclusions")
    rows = reports.finding_rows(report)
    if not rows:
        yield _para(reports.nothing_found(report))
        return
    yield _para(reports.conclusions_lead(report))
    for f in rows:
        yield _heading(4, f"{f['severity_text']} · {f['what']}", "")
        yield _para(f"{t('section')} {f['section']} · {f['subject']}")
        names = ("figure", "action", "owner", "due", "changes_if")
        heads = ("evidence", "action", "owner", "due", "changes_if")
        yield _grid(
            [[t(head), f[name]] for name, head in zip(names, heads, strict=True)],
            head=None,
            aligns=["left", "left"],
            widths=[22, 78],
        )


def _appendix(report, root):
    t = report.t
    yield _heading(1, t("appendix"), "appendix")
    if report.definitions:
        yield _heading(2, t("definitions"), "definitions")
        yield _para(t("definitions_lead"))
        head = [t("indicator"), t("formula"), t("unit")]
        yield _grid(report.definitions, head=head, aligns=["left"] * 3, widths=[26, 60, 14])
    if report.appendix:
        yield _heading(2, t("data_tables"), "data-tables")
        yield _para(t("data_tables_lead"))
        for table in report.appendix:
            yield from _table(report, table, reports.appendix_rows(report), "rows_cut")
    yield _heading(2, t("methods"), "methods")
    for line in report.methods:
        yield _para(line)
    for chapter in report.chapters:
        if chapter.closing and report.is_bound:
            yield _heading(4, chapter.title, "")
        for block in chapter.closing:
            if not isinstance(block, Heading):
                yield from _block(report, block, root)


def _block(report, block, root):
    if isinstance(block, Heading):
        yield _heading(min(block.level, 5), block.text, block.anchor)
    elif isinstance(block, Prose):
        yield from _prose(block.nodes)
    elif isinstance(block, Chart):
        file = root / f"{block.anchor}.png"
        file.write_bytes(vega.png(block))
        yield _caption(report.labels[block.anchor], block.caption, block.anchor)
        yield {"t": "Para", "c": [_image(file, block.alt)]}
        if block.note:
            yield _para(block.note)
    elif isinstance(block, Table) and block.columns:
        yield from _table(report, block, min(block.shown, reports.BODY_ROWS), "rows_appendix")
    elif isinstance(block, Table):
        yield _para(block.caption, strong=True)
        yield _para(block.note)
    elif isinstance(block, Picture):
        file = root / f"picture-{len(list(root.glob('picture-*')))}.png"
        file.write_bytes(block.png)
        yield {"t": "Para", "c": [_image(file, block.alt)]}
    elif isinstance(block, Plain):
        yield {"t": "CodeBlock", "c": [NO, block.text]}


def _table(report, table, rows, cut):
    widths = reports.widths(table)
    yield _caption(report.labels[table.anchor], table.caption, table.anchor)
    for columns in reports.parts(table, room=96, most=9):
        yield _grid(
            [[row[i] for i in columns] for row in table.text[:rows]],
            head=[table.columns[i]["label"] for i in columns],
            aligns=[table.columns[i]["align"] for i in columns],
            widths=[widths[i] for i in columns],
        )
    if len(table.text) > rows:
        yield _para(report.t(cut, shown=rows, total=len(table.text)))


def _grid(rows, *, head, aligns, widths):
    names = {"left": "AlignLeft", "right": "AlignRight"}
    columns = [{"t": names[a]} for a in aligns]
    specs = [
        [align, {"t": "ColWidth", "c": round(w / sum(widths), 4)}]
        for align, w in zip(columns, widths, strict=True)
    ]

    def line(cells):
        made = [
            [NO, {"t": "AlignDefault"}, 1, 1, [{"t": "Plain", "c": [_str(cell)]}]] for cell in cells
        ]
        return [NO, made]

    heads = [line(head)] if head else []
    body = [NO, 0, [], [line(row) for row in rows]]
    return {"t": "Table", "c": [NO, [None, []], specs, [NO, heads], [body], [NO, []]]}


def _prose(nodes):
    for n in nodes:
        if n["t"] in ("p", "heading"):
            yield {"t": "Para", "c": _inline(n["c"])}
        elif n["t"] == "list":
            items = [list(_prose(item)) for item in n["items"]]
            if n["ordered"]:
                yield {"t": "OrderedList", "c": [[1, {"t": "Decimal"}, {"t": "Period"}], items]}
            else:
                yield {"t": "BulletList", "c": items}
        elif n["t"] == "quote":
            yield {"t": "BlockQuote", "c": list(_prose(n["c"]))}
        elif n["t"] == "code":
            yield {"t": "CodeBlock", "c": [NO, n["v"]]}
        elif n["t"] == "rule":
            yield {"t": "HorizontalRule"}
        elif n["t"] == "table":
            plain = [[prose.plain(c) for c in row] for row in [n["head"], *n["rows"]]]
            count = len(plain[0])
            yield _grid(plain[1:], head=plain[0], aligns=["left"] * count, widths=[1] * count)


def _inline(nodes):
    made = []
    for n in nodes:
        if n["t"] == "text":
            made.append(_str(n["v"]))
        elif n["t"] == "code":
            made.append({"t": "Code", "c": [NO, n["v"]]})
        elif n["t"] == "br":
            made.append({"t": "LineBreak"})
        elif n["t"] == "link":
            made.append({"t": "Link", "c": [NO, _inline(n["c"]), [n["href"], ""]]})
        else:
            made.append({"t": "Strong" if n["t"] == "strong" else "Emph", "c": _inline(n["c"])})
    return made


def _sentence(s):
    if not s["anchor"]:
        return [_str(s["text"])]
    return [{"t": "Link", "c": [NO, [_str(s["text"])], [f"#{s['anchor']}", ""]]}]


def _caption(label, words, anchor):
    inside = [{"t": "Span", "c": [[anchor, [], []], [{"t": "Strong", "c": [_str(f"{label} ")]}]]}]
    style = ["", [], [["custom-style", "Table Caption"]]]
    return {"t": "Div", "c": [style, [{"t": "Para", "c": [*inside, _str(words)]}]]}


def _image(file, alt):
    from PIL import Image

    with Image.open(file) as picture:
        width = min(picture.width / 2 / PIXELS_PER_INCH, PAGE_INCHES)
        width = min(width, TALLEST_INCHES * picture.width / picture.height)
    size = ["", [], [["width", f"{width:.2f}in"]]]
    return {"t": "Image", "c": [size, [_str(alt)], [file.name, ""]]}


def _heading(level, text, anchor):
    return {"t": "Header", "c": [level, [anchor, [], []], [_str(text)]]}


def _para(text, strong=False):
    inside = [_str(text)]
    return {"t": "Para", "c": [{"t": "Strong", "c": inside}] if strong else inside}


def _str(text):
    return {"t": "Str", "c": str(text)}
