"""Lift from a panel of units: synthetic control and difference-in-differences.

Both compare the treated with a weighted mean of untreated units, shifted to the treated level
before the campaign; they differ in the weights. Both judge the gap by placebos: each untreated
unit taken as treated, and earlier windows of the treated held out.
"""

from math import isfinite

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from opsbook.errors import BadValue
from opsbook.methods._arguments import require_columns, require_level
from opsbook.methods.lift_result import Lift, Scale, estimates, not_enough, placebo_frame
from opsbook.methods.regular_series import regular, window_of

_LEAST = 10  # periods before the campaign
_LEAST_PLACEBOS = 4
_MOST_WINDOWS = 8
_RIDGE = 1e-6


def synthetic_control(panel, unit, time, outcome, treated, start, end, level=0.95):
    """Effect on the treated against the mix of untreated units that ran alongside them before.

    panel: long frame, one row per unit and period; unit, time, outcome: its columns. treated: a
    name or a list; totals sum the treated, `mean` is per treated unit and period. start, end:
    included. Gives a Lift with `weights`, a Series by untreated unit (at least 0, summing to 1).
    Rows after `end` are not used. `enough` is False with fewer than ten periods before `start` or
    fewer than four placebos.

    Weights minimise the squared gap before the campaign after both sides are centred, with a
    small ridge that spreads weight over like units. Raises MissingColumns, and BadValue where a
    treated unit is unknown or units miss periods. Source: Abadie, Diamond and Hainmueller (2010),
    JASA 105; centring after Doudchenko and Imbens (2016) and Ferman and Pinto (2021); placebos
    scaled by the error before the campaign.
    """
    parts = (panel, unit, time, outcome, treated, start, end, level)
    return _compare(*parts, _simplex, "synthetic control", "lift.synthetic_control")


def difference_in_differences(panel, unit, time, outcome, treated, start, end, level=0.95):
    """Effect on the treated: their change less the mean change of the untreated.

    Arguments and result as for `synthetic_control`; the weights are equal. The interval does not
    assume independent periods: it follows from the changes of the untreated among themselves and
    from earlier windows. Source: Card and Krueger (1994), American Economic Review 84; inference
    with few treated units after Conley and Taber (2011), Review of Economics and Statistics 93.
    """
    parts = (panel, unit, time, outcome, treated, start, end, level)
    return _compare(*parts, _equal, "difference-in-differences", "lift.difference_in_differences")


def _compare(panel, unit, time, outcome, treated, start, end, level, fit, method, where):
    require_level(level, where)
    wide, ours = _wide(panel, unit, time, outcome, treated, where)
    first, last = window_of(wide.index, start, end, where)
    wide = wide.iloc[: last + 1]
    length = last + 1 - first
    target = wide[ours].mean(axis=1).to_numpy()
    donors = wide.drop(columns=ours)
    values = donors.to_numpy()
    share = fit(target[:first], values[:first])
    weights = pd.Series(share, index=donors.columns, name="weight")
    short = not_enough(wide.index, target * len(ours), first, method, level, weights)
    if first < max(_LEAST, length):
        return short
    gap, typical = _gap(target, values, first, first, fit)
    effect = float(gap[first:].mean())
    if typical <= 1e-9 * max(np.abs(target).max(), 1e-300):
        return short
    rows, scores, daily_scores = [], [], []
    for position, name in enumerate(donors.columns):
        others = np.delete(values, position, axis=1)
        if not others.shape[1]:
            continue
        placebo, own = _gap(values[:, position], others, first, first, fit)
        if own > 0:
            rows.append(("space", str(name), float(placebo[first:].sum())))
            scores.append(placebo[first:].mean() / own)
            daily_scores.append(placebo[first:] / own)
    for begin in range(first - length, _LEAST - 1, -length)[:_MOST_WINDOWS]:
        placebo, own = _gap(target, values, first, begin, fit, length)
        inside = placebo[begin : begin + length]
        if own > 0:
            date = wide.index[begin]
            rows.append(("time", str(date.date()), float(inside.sum()) * len(ours)))
            scores.append(inside.mean() / own)
            daily_scores.append(inside / own)
    if len(scores) < _LEAST_PLACEBOS:
        return short
    # Fitted weights make the placebos lean on the same few units: they count as half as many.
    freedom = len(scores) if fit is _equal else len(scores) / 2
    scale = Scale(float(np.sqrt(np.mean(np.square(scores)))), freedom)
    if not isfinite(scale.factor) or scale.factor <= 0:
        return short
    half = scale.critical(level) * typical
    placebo = [(*row, scale.p_value(s)) for row, s in zip(rows, scores, strict=True)]
    periods = length * len(ours)
    observed = float(target[first:].sum()) * len(ours)
    whole = estimates(
        effect * periods,
        (effect - half) * periods,
        (effect + half) * periods,
        observed,
        periods,
        first,
        method,
        level,
    )
    after = float(np.sqrt(np.mean(np.square(np.concatenate(daily_scores)))))
    bands = np.where(np.arange(last + 1) < first, 1.0, max(after, scale.factor))
    bands = bands * typical * scale.critical(level) / scale.factor * len(ours)
    expected = (target - gap) * len(ours)
    daily = pd.DataFrame(
        {
            "date": wide.index,
            "observed": target * len(ours),
            "expected": expected,
            "low": expected - bands,
            "high": expected + bands,
        }
    )
    p_value = scale.p_value(effect / typical)
    return Lift(*whole, p_value, daily, method, placebo_frame(placebo), weights)


def _gap(target, donors, known, begin, fit, length=0):
    """Target less its counterfactual per period, and the root mean square gap where fitted.

    Fitted on the rows before `known`, without the `length` rows from `begin` on.
    """
    rows = np.r_[0:begin, begin + length : known]
    share = fit(target[rows], donors[rows])
    gap = target - donors @ share
    gap = gap - gap[rows].mean()
    return gap, float(np.sqrt(np.mean(gap[rows] ** 2)))


def counterfactual(target, donors):
    """What a synthetic control fitted on all these periods says of the target in each of them.

    target: (periods,), donors: (periods, units); the mean gap is nought.
    """
    mixed = donors @ _simplex(target, donors)
    return mixed + (target - mixed).mean()


def _equal(target, donors):
    return np.full(donors.shape[1], 1 / donors.shape[1])


def _simplex(target, donors):
    """Weights of at least 0 that sum to 1, by non-negative least squares with a heavy sum row."""
    ours, theirs = target - target.mean(), donors - donors.mean(axis=0)
    size = float(np.sqrt((theirs**2).sum(axis=0).mean())) or 1.0
    count = donors.shape[1]
    heavy = 1e3 * size
    matrix = np.vstack([theirs, np.sqrt(_RIDGE) * size * np.eye(count), np.full((1, count), heavy)])
    share, _ = nnls(matrix, np.concatenate([ours, np.zeros(count), [heavy]]), maxiter=50 * count)
    return share / share.sum() if share.sum() > 0 else _equal(target, donors)


def _wide(panel, unit, time, outcome, treated, where):
    """Periods by units, and the list of treated units."""
    require_columns(panel, [unit, time, outcome], where)
    ours = [treated] if isinstance(treated, str) or not hasattr(treated, "__iter__") else treated
    ours = list(dict.fromkeys(ours))
    names = panel[unit].unique()
    unknown = [name for name in ours if name not in set(names)]
    if unknown or not ours:
        raise BadValue(
            f"treated names {', '.join(map(str, unknown)) or 'nobody'}; column {unit} has "
            f"{', '.join(map(str, names[:4]))}.",
            where=where,
            remedy="Name units of the panel.",
        )
    if len(ours) == len(names):
        raise BadValue(
            "every unit is treated, expected some that are not.",
            where=where,
            remedy="Add untreated units, or use lift.estimate.",
        )
    if panel.duplicated([unit, time]).any():
        raise BadValue(
            f"a unit has two rows for the same {time}.",
            where=where,
            remedy="Sum the rows of a unit and period first.",
        )
    frame = panel.assign(**{time: pd.to_datetime(panel[time])})
    wide = frame.pivot(index=time, columns=unit, values=outcome)
    wide = pd.DataFrame({name: regular(wide[name], f"{unit} {name}", where) for name in wide})
    gaps = wide.columns[wide.isna().any()]
    if len(gaps):
        raise BadValue(
            f"{outcome} is missing in some periods for {', '.join(map(str, gaps[:4]))}.",
            where=where,
            remedy="Drop these units or fill their periods.",
        )
    return wide, ours
