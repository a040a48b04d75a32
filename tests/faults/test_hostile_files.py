"""Files made to do harm are refused or read within 1 GiB and a minute, and never crash the reader."""

import json
import os
import subprocess
import sys

import pytest

from tests.faults import hostile_files
from tests.faults.reading import LIMIT_MIB, SECONDS


@pytest.fixture(scope="module")
def readings(tmp_path_factory):
    """Builder's name -> how reading its file went."""
    folder = tmp_path_factory.mktemp("hostile")
    paths = {str(build(folder)): build.__name__ for build in hostile_files.ALL}
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.reading", *paths],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OPSBOOK_HOME": str(folder / "home")},
        timeout=900,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(paths)
    return {paths[about["file"]]: {**about, "folder": folder} for about in found}


@pytest.mark.parametrize("name", [build.__name__ for build in hostile_files.ALL])
def test_a_hostile_file_is_refused_or_read_within_bounds(readings, name):
    about = readings[name]
    assert about["outcome"] in ("read", "refused"), about["message"]
    assert about["peak_mib"] < LIMIT_MIB
    assert about["seconds"] < SECONDS
    assert about["outcome"] == "read" or os.path.basename(about["file"]) in about["message"]


def test_nothing_is_taken_from_outside_and_nothing_written_there(readings):
    """Entities are not resolved, and parts whose names climb are not unpacked."""
    for name in ("outside_entity", "html_entities", "linked_archive"):
        assert "root:" not in str(readings[name])
    folder = readings["climbing_archive"]["folder"]
    assert not (folder.parents[2] / "climbed.txt").exists()
    assert not os.path.exists("/climbed")


def test_figures_that_are_none_are_refused_one_by_one(readings):
    """A figure out of bounds, with another meaning, or a formula never becomes a number."""
    about = readings["infinite_figures"]
    assert about["outcome"] == "read"
    assert set(about["figures"]) <= {"posts.source_row", "post_daily.source_row"}
    assert "1e309" in about["message"]


def test_a_formula_cell_without_a_result_is_no_figure(readings):
    figures = readings["formulas"]["figures"]
    assert figures["post_daily.impressions"] == [100]
    assert 2 not in [v for values in figures.values() for v in values if isinstance(v, float)]
