"""Chapter 9: every clause has its column, plantings are found, rules fire and stay silent."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest

import opsbook
from opsbook import indicators
from opsbook.chapters import team
from opsbook.data.sample import team as forms
from opsbook.data.sample.people import person
from opsbook.data.sample.truth import draw
from opsbook.data.sample.world import World
from tests.chapters.conftest import ROOT, make_home

PLANTED = ("duties", "people", "tasks")
SEEDS = (7, 11)
PERIOD = "2026-W46"


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """Call it with seed and plantings left out: (book, truth) of a team's forms, made once."""

    @cache
    def made(seed, without=()):
        world = World(seed, 0.3, frozenset(without), draw(seed, without))
        tables = {
            "team": forms.team(world),
            "duties": forms.duties(world),
            "tasks": forms.tasks(world),
            "skills": forms.skills(world),
            "training": forms.training(world),
            "calendar_items": forms.calendar_items(world),
        }
        folder = make_home(tmp_path_factory.mktemp("world") / "home", tables)
        return opsbook.open_chapter(9, home=folder, period=PERIOD), world.truth

    return made


def found(book, message):
    return [f for f in book.sorted_findings() if f.message == message]


CLAUSES = {
    "9.1": {
        "the five roles x duties as a RACI table": (
            team.raci,
            {"duty", "manager", "content", "community", "data", "design"},
        ),
        "duties without one accountable person": (team.raci, {"accountable", "state"}),
        "workload per person": (team.workload, {"name", "load_share", "state"}),
        "workload per role": (team.by_role, {"role", "people", "load_share"}),
        "single points of failure": (team.single_points, {"kind", "subject", "name"}),
    },
    "9.2": {
        "lead time": (team.by_process, {"lead_h", "low", "high"}),
        "throughput": (team.throughput, {"week", "kind", "tasks"}),
        "work in progress": (team.by_process, {"in_progress", "waiting"}),
        "overdue": (team.overdue, {"task_id", "days_late"}),
        "ageing": (team.ageing, {"age_group", "older_than_usual"}),
        "findings and calendar items as tasks": (
            team.handover,
            {"source", "title", "owner", "due_at", "priority"},
        ),
        "documents and chat": (team.channels, {"channel", "what", "state"}),
    },
    "9.3": {
        "skill matrix against role needs": (
            team.skill_matrix,
            {"skill_name", "skill_level", "needed_level", "levels_missing"},
        ),
        "training plan": (team.plan, {"planned_at", "course", "gap_people"}),
        "attendance": (team.attendance, {"attended_share", "low", "high"}),
        "before/after results": (
            team.effect,
            {"score_before", "score_after_course", "score_gain", "low", "high", "p_adjusted"},
        ),
        "gaps": (team.gaps, {"below", "levels_missing", "state"}),
    },
}


@pytest.mark.parametrize("section", CLAUSES)
def test_every_clause_has_rows_and_columns(worlds, section):
    book, _ = worlds(7)
    for clause, (build, columns) in CLAUSES[section].items():
        frame = build(book)
        assert columns <= set(frame.columns), clause
        assert len(frame), clause


def test_the_notebook_has_every_section_and_calls_every_clause():
    notebook = json.loads((ROOT / "notebooks" / "09_team.ipynb").read_text(encoding="utf-8"))
    prose = [c for c in notebook["cells"] if c["cell_type"] == "markdown"]
    code = "".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code")
    for section, clauses in CLAUSES.items():
        assert any("".join(c["source"]).startswith(f"## {section} ") for c in prose), section
        for clause, (build, _) in clauses.items():
            assert f"team.{build.__name__}(" in code, clause


@pytest.mark.parametrize("seed", SEEDS)
def test_plantings_are_found(worlds, seed):
    book, truth = worlds(seed)
    duties = team.raci(book).query("state == 'no_accountable'")["duty"]
    assert set(duties) == set(truth["duties"]["without_accountable"])
    single = team.single_points(book).query("kind == 'role'")["subject"]
    assert truth["duties"]["single_person"] in set(single)

    late = team.overdue(book)
    assert len(late.query(f"role == '{truth['tasks']['role']}'")) >= truth["tasks"]["overdue"]
    # one process got faster in the planted week, give or take one week
    steps = team.process_steps(book).set_index("process")
    step = steps.loc[truth["tasks"]["improved_process"]]
    apart = pd.Timestamp(step["week"]) - pd.Timestamp(truth["tasks"]["improved_at"])
    assert abs(apart) <= pd.Timedelta(days=10)
    assert step["low"] <= 0.45 - 1 <= step["high"]

    gap = team.gaps(book).iloc[0]
    assert (gap["skill_name"], gap["levels_missing"] > 0) == (truth["people"]["gap"], True)
    taught = team.effect(book).query("verdict == 'better'")
    assert taught["course"].tolist() == [f"{truth['people']['course']} course"]
    assert taught["low"].iloc[0] <= truth["people"]["gain"] <= taught["high"].iloc[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_without_plantings_the_findings_go(worlds, seed):
    book, _ = worlds(seed, PLANTED)
    assert (team.raci(book)["state"] == "ok").all()
    # a task or two may be late by chance; the planted pile is gone
    assert len(team.overdue(book)) <= 2
    assert "design" not in set(team.single_points(book)["subject"])
    assert team.gaps(book)["levels_missing"].sum() == 0
    assert not (team.effect(book)["verdict"] == "better").any()
    assert not (team.process_steps(book)["verdict"] == "faster").any()
    for message in ("9.1.no_accountable", "9.3.gap_open", "9.3.gap_planned", "9.3.taught"):
        assert not found(book, message), message
    assert all(f.severity != "high" for f in found(book, "9.2.overdue"))


# --- one change in the raw input moves the figure as stated ---------------------------------


def duty_rows(**letters):
    return pd.DataFrame(
        [{"duty": "write_copy", "role": role, "raci": raci} for role, raci in letters.items()]
    )


@pytest.mark.parametrize(
    ("letters", "state"),
    [
        ({"manager": "A", "content": "R"}, "ok"),
        ({"content": "AR"}, "ok"),
        ({"manager": "I", "content": "R"}, "no_accountable"),
        ({"manager": "A", "data": "A", "content": "R"}, "several_accountable"),
        ({"manager": "A", "content": "C"}, "no_responsible"),
    ],
)
def test_each_duty_needs_exactly_one_accountable(tiny_book, letters, state):
    book = tiny_book(9, {"duties": duty_rows(**letters)}, period=PERIOD)
    assert team.raci(book)["state"].tolist() == [state]
    wrong = [f.message for f in book.sorted_findings()]
    assert wrong == ([] if state == "ok" else [f"9.1.{state}"])


def people(*rows):
    return pd.DataFrame(
        [
            {"person_key": key, "role": role, "display_name": key, "hours_per_week": hours}
            for key, role, hours in rows
        ]
    )


def task_rows(count, *, hours=5.0, person="a", role="content", lead=24, due=96, **more):
    """`count` finished tasks, one a day; the last is created on 2026-11-14."""
    created = pd.date_range(end="2026-11-14 10:00", periods=count, freq="D")
    return pd.DataFrame(
        {
            "task_id": [f"{person}{i}" for i in range(count)],
            "created_at": created,
            "started_at": created + pd.Timedelta(hours=lead / 4),
            "done_at": created + pd.Timedelta(hours=lead),
            "due_at": created + pd.Timedelta(hours=due),
            "assignee": person,
            "role": role,
            "process": "publish",
            "status": "done",
            "estimate_h": hours,
            "minutes_spent": hours * 60,
        }
    ).assign(**more)


@pytest.mark.moves("9.1")
def test_load_and_overload(tiny_book):
    staff = people(("a", "content", 40), ("b", "data", 20))
    book = tiny_book(9, {"team": staff, "tasks": task_rows(28)}, period=PERIOD)
    # 28 tasks of 5 hours in 4 weeks are 35 of 40 hours a week
    table = team.workload(book).set_index("name")
    assert table.loc["a", "spent_per_week"] == 35
    assert table.loc["a", "load_share"] == pytest.approx(0.875)
    assert table["state"].to_dict() == {"a": "full", "b": "ok"}
    assert not found(book, "9.1.overloaded")
    book = tiny_book(9, {"team": staff, "tasks": task_rows(28, hours=6.0)}, period=PERIOD)
    assert team.workload(book).set_index("name").loc["a", "state"] == "overloaded"
    assert [f.figure for f in found(book, "9.1.overloaded")] == [pytest.approx(1.05)]
    roles = team.by_role(book).set_index("role")
    assert roles.loc["content", "load_share"] == pytest.approx(1.05)
    assert {f.subject for f in found(book, "9.1.no_people")} == {
        *("account manager", "community", "design"),
    }


def test_single_points(tiny_book):
    staff = people(("a", "content", 40), ("b", "content", 40), ("c", "data", 40))
    skills = pd.DataFrame(
        [(p, "seo", level, 3, "2026-10-01") for p, level in (("a", 4), ("b", 2), ("c", 1))],
        columns=["person_key", "skill", "level", "needed_level", "assessed_at"],
    )
    book = tiny_book(9, {"team": staff, "skills": skills}, period=PERIOD)
    table = team.single_points(book)
    assert table[["kind", "subject", "name", "stand_in"]].to_numpy().tolist() == [
        ["role", "data", "c", ""],
        ["skill", "seo", "a", "b"],
    ]
    assert len(found(book, "9.1.single_role")) == len(found(book, "9.1.single_skill")) == 1
    both = skills.assign(level=4)
    book = tiny_book(9, {"team": staff.iloc[:2], "skills": both}, period=PERIOD)
    assert team.single_points(book).empty


@pytest.mark.moves("9.2")
def test_flow_figures(tiny_book):
    open_ = task_rows(2, person="o", done_at=pd.NaT, status="doing", due=24)
    book = tiny_book(9, {"tasks": pd.concat([task_rows(20), open_])}, period=PERIOD)
    row = team.by_process(book).iloc[0]
    assert (row["done"], row["lead_h"], row["cycle_h"], row["in_progress"]) == (20, 24, 18, 2)
    assert (row["overdue"], row["on_time_share"]) == (2, 1)
    assert not found(book, "9.2.late_process")
    # created on the 13th and 14th at 10:00, due a day later, the period ends with the 15th
    assert team.overdue(book)["days_late"].tolist() == [1.6, 0.6]
    assert [f.figure for f in found(book, "9.2.overdue")] == [2]
    assert team.ageing(book)["older_than_usual"].tolist() == [2]
    slow = tiny_book(9, {"tasks": task_rows(20, due=12)}, period=PERIOD)
    assert team.by_process(slow)["on_time_share"].tolist() == [0]
    assert [f.figure for f in found(slow, "9.2.late_process")] == [1]
    weekly = team.throughput(book).query("kind == 'created'")["tasks"]
    assert weekly.sum() == 22


def test_a_process_that_became_slower_is_told(tiny_book):
    rng = np.random.default_rng(3)
    rows = task_rows(280)
    lead = np.where(np.arange(280) < 140, 20, 45) * rng.lognormal(0, 0.2, 280)
    rows["done_at"] = rows["created_at"] + pd.to_timedelta(lead, unit="h")
    book = tiny_book(9, {"tasks": rows}, period=PERIOD)
    steps = team.process_steps(book)
    assert steps["verdict"].tolist() == ["slower"]
    assert steps["low"].iloc[0] <= 45 / 20 - 1 <= steps["high"].iloc[0]
    assert len(found(book, "9.2.slower")) == 1


def test_handover_takes_open_findings_and_coming_posts(tiny_book):
    finding = {
        "finding_id": "f1",
        "chapter": 8,
        "section": "8.1.2",
        "severity": "high",
        "what": "three texts show numbers",
        "action": "hide them",
        "owner": "community",
        "due": "2026-11-18",
    }
    findings = pd.DataFrame(
        [
            {**finding, "state": "open"},
            {**finding, "finding_id": "f2", "state": "done"},
            {**finding, "finding_id": "f3", "state": "open", "severity": "info"},
        ]
    )
    item = {"platform": "weibo", "account_id": "w", "theme": "daily", "title": "tea"}
    items = pd.DataFrame(
        [
            {**item, "item_id": "i1", "state": "proposed", "slot_at": "2026-11-17 10:00"},
            {**item, "item_id": "i2", "state": "published", "slot_at": "2026-11-17 11:00"},
            {**item, "item_id": "i3", "state": "approved", "slot_at": "2026-12-30 11:00"},
        ]
    )
    items["slot_at"] = pd.to_datetime(items["slot_at"])
    book = tiny_book(9, {"findings": findings, "calendar_items": items}, period=PERIOD)
    table = team.handover(book)
    assert table["source_id"].tolist() == ["i1", "f1"]
    assert table["note"].tolist()[1] == "hide them"
    assert [f.figure for f in found(book, "9.2.unapproved")] == [1]
    ready = team.channels(book).set_index("channel")["ready"]
    assert (ready["teambition"], ready["asana"]) == (2, 2)
    items["state"] = "approved"
    book = tiny_book(9, {"calendar_items": items}, period=PERIOD)
    team.handover(book)
    assert not found(book, "9.2.unapproved")


def skill_rows(level):
    return pd.DataFrame(
        [
            ("a", "content", "seo", 1, 3, "2026-05-01"),
            ("a", "content", "seo", level, 3, "2026-10-01"),
        ],
        columns=["person_key", "role", "skill", "level", "needed_level", "assessed_at"],
    )


@pytest.mark.moves("9.3")
def test_gaps_and_planned_courses(tiny_book):
    book = tiny_book(9, {"skills": skill_rows(1)}, period=PERIOD)
    row = team.gaps(book).iloc[0]
    assert (row["levels_missing"], row["level_moved"], row["state"]) == (2, 0, "open")
    assert len(found(book, "9.3.gap_open")) == 1
    course = {"person_key": "a", "course": "seo course", "topic": "seo"}
    coming = pd.DataFrame([{**course, "planned_at": "2026-12-01"}])
    book = tiny_book(9, {"skills": skill_rows(1), "training": coming}, period=PERIOD)
    assert team.gaps(book)["state"].tolist() == ["planned"]
    assert len(found(book, "9.3.gap_planned")) == 1
    assert team.plan(book)["gap_people"].tolist() == [1]
    book = tiny_book(9, {"skills": skill_rows(3)}, period=PERIOD)
    assert team.gaps(book)["state"].tolist() == ["closed"]
    assert not book.findings


def course_rows(gain, attended=12):
    before = np.linspace(40, 60, 12)
    came = np.arange(12) < attended
    after = before + gain + np.tile([-1.0, 1.0], 6)
    return pd.DataFrame(
        {
            "person_key": [f"p{i}" for i in range(12)],
            "course": "seo course",
            "topic": "seo",
            "held_at": "2026-06-01",
            "planned_at": "2026-06-01",
            "attended": came,
            "score_before": np.where(came, before, np.nan),
            "score_after": np.where(came, after, np.nan),
            "hours": 2.0,
        }
    )


def test_what_a_course_taught(tiny_book):
    book = tiny_book(9, {"training": course_rows(10)}, period=PERIOD)
    row = team.effect(book).iloc[0]
    # gains are 9 and 11: mean 10, standard deviation 1.044, t(11) 2.201
    assert row["score_gain"] == pytest.approx(10)
    assert row["high"] == pytest.approx(10 + 2.2010 * 1.04447 / 12**0.5, abs=1e-3)
    assert len(found(book, "9.3.taught")) == 1
    book = tiny_book(9, {"training": course_rows(0)}, period=PERIOD)
    assert team.effect(book)["verdict"].tolist() == ["unclear"]
    assert len(found(book, "9.3.no_effect")) == 1
    assert team.attendance(book)["attended_share"].tolist() == [1]
    assert not found(book, "9.3.absent")
    book = tiny_book(9, {"training": course_rows(0, attended=4)}, period=PERIOD)
    assert team.attendance(book)["hours_spent"].tolist() == [8]
    assert [f.figure for f in found(book, "9.3.absent")] == [pytest.approx(1 / 3)]


@pytest.mark.parametrize("language", ["en", "zh-Hant", "zh-Hans"])
def test_empty_store(tiny_book, language):
    book = tiny_book(9, period=PERIOD, language=language)
    for name in team.__all__:
        frame = getattr(team, name)(book)
        assert len(frame) == 0 or name == "channels", name
    assert book.state == "no_data"
    assert not book.findings


def test_one_person_and_two_weeks(tiny_book):
    tables = {"team": people(("a", "content", 40)), "tasks": task_rows(10)}
    book = tiny_book(9, tables, period=PERIOD)
    for name in team.__all__:
        getattr(team, name)(book)
    assert team.by_process(book)["done"].tolist() == [10]
    assert team.process_steps(book).empty


def test_indicators_count_what_the_chapter_shows(worlds):
    book, _ = worlds(7)
    names = ["tasks_done", "task_lead_hours", "tasks_on_time_share"]
    got = indicators.compute(book.store, names, period=PERIOD).iloc[0]
    frame = book.frame("tasks")
    done = frame[(frame["done_at"] >= "2026-11-09") & (frame["done_at"] < "2026-11-16")]
    assert got["tasks_done"] == len(done)
    lead = (done["done_at"] - done["created_at"]).dt.total_seconds().mean() / 3600
    assert got["task_lead_hours"] == pytest.approx(lead, rel=1e-6)
    assert got["tasks_on_time_share"] == pytest.approx((done["done_at"] <= done["due_at"]).mean())
    share = indicators.compute(book.store, ["training_attendance_share"]).iloc[0, 0]
    table = team.attendance(book)
    assert share == pytest.approx(table["attended"].sum() / table["invited"].sum())


def test_people_are_shown_by_the_name_they_agreed_to(worlds):
    book, _ = worlds(7)
    shown = team.workload(book)["name"].tolist() + team.overdue(book)["person"].tolist()
    assert person("staff op01") not in shown
    assert "Colleague 01" in shown
