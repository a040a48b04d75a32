"""What a case is made of: a call on a book that knows the frames given, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from opsbook.data import schema

PERIOD = "2026-W46"  # 9 to 15 November


@dataclass(frozen=True, eq=False)
class Given:
    """A call and what the workbook holds.

    call: book -> anything. tables: canonical tables, written to a store and read through views.
    frames: canonical tables, views: frames of book.view, known: frames of book.once; these three
    stand in the book as if read. replaced: "module.name" below opsbook -> value, for results of
    methods that take long to provoke from data.
    """

    call: Callable
    tables: dict = field(default_factory=dict)
    frames: dict = field(default_factory=dict)
    views: dict = field(default_factory=dict)
    known: dict = field(default_factory=dict)
    replaced: dict = field(default_factory=dict)
    period: str = PERIOD

    def inputs(self):
        """Name -> what was given, of every kind."""
        kinds = ("tables", "frames", "views", "known", "replaced")
        return {(kind, n): v for kind in kinds for n, v in getattr(self, kind).items()}


@dataclass(frozen=True, eq=False)
class Case:
    """A rule, and the two states; severity of the finding where the case is about it."""

    rule: str
    fires: Given
    silent: Given


def both(rule, call, *, period=PERIOD, **pairs):
    """A case out of pairs: kind of input -> (fires, silent), dicts of frames; or one dict for both."""
    sides = []
    for side in (0, 1):
        given = {k: v[side] if isinstance(v, tuple) else v for k, v in pairs.items()}
        sides.append(Given(call, period=period, **given))
    return Case(rule, *sides)


def canonical(name, frame):
    """A frame with every column of a canonical table, as book.frame gives it."""
    about = schema.table(name).columns
    out = frame.reset_index(drop=True).reindex(columns=list(about))
    for column, kind in about.items():
        if kind.type in ("timestamp", "date"):
            out[column] = pd.to_datetime(out[column]).astype("datetime64[us]")
        elif kind.type in ("int", "number", "rate", "money"):
            whole = kind.type == "int" and out[column].notna().all()
            out[column] = out[column].astype("int64" if whole else "float64")
        elif kind.type == "bool":
            out[column] = out[column].astype("boolean")
        elif out[column].isna().all():
            out[column] = out[column].astype(object)
    return out


def rows(columns, *values, **same):
    """A small frame: space-separated column names, tuples of values, constants for all rows."""
    return pd.DataFrame(list(values), columns=columns.split()).assign(**same)
