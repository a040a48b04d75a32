"""Proof of lift on panels: simulated truth under four kinds of noise, and the GeoLift walkthrough."""

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from opsbook.methods import lift
from opsbook.methods.lift_panel import counterfactual
from opsbook.proof import _claim

NOISES = ("autocorrelated", "trending", "heavy-tailed", "counts")
CITIES = ["chicago", "portland"]
WINDOW = slice(90, 105)  # days 91 to 105


def panel(rng, noise="autocorrelated", *, units=15, before=70, days=14):
    """Units that load on two shared factors, with errors of their own; the first is treated.

    The methods assume that a weighted mean of the others runs alongside the treated. `trending`:
    every unit also drifts by itself. `heavy-tailed`: own errors of Student's t with 3 degrees.
    `counts`: Poisson counts whose logarithm moves, so that units differ in level and in spread.
    """
    length = before + days
    shared = np.vstack(
        [ar(0.9, rng.normal(size=length)), np.sin(np.arange(length) * 2 * np.pi / 7)]
    )
    loads = rng.uniform(0.5, 1.5, (units, 2)) * [1.0, 2.0]
    shocks = rng.normal(size=(units, length))
    if noise == "heavy-tailed":
        shocks = rng.standard_t(3, size=(units, length)) / np.sqrt(3)
    own = ar(rng.uniform(0, 0.6), shocks)
    if noise == "trending":
        own = own + 0.15 * np.cumsum(rng.normal(size=(units, length)), axis=1)
    values = rng.uniform(40, 80, units)[:, None] + loads @ shared + own
    if noise == "counts":
        values = rng.poisson(np.exp(np.log(values) + own / 50)).astype(float)
    dates = pd.date_range("2026-01-01", periods=length)
    frame = pd.DataFrame(values.T, index=dates, columns=[f"unit {i}" for i in range(units)])
    return frame, dates[before]


def panel_coverage(runs, seed, *, level=0.95, noises=NOISES):
    """How often the panel intervals hold a planted 2 a day, beside a plain change of the treated.

    runs: per kind. Columns: method, noise ("pooled" last), runs, coverage, mc_error,
    not_enough_share, width, plain_coverage. As weights are fitted before the campaign, 1 - coverage
    is also the share of false positives where nothing was planted.
    """
    rows = []
    for position, noise in enumerate(noises):
        for run in range(runs):
            frame, start = panel(np.random.default_rng([seed, position, run]), noise)
            frame.loc[start:, "unit 0"] += 2.0
            long = frame.rename_axis("date").reset_index().melt("date", var_name="unit")
            arguments = long, "unit", "date", "value", "unit 0", start, frame.index[-1], level
            before, after = frame.loc[frame.index < start, "unit 0"], frame.loc[start:, "unit 0"]
            error = np.sqrt(before.var() / len(before) + after.var() / len(after))
            plain = abs(after.mean() - before.mean() - 2) <= 1.96 * error
            for call in (lift.synthetic_control, lift.difference_in_differences):
                mean = call(*arguments).mean
                held = mean.low <= 2 <= mean.high
                rows.append((mean.method, noise, mean.enough, held, mean.high - mean.low, plain))
    cells = pd.DataFrame(rows, columns=["method", "noise", "enough", "held", "width", "plain"])
    out = []
    for noise in (*noises, "pooled"):
        chosen = cells if noise == "pooled" else cells[cells["noise"] == noise]
        for method, part in chosen.groupby("method"):
            judged = part[part["enough"]]
            share = judged["held"].mean()
            out.append(
                {
                    "method": method,
                    "noise": noise,
                    "runs": len(part),
                    "coverage": share,
                    "mc_error": np.sqrt(share * (1 - share) / len(judged)),
                    "not_enough_share": 1 - len(judged) / len(part),
                    "width": judged["width"].median(),
                    "plain_coverage": judged["plain"].mean(),
                }
            )
    return pd.DataFrame(out)


def geolift(path):
    """The GeoLift walkthrough: chicago and portland treated on days 91 to 105; gives the Lift."""
    rows = pd.read_csv(path)
    return lift.synthetic_control(rows, "location", "date", "Y", CITIES, *_window(rows))


def geolift_placebos(path):
    """Share of the 38 untreated cities said to be lifted (p < .05): (ours, as published, cities).

    As published: conformal inference, which permutes the days of the treated (Chernozhukov,
    Wuthrich and Zhu 2021, JASA 116), as if they were independent. Untreated cities have no lift.
    """
    rows = pd.read_csv(path)
    rows = rows[~rows["location"].isin(CITIES)]
    wide = rows.pivot(index="date", columns="location", values="Y")
    rng, ours, theirs = np.random.default_rng(0), [], []
    for city in wide:
        found = lift.synthetic_control(rows, "location", "date", "Y", city, *_window(rows))
        ours.append(found.p_value < 0.05)
        theirs.append(conformal(wide[city].to_numpy(), wide.drop(columns=city).to_numpy(), rng))
    return float(np.mean(ours)), float(np.mean(np.array(theirs) < 0.05)), len(ours)


def conformal(target, donors, rng, draws=1000):
    """p-value of no effect: the gap's mean size in the window against permuted days."""
    gap = np.abs(target - counterfactual(target, donors))
    days = WINDOW.stop - WINDOW.start
    drawn = rng.permuted(np.tile(gap, (draws, 1)), axis=1)[:, :days].mean(axis=1)
    return float((1 + (drawn >= gap[WINDOW].mean()).sum()) / (1 + draws))


def _window(rows):
    dates = np.sort(rows["date"].unique())[WINDOW]
    return dates[0], dates[-1]


def published(real=None):
    """Figures of the GeoLift case, from the file or as last measured, with their origin."""

    def read(path):
        found = geolift(path)
        placebos, beside, cities = geolift_placebos(path)
        return {
            "relative": found.relative.value,
            "relative_low": found.relative.low,
            "relative_high": found.relative.high,
            "total": found.total.value,
            "p_value": found.p_value,
            "placebos": placebos,
            "placebos_as_published": beside,
            "cities": cities,
        }

    return _claim.published(real, "causal/geolift_test.csv", "lift", "geolift", read)


def claims(*, thin, real):
    """Every claim about panels, as dicts; thin runs allow for Monte Carlo error."""
    runs = 8 if thin else 300
    table, seconds = _claim.timed(panel_coverage, runs, 21)
    rows = []
    for row in table.itertuples():
        pooled = row.noise == "pooled"
        slack = 3 * np.sqrt(0.05 * 0.95 / row.runs) if thin else 0.0
        low, high = (0.93, 0.97) if pooled else (0.90, 1.0)
        rows.append(
            _claim.claim(
                f"lift.{row.method.replace('-', '_').replace(' ', '_')}",
                row.coverage,
                "0.93 – 0.97" if pooled else "≥ 0.90",
                _claim.between(low, high, row.coverage, slack) and row.not_enough_share <= 0.10,
                case="" if pooled else row.noise,
                mc_error=row.mc_error,
                not_enough=row.not_enough_share,
                alternative="mean_change",
                beside=row.plain_coverage,
                runs=row.runs,
                seconds=seconds / 2 if pooled else 0.0,
            )
        )
    rows.sort(key=lambda row: (row["claim"], row["case"] != ""))
    geo, origin = published(real)
    return [
        *rows,
        _claim.claim(
            "lift.geolift",
            geo["relative"],
            "0.054 ± 5 %",
            abs(geo["relative"] / 0.054 - 1) <= 0.05,
            low=geo["relative_low"],
            high=geo["relative_high"],
            alternative="published",
            beside=0.054,
            **origin,
        ),
        _claim.claim(
            "lift.geolift_total",
            geo["total"],
            "4667 ± 5 %",
            abs(geo["total"] / 4667 - 1) <= 0.05,
            alternative="published",
            beside=4667,
            **origin,
        ),
        _claim.claim(
            "lift.geolift_placebos",
            geo["placebos"],
            "below_alternative",
            geo["placebos"] < geo["placebos_as_published"],
            mc_error=np.sqrt(0.05 * 0.95 / geo["cities"]),
            alternative="as_published",
            beside=geo["placebos_as_published"],
            runs=geo["cities"],
            **origin,
        ),
    ]


def ar(phi, shocks):
    """Autoregression of order one from these shocks along the last axis, from a stationary start."""
    shocks = np.array(shocks, dtype=float)
    shocks[..., 0] /= np.sqrt(1 - phi**2)
    return lfilter([1.0], [1.0, -phi], shocks, axis=-1)
