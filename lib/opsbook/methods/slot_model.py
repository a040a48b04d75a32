"""The mixed model behind posting times: smooth hour-of-week effects plus slot deviations.

log outcome = controls + account trend + s[weekday, hour] + day shock + noise.

s is Gaussian with covariance built from four parts: an hour-of-day curve shared by all weekdays,
weekday levels, hour curves of their own per weekday, and an independent deviation per slot. All
four are diagonal in one orthonormal basis (weekday contrasts x Fourier terms of the hour), so a
set of variance components costs one 167 x 167 Cholesky factor. The components are not plugged in:
the restricted likelihood is averaged over them by adaptive importance sampling, so that their
uncertainty is inside the interval. Laird and Ware (1982) for the model, Harville (1977) for the
restricted likelihood, Bugallo et al. (2017) for adaptive importance sampling.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.linalg import helmert, solve_triangular
from scipy.special import logsumexp, ndtr, ndtri, stdtrit
from scipy.stats import qmc

SLOTS = 168
# Log ratios to the noise sd of: hour curve, weekday level, weekday's own hour curve, slot
# deviation; then log of the frequency at which the curves' spectrum starts to fall.
_PRIOR_MEAN = np.log([0.25, 0.10, 0.10, 0.07, 1.7])
_PRIOR_SD = np.array([1.0, 1.2, 1.2, 1.2, 0.6])
_DAY_RATIOS = (0.0, 0.1, 0.3, 0.8, 2.0)  # variance of a day's shock against the noise variance
_STAGES = (64, 64, 64, 64, 64)
_ADAPT = 14  # effective points that each round's proposal is fitted to, by tempering


@dataclass(frozen=True)
class Fit:
    """Posterior of the slot effects on the log scale.

    mean: (168,), relative to the average post. low, high: interval ends. noise_sd: posterior mean
    of the noise sd. coefficients: of the columns of the design. draws_used: effective number of
    variance-component sets behind the average.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    noise_sd: float
    coefficients: np.ndarray
    draws_used: float


@cache
def _basis():
    """Orthonormal basis of 168 slots without the constant, and what each column is."""
    days = np.vstack([np.ones(7) / np.sqrt(7), np.zeros((6, 7))])
    weekend = np.array([-2, -2, -2, -2, -2, 5, 5.0])
    days[1] = weekend / np.linalg.norm(weekend)
    days[2:6, :5] = helmert(5)
    days[6, 5:] = np.array([1, -1]) / np.sqrt(2)
    hour = np.arange(24)
    waves, frequency = [np.ones(24)], [0]
    for k in range(1, 13):
        waves.append(np.cos(2 * np.pi * k * hour / 24))
        frequency.append(k)
        if k < 12:
            waves.append(np.sin(2 * np.pi * k * hour / 24))
            frequency.append(k)
    waves = np.array(waves)
    waves /= np.linalg.norm(waves, axis=1, keepdims=True)
    basis = np.kron(days, waves)[1:].T
    day = np.repeat(np.arange(7), 24)[1:]
    return basis, day, np.tile(frequency, 7)[1:]


def _root_variances(theta):
    """Square roots of the prior variances of the basis coefficients, one row per theta."""
    _, day, frequency = _basis()
    hour, weekday, own, slot, scale = np.exp(np.atleast_2d(theta)).T[:, :, None]
    spectrum = (1 + (frequency / scale) ** 2) ** -2.0
    spectrum = np.where(frequency > 0, spectrum, 0)
    total = spectrum[:, day == 0].sum(axis=1, keepdims=True)
    spectrum = 24 * spectrum / total
    # The contrast of weekend and working days is given more room than one between working days.
    room = np.where(day == 1, 3.0, 1.0)
    variance = slot**2 + np.where(day == 0, 7 * hour**2 * spectrum, 0)
    variance = variance + np.where((day > 0) & (frequency == 0), 24 * weekday**2 * room, 0)
    variance = variance + np.where(day > 0, own**2 * spectrum * room, 0)
    return np.sqrt(variance)


def _cross_products(y, slot, day, design):
    """For every ratio of day shock to noise: what the likelihood needs, with the design out."""
    basis, _, _ = _basis()
    n, p = design.shape
    table = np.column_stack([basis[slot], design, y])
    plain = table.T @ table
    days, day = np.unique(day, return_inverse=True)
    size = np.bincount(day).astype(float)
    order = np.argsort(day, kind="stable")
    starts = np.searchsorted(day[order], np.arange(len(days)))
    sums = np.add.reduceat(table[order], starts, axis=0)
    out = []
    for ratio in _DAY_RATIOS:
        if ratio and size.max() == 1:
            break
        weight = ratio / (1 + ratio * size)
        full = plain - (sums * weight[:, None]).T @ sums
        q = SLOTS - 1
        gram, cross, target = full[q : q + p, q : q + p], full[q : q + p, :q], full[q : q + p, -1]
        root = np.linalg.cholesky(gram)
        half = solve_triangular(root, np.column_stack([cross, target]), lower=True)
        projected = full[:q, :q] - half[:, :q].T @ half[:, :q]
        score = full[:q, -1] - half[:, :q].T @ half[:, -1]
        rest = full[-1, -1] - half[:, -1] @ half[:, -1]
        logdet = np.log1p(ratio * size).sum() + 2 * np.log(np.diag(root)).sum()
        out.append((projected, score, rest, logdet, (root, cross, target)))
    return out, n - p


def _solve(theta, parts, freedom):
    """Log restricted likelihood of variance components, with the factor that gives the effects."""
    projected, score, rest, logdet, _ = parts
    roots = _root_variances(theta)
    middle = roots[:, :, None] * projected[None] * roots[:, None, :]
    middle[:, np.arange(SLOTS - 1), np.arange(SLOTS - 1)] += 1
    factor = np.linalg.cholesky(middle)
    likelihood = np.empty(len(roots))
    solved = []
    for i, root in enumerate(roots):
        half = solve_triangular(factor[i], root * score, lower=True, check_finite=False)
        quadratic = max(rest - half @ half, 1e-12 * max(rest, 1e-300))
        likelihood[i] = -0.5 * (
            logdet + 2 * np.log(np.diag(factor[i])).sum() + freedom * np.log(quadratic)
        )
        solved.append((root, factor[i], half, quadratic / freedom))
    return likelihood, solved


def _sample(parts_by_ratio, freedom):
    """Variance components with their weights, by three rounds of importance sampling."""
    dims = len(_PRIOR_MEAN)
    sobol = qmc.Sobol(dims + 1, seed=20261114)
    center, spread = _PRIOR_MEAN, np.diag(_PRIOR_SD**2)
    thetas, ratios, targets, solved, proposals = [], [], [], [], []
    shares = np.full(len(parts_by_ratio), 1 / len(parts_by_ratio))
    for count in _STAGES:
        uniform = np.clip(sobol.random(count), 1e-6, 1 - 1e-6)
        root = np.linalg.cholesky(spread)
        theta = center + stdtrit(8, uniform[:, :dims]) @ root.T
        ratio = np.searchsorted(np.cumsum(shares), uniform[:, dims] * (1 - 1e-9))
        proposals.append((count, center, root, shares))
        target = np.empty(count)
        cases = [None] * count
        for r in np.unique(ratio):
            rows = np.flatnonzero(ratio == r)
            target[rows], found = _solve(theta[rows], parts_by_ratio[r], freedom)
            for row, case in zip(rows, found, strict=True):
                cases[row] = case
        z = (theta - _PRIOR_MEAN) / _PRIOR_SD
        thetas.append(theta)
        ratios.append(ratio)
        targets.append(target - 0.5 * (z**2).sum(axis=1))
        solved += cases
        every, which = np.vstack(thetas), np.concatenate(ratios)
        weight = _mixture_weights(every, which, np.concatenate(targets), proposals)
        soft = _tempered(weight)
        center = soft @ every
        gap = every - center
        spread = 1.3 * (soft[:, None] * gap).T @ gap + 0.01 * np.diag(_PRIOR_SD**2)
        shares = np.bincount(which, soft, len(parts_by_ratio))
        shares = 0.9 * shares + 0.1 / len(shares)
        shares /= shares.sum()
    return weight, which, solved


def _mixture_weights(theta, ratio, target, proposals):
    """Weights against the mixture of all rounds so far (deterministic mixture)."""
    total = sum(count for count, *_ in proposals)
    logs = []
    for count, center, root, shares in proposals:
        z = solve_triangular(root, (theta - center).T, lower=True)
        density = -4.5 * np.log1p(z**2 / 8).sum(axis=0) - np.log(np.diag(root)).sum()
        logs.append(np.log(count / total) + density + np.log(shares[ratio]))
    weight = target - logsumexp(logs, axis=0)
    weight = np.exp(weight - weight.max())
    return weight / weight.sum()


def _tempered(weight):
    """Weights raised to the power that leaves `_ADAPT` effective points: no lucky point rules."""
    low, high = 0.0, 1.0
    logs = np.log(np.maximum(weight, 1e-300))
    for _ in range(20):
        power = 1.0 if high == 1.0 and low == 0.0 else (low + high) / 2
        soft = np.exp(power * (logs - logs.max()))
        soft /= soft.sum()
        if 1 / (soft**2).sum() >= _ADAPT:
            if power == 1.0:
                return soft
            low = power
        elif power == 1.0:
            high = 1 - 1e-9
        else:
            high = power
    return soft


def fit(y, slot, day, design, level):
    """Slot effects of one group.

    y: log outcome (n,). slot: 0-167, weekday * 24 + hour. day: any day number. design: (n, p)
    with the intercept, full column rank. Every array is float or integer and complete.
    """
    parts, freedom = _cross_products(y, slot, day, design)
    weight, which, solved = _sample(parts, freedom)
    order = np.argsort(-weight, kind="stable")
    keep = order[: 1 + np.searchsorted(np.cumsum(weight[order]), 0.99)]
    share = np.bincount(slot, minlength=SLOTS) / len(slot)
    basis, _, _ = _basis()
    centred = basis - share @ basis
    means, sds, coefficients, noise = [], [], [], []
    for i in keep:
        root, factor, half, noise_variance = solved[i]
        effect = root * solve_triangular(factor, half, lower=True, trans=1, check_finite=False)
        spread = solve_triangular(factor, (centred * root).T, lower=True, check_finite=False)
        means.append(centred @ effect)
        sds.append(np.sqrt(noise_variance * (spread**2).sum(axis=0)))
        gram, cross, target = parts[which[i]][4]
        step = solve_triangular(gram, target - cross @ effect, lower=True)
        coefficients.append(solve_triangular(gram, step, lower=True, trans=1))
        noise.append(np.sqrt(noise_variance))
    w = weight[keep] / weight[keep].sum()
    means, sds = np.array(means), np.array(sds)
    ends = [_quantile(q, means, sds, w, freedom) for q in ((1 - level) / 2, (1 + level) / 2)]
    return Fit(
        w @ means, *ends, float(w @ noise), w @ np.array(coefficients), 1 / (weight**2).sum()
    )


def _quantile(q, means, sds, weight, freedom):
    """Quantile of a mixture of Student t distributions, per slot, by bisection.

    Normal distributions stretched to the t quantile stand for t: the same at the end that is
    sought, and twenty times faster.
    """
    sds = sds * stdtrit(freedom, q) / ndtri(q)
    at = means + sds * ndtri(q)
    low, high = at.min(axis=0), at.max(axis=0)
    for _ in range(20):
        middle = (low + high) / 2
        below = weight @ ndtr((middle - means) / sds) < q
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2
