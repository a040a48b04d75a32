"""Read one export: find its layout, parse every column, refuse what cannot be right.

`read_export` gives canonical frames and loads nothing; `opsbook.Store.import_file` loads them.
"""

import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from opsbook import config
from opsbook.data import checks, columns, containers, forms, mapping, presets, rows, times
from opsbook.data.privacy_door import hasher
from opsbook.data.schema import table as table_of
from opsbook.errors import BadValue, InputError, MissingColumns, ParameterError, UnknownLayout

KEYLESS = {"campaign_id": "", "ad_group_id": "", "ad_id": "", "breakdown": "all", "channel": "all",
           "item_id": ""}  # fmt: skip
READS = ("from", "collect", "first", "product", "share")
TAGS = re.compile(r"#([^\s#.,;:!?，。；：！？、()（）]+)")
MOST_REFUSED = 500_000
ACCOUNT = {"orders": "shop_account_id"}


@dataclass(frozen=True)
class Built:
    """The columns of one table by row of the file: `melted` for long tables, `mask` where only
    some rows are of this table, `also` further (columns, mask), `sum` columns added up by key."""

    arrays: dict
    melted: list | None = None
    mask: object = None
    also: list = field(default_factory=list)
    sum: tuple = ()


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


def read_export(path, preset=None, *, account=None, exported_on=None, currency=None, mapping=None):
    """Read one platform export or form into canonical frames; loads nothing.

    path: the file as exported. preset: id of a preset, else the layout is recognised. account: whose
    export it is ("name" or "platform@name"), where neither file nor folder `<platform>@<account>/`
    says. exported_on: day of the export (a date or "2026-11-14"), else from the file's or
    folder's name, else its date on disk. currency: ISO 4217 where the file names none. mapping: a
    preset as a dict, as the path of a TOML file, or the id of a saved one.
    Returns an Export. Raises UnknownLayout with a proposed mapping, MissingColumns, BadValue.
    """
    return read(
        path, preset, account=account, exported_on=exported_on, currency=currency, chosen=mapping
    )


def read(
    path,
    preset=None,
    *,
    account=None,
    exported_on=None,
    currency=None,
    chosen=None,
    data=None,
    zone=None,
    zones=None,
):
    """As read_export, for a store: `data` is its data folder, `zone` the workbook's time zone,
    `zones` a dict (platform, account) -> zone in which a platform reports an account."""
    path = Path(path)
    data = Path(data) if data else config.home() / "data"
    settings = _settings(data)
    own = data / "reference" / "presets"
    platform, account = _whose(path, account)
    day, day_from = _exported_on(path, exported_on)
    limit = settings.sections.get("import", {}).get("max_file_mb", 2048) if settings else 2048
    sheets = containers.sheets(path, max_mb=limit)
    index, header, found, second = _choose(path, sheets, preset, chosen, own, platform)
    sheet = sheets[index]
    keys = presets.header_keys(sheet.head[header])
    while keys and not keys[-1]:
        keys.pop()
    platform = _platform(path, found, platform)
    book_zone = zone or (str(settings.time_zone) if settings else "UTC")
    # A banner repeats its text in every cell; a line with commas was cut into cells.
    preamble = [
        ",".join(dict.fromkeys(c for c in row if c.strip())).strip() for row in sheet.head[:header]
    ]
    preamble = [line for line in preamble if not line.lower().startswith("sep=")]
    for word, told in found.get("platform_from_preamble", {}).items():
        if preamble and preamble[0].startswith(word):
            platform = _told(path, platform, told, preamble[0], account)
    start, end = _period(found, preamble, day)
    reported = found.get("time_zone", "account")
    if reported == "account":
        reported = (zones or {}).get((platform, account)) or book_zone
    context = {
        "account": account,
        "exported_on": day,
        "zone": reported,
        "preamble": preamble,
        "person": hasher(data, platform or ""),
        "take": {
            "exported_on": day,
            "account": account,
            "period_start": start,
            "period_end": end,
            "platform": platform,
        },
    }
    body = sheet.body(header)
    others = [s.name for s in sheets if s is not sheet and s.name]
    sheet = replace(sheet, _body=None)
    del sheets
    body, not_data, stated, notes = rows.split(sheet.head[header], keys, body, found)
    source = columns.Source(sheet.head[header], keys, body, found, context)
    built = _tables(path, source, platform, account, currency, context)
    notes = [*sheet.notes, *notes, *found.get("notes", ())]
    if others and not found.get("row_at_a_time"):
        told = ", ".join(others[:5])
        notes.append(f"other sheets are not read: {told}; name a preset= to read one of them")
    return _finish(
        path, source, body, found, second, built, stated, notes, not_data,
        platform, account, day, day_from, sheet, header, keys,
    )  # fmt: skip


def _settings(data):
    file = data / "workbook.toml"
    return config.settings(data.parent) if file.is_file() else None


def _whose(path, account):
    """(platform, account) from the call, else from the inbox folder `<platform>@<account>`."""
    platform = None
    if account:
        if "@" in account[1:]:
            platform, _, account = account.partition("@")
        return platform, account
    for folder in (path.parent.name, path.parent.parent.name):
        if re.match(r"^[a-z][a-z_0-9]*@.+$", folder):
            platform, _, account = folder.partition("@")
            return platform, account
    return None, None


def _exported_on(path, given):
    if given is not None:
        if isinstance(given, datetime):
            return given.date(), "the call"
        if isinstance(given, date):
            return given, "the call"
        try:
            return date.fromisoformat(str(given)), "the call"
        except ValueError:
            raise ParameterError(
                "exported_on", f"{given} is no day.", remedy="Write it as 2026-11-14."
            ) from None
    named = times.file_day(path)
    if named:
        return named, "the name of the file or folder"
    if not path.exists():
        raise InputError("does not exist.", where=str(path), remedy="Check the path.")
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date(), "the file's date on disk"


def _platform(path, preset, given):
    if not preset.platforms:
        return given
    if given is None:
        return preset.platforms[0]
    if given not in preset.platforms:
        raise BadValue(
            f"is a file of {' or '.join(preset.platforms)} (preset {preset.id}), "
            f"but it was given for {given}.",
            where=path.name,
            remedy="Move it to the right inbox folder <platform>@<account>/ or name the account.",
        )
    return given


def _told(path, given, told, line, account):
    """The platform that the file's own second line names, held against the folder's."""
    if account and given != told and path.parent.name.startswith(f"{given}@"):
        raise BadValue(
            f"says {line!r}, so it is of {told}, but it lies in the folder of {given}.",
            where=path.name,
            remedy="Move it to the inbox folder of the right account.",
        )
    return told


def _choose(path, sheets, preset, chosen, own, platform):
    """(sheet index, header index, preset, runner-up)."""
    if preset is not None and chosen is not None:
        raise ParameterError("mapping", "and preset were both given.", remedy="Give one of them.")
    heads = [sheet.head for sheet in sheets]
    if chosen is not None:
        return _explicit(path, heads, mapping.load(chosen, own))
    if preset is not None and preset != "form":
        return _explicit(path, heads, presets.named(preset, own))
    known = list(presets.presets(own).values()) if preset is None else []
    found = presets.find_header(heads, known)
    if found and platform and found[3] and platform not in (found[2].platforms or (platform,)):
        fitting = [p for p in known if platform in p.platforms]
        found = presets.find_header(heads, fitting) or found
    if found:
        cells = {c for c in heads[found[0]][found[1]] if c.strip()}
        whole = presets.fits(found[2], presets.header_keys(cells)) == len(cells)
        # A form whose every header is its table's beats a layout that knows only some of them.
        return found if whole else forms.find(sheets, whole=True) or found
    form = forms.find(sheets)
    if form:
        return form
    raise UnknownLayout(
        "no preset and no form fits this file.",
        where=path.name,
        proposal=mapping.propose(path, sheets, own),
        remedy=f"Save a mapping with: opsbook import {path.name} --map",
    )


def _explicit(path, heads, preset):
    best = None
    for number, head in enumerate(heads):
        for index, row in enumerate(head[:15]):
            keys = presets.header_keys(row)
            score = (
                -len(presets.lacks(preset, keys)),
                len(preset.headers & set(keys)),
            )
            if best is None or score > best[0]:
                best = (score, number, index, row, keys)
    if best is None or best[0][1] == 0 or presets.lacks(preset, best[4]):
        row, keys = (best[3], best[4]) if best else ([], [])
        if best and best[0][1] == 0:
            row = max((r for h in heads for r in h[:15]), key=lambda r: len(set(r)))
            keys = presets.header_keys(row)
        lacking = presets.lacks(preset, keys)
        lacking = lacking or sorted(preset.headers)
        raise MissingColumns(
            path.name,
            [c.replace("|", " or ") for c in lacking],
            [c for c in row if c.strip()],
            remedy=f"Save a mapping with: opsbook import {path.name} --map",
        )
    return best[1], best[2], preset, None


def _period(preset, preamble, exported_on):
    """(first, last day) that the preamble states, (None, None) where it states none."""
    about = preset.get("periods")
    if not about:
        return None, None
    zone = "UTC"
    for line in preamble:
        parts = re.split(r"\s+[-–—]\s+", line)
        if line.strip().lower() in [w.lower() for w in about.get("all_time", ["All time"])]:
            return date.fromisoformat(str(about["epoch"])), exported_on
        found, reasons = times.dates(parts, zone=zone, exported_on=exported_on)
        if not any(reasons) and all(found):
            return min(found), max(found)
    return None, None


def _tables(path, source, platform, account, currency, context):
    """dict of table name -> (arrays by column, index of the source row of each row)."""
    built = {}
    for name, section in source.preset.sections.items():
        if not _wanted(source, section):
            continue
        arrays = _section(path, source, name, section, platform, account, currency)
        if arrays is not None:
            mask = _only(source, section)
            more = []
            for one in section.get("also", ()):
                spec = {k: v for k, v in section.items() if k not in ("also", "only_rows")} | one
                found = _section(path, source, name, spec, platform, account, currency)
                if found is not None:
                    more.append((found[0], _only(source, spec)))
            built[name] = Built(*arrays, mask, more, tuple(section.get("sum", ())))
    if not built:
        section = source.preset.sections[source.preset.grain]
        raise MissingColumns(
            path.name,
            [columns.header_of(s) for s in section.values() if isinstance(s, str)][:8],
            [h for h in source.headers if h.strip()],
            remedy="The export lacks every figure this layout has: export it again.",
        )
    return built


def _only(source, section):
    return columns.condition(source, section["only_rows"]) if "only_rows" in section else None


def _wanted(source, section):
    for spec in section.get("needs", ()):
        if source.find(spec) is None:
            return False
    for spec in section.get("without", ()):
        if source.find(spec) is not None:
            return False
    only = section.get("only")
    return not (only and not set(only["preamble"]) & set(source.context["preamble"]))


def _section(path, source, name, section, platform, account, currency):
    table = table_of(name)
    arrays, figures = {}, False
    for column, spec in section.items():
        if column in presets.SETTINGS:
            continue
        if not columns.present(source, spec):
            continue
        array = columns.build(source, table.columns[column], spec)
        if array is None:
            continue
        arrays[column] = array
        read_here = isinstance(spec, str) or any(w in spec for w in READS)
        figures = figures or (read_here and column not in table.key)
    melted = _melt(source, section["melt"], table) if "melt" in section else None
    if not figures and not melted and not source.preset.get("row_at_a_time"):
        return None
    whose = ACCOUNT.get(name, "account_id")
    if "platform" in table.columns and "platform" not in arrays and platform:
        arrays["platform"] = pa.repeat(pa.scalar(platform), source.n)
    if whose in table.columns and whose in arrays and account:
        _one_account(path, arrays[whose], account)
        arrays[whose] = pa.repeat(pa.scalar(account), source.n)
    elif whose in table.columns and whose not in arrays and account:
        arrays[whose] = pa.repeat(pa.scalar(account), source.n)
    for column, blank in KEYLESS.items():
        if column in table.columns and column in table.key:
            if column not in arrays:
                arrays[column] = pa.repeat(pa.scalar(blank), source.n)
            else:
                arrays[column] = pc.fill_null(arrays[column], blank)
    _fill(source, name, table, section, arrays, currency, path)
    return arrays, melted


def _one_account(path, found, account):
    distinct = [v for v in found.unique().to_pylist() if v]
    if len(distinct) > 1:
        raise BadValue(
            f"holds {len(distinct)} accounts ({', '.join(map(str, distinct[:3]))}, ...), "
            f"but was given for the one account {account}.",
            where=path.name,
            remedy="Leave the account out: the file says whose each row is.",
        )


def _melt(source, spec, table):
    """[(metric or metrics by row, values, unit, days of its own or None)] of a long table."""
    found = []
    column = table.columns["value"]
    for metric, inner in spec.items():
        inner = {"from": inner} if isinstance(inner, str) else inner
        position = source.find(inner["from"])
        if position is None:
            continue
        kind = inner.get("kind", "number")
        typed = column.__class__("value", kind, False, "", "")
        array = columns.parsed(source, position, source.texts(position), typed, inner)
        unit = {"rate": "fraction", "money": "money"}.get(kind, inner.get("as", "times"))
        days, at = None, source.find(inner["day"]) if "day" in inner else None
        if at is not None:
            days = columns.parsed(source, at, source.texts(at), table.columns["date_day"], {})
            array = pc.if_else(pc.is_valid(days), array, None)
        names = pa.repeat(pa.scalar(metric), source.n)
        at = source.find(inner["suffix"]) if "suffix" in inner else None
        if at is not None:
            label = pc.utf8_trim_whitespace(source.texts(at))
            plain = pc.is_in(label, pa.array([*inner.get("plain", ()), ""]))
            joined = pc.binary_join_element_wise(names, label, ":")
            names = pc.if_else(plain, names, joined)
        found.append((names, pc.cast(array, pa.float64()), unit, days))
    return found


def _fill(source, name, table, section, arrays, currency, path):
    """Columns that follow from others: currency, zone, precision, search text, hashtags."""
    has_money = [c for c in arrays if table.columns[c].type == "money"]
    if "currency" in table.columns and has_money:
        stated = {
            columns.HEADER_CURRENCY.get(code, code)
            for c in has_money
            if (spec := section.get(c)) is not None
            and (position := source.find(columns.header_of(spec))) is not None
            and (code := presets.header_currency(source.headers[position]))
        }
        stated = {c for c in stated if re.match(r"^[A-Z]{3}$", c)}
        stated_cells = "currency" in arrays
        if stated_cells:
            stated |= {c for c in arrays["currency"].unique().to_pylist() if c}
        if currency and stated and stated != {currency}:
            raise BadValue(
                f"is in {', '.join(sorted(stated))}, but was given as {currency}.",
                where=path.name,
                remedy="Leave the currency out: the file names it.",
            )
        known = currency or source.preset.get("currency")
        if stated_cells:
            if known:
                arrays["currency"] = pc.fill_null(arrays["currency"], known)
        elif len(stated) == 1:
            arrays["currency"] = pa.repeat(pa.scalar(stated.pop()), source.n)
        elif len(stated) > 1:
            raise BadValue(
                f"has money columns in {', '.join(sorted(stated))} in one row.",
                where=path.name,
                remedy="Export one currency at a time.",
            )
        elif known:
            arrays["currency"] = pa.repeat(pa.scalar(known), source.n)
    zone = source.context["zone"]
    if "report_tz" in table.columns and "report_tz" not in arrays:
        arrays["report_tz"] = pa.repeat(pa.scalar(zone), source.n)
    if "net_followers" in arrays and "net_basis" not in arrays:
        arrays["net_basis"] = pa.repeat(pa.scalar("reported"), source.n)
    days = source.preset.get("preliminary_days")
    if days and "is_preliminary" in table.columns and table.when in arrays:
        from datetime import timedelta

        edge = pa.scalar(source.context["exported_on"] - timedelta(days=int(days)))
        arrays["is_preliminary"] = pc.greater(arrays[table.when], edge)
    if name == "posts":
        _posts(source, section, arrays, zone)


def _posts(source, section, arrays, zone):
    if "created_timestamp" in arrays:
        position = source.find(columns.header_of(section["created_timestamp"]))
        precise = source.parsed.get((position, "precision"))
        if precise is not None and "created_precision" not in arrays:
            arrays["created_precision"] = precise
        if "tz_source" not in arrays:
            arrays["tz_source"] = pa.repeat(pa.scalar(zone), source.n)
    texts = [arrays[c] for c in ("post_title", "post_message") if c in arrays]
    if texts and "text_nfkc" not in arrays:
        joined = texts[0]
        if len(texts) == 2:
            # Not null_handling="skip": Arrow then drops rows in which every part is null.
            filled = [pc.fill_null(text, "") for text in texts]
            joined = pc.utf8_trim(pc.binary_join_element_wise(*filled, "\n"), characters="\n")
            joined = pc.if_else(pc.equal(joined, ""), None, joined)
        encoded = joined.dictionary_encode()
        plain = pc.utf8_normalize(encoded.dictionary, "NFKC")
        # As dictionaries: a post-day file repeats a post's text on every day.
        arrays["text_nfkc"] = pa.DictionaryArray.from_arrays(encoded.indices, plain)
        if "hashtags" not in arrays:
            arrays["hashtags"] = pa.DictionaryArray.from_arrays(encoded.indices, _hashtags(plain))
    if "synthetic_id" not in arrays:
        spec = section.get("post_id")
        made = isinstance(spec, dict) and "synthetic" in spec
        arrays["synthetic_id"] = pa.repeat(pa.scalar(made), source.n)


def _hashtags(texts):
    """The hashtags of every text as a JSON list, None where it has none."""
    marked = pc.fill_null(pc.match_substring(texts, "#"), False)
    found = [list(dict.fromkeys(TAGS.findall(text))) for text in texts.filter(marked).to_pylist()]
    told = [json.dumps(tags, ensure_ascii=False) if tags else None for tags in found]
    return pc.replace_with_mask(
        pa.nulls(len(texts), pa.string()), marked, pa.array(told, pa.string())
    )


def _finish(
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
    if rows_refused := {row for row, *_ in out}:
        gone = pa.array(sorted(rows_refused), pa.int64())
        tables = {
            name: one.filter(pc.invert(pc.is_in(one["source_row"], gone)))
            for name, one in tables.items()
        }
    left_out = 0 if early is None else told
    n = pc.count_distinct(numbers).as_py() if preset.get("stacked") else source.n
    records = n + len(body.misfits) + not_data - left_out
    # A record that gives no row of any table and was not refused says nothing: a day of blanks.
    duplicates = rows.silent(numbers, rows_refused, built, grain)
    not_data += duplicates
    if duplicates:
        notes.append(f"{duplicates} rows hold no figure")
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
        parts.append((more if kept is None else more.filter(kept)).select(parts[0].column_names))
    arrow = pa.concat_tables(parts)
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
        notes.append(f"columns without a place: {shown}{more}")
    capped = preset.get("rows", {}).get("capped")
    if capped and records >= capped:
        notes.append(f"the platform exports at most {capped} rows: there may be more")
    if day_from.startswith("the file's date"):
        notes.append(f"day of the export taken as {day} ({day_from})")
    if not account and any("account_id" not in one.column_names for one in tables.values()
                           if "account_id" in table_of(preset.grain).columns):  # fmt: skip
        notes.append("the file does not say whose it is: give account= or use an inbox folder")
    return notes
