"""Which of two series moves first: cross-correlation of their unexpected parts."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.errors import BadValue

COLUMNS = ["leader", "follower", "lag", "correlation", "low", "high", "p_value", "p_adjusted"]
COLUMNS += ["n", "is_planned"]
LEAST = 40


def pairs(frame, *, most=7, planned=None, level=0.95):
    """Lead and lag between every two columns: one row per pair, at its strongest lag.

    frame: positive daily values on a regular DatetimeIndex, a column per account; missing days are
    left out of a pair. Each series is freed of level, weekday and slow drift (28-day mean) on the log scale, and
    of its own first-order memory, so that two trends or two weekends do not pass for a lead.
    lag: days by which the leader is ahead, 1 to `most` (0 where both move on the same day; the
    pair is then in column order). p_value: of the largest of all lags of the pair (Sidak);
    p_adjusted: Holm over the pairs. planned: {(leader, follower): lag} known before looking at the
    values (from what was posted twice, say): such a pair is tested at that lag alone, and corrected
    among the planned ones only (`is_planned`). Source: Haugh (1976), JASA 71(354); Fisher's z interval.
    """
    if not isinstance(frame.index, pd.DatetimeIndex):
        raise BadValue(
            f"needs a DatetimeIndex, found {type(frame.index).__name__}.",
            where="lead_lag.pairs",
            remedy="Set the days as the index.",
        )
    clean = {c: _unexpected(frame[c]) for c in frame.columns}
    names = list(frame.columns)
    planned = planned or {}
    rows = []
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            best = None
            lags = range(-most, most + 1)
            if (a, b) in planned or (b, a) in planned:
                lags = [planned[a, b] if (a, b) in planned else -planned[b, a]]
            for lag in lags:
                # a positive lag: a today goes with b `lag` days later
                x, y = clean[a], clean[b].shift(-lag)
                both = x.notna() & y.notna()
                n = int(both.sum())
                if n < LEAST:
                    continue
                r = float(np.corrcoef(x[both], y[both])[0, 1])
                if np.isfinite(r) and (best is None or abs(r) > abs(best[1])):
                    best = (lag, r, n)
            if best is None:
                continue
            lag, r, n = best
            spread = 1 / np.sqrt(n - 3)
            z = np.arctanh(np.clip(r, -0.999999, 0.999999))
            single = 2 * stats.norm.sf(abs(z) / spread)
            reach = stats.norm.ppf((1 + level) / 2) * spread
            rows.append(
                (
                    *((a, b) if lag >= 0 else (b, a)),
                    abs(lag),
                    r,
                    float(np.tanh(z - reach)),
                    float(np.tanh(z + reach)),
                    float(1 - (1 - single) ** len(lags)),
                    np.nan,
                    n,
                    len(lags) == 1,
                )
            )
    table = pd.DataFrame(rows, columns=COLUMNS)
    for _, part in table.groupby("is_planned"):
        table.loc[part.index, "p_adjusted"] = _holm(part["p_value"].to_numpy(float))
    return table.sort_values("p_value", kind="stable", ignore_index=True)


def _unexpected(series):
    """Log values less weekday means and 28-day mean, with first-order memory taken out."""
    log = np.log(series.where(series > 0).astype(float))
    rest = log - log.rolling(29, center=True, min_periods=10).mean()
    rest = rest - rest.groupby(rest.index.day_of_week).transform("mean")
    spread = rest.std()
    if not np.isfinite(spread) or spread == 0:
        return rest * np.nan
    rest = rest.clip(-3 * spread, 3 * spread)
    before = rest.shift(1)
    both = rest.notna() & before.notna()
    if both.sum() < LEAST:
        return rest
    slope = float((rest[both] * before[both]).sum() / (before[both] ** 2).sum())
    return rest - slope * before.fillna(0.0)


def _holm(p):
    order = np.argsort(p)
    out = np.empty(len(p))
    running = 0.0
    for step, place in enumerate(order):
        running = max(running, min(1.0, (len(p) - step) * p[place]))
        out[place] = running
    return out
