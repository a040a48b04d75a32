"""Golden figures: every indicator on the shipped sample, as it was when somebody last looked.

A change of a figure is either meant, then `python -m tests.faults.test_golden` renews the file and the
change is read before it is committed, or it is a fault.
"""

import csv
import math
import tempfile
from pathlib import Path

import pytest

from opsbook import Store, indicators
from opsbook.errors import OpsbookError
from tests.faults.conftest import imported

FILE = Path(__file__).with_name("golden_figures.csv")


def figures(store):
    """{(indicator, platform or "all"): figure} over the whole sample."""
    found, views = {}, {}
    for name, one in sorted(indicators.registry().items()):
        views.setdefault(one.view, []).append(name)
    for names in views.values():
        whole = indicators.compute(store, names)
        found |= {(name, "all"): float(whole[name].iloc[0]) for name in names}
        try:
            parts = indicators.compute(store, names, by=("platform",))
        except OpsbookError:  # a view without platforms
            continue
        for name in names:
            for platform, value in zip(parts["platform"], parts[name], strict=True):
                found[name, str(platform)] = float(value)
    return found


@pytest.fixture(scope="module")
def now(sample_home):
    """The figures as they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPSBOOK_HOME", str(sample_home))
        return figures(Store(sample_home / "data" / "store"))


def test_every_indicator_is_what_it_was_on_the_sample(now):
    with open(FILE, encoding="utf-8", newline="") as file:
        kept = {(r["indicator"], r["platform"]): float(r["figure"]) for r in csv.DictReader(file)}
    told = "indicators came or went; if that is meant: python -m tests.faults.test_golden"
    assert set(now) ^ set(kept) == set(), told
    changed = {
        key: (kept[key], value)
        for key, value in now.items()
        if not (math.isnan(value) and math.isnan(kept[key]))
        and value != pytest.approx(kept[key], rel=1e-9, abs=1e-12)
    }
    assert changed == {}


def test_indicators_of_the_sample_are_within_their_bounds(now):
    known = indicators.registry()
    for (name, platform), value in now.items():
        if known[name].unit == "rate" and not math.isnan(value):
            assert value >= 0, (name, platform, value)
        if known[name].kind in ("count", "distinct"):
            assert value >= 0 and value == int(value), (name, platform, value)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        home = imported(Path(folder, "brand"))
        found = figures(Store(home / "data" / "store"))
    with open(FILE, "w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["indicator", "platform", "figure"])
        rows.writerows((*key, f"{value:.12g}") for key, value in sorted(found.items()))
