"""What spend per channel brings, and how a budget is best split."""

from dataclasses import dataclass, field
from math import inf

import numpy as np
import pandas as pd

from opsbook.errors import BadValue
from opsbook.estimate import Estimate
from opsbook.methods import _budget
from opsbook.methods._arguments import dates, numbers, require_columns
from opsbook.methods._carry_over import adstock, clean, grid, hill, posterior, search, whitened

_METHOD = "geometric carry-over and Hill saturation, posterior by Gibbs sampling"
_DRAWS = 400
_POINTS = 41
_MIN_VARIATION = 0.1  # standard deviation of spend over its mean
_MAX_INFLATION = 15.0  # variance inflation by other channels, trend and season


@dataclass(frozen=True)
class Allocation:
    """A proposed split: spend per period by channel, and its gain against the present split."""

    spend: pd.Series
    gain: Estimate


@dataclass(frozen=True)
class Response:
    """Response curves by channel.

    identified: False where the data cannot tell the curves; reason then says why, and why is the same as
    (code, values) for other languages. curves: channel,
    spend, effect, low, high (steady state, per period; NaN where not identified). parameters:
    channel, carry_over, half_saturation, shape, coefficient. present: mean spend per period. n:
    periods. explained: share of the outcome's variance beyond trend and season that spend explains.
    """

    identified: bool
    reason: str
    curves: pd.DataFrame
    parameters: pd.DataFrame
    present: pd.Series
    n: int
    explained: float
    method: str = _METHOD
    draws: np.ndarray | None = field(repr=False, default=None)
    why: tuple = ()

    def allocate(self, total, bounds=None, present=None):
        """The split of `total` per period with equal marginal returns within bounds.

        bounds: {channel: (low, high)}; others are free from 0 to total. present: spend by channel
        that the gain is measured against, scaled to the same total; by default the mean of all
        periods. gain: outcome per period, as `Estimate` (`enough` False, and the present shares
        returned, where the curves are not identified). The gain is of the fitted curves: the
        split was chosen by them, so read its low end.
        """
        where = "response.allocate"
        names = list(self.present.index)
        low, high = _bounds(total, bounds, names, where)
        share = self._present(present, where)
        share = share / share.sum() if share.sum() > 0 else np.full(len(names), 1 / len(names))
        present = share * total
        if not self.identified:
            kept = _inside(present, total, low, high)
            none = Estimate.not_enough(self.n, _METHOD)
            return Allocation(pd.Series(kept, index=names, name="spend"), none)
        split = _budget.best_split(float(total), low, high, self.draws)
        gains = (_budget.effects(split, self.draws) - _budget.effects(present, self.draws)).sum(1)
        bottom, top = np.quantile(gains, [0.025, 0.975]).tolist()
        estimate = Estimate(float(gains.mean()), bottom, top, self.n, _METHOD)
        return Allocation(pd.Series(split, index=names, name="spend"), estimate)

    def _present(self, given, where):
        if given is None:
            return self.present.to_numpy()
        lacks = [name for name in self.present.index if name not in given]
        if lacks:
            raise BadValue(
                f"present lacks {', '.join(map(str, lacks))}.",
                where=where,
                remedy="Give the spend of every channel.",
            )
        return np.array([float(given[name]) for name in self.present.index])


def fit(frame, spend, outcome, date="date_day"):
    """Response of an outcome to spend per channel, with carry-over and saturation.

    frame: one row per period (day, week or month, regular); spend: list of columns, at least 0, any
    currency; outcome: column. A trend, the season of the year (from a year and a half on) and
    the weekday (daily rows) are taken out alongside. Effects are at least 0; weak priors on
    carry-over and saturation steady what the data hardly tell; noise may remember its last
    period; intervals are 95 % of the posterior. Not identified: too few periods, spend that hardly
    varies, or spend that moves with another channel, the trend or the season.
    Source: Jin, Wang, Sun, Chan and Koehler (2017), Bayesian methods for media mix modelling.
    """
    where = "response.fit"
    spend = [spend] if isinstance(spend, str) else list(spend)
    if not spend:
        raise BadValue("spend names no column.", where=where, remedy="Name one per channel.")
    require_columns(frame, [date, outcome, *spend], where)
    when = dates(frame[date].to_numpy(), date, where)
    order = np.argsort(when.asi8, kind="stable")
    days = _regular_days(when[order], date, where)
    paid = np.column_stack([numbers(frame[name], name, where, low=0)[order] for name in spend])
    result = numbers(frame[outcome], outcome, where)[order]
    controls = _controls(days)
    reason, why = _not_identified(paid, spend, controls)
    present = pd.Series(paid.mean(axis=0), index=spend, name="spend")
    if reason:
        return _unidentified(reason, why, spend, paid, present)

    cells = grid(paid, controls)
    target = clean(result, cells.basis)
    chosen, weights, loss = search(cells, target, 0.0)
    variance = loss / max(len(target) - controls.shape[1] - 2 * len(spend), len(target) / 4)
    chosen, weights, loss = search(cells, target, variance, chosen)
    total = float(target @ target)
    explained = 1 - loss / total if total > 0 else 0.0
    draws = _draws(paid, controls, result, target - cells.features[:, chosen] @ weights)
    parameters = pd.DataFrame(
        {
            "channel": spend,
            "carry_over": cells.parameters[chosen, 0],
            "half_saturation": cells.parameters[chosen, 1],
            "shape": cells.parameters[chosen, 2],
            "coefficient": weights,
        }
    )
    curves = _curves(spend, paid, draws)
    return Response(True, "", curves, parameters, present, len(result), explained, draws=draws)


def _draws(paid, controls, result, rest):
    """Draws x channels x (coefficient, half, shape) of the posterior, whitened by the residuals' memory."""
    power = float(rest @ rest)
    memory = float(np.clip(rest[1:] @ rest[:-1] / power if power > 0 else 0.0, 0.0, 0.9))
    cells = grid(paid, controls, memory)
    target = clean(whitened(result, memory), cells.basis)
    chosen, weights, loss = search(cells, target, 0.0)
    variance = max(loss, 1e-12 * float(target @ target)) / max(len(target) / 2, 1)
    # Before the data speak, all channels together are taken to bring about half of the outcome.
    scale = max(abs(float(result.mean())) / (2 * paid.shape[1]), 0.1 * float(result.std()), 1e-300)
    found = posterior(
        cells,
        target,
        chosen,
        weights,
        variance,
        scale,
        np.random.default_rng(20260101),
        draws=_DRAWS,
    )
    parameters = cells.parameters[found[..., 0].astype(int)]
    return np.concatenate([found[..., 1:], parameters[..., 1:]], axis=-1)


def _curves(spend, paid, draws):
    """Effect of steady spend from 0 to half again the highest: median of the draws, with bounds."""
    frames = []
    for number, name in enumerate(spend):
        level = np.linspace(0, 1.5 * np.quantile(paid[:, number], 0.98), _POINTS)
        many = draws[:, number, 0, None] * hill(level, draws[:, number, 1:2], draws[:, number, 2:3])
        low, effect, high = np.quantile(many, [0.025, 0.5, 0.975], axis=0)
        frames.append(
            pd.DataFrame(
                {
                    "channel": name,
                    "spend": level,
                    "effect": effect,
                    "low": low,
                    "high": high,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _controls(days):
    """Constant, trend, season of the year where it can be told, weekday where rows are daily."""
    step = days[1] - days[0] if len(days) > 1 else 1.0
    span = days[-1] - days[0] + step if len(days) else 0.0
    line = (days - days.mean()) / max(span, 1) if len(days) else days
    columns = [np.ones(len(days)), line]
    if span >= 548:
        columns.append(line**2)
        for wave in (1, 2):
            angle = 2 * np.pi * wave * days / 365.25
            columns += [np.sin(angle), np.cos(angle)]
    if step == 1 and len(days) >= 28:
        columns += [(np.arange(len(days)) % 7 == weekday).astype(float) for weekday in range(6)]
    return np.column_stack(columns)


def _not_identified(paid, spend, controls):
    """Why the curves cannot be told, as text and as (code, values); empty where they can."""
    rows, channels = paid.shape
    needed = controls.shape[1] + 8 * channels + 10
    if rows < needed:
        why = {"periods": rows, "count": channels, "needed": needed}
        return f"{rows} periods; {channels} channels need at least {needed}", ("few_periods", why)
    mean, deviation = paid.mean(axis=0), paid.std(axis=0)
    flat = [
        name
        for name, centre, width in zip(spend, mean, deviation, strict=True)
        if width <= _MIN_VARIATION * centre
    ]
    if flat:
        return f"spend hardly varies: {', '.join(flat)}", ("flat_spend", {"channels": flat})
    kept = np.column_stack([adstock(column, 0.3) for column in paid.T])
    tied = []
    for number, name in enumerate(spend):
        others = np.column_stack([controls, np.delete(kept, number, axis=1)])
        others = others / np.maximum(np.linalg.norm(others, axis=0), 1e-300)
        column = kept[:, number]
        rest = column - others @ np.linalg.lstsq(others, column, rcond=None)[0]
        if rest.var() * _MAX_INFLATION < column.var():
            tied.append(name)
    if tied:
        text = f"spend moves with other channels, the trend or the season: {', '.join(tied)}"
        return text, ("tied_spend", {"channels": tied})
    return "", ()


def _unidentified(reason, why, spend, paid, present):
    """The result that says why nothing can be said."""
    frames = [
        pd.DataFrame({"channel": name, "spend": np.linspace(0, 1.5 * column.max(), _POINTS)})
        for name, column in zip(spend, paid.T, strict=True)
    ]
    curves = pd.concat(frames, ignore_index=True).assign(effect=np.nan, low=np.nan, high=np.nan)
    columns = ["carry_over", "half_saturation", "shape", "coefficient"]
    parameters = pd.DataFrame({"channel": spend}).assign(**dict.fromkeys(columns, np.nan))
    return Response(False, reason, curves, parameters, present, len(paid), np.nan, why=why)


def _regular_days(when, name, where):
    """Days since the first row; BadValue where rows repeat or are not regular."""
    days = (when.as_unit("s").asi8 - (when.as_unit("s").asi8[0] if len(when) else 0)) / 86400.0
    steps = np.diff(days)
    monthly = len(steps) and steps.min() >= 27.9 and steps.max() <= 31.1
    if len(steps) and (steps.min() <= 0 or (not monthly and np.ptp(steps) > 0.1)):
        row = int(np.argmax(np.abs(steps - np.median(steps)))) + 1
        raise BadValue(
            f"{name} must be regular periods; {when[row].date()} follows {when[row - 1].date()}.",
            where=where,
            remedy="Sum by day or week and fill periods without spend with 0.",
        )
    return days


def _bounds(total, bounds, names, where):
    """Low and high spend per channel; BadValue where they leave no split of `total`."""
    if not isinstance(total, (int, float, np.number)) or not 0 < total < inf:
        raise BadValue(
            f"total must be above 0, found {total!r}.", where=where, remedy="State it per period."
        )
    bounds = dict(bounds or {})
    unknown = [name for name in bounds if name not in names]
    if unknown:
        raise BadValue(
            f"bounds name {', '.join(map(str, unknown))}; the channels are {', '.join(names)}.",
            where=where,
            remedy="Name the spend columns.",
        )
    pairs = [bounds.get(name, (0.0, float(total))) for name in names]
    low = np.array([max(0.0, float(pair[0])) for pair in pairs])
    high = np.array([float(pair[1]) for pair in pairs])
    if (low > high).any() or low.sum() > total * (1 + 1e-9) or high.sum() < total * (1 - 1e-9):
        raise BadValue(
            f"bounds allow {low.sum():g} to {high.sum():g} in all, total is {total:g}.",
            where=where,
            remedy="Widen the bounds or change the total.",
        )
    return low, high


def _inside(present, total, low, high):
    """The present split, moved as little as needed to keep to the bounds and the total."""
    split = np.clip(present, low, high)
    for _ in range(100):
        rest = total - split.sum()
        room = high - split if rest > 0 else split - low
        if abs(rest) < 1e-9 * total or room.sum() <= 0:
            break
        split = np.clip(split + rest * room / room.sum(), low, high)
    return split
