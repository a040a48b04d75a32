"""One canonical column out of a file's text columns, by the spec of its preset."""

import hashlib
import itertools
import json
import re
import unicodedata
from decimal import Decimal
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opsbook.data import groups, times, values
from opsbook.data.presets import alternatives, header_currency
from opsbook.data.schema import ARROW
from opsbook.errors import ConfigError

FEW = 2000  # below this many distinct texts the general parser is quick enough
PLAIN_INT = r"^-?\d{1,14}$"
PLAIN_NUMBER = r"^[+-]?\d{1,12}(\.\d{1,9})?$"
PLAIN_MONEY = r"^[+-]?\d{1,12}(\.\d{1,4})?$"
PLAIN_RATE = r"^[+-]?\d{1,3}(\.\d{1,9})?$"
PLAIN_ID = r"^[0-9A-Za-z][0-9A-Za-z_./:@-]*$"
PLAIN = {"int": PLAIN_INT, "money": PLAIN_MONEY, "rate": PLAIN_RATE}
ID_NAMES = re.compile(r"(^|_)(id|account_id|post_id)$")
HEADER_UNITS = {"万元": Decimal(10000), "分": Decimal("0.01"), "厘": Decimal("0.001")}
HEADER_CURRENCY = {"元": "CNY", "万元": "CNY", "分": "CNY", "厘": "CNY", "¥": "CNY", "€": "EUR"}


class Source:
    """The text columns of one file and what was learnt while parsing them."""

    def __init__(self, headers, keys, body, preset, context):
        self.headers = headers
        self.position = {key: i for i, key in enumerate(keys)}
        self.columns = body.columns
        self.rows = body.rows
        self.n = len(body.rows)
        self.preset = preset
        self.context = context  # account, exported_on, zone, person, take: dict
        self.bad = []  # (row index, header, value, reason)
        self.nulls = {}  # header -> {text: count}
        self.parsed = {}
        self.additive = {}  # header position -> Arrow array of figures, for totals
        self.used = set()

    @cached_property
    def style(self):
        """How the file writes decimals, where a column itself does not show it."""
        shown = {values.decimal_style(c[:200].to_pylist(), "") for c in self.columns} - {""}
        return "," if shown == {","} else "."

    def find(self, spec):
        """Position of the first synonym present, None where none is."""
        for key in alternatives(spec):
            if key in self.position:
                return self.position[key]
        return None

    def texts(self, position):
        """The raw text column at a position."""
        self.used.add(position)
        return self.columns[position]


def header_of(spec):
    """The header that a column spec reads, "" where it reads none."""
    if isinstance(spec, str):
        return spec
    if "first" in spec:
        return header_of(spec["first"][0])
    return spec.get("from", "") or spec.get("share", "") or (spec.get("product") or [""])[-1]


def present(source, spec):
    """True where the file has what this spec reads."""
    if isinstance(spec, str):
        return source.find(spec) is not None
    if "first" in spec:
        return any(present(source, one) for one in spec["first"])
    if "product" in spec or "share" in spec:
        needed = [*spec.get("product", ()), *([spec["share"]] if "share" in spec else [])]
        return all(source.find(s) is not None for s in needed)
    if "number" in spec:
        return source.find(spec["number"]) is not None
    if "from" in spec:
        return source.find(spec["from"]) is not None
    if "collect" in spec:
        return any(source.find(s) is not None for s in spec["collect"])
    if "pairs" in spec:
        return any(source.find(s) is not None for s in spec["pairs"].values())
    return True


def build(source, column, spec):
    """The Arrow array of one canonical column, or None where the file lacks it."""
    if isinstance(spec, str):
        spec = {"from": spec}
    found = _built(source, column, spec)
    if found is not None and "where" in spec:
        found = pc.if_else(condition(source, {"cells": spec["where"]}), found, None)
    if found is not None and "once" in spec:
        found = pc.if_else(pc.equal(groups.numbers(source, spec["once"]), 1), found, None)
    return found


def condition(source, spec):
    """A mask of the rows that meet all of: same, differ (two headers), filled, cells."""
    mask = pa.repeat(True, source.n)

    def cells(header):
        position = source.find(header)
        return None if position is None else pc.utf8_trim_whitespace(source.texts(position))

    for word in ("same", "differ"):
        pair = [cells(h) for h in spec.get(word, ())]
        if pair and all(c is not None for c in pair):
            equal = pc.equal(*pair)
            mask = pc.and_(mask, equal if word == "same" else pc.invert(equal))
    if "filled" in spec:
        found = cells(spec["filled"])
        filled = pa.repeat(False, source.n) if found is None else pc.not_equal(found, "")
        mask = pc.and_(mask, filled)
    for header, wanted in spec.get("cells", {}).items():
        found = cells(header)
        if found is not None:
            mask = pc.and_(mask, pc.is_in(found, pa.array(wanted, pa.string())))
    return mask


def _built(source, column, spec):
    kind = ARROW[column.type]
    if "first" in spec:
        parts = [build(source, column, one) for one in spec["first"] if present(source, one)]
        parts = [p.cast(kind) for p in parts if p is not None]
        return pc.coalesce(*parts) if parts else None
    if "number" in spec:
        return groups.numbers(source, spec["number"])
    if "product" in spec:
        return groups.product(source, spec)
    if "share" in spec:
        return groups.shares(source, spec)
    if spec.get("part") == "weekday":
        days = parsed(source, source.find(spec["from"]), source.texts(source.find(spec["from"])),
                      column.__class__("day", "date", False, "", ""), {})  # fmt: skip
        return pc.cast(pc.day_of_week(days), pa.int64())
    if "value" in spec:
        return pa.repeat(pa.scalar(spec["value"], kind), source.n)
    if "take" in spec:
        return _taken(source, spec, kind)
    if "synthetic" in spec:
        return _synthetic(source, spec)
    if "pairs" in spec:
        return _pairs(source, spec)
    if "collect" in spec:
        return _collected(source, spec)
    if "from" not in spec:
        raise ConfigError(source.preset.id, column.name, f"cannot be read from {spec}.")
    position = source.find(spec["from"])
    if position is None:
        return None
    texts = source.texts(position)
    if spec.get("person"):
        return _persons(source, texts)
    if "match" in spec:
        texts = _matched(source, position, texts, spec)
    if "values" in spec:
        return _mapped(texts, spec, kind)
    found = parsed(source, position, texts, column, spec)
    if spec.get("fill") is not None:
        found = pc.fill_null(found, pa.scalar(spec["fill"], kind))
    return found


def _taken(source, spec, kind):
    what = spec["take"]
    value = source.context["take"].get(what)
    if what == "preamble":
        lines = source.context["preamble"]
        line = lines[spec["line"] - 1] if len(lines) >= spec["line"] else ""
        value = spec.get("values", {}).get(line, spec.get("otherwise", line))
    return pa.repeat(pa.scalar(value, kind), source.n)


def parsed(source, position, texts, column, spec):
    """Texts into the column's type; what cannot be read is noted in `source.bad`."""
    kind = column.type
    if kind == "text" and (spec.get("id") or ID_NAMES.search(column.name)):
        kind = "id"
    unit = spec.get("unit", "percent" if spec.get("percent") else "")
    order = spec.get("order", source.preset.get("order", ""))
    key = (position, kind, unit, order, spec.get("match"), spec.get("tz"))
    if key not in source.parsed:
        source.parsed[key] = _parse(source, position, texts, kind, unit, order, spec)
        if kind in ("int", "money", "number"):
            source.additive.setdefault(position, (column.name, source.parsed[key]))
    return source.parsed[key]


def _parse(source, position, texts, kind, unit, order, spec):
    if kind in ("text", "json"):
        return pc.if_else(pc.equal(pc.utf8_trim_whitespace(texts), ""), None, texts)
    encoded = texts.dictionary_encode()
    distinct, codes = encoded.dictionary, encoded.indices
    header = source.headers[position]
    factor = HEADER_UNITS.get(header_currency(header)) if kind == "money" and not unit else None
    quick = (
        None
        if factor
        else _plain_ids(distinct)
        if kind == "id"
        else _quick(source, distinct, kind, unit)
    )
    if quick is not None:
        return quick if len(distinct) == len(texts) else quick.take(codes)
    listed = distinct.to_pylist()
    if kind == "date":
        zone = spec.get("tz", source.context["zone"])
        found, reasons = times.dates(
            listed, order=order, zone=zone, exported_on=source.context["exported_on"]
        )
    elif kind == "timestamp":
        zone = spec.get("tz", source.context["zone"])
        found, reasons, precise = times.timestamps(
            listed, order=order, zone=zone, exported_on=source.context["exported_on"]
        )
        source.parsed[(position, "precision")] = pa.array(precise, pa.string()).take(codes)
    else:
        found, reasons = values.PARSERS[kind](listed, unit, hint=source.style)
    if factor:
        found = [None if v is None else v * factor for v in found]
    _note(source, header, codes, listed, reasons)
    arrow = ARROW["text" if kind == "id" else kind]
    return pa.array(found, arrow).take(codes)


def _quick(source, distinct, kind, unit):
    """Whole columns of plain figures are cast at once; anything else goes to the parsers."""
    if kind not in ("int", "number", "rate", "money"):
        return None
    pattern = PLAIN.get(kind, PLAIN_NUMBER)
    if unit not in ("", "fraction", "percent", "yuan") and unit not in values.SECONDS:
        return None
    blank = pc.equal(distinct, "")
    if not pc.all(pc.or_(blank, pc.match_substring_regex(distinct, pattern))).as_py():
        return None
    # 1.234 is a thousand where the file's other columns write decimals with a comma.
    if pc.any(pc.match_substring(distinct, ".")).as_py() and source.style != ".":
        return None
    texts = pc.if_else(blank, None, distinct)
    if kind == "int":
        return pc.cast(texts, pa.int64())
    if kind == "money":
        return pc.cast(texts, pa.decimal128(18, 4))
    if kind == "rate":
        found = exact_floats(pc.cast(texts, pa.decimal128(18, 9)), 100 if unit == "percent" else 1)
        if not pc.all(pc.and_(pc.greater_equal(found, 0), pc.less_equal(found, 1))).as_py():
            return None
        return found
    found = pc.cast(texts, pa.float64())
    if unit in values.SECONDS:
        if pc.any(pc.less(found, 0)).as_py():
            return None
        found = pc.multiply(found, values.SECONDS[unit])
    return found


def _plain_ids(distinct):
    """Ids without a guard, a word for "missing" or a spreadsheet's damage, as they are; else None."""
    if len(distinct) < FEW or not pc.all(pc.match_substring_regex(distinct, PLAIN_ID)).as_py():
        return None
    if pc.any(pc.is_in(pc.ascii_lower(distinct), pa.array(sorted(values.MISSING)))).as_py():
        return None
    digits = distinct.filter(pc.match_substring_regex(distinct, r"^\d{16,}$"))
    lengths = pc.utf8_length(digits)
    for length in pc.unique(lengths).to_pylist():
        group = digits.filter(pc.equal(lengths, length))
        zeros = pc.sum(pc.ends_with(group, "0" * (length - values.KEPT))).as_py()
        if values.too_many_zeros(length, len(group), zeros):
            return None
    return distinct


def exact_floats(decimals, divisor=1):
    """Decimals as the nearest floats (Arrow's own cast may be off by a unit in the last place)."""
    power = 10**decimals.type.scale
    whole = pc.cast(pc.multiply(decimals, pa.scalar(power, pa.decimal128(10, 0))), pa.int64())
    return pc.divide(pc.cast(whole, pa.float64(), safe=False), float(power * divisor))


def _note(source, header, codes, listed, reasons):
    wrong = {i: r for i, r in enumerate(reasons) if r}
    blank = {i: listed[i].strip() for i, r in enumerate(reasons) if r == "" and listed[i].strip()}
    if not wrong and not blank:
        return
    codes = codes.to_numpy(zero_copy_only=False)
    if blank:
        counts = source.nulls.setdefault(header, {})
        often = np.bincount(codes[codes >= 0], minlength=len(listed))
        for i, text in blank.items():
            counts[text] = counts.get(text, 0) + int(often[i])
    if wrong:  # once over the rows: every cell of a column may be wrong in its own way
        reason_of = [wrong.get(i) for i in range(len(listed))]
        for row in np.isin(codes, list(wrong)).nonzero()[0]:
            i = int(codes[row])
            source.bad.append((int(row), header, listed[i], reason_of[i]))


def _distinct(texts, function):
    """Apply a function of text to the distinct texts only."""
    encoded = texts.dictionary_encode()
    found = [function(t) for t in encoded.dictionary.to_pylist()]
    return pa.array(found, pa.string()).take(encoded.indices)


def _matched(source, position, texts, spec):
    """The first match's groups, joined by _, of every text; "" where nothing matches."""
    key = (position, "match", spec["match"])
    if key not in source.parsed:
        encoded = texts.dictionary_encode()
        found = _first_groups(encoded.dictionary, spec["match"])
        source.parsed[key] = found.take(encoded.indices)
    return source.parsed[key]


def _first_groups(texts, pattern):
    pattern = re.compile(pattern)
    number = itertools.count()
    # Arrow reads named groups only, and neither looks ahead nor back: Python does the rest.
    named = re.sub(r"(?<!\\)\((?!\?)", lambda _: f"(?P<g{next(number)}>", pattern.pattern)
    if list(re.compile(named).groupindex) == [f"g{i}" for i in range(pattern.groups)]:
        try:
            hits = pc.extract_regex(texts, named)
            parts = [pc.struct_field(hits, [i]) for i in range(pattern.groups)]
            joined = parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "_")
            return pc.fill_null(pc.if_else(pc.is_valid(hits), joined, ""), "")
        except pa.ArrowInvalid:
            pass
    hits = [pattern.search(text or "") for text in texts.to_pylist()]
    return pa.array(["_".join(hit.groups()) if hit else "" for hit in hits], pa.string())


def _mapped(texts, spec, kind):
    table = {str(k).strip().lower(): v for k, v in spec["values"].items()}
    other = spec.get("otherwise")

    def one(text):
        plain = (text or "").strip()
        if not plain:
            return None
        found = table.get(plain.lower(), plain if other is None else other)
        return str(found)

    found = _distinct(texts, one)
    return found if kind == pa.string() else pc.cast(found, kind)


def _persons(source, texts):
    hashed = source.context["person"]
    encoded = texts.dictionary_encode()
    listed = [values.clean(t) for t in encoded.dictionary.to_pylist()]
    return pa.array(hashed(listed), pa.string()).take(encoded.indices)


def _synthetic(source, spec):
    columns = [source.find(s) for s in spec["synthetic"]]
    parts = [source.texts(p).to_pylist() for p in columns if p is not None]
    account = source.context["account"] or ""
    found = []
    for cells in zip(*parts, strict=True):
        plain = "\x1f".join(unicodedata.normalize("NFKC", c).strip() for c in cells)
        digest = hashlib.sha256(f"{account}\x1e{plain}".encode()).hexdigest()[:20]
        found.append(f"s_{digest}" if plain.replace("\x1f", "") else None)
    return pa.array(found, pa.string())


def _pairs(source, spec):
    columns = [(name, source.find(s)) for name, s in spec["pairs"].items()]
    columns = [(name, source.texts(p)) for name, p in columns if p is not None]
    if not columns:
        return pa.repeat(pa.scalar("all"), source.n)
    parts = []
    for name, texts in columns:
        trimmed = pc.utf8_trim_whitespace(texts)
        shown = pc.binary_join_element_wise(f";{name}=", trimmed, "")
        parts.append(pc.if_else(pc.equal(trimmed, ""), "", shown))
    # Not null_handling="skip": Arrow then drops rows in which every part is null.
    joined = pc.utf8_ltrim(pc.binary_join_element_wise(*parts, ""), characters=";")
    return pc.if_else(pc.equal(joined, ""), "all", joined)


def _collected(source, spec):
    """A JSON object of the columns that are not missing, by the texts that differ."""
    pieces = []
    for header in spec["collect"]:
        position = source.find(header)
        if position is None:
            continue
        encoded = source.texts(position).dictionary_encode()
        told = json.dumps(header.split("|")[0], ensure_ascii=False)
        shown = [
            "" if values.missing(t) else f", {told}: {json.dumps(t.strip(), ensure_ascii=False)}"
            for t in encoded.dictionary.to_pylist()
        ]
        pieces.append(pa.array(shown, pa.string()).take(encoded.indices))
    if not pieces:
        return None
    joined = pc.utf8_slice_codeunits(pc.binary_join_element_wise(*pieces, ""), 2)
    whole = pc.binary_join_element_wise("{", joined, "}", "")
    return pc.if_else(pc.equal(joined, ""), None, whole)
