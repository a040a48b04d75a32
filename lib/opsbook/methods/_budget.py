"""The split of a budget over channels at which no shift would bring more."""

import numpy as np
from scipy.optimize import minimize

from opsbook.methods._carry_over import hill

_STEPS = 120


def effect(spend, coefficient, half, shape):
    """Steady-state effect per channel of spend per period."""
    return coefficient * hill(spend, half, shape)


def best_split(total, low, high, coefficient, half, shape):
    """Spend per channel within [low, high] summing to `total` that brings the most.

    S-shaped curves have several local optima: dynamic programming over steps of the free budget
    finds the region, sequential quadratic programming the point of equal marginal returns.
    """
    free = total - low.sum()
    if free <= 1e-12 * max(total, 1):
        return low.copy()
    amounts = np.linspace(0, free, _STEPS + 1)
    best = np.full(_STEPS + 1, -np.inf)
    best[0] = 0.0
    choices = []
    for k in range(len(low)):
        value = effect(low[k] + amounts, coefficient[k], half[k], shape[k])
        value[low[k] + amounts > high[k] * (1 + 1e-12) + 1e-12] = -np.inf
        table = np.full((_STEPS + 1, _STEPS + 1), -np.inf)
        for used in range(_STEPS + 1):
            table[used:, used] = best[: _STEPS + 1 - used] + value[used]
        choices.append(table.argmax(axis=1))
        best = table.max(axis=1)
    start = np.empty(len(low))
    # Caps that do not fall on a step may leave a little over; the start then spends it below.
    left = int(np.flatnonzero(np.isfinite(best))[-1])
    for k in range(len(low) - 1, -1, -1):
        start[k] = low[k] + amounts[choices[k][left]]
        left -= choices[k][left]
    rest = total - start.sum()
    for k in range(len(low)):
        add = min(max(high[k] - start[k], 0), rest)
        start[k] += add
        rest -= add

    size = max(effect(start, coefficient, half, shape).sum(), 1e-300)

    def loss(x):
        return -effect(x * total, coefficient, half, shape).sum() / size

    def slope(x):
        return -_marginal(x * total, coefficient, half, shape) * total / size

    found = minimize(
        loss,
        start / total,
        jac=slope,
        method="SLSQP",
        bounds=list(zip(low / total, np.minimum(high, total) / total, strict=True)),
        constraints={
            "type": "eq",
            "fun": lambda x: x.sum() - 1,
            "jac": lambda x: np.ones(len(x)),
        },
        options={"ftol": 1e-14, "maxiter": 500},
    )
    split = np.clip(found.x * total, low, np.minimum(high, total))
    split = _close(split, total, low, high)
    if (
        effect(split, coefficient, half, shape).sum()
        < effect(start, coefficient, half, shape).sum()
    ):
        return start
    return split


def _marginal(spend, coefficient, half, shape):
    """Derivative of the effect at a spend."""
    spend = np.maximum(spend, 1e-9 * half)
    ratio = (spend / half) ** shape
    return coefficient * shape * ratio / (spend * (1 + ratio) ** 2)


def _close(split, total, low, high):
    """The split, moved by rounding error so that it sums to `total` within the bounds."""
    rest = total - split.sum()
    room = high - split if rest > 0 else split - low
    room = np.minimum(room, np.abs(total))
    return split + rest * room / room.sum() if room.sum() > 0 else split
