"""[workers] of workbook.toml: what scheduler and workers agree on, and what is refused."""

import pytest
import yaml
from typer.testing import CliRunner

from opsbook import config
from opsbook.cli import app
from opsbook.errors import AccessError, ConfigError
from opsbook.publish.schedule import daemon, spread

SECRET = "hidden-word"
TEXT = """
[workers]
at_once = 6

[schedule]
languages = ["en", "zh-Hans"]
limit_minutes = 30

[schedule.plans.weekly]
cron = "0 7 * * 1"
period = "week"

[schedule.plans.ads]
chapters = "6"
cron = "30 6 * * *"
period = "day"
limit_minutes = 10
"""


@pytest.fixture
def settings(home):
    return settings_of(home, TEXT)


def settings_of(home, text):
    file = home / "data" / "workbook.toml"
    whole = file.read_text(encoding="utf-8").split("\n[workers]")[0]
    file.write_text(whole + text, encoding="utf-8")
    return config.settings(home)


def test_the_time_after_which_a_task_is_offered_again_is_redis_own(settings):
    found = spread.workers(settings)
    assert found.at_once == 6
    assert found.lost_after_seconds == 600
    assert spread.transport(found) == {"visibility_timeout": found.lost_after_seconds}


def test_without_the_section_one_machine_does_all(home):
    plain = config.settings(home)
    assert spread.workers(plain) is None
    written = yaml.safe_load((daemon.configure(plain) / "dagster.yaml").read_text())
    assert "storage" not in written


def test_dagsters_settings_name_the_variable_and_never_hold_the_address(settings, monkeypatch):
    for name in spread.SERVICES:
        monkeypatch.setenv(name, f"postgresql://ops:{SECRET}@db:5432/ops")
    place = daemon.configure(settings)
    text = (place / "dagster.yaml").read_text(encoding="utf-8")
    assert SECRET not in text
    written = yaml.safe_load(text)
    assert written["storage"] == {"postgres": {"postgres_url": {"env": "OPSBOOK_POSTGRES"}}}
    assert written["concurrency"]["pools"]["default_limit"] == 6
    assert written["telemetry"] == {"enabled": False}
    told = spread.executor(spread.workers(settings))
    assert told["broker"] == told["backend"] == {"env": "OPSBOOK_BROKER"}


@pytest.mark.parametrize(
    "old, new, match",
    [
        ("at_once = 6", "at_once = 0", "workers.at_once"),
        ("at_once = 6", 'at_once = "6"', "workers.at_once"),
        ("at_once = 6", "at_one = 6", "workers.at_one"),
        ("at_once = 6", "lost_after_minutes = 0", "workers.lost_after_minutes"),
    ],
)
def test_a_mistake_in_the_section_names_its_key(home, old, new, match):
    wrong = settings_of(home, TEXT.replace(old, new))
    with pytest.raises(ConfigError, match=match):
        spread.workers(wrong)


@pytest.mark.parametrize("address", ["", "mysql://ops:hidden-word@db/ops", "hidden-word"])
def test_a_wrong_address_is_refused_without_being_repeated(monkeypatch, address):
    monkeypatch.setenv("OPSBOOK_POSTGRES", address)
    with pytest.raises(AccessError, match="OPSBOOK_POSTGRES") as told:
        spread.check()
    assert SECRET not in str(told.value)


def test_a_worker_without_the_section_is_told_what_to_write(home, monkeypatch):
    monkeypatch.setattr(daemon.importlib.util, "find_spec", lambda name: object())
    told = CliRunner().invoke(app, ["schedule", "worker", "--home", str(home)])
    assert isinstance(told.exception, ConfigError)
    assert "[workers]" in told.exception.remedy
