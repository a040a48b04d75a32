"""What a campaign added: the outcome against what it would have been without.

`estimate` for one series, with controls where there are any; `synthetic_control` and
`difference_in_differences` for a panel of units; `detectable` before a campaign starts.
"""

import numpy as np
import pandas as pd

from opsbook.errors import BadValue
from opsbook.estimate import Estimate
from opsbook.methods import structural
from opsbook.methods._arguments import require_level
from opsbook.methods.lift_panel import difference_in_differences, synthetic_control
from opsbook.methods.lift_result import (
    Lift,
    estimates,
    not_enough,
    placebo_frame,
    scale_of,
)
from opsbook.methods.regular_series import design_columns, regular, window_of

__all__ = ["detectable", "difference_in_differences", "estimate", "synthetic_control"]

_LEAST = 20  # periods before the campaign
_LEAST_PLACEBO = 28  # periods before a placebo window
_MOST_PLACEBOS = 20
_PRIOR_WINDOWS = 20
_ORIGINS = 40
_METHOD = "structural time series, averaged over models, scaled by placebo windows"


def estimate(outcome, start, end, controls=None, level=0.95, *, holidays=None):
    """Effect of a campaign on one series, against its structural counterfactual.

    outcome: Series on a regular DatetimeIndex, any unit; missing periods are left out. start, end:
    first and last date of the campaign, included. controls: frame on the same index, untouched by
    the campaign; which of them enter is decided on the rows before `start`. holidays: Series of
    names by date (or dates alone); each name seen before the campaign becomes a regressor.
    Gives a Lift, in the outcome's unit. Rows after `end` are not used. `enough` is False with
    fewer than 20 periods, or fewer than the window has, before `start`.

    The model averages trend, weekly and yearly season, level, AR(1) and choice of controls
    (structural.py); its interval is scaled by the errors it made on earlier windows of the same
    length, each predicted from the rows before it. Placebo in space: each control as outcome.

    Raises BadValue for dates outside the series, controls on other dates or missing in it.
    Source: Harvey (1989); Brodersen et al. (2015), Annals of Applied Statistics 9; placebo
    windows after Abadie, Diamond and Hainmueller (2010), JASA 105.
    """
    where = "lift.estimate"
    require_level(level, where)
    series = regular(outcome, "outcome", where)
    first, last = window_of(series.index, start, end, where)
    series = series.iloc[: last + 1]
    table = _controls(controls, series.index, where)
    seen = series.notna().to_numpy() & table.notna().all(axis=1).to_numpy()
    known, inside = int(seen[:first].sum()), int(seen[first:].sum())
    observed = series.to_numpy()
    values = observed[:first][seen[:first]]
    if known < max(_LEAST, last + 1 - first) or not inside or np.ptp(values) == 0:
        return not_enough(series.index, observed, known, _METHOD, level)
    design, middle, spread = _design(series, table, seen, first, holidays)
    length = last + 1 - first
    origins = _placebo_origins(first, length)
    filtered = structural.run_filter(design, [*origins, first])
    scores, rows = [], []
    for origin in origins:
        weights = seen[None, origin : origin + length].astype(float)
        if not weights.any():
            continue
        prediction = structural.predict(filtered, origin, weights)
        scores.append(structural.score(prediction)[0])
        rows.append(("time", _name(series.index[origin]), structural.centre(prediction)[0]))
    scale = scale_of(scores, prior=_PRIOR_WINDOWS)
    z = scale.critical(level)
    placebo = [
        (*row[:2], row[2] * spread, scale.p_value(s)) for row, s in zip(rows, scores, strict=True)
    ]
    weights = np.vstack([seen[first:].astype(float), np.eye(length)])
    for position, name in zip(design.controls, table.columns, strict=True):
        prediction = structural.predict(filtered, first, weights[:1], outcome=position)
        value = (
            structural.centre(prediction)[0] * table[name].to_numpy()[:first][seen[:first]].std()
        )
        p_value = scale.p_value(structural.score(prediction)[0])
        placebo.append(("space", str(name), value, p_value))
    prediction = structural.predict(filtered, first, weights)
    # The prediction is of the error, observed minus expected: that is the effect.
    centre = structural.centre(prediction) * spread
    low, high = (structural.at_score(prediction, side) * spread for side in (-z, z))
    whole = estimates(
        centre[0],
        low[0],
        high[0],
        float(np.nansum(observed[first:][seen[first:]])),
        inside,
        known,
        _METHOD,
        level,
    )
    effect = [
        np.concatenate(pair)
        for pair in zip(
            _before(filtered, first, z, spread), (centre[1:], low[1:], high[1:]), strict=True
        )
    ]
    filled = design.columns[:, -1] * spread + middle
    daily = pd.DataFrame(
        {
            "date": series.index,
            "observed": observed,
            "expected": filled - effect[0],
            "low": filled - effect[2],
            "high": filled - effect[1],
        }
    )
    p_value = scale.p_value(structural.score(prediction)[0])
    return Lift(*whole, p_value, daily, _METHOD, placebo_frame(placebo))


def detectable(history, days, power=0.8, level=0.95):
    """Smallest relative lift that a campaign of `days` periods would most likely show.

    history: Series on a regular DatetimeIndex without campaign. The lift is planted in windows of
    the history, each judged from the rows before it as `estimate` would: value is the lift that a
    share `power` of the windows finds at `level`; low and high come from resampled blocks of
    windows. n: windows. `enough` is False with fewer than eight windows.

    Raises BadValue for days below 1 or power outside 0 to 1. Source: simulation on history, as in
    GeoLift's power analysis (Meta 2021).
    """
    where = "lift.detectable"
    require_level(level, where)
    require_level(power, where)
    if not isinstance(days, (int, np.integer)) or days < 1:
        raise BadValue(
            f"days must be a whole number of at least 1, found {days!r}.",
            where=where,
            remedy="Give the length of the campaign in periods.",
        )
    method = "lift planted in windows of the history"
    series = regular(history, "history", where)
    known = int(series.notna().sum())
    least = max(_LEAST_PLACEBO, days, len(series) // 3)
    room = len(series) - days - least
    if room < 7 or np.nanstd(series.to_numpy()) == 0:
        return Estimate.not_enough(max(room + 1, 0), method, level=level)
    origins = sorted({int(o) for o in np.linspace(least, len(series) - days, _ORIGINS)})
    seen = series.notna().to_numpy()
    empty = pd.DataFrame(index=series.index)
    design, _, spread = _design(series, empty, seen, len(series), None)
    filtered = structural.run_filter(design, origins)
    scores, found = [], []
    for origin in origins:
        weights = seen[None, origin : origin + days].astype(float)
        observed = float(np.nansum(series.to_numpy()[origin : origin + days]))
        if weights.any() and observed > 0:
            prediction = structural.predict(filtered, origin, weights)
            scores.append(structural.score(prediction)[0])
            found.append((prediction, observed))
    apart = max(1, round(days / max(np.diff(origins).mean(), 1)))
    z = scale_of(scores[::-apart], prior=_PRIOR_WINDOWS).critical(level)
    needed = []
    for prediction, observed in found:
        low, high = (structural.at_score(prediction, side)[0] * spread for side in (-z, z))
        # An error of either sign is as likely: the window counts once with each.
        needed.append((-low / observed, high / observed))
    if len(needed) < 8:
        return Estimate.not_enough(len(needed), method, level=level)
    needed = np.array(needed)
    rng = np.random.default_rng(0)
    size = min(max(apart, 1), len(needed) // 2)
    starts = rng.integers(0, len(needed) - size + 1, (400, -(-len(needed) // size)))
    rows = (starts[:, :, None] + np.arange(size)).reshape(400, -1)[:, : len(needed)]
    drawn = np.quantile(needed[rows].reshape(400, -1), power, axis=1)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    value = float(np.quantile(needed, power))
    low, high = min(float(low), value), max(float(high), value)
    return Estimate(value, low, high, min(len(needed), known), method, True, level)


def _controls(controls, index, where):
    """Controls as a frame of floats on `index`."""
    if controls is None:
        return pd.DataFrame(index=index)
    if isinstance(controls, pd.Series):
        controls = controls.to_frame("control" if controls.name is None else controls.name)
    if not isinstance(controls, pd.DataFrame):
        raise BadValue(
            f"controls must be a frame on the outcome's dates, found {type(controls).__name__}.",
            where=where,
            remedy="Pass a DataFrame with one column per control.",
        )
    missing = index.difference(controls.index)
    if len(missing):
        raise BadValue(
            f"controls lack {len(missing)} of the outcome's dates, the first is {missing[0]}.",
            where=where,
            remedy="Reindex the controls to the outcome's dates.",
        )
    columns = {
        name: regular(controls[name], f"control {name}", where).reindex(index)
        for name in controls.columns
    }
    return pd.DataFrame(columns, index=index)


def _design(series, table, seen, first, holidays):
    """The columns of the model, centred and scaled on the rows before `first`; the outcome's mean and scale."""
    extra = _holiday_columns(holidays, series.index, first)
    fixed, blocks = design_columns(series.index, first, extra)
    used = seen[:first]
    parts = [fixed]
    for values in (*(table[name].to_numpy() for name in table.columns), series.to_numpy()):
        before = values[:first][used]
        filled = np.where(np.isnan(values), before.mean(), values)
        parts.append(((filled - before.mean()) / (before.std() or 1.0))[:, None])
    controls = tuple(range(fixed.shape[1], fixed.shape[1] + table.shape[1]))
    before = series.to_numpy()[:first][used]
    design = structural.Design(np.hstack(parts), blocks, controls, seen)
    return design, float(before.mean()), float(before.std()) or 1.0


def _holiday_columns(holidays, index, first):
    """One block of a column per holiday name that occurs before row `first`."""
    if holidays is None:
        return []
    if not isinstance(holidays, pd.Series):
        holidays = pd.Series("holiday", index=pd.DatetimeIndex(holidays))
    names = holidays.astype(str)
    columns = [index.isin(names.index[names == name]) for name in sorted(names.unique())]
    columns = [column.astype(float) for column in columns if column[:first].any()]
    return [("holidays", np.column_stack(columns))] if columns else []


def _placebo_origins(first, length):
    """Starts of windows of the same length, back from the campaign, not overlapping."""
    least = max(_LEAST_PLACEBO, length)
    return list(range(first - length, least - 1, -length))[:_MOST_PLACEBOS][::-1]


def _before(filtered, first, z, spread):
    """Centre, low and high of the one-step errors before the campaign."""
    prediction = structural.fitted(filtered, first)
    middle = structural.centre(prediction) * spread
    half = z * structural.deviation(prediction) * spread
    return middle, middle - half, middle + half


def _name(date):
    return str(date.date()) if date == date.normalize() else str(date)
