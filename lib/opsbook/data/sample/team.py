"""The team's own forms: people, duties, tasks, skills, training, incentives, planned posts."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.data.sample import texts
from opsbook.data.sample.people import person
from opsbook.data.sample.plantings_people import DUTIES, SKILLS
from opsbook.data.sample.world import ACCOUNTS, END, EXPORTED, ROLES

STAFF = (
    ("op01", "manager"),
    ("op02", "content"),
    ("op03", "content"),
    ("op04", "community"),
    ("op05", "community"),
    ("op06", "data"),
    ("op07", "design"),
    ("op08", "design"),
    ("op09", "data"),
)
NEEDS = {
    "copywriting": ("content", 4),
    "video_editing": ("design", 4),
    "data_analysis": ("data", 4),
    "customer_care": ("community", 4),
    "advertising_law": ("content", 3),
    "live_hosting": ("community", 3),
}
PROCESSES = ("publish", "reply", "report", "fix_asset", "approval")


def team(world):
    """Nine people in five roles; one role hangs on a single person where planted."""
    plan = world.plan("duties")
    rows = []
    for name, role in STAFF:
        if plan and role == plan["single_person"] and any(r[1] == role for r in rows):
            role = "content" if role != "content" else "community"
        rows.append(
            (
                person(f"staff {name}"),
                role,
                f"Colleague {name[-2:]}",
                40 if name != "op05" else 24,
                date(2025, 1, 6) + timedelta(days=17 * len(rows)),
                None,
            )
        )
    return pd.DataFrame(
        rows,
        columns=["person_key", "role", "display_name", "hours_per_week", "started_at", "ended_at"],
    )


def duties(world):
    """Duty x role: who is responsible, accountable, consulted, informed."""
    plan = world.plan("duties")
    rows = []
    for n, duty in enumerate(DUTIES):
        doer = ROLES[1 + n % 4]
        for role in ROLES:
            letter = (
                "R"
                if role == doer
                else "A"
                if role == "manager"
                else ("C", "I")[(n + ROLES.index(role)) % 2]
            )
            if letter == "A" and plan and duty in plan["without_accountable"]:
                letter = "I"
            rows.append((duty, role, letter, str(2 + n % 8)))
    return pd.DataFrame(rows, columns=["duty", "role", "raci", "chapter"])


def tasks(world):
    """The task tool's export: lead times, what is overdue, one process that got faster."""
    plan = world.plan("tasks")
    rng = world.rng("tasks")
    rows = []
    people_of = {role: [n for n, r in STAFF if r == role] for role in ROLES}
    day = date(2026, 1, 5)
    while day <= END:
        for _ in range(rng.poisson(3.2 if day.weekday() < 5 else 0.4)):
            process = PROCESSES[rng.integers(len(PROCESSES))]
            role = {
                "publish": "content",
                "reply": "community",
                "report": "data",
                "fix_asset": "design",
                "approval": "manager",
            }[process]
            created = pd.Timestamp(day) + pd.Timedelta(minutes=int(rng.integers(540, 1080)))
            lead = rng.lognormal(3.2, 0.6)
            if plan and process == plan["improved_process"] and day >= plan["improved_at"]:
                lead *= 0.45
            started = created + pd.Timedelta(hours=float(lead * 0.35))
            done = created + pd.Timedelta(hours=float(lead))
            finished = done < pd.Timestamp(EXPORTED)
            rows.append(
                [
                    created,
                    started if started < pd.Timestamp(EXPORTED) else pd.NaT,
                    done if finished else pd.NaT,
                    created + pd.Timedelta(days=4),
                    process,
                    role,
                    "done" if finished else "doing" if started < pd.Timestamp(EXPORTED) else "todo",
                ]
            )
        day += timedelta(days=1)
    if plan:
        r = world.rng("overdue")
        for _ in range(plan["overdue"]):
            created = pd.Timestamp(END) - pd.Timedelta(days=float(r.uniform(9, 24)))
            rows.append(
                [
                    created,
                    created + pd.Timedelta(hours=20),
                    pd.NaT,
                    created + pd.Timedelta(days=5),
                    "publish" if plan["role"] == "content" else plan["process"],
                    plan["role"],
                    "doing",
                ]
            )
    frame = pd.DataFrame(
        rows, columns=["created_at", "started_at", "done_at", "due_at", "process", "role", "status"]
    )
    for column in ("created_at", "started_at", "done_at", "due_at"):
        frame[column] = frame[column].dt.floor("s")
    frame = frame.sort_values("created_at", kind="stable", ignore_index=True)
    frame.insert(0, "task_id", [f"TK{i + 1:05d}" for i in range(len(frame))])
    frame.insert(1, "title", [f"{p} {i + 1}" for i, p in enumerate(frame["process"])])
    frame.insert(2, "task_type", frame["process"].replace({"approval": "plan"}))
    frame["assignee"] = [
        person(f"staff {people_of[r][i % len(people_of[r])]}") for i, r in enumerate(frame["role"])
    ]
    frame["estimate_h"] = np.round(rng.uniform(1, 6, len(frame)), 1)
    frame["minutes_spent"] = np.where(
        frame["status"] == "done",
        np.round(frame["estimate_h"] * 60 * rng.uniform(0.7, 1.4, len(frame))),
        np.nan,
    )
    return frame


def skills(world):
    """Who can what, now and half a year ago; one skill lags behind its need where planted."""
    plan = world.plan("people")
    rows = []
    for name, role in STAFF:
        rng = world.rng(f"skills {name}")
        for skill in SKILLS:
            wanted, need = NEEDS[skill]
            needed = need if role == wanted else 2
            level = int(np.clip(needed + rng.integers(0, 2), 0, 5))
            if plan and skill == plan["gap"] and role == wanted:
                level = max(0, needed - 2)
            before = max(0, level - int(rng.integers(0, 2)))
            rows += [
                (person(f"staff {name}"), role, skill, before, needed, date(2026, 5, 10)),
                (person(f"staff {name}"), role, skill, level, needed, date(2026, 11, 5)),
            ]
    return pd.DataFrame(
        rows, columns=["person_key", "role", "skill", "level", "needed_level", "assessed_at"]
    )


def training(world):
    """Courses with scores before and after; one of them taught something."""
    plan = world.plan("people")
    rows = []
    courses = (*SKILLS, "personal_information_law", "crisis_communication")
    for k, course in enumerate(courses):
        rng = world.rng(f"course {course}")
        held = date(2026, 2, 12) + timedelta(days=34 * k)
        for name, _ in STAFF:
            attended = bool(rng.random() < 0.85)
            before = float(np.clip(rng.normal(58, 9), 10, 95))
            gain = rng.normal(0, 4) + (plan["gain"] if plan and course == plan["course"] else 0)
            after = float(np.clip(before + gain, 0, 100))
            rows.append(
                (
                    person(f"staff {name}"),
                    f"{course} course",
                    course,
                    held if attended else None,
                    held,
                    attended,
                    round(before, 1) if attended else None,
                    round(after, 1) if attended else None,
                    after >= 60 if attended else None,
                    4.0,
                )
            )
        if k == len(courses) - 1:
            rows += [
                (
                    person(f"staff {name}"),
                    "advertising law refresher",
                    "advertising_law",
                    None,
                    END + timedelta(days=20),
                    None,
                    None,
                    None,
                    None,
                    3.0,
                )
                for name, _ in STAFF
            ]
    return pd.DataFrame(
        rows,
        columns=[
            "person_key",
            "course",
            "topic",
            "held_at",
            "planned_at",
            "attended",
            "score_before",
            "score_after",
            "passed",
            "hours",
        ],
    )


def incentives(world):
    """Referral, review and UGC incentives with people held out; one kind pays."""
    plan = world.plan("incentives")
    rows = []
    for kind in ("referral", "review", "ugc"):
        rng = world.rng(f"incentive {kind}")
        for i in range(int(700 * max(0.3, world.scale))):
            held_out = bool(i % 3 == 0)
            rate = 0.16 + (
                plan["order_lift"] if plan and plan["pays"] == kind and not held_out else 0
            )
            orders = int(rng.poisson(rate))
            rows.append(
                (
                    f"IC-{kind}-{i + 1:04d}",
                    kind,
                    date(2026, 3, 2) + timedelta(days=int(rng.integers(230))),
                    0.0 if held_out else 12.0,
                    "CNY",
                    person(f"u{int(rng.integers(40, 2800)):05d}"),
                    "holdout" if held_out else "treated",
                    orders,
                    round(orders * 131.0, 2),
                    int(rng.poisson(0.05 if held_out or kind == "referral" else 0.3)),
                    held_out,
                )
            )
    for i, (name, _) in enumerate(STAFF[1:5]):
        rows.append(
            (
                f"ICST{i + 1:04d}",
                "staff",
                date(2026, 6, 30),
                300.0,
                "CNY",
                person(f"staff {name}"),
                "staff",
                None,
                None,
                None,
                False,
            )
        )
    frame = pd.DataFrame(
        rows,
        columns=[
            "incentive_id",
            "kind",
            "given_at",
            "cost",
            "currency",
            "person_key",
            "group_name",
            "result_orders",
            "result_gmv",
            "result_reviews",
            "holdout",
        ],
    )
    for column in ("result_orders", "result_reviews"):
        frame[column] = frame[column].astype("Int64")
    return frame


def calendar_items(world):
    """Posts planned for the two weeks after the sample, and the last that went out."""
    rng = world.rng("calendar")
    rows = []
    for k in range(40):
        a = ACCOUNTS[k % len(ACCOUNTS)]
        at = pd.Timestamp(END) + pd.Timedelta(
            days=int(rng.integers(-6, 15)), hours=int(rng.integers(8, 22))
        )
        theme = texts.THEMES[rng.integers(len(texts.THEMES))]
        state = (
            "published"
            if at < pd.Timestamp(EXPORTED)
            else ("proposed", "approved", "proposed", "rejected")[rng.integers(4)]
        )
        decided = state in ("approved", "rejected", "published")
        rows.append(
            (
                f"CI{k + 1:03d}",
                a.platform,
                a.account_id,
                at,
                theme,
                a.formats[0][0],
                texts.title(rng, a.language, theme),
                "content",
                state,
                "C08" if theme == "offer" else None,
                "manager" if decided else None,
                at - pd.Timedelta(days=3) if decided else pd.NaT,
            )
        )
    frame = pd.DataFrame(
        rows,
        columns=[
            "item_id",
            "platform",
            "account_id",
            "slot_at",
            "theme",
            "post_type",
            "title",
            "owner",
            "state",
            "campaign_id",
            "approved_by",
            "approved_at",
        ],
    )
    # An approval cannot lie after the day of the export.
    frame["approved_at"] = frame["approved_at"].clip(
        upper=pd.Timestamp(EXPORTED) + pd.Timedelta(hours=9)
    )
    return frame
