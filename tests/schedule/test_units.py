"""The sample units call commands that exist and cron lines that parse."""

import re
import shlex

import pytest
import typer

from opsbook.cli import app
from opsbook.config import DISTRIBUTION
from opsbook.publish.schedule import cron, plan

DOCS = DISTRIBUTION / "docs" / "schedule"


def calls():
    for file in sorted(DOCS.glob("*")):
        for words in re.findall(r"bin/opsbook ([^&\n>]*)", file.read_text(encoding="utf-8")):
            yield pytest.param(shlex.split(words), id=f"{file.name}: {words.strip()}")


@pytest.mark.parametrize("words", list(calls()))
def test_every_call_of_the_units_is_a_command_with_its_options(words):
    command = typer.main.get_command(app).commands[words[0]]
    known = {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
    assert {w for w in words[1:] if w.startswith("-")} <= known


def test_the_cron_lines_parse():
    lines = [
        line
        for line in (DOCS / "opsbook.cron").read_text(encoding="utf-8").splitlines()
        if line and line[0] in "*0123456789"
    ]
    assert len(lines) == 2
    for line in lines:
        assert cron.parse(" ".join(line.split()[:5])).minute


def test_the_plans_of_the_page_are_plans(home):
    from opsbook import config

    page = (DOCS / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```toml\n(\[schedule\].*?)```", page, re.S)[1]
    file = home / "data" / "workbook.toml"
    file.write_text(file.read_text(encoding="utf-8") + "\n" + block, encoding="utf-8")
    found = plan.plans(config.settings(home))
    assert [(p.name, p.chapters, p.kind) for p in found] == [
        ("weekly", "all", "week"), ("ads", "6", "day"),
    ]  # fmt: skip
