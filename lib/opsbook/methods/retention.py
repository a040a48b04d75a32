"""Who comes back: cohorts, survival curves and repeat purchase."""

from dataclasses import dataclass
from math import exp, log, nan, sqrt

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import betaln, gammaln
from scipy.stats import norm

from opsbook.errors import BadValue
from opsbook.estimate import Estimate
from opsbook.methods._arguments import dates, numbers, require_columns, require_level
from opsbook.methods.ratios import wilson

_UNITS = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}
_MIN_CUSTOMERS = 30


@dataclass(frozen=True)
class BgNbd:
    """Parameters of the BG/NBD model.

    r, alpha: shape and rate of the gamma spread of purchase rates; a, b: the beta spread of the
    chance to leave after a purchase. n: customers. enough: False with NaN parameters where too
    few customers repeat. estimates: dict parameter -> Estimate with a 95 % interval (delta
    method on the logarithm). log_likelihood: at the maximum.
    """

    r: float
    alpha: float
    a: float
    b: float
    n: int
    enough: bool
    method: str
    estimates: dict
    log_likelihood: float


def cohorts(events, user="person_key", at="event_at", unit="month"):
    """Share of each cohort that is active again, by age since the first event.

    events: one row per event with a user and a time. unit: day, week (Monday), month, quarter or
    year. Rows: cohort (first day of the period of the first event), age (in units; 0 is the first
    period, rate 1), n (users in the cohort), retained (users active at that age), rate, low, high
    (95 % Wilson interval). Ages after the last event's period are absent; that last period
    may still be incomplete. Rows without a user are left out.
    Source: Wilson (1927), JASA 22.
    """
    where = "retention.cohorts"
    require_columns(events, [user, at], where)
    if unit not in _UNITS:
        raise BadValue(
            f"unit must be one of {', '.join(_UNITS)}, found {unit!r}.",
            where=where,
            remedy="Use unit='month'.",
        )
    columns = ["cohort", "age", "n", "retained", "rate", "low", "high"]
    known = events[events[user].notna()]
    if known.empty:
        return pd.DataFrame(columns=columns)
    stamps = dates(known[at].to_numpy(), at, where).tz_localize(None)
    period = stamps.to_period(_UNITS[unit])
    seen = pd.DataFrame({"user": known[user].to_numpy(), "period": period.asi8}).drop_duplicates()
    seen["first"] = seen.groupby("user")["period"].transform("min")
    seen["age"] = seen["period"] - seen["first"]
    retained = seen.groupby(["first", "age"]).size()
    sizes = retained.xs(0, level="age")
    last = int(seen["period"].max())
    grid = [(first, age) for first in sizes.index for age in range(last - first + 1)]
    rows = pd.DataFrame(grid, columns=["first", "age"])
    rows["n"] = rows["first"].map(sizes).astype(int)
    index = pd.MultiIndex.from_frame(rows[["first", "age"]])
    rows["retained"] = retained.reindex(index, fill_value=0).to_numpy()
    rows["rate"] = rows["retained"] / rows["n"]
    rows["low"], rows["high"] = wilson(rows["retained"].to_numpy(), rows["n"].to_numpy())
    starts = pd.PeriodIndex.from_ordinals(rows["first"].to_numpy(), freq=period.freq)
    rows["cohort"] = starts.to_timestamp()
    return rows[columns]


def survival(durations, observed, level=0.95):
    """Share still there after each time: the Kaplan-Meier curve.

    durations: times from 0 on, in any one unit; observed: True where the end was seen, False where
    it was not yet (censored). Rows: time (0, then each time with an end), survival, low,
    high (log-log interval), at_risk (just before that time). No rows where there are no durations.
    Source: Kaplan and Meier (1958); Kalbfleisch and Prentice (1980), log-log interval.
    """
    where = "retention.survival"
    require_level(level, where)
    durations = numbers(durations, "durations", where, low=0)
    observed = _flags(observed, where)
    _same_length(where, durations=durations, observed=observed)
    columns = ["time", "survival", "low", "high", "at_risk"]
    if not len(durations):
        return pd.DataFrame(columns=columns, dtype=float)
    # lifelines takes a second to import, which only this call should pay.
    from lifelines import KaplanMeierFitter

    fit = KaplanMeierFitter(alpha=1 - level).fit(durations, observed)
    table = pd.DataFrame(
        {
            "time": fit.survival_function_.index.to_numpy(dtype=float),
            "survival": fit.survival_function_.iloc[:, 0].to_numpy(),
            "low": fit.confidence_interval_.iloc[:, 0].to_numpy(),
            "high": fit.confidence_interval_.iloc[:, 1].to_numpy(),
            "at_risk": fit.event_table["at_risk"].to_numpy(dtype=int),
            "ends": fit.event_table["observed"].to_numpy(),
        }
    )
    keep = (table["time"] == 0) | (table["ends"] > 0)
    return table.loc[keep, columns].reset_index(drop=True)


def bg_nbd(frequency, recency, age):
    """Repeat purchase while customers silently leave: the BG/NBD model by maximum likelihood.

    frequency: repeat purchases of each customer; recency: time of the last one since the first
    purchase (0 where none); age: time since the first purchase, same unit. Fewer than 30
    customers, or no repeat purchase: `enough` False.
    Source: Fader, Hardie and Lee (2005), Marketing Science 24(2), equation 6.
    """
    where = "retention.bg_nbd"
    x = numbers(frequency, "frequency", where, low=0)
    recent = numbers(recency, "recency", where, low=0)
    age = numbers(age, "age", where, low=0)
    _same_length(where, frequency=x, recency=recent, age=age)
    if (recent > age).any():
        row = int(np.flatnonzero(recent > age)[0])
        raise BadValue(
            f"recency {recent[row]:g} is past age {age[row]:g} in row {row}.",
            where=where,
            remedy="Both count from the first purchase, in the same unit.",
        )
    if ((x == 0) & (recent > 0)).any():
        row = int(np.flatnonzero((x == 0) & (recent > 0))[0])
        raise BadValue(
            f"recency is {recent[row]:g} without a repeat purchase in row {row}.",
            where=where,
            remedy="Recency is 0 where frequency is 0.",
        )
    method = "BG/NBD, maximum likelihood"
    names = ("r", "alpha", "a", "b")
    if len(x) < _MIN_CUSTOMERS or not (x > 0).any() or not (age > 0).any():
        none = {name: Estimate.not_enough(len(x), method) for name in names}
        return BgNbd(nan, nan, nan, nan, len(x), False, method, none, nan)

    # Equal customers are counted once: the likelihood is a sum over distinct rows.
    rows, weight = np.unique(np.column_stack([x, recent, age]), axis=0, return_counts=True)
    unit = age.max()

    def loss(theta):
        return -float(weight @ _bg_nbd_log_likelihood(theta, rows[:, 0], rows[:, 1:] / unit))

    options = {"maxiter": 5000, "ftol": 1e-13, "gtol": 1e-8}
    starts = [np.zeros(4), np.array([-1.0, -2.0, 0.0, 1.0]), np.array([0.5, 0.0, -1.0, 0.5])]
    bounds = [(-8, 8)] * 4
    fits = [
        minimize(loss, start, method="L-BFGS-B", bounds=bounds, options=options) for start in starts
    ]
    best = min(fits, key=lambda fit: fit.fun)
    polished = minimize(
        loss,
        best.x,
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-9, "maxiter": 4000},
    )
    theta = polished.x if polished.fun <= best.fun else best.x
    spread = _standard_errors(loss, theta)
    theta_in_units = theta + np.array([0.0, log(unit), 0.0, 0.0])
    z = norm.ppf(0.975)
    estimates = {
        name: Estimate(
            exp(centre), exp(centre - z * se), exp(min(centre + z * se, 700)), len(x), method
        )
        for name, centre, se in zip(names, theta_in_units, spread, strict=True)
    }
    found = [estimates[name].value for name in names]
    # Scaling time by `unit` changes the density by unit^-frequency.
    likelihood = -loss(theta) - float(x.sum()) * log(unit)
    return BgNbd(*found, len(x), True, method, estimates, likelihood)


def _bg_nbd_log_likelihood(theta, x, times):
    """Per-customer log likelihood at log parameters; `times` holds recency and age."""
    r, alpha, a, b = np.exp(theta)
    recent, age = times[:, 0], times[:, 1]
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    alive = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + age)
    gone = np.full(len(x), -np.inf)
    some = x > 0
    gone[some] = (
        betaln(a + 1, b + x[some] - 1) - betaln(a, b) - (r + x[some]) * np.log(alpha + recent[some])
    )
    return common + np.logaddexp(alive, gone)


def _standard_errors(loss, theta, step=1e-3):
    """Standard errors of `theta` by the inverse numerical Hessian; inf where it is flat."""
    size = len(theta)
    hessian = np.empty((size, size))
    shift = np.eye(size) * step
    for i in range(size):
        for j in range(size):
            hessian[i, j] = (
                loss(theta + shift[i] + shift[j])
                - loss(theta + shift[i] - shift[j])
                - loss(theta - shift[i] + shift[j])
                + loss(theta - shift[i] - shift[j])
            ) / (4 * step**2)
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    if values.min() <= 0:
        return np.full(size, np.inf)
    return np.array([sqrt(v) for v in np.diag(vectors @ np.diag(1 / values) @ vectors.T)])


def _flags(values, where):
    """`values` as booleans; BadValue where one is neither true nor false."""
    flags = numbers(values, "observed", where)
    if not np.isin(flags, (0, 1)).all():
        raise BadValue(
            "observed must be true or false.",
            where=where,
            remedy="Use True where the end was seen.",
        )
    return flags.astype(bool)


def _same_length(where, **arrays):
    """BadValue unless all arrays are equally long."""
    lengths = {name: len(values) for name, values in arrays.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise BadValue(f"{found} rows.", where=where, remedy="Pass one value per row in each.")
