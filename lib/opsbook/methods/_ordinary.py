"""What an ordinary hour or day brings: level, week and day season, spread and tail.

Everything is learned from earlier days only; days are forgotten exponentially.
"""

import numpy as np
from scipy.special import betainc

_LEVEL_DAYS, _SEASON_DAYS = 14.0, 70.0  # half-lives of level and season
_WEEKDAY_PRIOR = 3.0  # days of an average weekday that each weekday starts with
_PROFILE_PRIOR = 200.0  # counts by which a weekday's own hours must outweigh the common profile
_CLIP_SD = 5.0  # a count further out is a burst and must not become the norm


class Ordinary:
    """Running expectation of counts; `expect` a day before its rows are `learn`ed.

    slots: rows per day, 1 or 24.
    """

    def __init__(self, slots):
        self.slots = slots
        self.days = np.zeros(7)
        self.by_weekday = np.zeros((7, slots))
        self.level_sum = self.level_weight = 0.0
        self.cross, self.target = np.zeros((2, 2)), np.zeros(2)

    def dispersion(self, expected):
        """phi_i of the variance mu_i + phi_i mu_i^2, by one-step-ahead errors.

        The excess variance is psi mu + phi mu^2: counts that come in clumps have the first
        part, a level that nobody foresees the second.
        """
        (aa, ab), (_, bb) = self.cross
        first, second = self.target
        if aa <= 0 or bb <= 0:
            return np.full(len(expected), 0.2)
        determinant = aa * bb - ab * ab
        psi, phi = 0.0, 0.0
        if determinant > 1e-6 * aa * bb:
            psi = (bb * first - ab * second) / determinant
            phi = (aa * second - ab * first) / determinant
        if psi <= 0 or phi <= 0:
            # One part alone, whichever explains more.
            alone = max(first, 0.0) / aa, max(second, 0.0) / bb
            psi, phi = (alone[0], 0.0) if first**2 / aa > second**2 / bb else (0.0, alone[1])
        return np.maximum(psi / expected + phi, 1e-3)

    def season(self, weekday, slot):
        """Factors around 1 for rows of one day."""
        totals = self.by_weekday.sum(axis=1)
        seen = self.days.sum()
        if seen == 0 or totals.sum() == 0:
            return np.ones(len(slot))
        average = totals.sum() / seen
        week = (totals / average + _WEEKDAY_PRIOR) / (self.days + _WEEKDAY_PRIOR)
        common = self.by_weekday.sum(axis=0)
        common = (common + 0.5) / (common.sum() + 0.5 * self.slots)
        own = self.by_weekday[weekday]
        profile = (own + _PROFILE_PRIOR * common) / (own.sum() + _PROFILE_PRIOR)
        return week[weekday] / week.mean() * profile[slot] * self.slots

    def expect(self, weekday, slot):
        """Expected counts of rows of one day."""
        level = (self.level_sum + 0.1) / (self.level_weight + 0.1)
        return np.maximum(level * self.season(weekday, slot), 1e-6)

    def learn(self, weekday, slot, counts, expected):
        """Take in one day; expected: what was expected of it, None in the first days."""
        factor = np.ones(len(slot))
        if expected is not None:
            factor = self.season(weekday, slot)
            spread = np.sqrt(expected + self.dispersion(expected) * expected**2)
            counts = np.minimum(counts, expected + _CLIP_SD * spread + 5)
            keep = 0.5 ** (1 / _SEASON_DAYS)
            # Weights near 1 / variance^2, but not for hours that hardly ever see a count.
            parts = np.stack([expected, expected**2]) / (expected + 1) ** 2
            excess = ((counts - expected) ** 2 - expected) / (expected + 1) ** 2
            self.cross = self.cross * keep + parts @ np.stack([expected, expected**2]).T
            self.target = self.target * keep + np.stack([expected, expected**2]) @ excess
        for state in (self.days, self.by_weekday):
            state *= 0.5 ** (1 / _SEASON_DAYS)
        self.days[weekday] += len(slot) / self.slots
        np.add.at(self.by_weekday[weekday], slot, counts)
        keep = 0.5 ** (1 / _LEVEL_DAYS)
        self.level_sum = self.level_sum * keep + counts.sum()
        self.level_weight = self.level_weight * keep + factor.sum()


def above(count, expected, dispersion):
    """Chance of a negative binomial count above `count` (1 where it is negative)."""
    shape = 1 / dispersion
    chance = betainc(np.maximum(count, 0) + 1, shape, expected / (expected + shape))
    return np.where(count < 0, 1.0, chance)


def smallest_above(chance, expected, dispersion):
    """The smallest counts that are exceeded with at most `chance`."""
    low = np.full(len(expected), -1.0)
    high = np.ceil(expected + 10 * np.sqrt(expected + dispersion * expected**2) + 10)
    while True:
        short = above(high, expected, dispersion) > chance
        if not short.any():
            break
        high[short] *= 2
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        fits = above(middle, expected, dispersion) <= chance
        high, low = np.where(fits, middle, high), np.where(fits, low, middle)
    return high


def surprise(count, expected, dispersion, first_row):
    """Minus the logarithm of the chance to reach `count`: Exp(1) where the model is right.

    A whole count's chance is a step; it is split at a point that runs evenly over the rows
    (golden ratio, by row number), so that rare counts do not pile up on a few values.
    """
    reach = above(count - 1, expected, dispersion)
    beyond = above(count, expected, dispersion)
    part = np.modf((first_row + 1 + np.arange(len(count))) * 0.6180339887498949)[0]
    return -np.log(np.maximum(beyond + part * (reach - beyond), 1e-300))


def tail_level(surprises, rate, *, prior=6.0, cap=5.0):
    """The surprise that is passed with chance `rate`, given past surprises.

    Peaks over a high quantile (a tenth of the surprises, fewer where `rate` is small and many are
    at hand) are taken as exponential; `prior` peaks of the model's own
    tail (mean 1) steady the mean. Past bursts are capped at `cap` times the peaks' scale, so that
    one burst does not hide the next. With fewer than 20 surprises the model's tail alone counts.
    """
    if len(surprises) < 20:
        return -np.log(rate)
    share = max(min(0.1, 10 * rate), min(0.1, 30 / len(surprises)))
    start = np.quantile(surprises, 1 - share)
    peaks = surprises[surprises > start] - start
    if not len(peaks):
        return max(start, -np.log(rate))
    scale = max(np.median(peaks) / np.log(2), 0.5)
    peaks = np.minimum(peaks, cap * scale) / (1 - np.exp(-cap))
    # Predictive quantile: the mean of the peaks is itself uncertain.
    growth = (len(peaks) / len(surprises) / rate) ** (1 / (prior + len(peaks))) - 1
    return start + (prior + peaks.sum()) * growth
