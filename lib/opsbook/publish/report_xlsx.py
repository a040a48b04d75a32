"""A report as an Excel workbook: contents, findings, one sheet per table, native charts.

Text is written as text: what looks like a formula is stored with Excel's quote prefix, so that it
stays text when somebody edits it or saves it as CSV. Nothing becomes a link of itself.
"""

import datetime as dt
import re

from opsbook.publish import report as reports
from opsbook.publish.document import Chart, Table

FORMULA = re.compile(r"[=+\-@\t\r|%]")
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
NUMBER_FORMATS = {
    "fraction": "0.0%",
    "currency": "#,##0.00",
    "integer": "#,##0",
    "number": "#,##0.00",
    "date": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm",
}
KINDS = {"bar": "bar", "line": "line", "area": "area", "point": "scatter", "circle": "scatter"}
MOST_ROWS = 1_048_000
MORE_COLOURS = ("#4a6fa5", "#8a8d3f", "#5b4b8a", "#0072B2", "#D55E00", "#CC79A7")


def write(report, path):
    """Write a Report as XLSX."""
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
        "in_memory": True,
        "default_date_format": NUMBER_FORMATS["date"],
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": report.title, "company": report.brand})
        Sheets(book, report).write()


class Sheets:
    """The sheets of one workbook while it is being written."""

    def __init__(self, book, report):
        self.book, self.report = book, report
        self.formats, self.names = {}, set()
        self.contents = []

    def write(self):
        """Write all sheets, the contents first."""
        t = self.report.t
        front = self.sheet(t("sheet.contents"))
        findings = self.sheet(t("sheet.findings"))
        for chapter in self.report.chapters:
            for block in chapter.blocks:
                label = self.report.labels.get(getattr(block, "anchor", None), "")
                if isinstance(block, Table) and block.columns:
                    self.table(chapter, block, label)
                elif isinstance(block, Chart):
                    self.chart(chapter, block, label)
        self.findings(findings)
        self.front(front)

    def sheet(self, name):
        """A new sheet with a name that Excel takes and that is not used yet."""
        base = FORBIDDEN.sub(" ", name).strip()[:31] or "-"
        name, count = base, 1
        while name.lower() in self.names:
            count += 1
            name = f"{base[: 30 - len(str(count))]}~{count}"
        self.names.add(name.lower())
        sheet = self.book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def format(self, **what):
        """A cell format, made once."""
        key = tuple(sorted(what.items()))
        if key not in self.formats:
            base = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
            self.formats[key] = self.book.add_format({**base, **what})
        return self.formats[key]

    def text(self, sheet, row, column, text, **look):
        """Write text as text, quoted where it looks like a formula."""
        text = str(text)[:32767]
        if FORMULA.match(text):
            look["quote_prefix"] = True
        sheet.write_string(row, column, text, self.format(**look))

    def head(self, sheet, row, labels):
        """A row of column headings."""
        rule = {
            "bold": True,
            "bottom": 2,
            "bottom_color": self.report.colours[0],
            "text_wrap": True,
        }
        for column, label in enumerate(labels):
            self.text(sheet, row, column, label, **rule)

    def front(self, sheet):
        """Title, facts, summary, and a list of sheets with links."""
        report, t = self.report, self.report.t
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 1, 70)
        sheet.set_column(2, 2, 30)
        sheet.set_row(0, 30)
        self.text(sheet, 0, 0, report.title, bold=True, font_size=20, font_color=report.colours[0])
        self.text(sheet, 1, 0, f"{report.brand} · {report.kind} · {report.context['period']}")
        row = 3
        for label, value in report.facts:
            self.text(sheet, row, 0, label, font_color="#667085")
            self.text(sheet, row, 1, value)
            row += 1
        row += 1
        self.text(sheet, row, 0, t("summary"), bold=True, font_size=13)
        for sentence in report.summary or [{"text": t("no_summary")}]:
            row += 1
            self.text(sheet, row, 1, sentence["text"], text_wrap=True)
        row += 2
        self.text(sheet, row, 0, t("contents"), bold=True, font_size=13)
        for name, label, caption, chapter in self.contents:
            row += 1
            look = {"font_color": report.colours[0], "underline": 1}
            target = f"internal:'{name}'!A1"
            sheet.write_url(row, 0, target, self.format(**look), string=label or name)
            self.text(sheet, row, 1, caption)
            self.text(sheet, row, 2, chapter, font_color="#667085")

    def findings(self, sheet):
        """One row per finding."""
        t, rows = self.report.t, reports.finding_rows(self.report, every=True)
        names = "severity_text section subject what figure action owner due changes_if".split()
        heads = "severity section subject finding evidence action owner due changes_if".split()
        self.head(sheet, 0, [t(head) for head in heads])
        for r, found in enumerate(rows, 1):
            for c, name in enumerate(names):
                self.text(sheet, r, c, found[name], text_wrap=True)
        for c, width in enumerate((10, 9, 22, 44, 22, 44, 14, 14, 40)):
            sheet.set_column(c, c, width)
        sheet.freeze_panes(1, 0)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(names) - 1)

    def table(self, chapter, table, label):
        """A sheet with all rows of a table, numbers as numbers."""
        table = table.whole
        sheet = self.sheet(label or table.caption)
        self.contents.append((sheet.get_name(), label, table.caption, chapter.title))
        self.text(sheet, 0, 0, f"{label} {table.caption}".strip(), bold=True, font_size=12)
        self.head(sheet, 2, [_heading(c, self.report) for c in table.columns])
        rows = table.rows[:MOST_ROWS]
        for r, (raw, shown) in enumerate(zip(rows, table.text, strict=False), 3):
            for c, column in enumerate(table.columns):
                self.cell(sheet, r, c, raw[c], shown[c], column)
        for c, width in enumerate(reports.widths(table)):
            sheet.set_column(c, c, max(10, min(width * 1.15, 48)))
        sheet.freeze_panes(3, 0)
        if rows:
            sheet.autofilter(2, 0, 2 + len(rows), len(table.columns) - 1)

    def cell(self, sheet, row, column, raw, shown, about):
        """One cell: number, day or text."""
        kind = about["type"]
        if raw is None:
            return
        if about["name"] == "weekday":
            self.text(sheet, row, column, shown)
        elif kind in ("number", "integer") and isinstance(raw, (int, float)):
            pattern = NUMBER_FORMATS.get(about["unit"]) or NUMBER_FORMATS[kind]
            sheet.write_number(row, column, raw, self.format(num_format=pattern))
        elif kind in ("date", "time") and (moment := _moment(raw)) is not None:
            look = self.format(num_format=NUMBER_FORMATS[kind], align="left")
            sheet.write_datetime(row, column, moment, look)
        else:
            self.text(sheet, row, column, shown)

    def chart(self, chapter, chart, label):
        """A sheet with a chart's data and, where Excel knows the kind, a native chart beside it."""
        drawn = _plain_chart(chart.spec)
        rows = _data(chart.spec)
        if not rows:
            return
        columns = [c for c in chart.data_columns if c in rows[0]] or list(rows[0])
        sheet = self.sheet(label or chart.caption)
        self.contents.append((sheet.get_name(), label, chart.caption, chapter.title))
        self.text(sheet, 0, 0, f"{label} {chart.caption}".strip(), bold=True, font_size=12)
        self.head(sheet, 2, [self.report.words.label(c) for c in columns])
        for r, record in enumerate(rows, 3):
            for c, name in enumerate(columns):
                value = record.get(name)
                if isinstance(value, bool) or value is None:
                    continue
                if isinstance(value, (int, float)):
                    sheet.write_number(r, c, value, self.format(num_format="General"))
                else:
                    self.text(sheet, r, c, value)
        sheet.set_column(0, len(columns) - 1, 16)
        sheet.freeze_panes(3, 0)
        if drawn and drawn["x"] in columns and drawn["y"] in columns:
            self.native(sheet, chart, drawn, columns, rows)

    def native(self, sheet, chart, drawn, columns, rows):
        """The native chart: one series, or one per colour where rows of a colour stand together."""
        kind, x, y = drawn["kind"], columns.index(drawn["x"]), columns.index(drawn["y"])
        across, up = (_is_number(rows[0].get(columns[i])) for i in (x, y))
        if across and not up:
            # Names down the side: Excel's bars, whose values lie on what it calls the y axis.
            kind, x, y = "bar", y, x
        elif not up:
            return
        elif kind == "bar":
            kind = "column"
        elif kind == "scatter" and not across:
            kind = "line"
        made = self.book.add_chart({"type": kind})
        colours = [*self.report.colours, *MORE_COLOURS]
        for i, (name, first, last) in enumerate(_series(rows, drawn["colour"])):
            colour = colours[i % len(colours)]
            line = {"color": colour, "width": 2} if kind in ("line", "scatter") else {"none": True}
            series = {
                "name": str(name or chart.caption),
                "categories": [sheet.get_name(), 3 + first, x, 3 + last, x],
                "values": [sheet.get_name(), 3 + first, y, 3 + last, y],
                "gap": 60,
                "line": {"none": True} if kind == "scatter" else line,
                "marker": {"type": "circle", "size": 5, "fill": {"color": colour}},
            }
            if kind in ("bar", "column", "area"):
                series["fill"] = {"color": colour}
            if bars := _interval(rows[first : last + 1], columns[y]):
                series["y_error_bars"] = bars
            made.add_series(series)
        made.set_title({"name": chart.caption, "name_font": {"size": 12}, "overlay": False})
        made.set_legend({"none": drawn["colour"] is None})
        label = self.report.words.label
        names = {"name": label(columns[x]), "reverse": kind == "bar", "num_font": {"size": 9}}
        values = {"name": label(columns[y]), "num_font": {"size": 9}}
        if kind == "bar":
            # xlsxwriter names the axes of a bar chart by where they lie.
            names, values = values, names
        made.set_x_axis(names)
        made.set_y_axis(values)
        made.set_size({"width": 760, "height": 380})
        sheet.insert_chart(2, len(columns) + 1, made, {"description": chart.alt})


def _heading(column, report):
    unit = report.words.unit(column.get("unit") or "")
    label = column["label"]
    return f"{label} ({unit})" if column.get("unit") == "currency" else label


def _data(spec):
    """Rows of the data that a chart draws: its named set, its own values, or the largest set."""
    sets = spec.get("datasets") or {}
    for part in [spec, *spec.get("layer", []), *spec.get("hconcat", []), *spec.get("vconcat", [])]:
        data = part.get("data") or {}
        if data.get("name") in sets:
            return _records(sets[data["name"]])
        if isinstance(data.get("values"), list):
            return _records(data["values"])
    return _records(max(sets.values(), key=len)) if sets else []


def _records(rows):
    return [row for row in rows if isinstance(row, dict)][:MOST_ROWS]


def _plain_chart(spec):
    """kind, x, y, colour of the first layer whose mark Excel knows, else None."""
    for layer in [*reversed(spec.get("layer", [])), spec]:
        mark = layer.get("mark")
        mark = mark.get("type") if isinstance(mark, dict) else mark
        encoding = {**spec.get("encoding", {}), **layer.get("encoding", {})}
        x, y = (encoding.get(axis, {}).get("field") for axis in ("x", "y"))
        if mark in KINDS and x and y:
            colour = encoding.get("color", {}).get("field")
            return {"kind": KINDS[mark], "x": x, "y": y, "colour": colour}
    return None


def _series(rows, colour):
    """(name, first, last) of the runs of rows of one colour; one series where they are mixed."""
    if colour is None:
        return [(None, 0, len(rows) - 1)]
    runs = []
    for i, row in enumerate(rows):
        name = row.get(colour)
        if runs and runs[-1][0] == name:
            runs[-1] = (name, runs[-1][1], i)
        else:
            runs.append((name, i, i))
    is_grouped = len(runs) == len({name for name, _, _ in runs})
    return runs if is_grouped and len(runs) <= 20 else [(None, 0, len(rows) - 1)]


def _interval(rows, value):
    """Error bars from the columns low and high, where every row has them."""
    try:
        plus = [row["high"] - row[value] for row in rows]
        minus = [row[value] - row["low"] for row in rows]
    except (KeyError, TypeError):
        return None
    return {"type": "custom", "plus_values": plus, "minus_values": minus}


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _moment(text):
    try:
        moment = dt.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment.replace(tzinfo=None) if moment.year >= 1900 else None
