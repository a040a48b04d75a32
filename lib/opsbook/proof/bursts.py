"""Proof of burst alarms: ordinary years, planted bursts, real events."""

import numpy as np
import pandas as pd

from opsbook.methods import bursts
from opsbook.proof import _claim

_WEEK = np.array([1.0, 0.9, 0.95, 1.0, 1.2, 1.5, 1.3])
NOISES = ("poisson", "negative_binomial", "lognormal", "clumped", "drifting", "autocorrelated")
# Mean counts of a Monday, or of its average hour. Bursts are sought where counts are few: thrice
# fifty mentions a day are seen on the first day by any rule.
LEVELS = {"D": 50, "h": 20}
SMALL_LEVELS = {"D": 6, "h": 6}


def ordinary(rng, noise, freq, years, levels=LEVELS):
    """Counts of ordinary years with a weekly, and by the hour a daily, season.

    The method assumes independent negative binomial counts around a slowly moving level;
    `lognormal` has heavier tails, `clumped` counts come in groups, `autocorrelated` shocks last for
    rows, `drifting` has a random walk for its level.
    """
    slots = 24 if freq == "h" else 1
    rows = int(365 * years) * slots
    row = np.arange(rows)
    weekday, hour = (row // slots) % 7, row % slots
    mean = levels[freq] * _WEEK[weekday]
    if slots == 24:
        working = 1 + 0.8 * np.sin(2 * np.pi * (hour - 14) / 24)
        weekend = 1 + 0.6 * np.sin(2 * np.pi * (hour - 10) / 24)
        mean = mean * np.where(weekday >= 5, weekend, working)
    if noise == "negative_binomial":
        mean = mean * rng.gamma(1 / 0.15, 0.15, rows)
    elif noise == "lognormal":
        mean = mean * np.exp(0.4 * rng.standard_normal(rows) - 0.08)
    elif noise == "drifting":
        walk = np.cumsum(0.03 * rng.standard_normal(-(-rows // slots)))
        mean = mean * np.exp(np.repeat(walk, slots)[:rows]) * rng.gamma(5, 0.2, rows)
    elif noise == "autocorrelated":
        shock = rng.standard_normal(rows)
        for i in range(1, rows):
            shock[i] = 0.6 * shock[i - 1] + 0.8 * shock[i]
        mean = mean * np.exp(0.25 * shock - 0.03125) * rng.gamma(10, 0.1, rows)
    if noise == "clumped":
        groups = rng.poisson(mean / 2.5)
        counts = groups + rng.negative_binomial(np.maximum(groups, 1), 0.4) * (groups > 0)
    else:
        counts = rng.poisson(mean)
    return pd.Series(counts, index=pd.date_range("2024-01-01", periods=rows, freq=freq))


def events(alarm):
    """Number of runs of alarms."""
    alarm = np.asarray(alarm, dtype=bool)
    return int((alarm & ~np.r_[False, alarm[:-1]]).sum())


def false_alarms(runs, seed, *, per_year=12, freqs=("D", "h"), years=2):
    """By index and noise: alarms in ordinary years over the stated number, with its error."""
    rows = []
    for freq in freqs:
        for number, noise in enumerate(NOISES):
            rng = np.random.default_rng([seed, number, freq == "h"])
            found = monitored = 0
            for _ in range(runs):
                table = bursts.alarms(ordinary(rng, noise, freq, years), per_year)
                found += events(table["alarm"])
                monitored += table["threshold"].notna().sum() / (24 if freq == "h" else 1) / 365.25
            ratio = found / monitored / per_year
            error = np.sqrt(max(found, 1)) / monitored / per_year
            rows.append((freq, noise, runs, float(monitored), float(ratio), float(error)))
    return pd.DataFrame(
        rows, columns=["index", "noise", "runs", "years", "rate_over_stated", "mc_error"]
    )


def plain_scores(counts, slots):
    """Counts in standard deviations above the mean of the 28 days before: the plain alternative."""
    window = counts.astype(float).rolling(28 * slots)
    return ((counts - window.mean().shift(1)) / window.std().shift(1)).to_numpy()


def plain_factor(scores, wanted):
    """The k at which `scores` above k come in `wanted` events."""
    low, high = 0.5, 60.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if events(scores > middle) > wanted else (low, middle)
    return high


def detection(runs, seed, *, per_year=12, freqs=("D", "h")):
    """Rows until a 3x burst is seen, by index and noise, beside mean + k standard deviations.

    k is set on the same years without the burst, so that it raises as many false alarms there as
    this method did. A burst lasts 14 days or 48 hours; one not found counts in full.
    """
    rows = []
    for freq in freqs:
        slots, length = (24, 48) if freq == "h" else (1, 14)
        for number, noise in enumerate(("negative_binomial", "lognormal", "clumped")):
            rng = np.random.default_rng([seed, number, freq == "h"])
            ours, plain = [], []
            for _ in range(runs):
                quiet = ordinary(rng, noise, freq, 1, SMALL_LEVELS)
                table = bursts.alarms(quiet, per_year)
                scores = plain_scores(quiet, slots)
                usable = np.where(table["threshold"].notna(), scores, -np.inf)
                factor = plain_factor(usable, max(events(table["alarm"]), 1))
                start = int(rng.integers(len(quiet) // 2, len(quiet) - length))
                loud = quiet.copy()
                # Thrice the mean: two more draws with the same season, some weeks before.
                for weeks in (4, 8):
                    back = start - weeks * 7 * slots
                    loud.iloc[start : start + length] += quiet.iloc[back : back + length].to_numpy()
                alarm = bursts.alarms(loud, per_year)["alarm"].to_numpy()
                ours.append(_delay(alarm[start : start + length]))
                plain.append(_delay(plain_scores(loud, slots)[start : start + length] > factor))
            error = np.std(np.subtract(ours, plain)) / np.sqrt(runs)
            rows.append(
                (freq, noise, runs, float(np.mean(ours)), float(np.mean(plain)), float(error))
            )
    columns = ["index", "noise", "runs", "delay", "plain_delay", "mc_error"]
    return pd.DataFrame(rows, columns=columns)


def _delay(alarm):
    """Rows from the start to the first alarm, all of them where there is none."""
    return int(np.argmax(alarm)) if alarm.any() else len(alarm)


def event_tweets(path, *, smallest=200):
    """Hourly tweets on real events, a silent month before each: alarms by the busiest hour.

    Events of at least `smallest` tweets; the week around the busiest hour is watched.
    """
    tweets = pd.read_csv(path, usecols=["event", "created_at"])
    # Some times carry a place on further lines, some are written for readers.
    first_line = tweets["created_at"].astype(str).str.split("\n").str[0].str.strip()
    stamps = pd.to_datetime(first_line, format="ISO8601", errors="coerce")
    tweets = tweets.assign(hour=stamps.dt.floor("h")).dropna(subset="hour")
    found, seen, rows, hours = 0, 0, 0, []
    for _, part in tweets.groupby("event"):
        counts = part["hour"].value_counts().sort_index()
        if counts.sum() < smallest:
            continue
        peak = counts.idxmax()
        window = counts[abs(counts.index - peak) <= pd.Timedelta(days=7)].astype(float)
        window.loc[window.index[0] - pd.Timedelta(days=30)] = 0.0
        table = bursts.alarms(window.sort_index())
        until = table[table["date"] <= peak]
        seen += 1
        rows += len(table)
        if until["alarm"].any():
            found += 1
            hours.append((peak - until.loc[until["alarm"], "date"].iloc[0]) / pd.Timedelta(hours=1))
    return {"events": seen, "found": found, "hours_before": float(np.median(hours)), "rows": rows}


def claims(*, thin=True, real=None):
    """Every claim on burst alarms with its figure. real: folder of the real data, or None."""
    rows = []
    runs = 2 if thin else 14
    found, seconds = _claim.timed(false_alarms, runs, 31)
    for index, name in (("D", "bursts.rate_daily"), ("h", "bursts.rate_hourly")):
        part = found[found["index"] == index]
        ratio = float(part["rate_over_stated"].mean())
        error = float(np.sqrt((part["mc_error"] ** 2).sum()) / len(part))
        rows.append(
            _claim.claim(
                name,
                ratio,
                "0.8 – 1.2",
                _claim.between(0.8, 1.2, ratio, 2 * error),
                mc_error=error,
                runs=runs * len(part),
                seconds=seconds / 2,
            )
        )
        for row in part.itertuples():
            rows.append(
                _claim.claim(
                    name,
                    row.rate_over_stated,
                    "0.8 – 1.2",
                    _claim.between(
                        0.8, 1.2, row.rate_over_stated, (3 if thin else 2) * row.mc_error
                    ),
                    case=row.noise,
                    mc_error=row.mc_error,
                    runs=runs,
                )
            )
    for index, name, runs in (
        ("D", "bursts.days", 6 if thin else 80),
        ("h", "bursts.hours", 2 if thin else 25),
    ):
        part, seconds = _claim.timed(detection, runs, 34, freqs=(index,))
        error = float(np.sqrt((part["mc_error"] ** 2).sum()) / len(part))
        rows.append(
            _claim.claim(
                name,
                part["delay"].mean(),
                "below_alternative",
                part["delay"].mean() < part["plain_delay"].mean() + (2 * error if thin else 0),
                mc_error=error,
                alternative="mean_plus_k",
                beside=part["plain_delay"].mean(),
                runs=runs * len(part),
                seconds=seconds,
            )
        )
    path = _claim.real_file(real, "text/event_tweets.csv")
    kept = _claim.last_measured("bursts", "event_tweets")
    figures, seconds = _claim.timed(event_tweets, path) if path else (kept, 0.0)
    share = figures["found"] / figures["events"]
    rows.append(
        _claim.claim(
            "bursts.events",
            share,
            "≥ 0.95",
            share >= 0.95,
            runs=figures["events"],
            seconds=seconds,
            **_claim.origin(path, kept),
        )
    )
    return _claim.table(rows)
