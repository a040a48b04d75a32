"""An Export out of the columns built: rows checked, refused, made distinct, counted and told about."""

import pyarrow as pa
import pyarrow.compute as pc

from opsbook.data import checks, rows
from opsbook.data.export import Export
from opsbook.data.schema import table as table_of
from opsbook.data.sections import ACCOUNT
from opsbook.errors import BadValue

MOST_REFUSED = 500_000


def finish(
    path, source, body, preset, second, built, stated, notes, not_data,
    platform, account, day, day_from, sheet, header, keys,
):  # fmt: skip
    numbers = body.rows
    bad = list(source.bad)
    for name, one in built.items():
        known = {row for row, *_ in bad}
        told = _missing(name, one.arrays, source.n, account)
        if len(told) + len(bad) > MOST_REFUSED:
            raise _hopeless(path, preset, source.n, numbers, [*bad, *told][0])
        told = [t for t in told if t[0] not in known]
        told += checks.refusals(name, one.arrays, preset, day)
        if one.mask is not None:
            of_table = set(pc.indices_nonzero(one.mask).to_pylist())
            told = [t for t in told if t[0] in of_table]
        bad += told
        checks.money_unit(one.arrays, path.name)
    early = rows.before_publish(source, built, preset)
    refused = {row for row, *_ in bad if early is None or not early[row].as_py()}
    bad = [one for one in bad if one[0] in refused]
    listed = numbers.to_pylist() if refused or body.misfits else None
    out = [(listed[i], column, value, reason) for i, column, value, reason in bad]
    width = len(keys)
    for row, cells, first in body.misfits:
        told = (
            f"the row has {cells} cells, the header {width}: a delimiter was lost or the file cut"
        )
        out.append((row, "", first, told if cells else f"cannot be read as text: {first}"))
    keep = None
    if refused:
        mask = [True] * source.n
        for i in refused:
            mask[i] = False
        keep = pa.array(mask)
    if early is not None:
        keep = pc.invert(early) if keep is None else pc.and_(keep, pc.invert(early))
        told = pc.sum(pc.cast(early, pa.int64())).as_py()
        not_data += told
        notes.append(
            f"{told} rows are of days before the post was published: zero-filled, left out"
        )
    tables, repeats = {}, []
    some = [n for n, one in built.items() if one.mask is None or pc.any(one.mask).as_py()]
    grain = preset.grain if preset.grain in some or not some else some[0]
    for name, one in built.items():
        arrow = _assemble(one, numbers, keep, {row for row, *_ in out})
        arrow, conflicts, described, again = rows.distinct(name, arrow, name == grain)
        repeats += again
        out += conflicts
        if described:
            notes.append(f"{name}: {described} described in two ways; the last row stands")
        if arrow.num_rows or name == grain:
            tables[name] = arrow
    rows_refused = {row for row, *_ in out}
    # A record that gives no figure to any table and was not refused says nothing: a day of blanks.
    blank = rows.silent(numbers, rows_refused, built, grain)
    if gone := sorted({*rows_refused, *blank}):
        gone = pa.array(gone, pa.int64())
        tables = {
            name: one.filter(pc.invert(pc.is_in(one["source_row"], gone)))
            for name, one in tables.items()
        }
    left_out = 0 if early is None else told
    n = pc.count_distinct(numbers).as_py() if preset.get("stacked") else source.n
    records = n + len(body.misfits) + not_data - left_out
    if blank:
        not_data += len(blank)
        notes.append(f"{len(blank)} rows hold no figure")
    tables = {name: rows.decoded(one) for name, one in tables.items()}
    relation = pa.scalar(preset.id)
    tables = {
        name: one.append_column("source_relation", pa.repeat(relation, one.num_rows)).append_column(
            "source_file", pa.repeat(pa.scalar(path.name), one.num_rows)
        )
        for name, one in tables.items()
    }
    totals, told = rows.compare(source, stated, preset, bool(rows_refused))
    notes += told + _about(source, tables, preset, keys, account, day, day_from, records)
    return Export(
        path=path,
        preset=preset.id,
        version=preset.version,
        confidence=preset.confidence,
        platform=platform or "",
        account=account or "",
        table=grain,
        arrow=tables,
        bad=sorted(out, key=lambda r: r[0]),
        notes=notes,
        totals=totals,
        nulls=source.nulls,
        records=records,
        not_data=not_data,
        exported_on=day,
        exported_on_from=day_from,
        candidates=(preset.id, second.id if second else ""),
        details={
            "stamp": preset.stamp,
            "encoding": sheet.encoding,
            "delimiter": sheet.delimiter,
            "header_row": header + 1,
            "sheet": sheet.name,
            "repeats": repeats,
            "form": bool(preset.get("row_at_a_time")),
        },
    )


def _missing(name, arrays, n, account):
    table = table_of(name)
    bad = []
    whose = ACCOUNT.get(name, "account_id")
    for column in table.columns.values():
        if not column.required:
            continue
        array = arrays.get(column.name)
        if array is None:
            # Long tables bring metric and value themselves; a missing account is the caller's.
            if column.name in ("metric", "value", "basis") or column.name in (whose, "platform"):
                continue
            bad += [
                (i, column.name, "", "is required and the file has no such column")
                for i in range(n)
            ]
            continue
        if array.null_count:
            told = "is required and missing"
            lacking = pc.indices_nonzero(pc.is_null(array)).slice(0, MOST_REFUSED + 1)
            bad += [(i, column.name, "", told) for i in lacking.to_pylist()]
        if len(bad) > MOST_REFUSED:
            break
    return bad


def _hopeless(path, preset, rows, numbers, first):
    """So many refusals are not a file with mistakes, but another kind of file."""
    at, column, value, reason = first
    return BadValue(
        f"has over {MOST_REFUSED:,} cells in {rows:,} rows that cannot be right, the first in row "
        f"{numbers[at].as_py()}, {column} {value!r}: {reason}. Nothing was loaded.",
        where=path.name,
        remedy=f"It was read as {preset.id}; give preset= or a mapping if it is something else.",
    )


def _assemble(one, numbers, keep, refused):
    """The rows of one table: those kept, of its mask, melted and with those out of `also`."""
    kept = one.mask if keep is None else keep if one.mask is None else pc.and_(keep, one.mask)
    names = list(one.arrays)
    arrow = pa.table([*one.arrays.values(), numbers], names=[*names, "source_row"])
    if one.melted is not None:
        parts = []
        for metrics, figures, unit, days in one.melted:
            part = arrow.append_column("value", figures).append_column("metric", metrics)
            part = part.append_column("unit", pa.repeat(pa.scalar(unit), len(figures)))
            if days is not None:
                part = part.set_column(part.column_names.index("date_day"), "date_day", days)
            there = pc.is_valid(figures)
            parts.append(part.filter(there if kept is None else pc.and_(there, kept)))
        return pa.concat_tables(parts)
    parts = [arrow if kept is None else arrow.filter(kept)]
    for arrays, mask in one.also:
        more = pa.table([*arrays.values(), numbers], names=[*arrays, "source_row"])
        kept = mask if keep is None else keep if mask is None else pc.and_(keep, mask)
        parts.append(more if kept is None else more.filter(kept))
    arrow = pa.concat_tables(parts, promote_options="default")
    if one.sum:
        gone = pc.is_in(arrow["source_row"], pa.array(sorted(refused), pa.int64()))
        arrow = rows.added_up(arrow.filter(pc.invert(gone)), one.sum)
    return arrow


def _about(source, tables, preset, keys, account, day, day_from, records):
    notes = []
    for name, one in tables.items():
        if "currency" in one.column_names:
            found = sorted(c for c in one["currency"].unique().to_pylist() if c)
            if len(found) > 1:
                notes.append(f"{name}: {' and '.join(found)} are kept apart")
        elif any(table_of(name).columns[c].type == "money" for c in one.column_names
                 if c in table_of(name).columns) and "currency" in table_of(name).columns:  # fmt: skip
            notes.append(f"{name}: the file names no currency; give one with currency=")
    for header, counts in source.nulls.items():
        shown = ", ".join(f"{text!r} {n} times" for text, n in list(counts.items())[:3])
        notes.append(f"{header}: not reported ({shown})")
    unknown = [source.headers[i].strip() for k, i in source.position.items()
               if k and i not in source.used and k not in preset.headers]  # fmt: skip
    if unknown:
        shown = ", ".join(unknown[:6])
        more = f" and {len(unknown) - 6} more" if len(unknown) > 6 else ""
        # A form is the user's own: what they added to it is lost unless they are told.
        told = (
            "CHECK columns of no place in this form, not loaded"
            if preset.id == "form"
            else "columns without a place"
        )
        notes.append(f"{told}: {shown}{more}")
    capped = preset.get("rows", {}).get("capped")
    if capped and records >= capped:
        notes.append(f"the platform exports at most {capped} rows: there may be more")
    if day_from.startswith("the file's date"):
        notes.append(f"day of the export taken as {day} ({day_from})")
    if not account and any("account_id" not in one.column_names for one in tables.values()
                           if "account_id" in table_of(preset.grain).columns):  # fmt: skip
        notes.append("the file does not say whose it is: give account= or use an inbox folder")
    return notes
