import numpy as np
import pandas as pd
import pytest

from opsbook.errors import BadValue
from opsbook.methods import forecast as method
from opsbook.proof import forecast as proof

forecast = method.forecast


def daily(values, start="2026-01-01"):
    return pd.Series(np.asarray(values, dtype=float), pd.date_range(start, periods=len(values)))


def weekly(length=120, seed=0):
    rng = np.random.default_rng(seed)
    return daily(50 + 8 * (np.arange(length) % 7 == 5) + rng.normal(size=length))


def test_it_continues_season_and_trend():
    series = weekly() + 0.5 * np.arange(120)
    found = forecast(series, 14)
    assert list(found.frame.columns) == ["date", "mean", "low", "high"]
    assert found.frame["date"].tolist() == pd.date_range("2026-05-01", periods=14).tolist()
    steps = np.arange(120, 134)
    truth = 50 + 8 * (steps % 7 == 5) + 0.5 * steps
    np.testing.assert_allclose(found.frame["mean"], truth, atol=2.5)
    assert ((found.frame["low"] < truth) & (truth < found.frame["high"])).all()
    assert found.method.startswith("structural")
    assert found.enough and found.n == 120


def test_the_backtest_says_how_both_did():
    backtest = forecast(weekly(), 14).backtest
    assert list(backtest.columns) == ["origin", "mase", "mase_seasonal_naive"]
    assert len(backtest) == 7
    assert backtest["origin"].iloc[-1] == pd.Timestamp("2026-04-17")
    assert backtest["mase"].mean() < 0.9 * backtest["mase_seasonal_naive"].mean()


def test_mase_is_the_error_over_that_of_the_season_before():
    series = weekly()
    row = forecast(series, 14).backtest.iloc[-1]
    past, future = series.to_numpy()[:106], series.to_numpy()[106:]
    unit = np.abs(past[7:] - past[:-7]).mean()
    naive = np.tile(past[-7:], 2)
    assert row["mase_seasonal_naive"] == pytest.approx(np.abs(future - naive).mean() / unit)
    ours = forecast(series.iloc[:106], 14).frame["mean"].to_numpy()
    assert row["mase"] == pytest.approx(np.abs(future - ours).mean() / unit, rel=1e-6)


def test_later_rows_do_not_change_earlier_backtests():
    series = weekly()
    changed = series.copy()
    changed.iloc[-10:] += 40
    kept, moved = (forecast(s, 14).backtest["mase"].to_numpy() for s in (series, changed))
    np.testing.assert_allclose(kept[:-1], moved[:-1], rtol=1e-6)
    assert moved[-1] > 5 * kept[-1]


def test_it_falls_back_to_seasonal_naive_and_says_so():
    series = daily(proof.series("seasonal walk", 200, np.random.default_rng(1)))
    found = forecast(series, 14)
    assert found.method.startswith("seasonal naive")
    assert found.backtest["mase"].mean() >= found.backtest["mase_seasonal_naive"].mean()
    np.testing.assert_allclose(found.frame["mean"], np.tile(series.to_numpy()[-7:], 2))
    half = (found.frame["high"] - found.frame["low"]).to_numpy()
    np.testing.assert_allclose(half[7:], half[:7] * np.sqrt(2))


def test_a_fall_back_keeps_the_level_asked_for():
    series = daily(proof.series("seasonal walk", 200, np.random.default_rng(1)))
    wide, narrow = (forecast(series, 7, level).frame for level in (0.95, 0.5))
    ratio = (narrow["high"] - narrow["low"]) / (wide["high"] - wide["low"])
    # Normal quantiles at 50 and 95 % are .674 and 1.960.
    np.testing.assert_allclose(ratio, 0.344, atol=0.02)


def test_counts_stay_at_zero_or_above():
    series = daily(np.random.default_rng(2).poisson(0.7, 90))
    frame = forecast(series, 14).frame
    assert (frame["low"] == 0).all() and (frame["mean"] > 0).all()
    below = forecast(series - 1, 14).frame
    assert (below["low"] < 0).all()


def test_intervals_widen_with_distance_on_a_walk():
    walk = daily(100 + np.cumsum(np.random.default_rng(3).normal(size=150)))
    frame = forecast(walk, 21).frame
    width = (frame["high"] - frame["low"]).to_numpy()
    assert (np.diff(width) > 0).all()
    assert width[-1] > 2 * width[0]


def test_missing_days_are_left_out():
    series = weekly()
    gaps = series.copy()
    gaps.iloc[[5, 40, 119]] = np.nan
    found = forecast(gaps, 7)
    assert found.n == 117
    assert found.frame["date"].iloc[0] == pd.Timestamp("2026-04-30")
    dropped = forecast(gaps.dropna(), 7)
    pd.testing.assert_frame_equal(found.frame, dropped.frame)


def test_too_short_a_history_is_an_answer():
    found = forecast(weekly(12), 7)
    assert not found.enough and found.n == 12
    assert found.method == "not enough data"
    assert len(found.frame) == 7 and found.frame[["mean", "low", "high"]].isna().all(axis=None)
    assert list(found.backtest.columns) == ["origin", "mase", "mase_seasonal_naive"]
    assert not forecast(weekly(30), 40).enough
    assert not forecast(weekly(30).iloc[:0], 3).enough
    assert not forecast(weekly(30) * np.nan, 3).enough


def test_a_constant_stays_constant():
    frame = forecast(daily([5.0] * 60), 7).frame
    np.testing.assert_allclose(frame["mean"], 5)
    np.testing.assert_allclose(frame["high"] - frame["low"], 0, atol=1e-3)


def test_months_know_their_year():
    index = pd.date_range("2019-01-01", periods=72, freq="MS")
    rng = np.random.default_rng(4)
    series = pd.Series(
        100 + 20 * np.cos(2 * np.pi * np.arange(72) / 12) + rng.normal(size=72), index
    )
    frame = forecast(series, 12).frame
    assert frame["date"].iloc[0] == pd.Timestamp("2025-01-01")
    truth = 100 + 20 * np.cos(2 * np.pi * np.arange(72, 84) / 12)
    np.testing.assert_allclose(frame["mean"], truth, atol=3)


def test_the_same_call_gives_the_same_frame():
    pd.testing.assert_frame_equal(forecast(weekly(), 7).frame, forecast(weekly(), 7).frame)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((weekly(), 0), "horizon must be a whole number"),
        ((weekly(), 7.5), "horizon must be a whole number"),
        ((weekly(), 7, 95), "level must lie between 0 and 1"),
        ((weekly().to_numpy(), 7), "must be a Series on a DatetimeIndex"),
        ((weekly().reset_index(drop=True), 7), "must be a Series on a DatetimeIndex"),
    ],
)
def test_wrong_input_says_what(arguments, says):
    with pytest.raises(BadValue, match=says):
        forecast(*arguments)
