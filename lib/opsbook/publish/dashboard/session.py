"""The kernel of a live view: widgets that show what the server computes for the chosen parameters.

The kernel computes nothing itself, so that viewers share results and it stays small. It asks over
the socket of `feed`, and each cell's widgets take what comes, cell by cell.
"""

import asyncio
import html
import json
import os
import re
from urllib.parse import urlencode

from opsbook.present import controls
from opsbook.present.language import Translator
from opsbook.publish.dashboard.feed import LINE_BYTES, SOCKET

ARRANGE_SECONDS = 0.1
# A chart of templates/dashboard/chart.html, which writes "<" in its script as an escape.
CHART = re.compile(
    r'<figure class="chart" id="(?P<id>[^"]*)">\s*<figcaption>(?P<caption>.*?)</figcaption>.*?'
    r'aria-label="(?P<alt>[^"]*)".*?<script type="application/json" class="spec">(?P<spec>.*?)'
    r"</script>(?P<note>.*?)</figure>",
    re.DOTALL,
)


async def start(about):
    """Show the controls and, as soon as the server knows them, the cells of a chapter.

    about: dict of number, language, currency, home, fields (see `controls.field`, each with name
    and default) and wait (seconds for the first results before the page goes on without them).
    """
    from IPython.display import display

    session = Session(about)
    work = session.follow()
    await asyncio.wait([work], timeout=about["wait"])
    session.arrange()
    display(session.page)


class Session:
    """One viewer's widgets: the controls, and per cell of the notebook a box of text and charts."""

    def __init__(self, about):
        import ipywidgets

        self.number = about["number"]
        self.words = Translator(
            about["language"], currency=about["currency"], home_folder=about["home"]
        )
        self.defaults = {f["name"]: f["default"] for f in about["fields"]}
        self.values = {f["name"]: f["value"] for f in about["fields"]}
        self.charts, self.cells, self.work = controls.LinkedCharts(), {}, None
        self.note, self.address = ipywidgets.HTML(), ipywidgets.HTML()
        row = ipywidgets.Box([self._field(f) for f in about["fields"]])
        row.add_class("opsbook-fields")
        panel = ipywidgets.VBox([row, self.note, self.address])
        panel.add_class("opsbook-controls")
        self.body = ipywidgets.VBox()
        self.page = ipywidgets.VBox([panel, self.body])

    def _field(self, about):
        field = controls.field(about)
        field.observe(lambda change: self.change(about["name"], change["new"]), names="value")
        return field

    def change(self, name, value):
        """Follow a control."""
        self.values[name] = value
        self.follow()

    def query(self):
        """The chosen parameters as texts, without those that are the usual ones."""
        chosen = {k: v for k, v in self.values.items() if v != self.defaults[k]}
        return {k: "" if v is None else str(v) for k, v in chosen.items()}

    def follow(self):
        """Ask the server for the chosen parameters; what was asked before is let go."""
        if self.work is not None:
            self.work.cancel()
        self.work = asyncio.get_running_loop().create_task(self._follow())
        return self.work

    async def _follow(self):
        self._say("control.running")
        query = html.escape(urlencode(self.query()))
        self.address.value = f'<span class="opsbook-query" data-query="{query}"></span>'
        try:
            await self._take_lines()
        except (OSError, ValueError):
            self._say("dash.lost")

    async def _take_lines(self):
        reader, writer = await asyncio.open_unix_connection(os.environ[SOCKET], limit=LINE_BYTES)
        try:
            ask = {"number": self.number, "query": self.query()}
            writer.write(json.dumps(ask).encode() + b"\n")
            await self._take(reader)
        finally:
            writer.close()

    async def _take(self, reader):
        seen, arranged = [], 0.0
        clock = asyncio.get_running_loop().time
        while said := await reader.readline():
            line = json.loads(said)
            if "cell" in line:
                self._show(line["cell"], line["html"], seen[-1] if seen else None)
                seen.append(line["cell"])
                if clock() - arranged > ARRANGE_SECONDS:
                    self.arrange()
                    arranged = clock()
            elif "end" in line:
                for gone in self.cells.keys() - set(seen):
                    self._drop(self.cells.pop(gone))
                self.arrange()
                key = "control.some_failed" if line["errors"] else "control.ready"
                self._say(key, count=line["errors"])
                return
            else:
                self.note.value = html.escape(line["broken"])
                return
        raise OSError("the server ended in the middle")

    def _say(self, key, **values):
        self.note.value = html.escape(self.words.text(key, **values))

    def arrange(self):
        """Put the cells' boxes on the page, in order."""
        boxes = tuple(self.cells.values())
        if self.body.children != boxes:
            self.body.children = boxes

    def _show(self, cell, markup, after):
        """Bring a cell's box up to date; a new one comes after the cell `after`."""
        import ipywidgets

        if cell not in self.cells:
            box = ipywidgets.VBox()
            box.add_class("opsbook-cell")
            order = list(self.cells.items())
            place = 1 + list(self.cells).index(after) if after else 0
            order.insert(place, (cell, box))
            self.cells = dict(order)
        box, parts = self.cells[cell], list(_parts(markup))
        if [kind for kind, _ in parts] != [_kind(w) for w in box.children]:
            self._drop(box)
            box.children = [self._part(kind, about) for kind, about in parts]
            return
        for widget, (kind, about) in zip(box.children, parts, strict=True):
            self._part(kind, about, widget)

    def _part(self, kind, about, widget=None):
        """The widget of a text or a chart: a new one, or the given one brought up to date."""
        import ipywidgets

        if kind == "text":
            widget = widget or ipywidgets.HTML()
            widget.value = about
            return widget
        spec = {**json.loads(about["spec"]), "description": html.unescape(about["alt"])}
        if widget is None:
            chart = self.charts.draw(None, spec)
            widget = ipywidgets.VBox([ipywidgets.HTML(), chart, ipywidgets.HTML()])
            widget.add_class("opsbook-chart")
        else:
            self.charts.draw(widget.children[1], spec)
        title, _, note = widget.children
        title.value = f'<div class="caption" id="{about["id"]}">{about["caption"]}</div>'
        note.value = about["note"]
        return widget

    def _drop(self, box):
        """Close a box's widgets, in the kernel and in the page."""
        for widget in box.children:
            for inner in getattr(widget, "children", ()):
                self.charts.forget(inner)
                inner.close()
            widget.close()
        box.children = ()


def _parts(markup):
    """("text", HTML) and ("chart", dict of strings) pieces of a cell's HTML, in order."""
    at = 0
    for found in CHART.finditer(markup):
        if markup[at : found.start()].strip():
            yield "text", markup[at : found.start()]
        yield "chart", found.groupdict()
        at = found.end()
    if markup[at:].strip():
        yield "text", markup[at:]


def _kind(widget):
    return "chart" if getattr(widget, "children", None) else "text"
