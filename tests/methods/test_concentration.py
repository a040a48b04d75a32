"""Gini index, top share and Lorenz curve against values worked out by hand."""

import numpy as np
import pytest

from opsbook.errors import BadValue
from opsbook.methods import concentration


def test_even_and_single_holder():
    assert concentration.gini(np.ones(40)).value == pytest.approx(0)
    assert concentration.gini([0] * 39 + [5]).value == pytest.approx(39 / 40)
    assert concentration.top_share(np.ones(40), 0.1).value == pytest.approx(0.1)
    assert concentration.top_share([1] * 36 + [16] * 4, 0.1).value == pytest.approx(64 / 100)


def test_gini_of_one_to_n_and_its_interval():
    found = concentration.gini(np.arange(1, 101))
    assert found.value == pytest.approx(2 * 338350 / (100 * 5050) - 101 / 100)
    assert found.low < found.value < found.high
    assert found == concentration.gini(np.arange(1, 101)[::-1])  # order and runs change nothing


def test_lorenz_ends_and_lies_below_even():
    curve = concentration.lorenz([1, 1, 2, 4, 12], points=6)
    assert curve["held_share"].tolist() == pytest.approx([0, 0.05, 0.1, 0.2, 0.4, 1])
    assert concentration.lorenz([]).empty


def test_few_people_are_not_enough():
    found = concentration.gini([3, 2, 1])
    assert not found.enough and np.isnan(found.value)
    with pytest.raises(BadValue, match="between 0 and 1"):
        concentration.top_share(np.ones(40), 1.5)
