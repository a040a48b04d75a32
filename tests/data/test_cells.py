"""Cells that strangers write, in every layout: a figure is what the cell says, or it is refused.

OPSBOOK_FUZZ says how many files are made (200; `make fuzz` takes 20,000).
"""

import csv
import io
import os
import unicodedata

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_layouts import LAYOUTS
from test_mutations import IGNORED
from units import COMPUTED, FACTORS, SCALES

from opsbook import read_export
from opsbook.errors import OpsbookError

COUNT = int(os.environ.get("OPSBOOK_FUZZ", "200"))
PLAIN = [one for one in LAYOUTS if isinstance(one[2], bytes) and b"<html" not in one[2] and one[2][:1] not in (b"{", b"[")]  # fmt: skip


def tables():
    """(file name, encoding, delimiter, rows) of every delimited layout."""
    found = []
    for _, file, content, *_ in PLAIN:
        encoding = next(e for e in ("utf-8-sig", "utf-16", "gb18030") if _decodes(content, e))
        text = content.decode(encoding)
        mark = "\t" if text.count("\t") > text.count(",") else ","
        found.append((file, encoding, mark, list(csv.reader(io.StringIO(text), delimiter=mark))))
    return found


def _decodes(content, encoding):
    try:
        content.decode(encoding)
    except UnicodeError:
        return False
    return encoding != "utf-16" or content[:2] in (b"\xff\xfe", b"\xfe\xff")


# Audience.csv adds women and men up to an age's share: its figures are no single cell's.
TABLES = [one for one in tables() if one[0] != "Audience.csv"]
# the cells that hold a figure, or may
NUMERIC = [
    [(i, j) for i, row in enumerate(rows) if i for j, cell in enumerate(row) if any(map(str.isdigit, cell))]
    for *_, rows in TABLES
]  # fmt: skip


@st.composite
def written(draw):
    """(text, what it means) of a number as people and programs write one."""
    whole, sign = draw(st.integers(0, 10**9)), draw(st.sampled_from(["", "", "", "-", "+"]))
    digits = f"{whole:,}" if draw(st.booleans()) else str(whole)
    fraction = draw(st.sampled_from(["", "", ".5", ".25", ".0"]))
    scale = draw(st.sampled_from(["", "", "", *SCALES]))
    tail = draw(st.sampled_from(["", "", "元", "次", "%", " ", "+"]))
    head = draw(st.sampled_from(["", "", "¥", "$", "'", "\t"]))
    value = float(whole) + float("0" + fraction or 0)
    value = -value if sign == "-" else value
    return head + sign + digits + fraction + scale + tail, [value * SCALES.get(scale, 1), value]


NONSENSE = ["5²", "½", "1½", "5-", "(5)", "1e309", "NaN", "inf", "0x10", "1_000", "=1+1", "@SUM(1)", "--5", "1.2.3",
            "12abc", "1;2", "5/3", "1:2:3:4", "12‮34", "五", "TRUE", "1 2 3", "5‰", "₅", "1⁄2", "#REF!", "1,2,3"]  # fmt: skip
CELLS = st.one_of(
    written(),
    st.sampled_from(NONSENSE).map(lambda t: (t, [])),
    st.text(max_size=12).map(lambda t: (t, _meanings(t))),
)


def _meanings(text):
    """Numbers that a free text may be read as: its digits as they stand, without group marks."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if any(unicodedata.category(c) in ("No", "Cf") for c in text):
        return []
    plain = plain.replace(",", "").replace("'", "").rstrip("%+元次人个¥€ ")
    for mark, scale in {**SCALES, "": 1}.items():
        try:
            return [float(plain.removesuffix(mark)) * scale, float(plain.removesuffix(mark))]
        except ValueError:
            continue
    return []


def figures(export):
    """{column: its figures}. A label that changes may move a figure to another row, a day that
    changes from the table of days to that of periods."""
    found = {}
    for frame in export.tables.values():
        for column in frame.select_dtypes("number"):
            if column not in IGNORED | COMPUTED:
                found.setdefault(column, set()).update(map(float, frame[column].dropna()))
    return found


def read(folder, file, encoding, mark, rows):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=mark, lineterminator="\n").writerows(rows)
    (folder / file).write_bytes(out.getvalue().encode(encoding, "replace"))
    return read_export(folder / file, account="a", exported_on="2026-08-01")


def test_a_figure_is_what_the_cell_says_or_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("OPSBOOK_HOME", str(tmp_path / "home"))
    before = [figures(read(tmp_path, *one)) for one in TABLES]
    seen = {"read": 0, "refused": 0, "figures": 0}

    @settings(
        max_examples=COUNT, deadline=None, database=None, derandomize="OPSBOOK_FUZZ" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.integers(0, len(TABLES) - 1), st.integers(0, 10**6), CELLS)
    def check(layout, place, cell):
        text, meanings = cell
        file, encoding, mark, rows = TABLES[layout]
        rows = [list(row) for row in rows]
        at, column = NUMERIC[layout][place % len(NUMERIC[layout])]
        rows[at][column] = text
        try:
            export = read(tmp_path, file, encoding, mark, rows)
        except OpsbookError as error:
            assert str(error)
            seen["refused"] += 1
            return
        seen["read"] += 1
        for where, found in figures(export).items():
            for value in found - before[layout].get(where, set()):
                seen["figures"] += 1
                says = [m * f for m in meanings for f in FACTORS]
                assert any(abs(value - s) <= 1e-6 * max(abs(s), 1e-4) for s in says), (file, where, value, text)  # fmt: skip

    check()
    print(seen)
    assert seen["read"] > COUNT / 2 and seen["figures"] > COUNT / 20


def test_an_amount_too_large_for_money_refuses_its_row(tmp_path, monkeypatch):
    monkeypatch.setenv("OPSBOOK_HOME", str(tmp_path / "home"))
    file, encoding, mark, rows = next(t for t in TABLES if t[0] == "orders_export.csv")
    many, one = rows[0].index("Lineitem quantity"), rows[0].index("Lineitem price")
    rows = [list(row) for row in rows]
    rows[1][many], rows[1][one] = "9000亿", "9,000,000.00"
    bad = read(tmp_path, file, encoding, mark, rows).refused
    assert "makes an amount that is too large" in set(bad["reason"])
    rows[1][many] = "125000亿"
    bad = read(tmp_path, file, encoding, mark, rows).refused
    assert "makes an amount that is too large" in set(bad["reason"])
    rows[1][many] = "9000000亿"
    bad = read(tmp_path, file, encoding, mark, rows).refused
    assert "is too large for a figure" in set(bad["reason"])


def test_a_period_that_runs_backwards_refuses_its_row(tmp_path, monkeypatch):
    monkeypatch.setenv("OPSBOOK_HOME", str(tmp_path / "home"))
    file, encoding, mark, (head, row) = next(t for t in TABLES if t[0] == "Ads.csv")
    export = read(tmp_path, file, encoding, mark, [head, ["2026-07-03", *row[1:]]])
    assert [len(f) for f in export.tables.values()] == [0] * len(export.tables)
    assert list(export.refused["reason"]) == ["lies after the period's end, 2026-07-01"]
