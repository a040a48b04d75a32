"""Half-life of a creative: planted wear, none, and too little."""

import numpy as np
import pandas as pd
import pytest

from opsbook.errors import BadValue, MissingColumns
from opsbook.methods import fatigue
from opsbook.proof import fatigue as proof


def exact(days=40, per_day=10_000, half_life=100_000):
    """Clicks exactly on the curve."""
    seen = per_day * (np.arange(days) + 0.5)
    return pd.DataFrame(
        {
            "date": pd.date_range("2026-01-01", periods=days),
            "impressions": per_day,
            "clicks": 0.05 * per_day * 0.5 ** (seen / half_life),
        }
    )


def test_wear_on_the_curve_is_read_off():
    found = fatigue.half_life(exact())
    assert found.value == pytest.approx(100_000, rel=0.01)
    assert found.low < 100_000 < found.high
    assert found.n == 400_000
    assert found.unit == "impressions"
    assert found.enough


def test_row_order_and_silent_days_change_nothing():
    frame = exact()
    silent = pd.DataFrame({"date": pd.date_range("2027-01-01", periods=3)}).assign(
        impressions=0, clicks=0
    )
    mixed = pd.concat([silent, frame]).sample(frac=1, random_state=1)
    assert fatigue.half_life(mixed) == fatigue.half_life(frame)


def test_no_wear_is_an_infinite_half_life_with_a_lower_bound():
    frame = exact().assign(clicks=500)
    found = fatigue.half_life(frame)
    assert found.enough
    assert np.isinf(found.value) and np.isinf(found.high)
    assert found.low > 400_000


def test_rising_rate_is_no_wear():
    frame = exact()
    found = fatigue.half_life(frame.assign(clicks=frame["clicks"].to_numpy()[::-1]))
    assert np.isinf(found.value)


def test_days_without_clicks_stay_in():
    rng = np.random.default_rng(3)
    frame = proof.creative(rng, "binomial", half_life=20_000, per_day=400, days=120)
    assert (frame["clicks"] == 0).sum() > 5
    found = fatigue.half_life(frame)
    assert found.low < 20_000 < found.high


@pytest.mark.parametrize("frame", [exact(days=9), exact(per_day=20), exact().iloc[:0]])
def test_not_enough(frame):
    found = fatigue.half_life(frame)
    assert not found.enough
    assert np.isnan(found.value)


def test_wrong_input():
    with pytest.raises(MissingColumns, match="lacks clicks"):
        fatigue.half_life(exact().drop(columns="clicks"))
    with pytest.raises(BadValue, match="clicks on 10 impressions in row 0"):
        fatigue.half_life(exact().assign(impressions=10))
    with pytest.raises(BadValue, match="2026-01-01 is there twice"):
        fatigue.half_life(pd.concat([exact(), exact().head(1)]))
    with pytest.raises(BadValue, match=r"at least 0, found -1\.0 in row 0"):
        fatigue.half_life(exact().assign(clicks=-1))
