"""Explore and exploit: how many of the next tries each option should get, given what it showed."""

import numpy as np
import pandas as pd

from opsbook.methods._arguments import require_columns

_DRAWS = 20000


def allocate(arms, tries, *, mean="mean", variance="variance", n="n", prior=0.5, least=1):
    """Thompson sampling over normal posteriors: arms with probability_best and next_tries.

    arms: one row per option with its mean effect (on the log against the usual), the variance of
    a single try and the number of tries n (0: never tried). Effects start from a normal prior around no
    effect with standard deviation `prior`. Adds posterior, low, high (95 %), probability_better
    (than no effect), probability_best and next_tries, which sum to `tries`; an option that has not
    been shown to be worse (probability_better of 0.05 or more) gets at least `least` where there are enough.
    Source: Thompson (1933); Russo et al. (2018), A Tutorial on Thompson Sampling.
    """
    require_columns(arms, [mean, variance, n], "explore.allocate")
    out = arms.reset_index(drop=True).copy()
    names = ["posterior", "low", "high", "probability_better", "probability_best", "next_tries"]
    if out.empty:
        return out.reindex(columns=[*out.columns, *names])
    count = out[n].to_numpy(float)
    noise = np.nan_to_num(out[variance].to_numpy(float), nan=1.0).clip(min=1e-6)
    weight = count / noise
    seen = np.where(count > 0, np.nan_to_num(out[mean].to_numpy(float)), 0.0)
    precision = 1 / prior**2 + weight
    middle, spread = weight * seen / precision, np.sqrt(1 / precision)
    rng = np.random.default_rng(1)
    draws = middle + spread * rng.standard_normal((_DRAWS, len(out)))
    best = np.bincount(draws.argmax(axis=1), minlength=len(out)) / _DRAWS
    out["posterior"] = middle
    out["low"], out["high"] = middle - 1.96 * spread, middle + 1.96 * spread
    better = (draws > 0).mean(axis=0)
    out["probability_better"], out["probability_best"] = better, best
    out["next_tries"] = _rounded(best, better >= 0.05, int(tries), least)
    return out


def _rounded(share, alive, tries, least):
    """Whole tries by largest remainder, with a floor for each option still alive."""
    floor = np.where(alive, least, 0)
    while floor.sum() > tries:
        floor[np.flatnonzero(floor)[np.argmin(share[floor > 0])]] = 0
    rest = tries - int(floor.sum())
    wanted = share * rest
    given = np.floor(wanted).astype(int)
    for i in np.argsort(-(wanted - given), kind="stable")[: rest - int(given.sum())]:
        given[i] += 1
    return given + floor


def effects(frame, value, arm, *, usual):
    """Mean effect of each arm on the log of `value` against the arm `usual`: arm, mean, variance, n.

    variance is that of one try (pooled over arms), widened for the usual arm's own error.
    """
    require_columns(frame, [value, arm], "explore.effects")
    known = frame.dropna(subset=[value, arm])
    log = np.log(known[value].clip(lower=0) + 0.5)
    groups = log.groupby(known[arm])
    table = pd.DataFrame({"level": groups.mean(), "n": groups.size()}).reset_index()
    inside = log - groups.transform("mean")
    freedom = max(len(log) - len(table), 1)
    variance = float((inside**2).sum() / freedom)
    base = table.set_index(arm)["level"].get(usual, np.nan)
    count = float(table.set_index(arm)["n"].get(usual, np.nan))
    table["mean"] = table["level"] - base
    table["variance"] = variance * (1 + table["n"] / count)
    return table[[arm, "mean", "variance", "n"]]
