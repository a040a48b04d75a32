"""How fast a stream of events dies down: its half-life, with an interval."""

import numpy as np
from scipy import stats

from opsbook.errors import BadValue
from opsbook.estimate import Estimate

METHOD = "exponential decay of a Poisson process, profile likelihood"
_LEAST = 8
_GRID = np.geomspace(0.1, 400, 400)


def half_life(times, horizon, *, baseline=0.0, level=0.95):
    """Half-life in hours of events that follow a moment, above a steady baseline.

    times: hours after the moment of each event. horizon: hours observed. baseline: events an hour
    that are usual. Events come with intensity baseline + a exp(-k t); a and k by maximum
    likelihood, the interval by its profile (Cox and Lewis 1966, ch. 3). `high` is infinite where a
    stream that does not fall cannot be ruled out. Not enough below 8 events.
    """
    t = np.asarray(times, dtype=float)
    if not (np.isfinite(horizon) and horizon > 0) or baseline < 0:
        raise BadValue(
            f"horizon must be above 0 and baseline 0 or more, found {horizon} and {baseline}.",
            where="decay.half_life",
            remedy="Give the hours that were observed.",
        )
    t = t[np.isfinite(t) & (t >= 0) & (t <= horizon)]
    if len(t) < _LEAST or len(t) <= baseline * horizon:
        return Estimate.not_enough(len(t), METHOD, level=level, unit="h")
    k = np.log(2) / _GRID
    weights = np.exp(-np.outer(k, t))
    mass = (1 - np.exp(-k * horizon)) / k
    amount = _amounts(weights, mass, baseline)
    with np.errstate(divide="ignore"):
        likelihood = np.log(baseline + amount[:, None] * weights).sum(axis=1) - amount * mass
    best = int(likelihood.argmax())
    # a constant excess is the limit of a long half-life
    flat = (len(t) - baseline * horizon) / horizon
    steady = len(t) * np.log(baseline + flat) - flat * horizon
    cut = max(likelihood[best], steady) - stats.chi2.ppf(level, 1) / 2
    inside = np.flatnonzero(likelihood >= cut)
    low = _GRID[inside[0]] if len(inside) else np.nan
    high = _GRID[inside[-1]] if len(inside) else np.inf
    if steady >= cut or (len(inside) and inside[-1] == len(_GRID) - 1):
        high = np.inf
    return Estimate(float(_GRID[best]), float(low), float(high), len(t), METHOD, True, level, "h")


def _amounts(weights, mass, baseline):
    """For each rate of decay the amount a at which the likelihood is greatest, by bisection."""
    low = np.zeros(len(mass))
    high = weights.shape[1] / mass
    for _ in range(60):
        middle = (low + high) / 2
        slope = (weights / (baseline + middle[:, None] * weights + 1e-300)).sum(axis=1) - mass
        low, high = np.where(slope > 0, middle, low), np.where(slope > 0, high, middle)
    return (low + high) / 2
