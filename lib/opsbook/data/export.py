"""One export as read: its canonical tables, what was refused, and what was learnt on the way."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from opsbook.data import columns
from opsbook.data.schema import table as table_of


@dataclass(frozen=True)
class Export:
    """One file as canonical tables.

    `tables`: dict of table name -> frame; `table`, `frame`: the finest grain; `refused`: frame
    source_row (1-based row in the file), column, value, reason; `preset` its id; `notes` list of
    str; `totals` dict of header -> (stated, summed, ok); `records` count of records in the file,
    `not_data` of those that are totals, banners or footers; `nulls` dict of header -> {text that
    said "missing": count}; `exported_on` the day the figures were exported; `candidates` the two
    best presets. Frames hold money as float64; the store keeps decimals.
    """

    path: Path
    preset: str
    version: int
    confidence: str
    platform: str
    account: str
    table: str
    arrow: dict = field(repr=False)
    bad: list = field(repr=False)
    notes: list
    totals: dict
    nulls: dict
    records: int
    not_data: int
    exported_on: date
    exported_on_from: str
    candidates: tuple
    details: dict = field(repr=False)

    @cached_property
    def tables(self):
        """dict of table name -> pandas frame with every canonical column."""
        return {name: pandas_frame(one, name) for name, one in self.arrow.items()}

    @property
    def frame(self):
        """The frame of the finest grain."""
        return self.tables[self.table]

    @cached_property
    def refused(self):
        """Frame of refused cells: source_row (1-based), column, value, reason."""
        import pandas as pd

        return pd.DataFrame(self.bad, columns=["source_row", "column", "value", "reason"]).astype(
            {"source_row": "int64"}
        )

    @property
    def refused_rows(self):
        """How many records were refused."""
        return len({row for row, *_ in self.bad})


def pandas_frame(arrow, name):
    """An Arrow table of canonical columns as a pandas frame: every column, dates as datetimes."""
    wanted = table_of(name).arrow
    for position, column in enumerate(wanted):
        if column.name not in arrow.column_names:
            empty = pa.nulls(arrow.num_rows, column.type)
            arrow = arrow.add_column(min(position, arrow.num_columns), column, empty)
    arrow = arrow.select(wanted.names)
    for position, column in enumerate(wanted):
        if pa.types.is_decimal(column.type):
            floats = columns.exact_floats(arrow[column.name].cast(column.type))
            arrow = arrow.set_column(position, column.name, floats)
    return arrow.to_pandas(date_as_object=False).reset_index(drop=True)
