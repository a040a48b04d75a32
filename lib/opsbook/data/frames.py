"""Frames of the workbook's own rows, checked against the canonical tables on their way in."""

import json

import numpy as np
import pyarrow as pa

from opsbook.data.schema import ARROW
from opsbook.data.schema import table as table_of
from opsbook.errors import BadValue, MissingColumns


def checked(name, frame, source):
    """An Arrow table out of a pandas frame; names column and type of what does not fit.

    Lists and dicts in json columns become JSON text. Unknown columns, missing required ones and
    repeated keys are errors.
    """
    table = table_of(name)
    unknown = [c for c in frame.columns if c not in table.columns]
    if unknown:
        raise BadValue(
            f"has columns the table does not know: {', '.join(map(str, unknown))}.",
            where=name,
            remedy=f"The table has {', '.join(table.columns)}.",
        )
    lacks = [c.name for c in table.columns.values() if c.required and c.name not in frame.columns]
    if lacks:
        raise MissingColumns(name, lacks, list(frame.columns), remedy="Fill them in.")
    arrays, fields = [], []
    for column in table.columns.values():
        if column.name not in frame.columns:
            continue
        arrays.append(_array(name, column, frame[column.name]))
        fields.append(pa.field(column.name, ARROW[column.type]))
    arrow = pa.table(arrays, schema=pa.schema(fields))
    for column in table.columns.values():
        if column.required and arrow[column.name].null_count:
            raise BadValue(
                f"{column.name} is missing in {arrow[column.name].null_count} rows.", where=name
            )
    keys = arrow.select(list(table.key))
    if keys.group_by(list(table.key)).aggregate([]).num_rows != arrow.num_rows:
        raise BadValue(f"two rows have the same {', '.join(table.key)}.", where=name)
    rows = pa.array(np.arange(1, arrow.num_rows + 1))
    arrow = arrow.append_column("source_relation", pa.repeat(pa.scalar(source), arrow.num_rows))
    return arrow.append_column("source_row", rows)


def _array(name, column, series):
    import pandas as pd

    kind = ARROW[column.type]
    if column.type in ("text", "json"):
        # a key that a row does not have is "" (an ad group of a campaign's row), never missing
        listed = ["" if column.required and v == "" else _text(v) for v in series]
        return pa.array(listed, kind)
    if column.type == "money":
        from decimal import Decimal

        series = [None if pd.isna(v) else Decimal(str(round(float(v), 4))) for v in series]
        return pa.array(series, kind)
    try:
        if column.type == "date":
            days = pd.to_datetime(series)
            return pa.array([None if pd.isna(d) else d.date() for d in days], kind)
        if column.type == "timestamp":
            moments = pd.to_datetime(series, utc=True)
            return pa.array([None if pd.isna(m) else m.to_pydatetime() for m in moments], kind)
        return pa.array(series, from_pandas=True).cast(kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, ValueError, TypeError):
        raise BadValue(f"{column.name} cannot be read as {column.type}.", where=name) from None


def _text(value):
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, (list, dict, tuple)):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    return None if text in ("", "NaT", "<NA>", "nan") else text
