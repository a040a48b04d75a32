"""Blocks of several tables stacked in one text file (Meta's Audience.csv) as one list of records."""

import csv
import io

from opsbook.data.sheet import HEAD, Sheet, text_columns
from opsbook.data.text_files import decode


def read(data, where, plain):
    """Blocks stacked in one file (Meta's Audience.csv) as records Block, Row, Column, Value.

    A block is a title alone in its row, then either names over one row of values, or a table with
    an empty corner. None where the file is not built so.
    """
    text, encoding = decode(data, where)
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
        return text_columns(records, numbers, 4, [])

    return Sheet("", [header, *records[: HEAD - 1]], "text", encoding, plain.delimiter, (), body)
