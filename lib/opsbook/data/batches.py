"""Batches: one row per file imported, and what `Store.import_file` tells of it."""

import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa

SCHEMA = pa.schema(
    [
        ("import_batch_id", pa.string()), ("imported_at", pa.timestamp("us", tz="UTC")),
        ("file", pa.string()), ("sha256", pa.string()), ("bytes", pa.int64()),
        ("preset", pa.string()), ("preset_version", pa.int64()), ("preset_stamp", pa.string()),
        ("confidence", pa.string()), ("platform", pa.string()), ("account_id", pa.string()),
        ("exported_on", pa.date32()), ("exported_on_from", pa.string()),
        ("encoding", pa.string()), ("delimiter", pa.string()), ("sheet", pa.string()),
        ("header_row", pa.int64()), ("records", pa.int64()), ("loaded", pa.int64()),
        ("unchanged", pa.int64()), ("refused", pa.int64()), ("not_data", pa.int64()),
        ("tables", pa.string()), ("totals", pa.string()), ("notes", pa.string()),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Imported:
    """What one import did. Counts are records of the file: loaded + unchanged + refused +
    not_data = records. `tables`: rows written per table; `quarantine`: the file of refusals."""

    batch_id: str
    file: str
    preset: str
    confidence: str
    records: int
    loaded: int
    unchanged: int
    refused: int
    not_data: int
    tables: dict
    totals: dict
    notes: list = field(repr=False)
    version: int = 0
    quarantine: object = None


def new_id():
    """An id for a batch, in the order of time."""
    now = datetime.now(UTC)
    return f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}-{secrets.token_hex(4)}"


def again(row, export, version):
    """What the import of a file that came in before as `row` did: nothing."""
    unchanged = row["records"] - row["refused"] - row["not_data"]
    return Imported(
        batch_id=row["import_batch_id"], file=row["file"], preset=row["preset"],
        confidence=row["confidence"], records=row["records"], loaded=0, unchanged=unchanged,
        refused=row["refused"], not_data=row["not_data"], tables={}, totals=export.totals,
        notes=[f"the same file came in as batch {row['import_batch_id']}", *export.notes],
        version=version,
    )  # fmt: skip


def row(batch_id, export, about, new, loaded):
    """The row of import_batches for an Export: `new` tables of rows, of which `loaded` records."""
    details = export.details
    return {
        "import_batch_id": batch_id, "imported_at": datetime.now(UTC),
        "file": about["file"], "sha256": about["sha256"], "bytes": about["bytes"],
        "preset": export.preset, "preset_version": export.version,
        "preset_stamp": details["stamp"], "confidence": export.confidence,
        "platform": export.platform, "account_id": export.account,
        "exported_on": export.exported_on, "exported_on_from": export.exported_on_from,
        "encoding": details["encoding"], "delimiter": details["delimiter"],
        "sheet": details["sheet"], "header_row": details["header_row"],
        "records": export.records, "loaded": loaded,
        "unchanged": export.records - loaded - export.refused_rows - export.not_data,
        "refused": export.refused_rows, "not_data": export.not_data,
        "tables": json.dumps({n: t.num_rows for n, t in new.items()}),
        "totals": json.dumps(export.totals, ensure_ascii=False),
        "notes": json.dumps(export.notes, ensure_ascii=False),
    }  # fmt: skip


def told(row, export, version, kept):
    """What an import that wrote `row` did."""
    return Imported(
        batch_id=row["import_batch_id"], file=row["file"], preset=row["preset"],
        confidence=row["confidence"], records=row["records"], loaded=row["loaded"],
        unchanged=row["unchanged"], refused=row["refused"], not_data=row["not_data"],
        tables=json.loads(row["tables"]), totals=export.totals, notes=export.notes,
        version=version, quarantine=kept,
    )  # fmt: skip
