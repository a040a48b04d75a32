"""Burst alarms: thresholds from the past, the stated rate, planted bursts."""

import numpy as np
import pandas as pd
import pytest

from opsbook.errors import BadValue
from opsbook.methods import bursts
from opsbook.methods._ordinary import above, smallest_above, tail_level
from opsbook.proof import _claim
from opsbook.proof import bursts as proof


def daily(days=150, seed=1):
    rng = np.random.default_rng(seed)
    season = np.tile([40, 40, 40, 40, 60, 80, 70], days)[:days]
    return pd.Series(rng.poisson(season), index=pd.date_range("2026-01-05", periods=days))


def test_columns_and_warm_up():
    table = bursts.alarms(daily())
    assert list(table.columns) == ["date", "count", "expected", "threshold", "alarm"]
    assert table["threshold"].isna().sum() == 56
    assert not table["alarm"][:56].any()
    watched = table[56:]
    assert (watched["alarm"] == (watched["count"] > watched["threshold"])).all()
    assert (watched["threshold"] > watched["expected"]).all()


def test_expectation_knows_the_weekday():
    table = bursts.alarms(daily(days=200))
    late = table[150:].groupby(table["date"].dt.day_of_week)["expected"].mean()
    np.testing.assert_allclose(late, [40, 40, 40, 40, 60, 80, 70], rtol=0.12)


def test_expectation_knows_the_hour():
    rng = np.random.default_rng(4)
    index = pd.date_range("2026-01-05", periods=60 * 24, freq="h")
    mean = np.where((index.hour >= 9) & (index.hour < 21), 30.0, 4.0)
    table = bursts.alarms(pd.Series(rng.poisson(mean), index=index))
    late = table[50 * 24 :].groupby(table["date"].dt.hour)["expected"].mean()
    np.testing.assert_allclose(late, mean[:24], rtol=0.2)


@pytest.mark.parametrize("cut", [57, 91, 149])
def test_truncating_the_future_changes_nothing(cut):
    series = daily()
    series.iloc[100:110] *= 4
    whole = bursts.alarms(series)
    part = bursts.alarms(series.iloc[:cut])
    pd.testing.assert_frame_equal(part, whole.iloc[:cut])


def test_truncating_hours_within_a_day_changes_nothing():
    rng = np.random.default_rng(5)
    index = pd.date_range("2026-01-05", periods=40 * 24, freq="h")
    series = pd.Series(rng.poisson(6, len(index)), index=index)
    whole, part = bursts.alarms(series), bursts.alarms(series.iloc[: 35 * 24 + 7])
    pd.testing.assert_frame_equal(part, whole.iloc[: len(part)])


def test_the_row_itself_does_not_move_its_threshold():
    series = daily()
    loud = series.copy()
    loud.iloc[120] = 5000
    before, after = bursts.alarms(series), bursts.alarms(loud)
    assert after["threshold"][120] == before["threshold"][120]
    assert after["alarm"][120]


def test_one_burst_does_not_hide_the_next():
    series = daily(days=200)
    series.iloc[120:123] *= 6
    series.iloc[140] *= 4
    table = bursts.alarms(series)
    assert table["alarm"][120]
    assert table["alarm"][140]


def test_missing_rows_and_values_are_zero():
    series = daily().astype(float)
    series.iloc[[80, 90]] = 0
    holed = series.drop(series.index[80])
    holed.iloc[89] = np.nan
    pd.testing.assert_frame_equal(bursts.alarms(holed), bursts.alarms(series))


def test_fewer_stated_alarms_give_higher_thresholds():
    often, seldom = bursts.alarms(daily(), 24), bursts.alarms(daily(), 2)
    assert (seldom["threshold"][56:] >= often["threshold"][56:]).all()
    assert seldom["threshold"][56:].mean() > often["threshold"][56:].mean() + 3


def test_own_warm_up_and_time_zone():
    series = daily().tz_localize("Asia/Taipei")
    table = bursts.alarms(series, warmup=30)
    assert table["threshold"].isna().sum() == 30
    assert str(table["date"].dt.tz) == "Asia/Taipei"


def test_clock_change_keeps_every_hour():
    index = pd.date_range("2026-03-01", "2026-04-20", freq="h", tz="Europe/Berlin")
    series = pd.Series(5, index=index)
    table = bursts.alarms(series)
    assert len(table) == len(index)
    assert not table["alarm"].any()


def test_too_short_is_a_result():
    table = bursts.alarms(daily(days=20))
    assert len(table) == 20
    assert table["threshold"].isna().all()
    assert not table["alarm"].any()
    assert bursts.alarms(daily().iloc[:0]).empty


def test_silence_then_something():
    series = pd.Series(0, index=pd.date_range("2026-01-01", periods=100))
    series.iloc[80] = 30
    table = bursts.alarms(series)
    assert table.loc[table["alarm"], "date"].tolist() == [series.index[80]]


@pytest.mark.parametrize(
    ("counts", "named", "message"),
    [
        (daily().reset_index(drop=True), {}, "must be a Series on a DatetimeIndex"),
        (-daily(), {}, "counts must be finite numbers of at least 0"),
        (pd.concat([daily(), daily()]), {}, "missing or repeated times"),
        (daily(), {"false_alarms_per_year": 0}, "must be above 0, found 0"),
        (daily(), {"false_alarms_per_year": 300}, "at most 73 can be kept apart"),
        (daily(), {"warmup": -3}, "warmup must be a number of rows"),
        (
            pd.Series(1, index=pd.to_datetime(["2026-01-01 00:00", "2026-01-01 00:20"])),
            {},
            "neither daily nor hourly",
        ),
    ],
)
def test_wrong_input(counts, named, message):
    with pytest.raises(BadValue, match=message):
        bursts.alarms(counts, **named)


def test_chances_of_counts_agree_with_scipy():
    from scipy.stats import nbinom

    mean, phi = np.array([0.3, 5.0, 80.0]), np.array([0.5, 0.2, 0.01])
    shape = 1 / phi
    for count in (0, 3, 90):
        expected = nbinom.sf(count, shape, shape / (shape + mean))
        np.testing.assert_allclose(above(np.full(3, count), mean, phi), expected, atol=1e-12)
    found = smallest_above(0.01, mean, phi)
    np.testing.assert_array_equal(found, nbinom.isf(0.01, shape, shape / (shape + mean)))


def test_tail_of_an_exponential_is_met():
    surprises = np.random.default_rng(7).exponential(1.3, 20_000)
    assert tail_level(surprises, 0.001) == pytest.approx(1.3 * np.log(1000), rel=0.1)


@pytest.mark.real
def test_real_events_are_seen():
    figures = proof.event_tweets(_claim.real_file(None, "text/event_tweets.csv"))
    assert figures["found"] == figures["events"] == 19


def test_claims_hold(monkeypatch):
    monkeypatch.delenv("OPSBOOK_REAL_DATA", raising=False)
    claims = proof.claims()
    assert claims["ok"].all(), claims.loc[~claims["ok"], ["claim", "figure", "target"]]
