"""From any row of a table back to the cell it came from: batch, kept raw file, row, column.

The raw files are read here by other means than the importer's.
"""

import csv
import hashlib
import io
import json
import re

import pandas as pd
import pytest
from documented import DOCUMENTED
from python_calamine import CalamineWorkbook
from test_layouts import LAYOUTS, written
from units import FACTORS, SCALES

from opsbook import Store
from opsbook.data import presets
from opsbook.data.schema import PROVENANCE, tables

# One file per layout: those of figures known by hand, and the documented headers in full.
FILES = {f"{one[0]} by hand": one for one in LAYOUTS} | {one.name: one for one in DOCUMENTED}
PLAIN = {"from", "unit", "order", "tz", "values", "otherwise", "match", "id", "fill", "once", "where"}  # fmt: skip
TRACED = {}


def write(folder, layout):
    if not isinstance(layout, tuple):
        return layout.write(folder), layout.platform
    return written(folder, layout), ""


def rows_of(data, path):
    """{row number: cells}, the header under its own number, of a raw file."""
    if data[:2] == b"PK":
        book = CalamineWorkbook.from_path(str(path))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
        return {n: [_shown(c) for c in row] for n, row in enumerate(rows, 1)}
    text = decoded(data)
    if text.lstrip()[:1] == "<":
        found = re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)
        return {n: re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for n, row in enumerate(found, 1)}
    if text.lstrip()[:1] in "{[":
        return {n: row for n, row in enumerate(records(json.loads(text)), 2)}
    mark = "\t" if text.count("\t") > text.count(",") else ","
    return dict(enumerate(csv.reader(io.StringIO(text), delimiter=mark), 1))


def _shown(cell):
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def decoded(data):
    for encoding in ("utf-8-sig", "utf-16", "gb18030"):
        try:
            if encoding != "utf-16" or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
                return data.decode(encoding)
        except UnicodeError:
            continue
    raise AssertionError("not text")


def records(node):
    """The first list of records of an answer, a line of `child` for each line."""
    if isinstance(node, list):
        found = []
        for record in node:
            flat = dict(flattened(record))
            for line in record.get("child", [{}]):
                found.append(flat | {f"child.{k}": v for k, v in line.items()})
        return found
    return next(
        found for v in node.values() if isinstance(v, (list, dict)) and (found := records(v))
    )


def flattened(record, prefix=""):
    for key, value in record.items():
        if isinstance(value, dict):
            yield from flattened(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def cell_of(rows, batch, row, spec):
    """The raw cell under the first synonym of a header that the file has; None where it has none."""
    here = rows[row]
    if isinstance(here, dict):
        return next((str(here[k]) for k in spec.split("|") if k in here), None)
    keys = presets.header_keys(rows[batch.header_row])
    at = next((keys.index(k) for k in presets.alternatives(spec) if k in keys), None)
    return None if at is None or at >= len(here) else here[at]


def same_number(value, cell):
    found = re.search(r"-?[\d,.]*\d", cell)
    text = found[0] if found else ""
    numbers = {text.replace(",", ""), text.replace(".", "").replace(",", ".")}
    scale = SCALES.get(cell.strip()[-1:], 1)
    shown = [float(n) * scale * f for n in numbers if n for f in (*FACTORS, 0.00001)]
    clock = [int(p) for p in cell.split(":")] if re.fullmatch(r"[\d:]+", cell) else []
    shown.append(sum(p * 60**i for i, p in enumerate(reversed(clock))))
    return any(abs(value - s) <= 1e-6 * max(abs(s), 1e-4) for s in shown)


@pytest.mark.parametrize("name", FILES)
def test_every_row_leads_to_its_cells(tmp_path, monkeypatch, name):
    monkeypatch.setenv("OPSBOOK_HOME", str(tmp_path / "book"))
    path, platform = write(tmp_path, FILES[name])
    store = Store(tmp_path / "book" / "data" / "store")
    account = f"{platform}@tea" if platform else "tea"
    done = store.import_file(path, account=account, exported_on="2026-08-01")
    batch = store.batches().iloc[0]
    raw = store.data / "raw" / f"{batch.sha256}{path.suffix}"
    assert hashlib.sha256(raw.read_bytes()).hexdigest() == batch.sha256
    preset = presets.named(done.preset)
    rows = rows_of(raw.read_bytes(), raw)
    traced = 0
    for table, count in done.tables.items():
        frame = store.table(table).to_pandas()
        assert len(frame) == count and set(PROVENANCE) <= set(frame.columns)
        assert set(frame["import_batch_id"]) == {done.batch_id}
        assert set(frame["source_file"]) == {path.name}
        assert set(frame["source_row"]) <= set(rows)
        for _, row in frame.iterrows():
            traced += cells_traced(preset, table, row, rows, batch)
    TRACED[name] = traced


def cells_traced(preset, table, row, rows, batch):
    """How many cells of a row were found in the raw file with the figure that they hold."""
    count = 0
    for column, spec in specs(preset, table, row):
        value = row["value"] if column == "value" else row.get(column)
        if value is None or pd.isna(value):
            continue
        at = row["source_row"]
        cell = cell_of(rows, batch, at, spec)
        while cell == "" and "fill_down" in preset.get("rows", {}):
            at -= 1  # an order's cells stand on its first row alone
            cell = cell_of(rows, batch, at, spec)
        if cell is None:
            continue
        assert cell.strip(), (table, column, value)
        kind = tables()[table].columns[column].type
        if kind in ("int", "number", "money", "rate"):
            assert same_number(float(value), cell), (table, column, value, cell)
        count += 1
    return count


def specs(preset, table, row):
    """(column, header) of the columns that are one cell each."""
    section = preset.sections[table]
    for column, spec in section.items():
        spec = {"from": spec} if isinstance(spec, str) else spec
        if column not in presets.SETTINGS and spec.keys() <= PLAIN and "from" in spec:
            yield column, spec["from"]
    if "melt" in section:
        one = section["melt"].get(row["metric"])
        if isinstance(one, str) or (one and "suffix" not in one):
            yield "value", one if isinstance(one, str) else one["from"]


def test_no_layout_was_left_out():
    """Layouts whose rows are sums or blocks of cells are held by tests of their own."""
    if set(TRACED) == set(FILES):
        none = {FILES[n][0] if isinstance(FILES[n], tuple) else FILES[n].preset
                for n, count in TRACED.items() if not count}  # fmt: skip
        assert none <= {"meta_audience", "wechat_article_detail"}
