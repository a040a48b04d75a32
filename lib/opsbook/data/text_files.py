"""Delimited text: its encoding, delimiter, damage by spreadsheets, and its records as columns."""

import codecs
import csv
import io

import numpy as np
import pyarrow as pa

from opsbook.data.sheet import HEAD, MAX_COLUMNS, Body, Sheet, keep, text_columns
from opsbook.errors import InputError

DELIMITERS = (",", "\t", ";", "|")
SLOW_ROWS = 50_000
MAX_LONE = 100_000
BLOCK = 4 << 20
HEAD_CHARACTERS = 1 << 22  # enough for the first rows, however long their captions


def read(data, where):
    text, encoding = decode(data, where)
    notes = []
    first = text[:200].partition("\n")[0].strip().strip('"')
    told = first.lower().startswith("sep=") and len(first) == 5 and first[4].isascii()
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


def decode(data, where):
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
    returns = raw.count(b"\r", offset) if raw.find(b"\r", offset) >= 0 else 0
    plain = raw.find(b"\x00", offset) < 0 and (not returns or returns == raw.count(b"\r\n", offset))
    quotes = raw.count(b'"', offset) if raw.find(b'"', offset) >= 0 else 0
    quick = None
    if width > 1 and plain and quotes % 2 == 0:
        quick = _quick(rest, names, delimiter, arrow_csv, quote='"' if quotes else False)
    if quick is not None:
        columns = [_flat_array(quick.column(i)) for i in range(width)]
        numbers = pa.array(np.arange(first, first + quick.num_rows))
        return Body(columns, numbers)
    return _slow(bytes(rest).decode(), width, delimiter, first, where)


def _flat_array(column):
    joined = column.combine_chunks()
    return joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined


def _quick(rest, names, delimiter, arrow_csv, quote):
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(pa.py_buffer(rest)),
            # One thread and small blocks cost a third less; a longer cell goes row by row.
            read_options=arrow_csv.ReadOptions(
                column_names=names, use_threads=False, block_size=BLOCK
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
        keep(row, number, width, rows, numbers, misfits)
        lone += len(row) == 1 and width > 1
        if lone > MAX_LONE:
            raise InputError(
                f"has over {MAX_LONE:,} rows of a single cell under {width} headers; "
                "this is no table.",
                where=where,
                remedy="Export it again.",
            )
        if len(rows) == SLOW_ROWS:  # lists of cells take ten times their text
            parts.append(text_columns(rows, numbers, width, []))
            rows, numbers = [], []
    last = text_columns(rows, numbers, width, misfits)
    if not parts:
        return last
    parts.append(last)
    columns = [pa.concat_arrays([p.columns[i] for p in parts]) for i in range(width)]
    return Body(columns, pa.concat_arrays([p.rows for p in parts]), misfits)
