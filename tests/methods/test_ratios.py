"""Ratios of sums and their intervals."""

import numpy as np
import pandas as pd
import pytest

from opsbook.errors import BadValue, MissingColumns
from opsbook.methods import ratios


def test_sums_before_dividing():
    frame = pd.DataFrame({"date_day": [1, 2], "clicks": [1, 30], "impressions": [10, 100]})
    given = ratios.ratio(frame, "clicks", "impressions")
    assert given["value"].tolist() == [31 / 110]  # not the mean of 0.1 and 0.3


def test_wilson_is_the_published_interval():
    # Newcombe (1998), Stat. Med. 17:857, table I: 81/263 gives 0.2553 to 0.3662
    assert ratios.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_poisson_is_the_published_interval():
    # Garwood's table: 10 events, 95 %: 4.795 to 18.390
    assert ratios.poisson(10) == pytest.approx((4.795, 18.390), abs=5e-4)


def test_few_days_fall_back_to_counts():
    frame = pd.DataFrame({"date_day": [1], "spend": [100.0], "conversions": [10]})
    row = ratios.ratio(frame, "spend", "conversions", kind="cost").iloc[0]
    assert (row["value"], row["enough"]) == (10.0, True)
    assert row["low"] == pytest.approx(100 / 18.390, rel=1e-3)
    value = ratios.ratio(frame, "spend", "conversions", kind="value").iloc[0]
    assert not value["enough"] and np.isnan(value["low"])


def test_zero_denominator_is_missing():
    frame = pd.DataFrame({"date_day": [1], "clicks": [0], "impressions": [0]})
    row = ratios.ratio(frame, "clicks", "impressions").iloc[0]
    assert np.isnan(row["value"]) and not row["enough"]


def test_interval_covers_on_overdispersed_days():
    rng = np.random.default_rng(3)
    held, runs, days = 0, 400, 30
    for _ in range(runs):
        impressions = rng.integers(500, 5000, days)
        rate = 0.03 * rng.lognormal(-0.08, 0.4, days)
        clicks = rng.binomial(impressions, np.clip(rate, 0, 1))
        frame = pd.DataFrame({"date_day": range(days), "c": clicks, "i": impressions})
        row = ratios.ratio(frame, "c", "i").iloc[0]
        held += row["low"] <= 0.03 <= row["high"]
    assert 0.91 <= held / runs <= 0.98  # binomial intervals would hold about a third


def test_difference_finds_what_is_there_and_stays_silent():
    rng = np.random.default_rng(5)

    def made(rate):
        clicks = rng.binomial(2000, rate, 28)
        return pd.DataFrame({"date_day": range(28), "c": clicks, "i": 2000})

    more = ratios.difference(made(0.036), made(0.03), "c", "i")
    assert more["low"] > 0 and more["low"] < 0.2 < more["high"]
    same = [ratios.difference(made(0.03), made(0.03), "c", "i")["p_value"] for _ in range(200)]
    assert np.mean(np.array(same) < 0.05) < 0.10


def test_wrong_input_names_both_sides():
    frame = pd.DataFrame({"date_day": [1], "clicks": [0]})
    with pytest.raises(MissingColumns, match=r"lacks impressions; it has date_day, clicks"):
        ratios.ratio(frame, "clicks", "impressions")
    with pytest.raises(BadValue, match="kind"):
        ratios.ratio(frame, "clicks", "clicks", kind="odd")
