"""An executed notebook as a document: headings, prose, charts, tables, findings, in order.

Reports of every format are written from this and compute nothing again.
"""

import base64
import re
from dataclasses import dataclass, field, replace

from opsbook.publish import prose

CHART = "application/vnd.opsbook.chart+json"
TABLE = "application/vnd.opsbook.table+json"
FINDINGS = "application/vnd.opsbook.findings+json"
SUMMARY = "application/vnd.opsbook.summary+json"
STATE = "application/vnd.opsbook.state+json"
_SECTION = re.compile(r"(\d+(?:\.\d+)+)\s")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Heading:
    """A heading of level 2 to 6; `anchor` is unique in a combined report."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Prose:
    """Blocks of `opsbook.publish.prose`."""

    nodes: list


@dataclass(frozen=True)
class Chart:
    """A chart: Vega-Lite spec with its data, and the picture of it as SVG text."""

    anchor: str
    caption: str
    alt: str
    spec: dict
    svg: str
    note: str = ""
    unit: str = ""
    data_columns: list = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """A table: columns (name, label, type, unit, align), raw rows, and the same rows written.

    columns and text are what a page shows, figures with their intervals in one cell; `whole` has
    every column apart. shown: how many rows a page carries. A table without columns says in `note`
    what is missing.
    """

    anchor: str
    caption: str
    columns: list
    rows: list
    text: list
    shown: int = 50
    note: str = ""
    all_columns: list = field(default_factory=list)
    all_text: list = field(default_factory=list)

    @property
    def whole(self):
        """The same table with every column, as `rows` has them."""
        if not self.all_columns:
            return self
        return replace(self, columns=self.all_columns, text=self.all_text)


@dataclass(frozen=True)
class Picture:
    """A bitmap shown by a cell, as PNG bytes."""

    png: bytes
    alt: str


@dataclass(frozen=True)
class Plain:
    """Text that a cell printed; `kind` is output or error."""

    text: str
    kind: str = "output"


@dataclass(frozen=True)
class Document:
    """One chapter's report: what its notebook shows, sorted by the part of the report it is for."""

    number: int
    name: str
    title: str
    blocks: list
    summary: list
    findings: list
    closing: list
    state: dict
    error: str = ""

    @property
    def charts(self):
        """Its charts, in order."""
        return [b for b in self.blocks if isinstance(b, Chart)]

    @property
    def tables(self):
        """Its tables, in order."""
        return [b for b in self.blocks if isinstance(b, Table)]


def read(notebook, number, name):
    """The Document of an executed notebook (NotebookNode).

    number, name: of the chapter, such as 6 and "06_ads". Anchors begin with the number, so that
    chapters can be bound together.
    """
    taken, blocks, summary, findings, state, error = set(), [], [], [], {}, ""
    title = name
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            if "papermill-error-cell-tag" in cell.metadata.get("tags", []):
                continue
            for block in of_markdown(cell.source, number, taken):
                if isinstance(block, Heading) and block.level == 1:
                    title = block.text
                else:
                    blocks.append(block)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            summary += data.get(SUMMARY, [])
            state = data.get(STATE, state)
            if FINDINGS in data:
                findings += data[FINDINGS]
                blocks.append(FINDINGS)
            elif SUMMARY in data or STATE in data:
                continue
            elif output.output_type == "error":
                error = f"{output.ename}: {_ANSI.sub('', output.evalue)}"
                blocks.append(Plain(error, "error"))
            elif (block := of_output(output, data, number, taken)) is not None:
                blocks.append(block)
    blocks, closing = _part(blocks)
    summary = [_anchored(sentence, number) for sentence in summary]
    return Document(number, name, title, blocks, summary, findings, closing, state, error)


def anchor(number, name):
    """The anchor of a chart or table with an id, in chapter `number`."""
    return f"c{number}-" + re.sub(r"[^A-Za-z0-9]+", "-", str(name)).strip("-").lower()


def without_empty_headings(blocks):
    """The blocks without headings that nothing follows before the next of their level."""
    kept = []
    for block in blocks:
        while (
            kept
            and isinstance(block, Heading)
            and isinstance(kept[-1], Heading)
            and kept[-1].level >= block.level
        ):
            kept.pop()
        kept.append(block)
    while kept and isinstance(kept[-1], Heading):
        kept.pop()
    return kept


def of_markdown(source, number, taken):
    """Blocks of a markdown cell, in order; anchors are added to `taken`."""
    waiting = []
    for node in prose.parse(source):
        if node["t"] != "heading":
            waiting.append(node)
            continue
        if waiting:
            yield Prose(waiting)
            waiting = []
        text = prose.plain(node["c"])
        found = _SECTION.match(text)
        name = f"s-{found[1]}" if found else "h"
        yield Heading(node["level"], text, _unique(anchor(number, name), taken))
    if waiting:
        yield Prose(waiting)


def of_output(output, data, number, taken):
    """The block of one output of a code cell, or None where it shows nothing of its own."""
    if CHART in data:
        about = data[CHART]
        return Chart(
            anchor=_unique(anchor(number, about["id"]), taken),
            caption=about.get("caption") or "",
            alt=about.get("alt") or about.get("caption") or "",
            spec=about["spec"],
            svg=_joined(data.get("image/svg+xml", "")),
            note=about.get("note") or "",
            unit=about.get("unit") or "",
            data_columns=about.get("data_columns") or [],
        )
    if TABLE in data:
        about = data[TABLE]
        kept = [i for i, c in enumerate(about["columns"]) if not c.get("into")]
        return Table(
            anchor=_unique(anchor(number, about["id"]), taken),
            caption=about.get("caption") or "",
            columns=[about["columns"][i] for i in kept],
            rows=about["rows"],
            text=[[row[i] for i in kept] for row in about["text"]],
            shown=about.get("shown") or 50,
            note=about.get("note") or "",
            all_columns=about["columns"],
            all_text=about["text"],
        )
    if "image/png" in data:
        return Picture(
            base64.b64decode(_joined(data["image/png"])), _joined(data.get("text/plain", ""))
        )
    if "application/vnd.jupyter.widget-view+json" in data:
        return None
    if output.output_type == "stream":
        return Plain(_joined(output.text).strip()) if output.name == "stdout" else None
    text = _joined(data.get("text/plain", ""))
    return Plain(text) if text and "text/html" not in data else None


def _part(blocks):
    """Body and closing: the heading over the findings and what follows it closes the report."""
    if FINDINGS not in blocks:
        return without_empty_headings(blocks), []
    at = blocks.index(FINDINGS)
    while at and not (isinstance(blocks[at - 1], Heading)):
        if not isinstance(blocks[at - 1], Prose):
            break
        at -= 1
    if at and isinstance(blocks[at - 1], Heading):
        at -= 1
    body = without_empty_headings([b for b in blocks[:at] if b != FINDINGS])
    rest = blocks[at + 1 :] if isinstance(blocks[at], Heading) else blocks[at:]
    closing = [b for b in rest if b != FINDINGS]
    objects = [b for b in closing if isinstance(b, (Chart, Table, Picture))]
    return body + objects, without_empty_headings([b for b in closing if b not in objects])


def _anchored(sentence, number):
    target = sentence.get("anchor") or ""
    return {"text": sentence["text"], "anchor": anchor(number, target) if target else ""}


def _unique(name, taken):
    candidate, count = name, 1
    while candidate in taken:
        count += 1
        candidate = f"{name}-{count}"
    taken.add(candidate)
    return candidate


def _joined(text):
    return "".join(text) if isinstance(text, list) else text
