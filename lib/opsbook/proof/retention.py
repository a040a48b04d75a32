"""Proof of cohorts, survival and repeat purchase."""

import numpy as np
import pandas as pd

from opsbook.methods import retention
from opsbook.proof import _claim, buyers

COHORTS = ("independent", "persistent", "busy")
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


def cohort_events(users, seed, *, kind="independent", months=8):
    """Events of users who return each month with a chance that falls with age; the truth by age.

    Wilson's interval assumes that users return independently of each other and alike. `persistent`:
    each user has an own chance, so that the same ones return again; `busy`: many events in a
    month, few in another.
    """
    rng = np.random.default_rng(seed)
    truth = 0.48 * 0.8 ** np.arange(months)
    truth[0] = 1.0
    first = rng.integers(0, months, users)
    own = 2 * rng.beta(2, 2, users) if kind == "persistent" else np.ones(users)
    starts = pd.period_range("2026-01", periods=months, freq="M")
    rows = []
    for age in range(months):
        active = (first + age < months) & (rng.random(users) < (truth[age] * own if age else 1))
        who = np.flatnonzero(active)
        if kind == "busy":
            who = np.repeat(who, rng.geometric(0.3, len(who)))
        day = pd.to_timedelta(rng.integers(0, 28, len(who)), unit="D")
        at = starts.start_time[first[who] + age] + day
        rows.append(pd.DataFrame({"person_key": who, "event_at": at}))
    return pd.concat(rows, ignore_index=True), truth


def cohort_coverage(runs, seed, *, users=400, kinds=COHORTS):
    """By kind: share of cohort intervals that hold the true rate, beside the plain normal interval."""
    rows = []
    for number, kind in enumerate(kinds):
        held, plain = [], []
        for run in range(runs):
            events, truth = cohort_events(users, [seed, number, run], kind=kind)
            found = retention.cohorts(events)
            found = found[found["age"] > 0]
            true = truth[found["age"]]
            held.append(((found["low"] <= true) & (true <= found["high"])).mean())
            half = 1.96 * np.sqrt(found["rate"] * (1 - found["rate"]) / found["n"])
            plain.append(((found["rate"] - true).abs() <= half).mean())
        error = np.std(held) / np.sqrt(runs)  # a run's cells share its users
        rows.append((kind, runs, np.mean(held), error, np.mean(plain)))
    return pd.DataFrame(rows, columns=["noise", "runs", "coverage", "mc_error", "plain_coverage"])


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
    found, seconds = _claim.timed(survival_coverage, runs, 5)
    rows += _by_kind("retention.survival", found, seconds, "normal_interval", thin)
    found, seconds = _claim.timed(cohort_coverage, 8 if thin else 1000, 7)
    rows += _by_kind("retention.cohorts", found, seconds, "normal_interval", thin)
    runs = 8 if thin else 1000
    (figure, error, short), seconds = _claim.timed(buyers.parameters, runs, 9)
    rows.append(
        _claim.claim(
            "retention.bg_nbd_coverage",
            figure,
            "0.93 – 0.97",
            _claim.between(0.93, 0.97, figure, 3 * np.sqrt(0.05 * 0.95 / runs) if thin else 0.0)
            and short <= 0.10,
            mc_error=error,
            not_enough=short,
            runs=runs,
            seconds=seconds,
        )
    )
    found, seconds = _claim.timed(buyers.ahead, 3 if thin else 300, 11)
    rows += _by_kind("retention.orders_ahead", found, seconds, "last_quarter", thin)
    error, plain = found["error"].mean(), found["plain_error"].mean()
    rows.append(
        _claim.claim(
            "retention.orders_error",
            error,
            "below_alternative",
            error < plain,
            alternative="last_quarter",
            beside=plain,
            runs=int(found["runs"].sum()),
        )
    )
    return _claim.table(rows)


def _by_kind(name, found, seconds, alternative, thin):
    """Coverage pooled over the kinds, then kind by kind: 93 to 97 %, and at least 90 % each."""
    short = found.get("not_enough_share", pd.Series(0.0, found.index))
    runs, count = int(found["runs"].iloc[0]), len(found)
    loose = 3 * np.sqrt(0.05 * 0.95 / runs) if thin else 0.0
    pooled = found["coverage"].mean()
    rows = [
        _claim.claim(
            name,
            pooled,
            "0.93 – 0.97",
            _claim.between(0.93, 0.97, pooled, loose) and short.mean() <= 0.10,
            mc_error=np.sqrt((found["mc_error"] ** 2).sum()) / count,
            not_enough=short.mean(),
            alternative=alternative,
            beside=found["plain_coverage"].mean(),
            runs=runs * count,
            seconds=seconds,
        )
    ]
    for row, unknown in zip(found.itertuples(), short, strict=True):
        rows.append(
            _claim.claim(
                name,
                row.coverage,
                "≥ 0.90",
                row.coverage >= 0.90 - loose,
                case=row.noise,
                mc_error=row.mc_error,
                not_enough=unknown,
                alternative=alternative,
                beside=row.plain_coverage,
                runs=runs,
            )
        )
    return rows
