"""Proof of A/B tests: published cases, repeated looks, CUPED, several arms, the real Cookie Cats."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.methods import experiments
from opsbook.proof import _claim

REAL_FILE = "experiments/cookie_cats.csv"
# Counts per arm (gate at level 30, then 40) as published: players, returned on day 1, on day 7.
COOKIE_CATS = {"players": (44700, 45489), "day 1": (20034, 20119), "day 7": (8502, 8279)}
# O'Brien and Fleming (1979), five equally spaced looks; five looks at 1.96 from Armitage et al.
BOUNDS = (4.562, 3.226, 2.634, 2.281, 2.040)
# Newcombe (1998), Interval estimation for the difference between independent proportions, table II:
# 56/70 against 48/80, method 10.
NEWCOMBE = (0.0524, 0.3339)


def looks_rates(runs, seed, *, looks=100):
    """Share of A/A tests of rates ever called at 5 % in 100 looks, always-valid and fixed.

    Columns: rate, step (visitors per arm between looks), sequential, fixed, mc_error.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for rate in (0.005, 0.1, 0.4):
        for step in (20, 200, 2000):
            seen = rng.binomial(step, rate, (2, runs, looks)).cumsum(axis=2)
            n = np.arange(1, looks + 1) * step
            p_value = experiments.sequential_p_value(seen[1], n, seen[0], n)
            pooled = seen.sum(axis=0) / (2 * n)
            error = np.sqrt(np.maximum(pooled * (1 - pooled) * 2 / n, 1e-300))
            z = np.abs(seen[1] - seen[0]) / n / error
            ours, fixed = (p_value < 0.05).any(axis=1).mean(), (z > 1.959964).any(axis=1).mean()
            rows.append((rate, step, ours, fixed, np.sqrt(ours * (1 - ours) / runs)))
    return pd.DataFrame(rows, columns=["rate", "step", "sequential", "fixed", "mc_error"])


def looks_means(runs, seed, *, looks=100, step=20):
    """Share of A/A tests of means ever called at 5 % in 100 looks, by kind of outcome."""
    rng = np.random.default_rng(seed)
    draw = {
        "normal": lambda size: rng.normal(size=size),
        "basket values": lambda size: rng.lognormal(0, 1.2, size),
        "few buyers": lambda size: rng.lognormal(3, 1, size) * (rng.random(size) < 0.05),
    }
    rows = []
    for kind, values in draw.items():
        called = fixed = 0
        for _ in range(runs):
            a, b = values((2, looks * step))
            ours = plain = False
            for n in range(step, looks * step + 1, step):
                table = experiments.compare_means([a[:n], b[:n]], method="sequential")
                ours = ours or table["p_value"].iloc[1] < 0.05
                error = np.sqrt((a[:n].var(ddof=1) + b[:n].var(ddof=1)) / n)
                plain = plain or abs(b[:n].mean() - a[:n].mean()) > 1.959964 * error > 0
            called, fixed = called + ours, fixed + plain
        rows.append((kind, called / runs, fixed / runs))
    return pd.DataFrame(rows, columns=["noise", "sequential", "fixed"])


def sequence_coverage(runs, seed, *, looks=100, step=200):
    """Share of tests with a real effect whose intervals hold it at every one of 100 looks."""
    rng = np.random.default_rng(seed)
    n = np.arange(1, looks + 1) * step
    held = 0
    for _ in range(runs):
        seen = np.array([rng.binomial(step, rate, looks).cumsum() for rate in (0.10, 0.12)])
        held += all(
            low <= 0.02 <= high
            for low, high in (
                experiments.compare_rates(s, [t, t], method="sequential")
                .loc[1, ["low", "high"]]
                .astype(float)
                for s, t in zip(seen.T, n, strict=True)
            )
        )
    return held / runs


def fixed_rates(runs, seed):
    """Coverage of the fixed interval and false positives of the fixed test, beside Wald's interval."""
    rng = np.random.default_rng(seed)
    rows = []
    for base, effect, n in ((0.02, 0.0, 400), (0.1, 0.05, 150), (0.4, 0.0, 60)):
        held = called = wald = 0
        for _ in range(runs):
            s = rng.binomial(n, [base, base + effect])
            row = experiments.compare_rates(s, [n, n]).loc[1]
            held += row["low"] <= effect <= row["high"]
            called += row["p_value"] < 0.05
            rates = s / n
            half = 1.96 * np.sqrt((rates * (1 - rates) / n).sum())
            wald += abs(rates[1] - rates[0] - effect) <= half
        rows.append((base, effect, n, held / runs, wald / runs, called / runs))
    names = ["rate", "effect", "n", "coverage", "wald_coverage", "called"]
    return pd.DataFrame(rows, columns=names)


def cuped_ratio(runs, seed, *, rho=0.7, n=300):
    """Variance of the CUPED effect over the plain effect's across tests, and 1 - rho squared.

    The covariate and outcome are skewed (log-normal), so the slope is not that of a normal pair.
    """
    rng = np.random.default_rng(seed)
    mixed = np.array([[1, rho], [rho, 1]])
    plain, ours, held, rhos = [], [], 0, []
    for _ in range(runs):
        pairs = rng.multivariate_normal([0, 0], mixed, (2, n))
        x, y = np.exp(0.5 * pairs[..., 0]), np.exp(0.5 * pairs[..., 1])
        y[1] += 0.1
        plain.append(y[1].mean() - y[0].mean())
        row = experiments.compare_means(list(y), covariate=list(x)).loc[1]
        ours.append(row["effect"])
        held += row["low"] <= 0.1 <= row["high"]
        rhos.append(np.corrcoef(x.ravel(), (y - [[0], [0.1]]).ravel())[0, 1])
    return {
        "ratio": np.var(ours) / np.var(plain),
        "expected": 1 - np.mean(rhos) ** 2,
        "coverage": held / runs,
    }


def family_error(runs, seed, *, arms=6, n=400):
    """Share of tests of five equal arms with any arm called: Holm's p-values and raw ones."""
    rng = np.random.default_rng(seed)
    adjusted = raw = 0
    for _ in range(runs):
        table = experiments.compare_rates(rng.binomial(n, 0.2, arms), [n] * arms)
        adjusted += (table["p_adjusted"] < 0.05).any()
        raw += (table["p_value"] < 0.05).any()
    return adjusted / runs, raw / runs


def power_reached(runs, seed, *, baseline=0.04, effect=0.01):
    """Share of tests of the planned size that see the planned effect."""
    rng = np.random.default_rng(seed)
    n = experiments.sample_size(baseline, effect)
    seen = 0
    for _ in range(runs):
        s = rng.binomial(n, [baseline, baseline + effect])
        seen += experiments.compare_rates(s, [n, n])["p_value"].iloc[1] < 0.05
    return seen / runs


def ratio_alarms(runs, seed):
    """Share of fair splits called a mismatch."""
    rng = np.random.default_rng(seed)
    n = rng.binomial(20000, 0.5, runs)
    return np.mean([experiments.sample_ratio([k, 20000 - k]).mismatch for k in n])


def cookie_cats(path=None):
    """Effect on day-1 and day-7 return and the sample ratio, from the file or published counts."""
    counts = COOKIE_CATS
    if path is not None:
        rows = pd.read_csv(path).groupby("version", sort=True)
        counts = {
            "players": tuple(rows.size()),
            "day 1": tuple(rows["retention_1"].sum()),
            "day 7": tuple(rows["retention_7"].sum()),
        }
    out = {"ratio": experiments.sample_ratio(counts["players"]).p_value, "counts": counts}
    for day in ("day 1", "day 7"):
        out[day] = experiments.compare_rates(counts[day], counts["players"]).loc[1]
    return out


def claims(*, thin=True, real=None):
    """One row per claim: published figures, false positives over looks, CUPED, families, power."""
    rows = [*_published(real)]
    runs = 2000 if thin else 20000
    rates, seconds = _claim.timed(looks_rates, runs, 21)
    worst = rates["sequential"].max()
    rows.append(
        _claim.claim(
            "experiments.looks_rates",
            worst,
            "≤ 0.05",
            worst <= 0.05,
            mc_error=np.sqrt(worst * (1 - worst) / runs),
            alternative="fixed_each_look",
            beside=rates["fixed"].max(),
            runs=runs,
            seconds=seconds,
        )
    )
    runs = 5 if thin else 340
    means, seconds = _claim.timed(looks_means, runs, 22)
    worst = means["sequential"].max()
    rows.append(
        _claim.claim(
            "experiments.looks_means",
            worst,
            "≤ 0.05",
            worst <= 0.05,
            mc_error=np.sqrt(worst * (1 - worst) / runs),
            alternative="fixed_each_look",
            beside=means["fixed"].max(),
            runs=3 * runs,
            seconds=seconds,
        )
    )
    runs = 5 if thin else 1000
    held, seconds = _claim.timed(sequence_coverage, runs, 23)
    rows.append(
        _claim.claim(
            "experiments.sequence_coverage",
            held,
            "≥ 0.95",
            held >= (0.8 if thin else 0.95),
            mc_error=np.sqrt(held * (1 - held) / runs),
            runs=runs,
            seconds=seconds,
        )
    )
    runs = 200 if thin else 3000
    fixed, seconds = _claim.timed(fixed_rates, runs, 24)
    slack, worst = 0.04 if thin else 0.006, fixed["coverage"].min()
    rows.append(
        _claim.claim(
            "experiments.newcombe_coverage",
            worst,
            "≥ 0.93",
            worst >= 0.93 - slack,
            mc_error=np.sqrt(worst * (1 - worst) / runs),
            alternative="wald",
            beside=fixed["wald_coverage"].min(),
            runs=3 * runs,
            seconds=seconds,
        )
    )
    cuped, seconds = _claim.timed(cuped_ratio, runs, 25)
    near = 0.25 if thin else 0.04
    rows.append(
        _claim.claim(
            "experiments.cuped",
            cuped["ratio"],
            f"1 − ρ² = {cuped['expected']:.3f}",
            abs(cuped["ratio"] / cuped["expected"] - 1) < near,
            alternative="no_covariate",
            beside=1.0,
            runs=runs,
            seconds=seconds,
        )
    )
    (adjusted, raw), seconds = _claim.timed(family_error, runs, 26)
    rows.append(
        _claim.claim(
            "experiments.family",
            adjusted,
            "≤ 0.05",
            adjusted <= 0.05 + slack,
            mc_error=np.sqrt(adjusted * (1 - adjusted) / runs),
            alternative="unadjusted",
            beside=raw,
            runs=runs,
            seconds=seconds,
        )
    )
    reached, seconds = _claim.timed(power_reached, runs, 27)
    rows.append(
        _claim.claim(
            "experiments.power",
            reached,
            "0.80",
            abs(reached - 0.8) < (0.1 if thin else 0.025),
            mc_error=np.sqrt(reached * (1 - reached) / runs),
            runs=runs,
            seconds=seconds,
        )
    )
    alarms, seconds = _claim.timed(ratio_alarms, runs, 28)
    rows.append(
        _claim.claim(
            "experiments.fair_splits",
            alarms,
            "0.001",
            alarms <= 0.001 + 3 * np.sqrt(0.001 / runs),
            runs=runs,
            seconds=seconds,
        )
    )
    return _claim.table(rows)


def _published(real):
    five = experiments.error_of_looks([1.96] * 5)
    fleming = float(np.abs(experiments.obrien_fleming(5) - BOUNDS).max())
    arm = experiments.compare_rates([48, 56], [80, 70]).loc[1]
    newcombe = float(np.abs(arm[["low", "high"]].to_numpy(float) - NEWCOMBE).max())
    path = _claim.real_file(real, REAL_FILE)
    cats = cookie_cats(path)
    origin = _claim.origin(path, _claim.last_measured("experiments", "cookie_cats"))
    players, back = COOKIE_CATS["players"], COOKIE_CATS["day 7"]
    pooled = sum(back) / sum(players)
    error = np.sqrt(pooled * (1 - pooled) * (1 / players[0] + 1 / players[1]))
    z = (back[1] / players[1] - back[0] / players[0]) / error
    return [
        _claim.claim(
            "experiments.five_looks",
            five,
            "0.141",
            abs(five - 0.141) < 0.001,
            alternative="one_look",
            beside=0.05,
            source="Armitage, McPherson and Rowe (1969)",
        ),
        _claim.claim(
            "experiments.obrien_fleming",
            fleming,
            "< 0.001",
            fleming < 0.001,
            source="O'Brien and Fleming (1979)",
        ),
        _claim.claim(
            "experiments.newcombe",
            newcombe,
            "< 0.0001",
            newcombe < 1e-4,
            source="Newcombe (1998)",
        ),
        _claim.claim(
            "experiments.cookie_cats",
            float(cats["day 7"]["effect"]),
            "−0.0082",
            abs(cats["day 7"]["effect"] + 0.0082) < 5e-5
            and abs(cats["day 7"]["p_value"] - 2 * stats.norm.sf(abs(z))) < 1e-9,
            low=float(cats["day 7"]["low"]),
            high=float(cats["day 7"]["high"]),
            **origin,
        ),
        _claim.claim(
            "experiments.cookie_cats_ratio",
            float(cats["ratio"]),
            "0.0086",
            abs(cats["ratio"] - 0.0086) < 5e-5,
            **origin,
        ),
    ]
