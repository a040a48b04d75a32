"""What an outcome is on days with something against days without: many things, the same controls."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.errors import MissingColumns
from opsbook.methods.experiments import adjust

METHOD = "log-linear regression, cluster-robust errors"
_LEAST = 8


def effects(frame, value, flags, *, controls=(), cluster, level=0.95):
    """Relative difference of the geometric mean of `value` with each flag against without it.

    frame: one row per post with value (0 or more; zeros enter as half the smallest positive one), flags:
    boolean columns, each judged on its own, controls: columns held equal as categories, cluster:
    column of rows that belong together (the day). Returns flag, clusters_with, clusters_without,
    relative (0.1 is 10 % more), low, high, p_value, p_adjusted (Holm over the flags), n, enough (8
    clusters on either side). Source: Frisch and Waugh (1933); Liang and Zeger (1986).
    """
    missing = [c for c in (value, *flags, *controls, cluster) if c not in frame.columns]
    if missing:
        raise MissingColumns("presence.effects", missing, frame.columns)
    rows = frame[frame[value].notna() & (frame[value] >= 0)]
    positive = rows.loc[rows[value] > 0, value]
    columns = ["flag", "clusters_with", "clusters_without", "relative", "low", "high", "p_value",
               "p_adjusted", "n", "enough"]  # fmt: skip
    if positive.empty or not len(flags):
        return pd.DataFrame(columns=columns)
    y = np.log(rows[value].clip(lower=positive.min() / 2).to_numpy(float))
    design = [np.ones((len(rows), 1))]
    for name in controls:
        codes = pd.Categorical(rows[name].astype(object).where(rows[name].notna(), "?").astype(str))
        design.append(np.eye(len(codes.categories))[codes.codes][:, 1:])
    basis, values, _ = np.linalg.svd(np.hstack(design), full_matrices=False)
    basis = basis[:, values > 1e-9 * values[0]]
    groups, names = pd.factorize(rows[cluster])
    rest_y = y - basis @ (basis.T @ y)
    out = []
    for flag in flags:
        x = rows[flag].to_numpy(float)
        with_, without = (len(np.unique(groups[x == side])) for side in (1, 0))
        head = [flag, with_, without]
        left = x - basis @ (basis.T @ x)
        mass, freedom = float(left @ left), len(y) - basis.shape[1] - 1
        if min(with_, without) < _LEAST or mass < 1e-6 * len(y) or freedom < 5:
            out.append([*head, np.nan, np.nan, np.nan, np.nan, np.nan, len(y), False])
            continue
        beta = float(left @ rest_y) / mass
        scores = np.bincount(groups, left * (rest_y - beta * left), len(names))
        small = len(names) / (len(names) - 1) * (len(y) - 1) / freedom
        spread = np.sqrt(small * float(scores @ scores)) / mass
        df = min(with_, without) - 1
        reach = stats.t.ppf((1 + level) / 2, df) * spread
        p = 2 * stats.t.sf(abs(beta) / spread, df)
        ends = np.expm1([beta, beta - reach, beta + reach])
        out.append([*head, *ends, p, np.nan, len(y), True])
    table = pd.DataFrame(out, columns=columns)
    table["p_adjusted"] = adjust(table["p_value"])
    return table
