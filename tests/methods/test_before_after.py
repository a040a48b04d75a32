"""Counts before and after against controls: known tables, coverage, too few."""

import numpy as np
import pytest

from opsbook.errors import BadValue
from opsbook.methods import before_after


def test_halved_while_the_controls_stay():
    found = before_after.rate_ratio(200, 100, 400, 400)
    assert found.value == pytest.approx(-0.5, abs=0.01)
    assert -0.65 < found.low < found.value < found.high < -0.3
    assert found.p_value < 1e-5


def test_a_fall_that_the_controls_share_is_no_effect():
    found = before_after.rate_ratio(200, 100, 400, 200)
    assert found.value == pytest.approx(0, abs=0.01)
    assert found.low < 0 < found.high and found.p_value > 0.9


def test_interval_holds_as_often_as_it_says():
    rng = np.random.default_rng(5)
    counts = rng.poisson([40, 20, 80, 80], (300, 4))
    held = 0
    for row in counts:
        found = before_after.rate_ratio(*row)
        held += found.low <= -0.5 <= found.high
    assert held / 300 >= 0.93  # exact intervals are wide rather than narrow


def test_too_few_and_wrong():
    assert not before_after.rate_ratio(4, 0, 100, 100).enough
    assert before_after.rate_ratio(10, 0, 100, 100).value == -1
    with pytest.raises(BadValue, match="0 or more"):
        before_after.rate_ratio(-1, 2, 3, 4)
