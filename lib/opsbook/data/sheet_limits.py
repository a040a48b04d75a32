"""Refuse spreadsheets that would take more memory than a machine has, before they are opened.

The reader lays every sheet out as a full rectangle and copies a shared text into each cell that
shows it, so that a file of a few kilobytes can ask for hundreds of gigabytes. Bounds are counted
here on the file's own bytes.
"""

import re
import struct
from itertools import pairwise

MAX_AREA = 8_000_000  # cells of the rectangles of all sheets together: about 1 GiB once read
MAX_TEXT = 256 << 20  # bytes of text that cells show
MAX_UNPACKED = 512 << 20  # bytes of the parts that are read
CHUNK = 1 << 20
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_ROW_AT = re.compile(rb"<(?:\w+:)?row\s[^<>]*?\br\s*=\s*[\"'](\d+)")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_CELL_AT = re.compile(rb"<(?:\w+:)?c\s[^<>]*?\br\s*=\s*[\"']([A-Za-z]+)(\d*)")
_SHARED = re.compile(rb"<(?:\w+:)?c\s[^<>]*?\bt\s*=\s*[\"']s[\"'][^<>]*>\s*<(?:\w+:)?v>(\d+)<")
_TEXT = re.compile(rb"<(?:\w+:)?si[\s/>]")


class TooLarge(Exception):
    """What a spreadsheet asks for; the text says it in numbers."""


def xlsx(archive):
    """Check an open zipfile; TooLarge, or ValueError where it is no xlsx."""
    names = {info.filename.lower(): info for info in archive.infolist()}
    if "xl/workbook.xml" not in names or "content.xml" in names:
        raise ValueError("it is an archive without an Excel workbook in it")
    parts = [
        info
        for name, info in names.items()
        if name.startswith("xl/") and name.endswith((".xml", ".rels"))
    ]
    unpacked = sum(info.file_size for info in parts)
    if unpacked > MAX_UNPACKED:
        raise TooLarge(f"it unpacks to {unpacked >> 20} MB")
    sheets = [i for i in parts if not i.filename.lower().endswith("sharedstrings.xml")]
    area, used = 0, 0
    lengths = [0]
    for info in parts:
        if info not in sheets:
            lengths = _lengths(archive, info)
    for info in sheets:
        one, shown = _extent(archive, info, lengths)
        area, used = area + one, used + shown
        if area > MAX_AREA:
            raise TooLarge(f"its sheets span {area:,} cells")
        if used > MAX_TEXT:
            raise TooLarge(f"its cells show {used >> 20} MB of text")


def _chunks(archive, info):
    """Pieces of a part that end before a tag begins, so that no tag is cut."""
    rest = b""
    with archive.open(info) as part:
        while piece := part.read(CHUNK):
            piece = rest + piece
            cut = piece.rfind(b"<")
            cut = cut if cut > 0 else len(piece)
            # a cell's value must stay with its cell
            cell = max(piece.rfind(b"<c ", 0, cut), piece.rfind(b":c ", 0, cut) - 8)
            cut = cell if cell > 0 and len(piece) - cell < CHUNK else cut
            yield piece[:cut]
            rest = piece[cut:]
    yield rest


def _lengths(archive, info):
    """Bytes of every shared text, in order."""
    found, open_ = [], 0
    for piece in _chunks(archive, info):
        marks = [m.start() for m in _TEXT.finditer(piece)]
        if not marks:
            open_ += len(piece)
            continue
        found.append(open_ + marks[0])
        found += [b - a for a, b in pairwise(marks)]
        open_ = len(piece) - marks[-1]
        if len(found) > MAX_AREA:
            raise TooLarge(f"it has over {MAX_AREA:,} texts")
    return [*found[1:], open_]


def _extent(archive, info, lengths):
    """(cells of the rectangle that a sheet spans at most, bytes of shared text that it shows)."""
    rows = columns = lost_rows = widest = open_ = shown = 0
    longest = max(lengths, default=0)
    for piece in _chunks(archive, info):
        cells = len(_CELL.findall(piece))
        if not cells and b"<" not in piece:
            continue
        starts = [m.start() for m in _ROW.finditer(piece)]
        numbered = [int(n) for n in _ROW_AT.findall(piece)]
        refs = _CELL_AT.findall(piece)
        rows = max([rows, *numbered, *(int(n) for n in {n for _, n in refs} if n)])
        lost_rows += len(starts) - len(numbered)
        columns = max([columns, *(_column(name) for name in {name for name, _ in refs})])
        if len(refs) < cells:  # cells without an address follow one another
            for start, end in zip([0, *starts], [*starts, len(piece)], strict=True):
                here = len(_CELL.findall(piece, start, end))
                open_ = open_ + here if start == 0 else here
                widest = max(widest, open_)
        if longest > 64:
            shown += sum(lengths[i] for i in map(int, _SHARED.findall(piece)) if i < len(lengths))
    return (rows + lost_rows) * (columns + widest), shown


def _column(letters):
    number = 0
    for letter in letters.upper()[:4]:
        number = number * 26 + letter - 64
    return number


def xls(data):
    """Check the bytes of an OLE .xls; TooLarge, or ValueError where its chains are broken."""
    stream = _stream(data)
    area = texts = shown = 0
    rows = columns = 0
    longest = 0
    at = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        at += 4
        if kind == 0x0809:  # the next sheet begins
            area, rows, columns = area + rows * columns, 0, 0
        elif kind in _CELLS and size >= 6:
            row, column = struct.unpack_from("<HH", stream, at)
            last = struct.unpack_from("<H", stream, at + size - 2)[0] if kind in _SPANS else column
            rows, columns = max(rows, row + 1), max(columns, last + 1)
            shown += kind == 0x00FD
        elif kind == 0x00FC:
            texts, longest = size, size
        elif kind == 0x003C:
            texts, longest = texts + size, longest + size
        at += size
        if area + rows * columns > MAX_AREA:
            raise TooLarge(f"its sheets span {area + rows * columns:,} cells")
    # one text is at most 32,767 characters, of two bytes each
    if shown * min(longest, 65_534) > MAX_TEXT and shown * 64 + texts > MAX_TEXT:
        raise TooLarge("its cells show too much text")


_SPANS = (0x00BD, 0x00BE)  # several cells in one record; its last two bytes are the last column
_CELLS = (0x0006, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, *_SPANS)
_END = 0xFFFFFFFC  # from here on a number is a mark, not a sector


def _stream(data):
    """The workbook's stream out of a compound file (MS-CFB); ValueError where chains run in circles."""
    if len(data) < 512:
        raise ValueError("it is cut")
    shift, small_shift = struct.unpack_from("<HH", data, 30)
    if shift not in (9, 12) or small_shift != 6:
        raise ValueError("its sector size is none")
    size = 1 << shift
    first, _, cutoff, small_first = struct.unpack_from("<IIII", data, 48)
    more, _ = struct.unpack_from("<II", data, 68)

    def sector(number):
        at = (number + 1) << shift
        if number >= _END or at >= len(data):
            raise ValueError("a sector lies outside of it")
        return data[at : at + size].ljust(size, b"\xff")

    def words(block):
        return struct.unpack(f"<{len(block) // 4}I", block)

    tables = list(struct.unpack_from("<109I", data, 76))
    seen = set()
    while more < _END:
        if more in seen:
            raise ValueError("its list of tables runs in a circle")
        seen.add(more)
        *here, more = words(sector(more))
        tables += here
    table = [w for number in tables if number < _END for w in words(sector(number))]

    def chain(number, of=table):
        out, passed = [], set()
        while number < _END:
            if number in passed or number >= len(of):
                raise ValueError("a chain of sectors runs in a circle")
            passed.add(number)
            out.append(number)
            number = of[number]
        return out

    directory = b"".join(sector(n) for n in chain(first))
    small = [w for n in chain(small_first) for w in words(sector(n))]
    entries = []
    for at in range(0, len(directory) - 127, 128):
        length = min(struct.unpack_from("<H", directory, at + 64)[0], 64)
        name = directory[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
        entries.append((name, *struct.unpack_from("<II", directory, at + 116)))
    if not entries:
        raise ValueError("it has no directory")
    mini = b"".join(sector(n) for n in chain(entries[0][1])) if entries[0][2] else b""
    for name, start, length in entries[1:]:
        if name.lower() in ("workbook", "book"):
            if length < cutoff:
                return b"".join(mini[n << 6 : (n + 1) << 6] for n in chain(start, small))[:length]
            return b"".join(sector(n) for n in chain(start))[:length]
    raise ValueError("it holds no workbook")
