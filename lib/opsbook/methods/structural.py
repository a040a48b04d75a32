"""Structural time series averaged over a grid of parameters, the engine of lift and forecast.

y = intercept + trend + season + holidays + controls + level + AR(1) + noise. The variances are
not fitted and plugged in: a fixed grid of them is weighted by marginal likelihood, and so are the
choices "trend or none", "season or none" and "how many controls", so that parameter and model
uncertainty are inside the interval. Given the grid point everything is closed form: one Kalman
pass whitens y and all regressors alike (its gains do not depend on the data), regression on the
whitened columns is Gaussian elimination, coefficients carry a unit-information prior.

Sources: Harvey, Forecasting, Structural Time Series Models and the Kalman Filter (1989), ch. 3
and 7; Kass and Wasserman, JASA 90 (1995), unit-information prior; Scott and Berger, Annals of
Statistics 38 (2010), the prior over how many controls; Brodersen et al., Annals of Applied
Statistics 9 (2015), counterfactuals by structural time series.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize.elementwise import find_root
from scipy.special import gammaln, ndtr, ndtri, stdtr

_TINY = 1e-10


@dataclass(frozen=True)
class Grid:
    """Variance parameters, one row per point, relative to var(AR) + var(noise) = 1."""

    level: np.ndarray
    slope: np.ndarray
    phi: np.ndarray
    ar: np.ndarray
    prior: np.ndarray


@dataclass(frozen=True)
class Design:
    """Columns of one problem: first the intercept, then blocks, then controls, then the outcome.

    columns: (periods, columns). blocks: name -> column positions that enter together.
    controls: positions of the controls. seen: which periods may be used and scored.
    """

    columns: np.ndarray
    blocks: dict
    controls: tuple
    seen: np.ndarray


@dataclass(frozen=True)
class Prediction:
    """What the averaged model expects: a mixture of Student t, one column per target.

    weight: (models,); mean, scale: (models, targets); freedom: degrees of freedom;
    shares: posterior probability of each block, mean number of controls;
    by_point: posterior probability of each grid point.
    """

    weight: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    freedom: float
    shares: dict
    by_point: np.ndarray


@lru_cache(maxsize=1)
def grid():
    """The points: level share x AR(1) share x persistence, and a few with a moving slope."""
    rows = []
    levels = [0, 0.0003, 0.002, 0.01, 0.05, 0.2, 1, 10]
    shapes = [(0.0, 0.0, 4.0)]
    shapes += [(phi, share, 0.2) for phi in (0.3, 0.55, 0.75, 0.88, 0.95) for share in (0.5, 1.0)]
    for level in levels:
        for phi, share, prior in shapes:
            rows.append((level, 0.0, phi, share, prior * (5.0 if level == 0 else 0.4)))
    for slope in (1e-5, 1e-4, 1e-3, 1e-2):
        for level in (0, 0.05):
            for phi, share in ((0.0, 0.0), (0.55, 1.0)):
                rows.append((level, slope, phi, share, 0.3))
    level, slope, phi, ar, prior = np.array(rows).T
    return Grid(level, slope, phi, ar, np.log(prior / prior.sum()))


@lru_cache(maxsize=4)
def _gains(length, seen_bytes):
    """Kalman gains, innovation variances and predicted covariances: they need no data."""
    points = grid()
    seen = np.frombuffer(seen_bytes, dtype=bool)
    phi, noise = points.phi, 1 - points.ar
    shock = points.ar * (1 - phi**2)
    size = len(phi)
    cov = np.zeros((size, 3, 3))
    cov[:, 2, 2] = points.ar
    gains = np.zeros((length, size, 3))
    variances = np.ones((length, size))
    covs = np.empty((length + 1, size, 3, 3))
    for t in range(length):
        covs[t] = cov
        if seen[t]:
            reach = cov[:, :, 0] + cov[:, :, 2]
            variance = reach[:, 0] + reach[:, 2] + noise + _TINY
            gains[t] = reach / variance[:, None]
            variances[t] = variance
            cov = cov - gains[t][:, :, None] * reach[:, None, :]
        moved = cov.copy()
        moved[:, 0, :] += cov[:, 1, :]
        moved[:, 2, :] *= phi[:, None]
        cov = moved.copy()
        cov[:, :, 0] += moved[:, :, 1]
        cov[:, :, 2] *= phi[:, None]
        cov[:, 0, 0] += points.level
        cov[:, 1, 1] += points.slope
        cov[:, 2, 2] += shock
    covs[length] = cov
    return gains, variances, covs


@dataclass(frozen=True)
class Filtered:
    """One pass over a design up to its last origin.

    innovations: (periods, points, columns), one step ahead; variances: the same of unit noise.
    states, covs, cross, log_variance: dict of origin -> what is known before that row.
    """

    design: Design
    innovations: np.ndarray
    variances: np.ndarray
    states: dict
    covs: dict
    cross: dict
    log_variance: dict


def run_filter(design, origins):
    """Whiten every column with every grid point's filter, and stop at each origin."""
    columns, seen = design.columns, design.seen
    length, width = max(origins), columns.shape[1]
    gains, variances, covs = _gains(length, np.ascontiguousarray(seen[:length]).tobytes())
    phi = grid().phi
    size = len(phi)
    state = np.zeros((size, 3, width))
    innovations = np.empty((length, size, width))
    states = {}
    for t in range(length):
        if t in origins:
            states[t] = state.copy()
        innovations[t] = columns[t] - state[:, 0] - state[:, 2]
        if seen[t]:
            state = state + gains[t][:, :, None] * innovations[t][:, None, :]
        state[:, 0] += state[:, 1]
        state[:, 2] *= phi[:, None]
    states[length] = state
    used = seen[:length, None]
    whitened = innovations * (used / np.sqrt(variances))[:, :, None]
    logs = np.where(used, np.log(variances), 0.0)
    total, log, cross, log_variance, done = 0.0, 0.0, {}, {}, 0
    for origin in sorted(origins):
        part = whitened[done:origin].transpose(1, 0, 2)
        total = total + part.transpose(0, 2, 1) @ part
        log = log + logs[done:origin].sum(0)
        cross[origin], log_variance[origin], done = total, log, origin
    kept = {origin: covs[origin] for origin in origins}
    return Filtered(design, innovations, variances, states, kept, cross, log_variance)


def _future_variance(cov, weights):
    """Variance of weighted sums of the next periods given the past, (points, targets).

    weights: (targets, periods ahead).
    """
    points = grid()
    ahead = weights.shape[1]
    steps = np.arange(ahead)
    power = points.phi[:, None] ** steps
    load = np.stack(
        [
            np.broadcast_to(weights.sum(1), (len(points.phi), len(weights))),
            np.broadcast_to(weights @ steps, (len(points.phi), len(weights))),
            power @ weights.T,
        ],
        axis=-1,
    )
    out = np.einsum("gti,gij,gtj->gt", load, cov, load)
    out += (1 - points.ar + _TINY)[:, None] * (weights**2).sum(1)
    # Loads of the shocks that arrive on the way, by running sums from the far end.
    level = np.zeros(len(weights))
    slope = np.zeros(len(weights))
    ar = np.zeros((len(points.phi), len(weights)))
    shock = points.ar * (1 - points.phi**2)
    for i in range(ahead - 1, 0, -1):
        slope = slope + level
        level = level + weights[:, i]
        ar = ar * points.phi[:, None] + weights[:, i]
        out += points.level[:, None] * level**2 + points.slope[:, None] * slope**2
        out += shock[:, None] * ar**2
    return out


def _eliminate(matrix, targets, spread, pivot):
    """Regress on a column, by elimination; `pivot` is one column, or one per grid point."""
    if np.ndim(pivot):
        points = np.arange(len(matrix))
        column, load = matrix[points, :, pivot], targets[points, :, pivot]
        head = np.maximum(column[points, pivot], _TINY)
    else:
        column, load = matrix[:, :, pivot], targets[:, :, pivot]
        head = np.maximum(column[:, pivot], _TINY)
    row = column / head[:, None]
    matrix = matrix - column[:, :, None] * row[:, None, :]
    targets = targets - load[:, :, None] * row[:, None, :]
    return matrix, targets, spread + load**2 / head[:, None], np.log(head)


def predict(filtered, origin, weights, *, outcome=None):
    """What the rows before `origin` say about weighted sums of the rows from it on.

    weights: (targets, periods ahead). outcome: the column predicted, the last unless a control is
    named; then the other controls explain it. The means are of observed minus expected.
    """
    design, points = filtered.design, grid()
    columns = design.columns
    outcome = columns.shape[1] - 1 if outcome is None else outcome
    controls = [c for c in design.controls if c != outcome]
    ahead = weights.shape[1]
    count = int(design.seen[:origin].sum())
    steps = np.arange(ahead)
    state = filtered.states[origin]
    future = weights @ columns[origin : origin + ahead]
    power = (points.phi[:, None] ** steps) @ weights.T
    targets = (
        future[None]
        - weights.sum(1)[None, :, None] * state[:, None, 0, :]
        - (weights @ steps)[None, :, None] * state[:, None, 1, :]
        - power[:, :, None] * state[:, None, 2, :]
    )
    noise = _future_variance(filtered.covs[origin], weights)
    base = points.prior - 0.5 * filtered.log_variance[origin]
    cross = filtered.cross[origin]
    return _average(cross, targets, noise, base, count, design.blocks, controls, outcome)


def fitted(filtered, origin, *, points_kept=4):
    """One-step-ahead errors of the rows before `origin`, with what all of them taught.

    For pictures: the best few grid points stand for the average. One target per row.
    """
    design = filtered.design
    base = grid().prior - 0.5 * filtered.log_variance[origin]
    count = int(design.seen[:origin].sum())
    outcome = design.columns.shape[1] - 1
    nothing = np.zeros((len(base), 0, outcome + 1))
    cross = filtered.cross[origin]
    whole = _average(
        cross, nothing, nothing[:, :, 0], base, count, design.blocks, design.controls, outcome
    )
    best = np.argsort(-whole.by_point)[:points_kept]
    targets = filtered.innovations[:origin, best].transpose(1, 0, 2)
    noise = filtered.variances[:origin, best].T
    return _average(
        cross[best], targets, noise, base[best], count, design.blocks, design.controls, outcome
    )


def _average(cross, targets, noise, base, count, blocks, controls, outcome):
    size = len(base)
    points = np.arange(size)
    matrix, targets, spread, log_head = _eliminate(cross, targets, noise * 0, 0)
    base = base - 0.5 * log_head
    information = np.maximum(np.einsum("gii->gi", matrix), _TINY) / count
    freedom = count - 1
    prior = information.copy()
    prior[:, outcome] = 0
    matrix = matrix + np.einsum("gi,ij->gij", prior, np.eye(matrix.shape[1]))
    log_prior = np.log(np.maximum(information, _TINY))
    logs, means, variances, kinds = [], [], [], []

    def keep(matrix, targets, spread, log, kind):
        rest = np.maximum(matrix[:, outcome, outcome], _TINY)
        logs.append(log - 0.5 * freedom * np.log(rest))
        means.append(targets[:, :, outcome])
        variances.append((noise + spread) * (rest / freedom)[:, None])
        kinds.append(kind)

    def enter(now, pivot):
        matrix, targets, spread, log = now
        gain = log_prior[points, pivot] if np.ndim(pivot) else log_prior[:, pivot]
        matrix, targets, spread, log_head = _eliminate(matrix, targets, spread, pivot)
        # A column that the others already explain says nothing and must not win by round-off.
        return matrix, targets, spread, log + np.where(log_head < -16, -50, 0.5 * (gain - log_head))

    paths = [((), (matrix, targets, spread, base))]
    for name, positions in blocks.items():
        for names, now in list(paths):
            for position in positions:
                now = enter(now, position)
            paths.append(((*names, name), now))
    total = len(controls)
    places = np.array(controls, dtype=int)
    for names, now in paths:
        keep(*now, (names, 0))
        free = np.ones((size, total), dtype=bool)
        for k in range(1, min(total, count // 6, 12) + 1):
            diagonal = now[0][:, places, places]
            fit = np.where(free, now[0][:, places, outcome] ** 2 / np.maximum(diagonal, _TINY), -1)
            best = fit.argmax(1)
            free[points, best] = False
            now = enter(now, places[best])
            # The best of all sets of k controls stands for them; each set has this prior.
            choices = gammaln(total + 1) - gammaln(k + 1) - gammaln(total - k + 1)
            keep(*now[:3], now[3] - choices, (names, k))
    log = np.array(logs)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    by_kind = weight.sum(1)
    shares = {
        name: sum(w for w, k in zip(by_kind, kinds, strict=True) if name in k[0]) for name in blocks
    }
    shares["controls"] = sum(w * k[1] for w, k in zip(by_kind, kinds, strict=True))
    flat = weight.ravel()
    # What is left out weighs one part in a thousand.
    order = np.argsort(-flat)
    cut = int(np.searchsorted(np.cumsum(flat[order]), 0.999)) + 1
    kept = order[:cut]
    ntargets = targets.shape[1]
    mean = np.array(means).reshape(flat.size, ntargets)[kept]
    scale = np.sqrt(np.array(variances).reshape(flat.size, ntargets)[kept])
    return Prediction(flat[kept] / flat[kept].sum(), mean, scale, freedom, shares, weight.sum(0))


def centre(prediction):
    """Mean of the mixture per target."""
    return prediction.weight @ prediction.mean


def deviation(prediction):
    """Root mean squared scale of the mixture, its models' disagreement included, per target."""
    apart = prediction.mean - centre(prediction)
    return np.sqrt(prediction.weight @ (prediction.scale**2 + apart**2))


def below(prediction, value):
    """Probability that the target lies below `value`, per target."""
    t = (value - prediction.mean) / prediction.scale
    return prediction.weight @ stdtr(prediction.freedom, t)


def score(prediction, value=0.0):
    """`value` as a standard normal score of the mixture, per target."""
    return ndtri(np.clip(below(prediction, value), 1e-15, 1 - 1e-15))


def at_score(prediction, z):
    """The value of each target whose normal score is z."""
    share = ndtr(z)
    mean, scale, weight = prediction.mean, prediction.scale, prediction.weight
    reach = (2 + 2 * abs(z)) * scale.max(0)
    low, high = mean.min(0) - reach, mean.max(0) + reach
    for _ in range(20):
        short = (below(prediction, low) > share) | (below(prediction, high) < share)
        if not short.any():
            break
        low, high = low - short * reach, high + short * reach

    def missing(value, target):
        target = target.astype(int)
        t = (value - mean[:, target]) / scale[:, target]
        return weight @ stdtr(prediction.freedom, t) - share

    places = np.arange(mean.shape[1], dtype=float)
    tolerances = {"xatol": float(scale.min()) * 1e-6, "xrtol": 0.0, "fatol": 0.0, "frtol": 0.0}
    return find_root(missing, (low, high), args=(places,), tolerances=tolerances).x
