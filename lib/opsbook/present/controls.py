"""Widgets of a live view: a control for each parameter, and charts that are linked.

Charts that share a field are linked: a click on one value fades the others in all of them.
"""

import copy
import json

# Vega comes from the dashboard's own server, once for all charts, and a chart is drawn when it is near.
# Neither may hold up the module: anywidget drops all later changes of a model that is not ready in 2 s.
_IMPORTS = """
let vegaEmbed;
function lodashDebounce(call, wait) {
  let timer;
  return (...given) => { clearTimeout(timer); timer = setTimeout(() => call(...given), wait); };
}
function renderNear({ model, el }) {
  new IntersectionObserver(async (entries, seen) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    await import(new URL("/static/opsbook/vega.js", window.location.origin));
    vegaEmbed = window.vegaEmbed;
    if (el.isConnected) render({ model: untilClosed(model), el });
  }, { rootMargin: "300px" }).observe(el);
}
// A chart that a control has replaced may still have a selection to tell, and nobody to tell it to.
function untilClosed(model) {
  const save_changes = () => {
    try { model.save_changes(); } catch (error) {
      if (!String(error).includes("no comm channel")) throw error;
    }
  };
  return { ...model, save_changes };
}
"""
_DRAWING = {"renderer": "svg", "actions": False, "ast": True}


def field(about):
    """The widget of one parameter.

    about: dict of title, kind (choice, bool, int, float or text), value, and for choice options
    (list of [label, value]).
    """
    import ipywidgets

    title, value, kind = about["title"], about["value"], about["kind"]
    if kind == "choice":
        options = [tuple(pair) for pair in about["options"]]
        return ipywidgets.Dropdown(description=title, options=options, value=value)
    if kind == "bool":
        return ipywidgets.Checkbox(description=title, value=value, indent=False)
    made = {"int": ipywidgets.IntText, "float": ipywidgets.FloatText}.get(kind, ipywidgets.Text)
    value = value if kind in ("int", "float") else str(value if value is not None else "")
    return made(description=title, value=value, continuous_update=False)


class LinkedCharts:
    """The charts of a live view, as altair's JupyterChart."""

    def __init__(self):
        import altair as alt

        self.fields = {}
        source = alt.jupyter.jupyter_chart.load_js_src()
        lines = [line for line in source.splitlines() if not line.startswith("import ")]
        text = "\n".join(lines).replace("export default { render }", "")
        alt.JupyterChart._esm = _IMPORTS + text + "\nexport default { render: renderNear }"

    def draw(self, chart, spec):
        """Show a Vega-Lite spec (dict) in a JupyterChart, a new one where `chart` is None."""
        import altair as alt

        spec, name = linked(spec)
        drawn = _checked(spec)
        if chart is None:
            chart = alt.JupyterChart(drawn, embed_options=_DRAWING)
        else:
            chart.chart = drawn
        self.fields.pop(chart, None)
        if name:
            self.fields[chart] = name
            chart.selections.observe(lambda change: self._pass_on(name, change), ["pick"])
        return chart

    def forget(self, chart):
        """Take a chart out of the linked ones."""
        self.fields.pop(chart, None)

    def _pass_on(self, name, change):
        """Have every chart of the same field follow a click."""
        rows = getattr(change["new"], "value", None) or []
        value = str(rows[0].get(name, "")) if rows else ""
        for other, its_name in self.fields.items():
            if its_name == name:
                other.params.focus = value


def _checked(spec):
    """A spec that altair checked when the notebook made its chart, as JupyterChart takes it.

    Checking a page of charts again takes seconds.
    """
    import altair as alt

    class Checked(alt.TopLevelSpec):
        def to_dict(self, *_, **__):
            return spec

    params = []
    for about in spec.get("params", []):
        kind = alt.TopLevelSelectionParameter if "select" in about else alt.VariableParameter
        params.append(kind(**about))
    return Checked(params=params)


def linked(spec):
    """A copy of a Vega-Lite spec that fades all but the value in `focus`, and the field it is of.

    The field is the first nominal one on colour or an axis; a spec without one comes back as it is.
    """
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
    test = f"focus === '' || datum[{json.dumps(field)}] === focus"
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
