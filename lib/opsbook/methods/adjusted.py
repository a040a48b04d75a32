"""Rates of groups made comparable: what a level would have earned on the same mix as the others."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.errors import MissingColumns
from opsbook.methods.pooling import shrink

METHOD = "quasi-Poisson regression with offset, cluster-robust errors"


def rates(frame, outcome, exposure, factor, *, controls=(), cluster=None, shrunk=False, level=0.95):
    """Each level of `factor` against the average level, at the same mix of `controls`.

    outcome: counts (or amounts) per row; exposure: what they arise from (impressions, clicks,
    spend); both columns of frame. controls: columns held equal. cluster: column whose rows go
    together (the ad, the day). Returns factor, rate (outcome per exposure as it happened),
    relative (0.1 is 10 % above the average level on equal mix), low, high, p_value, n (clusters),
    exposure, enough. shrunk: relative effects and intervals pulled to the average by empirical
    Bayes, for many levels with few data each. Levels without outcome are not enough.
    Source: McCullagh and Nelder (1989), ch. 6; Liang and Zeger (1986); Efron and Morris (1975).
    """
    cluster = cluster or "_row"
    wanted = [outcome, exposure, factor, *controls] + ([cluster] if cluster != "_row" else [])
    missing = [c for c in wanted if c not in frame.columns]
    if missing:
        raise MissingColumns("adjusted.rates", missing, frame.columns)
    rows = frame.assign(_row=np.arange(len(frame)))[[*dict.fromkeys([*wanted, cluster])]]
    rows = rows[(rows[exposure] > 0) & rows[outcome].notna() & rows[factor].notna()]
    rows = (
        rows.groupby([*dict.fromkeys([factor, *controls, cluster])], observed=True, dropna=False)[
            [outcome, exposure]
        ]
        .sum()
        .reset_index()
    )
    sums = rows.groupby(factor, observed=True)[[outcome, exposure]].sum()
    counts = rows.groupby(factor, observed=True)[cluster].nunique()
    out = pd.DataFrame(
        {
            factor: sums.index,
            "rate": (sums[outcome] / sums[exposure]).to_numpy(),
            "relative": np.nan,
            "low": np.nan,
            "high": np.nan,
            "p_value": np.nan,
            "n": counts.reindex(sums.index).to_numpy(),
            "exposure": sums[exposure].to_numpy(),
            "enough": False,
        }
    )
    usable = [k for k in sums.index if sums.loc[k, outcome] > 0 and counts[k] >= 2]
    rows = rows[rows[factor].isin(usable)]
    if len(usable) < 2 or len(rows) < len(usable) + 2:
        return out
    effect, covariance, freedom = _fit(rows, outcome, exposure, factor, usable, controls, cluster)
    if effect is None:
        return out
    spread = np.sqrt(np.clip(np.diag(covariance), 1e-12, None))
    if shrunk and len(usable) >= 4:
        effect, spread = _shrunk(effect, spread)
    reach = stats.t.ppf((1 + level) / 2, freedom)
    place = out.set_index(factor).index.get_indexer(usable)
    out.loc[place, "relative"] = np.expm1(effect)
    out.loc[place, "low"] = np.expm1(effect - reach * spread)
    out.loc[place, "high"] = np.expm1(effect + reach * spread)
    out.loc[place, "p_value"] = 2 * stats.t.sf(np.abs(effect) / spread, freedom)
    out.loc[place, "enough"] = True
    return out


def _fit(rows, outcome, exposure, factor, levels, controls, cluster):
    """Log effects against the mean level, their covariance and degrees of freedom."""
    dummies = (rows[factor].to_numpy()[:, None] == np.array(levels, dtype=object)[None, :]).astype(
        float
    )
    design = np.column_stack([dummies, *_controls(rows, controls)])
    # a control that says the same as the factor cannot be held equal: it is left out
    keep = _independent(design, len(levels))
    design = design[:, keep]
    y = rows[outcome].to_numpy(float)
    offset = np.log(rows[exposure].to_numpy(float))
    beta = np.zeros(design.shape[1])
    beta[: len(levels)] = np.log(y.sum() / np.exp(offset).sum())
    for _ in range(50):
        mean = np.exp(np.clip(design @ beta + offset, -30, 30))
        information = design.T @ (design * mean[:, None])
        step = np.linalg.lstsq(information, design.T @ (y - mean), rcond=None)[0]
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    else:
        return None, None, None
    bread = np.linalg.pinv(information)
    scores = design * (y - mean)[:, None]
    codes, groups = pd.factorize(rows[cluster])
    if len(groups) - design.shape[1] < 1:
        return None, None, None
    summed = np.zeros((len(groups), design.shape[1]))
    np.add.at(summed, codes, scores)
    count = len(groups)
    small = count / (count - 1) * (len(y) - 1) / max(len(y) - design.shape[1], 1)
    covariance = small * bread @ (summed.T @ summed) @ bread
    k = len(levels)
    centre = np.eye(k) - np.ones((k, k)) / k
    return centre @ beta[:k], centre @ covariance[:k, :k] @ centre.T, max(count - k, 1)


def _independent(design, first):
    """Columns to keep: the first `first`, then each that adds rank."""
    keep = list(range(first))
    basis, _ = np.linalg.qr(design[:, :first])
    for j in range(first, design.shape[1]):
        rest = design[:, j] - basis @ (basis.T @ design[:, j])
        size = np.linalg.norm(rest)
        if size > 1e-8 * max(np.linalg.norm(design[:, j]), 1):
            basis = np.column_stack([basis, rest / size])
            keep.append(j)
    return keep


LOG_METHOD = "log-linear regression, cluster-robust errors"


def means(frame, value, factor, *, controls=(), cluster=None, shrunk=False, level=0.95):
    """Each level of `factor` against the average level, in geometric means on an equal mix.

    value: an outcome of 0 or more per row (interactions of a post); zeros enter as half the
    smallest positive value. Returns factor, mean (median of the rows as they are), relative (0.1
    is 10 % above the average level), low, high, p_value, n (rows), enough. Levels with under 3
    rows are not enough. shrunk: as in `rates`. Sources: as there; White (1980).
    """
    cluster = cluster or "_row"
    wanted = [value, factor, *controls] + ([cluster] if cluster != "_row" else [])
    missing = [c for c in wanted if c not in frame.columns]
    if missing:
        raise MissingColumns("adjusted.means", missing, frame.columns)
    rows = frame.assign(_row=np.arange(len(frame)))
    rows = rows[rows[value].notna() & (rows[value] >= 0) & rows[factor].notna()]
    grouped = rows.groupby(factor, observed=True)[value]
    out = grouped.median().rename("mean").reset_index()
    out["n"] = grouped.size().to_numpy()
    for column in ("relative", "low", "high", "p_value"):
        out[column] = np.nan
    out["enough"] = False
    order = [factor, "mean", "relative", "low", "high", "p_value", "n", "enough"]
    usable = out.loc[out["n"] >= 3, factor].tolist()
    rows = rows[rows[factor].isin(usable)]
    positive = rows[value][rows[value] > 0]
    if len(usable) < 2 or len(rows) < len(usable) + 5 or positive.empty:
        return out[order]
    y = np.log(rows[value].clip(lower=positive.min() / 2).to_numpy(float))
    dummies = (rows[factor].to_numpy()[:, None] == np.array(usable, dtype=object)).astype(float)
    design = np.column_stack([dummies, *_controls(rows, controls)])
    design = design[:, _independent(design, len(usable))]
    bread = np.linalg.pinv(design.T @ design)
    beta = bread @ design.T @ y
    codes, groups = pd.factorize(rows[cluster])
    freedom = len(groups) - design.shape[1]
    if freedom < 2:
        return out[order]
    summed = np.zeros((len(groups), design.shape[1]))
    np.add.at(summed, codes, design * (y - design @ beta)[:, None])
    small = len(groups) / (len(groups) - 1) * (len(y) - 1) / (len(y) - design.shape[1])
    covariance = small * bread @ (summed.T @ summed) @ bread
    k = len(usable)
    centre = np.eye(k) - np.ones((k, k)) / k
    effect, covariance = centre @ beta[:k], centre @ covariance[:k, :k] @ centre.T
    spread = np.sqrt(np.clip(np.diag(covariance), 1e-12, None))
    if shrunk and k >= 4:
        effect, spread = _shrunk(effect, spread)
    reach = stats.t.ppf((1 + level) / 2, freedom)
    place = out.set_index(factor).index.get_indexer(usable)
    out.loc[place, "relative"] = np.expm1(effect)
    out.loc[place, "low"] = np.expm1(effect - reach * spread)
    out.loc[place, "high"] = np.expm1(effect + reach * spread)
    out.loc[place, "p_value"] = 2 * stats.t.sf(np.abs(effect) / spread, freedom)
    out.loc[place, "enough"] = True
    return out[order]


def _shrunk(effect, spread):
    """Effects pulled to their centre by empirical Bayes, and errors narrowed by the same weights."""
    pulled = shrink(pd.Series(effect), pd.Series(spread**2)).to_numpy()
    centre = np.average(effect, weights=1 / spread**2)
    moved = np.abs(effect - centre)
    weight = np.where(moved > 1e-9, np.abs(pulled - centre) / np.maximum(moved, 1e-9), 1.0)
    return pulled, spread * np.sqrt(np.clip(weight, 0.05, 1))


def _controls(rows, controls):
    """Columns of what is held equal: dummies of categories, numbers centred."""
    parts = []
    for name in controls:
        column = rows[name]
        is_number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        if is_number and column.nunique() > 12:
            filled = column.fillna(column.median()).to_numpy(float)
            parts.append((filled - filled.mean())[:, None])
            continue
        codes = pd.Categorical(column.astype(object).where(column.notna(), "?").astype(str))
        if len(codes.categories) > 1:
            parts.append(np.eye(len(codes.categories))[codes.codes][:, 1:])
    return parts
