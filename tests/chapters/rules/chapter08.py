"""Rules of chapter 8: register, detectors, response, crises, compliance."""

import numpy as np
import pandas as pd

from opsbook.chapters import risk

from .case import Case, Given, both, rows

END = pd.Timestamp("2026-11-16")


# ---- 8.1


def risks(*given):
    """One review each: risk id, family, likelihood, impact, next review."""
    frame = rows("risk_id family likelihood_after impact_after next_review_at", *given, likelihood=4, impact=4,
                 reviewed_at="2026-10-01", owner="manager", description="Leak", controls="Masks", state="open")  # fmt: skip
    return {"risks": frame}


def alarmed(n, detector="private_data", family="data_leak"):
    """Alarms of one detector in the last year."""
    at = END - pd.to_timedelta(np.arange(n) * 5.0 + 1, unit="D")
    return {"risk.alarms": pd.DataFrame({"at": at}).assign(
        detector=detector, family=family, platform="weibo", subject="c", severity="high", evidence="x")}  # fmt: skip


def leaks(likelihood, family="data_leak"):
    """A register with a risk of a family and its likelihood, beside alarms of the year."""
    held = risks(("R1", family, 2, 2, "2027-01-01"))
    held["risks"] = held["risks"].assign(likelihood=likelihood)
    return {"frames": held, "known": alarmed(60)}


def burst(peak, incident=None):
    """A day of negative comments, matched with an incident or with none."""
    found = rows("at until negative peak expected threshold", (END - pd.Timedelta(days=3), END - pd.Timedelta(days=3), peak, peak, 1.0, 4.0),
                 platform="weibo", account_id="a", step="day", incident_id=incident)  # fmt: skip
    voices = rows("at text", (END - pd.Timedelta(days=3), "太差了"), platform="weibo", account_id="a", is_negative=1,
                  is_handled=0, tone=-0.8)  # fmt: skip
    return Given(risk.bursts, known={"risk.burst_events": found}, views={"voices": voices})


def replayed(unconfirmed):
    """A year of days that were watched, and alarms that nobody recorded as incidents."""
    day = pd.date_range(end="2026-11-15", periods=365)
    watched = pd.DataFrame({"at": day, "threshold": 4.0}).assign(is_alarm=0, is_start=0, negative=0, expected=1.0,
                                                                 platform="weibo", account_id="a")  # fmt: skip
    found = pd.DataFrame({"at": day[:unconfirmed], "step": "day", "incident_id": None})
    return Given(
        risk.replay,
        known={"risk.burst_events": found},
        views={"burst_D": watched, "burst_h": watched},
    )


def public(hidden):
    return {"comments": rows("comment_id text created_timestamp", ("c1", "我的电话 13812345678", "2026-11-12 10:00"),
                             platform="weibo", account_id="a", is_hidden=hidden)}  # fmt: skip


def operated(hour, times=1, operation="publish", region="上海", size=None):
    """Sixty operations by day at ten in the morning, then some at another hour, place or size."""
    at = pd.date_range("2026-08-17 10:00", periods=60, freq="D")
    late = pd.to_datetime([f"2026-11-11 {hour:02d}:{i % 60:02d}" for i in range(times)])
    frame = pd.DataFrame({"operated_at": at.append(late)}).assign(operator="ann", operation=operation, region="上海",
                                                                  device="pc", platform="weibo", account_id="a")  # fmt: skip
    frame["operation_id"] = [f"o{i}" for i in range(len(frame))]
    frame.loc[60:, "region"] = region
    if size:
        frame["rows_exported"] = [1000.0 + i for i in range(60)] + [size] * times
    return {"account_operations": frame}


def credential(day):
    return {
        "credentials": rows(
            "credential_id expires_at", ("K1", day), kind="api_key", platform="weibo", owner="data"
        )
    }


def announced(kind):
    return {
        "industry_events": rows(
            "event_name start_date end_date", ("New rule", "2026-11-25", "2026-11-25"), kind=kind
        )
    }


ALL = [
    (f"R{i}", f, 2, 2, "2027-01-01")
    for i, f in enumerate(("data_leak", "opinion", "compliance", "operation", "technology"))
]
QUIET = alarmed(1)
RAISED, ENOUGH, UNKNOWN = (
    Given(risk.proposals, **leaks(*about)) for about in ((1,), (5,), (1, "technology"))
)
UNSEEN, SEEN, SMALL = burst(9), burst(9, "I1"), burst(3)
AT_NIGHT, BY_DAY, ELSEWHERE = (
    Given(risk.operations, frames=operated(*o)) for o in ((3,), (10,), (10, 1, "publish", "深圳"))
)
GONE, SOON, FAR = (
    Given(risk.credentials, frames=credential(d))
    for d in ("2026-11-01", "2026-11-25", "2027-11-01")
)

CASES = [
    both("8.1.1.high", risk.register, frames=(risks(("R1", "opinion", 4, 4, "2027-01-01")), risks(("R1", "opinion", 2, 2, "2027-01-01"))),
         known=QUIET),
    both("8.1.1.review", risk.register, frames=(risks(("R1", "opinion", 2, 2, "2026-11-01")), risks(("R1", "opinion", 2, 2, "2027-01-01"))),
         known=QUIET),
    both("8.1.1.empty", risk.families, frames=(risks(*ALL[:4]), risks(*ALL)), known=QUIET),
    Case("8.1.1.raise", RAISED, ENOUGH),
    Case("8.1.1.new_risk", UNKNOWN, RAISED),
    Case("8.1.2.burst", UNSEEN, SMALL),
    Case("8.1.2.burst_known", SEEN, UNSEEN),
    Case("8.1.2.too_many", replayed(40), replayed(10)),
    both("8.1.2.private", risk.private_data, frames=(public(False), public(True))),
    Case("8.1.2.off_hours", AT_NIGHT, BY_DAY),
    Case("8.1.2.unusual_operation", ELSEWHERE, BY_DAY),
    both("8.1.2.export", risk.exports,
         frames=tuple(operated(10, 1, "export", size=size) for size in (90_000.0, 1100.0))),
    Case("8.1.2.expired", GONE, SOON),
    Case("8.1.2.expiry", SOON, FAR),
    both("8.1.2.event", risk.events, frames=(announced("regulation"), announced("sale"))),
]  # fmt: skip

# ---- 8.2


def planned(*families):
    """Emergency plans of families: one step to respond within the hour."""
    frame = rows("family", *((f,) for f in families), step_no=1, stage="respond", deadline_minutes=60, step="Answer",
                 trigger="Burst", team="community", owner="community")  # fmt: skip
    return {"emergency_plans": frame.assign(plan_id=[f"P-{f}" for f in families])}


def drilled(passed, day="2026-09-01"):
    return {"drills": rows("drill_id plan_id held_at", ("D1", "P-opinion", day), passed=passed, participants=5,
                           minutes_to_respond=30.0, minutes_to_resolve=90.0, findings="Phone list is old")}  # fmt: skip


def incident(*events, lesson=None):
    """An incident of opinion: (kind, time) of its events."""
    frame = rows("event_kind event_at", *events, incident_id="I1", family="opinion", severity="high", platform="weibo",
                 plan_id="P-opinion", description="Leaves")  # fmt: skip
    return {"incidents": frame.assign(event_no=range(len(events)), lesson=lesson)}


def replied(time):
    """An incident that began at ten and was answered at a time, or not at all."""
    said = [("responded", f"2026-11-10 {time}")] if time else []
    return incident(
        ("started", "2026-11-10 10:00"), ("detected", "2026-11-10 10:05"), *said
    ) | planned("opinion")


def angry(after):
    """Comments of a crisis: three an hour before the statement of noon, `after` an hour after it."""
    hours = pd.date_range("2026-11-10 06:00", "2026-11-13 12:00", freq="h")
    out = [h + pd.Timedelta(minutes=7 * i) for h in hours
           for i in range(3 if h < pd.Timestamp("2026-11-10 12:00") else after(int((h - hours[6]) / pd.Timedelta(hours=1))))]  # fmt: skip
    return {"voices": pd.DataFrame({"at": out}).assign(platform="weibo", account_id="a", text="差", is_negative=1,
                                                       is_handled=0, tone=-0.7)}  # fmt: skip


def spoken(after):
    said = rows("statement_id made_at", ("S1", "2026-11-10 12:00"), incident_id="I1", kind="statement", channel="weibo",
                text="We are sorry")  # fmt: skip
    return Given(risk.half_lives, views=angry(after),
                 frames=incident(("started", "2026-11-10 06:00")) | {"statements": said})  # fmt: skip


def reviewed(lesson, *more):
    events = (("started", "2026-11-10 06:00"), ("detected", "2026-11-10 06:10"), *more)
    return Given(risk.after_action, views=angry(lambda hour: 1),
                 frames=incident(*events, lesson=lesson) | planned("opinion"))  # fmt: skip


FAMILIES = ("data_leak", "opinion", "compliance", "operation", "technology")
LATE, IN_TIME, NEVER = (
    Given(risk.response_times, frames=replied(t)) for t in ("12:30", "10:30", None)
)
SOLVED = ("resolved", "2026-11-11 06:00")
OPEN, DUE, DONE = reviewed(None), reviewed(None, SOLVED), reviewed("Answer sooner", SOLVED)
CASES += [
    both("8.2.1.no_plan", risk.plans, frames=(planned(*FAMILIES[:4]), planned(*FAMILIES))),
    both("8.2.1.no_drill", risk.drills,
         frames=tuple(planned("opinion") | drilled(True, day) for day in ("2025-01-01", "2026-09-01"))),
    both("8.2.1.failed_drill", risk.drills, frames=tuple(planned("opinion") | drilled(p) for p in (False, True))),
    Case("8.2.1.late", LATE, IN_TIME),
    Case("8.2.1.not_done", NEVER, IN_TIME),
    Case("8.2.2.no_decline", spoken(lambda hour: 4), spoken(lambda hour: 3 if hour < 2 else int(hour < 8))),
    Case("8.2.2.open", OPEN, DUE),
    Case("8.2.2.review_due", DUE, DONE),
]  # fmt: skip

# ---- 8.3


def checks(state, due="2026-11-01", signed="2026-10-01"):
    """Every shipped rule checked, with one state."""
    from opsbook.chapters.risk.compliance import rules

    frame = rows("law rule_id", *((r["law"], r["rule_id"]) for r in rules()), item="All posts", evidence="Read",
                 checked_at="2026-10-01", owner="content", signed_off_by="legal")  # fmt: skip
    return {"compliance_checks": frame.assign(state=state, due_at=due, signed_off_at=signed)}


def few(n):
    """The first rules of the list as checked; the others are nobody's."""
    frame = checks("met")["compliance_checks"]
    return {"compliance_checks": frame[frame["law"] != "advertising"] if n == 0 else frame}


def drafted(title):
    return {
        "calendar_items": rows(
            "item_id title slot_at",
            ("i1", title, "2026-11-18 10:00"),
            state="proposed",
            platform="weibo",
        )
    }


def posted(text):
    return {"posts": rows("post_id post_title created_timestamp", ("p1", text, "2026-11-12 10:00"), platform="weibo",
                          account_id="a")}  # fmt: skip


def studied(people, ahead=False):
    """Ten people; a number of them attended the course on each law, and it may come again."""
    team = rows("person_key", *((f"t{i}",) for i in range(10)), role="content")
    laws = ("advertising", "cyber", "unfair", "personal", "internet information", "crisis")
    out = [(f"t{i}", law, "2026-06-01", "2026-06-01", True) for law in laws for i in range(people)]
    out += [("t0", f"{law} again", None, "2026-12-10", None) for law in laws if ahead]
    return {
        "team": team,
        "training": rows(
            "person_key course held_at planned_at attended", *out, topic=None, passed=True
        ),
    }


TAUGHT, MISSING, COMING = (
    Given(risk.coverage, frames=studied(*s)) for s in ((9,), (3,), (3, True))
)
CASES += [
    both("8.3.1.overdue", risk.checklist, frames=(checks("open"), checks("met"))),
    both("8.3.1.not_checked", risk.by_law, frames=(few(0), few(1))),
    both("8.3.1.banned_draft", risk.scan, frames=(drafted("全国第一的茶"), drafted("今年的新茶"))),
    both("8.3.1.banned_live", risk.scan, frames=(posted("全国第一的茶"), posted("今年的新茶"))),
    Case("8.3.2.coverage", MISSING, TAUGHT),
    Case("8.3.2.planned", COMING, MISSING),
    both("8.3.2.unsigned", risk.sign_offs, frames=(checks("met", signed=None), checks("met"))),
]  # fmt: skip
