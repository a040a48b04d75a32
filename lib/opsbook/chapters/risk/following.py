"""8.3.2: who has studied the law, what is to be reviewed when, and what counsel signed."""

import numpy as np
import pandas as pd

from opsbook.chapters.risk import detectors, risks, rows
from opsbook.chapters.risk.compliance import LAWS, checklist
from opsbook.methods import ratios

STUDY_DAYS = 365
# Words of a course's topic by which it counts for a law.
_TOPICS = {
    "advertising": ("advertis", "广告", "廣告"),
    "cybersecurity": ("cyber", "network", "网络安全", "網絡安全"),
    "unfair_competition": ("unfair", "competition", "反不正当竞争", "反不正當競爭"),
    "personal_information": ("personal", "privacy", "个人信息", "個人信息"),
    "internet_information": ("internet_information", "internet information", "互联网信息"),
    "crisis": ("crisis", "emergency", "危机", "危機", "应急", "應急"),
}
COVERED = 0.8


def _courses(book):
    frame = book.frame("training")
    named = frame[["topic", "course"]].fillna("")
    frame["area"] = [_area(t, c) for t, c in zip(named["topic"], named["course"], strict=True)]
    return frame


def _area(topic, course):
    words = f"{topic} {course}".lower()
    return next((a for a, names in _TOPICS.items() if any(n in words for n in names)), None)


def _people(book):
    team = book.frame("team")
    here = team[~(team["ended_at"] < rows.last_day(book))]
    return here.drop_duplicates("person_key")


def _attended(book):
    """person_key, area, held_at of legal courses attended within a year before the period's end."""
    frame = _courses(book).dropna(subset=["area"])
    frame = frame[frame["attended"].fillna(False).astype(bool)]
    return frame[
        (frame["held_at"] <= rows.last_day(book))
        & (frame["held_at"] > rows.last_day(book) - pd.Timedelta(days=STUDY_DAYS))
    ]


def coverage(book):
    """Study of each law within the last year: who should, who did, who passed, what is planned.

    One row per law and for crisis drill courses: people, trained, trained_share with its Wilson
    interval, passed_share, last_held, next_planned.
    """
    people = _people(book)
    if people.empty:
        return pd.DataFrame(columns=["area"])
    all_courses, done = _courses(book), _attended(book)
    out = []
    for area in _TOPICS:
        part = done[(done["area"] == area) & done["person_key"].isin(people["person_key"])]
        newest = part.sort_values("held_at").drop_duplicates("person_key", keep="last")
        n, trained = len(people), len(newest)
        low, high = ratios.wilson(trained, n)
        passed = newest["passed"].dropna().astype(float)
        planned = all_courses[
            (all_courses["area"] == area) & (all_courses["planned_at"] > rows.last_day(book))
        ]["planned_at"]
        out.append(
            (
                area,
                n,
                trained,
                trained / n,
                low,
                high,
                passed.mean() if len(passed) else np.nan,
                part["held_at"].max(),
                planned.min(),
            )
        )
        if trained / n < COVERED:
            coming = planned.notna().any()
            missing = people[~people["person_key"].isin(newest["person_key"])]
            names = missing["display_name"].fillna(missing["person_key"])
            book.find(
                "8.3.2",
                "low" if coming else "medium",
                "8.3.2.planned" if coming else "8.3.2.coverage",
                subject=str(book.translator.value(area)),
                figure=n - trained,
                unit="people",
                n=n,
                share=trained / n,
                planned=planned.min() if coming else None,
                names=book.t("shown.list").join(sorted(names))
                if trained
                else book.t("8.3.2.everybody"),
            )
    return pd.DataFrame(
        out,
        columns=[
            *("area", "people", "trained", "trained_share", "low", "high", "passed_share"),
            *("last_held", "next_planned"),
        ],
    )


def missing_people(book):
    """Who has not studied what within a year: person_key, role, areas missing, how many."""
    people = _people(book)
    done = _attended(book)
    out = []
    for p in people.itertuples():
        known = set(done.loc[done["person_key"] == p.person_key, "area"])
        lacking = [a for a in _TOPICS if a not in known]
        if lacking:
            words = book.t("shown.list").join(str(book.translator.value(a)) for a in lacking)
            out.append((p.person_key, p.role, words, len(lacking)))
    frame = pd.DataFrame(out, columns=["person_key", "role", "missing_areas", "count"])
    return frame.sort_values("count", ascending=False, ignore_index=True)


def review_calendar(book, ahead=90):
    """What falls due: reviews of risks, checks of the law, expiry, courses, new rules.

    Columns: due_at, kind, subject, owner, days_left, state (overdue, soon within 14 days,
    planned). Overdue entries stay until they are done.
    """
    parts = []
    held_risks = risks.register(book)
    if len(held_risks):
        parts.append(_due(held_risks, "next_review_at", "risk_review", "risk_id", "description"))
    checks = checklist(book)
    checks = checks[checks["state"].isin(["open", "partly"])]
    parts.append(_due(checks, "due_at", "law_check", "rule_id", "item"))
    held = detectors.credentials(book)
    parts.append(_due(held, "expires_at", "expiry", "subject", "kind", book))
    courses = _courses(book).dropna(subset=["area"])
    courses = courses[courses["planned_at"] > rows.last_day(book)]
    courses = courses.drop_duplicates(["course", "planned_at"])
    parts.append(_due(courses, "planned_at", "course", "course", None))
    coming = detectors.events(book, ahead=ahead, behind=0)
    coming = coming[coming["kind"] == "regulation"]
    parts.append(_due(coming, "start_date", "regulation", "event_name", None))
    parts = [p for p in parts if len(p)]
    columns = ["due_at", "kind", "subject", "owner", "days_left", "state"]
    if not parts:
        return pd.DataFrame(columns=columns)
    frame = pd.concat(parts, ignore_index=True)
    frame["days_left"] = (frame["due_at"] - rows.last_day(book)).dt.days
    frame = frame[frame["days_left"] <= ahead]
    frame["state"] = np.select(
        [frame["days_left"] < 0, frame["days_left"] <= 14], ["overdue", "soon"], "planned"
    )
    return frame[columns].sort_values("due_at", ignore_index=True)


def _due(frame, date, kind, name, more, book=None):
    frame = frame.dropna(subset=[date])
    second = frame[more].fillna("") if more else [""] * len(frame)
    say = book.translator.value if book is not None else str
    owner = frame.get("owner", None)
    return pd.DataFrame(
        {
            "due_at": frame[date].to_numpy(),
            "kind": kind,
            "subject": [
                rows.short(f"{a} {say(b)}".strip())
                for a, b in zip(frame[name], second, strict=True)
            ],
            "owner": owner.to_numpy() if owner is not None else None,
        }
    )


def sign_offs(book):
    """Legal sign-offs by law: items that need one, signed, signed_share with its Wilson interval,
    the newest, who signs, and the items that are called met without a signature."""
    frame = checklist(book)
    frame = frame[~frame["state"].isin(["not_applicable", "not_checked"])]
    out = []
    for law in LAWS:
        part = frame[frame["law"] == law]
        if part.empty:
            continue
        signed = int(part["signed_off_at"].notna().sum())
        low, high = ratios.wilson(signed, len(part))
        unsigned = part[(part["state"] == "met") & part["signed_off_at"].isna()]
        by = book.t("shown.list").join(
            sorted({str(book.translator.value(v)) for v in part["signed_off_by"].dropna()})
        )
        out.append(
            (
                law,
                len(part),
                signed,
                signed / len(part),
                low,
                high,
                part["signed_off_at"].max(),
                by,
                len(unsigned),
            )
        )
        if len(unsigned):
            book.find(
                "8.3.2",
                "medium",
                "8.3.2.unsigned",
                subject=str(book.translator.value(law)),
                figure=len(unsigned),
                unit="pieces",
                n=len(part),
                items=book.t("shown.list").join(
                    f"{r.rule_id} {r.item}".strip() for r in unsigned.head(5).itertuples()
                ),
            )
    return pd.DataFrame(
        out,
        columns=[
            *("law", "items", "signed", "signed_share", "low", "high", "last_signed"),
            *("signed_off_by", "met_unsigned"),
        ],
    )
