"""Forecasts that were first held against the seasonal naive one on their own past."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm
from scipy.stats import t as student

from opsbook.errors import BadValue
from opsbook.methods import structural
from opsbook.methods._arguments import require_level
from opsbook.methods.lift_result import scale_of
from opsbook.methods.regular_series import design_columns, extend, main_season, regular

_LEAST = 20
_MOST_ORIGINS = 10
_PRIOR_WINDOWS = 20
_MODEL = "structural time series, averaged over models, scaled by backtest errors"
_NAIVE = "seasonal naive (the model did not beat it on past windows)"
_NONE = "not enough data"


@dataclass(frozen=True)
class Forecast:
    """What comes next.

    frame: date, mean, low, high in the series' unit, one row per period ahead. method: the model
    used, or that it fell back to seasonal naive. backtest: origin (first date forecast), mase,
    mase_seasonal_naive, one row per past window. n: periods known. enough: False means NaN
    figures.
    """

    frame: pd.DataFrame
    method: str
    backtest: pd.DataFrame
    n: int
    enough: bool = True
    level: float = 0.95


def forecast(series, horizon, level=0.95):
    """Means and intervals of the next `horizon` periods, per period.

    series: Series on a regular DatetimeIndex, any unit; missing periods are left out. The averaged
    structural model (structural.py) is run from up to ten past origins; where its mean absolute
    scaled error is not below seasonal naive's, the forecast is seasonal naive and `method` says
    so. Intervals of either are scaled by the errors of these windows, and where the history has
    no value below zero, neither has the forecast. `enough` is False with fewer than 20 periods, or
    fewer than the horizon.

    Raises BadValue for a horizon below 1 or an irregular index. Source: Harvey (1989); MASE after
    Hyndman and Koehler (2006), International Journal of Forecasting 22; seasonal naive variance
    after Hyndman and Athanasopoulos, Forecasting: Principles and Practice, section 5.5.
    """
    where = "forecast.forecast"
    require_level(level, where)
    if not isinstance(horizon, (int, np.integer)) or horizon < 1:
        raise BadValue(
            f"horizon must be a whole number of at least 1, found {horizon!r}.",
            where=where,
            remedy="Give the number of periods ahead.",
        )
    series = regular(series, "series", where).loc[: series.last_valid_index()]
    known = int(series.notna().sum())
    values = series.to_numpy()
    if known < max(_LEAST, horizon):
        return _not_enough(series, horizon, known, level)
    dates = extend(series.index, horizon)
    season = main_season(series.index)
    season = season if len(values) >= 3 * season else 1
    origins = _origins(len(values), horizon, season)
    model = _model(series, horizon, origins)
    rows, windows = [], []
    for origin, predicted in zip(origins, model[:-1], strict=True):
        actual = values[origin : origin + horizon]
        naive, spread = _seasonal_naive(values[:origin], season, horizon)
        unit = np.nanmean(np.abs(values[season:origin] - values[: origin - season]))
        ours = np.nanmean(np.abs(actual - predicted.mean))
        theirs = np.nanmean(np.abs(actual - naive))
        if not unit > 0 or np.isnan(ours):
            continue
        rows.append((series.index[origin], ours / unit, theirs / unit))
        windows.append((_typical(predicted.scores(actual)), _typical((actual - naive) / spread)))
    backtest = pd.DataFrame(rows, columns=["origin", "mase", "mase_seasonal_naive"])
    falls_back = len(rows) > 0 and backtest["mase"].mean() >= backtest["mase_seasonal_naive"].mean()
    scale = scale_of([pair[int(falls_back)] for pair in windows], prior=_PRIOR_WINDOWS)
    if falls_back:
        mean, spread = _seasonal_naive(values, season, horizon)
        # The spread was itself estimated, from as many steps.
        tail, freedom = (1 + level) / 2, max(known - season, 2)
        half = spread * scale.critical(level) * student.ppf(tail, freedom) / norm.ppf(tail)
        low, high = mean - half, mean + half
    else:
        predicted, z = model[-1], scale.critical(level)
        mean, low, high = predicted.mean, predicted.bound(-z), predicted.bound(z)
    if np.nanmin(values) >= 0:
        mean, low, high = (np.maximum(part, 0.0) for part in (mean, low, high))
    frame = pd.DataFrame({"date": dates, "mean": mean, "low": low, "high": high})
    return Forecast(frame, _NAIVE if falls_back else _MODEL, backtest, known, True, level)


@dataclass(frozen=True)
class _Predicted:
    """The model's mixture for one window, back in the series' unit."""

    mixture: structural.Prediction
    middle: float
    spread: float

    @property
    def mean(self):
        return self.middle + self.spread * structural.centre(self.mixture)

    def bound(self, z):
        return self.middle + self.spread * structural.at_score(self.mixture, z)

    def scores(self, actual):
        return structural.score(self.mixture, (actual - self.middle) / self.spread)


def _model(series, horizon, origins):
    """What the averaged model expects from each origin, and from the end of the series."""
    length = len(series)
    dates = series.index.append(extend(series.index, horizon))
    fixed, blocks = design_columns(dates, length)
    values = series.to_numpy()
    seen = np.concatenate([np.isfinite(values), np.zeros(horizon, dtype=bool)])
    middle, spread = float(np.nanmean(values)), float(np.nanstd(values)) or 1.0
    scaled = np.where(seen, np.concatenate([values, np.zeros(horizon)]) - middle, 0.0) / spread
    design = structural.Design(np.column_stack([fixed, scaled]), blocks, (), seen)
    filtered = structural.run_filter(design, [*origins, length])
    each = np.eye(horizon)
    out = []
    for origin in [*origins, length]:
        error = structural.predict(filtered, origin, each)
        # Observed minus expected, turned into expected.
        shown = design.columns[origin : origin + horizon, -1]
        mixture = structural.Prediction(
            error.weight, shown - error.mean, error.scale, error.freedom, {}, error.by_point
        )
        out.append(_Predicted(mixture, middle, spread))
    return out


def _origins(length, horizon, season):
    """Starts of past windows, the last one ending with the series, not overlapping."""
    least = max(_LEAST, horizon, 2 * season + 1)
    starts = range(length - horizon, least - 1, -horizon)
    return list(starts)[:_MOST_ORIGINS][::-1]


def _seasonal_naive(values, season, horizon):
    """The last season again, and the standard deviation of its error, per period ahead."""
    filled = pd.Series(values)
    # A missing period takes the one a season before it.
    for _ in range(len(values) // season):
        if not filled.isna().any():
            break
        filled = filled.fillna(filled.shift(season))
    filled = filled.ffill().bfill().to_numpy()
    ahead = np.arange(horizon)
    mean = filled[len(filled) - season + ahead % season]
    steps = values[season:] - values[:-season]
    spread = np.sqrt(np.nanmean(steps**2)) * np.sqrt(1 + ahead // season)
    return mean, np.maximum(spread, 1e-12)


def _typical(scores):
    return float(np.sqrt(np.nanmean(np.square(scores))))


def _not_enough(series, horizon, known, level):
    dates = pd.DatetimeIndex([pd.NaT] * horizon)
    if len(series) >= 2:
        dates = extend(series.index, horizon)
    frame = pd.DataFrame({"date": dates, "mean": np.nan, "low": np.nan, "high": np.nan})
    backtest = pd.DataFrame(columns=["origin", "mase", "mase_seasonal_naive"])
    return Forecast(frame, _NONE, backtest, known, False, level)
