import numpy as np
import pandas as pd
import pytest

from opsbook.errors import BadValue, MissingColumns
from opsbook.methods import frequency


def weeks(peak=6.0, seed=1, n=150, noise=0.15):
    """Unit-weeks whose log outcome is a parabola of the rate."""
    rng = np.random.default_rng(seed)
    rate = rng.integers(1, 13, n)
    level = -0.03 * (rate - peak) ** 2 + rng.normal(0, noise, n)
    return pd.DataFrame({"account": np.arange(n) % 3, "rate": rate, "outcome": np.exp(5 + level)})


def test_planted_optimum_lies_in_a_narrow_range():
    found = frequency.response(weeks(), "rate", "outcome", "account")
    assert found.enough
    assert found.range[0] <= 6 <= found.range[1]
    assert found.range[1] - found.range[0] < 2
    assert list(found.curve.columns) == ["rate", "effect", "low", "high"]
    assert (found.curve["low"] <= found.curve["effect"]).all()
    assert (found.curve["effect"] <= found.curve["high"]).all()
    assert abs(found.best - 6) < 1


def test_effect_is_a_fraction_of_the_average_week():
    frame = weeks(noise=0.01)
    found = frequency.response(frame, "rate", "outcome", "account")
    truth = -0.03 * (frame["rate"] - 6) ** 2
    at_peak = np.expm1(0 - truth.mean())
    assert found.curve["effect"].max() == pytest.approx(at_peak, rel=0.05)


def test_unit_levels_do_not_pass_for_the_effect_of_rate():
    frame = weeks()
    frame["rate"] += 4 * frame["account"]
    frame["outcome"] = np.exp(
        2.0 * frame["account"] + np.random.default_rng(3).normal(0, 0.3, len(frame))
    )
    assert frequency.response(frame, "rate", "outcome", "account").reason == "no_effect"
    assert frequency.response(frame, "rate", "outcome").p_value < 0.01  # what it would pass for


def growing(seed):
    """An account that grows and posts more as it grows; the rate itself does nothing."""
    rng = np.random.default_rng(seed)
    week = np.arange(100)
    frame = pd.DataFrame({"week": week, "rate": 3 + week // 12 + rng.integers(0, 3, 100)})
    return frame.assign(outcome=np.exp(0.02 * week + rng.normal(0, 0.2, 100)))


def test_time_takes_out_growth():
    plain = [frequency.response(growing(s), "rate", "outcome").p_value for s in range(20)]
    freed = [
        frequency.response(growing(s), "rate", "outcome", time="week").p_value for s in range(20)
    ]
    assert max(plain) < 0.01
    assert np.mean(np.array(freed) < 0.05) <= 0.15


def test_time_orders_the_weeks():
    frame = growing(1)
    ordered = frequency.response(frame, "rate", "outcome", time="week")
    shuffled = frame.sample(frac=1, random_state=0)
    again = frequency.response(shuffled, "rate", "outcome", time="week")
    pd.testing.assert_frame_equal(ordered.curve, again.curve)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda f: f.assign(rate=5), "no_variation"),
        (lambda f: f.head(15), "too_few"),
        (lambda f: f.assign(outcome=np.exp(0.1 * f["rate"])), "rising"),
        (lambda f: f.assign(outcome=np.exp(-0.1 * f["rate"])), "falling"),
        (lambda f: f.assign(outcome=np.random.default_rng(2).lognormal(size=len(f))), "no_effect"),
        (lambda f: f.assign(outcome=3.0), "no_effect"),
    ],
)
def test_says_when_the_data_cannot_tell(change, reason):
    found = frequency.response(change(weeks()), "rate", "outcome", "account")
    assert (found.enough, found.reason) == (False, reason)
    assert np.isnan(found.range).all()


def test_outcomes_below_zero_keep_their_unit():
    frame = weeks()
    frame["outcome"] = 50 - 4.0 * (frame["rate"] - 6) ** 2
    frame["outcome"] += np.random.default_rng(1).normal(0, 5, len(frame))
    found = frequency.response(frame, "rate", "outcome", "account")
    assert found.unit == "outcome"
    assert found.range[0] - 0.2 <= 6 <= found.range[1] + 0.2


def test_same_input_same_result():
    one, two = (frequency.response(weeks(), "rate", "outcome", "account") for _ in range(2))
    assert one.range == two.range
    pd.testing.assert_frame_equal(one.curve, two.curve)


def test_bad_input_is_named():
    with pytest.raises(MissingColumns, match="lacks reach"):
        frequency.response(weeks(), "rate", "reach")
    with pytest.raises(BadValue, match="expected numbers"):
        frequency.response(weeks().assign(rate="often"), "rate", "outcome")
    with pytest.raises(BadValue, match="rates of 0 or more"):
        frequency.response(weeks().assign(rate=-1), "rate", "outcome")
    with pytest.raises(BadValue, match="level"):
        frequency.response(weeks(), "rate", "outcome", level=95)
