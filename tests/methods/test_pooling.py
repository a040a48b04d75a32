import numpy as np
import pandas as pd
import pytest

from opsbook.errors import BadValue
from opsbook.methods import pooling
from opsbook.proof import pooling as proof


def test_efron_morris_batters():
    found = proof.batters()
    assert found["raw"] == pytest.approx(0.0754, abs=5e-5)
    assert found["pooled"] == pytest.approx(0.0213, abs=5e-5)
    assert found["factor"] == pytest.approx(0.2124, abs=5e-5)


def test_equal_variances_give_james_stein_toward_the_mean():
    y = np.array([1.0, 2.0, 4.0, 9.0, 14.0])
    kept = 1 - (5 - 3) * 2.0 / ((y - y.mean()) ** 2).sum()
    expected = y.mean() + kept * (y - y.mean())
    np.testing.assert_allclose(pooling.shrink(y, 2.0), expected)


def test_noisier_figures_move_further():
    pooled = pooling.shrink([0.0, 10.0, 0.0, 10.0, 5.0], [0.5, 0.5, 30.0, 30.0, 1.0])
    assert 10 - pooled[3] > 10 - pooled[1] > 0
    assert pooled[2] > pooled[0] > 0


def test_noise_alone_is_pooled_almost_wholly_and_never_past_the_mean():
    pooled = pooling.shrink([4.9, 5.0, 5.1, 5.0, 5.0, 5.0], 100.0)
    assert np.ptp(pooled) < 0.6 * 0.2  # (k - 3) / (k - 1) of the way
    assert (np.sign(pooled - 5.0) == np.sign([-0.1, 0, 0.1, 0, 0, 0]))[[0, 2]].all()


def test_index_missing_and_few_figures_are_kept():
    given = pd.Series([1.0, np.nan, 3.0, 5.0, 9.0], index=list("abcde"))
    pooled = pooling.shrink(given, pd.Series(1.0, index=list("edcba")))
    assert list(pooled.index) == list("abcde")
    assert pooled.isna().tolist() == [False, True, False, False, False]
    few = pooling.shrink([1.0, 2.0, 3.0], 1.0)
    assert few.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("estimates", "variances", "says"),
    [
        ([1, 2, 3, 4], [1, 1, 0, 1], "zero"),
        ([1, 2, 3, 4], [1, 1], "4 estimates but 2 variances"),
        (["a", "b", "c", "d"], 1.0, "not numbers"),
        ([1, 2, np.inf, 4], 1.0, "infinite"),
    ],
)
def test_bad_input_is_named(estimates, variances, says):
    with pytest.raises(BadValue, match=says):
        pooling.shrink(estimates, variances)


def test_indexes_that_differ_are_refused():
    with pytest.raises(BadValue, match="different indexes"):
        pooling.shrink(pd.Series([1.0] * 4), pd.Series([1.0] * 4, index=list("abcd")))
