"""Simulated buyers for the proof of repeat purchase: one process that BG/NBD assumes, three it does not."""

import numpy as np
import pandas as pd

from opsbook.methods import orders_ahead, retention

KINDS = ("bg_nbd", "leaving_any_time", "regular_gaps", "lognormal_rates")
PLANTED = {"r": 0.5, "alpha": 5.0, "a": 0.8, "b": 2.5}


def purchases(rng, kind, customers, weeks):
    """Purchases after the first one: customer, week; and each customer's first week.

    bg_nbd: gamma rates, and after each purchase a beta chance to leave. leaving_any_time: customers
    leave between purchases, at rates of their own (Pareto/NBD). regular_gaps: gaps of two
    exponential parts, so that purchases come more evenly. lognormal_rates: heavier-tailed rates,
    one chance to leave for all.
    """
    rate = rng.gamma(PLANTED["r"], 1 / PLANTED["alpha"], customers)
    leave = rng.beta(PLANTED["a"], PLANTED["b"], customers)
    gone = np.full(customers, np.inf)
    first = rng.uniform(0, weeks / 2, customers)
    if kind == "leaving_any_time":
        gone = first + rng.exponential(1 / rng.gamma(0.6, 1 / 12, customers))
        leave = np.zeros(customers)
    elif kind == "lognormal_rates":
        rate = np.exp(rng.normal(-2.8, 1.0, customers))
        leave = np.full(customers, 0.2)
    now, rows, alive = first.copy(), [], np.arange(customers)
    while len(alive):
        shape = 2 if kind == "regular_gaps" else 1
        now[alive] += rng.gamma(shape, 1 / (shape * rate[alive]))
        alive = alive[(now[alive] <= min(1.5 * weeks, 200)) & (now[alive] <= gone[alive])]
        rows.append((alive, now[alive].copy()))
        alive = alive[rng.random(len(alive)) > leave[alive]]
    customer, week = (np.concatenate(part) for part in zip(*rows, strict=True))
    return pd.DataFrame({"customer": customer, "week": week}), first


def known_by(bought, first, week):
    """Frequency, recency and age of each customer at a week, from the purchases before it."""
    seen = bought[bought["week"] < week].groupby("customer")["week"].agg(["size", "max"])
    seen = seen.reindex(range(len(first)))
    recency = (seen["max"] - first).fillna(0.0)
    return seen["size"].fillna(0.0).to_numpy(), recency.to_numpy(), week - first


def parameters(runs, seed, *, customers=800, weeks=52):
    """Share of planted parameters inside their 95 % intervals, and of fits that do not bound them."""
    rng = np.random.default_rng(seed)
    held, short = [], 0
    for _ in range(runs):
        bought, first = purchases(rng, "bg_nbd", customers, weeks)
        fit = retention.bg_nbd(*known_by(bought, first, weeks))
        if not all(np.isfinite(e.high - e.low) for e in fit.estimates.values()):
            short += 1
            continue
        held.append([fit.estimates[k].low <= true <= fit.estimates[k].high
                     for k, true in PLANTED.items()])  # fmt: skip
    share = float(np.mean(held))
    # The four parameters of a run move together: the error is counted in runs.
    return share, float(np.sqrt(share * (1 - share) / len(held))), short / runs


def ahead(runs, seed, *, kinds=KINDS, customers=500, weeks=52, horizon=13):
    """By kind: coverage of the orders of the next quarter, beside "as many as last quarter".

    Columns: noise, runs, coverage, mc_error, not_enough_share, error (median of |expected - true| /
    true), plain_error, plain_coverage (last quarter's repeat orders with a Poisson interval).
    """
    rows = []
    for number, kind in enumerate(kinds):
        rng = np.random.default_rng([seed, number])
        held, plain, errors, plain_errors, short = [], [], [], [], 0
        for run in range(runs):
            bought, first = purchases(rng, kind, customers, weeks)
            week = bought["week"]
            true = int(((week >= weeks) & (week < weeks + horizon)).sum())
            found = orders_ahead.outlook(*known_by(bought, first, weeks), horizon, seed=run)
            if not found.orders.enough:
                short += 1
                continue
            last = int(((week >= weeks - horizon) & (week < weeks)).sum())
            half = 1.96 * np.sqrt(2 * last)
            held.append(found.orders.low <= true <= found.orders.high)
            plain.append(abs(true - last) <= half)
            errors.append(abs(found.orders.value - true) / true)
            plain_errors.append(abs(last - true) / true)
        share = float(np.mean(held))
        rows.append(
            {
                "noise": kind,
                "runs": runs,
                "coverage": share,
                "mc_error": float(np.sqrt(share * (1 - share) / len(held))),
                "not_enough_share": short / runs,
                "error": float(np.median(errors)),
                "plain_error": float(np.median(plain_errors)),
                "plain_coverage": float(np.mean(plain)),
            }
        )
    return pd.DataFrame(rows)
