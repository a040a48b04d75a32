"""The split of a budget over channels at which no shift would bring more."""

import numpy as np
from scipy.optimize import minimize

from opsbook.methods._carry_over import hill

_STEPS = 120


def effects(spend, draws):
    """Steady-state effect per draw and channel of spend per period.

    draws: draws x channels x (coefficient, half-saturation, shape).
    """
    return draws[..., 0] * hill(spend, draws[..., 1], draws[..., 2])


def _mean_effect(spend, draws):
    """The mean over draws of the effect of all channels."""
    return float(effects(spend, draws).sum(axis=1).mean())


def best_split(total, low, high, draws):
    """Spend per channel within [low, high] summing to `total` that brings the most on average
    over the draws.

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
        value = effects((low[k] + amounts)[:, None], draws[None, :, k]).mean(axis=1)
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

    size = max(_mean_effect(start, draws), 1e-300)

    def loss(x):
        return -_mean_effect(x * total, draws) / size

    def slope(x):
        return -marginal(x * total, draws) * total / size

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
    return split if _mean_effect(split, draws) >= _mean_effect(start, draws) else start


def marginal(spend, draws):
    """Mean over draws of what one more unit of spend brings, by channel."""
    coefficient, half, shape = np.moveaxis(draws, -1, 0)
    spend = np.maximum(spend, 1e-9 * half)
    ratio = (spend / half) ** shape
    return (coefficient * shape * ratio / (spend * (1 + ratio) ** 2)).mean(axis=0)


def _close(split, total, low, high):
    """The split, moved by rounding error so that it sums to `total` within the bounds."""
    rest = total - split.sum()
    room = high - split if rest > 0 else split - low
    room = np.minimum(room, np.abs(total))
    return split + rest * room / room.sum() if room.sum() > 0 else split
