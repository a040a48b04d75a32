"""Simulated truth and published cases that every method is held against."""

import os
from importlib import import_module
from pathlib import Path

import pandas as pd

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
    """One row per claim of a topic: claim, figure, target, ok, alternative, alternative_figure,
    runs, seconds, source. real: folder of real data or None. thin: few runs, seconds long."""
    return import_module(f"opsbook.proof.{topic}").claims(thin=thin, real=real)


def beside(table):
    """Claims that name an alternative: claim, ratio (our figure / the alternative's)."""
    rows = table.dropna(subset=["alternative_figure"])
    rows = rows[rows["alternative_figure"] != 0]
    ratio = rows["figure"] / rows["alternative_figure"]
    return pd.DataFrame({"claim": rows["claim"], "ratio": ratio}).reset_index(drop=True)
