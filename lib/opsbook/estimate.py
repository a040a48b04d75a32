"""A figure with its interval: the one shape in which methods hand over what they found."""

from dataclasses import dataclass
from math import nan


@dataclass(frozen=True)
class Estimate:
    """A value with the interval that holds it.

    value, low, high: in `unit` (a fraction where unit is "").
    n: rows, people or events behind it. method: the standard method's name.
    enough: False means "not enough data"; the figures are then NaN.
    level: nominal coverage of [low, high].
    """

    value: float
    low: float
    high: float
    n: int
    method: str
    enough: bool = True
    level: float = 0.95
    unit: str = ""

    @classmethod
    def not_enough(cls, n, method, *, level=0.95, unit=""):
        """The result where data are too few: `enough` False, figures NaN."""
        return cls(nan, nan, nan, int(n), method, False, level, unit)
