"""Containers as the platforms write them: bytes, not meaning. All of them are deterministic."""

import csv
import io
import json
from datetime import date, datetime
from html import escape

import numpy as np
import pandas as pd
import xlsxwriter

CREATED = datetime(2026, 11, 16, 8, 0)


def _folder(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def xlsx(path, sheets, *, banner=None):
    """Workbook with inline strings. `sheets`: name -> rows; `banner` is repeated in a merged row 1.

    Ids and other text stay text; numbers are numbers.
    """
    book = xlsxwriter.Workbook(
        str(_folder(path)),
        {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False},
    )
    book.set_properties({"created": CREATED, "author": ""})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        first = 0
        if banner:
            width = len(rows[0])
            sheet.merge_range(0, 0, 0, width - 1, banner)
            for column in range(width):
                sheet.write_string(0, column, banner)
            first = 1
        for i, row in enumerate(rows, start=first):
            for j, value in enumerate(row):
                if (
                    value is None
                    or (isinstance(value, float) and value != value)
                    or value is pd.NaT
                ):
                    continue
                if isinstance(value, str):
                    sheet.write_string(i, j, value)
                elif isinstance(value, bool):
                    sheet.write_boolean(i, j, value)
                elif isinstance(value, int | float):
                    sheet.write_number(i, j, value)
                else:
                    sheet.write_string(i, j, cell(value))
    book.close()


def cell(value):
    """One value as the generic forms write it: ISO dates, +08:00 times, JSON lists, true or false."""
    if not isinstance(value, list | dict) and pd.isna(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, pd.Timestamp | datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}+08:00"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def text(
    path, rows, *, encoding="utf-8", end="\n", quote=csv.QUOTE_MINIMAL, delimiter=",", before=()
):
    """Delimited text; `before` are lines above the header, written as they are."""
    out = io.StringIO()
    for line in before:
        out.write(line + end)
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quote)
    writer.writerows(rows)
    _folder(path).write_bytes(out.getvalue().encode(encoding))


def utf16(path, metric, rows):
    """Meta's page-level file: UTF-16LE with BOM, `sep=,`, the metric's name, then all quoted."""
    out = io.StringIO()
    out.write(f'sep=,\r\n"{metric}"\r\n')
    csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(rows)
    _folder(path).write_bytes(b"\xff\xfe" + out.getvalue().encode("utf-16-le"))


def html_xls(path, rows):
    """An .xls that is an HTML table, as the official-account back office writes it."""
    lines = ['<html><head><meta charset="utf-8"></head><body><table border="1">']
    for row in rows:
        lines.append("<tr>" + "".join(f"<td>{escape(str(v))}</td>" for v in row) + "</tr>")
    lines.append("</table></body></html>")
    _folder(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def api(path, value):
    """JSON as an API answers it."""
    _folder(path).write_text(
        json.dumps(value, ensure_ascii=False, indent=0) + "\n", encoding="utf-8"
    )


def form(folder, table, frame, *, kind="csv"):
    """A generic form: the canonical column names as header, one sheet."""
    header = list(frame.columns)
    rows = [[cell(v) for v in row] for row in frame.astype(object).itertuples(index=False)]
    if kind == "xlsx":
        xlsx(folder / f"{table}.xlsx", {table: [header, *rows]})
    else:
        text(folder / f"{table}.csv", [header, *rows], encoding="utf-8-sig")
