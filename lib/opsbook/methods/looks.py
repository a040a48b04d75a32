"""Looking at a test more than once: always-valid readings and bounds for planned looks."""

from functools import cache

import numpy as np
from scipy.optimize import brentq

from opsbook.errors import BadValue

# Effective size (1 / (1/n0 + 1/n1)) at which the always-valid interval is told to be narrowest:
# 8 times this, about 5,000 per arm in two equal arms.
TUNED_SIZE = 312.5
CLOSEST = 0.002  # share of the data between two looks that the integration still resolves


def always_valid(effect, variance, effective_size, level):
    """Interval and p-value that hold at every look, for a normal effect.

    effect, variance: estimate and its squared standard error. effective_size: 1 / (1/n0 + 1/n1).
    Gives (low, high, p_value). The p-value of one look is always valid by itself; taking the
    smallest so far is valid too.

    Source: mixture sequential probability ratio test of Robbins (1970), as used for A/B tests by
    Johari, Koomen, Pekelis and Walsh (2022), Always valid inference, Operations Research 70.
    """
    ratio = effective_size / TUNED_SIZE
    grow = np.log1p(ratio)
    with np.errstate(divide="ignore", invalid="ignore"):
        z2 = np.where(variance > 0, effect**2 / variance, 0.0)
    p_value = np.minimum(1.0, np.exp(0.5 * grow - 0.5 * z2 * ratio / (1 + ratio)))
    half = np.sqrt(variance * (1 + ratio) / ratio * (grow - 2 * np.log(1 - level)))
    return effect - half, effect + half, p_value


def error_of_looks(bounds, information=None):
    """Chance that a test without any effect crosses one of its two-sided bounds.

    bounds: |z| at each look. information: share of the data at each look, rising by 0.2 % of the
    last or more; equal steps when None. Exact by recursive numerical integration: Armitage, McPherson and Rowe (1969).
    """
    bounds = np.asarray(bounds, dtype=float)
    steps = np.arange(1, len(bounds) + 1) if information is None else np.asarray(information, float)
    if len(bounds) == 0 or (bounds <= 0).any():
        raise BadValue("bounds must be positive, one per look.", where="error_of_looks")
    if len(steps) != len(bounds) or (np.diff(steps, prepend=0) < CLOSEST * steps[-1]).any():
        raise BadValue(
            f"information has {len(steps)} shares for {len(bounds)} bounds or does not rise "
            f"by {CLOSEST:.1%} of the last at each look.",
            where="error_of_looks",
            remedy="Pass one rising share of the data per look.",
        )
    # The score process: sum of independent normal increments with variance equal to the step.
    reach = bounds * np.sqrt(steps)
    grid, weight = _nodes(reach[0])
    density = _normal_density(grid, np.sqrt(steps[0]))
    for before, now, edge in zip(steps[:-1], steps[1:], reach[1:], strict=True):
        next_grid, next_weight = _nodes(edge)
        kernel = _normal_density(next_grid[:, None] - grid[None, :], np.sqrt(now - before))
        density = kernel @ (density * weight)
        grid, weight = next_grid, next_weight
    return float(1 - density @ weight)


def obrien_fleming(looks, level=0.95):
    """Two-sided |z| bounds of O'Brien and Fleming (1979) for equally spaced looks, first to last."""
    if not isinstance(looks, (int, np.integer)) or not 1 <= looks <= 50:
        raise BadValue(f"looks is {looks!r}, expected a whole number from 1 to 50.")
    if not 0 < level < 1:
        raise BadValue(f"level is {level!r}, expected a fraction between 0 and 1, such as 0.95.")
    shape = np.sqrt(looks / np.arange(1, looks + 1))
    last = brentq(lambda c: error_of_looks(c * shape) - (1 - level), 0.5, 8.0, xtol=1e-8)
    return last * shape


@cache
def _unit_nodes(count):
    return np.polynomial.legendre.leggauss(count)


def _nodes(edge, count=240):
    points, weights = _unit_nodes(count)
    return points * edge, weights * edge


def _normal_density(x, sd):
    return np.exp(-0.5 * (x / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
