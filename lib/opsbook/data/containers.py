"""Open a file whatever it really is: delimited text, xlsx, xls, HTML dressed as xls, JSON.

A file becomes sheets; a sheet is its first rows as text (to find the header in) and a body: every
record below the header as text columns, each with its row number in the file. Names of files
lie, bytes do not: `PK` is xlsx, `D0CF11E0` is OLE xls, `<` is HTML, `{` or `[` is JSON.
"""

import codecs
import csv
import io
import json
import struct
from dataclasses import dataclass, field

import pyarrow as pa

from opsbook.data import sheet_limits
from opsbook.errors import InputError

HEAD = 30  # rows looked at for the header: real files have it among the first 15
DELIMITERS = (",", "\t", ";", "|")
MAX_COLUMNS = 5000
SLOW_ROWS = 50_000
MAX_LONE = 100_000
HEAD_CHARACTERS = 1 << 22  # enough for the first rows, however long their captions


@dataclass(frozen=True)
class Body:
    """Records below the header: text arrays by position, row numbers, rows of a wrong width."""

    columns: list
    rows: pa.Array
    misfits: list = field(default_factory=list)  # (row, number of cells, first cell)


@dataclass(frozen=True)
class Sheet:
    """One sheet of a file. `head` holds its first rows as lists of text."""

    name: str
    head: list
    kind: str
    encoding: str = ""
    delimiter: str = ""
    notes: tuple = ()
    _body: object = field(default=None, repr=False)

    def body(self, header):
        """The records below row `header` (0-based index into `head`)."""
        return self._body(header)


def sheets(path, *, max_mb=2048):
    """The sheets of a file; InputError says why a file cannot be read and what to do."""
    where = path.name
    if path.is_dir():
        raise InputError("is a folder, not a file.", where=where, remedy="Give a file in it.")
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise InputError("does not exist.", where=str(path), remedy="Check the path.") from None
    if size == 0:
        raise InputError("is empty (0 bytes).", where=where, remedy="Export it again.")
    if size > max_mb * 1024 * 1024:
        raise InputError(
            f"has {size // 1024 // 1024} MB; files up to {max_mb} MB are read.",
            where=where,
            remedy="Export a shorter period, or raise import.max_file_mb in workbook.toml.",
        )
    with open(path, "rb") as file:
        start = file.read(4096)
    if start[:2] == b"PK":
        return _workbook(path, "xlsx")
    if start[:4] == b"\xd0\xcf\x11\xe0":
        return _workbook(path, "xls")
    data = path.read_bytes()
    bare = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if bare[:1] == b"<":
        return _html(data, where)
    if bare[:1] in (b"{", b"["):
        found = _json(data, where)
        if found is not None:
            return found
    plain = _text(data, where)
    stacked = _stacked(data, where, plain) if size < 1 << 20 else None
    return [plain, stacked] if stacked else [plain]


def _stacked(data, where, plain):
    """Blocks stacked in one file (Meta's Audience.csv) as records Block, Row, Column, Value.

    A block is a title alone in its row, then either names over one row of values, or a table with
    an empty corner. None where the file is not built so.
    """
    text, encoding = _decode(data, where)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=plain.delimiter))
    except csv.Error:
        return None
    blocks, current = [], []
    for number, row in enumerate([*lines, []], start=1):
        if any(c.strip() for c in row):
            if not (number == 1 and row[0].lower().startswith("sep")):
                current.append((number, row))
        elif current:
            blocks.append(current)
            current = []
    shaped = [b for b in blocks if len(b) > 2 and len([c for c in b[0][1] if c.strip()]) == 1]
    corner = [not b[1][1][0].strip() for b in shaped]
    whole = all(c or len(b) == 3 for b, c in zip(shaped, corner, strict=True))
    if (
        not shaped
        or len(shaped) < len(blocks)
        or not whole
        or (len(blocks) < 2 and not any(corner))
    ):
        return None
    records, numbers = [], []
    for block, table in zip(shaped, corner, strict=True):
        title, names = block[0][1][0].strip(), block[1][1]
        for number, row in block[2:]:
            label = row[0].strip() if table else ""
            for name, cell in list(zip(names, row, strict=False))[1 if table else 0 :]:
                records.append([title, label, name.strip(), cell])
                numbers.append(number)
    header = ["Block", "Row", "Column", "Value"]

    def body(_):
        return _columns(records, numbers, 4, [])

    return Sheet("", [header, *records[: HEAD - 1]], "text", encoding, plain.delimiter, (), body)


def _decode(data, where):
    """Text and encoding: byte order mark, strict UTF-8, then GB18030. Nothing is ever dropped."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            try:
                return data.decode(name), name
            except UnicodeDecodeError as error:
                raise InputError(
                    f"starts as {name} but breaks at byte {error.start}: the file is damaged or cut.",
                    where=where,
                    remedy="Export it again.",
                ) from None
    for name in ("utf-8", "gb18030"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\x00" in text[:4096]:
            break
        return text, name
    raise InputError(
        "is neither text (UTF-8, UTF-16, GB18030) nor a spreadsheet.",
        where=where,
        remedy="Give the file as the platform exported it.",
    )


def _delimiter(lines):
    """The delimiter that gives the most cells in one of the first lines, and the same in many."""

    def score(mark):
        counts = [len(row) for row in csv.reader(lines, delimiter=mark)]
        widest = max(counts, default=1)
        return (widest > 1) * sum(c == widest for c in counts), widest

    return max(DELIMITERS, key=score)


def _unwrapped(text):
    """A csv whose every line became one quoted cell (a spreadsheet's damage) is unwrapped once."""
    start = [line for line in text[:20000].split("\n") if line.strip()]
    if not start or not all(line.startswith('"') for line in start[:-1]):
        return None
    lines = text.splitlines()
    full = [line for line in lines if line.strip()]
    if len(full) < 2 or not all(
        line.startswith('"') and line.rstrip(";,").endswith('"') for line in full
    ):
        return None
    try:
        rows = [row for row in csv.reader(full, strict=True)]
    except csv.Error:
        return None
    cells = [[c for c in row if c] for row in rows]
    if not all(len(c) == 1 for c in cells) or '""' not in text:
        return None
    return "\n".join(c[0] for c in cells) + "\n"


def _text(data, where):
    text, encoding = _decode(data, where)
    notes = []
    first = text[:200].partition("\n")[0].strip().strip('"')
    told = first.lower().startswith("sep=") and len(first) == 5
    unwrapped = None if told else _unwrapped(text)
    if unwrapped is not None:
        text = unwrapped
        notes.append("every line was one quoted cell (saved by a spreadsheet); unwrapped once")
    start = text[:HEAD_CHARACTERS]
    delimiter = first[4] if told else _delimiter(start[:65536].splitlines()[:HEAD])
    # From here on bytes: a text of 1 million rows is held once.
    raw = text.encode() if encoding != "utf-8" or unwrapped is not None else data
    del text
    head, ends = [], []
    source = _Counted(start)
    try:
        for row in csv.reader(source, delimiter=delimiter):
            if len(row) > MAX_COLUMNS:
                raise InputError(
                    f"row {len(head) + 1} has {len(row)} cells; this is no table.", where=where
                )
            head.append(row)
            ends.append(len(start[: source.position].encode()))
            if len(head) >= HEAD:
                break
    except csv.Error as error:
        raise InputError(
            f"row {len(head) + 1} cannot be read as text: {error}.",
            where=where,
            remedy="Export the file again.",
        ) from None
    if not any(any(cell.strip() for cell in row) for row in head):
        raise InputError("holds no text.", where=where, remedy="Export it again.")

    def body(header):
        return _csv_body(raw, ends[header], header, len(head[header]), delimiter, where)

    return Sheet("", head, "text", encoding, delimiter, tuple(notes), body)


class _Counted:
    """Lines of a text, counting the characters handed out."""

    def __init__(self, text):
        self.text, self.position = text, 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.position >= len(self.text):
            raise StopIteration
        end = self.text.find("\n", self.position)
        end = len(self.text) if end < 0 else end + 1
        line = self.text[self.position : end]
        self.position = end
        return line


def _csv_body(raw, offset, header, width, delimiter, where):
    from pyarrow import csv as arrow_csv

    names = [str(i) for i in range(width)]
    first = header + 2
    rest = memoryview(raw)[offset:]
    if not bytes(rest[:4096]).strip() and not bytes(rest).strip():
        return Body([pa.array([], pa.string())] * width, pa.array([], pa.int64()))
    # A lone carriage return or a NUL is read differently by the two parsers: the slow one decides.
    returns = raw.count(b"\r", offset)
    plain = raw.find(b"\x00", offset) < 0 and (not returns or returns == raw.count(b"\r\n", offset))
    quotes = raw.count(b'"', offset)
    quick = None
    if width > 1 and plain and quotes % 2 == 0:
        quick = _quick(rest, names, delimiter, arrow_csv, quote='"' if quotes else False)
    if quick is not None:
        columns = [_flat_array(quick.column(i)) for i in range(width)]
        numbers = pa.array(range(first, first + quick.num_rows), pa.int64())
        return Body(columns, numbers)
    return _slow(bytes(rest).decode(), width, delimiter, first, where)


def _flat_array(column):
    joined = column.combine_chunks()
    return joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined


def _quick(rest, names, delimiter, arrow_csv, quote):
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(pa.py_buffer(rest)),
            read_options=arrow_csv.ReadOptions(
                column_names=names, block_size=max(min(len(rest), 1 << 28), 1 << 20)
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter,
                quote_char=quote,
                newlines_in_values=bool(quote),
                ignore_empty_lines=False,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowException):
        return None  # ragged or oddly quoted: row by row


def _slow(rest, width, delimiter, first, where):
    lone = 0
    parts, rows, numbers, misfits = [], [], [], []
    reader = csv.reader(io.StringIO(rest, newline=""), delimiter=delimiter)
    number = first - 1
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            misfits.append((number, 0, str(error)))
            continue
        _keep(row, number, width, rows, numbers, misfits)
        lone += len(row) == 1 and width > 1
        if lone > MAX_LONE:
            raise InputError(
                f"has over {MAX_LONE:,} rows of a single cell under {width} headers; "
                "this is no table.",
                where=where,
                remedy="Export it again.",
            )
        if len(rows) == SLOW_ROWS:  # lists of cells take ten times their text
            parts.append(_columns(rows, numbers, width, []))
            rows, numbers = [], []
    last = _columns(rows, numbers, width, misfits)
    if not parts:
        return last
    parts.append(last)
    columns = [pa.concat_arrays([p.columns[i] for p in parts]) for i in range(width)]
    return Body(columns, pa.concat_arrays([p.rows for p in parts]), misfits)


def _keep(row, number, width, rows, numbers, misfits):
    if not any(cell.strip() for cell in row):
        return
    if len(row) > width and not any(cell.strip() for cell in row[width:]):
        row = row[:width]
    if len(row) == 1 and width > 1:  # a footer or a label alone in its row
        row = row + [""] * (width - 1)
    if len(row) != width:
        misfits.append((number, len(row), row[0] if row else ""))
        return
    rows.append(row)
    numbers.append(number)


def _columns(rows, numbers, width, misfits):
    columns = [pa.array(c, pa.string()) for c in zip(*rows, strict=True)] if rows else []
    columns = columns or [pa.array([], pa.string())] * width
    return Body(columns, pa.array(numbers, pa.int64()), misfits)


def _grid(name, rows, kind, encoding="", *, where):
    """A sheet out of rows already in memory; rows are padded to the header's width.

    InputError where a row is too wide for a table, or rows and columns together too many.
    """
    widest = max(map(len, rows))
    if widest > MAX_COLUMNS:
        raise InputError(f"a row has {widest} cells; this is no table.", where=where)
    if widest * len(rows) > sheet_limits.MAX_AREA:
        raise InputError(
            f"its table spans {widest * len(rows):,} cells.",
            where=where,
            remedy="Export a shorter period, or as CSV.",
        )

    def body(header):
        width = len(rows[header])
        kept, numbers, misfits = [], [], []
        for number, row in enumerate(rows[header + 1 :], start=header + 2):
            padded = row + [""] * (width - len(row))
            _keep(padded, number, width, kept, numbers, misfits)
        return _columns(kept, numbers, width, misfits)

    return Sheet(name, rows[:HEAD], kind, encoding, "", (), body)


def cell_text(value):
    """A spreadsheet cell as text. A number beyond 15 digits keeps its exponent: it was damaged."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value)) if abs(value) < 1e15 else f"{value:.5E}"
        return repr(value)
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return (
            value.isoformat(sep=" ")
            if hasattr(value, "hour") and hasattr(value, "year")
            else (value.isoformat())
        )
    if hasattr(value, "total_seconds"):
        return f"{value.total_seconds():g}"
    return str(value)


def _workbook(path, kind):
    from python_calamine import CalamineError, CalamineWorkbook

    if kind == "xlsx":
        _unbroken(path)
    else:
        _chained(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        found = []
        for name in book.sheet_names:
            values = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            rows = [[cell_text(v) for v in row] for row in values]
            while rows and not any(rows[-1]):
                rows.pop()
            rows = [_right_trim(row) for row in rows] if len(rows) else rows
            if rows:
                found.append(_grid(name, rows, kind, where=path.name))
    except BaseException as error:
        # The reader panics on some broken archives, which Python sees as no Exception at all.
        panic = type(error).__name__ == "PanicException"
        if not panic and not isinstance(error, (CalamineError, OSError, ValueError, KeyError)):
            raise
        raise InputError(
            f"looks like {kind} but cannot be opened: {error}.",
            where=path.name,
            remedy="The file is damaged or was cut: export it again.",
        ) from None
    if not found:
        raise InputError("holds no filled sheet.", where=path.name, remedy="Export it again.")
    return found


def _unbroken(path):
    """Hold every part of an xlsx against its checksum, which the reader does not do."""
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(path) as archive:
            sheet_limits.xlsx(archive)
            broken = archive.testzip()
    except sheet_limits.TooLarge as error:
        raise _too_large(path, error) from None
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
    ) as e:
        broken = str(e)
    except Exception as e:  # zipfile lets struct.error, EOFError, UnicodeDecodeError through
        broken = type(e).__name__
    if broken:
        raise InputError(
            f"is a damaged or cut xlsx ({broken}).",
            where=path.name,
            remedy="The file is damaged or was cut: export it again.",
        )


def _chained(path):
    """Hold an OLE file's chains against its size: the reader follows them for ever."""
    try:
        sheet_limits.xls(path.read_bytes())
    except sheet_limits.TooLarge as error:
        raise _too_large(path, error) from None
    except (ValueError, struct.error) as error:
        raise InputError(
            f"is a damaged or cut xls ({error}).",
            where=path.name,
            remedy="The file is damaged or was cut: export it again.",
        ) from None


def _too_large(path, error):
    return InputError(
        f"is too large for a spreadsheet: {error}.",
        where=path.name,
        remedy="Export a shorter period, or as CSV.",
    )


def _right_trim(row):
    end = len(row)
    while end and not row[end - 1]:
        end -= 1
    return row[:end]


def _html(data, where):
    """Tables of an HTML page that calls itself .xls; every table is a sheet."""
    from lxml import html

    text, encoding = _decode(data, where)
    try:
        tree = html.fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
        tables = tree.xpath("//table")
    except (ValueError, html.etree.LxmlError):
        tables = []
    found = []
    for number, node in enumerate(tables, start=1):
        rows = [
            [" ".join(cell.text_content().split()) for cell in row.xpath("./td|./th")]
            for row in node.xpath(".//tr")
        ]
        if any(any(row) for row in rows):
            found.append(_grid(f"table {number}", rows, "html", encoding, where=where))
    if not found:
        raise InputError(
            "is a web page without a table.",
            where=where,
            remedy="The download may have returned a login page: export it again.",
        )
    return found


def _json(data, where):
    """Records of a platform API's answer; numbers stay text, so that long ids keep every digit."""
    text, encoding = _decode(data, where)
    try:
        document = json.loads(text, parse_int=str, parse_float=str)
    except json.JSONDecodeError as error:
        if text.lstrip()[:1] == "{":
            raise InputError(
                f"is cut or damaged JSON (line {error.lineno}).",
                where=where,
                remedy="Fetch it again.",
            ) from None
        return None
    except RecursionError:
        raise InputError("is JSON nested too deeply to be an export.", where=where) from None
    found = [
        _grid(name, rows, "json", encoding, where=where)
        for name, rows in _record_lists(document, "", where)
    ]
    if not found:
        raise InputError("holds no list of records.", where=where, remedy="Fetch it again.")
    return found


def _record_lists(node, name, where):
    if isinstance(node, list) and node and all(isinstance(x, dict) for x in node):
        flat = [_flat(x) for x in node]
        names = list(dict.fromkeys(key for x in flat for key in x))
        if len(names) > MAX_COLUMNS:
            raise InputError(f"records have {len(names)} names; this is no table.", where=where)
        yield name, [names] + [[x.get(key, "") for key in names] for x in flat]
    elif isinstance(node, dict):
        for key, child in node.items():
            yield from _record_lists(child, f"{name}.{key}" if name else key, where)


def _flat(node, prefix=""):
    out = {}
    for key, value in node.items():
        name = prefix + key
        if isinstance(value, dict):
            out.update(_flat(value, name + "."))
        elif isinstance(value, list):
            out[name] = json.dumps(value, ensure_ascii=False)
        elif value is None:
            out[name] = ""
        elif isinstance(value, bool):
            out[name] = "true" if value else "false"
        else:
            out[name] = str(value)
    return out
