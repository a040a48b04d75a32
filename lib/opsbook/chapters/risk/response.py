"""8.2.1: emergency plans as data, times to detect, respond and resolve, and the drill log."""

import numpy as np
import pandas as pd

from opsbook.chapters.risk import rows
from opsbook.methods import ratios

STAGES = ("detect", "respond", "resolve")
REACHED = {"detect": "detected", "respond": "responded", "resolve": "resolved"}
DRILL_DAYS = 365


def plans(book):
    """Emergency plans step by step: trigger, team, step, deadline and the last drill of the plan."""
    frame = book.frame("emergency_plans").sort_values(["plan_id", "step_no"], ignore_index=True)
    held = rows.until(book, book.frame("drills"), "held_at")
    last = held.groupby("plan_id")["held_at"].max().to_dict()
    frame["last_drill"] = pd.to_datetime([last.get(p) for p in frame["plan_id"]])
    columns = [
        *("plan_id", "family", "trigger", "step_no", "stage", "step", "team", "owner"),
        *("deadline_minutes", "last_drill"),
    ]
    covered = set(frame["family"].dropna())
    for family in rows.FAMILIES if len(frame) else ():
        if family not in covered:
            book.find(
                "8.2.1",
                "high",
                "8.2.1.no_plan",
                subject=str(book.translator.value(family)),
                figure=0,
                unit="pieces",
            )
    return frame[columns]


def response_times(book):
    """Incidents up to the period's end against their plan's deadlines, newest first.

    Minutes count from the incident's start. Columns: incident_id, started_at, family, severity,
    platform, plan_id, and per stage minutes_to_<stage>, <stage>_deadline and <stage>_state (met,
    missed, open; empty where the plan names no deadline).
    """
    return book.once("risk.response", lambda: _times(book))


def _times(book):
    log = rows.until(book, book.frame("incidents"), "event_at")
    columns = ["incident_id", "started_at", "family", "severity", "platform", "plan_id"]
    for stage in STAGES:
        columns += [f"minutes_to_{stage}", f"{stage}_deadline", f"{stage}_state"]
    if log.empty:
        return pd.DataFrame(columns=columns)
    steps = book.frame("emergency_plans")
    deadline = steps.groupby(["plan_id", "stage"])["deadline_minutes"].max()
    by_family = steps.groupby(["family", "stage"])["deadline_minutes"].min()
    first = log.pivot_table(
        index="incident_id", columns="event_kind", values="event_at", aggfunc="min"
    ).reindex(columns=["started", *REACHED.values()])
    first = first.astype("datetime64[us]")
    about = (
        log.sort_values("event_no")
        .groupby("incident_id")[["family", "severity", "platform", "plan_id"]]
        .first()
    )
    frame = first.join(about).reset_index()
    # an incident of which only notes were taken began with the first of them
    noted = log.groupby("incident_id")["event_at"].min()
    frame["started_at"] = first.min(axis=1).fillna(noted).to_numpy()
    now = rows.last_day(book) + pd.Timedelta(days=1)
    for stage in STAGES:
        reached = pd.to_datetime(frame[REACHED[stage]])
        minutes = (reached - frame["started_at"]).dt.total_seconds() / 60
        limit = pd.Series(
            [
                deadline.get((p, stage), by_family.get((f, stage), np.nan))
                for p, f in zip(frame["plan_id"], frame["family"], strict=True)
            ],
            index=frame.index,
            dtype=float,
        )
        elapsed = minutes.fillna((now - frame["started_at"]).dt.total_seconds() / 60)
        met = pd.Series(np.where(elapsed > limit, 0.0, np.where(minutes.notna(), 1.0, np.nan)))
        frame[f"minutes_to_{stage}"] = minutes.round(0)
        frame[f"{stage}_deadline"] = limit
        frame[f"{stage}_state"] = [
            None if np.isnan(d) else rows.state_of(m) for m, d in zip(met, limit, strict=True)
        ]
    frame = frame[columns].sort_values("started_at", ascending=False, ignore_index=True)
    recent = frame["started_at"] > rows.last_day(book) - pd.Timedelta(days=rows.WINDOW_DAYS)
    for r in frame[recent].itertuples():
        missed = [s for s in STAGES if getattr(r, f"{s}_state") == "missed"]
        if missed:
            stage = missed[-1]
            taken = getattr(r, f"minutes_to_{stage}")
            limit = getattr(r, f"{stage}_deadline")
            book.find(
                "8.2.1",
                "high" if r.severity in ("high", "critical") else "medium",
                "8.2.1.late" if taken == taken else "8.2.1.not_done",
                subject=f"{r.incident_id} ({book.translator.value(r.family)})",
                figure=limit if taken != taken else taken,
                unit="min",
                stage=str(book.translator.value(stage)),
                deadline=limit,
                plan=r.plan_id if pd.notna(r.plan_id) else "–",
            )
    return frame


def stages(book):
    """Each stage over all incidents: n, median and slowest minutes, and the share in time.

    in_time_share with its Wilson interval; incidents still open and not yet late are left out.
    """
    frame = response_times(book)
    out = []
    for stage in STAGES if len(frame) else ():
        minutes = frame[f"minutes_to_{stage}"].dropna()
        state = frame[f"{stage}_state"]
        met, n = int((state == "met").sum()), int(state.isin(["met", "missed"]).sum())
        low, high = ratios.wilson(met, n) if n else (np.nan, np.nan)
        share = met / n if n else np.nan
        out.append((stage, n, minutes.median(), minutes.max(), met, share, low, high))
    frame = pd.DataFrame(
        out,
        columns=[
            *("stage", "n", "median_minutes", "slowest_minutes", "met", "in_time_share"),
            *("low", "high"),
        ],
    )
    answered = frame[(frame["stage"] == "respond") & (frame["n"] > 0)]
    for r in answered.itertuples():
        book.say("8.2.1", "8.2.1.say", met=r.met, n=r.n)
    return frame


def drills(book):
    """Drill log against the plans: minutes to respond and resolve, deadline, passed, what was found.

    Plans that were never or not within a year rehearsed stand below with state never or overdue.
    """
    held = rows.until(book, book.frame("drills"), "held_at")
    steps = book.frame("emergency_plans")
    columns = [
        *("plan_id", "family", "held_at", "participants", "minutes_to_respond"),
        *("respond_deadline", "minutes_to_resolve", "passed", "findings", "state"),
    ]
    if held.empty and steps.empty:
        return pd.DataFrame(columns=columns)
    family = steps.drop_duplicates("plan_id").set_index("plan_id")["family"]
    limit = steps[steps["stage"] == "respond"].groupby("plan_id")["deadline_minutes"].max()
    held["family"] = held["plan_id"].map(family)
    held["respond_deadline"] = held["plan_id"].map(limit).astype(float)
    held["passed"] = held["passed"].astype("boolean")
    held["state"] = np.where(held["passed"].fillna(False).astype(bool), "passed", "failed")
    last = held.groupby("plan_id")["held_at"].max()
    missing = []
    for plan in family.index:
        when = last.get(plan)
        if when is None or (rows.last_day(book) - when).days > DRILL_DAYS:
            state = "never" if when is None else "overdue"
            missing.append({"plan_id": plan, "family": family[plan], "state": state})
            book.find(
                "8.2.1",
                "medium",
                "8.2.1.no_drill",
                subject=f"{plan} ({book.translator.value(family[plan])})",
                figure=DRILL_DAYS if when is None else (rows.last_day(book) - when).days,
                unit="days",
            )
    newest = held.sort_values("held_at").drop_duplicates("plan_id", keep="last")
    for r in newest[newest["state"] == "failed"].itertuples():
        book.find(
            "8.2.1",
            "medium",
            "8.2.1.failed_drill",
            subject=f"{book.translator.value(r.plan_id)} {book.translator.date(r.held_at)}",
            figure=r.minutes_to_respond,
            unit="min",
            deadline=r.respond_deadline,
            found=r.findings if pd.notna(r.findings) else "–",
        )
    frame = held.sort_values("held_at", ascending=False)[columns]
    if missing:
        below = pd.DataFrame(missing).reindex(columns=columns)
        frame = below if frame.empty else pd.concat([frame.astype(object), below.astype(object)])
        for column in ("participants", *(c for c in columns if "minutes" in c or "deadline" in c)):
            frame[column] = pd.to_numeric(frame[column])
        frame["held_at"] = pd.to_datetime(frame["held_at"])
        frame["passed"] = frame["passed"].astype("boolean")
    return frame.reset_index(drop=True)
