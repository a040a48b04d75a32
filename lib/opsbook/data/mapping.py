"""Layouts nobody has described yet: a proposed mapping with reasons, edited and saved as a preset.

try:
    store.import_file("report.csv", account="tea")
except UnknownLayout as error:
    proposal = error.proposal          # proposal.rows: header, place, unit, reason
    proposal = proposal.place("Kosten", "ads_daily.spend").drop("Notiz")
    save(proposal, folder)             # data/reference/presets/<id>.toml, read from then on
"""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from opsbook.data import presets, times, values
from opsbook.data.presets import header_key
from opsbook.data.schema import table as table_of
from opsbook.data.schema import tables
from opsbook.errors import BadValue, ParameterError

SAMPLE = 50
# Tables that exports of figures end in; the others come in by forms.
FIGURES = ("ads_daily", "ads_period", "post_daily", "posts", "follower_daily", "account_daily", "orders",
           "comments", "messages", "live_sessions", "audience_profile", "reposts", "mentions", "tickets")  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """A mapping to complete. `rows`: dicts header, place ("table.column" or ""), unit, reason.

    `place(header, "table.column", unit="")`, `drop(header)` and `named(id)` give a changed copy,
    `frame` is what a notebook shows; `preset()` is the mapping as a dict that read_export and
    Store.import_file take.
    """

    id: str
    rows: tuple
    grain: str
    platform: str = ""
    settings: dict = field(default_factory=dict)

    def place(self, header, place, *, unit="", **spec):
        """A copy in which a header goes to a column; spec: further keys of a preset's column."""
        table, _, column = place.partition(".")
        if column not in table_of(table).columns:
            raise BadValue(
                f"{column} is no column of {table}; it has {', '.join(table_of(table).columns)}.",
                where="mapping",
            )
        if header not in [row["header"] for row in self.rows]:
            raise BadValue(f"the file has no column {header}.", where="mapping")
        new = {"place": place, "unit": unit, "reason": "set by hand", "spec": spec}
        rows = tuple(row | new if row["header"] == header else row for row in self.rows)
        return replace(self, rows=rows)

    def drop(self, header):
        """A copy in which a header is not read."""
        rows = tuple(row | {"place": ""} if row["header"] == header else row for row in self.rows)
        return replace(self, rows=rows)

    def named(self, name):
        """A copy that is saved under another id."""
        return replace(self, id=_identifier(name))

    @property
    def frame(self):
        """The mapping as a pandas frame: header, place, unit, reason, one row per column."""
        import pandas as pd

        return pd.DataFrame(list(self.rows), columns=["header", "place", "unit", "reason"])

    def preset(self):
        """The mapping as a preset dict; BadValue where the table's key is not covered."""
        sections = {}
        for row in self.rows:
            if not row["place"]:
                continue
            table, _, column = row["place"].partition(".")
            spec = {"from": row["header"].replace("|", "/"), **row.get("spec", {})}
            if row["unit"]:
                spec["order" if row["unit"] in ("mdy", "dmy") else "unit"] = row["unit"]
            sections.setdefault(table, {})[column] = spec if len(spec) > 1 else spec["from"]
        if self.grain not in sections:
            raise BadValue("no header is placed yet.", where=self.id, remedy="Use place().")
        if self.grain == "post_daily":
            own = sections["post_daily"]
            own.setdefault("as_of_date", {"take": "exported_on"})
            daily = own["as_of_date"] != {"take": "exported_on"}
            own.setdefault("basis", {"value": "daily" if daily else "cumulative"})
            if "post_id" not in own and "posts" in sections:
                own["post_id"] = sections["posts"].get("post_id", "")
            if "posts" in sections and "post_id" not in sections["posts"]:
                sections["posts"]["post_id"] = own["post_id"]
        settings = dict(self.settings)
        if self.grain == "ads_period" and "period_start" not in sections["ads_period"]:
            ends = {n: {"take": n} for n in ("period_start", "period_end")}
            sections["ads_period"] |= ends
            settings.setdefault("periods", {"file_name": True})
        required = [r["header"] for r in self.rows if r["place"].startswith(self.grain + ".")]
        return {
            "id": self.id,
            "version": 1,
            "confidence": "user",
            "grain": self.grain,
            "required": required,
            **({"platform": self.platform} if self.platform else {}),
            **settings,
            **sections,
        }


def load(chosen, own=None):
    """A Preset out of a Proposal, a dict, the path of a TOML file, or the id of a saved mapping."""
    if isinstance(chosen, presets.Preset):
        return chosen
    if isinstance(chosen, Proposal):
        return presets.parse_preset(chosen.preset(), chosen.id)
    if isinstance(chosen, dict):
        return presets.parse_preset({"id": "mapping", **chosen}, "mapping")
    path = Path(chosen)
    if path.suffix == ".toml":
        if not path.is_file():
            raise ParameterError("mapping", f"{chosen} does not exist.", remedy="Check the path.")
        return presets.load_preset(path)
    return presets.named(str(chosen), own)


def save(mapping, folder):
    """Write a Proposal or preset dict as <folder>/<id>.toml and return the path.

    It is checked first; an older file of that id is kept as its previous version beside it.
    """
    import tomlkit

    content = mapping.preset() if isinstance(mapping, Proposal) else dict(mapping)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{content['id']}.toml"
    if target.exists():
        old = presets.load_preset(target)
        content["version"] = old.version + 1
        target.rename(target.with_suffix(f".v{old.version}.bak"))
    presets.parse_preset(content, target)
    aside = target.with_suffix(".part")
    aside.write_text(tomlkit.dumps(content), encoding="utf-8")
    aside.replace(target)
    return target


def propose_for(path, own=None, *, grain=None):
    """A Proposal for the file at a path, whatever presets may fit; grain: the table of its rows."""
    from opsbook.data import containers

    return propose(Path(path), containers.sheets(Path(path)), own, grain=grain)


def propose(path, sheets, own=None, *, grain=None):
    """A Proposal for a file that no preset fits: by header, by unit, by values, with reasons."""
    if grain is not None and grain not in tables():
        raise ParameterError("table", f"there is no table {grain}.", known=tables())
    number, header = _header(sheets)
    sheet = sheets[number]
    cells = [c.strip() for c in sheet.head[header]]
    body = sheet.body(header)
    sample = {c: body.columns[i][:SAMPLE].to_pylist() for i, c in enumerate(cells) if c}
    known = _known(own)
    grain = grain or _grain(cells, known)
    rows = _rows(sample, known, grain)
    if grain == "ads_daily" and not any(row["place"] == "ads_daily.date_day" for row in rows):
        # Figures of ads without a day are those of a period, which the file's name has to say.
        grain = "ads_period"
        rows = _rows(sample, known, grain)
    return Proposal(_identifier(path.stem), rows, grain)


def _rows(sample, known, grain):
    places = {cell: known.get(header_key(cell), ()) for cell in sample}
    if grain == "ads_period":  # what a layout calls a figure of the day is one of the period too
        places = {c: [("ads_period", *p[1:]) if p[0] == "ads_daily" else p for p in found]
                  for c, found in places.items()}  # fmt: skip
        places = {
            c: [p for p in found if p[1] in tables()[p[0]].columns] for c, found in places.items()
        }
    rows = [_row(cell, texts, places[cell], grain, sample) for cell, texts in sample.items()]
    return tuple(_once(rows))


def _identifier(text):
    return re.sub(r"\W+", "_", text.lower()).strip("_") or "mapping"


def _header(sheets):
    rows = [
        (len({c for c in row if c.strip()}), -index, number)
        for number, sheet in enumerate(sheets)
        for index, row in enumerate(sheet.head[:15])
    ]
    _, index, number = max(rows)
    return number, -index


def _known(own):
    """header key -> [(table, column, unit)] of every preset, canonical name and label."""
    from opsbook.data.forms import synonyms

    found = {}
    for preset in presets.presets(own).values():
        for table, section in preset.sections.items():
            for column, spec in section.items():
                if column in presets.SETTINGS:
                    continue
                text = spec if isinstance(spec, str) else spec.get("from", "")
                unit = "" if isinstance(spec, str) else spec.get("unit", "")
                for key in presets.alternatives(text) if text else ():
                    found.setdefault(key, []).append((table, column, unit))
    for name in FIGURES:
        for column in tables()[name].columns:
            for key in presets.alternatives(synonyms(column)):
                found.setdefault(key, []).append((name, column, ""))
    return found


def _grain(cells, known):
    votes = Counter()
    for cell in cells:
        votes.update({table for table, _, _ in known.get(header_key(cell), ())})
    facts = [t for t in FIGURES if t not in ("posts",)]
    return max(facts, key=lambda t: (votes[t], -facts.index(t)))


def _row(cell, texts, places, grain, sample):
    kind, why = _kind(texts)
    row = {"header": cell, "place": "", "unit": "", "reason": why, "spec": {}}
    wanted = ("posts", grain) if grain == "post_daily" else (grain,)
    fitting = [p for p in places if p[0] in wanted and _agrees(kind, _type(p))]
    if fitting:
        (table, column, unit), n = Counter(fitting).most_common(1)[0]
        told = f"{n} known layout(s) call it {column}; {why}"
        row |= {"place": f"{table}.{column}", "unit": unit, "reason": told}
        if _type((table, column, "")) == "rate":
            row["unit"], told = _rate_unit(cell, texts, sample)
            row["reason"] += f"; {told}"
    elif kind == "date":
        row |= {"place": f"{grain}.{table_of(grain).when}", "reason": why}
    if kind == "date" and row["place"]:
        order = times.order_of([t.strip().lower() for t in texts])
        row["unit"] = order if order in ("mdy", "dmy") else ""
    return row


def _type(place):
    return tables()[place[0]].columns[place[1]].type


def _agrees(kind, type_):
    numeric = ("int", "number", "money", "rate")
    if kind == "empty" or type_ in ("text", "json"):
        return True
    if kind == "date":
        return type_ in ("date", "timestamp")
    if kind == "percent":
        return type_ in ("rate", "number")
    return kind == "number" and type_ in numeric


def _kind(texts):
    filled = [t for t in texts if not values.missing(t)]
    if not filled:
        return "empty", "no value in the first rows"
    _, reasons = times.dates(filled, order="mdy", exported_on=None)
    _, other = times.dates(filled, order="dmy", exported_on=None)
    bare = all(re.fullmatch(r"\d{1,9}", t.strip()) for t in filled)
    if not bare and (not any(reasons) or not any(other)):
        return "date", f"values such as {filled[0]!r} are days"
    _, reasons = values.numbers(filled)
    if not any(reasons):
        if all(t.strip().endswith("%") for t in filled):
            return "percent", f"values such as {filled[0]!r} are percentages"
        return "number", f"values such as {filled[0]!r} are figures"
    return "text", f"values such as {filled[0][:20]!r} are text"


def _rate_unit(cell, texts, sample):
    """fraction or percent: from a % sign, from clicks / impressions, else from the size."""
    figures, _ = values.numbers(texts)
    if any("%" in t for t in texts):
        return "fraction", "the cells carry %"
    keys = {header_key(c): c for c in sample}
    clicks = next((keys[k] for k in ("clicks", "点击数", "点击量") if k in keys), None)
    shown = next((keys[k] for k in ("impressions", "impr.", "展示数", "展现量") if k in keys), None)
    if clicks and shown:
        ones, _ = values.numbers(sample[clicks])
        alls, _ = values.numbers(sample[shown])
        for factor, unit in ((1, "fraction"), (100, "percent")):
            near = [
                abs(f - factor * a / b) < 0.006 * factor
                for f, a, b in zip(figures, ones, alls, strict=True)
                if f is not None and a and b
            ]
            if near and all(near):
                return unit, f"equals {clicks} / {shown}" + (" x 100" if factor == 100 else "")
    big = [f for f in figures if f is not None and f > 1]
    return ("percent", "values over 1") if big else ("fraction", "no value over 1")


def _once(rows):
    """Every place taken once: the header that comes first keeps it."""
    taken = set()
    for row in rows:
        if row["place"] and row["place"] in taken:
            row = row | {"place": "", "reason": f"{row['place']} is taken; {row['reason']}"}
        taken.add(row["place"])
        yield row
