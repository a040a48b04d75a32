"""One row of the table of claims, and the last figures measured on real data."""

import hashlib
import os
import tomllib
from pathlib import Path
from time import perf_counter

import pandas as pd

from opsbook.config import reference_path
from opsbook.errors import ConfigError

COLUMNS = [
    *("claim", "case", "figure", "figure_low", "figure_high", "mc_error", "not_enough"),
    *("target", "ok", "alternative", "alternative_figure", "runs", "seconds"),
    *("source", "measured", "sha256"),
]
WORDS = ("claim", "case", "target", "alternative", "source", "measured")


def timed(call, *args, **named):
    """The result of a call and the seconds it took."""
    start = perf_counter()
    result = call(*args, **named)
    return result, perf_counter() - start


def claim(name, figure, target, ok, *, case="", low=None, high=None, mc_error=None, not_enough=None, alternative="", beside=None, runs=1, seconds=0.0, source="simulated", measured="", sha256=""):  # fmt: skip
    """One claim as a dict of the columns.

    name, case, alternative: names of wordings in the catalogue proof.toml, as are target, source
    and measured where they are names; else they are shown as given (a bound such as "<= 0.05", a
    citation, a file, a date). low, high: interval of the figure. mc_error: Monte Carlo error.
    not_enough: share of runs answered with "not enough data". beside: the alternative's figure.
    """
    words = (name, case, target, alternative, source, measured)
    claim, case, target, alternative, source, measured = (
        _id(kind, word) for kind, word in zip(WORDS, words, strict=True)
    )
    values = (
        *(claim, case, figure, low, high, mc_error, not_enough, target, bool(ok)),
        *(alternative, beside, runs, round(seconds, 2), source, measured, sha256),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _id(kind, word):
    """The id of a wording, or the word itself where it is no name."""
    plain = word.replace("-", "_").replace(" ", "_") if kind == "case" else word
    name = plain.replace(".", "_") if kind == "claim" else plain
    if name.isidentifier():
        return f"proof.{kind}.{plain}"
    return word.replace(" ", "\u00a0") if kind == "target" else word  # a bound stays on one line


def table(rows):
    """The claims as a frame, one row each."""
    frame = pd.DataFrame(rows, columns=COLUMNS)
    figures = ["figure", "figure_low", "figure_high", "mc_error", "not_enough"]
    return frame.astype(dict.fromkeys([*figures, "alternative_figure"], float))


def between(low, high, figure, slack=0.0):
    """Whether a figure lies between two bounds, give or take the error of few runs."""
    return low - slack <= figure <= high + slack


def real_file(real, name):
    """The path of a real data file, or None where no folder holds it.

    real: a folder, or None for the one that OPSBOOK_REAL_DATA names.
    """
    folder = real or os.environ.get("OPSBOOK_REAL_DATA")
    path = Path(folder) / name if folder else None
    return path if path is not None and path.exists() else None


def real_files(real, names):
    """The paths of several real data files; none where one is missing."""
    paths = [real_file(real, name) for name in names]
    return paths if all(paths) else []


def last_measured(module, key):
    """The figures of one real-data claim as committed: a dict with date, file and its sha256."""
    path = reference_path("proof", f"{module}.toml")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))[key]
    except (OSError, KeyError) as problem:
        raise ConfigError(path.name, key, "no figures.", remedy="Run make bench.") from problem


def published(real, name, module, key, read):
    """(figures, origin) of a published case: what read(path) gives, or as last measured.

    name: the case's file below the real data; module and key: see last_measured.
    """
    path, kept = real_file(real, name), last_measured(module, key)
    return read(path) if path else dict(kept), origin(path, kept)


def origin(paths, kept):
    """source, measured and sha256 of a real-data claim.

    paths: the file just read, or several; nothing where the figures are the last measured ones
    (`kept`, see last_measured).
    """
    if not paths:
        sums = kept["sha256"]
        sums = [sums] if isinstance(sums, str) else sums
        return {
            "source": kept["file"],
            "measured": str(kept["date"]),
            "sha256": " ".join(s[:12] for s in sums),
        }
    paths = [paths] if isinstance(paths, (str, Path)) else paths
    return {
        "source": ", ".join(Path(p).name for p in paths),
        "measured": "now",
        "sha256": " ".join(hashlib.sha256(Path(p).read_bytes()).hexdigest()[:12] for p in paths),
    }
