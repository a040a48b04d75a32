"""Forms: one sheet per canonical table, headed by its columns' names or their labels."""

from functools import cache

from opsbook import config
from opsbook.data import presets
from opsbook.data.schema import table as table_of
from opsbook.data.schema import tables

PERSONS = {"person_key", "referrer_key", "assignee", "operator"}
CONSTANT = {"breakdown", "channel", "item_id"}


@cache
def _catalogue(stamp):
    folder = config.DISTRIBUTION / "data" / "reference" / "messages"
    found = {}
    for path in sorted(folder.glob("*.toml")):
        found.update(config.load_toml(path))
    return found


def catalogue():
    """Every message of the shipped catalogues: id -> dict of language -> text."""
    folder = config.DISTRIBUTION / "data" / "reference" / "messages"
    stamp = tuple((p.name, p.stat().st_mtime_ns) for p in sorted(folder.glob("*.toml")))
    return _catalogue(stamp)


def labels(kind, name):
    """The texts of `column.<name>`, `table.<name>` or `value.<name>` by language."""
    return catalogue().get(f"{kind}.{name}", {})


def synonyms(column):
    """Headers under which a form may carry a column: its name and its labels, joined by |."""
    shown = [column, column.replace("_", " "), *labels("column", column).values()]
    return "|".join(dict.fromkeys(t.replace("|", "/") for t in shown if t))


def preset(name):
    """The preset of a table's form."""
    table = table_of(name)
    section = {}
    for column in table.columns.values():
        spec = {"from": synonyms(column.name)}
        if column.name in PERSONS:
            spec["person"] = True
        elif column.type == "rate":
            spec["unit"] = "fraction"
        elif column.type == "text":
            values = _values(column)
            if values:
                spec["values"] = values
        section[column.name] = spec
    required = [
        synonyms(c.name)
        for c in table.columns.values()
        if c.required and c.name not in CONSTANT and c.name not in ("platform", "account_id")
    ]
    about = {
        "id": "form",
        "version": 1,
        "confidence": "form",
        "grain": name,
        "required": required or [synonyms(table.key[0])],
        "time_zone": "account",
        "row_at_a_time": True,
        name: section,
    }
    return presets.parse_preset(about, f"form of {name}")


def _values(column):
    """Labels of a closed list back to its values: the column's `about` names them."""
    found = {}
    for value in choices(column):
        for text in labels("value", value).values():
            found[text] = value
        found[value] = value
    return found


def choices(column):
    """The closed list of a text column ("One of a, b, c" or "a, b or c" in its meaning)."""
    text = column.about.removeprefix("One of ").replace(" or ", ", ")
    parts = [part.strip() for part in text.split(",")]
    plain = len(parts) > 1 and all(p.replace("_", "").isalnum() and p == p.lower() for p in parts)
    return parts if plain and column.type == "text" else []


def find(sheets):
    """(sheet index, header index, preset, None) of the form a file is, None where it is none.

    The name of a sheet decides; else the table that has every header of the row and whose
    required columns are all there.
    """
    best = None
    for number, sheet in enumerate(sheets):
        for index, row in enumerate(sheet.head[:15]):
            keys = [k for k in presets.header_keys(row) if k]
            if len(set(keys)) < 2:
                continue
            for name in tables():
                one = preset(name)
                if presets.lacks(one, keys):
                    continue
                known = presets.known_headers(one)
                hits = len(known & set(keys))
                foreign = len([k for k in keys if k not in known])
                if foreign > hits:
                    continue
                named = sheet.name.strip().lower() in _names(name)
                score = (named, hits - foreign, -len(one.required))
                if best is None or score > best[0]:
                    best = (score, number, index, one)
    return best and (best[1], best[2], best[3], None)


def _names(name):
    return {name, *(t.lower() for t in labels("table", name).values())}
