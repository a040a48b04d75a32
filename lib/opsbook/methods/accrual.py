"""How fast a post earns its views: half-life out of cumulative snapshots, and what never stops."""

import numpy as np
import pandas as pd

from opsbook.estimate import Estimate
from opsbook.methods._arguments import require_columns
from opsbook.methods.robust import SCALE

METHOD = "pooled growth curve, bootstrap over posts"
_GRID = np.exp(np.linspace(np.log(0.5), np.log(20000), 220))
_LEAST = 8


def pairs(snapshots, *, post="post_id", age="age_h", value="value"):
    """Each post's earlier snapshots against its last: post, age_h, last_age_h, share, value.

    snapshots: cumulative figures by age in hours. Share is the part of the last figure that was
    there at the earlier age; posts without two ages are absent.
    """
    require_columns(snapshots, [post, age, value], "accrual.pairs")
    rows = snapshots.dropna(subset=[age, value]).sort_values([post, age], kind="stable")
    last = rows.groupby(post).agg(last_age_h=(age, "max"), final=(value, "last"))
    rows = rows.merge(last, left_on=post, right_index=True)
    rows = rows[(rows[age] > 0) & (rows[age] < rows["last_age_h"] - 12) & (rows["final"] > 0)]
    out = pd.DataFrame(
        {
            post: rows[post],
            "age_h": rows[age].astype(float),
            "last_age_h": rows["last_age_h"].astype(float),
            "share": (rows[value] / rows["final"]).clip(0, 1),
            "value": rows["final"].astype(float),
        }
    )
    return out.reset_index(drop=True)


def half_life(snapshots, *, post="post_id", age="age_h", value="value", level=0.95, draws=300):
    """Hours until an ordinary post has half of what it will ever have: Estimate in hours.

    Shares follow 1 - 2 ** -((age / half-life) ** b) for a b between 0.6 and 1.2, fitted by the
    least absolute distance, so that a few evergreen posts do not pull it. Not enough below 8
    posts with two ages, or where even the earliest snapshots came so late that less than a tenth was
    still to come (the half-life is then only known to be short).
    Source: Weibull growth of attention as in Wu and Huberman (2007), PNAS 104.
    """
    rows = pairs(snapshots, post=post, age=age, value=value)
    codes, names = pd.factorize(rows[post])
    # only early snapshots tell of the half-life: at least 8 posts need one with something to come
    first = rows.loc[rows.groupby(post)["age_h"].idxmin()] if len(rows) else rows
    first = first.nsmallest(max(_LEAST, len(first) // 4), "age_h")
    if len(first) < _LEAST or (1 - first["share"]).median() < 0.1:
        return Estimate.not_enough(len(names), METHOD, unit="hours")
    a, z = rows["age_h"].to_numpy(), rows["last_age_h"].to_numpy()
    share, losses = rows["share"].to_numpy(), []
    for power in (0.6, 0.8, 1.0, 1.2):
        grown = 1 - 2.0 ** -((a[:, None] / _GRID) ** power)
        full = 1 - 2.0 ** -((z[:, None] / _GRID) ** power)
        miss = np.abs(grown / np.maximum(full, 1e-12) - share[:, None])
        summed = np.zeros((len(names), len(_GRID)))
        np.add.at(summed, codes, miss)
        losses.append(summed)
    # with snapshots at one age only, the shape cannot be seen: the middle one is taken
    if a.max() < 3 * a.min():
        losses = [losses[1]]
    table = np.stack(losses)
    best = table.sum(axis=1)
    power = int(np.argmin(best.min(axis=1)))
    value_ = _GRID[int(np.argmin(best[power]))]
    rng = np.random.default_rng(1)
    weights = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), draws)
    found = _GRID[np.argmin(weights @ table[power], axis=1)]
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    step = _GRID[1] / _GRID[0]
    return Estimate(
        float(value_),
        float(min(low, value_) / step),
        float(max(high, value_) * step),
        len(names),
        METHOD,
        unit="hours",
    )


def evergreen(snapshots, *, group, post="post_id", age="age_h", value="value", least_age_h=1440):
    """Posts that keep earning: the share of their figure that came after their first days.

    Of each post that is older than `least_age_h`, the latest snapshot below 15 days against the
    last. Returns group, post, value, late_share, usual (the group's median), z (robust distance on
    the log-odds), is_evergreen (half or more came late, z at least 3.5). Source: Iglewicz and Hoaglin (1993).
    """
    require_columns(snapshots, [group, post, age, value], "accrual.evergreen")
    columns = [group, post, "value", "late_share", "usual", "z", "is_evergreen"]
    rows = pairs(snapshots, post=post, age=age, value=value)
    rows = rows[(rows["age_h"] <= 360) & (rows["last_age_h"] >= least_age_h)]
    rows = rows.sort_values([post, "age_h"], kind="stable").drop_duplicates(post, keep="last")
    if rows.empty:
        return pd.DataFrame(columns=columns)
    rows[group] = rows[post].map(snapshots.drop_duplicates(post).set_index(post)[group])
    rows["late_share"] = 1 - rows["share"]
    odds = np.log((rows["late_share"] + 0.01) / (rows["share"] + 0.01))
    middle = odds.groupby(rows[group]).transform("median")
    spread = (odds - middle).abs().groupby(rows[group]).transform("median") * SCALE
    rows["usual"] = rows.groupby(group)["late_share"].transform("median")
    rows["z"] = (odds - middle) / spread.clip(lower=0.1)
    rows["is_evergreen"] = (rows["late_share"] >= 0.5) & (rows["z"] >= 3.5)
    return rows[columns].sort_values("z", ascending=False, ignore_index=True)
