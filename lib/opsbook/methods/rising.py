"""What is said more than before: growth of terms with its significance among all terms."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.errors import MissingColumns
from opsbook.methods.experiments import adjust

METHOD = "exact conditional test of two Poisson rates, Benjamini-Hochberg"


def terms(counts, term, now, before, exposure_now, exposure_before, *, level=0.95):
    """Growth of each term between two windows.

    counts: a row per term with its uses now and before (column names `now`, `before`); exposures:
    what could have used it (posts, or days), same unit. Returns term, now, before, rate_now, rate_before,
    growth (ratio - 1) with low, high (Clopper-Pearson of the conditional binomial), p_value,
    p_adjusted (false discovery rate over all terms), is_rising, is_falling (at 1 - level).
    Growth of a term that is new has no upper end.
    Source: Przyborowski and Wilenski (1940); Benjamini and Hochberg (1995).
    """
    missing = [c for c in (term, now, before) if c not in counts.columns]
    if missing:
        raise MissingColumns("rising.terms", missing, counts.columns)
    table = pd.DataFrame({term: counts[term], "now": counts[now], "before": counts[before]})
    names = ["rate_now", "rate_before", "growth", "low", "high", "p_value", "p_adjusted"]
    if table.empty or exposure_now <= 0 or exposure_before <= 0:
        return table.head(0).reindex(columns=[term, "now", "before", *names, "is_rising"])
    x, y = table["now"].to_numpy(float), table["before"].to_numpy(float)
    n = x + y
    share = exposure_now / (exposure_now + exposure_before)
    p_value = [
        stats.binomtest(int(a), int(m), share).pvalue if m else 1.0
        for a, m in zip(x, n, strict=True)
    ]
    tail = (1 - level) / 2
    low = np.where(x > 0, stats.beta.ppf(tail, np.maximum(x, 1e-9), y + 1), 0.0)
    high = np.where(y > 0, stats.beta.ppf(1 - tail, x + 1, np.maximum(y, 1e-9)), 1.0)
    scale = exposure_before / exposure_now
    with np.errstate(divide="ignore", invalid="ignore"):
        table["rate_now"], table["rate_before"] = x / exposure_now, y / exposure_before
        growth = np.where(y > 0, x / y * scale - 1, np.where(x > 0, np.inf, np.nan))
        table["growth"] = growth
        table["low"] = low / (1 - low) * scale - 1
        table["high"] = high / (1 - high) * scale - 1
    table["p_value"] = p_value
    table["p_adjusted"] = adjust(p_value, method="bh").to_numpy()
    told = table["p_adjusted"] < 1 - level
    table["is_rising"] = told & (table["growth"] > 0)
    table["is_falling"] = told & (table["growth"] < 0)
    return table.sort_values(["p_value", term], kind="stable", ignore_index=True)
