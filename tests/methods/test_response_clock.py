"""The response clock against cases written out by hand."""

import numpy as np
import pandas as pd
import pytest

from opsbook.errors import BadValue
from opsbook.methods import response_clock as clock

NINE_TO_FIVE = clock.hours("09:00", "17:00", (0, 1, 2, 3, 4))


def due(moment, minutes, hours=NINE_TO_FIVE):
    return pd.Timestamp(clock.due_at([moment], minutes, hours)[0])


def took(asked, answered, hours=NINE_TO_FIVE):
    return clock.response_minutes([asked], [answered], hours)[0]


@pytest.mark.parametrize(
    ("moment", "minutes", "expected"),
    [
        ("2026-11-13 16:45", 30, "2026-11-16 09:15"),  # Friday: 15 minutes left, then Monday
        ("2026-11-13 16:30", 30, "2026-11-13 17:00"),  # runs out exactly at closing
        ("2026-11-13 18:00", 30, "2026-11-16 09:30"),  # after closing
        ("2026-11-14 12:00", 30, "2026-11-16 09:30"),  # Saturday
        ("2026-11-16 06:00", 30, "2026-11-16 09:30"),  # before opening
        ("2026-11-16 09:00", 8 * 60, "2026-11-16 17:00"),  # one whole day
        ("2026-11-16 09:00", 8 * 60 + 1, "2026-11-17 09:01"),
        ("2026-11-16 10:00", 40 * 60, "2026-11-23 10:00"),  # a week of five days
        ("2026-11-14 12:00", 0, "2026-11-14 12:00"),  # nothing to wait for
    ],
)
def test_due(moment, minutes, expected):
    assert due(moment, minutes) == pd.Timestamp(expected)


@pytest.mark.parametrize(
    ("asked", "answered", "expected"),
    [
        ("2026-11-16 06:00", "2026-11-16 09:05", 5),  # working time
        ("2026-11-16 06:00", "2026-11-16 08:45", 165),  # no working time: the wall clock
        ("2026-11-13 16:45", "2026-11-16 09:15", 30),  # over a weekend
        ("2026-11-16 10:00", "2026-11-16 10:12:30", 12.5),
        ("2026-11-14 10:00", "2026-11-14 11:00", 60),  # Saturday, answered on Saturday
        ("2026-11-16 12:00", "2026-11-16 11:00", 0),  # answered before it was asked
    ],
)
def test_response(asked, answered, expected):
    assert took(asked, answered) == pytest.approx(expected)


def test_holiday_and_adjusted_working_day():
    hours = clock.hours(
        "09:00", "17:00", (0, 1, 2, 3, 4), closed=["2026-11-16"], opened=["2026-11-14"]
    )
    assert due("2026-11-13 16:45", 30, hours) == pd.Timestamp("2026-11-14 09:15")
    assert due("2026-11-14 16:45", 30, hours) == pd.Timestamp("2026-11-17 09:15")
    assert took("2026-11-13 16:45", "2026-11-14 09:15", hours) == pytest.approx(30)


def test_midnight_end_and_all_week():
    hours = clock.hours("00:00", "24:00", range(7))
    assert due("2026-11-13 23:45", 30, hours) == pd.Timestamp("2026-11-14 00:15")
    assert took("2026-11-13 23:45", "2026-11-15 00:15", hours) == pytest.approx(24 * 60 + 30)


def test_due_is_where_the_working_time_has_passed():
    rng = np.random.default_rng(4)
    start = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 200 * 1440, 500), "min")
    for minutes in (1, 30, 481, 5000):
        until = clock.due_at(start, minutes, NINE_TO_FIVE)
        assert np.allclose(clock.working_minutes(start, until, NINE_TO_FIVE), minutes)


def test_missing_times_stay_missing():
    found = clock.response_minutes(
        [pd.NaT, "2026-11-16 10:00"], ["2026-11-16 10:00", None], NINE_TO_FIVE
    )
    assert np.isnan(found).all()
    assert np.isnat(clock.due_at([pd.NaT], 30, NINE_TO_FIVE)[0])


@pytest.mark.parametrize(
    "wrong", [("18:00", "09:00"), ("9", "17:00"), ("25:00", "26:00"), ("09:77", "17:00")]
)
def test_wrong_hours_are_named(wrong):
    with pytest.raises(BadValue, match=r"not after|not a time"):
        clock.hours(*wrong)


def test_no_days_and_negative_minutes_are_named():
    with pytest.raises(BadValue, match="Monday"):
        clock.hours(days=())
    with pytest.raises(BadValue, match="0 or more"):
        clock.due_at(["2026-11-16"], -1, NINE_TO_FIVE)
