"""Proof of response curves and budget splits: simulated truth, and a public media mix."""

import numpy as np
import pandas as pd

from opsbook.methods import response
from opsbook.methods._carry_over import adstock, hill
from opsbook.proof import _claim

CHANNELS = ["search", "feed", "video"]
KINDS = ("autocorrelated", "heavy_tailed", "exponential", "delayed")
_COEFFICIENT = np.array([600.0, 250.0, 80.0])
_HALF = np.array([60.0, 90.0, 50.0])
_CARRY = np.array([0.2, 0.5, 0.35])
MEDIA_MIX = ["tv_S", "ooh_S", "print_S", "facebook_S", "search_S"]


def true_effect(kind, spend):
    """Steady-state effect by channel of spend (last axis: channels)."""
    if kind == "exponential":
        return _COEFFICIENT * (1 - np.exp(-np.asarray(spend) / _HALF))
    return _COEFFICIENT * hill(np.asarray(spend), _HALF, 1.5)


def market(rng, kind, *, weeks=156, noise=35.0, variation=0.6):
    """Weekly spend and sales with known curves.

    The method assumes geometric carry-over and Hill saturation. `exponential` saturates
    otherwise, `delayed` peaks a week after the spend, `heavy_tailed` has Student t noise,
    `autocorrelated` AR(1) noise. variation: spread of the log of spend.
    """
    level = np.array([50.0, 60.0, 40.0])
    spend = level * np.exp(variation * rng.standard_normal((weeks, 3)) - variation**2 / 2)
    kept = np.column_stack([adstock(spend[:, k], _CARRY[k]) for k in range(3)])
    if kind == "delayed":
        kept = 0.4 * kept + 0.6 * np.vstack([spend.mean(axis=0), kept[:-1]])
    shock = rng.standard_t(3, weeks) / np.sqrt(3) if kind == "heavy_tailed" else None
    if shock is None:
        shock = rng.standard_normal(weeks)
    if kind == "autocorrelated":
        for week in range(1, weeks):
            shock[week] = 0.5 * shock[week - 1] + np.sqrt(0.75) * shock[week]
    week = np.arange(weeks)
    season = 80 * np.sin(2 * np.pi * week / 52.18)
    sales = 900 + 0.8 * week + season + true_effect(kind, kept).sum(axis=1) + noise * shock
    frame = pd.DataFrame(spend, columns=CHANNELS)
    return frame.assign(date_day=pd.date_range("2023-01-02", periods=weeks, freq="7D"), sales=sales)


def recovery(runs, seed, *, kinds=KINDS):
    """By kind: error and coverage of the curves, gain of the split, beside plain alternatives.

    error: mean gap of the curve over spend from 0 to its usual height, over the highest true
    effect; linear_error: the same of a linear regression without carry-over. coverage: share of
    the curve's points (at half, once and one and a half times mean spend) inside the intervals.
    captured: share of the best possible gain over the equal split that the split brings.
    gain_coverage: share of runs whose interval of the gain over the last quarter's split, no
    channel moved by more than half, holds the true one.
    """
    rows = []
    for number, kind in enumerate(kinds):
        rng = np.random.default_rng([seed, number])
        errors, linear, held, beats, captured, gains, unknown = [], [], [], [], [], [], 0
        for _ in range(runs):
            frame = market(rng, kind)
            fit = response.fit(frame, CHANNELS, "sales")
            if not fit.identified:
                unknown += 1
                continue
            slopes = _linear(frame)
            for k, name in enumerate(CHANNELS):
                curve = fit.curves[fit.curves["channel"] == name]
                usual = curve[curve["spend"] <= frame[name].quantile(0.9)]
                true = true_effect(kind, np.repeat(usual[["spend"]].to_numpy(), 3, axis=1))[:, k]
                errors.append(np.abs(usual["effect"] - true).mean() / true.max())
                line = slopes[k] * usual["spend"]
                linear.append(np.abs(line - true).mean() / true.max())
                for times in (0.5, 1.0, 1.5):
                    at = times * frame[name].mean()
                    low, high = (
                        np.interp(at, curve["spend"], curve[side]) for side in ("low", "high")
                    )
                    held.append(low <= true_effect(kind, np.full(3, at))[k] <= high)
            total = float(frame[CHANNELS].mean().sum())
            split = fit.allocate(total).spend.to_numpy()
            equal = true_effect(kind, np.full(3, total / 3)).sum()
            gain = true_effect(kind, split).sum() - equal
            beats.append(gain > 0)
            captured.append(gain / (best_effect(kind, total) - equal))
            gains.append(_gain_held(fit, frame, kind))
        share = float(np.mean(held))
        # Nine points of one run move together: the error is counted in runs.
        rows.append(
            {
                "noise": kind,
                "runs": runs,
                "coverage": share,
                "mc_error": float(np.sqrt(share * (1 - share) / max(runs - unknown, 1))),
                "not_enough_share": unknown / runs,
                "error": float(np.median(errors)),
                "linear_error": float(np.median(linear)),
                "beats_equal": float(np.mean(beats)),
                "captured": float(np.median(captured)),
                "gain_coverage": float(np.mean(gains)),
            }
        )
    return pd.DataFrame(rows)


def _gain_held(fit, frame, kind):
    present = frame[CHANNELS].tail(13).mean()
    bounds = {name: (0.5 * spend, 1.5 * spend) for name, spend in present.items()}
    plan = fit.allocate(float(present.sum()), bounds, present)
    proposed, now = plan.spend.to_numpy(), present.to_numpy()
    true = true_effect(kind, proposed).sum() - true_effect(kind, now).sum()
    return plan.gain.low <= true <= plan.gain.high


def best_effect(kind, total, steps=200):
    """The most that any split of `total` brings, by trying a fine grid."""
    first, second = np.meshgrid(np.linspace(0, total, steps), np.linspace(0, total, steps))
    splits = np.stack([first, second, total - first - second], axis=-1)
    return float(true_effect(kind, splits[splits[..., 2] >= 0]).sum(axis=1).max())


def _linear(frame):
    """Slopes of a linear regression of sales on spend and a trend."""
    columns = [np.ones(len(frame)), np.arange(len(frame)), *frame[CHANNELS].to_numpy().T]
    return np.linalg.lstsq(np.column_stack(columns), frame["sales"], rcond=None)[0][2:]


def marginal_gap(fit, split):
    """Largest relative gap of the marginal returns between channels that get spend.

    Measured by finite differences on the fitted curves, not by the allocation's own derivative.
    """
    step = 1e-5 * split.sum()
    returns = []
    for number, name in enumerate(split.index):
        if split[name] > 1e-3 * split.sum():
            around = split[name] + np.array([[-step], [step]])
            draws = fit.draws[None, :, number]
            reach = draws[..., 0] * hill(around, draws[..., 1], draws[..., 2])
            returns.append(np.diff(reach.mean(axis=1))[0])
    return float(np.ptp(returns) / np.mean(returns))


def media_mix(path):
    """Fit and split on the public weekly media mix: seconds, periods, explained share, gain."""
    frame = pd.read_csv(path)
    fit, seconds = _claim.timed(response.fit, frame, MEDIA_MIX, "revenue", "DATE")
    proposal = fit.allocate(float(fit.present.sum()))
    return {
        "fit_seconds": round(seconds, 2),
        "periods": fit.n,
        "identified": fit.identified,
        "explained": round(fit.explained, 4),
        "gain": round(proposal.gain.value),
        "gain_low": round(proposal.gain.low),
        "marginal_gap": marginal_gap(fit, proposal.spend),
    }


def claims(*, thin=True, real=None):
    """Every claim on response and budget with its figure. real: folder of the real data, or None."""
    runs = 6 if thin else 250
    found, seconds = _claim.timed(recovery, runs, 21)
    total = runs * len(found)
    shared = {"runs": total, "seconds": seconds / 4}
    error = float(np.sqrt(0.95 * 0.05 / total))
    mean = found.drop(columns="noise").mean()
    rng = np.random.default_rng(22)
    flat = [
        response.fit(market(rng, "autocorrelated", variation=0.03), CHANNELS, "sales").identified
        for _ in range(10)
    ]
    fit = response.fit(market(rng, "exponential"), CHANNELS, "sales")
    split = fit.allocate(150.0).spend
    inside = marginal_gap(fit, split)
    rows = [
        _claim.claim(
            "response.error",
            mean["error"],
            "< 0.15",
            mean["error"] < min(0.15, mean["linear_error"]),
            alternative="linear_regression",
            beside=mean["linear_error"],
            **shared,
        ),
        _claim.claim(
            "response.coverage",
            mean["coverage"],
            "≥ 0.90",
            mean["coverage"] >= 0.90 - 2 * error,
            mc_error=error,
            not_enough=mean["not_enough_share"],
            **shared,
        ),
        *(
            _claim.claim(
                "response.coverage",
                row.coverage,
                "≥ 0.90",
                row.coverage >= 0.90 - (3 if thin else 1) * row.mc_error,
                case=row.noise,
                mc_error=row.mc_error,
                not_enough=row.not_enough_share,
                runs=runs,
            )
            for row in found.itertuples()
        ),
        _claim.claim(
            "response.beats_equal",
            mean["beats_equal"],
            "≥ 0.95",
            mean["beats_equal"] >= 0.95 - 2 * error,
            mc_error=error,
            alternative="equal_split",
            beside=0.0,
            **shared,
        ),
        _claim.claim(
            "response.captured",
            mean["captured"],
            "≥ 0.8",
            mean["captured"] >= 0.8,
            alternative="equal_split",
            beside=0.0,
            **shared,
        ),
        _claim.claim(
            "response.gain",
            mean["gain_coverage"],
            "≥ 0.90",
            mean["gain_coverage"] >= 0.90 - 2 * error,
            mc_error=error,
            **shared,
        ),
        _claim.claim(
            "response.marginal",
            inside,
            "< 0.01",
            inside < 0.01 and abs(split.sum() - 150) < 1e-6,
        ),
        _claim.claim(
            "response.not_identified",
            1 - float(np.mean(flat)),
            "1",
            not any(flat),
            runs=len(flat),
        ),
    ]
    path = _claim.real_file(real, "ads/weekly_media_mix.csv")
    kept = _claim.last_measured("response", "media_mix")
    mix = media_mix(path) if path else kept
    rows.append(
        _claim.claim(
            "response.media_mix",
            mix["fit_seconds"],
            "< 10",
            mix["fit_seconds"] < 10 and mix["identified"] and mix["periods"] == 208,
            seconds=mix["fit_seconds"],
            **_claim.origin(path, kept),
        )
    )
    return _claim.table(rows)
