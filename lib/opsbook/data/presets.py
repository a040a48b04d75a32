"""Presets: how a platform's export becomes canonical tables, as TOML files that users may edit.

A preset file (data/reference/presets/<id>.toml; a workbook's own folder of that name wins):

    id = "xiaohongshu_notes"        # unique
    version = 1
    platform = "xiaohongshu"        # or a list; the inbox folder then says which
    title = {en = "...", zh-Hans = "..."}
    confidence = "F"                # how sure: F seen in a real file, V, D, S, C (see the README there)
    source = "where the layout is known from"
    grain = "post_daily"            # the table whose rows are the file's records
    time_zone = "Asia/Shanghai"     # of times without offset; "account": the account's own
    required = ["笔记标题", "曝光|展现"]   # headers that must be there; | separates synonyms
    any = []                        # at least one of these, where given
    forbidden = []                  # headers that must not be there
    max_columns = 2                 # where given
    order = "mdy"                   # order of day and month in figures
    decimal..                       # is decided per column
    rows = {total_column = 1, total = ["Total"], total_prefix = ["Total:"], footer = ["Showing top"],
            data_fills = ["Campaign"],  # a row that lacks it is an unknown total and refused
            total_first_unlabelled = true, capped = 500}
    notes = ["shown to the user with every import"]
    checks = {clicks_over_impressions = false}
    preliminary_days = 3            # the newest days before the export that are still revised

    [post_daily]                    # one section per canonical table; a section is left out
    needs = ["Day"]                 #   when one of these headers is absent
    without = ["Day"]               #   or one of these is present
    impressions = "曝光|展现"        # canonical column = header (synonyms, first present wins)
    watch_time_s = {from = "Watch time (hours)", unit = "h"}      # s, ms, min, h
    cover_ctr = {from = "封面点击率", unit = "fraction"}          # or percent
    spend = {from = "Cost", unit = "fen"}                         # yuan, fen, li, cents, micros, 1e-5
    post_type = {from = "体裁", values = {"图文" = "image"}, otherwise = "image"}
    account_id = {from = "Link", match = "x\\.com/([^/]+)/"}      # first group of a regex
    post_id = {synthetic = ["笔记标题", "首次发布时间"]}           # keyed by account and these cells
    person_key = {from = "user_id", person = true}                # hashed at the door
    basis = {value = "cumulative"}
    as_of_date = {take = "exported_on"}     # exported_on, account, period_start, period_end, preamble
    metric = {take = "preamble", line = 2, values = {"Facebook reach" = "reach"}}
    breakdown = {pairs = {age = "age", gender = "gender"}}        # age=30-34;gender=M
    extra = {collect = ["num_wows"]}                              # JSON of named columns
    post_id = {from = "url", match = "mid=(\\d+)&idx=(\\d+)"}       # several groups are joined by _
    status = {first = [{from = "A"}, {value = "paid"}]}           # the first that is not missing
    refund_amount = {from = "Paid", where = {"State" = ["refunded"]}}   # only where a cell says so
    shipping = {from = "Shipping", once = "Name"}                 # on the first row of each Name
    line_no = {number = "Name"}                                   # 1, 2, ... within each Name
    weekday = {from = "Date", part = "weekday"}                   # 0 Monday
    line_amount = {product = ["Quantity", "Price"]}
    paid_amount = {share = "Subtotal", by = "Name", weights = ["Quantity", "Price"], less = "Discount"}
    only_rows = {same = ["Starts", "Ends"]}                       # rows of this table: same, differ,
                                                                  #   filled, cells = {header = [...]}
    sum = ["share"]                                               # rows of one key are added up
    also = [{only_rows = {...}, dimension = {...}}]               # further rows out of the same records
    [account_daily.melt]            # long tables: metric id = header (or {from, unit, kind})
    impressions = "Impressions"
    shares = {from = "分享人数", day = "日期#2"}    # a block beside it with a date of its own
    reach = {from = "阅读人数", suffix = "渠道", plain = ["全部"]}   # other channels: reach:<channel>

`rows` may also say fill_down = {by = "Name", columns = [...]}: cells that only the first row of a
group fills hold for the whole group. A file of stacked blocks is read as Block, Row, Column, Value.
Headers are compared without case, blanks, width of letters and a currency in brackets at their
end; the second column of one name is "views#2".
"""

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path

from opsbook.config import DISTRIBUTION, load_toml
from opsbook.data.schema import tables
from opsbook.errors import ConfigError, InputError

META = {
    "id", "version", "platform", "title", "confidence", "source", "grain", "time_zone", "required",
    "any", "forbidden", "max_columns", "order", "rows", "notes", "checks", "preliminary_days",
    "currency", "encoding", "preamble", "periods", "row_at_a_time",
    "platform_from_preamble", "stacked",
}  # fmt: skip
SETTINGS = {"needs", "without", "melt", "only", "repeats", "only_rows", "sum", "also"}
CURRENCY = re.compile(r"\s*\(([A-Z]{3}|元|万元|分|厘|¥|\$|€)\)\s*$")


@dataclass(frozen=True)
class Preset:
    """One layout. `sections`: table name -> column specs; `stamp`: hash of its content."""

    id: str
    version: int
    platforms: tuple
    confidence: str
    grain: str
    required: tuple
    sections: dict
    about: dict = field(repr=False)
    stamp: str = ""

    def get(self, key, default=None):
        """A setting of the preset file."""
        return self.about.get(key, default)

    @cached_property
    def headers(self):
        """Every header key that it reads or requires."""
        return frozenset(_headers(self))


@lru_cache(maxsize=100_000)
def header_key(text):
    """A header as it is compared: NFKC, one blank, lower case, no currency bracket at its end."""
    plain = unicodedata.normalize("NFKC", str(text)).strip().strip("\ufeff")
    plain = re.sub(r"\s+", " ", plain).strip()
    return CURRENCY.sub("", plain).strip().lower()


def header_currency(text):
    """The currency or unit in the brackets at a header's end, "" where there is none."""
    found = CURRENCY.search(re.sub(r"\s+", " ", unicodedata.normalize("NFKC", str(text))))
    return found[1].upper() if found else ""


def header_keys(cells):
    """Keys of a header row by position; the second of one name becomes name#2."""
    seen, keys = {}, []
    for cell in cells:
        key = header_key(cell)
        seen[key] = seen.get(key, 0) + 1
        keys.append(key if seen[key] == 1 else f"{key}#{seen[key]}")
    return keys


@cache
def alternatives(spec):
    """The keys of a header with synonyms: "曝光|展现" -> ("曝光", "展现")."""
    return tuple(header_key(part) for part in spec.split("|"))


def parse_preset(raw, where):
    """A Preset out of the content of a TOML file; ConfigError names the key that is wrong."""
    for key in ("id", "grain"):
        if not isinstance(raw.get(key), str):
            raise ConfigError(where, key, "is missing.", remedy="See the README of the presets.")
    known = tables()
    sections = {}
    for name, content in raw.items():
        if name in META:
            continue
        if name not in known:
            raise ConfigError(where, name, "is neither a setting of a preset nor a table.")
        for column in content:
            if column in SETTINGS:
                continue
            if column not in known[name].columns:
                raise ConfigError(where, f"{name}.{column}", "is no column of this table.")
        sections[name] = content
    if raw["grain"] not in sections:
        raise ConfigError(where, "grain", f"{raw['grain']} has no section in the preset.")
    platform = raw.get("platform", ())
    platform = (platform,) if isinstance(platform, str) else tuple(platform)
    stamp = hashlib.sha256(json.dumps(raw, sort_keys=True, default=str).encode()).hexdigest()[:16]
    return Preset(
        id=raw["id"],
        version=int(raw.get("version", 1)),
        platforms=platform,
        confidence=raw.get("confidence", "user"),
        grain=raw["grain"],
        required=tuple(raw.get("required", ())),
        sections=sections,
        about=raw,
        stamp=stamp,
    )


@cache
def _loaded(path, mtime):
    return parse_preset(load_toml(path), path)


def load_preset(path):
    """One preset file, read once per version of the file."""
    path = Path(path)
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    return _loaded(path, stamp)


def presets(own=None):
    """All presets by id: the shipped ones, then those of the workbook's own folder, which win."""
    found = {}
    for folder in (DISTRIBUTION / "data" / "reference" / "presets", own):
        if folder is None or not Path(folder).is_dir():
            continue
        for path in sorted(Path(folder).glob("*.toml")):
            one = load_preset(path)
            found[one.id] = one
    return found


def named(name, own=None):
    """A preset by id; InputError lists the known ones."""
    known = presets(own)
    if name not in known:
        raise InputError(f"is no preset; known are {', '.join(sorted(known))}.", where=str(name))
    return known[name]


def lacks(preset, keys):
    """Required headers that a header row does not have."""
    return [r for r in preset.required if not any(a in keys for a in alternatives(r))]


def fits(preset, keys):
    """How many headers of a row the preset knows; 0 where it does not fit."""
    here = set(keys)
    if lacks(preset, here) or any(
        a in here for f in preset.get("forbidden", ()) for a in alternatives(f)
    ):
        return 0
    wanted = preset.get("any", ())
    if wanted and not any(a in here for w in wanted for a in alternatives(w)):
        return 0
    if len([k for k in keys if k]) > preset.get("max_columns", 10**6):
        return 0
    return len(preset.headers & here)


def _headers(preset):
    found = {a for r in preset.required for a in alternatives(r)}
    for section in preset.sections.values():
        for column, spec in section.items():
            if column == "melt":
                for inner in spec.values():
                    found.update(_sources(inner))
            elif column in ("needs", "without"):
                found.update(a for s in spec for a in alternatives(s))
            elif column == "also":
                found.update(a for one in spec for s in one.values() for a in _sources(s))
            elif column not in SETTINGS:
                found.update(_sources(spec))
    return found


def _sources(spec):
    if isinstance(spec, str):
        return alternatives(spec)
    if "first" in spec:
        return [a for one in spec["first"] for a in _sources(one)]
    one = ("from", "day", "suffix", "share", "by", "less", "number")
    named_ = [spec[k] for k in one if k in spec]
    named_ += [
        *spec.get("product", ()),
        *spec.get("weights", ()),
        *spec.get("where", ()),
        *spec.get("synthetic", ()),
        *spec.get("collect", ()),
        *spec.get("pairs", {}).values(),
    ]
    return [a for s in named_ for a in alternatives(s)]


def find_header(heads, known):
    """The best (sheet index, header index, preset, runner-up or None) for sheets' first rows.

    The row with most headers known to a preset whose required subset it has; ties go to the
    higher share of known cells. None where no preset fits.
    """
    candidates = []
    for number, head in enumerate(heads):
        for index, row in enumerate(head[:15]):
            cells = [c for c in row if c.strip()]
            # A banner repeats one text in every cell: what counts is how many differ.
            if len(set(cells)) < 2:
                continue
            keys = header_keys(row)
            for preset in known:
                score = fits(preset, keys)
                if score:
                    share = score / len(set(cells))
                    candidates.append((score, share, -index, preset.id, number, index, preset))
    if not candidates:
        return None
    candidates.sort(key=lambda c: c[:4], reverse=True)
    best = candidates[0]
    second = next((c[6] for c in candidates if c[6].id != best[6].id), None)
    return best[4], best[5], best[6], second
