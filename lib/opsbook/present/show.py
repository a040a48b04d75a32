"""What a notebook displays: tables, charts, findings - one bundle that Lab, dashboard and report read.

Each object carries its data in a MIME type of our own beside HTML, so that publish lays out PDF,
DOCX and XLSX from the executed notebook without computing anything again. Everything that came
in with an export is escaped here.
"""

import html
import json
import math
import os
from dataclasses import dataclass

from opsbook.present import cells, theme

TABLE = "application/vnd.opsbook.table+json"
CHART = "application/vnd.opsbook.chart+json"
FINDINGS = "application/vnd.opsbook.findings+json"
SUMMARY = "application/vnd.opsbook.summary+json"
STATE = "application/vnd.opsbook.state+json"
WIDGET = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True)
class Shown:
    """Something displayable: `bundle` is its MIME bundle."""

    bundle: dict

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self.bundle


def charts_mode():
    """How charts are drawn: live (widgets, in Lab), page (the page draws them) or static (SVG)."""
    return os.environ.get("OPSBOOK_CHARTS", "live")


def table(book, section, frame, caption, *, columns=None, units=None, rows=50, needs=(), **values):
    """A frame as a table.

    caption: message id, filled with `values`. columns: names and order to show. units: dict of
    column -> unit ("fraction", "currency", "times", ...) where the name does not say it. rows:
    how many are shown on a page; the .xlsx report has all. needs: tables to ask for when empty.
    """
    title = book.t(caption, **values)
    if frame is None or len(frame) == 0:
        return _nothing(book, section, title, needs)
    frame = frame[list(columns)] if columns else frame
    frame = frame.drop(columns=[c for c in frame.columns if c in cells.UNSHOWN])
    units = {**cells.units_of(frame), **(units or {})}
    into = cells.intervals(frame.columns)
    units |= {end: units.get(figure, "") for end, figure in into.items()}
    described = [
        {
            "name": str(c),
            "label": cells.heading(book, c),
            "type": cells.type_of(frame[c]),
            "unit": units.get(c, ""),
            "align": "right" if cells.type_of(frame[c]) in ("number", "integer") else "left",
            # the end of an interval is written with its figure; the .xlsx report has it apart
            "into": into.get(c, ""),
        }
        for c in frame.columns
    ]
    raw = [[cells.plain(v) for v in row] for row in frame.itertuples(index=False, name=None)]
    text = [cells.written(book, row, described) for row in raw]
    note = ""
    if len(raw) > rows:
        note = book.t("shown.rows_left", shown=rows, total=len(raw))
    data = {
        "id": caption,
        "section": section,
        "caption": title,
        "columns": described,
        "rows": raw,
        "text": text,
        "shown": rows,
        "n": len(raw),
        "note": note,
    }
    return Shown({TABLE: data, "text/html": table_html(data), "text/plain": title})


def chart(book, section, drawn, caption, *, n=None, unit="", frame=None, needs=(), **values):
    """An Altair chart with its caption; None (nothing to draw) shows what is missing.

    n: rows, posts or people behind it, shown under the chart. frame: its data, for the native
    charts of the .xlsx report.
    """
    title = book.t(caption, **values)
    if drawn is None:
        return _nothing(book, section, title, needs)
    colours = theme.palette(book.settings)
    spec = json.loads(
        drawn.configure(**theme.chart_config(book.language, colours)).to_json(indent=None)
    )
    spec.get("config", {}).pop("locale", None)
    n = None if n is None else int(n)
    spec["$schema"] = "https://vega.github.io/schema/vega-lite/v6.json"
    note = book.t("shown.n", n=n) if n is not None else ""
    data = {
        "id": caption,
        "section": section,
        "caption": title,
        "alt": book.t("shown.alt", caption=title, n=n if n is not None else _rows_of(spec)),
        "n": n,
        "unit": unit,
        "note": note,
        "spec": spec,
        "data_columns": [str(c) for c in frame.columns] if frame is not None else [],
    }
    mode = charts_mode()
    bundle = {CHART: data, "text/plain": title}
    if mode == "live":
        bundle |= _live(drawn, title)
    elif mode == "page":
        bundle["text/html"] = chart_html(data)
    else:
        picture = svg(spec)
        bundle["image/svg+xml"] = picture
        bundle["text/html"] = chart_html(data, picture)
    return Shown(bundle)


def when(frame, build, book, *, need=None, **options):
    """The chart of a frame, or None where the frame has no row to draw.

    need: a column that must be filled for a row to be drawn (an interval's end, say).
    """
    if frame is not None and need is not None:
        frame = frame.dropna(subset=[need]) if need in frame.columns else frame.head(0)
    return build(book, frame, **options) if frame is not None and len(frame) else None


def findings(book):
    """The chapter's findings and actions, worst first, its summary sentences and its state."""
    found = [f.record() for f in book.sorted_findings()]
    state = {"state": book.state, "period": book.period.label, "version": book.version}
    columns = [
        "severity",
        "section",
        "what",
        "subject",
        "figure",
        "action",
        "owner",
        "due",
        "changes_if",
    ]
    heads = "".join(f"<th>{html.escape(book.translator.label(c))}</th>" for c in columns)
    body = ""
    for f in found:
        parts = []
        for c in columns:
            shown = (
                figure_text(book.translator, f)
                if c == "figure"
                else book.translator.write(f[c], "date")
                if c == "due"
                else book.translator.alone(f[c])
            )
            parts.append(f'<td class="f-{c}">{html.escape(str(shown))}</td>')
        body += f'<tr class="severity-{f["severity"]}">{"".join(parts)}</tr>'
    for f in found:
        f["figure_text"] = figure_text(book.translator, f)
        f["severity_text"] = str(book.translator.alone(f["severity"]))
        f["owner_text"] = str(book.translator.alone(f["owner"]))
        f["due_text"] = book.translator.write(f["due"], "date")
    title = book.t("shown.findings")
    inner = (
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
        if found
        else f"<p>{html.escape(book.t('shown.no_findings'))}</p>"
    )
    bundle = {
        FINDINGS: found,
        SUMMARY: [{**s, "anchor": f"s-{s['section']}"} for s in book.sentences],
        STATE: state,
        "text/html": f'<section class="opsbook-findings" aria-label="{html.escape(title)}">{inner}</section>',
        "text/plain": title,
    }
    return Shown(_finite(bundle))


def figure_text(translator, finding):
    """A finding's figure with its interval, in words of its unit."""
    unit, figure = finding["unit"], finding["figure"]
    is_exact = finding["low"] == finding["high"] or finding["low"] is None
    is_count = is_exact and figure is not None and float(figure).is_integer()
    style = {"fraction": "p", "currency": "m", "times": "n", "people": "n"}.get(
        unit, "n" if is_count else "d"
    )
    write = translator.write
    value = write(figure, style)
    if is_exact:
        shown = value
    else:
        low, high = write(finding["low"], style), write(finding["high"], style)
        shown = translator.interval(value, low, high)
    if unit in ("", "fraction", "currency"):
        return shown
    return f"{shown} {translator.unit(unit, one=is_exact and figure == 1)}"


def svg(spec):
    """A Vega-Lite specification as SVG text, in the bundled fonts."""
    import vl_convert

    theme.register_fonts()
    return vl_convert.vegalite_to_svg(spec)


def chart_html(data, picture=""):
    """A chart as a figure: the picture at once, the specification for the page's own drawing."""
    spec = json.dumps(data["spec"]).replace("<", "\\u003c")
    return (
        f'<figure class="opsbook-chart" role="img" aria-label="{html.escape(data["alt"])}">'
        f"<figcaption>{html.escape(data['caption'])}</figcaption>"
        f'<div class="opsbook-drawing">{picture}</div>'
        f'<script type="application/vnd.opsbook.spec+json">{spec}</script>'
        f'<p class="opsbook-note">{html.escape(data["note"])}</p></figure>'
    )


def table_html(data):
    """A table as accessible HTML, every cell escaped; ends of intervals stand with their figure."""
    shown = [(i, c) for i, c in enumerate(data["columns"]) if not c.get("into")]
    heads = "".join(
        f'<th scope="col" class="{c["align"]}">{html.escape(c["label"])}</th>' for _, c in shown
    )
    body = "".join(
        "<tr>"
        + "".join(f'<td class="{c["align"]}">{html.escape(row[i])}</td>' for i, c in shown)
        + "</tr>"
        for row in data["text"][: data["shown"]]
    )
    return (
        f'<div class="opsbook-table"><table><caption>{html.escape(data["caption"])}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
        f'<p class="opsbook-note">{html.escape(data["note"])}</p></div>'
    )


def _nothing(book, section, title, needs):
    """A readable panel in place of a table or chart that has nothing to show."""
    if needs:
        book.asked.update(needs)
        wanted = [n for n in needs if book.store.is_empty(n, book.version)]
        names = book.t("shown.list").join(book.t(f"table.{n}") for n in wanted or needs)
        message = book.t("shown.needs" if wanted else "shown.too_little", tables=names)
    else:
        message = book.t("shown.empty")
    data = {
        "id": section,
        "section": section,
        "caption": title,
        "columns": [],
        "rows": [],
        "text": [],
        "shown": 0,
        "n": 0,
        "note": message,
    }
    body = (
        f'<div class="opsbook-empty" role="note"><strong>{html.escape(title)}</strong>'
        f"<p>{html.escape(message)}</p></div>"
    )
    return Shown({TABLE: data, "text/html": body, "text/plain": f"{title}: {message}"})


def _live(drawn, title):
    """A live chart through the notebook's widget channel, with no request to the network."""
    import altair as alt

    alt.JupyterChart.enable_offline()
    widget = alt.JupyterChart(drawn)
    bundle = widget._repr_mimebundle_()
    return bundle[0] if isinstance(bundle, tuple) else bundle


def _rows_of(spec):
    sets = spec.get("datasets", {})
    return max((len(rows) for rows in sets.values()), default=0)


def _finite(value):
    """NaN and infinities as null: JSON has no word for them."""
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_finite(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
