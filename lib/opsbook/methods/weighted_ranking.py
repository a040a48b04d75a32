"""Ranking by weighted criteria, and how far a weight must move before the ranking changes."""

import numpy as np
import pandas as pd

from opsbook.errors import BadValue, MissingColumns

NEUTRAL = 0.5


def score(criteria, weights):
    """Weighted mean of criteria from 0 to 1 per option, best first.

    criteria: frame, index the options, a column per criterion; a missing value counts as 0.5, in
    between. weights: dict of criterion -> weight, 0 or more; they are scaled to add up to 1.
    Returns the index as `option`, each criterion's contribution, score, rank, known (share of the weight
    whose criterion is known). Source: simple additive weighting, Hwang and Yoon (1981).
    """
    share = _shares(criteria, weights)
    parts = criteria[list(share)].astype(float).clip(0, 1).fillna(NEUTRAL) * pd.Series(share)
    table = parts.copy()
    table["score"] = parts.sum(axis=1)
    table["known"] = (criteria[list(share)].notna() * pd.Series(share)).sum(axis=1)
    table = table.sort_values("score", ascending=False, kind="stable")
    table["rank"] = np.arange(1, len(table) + 1)
    return table.rename_axis("option").reset_index()


def sensitivity(criteria, weights):
    """How far each weight must move, the others keeping their proportions, before the order changes.

    One row per criterion: weight, first_down and first_up (weight at which another option becomes
    first, NaN where none does), challenger_down, challenger_up, any_down and any_up (weight at
    which any two neighbours swap). Exact: scores are straight lines in one weight.
    Source: Triantaphyllou and Sanchez (1997), Decision Sciences 28(1).
    """
    share = _shares(criteria, weights)
    values = criteria[list(share)].astype(float).clip(0, 1).fillna(NEUTRAL)
    rows = []
    for name, weight in share.items():
        others = {k: w for k, w in share.items() if k != name}
        rest = sum(others.values())
        base = sum(values[k] * (w / rest) for k, w in others.items()) if rest else values[name] * 0
        own = values[name]
        total = (1 - weight) * base + weight * own
        order = total.sort_values(ascending=False, kind="stable").index
        down, up = _crossings(base, own, weight, order)
        lead = [c for c in down if order[0] in c[1]], [c for c in up if order[0] in c[1]]
        rows.append(
            (
                name,
                weight,
                lead[0][0][0] if lead[0] else np.nan,
                _other(lead[0], order[0]),
                lead[1][0][0] if lead[1] else np.nan,
                _other(lead[1], order[0]),
                down[0][0] if down else np.nan,
                up[0][0] if up else np.nan,
            )
        )
    columns = ["criterion", "weight", "first_down", "challenger_down", "first_up", "challenger_up"]
    return pd.DataFrame(rows, columns=[*columns, "any_down", "any_up"])


def _crossings(base, own, weight, order):
    """Weights at which two options tie, below and above the present one, nearest first."""
    found = []
    for i, a in enumerate(order):
        for b in order[i + 1 :]:
            gap, tilt = base[a] - base[b], (own[a] - own[b]) - (base[a] - base[b])
            if abs(tilt) > 1e-12:
                tie = -gap / tilt
                if 0 <= tie <= 1 and abs(tie - weight) > 1e-12:
                    found.append((float(tie), (a, b)))
    down = sorted((c for c in found if c[0] < weight), key=lambda c: weight - c[0])
    up = sorted((c for c in found if c[0] > weight), key=lambda c: c[0] - weight)
    return down, up


def _other(crossings, first):
    if not crossings:
        return None
    pair = crossings[0][1]
    return pair[1] if pair[0] == first else pair[0]


def _shares(criteria, weights):
    missing = [k for k in weights if k not in criteria.columns]
    if missing:
        raise MissingColumns("weighted_ranking, criteria", missing, criteria.columns)
    if min(weights.values(), default=0) < 0 or sum(weights.values()) <= 0:
        raise BadValue(f"need weights of 0 or more with one above 0: {weights}.", where="weights")
    total = sum(weights.values())
    return {k: w / total for k, w in weights.items()}
