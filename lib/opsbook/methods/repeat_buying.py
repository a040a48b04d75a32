"""Repeat purchase while customers silently leave: the BG/NBD model, fitted by maximum likelihood."""

from dataclasses import dataclass
from math import exp, inf, log, nan

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, psi
from scipy.stats import norm

from opsbook.errors import BadValue
from opsbook.estimate import Estimate
from opsbook.methods._arguments import equally_long, numbers

BOUND = 8  # of the logarithms of the parameters, time being counted in the longest age
_MIN_CUSTOMERS = 30


@dataclass(frozen=True)
class BgNbd:
    """Parameters of the BG/NBD model.

    r, alpha: shape and rate of the gamma spread of purchase rates; a, b: the beta spread of the
    chance to leave after a purchase. n: customers. enough: False with NaN parameters where too
    few customers repeat. estimates: dict parameter -> Estimate with a 95 % interval (delta
    method on the logarithm). log_likelihood: at the maximum. information: the observed one of
    the logarithms of r, alpha, a and b, 4 x 4; its inverse is their covariance.
    """

    r: float
    alpha: float
    a: float
    b: float
    n: int
    enough: bool
    method: str
    estimates: dict
    log_likelihood: float
    information: np.ndarray


def bg_nbd(frequency, recency, age):
    """Repeat purchase while customers silently leave: the BG/NBD model by maximum likelihood.

    frequency: repeat purchases of each customer; recency: time of the last one since the first
    purchase (0 where none); age: time since the first purchase, same unit. Fewer than 30
    customers, or no repeat purchase: `enough` False.
    Source: Fader, Hardie and Lee (2005), Marketing Science 24(2), equation 6.
    """
    where = "retention.bg_nbd"
    x = numbers(frequency, "frequency", where, low=0)
    recent = numbers(recency, "recency", where, low=0)
    age = numbers(age, "age", where, low=0)
    equally_long(where, frequency=x, recency=recent, age=age)
    if (recent > age).any():
        row = int(np.flatnonzero(recent > age)[0])
        raise BadValue(
            f"recency {recent[row]:g} is past age {age[row]:g} in row {row}.",
            where=where,
            remedy="Both count from the first purchase, in the same unit.",
        )
    if ((x == 0) & (recent > 0)).any():
        row = int(np.flatnonzero((x == 0) & (recent > 0))[0])
        raise BadValue(
            f"recency is {recent[row]:g} without a repeat purchase in row {row}.",
            where=where,
            remedy="Recency is 0 where frequency is 0.",
        )
    method = "BG/NBD, maximum likelihood"
    names = ("r", "alpha", "a", "b")
    if len(x) < _MIN_CUSTOMERS or not (x > 0).any() or not (age > 0).any():
        none = {name: Estimate.not_enough(len(x), method) for name in names}
        return BgNbd(nan, nan, nan, nan, len(x), False, method, none, nan, np.full((4, 4), nan))

    # Equal customers are counted once: the likelihood is a sum over distinct rows.
    rows, weight = np.unique(np.column_stack([x, recent, age]), axis=0, return_counts=True)
    unit = age.max()

    def loss(theta):
        value, slope = _with_slopes(theta, rows[:, 0], rows[:, 1:] / unit)
        return -float(weight @ value), -(slope @ weight)

    options = {"maxiter": 5000, "ftol": 1e-15, "gtol": 1e-8}
    starts = [np.zeros(4), np.array([-1.0, -2.0, 0.0, 1.0]), np.array([0.5, 0.0, -1.0, 0.5])]
    bounds = [(-BOUND, BOUND)] * 4
    fits = [
        minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        for start in starts
    ]
    best = min(fits, key=lambda fit: fit.fun)
    theta = best.x
    information = _information(loss, theta)
    spread = _standard_errors(information)
    theta_in_units = theta + np.array([0.0, log(unit), 0.0, 0.0])
    z = norm.ppf(0.975)
    estimates = {
        name: Estimate(exp(centre), exp(centre - z * se), _bounded(centre + z * se), len(x), method)
        for name, centre, se in zip(names, theta_in_units, spread, strict=True)
    }
    found = [estimates[name].value for name in names]
    # Scaling time by `unit` changes the density by unit^-frequency.
    likelihood = -best.fun - float(x.sum()) * log(unit)
    return BgNbd(*found, len(x), True, method, estimates, likelihood, information)


def _bounded(logarithm):
    """The number of a logarithm; infinite where it cannot be written."""
    return exp(logarithm) if logarithm < 700 else inf


def log_likelihood(theta, x, times):
    """Log likelihood per customer at log parameters; times: recency and age."""
    common, alive, gone = _parts(theta, x, times)
    return common + np.logaddexp(alive, gone)


def _with_slopes(theta, x, times):
    """Log likelihood per customer and its slopes in the log parameters (4, customers)."""
    common, alive, gone = _parts(theta, x, times)
    either = np.logaddexp(alive, gone)
    stays, left = np.exp(alive - either), np.exp(gone - either)
    r, alpha, a, b = np.exp(theta)
    recent, age = alpha + times[:, 0], alpha + times[:, 1]
    both = psi(a + b) - psi(a + b + x)
    slopes = [
        psi(r + x) - psi(r) + np.log(alpha) - stays * np.log(age) - left * np.log(recent),
        r / alpha - (r + x) * (stays / age + left / recent),
        both + left / a,
        both - psi(b) + stays * psi(b + x) + left * psi(b + np.maximum(x, 1) - 1),
    ]
    return common + either, np.array(slopes) * np.exp(theta)[:, None]


def _parts(theta, x, times):
    """Log likelihood: what both cases share, still active, gone after the last purchase."""
    r, alpha, a, b = np.exp(theta)
    recent, age = times[:, 0], times[:, 1]
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
    alive = betaln(a, b + x) - (r + x) * np.log(alpha + age)
    gone = betaln(a + 1, b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + recent)
    return common, alive, np.where(x > 0, gone, -np.inf)


def _information(loss, theta, step=1e-4):
    """Second derivatives of the loss at `theta`, from differences of its slopes."""
    shifts = np.eye(len(theta)) * step
    rows = [(loss(theta + s)[1] - loss(theta - s)[1]) / (2 * step) for s in shifts]
    return (np.array(rows) + np.array(rows).T) / 2


def _standard_errors(information):
    """Standard errors of the parameters; infinite where the likelihood is flat."""
    values, vectors = np.linalg.eigh(information)
    if values.min() <= 0:
        return np.full(len(values), np.inf)
    return np.sqrt((vectors**2) @ (1 / values))
