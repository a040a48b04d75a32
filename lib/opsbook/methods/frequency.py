"""How outcome responds to posts per week, and the range of rates that serves best."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.errors import BadValue, MissingColumns

METHOD = "unit effects with averaged response curves, autocorrelation-robust errors"
MIN_WEEKS = 20
MIN_RATES = 4
EDGE = 0.10  # share of drawn curves that may peak at the lowest or highest rate tried
WIDEST = 0.6  # share of the tried rates; a wider range recommends nothing
_DRAWS = 4000
_GRID = 121


@dataclass(frozen=True)
class Response:
    """Outcome against rate, and which rates serve best.

    curve: rate, effect, low, high; effect against the average unit-week, a fraction where `unit`
    is "" and in the outcome's own unit where it is "outcome". range: lowest and highest rate that
    may be best, at `level`. enough: False where the data cannot tell; the range is then NaN and
    `reason` says why (no_variation, too_few, no_effect, rising, falling, wide). best: the rate
    at which the average curve peaks. p_value: of "rate does not matter". n: unit-weeks.
    """

    curve: pd.DataFrame
    range: tuple
    enough: bool
    reason: str
    best: float
    p_value: float
    n: int
    method: str = METHOD
    level: float = 0.95
    unit: str = ""


def response(frame, rate, outcome, unit=None, *, time=None, level=0.95):
    """Response of a weekly outcome to posts per week, as a curve and a recommended range.

    frame: one row per unit and week, weeks in order. rate: column of posts per week, 0 or more.
    outcome: column of what the week brought (any unit). unit: column of accounts whose levels
    may differ. time: column that orders the weeks; each unit's straight trend is then removed.

    Positive outcomes are read on the log scale, others that average above zero against their unit's
    mean, the rest as they are. Quadratic, square-root, logarithmic, saturating and spline curves
    are averaged by their corrected Akaike weights (Burnham and Anderson 2002); errors are
    Newey-West (1987) within units; the range holds the peak of the drawn curves at `level`. Under 20
    unit-weeks net of units, or 4 different rates, is not enough.

    Gives a Response. Raises MissingColumns and BadValue.
    """
    data, name = _checked(frame, rate, outcome, unit, time, level)
    empty = pd.DataFrame(columns=["rate", "effect", "low", "high"], dtype=float)
    codes = data["unit"].to_numpy()
    r = data["rate"].to_numpy()
    n = len(data)
    nothing = Response(empty, (np.nan, np.nan), False, "too_few", np.nan, np.nan, n, level=level)
    if n - len(np.unique(codes)) < MIN_WEEKS:
        return nothing
    if len(np.unique(r)) < MIN_RATES or _within(r, codes).std() < 1e-9:
        return _with(nothing, reason="no_variation")
    y, scale = _scaled(data["outcome"].to_numpy(), codes)
    if np.ptp(_within(y, codes)) == 0:
        return _with(nothing, reason="no_effect", unit=name[scale])
    nuisance = _trends(data) if time is not None else np.empty((n, 0))
    grid = np.linspace(r.min(), r.max(), _GRID)
    draws, mean, p_value = _curves(y, r, codes, nuisance, grid)
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    as_shown = np.expm1 if scale == "log" else np.asarray
    shown = [as_shown(part) for part in (mean, low, high)]
    curve = pd.DataFrame(dict(zip(("rate", "effect", "low", "high"), [grid, *shown], strict=True)))
    found = _with(
        nothing, curve=curve, best=grid[mean.argmax()], p_value=p_value, unit=name[scale], reason=""
    )
    return _with(found, **_recommend(draws, grid, p_value, level))


def _recommend(draws, grid, p_value, level):
    """The range of rates at which the drawn curves peak, or why there is none."""
    peaks = draws.argmax(axis=1)
    if p_value > 1 - level:
        return {"reason": "no_effect"}
    last, first = (peaks == len(grid) - 1).mean(), (peaks == 0).mean()
    # A peak at the edge of what was tried may lie beyond it: then nothing bounds the range. Measured
    # on simulated accounts (opsbook.proof.frequency), a tenth of such curves still names a range where
    # there is one and none where the outcome only rises.
    if max(last, first) > EDGE:
        return {"reason": "rising" if last >= first else "falling"}
    low, high = np.quantile(grid[peaks], [(1 - level) / 2, (1 + level) / 2])
    if high - low > WIDEST * (grid[-1] - grid[0]):
        return {"reason": "wide"}
    return {"range": (float(low), float(high)), "enough": True}


def _curves(y, r, codes, nuisance, grid):
    """Drawn curves on the grid relative to the average row, their mean, and the Wald p-value."""
    rng = np.random.default_rng(20261114)
    target = _within(y, codes)
    base = _within(nuisance, codes)
    fits, scores = [], []
    for shape in _shapes(r):
        at_rows, at_grid = shape(r), shape(grid)
        x = np.column_stack([_within(at_rows, codes), base])
        size = np.linalg.norm(x, axis=0)
        if (size < 1e-9).any() or np.linalg.cond(x / size) > 1e7:
            continue
        slope, *_ = np.linalg.lstsq(x, target, rcond=None)
        left = target - x @ slope
        used = x.shape[1] + len(np.unique(codes))
        freedom = len(y) - used
        terms = at_rows.shape[1]
        spread = _robust(x, left, codes, freedom)[:terms, :terms]
        fits.append((slope[:terms], spread, at_grid - at_rows.mean(axis=0), freedom))
        k = used + 1
        penalty = 2 * k + 2 * k * (k + 1) / max(len(y) - k - 1, 1)
        scores.append(len(y) * np.log(max(left @ left, 1e-300) / len(y)) + penalty)
    # The root of the Akaike weights: with a single winner its own misfit would go unseen.
    weight = np.exp(-0.25 * (np.array(scores) - min(scores)))
    weight /= weight.sum()
    pieces, mean = [], np.zeros(len(grid))
    counts = np.round(weight * _DRAWS).astype(int)
    for (slope, spread, rows, freedom), count, share in zip(fits, counts, weight, strict=True):
        mean += share * rows @ slope
        if count:
            stretch = np.sqrt(freedom / rng.chisquare(freedom, count))
            steps = rng.standard_normal((count, len(slope))) * stretch[:, None]
            pieces.append((slope + steps @ _root(spread).T) @ rows.T)
    slope, spread, _, freedom = fits[0]  # the quadratic answers whether rate matters at all
    wald = slope @ np.linalg.pinv(spread) @ slope / len(slope)
    return np.vstack(pieces), mean, float(stats.f.sf(wald, len(slope), freedom))


def _shapes(r):
    """Candidate curves, each a function from rates to columns; the quadratic comes first."""
    scale = r.max() or 1.0
    knots = np.unique(np.quantile(r, [0.05, 0.35, 0.65, 0.95]))

    def powers(*terms):
        return lambda x: np.column_stack([term(x / scale) for term in terms])

    def saturating(half):
        return lambda x: (x / (x + half))[:, None]

    logs = lambda x: np.log1p(x * scale)  # noqa: E731
    half_logs = lambda x: np.log(x * scale + 0.3)  # noqa: E731
    shapes = [
        powers(np.asarray, np.square),
        powers(np.sqrt, np.asarray),
        powers(logs, np.asarray),
        powers(half_logs, np.asarray),
        powers(logs, lambda x: logs(x) ** 2),
        *(saturating(half) for half in scale * np.array([0.05, 0.2, 0.8])),
    ]
    if len(knots) == 4:
        shapes.append(lambda x: _natural_spline(x / scale, knots / scale))
    return shapes


def _natural_spline(x, knots):
    """Natural cubic spline columns (Hastie, Tibshirani and Friedman 2009, equation 5.4)."""

    def piece(k):
        cubes = np.maximum(x - knots[k], 0) ** 3 - np.maximum(x - knots[-1], 0) ** 3
        return cubes / (knots[-1] - knots[k])

    last = piece(len(knots) - 2)
    return np.column_stack([x, *(piece(k) - last for k in range(len(knots) - 2))])


def _robust(x, left, codes, freedom):
    """Newey-West covariance of the slopes with lags inside units only."""
    bread = np.linalg.pinv(x.T @ x)
    score = x * left[:, None]
    meat = score.T @ score
    lags = int(np.ceil(1.3 * np.bincount(codes).max() ** (1 / 3)))
    for lag in range(1, lags + 1):
        same = (codes[lag:] == codes[:-lag])[:, None]
        step = (score[lag:] * same).T @ score[:-lag]
        meat += (1 - lag / (lags + 1)) * (step + step.T)
    robust = bread @ meat @ bread * len(left) / freedom
    plain = bread * (left @ left) / freedom
    # A robust variance under the plain one is more often luck than negative correlation.
    lift = np.sqrt(np.maximum(np.diag(plain) / np.maximum(np.diag(robust), 1e-300), 1.0))
    return robust * np.outer(lift, lift)


def _root(spread):
    values, vectors = np.linalg.eigh(spread)
    return vectors * np.sqrt(np.maximum(values, 0))


def _within(columns, codes):
    """Columns less their unit's mean."""
    n = np.bincount(codes)
    if columns.ndim == 1:
        return columns - (np.bincount(codes, columns) / n)[codes]
    means = [np.bincount(codes, column) / n for column in columns.T]
    return columns - np.column_stack(means)[codes] if means else columns


def _scaled(y, codes):
    if (y > 0).all():
        return np.log(y), "log"
    means = np.bincount(codes, y) / np.bincount(codes)
    if (y >= 0).all() and (means > 0).all():
        return y / means[codes], "share"
    return y, "plain"


def _trends(data):
    """A straight line over each unit's own weeks, one column per unit."""
    place = data.groupby("unit").cumcount().to_numpy(dtype=float)
    columns = np.zeros((len(data), data["unit"].max() + 1))
    columns[np.arange(len(data)), data["unit"]] = place
    return columns[:, np.ptp(columns, axis=0) > 0]


def _checked(frame, rate, outcome, unit, time, level):
    if not 0 < level < 1:
        raise BadValue(f"level is {level!r}, expected a fraction between 0 and 1, such as 0.95.")
    names = [name for name in (rate, outcome, unit, time) if name is not None]
    lacks = [name for name in names if name not in frame.columns]
    if lacks:
        raise MissingColumns("frame", lacks, frame.columns, remedy="Name columns of the frame.")
    for name in (rate, outcome):
        if not pd.api.types.is_numeric_dtype(frame[name]):
            raise BadValue(
                f"column {name} is {frame[name].dtype}, expected numbers.", where="frame"
            )
    data = pd.DataFrame(
        {
            "rate": frame[rate].astype(float).to_numpy(),
            "outcome": frame[outcome].astype(float).to_numpy(),
            "unit": pd.factorize(frame[unit])[0] if unit is not None else 0,
            "time": frame[time].to_numpy() if time is not None else np.arange(len(frame)),
        }
    )
    data = data[data.notna().all(axis=1) & (data["unit"] >= 0)]
    if np.isinf(data[["rate", "outcome"]].to_numpy()).any() or (data["rate"] < 0).any():
        raise BadValue(
            f"column {rate} or {outcome} holds a broken figure, expected finite figures and rates "
            "of 0 or more.",
            where="frame",
        )
    data = data.sort_values(["unit", "time"], kind="stable").reset_index(drop=True)
    data["unit"] = pd.factorize(data["unit"])[0]
    return data, {"log": "", "share": "", "plain": "outcome"}


def _with(found, **changes):
    return Response(**{**vars(found), **changes})
