"""Words and numbers in the reader's language, from the message catalogues.

A catalogue is data/reference/messages/<area>.toml: one table per message id with the keys en,
zh-Hant and zh-Hans. A placeholder names a value and how to write it: `{share:p}`.

    n integer   d decimal   p percent of a fraction   sp signed percent   s signed decimal
    m money     date        time     pv "p = 0.03"  and nothing for text as it is
"""

import datetime as dt
import math
import re
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from pathlib import Path

from opsbook.config import DISTRIBUTION, LANGUAGES, home, load_toml
from opsbook.errors import ConfigError

LOCALES = {"en": "en", "zh-Hant": "zh_Hant", "zh-Hans": "zh_Hans"}
_PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+))?\}")


def catalogue_files(home_folder=None):
    """The catalogue files in force: shipped ones, then the workbook's own, which win."""
    folders = [DISTRIBUTION / "data" / "reference" / "messages"]
    own = home(home_folder) / "data" / "reference" / "messages"
    if own != folders[0]:
        folders.append(own)
    return [path for folder in folders for path in sorted(folder.glob("*.toml"))]


@lru_cache(maxsize=4)
def _messages(files):
    merged = {}
    for name, _ in files:
        for key, forms in load_toml(name).items():
            if not isinstance(forms, dict) or "en" not in forms:
                raise ConfigError(name, key, "has no en form.", remedy=f"Give {LANGUAGES}.")
            merged[key] = forms
    return merged


def messages(home_folder=None):
    """All messages: dict of id -> {language: wording}."""
    files = catalogue_files(home_folder)
    return _messages(tuple((str(f), f.stat().st_mtime_ns) for f in files))


class Translator:
    """Writes messages, labels, numbers and dates in one language.

    An unknown id raises ConfigError: a page never shows an id to a reader. Missing figures
    (None, NaN) are written as an en dash.
    """

    def __init__(self, language="en", *, currency="CNY", time_zone=None, home_folder=None):
        if language not in LANGUAGES:
            raise ConfigError("language", language, f"is not one of {', '.join(LANGUAGES)}.")
        self.language = language
        self.locale = LOCALES[language]
        self.currency = currency
        self.time_zone = time_zone
        self._messages = messages(home_folder)

    @cached_property
    def given(self):
        """Wording in this language -> its forms in every one, of messages without placeholders.

        Values of findings are made of such words, and another reader wants them in another
        language. Of equal wordings that of a `value.` is meant. Others may be added.
        """
        found = {}
        keys = sorted(self._messages, key=lambda key: not key.startswith("value."))
        for forms in map(self._messages.get, keys):
            wording = forms.get(self.language) or forms["en"]
            if "{" not in wording:
                found.setdefault(wording, forms)
        return found

    def has(self, key):
        """Whether the catalogue knows the id."""
        return key in self._messages

    def known(self, key, text):
        """A message where the catalogue has the id, else the text: for words of reference files."""
        return self.text(key) if self.has(key) else text

    def text(self, key, **values):
        """The message in this language, placeholders filled."""
        if key not in self._messages:
            raise ConfigError("data/reference/messages", key, "is not in any catalogue.")
        forms = self._messages[key]
        wording = forms.get(self.language) or forms["en"]
        return _PLACEHOLDER.sub(lambda m: self._fill(key, m, values), wording)

    def _fill(self, key, match, values):
        name, style = match.groups()
        if name not in values:
            raise ConfigError("data/reference/messages", key, f"wants a value for {name}.")
        return self.write(values[name], style)

    def label(self, column):
        """Heading of a column; ends of an interval are named after their figure.

        A name without its own message is shown with spaces.
        """
        name = str(column)
        if f"column.{name}" in self._messages:
            return self.text(f"column.{name}")
        for end in ("low", "high"):
            if name.endswith(f"_{end}"):
                return self.text(f"shown.{end}", name=self.label(name.removesuffix(f"_{end}")))
        return name.replace("_", " ")

    def value(self, value):
        """Word for a value of a closed list (severity, state, ...), else the value itself.

        A missing one is a dash, so that no sentence says "nan".
        """
        if value is None or value != value:
            return "–"
        key = f"value.{value}"
        return self.text(key) if isinstance(value, str) and key in self._messages else value

    def alone(self, value):
        """The word for a value that stands alone, in a cell or a legend: capitalised in English."""
        word = self.value(value)
        if self.language != "en" or word is value or not isinstance(word, str):
            return word
        return word[:1].upper() + word[1:]

    def begun(self, role, sentence):
        """A sentence that may begin with a role, which English then writes with a capital."""
        is_first = sentence.startswith(str(self.value(role)))
        return sentence[:1].upper() + sentence[1:] if is_first else sentence

    def unit(self, unit, *, one=False):
        """Word for a unit, or the currency's code for money; `one` for the word after a single one."""
        if unit == "currency":
            return self.currency
        key = f"unit.{unit}"
        if one and f"{key}.one" in self._messages:
            key = f"{key}.one"
        return self.text(key) if unit and key in self._messages else unit

    def write(self, value, style=None):
        """A value as text in one of the styles named at the top of this module."""
        if value is None or (isinstance(value, float) and math.isnan(value)) or value != value:
            return "–"
        if style is None:
            return str(self.value(value)) if isinstance(value, str) else self._plain(value)
        return _STYLES[style](self, value)

    def _plain(self, value):
        if isinstance(value, dt.datetime):
            return self.time(value)
        if isinstance(value, dt.date):
            return self.date(value)
        if isinstance(value, (float, Decimal)):
            return self.decimal(value)
        return str(value)

    def integer(self, value):
        """A count with separators."""
        from babel.numbers import format_decimal

        return format_decimal(round(float(value)), format="#,##0", locale=self.locale)

    def decimal(self, value):
        """Three significant digits below 100, whole above."""
        from babel.numbers import format_decimal

        size = abs(float(value))
        pattern = "#,##0" if size >= 100 else "#,##0.0" if size >= 10 else "#,##0.##"
        if 0 < size < 0.1:
            pattern = "0.####"
        return format_decimal(float(value), format=pattern, locale=self.locale)

    def percent(self, value):
        """A fraction as percent; two decimals below one percent."""
        from babel.numbers import format_percent

        size = abs(float(value))
        pattern = "#,##0.00%" if 0 < size < 0.01 else "#,##0.0%" if size < 1 else "#,##0%"
        return format_percent(float(value), format=pattern, locale=self.locale)

    def p_value(self, value):
        """A p-value to four places; smaller ones as a bound."""
        return (
            "< 0.0001" if float(value) < 0.0001 else f"{float(value):.4f}".rstrip("0").rstrip(".")
        )

    def money(self, value):
        """An amount in the workbook's currency, whole from 100 on."""
        from babel.numbers import format_currency

        pattern = "¤#,##0" if abs(float(value)) >= 100 else "¤#,##0.00"
        return format_currency(
            float(value), self.currency, format=pattern, locale=self.locale, currency_digits=False
        )

    def interval(self, value, low, high):
        """A written figure with the written ends of its interval, its currency named once."""
        from babel.numbers import get_currency_symbol

        mark = get_currency_symbol(self.currency, locale=self.locale)
        return self.text(
            "shown.interval", value=value, low=low.replace(mark, ""), high=high.replace(mark, "")
        )

    def date(self, value):
        """A day in the reader's form."""
        from babel.dates import format_date

        if isinstance(value, str):
            value = dt.date.fromisoformat(value[:10])
        return format_date(value, "medium", locale=self.locale)

    def time(self, value):
        """A moment in the workbook's zone, to the minute."""
        if getattr(value, "tzinfo", None) is not None and self.time_zone is not None:
            value = value.astimezone(self.time_zone)
        return f"{self.date(value.date())} {value:%H:%M}"

    def signed(self, written, value):
        """A written figure with a plus where it is above zero."""
        return f"+{written}" if float(value) > 0 else written


_STYLES = {
    "n": Translator.integer,
    "d": Translator.decimal,
    "p": Translator.percent,
    "m": Translator.money,
    "pv": lambda self, v: f"p {w}" if (w := self.p_value(v)).startswith("<") else f"p = {w}",
    "date": Translator.date,
    "time": Translator.time,
    "sp": lambda self, v: self.signed(self.percent(v), v),
    "s": lambda self, v: self.signed(self.decimal(v), v),
}


@cache
def translator(language="en", currency="CNY", time_zone=None, home_folder=None):
    """The translator of a language; one per process and setting."""
    return Translator(
        language,
        currency=currency,
        time_zone=time_zone,
        home_folder=home_folder and Path(home_folder),
    )
