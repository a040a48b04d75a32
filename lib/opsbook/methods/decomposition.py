"""What explains a change: the additive share of each part; for rates, its mix and its rate effect."""

import numpy as np
import pandas as pd

from opsbook.errors import MissingColumns


def contributions(now, before, part, numerator, denominator=None):
    """Change of a total or of a ratio of sums, split over the values of `part` without remainder.

    now, before: frames with the columns part (one or a list), numerator and, for a ratio,
    denominator; several rows of a part are added up. A part that stands on one side only counts as
    zero on the other. Returns part columns, previous, value (the part's own figures), share_before, share
    (of the denominator, or of the total), mix_effect, rate_effect, contribution; contributions
    add up to the change of the whole, and mix and rate effects to each contribution.

    For a ratio R = sum(w r) with w the shares of the denominator: rate effect is the mean weight
    times the change of the rate, mix effect the change of the weight times the distance of the mean
    rate from the whole's mean. A total has no mix effect. Source: Marshall-Edgeworth
    (midpoint) form of the Kitagawa (1955) decomposition.
    """
    part = [part] if isinstance(part, str) else list(part)
    wanted = [*part, numerator] + ([denominator] if denominator else [])
    for frame, name in ((now, "now"), (before, "before")):
        missing = [c for c in wanted if c not in frame.columns]
        if missing:
            raise MissingColumns(f"decomposition.contributions, {name}", missing, frame.columns)
    sides = []
    for frame in (before, now):
        known = frame.dropna(subset=wanted[len(part) :])
        sides.append(known.groupby(part, observed=True, dropna=False)[wanted[len(part) :]].sum())
    index = sides[0].index.union(sides[1].index)
    old, new = (side.reindex(index).fillna(0.0).astype(float) for side in sides)
    if denominator is None:
        table = _total(old[numerator], new[numerator])
    else:
        table = _ratio(old[numerator], old[denominator], new[numerator], new[denominator])
    table.index = index
    order = table["contribution"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].rename_axis(index=part).reset_index()


def whole(frame, numerator, denominator=None):
    """The figure that contributions split: the sum, or the ratio of sums (NaN over zero)."""
    if denominator is None:
        return float(frame[numerator].sum()) if frame[numerator].notna().any() else np.nan
    known = frame.dropna(subset=[numerator, denominator])
    bottom = float(known[denominator].sum())
    return float(known[numerator].sum()) / bottom if bottom else np.nan


def _total(old, new):
    sums = old.sum(), new.sum()
    return pd.DataFrame(
        {
            "previous": old,
            "value": new,
            "share_before": old / sums[0] if sums[0] else np.nan,
            "share": new / sums[1] if sums[1] else np.nan,
            "mix_effect": np.nan,
            "rate_effect": np.nan,
            "contribution": new - old,
        }
    )


def _ratio(top0, bottom0, top1, bottom1):
    all0, all1 = bottom0.sum(), bottom1.sum()
    rate0 = (top0 / bottom0.where(bottom0 > 0)).astype(float)
    rate1 = (top1 / bottom1.where(bottom1 > 0)).astype(float)
    weight0 = bottom0 / all0 if all0 else bottom0 * np.nan
    weight1 = bottom1 / all1 if all1 else bottom1 * np.nan
    # a part that is new or gone has one rate only: all of its effect is mix
    first, second = rate0.fillna(rate1), rate1.fillna(rate0)
    middle = (top0.sum() / all0 + top1.sum() / all1) / 2 if all0 and all1 else np.nan
    mix = (weight1 - weight0) * ((first + second) / 2 - middle)
    rate = (weight0 + weight1) / 2 * (second - first)
    return pd.DataFrame(
        {
            "previous": rate0,
            "value": rate1,
            "share_before": weight0,
            "share": weight1,
            "mix_effect": mix,
            "rate_effect": rate,
            "contribution": mix + rate,
        }
    )
