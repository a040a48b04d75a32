"""9.1: duties and roles, load per person and role, and what hangs on a single person."""

import numpy as np
import pandas as pd

from opsbook.chapters.team import rows

LOAD_DAYS = 28
OVERLOADED, FULL = 1.0, 0.85
ABLE = 3


def _letters(value):
    return set(str(value or "").upper()) & set("RACI")


def raci(book):
    """Duties x the five roles, with who is accountable and what is wrong.

    Columns: duty, one per role (R, A, C, I), accountable and responsible (people in those roles),
    state: ok, no_accountable, several_accountable or no_responsible. "One accountable person"
    means exactly one role marked A; how many people hold it stands beside.
    """
    duties = book.frame("duties")
    columns = ["duty", *rows.ROLES, "accountable", "responsible", "state"]
    if duties.empty:
        return pd.DataFrame(columns=columns)
    team = rows.people(book)
    heads = team.groupby("role")["person_key"].nunique()
    out = []
    for duty, part in duties.groupby("duty", sort=True):
        letters = dict(zip(part["role"], part["raci"], strict=True))
        accountable = [r for r, v in letters.items() if "A" in _letters(v)]
        responsible = [r for r, v in letters.items() if "R" in _letters(v)]
        state = "ok"
        if len(accountable) != 1:
            state = "several_accountable" if accountable else "no_accountable"
        elif not responsible:
            state = "no_responsible"
        count = [int(sum(heads.get(r, 0) for r in roles)) for roles in (accountable, responsible)]
        out.append((duty, *(letters.get(r) for r in rows.ROLES), *count, state))
        if state != "ok":
            book.find(
                "9.1",
                "medium" if state == "no_responsible" else "high",
                f"9.1.{state}",
                subject=str(book.translator.value(duty)),
                figure=len(accountable),
                unit="people",
                roles=book.t("shown.list").join(
                    str(book.translator.value(r)) for r in (accountable or responsible)
                )
                or "–",
            )
        elif len(team) and not count[0]:
            book.find(
                "9.1",
                "high",
                "9.1.vacant",
                subject=str(book.translator.value(duty)),
                figure=0,
                unit="people",
                role=str(book.translator.value(accountable[0])),
            )
    frame = pd.DataFrame(out, columns=columns)
    rank = frame["state"].map(lambda s: s == "ok")
    return frame.assign(rank=rank).sort_values(["rank", "duty"], ignore_index=True)[columns]


def raci_cells(book):
    """One row per duty and role for the map: raci, and weight (A 3, R 2, C 1, I 0.3)."""
    duties = book.frame("duties").dropna(subset=["raci"])
    weight = {"A": 3.0, "R": 2.0, "C": 1.0, "I": 0.3}
    frame = duties[["duty", "role", "raci"]].copy()
    frame["weight"] = [max((weight[x] for x in _letters(v)), default=0.0) for v in frame["raci"]]
    return frame.reset_index(drop=True)


def workload(book):
    """Load of each person: hours of the last four weeks and the open ones against capacity.

    Columns: name, role, hours_per_week, spent_per_week, spent_share, open_tasks, open_hours,
    due_hours (open, due within a week or overdue), load_share (the greater of spent_share and
    due_hours by hours_per_week), overdue, state: overloaded (above 1), full (above 0.85), ok.
    Hours of a task are its minutes spent, else its estimate.
    """
    return book.once("team.load", lambda: _workload(book))


def _workload(book):
    team = rows.people(book)
    columns = [
        *("name", "role", "hours_per_week", "spent_per_week", "spent_share", "open_tasks"),
        *("open_hours", "due_hours", "load_share", "overdue", "state"),
    ]
    if team.empty:
        return pd.DataFrame(columns=columns)
    work = rows.tasks(book)
    end = rows.now(book)
    work["hours"] = (work["minutes_spent"] / 60).fillna(work["estimate_h"]).fillna(0.0)
    done = work[work["is_done"] & (work["done_at"] >= end - pd.Timedelta(days=LOAD_DAYS))]
    spent = done.groupby("assignee")["hours"].sum() / (LOAD_DAYS / 7)
    waiting = work[~work["is_done"]]
    near = waiting[waiting["due_at"] < end + pd.Timedelta(days=7)]
    one = team.groupby("person_key").agg(
        name=("name", "first"),
        role=("role", lambda s: ", ".join(sorted(set(s)))),
        hours_per_week=("hours_per_week", "max"),
    )
    one["spent_per_week"] = spent
    one["open_tasks"] = waiting.groupby("assignee").size()
    one["open_hours"] = waiting.groupby("assignee")["estimate_h"].sum()
    one["due_hours"] = near.groupby("assignee")["estimate_h"].sum()
    one["overdue"] = waiting[waiting["is_late"]].groupby("assignee").size()
    filled = ["spent_per_week", "open_tasks", "open_hours", "due_hours", "overdue"]
    one[filled] = one[filled].fillna(0)
    hours = one["hours_per_week"].replace(0, np.nan)
    one["spent_share"] = one["spent_per_week"] / hours
    one["load_share"] = np.maximum(one["spent_share"], one["due_hours"] / hours)
    one["state"] = np.select(
        [one["load_share"] > OVERLOADED, one["load_share"] > FULL], ["overloaded", "full"], "ok"
    )
    one[["open_tasks", "overdue"]] = one[["open_tasks", "overdue"]].astype(int)
    frame = one.sort_values("load_share", ascending=False)[columns].reset_index(drop=True)
    for r in frame[frame["state"] == "overloaded"].itertuples():
        book.find(
            "9.1",
            "high",
            "9.1.overloaded",
            subject=r.name,
            figure=r.load_share,
            unit="fraction",
            hours=r.hours_per_week,
            over=max(r.spent_per_week, r.due_hours) - r.hours_per_week,
            tasks=r.open_tasks,
        )
    return frame


def by_role(book):
    """The five roles: people, capacity, load_share, tasks done in 90 days, open and overdue tasks,
    duties they are accountable and responsible for."""
    team = rows.people(book)
    work, load = rows.tasks(book), workload(book)
    duties = book.frame("duties")
    if team.empty and work.empty:
        return pd.DataFrame(columns=["role"])
    end = rows.now(book)
    out = []
    for role in rows.ROLES:
        mine = work[work["role"] == role]
        part = load[load["role"] == role]
        recent = mine[mine["done_at"] >= end - pd.Timedelta(days=rows.WINDOW_DAYS)]
        hours = part["hours_per_week"].sum()
        use = np.maximum(part["spent_per_week"], part["due_hours"]).sum()
        held = duties[duties["role"] == role]["raci"]
        out.append(
            (
                role,
                team[team["role"] == role]["person_key"].nunique(),
                hours,
                use / hours if hours else np.nan,
                len(recent),
                int((~mine["is_done"]).sum()),
                int((~mine["is_done"] & mine["is_late"]).sum()),
                sum("A" in _letters(v) for v in held),
                sum("R" in _letters(v) for v in held),
            )
        )
        if team[team["role"] == role].empty:
            book.find(
                "9.1",
                "high",
                "9.1.no_people",
                subject=str(book.translator.value(role)),
                figure=len(mine[~mine["is_done"]]),
                unit="pieces",
            )
    frame = pd.DataFrame(
        out,
        columns=[
            *("role", "people", "hours_per_week", "load_share", "tasks_done", "open_tasks"),
            *("overdue", "duties_accountable", "duties_responsible"),
        ],
    )
    book.say(
        "9.1",
        "9.1.say",
        people=team["person_key"].nunique(),
        overloaded=int((load["state"] == "overloaded").sum()) if len(load) else 0,
        single=len(single_points(book)),
    )
    return frame


def single_points(book):
    """What stops when one person is away: roles, duties and skills that one person alone covers.

    Columns: kind (role, skill), subject, name, duties (that the role answers or works for),
    open_tasks, overdue, stand_in (who is nearest: the best other level of a skill, else empty).
    A skill counts where one person alone has its needed level (at least 3).
    """
    return book.once("team.single", lambda: _single(book))


def _single(book):
    team, work = rows.people(book), rows.tasks(book)
    duties = book.frame("duties")
    out = []
    waiting = work[~work["is_done"]]
    for role, part in team.groupby("role"):
        if part["person_key"].nunique() != 1:
            continue
        letters = duties.loc[duties["role"] == role, "raci"]
        held = sum(bool(_letters(v) & set("RA")) for v in letters)
        mine = waiting[waiting["role"] == role]
        out.append(
            (
                "role",
                role,
                part["name"].iloc[0],
                held,
                len(mine),
                int(mine["is_late"].sum()),
                "",
            )
        )
    skills = book.frame("skills")
    skills = skills[(skills["assessed_at"] < rows.now(book))]
    skills = skills[skills["person_key"].isin(team["person_key"])]
    newest = skills.sort_values("assessed_at").drop_duplicates(["person_key", "skill"], keep="last")
    known = rows.names(book)
    for skill, part in newest.groupby("skill"):
        needed = max(ABLE, part["needed_level"].max())
        able = part[part["level"] >= needed]
        if len(able) != 1:
            continue
        others = part[part["level"] < needed].sort_values("level", ascending=False)
        stand_in = known.get(others["person_key"].iloc[0], "") if len(others) else ""
        person = known.get(able["person_key"].iloc[0], able["person_key"].iloc[0])
        out.append(("skill", skill, person, 0, 0, 0, stand_in))
    frame = pd.DataFrame(
        out,
        columns=["kind", "subject", "name", "duties", "open_tasks", "overdue", "stand_in"],
    )
    for r in frame[frame["kind"] == "role"].itertuples():
        book.find(
            "9.1",
            "high" if r.overdue else "medium",
            "9.1.single_role",
            subject=str(book.translator.value(r.subject)),
            figure=r.duties,
            unit="pieces",
            person=r.name,
            tasks=r.open_tasks,
            late=r.overdue,
        )
    for r in frame[frame["kind"] == "skill"].itertuples():
        book.find(
            "9.1",
            "low",
            "9.1.single_skill",
            subject=str(book.translator.value(r.subject)),
            figure=1,
            unit="people",
            person=r.name,
            stand_in=r.stand_in or "–",
        )
    return frame
