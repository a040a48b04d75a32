import numpy as np
import pandas as pd
import pytest

from opsbook.errors import BadValue
from opsbook.methods import regular_series


@pytest.mark.parametrize(
    ("frequency", "name", "season"),
    [
        ("h", "hour", 24),
        ("D", "day", 7),
        ("W", "week", 52),
        ("MS", "month", 12),
        ("QE", "quarter", 4),
    ],
)
def test_calendars_are_known_by_their_dates(frequency, name, season):
    index = pd.DatetimeIndex(list(pd.date_range("2025-01-01", periods=20, freq=frequency)))
    assert regular_series.step_name(index) == name
    assert regular_series.main_season(index) == season
    following = pd.date_range("2025-01-01", periods=23, freq=frequency)[20:]
    assert regular_series.extend(index, 3).tolist() == following.tolist()


def test_gaps_become_missing_and_order_is_mended():
    dates = pd.to_datetime(["2026-01-05", "2026-01-01", "2026-01-02"])
    found = regular_series.regular(pd.Series([3, 1, 2], dates), "outcome", "here")
    assert found.index.tolist() == list(pd.date_range("2026-01-01", periods=5))
    np.testing.assert_array_equal(found, [1, 2, np.nan, np.nan, 3])


def test_days_run_on_where_clocks_change():
    dates = pd.date_range("2026-03-25", periods=10, tz="Europe/Berlin")
    found = regular_series.regular(pd.Series(range(10), list(dates)), "outcome", "here")
    assert len(found) == 10 and found.notna().all()
    assert regular_series.extend(found.index, 1)[0] == pd.Timestamp(
        "2026-04-04", tz="Europe/Berlin"
    )


def test_a_window_is_two_positions():
    index = pd.date_range("2026-01-01", periods=10)
    assert regular_series.window_of(index, "2026-01-03", "2026-01-05", "here") == (2, 4)
    with pytest.raises(BadValue, match=r"here: the window .* 2026-01-01 .* to 2026-01-10"):
        regular_series.window_of(index, "2025-12-30", "2026-01-05", "here")


def test_a_season_needs_to_have_been_seen():
    index = pd.date_range("2026-01-01", periods=600)
    assert list(regular_series.season_columns(index, 600, 600)) == ["week", "year"]
    assert list(regular_series.season_columns(index, 600, 300)) == ["week"]
    assert list(regular_series.season_columns(index, 600, 8)) == []
    week = regular_series.season_columns(index, 600, 300)["week"]
    assert week.shape == (600, 6)
    np.testing.assert_allclose(week[:7], week[7:14], atol=1e-12)
