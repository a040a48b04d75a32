"""An export that is not like those before it: columns that are gone, figures of another size.

Neither stops an import: a column may be switched off and a post may go round the world. Both are
told as notes that start with CHECK, which `opsbook import` shows.
"""

import pyarrow as pa

from opsbook.data import commits
from opsbook.data.schema import PROVENANCE
from opsbook.data.schema import table as table_of

FACTOR = 20  # between the medians; fen for yuan is 100, thousands 1,000
LEAST = 8  # figures on either side
COUNTED = ("int", "money", "number")


def told(store, export, past):
    """Notes (list of str) on an Export, held against the batches of its layout and account before.

    past: rows of import_batches. Nothing is told where it is the first of its kind.
    """
    before = [
        row["import_batch_id"]
        for row in past
        if (row["preset"], row["platform"], row["account_id"])
        == (export.preset, export.platform, export.account)
    ]
    if not before or export.details["form"]:
        return []
    notes = []
    wrote = commits.read(store.path).batches
    for name, arrow in export.arrow.items():
        supplied = [set(wrote[b][1].get(name, ())) for b in before if b in wrote]
        # Held against the export most like it: a file with another metric is no loss of the first.
        now = set(arrow.column_names)
        nearest = min(reversed(supplied), key=lambda one: len(one ^ now), default=set())
        lost = sorted(nearest - now)
        if lost and not now - nearest - set(PROVENANCE):
            notes.append(f"CHECK {name}: {', '.join(lost)} came in the export before, not in this")
        notes += _levels(store, export, name, arrow)
    return notes


def _levels(store, export, name, arrow):
    figures = [
        c
        for c in arrow.column_names
        if c not in PROVENANCE
        and c not in table_of(name).key
        and table_of(name).columns[c].type in COUNTED
    ]
    if not figures or arrow.num_rows < LEAST or store.is_empty(name):
        return []
    split = "metric" if "metric" in arrow.column_names else None
    old = store.table(name)
    for column, value in (("platform", export.platform), ("account_id", export.account)):
        if column in old.columns and value:
            old = old.filter(old[column] == value)
    chosen = [*([split] if split else []), *figures]
    now, then = (
        _medians(arrow, chosen, split),
        _medians(old.select(chosen).to_pyarrow(), chosen, split),
    )
    notes = []
    for key in sorted(set(now) & set(then)):
        (new, n), (usual, many) = now[key], then[key]
        if min(n, many) < LEAST or not new or not usual:
            continue
        ratio = new / usual
        if not 1 / FACTOR < ratio < FACTOR:
            notes.append(
                f"CHECK {name}, {key}: half of the figures are over {new:g}, before over {usual:g}: "
                "another unit, another account, or a jump?"
            )
    return notes


def _medians(arrow, columns, split):
    """{column or metric: (median of the figures above zero, how many)}."""
    arrow = arrow.select([c for c in columns if c in arrow.column_names])
    frame = pa.table(arrow).to_pandas()
    found = {}
    for column in (c for c in frame if c != split):
        values = frame[column].astype(float)
        values = values[values > 0]
        groups = values.groupby(frame[split]) if split else [(column, values)]
        for key, some in groups:
            found[key] = (float(some.median()) if len(some) else 0.0, len(some))
    return found
