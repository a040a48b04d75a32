"""Carry-over and saturation of spend, and the grid on which they are fitted.

A channel's effect in a period is coefficient * hill(adstock(spend)). Given carry-over,
half-saturation and shape, the coefficients are linear; so the three are searched on a grid whose
inner products are computed once, which makes a fit milliseconds and a sampled curve less.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.optimize import nnls
from scipy.special import log_ndtr, ndtr, ndtri

CARRY = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
SHAPE = np.array([1.0, 1.5, 2.2])
_HALF = np.array([0.1, 0.2, 0.35, 0.55, 0.8, 1.2, 1.8, 3.0])  # of the highest usual spend
# What is likely before the data speak, as in Bayesian media mix models: centre and spread.
_PRIOR_HALF, _PRIOR_CARRY, _PRIOR_SHAPE = (np.log(0.55), 0.7), (0.3, 0.25), (np.log(1.3), 0.35)


def adstock(spend, carry):
    """Geometric carry-over, normalised: constant spend is its own adstock."""
    kept = np.empty(len(spend))
    # Before the first row, spend is taken to have been at its mean.
    state = spend.mean()
    for row, value in enumerate(spend):
        state = carry * state + (1 - carry) * value
        kept[row] = state
    return kept


def hill(spend, half, shape):
    """Hill saturation, 0 to 1: spend^shape / (spend^shape + half^shape)."""
    ratio = (np.maximum(spend, 0) / half) ** shape
    return ratio / (1 + ratio)


@dataclass(frozen=True)
class Grid:
    """Candidate features per channel, cleaned of the controls.

    parameters: carry, half, shape per candidate; features: rows x candidates; channel: index of
    each candidate's channel; gram: inner products of features; basis: orthonormal controls;
    penalty: minus twice the log prior of each candidate; usual: share of its ceiling that each
    candidate reaches at the channel's highest usual spend.
    """

    parameters: np.ndarray
    features: np.ndarray
    channel: np.ndarray
    gram: np.ndarray
    basis: np.ndarray
    penalty: np.ndarray
    usual: np.ndarray


def grid(spend, controls, memory=0.0):
    """The grid for a rows x channels array of spend and rows x any array of controls.

    memory: autocorrelation of the noise at one period, taken out of features and controls.
    """
    basis, _ = np.linalg.qr(whitened(controls, memory))
    parameters, features, channel, penalty, reached = [], [], [], [], []
    for number in range(spend.shape[1]):
        column = spend[:, number]
        usual = np.quantile(column[column > 0], 0.95) if (column > 0).any() else 1.0
        for carry in CARRY:
            kept = adstock(column, carry)
            for half, shape in product(_HALF, SHAPE):
                parameters.append((carry, half * usual, shape))
                features.append(hill(kept, half * usual, shape))
                channel.append(number)
                reached.append(hill(1.0, half, shape))
                likely = zip(
                    (np.log(half), carry, np.log(shape)),
                    (_PRIOR_HALF, _PRIOR_CARRY, _PRIOR_SHAPE),
                    strict=True,
                )
                penalty.append(sum(((x - centre) / width) ** 2 for x, (centre, width) in likely))
    features = whitened(np.array(features).T, memory)
    features -= basis @ (basis.T @ features)
    return Grid(
        np.array(parameters),
        features,
        np.array(channel),
        features.T @ features,
        basis,
        np.array(penalty),
        np.array(reached),
    )


def whitened(rows, memory):
    """Rows less `memory` times the row before; the first is scaled to the same variance."""
    rows = np.asarray(rows, float)
    first = np.sqrt(1 - memory**2) * rows[:1]
    return np.concatenate([first, rows[1:] - memory * rows[:-1]])


def clean(outcome, basis):
    """The outcome less what the controls explain."""
    return outcome - basis @ (basis.T @ outcome)


def search(grid, outcome, variance, start=None, *, sweeps=12):
    """Best candidate per channel and its coefficient (at least 0) by coordinate descent.

    outcome: cleaned of the controls. variance: of the noise, by which the prior weighs (0: not
    at all). start: candidate per channel. Returns candidates, coefficients, residual sum of squares.
    """
    channels = grid.channel.max() + 1
    members = [np.flatnonzero(grid.channel == number) for number in range(channels)]
    product_y = grid.features.T @ outcome
    total = float(outcome @ outcome)
    chosen = np.array([m[len(m) // 2] for m in members] if start is None else start)
    penalty = variance * grid.penalty
    loss, weights = _solve(grid.gram, product_y, chosen, total)
    best = loss + penalty[chosen].sum()
    for _ in range(sweeps):
        before = best
        for number in range(channels):
            others = np.array(
                [c for k, c in enumerate(chosen) if k != number and weights[k] > 0], dtype=int
            )
            gain = _gain(grid.gram, product_y, members[number], others) - penalty[members[number]]
            trial = chosen.copy()
            trial[number] = members[number][int(np.argmax(gain))]
            trial_loss, trial_weights = _solve(grid.gram, product_y, trial, total)
            if trial_loss + penalty[trial].sum() < best - 1e-9 * total:
                chosen, loss, weights = trial, trial_loss, trial_weights
                best = loss + penalty[chosen].sum()
        if before - best <= 1e-7 * total:
            break
    return chosen, weights, loss


def posterior(grid, outcome, chosen, weights, variance, scale, rng, *, draws, burn=150, thin=4):
    """Draws x channels x (candidate, coefficient) given the outcome: Gibbs sampling on the grid.

    outcome: cleaned of the controls. chosen, weights, variance: where the search ended. scale:
    standard deviation of the half-normal prior on a channel's effect at its highest usual spend. Noise is
    normal; its variance is sampled along.
    """
    channels = grid.channel.max() + 1
    members = [np.flatnonzero(grid.channel == number) for number in range(channels)]
    unit = 1 / grid.usual  # coefficient per unit of effect at the usual spend
    product_y = grid.features.T @ outcome
    freedom = len(outcome) - grid.basis.shape[1]
    chosen, weights = np.array(chosen), np.array(weights, float)
    kept = []
    for sweep in range(burn + draws * thin):
        for k, own in enumerate(members):
            others = np.delete(np.arange(channels), k)
            left = product_y[own] - grid.gram[np.ix_(own, chosen[others])] @ weights[others]
            precision = grid.gram[own, own] * unit[own] ** 2 / variance + scale**-2
            centre = left * unit[own] / variance / precision
            height = centre * np.sqrt(precision)
            odds = 0.5 * (height**2 - np.log(precision) - grid.penalty[own]) + log_ndtr(height)
            odds = np.cumsum(np.exp(odds - odds.max()))
            at = min(np.searchsorted(odds, rng.random() * odds[-1]), len(own) - 1)
            chosen[k] = own[at]
            weights[k] = unit[own[at]] * _above_zero(centre[at], precision[at] ** -0.5, rng)
        loss = (
            outcome @ outcome
            - 2 * weights @ product_y[chosen]
            + weights @ grid.gram[np.ix_(chosen, chosen)] @ weights
        )
        variance = max(loss, 1e-12 * (outcome @ outcome)) / rng.chisquare(freedom)
        if sweep >= burn and (sweep - burn) % thin == thin - 1:
            kept.append(np.column_stack([chosen, weights]))
    return np.array(kept)


def _above_zero(centre, spread, rng):
    """A normal draw, kept above zero."""
    floor = ndtr(-centre / spread)
    if floor > 1 - 1e-12:  # so far below zero that only the very edge is left
        return spread**2 / max(-centre, spread) * rng.exponential()
    return max(centre + spread * float(ndtri(floor + (1 - floor) * rng.random())), 0.0)


def _gain(gram, product_y, candidates, others):
    """Fall of the squared error by adding each candidate to the others; 0 if it would be negative."""
    left, norm = product_y[candidates], np.diag(gram)[candidates]
    if len(others):
        inner = gram[np.ix_(others, others)] + 1e-12 * np.eye(len(others))
        cross = gram[np.ix_(others, candidates)]
        solved = np.linalg.solve(inner, np.column_stack([cross, product_y[others]]))
        left = left - cross.T @ solved[:, -1]
        norm = norm - (cross * solved[:, :-1]).sum(axis=0)
    norm = np.maximum(norm, 1e-9 * np.diag(gram)[candidates] + 1e-300)
    return np.where(left > 0, left**2 / norm, 0.0)


def _solve(gram, product_y, chosen, total):
    """Squared error and coefficients (at least 0) of the chosen candidates."""
    inner = gram[np.ix_(chosen, chosen)]
    scale = np.sqrt(np.maximum(np.diag(inner), 1e-300))
    inner = inner / np.outer(scale, scale) + 1e-10 * np.eye(len(chosen))
    root = np.linalg.cholesky(inner)
    weights, _ = nnls(root.T, np.linalg.solve(root, product_y[chosen] / scale))
    weights = weights / scale
    loss = (
        total - 2 * weights @ product_y[chosen] + weights @ gram[np.ix_(chosen, chosen)] @ weights
    )
    return float(loss), weights
