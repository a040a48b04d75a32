"""Live controls of an open notebook: ipywidgets that run its cells again and change what is shown.

`start` is called once, after the parameters cell (Voila's page does it; in Lab an analyst may).
From then on whatever the notebook shows stands in a widget of its own; a control runs the same
cells with the new value and each widget takes its new content. Charts that share a field are
linked: a click on one value fades the others in all of them.
"""

import html
import os
import uuid
from pathlib import Path

from opsbook.present import show

FIELDS = ("platform", "account", "comparison", "period", "language")
RECENT_WEEKS = 10


class Session:
    """An open notebook: its code cells, its parameters, and the widgets that show results."""

    def __init__(self, cells, values, shell):
        self.cells, self.values, self.shell = cells, dict(values), shell
        self.widgets, self.counts, self.focus = {}, {}, {}
        self.note = None

    def place(self, shown):
        """The MIME bundle of the widget that holds a shown thing, its content brought up to date."""
        bundle = shown.bundle
        kind = next((k for k in (show.CHART, show.TABLE, show.FINDINGS) if k in bundle), "html")
        data = bundle.get(kind)
        name = (
            (kind, data.get("id", ""), data.get("section", "")) if isinstance(data, dict) else kind
        )
        self.counts[name] = self.counts.get(name, 0) + 1
        key = (name, self.counts[name])
        if kind == show.CHART:
            return _view(self._chart(key, data))
        return _view(self._text(key, bundle.get("text/html", "")))

    def _text(self, key, content):
        import ipywidgets

        if key not in self.widgets:
            self.widgets[key] = ipywidgets.HTML()
        self.widgets[key].value = content
        return self.widgets[key]

    def _chart(self, key, data):
        import altair as alt
        import ipywidgets

        spec, field = linked(data["spec"])
        drawn = alt.Chart.from_dict(spec)
        if key not in self.widgets:
            alt.JupyterChart.enable_offline()
            chart = alt.JupyterChart(drawn)
            box = ipywidgets.VBox([ipywidgets.HTML(), chart, ipywidgets.HTML()])
            self.widgets[key] = box
        box = self.widgets[key]
        title, chart, note = box.children
        title.value = f"<strong>{html.escape(data['caption'])}</strong>"
        note.value = html.escape(data["note"])
        if chart.chart is not drawn:
            chart.chart = drawn
        if field:
            self.focus[key] = field
            self._listen(chart, field)
        return box

    def _listen(self, chart, field):
        """Pass a click on a value on to every chart that shows the same field."""
        picked = getattr(chart.selections, "pick", None)
        if picked is None:
            return

        def pass_on(change):
            rows = getattr(change["new"], "value", None) or []
            value = str(rows[0].get(field, "")) if rows else ""
            for other, its_field in self.focus.items():
                params = self.widgets[other].children[1].params
                if its_field == field and hasattr(params, "focus"):
                    params.focus = value

        chart.selections.observe(pass_on, ["pick"])

    def run(self, **changed):
        """Run the notebook's cells with changed parameters; a failing cell leaves the others."""
        self.values.update(changed)
        self.counts = {}
        self.shell.user_ns.update(self.values)
        failed = 0
        for source in self.cells:
            result = _silently(self.shell, source, self)
            failed += not result
        return failed


def start(path, values, shell=None):
    """Show the controls of the notebook at `path` and hold its results in widgets from here on.

    values: dict of every parameter. Returns the Session.
    """
    import ipywidgets
    from IPython import get_ipython
    from IPython.display import display

    from opsbook import config
    from opsbook.present.language import Translator

    shell = shell or get_ipython()
    os.environ["OPSBOOK_CHARTS"] = "page"
    settings = config.settings()
    words = Translator(values.get("language", "en"), currency=settings.currency)
    session = Session(code_cells(path), values, shell)
    show.hold(session.place)
    _readable_errors(shell, words)
    session.note = ipywidgets.HTML(words.text("control.ready"))
    fields = [_field(name, value, words, session) for name, value in values.items()]
    row = ipywidgets.HBox(
        [f for f in fields if f is not None],
        layout={"flex_flow": "row wrap", "align_items": "center"},
    )
    panel = ipywidgets.VBox([row, session.note])
    panel.add_class("opsbook-controls")
    display(panel)
    return session


def code_cells(path):
    """Sources of a notebook's code cells after its parameters cell."""
    import nbformat

    notebook = nbformat.read(Path(path), as_version=4)
    found, is_past = [], False
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "code" and is_past:
            found.append(cell.source)
        is_past = is_past or "parameters" in tags
    return found


def linked(spec):
    """A copy of a Vega-Lite spec that fades all but the value in `focus`, and the field it is of.

    The field is the first nominal one on colour or an axis; a spec without one comes back as it is.
    """
    import copy

    spec = copy.deepcopy(spec)
    layers = spec.get("layer", [spec])
    if not all(isinstance(part, dict) and "mark" in part for part in layers):
        return spec, ""
    field = ""
    for part in layers:
        encoding = part.get("encoding", {})
        for channel in ("color", "y", "x"):
            about = encoding.get(channel, {})
            if not field and about.get("type") == "nominal" and about.get("field"):
                field = about["field"]
    if not field:
        return spec, ""
    test = f"focus === '' || datum[{field!r}] === focus"
    chosen = None
    for part in layers:
        encoding = part.get("encoding", {})
        shows = any(isinstance(e, dict) and e.get("field") == field for e in encoding.values())
        if not shows:
            continue
        encoding["opacity"] = {"condition": {"test": test, "value": 1}, "value": 0.2}
        chosen = part
    spec.setdefault("params", []).append({"name": "focus", "value": ""})
    pick = {"name": "pick", "select": {"type": "point", "fields": [field]}}
    if "layer" in spec:
        chosen.setdefault("name", "picked")
        pick["views"] = [chosen["name"]]
    spec["params"].append(pick)
    return spec, field


def _field(name, value, words, session):
    import ipywidgets

    if name in ("data_version",):
        return None
    title = words.text(f"control.{name}") if words.has(f"control.{name}") else words.label(name)
    options = _options(name, value, words, session)
    if options:
        field = ipywidgets.Dropdown(description=title, options=options, value=value)
    elif isinstance(value, bool):
        field = ipywidgets.Checkbox(description=title, value=value)
    elif isinstance(value, int):
        field = ipywidgets.IntText(description=title, value=value, continuous_update=False)
    elif isinstance(value, float):
        field = ipywidgets.FloatText(description=title, value=value, continuous_update=False)
    else:
        field = ipywidgets.Text(description=title, value=str(value or ""), continuous_update=False)

    def changed(change):
        session.note.value = words.text("control.running")
        failed = session.run(**{name: change["new"]})
        key = "control.some_failed" if failed else "control.done"
        session.note.value = words.text(key, count=failed)

    field.observe(changed, names="value")
    return field


def _options(name, value, words, session):
    """(label, value) pairs of a closed list, from the notebook's own comments and the store."""
    from opsbook import config
    from opsbook.book import COMPARISONS, latest_period
    from opsbook.data.store import Store

    if name == "language":
        return [(words.text(f"dash.name.{code}"), code) for code in config.LANGUAGES]
    if name == "comparison":
        return [(words.text(f"dash.value.{c}"), c) for c in COMPARISONS]
    if name not in ("platform", "account", "period"):
        return []
    settings = config.settings()
    store = Store(settings.store)
    if name == "period":
        one, labels = latest_period(store, settings, store.version), []
        for _ in range(RECENT_WEEKS):
            labels.append(one.label)
            one = one.previous
        every = [(words.text("dash.value.latest"), "latest"), *((x, x) for x in labels)]
    else:
        every = [(words.text("dash.value.all"), "all")]
        if not store.is_empty("accounts"):
            frame = store.frame("accounts")
            column = "platform" if name == "platform" else "account_id"
            found = {str(x) for x in frame[column].dropna()} - {"nan", ""}
            every += [(str(words.value(x)), x) for x in sorted(found)]
    known = {v for _, v in every}
    return every if value in known else [*every, (str(value), value)]


def _silently(shell, source, session):
    """Run a cell; what it shows goes to its widgets, not below the control. Whether it went well."""
    from IPython.core.displayhook import CapturingDisplayHook
    from IPython.utils.capture import capture_output

    hook = shell.display_trap.hook
    with capture_output() as captured:
        shell.display_trap.hook = CapturingDisplayHook(shell=shell, outputs=captured._outputs)
        try:
            result = shell.run_cell(source, store_history=False)
        finally:
            shell.display_trap.hook = hook
        for output in list(captured.outputs):
            output._repr_mimebundle_()
    return result.success


def _view(widget):
    bundle = widget._repr_mimebundle_()
    return bundle[0] if isinstance(bundle, tuple) else bundle


def _readable_errors(shell, words):
    """Show a panel with an error id instead of a traceback; the traceback goes to the log."""
    import logging
    import traceback

    from IPython.display import HTML, display

    log = logging.getLogger("opsbook.dashboard")

    def panel(shell, kind, error, trace, tb_offset=None):
        error_id = uuid.uuid4().hex[:8]
        log.error("error %s: %s", error_id, "".join(traceback.format_exception(error)))
        lines = [words.text("dash.failed_section"), words.text("dash.error_id", id=error_id)]
        body = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
        display(HTML(f'<div class="opsbook-failed" role="alert">{body}</div>'))

    shell.set_custom_exc((Exception,), panel)
