"""Which of several offers to buy under a budget, and what they may bring together."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from opsbook.errors import BadValue
from opsbook.estimate import Estimate
from opsbook.methods._arguments import require_columns

METHOD = "integer programme; gamma-Poisson prediction"


@dataclass(frozen=True)
class Portfolio:
    """What to buy: chosen (boolean Series on the offers' index), cost, result (Estimate)."""

    chosen: pd.Series
    cost: float
    result: Estimate


def expected(counts, exposure, *, next_exposure, level=0.8):
    """What each offer will bring, from what it brought: expected, low, high, rate, n (counts).

    counts, exposure: past results and what they came from (co-operations), Series on one index;
    next_exposure: how many more are bought. Rates are gamma-distributed over offers, their shape by
    moments, so that an offer with little history is drawn to the mean; the interval is that of the
    negative binomial to come. Fewer than 3 offers with history: NaN.
    Source: Robbins (1956), empirical Bayes; Gelman et al., Bayesian Data Analysis, section 2.6.
    """
    counts = counts.astype(float).fillna(0.0)
    exposure = exposure.astype(float).fillna(0.0)
    known = exposure > 0
    table = pd.DataFrame(
        index=counts.index, columns=["expected", "low", "high", "rate"], dtype=float
    )
    table["n"] = counts.astype(int)
    if known.sum() < 3 or counts[known].sum() <= 0:
        return table
    rate = counts[known] / exposure[known]
    mean = counts[known].sum() / exposure[known].sum()
    weight = exposure[known] / exposure[known].sum()
    between = float((weight * (rate - mean) ** 2).sum()) - mean * (known.sum() - 1) / float(
        exposure[known].sum()
    )
    between = max(between, (0.1 * mean) ** 2)
    shape, pace = mean**2 / between, mean / between
    a, b = shape + counts, pace + exposure
    table["rate"] = a / b
    table["expected"] = next_exposure * a / b
    p = b / (b + next_exposure)
    table["low"] = stats.nbinom.ppf((1 - level) / 2, a, p)
    table["high"] = stats.nbinom.ppf((1 + level) / 2, a, p)
    return table


def choose(offers, budget, *, price="price", gain="expected", low="low", high="high", level=0.8):
    """The offers with the greatest summed gain whose prices fit the budget: a Portfolio.

    offers: a row each; rows with a missing price or gain are never chosen. The interval of the sum
    takes the offers as independent with the spread that low and high give (level). Raises BadValue
    for a budget that is not a number of 0 or more. Source: 0/1 knapsack by scipy's HiGHS.
    """
    where = "portfolio.choose"
    require_columns(offers, [price, gain, low, high], where)
    if not np.isfinite(budget) or budget < 0:
        raise BadValue(
            f"budget must be 0 or more, found {budget}.", where=where, remedy="Give an amount."
        )
    usable = offers[price].gt(0) & offers[gain].gt(0)
    chosen = pd.Series(False, index=offers.index)
    rows = offers[usable]
    if len(rows):
        answer = optimize.milp(
            -rows[gain].to_numpy(float),
            constraints=optimize.LinearConstraint(rows[price].to_numpy(float)[None, :], 0, budget),
            integrality=np.ones(len(rows)),
            bounds=optimize.Bounds(0, 1),
            options={"mip_rel_gap": 0.0},
        )
        chosen.loc[rows.index] = answer.x > 0.5
    picked = offers[chosen]
    total = float(picked[gain].sum())
    reach = stats.norm.ppf((1 + level) / 2)
    sigma = (picked[high] - picked[low]).astype(float) / (2 * reach)
    half = reach * float(np.sqrt((sigma**2).sum()))
    result = Estimate(
        total, max(total - half, 0.0), total + half, len(picked), METHOD, bool(len(picked)), level
    )
    return Portfolio(chosen, float(picked[price].sum()), result)
