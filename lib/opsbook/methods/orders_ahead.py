"""What known buyers will still order, out of BG/NBD."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opsbook.errors import BadValue
from opsbook.estimate import Estimate
from opsbook.methods._arguments import dates, require_columns, require_level
from opsbook.methods.repeat_buying import BOUND, BgNbd, bg_nbd, log_likelihood

_DRAWS = 300  # of the parameters, out of ...
_TRIED = 800  # ... so many
_FLATTEST = 1 / 9  # information: nothing is searched further than that from the fit
METHOD = "BG/NBD, simulated ahead"


@dataclass(frozen=True)
class Outlook:
    """What is expected of the customers at hand.

    orders: repeat orders within the horizon, an Estimate (prediction interval). model: the fitted
    BgNbd. How many customers are still active is left out: silent leaving is seen in no datum, and on
    simulated buyers that leave in another way than the model says its intervals missed the truth.
    """

    orders: Estimate
    model: BgNbd


def histories(orders, as_of, user="person_key", at="at"):
    """Each customer's purchases in days: frequency, recency and age, indexed by the user.

    orders: one row per order; rows at or after as_of are not used. Orders of one day count as one
    purchase, as the model counts them. Rows without a user are left out.
    """
    where = "orders_ahead.histories"
    require_columns(orders, [user, at], where)
    known = orders[orders[user].notna()]
    day = dates(known[at].to_numpy(), at, where).tz_localize(None).normalize()
    days = pd.DataFrame({"user": known[user].to_numpy(), "day": day})
    as_of = pd.Timestamp(as_of)
    days = days[days["day"] < as_of].drop_duplicates()
    by = days.groupby("user")["day"].agg(["min", "max", "size"])
    one = pd.Timedelta(days=1)
    return pd.DataFrame(
        {
            "frequency": (by["size"] - 1).astype(float),
            "recency": (by["max"] - by["min"]) / one,
            "age": (as_of - by["min"]) / one,
        }
    )


def outlook(frequency, recency, age, horizon, level=0.95, seed=0):
    """Repeat orders that these customers will place within the horizon.

    frequency, recency, age: as for `retention.bg_nbd`; horizon: in the same unit, above 0. Draws
    parameters in proportion to their likelihood and each customer's purchases from what the
    model says of customers with that history, so that the interval holds the uncertainty of the
    fit and of the purchases. `enough` is False where the model cannot be fitted.
    Source: Fader, Hardie and Lee (2005), Marketing Science 24(2): the density behind equation 10.
    """
    where = "orders_ahead.outlook"
    require_level(level, where)
    if not np.isfinite(horizon) or horizon <= 0:
        raise BadValue(
            f"horizon must be a number above 0, found {horizon}.",
            where=where,
            remedy="Count it in the unit of age.",
        )
    model = bg_nbd(frequency, recency, age)
    if not model.enough:
        none = Estimate.not_enough(model.n, METHOD, level=level)
        return Outlook(none, model)
    x, recent, age = (np.asarray(values, dtype=float) for values in (frequency, recency, age))
    rng = np.random.default_rng(seed)
    orders = np.empty(_DRAWS)
    for row, (r, alpha, a, b) in enumerate(_plausible(model, x, recent, age, rng)):
        alive = rng.random(len(x)) < _active(x, recent, age, r, alpha, a, b)
        orders[row] = _ahead(rng, x[alive], age[alive], (r, alpha, a, b), horizon)
    low, high = np.quantile(orders, [(1 - level) / 2, (1 + level) / 2])
    figures = float(orders.mean()), float(low), float(high)
    return Outlook(Estimate(*figures, model.n, METHOD, True, level, unit="orders"), model)


def _plausible(model, x, recent, age, rng):
    """Parameters as likely as the data make them, array (draws, 4): importance resampling.

    Candidates are spread around the fit more widely than the likelihood (Student t, 4 degrees) and
    drawn again in proportion to it, with equal odds beforehand on the logarithm within the bounds
    of the fit (Smith and Gelfand 1992, American Statistician 46).
    """
    unit = age.max()
    rows, weight = np.unique(np.column_stack([x, recent, age]), axis=0, return_counts=True)
    centre = np.log([model.r, model.alpha / unit, model.a, model.b])
    values, vectors = np.linalg.eigh(model.information)
    root = vectors / np.sqrt(np.maximum(values, _FLATTEST))
    normal = rng.standard_normal((_TRIED, 4)) * 1.3
    scale = np.sqrt(4 / rng.chisquare(4, _TRIED))
    spread = normal * scale[:, None]
    thetas = centre + spread @ root.T
    inside = (np.abs(thetas) <= BOUND).all(axis=1)
    thetas, spread = thetas[inside], spread[inside]
    likely = np.array(
        [weight @ log_likelihood(theta, rows[:, 0], rows[:, 1:] / unit) for theta in thetas]
    )
    likely += 4 * np.log1p((spread**2).sum(axis=1) / 1.3**2 / 4)  # over the candidates' density
    odds = np.exp(likely - likely.max())
    chosen = rng.choice(len(thetas), _DRAWS, p=odds / odds.sum())
    return np.exp(thetas[chosen]) * [1, unit, 1, 1]


def _active(x, recent, age, r, alpha, a, b):
    """Chance that a customer with this history has not left; 1 before the first repeat purchase."""
    ratio = (r + x) * np.log((alpha + age) / (alpha + recent))
    odds = a / (b + np.maximum(x, 1) - 1) * np.exp(np.minimum(ratio, 700))
    return np.where(x > 0, 1 / (1 + odds), 1.0)


def _ahead(rng, x, age, theta, horizon):
    """Purchases of active customers within the horizon, all together."""
    r, alpha, a, b = theta
    rate = rng.gamma(r + x) / (alpha + age)
    leave = rng.beta(a, b + x)
    now, total = np.zeros(len(x)), 0
    while len(rate):
        now = now + rng.exponential(1 / np.maximum(rate, 1e-300))
        bought = now <= horizon
        total += int(bought.sum())
        stays = bought & (rng.random(len(now)) > leave)
        rate, leave, now = rate[stays], leave[stays], now[stays]
    return total
