"""Rows that belong together: lines of one order whose first row alone carries the order's cells."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opsbook.data import values
from opsbook.data.schema import Column

MONEY = pa.decimal128(18, 4)


def filled_down(columns, keys, spec, find):
    """Columns whose blanks take the cell above, within rows of one `by` cell that follow another."""
    by = find(spec["by"], keys)
    if by is None or not len(columns[by]):
        return columns
    start = _starts(pc.utf8_trim_whitespace(columns[by]))
    index = np.arange(len(start))
    columns = list(columns)
    for header in spec["columns"]:
        position = find(header, keys)
        if position is None:
            continue
        blank = pc.equal(pc.utf8_trim_whitespace(columns[position]), "")
        blank = blank.to_numpy(zero_copy_only=False)
        above = np.maximum.accumulate(np.where(start | ~blank, index, 0))
        columns[position] = columns[position].take(pa.array(above))
    return columns


def _starts(texts):
    start = np.ones(len(texts), bool)
    if len(texts) > 1:
        start[1:] = pc.not_equal(texts[1:], texts[:-1]).to_numpy(zero_copy_only=False)
    return start


def _codes(source, header):
    texts = pc.utf8_trim_whitespace(source.texts(source.find(header)))
    return texts.dictionary_encode().indices.to_numpy(zero_copy_only=False)


def numbers(source, header):
    """1, 2, ... for the rows of each distinct cell of a column, in the file's order."""
    codes = _codes(source, header)
    order = np.argsort(codes, kind="stable")
    start = np.r_[True, np.diff(codes[order]) != 0] if len(codes) else np.zeros(0, bool)
    index = np.arange(len(codes))
    rank = index - np.maximum.accumulate(np.where(start, index, 0)) + 1
    found = np.empty(len(codes), np.int64)
    found[order] = rank
    return pa.array(found, pa.int64())


def product(source, spec):
    """Quantity x price as money, less a discount where one is named."""
    from opsbook.data.columns import parsed

    quantity, price = spec.get("product") or spec["weights"]

    def read(header, kind):
        position = source.find(header)
        if position is None:
            return None
        unit = {"unit": spec["unit"]} if kind == "money" and "unit" in spec else {}
        typed = Column("", kind, False, "", "")
        return parsed(source, position, source.texts(position), typed, unit)

    found = _amount(source, price, pc.multiply(read(price, "money"), read(quantity, "int")))
    less = read(spec["less"], "money") if "less" in spec else None
    if less is None:
        return found
    return _amount(source, price, pc.subtract(found, pc.fill_null(less, pa.scalar(0, MONEY))))


def _amount(source, header, found):
    """A computed amount as money; where it has too many digits its row is refused."""
    over = pc.fill_null(pc.greater_equal(pc.abs(found), pa.scalar(values.LARGEST)), False)
    position = source.find(header)
    cells, known = source.texts(position), set(source.bad)  # a product is asked for more than once
    for row in np.flatnonzero(over.to_numpy(zero_copy_only=False)):
        bad = (
            int(row),
            source.headers[position],
            cells[int(row)].as_py(),
            "makes an amount that is too large",
        )
        if bad not in known:
            source.bad.append(bad)
    return pc.cast(pc.if_else(over, None, found), MONEY)


def shares(source, spec):
    """An order's amount spread over its lines by their own worth; the lines sum to the amount."""
    from opsbook.data.columns import parsed

    position = source.find(spec["share"])
    column = Column("", "money", False, "", "")
    unit = {"unit": spec["unit"]} if "unit" in spec else {}
    amount = parsed(source, position, source.texts(position), column, unit)
    there = pc.is_valid(amount).to_numpy(zero_copy_only=False)
    cents = _floats(amount) * 100
    weight = np.clip(np.nan_to_num(_floats(product(source, spec))), 0, None)
    codes = _codes(source, spec["by"])
    order = np.argsort(codes, kind="stable")
    first = np.r_[True, np.diff(codes[order]) != 0] if len(codes) else np.zeros(0, bool)
    whole = np.bincount(codes, weight, minlength=codes.max(initial=0) + 1)[codes]
    # Lines without a worth: the first one carries the amount.
    lead = np.zeros(len(codes), bool)
    lead[order[first]] = True
    part = np.where(whole > 0, weight / np.where(whole > 0, whole, 1), lead)
    running = np.cumsum(part[order])
    lead_at = np.maximum.accumulate(np.where(first, np.arange(len(codes)), 0))
    upto = np.round(np.nan_to_num(cents[order]) * (running - (running - part[order])[lead_at]))
    step = np.diff(upto, prepend=0)
    step[first] = upto[first]
    found = np.empty(len(codes), np.int64)
    found[order] = step.astype(np.int64)
    whole_cents = pc.cast(pa.array(found), pa.decimal128(19, 0))
    hundredth = pa.scalar(Decimal("0.01"), pa.decimal128(3, 2))
    money = pc.cast(pc.multiply(whole_cents, hundredth), MONEY)
    return pc.if_else(pa.array(there), money, None)


def _floats(decimals):
    return pc.fill_null(pc.cast(decimals, pa.float64()), float("nan")).to_numpy(
        zero_copy_only=False
    )
