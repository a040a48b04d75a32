"""How unevenly something is spread over people: Gini index, Lorenz curve, share of the top."""

import numpy as np
import pandas as pd

from opsbook.errors import BadValue
from opsbook.estimate import Estimate
from opsbook.methods._arguments import numbers

METHOD = "bootstrap of people, percentile interval"
_LEAST = 20
_DRAWS = 400


def gini(counts, level=0.95):
    """Gini index of counts per person: Estimate, 0 (all alike) to 1 (one has all).

    Fewer than 20 people: not enough. The interval resamples people 400 times, seeded.
    Source: Gini (1912); Efron and Tibshirani (1993), ch. 13.
    """
    return _measured(counts, _gini, level)


def top_share(counts, top=0.1, level=0.95):
    """Share of all that the `top` (a fraction) most active people hold: Estimate."""
    if not 0 < top < 1:
        raise BadValue(f"is {top}, expected between 0 and 1.", where="top")
    return _measured(counts, lambda rows: _top(rows, top), level)


def lorenz(counts, points=101):
    """Lorenz curve: people_share and held_share, from 0 to 1, least active people first.

    Source: Lorenz (1905).
    """
    values = np.sort(numbers(counts, "counts", "concentration.lorenz", low=0))
    if not len(values) or values.sum() == 0:
        return pd.DataFrame(columns=["people_share", "held_share"], dtype=float)
    held = np.r_[0, np.cumsum(values)] / values.sum()
    people = np.arange(len(values) + 1) / len(values)
    at = np.linspace(0, 1, points)
    return pd.DataFrame({"people_share": at, "held_share": np.interp(at, people, held)})


def _measured(counts, measure, level):
    values = numbers(counts, "counts", "concentration", low=0)
    if len(values) < _LEAST or values.sum() == 0:
        return Estimate.not_enough(len(values), METHOD, level=level)
    rng = np.random.default_rng(len(values))
    ordered = np.sort(values)
    draws = np.sort(rng.choice(ordered, (_DRAWS, len(ordered))), axis=1)
    tail = (1 - level) / 2
    low, high = np.quantile(measure(draws), [tail, 1 - tail])
    value = float(measure(ordered[None, :])[0])
    return Estimate(value, float(low), float(high), len(values), METHOD, True, level)


def _gini(rows):
    """Gini index of each row of sorted values."""
    n = rows.shape[1]
    total = np.maximum(rows.sum(axis=1), 1e-12)
    return 2 * (rows @ np.arange(1, n + 1)) / (n * total) - (n + 1) / n


def _top(rows, top):
    """Share held by the largest of each row of sorted values, the last person in part."""
    n = rows.shape[1]
    people = top * n
    whole = int(people)
    held = rows[:, n - whole :].sum(axis=1) if whole else np.zeros(len(rows))
    if whole < n:
        held = held + (people - whole) * rows[:, n - whole - 1]
    return held / np.maximum(rows.sum(axis=1), 1e-12)
