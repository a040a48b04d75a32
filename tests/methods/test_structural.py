import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student

from opsbook.methods import structural

LEVEL, SLOPE, PHI, AR = 0.3, 0.01, 0.6, 0.5


def one_point(monkeypatch, level=LEVEL, slope=SLOPE, phi=PHI, ar=AR):
    arrays = (np.array([x], dtype=float) for x in (level, slope, phi, ar, 0.0))
    points = structural.Grid(*arrays)
    monkeypatch.setattr(structural, "grid", lambda: points)
    structural._gains.cache_clear()


@pytest.fixture(autouse=True)
def fresh_gains():
    structural._gains.cache_clear()
    yield
    structural._gains.cache_clear()


def covariance(length):
    """Covariance of the process written out: level, slope, AR(1) and noise."""
    steps = np.arange(length)
    level = LEVEL * np.minimum.outer(steps, steps)
    slope = np.zeros((length, length))
    for shock in range(length):
        load = np.maximum(steps - shock - 1, 0)
        slope += SLOPE * np.outer(load, load)
    ar = AR * PHI ** np.abs(np.subtract.outer(steps, steps))
    return level + slope + ar + (1 - AR) * np.eye(length)


def test_one_grid_point_is_generalised_least_squares(monkeypatch):
    one_point(monkeypatch)
    rng = np.random.default_rng(0)
    length, origin = 40, 33
    values = 5 + np.linalg.cholesky(covariance(length)) @ rng.normal(size=length)
    seen = np.ones(length, dtype=bool)
    seen[[4, 20]] = False
    columns = np.column_stack([np.ones(length), values])
    design = structural.Design(columns, {}, (), seen)
    filtered = structural.run_filter(design, [origin])
    weights = np.vstack([np.ones(7), np.eye(7)[2]])
    found = structural.predict(filtered, origin, weights)

    past = np.flatnonzero(seen[:origin])
    ahead = np.arange(origin, length)
    whole = covariance(length)
    inverse = np.linalg.inv(whole[np.ix_(past, past)])
    ones = np.ones(len(past))
    information = ones @ inverse @ ones
    level = ones @ inverse @ values[past] / information
    rest = values[past] - level
    variance = rest @ inverse @ rest / (len(past) - 1)
    carry = whole[np.ix_(ahead, past)] @ inverse
    error = values[ahead] - level - carry @ rest
    left = np.ones(len(ahead)) - carry @ ones
    spread = whole[np.ix_(ahead, ahead)] - carry @ whole[np.ix_(past, ahead)]
    spread = variance * (spread + np.outer(left, left) / information)

    np.testing.assert_allclose(found.mean[0], weights @ error, rtol=1e-6)
    np.testing.assert_allclose(
        found.scale[0], np.sqrt(np.einsum("ti,ij,tj->t", weights, spread, weights)), rtol=1e-6
    )
    assert found.freedom == len(past) - 1


def test_a_control_enters_by_its_evidence():
    rng = np.random.default_rng(1)
    control, other = rng.normal(size=(2, 80))
    useful = np.column_stack([np.ones(80), control, other, control + 0.5 * rng.normal(size=80)])
    useless = np.column_stack([np.ones(80), control, other, rng.normal(size=80)])
    number = []
    for columns in (useful, useless):
        design = structural.Design(columns, {}, (1, 2), np.ones(80, dtype=bool))
        filtered = structural.run_filter(design, [70])
        number.append(structural.predict(filtered, 70, np.ones((1, 10))).shares["controls"])
    assert 1 <= number[0] < 1.3
    assert number[1] < 0.5


def test_later_rows_change_no_expectation():
    rng = np.random.default_rng(2)
    values = rng.normal(size=60)
    later = values.copy()
    later[40:] += 100
    out = []
    for series in (values, later):
        columns = np.column_stack([np.ones(60), series])
        design = structural.Design(columns, {}, (), np.ones(60, dtype=bool))
        found = structural.predict(structural.run_filter(design, [40]), 40, np.ones((1, 5)))
        out.append((series[40:45].sum() - structural.centre(found)[0], found.scale))
    assert out[0][0] == pytest.approx(out[1][0])
    np.testing.assert_allclose(out[0][1], out[1][1])


def test_scores_of_a_single_student_t():
    one = structural.Prediction(
        np.array([1.0]), np.array([[3.0, -1.0]]), np.array([[2.0, 0.5]]), 7.0, {}, np.array([1.0])
    )
    np.testing.assert_allclose(structural.centre(one), [3, -1])
    np.testing.assert_allclose(structural.deviation(one), [2, 0.5])
    expected = norm.ppf(student.cdf((4.0 - np.array([3, -1])) / np.array([2, 0.5]), 7))
    np.testing.assert_allclose(structural.score(one, 4.0), expected)
    for z in (-2.5, 0.0, 1.96):
        quantile = np.array([3, -1]) + np.array([2, 0.5]) * student.ppf(norm.cdf(z), 7)
        np.testing.assert_allclose(structural.at_score(one, z), quantile, rtol=1e-4, atol=1e-4)
