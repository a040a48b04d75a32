"""Proof of cohorts, survival and repeat purchase."""

import numpy as np
import pandas as pd

from opsbook.methods import retention
from opsbook.proof import _claim

# Fader, Hardie and Lee (2005), table 2.
PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
# Freireich et al. (1963), remission of leukaemia patients in weeks, treated with 6-MP.
REMISSION_WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
# Kalbfleisch and Prentice (1980): survival at weeks 6, 7, 10, 13, 16, 22, 23.
REMISSION_SURVIVAL = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]


def cdnow(path):
    """BG/NBD on the CDNOW customers: parameters by name."""
    customers = pd.read_csv(path)
    fit = retention.bg_nbd(customers["frequency"], customers["recency"], customers["T"])
    return {name: getattr(fit, name) for name in PUBLISHED}


def cohort_events(users, seed, *, months=8):
    """Events of users who return each month with a chance that falls with age; the truth by age."""
    rng = np.random.default_rng(seed)
    truth = 0.6 * 0.8 ** np.arange(months)
    truth[0] = 1.0
    first = rng.integers(0, months, users)
    starts = pd.period_range("2026-01", periods=months, freq="M")
    rows = []
    for age in range(months):
        active = (first + age < months) & (rng.random(users) < truth[age])
        rows.append(
            pd.DataFrame(
                {
                    "person_key": np.flatnonzero(active),
                    "event_at": starts.start_time[first[active] + age] + pd.Timedelta(days=3),
                }
            )
        )
    return pd.concat(rows, ignore_index=True), truth


def cohort_coverage(runs, seed, *, users=400):
    """Share of cohort intervals that hold the true rate, beside the plain normal interval."""
    held, plain, cells = 0, 0, 0
    for run in range(runs):
        events, truth = cohort_events(users, seed + run)
        rows = retention.cohorts(events)
        rows = rows[rows["age"] > 0]
        true = truth[rows["age"]]
        held += int(((rows["low"] <= true) & (true <= rows["high"])).sum())
        half = 1.96 * np.sqrt(rows["rate"] * (1 - rows["rate"]) / rows["n"])
        plain += int(((rows["rate"] - true).abs() <= half).sum())
        cells += len(rows)
    return pd.DataFrame(
        {"runs": [runs], "coverage": [held / cells], "plain_coverage": [plain / cells]}
    )


def survival_coverage(runs, seed, *, n=40):
    """Coverage of survival at fixed times, by kind of lifetime, with random censoring.

    Lifetimes: Weibull, log-normal and a mixture of two groups; the curve assumes none. The plain
    alternative is the normal interval with Greenwood's variance.
    """
    rng = np.random.default_rng(seed)
    times = np.array([0.5, 1.0, 1.5])
    draw = {
        "weibull": lambda size: rng.weibull(1.6, size) * 1.5,
        "lognormal": lambda size: np.exp(rng.normal(0.2, 0.7, size)),
        "mixture": lambda size: rng.exponential(np.where(rng.random(size) < 0.4, 0.4, 3.0)),
    }
    rows = []
    for kind, lifetimes in draw.items():
        true = (lifetimes(400_000)[:, None] > times).mean(axis=0)
        held = plain = 0
        for _ in range(runs):
            life, leave = lifetimes(n), rng.uniform(0.2, 4, n)
            curve = retention.survival(np.minimum(life, leave), life <= leave)
            at = curve["time"].searchsorted(times, side="right") - 1
            step = curve.iloc[at]
            held += ((step["low"] <= true) & (true <= step["high"])).mean() / runs
            half = _greenwood_half(np.minimum(life, leave), life <= leave, times)
            plain += (np.abs(step["survival"].to_numpy() - true) <= half).mean() / runs
        error = np.sqrt(held * (1 - held) / runs)
        rows.append((kind, runs, held, error, plain))
    return pd.DataFrame(rows, columns=["noise", "runs", "coverage", "mc_error", "plain_coverage"])


def _greenwood_half(durations, observed, times):
    """Half width of the plain normal interval at `times`."""
    half = []
    for time in times:
        ends = np.unique(durations[observed & (durations <= time)])
        at_risk = np.array([(durations >= end).sum() for end in ends])
        dead = np.array([(durations[observed] == end).sum() for end in ends])
        survival = np.prod(1 - dead / at_risk)
        rest = np.maximum(at_risk - dead, 1)
        half.append(1.96 * survival * np.sqrt((dead / (at_risk * rest)).sum()))
    return np.array(half)


def bg_nbd_recovery(runs, seed, *, customers=800, weeks=52):
    """Share of planted BG/NBD parameters inside their 95 % intervals, and the mean purchase rate."""
    rng = np.random.default_rng(seed)
    planted = {"r": 0.5, "alpha": 5.0, "a": 0.8, "b": 2.5}
    held = dict.fromkeys(planted, 0)
    for _ in range(runs):
        fit = retention.bg_nbd(*_buyers(rng, planted, customers, weeks))
        for name, true in planted.items():
            held[name] += fit.estimates[name].low <= true <= fit.estimates[name].high
    return pd.DataFrame(
        {"parameter": list(planted), "runs": runs, "coverage": [held[k] / runs for k in planted]}
    )


def _buyers(rng, planted, customers, weeks):
    """Frequency, recency and age of customers drawn from the BG/NBD process."""
    rate = rng.gamma(planted["r"], 1 / planted["alpha"], customers)
    leave = rng.beta(planted["a"], planted["b"], customers)
    age = rng.uniform(weeks / 2, weeks, customers)
    frequency, recency = np.zeros(customers), np.zeros(customers)
    now, alive = np.zeros(customers), np.ones(customers, dtype=bool)
    while alive.any():
        now = now + rng.exponential(1 / rate)
        alive &= now <= age
        frequency[alive] += 1
        recency[alive] = now[alive]
        alive &= rng.random(customers) > leave
    return frequency, recency, age


def claims(*, thin=True, real=None):
    """Every claim on retention with its figure. real: folder of the real data, or None."""
    rows = []
    path = _claim.real_file(real, "followers/cdnow_customers.csv")
    kept = _claim.last_measured("retention", "cdnow")
    found, seconds = _claim.timed(cdnow, path) if path else (kept, 0.0)
    for name, published in PUBLISHED.items():
        rows.append(
            _claim.claim(
                f"retention.bg_nbd_{name}",
                found[name],
                f"{published}",
                round(found[name], 3) == published,
                alternative="published",
                beside=published,
                seconds=seconds,
                **_claim.origin(path, kept),
            )
        )
    curve = retention.survival(REMISSION_WEEKS, RELAPSED)
    gap = float(np.abs(curve["survival"].iloc[1:] - REMISSION_SURVIVAL).max())
    rows.append(
        _claim.claim(
            "retention.kaplan_meier",
            gap,
            "≤ 0.0005",
            gap <= 0.0005 + 1e-9,
            source="Kalbfleisch and Prentice (1980)",
        )
    )
    runs = 60 if thin else 1000
    covered, seconds = _claim.timed(survival_coverage, runs, 5)
    for row in covered.itertuples():
        rows.append(
            _claim.claim(
                "retention.survival",
                row.coverage,
                "0.93 – 0.97",
                _claim.between(0.93, 0.97, row.coverage, 2 * row.mc_error),
                case=row.noise,
                mc_error=row.mc_error,
                alternative="normal_interval",
                beside=row.plain_coverage,
                runs=runs,
                seconds=seconds / len(covered),
            )
        )
    runs = 20 if thin else 1000
    covered, seconds = _claim.timed(cohort_coverage, runs, 7)
    figure = covered["coverage"].iloc[0]
    rows.append(
        _claim.claim(
            "retention.cohorts",
            figure,
            "0.93 – 0.97",
            _claim.between(0.93, 0.97, figure),
            alternative="normal_interval",
            beside=covered["plain_coverage"].iloc[0],
            runs=runs,
            seconds=seconds,
        )
    )
    runs = 8 if thin else 1000
    covered, seconds = _claim.timed(bg_nbd_recovery, runs, 9)
    figure = covered["coverage"].mean()
    # The four parameters of a run move together: the error is that of `runs` draws.
    error = np.sqrt(0.95 * 0.05 / runs)
    rows.append(
        _claim.claim(
            "retention.bg_nbd_coverage",
            figure,
            "0.93 – 0.97",
            abs(figure - 0.95) <= 0.02 + 2 * error,
            mc_error=error,
            runs=runs,
            seconds=seconds,
        )
    )
    return _claim.table(rows)
