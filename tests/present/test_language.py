"""Words and numbers in the reader's language."""

import datetime as dt
import math
from zoneinfo import ZoneInfo

import pytest

from opsbook.config import DISTRIBUTION, LANGUAGES, load_toml
from opsbook.errors import ConfigError
from opsbook.present.language import Translator, messages


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_written_in_every_language(language):
    assert [key for key, forms in messages().items() if not forms.get(language)] == []


@pytest.mark.parametrize(
    ("style", "value", "written"),
    [
        ("n", 1234567.4, "1,234,567"),
        ("d", 1234.6, "1,235"),
        ("d", 12.34, "12.3"),
        ("d", 0.0123, "0.0123"),
        ("p", 0.1234, "12.3%"),
        ("p", 0.00123, "0.12%"),
        ("p", 2.5, "250%"),
        ("sp", 0.1, "+10.0%"),
        ("sp", -0.1, "-10.0%"),
        ("s", 3.0, "+3"),
        ("m", 12.5, "CN¥12.50"),
        ("m", 1234.5, "CN¥1,234"),
        ("pv", 0.00001, "p < 0.0001"),
        ("pv", 0.05, "p = 0.05"),
        ("date", dt.date(2026, 11, 9), "Nov 9, 2026"),
        ("d", math.nan, "–"),
        ("m", None, "–"),
    ],
)
def test_styles(style, value, written):
    assert Translator("en", currency="CNY").write(value, style) == written


@pytest.mark.parametrize(
    ("language", "day", "money"),
    [
        ("en", "Nov 9, 2026", "CN¥1,234"),
        ("zh-Hant", "2026年11月9日", "CN¥1,234"),
        ("zh-Hans", "2026年11月9日", "¥1,234"),
    ],
)
def test_dates_and_money_are_of_the_reader_s_place(language, day, money):
    words = Translator(language, currency="CNY")
    assert words.date(dt.date(2026, 11, 9)) == day
    assert words.money(1234) == money


def test_a_moment_is_told_in_the_workbook_s_zone():
    words = Translator("en", time_zone=ZoneInfo("Asia/Shanghai"))
    assert words.time(dt.datetime(2026, 11, 8, 17, 5, tzinfo=dt.UTC)) == "Nov 9, 2026 01:05"


def test_an_interval_names_its_currency_once():
    words = Translator("en", currency="CNY")
    shown = words.interval(*(words.money(v) for v in (25.5, -3.25, 126.4)))
    assert shown == "CN¥25.50 [-3.25, 126]"


def test_what_is_wrong_with_a_message_is_said():
    words = Translator("en")
    with pytest.raises(ConfigError, match="no such message: is not in any catalogue"):
        words.text("no such message")
    with pytest.raises(ConfigError, match="wants a value for low"):
        words.text("shown.interval", value="1", high="2")
    with pytest.raises(ConfigError, match="is not one of en, zh-Hant, zh-Hans"):
        Translator("fr")


def test_a_column_without_a_word_of_its_own_is_read_from_its_name():
    words = Translator("en")
    assert words.label("no_such_column") == "no such column"
    assert words.label("no_such_column_low") == words.text("shown.low", name="no such column")


def test_every_rule_of_the_advertising_lexicon_has_a_name():
    rules = load_toml(DISTRIBUTION / "data/reference/compliance/lexicon.toml")["rule"]
    assert [r["id"] for r in rules if f"value.{r['id']}" not in messages()] == []


def test_every_rule_against_violating_comments_has_a_name():
    rules = load_toml(DISTRIBUTION / "data/reference/lexicons/triage.toml")["rule"]
    whys = [r["why"] for r in rules if r["label"] == "violating"]
    assert len(whys) > 5 and [w for w in whys if f"value.{w}" not in messages()] == []
