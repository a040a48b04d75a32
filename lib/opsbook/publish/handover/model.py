"""The data model that other tools receive: the store's tables, a calendar of days, relationships.

Keys of several columns are joined into one (`account_key`, `post_key`), because Power BI and
Tableau relate tables by one column. Columns that name a person, even as a key, stay at home: an
erasure could not reach them there. Money stays decimal, days are local to the workbook's zone.
"""

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from opsbook.data import indicators
from opsbook.data.erasure import PERSON_COLUMNS
from opsbook.data.schema import PROVENANCE
from opsbook.data.schema import table as table_of

TABLES = (
    "accounts",
    "posts",
    "post_daily",
    "follower_daily",
    "ad_campaigns",
    "ads_daily",
    "orders",
    "products",
    "campaigns",
    "calendar_items",
    "targets",
)
DAYS = "days"
PARTS = "indicator_parts"
KEYS = {"account_key": ("platform", "account_id"), "post_key": ("platform", "account_id", "post_id")}  # fmt: skip
_PRIVATE = {*PERSON_COLUMNS, "contact"}


@dataclass(frozen=True)
class Model:
    """tables: dict of name -> Arrow table. relationships: (table, column, one-side table, column).
    about: dict of table -> what a row is; columns: dict of (table, column) -> meaning."""

    tables: dict
    relationships: tuple
    about: dict
    columns: dict


def build(material):
    """The Model of a Material; tables in which nothing was loaded are left out."""
    tables, about, columns = {}, {}, {}
    zone = material.settings.time_zone.key
    for name in TABLES:
        if material.store.is_empty(name, material.version):
            continue
        table = table_of(name)
        rows = material.store.table(name, material.version).to_pyarrow()
        kept = [c for c in table.columns if c not in _PRIVATE and c not in PROVENANCE]
        tables[name] = _keyed(_dated(rows.select(kept), table.when, zone))
        about[name] = table.grain
        columns |= {(name, c): _told(table.columns[c]) for c in kept}
    parts = _parts(material)
    if parts.num_rows:
        tables[PARTS] = _keyed(parts)
        about[PARTS] = "One row per indicator, day and account: what it is made of."
    for name, one in tables.items():
        for column, text in (
            ("day", f"Local day ({zone})"),
            ("account_key", "platform|account_id"),
            ("post_key", "platform|account_id|post_id"),
        ):
            if column in one.column_names:
                columns[name, column] = text
    if days := _days(tables):
        tables[DAYS] = days[0]
        about[DAYS] = "One row per local day."
    return Model(tables, tuple(_relationships(tables)), about, columns)


def measures():
    """The headline indicators as (name, formula) over the parts, as Power BI writes them (DAX)."""
    from opsbook.chapters.indicators.rows import HEADLINES

    out = []
    for name in HEADLINES:
        one = indicators.indicator(name)
        cut = f'{PARTS}[indicator] = "{one.id}"'
        top = f"CALCULATE(SUM({PARTS}[numerator]), {cut})"
        if one.denominator or one.kind == "mean":
            bottom = f"CALCULATE(SUM({PARTS}[denominator]), {cut})"
            top = f"DIVIDE({one.factor:g} * {top}, {bottom})"
        out.append((one, top))
    return out


def _parts(material):
    from opsbook.chapters.indicators.rows import HEADLINES

    frames = []
    for name in HEADLINES:
        frame = indicators.parts(
            material.store,
            [name],
            by=("date_day", "platform", "account_id"),
            version=material.version,
        )
        frames.append(frame.rename(columns={"date_day": "day"}))
    frame = pd.concat(frames, ignore_index=True)
    frame["day"] = pd.to_datetime(frame["day"]).dt.date
    return pa.Table.from_pandas(
        frame,
        schema=pa.schema(
            [
                ("indicator", pa.string()),
                ("day", pa.date32()),
                ("platform", pa.string()),
                ("account_id", pa.string()),
                ("numerator", pa.float64()),
                ("denominator", pa.float64()),
            ]
        ),
        preserve_index=False,
    ).replace_schema_metadata(None)


def _told(column):
    unit = f" ({column.unit})" if column.unit else ""
    return f"{column.about or column.name.replace('_', ' ')}{unit}"


def _dated(rows, when, zone):
    """With `day`, the local day of the column that places a row in time."""
    if not when or "day" in rows.column_names:
        return rows
    at = rows[when]
    if pa.types.is_timestamp(at.type):
        at = pc.local_timestamp(
            at.cast(pa.timestamp("us", tz="UTC")).cast(pa.timestamp("us", zone))
        )
        at = pc.floor_temporal(at, unit="day").cast(pa.date32())
    return rows.append_column("day", at)


def _keyed(rows):
    """With the keys of one column that its columns allow."""
    for name, parts in KEYS.items():
        if set(parts) <= set(rows.column_names):
            joined = pc.binary_join_element_wise(*(rows[p].cast(pa.string()) for p in parts), "|")
            rows = rows.append_column(name, joined)
    return rows


def _days(tables):
    """The calendar from the first to the last day of all tables, in a list; empty without days."""
    bounds = [pc.min_max(t["day"]).as_py() for t in tables.values() if "day" in t.column_names]
    bounds = [b for b in bounds if b["min"] is not None]
    if not bounds:
        return []
    first, last = min(b["min"] for b in bounds), max(b["max"] for b in bounds)
    days = pd.date_range(first, last)
    iso = days.isocalendar()
    return [
        pa.table(
            {
                "day": pa.array(days.date, pa.date32()),
                "year": pa.array(days.year.to_numpy(), pa.int64()),
                "quarter": pa.array([f"{d.year}-Q{d.quarter}" for d in days]),
                "month": pa.array([f"{d:%Y-%m}" for d in days]),
                "week": pa.array(
                    [f"{y}-W{w:02d}" for y, w in zip(iso["year"], iso["week"], strict=True)]
                ),
                "weekday": pa.array(days.day_of_week.to_numpy(), pa.int64()),
            }
        )
    ]


def _relationships(tables):
    """Many to one, towards the days, the accounts and the posts; only where the one side is unique."""
    sides = {"account_key": "accounts", "post_key": "posts"}
    for name, rows in tables.items():
        if name != DAYS and "day" in rows.column_names and DAYS in tables:
            yield name, "day", DAYS, "day"
        for key, one in sides.items():
            if name == one or one not in tables or key not in rows.column_names:
                continue
            if key == "account_key" and "post_key" in rows.column_names and name != "posts":
                continue  # reaches the account through its post; two ways would be ambiguous
            if pc.count_distinct(tables[one][key]).as_py() == tables[one].num_rows:
                yield name, key, one, key
