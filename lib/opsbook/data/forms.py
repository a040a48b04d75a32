"""Forms: one sheet per canonical table, headed by its columns' names or their labels."""

from functools import cache

from opsbook import config
from opsbook.data import presets
from opsbook.data.presets import header_key
from opsbook.data.schema import table as table_of
from opsbook.data.schema import tables

PERSONS = {"person_key", "referrer_key", "assignee", "operator"}
PLATFORMS = {"platform", "source_platform"}
CONSTANT = {"breakdown", "channel", "item_id"}


CATALOGUES = ("common.toml", "tables.toml", "forms.toml")


@cache
def _catalogue(stamp):
    found = {}
    for path, _ in stamp:
        found.update(config.load_toml(path))
    return found


def catalogue():
    """The messages that forms use: id -> dict of language -> text."""
    paths = [config.reference_path("messages", name) for name in CATALOGUES]
    return _catalogue(tuple((p, p.stat().st_mtime_ns) for p in paths if p.is_file()))


def labels(kind, name):
    """The texts of `column.<name>`, `form.<name>` or `value.<name>` by language."""
    return catalogue().get(f"{kind}.{name}", {})


@cache
def _headers(name, stamp):
    columns = list(table_of(name).columns)
    found = {c: {} for c in columns}
    told = catalogue()
    for language in config.LANGUAGES:
        texts = {
            c: told.get(f"column.{c}", {}).get(language) or c.replace("_", " ") for c in columns
        }
        for column, text in texts.items():
            taken = [c for c, t in texts.items() if header_key(t) == header_key(text)]
            # Two columns of one label: the name in brackets tells them apart.
            found[column][language] = text if len(taken) == 1 else f"{text} ({column})"
    return found


def headers(name):
    """Column -> language -> header of a table's form; no header twice in one language."""
    return _headers(name, id(catalogue()))


def synonyms(column, labelled=None):
    """Headers under which a form may carry a column: its name and its labels, joined by |.

    labelled: the headers of the table's own form, as `headers` gives them.
    """
    shown = [column, column.replace("_", " ")]
    shown += labelled[column].values() if labelled else labels("column", column).values()
    return "|".join(dict.fromkeys(t.replace("|", "/") for t in shown if t))


@cache
def _preset(name, stamp):
    return _build(name)


def preset(name):
    """The preset of a table's form."""
    return _preset(name, id(catalogue()))


def _build(name):
    table = table_of(name)
    section, labelled = {}, headers(name)
    for column in table.columns.values():
        spec = {"from": synonyms(column.name, labelled)}
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
        synonyms(c.name, labelled)
        for c in table.columns.values()
        if c.required and c.name not in CONSTANT and c.name not in ("platform", "account_id")
    ]
    about = {
        "id": "form",
        "version": 1,
        "confidence": "form",
        "grain": name,
        "required": required or [synonyms(table.key[0], labelled)],
        "time_zone": "account",
        "row_at_a_time": True,
        name: section,
    }
    return presets.parse_preset(about, f"form of {name}")


def _values(column):
    """Labels of a closed list back to its values: the column's `about` names them."""
    found = {}
    if column.name in PLATFORMS:
        for value, about in config.reference("platforms.toml").items():
            for text in (value, *about["name"].values(), *about["aliases"]):
                found.setdefault(text, value)
        return found
    for value in choices(column):
        for text in (value, *labels("value", value).values()):
            found.setdefault(text, value)
    return found


def shown(column, value, language):
    """A value of a closed list as a form shows it in a language; others as they are."""
    if column.name in PLATFORMS:
        about = config.reference("platforms.toml").get(value)
        return about["name"][language] if about else value
    text = labels("value", value).get(language)
    # Only where it leads back: two values of one list may share a word in one language.
    return text if text and _values(column).get(text) == value else value


def write(table, path, language="en", frame=None, *, zone=None):
    """Write the form of a table as an xlsx with drop-downs, checks and an example.

    table: name of a canonical table; language: en, zh-Hant or zh-Hans; frame: rows to start from
    (as Store.frame gives them), for export, edit, import. zone: time zone in which moments are
    shown, the workbook's where not given. Returns the path.
    """
    from opsbook.data.templates import write_form

    return write_form(table, path, language, frame, zone)


def choices(column):
    """The closed list of a text column ("One of a, b, c" or "a, b or c" in its meaning)."""
    if column.name in PLATFORMS:
        return [*config.reference("platforms.toml"), *(["all"] if "all" in column.about else [])]
    text = column.about.removeprefix("One of ").replace(" or ", ", ")
    parts = [part.strip() for part in text.split(",")]
    plain = len(parts) > 1 and all(p.replace("_", "").isalnum() and p == p.lower() for p in parts)
    return parts if plain and column.type == "text" else []


def find(sheets, *, asked=False):
    """(sheet index, header index, preset, None) of the form a file is, None where it is none.

    The name of a sheet decides; else the table that has every header of the row, for what a form
    does not know would be left out. asked: the caller says that it is a form, so that the table
    which has most of the headers is taken.
    """
    best = None
    for number, index, name, one, hits, foreign in _candidates(sheets):
        named = sheets[number].name.strip().lower() == name
        if len(foreign) > (hits if named or asked else 0):
            continue
        score = (named, hits - len(foreign), -len(one.required))
        if best is None or score > best[0]:
            best = (score, number, index, one)
    return best and (best[1], best[2], best[3], None)


def nearest(sheets):
    """(table, foreign headers) of the form that a file would be but for some headers, else None."""
    found = [c for c in _candidates(sheets) if c[4] > len(c[5])]
    if not found:
        return None
    _, _, name, _, _, foreign = max(found, key=lambda c: c[4] - len(c[5]))
    return name, foreign


def _candidates(sheets):
    """(sheet index, header index, table, preset, known headers, foreign headers) by table and row."""
    for number, sheet in enumerate(sheets):
        for index, row in enumerate(sheet.head[:15]):
            keys = [k for k in presets.header_keys(row) if k]
            here = set(keys)
            if len(here) < 2:
                continue
            for name, one, known in _every(id(catalogue())):
                hits = len(known & here)
                if hits >= 2 and not presets.lacks(one, here):
                    yield number, index, name, one, hits, [k for k in keys if k not in known]


@cache
def _every(stamp):
    return [(name, preset(name), preset(name).headers) for name in tables()]
