"""A sheet: its first rows as text, and a body of every record below the header as text columns."""

from dataclasses import dataclass, field

import pyarrow as pa

from opsbook.data import sheet_limits
from opsbook.errors import InputError

HEAD = 30  # rows looked at for the header: real files have it among the first 15
MAX_COLUMNS = 5000


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


def grid(name, rows, kind, encoding="", *, where):
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
            keep(padded, number, width, kept, numbers, misfits)
        return text_columns(kept, numbers, width, misfits)

    return Sheet(name, rows[:HEAD], kind, encoding, "", (), body)


def keep(row, number, width, rows, numbers, misfits):
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


def text_columns(rows, numbers, width, misfits):
    columns = [pa.array(c, pa.string()) for c in zip(*rows, strict=True)] if rows else []
    columns = columns or [pa.array([], pa.string())] * width
    return Body(columns, pa.array(numbers, pa.int64()), misfits)
