"""Proof of campaign lift: simulated truth under five kinds of noise, a published case, panels."""

import warnings

import numpy as np
import pandas as pd
from statsmodels.tools.sm_exceptions import ConvergenceWarning
from statsmodels.tsa.statespace.structural import UnobservedComponents

from opsbook.methods import lift
from opsbook.proof import _claim, panels
from opsbook.proof.panels import ar

NOISES = ["autocorrelated", "trending", "weekly", "heavy-tailed", "counts"]


def series(noise, length, rng):
    """One series without campaign, with parameters of its own. Heavy tails, counts, changing
    weekly pattern and bursts of variance are nothing that the method assumes."""
    steps = np.arange(length)
    shocks = rng.normal(size=length)
    week = rng.normal(size=7)[steps % 7]
    if noise == "autocorrelated":
        return 50 + ar(rng.uniform(0.3, 0.9), shocks)
    if noise == "trending":
        drift = np.cumsum(rng.normal(size=length) * rng.choice([0, 0.05, 0.2]))
        return 50 + rng.uniform(-0.08, 0.08) * steps + drift + ar(rng.uniform(0, 0.5), shocks)
    if noise == "weekly":
        swell = 1 + 0.3 * np.sin(2 * np.pi * steps / rng.uniform(40, 200))
        return 50 + rng.uniform(0.5, 3) * week * swell + ar(rng.uniform(0, 0.6), shocks)
    if noise == "heavy-tailed":
        return 50 + ar(rng.uniform(0, 0.7), rng.standard_t(3, size=length))
    base = np.log(rng.uniform(4, 120)) + 0.2 * week + ar(0.7, shocks * rng.uniform(0, 0.15))
    return rng.poisson(np.exp(base)).astype(float)


def case(noise, rng):
    """A series with a campaign: (outcome without, added per day, controls or None, start row).

    60 to 240 days before, 7 to 28 days of campaign; half of the cases have three controls, of
    which one or two move with the outcome.
    """
    before, days = int(rng.integers(60, 241)), int(rng.choice([7, 14, 28]))
    length = before + days
    outcome = series(noise, length, rng)
    controls = None
    if rng.random() < 0.5:
        shared = ar(0.8, rng.normal(size=(2, length)))
        size = outcome[:before].std() * rng.uniform(0, 0.8, 2)
        if noise == "counts":
            mean = outcome.mean()
            outcome = outcome + rng.poisson(np.maximum(mean + size @ shared, 0))
        else:
            outcome = outcome + size @ shared
        columns = [shared[0], shared[1] + rng.normal(size=length) * 0.5, rng.normal(size=length)]
        controls = pd.DataFrame(np.column_stack(columns), columns=["a", "b", "c"])
    level = max(abs(outcome[:before].mean()) * rng.uniform(0, 0.2), 0)
    added = rng.poisson(level, days) if noise == "counts" else level * rng.uniform(0.5, 1.5, days)
    return outcome, added, controls, before


def coverage(runs, seed, *, level=0.95, noises=tuple(NOISES)):
    """How often the interval holds the planted total, per kind of noise and pooled.

    runs: per kind. Columns: noise, runs, coverage, mc_error, not_enough_share, width (of the mean
    per day, in standard deviations of the series before), false_positive_rate (the same series
    without the effect), plain_coverage, plain_width, plain_width_at_coverage (the plain interval
    stretched or shrunk to this coverage).
    """
    rows = []
    for position, noise in enumerate(noises):
        for run in range(runs):
            rng = np.random.default_rng([seed, position, run])
            outcome, added, controls, first = case(noise, rng)
            dates = pd.date_range("2026-01-01", periods=len(outcome))
            if controls is not None:
                controls = controls.set_index(dates)
            boosted = outcome.copy()
            boosted[first:] += added
            spread = outcome[:first].std()
            window = dates[first], dates[-1]
            found = lift.estimate(pd.Series(boosted, dates), *window, controls, level)
            null = lift.estimate(pd.Series(outcome, dates), *window, controls, level)
            score, width = _plain(outcome, first, controls, level)
            rows.append(
                {
                    "noise": noise,
                    "enough": found.total.enough,
                    "held": found.total.low <= added.sum() <= found.total.high,
                    "width": (found.mean.high - found.mean.low) / spread,
                    "false": null.p_value < 1 - level,
                    "plain_score": score,
                    "plain_width": width / spread,
                }
            )
    cells = pd.DataFrame(rows)
    kinds = [*((noise, cells[cells["noise"] == noise]) for noise in noises), ("pooled", cells)]
    return pd.DataFrame([_summary(noise, part) for noise, part in kinds])


def _summary(noise, part):
    judged = part[part["enough"]]
    share = judged["held"].mean()
    plain = judged["plain_score"]
    return {
        "noise": noise,
        "runs": len(part),
        "coverage": share,
        "mc_error": np.sqrt(share * (1 - share) / len(judged)),
        "not_enough_share": 1 - len(judged) / len(part),
        "width": judged["width"].median(),
        "false_positive_rate": judged["false"].mean(),
        "plain_coverage": (plain <= 1).mean(),
        "plain_width": judged["plain_width"].median(),
        "plain_width_at_coverage": judged["plain_width"].median() * plain.quantile(share),
    }


def _plain(outcome, first, controls, level):
    """|error| / half-width and width per day of a fitted local level, controls as regressors."""
    from scipy.stats import norm

    days = len(outcome) - first
    past = None if controls is None else controls.to_numpy()[:first]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = UnobservedComponents(outcome[:first], "llevel", exog=past)
        fit = model.fit(disp=0)
    noise, step = fit.params[:2]
    expected = days * fit.predicted_state[0, -1]
    if controls is not None:
        expected += controls.to_numpy()[first:].sum(axis=0) @ fit.params[2:]
    ahead = np.arange(days - 1, 0, -1)
    spread = days**2 * fit.predicted_state_cov[0, 0, -1] + days * noise + step * (ahead**2).sum()
    half = norm.ppf((1 + level) / 2) * np.sqrt(spread)
    return abs(outcome[first:].sum() - expected) / half, 2 * half / days


def detection(runs, seed, *, days=14, power=0.8):
    """Share of campaigns of exactly the detectable size that `estimate` finds; 0.8 is promised."""
    found = []
    for run in range(runs):
        rng = np.random.default_rng([seed, run])
        outcome = series(NOISES[run % len(NOISES)], 180 + days, rng)
        dates = pd.date_range("2026-01-01", periods=len(outcome))
        size = lift.detectable(pd.Series(outcome[:-days], dates[:-days]), days, power)
        outcome[-days:] *= 1 + size.value
        result = lift.estimate(pd.Series(outcome, dates), dates[-days], dates[-1])
        found.append(result.p_value < 0.05)
    return float(np.mean(found))


def toy_arma(path):
    """The published toy case: 5 added from row 70 on; gives the mean effect as Estimate."""
    rows = pd.read_csv(path)
    dates = pd.date_range("2026-01-01", periods=len(rows))
    outcome = pd.Series(rows["y"].to_numpy(), dates)
    outcome.iloc[70:] += 5
    controls = rows[["X"]].set_index(dates)
    return lift.estimate(outcome, dates[70], dates[-1], controls).mean


def published(real=None):
    """Figures of the published toy case, from the file or as last measured, with their origin."""

    def read(path):
        mean = toy_arma(path)
        return {"value": mean.value, "low": mean.low, "high": mean.high}

    figures, origin = _claim.published(real, "causal/toy_arma.csv", "lift", "toy_arma", read)
    return {**figures, **origin}


def claims(*, thin=True, real=None):
    """Every claim about lift, one row each; thin runs allow for Monte Carlo error."""
    per_kind, sizes = (8, 10) if thin else (300, 200)
    table, seconds = _claim.timed(coverage, per_kind, 20)
    kinds, pooled = table.iloc[:-1], table.iloc[-1]
    runs, share = int(pooled["runs"]), pooled["coverage"]
    slack = 3 * np.sqrt(0.05 * 0.95 / runs) if thin else 0.0
    loose = 3 * np.sqrt(0.1 * 0.9 / per_kind) if thin else 0.0
    plain = {"alternative": "local_level", "runs": runs}
    rows = [
        _claim.claim(
            "lift.coverage",
            share,
            "0.93 – 0.97",
            _claim.between(0.93, 0.97, share, slack),
            mc_error=pooled["mc_error"],
            not_enough=pooled["not_enough_share"],
            beside=pooled["plain_coverage"],
            seconds=seconds,
            **plain,
        )
    ]
    for row in kinds.itertuples():
        rows.append(
            _claim.claim(
                "lift.coverage",
                row.coverage,
                "≥ 0.90",
                row.coverage >= 0.90 - loose and row.not_enough_share <= 0.10,
                case=row.noise,
                mc_error=row.mc_error,
                not_enough=row.not_enough_share,
                alternative="local_level",
                beside=row.plain_coverage,
                runs=per_kind,
            )
        )
    wrong, width = pooled["false_positive_rate"], pooled["width"]
    rows += [
        _claim.claim(
            "lift.false_positives",
            wrong,
            "0.03 – 0.07",
            _claim.between(0.03, 0.07, wrong, slack),
            beside=1 - pooled["plain_coverage"],
            **plain,
        ),
        _claim.claim(
            "lift.width",
            width,
            "below_alternative",
            width <= pooled["plain_width_at_coverage"] * (1.2 if thin else 1),
            beside=pooled["plain_width_at_coverage"],
            **plain,
        ),
    ]
    share, seconds = _claim.timed(detection, sizes, 22)
    slack = 3 * np.sqrt(0.16 / sizes) if thin else 0.0
    rows.append(
        _claim.claim(
            "lift.detectable",
            share,
            "0.70 – 0.90",
            _claim.between(0.70, 0.90, share, slack),
            mc_error=np.sqrt(share * (1 - share) / sizes),
            runs=sizes,
            seconds=seconds,
        )
    )
    toy, seconds = _claim.timed(published, real)
    rows.append(
        _claim.claim(
            "lift.toy_arma",
            toy["value"],
            "4.6 – 5.2",
            _claim.between(4.6, 5.2, toy["value"]) and toy["low"] <= 5 <= toy["high"],
            low=toy["low"],
            high=toy["high"],
            alternative="published",
            beside=4.89,
            seconds=seconds,
            **{name: toy[name] for name in ("source", "measured", "sha256")},
        )
    )
    return _claim.table(rows + panels.claims(thin=thin, real=real))
