import numpy as np
import pandas as pd
import pytest

from opsbook.errors import BadValue, MissingColumns
from opsbook.methods import lift
from opsbook.proof import lift as proof
from opsbook.proof import panels

DAILY = ["date", "observed", "expected", "low", "high"]


def daily(values, start="2026-01-01"):
    return pd.Series(np.asarray(values, dtype=float), pd.date_range(start, periods=len(values)))


def noisy(length=120, seed=0, size=1.0):
    return daily(50 + size * np.random.default_rng(seed).normal(size=length))


def with_campaign(series, days, added):
    out = series.copy()
    out.iloc[-days:] += added
    return out, out.index[-days], out.index[-1]


def small_panel(added=0.0, seed=3):
    frame, start = panels.panel(np.random.default_rng(seed))
    frame.loc[start:, "unit 0"] += added
    long = frame.rename_axis("date").reset_index().melt("date", var_name="unit")
    return long, start, frame.index[-1]


# One series


def test_a_clear_effect_is_found_in_every_unit():
    outcome, start, end = with_campaign(noisy(), 14, 5.0)
    found = lift.estimate(outcome, start, end)
    assert found.total.low < 70 < found.total.high
    assert found.total.value == pytest.approx(70, abs=10)
    assert found.mean.value == pytest.approx(found.total.value / 14)
    expected = outcome.loc[start:].sum() - found.total.value
    assert found.relative.value == pytest.approx(found.total.value / expected)
    assert found.relative.low < found.relative.value < found.relative.high
    assert found.p_value < 0.001
    assert found.total.n == 106 and found.total.enough


def test_interval_and_p_value_agree():
    for seed in range(12):
        outcome, start, end = with_campaign(noisy(seed=seed), 14, 0.6)
        found = lift.estimate(outcome, start, end)
        assert (found.p_value < 0.05) == (not found.total.low <= 0 <= found.total.high)


def test_daily_covers_the_time_before_and_adds_up_to_the_total():
    outcome, start, end = with_campaign(noisy(), 14, 5.0)
    found = lift.estimate(outcome, start, end)
    assert list(found.daily.columns) == DAILY
    assert found.daily["date"].tolist() == outcome.index.tolist()
    inside = found.daily[found.daily["date"] >= start]
    assert (inside["observed"] - inside["expected"]).sum() == pytest.approx(found.total.value)
    assert (found.daily["low"] < found.daily["high"]).all()
    before = found.daily[found.daily["date"] < start]
    held = (before["low"] <= before["observed"]) & (before["observed"] <= before["high"])
    assert held.mean() > 0.85


def test_dates_after_the_end_and_order_of_rows_change_nothing():
    outcome = noisy(160)
    start, end = outcome.index[100], outcome.index[113]
    whole = lift.estimate(outcome, start, end)
    cut = lift.estimate(outcome.loc[:end], start, end)
    shuffled = lift.estimate(outcome.sample(frac=1, random_state=1), start, end)
    assert whole.total == cut.total == shuffled.total
    pd.testing.assert_frame_equal(whole.daily, cut.daily)
    pd.testing.assert_frame_equal(whole.placebo, cut.placebo)


def test_placebo_windows_know_nothing_of_later_rows():
    outcome = noisy(120)
    changed = outcome.copy()
    changed.iloc[100:] += 30
    kept = lift.estimate(outcome, outcome.index[106], outcome.index[119]).placebo["value"]
    moved = lift.estimate(changed, outcome.index[106], outcome.index[119]).placebo["value"]
    assert len(kept) == 5
    np.testing.assert_allclose(kept[:4], moved[:4], rtol=1e-6, atol=1e-6)
    assert abs(kept[4] - moved[4]) > 1


def test_shift_and_unit_of_the_outcome_carry_through():
    outcome, start, end = with_campaign(noisy(), 14, 2.0)
    plain = lift.estimate(outcome, start, end).total
    other = lift.estimate(outcome * 100 + 7000, start, end).total
    for side in ("value", "low", "high"):
        assert getattr(other, side) == pytest.approx(100 * getattr(plain, side), rel=1e-4)


def test_a_good_control_narrows_the_interval_and_useless_ones_hardly_widen_it():
    rng = np.random.default_rng(5)
    shared = np.cumsum(rng.normal(size=150))
    outcome = daily(100 + 3 * shared + rng.normal(size=150))
    useless = pd.DataFrame(rng.normal(size=(150, 5)), outcome.index).add_prefix("noise ")
    useful = useless.assign(shared=shared)
    start, end = outcome.index[130], outcome.index[-1]

    def width(controls):
        mean = lift.estimate(outcome, start, end, controls).mean
        return mean.high - mean.low

    alone = width(None)
    assert width(useful) < 0.4 * alone
    assert width(useless) < 1.3 * alone


def test_each_control_is_a_placebo_in_space():
    rng = np.random.default_rng(6)
    outcome = daily(100 + rng.normal(size=120))
    controls = pd.DataFrame(rng.normal(size=(120, 2)), outcome.index, columns=["a", "b"])
    controls.loc[controls.index[-14:], "b"] += 6
    placebo = lift.estimate(outcome, outcome.index[-14], outcome.index[-1], controls).placebo
    assert list(placebo.columns) == ["kind", "name", "value", "p_value"]
    space = placebo[placebo["kind"] == "space"].set_index("name")
    assert space.loc["b", "p_value"] < 0.01 < space.loc["a", "p_value"]
    assert space.loc["b", "value"] == pytest.approx(84, abs=25)
    assert set(placebo["kind"]) == {"time", "space"}


def test_weekly_season_and_holidays_are_expected():
    rng = np.random.default_rng(7)
    values = 100 + 10 * (np.arange(140) % 7 == 5) + rng.normal(size=140)
    feasts = [20, 47, 75, 101, 133]
    values[feasts] += 40
    outcome = daily(values)
    names = pd.Series("feast", outcome.index[feasts])
    start, end = outcome.index[130], outcome.index[-1]
    told = lift.estimate(outcome, start, end, holidays=names)
    blind = lift.estimate(outcome, start, end)
    assert abs(told.total.value) < 15
    assert blind.total.value > 25
    assert told.total.high - told.total.low < 0.5 * (blind.total.high - blind.total.low)


def test_missing_days_are_left_out():
    outcome, start, end = with_campaign(noisy(), 14, 5.0)
    outcome.iloc[[10, 50, 110]] = np.nan
    dropped = lift.estimate(outcome.dropna(), start, end)
    found = lift.estimate(outcome, start, end)
    assert found.total == dropped.total
    assert found.total.n == 104
    assert found.mean.value == pytest.approx(found.total.value / 13)
    assert found.mean.value == pytest.approx(5, abs=1)


def test_too_short_a_history_is_an_answer():
    outcome = noisy(40)
    short = lift.estimate(outcome, outcome.index[15], outcome.index[-1])
    assert not short.total.enough and not short.mean.enough and not short.relative.enough
    assert np.isnan([short.total.value, short.total.low, short.p_value]).all()
    assert list(short.daily.columns) == DAILY and len(short.daily) == 40
    assert short.placebo.empty
    flat = lift.estimate(daily([5.0] * 60), "2026-02-15", "2026-02-20")
    assert not flat.total.enough


def test_more_certainty_asks_for_a_wider_interval():
    outcome, start, end = with_campaign(noisy(), 14, 1.0)
    wide, narrow = (lift.estimate(outcome, start, end, level=x).total for x in (0.99, 0.8))
    assert wide.low < narrow.low < narrow.high < wide.high
    assert wide.level == 0.99


def test_other_calendars():
    for frequency in ("h", "W", "MS"):
        index = pd.date_range("2020-01-01", periods=80, freq=frequency)
        outcome = pd.Series(20 + np.random.default_rng(1).normal(size=80), index)
        outcome.iloc[-6:] += 4
        found = lift.estimate(outcome, index[-6], index[-1])
        assert found.total.low < 24 < found.total.high and found.p_value < 0.01


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"start": "2027-01-01", "end": "2027-01-05"}, "lies outside the data"),
        ({"start": "2026-03-05", "end": "2026-03-01"}, "start must not lie after end"),
        ({"start": "soon"}, "must be dates"),
        ({"level": 95}, "level must lie between 0 and 1"),
        ({"outcome": [1, 2, 3]}, "must be a Series on a DatetimeIndex"),
        ({"outcome": pd.Series(["x"] * 3, pd.date_range("2026", periods=3))}, "must be numbers"),
        ({"outcome": daily([1.0, np.inf, 2.0])}, "must be finite"),
        (
            {"controls": pd.DataFrame({"a": [1.0]}, pd.date_range("2026", periods=1))},
            "controls lack",
        ),
        ({"controls": "other shop"}, "controls must be a frame"),
    ],
)
def test_wrong_input_says_what(change, says):
    arguments = {"outcome": noisy(), "start": "2026-04-01", "end": "2026-04-10"} | change
    with pytest.raises(BadValue, match=says):
        lift.estimate(**arguments)


def test_uneven_or_repeated_dates_are_refused():
    uneven = pd.Series(
        range(4), pd.to_datetime(["2026-01-01", "2026-01-03", "2026-01-06", "2026-01-11"])
    )
    twice = pd.Series(range(2), pd.to_datetime(["2026-01-01", "2026-01-01"]))
    for series, says in ((uneven, "evenly spaced"), (twice, "twice")):
        with pytest.raises(BadValue, match=says):
            lift.estimate(series, "2026-01-03", "2026-01-04")


# Panels


@pytest.mark.parametrize("call", [lift.synthetic_control, lift.difference_in_differences])
def test_a_panel_gives_the_planted_effect(call):
    panel, start, end = small_panel(added=4.0)
    found = call(panel, "unit", "date", "value", "unit 0", start, end)
    assert found.mean.low < 4 < found.mean.high
    assert found.p_value < 0.05
    assert found.total.value == pytest.approx(14 * found.mean.value)
    assert found.weights.sum() == pytest.approx(1) and (found.weights >= 0).all()
    assert "unit 0" not in found.weights.index
    assert {"space", "time"} == set(found.placebo["kind"])
    inside = found.daily[found.daily["date"] >= start]
    assert (inside["observed"] - inside["expected"]).sum() == pytest.approx(found.total.value)


def test_difference_in_differences_is_the_two_by_two_table():
    panel, start, end = small_panel(added=1.0)
    found = lift.difference_in_differences(
        panel, "unit", "date", "value", ["unit 0", "unit 1"], start, end
    )
    ours = panel["unit"].isin(["unit 0", "unit 1"])
    after = panel["date"] >= start
    cell = panel["value"].groupby([ours, after]).mean()
    change = (cell[True, True] - cell[True, False]) - (cell[False, True] - cell[False, False])
    assert found.mean.value == pytest.approx(change)
    assert found.total.value == pytest.approx(change * 14 * 2)


def test_synthetic_control_finds_the_mix():
    rng = np.random.default_rng(8)
    dates = pd.date_range("2026-01-01", periods=60)
    units = pd.DataFrame(rng.normal(size=(60, 6)) + 10, dates, columns=list("abcdef"))
    units["ours"] = 0.7 * units["a"] + 0.3 * units["b"] + 3 + 0.01 * rng.normal(size=60)
    long = units.rename_axis("day").reset_index().melt("day", var_name="shop")
    found = lift.synthetic_control(long, "shop", "day", "value", "ours", dates[50], dates[-1])
    assert found.weights["a"] == pytest.approx(0.7, abs=0.02)
    assert found.weights["b"] == pytest.approx(0.3, abs=0.02)
    assert found.mean.value == pytest.approx(0, abs=0.05)


def test_panel_rows_after_the_end_change_nothing():
    panel, start, end = small_panel()
    early = end - pd.Timedelta(days=5)
    cut = panel[panel["date"] <= early]
    for call in (lift.synthetic_control, lift.difference_in_differences):
        whole = call(panel, "unit", "date", "value", "unit 0", start, early)
        again = call(cut, "unit", "date", "value", "unit 0", start, early)
        for side in ("value", "low", "high"):
            assert getattr(whole.total, side) == pytest.approx(getattr(again.total, side))


def test_a_panel_too_small_is_an_answer():
    panel, start, end = small_panel()
    two = panel[panel["unit"].isin(["unit 0", "unit 1"]) & (panel["date"] >= "2026-02-20")]
    found = lift.synthetic_control(two, "unit", "date", "value", "unit 0", start, end)
    assert not found.total.enough and np.isnan(found.p_value)


def test_wrong_panels_say_what():
    panel, start, end = small_panel()
    rest = ("date", "value", "unit 0", start, end)
    with pytest.raises(MissingColumns, match="lacks city"):
        lift.synthetic_control(panel, "city", *rest)
    with pytest.raises(BadValue, match="treated names unit 99"):
        lift.synthetic_control(panel, "unit", "date", "value", "unit 99", start, end)
    with pytest.raises(BadValue, match="every unit is treated"):
        everyone = list(panel["unit"].unique())
        lift.difference_in_differences(panel, "unit", "date", "value", everyone, start, end)
    with pytest.raises(BadValue, match="two rows"):
        lift.synthetic_control(pd.concat([panel, panel]), "unit", *rest)
    with pytest.raises(BadValue, match="missing in some periods for unit 3"):
        lift.synthetic_control(
            panel[~((panel["unit"] == "unit 3") & (panel["date"] == start))], "unit", *rest
        )


# Before a campaign


def test_detectable_falls_with_days_and_rises_with_power_and_noise():
    calm, wild = noisy(200), noisy(200, size=4.0)
    base = lift.detectable(calm, 14)
    assert base.enough and base.low <= base.value <= base.high
    # White noise of 2 % of the mean: 2.8 standard errors of a 14-day mean are 1.5 %.
    assert 0.012 < base.value < 0.03
    assert lift.detectable(calm, 28).value < lift.detectable(calm, 7).value
    assert lift.detectable(calm, 14, power=0.95).value > base.value
    assert lift.detectable(wild, 14).value == pytest.approx(4 * base.value, rel=0.01)


def test_detectable_needs_history_and_a_length():
    assert not lift.detectable(noisy(30), 14).enough
    with pytest.raises(BadValue, match="days must be a whole number"):
        lift.detectable(noisy(), 0)
    with pytest.raises(BadValue, match="between 0 and 1"):
        lift.detectable(noisy(), 14, power=80)


# Proof


def test_the_same_call_gives_the_same_figures():
    outcome, start, end = with_campaign(noisy(), 14, 1.0)
    assert lift.estimate(outcome, start, end).total == lift.estimate(outcome, start, end).total
    assert lift.detectable(outcome, 7) == lift.detectable(outcome, 7)


@pytest.fixture(scope="module")
def claims():
    return proof.claims(thin=True)


def test_claims_hold(claims):
    assert set(claims["case"]) > {f"proof.case.{n.replace('-', '_')}" for n in proof.NOISES}
    assert claims["ok"].all(), claims.loc[~claims["ok"]].to_string()


def test_without_the_files_the_last_figures_are_shown(tmp_path, monkeypatch):
    monkeypatch.delenv("OPSBOOK_REAL_DATA", raising=False)
    assert proof.published(tmp_path)["measured"].startswith("2026-")
    assert len(panels.published(tmp_path)[1]["sha256"]) == 12


def test_permuting_days_that_follow_each_other_finds_lifts_where_none_are():
    rng = np.random.default_rng(8)
    found = []
    for _ in range(60):
        values = panels.ar(0.8, rng.normal(size=(9, 105)))
        found.append(panels.conformal(values[0], values[1:].T, rng, draws=200))
    assert np.mean(np.array(found) < 0.05) > 0.15


@pytest.mark.real
def test_published_cases(monkeypatch):
    toy, (geo, origin) = proof.published(), panels.published()
    monkeypatch.delenv("OPSBOOK_REAL_DATA", raising=False)
    assert 4.6 <= toy["value"] <= 5.2 and toy["low"] <= 5 <= toy["high"]
    assert geo["relative"] == pytest.approx(0.054, rel=0.05)
    assert geo["total"] == pytest.approx(4667, rel=0.05)
    kept, file = panels.published("no such folder")
    for key in ("total", "placebos", "placebos_as_published"):
        assert kept[key] == pytest.approx(geo[key], rel=1e-3)
    assert file["sha256"] == origin["sha256"]
    committed = proof.published("no such folder")
    assert committed["value"] == pytest.approx(toy["value"], rel=1e-3)
    assert committed["sha256"] == toy["sha256"]
