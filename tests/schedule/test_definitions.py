"""The calendar as Dagster sees it: partitions in the zone, lineage, ticks that ask once.

Needs the extra `schedule`; starts nothing.
"""

import datetime as dt
import importlib
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from opsbook import config
from opsbook.publish.schedule import plan as planning
from opsbook.publish.schedule import work

from ..publish.conftest import make_home

pytestmark = pytest.mark.system
SETTINGS = """
[schedule]
formats = []
retries = 2
wait_seconds = 30

[schedule.plans.weekly]
chapters = "2,6"
cron = "0 7 * * 1"
period = "week"

[schedule.plans.ads]
chapters = "6"
cron = "30 */2 * * *"
period = "day"

[schedule.plans.monthly]
chapters = "2"
cron = "0 8 1 * *"
period = "month"
"""


def made(folder, zone):
    """(Definitions, settings) of a workbook in a zone."""
    file = folder / "data" / "workbook.toml"
    text = file.read_text(encoding="utf-8").replace("Asia/Shanghai", zone)
    file.write_text(text + SETTINGS, encoding="utf-8")
    definitions = importlib.import_module("opsbook.publish.schedule.definitions")
    return definitions.build(folder), config.settings(folder)


@pytest.fixture
def brand(tmp_path, monkeypatch):
    folder = make_home(tmp_path / "brand", 2, 6)
    monkeypatch.setenv("OPSBOOK_HOME", str(folder))
    return folder


def keys(defs, job, until):
    found = defs.resolve_job_def(job).partitions_def
    return found.get_partition_keys(current_time=dt.datetime.fromisoformat(until))


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])  # fmt: skip
def test_each_period_is_one_partition_over_clock_changes_and_ends_of_months(brand, zone):
    defs, settings = made(brand, zone)
    plans = {p.name: p for p in planning.plans(settings)}
    last = dt.datetime(2027, 2, 1, 12, tzinfo=ZoneInfo(zone)).isoformat()
    for name, kind, first in (("ads", "day", "2024-01-01"), ("weekly", "week", "2024-01-01"), ("monthly", "month", "2024-01-01")):  # fmt: skip
        got = [planning.period_of(plans[name], k) for k in keys(defs, f"{name}_job", last)]
        wanted = planning.between(kind, dt.date.fromisoformat(first), dt.date(2027, 1, 31))
        assert got == wanted, (zone, kind)
    weeks = [planning.period_of(plans["weekly"], k) for k in keys(defs, "weekly_job", last)]
    assert {"2026-W53", "2027-W01"} <= set(weeks)
    for period in ("2026-W53", "2026-02", "2024-02-29", "2026-03-29", "2026-10-25"):
        kind = {10: "ads", 8: "weekly", 7: "monthly"}[len(period)]
        assert planning.period_of(plans[kind], planning.key_of(period)) == period


def test_the_graph_leads_from_the_export_to_the_report(brand):
    defs, _ = made(brand, "Asia/Shanghai")
    graph = defs.resolve_asset_graph()
    report = dg.AssetKey(["weekly", "report"])
    chapters = {dg.AssetKey(["weekly", "chapter_02"]), dg.AssetKey(["weekly", "chapter_06"])}
    assert graph.get(report).parent_keys == chapters
    assert all(graph.get(c).parent_keys == {dg.AssetKey("inbox")} for c in chapters)
    checks = {(c.asset_key.to_user_string(), c.name) for c in graph.asset_check_keys}
    assert {
        ("inbox", "fresh"),
        ("weekly/report", "on_time"),
        ("ads/chapter_06", "finished"),
    } <= checks
    names = {s.name for s in defs.sensors}
    assert names == {"inbox_sensor", "failure_alerts"}
    schedules = {s.name: s.cron_schedule for s in defs.schedules}
    assert schedules == {
        "weekly_schedule": "0 7 * * 1", "ads_schedule": "30 */2 * * *",
        "monthly_schedule": "0 8 1 * *", "freshness": "0 9 * * *",
    }  # fmt: skip


def test_a_failed_chapter_is_tried_again_after_a_wait_that_doubles(brand):
    defs, _ = made(brand, "Asia/Shanghai")
    (chapter,) = [a for a in defs.assets if a.keys == {dg.AssetKey(["ads", "chapter_06"])}]
    policy = chapter.op.retry_policy
    assert (policy.max_retries, policy.delay, policy.backoff) == (2, 30, dg.Backoff.EXPONENTIAL)
    assert chapter.op.pool == "opsbook_chapters"


def answer(defs, name, at, instance):
    """What a schedule asks for at a local moment: a partition's key, or why it asks for nothing."""
    (schedule,) = [s for s in defs.schedules if s.name == f"{name}_schedule"]
    with dg.build_schedule_context(instance=instance, scheduled_execution_time=at) as context:
        told = schedule(context)
    return told.partition_key if isinstance(told, dg.RunRequest) else told.skip_message


def test_a_period_is_asked_for_once_however_often_the_clock_ticks_in_it(brand, tmp_path):
    defs, settings = made(brand, "Europe/Berlin")
    ads = {p.name: p for p in planning.plans(settings)}["ads"]
    zone = settings.time_zone

    def record(period, state, attempts):
        piece = planning.Work(ads, period, "en", None, 1)
        with work.history(settings) as kept:
            kept[piece.key] = {
                "state": state,
                "attempts": attempts,
                "at": "2026-03-29T00:00:00+00:00",
            }

    def at(hour, day=29):
        return dt.datetime(2026, 3, day, hour, 30, tzinfo=zone)

    place = tmp_path / "dagster"
    place.mkdir()
    with dg.DagsterInstance.local_temp(str(place)) as instance:
        assert answer(defs, "ads", at(0), instance) == "2026-03-28"
        assert answer(defs, "ads", at(4), instance) == "2026-03-28"  # nothing came of it yet
        record("2026-03-28", "failed", 1)
        assert answer(defs, "ads", at(6), instance) == "2026-03-28"
        record("2026-03-28", "failed", 3)
        assert "given up" in answer(defs, "ads", at(6), instance)
        record("2026-03-28", "ok", 1)
        assert "has its report" in answer(defs, "ads", at(22), instance)
        assert answer(defs, "ads", at(0, 30), instance) == "2026-03-29"  # the day of 23 hours
        job = defs.resolve_job_def("ads_job")
        tags = {"dagster/partition": "2026-03-29"}
        instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED, tags=tags)
        assert "is being made" in answer(defs, "ads", at(2, 30), instance)


@pytest.mark.parametrize(
    "tags, expected",
    [
        ({}, True),
        ({"dagster/schedule_name": "ads_schedule"}, False),
        ({"opsbook/backfill": "x"}, False),
    ],
)
def test_only_a_person_has_a_report_made_again(brand, tags, expected):
    made(brand, "Asia/Shanghai")
    definitions = importlib.import_module("opsbook.publish.schedule.definitions")
    run = dg.DagsterRun(job_name="ads_job", tags=tags)
    assert definitions._by_hand(run) is expected
