"""What the documents on security and operations say can be found."""

import re

import pytest

from opsbook.config import DISTRIBUTION
from opsbook.data import assembling, sheet_limits, text_files
from opsbook.publish.dashboard import access, guesses

DOCS = ("security.md", "operations.md")


@pytest.mark.parametrize("name", DOCS)
def test_every_test_and_file_named_exists(name):
    text = (DISTRIBUTION / "docs" / name).read_text()
    named = set(re.findall(r"`((?:tests|docs)/[\w/.]+)`", text))
    assert named
    assert [n for n in named if not (DISTRIBUTION / n).exists()] == []


@pytest.mark.parametrize("name", DOCS)
def test_every_command_named_exists(name):
    from typer.main import get_command

    from opsbook.cli import app

    known = set(get_command(app).commands)
    text = (DISTRIBUTION / "docs" / name).read_text()
    called = set(re.findall(r"opsbook ([a-z]+)", text)) - {"workbook"}
    assert called <= known, called - known
    targets = set(re.findall(r"^([a-z-]+):", (DISTRIBUTION / "Makefile").read_text(), re.M))
    assert set(re.findall(r"(?:`|    |&& )make ([a-z-]+)", text)) <= targets


def test_every_test_of_faults_is_named():
    text = (DISTRIBUTION / "docs" / "security.md").read_text()
    own = {p.name for p in (DISTRIBUTION / "tests" / "faults").glob("test_*.py")}
    assert {n for n in own if n not in text} == set()


def test_the_bounds_are_those_of_the_code():
    text = (DISTRIBUTION / "docs" / "security.md").read_text()
    assert f"{sheet_limits.MAX_AREA // 10**6} million cells" in text
    assert f"{sheet_limits.MAX_TEXT >> 20} MiB of shown text" in text
    assert f"{sheet_limits.MAX_UNPACKED >> 20} MiB unpacked" in text
    assert f"{text_files.MAX_LONE:,}" in text
    assert f"{assembling.MOST_REFUSED:,}" in text
    assert f"{guesses.FREE} wrong tries free" in text
    assert f"{access.SESSION_DAYS} days" in text
