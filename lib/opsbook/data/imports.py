"""Read one export: find its layout, parse every column, refuse what cannot be right.

`read_export` gives canonical frames and loads nothing; `opsbook.Store.import_file` loads them.
"""

from dataclasses import replace
from pathlib import Path

from opsbook import config
from opsbook.data import (
    assembling,
    columns,
    containers,
    layouts,
    origin,
    presets,
    rows,
    sections,
)
from opsbook.data.privacy_door import hasher


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
    settings = origin.settings_of(data)
    own = data / "reference" / "presets"
    platform, account = origin.whose(path, account)
    day, day_from = origin.day_of_export(path, exported_on)
    sheets = containers.sheets(path, max_mb=origin.most_mb(settings))
    index, header, found, second = layouts.choose(path, sheets, preset, chosen, own, platform)
    sheet = sheets[index]
    keys = presets.header_keys(sheet.head[header])
    while keys and not keys[-1]:
        keys.pop()
    platform = origin.platform_of(path, found, platform)
    book_zone = zone or (str(settings.time_zone) if settings else "UTC")
    # A banner repeats its text in every cell; a line with commas was cut into cells.
    preamble = [
        ",".join(dict.fromkeys(c for c in row if c.strip())).strip() for row in sheet.head[:header]
    ]
    preamble = [line for line in preamble if not line.lower().startswith("sep=")]
    for word, told in found.get("platform_from_preamble", {}).items():
        if preamble and preamble[0].startswith(word):
            platform = origin.told_platform(path, platform, told, preamble[0], account)
    start, end = origin.period_of(path, found, keys, preamble, day)
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
    built = sections.tables(path, source, platform, account, currency, context)
    source.bad += rows.unknown_totals(source, found, stated)
    notes = [*sheet.notes, *notes, *found.get("notes", ())]
    if others and not found.get("row_at_a_time"):
        told = ", ".join(others[:5])
        notes.append(f"other sheets are not read: {told}; name a preset= to read one of them")
    return assembling.finish(
        path, source, body, found, second, built, stated, notes, not_data,
        platform, account, day, day_from, sheet, header, keys,
    )  # fmt: skip
