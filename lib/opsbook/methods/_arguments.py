"""Checks of arguments that several methods share; each failure names both sides and the remedy."""

import numpy as np
import pandas as pd

from opsbook.errors import BadValue, MissingColumns


def require_columns(frame, columns, where):
    """Raise MissingColumns unless `frame` is a DataFrame that has all `columns`."""
    if not isinstance(frame, pd.DataFrame):
        raise BadValue(
            f"expected a pandas DataFrame, found {type(frame).__name__}.",
            where=where,
            remedy="Pass a frame.",
        )
    lacks = [column for column in columns if column not in frame.columns]
    if lacks:
        raise MissingColumns(where, lacks, frame.columns, remedy="Rename or add the columns.")


def require_level(level, where):
    """Raise BadValue unless `level` is a coverage strictly between 0 and 1."""
    if not isinstance(level, (int, float)) or not 0 < level < 1:
        raise BadValue(
            f"level must lie between 0 and 1, found {level!r}.",
            where=where,
            remedy="Use 0.95 for a 95 % interval.",
        )


def numbers(values, name, where, *, low=None, allow_missing=False):
    """`values` as a float array; BadValue where one is text, missing, infinite or below `low`."""
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as problem:
        raise BadValue(
            f"{name} must be numbers ({problem}).", where=where, remedy="Convert the column."
        ) from problem
    if array.ndim != 1:
        raise BadValue(
            f"{name} must have one dimension, found {array.ndim}.",
            where=where,
            remedy="Pass one column.",
        )
    wrong = np.isinf(array) if allow_missing else ~np.isfinite(array)
    if low is not None:
        wrong = wrong | (array < low)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        bound = "finite numbers" if low is None else f"finite numbers of at least {low:g}"
        raise BadValue(
            f"{name} must be {bound}, found {array[row]} in row {row}.",
            where=where,
            remedy="Drop or correct these rows.",
        )
    return array


def dates(values, name, where, *, allow_missing=False):
    """`values` as a DatetimeIndex; BadValue where one is not a date, or missing."""
    try:
        index = pd.DatetimeIndex(pd.to_datetime(values))
    except (TypeError, ValueError) as problem:
        raise BadValue(
            f"{name} must be dates ({problem}).", where=where, remedy="Convert the column."
        ) from problem
    if index.hasnans and not allow_missing:
        raise BadValue(
            f"{name} must be dates, found a missing one in row {int(index.isna().argmax())}.",
            where=where,
            remedy="Drop these rows.",
        )
    return index


def equally_long(where, **arrays):
    """BadValue unless all arrays are equally long."""
    lengths = {name: len(values) for name, values in arrays.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise BadValue(f"{found} rows.", where=where, remedy="Pass one value per row in each.")
