"""One row of the table of claims, and the last figures measured on real data."""

import os
import tomllib
from pathlib import Path
from time import perf_counter

import pandas as pd

from opsbook.errors import ConfigError

COLUMNS = [
    "claim",
    "figure",
    "target",
    "ok",
    "alternative",
    "alternative_figure",
    "runs",
    "seconds",
    "source",
]
_FIGURES = Path(__file__).resolve().parents[3] / "data" / "reference" / "proof"


def timed(call, *args, **named):
    """The result of a call and the seconds it took."""
    start = perf_counter()
    result = call(*args, **named)
    return result, perf_counter() - start


def claim(text, figure, target, ok, *, alternative="", beside=None, runs=1, seconds=0.0, source=""):
    """One claim as a dict of the columns; `beside` is the plain alternative's figure."""
    values = (text, figure, target, bool(ok), alternative, beside, runs, round(seconds, 2), source)
    return dict(zip(COLUMNS, values, strict=True))


def table(rows):
    """The claims as a frame, one row each."""
    return pd.DataFrame(rows, columns=COLUMNS)


def real_file(real, name):
    """The path of a real data file, or None where no folder holds it.

    real: a folder, or None for the one that OPSBOOK_REAL_DATA names.
    """
    folder = real or os.environ.get("OPSBOOK_REAL_DATA")
    path = Path(folder) / name if folder else None
    return path if path is not None and path.exists() else None


def last_measured(module, key):
    """The figures of one real-data claim as committed: a dict with date and sha256 of the file."""
    path = _FIGURES / f"{module}.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))[key]
    except (OSError, KeyError) as problem:
        raise ConfigError(path.name, key, "no figures.", remedy="Run make bench.") from problem


def measured_on(figures):
    """How the source column says that a figure is not fresh."""
    return f"measured {figures['date']} on {figures['file']} ({figures['sha256'][:12]})"
