"""Small draws that the plantings share: one of several, a number, a day."""

from datetime import timedelta


def pick(rng, values, n=None):
    values = list(values)
    if n is None:
        return values[int(rng.integers(len(values)))]
    return [values[i] for i in rng.permutation(len(values))[:n]]


def near(rng, low, high, digits=3):
    return round(float(rng.uniform(low, high)), digits)


def day_between(rng, first, last):
    return first + timedelta(days=int(rng.integers((last - first).days + 1)))
