"""Simulated truth and published cases that every method is held against."""

import os
from importlib import import_module
from pathlib import Path

TOPICS = (
    "posting_time",
    "pooling",
    "frequency",
    "lift",
    "experiments",
    "response",
    "fatigue",
    "bursts",
    "cascade",
    "forecast",
    "retention",
    "text",
    "privacy",
    "compliance",
    "images",
    "videos",
)


def real_folder(given=""):
    """The folder of real data: the argument, else OPSBOOK_REAL_DATA; None where there is none."""
    named = given or os.environ.get("OPSBOOK_REAL_DATA", "")
    return Path(named) if named and Path(named).is_dir() else None


def claims(topic, real=None, *, thin=True):
    """One row per claim of a topic, as a frame with the columns of `_claim.COLUMNS`.

    claim, case, alternative: ids of wordings in the catalogue proof.toml, as are target, source and
    measured unless they are a bound, a citation, a file or a date. case: the kind of noise or the
    class, empty for the pooled row. figure, figure_low, figure_high, mc_error (Monte Carlo error),
    not_enough (share of runs so answered), ok, alternative_figure, runs, seconds; sha256 of the file
    that a figure rests on. real: folder of real data or None. thin: few runs, seconds long.
    """
    return import_module(f"opsbook.proof.{topic}").claims(thin=thin, real=real)


def shown(table):
    """The claims without the seconds and without columns that say nothing for this topic."""
    said = [c for c in table if table[c].notna().any() and not (table[c] == "").all()]
    return table[[c for c in said if c != "seconds"]]


def beside(table):
    """Claims that name an alternative: claim, ratio (our figure / the alternative's).

    A claim with a pooled row is shown by it, one without by the mean of its kinds.
    """
    rows = table.dropna(subset=["alternative_figure"])
    rows = rows[rows["alternative_figure"] != 0]
    pooled = rows.loc[rows["case"] == "", "claim"]
    rows = rows[(rows["case"] == "") | ~rows["claim"].isin(pooled)]
    ratio = rows["figure"] / rows["alternative_figure"]
    return ratio.groupby(rows["claim"], sort=False).mean().rename("ratio").reset_index()
