"""9.3: skills against what roles need, training plan and attendance, what courses changed, gaps."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.chapters.team import rows
from opsbook.estimate import Estimate
from opsbook.methods import experiments, ratios

METHOD = "paired t interval, scores after minus before"
LEAST = 4


def _newest(book):
    """The newest assessment of each person and skill, and the level of the one before."""
    frame = book.frame("skills")
    frame = frame[frame["assessed_at"] < rows.now(book)].sort_values("assessed_at")
    team = rows.people(book)
    frame = frame[frame["person_key"].isin(team["person_key"])] if len(team) else frame
    frame["level_before"] = frame.groupby(["person_key", "skill"])["level"].shift()
    frame = frame.drop_duplicates(["person_key", "skill"], keep="last")
    known = rows.names(book)
    frame["name"] = [known.get(k, k) for k in frame["person_key"]]
    frame["gap"] = (frame["needed_level"] - frame["level"]).clip(lower=0)
    return frame.reset_index(drop=True)


def skill_matrix(book):
    """One row per person and skill: name, role, skill_name, skill_level, needed_level, levels_missing,
    level_before, assessed_at."""
    columns = [
        *(
            "name",
            "role",
            "skill_name",
            "skill_level",
            "needed_level",
            "levels_missing",
            "level_before",
        ),
        "assessed_at",
    ]
    frame = _newest(book).rename(
        columns={"skill": "skill_name", "level": "skill_level", "gap": "levels_missing"}
    )
    return frame[columns].sort_values(["role", "name", "skill_name"], ignore_index=True)


def gaps(book):
    """Gaps by role and skill, largest first, and whether a course is planned for them.

    Columns: skill_name, role, people, below (people under the needed level), needed_level, mean_level,
    levels_missing (summed), level_moved (mean level against the assessment before), next_course,
    state (closed, planned, open).
    """
    frame = _newest(book)
    columns = [
        *("skill_name", "role", "people", "below", "needed_level", "mean_level", "levels_missing"),
        *("level_moved", "next_course", "state"),
    ]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    courses = book.frame("training")
    coming = courses[courses["planned_at"] >= rows.now(book)]
    following = coming.groupby("topic")["planned_at"].min().to_dict()
    out = []
    for (skill, role), part in frame.groupby(["skill", "role"], dropna=False):
        below, missing = int((part["gap"] > 0).sum()), float(part["gap"].sum())
        planned = following.get(skill, pd.NaT)
        state = "closed" if not below else "open" if pd.isna(planned) else "planned"
        out.append(
            (
                skill,
                role,
                len(part),
                below,
                part["needed_level"].max(),
                part["level"].mean(),
                missing,
                (part["level"] - part["level_before"]).mean(),
                planned,
                state,
            )
        )
        if below and missing / len(part) >= 1:
            book.find(
                "9.3",
                "medium" if state == "open" else "low",
                f"9.3.gap_{state}",
                subject=f"{book.translator.value(skill)} / {book.translator.value(role)}",
                figure=missing / len(part),
                n=len(part),
                people=below,
                total=len(part),
                needed=part["needed_level"].max(),
                level=part["level"].mean(),
                course=planned,
            )
    frame = pd.DataFrame(out, columns=columns)
    frame["next_course"] = pd.to_datetime(frame["next_course"])
    worst = frame.sort_values("levels_missing", ascending=False).iloc[0]
    if worst["levels_missing"] > 0:
        book.say(
            "9.3",
            "9.3.say",
            open=int((frame["state"] == "open").sum()),
            skill=str(book.translator.value(worst["skill_name"])),
            role=str(book.translator.value(worst["role"])),
        )
    return frame.sort_values("levels_missing", ascending=False, ignore_index=True)


def plan(book):
    """Courses to come and the open gaps they answer: planned_at, course, topic, people, hours,
    gap_people (below the needed level in that topic), days_left."""
    courses = book.frame("training")
    coming = courses[(courses["planned_at"] >= rows.now(book)) & courses["held_at"].isna()]
    short = _newest(book)
    short = short[short["gap"] > 0].groupby("skill")["person_key"].nunique()
    if coming.empty:
        return pd.DataFrame(columns=["planned_at", "course"])
    frame = coming.groupby(["planned_at", "course", "topic"], as_index=False, dropna=False).agg(
        people=("person_key", "nunique"), hours=("hours", "max")
    )
    frame["gap_people"] = [int(short.get(t, 0)) for t in frame["topic"]]
    frame["days_left"] = (frame["planned_at"] - rows.now(book)).dt.days + 1
    return frame.sort_values("planned_at", ignore_index=True)


def attendance(book):
    """Attendance of courses held: held_at, course, topic, invited, attended, attended_share with
    its Wilson interval, passed_share (of those with a result), hours of the team."""
    held = _held(book)
    out = []
    for (course, topic), part in held.groupby(["course", "topic"], dropna=False):
        came = part["attended"].fillna(False).astype(bool)
        low, high = ratios.wilson(int(came.sum()), len(part))
        passed = part.loc[came, "passed"].dropna().astype(float)
        out.append(
            (
                part["planned_at"].fillna(part["held_at"]).max(),
                course,
                topic,
                len(part),
                int(came.sum()),
                came.mean(),
                low,
                high,
                passed.mean() if len(passed) else np.nan,
                float(part.loc[came, "hours"].sum()),
            )
        )
        if len(part) >= LEAST and high < 0.8:
            book.find(
                "9.3",
                "medium",
                "9.3.absent",
                subject=str(course),
                figure=Estimate(came.mean(), low, high, len(part), ratios.WILSON, unit="fraction"),
                missing=len(part) - int(came.sum()),
            )
    frame = pd.DataFrame(
        out,
        columns=[
            *("held_at", "course", "topic", "invited", "attended", "attended_share", "low"),
            *("high", "passed_share", "hours_spent"),
        ],
    )
    return frame.sort_values("held_at", ascending=False, ignore_index=True)


def _held(book):
    courses = book.frame("training")
    day = courses["held_at"].fillna(courses["planned_at"])
    return courses[(day < rows.now(book)) & courses["attended"].notna()]


def effect(book):
    """What each course changed: paired scores before and after of those who attended.

    Columns: course, n, score_before, score_after_course, score_gain with its paired t interval, p_value,
    p_adjusted (Holm over the courses), verdict (better, worse, unclear), passed_share.
    """
    held = _held(book).dropna(subset=["score_before", "score_after"])
    columns = [
        *("course", "n", "score_before", "score_after_course", "score_gain", "low", "high"),
        *("p_value", "p_adjusted", "verdict", "passed_share"),
    ]
    out = []
    for course, part in held.groupby("course"):
        gain = (part["score_after"] - part["score_before"]).to_numpy(float)
        n = len(gain)
        low = high = p = np.nan
        if n >= LEAST and gain.std(ddof=1) > 0:
            error = gain.std(ddof=1) / np.sqrt(n)
            reach = stats.t.ppf(0.975, n - 1) * error
            low, high = gain.mean() - reach, gain.mean() + reach
            p = 2 * stats.t.sf(abs(gain.mean()) / error, n - 1)
        passed = part["passed"].dropna().astype(float)
        out.append(
            (
                course,
                n,
                part["score_before"].mean(),
                part["score_after"].mean(),
                gain.mean(),
                low,
                high,
                p,
                passed.mean() if len(passed) else np.nan,
            )
        )
    frame = pd.DataFrame(out, columns=[c for c in columns if c not in ("p_adjusted", "verdict")])
    if frame.empty:
        return pd.DataFrame(columns=columns)
    frame["p_adjusted"] = experiments.adjust(frame["p_value"])
    told = frame["p_adjusted"] < 0.05
    frame["verdict"] = np.select(
        [told & (frame["score_gain"] > 0), told & (frame["score_gain"] < 0)],
        ["better", "worse"],
        "unclear",
    )
    for r in frame.itertuples():
        if r.verdict == "unclear" and not (r.n >= LEAST and r.high < 8):
            continue
        book.find(
            "9.3",
            "info" if r.verdict == "better" else "low",
            f"9.3.{'taught' if r.verdict == 'better' else 'no_effect'}",
            subject=str(r.course),
            figure=Estimate(r.score_gain, r.low, r.high, int(r.n), METHOD),
        )
    return frame.sort_values("score_gain", ascending=False, ignore_index=True)[columns]
