"""Rules of chapter 9: roles, flow of tasks, skills."""

import pandas as pd

from opsbook.chapters import team

from .case import Case, Given, both, rows


def duties(**letters):
    return rows("role raci", *letters.items(), duty="write_copy")


def people(*roles):
    about = rows("role", *((role,) for role in roles), hours_per_week=40.0)
    return about.assign(person_key=[f"p{i}" for i in range(len(roles))])


def tasks(count=20, hours=24.0, due=96.0, **more):
    """Tasks created once a day up to the end of the week; `hours` from created to done."""
    at = pd.date_range(end="2026-11-14 10:00", periods=count, freq="D")
    took = pd.to_timedelta(hours, unit="h")
    made = {"task_id": [f"t{i}" for i in range(count)], "created_at": at, "done_at": at + took}
    return pd.DataFrame(made | {"due_at": at + pd.Timedelta(hours=due)}).assign(
        process="publish", role="content", assignee="p0", status="done", estimate_h=2.0,
        minutes_spent=60.0, title="t",
    ).assign(**more)  # fmt: skip


def stepped(before, after):
    """A task a day over 40 weeks; the later half takes `after` hours."""
    hours = [(before if i < 140 else after) + i % 5 for i in range(280)]
    return {"tasks": tasks(280, hours), "team": people("content")}


def skills(*levels, needed=3):
    each = rows("level", *((level,) for level in levels), role="content", skill="copywriting",
                needed_level=needed, assessed_at="2026-10-01")  # fmt: skip
    return each.assign(person_key=[f"p{i}" for i in range(len(levels))])


def course(attended=10, gain=10.0, invited=10, topic="copywriting", **more):
    frame = rows("attended", *((i < attended,) for i in range(invited)), course="Copy", topic=topic,
                 held_at="2026-10-20", planned_at="2026-10-20", hours=2.0)  # fmt: skip
    frame["person_key"] = [f"p{i}" for i in range(invited)]
    frame["score_before"] = [50.0 + i for i in range(invited)]
    frame["score_after"] = frame["score_before"] + [gain + (i % 3) - 1 for i in range(invited)]
    return frame.assign(**more)


def gap(level, planned):
    day = "2026-12-01" if planned else "2026-09-01"
    return {"skills": skills(level, level), "team": people("content", "content"),
            "training": course().assign(held_at=None, attended=None, planned_at=day)}  # fmt: skip


def calendar(state):
    return {"calendar_items": rows("item_id slot_at", ("i", "2026-11-17 12:00"), platform="weibo",
                                   state=state, owner="content", title="Tea")}  # fmt: skip


RACI = {"content": "RA", "design": "R"}
STAFFED = Given(team.raci, frames={"duties": duties(**RACI), "team": people("content", "design")})
OPEN_GAP, PLANNED_GAP = (Given(team.gaps, frames=gap(1, planned)) for planned in (False, True))
NO_GAP = Given(team.gaps, frames=gap(3, False))
SLOWER, FASTER, STEADY = (
    Given(team.process_steps, frames=stepped(*hours)) for hours in ((20, 60), (60, 20), (20, 20))
)
TAUGHT, UNTAUGHT = (Given(team.effect, frames={"training": course(gain=g)}) for g in (10.0, 0.5))
STAFF = people("manager", "content", "community", "data", "design")
ONE_TASK = {"tasks": tasks(1), "duties": duties(**RACI)}

CASES = [
    Case("9.1.vacant",
         Given(team.raci, frames={"duties": duties(**RACI), "team": people("design")}), STAFFED),
    Case("9.1.no_responsible",
         Given(team.raci, frames={"duties": duties(content="A"), "team": people("content")}), STAFFED),
    Case("9.1.no_accountable",
         Given(team.raci, frames={"duties": duties(content="R"), "team": people("content")}), STAFFED),
    Case("9.1.several_accountable",
         Given(team.raci, frames={"duties": duties(content="RA", design="A"), "team": people("content")}), STAFFED),
    both("9.1.no_people", team.by_role,
         frames=({"team": people("content"), **ONE_TASK}, {"team": STAFF, **ONE_TASK})),
    both("9.1.overloaded", team.workload,
         frames=tuple({"team": people("content"), "tasks": tasks(28, minutes_spent=m)} for m in (450.0, 60.0))),
    both("9.1.single_role", team.single_points,
         frames=tuple({"team": people(*who), **ONE_TASK} for who in (("content",), ("content",) * 2))),
    both("9.1.single_skill", team.single_points,
         frames=tuple({"team": people("content", "content"), "skills": skills(4, level), **ONE_TASK} for level in (1, 4))),
    Case("9.2.slower", SLOWER, STEADY),
    Case("9.2.faster", FASTER, STEADY),
    both("9.2.late_process", team.by_process,
         frames=tuple({"tasks": tasks(40, due=due), "team": people("content")} for due in (12.0, 96.0))),
    both("9.2.overdue", team.overdue,
         frames=tuple({"tasks": tasks(6, done_at=None, due=due), "team": people("content")} for due in (12.0, 900.0))),
    both("9.2.unapproved", team.handover, frames=(calendar("proposed"), calendar("approved"))),
    Case("9.3.gap_open", OPEN_GAP, NO_GAP),
    Case("9.3.gap_planned", PLANNED_GAP, OPEN_GAP),
    both("9.3.absent", team.attendance,
         frames=({"training": course(attended=3)}, {"training": course(attended=9)})),
    Case("9.3.taught", TAUGHT, UNTAUGHT),
    Case("9.3.no_effect", UNTAUGHT, TAUGHT),
]  # fmt: skip
