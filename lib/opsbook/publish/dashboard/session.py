"""The kernel of a live view: widgets that show what the server computes for the chosen parameters.

The kernel computes nothing itself, so that viewers share results and it stays small. It asks over
the socket of `feed`, and each cell's widgets take what comes, cell by cell.
"""

import asyncio
import html
import json
import os
from urllib.parse import urlencode

from opsbook.present import controls
from opsbook.present.language import Translator
from opsbook.publish.dashboard.feed import LINE_BYTES, SOCKET

ARRANGE_SECONDS = 0.1


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
    """One viewer's widgets: the controls, and per cell of the notebook its texts and charts.

    Widgets share one layout and one style, and are made with all that they are to say: every model
    and every change of one is a message, and those are what opening a page costs.
    """

    def __init__(self, about):
        import ipywidgets

        self.number = about["number"]
        self.words = Translator(
            about["language"], currency=about["currency"], home_folder=about["home"]
        )
        self.defaults = {f["name"]: f["default"] for f in about["fields"]}
        self.values = {f["name"]: f["value"] for f in about["fields"]}
        self.charts, self.cells, self.work = controls.LinkedCharts(), {}, None
        text = ipywidgets.HTML()
        self.shared = {"layout": text.layout, "style": text.style}
        self.note, self.address = text, ipywidgets.HTML(**self.shared)
        row = ipywidgets.Box(
            [self._field(f) for f in about["fields"]],
            layout=text.layout,
            _dom_classes=("opsbook-fields",),
        )
        panel = self._box([row, self.note, self.address], "opsbook-controls")
        self.body = self._box([])
        self.page = self._box([panel, self.body])

    def _box(self, children, *names):
        import ipywidgets

        return ipywidgets.VBox(children, layout=self.shared["layout"], _dom_classes=names)

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
                self._show(line["cell"], line["parts"], seen[-1] if seen else None)
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
        """Put the cells' widgets on the page, in order."""
        shown = tuple(widget for widgets in self.cells.values() for widget in widgets)
        if self.body.children != shown:
            self.body.children = shown

    def _show(self, cell, parts, after):
        """Bring a cell's widgets up to date; a new cell comes after the cell `after`."""
        kinds = [kind for kind, _ in parts]
        old = self.cells.get(cell, ())
        if kinds == [_kind(widget) for widget in old]:
            for widget, (kind, about) in zip(old, parts, strict=True):
                self._change(widget, kind, about)
            return
        self._drop(old)
        if cell in self.cells:
            self.cells[cell] = tuple(self._part(*part) for part in parts)
            return
        order = list(self.cells.items())
        place = 1 + list(self.cells).index(after) if after else 0
        order.insert(place, (cell, tuple(self._part(*part) for part in parts)))
        self.cells = dict(order)

    def _part(self, kind, about):
        """A new widget of a text or a chart."""
        import ipywidgets

        if kind == "html":
            return ipywidgets.HTML(about, _dom_classes=("opsbook-cell",), **self.shared)
        title, note = (ipywidgets.HTML(text, **self.shared) for text in _around(about))
        chart = self.charts.draw(None, _described(about))
        return self._box([title, chart, note], "opsbook-cell", "opsbook-chart")

    def _change(self, widget, kind, about):
        """Bring a widget of `_part` up to date."""
        if kind == "html":
            widget.value = about
            return
        title, chart, note = widget.children
        title.value, note.value = _around(about)
        self.charts.draw(chart, _described(about))

    def _drop(self, widgets):
        """Close widgets, in the kernel and in the page."""
        for widget in widgets:
            for inner in getattr(widget, "children", ()):
                self.charts.forget(inner)
                inner.close()
            widget.close()


def _described(chart):
    return {**chart["spec"], "description": chart["alt"]}


def _around(chart):
    """HTML of what stands above a chart and below it."""
    caption, note = html.escape(chart["caption"]), html.escape(chart["note"])
    above = f'<div class="caption" id="{html.escape(chart["anchor"])}">{caption}</div>'
    return above, f'<p class="note">{note}</p>' if note else ""


def _kind(widget):
    return "chart" if getattr(widget, "children", None) else "html"
