"""How a frame's columns and cells are named, given a unit and written for the reader."""

import datetime as dt
import math
from decimal import Decimal

import numpy as np
import pandas as pd

from opsbook.data import indicators, schema

# Columns written as percent whatever the frame they stand in.
_FRACTIONS = (
    "share",
    "rate",
    "relative",
    "completion",
    "ctr",
    "cvr",
    "coverage",
    "probability",
    "change",
    "effect",
    "gap",
    "skill",
    "percentile",
    "baseline_change",
    "against_baseline",
)
_MONEY = (
    "spend",
    "cost",
    "cpc",
    "cpa",
    "cpm",
    "gmv",
    "sales",
    "price",
    "budget",
    "revenue",
    "amount",
)
# Columns that steer rules and charts but tell a reader nothing beyond a missing interval.
UNSHOWN = ("enough", "numerator", "denominator", "method")


def intervals(columns):
    """Column of an interval's end -> the column of its figure.

    `x_low` and `x_high` belong to x, or where there is none to the last `x_...` before them; plain
    low and high to the column that stands before low.
    """
    columns = list(columns)
    into = {}
    for place, end in enumerate(columns):
        stem = str(end).removesuffix("_low")
        if stem == end or f"{stem}_high" not in columns:
            continue
        before = [c for c in columns[:place] if str(c).startswith(f"{stem}_") and c not in into]
        figure = stem if stem in columns else before[-1] if before else None
        if figure is not None:
            into[end] = into[f"{stem}_high"] = figure
    if "low" in columns and "high" in columns and columns.index("low") > 0:
        before = [c for c in columns[: columns.index("low")] if c not in into]
        if before:
            into["low"] = into["high"] = before[-1]
    return into


def units_of(frame):
    """Unit of each column; the ends of an interval have their figure's."""
    units = {c: unit_of(c) for c in frame.columns}
    for end, figure in intervals(frame.columns).items():
        units[end] = units[figure]
    return units


def written(book, row, described):
    """A row as the reader sees it, figures with their intervals."""
    cells = [
        _write(book, v, d["name"], d["type"], d["unit"])
        for v, d in zip(row, described, strict=True)
    ]
    ends = {}
    for place, column in enumerate(described):
        if column["into"]:
            ends.setdefault(column["into"], []).append(place)
    for place, column in enumerate(described):
        low_high = ends.get(column["name"])
        if low_high and all(row[i] is not None for i in low_high):
            low, high = (cells[i] for i in low_high)
            cells[place] = book.translator.interval(cells[place], low, high)
    return cells


def unit_of(column):
    """Unit of a column: an indicator's, the schema's, or what its name says."""
    known = indicators.registry()
    if column in known:
        return known[column].unit
    name = str(column)
    if name.startswith("share_") or any(name == w or name.endswith(f"_{w}") for w in _FRACTIONS):
        return "fraction"
    if any(name == w or name.endswith(f"_{w}") or name.startswith(f"{w}_") for w in _MONEY):
        return "currency"
    for about in schema.tables().values():
        if name in about.columns and about.columns[name].unit:
            return about.columns[name].unit
    return ""


def heading(book, column):
    """A column's heading: the indicator's name, else the catalogue's label."""
    known = indicators.registry()
    if column in known:
        names = known[column].name
        return names.get(book.language) or names["en"]
    return book.translator.label(column)


def type_of(series):
    """boolean, integer, number, date (whole days), time or text."""
    if pd.api.types.is_bool_dtype(series):
        return "boolean"
    if pd.api.types.is_integer_dtype(series):
        return "integer"
    if pd.api.types.is_numeric_dtype(series):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(series):
        times = series.dropna()
        return "date" if (times == times.dt.normalize()).all() else "time"
    return "text"


def plain(value):
    """A cell as a JSON value; missing is null."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, (np.bool_, bool)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating, Decimal)):
        return None if math.isnan(value) or math.isinf(value) else float(value)
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    return str(value)


def _write(book, value, name, kind, unit):
    """A cell as the reader sees it."""
    words = book.translator
    if value is None:
        return "–"
    if name == "indicator" and value in indicators.registry():
        return book.indicator_name(value)
    if name == "check":
        return book.check_name(value)
    if kind == "boolean":
        return str(words.alone(str(value)))
    if name == "weekday" and kind in ("integer", "number"):
        return book.t(f"weekday.{int(value)}")
    if kind in ("integer", "number"):
        if name.startswith("p_"):
            return words.p_value(value)
        if unit == "fraction":
            return words.percent(value)
        if unit == "currency":
            return words.money(value)
        return (
            words.integer(value)
            if kind == "integer" or unit in ("times", "people")
            else words.decimal(value)
        )
    if kind == "date":
        return words.date(value)
    if kind == "time":
        return words.time(dt.datetime.fromisoformat(value))
    # a column that mixes words and figures (what a check measured)
    return words.decimal(value) if isinstance(value, float) else str(words.alone(value))
