"""Which weekday and hour to post at: effects pooled over the week, with intervals.

`slot_effects` estimates, `held_out` scores the estimate on later weeks against the plain mean heat
map and against "post any time".
"""

from itertools import pairwise

import numpy as np
import pandas as pd

from opsbook.errors import BadValue
from opsbook.methods import slot_model
from opsbook.methods.slot_design import (
    checked,
    control_columns,
    independent,
    log_outcome,
    trend_columns,
)

METHOD = "mixed model over weekday x hour, restricted likelihood averaged over its variances"
MIN_POSTS = 30
MIN_SLOTS = 8
REACH = 2  # hours: a slot with no post this near, on any weekday, is answered "not enough"
_DAY = pd.Timedelta(days=1)


def slot_effects(posts, value, at="created_timestamp", controls=None, by=(), level=0.95):
    """Effect of each weekday and hour on a post's outcome, other things equal.

    posts: one row per post. value: name of a count or rate, 0 or more. at: name of a column of
    local times, naive or with zone. controls: names of columns held constant (numbers, times or
    categories); a smooth account trend is always held constant. by: names of grouping columns.

    Per group 168 rows: by columns, weekday (0 Monday), hour, effect (a fraction, relative to the
    group's geometric mean: 0.1 is +10 %), low, high, n (posts in the slot), enough. A group
    of under 30 posts or 8 slots, and a slot without any post within two hours on any weekday, has
    `enough` False and NaN figures. Zeros enter as half the smallest positive value; with counts of
    about two a post this draws effects toward 0 and intervals cover about 90 % instead of 95 %.

    Raises MissingColumns and BadValue. Method: `slot_model`; Gelman and Hill (2007), chapter 13,
    for partial pooling.
    """
    controls, by = _names(controls), _names(by)
    _check_level(level)
    frame = checked(posts, value, at, controls, by)
    if not by:
        return _group_effects(frame, controls, level)
    pieces = []
    for key, rows in frame.groupby(by, sort=True, observed=True):
        piece = _group_effects(rows.reset_index(drop=True), controls, level)
        for place, (name, part) in enumerate(zip(by, key, strict=True)):
            piece.insert(place, name, part)
        pieces.append(piece)
    if not pieces:
        return _slots(frame).iloc[:0].reindex(columns=[*by, *_slots(frame).columns])
    return pd.concat(pieces, ignore_index=True)


def held_out(posts, value, *, at="created_timestamp", controls=None, by=(), weeks=8, folds=4):
    """How well slot effects learned earlier order the posts of the last weeks.

    The last `weeks` weeks are cut into `folds` blocks; each is predicted from strictly earlier
    posts only, group by group. Outcomes are compared on the log scale, freed of the controls (by the
    training fit) and of the block's own level, which no slot map claims to know.

    One row per method (pooled, raw_mean, any_time): method, n (posts scored), error (mean squared
    log error), skill (1 - error / error of any_time), rank_correlation (Spearman), gain (geometric
    mean outcome of the third of each block's posts that the method ranks best against all of them, a
    fraction), gain_low, gain_high (95 %, normal), n_top, enough (30 posts were scored).
    Raises MissingColumns and BadValue.
    """
    controls, by = _names(controls), _names(by)
    for name, number in (("weeks", weeks), ("folds", folds)):
        if not isinstance(number, (int, np.integer)) or number < 1:
            raise BadValue(f"{name} is {number!r}, expected a whole number of 1 or more.")
    frame = checked(posts, value, at, controls, by)
    scored = []
    groups = frame.groupby(by, sort=True, observed=True) if by else [((), frame)]
    for _, rows in groups:
        rows = rows.sort_values("_at", kind="stable").reset_index(drop=True)
        end = rows["_at"].max().normalize() + _DAY
        edges = [end - pd.Timedelta(days=7 * weeks) * (1 - k / folds) for k in range(folds + 1)]
        for first, last in pairwise(edges):
            block = _score_block(rows, first, last, controls)
            if block is not None:
                scored.append(block)
    if not scored:
        return pd.DataFrame([_score(name, None) for name in ("pooled", "raw_mean", "any_time")])
    every = pd.concat(scored, ignore_index=True)
    return pd.DataFrame([_score(name, every) for name in ("pooled", "raw_mean", "any_time")])


def raw_mean_map(slot, values):
    """The plain heat map: mean outcome per slot over the mean of all, less one; empty slots 0."""
    n = np.bincount(slot, minlength=slot_model.SLOTS)
    total = np.bincount(slot, values, slot_model.SLOTS)
    overall = values.mean() or 1.0
    return np.where(n > 0, total / np.maximum(n, 1) / overall - 1, 0.0)


def _names(names):
    return [] if names is None else [names] if isinstance(names, str) else list(names)


def _check_level(level):
    if not 0 < level < 1:
        raise BadValue(f"level is {level!r}, expected a fraction between 0 and 1, such as 0.95.")


def _slot(times):
    return (times.dt.day_of_week * 24 + times.dt.hour).to_numpy(dtype=int)


def _slots(frame):
    """168 rows without figures: what a group that cannot be estimated gets."""
    slot = np.arange(slot_model.SLOTS)
    n = np.bincount(_slot(frame["_at"]), minlength=slot_model.SLOTS)
    table = pd.DataFrame({"weekday": slot // 24, "hour": slot % 24})
    return table.assign(effect=np.nan, low=np.nan, high=np.nan, n=n, enough=False)


def _fitted(frame, controls, level=0.95):
    """Fit of one group with its design, or None where posts are too few or do not differ."""
    if len(frame) < MIN_POSTS:
        return None
    slot, y = _slot(frame["_at"]), log_outcome(frame["_value"].to_numpy())
    days = ((frame["_at"] - frame["_at"].min()) / _DAY).to_numpy(dtype=float)
    added = control_columns(frame, controls)
    design = independent(np.column_stack([added, trend_columns(days)]))
    few = len(np.unique(slot)) < MIN_SLOTS or len(y) - design.shape[1] < MIN_POSTS / 2
    if few or not np.isfinite(y).all() or np.ptp(y) == 0:
        return None
    day = frame["_at"].dt.normalize().to_numpy().astype("datetime64[D]").astype(int)
    return slot_model.fit(y - y.mean(), slot, day, design, level), y, design


def _group_effects(frame, controls, level):
    table = _slots(frame)
    found = _fitted(frame, controls, level)
    if found is None:
        return table
    fit = found[0]
    by_hour = table.groupby("hour")["n"].sum().to_numpy()
    near = sum(np.roll(by_hour, k) for k in range(-REACH, REACH + 1)) > 0
    enough = near[table["hour"]]
    for name, logs in (("effect", fit.mean), ("low", fit.low), ("high", fit.high)):
        table[name] = np.where(enough, np.expm1(logs), np.nan)
    return table.assign(enough=enough)


def _score_block(rows, first, last, controls):
    """Predictions for the posts of one block from the posts before it, with their outcomes."""
    before, block = rows[rows["_at"] < first], rows[(rows["_at"] >= first) & (rows["_at"] < last)]
    if len(block) < 2:
        return None
    before = before.reset_index(drop=True)
    found = _fitted(before, controls)
    if found is None:
        return None
    fit, y, _ = found
    both = pd.concat([before, block], ignore_index=True)
    columns = control_columns(both, controls)
    train = np.arange(len(both)) < len(before)
    outcome = log_outcome(both["_value"].to_numpy())
    if columns.shape[1]:
        days = ((before["_at"] - before["_at"].min()) / _DAY).to_numpy(dtype=float)
        slot = _slot(before["_at"])
        steady = np.column_stack([np.ones(len(before)), trend_columns(days)])
        full = np.column_stack([columns[train], steady])
        effect, *_ = np.linalg.lstsq(full, y - fit.mean[slot], rcond=None)
        outcome = outcome - columns @ effect[: columns.shape[1]]
    slot = _slot(block["_at"])
    outcome = outcome[~train]
    raw = raw_mean_map(_slot(before["_at"]), before["_value"].to_numpy())
    floor = np.log(np.maximum(1 + raw, 0.01))
    result = pd.DataFrame({"outcome": outcome - outcome.mean()})
    for name, guess in (("pooled", fit.mean), ("raw_mean", floor), ("any_time", np.zeros(168))):
        seen = guess[slot]
        result[name] = seen - seen.mean()
        best = pd.Series(seen).rank(method="first", ascending=False) <= len(block) / 3
        result[f"{name}_top"] = best | (name == "any_time")
    return result


def _score(name, every):
    """One row of the score."""
    empty = every is None or len(every) < MIN_POSTS
    row = dict.fromkeys(("error", "skill", "rank_correlation", "gain", "gain_low", "gain_high"))
    row = {"method": name, "n": 0 if every is None else len(every)} | dict.fromkeys(row, np.nan)
    if empty:
        return row | {"n_top": 0, "enough": False}
    outcome, guess = every["outcome"], every[name]
    error = float(((outcome - guess) ** 2).mean())
    top = outcome[every[f"{name}_top"]]
    row |= {"error": error, "skill": 1 - error / float((outcome**2).mean())}
    if guess.std() > 0:
        row["rank_correlation"] = float(outcome.rank().corr(guess.rank()))
    mean, error = top.mean(), top.std(ddof=1) / np.sqrt(len(top))
    ends = mean + np.array([0, -1.959964, 1.959964]) * error
    row |= dict(zip(("gain", "gain_low", "gain_high"), np.expm1(ends), strict=True))
    return row | {"n_top": len(top), "enough": True}
