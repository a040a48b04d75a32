import os

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from opsbook.errors import BadValue
from opsbook.methods import experiments
from opsbook.proof import experiments as proof

RATE_COLUMNS = "arm n rate effect relative low high p_value p_adjusted".split()


def test_rates_equal_statsmodels():
    table = experiments.compare_rates([30, 45, 28], [400, 410, 395], level=0.9)
    assert list(table.columns) == RATE_COLUMNS
    assert table.loc[0, ["effect", "relative"]].tolist() == [0.0, 0.0]
    for arm, (s, n) in {1: (45, 410), 2: (28, 395)}.items():
        row = table.loc[arm]
        low, high = confint_proportions_2indep(
            s, n, 30, 400, method="newcomb", compare="diff", alpha=0.1
        )
        p_value = proportions_ztest([s, 30], [n, 400])[1]
        assert row[["low", "high", "p_value"]].tolist() == pytest.approx([low, high, p_value])
        assert row["effect"] == pytest.approx(s / n - 30 / 400)
        assert row["relative"] == pytest.approx((s / n) / (30 / 400) - 1)
    holm = multipletests(table["p_value"].iloc[1:], method="holm")[1]
    assert table["p_adjusted"].iloc[1:].tolist() == pytest.approx(holm.tolist(), abs=1e-12)


def test_newcombe_published_example():
    row = experiments.compare_rates([48, 56], [80, 70]).loc[1]
    assert (round(row["low"], 4), round(row["high"], 4)) == (0.0524, 0.3339)


def test_means_equal_scipy_and_statsmodels():
    rng = np.random.default_rng(4)
    a, b = rng.lognormal(size=80), rng.lognormal(0.3, 1.2, size=60)
    table = experiments.compare_means([a, b])
    welch = stats.ttest_ind(b, a, equal_var=False)
    ends = CompareMeans(DescrStatsW(b), DescrStatsW(a)).tconfint_diff(usevar="unequal")
    row = table.loc[1]
    assert row["p_value"] == pytest.approx(welch.pvalue, abs=1e-9)
    assert (row["low"], row["high"]) == pytest.approx(ends, abs=1e-9)
    assert list(table.columns) == [c if c != "rate" else "mean" for c in RATE_COLUMNS]


def test_cuped_leaves_one_minus_rho_squared():
    rng = np.random.default_rng(8)
    x = [rng.normal(size=3000), rng.normal(size=2500)]
    y = [0.8 * a + 0.6 * rng.normal(size=len(a)) for a in x]
    found = experiments.cuped(y, x)
    assert found.variance_ratio == pytest.approx(1 - found.correlation**2, abs=1e-12)
    assert found.variance_ratio == pytest.approx(0.36, abs=0.03)
    plain, ours = (experiments.compare_means(y, covariate=c).loc[1] for c in (None, x))
    narrower = (ours["high"] - ours["low"]) / (plain["high"] - plain["low"])
    assert narrower == pytest.approx(0.6, abs=0.03)


def test_cuped_removes_a_head_start_that_the_covariate_shows():
    x = [np.array([1.0, 2, 3, 4]), np.array([2.0, 3, 4, 5])]
    y = [2 * x[0], 2 * x[1] + np.array([0.5, 0.5, 0.5, 0.5])]
    theta = np.cov(np.concatenate(y), np.concatenate(x))[0, 1] / np.concatenate(x).var(ddof=1)
    assert experiments.cuped(y, x).theta == pytest.approx(theta)
    effect = experiments.compare_means(y, covariate=x).loc[1, "effect"]
    assert effect == pytest.approx(2.5 - theta * 1.0)


def test_missing_values_leave_out_the_pair():
    table = experiments.compare_means(
        [[1, 2, np.nan, 4], [2, 3, 5, 9]], covariate=[[1, 2, 3, 4], [1, np.nan, 3, 5]]
    )
    assert table["n"].tolist() == [3, 3]


def test_sequential_is_wider_and_its_p_value_agrees_with_its_interval():
    fixed = experiments.compare_rates([500, 590], [5000, 5000]).loc[1]
    always = experiments.compare_rates([500, 590], [5000, 5000], method="sequential").loc[1]
    assert always["low"] < fixed["low"] < fixed["high"] < always["high"]
    assert (always["p_value"] < 0.05) == (always["low"] > 0)
    strong = experiments.compare_rates([500, 700], [5000, 5000], method="sequential").loc[1]
    assert strong["p_value"] < 0.05
    assert strong["low"] > 0


def test_looks():
    assert experiments.error_of_looks([1.959964]) == pytest.approx(0.05, abs=1e-6)
    assert experiments.error_of_looks([1.96] * 5) == pytest.approx(0.141, abs=0.001)
    assert experiments.error_of_looks(proof.BOUNDS) == pytest.approx(0.05, abs=0.001)
    assert experiments.obrien_fleming(5) == pytest.approx(proof.BOUNDS, abs=0.001)
    # Armitage, McPherson and Rowe (1969), table 2: two looks at 1.96.
    assert experiments.error_of_looks([1.96, 1.96]) == pytest.approx(0.083, abs=0.0005)
    close = experiments.error_of_looks([1.96, 1.96], information=[0.995, 1.0])
    assert 0.05 < close < 0.06


def test_sample_ratio():
    fair = experiments.sample_ratio([5000, 5100])
    assert fair.p_value == pytest.approx(stats.chisquare([5000, 5100]).pvalue)
    assert not fair.mismatch
    assert experiments.sample_ratio([5000, 5500]).mismatch
    assert not experiments.sample_ratio([9000, 1000], expected=[0.9, 0.1]).mismatch
    few = experiments.sample_ratio([3, 4])
    assert (few.enough, few.mismatch) == (False, False)
    assert np.isnan(few.p_value)


def test_sample_size_and_power():
    # (1.959964 + 0.841621)^2 * (0.04 * 0.96 + 0.05 * 0.95) / 0.01^2
    assert experiments.sample_size(0.04, 0.01) == 6743
    assert experiments.power_of_rates(0.04, 0.01, 6743) == pytest.approx(0.8, abs=1e-4)
    # Where both rates have the same variance the formula is statsmodels' normal power.
    n = NormalIndPower().solve_power(effect_size=0.1 / np.sqrt(0.2475), power=0.8, alpha=0.05)
    assert experiments.sample_size(0.45, 0.1) == int(np.ceil(n))
    assert experiments.sample_size(0.5, -0.1) == experiments.sample_size(0.5, 0.1)


@pytest.mark.parametrize(
    ("n", "traffic", "arms", "days"), [(6743, 3000, 2, 7), (6743, 1000, 2, 14), (1000, 500, 4, 14)]
)
def test_duration_is_in_whole_weeks(n, traffic, arms, days):
    assert experiments.duration(n, traffic, arms) == days


def test_adjust():
    given = pd.Series([0.01, np.nan, 0.04, 0.03], index=list("abcd"))
    holm = experiments.adjust(given)
    assert holm["a"] == pytest.approx(0.03)
    assert holm["d"] == holm["c"] == pytest.approx(0.06)
    assert np.isnan(holm["b"])
    bh = experiments.adjust(given, method="bh").dropna()
    assert bh.tolist() == pytest.approx([0.03, 0.04, 0.04])


def test_extreme_counts_do_not_break():
    none = experiments.compare_rates([0, 0], [100, 100]).loc[1]
    assert none["p_value"] == 1.0
    assert none["low"] < 0 < none["high"]
    assert np.isnan(none["relative"])
    empty = experiments.compare_rates([5, 0], [100, 0]).loc[1]
    assert empty[["rate", "effect", "low", "p_value"]].isna().all()
    flat = experiments.compare_means([[1, 1, 1], [1, 1, 1]]).loc[1]
    assert flat["p_value"] == 1.0
    single = experiments.compare_means([[1, 2, 3], [4]]).loc[1]
    assert np.isnan(single["low"])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: experiments.compare_rates([5, 11], [10, 10]), "11 successes in 10 trials"),
        (lambda: experiments.compare_rates([5], [10]), "two arms"),
        (
            lambda: experiments.compare_rates([5, 5], [10, 10], method="bayes"),
            "fixed or sequential",
        ),
        (lambda: experiments.compare_rates([5, -1], [10, 10]), "negative"),
        (lambda: experiments.compare_rates([5, 5], [10, 10], level=95), "level"),
        (lambda: experiments.compare_means([[1, 2], [3, 4]], covariate=[[1, 2], [3]]), "lengths"),
        (lambda: experiments.sample_ratio([10, 10], expected=[1, 0]), "positive"),
        (lambda: experiments.sample_size(0.99, 0.02), "between 0 and 1"),
        (lambda: experiments.duration(100, 0), "positive"),
        (lambda: experiments.adjust([0.1, 1.2]), "outside 0 to 1"),
        (lambda: experiments.adjust([0.1], method="none"), "holm or bh"),
        (lambda: experiments.error_of_looks([2.0, 2.0], [1.0, 0.5]), "does not rise"),
        (lambda: experiments.obrien_fleming(0), "whole number"),
    ],
)
def test_bad_input_is_named(call, says):
    with pytest.raises(BadValue, match=says):
        call()


def test_claims_hold():
    claims = proof.claims()
    assert claims["ok"].all(), claims.loc[~claims["ok"], ["claim", "figure", "target"]].to_string()


@pytest.mark.real
def test_cookie_cats_counts_are_the_published_ones():
    path = f"{os.environ['OPSBOOK_REAL_DATA']}/{proof.REAL_FILE}"
    found = proof.cookie_cats(path)
    assert {k: tuple(map(int, v)) for k, v in found["counts"].items()} == proof.COOKIE_CATS
    assert found["day 7"]["p_value"] == pytest.approx(0.00155, abs=5e-5)
    assert found["day 1"]["p_value"] == pytest.approx(0.0744, abs=5e-5)
