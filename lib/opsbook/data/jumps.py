"""An export that is not like those before it: columns that are gone, figures of another size.

Neither stops an import: a column may be switched off and a post may go round the world. Both are
told as notes that start with CHECK, which `opsbook import` shows.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opsbook.data import visible
from opsbook.data.schema import PROVENANCE
from opsbook.data.schema import table as table_of

FACTOR = 20  # between the medians; fen for yuan is 100, thousands 1,000
LEAST = 8  # figures on either side
COUNTED = ("int", "money", "number")


def told(store, state, export, past):
    """Notes (list of str) on an Export, held against the batches of its layout and account before.

    state: what the store shows before it; past: rows of import_batches. Nothing is told where it is the first of its kind.
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
    wrote = state.batches
    for name, arrow in export.arrow.items():
        supplied = [set(wrote[b][1].get(name, ())) for b in before if b in wrote]
        # Held against the export most like it: a file with another metric is no loss of the first.
        now = set(arrow.column_names)
        nearest = min(reversed(supplied), key=lambda one: len(one ^ now), default=set())
        lost = sorted(nearest - now)
        if lost and not now - nearest - set(PROVENANCE):
            notes.append(f"CHECK {name}: {', '.join(lost)} came in the export before, not in this")
        givers = [b for b in before if b in wrote and name in wrote[b][1]]
        notes += _levels(store, state, name, arrow, givers[-1]) if givers else []
    return notes


def _levels(store, state, name, arrow, before):
    """Notes on figures whose median is far from that of the batch `before`."""
    figures = [
        c
        for c in arrow.column_names
        if c not in PROVENANCE
        and c not in table_of(name).key
        and table_of(name).columns[c].type in COUNTED
    ]
    files = store.files(name, state)
    if not figures or arrow.num_rows < LEAST or not files:
        return []
    split = "metric" if "metric" in arrow.column_names else None
    rows = visible.rows(name, files, state)
    chosen = [*([split] if split else []), *figures]
    listed = ", ".join(f'"{c}"' for c in chosen)
    sql = f"SELECT {listed} FROM ({rows}) WHERE import_batch_id = {visible.quoted(before)}"
    then = _medians(store.engine.sql(sql).to_arrow_table(), split)
    now = _medians(arrow.select(chosen), split)
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


def _medians(arrow, split):
    """{column or metric: (median of the figures above zero, how many)}."""
    groups = arrow[split].combine_chunks().dictionary_encode() if split else None
    found = {}
    for column in (c for c in arrow.column_names if c != split):
        values = pc.cast(arrow[column], pa.float64()).to_numpy()
        parts = [(column, values)]
        if split:
            codes = groups.indices.to_numpy()
            parts = [(k, values[codes == i]) for i, k in enumerate(groups.dictionary.to_pylist())]
        for key, some in parts:
            some = some[some > 0]
            found[key] = (float(np.median(some)) if len(some) else 0.0, len(some))
    return found
