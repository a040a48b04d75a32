"""Orders ahead: what customers at hand will still buy."""

import numpy as np
import pandas as pd
import pytest

from opsbook.errors import BadValue, MissingColumns
from opsbook.methods import orders_ahead
from opsbook.proof import buyers


def test_histories_count_days_of_purchase_before_a_day():
    orders = pd.DataFrame(
        {
            "person_key": ["ann", "ann", "ann", "bob", None, "cat"],
            "at": pd.to_datetime(
                ["2026-01-01 09:00", "2026-01-01 21:00", "2026-01-11", "2026-01-05", "2026-01-05",
                 "2026-01-21"],
                format="mixed",
            ),
        }
    )  # fmt: skip
    found = orders_ahead.histories(orders, "2026-01-21")
    assert found.reset_index().to_numpy().tolist() == [
        ["ann", 1.0, 10.0, 20.0],
        ["bob", 0.0, 0.0, 16.0],
    ]
    with pytest.raises(MissingColumns, match="lacks at"):
        orders_ahead.histories(orders.drop(columns="at"), "2026-01-21")


def test_customers_long_silent_count_as_gone():
    # forty who bought weekly until yesterday, forty who bought weekly and stopped half a year ago
    frequency = np.repeat([25.0, 25.0], 40)
    recency, age = np.repeat([174.0, 174.0], 40), np.repeat([175.0, 355.0], 40)
    frequency[::7] -= 3
    found = orders_ahead.outlook(frequency, recency, age, 28)
    assert 100 < found.orders.value < 220  # four a month from the forty who are left
    assert found.orders.low < found.orders.value < found.orders.high


def test_the_same_call_gives_the_same_figures_and_a_longer_horizon_more():
    bought, first = buyers.purchases(np.random.default_rng(2), "bg_nbd", 300, 52)
    known = buyers.known_by(bought, first, 52)
    once, again = (orders_ahead.outlook(*known, 13) for _ in range(2))
    assert once.orders == again.orders
    assert orders_ahead.outlook(*known, 26).orders.value > once.orders.value


def test_what_happens_later_changes_nothing():
    bought, first = buyers.purchases(np.random.default_rng(3), "bg_nbd", 200, 52)
    cut = bought[bought["week"] < 40]
    for whole, part in zip(
        buyers.known_by(bought, first, 40), buyers.known_by(cut, first, 40), strict=True
    ):
        np.testing.assert_array_equal(whole, part)


def test_too_few_customers_or_no_repeat_is_not_enough():
    assert not orders_ahead.outlook([1, 0], [2, 0], [3, 3], 10).orders.enough
    assert not orders_ahead.outlook([0] * 50, [0] * 50, [9] * 50, 10).orders.enough


@pytest.mark.parametrize("horizon", [0, -1, np.nan])
def test_a_horizon_that_is_no_time_is_an_error(horizon):
    with pytest.raises(BadValue, match="horizon must be a number above 0"):
        orders_ahead.outlook([1] * 40, [2] * 40, [3] * 40, horizon)
