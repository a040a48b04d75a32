"""Rows that are not data, rows that repeat, and totals held against the sum of the rows."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opsbook.data import columns as columns_of
from opsbook.data import groups, values
from opsbook.data.presets import alternatives
from opsbook.data.schema import Column
from opsbook.data.schema import table as table_of
from opsbook.data.values import PARSERS

# Figures that do not add up over rows, so that a total cannot be held against them.
NOT_ADDITIVE = ("avg_", "frequency", "cpc_", "roas_", "reach", "duration", "peak_", "followers_total",
                "budget", "unit_price", "price", "hour", "line_no")  # fmt: skip


EDGE = 8  # rows at either end among which a total may stand


def split(headers, keys, body, preset):
    """(body without rows that are not data, their count, stated totals, notes).

    Totals: dict of column position -> text. Labels are compared with the whole cell, so that a
    campaign called "Total Wine" stays data.
    """
    about = preset.get("rows", {})
    columns = list(body.columns)
    if "fill_down" in about:
        columns = groups.filled_down(columns, keys, about["fill_down"], _position)
    n = len(body.rows)
    if not n:
        return body, 0, {}, []
    trimmed = pc.utf8_trim_whitespace(columns[0])
    blank = _blank(columns, trimmed)
    drop = blank
    label = _label(columns, keys, about, trimmed)
    total = pa.repeat(False, n)
    if about.get("total"):
        total = pc.is_in(label, pa.array(about["total"]))
    for prefix in about.get("total_prefix", ()):
        total = pc.or_(total, pc.starts_with(label, prefix))
    if about.get("total_first_unlabelled"):
        total = pc.or_(total, _unlabelled(columns, keys, about))
    skip = pa.repeat(False, n)
    others_blank = None
    for footer in about.get("footer", ()):
        if others_blank is None:
            others_blank = _others_blank(columns)
        skip = pc.or_(skip, pc.and_(pc.starts_with(trimmed, footer), others_blank))
    for header, pattern in about.get("skip", {}).items():
        position = next((keys.index(a) for a in alternatives(header) if a in keys), None)
        if position is not None:
            cells = pc.utf8_trim_whitespace(columns[position])
            skip = pc.or_(skip, pc.match_substring_regex(cells, pattern))
    not_data = pc.and_(pc.or_(total, skip), pc.invert(blank))
    count = pc.sum(pc.cast(not_data, pa.int64())).as_py() or 0
    stated = _stated(columns, total, label, about)
    drop = pc.or_(pc.or_(total, skip), blank)
    misfits = [m for m in body.misfits if not _is_note(m, about)]
    count += len(body.misfits) - len(misfits)
    notes = []
    if not (pc.any(drop).as_py()):
        return body.__class__(columns, body.rows, misfits), count, stated, notes
    keep = pc.invert(drop)
    kept = [c.filter(keep) for c in columns]
    return body.__class__(kept, body.rows.filter(keep), misfits), count, stated, notes


def _position(header, keys):
    return next((keys.index(a) for a in alternatives(header) if a in keys), None)


def added_up(arrow, summed):
    """Rows that agree in all other columns become one; `summed` are added, the first row named."""
    others = [c for c in arrow.column_names if c not in (*summed, "source_row")]
    grouped = arrow.group_by(others, use_threads=False).aggregate(
        [(c, "sum") for c in summed] + [("source_row", "min")]
    )
    names = {f"{c}_sum": c for c in summed} | {"source_row_min": "source_row"}
    grouped = grouped.rename_columns([names.get(c, c) for c in grouped.column_names])
    for c in summed:  # shares with one decimal add up without the floats' dust
        if pa.types.is_floating(grouped.schema.field(c).type):
            at = grouped.column_names.index(c)
            grouped = grouped.set_column(at, c, pc.round(grouped[c], 9))
    return grouped


def _is_note(misfit, about):
    return any(misfit[2].strip().startswith(f) for f in about.get("footer", ()))


def _blank(columns, first):
    blank = pc.equal(first, "")
    for column in columns[1:]:
        if not pc.any(blank).as_py():
            break
        blank = pc.and_(blank, pc.equal(pc.utf8_trim_whitespace(column), ""))
    return blank


def _others_blank(columns):
    blank = pa.repeat(True, len(columns[0]))
    for column in columns[1:]:
        blank = pc.and_(blank, pc.equal(pc.utf8_trim_whitespace(column), ""))
    return blank


def _label(columns, keys, about, first):
    where = about.get("total_column", 1)
    if isinstance(where, str):
        position = next((keys.index(a) for a in alternatives(where) if a in keys), None)
        return first if position is None else pc.utf8_trim_whitespace(columns[position])
    return pc.utf8_trim_whitespace(columns[where - 1])


def _unlabelled(columns, keys, about):
    """The first row where every name column is empty: an unlabelled total."""
    names = [
        keys.index(a) for s in about["total_first_unlabelled"] for a in alternatives(s) if a in keys
    ]
    n = len(columns[0])
    if not names or not n:
        return pa.repeat(False, n)
    empty = all(not columns[i][0].as_py().strip() for i in names)
    return pa.array([empty] + [False] * (n - 1))


def _stated(columns, total, label, about):
    found = pc.indices_nonzero(total).to_pylist()
    if not found:
        return {}
    # Several totals (account, search, display): the most general one comes first in the preset.
    wanted = [*about.get("total", ()), *about.get("total_prefix", ())]

    def rank(i):
        text = label[i].as_py() or ""
        return min((k for k, w in enumerate(wanted) if text.startswith(w)), default=len(wanted))

    best = min(found, key=rank)
    return {i: c[best].as_py() for i, c in enumerate(columns)}


def compare(source, stated, preset, refused):
    """({header: (stated, summed, ok)}, notes) of the total row against the sum of the rows."""
    totals, notes = {}, []
    capped = bool(preset.get("rows", {}).get("capped"))
    for position, (name, array) in source.additive.items():
        text = stated.get(position, "")
        if not text or values.missing(text) or name.startswith(NOT_ADDITIVE):
            continue
        kind = "money" if pa.types.is_decimal(array.type) else "number"
        unit = next((k[2] for k in source.parsed if k[0] == position and len(k) > 2), "")
        found, reasons = PARSERS[kind]([text], unit, hint=source.style)
        if any(reasons) or found[0] is None:
            continue
        header = source.headers[position].strip()
        summed = pc.sum(array).as_py() or 0
        shown = Decimal(str(found[0]))
        decimals = len(text.partition(".")[2].rstrip("% ")) if "." in text else 0
        # Every row is rounded to the decimals shown, so may each be off by half a unit of them.
        scale = {"h": 3600, "min": 60}.get(unit, 1)
        slack = Decimal(10) ** -decimals / 2 * (source.n + 1) * scale if decimals else Decimal(0)
        difference = Decimal(str(summed)) - shown
        ok = abs(difference) <= slack
        signed = shown < 0 or pc.any(pc.less(array, 0)).as_py()
        below = capped and (difference < 0 or signed)
        shown, summed = float(shown / scale), float(summed) / scale
        totals[header] = (shown, summed, bool(ok or below))
        if not ok and below:
            notes.append(
                f"{header}: rows sum to {summed:g}, the total says {shown:g}: "
                "the export lists only the top rows"
            )
        elif not ok:
            why = " (refused rows are counted in it)" if refused else ""
            notes.append(
                f"CHECK {header}: rows sum to {summed:g}, the file's total says {shown:g}{why}"
            )
    return totals, notes


def unknown_totals(source, preset, stated):
    """(row, header, value, reason) of rows that are totals though their label does not say so.

    A label may be damaged or of another language. In layouts that have totals such a row lacks a
    cell that every row of data fills, or, where no total was found, its figures are the sums of
    all others.
    """
    about = preset.get("rows", {})
    if not source.n or not {"total", "total_prefix", "total_first_unlabelled"} & set(about):
        return []
    told = "this layout has totals, and rows of data always fill {}: not loaded as a row"
    found = []
    for header in about.get("data_fills", ()):
        position = source.find(header)
        if position is None:
            continue
        encoded = source.columns[position].dictionary_encode()
        blank = pa.array([values.missing(t) for t in encoded.dictionary.to_pylist()], pa.bool_())
        for i in pc.indices_nonzero(blank.take(encoded.indices)).to_pylist():
            label = source.columns[0][i].as_py()
            found.append((i, source.headers[0], label, told.format(source.headers[position])))
    if found or stated or source.n < 3:
        return found
    figures = [a for name, a in source.additive.values() if not name.startswith(NOT_ADDITIVE)]
    edges = {*range(min(EDGE, source.n)), *range(max(source.n - EDGE, 0), source.n)}
    for i in sorted(edges):
        equal = 0
        for array in figures:
            own = array[i].as_py()
            if own:
                rest = (pc.sum(array).as_py() or 0) - own
                equal = equal + 1 if abs(rest - own) <= abs(own) / 1_000_000 else -len(figures)
        if equal >= 2:
            told = "its figures are the sums of all other rows: a total, not loaded as a row"
            return [(i, source.headers[0], source.columns[0][i].as_py(), told)]
    return []


def distinct(name, arrow, is_grain):
    """(rows with one per key, conflicts, keys described in two ways, source rows that repeat).

    Rows that repeat in every column are dropped. In the table of the file's grain, a later row of
    one key with other values is refused; in tables that the file describes along the way (the
    post of a post-day), the last row stands.
    """
    table = table_of(name)
    key = [k for k in table.key if k in arrow.column_names]
    if arrow.num_rows < 2 or not key:
        return arrow, [], 0, []
    if _all_differ(arrow, key):
        return arrow, [], 0, []
    numbered = arrow.append_column("_row", pa.array(np.arange(arrow.num_rows)))
    grouped = numbered.group_by(key, use_threads=False).aggregate(
        [("_row", "min"), ("_row", "max"), ("_row", "count")]
    )
    if grouped.num_rows == arrow.num_rows:
        return arrow, [], 0, []
    if not is_grain:
        last = grouped["_row_max"].combine_chunks().sort()
        described = _described(arrow, numbered, key)
        return arrow.take(last), [], described, []
    return _refuse_conflicts(arrow, grouped, key)


def _all_differ(arrow, key):
    """True where no key comes twice: the key's columns as one number, counted once."""
    # Most files have a post's id once: one column that never repeats settles it.
    for name in key:
        narrow = name.endswith("_id") and name not in ("account_id", "campaign_id")
        if narrow and pc.count_distinct(arrow[name], mode="all").as_py() == arrow.num_rows:
            return True
    joined, size, most = None, 1, 1
    for name in key:
        encoded = arrow[name].combine_chunks().dictionary_encode()
        count = max(len(encoded.dictionary), 1) + 1
        most *= count - 1 + (encoded.indices.null_count > 0)
        codes = pc.fill_null(pc.cast(encoded.indices, pa.int64()), count - 1)
        if size * count > 2**62:
            return False
        if count > 2:
            joined = codes if joined is None else pc.add(pc.multiply(joined, count), codes)
            size *= count
    if most < arrow.num_rows:
        return False
    return joined is not None and pc.count_distinct(joined).as_py() == arrow.num_rows


def _described(arrow, numbered, key):
    others = [c for c in arrow.column_names if c not in (*key, "source_row")]
    if not others:
        return 0
    unique = (
        numbered.select([*key, *others]).group_by([*key, *others], use_threads=False).aggregate([])
    )
    keys = unique.group_by(key, use_threads=False).aggregate([([], "count_all")])
    return pc.sum(pc.cast(pc.greater(keys["count_all"], 1), pa.int64())).as_py() or 0


def _refuse_conflicts(arrow, grouped, key):
    # Joins do not match nulls, and keys have none here: rows without a key were refused before.
    numbered = arrow.append_column("_row", pa.array(np.arange(arrow.num_rows)))
    content = [c for c in arrow.column_names if c != "source_row"]
    told = numbered.select(content).group_by(content, use_threads=False).aggregate([])
    ways = told.group_by(key, use_threads=False).aggregate([([], "count_all")])
    mixed = ways.filter(pc.greater(ways["count_all"], 1)).select(key)
    later = numbered.filter(pc.invert(pc.is_in(numbered["_row"], grouped["_row_min"])))
    if not mixed.num_rows:
        kept = grouped["_row_min"].combine_chunks().sort()
        return arrow.take(kept), [], 0, pc.unique(later["source_row"]).sort().to_pylist()
    repeated = later.join(mixed, keys=key, join_type="left anti")
    some = numbered.join(mixed, keys=key, join_type="inner").sort_by("_row")
    first, drop, conflicts = {}, [], []
    # a piece at a time: rows as dicts take many times their columns
    for row in (row for piece in some.to_batches(20_000) for row in piece.to_pylist()):
        same = tuple(row[k] for k in key)
        content = {k: v for k, v in row.items() if k not in ("_row", "source_row")}
        if same not in first:
            first[same] = (row["source_row"], content)
            continue
        start, kept = first[same]
        drop.append(row["_row"])
        if content != kept:
            column = next(k for k, v in content.items() if v != kept[k])
            conflicts.append(
                (row["source_row"], column, str(content[column]),
                 f"same {', '.join(k for k in key if k not in ('platform', 'account_id'))} as row "
                 f"{start}, which says {kept[column]}")
            )  # fmt: skip
    refused = {row for row, *_ in conflicts}
    again = {*arrow["source_row"].take(pa.array(drop, pa.int64())).to_pylist()}
    again |= {*repeated["source_row"].to_pylist()}
    repeats = sorted(again - refused)
    gone = pa.concat_arrays([pa.array(drop, pa.int64()), *repeated["_row"].chunks])
    index = pa.array(np.arange(arrow.num_rows))
    return arrow.filter(pc.invert(pc.is_in(index, gone))), conflicts, 0, repeats


def before_publish(source, built, preset):
    """A mask of rows of days before their post was published, None where there are none."""
    about = preset.get("rows", {}).get("before_publish")
    position = about and source.find(about["published"])
    own = built.get(preset.grain)
    days = own.arrays.get(about["day"]) if about and own else None
    if position is None or days is None:
        return None
    column = Column("published", "date", False, "", "")
    published = columns_of.parsed(source, position, source.texts(position), column, {})
    early = pc.fill_null(pc.less(days, published), False)
    return early if pc.any(early).as_py() else None


def decoded(arrow):
    """The table with its dictionary columns as plain text."""
    for position, column in enumerate(arrow.schema):
        if pa.types.is_dictionary(column.type):
            plain = arrow[column.name].cast(pa.string())
            arrow = arrow.set_column(position, column.name, plain)
    return arrow


def silent(numbers, refused, built, grain):
    """Rows that give no figure though nothing in them was refused nor repeated."""
    melted = built[grain].melted
    if melted is None:
        return []
    present = [pc.is_valid(figures) for _, figures, *_ in melted]
    some = present[0]
    for one in present[1:]:
        some = pc.or_(some, one)
    for name, one in built.items():
        if name == grain or one.melted is not None:
            continue
        key = set(table_of(name).key) | {"report_tz", "net_basis"}
        for column, array in one.arrays.items():
            if column not in key:
                some = pc.or_(some, pc.is_valid(array))
    blank = numbers.filter(pc.invert(some)).to_pylist()
    return [row for row in blank if row not in refused]
