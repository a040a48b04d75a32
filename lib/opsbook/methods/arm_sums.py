"""A/B tests of means out of daily sums, as forms and platforms give them: no single values."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.methods.experiments import adjust
from opsbook.methods.looks import always_valid


def compare(arms, level=0.95):
    """Compare each arm's mean with the first arm's, from sums.

    arms: frame, first row the control, with trials, value_sum, value_sum_squares and, where a
    covariate was measured before the test, covariate_sum, covariate_sum_squares, cross_sum.
    Outcomes are adjusted by CUPED where the covariate is there. Row per arm: arm, n, mean, effect,
    relative, low, high, p_value, p_sequential (valid at every look), p_adjusted (Holm),
    variance_ratio (1 without covariate). Sources: Welch (1947); Deng et al. (2013).
    """
    n = arms["trials"].to_numpy(float)
    mean = arms["value_sum"].to_numpy(float) / n
    variance = (arms["value_sum_squares"].to_numpy(float) - n * mean**2) / (n - 1)
    ratio = np.ones(len(n))
    columns = ["covariate_sum", "covariate_sum_squares", "cross_sum"]
    if all(c in arms.columns for c in columns) and arms[columns].notna().all().all():
        x = arms["covariate_sum"].to_numpy(float) / n
        var_x = (arms["covariate_sum_squares"].to_numpy(float) - n * x**2) / (n - 1)
        cov = (arms["cross_sum"].to_numpy(float) - n * x * mean) / (n - 1)
        theta = float(np.sum((n - 1) * cov) / np.sum((n - 1) * var_x))
        reduced = variance - 2 * theta * cov + theta**2 * var_x
        ratio = reduced / variance
        mean = mean - theta * (x - np.average(x, weights=n))
        variance = reduced
    error = variance / n
    rows = []
    for arm in range(len(n)):
        if arm == 0:
            rows.append((arm, n[0], mean[0], 0.0, 0.0, *[np.nan] * 4, ratio[0]))
            continue
        effect = mean[arm] - mean[0]
        total = error[arm] + error[0]
        freedom = total**2 / (error[arm] ** 2 / (n[arm] - 1) + error[0] ** 2 / (n[0] - 1))
        half = stats.t.ppf((1 + level) / 2, freedom) * np.sqrt(total)
        p = 2 * stats.t.sf(abs(effect) / np.sqrt(total), freedom)
        _, _, anytime = always_valid(effect, total, 1 / (1 / n[arm] + 1 / n[0]), level)
        relative = effect / mean[0] if mean[0] else np.nan
        rows.append(
            (
                arm,
                n[arm],
                mean[arm],
                effect,
                relative,
                effect - half,
                effect + half,
                p,
                float(anytime),
                ratio[arm],
            )
        )
    out = pd.DataFrame(
        rows,
        columns=[
            "arm",
            "n",
            "mean",
            "effect",
            "relative",
            "low",
            "high",
            "p_value",
            "p_sequential",
            "variance_ratio",
        ],
    )
    out["n"] = out["n"].astype("int64")
    tested = out["p_value"].notna()
    out["p_adjusted"] = np.nan
    if tested.any():
        out.loc[tested, "p_adjusted"] = np.asarray(adjust(out.loc[tested, "p_value"]))
    return out
