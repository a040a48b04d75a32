"""Cells into numbers: every shape that exports use, one style per column, never a guess per cell.

Every parser takes the distinct texts of a column and returns (values, reasons): reasons[i] is
None where the text was read, "" where it says "missing" and an explanation where it is refused.
"""

import re
import unicodedata
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

# Ways in which exports say "not reported". NULL, never 0.
MISSING = {
    "", "-", "--", "---", "—", "–", "——", "nan", "undefined", "null", "none", "n/a", "na", "#n/a",
    "暂无", "无数据", "暂无数据",
}  # fmt: skip
MASKED = re.compile(r"^[<>≤≥]\s*\d+(\.\d+)?\s*%?$")
# A number grouped in the English way, in the German or Indonesian way, or not at all.
POINT = re.compile(r"^[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?([eE][+-]?\d+)?$")
COMMA = re.compile(r"^[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?$")
COMMA_SHOWN = re.compile(r"\d\.\d{3},\d|^[+-]?\d+,(\d{1,2}|\d{4,})$")
POINT_SHOWN = re.compile(r"\d,\d{3}\.\d|^[+-]?\d+\.(\d{1,2}|\d{4,})$")
GROUPED = re.compile(r"^[+-]?\d{1,3}(\.\d{3})+$")
SCALE = {"万": 10**4, "w": 10**4, "亿": 10**8, "k": 10**3, "m": 10**6, "b": 10**9, "千": 10**3}
TAIL = re.compile(
    r"^(?P<number>[^a-z万亿千元秒%次人个$€£¥]+?)\s*(?P<scale>万|亿|千|w|k|m|b)?\s*\+?\s*"
    r"(?P<unit>元|views?|次|人|个|times|%)?$"
)
SYMBOLS = re.compile(
    r"^[+-]?\s*(?:¥|\$|€|£|₹|₱|rp|us\$|hk\$|rmb|cny|usd|eur|gbp)\s*|\s*(?:¥|€|rmb|cny|usd|eur|gbp)$"
)
DATE_LIKE = re.compile(
    r"^\d{1,2}[./-]\s?([a-zа-я]{3,9}|\d{1,2}月)|^\d{1,4}[/-]\d{1,2}[/-]\d{1,4}|^[a-z]{3} \d"
)
DURATION_WORDS = re.compile(
    r"^(?:(?P<h>\d+(?:\.\d+)?)\s*(?:小时|时|h|hours?))?\s*(?:(?P<m>\d+(?:\.\d+)?)\s*(?:分钟|分|min|m))?"
    r"\s*(?:(?P<s>\d+(?:\.\d+)?)\s*(?:秒|s|sec|seconds?))?$"
)
CLOCK = re.compile(r"^(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)$")
LARGEST = Decimal(10) ** 14  # money has 14 digits before the point
LONGEST = 60  # characters of a number; figures have 14 digits and decimals
KEPT = 15  # digits of a number that a spreadsheet keeps
SECONDS = {"s": 1.0, "ms": 0.001, "min": 60.0, "h": 3600.0}
MONEY = {"": 1, "yuan": 1, "fen": Decimal("0.01"), "li": Decimal("0.001"), "1e-5": Decimal("0.00001"),
         "micros": Decimal("0.000001"), "cents": Decimal("0.01")}  # fmt: skip
DAMAGED = (
    "a spreadsheet has changed this id (exponent or trailing zeros); "
    "import the file as the platform exported it, without opening it in a spreadsheet"
)


def clean(text):
    """A cell without the guards around it: blanks, tabs, ' and =\"...\"."""
    text = text.strip().strip("\t\ufeff").strip()
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text.removeprefix("'") if text[1:2].isdigit() else text


def missing(text):
    """True where a cell says that there is no figure, or masks it."""
    text = text.strip().lower()
    return text in MISSING or bool(MASKED.match(text))


def decimal_style(texts, hint="."):
    """ "," where a column writes 1.234,56, "." where it writes 1,234.56, else the hint.

    One style for the whole column; the hint is what other columns of the file show.
    """
    comma = point = False
    for text in texts:
        text = text.strip().rstrip("%").strip()
        if COMMA_SHOWN.search(text):
            comma = True
        if POINT_SHOWN.search(text):
            point = True
    if comma == point:
        return hint
    return "," if comma else "."


def _compared(text):
    """A cell as numbers are compared: NFKC, lower case. 5² is not 52, and ½ is no number."""
    if any(unicodedata.category(c) == "No" for c in text):
        raise ValueError("not a number")
    return unicodedata.normalize("NFKC", text).strip().lower()


def number(text, style):
    """(Decimal, is_percent) of one cell; ValueError says why not."""
    plain = _compared(clean(text))
    sign = -1 if plain.startswith("-") else 1
    stripped = SYMBOLS.sub("", plain).strip()
    if stripped != plain and sign < 0 and not stripped.startswith("-"):
        stripped = "-" + stripped
    match = TAIL.match(stripped)
    if not match:
        raise ValueError("not a number")
    digits = match["number"].strip()
    if style == ",":
        if not COMMA.match(digits):
            raise ValueError("not a number in the style 1.234,56 of this column")
        digits = digits.replace(".", "").replace(",", ".")
    elif POINT.match(digits) and any(c.isdigit() for c in digits):
        digits = digits.replace(",", "")
    else:
        raise ValueError("not a number")
    if len(digits) > LONGEST:
        raise ValueError("is too large for a figure")
    try:
        value = Decimal(digits)
    except InvalidOperation:
        raise ValueError("not a number") from None
    scale = match["scale"]
    if scale and scale not in text.lower():  # a wide letter is damage, no platform writes one
        raise ValueError("not a number")
    value *= SCALE.get(scale, 1)
    if not value.is_finite() or abs(value) >= LARGEST:
        raise ValueError("is too large for a figure")
    return value, match["unit"] == "%"


def _no_amount(text, kind):
    if SYMBOLS.search(_compared(clean(text))):
        raise ValueError(f"an amount of money, not a {kind}")


def _each(texts, parse):
    values, reasons = [], []
    for text in texts:
        if missing(text):
            values.append(None)
            reasons.append("")
            continue
        try:
            values.append(parse(text))
            reasons.append(None)
        except ValueError as error:
            values.append(None)
            reasons.append(str(error))
    return values, reasons


def integers(texts, unit="", hint=".", **_):
    """Counts. 12235.0 is a count; 12.5 is not; 314.467 is one where dots group thousands."""
    style = decimal_style(texts, hint)
    dotted = [t.strip() for t in texts if "." in t]
    grouped = bool(dotted) and all(GROUPED.match(t) for t in dotted)
    if style == "." and grouped and not all(t.endswith(".000") for t in dotted):
        style = ","
    unclear = grouped and style == "."

    def parse(text):
        if unclear and "." in text:
            raise ValueError("may mean one or a thousand; import the file as it was exported")
        _no_amount(text, "count")
        value, percent = number(text, style)
        if percent or value != value.to_integral_value():
            raise ValueError("not a whole number")
        return int(value)

    return _each(texts, parse)


def numbers(texts, unit="", hint=".", **_):
    """Plain numbers; `unit` ms, min or h turns durations into seconds."""
    if unit in SECONDS:
        return _each(texts, lambda text: seconds(text, unit))
    style = decimal_style(texts, hint)
    return _each(texts, lambda text: float(number(text, style)[0]))


def seconds(text, unit="s"):
    """A duration in seconds: 9.53, 18秒, 0:04:12, 1小时2分3秒; a bare number is in `unit`."""
    plain = _compared(text)
    clock = CLOCK.match(plain)
    if clock:
        hours, minutes, secs = clock.groups()
        if (int(minutes) > 59 and hours) or float(secs) >= 60:
            raise ValueError("not a duration")
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(secs)
    words = DURATION_WORDS.match(plain)
    if words and any(words.groups()):
        parts = {k: float(v or 0) for k, v in words.groupdict().items()}
        return parts["h"] * 3600 + parts["m"] * 60 + parts["s"]
    value, percent = number(text, ".")
    if percent or value < 0:
        raise ValueError("not a duration")
    return float(value) * SECONDS[unit]


def rates(texts, unit="", hint=".", **_):
    """Fractions. `unit` "percent": a bare 7.78 is 7.78 %; "fraction": a bare 0.221 is a share."""
    style = decimal_style(texts, hint)
    bare = 100 if unit == "percent" else 1

    def parse(text):
        if DATE_LIKE.match(unicodedata.normalize("NFKC", text).strip().lower()):
            raise ValueError(
                "a spreadsheet turned this percentage into a date; import the original export"
            )
        _no_amount(text, "rate")
        value, percent = number(text, style)
        share = float(value / (100 if percent else bare))
        if not 0 <= share <= 1:
            raise ValueError(f"a rate of {share:g} is not between 0 and 1")
        return share

    return _each(texts, parse)


def money(texts, unit="", hint=".", **_):
    """Amounts in major units with four decimals; `unit` fen, li, cents, micros, 1e-5."""
    style = decimal_style(texts, hint)
    factor = MONEY[unit]

    def parse(text):
        value, percent = number(text, style)
        if percent:
            raise ValueError("a percentage, not an amount")
        amount = (value * factor).quantize(Decimal("0.0001"), rounding=ROUND_HALF_EVEN)
        if abs(amount) >= Decimal(10) ** 13:
            raise ValueError("is too large for an amount")
        return amount

    return _each(texts, parse)


TRUE = {"true", "yes", "y", "1", "是", "有", "✓", "t", "x", "已", "对", "對"}
FALSE = {"false", "no", "n", "0", "否", "无", "無", "f", "未", "错", "錯"}


def booleans(texts, unit="", **_):
    """Yes and no in the three languages."""

    def parse(text):
        plain = text.strip().lower()
        if plain in TRUE:
            return True
        if plain in FALSE:
            return False
        raise ValueError("neither yes nor no")

    return _each(texts, parse)


def texts_(texts, unit="", **_):
    """Text as it stands; the blank cell is NULL."""
    return [t if t.strip() else None for t in texts], [None if t.strip() else "" for t in texts]


def ids(texts, unit="", **_):
    """Ids as text, guards taken off. Ids that a spreadsheet damaged are refused.

    Spreadsheets keep 15 digits: a 19-digit id then ends in four zeros, or shows an exponent. Zeros
    alone are only damage where so many in one column cannot be chance.
    """
    cleaned = [clean(t) for t in texts]
    by_length = {}
    for text in cleaned:
        if text.isdigit() and len(text) >= 16:
            by_length.setdefault(len(text), []).append(text)
    rounded = set()
    for length, group in by_length.items():
        hit = [text for text in group if text.endswith("0" * (length - KEPT))]
        if too_many_zeros(length, len(group), len(hit)):
            rounded.update(hit)
    values, reasons = [], []
    for text in cleaned:
        if text.lower() in MISSING:
            values.append(None)
            reasons.append("")
        elif re.match(r"^\d(?:[.,]\d+)?[eE]\+\d+$", text) or text in rounded:
            values.append(None)
            reasons.append(DAMAGED)
        else:
            values.append(text)
            reasons.append(None)
    return values, reasons


def too_many_zeros(length, ids, hits):
    """Whether `hits` of the ids of one length end in so many zeros that chance cannot have done it."""
    expected = ids / 10 ** (length - KEPT)
    return hits > 0 and (expected < 0.01 or hits > 10 * expected + 2 or hits == ids > 2)


PARSERS = {
    "int": integers,
    "number": numbers,
    "rate": rates,
    "money": money,
    "bool": booleans,
    "text": texts_,
    "json": texts_,
    "id": ids,
}
