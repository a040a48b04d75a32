"""The canonical tables: what a row is, its key, its columns and their types.

Read from data/reference/tables.toml and columns.csv, so that forms, checks, documentation and
code share one definition.
"""

import csv
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from opsbook.config import DISTRIBUTION, load_toml
from opsbook.errors import ConfigError, InputError

# Arrow type of each column type. Money keeps four decimals in major units; times are UTC.
ARROW = {
    "text": pa.string(),
    "json": pa.string(),
    "int": pa.int64(),
    "number": pa.float64(),
    "rate": pa.float64(),
    "money": pa.decimal128(18, 4),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}

# On every imported row: which import, file and row it came from.
PROVENANCE = {
    "source_relation": "text",
    "import_batch_id": "text",
    "source_file": "text",
    "source_row": "int",
}


@dataclass(frozen=True)
class Column:
    """One column: its type (a key of ARROW), whether it must be filled, unit and meaning."""

    name: str
    type: str
    required: bool
    unit: str
    about: str


@dataclass(frozen=True)
class Table:
    """One canonical table. `when` names the column that places a row in time ("" for none)."""

    name: str
    grain: str
    key: tuple
    when: str
    origins: tuple
    columns: dict

    @property
    def arrow(self):
        """The Arrow schema, provenance columns last."""
        own = [pa.field(c.name, ARROW[c.type]) for c in self.columns.values()]
        return pa.schema(own + [pa.field(n, ARROW[t]) for n, t in PROVENANCE.items()])


@cache
def tables():
    """All canonical tables: dict of name -> Table, in the order of tables.toml."""
    folder = DISTRIBUTION / "data" / "reference"
    columns = {}
    with open(folder / "columns.csv", encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            if row["type"] not in ARROW:
                raise ConfigError(
                    folder / "columns.csv",
                    f"row {number}",
                    f"type {row['type']} is not one of {', '.join(ARROW)}.",
                )
            columns.setdefault(row["table"], {})[row["column"]] = Column(
                row["column"], row["type"], row["required"] == "yes", row["unit"], row["about"]
            )
    return {
        name: Table(
            name,
            about["grain"],
            tuple(about["key"]),
            about["when"],
            tuple(about["from"]),
            columns[name],
        )
        for name, about in load_toml(folder / "tables.toml").items()
    }


def table(name):
    """The definition of one canonical table; InputError names the near ones."""
    known = tables()
    if name not in known:
        raise InputError(f"is not a table of the workbook; it has {', '.join(known)}.", where=name)
    return known[name]
