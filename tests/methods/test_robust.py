"""Robust distance: median and median absolute deviation, of earlier values only."""

import numpy as np
import pandas as pd

from opsbook.methods import robust


def test_z_by_hand():
    # median 3, absolute deviations 2 1 0 1 2, their median 1
    assert robust.z(10, [1, 2, 3, 4, 5]) == 7 / 1.4826
    assert robust.z(10, [3, 3, 3], floor=2) == 3.5
    assert np.isnan(robust.z(10, [3, 3, 3]))
    assert np.isnan(robust.z(10, []))


def test_earlier_values_only():
    first = robust.earlier_z(pd.Series([1.0, 2, 3, 4, 5, 10]), least=5)
    second = robust.earlier_z(pd.Series([1.0, 2, 3, 4, 5, 10, 99]), least=5)
    assert first.isna().tolist() == [True] * 5 + [False]
    assert first[5] == second[5] == 7 / 1.4826


def test_interval_of_a_median():
    # ten values: binomial(10, 0.5) leaves the second smallest to the second largest, 97.9 %
    assert robust.median_interval(range(1, 11)) == (2.0, 9.0)
    assert np.isnan(robust.median_interval(range(7))).all()
    rng = np.random.default_rng(1)
    held = [
        low <= 0 <= high for low, high in map(robust.median_interval, rng.normal(size=(400, 25)))
    ]
    assert 0.93 <= np.mean(held) <= 0.99
