"""After how many impressions a creative works half as well."""

from math import inf, log

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import brentq
from scipy.stats import norm

from opsbook.errors import BadValue
from opsbook.estimate import Estimate
from opsbook.methods._arguments import dates, numbers, require_columns

_MIN_DAYS, _MIN_CLICKS = 10, 50
_CARRY = np.array([0.0, 0.2, 0.4, 0.6, 0.75, 0.85, 0.93])
_NOISE = np.array([0.0, 0.02, 0.05, 0.1, 0.15, 0.22, 0.32, 0.45, 0.65, 0.95])


def half_life(frame):
    """Impressions after which a creative's click-through rate has halved.

    frame: date, impressions, clicks, one row per day of one creative. Fewer than 10 days with
    impressions or 50 clicks: `enough` False. Where no wear is shown, value and high are
    infinite and low says how many impressions it lasts at least; a finite value means that the
    95 % interval of the decay leaves out zero.

    The logarithm of the rate falls in a line with cumulative impressions; around it, binomial
    noise and day-to-day noise that carries over (AR(1)), both integrated over a grid by
    their restricted likelihood, so that a slow drift is not taken for wear.
    Source: quasi-likelihood of Breslow and Clayton (1993), JASA 88.
    """
    where = "fatigue.half_life"
    require_columns(frame, ["date", "impressions", "clicks"], where)
    when = dates(frame["date"].to_numpy(), "date", where)
    shown = numbers(frame["impressions"], "impressions", where, low=0)
    clicks = numbers(frame["clicks"], "clicks", where, low=0)
    if (clicks > shown).any():
        row = int(np.flatnonzero(clicks > shown)[0])
        raise BadValue(
            f"{clicks[row]:g} clicks on {shown[row]:g} impressions in row {row}.",
            where=where,
            remedy="Check which columns were mapped.",
        )
    if when.has_duplicates:
        raise BadValue(
            f"{when[when.duplicated()][0].date()} is there twice.",
            where=where,
            remedy="Pass one creative, summed by day.",
        )
    order = np.argsort(when.asi8, kind="stable")
    order = order[shown[order] > 0]
    shown, clicks = shown[order], clicks[order]
    method = "log-linear decay, AR(1) noise integrated"
    total = int(shown.sum())
    if len(shown) < _MIN_DAYS or clicks.sum() < _MIN_CLICKS:
        return Estimate.not_enough(total, method, unit="impressions")
    day = (when.as_unit("s").asi8[order] - when.as_unit("s").asi8[order][0]) / 86400.0
    exposure = (np.cumsum(shown) - shown / 2) / total
    decay, low, high = _decay(exposure, day, shown, clicks)
    half = log(2) * total
    if low <= 0:
        return Estimate(
            inf, half / high if high > 0 else inf, inf, total, method, True, 0.95, "impressions"
        )
    return Estimate(half / decay, half / high, half / low, total, method, True, 0.95, "impressions")


def _decay(exposure, day, shown, clicks):
    """Decay of the log rate over the whole exposure: value and 95 % bounds."""
    design = np.column_stack([np.ones(len(day)), exposure])
    rate = np.full(len(day), clicks.sum() / shown.sum())
    gap = np.abs(day[:, None] - day[None, :])
    for _ in range(3):
        # Working response of a Poisson rate; a day without clicks stays in, unlike its logarithm.
        mean = rate * shown
        working = np.log(rate) + (clicks - mean) / mean
        posterior = _posterior(design, working, gap, 1 / mean)
        centre = np.average(posterior[:, 1:3], axis=0, weights=posterior[:, 0])
        rate = np.exp(np.clip(design @ centre, -20, 0))
    weight, slope, spread = posterior[:, 0], posterior[:, 2], posterior[:, 3]

    def below(x):
        return float(weight @ norm.cdf((x - slope) / spread))

    span = 50 * spread.max() + np.ptp(slope)
    bounds = [
        brentq(lambda x, q=q: below(x) - q, slope.min() - span, slope.max() + span)
        for q in (0.025, 0.975)
    ]
    return -float(weight @ slope), -bounds[1], -bounds[0]


def _posterior(design, working, gap, binomial):
    """Rows weight, intercept, slope, standard error over the grid of noise and carry-over."""
    rows = []
    for carry in _CARRY:
        kernel = carry**gap if carry else np.eye(len(working))
        for noise in _NOISE:
            if noise == 0 and carry:
                continue
            factor = cho_factor(np.diag(binomial) + noise**2 * kernel, lower=True)
            solved = cho_solve(factor, np.column_stack([design, working]))
            information = design.T @ solved[:, :2]
            covariance = np.linalg.inv(information)
            beta = covariance @ (design.T @ solved[:, 2])
            misfit = float((working - design @ beta) @ (solved[:, 2] - solved[:, :2] @ beta))
            likelihood = -0.5 * (
                2 * np.log(np.diag(factor[0])).sum() + np.linalg.slogdet(information)[1] + misfit
            )
            # Long memory is seldom: the prior falls with carry-over.
            likelihood += np.log(1 - carry)
            rows.append((likelihood, *beta, np.sqrt(covariance[1, 1])))
    table = np.array(rows)
    table[:, 0] = np.exp(table[:, 0] - table[:, 0].max())
    table[:, 0] /= table[:, 0].sum()
    return table
