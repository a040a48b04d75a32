"""Damaged bytes: never a traceback, never a number that no cell of the file shows.

OPSBOOK_MUTATIONS says how many files are damaged (300; `make fuzz` takes 40,000 of either kind).
"""

import io
import os
import random
import zipfile

import pandas as pd
import pytest
from documented import DOCUMENTED
from platform_files import (
    douyin,
    facebook,
    facebook_row,
    google,
    google_line,
    google_total,
    meta_page,
    x_line,
    x_posts,
    xiaohongshu,
    youtube,
)
from test_layouts import LAYOUTS, written
from units import COMPUTED, FACTORS, SCALES

from opsbook import read_export
from opsbook.errors import OpsbookError

COUNT = int(os.environ.get("OPSBOOK_MUTATIONS", "300"))
IGNORED = {
    "source_row",
    "source_file",
    "hashtags",
    "text_nfkc",
    "synthetic_id",
    "created_precision",
}


def fixtures(folder):
    many = [
        x_line(f"18915641287848551{n:02d}", text=f"Tea {n}", n=70 + n, likes=n) for n in range(12)
    ]
    rows = [
        facebook_row(f"1221012345678901{n:02d}", f"a {n}", Views=str(100 + n)) for n in range(8)
    ]
    clips = [
        f'v{n},Tea {n},"May {n + 1}, 2025",{60 + n},{8 + n},1.5,0,{90 + n},7.78' for n in range(9)
    ]
    ads = [google_line(f"C{n}", cost=f"{n + 1}.50") for n in range(6)]
    days = [(f"2025-01-{n + 1:02d}T00:00:00", str(n)) for n in range(20)]
    return [
        x_posts(folder / "x.csv", many),
        facebook(folder / "f.csv", rows),
        youtube(folder / "y.csv", clips),
        google(folder / "g.csv", [*ads, google_total("Total: Account", '"6,252"', "24.00", "300")]),
        meta_page(folder / "Follows.csv", "Follows", days),
        xiaohongshu(folder / "n.xlsx"),
        douyin(folder / "d.xlsx"),
    ]


def damaged(data, chance):
    """The bytes with one to three of them changed, dropped, doubled, or the end cut off."""
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3))):
        if not data:  # its one byte was dropped
            break
        at = chance.randrange(len(data))
        kind = chance.randrange(5)
        if kind == 0:
            data[at] = chance.randrange(256)
        elif kind == 1:
            del data[at]
        elif kind == 2:
            data.insert(at, data[at])
        elif kind == 3:
            data[at] = ord(chance.choice(',";\n\r\t0-.%e\x00'))
        else:
            del data[max(at, 1) :]
    return bytes(data)


def damaged_book(data, chance):
    """A workbook damaged as bytes, or with the XML of one of its parts damaged and packed again."""
    if chance.random() < 0.5:
        return damaged(data, chance), False
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    hit = chance.choice([n for n in parts if "sheet" in n or "shared" in n])
    parts[hit] = damaged(parts[hit], chance)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(name, part)
    return packed.getvalue(), True


def shown_in_book(data):
    """Every number that the parts of a workbook still show, as text."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        parts = [book.read(n).decode("utf-8", "replace") for n in book.namelist()]
    return "\n".join(parts)


def cells(frame):
    """Every figure of a frame as (column, value)."""
    figures = frame.drop(columns=[c for c in frame if c in IGNORED])
    figures = figures.select_dtypes("number")
    return {(c, v) for c in figures for v in figures[c].dropna()}


def shown(data):
    """Every number that the damaged bytes still show, as text."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeError:
            continue
    return ""


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fixtures")
    found = []
    for path in fixtures(folder):
        export = read_export(path, account="a", exported_on="2026-08-01")
        found.append((path, path.read_bytes(), {n: cells(f) for n, f in export.tables.items()}))
    return found


def test_damaged_files_are_refused_or_read_as_they_stand(originals, tmp_path, monkeypatch):
    monkeypatch.setenv("OPSBOOK_HOME", str(tmp_path))
    chance = random.Random(20261123)
    read = refused = 0
    for number in range(COUNT):
        path, data, before = originals[number % len(originals)]
        broken = damaged(data, chance)
        target = tmp_path / path.name
        target.write_bytes(broken)
        try:
            export = read_export(target, account="a", exported_on="2026-08-01")
        except OpsbookError as error:
            assert str(error)
            refused += 1
            continue
        read += 1
        text = shown(broken)
        for name, frame in export.tables.items():
            if name not in before:
                continue
            new = cells(frame) - before[name]
            # A figure that was not in the original stands in the damaged file as it is read.
            if path.suffix == ".xlsx":
                assert not new, (number, new)
            for column, value in new:
                assert stands(value, column, text), (number, path.name, column, value)
        rows = {r for f in export.tables.values() for r in f["source_row"]}
        assert not rows & set(export.refused["source_row"])
    assert read and refused


def stands(value, column, text):
    """True where a cell of the text shows the figure, in one of the ways a cell may."""
    factors = {"watch_time_s": 3600, "cover_ctr": 0.01, "ctr_reported": 0.01}
    figure = value / factors.get(column, 1)
    plain = pd.Series(
        text.replace('"', ",").replace("\t", ",").replace(";", ",").split(",")
    ).str.strip()
    joined = text.replace(",", "").replace('"', "")
    ways = {f"{figure:g}", f"{round(figure, 6):g}", f"{value:g}", f"{figure:.0f}"}
    scaled = plain.str.extract(r"^([\d.]+) *(\D)$").dropna()
    worth = pd.to_numeric(scaled[0], errors="coerce") * scaled[1].map(SCALES)
    return any(w in joined for w in ways) or plain.isin(ways).any() or worth.isin([figure]).any()


def test_a_cut_off_day_without_figures_gives_no_row(tmp_path, monkeypatch):
    monkeypatch.setenv("OPSBOOK_HOME", str(tmp_path))
    (_, file, content, *_) = next(one for one in LAYOUTS if one[1] == "overview.csv")
    head = content.partition(b"\n")[0]
    (tmp_path / file).write_bytes(head + b"\n2025/10/3")
    export = read_export(tmp_path / file, account="a", exported_on="2026-08-01")
    assert [len(f) for f in export.tables.values()] == [0] * len(export.tables)
    assert (export.records, export.not_data, export.refused_rows) == (1, 1, 0)


@pytest.fixture(scope="module")
def every_layout(tmp_path_factory):
    """(file name, bytes, preset, figures by table) of every layout: by hand, and documented."""
    folder = tmp_path_factory.mktemp("layouts")
    found = []
    for number, one in enumerate([*LAYOUTS, *DOCUMENTED]):
        place = folder / str(number)
        place.mkdir()
        path = written(place, one) if isinstance(one, tuple) else one.write(place)
        export = read_export(path, account="a", exported_on="2026-08-01")
        before = {name: cells(frame) for name, frame in export.tables.items()}
        found.append((path.name, path.read_bytes(), export.preset, before))
    assert sum(name.endswith(".xlsx") for name, *_ in found) > 10
    return found


def test_damaged_files_of_every_layout_are_refused_or_read_as_they_stand(
    every_layout, tmp_path, monkeypatch
):
    monkeypatch.setenv("OPSBOOK_HOME", str(tmp_path))
    chance = random.Random(7)
    seen = {"inputs": 0, "refused": 0, "equal": 0, "as the damaged file shows": 0, "wrong": 0}
    wrong = []
    for number in range(COUNT):
        file, content, preset, before = every_layout[number % len(every_layout)]
        target = tmp_path / file
        book = file.endswith(".xlsx")
        broken, readable = (
            damaged_book(content, chance) if book else (damaged(content, chance), True)
        )
        target.write_bytes(broken)
        seen["inputs"] += 1
        try:
            export = read_export(target, account="a", exported_on="2026-08-01")
        except OpsbookError as error:
            assert str(error)
            seen["refused"] += 1
            continue
        rows = {r for f in export.tables.values() for r in f["source_row"]}
        assert not rows & set(export.refused["source_row"])
        assert len(rows) + export.refused_rows + export.not_data <= export.records
        text = "" if not readable else shown_in_book(broken) if book else shown(broken)
        new = set()
        if export.preset == preset:  # as another layout (a header was hit) its figures are others
            for name, frame in export.tables.items():
                new |= cells(frame) - before.get(name, set())
        bad = [one for one in new if one[0] not in COMPUTED and not stands_in_units(one[1], text)]
        wrong += [(number, file, *one) for one in bad]
        seen["wrong" if bad else "as the damaged file shows" if new else "equal"] += 1
    print(seen)
    assert wrong == []
    assert min(seen["refused"], seen["equal"]) > COUNT / 50


def stands_in_units(value, text):
    """True where a cell shows the figure, in one of the units that a column may have."""
    joined = text.replace(",", "").replace('"', "")
    scales = [SCALES[c] for c in SCALES if c in text]
    for factor in (*FACTORS, *scales):
        figure = round(value / factor, 6)
        if f"{figure:g}" in joined or f"{figure:.0f}" in joined or f"{figure:.2f}" in joined:
            return True
    return False
