"""Which cohorts come back more or less than others at the same ages, beside a drift they share."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.errors import MissingColumns
from opsbook.methods.experiments import adjust

METHOD = "quasi-Poisson regression on age and a smooth drift, Holm"


def effects(table, *, ages=(1, 6), level=0.95, most=3):
    """Each cohort against the others: a row per cohort.

    table: rows of `retention.cohorts` by month (cohort, age, n, retained). Returns cohort, n, back
    (returns at the ages looked at), expected (without the cohort's own effect), relative (0.1 is 10 %
    more), low, high, p_value, p_adjusted (Holm). Age is held equal, and so is a smooth drift over cohorts
    (quadratic): a shop that grows sees every later cohort more often, which is no merit of one. Up to `most` cohorts that stand out are given
    their own effect, strongest first, so that they do not colour the others' expectation.
    Source: McCullagh and Nelder (1989), Generalized Linear Models, ch. 6 and 9.
    """
    missing = [c for c in ("cohort", "age", "n", "retained") if c not in table.columns]
    if missing:
        raise MissingColumns("cohort_effects.effects", missing, table.columns)
    columns = [
        "cohort",
        "n",
        "back",
        "expected",
        "relative",
        "low",
        "high",
        "p_value",
        "p_adjusted",
    ]
    rows = table[table["age"].between(*ages) & (table["n"] > 0)].reset_index(drop=True)
    # an age at which nobody came back tells nothing of who comes back
    rows = rows[rows["retained"].groupby(rows["age"]).transform("sum") > 0].reset_index(drop=True)
    if rows["cohort"].nunique() < 4 or rows["retained"].sum() < 20:
        return pd.DataFrame(columns=columns)
    place = pd.Categorical(rows["cohort"]).codes.astype(float)
    place = (place - place.mean()) / max(place.std(), 1e-9)
    drift = [place, place**2] if rows["cohort"].nunique() >= 8 else [place]
    base = np.column_stack([_dummies(rows["age"]), *drift])
    odd = []
    while True:
        found = _each(rows, base, odd, level)
        left = found[~found["cohort"].isin(odd)].nsmallest(1, "p_value")
        if len(odd) >= most or left.empty or not left["p_adjusted"].iloc[0] < 1 - level:
            return found.sort_values("p_value", ignore_index=True)[columns]
        odd.append(left["cohort"].iloc[0])


def _each(rows, base, odd, level):
    out = []
    count, offset = rows["retained"].to_numpy(float), np.log(rows["n"].to_numpy(float))
    for cohort in sorted(rows["cohort"].unique()):
        own = (rows["cohort"] == cohort).to_numpy()
        if count[own].sum() == 0:
            continue
        extra = [(rows["cohort"] == o).to_numpy(float) for o in odd if o != cohort]
        design = np.column_stack([own.astype(float), *extra, base])
        beta, spread, freedom = _poisson(design, count, offset)
        if not np.isfinite(spread):
            continue
        reach = stats.t.ppf((1 + level) / 2, freedom) * spread
        p = 2 * stats.t.sf(abs(beta) / spread, freedom)
        back = float(count[own].sum())
        ends = np.expm1([beta, beta - reach, beta + reach])
        people = int(rows.loc[own, "n"].max())
        out.append((cohort, people, int(back), back / np.exp(beta), *ends, p))
    names = ["cohort", "n", "back", "expected", "relative", "low", "high", "p_value"]
    found = pd.DataFrame(out, columns=names)
    found["p_adjusted"] = adjust(found["p_value"])
    return found


def _poisson(design, count, offset):
    """First coefficient, its error scaled by the Pearson dispersion, degrees of freedom."""
    fitted = np.log(count.sum() / np.exp(offset).sum())
    beta = np.linalg.lstsq(design, np.full(len(count), fitted), rcond=None)[0]
    for _ in range(60):
        mean = np.exp(np.clip(design @ beta + offset, -30, 30))
        # a whisper of ridge keeps a cohort that is an age's only one from running away
        information = design.T @ (design * mean[:, None]) + 1e-6 * np.eye(design.shape[1])
        step = np.linalg.solve(information, design.T @ (count - mean) - 1e-6 * beta)
        beta = beta + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-8:
            break
    freedom = len(count) - np.linalg.matrix_rank(design)
    if freedom < 3:
        return np.nan, np.nan, 1
    pearson = float((((count - mean) ** 2) / mean).sum()) / freedom
    variance = np.linalg.inv(information)[0, 0] * max(pearson, 1.0)
    # an effect that its own dummies explain away has no finite error
    return float(beta[0]), float(np.sqrt(variance)) if variance < 25 else np.nan, freedom


def _dummies(values):
    codes = pd.Categorical(values)
    return np.eye(len(codes.categories))[codes.codes]
