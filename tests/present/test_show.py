"""What a notebook displays: everything of a stranger escaped, intervals beside their figures."""

import math

import pandas as pd
import pytest

from opsbook.present import show


@pytest.fixture
def book(tiny_book):
    return tiny_book(6)


def test_a_table_carries_its_data_and_shows_intervals_with_their_figure(book):
    frame = pd.DataFrame({"ad_name": ["a"], "spend": [120.0], "spend_low": [90.0], "spend_high": [150.0],
                          "click_through_rate": [0.02]})  # fmt: skip
    data = show.table(book, "6.3.1", frame, "6.3.1.by_ad").bundle[show.TABLE]
    assert [c["name"] for c in data["columns"]] == list(frame.columns)
    assert [c["into"] for c in data["columns"]] == ["", "", "spend", "spend", ""]
    assert data["rows"] == [["a", 120.0, 90.0, 150.0, 0.02]]
    assert data["text"][0][1] == "CN¥120 [90.00, 150]"
    assert data["text"][0][4] == "2.0%"


def test_markup_of_strangers_is_text(book):
    frame = pd.DataFrame({"ad_name": ["<img src=x onerror=alert(1)>", "=1+1"], "spend": [1.0, 2.0]})
    page = show.table(book, "6.3.1", frame, "6.3.1.by_ad").bundle["text/html"]
    assert "<img" not in page and "&lt;img" in page


def test_missing_is_a_dash_and_never_a_zero(book):
    frame = pd.DataFrame({"ad_name": ["a"], "spend": [math.nan]})
    data = show.table(book, "6.3.1", frame, "6.3.1.by_ad").bundle[show.TABLE]
    assert data["text"][0][1] == "–" and data["rows"][0][1] is None


def test_an_empty_frame_says_which_table_it_needs(book):
    shown = show.table(book, "6.3.1", pd.DataFrame(), "6.3.1.by_ad", needs=("ads_daily",)).bundle
    assert book.t("table.ads_daily") in shown[show.TABLE]["note"]
    assert 'role="note"' in shown["text/html"]


def test_a_long_table_shows_its_first_rows_and_keeps_all(book):
    frame = pd.DataFrame({"ad_name": [f"a{i}" for i in range(60)], "spend": range(60)})
    data = show.table(book, "6.3.1", frame, "6.3.1.by_ad", rows=12).bundle[show.TABLE]
    assert len(data["rows"]) == 60 and data["shown"] == 12
    assert "60" in data["note"] and "12" in data["note"]


def test_the_ends_of_an_interval_are_written_in_the_unit_of_their_figure(book):
    frame = pd.DataFrame({"word": ["oolong"], "growth": [0.5], "low": [0.2], "high": [0.8],
                          "answers_share": [0.3], "answers_low": [0.1], "answers_high": [0.6]})  # fmt: skip
    shown = show.table(book, "10.3.1", frame, "6.3.1.by_ad", units={"growth": "fraction"})
    data = shown.bundle[show.TABLE]
    assert [c["into"] for c in data["columns"]] == [
        "", "", "growth", "growth", "", "answers_share", "answers_share",
    ]  # fmt: skip
    assert data["text"][0][1] == "50.0% [20.0%, 80.0%]"
    assert data["text"][0][4] == "30.0% [10.0%, 60.0%]"
