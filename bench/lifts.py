"""Lift of a two-year daily series with ten controls against a Bayesian peer."""

import time

import numpy as np
import pandas as pd

from bench.timing import Figure


def series(seed=5):
    """Two years of days: season, ten controls, an effect of 8 in the last four weeks."""
    rng = np.random.default_rng(seed)
    index = pd.date_range("2024-11-01", periods=730, freq="D")
    controls = pd.DataFrame(
        {f"c{i}": np.cumsum(rng.normal(0, 1, 730)) + 50 for i in range(10)}, index=index
    )
    y = (
        100
        + controls.iloc[:, :3].sum(axis=1)
        + 5 * np.sin(2 * np.pi * index.dayofweek / 7)
        + rng.normal(0, 3, 730)
    )
    y[index >= index[-28]] += 8
    return pd.Series(y, index=index), controls


def figures():
    """Seconds of one lift, ours and CausalPy's interrupted time series on the same data."""
    from opsbook.methods import lift

    outcome, controls = series()
    start, end = outcome.index[-28], outcome.index[-1]
    lift.estimate(outcome, start, end, controls=controls)
    clock = time.perf_counter()
    found = lift.estimate(outcome, start, end, controls=controls)
    ours = time.perf_counter() - clock
    note = (
        f"mean effect {found.mean.value:.2f} [{found.mean.low:.2f}, {found.mean.high:.2f}], true 8"
    )
    try:
        import causalpy as cp
    except ImportError:
        yield Figure("lift of two years of days, ten controls", ours, target="20 times faster than CausalPy",
                     note=note + "; CausalPy is not installed: pip install causalpy")  # fmt: skip
        return
    frame = controls.assign(y=outcome)
    clock = time.perf_counter()
    cp.InterruptedTimeSeries(
        frame, start, formula="y ~ 1 + " + " + ".join(controls.columns),
        model=cp.pymc_models.LinearRegression(sample_kwargs={"progressbar": False, "random_seed": 1}),
    )  # fmt: skip
    peer = time.perf_counter() - clock
    yield Figure("lift of two years of days, ten controls", ours, peer="CausalPy", peer_figure=peer,
                 target="20 times faster", holds=peer / ours >= 20, note=note)  # fmt: skip
