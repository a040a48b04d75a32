"""The sample units and the compose file call commands that exist, and cron lines parse.

No container is started here: what the compose file starts is run by test_workers.py.
"""

import re
import shlex
from urllib.parse import urlsplit

import pytest
import typer
import yaml

from opsbook.cli import app
from opsbook.config import DISTRIBUTION
from opsbook.publish.schedule import cron, plan, spread

DOCS = DISTRIBUTION / "docs" / "schedule"


def calls():
    for file in sorted(p for p in DOCS.glob("opsbook.*")):
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


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((DOCS / "compose.yml").read_text(encoding="utf-8"))


def test_the_compose_file_starts_commands_that_exist(compose):
    group = typer.main.get_command(app).commands["schedule"]
    called = 0
    for name in ("scheduler", "worker"):
        first, second, *rest = compose["services"][name]["command"]
        assert (first, second) == ("opsbook", "schedule")
        command = group.commands[rest.pop(0)] if rest[0] in group.commands else group
        known = {o for p in command.params for o in p.opts}
        assert {w for w in rest if w.startswith("-")} <= known
        called += 1
    assert called == 2


def test_the_compose_file_hands_every_service_what_it_needs(compose):
    services = compose["services"]
    for name in ("scheduler", "worker"):
        about = services[name]
        assert set(spread.SERVICES) <= set(about["environment"])
        assert set(about["depends_on"]) == {"postgres", "redis"}
        for variable, (scheme, port) in spread.SERVICES.items():
            where = urlsplit(re.sub(r"\$\{[^}]*\}", "secret", about["environment"][variable]))
            assert where.scheme == scheme and where.port == port and where.hostname in services
    volumes = {v.split(":")[0] for s in services.values() for v in s["volumes"] if v[0] != "$"}
    assert volumes == set(compose["volumes"])


def test_the_compose_file_opens_nothing_to_the_network_and_holds_no_secret(compose):
    open_ports = [p for s in compose["services"].values() for p in s.get("ports", [])]
    assert open_ports == ["127.0.0.1:3000:3000"]
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name or "AUTH" in name:
                assert value.startswith("${") and ":?" in value
            elif "://" in value:
                assert re.search(r":\$\{[A-Z_]+:\?", value), name


def test_the_image_is_built_from_files_that_exist():
    text = (DOCS / "Dockerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (.*)$", text, re.M)
    assert len(copied) == 2
    for names in copied:
        for name in names.split()[:-1]:
            assert (DISTRIBUTION / name).exists(), name
    named = set(re.findall(r"requirements\S*\.lock", text))
    assert named == {"requirements.lock", "requirements-schedule.lock"}
