"""Proof of posting times: simulated accounts with known best hours, and real sellers' later weeks.

No kind of account is the model's own: day shocks that carry over, heavy tails, plateaus and peaks,
counts, and slots without any order.
"""

import numpy as np
import pandas as pd

from opsbook.methods import posting_time
from opsbook.proof import _claim

KINDS = ("waves", "peaks", "counts", "unordered")
DENSITIES = {"2 to 9": (2, 9), "2 to 20": (2, 20)}
TOP = 5  # recommended slots that regret is measured over
WEEKS = 52
REAL_FILE = "posts/facebook_live_sellers.csv"
_HOUR = np.arange(24)
_MONDAY = pd.Timestamp("2025-09-01")


def account(kind, rng, least, most):
    """Posts of one account and the true log effect of its 168 slots.

    Formats go with hours (videos in the evening) and with outcomes, the account grows, and boosted
    posts gain: what a heat map of raw means takes for the hour's merit.
    """
    n = rng.integers(least, most + 1, 168)
    slot = np.repeat(np.arange(168), n)
    week = rng.integers(0, WEEKS, len(slot))
    truth = _truth(kind, rng)
    evening = np.isin(slot % 24, range(18, 23))
    video = rng.random(len(slot)) < np.where(evening, 0.6, 0.25)
    boosted = rng.random(len(slot)) < 0.1
    mean = truth[slot] + 0.4 * video + 0.5 * boosted + 0.6 * week / WEEKS
    if kind == "waves":  # shocks of a day that carry over to the next
        shocks = rng.normal(0, 0.25, 7 * WEEKS)
        for day in range(1, len(shocks)):
            shocks[day] += 0.6 * shocks[day - 1]
        value = np.exp(6 + mean + shocks[week * 7 + slot // 24] + rng.normal(0, 0.5, len(slot)))
    elif kind == "peaks":
        value = np.exp(6 + mean + 0.5 * rng.standard_t(4, len(slot)))
    elif kind == "counts":  # over-dispersed counts
        value = rng.poisson(np.exp(3.6 + mean) * rng.gamma(4, 1 / 4, len(slot))).astype(float)
    else:
        value = np.exp(6 + mean + rng.normal(0, 0.6, len(slot)))
    minutes = rng.integers(0, 60, len(slot))
    hours = (week * 7 * 24 + slot) * 60 + minutes
    posts = pd.DataFrame(
        {
            "created_timestamp": _MONDAY + pd.to_timedelta(hours, unit="min"),
            "value": value,
            "format": np.where(video, "video", "picture"),
            "boosted": boosted,
        }
    )
    posts = posts.sample(frac=1, random_state=int(rng.integers(2**31))).reset_index(drop=True)
    return posts, truth - truth[slot].mean()


def _truth(kind, rng):
    if kind in ("waves", "counts"):
        waves = [
            rng.normal(0, 0.3 / k) * np.cos(2 * np.pi * k * (_HOUR - rng.uniform(0, 24)) / 24)
            for k in (1, 2, 3)
        ]
        own = [
            rng.normal(0, 0.1) * np.cos(2 * np.pi * (_HOUR - rng.uniform(0, 24)) / 24)
            for _ in range(7)
        ]
        return (sum(waves) + rng.normal(0, 0.08, 7)[:, None] + np.array(own)).ravel()
    if kind == "peaks":  # lunch, evening and the like, on some weekdays; nights lower by a step
        effect = np.zeros((7, 24))
        for _ in range(3):
            gap = np.abs(_HOUR - rng.uniform(7, 23))
            gap = np.minimum(gap, 24 - gap)
            peak = rng.uniform(0.1, 0.6) * np.exp(-0.5 * (gap / rng.uniform(0.8, 2.5)) ** 2)
            effect += np.outer(rng.random(7) < 0.7, peak)
        effect[:, :6] -= 0.3
        return effect.ravel()
    return rng.normal(0, 0.25, 168)


def coverage(runs, seed, *, kinds=KINDS, densities=DENSITIES):
    """Coverage and regret by kind of account and posts per slot, beside the raw-mean heat map.

    Columns: noise, posts_per_slot, runs, coverage, mc_error (of coverage, accounts as units),
    not_enough_share, width (median, of the relative effect), false_positive_rate (intervals of slots
    without effect that leave 0: NaN, no slot is exactly 0 here), regret and raw_mean_regret (mean
    relative effect lost over the 5 recommended slots), regret_cut (1 - ratio).
    """
    rows = []
    for kind in kinds:
        for label, (least, most) in densities.items():
            rng = np.random.default_rng([seed, KINDS.index(kind), most])
            cases = [_one(kind, rng, least, most) for _ in range(runs)]
            held, width, short, regret, raw = np.array(cases).T
            rows.append(
                {
                    "noise": kind,
                    "posts_per_slot": label,
                    "runs": runs,
                    "coverage": held.mean(),
                    "mc_error": held.std(ddof=1) / np.sqrt(runs) if runs > 1 else np.nan,
                    "not_enough_share": short.mean(),
                    "width": np.median(width),
                    "false_positive_rate": np.nan,
                    "regret": regret.mean(),
                    "raw_mean_regret": raw.mean(),
                    "regret_cut": 1 - regret.mean() / raw.mean(),
                }
            )
    return pd.DataFrame(rows)


def _one(kind, rng, least, most):
    posts, truth = account(kind, rng, least, most)
    table = posting_time.slot_effects(posts, "value", controls=["format", "boosted"])
    real = np.expm1(truth)
    held = ((table["low"] <= real) & (real <= table["high"]))[table["enough"]].mean()
    when = posts["created_timestamp"]
    slot = (when.dt.day_of_week * 24 + when.dt.hour).to_numpy()
    raw = posting_time.raw_mean_map(slot, posts["value"].to_numpy())
    best = np.sort(real)[-TOP:].mean()
    lost = [best - real[np.argsort(-guess)[:TOP]].mean() for guess in (table["effect"], raw)]
    return held, (table["high"] - table["low"]).median(), (~table["enough"]).mean(), *lost


def without_effect(runs, seed, *, posts=900):
    """Share of intervals that leave 0 on accounts whose hours do not matter at all."""
    rng = np.random.default_rng(seed)
    outside = []
    for _ in range(runs):
        when = _MONDAY + pd.to_timedelta(rng.integers(0, WEEKS * 7 * 24 * 60, posts), unit="min")
        frame = pd.DataFrame({"created_timestamp": when, "value": rng.lognormal(6, 0.6, posts)})
        table = posting_time.slot_effects(frame, "value")
        outside.append(((table["low"] > 0) | (table["high"] < 0)).mean())
    return float(np.mean(outside))


def sellers(path):
    """Held-out score on the last 26 weeks of ten sellers: reactions, format held constant."""
    posts = pd.read_csv(path).drop_duplicates("status_id")
    posts = posts.assign(
        seller=posts["status_id"].str.split("_").str[0],
        at=pd.to_datetime(posts["status_published"]),
    )
    return posting_time.held_out(
        posts, "num_reactions", at="at", controls=["status_type"], by=["seller"], weeks=26, folds=4
    )


def claims(*, thin=True, real=None):
    """One row per claim: coverage, regret against the raw-mean map, later weeks."""
    runs = 3 if thin else 125
    ordered, seconds = _claim.timed(coverage, runs, 11, kinds=KINDS[:3])
    rough, more = _claim.timed(coverage, runs, 12, kinds=KINDS[3:])
    every = pd.concat([ordered, rough], ignore_index=True)
    total, slack = len(every) * runs, 0.03 if thin else 0.0
    held = every["coverage"].mean()
    rows = [
        _claim.claim(
            "posting_time.coverage",
            held,
            "0.93 – 0.97",
            _claim.between(0.93, 0.97, held, slack),
            mc_error=_error(every),
            not_enough=every["not_enough_share"].mean(),
            runs=total,
            seconds=seconds + more,
        )
    ]
    for kind, part in every.groupby("noise", sort=False):
        covered = part["coverage"].mean()
        rows.append(
            _claim.claim(
                "posting_time.coverage",
                covered,
                "≥ 0.90",
                covered >= 0.90 - slack,
                case=kind,
                mc_error=_error(part),
                not_enough=part["not_enough_share"].mean(),
                runs=len(part) * runs,
            )
        )
    for label, name, target in (("2 to 20", "regret_2_20", 0.3), ("2 to 9", "regret_2_9", 0.6)):
        part = ordered[ordered["posts_per_slot"] == label]
        ours, raw = part["regret"].mean(), part["raw_mean_regret"].mean()
        rows.append(
            _claim.claim(
                f"posting_time.{name}",
                ours,
                f"≤ {1 - target:.1f} × {raw:.3f}",
                ours <= (1 - target + (0.1 if thin else 0)) * raw,
                alternative="raw_mean",
                beside=raw,
                runs=len(part) * runs,
            )
        )
    ours, raw = rough["regret"].mean(), rough["raw_mean_regret"].mean()
    rows.append(
        _claim.claim(
            "posting_time.regret_unordered",
            ours,
            "below_alternative",
            ours <= raw * (1.1 if thin else 1.0),
            alternative="raw_mean",
            beside=raw,
            runs=len(rough) * runs,
        )
    )
    runs = 3 if thin else 100
    outside, seconds = _claim.timed(without_effect, runs, 13)
    rows.append(
        _claim.claim(
            "posting_time.no_effect", outside, "≤ 0.05", outside <= 0.05, runs=runs, seconds=seconds
        )
    )
    return _claim.table(rows + _later_weeks(real))


def _error(part):
    """Monte Carlo error of the mean coverage of several cells."""
    return float(np.sqrt((part["mc_error"] ** 2).sum()) / len(part))


def _later_weeks(real):
    path = _claim.real_file(real, REAL_FILE)
    kept = _claim.last_measured("posting_time", "sellers")
    figures, seconds = kept, 0.0
    if path is not None:
        score, seconds = _claim.timed(sellers, path)
        score = score.set_index("method")
        figures = {
            f"{prefix}{name}": score.loc[method, name]
            for method, prefix in (
                ("pooled", ""),
                ("raw_mean", "raw_mean_"),
                ("any_time", "any_time_"),
            )
            for name in ("error", "rank_correlation", "gain", "gain_low", "gain_high")
        }
    rows = [
        ("error", "below_alternative", "raw_mean"),
        ("error", "below_alternative", "any_time"),
        ("rank_correlation", "above_alternative", "raw_mean"),
    ]
    out = []
    for name, target, other in rows:
        ours, plain = figures[name], figures[f"{other}_{name}"]
        out.append(
            _claim.claim(
                f"posting_time.later_{name}{'_any_time' if other == 'any_time' else ''}",
                ours,
                target,
                ours < plain if target == "below_alternative" else ours > plain,
                alternative=other,
                beside=plain,
                seconds=seconds / 3,
                **_claim.origin(path, kept),
            )
        )
    out.append(
        _claim.claim(
            "posting_time.later_gain",
            figures["gain"],
            "> 0",
            figures["gain_low"] > 0,
            low=figures["gain_low"],
            high=figures["gain_high"],
            alternative="raw_mean",
            beside=figures["raw_mean_gain"],
            **_claim.origin(path, kept),
        )
    )
    return out
