"""Cron in zones, periods before a tick, what is due: pure functions."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from opsbook import config
from opsbook.errors import BadValue, ConfigError
from opsbook.publish.schedule import cron, plan

SHANGHAI, BERLIN, LORD_HOWE, APIA = (
    ZoneInfo(z) for z in ("Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia")
)


def walls(line, zone, after, until):
    """Ticks as wall-clock text, between local naive times."""
    ends = [dt.datetime.fromisoformat(t).replace(tzinfo=zone) for t in (after, until)]
    return [f"{t:%Y-%m-%d %H:%M}" for t in cron.ticks(cron.parse(line), zone, *ends)]


@pytest.mark.parametrize(
    "line, expected",
    [
        ("0 7 * * 1", ["2026-11-16 07:00", "2026-11-23 07:00"]),
        ("0 7 * * mon", ["2026-11-16 07:00", "2026-11-23 07:00"]),
        ("30 6,18 15 * *", ["2026-11-15 06:30", "2026-11-15 18:30"]),
        ("0 7 20 * 1", ["2026-11-16 07:00", "2026-11-20 07:00", "2026-11-23 07:00"]),  # either
        ("0 */12 21-22 nov *", ["2026-11-21 00:00", "2026-11-21 12:00", "2026-11-22 00:00", "2026-11-22 12:00"]),
        ("0 0 * * 7", ["2026-11-15 00:00", "2026-11-22 00:00"]),
        ("0 0 31 11 *", []),
    ],
)  # fmt: skip
def test_ticks_of_a_line(line, expected):
    assert walls(line, SHANGHAI, "2026-11-14 12:00", "2026-11-25 00:00") == expected


def test_bounds_are_after_and_until():
    assert walls("0 7 * * *", SHANGHAI, "2026-11-14 07:00", "2026-11-16 07:00") == [
        "2026-11-15 07:00", "2026-11-16 07:00",
    ]  # fmt: skip


def test_a_time_left_out_in_spring_falls_after_the_gap_and_a_repeated_one_counts_once():
    # Berlin: 2026-03-29 02:00 -> 03:00, 2026-10-25 03:00 -> 02:00
    assert walls("30 2 * * *", BERLIN, "2026-03-27 12:00", "2026-03-30 12:00") == [
        "2026-03-28 02:30", "2026-03-29 03:00", "2026-03-30 02:30",
    ]  # fmt: skip
    got = list(
        cron.ticks(
            cron.parse("30 2 * * *"),
            BERLIN,
            dt.datetime(2026, 10, 24, 12, tzinfo=dt.UTC),
            dt.datetime(2026, 10, 26, 12, tzinfo=dt.UTC),
        )
    )
    utc = [f"{t.astimezone(dt.UTC):%d %H:%M}" for t in got]
    assert utc == ["25 00:30", "26 01:30"]  # the first 02:30 is summer time, UTC + 2
    # half an hour's change, and a whole day that Samoa left out in 2011
    assert walls("15 2 * * *", LORD_HOWE, "2026-10-03 12:00", "2026-10-04 12:00") == [
        "2026-10-04 02:30"
    ]
    assert walls("0 7 * * *", APIA, "2011-12-28 12:00", "2011-12-31 12:00") == [
        "2011-12-29 07:00", "2011-12-31 00:00", "2011-12-31 07:00",
    ]  # fmt: skip


def test_the_elapsed_day_of_a_clock_change_has_one_tick():
    for first in (dt.date(2026, 3, 28), dt.date(2026, 10, 24)):
        span = (f"{first} 12:00", f"{first + dt.timedelta(days=7)} 12:00")
        assert len(walls("0 7 * * *", BERLIN, *span)) == 7


@pytest.mark.parametrize("line", ["", "0 7 * *", "60 7 * * *", "0 7 0 * *", "x 7 * * *", "0 7 5-1 * *", "0/0 7 * * *", "0 7 * 13 *", "0 7 1-2-3 * *"])  # fmt: skip
def test_a_wrong_line_is_refused(line):
    with pytest.raises(BadValue, match="cron"):
        cron.parse(line)


@pytest.mark.parametrize(
    "kind, day, expected",
    [
        ("day", "2026-03-01", "2026-02-28"),
        ("day", "2028-03-01", "2028-02-29"),
        ("day", "2027-01-01", "2026-12-31"),
        ("week", "2026-11-16", "2026-W46"),
        ("week", "2026-11-22", "2026-W46"),  # a Sunday: its own week is not over
        ("week", "2027-01-04", "2026-W53"),
        ("week", "2027-01-11", "2027-W01"),
        ("week", "2021-01-03", "2020-W52"),  # the Sunday of 2020-W53
        ("month", "2026-03-31", "2026-02"),
        ("month", "2027-01-01", "2026-12"),
    ],
)
def test_the_last_complete_period_before_a_day(kind, day, expected):
    assert plan.period_at(kind, dt.date.fromisoformat(day)) == expected


def test_whole_periods_of_a_range():
    def between(kind, first, last):
        return plan.between(kind, dt.date.fromisoformat(first), dt.date.fromisoformat(last))

    assert between("week", "2026-12-23", "2027-01-10") == ["2026-W53", "2027-W01"]
    assert between("month", "2026-01-31", "2026-03-31") == ["2026-02", "2026-03"]
    assert between("day", "2028-02-28", "2028-03-01") == ["2028-02-28", "2028-02-29", "2028-03-01"]
    assert between("month", "2026-01-02", "2026-01-30") == []


def settings_of(home, text):
    file = home / "data" / "workbook.toml"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    return config.settings(home)


WEEKLY = """
[schedule]
languages = ["zh-Hans", "en"]
catch_up = 3
retries = 2
wait_seconds = 60

[schedule.plans.weekly]
chapters = "2,6"
cron = "0 7 * * 1"
period = "week"
"""


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def names(works):
    return [(w.period, w.language, w.attempt) for w in works]


def test_the_first_look_does_the_newest_tick_and_later_ones_catch_up(home):
    (weekly,) = plan.plans(settings_of(home, WEEKLY))
    assert (weekly.chapters, weekly.languages) == ("2,6", ("zh-Hans", "en"))
    first = plan.due([weekly], at("2026-11-18 09:00"), {})
    assert names(first) == [("2026-W46", "en", 1), ("2026-W46", "zh-Hans", 1)]
    done = {w.key: {"state": "ok", "attempts": 1, "at": "2026-11-18T01:10:00+00:00"} for w in first}
    history = {**done, "since": {"weekly": "2026-11-18T01:00:00+00:00"}}
    assert plan.due([weekly], at("2026-11-23 06:59"), history) == []
    assert names(plan.due([weekly], at("2026-11-23 07:00"), history))[0][0] == "2026-W47"
    # down for five weeks: the newest three are made up, oldest first
    late = plan.due([weekly], at("2026-12-22 07:00"), history)
    assert [p for p, language, _ in names(late) if language == "en"] == [
        "2026-W49", "2026-W50", "2026-W51",
    ]  # fmt: skip


def test_what_failed_is_due_again_after_a_wait_that_doubles_until_its_retries_end(home):
    (weekly,) = plan.plans(settings_of(home, WEEKLY))
    key = "weekly|2026-W46|en"
    ok = {"weekly|2026-W46|zh-Hans": {"state": "ok", "attempts": 1, "at": "2026-11-16T00:00:00+00:00"}}  # fmt: skip

    def due(attempts, seconds):
        ended = at("2026-11-16 07:05")
        past = {key: {"state": "failed", "attempts": attempts, "at": ended.isoformat()}}
        return names(plan.due([weekly], ended + dt.timedelta(seconds=seconds), ok | past))

    assert due(1, 59) == [] and due(1, 60) == [("2026-W46", "en", 2)]
    assert due(2, 119) == [] and due(2, 120) == [("2026-W46", "en", 3)]
    assert due(3, 9999) == []


def test_two_ticks_in_a_period_are_one_report(home):
    text = WEEKLY.replace("0 7 * * 1", "0 * * * *")
    (hourly,) = plan.plans(settings_of(home, text))
    history = {"since": {"weekly": at("2026-11-16 00:30").isoformat()}}
    works = plan.due([hourly], at("2026-11-20 12:00"), history)
    assert names(works) == [("2026-W46", "en", 1), ("2026-W46", "zh-Hans", 1)]


@pytest.mark.parametrize(
    "old, new, match",
    [
        ("0 7 * * 1", "0 7 * *", "schedule.plans.weekly.cron"),
        ('period = "week"', 'period = "fortnight"', "day, week, month"),
        ("catch_up = 3", "catch_up = 0", "catch_up"),
        ("retries = 2", "retrys = 2", "retrys"),
        ('"zh-Hans", "en"', '"de"', "languages"),
    ],
)
def test_a_mistake_in_the_settings_names_its_key(home, old, new, match):
    with pytest.raises(ConfigError, match=match):
        plan.plans(settings_of(home, WEEKLY.replace(old, new)))
