"""9.2: how tasks flow, what is late, and what goes out to the task, document and chat tools."""

import itertools

import numpy as np
import pandas as pd

from opsbook.chapters.team import rows
from opsbook.estimate import Estimate
from opsbook.methods import level_shift, ratios, robust

BUCKETS = ((3, "up_to_3"), (7, "up_to_7"), (14, "up_to_14"), (np.inf, "over_14"))
LEAST = 8
LATE_SHARE = 0.2
CHATS = ("dingtalk", "wecom", "feishu", "slack", "email")


def by_process(book, days=rows.WINDOW_DAYS):
    """Task flow by process over the last `days`: speed, volume, what waits and what is late.

    Columns: process, done, done_per_week (throughput), lead_h (median hours from created to done) with
    low and high (order statistics, distribution-free), lead_85_h, cycle_h (median from started),
    in_progress, waiting, overdue, on_time_share with on_time_low_share and on_time_high_share (Wilson).
    """
    work = rows.tasks(book)
    columns = [
        *("process", "done", "done_per_week", "lead_h", "low", "high", "lead_85_h", "cycle_h"),
        *(
            "in_progress",
            "waiting",
            "overdue",
            "on_time_share",
            "on_time_low_share",
            "on_time_high_share",
        ),
    ]
    if work.empty:
        return pd.DataFrame(columns=columns)
    start = rows.now(book) - pd.Timedelta(days=days)
    weeks = min(days, (rows.now(book) - work["created_at"].min()).days or 1) / 7
    out = []
    for process, part in work.groupby("process", sort=True):
        done = part[part["done_at"] >= start]
        open_ = part[~part["is_done"]]
        low, high = robust.median_interval(done["lead_h"])
        dated = done[done["due_at"].notna()]
        kept = int((~dated["is_late"]).sum())
        share = kept / len(dated) if len(dated) else np.nan
        on_low, on_high = ratios.wilson(kept, len(dated)) if len(dated) else (np.nan, np.nan)
        out.append(
            (
                process,
                len(done),
                len(done) / weeks,
                done["lead_h"].median(),
                low,
                high,
                done["lead_h"].quantile(0.85),
                done["cycle_h"].median(),
                int(open_["started_at"].notna().sum()),
                int(open_["started_at"].isna().sum()),
                int(open_["is_late"].sum()),
                share,
                on_low,
                on_high,
            )
        )
        if len(dated) >= LEAST and on_high < 1 - LATE_SHARE:
            book.find(
                "9.2",
                "medium",
                "9.2.late_process",
                subject=str(book.translator.value(process)),
                figure=1 - share,
                unit="fraction",
                n=len(dated),
                lead=done["lead_h"].median(),
            )
    frame = pd.DataFrame(out, columns=columns)
    book.say(
        "9.2",
        "9.2.say",
        done=int(frame["done"].sum()),
        open=int(frame["in_progress"].sum() + frame["waiting"].sum()),
        late=int(frame["overdue"].sum()),
    )
    return frame.sort_values("overdue", ascending=False, ignore_index=True)


def throughput(book, weeks=26):
    """Created, done and in progress by week: week, kind, tasks. In progress is at the week's end."""
    work = rows.tasks(book)
    if work.empty:
        return pd.DataFrame(columns=["week", "kind", "tasks"])
    end = rows.now(book)
    edges = pd.date_range(end=end, periods=weeks + 1, freq="7D")
    edges = edges[edges >= work["created_at"].min() - pd.Timedelta(days=7)]
    out = []
    for first, last in itertools.pairwise(edges):
        created = work["created_at"].between(first, last, inclusive="left")
        done = (work["done_at"] >= first) & (work["done_at"] < last)
        going = (work["created_at"] < last) & ~(work["done_at"] < last)
        for kind, mask in (("created", created), ("done", done), ("in_progress", going)):
            out.append((first, kind, int(mask.sum())))
    return pd.DataFrame(out, columns=["week", "kind", "tasks"])


def lead_time(book):
    """Median lead time by process and month of completion, with its interval: month, process,
    lead_h, low, high, n."""
    work = rows.tasks(book)
    done = work[work["is_done"]].copy()
    done["month"] = done["done_at"].dt.to_period("M").dt.to_timestamp()
    out = []
    for (process, month), part in done.groupby(["process", "month"]):
        out.append(
            (
                month,
                process,
                part["lead_h"].median(),
                *robust.median_interval(part["lead_h"]),
                len(part),
            )
        )
    return pd.DataFrame(out, columns=["month", "process", "lead_h", "low", "high", "n"])


def process_steps(book):
    """Processes whose lead time changed for good: from which week, by how much, with interval.

    Weekly median lead times by week of creation; steps of opsbook.methods.level_shift. Columns:
    process, week, relative (below 0 is faster), low, high, n (weeks), verdict (faster, slower).
    """
    work = rows.tasks(book)
    done = work[work["is_done"]]
    out = []
    for process, part in done.groupby("process"):
        week = part["created_at"].dt.normalize() - pd.to_timedelta(
            part["created_at"].dt.day_of_week, unit="D"
        )
        weekly = part.groupby(week)["lead_h"].median()
        if len(weekly) < 2:
            continue
        weekly = weekly.reindex(pd.date_range(weekly.index[0], weekly.index[-1], freq="7D"))
        for s in level_shift.steps(weekly, most=2).itertuples():
            verdict = "faster" if s.relative < 0 else "slower"
            out.append((process, s.date, s.relative, s.low, s.high, int(s.n), verdict))
            book.find(
                "9.2",
                "info" if verdict == "faster" else "medium",
                f"9.2.{verdict}",
                subject=str(book.translator.value(process)),
                figure=_estimate(s),
                since=s.date,
            )
    return pd.DataFrame(
        out, columns=["process", "week", "relative", "low", "high", "n", "verdict"]
    ).sort_values("week", ascending=False, ignore_index=True)


def _estimate(step):
    return Estimate(
        step.relative, step.low, step.high, int(step.n), "sup-Wald step", unit="fraction"
    )


def overdue(book):
    """Open tasks past their due time, longest first: task_id, title, process, role, person, status,
    due_at, days_late, age_days, estimate_h."""
    work = rows.tasks(book)
    late = work[~work["is_done"] & work["is_late"]].copy()
    late["days_late"] = ((rows.now(book) - late["due_at"]) / pd.Timedelta(days=1)).round(1)
    for (role, process), part in late.groupby(["role", "process"]):
        worst = part.sort_values("days_late").iloc[-1]
        book.find(
            "9.2",
            "high" if len(part) >= 5 else "medium",
            "9.2.overdue",
            subject=f"{book.translator.value(role)} / {book.translator.value(process)}",
            figure=len(part),
            unit="pieces",
            n=len(work),
            owner=role,
            oldest=worst["task_id"],
            days=worst["days_late"],
            hours=part["estimate_h"].sum(),
        )
    columns = [
        *("task_id", "title", "process", "role", "person", "status", "due_at", "days_late"),
        *("age_days", "estimate_h"),
    ]
    return late.sort_values("days_late", ascending=False, ignore_index=True)[columns]


def ageing(book):
    """Open tasks by age and process: process, age_group, tasks, older_than_usual.

    older_than_usual counts those older than 85 % of the tasks of their process took.
    """
    work = rows.tasks(book)
    open_ = work[~work["is_done"]].copy()
    usual = work[work["is_done"]].groupby("process")["lead_h"].quantile(0.85).to_dict()
    limits = [b for b, _ in BUCKETS]
    open_["age_group"] = [BUCKETS[int(np.searchsorted(limits, a))][1] for a in open_["age_days"]]
    open_["older"] = [
        a * 24 > usual.get(p, np.inf)
        for a, p in zip(open_["age_days"], open_["process"], strict=True)
    ]
    frame = open_.groupby(["process", "age_group"], as_index=False).agg(
        tasks=("task_id", "size"), older_than_usual=("older", "sum")
    )
    order = {name: i for i, (_, name) in enumerate(BUCKETS)}
    return frame.sort_values(
        ["process", "age_group"],
        key=lambda c: c.map(order) if c.name == "age_group" else c,
        ignore_index=True,
    )


def handover(book, days=14):
    """What goes to the task tool: open findings of the workbook and planned posts as task rows.

    Columns: source (finding, calendar_item), source_id, title, note, owner, due_at, priority, tag.
    Findings are those saved in the store and still open; calendar items those not yet published
    with a slot within `days` after the period. The CSV forms of Teambition and Asana are written
    from the same rows by the hand-over.
    """
    found = book.frame("findings")
    found = found[found["state"].fillna("open").isin(["open", "acknowledged"])]
    found = found[found["severity"] != "info"]
    first = pd.DataFrame(
        {
            "source": "finding",
            "source_id": found["finding_id"],
            "title": found["what"],
            "note": found["action"],
            "owner": found["owner"],
            "due_at": found["due"],
            "priority": found["severity"],
            "tag": found["section"],
        }
    )
    items = book.frame("calendar_items")
    end = rows.now(book)
    ahead = items["slot_at"].between(end, end + pd.Timedelta(days=days))
    items = items[items["state"].isin(["proposed", "approved"]) & ahead]
    say = book.translator.value
    second = pd.DataFrame(
        {
            "source": "calendar_item",
            "source_id": items["item_id"],
            "title": items["title"].fillna(items["item_id"]),
            "note": [
                " · ".join(str(say(v)) for v in row if isinstance(v, str))
                for row in zip(items["platform"], items["post_type"], items["theme"], strict=True)
            ],
            "owner": items["owner"],
            "due_at": items["slot_at"],
            "priority": "medium",
            "tag": items["state"],
        }
    )
    parts = [p for p in (first, second) if len(p)]
    if not parts:
        return first.reset_index(drop=True)
    frame = pd.concat(parts, ignore_index=True)
    late = frame[frame["source"].eq("calendar_item") & frame["tag"].eq("proposed")]
    soon = late[late["due_at"] < end + pd.Timedelta(days=3)]
    if len(soon):
        book.find(
            "9.2",
            "medium",
            "9.2.unapproved",
            subject=str(soon["title"].iloc[0]),
            figure=len(soon),
            unit="pieces",
            n=len(frame),
            due_days=1,
            first=soon["due_at"].min(),
        )
    return frame.sort_values("due_at", ignore_index=True)


def channels(book):
    """Where the chapter's output goes: channel, what, ready (rows or files), state.

    Task tools take the rows of handover(); documents are the .docx reports below the workbook's
    reports folder; chat channels are ready where workbook.toml names them under [notify].
    """
    ready = len(handover(book))
    documents = (
        sum(1 for _ in book.settings.reports.glob("**/*.docx"))
        if book.settings.reports.is_dir()
        else 0
    )
    named = book.settings.sections.get("notify", {})
    out = [(tool, "task_rows", ready) for tool in ("teambition", "asana")]
    out += [(tool, "reports_docx", documents) for tool in ("google_docs", "tencent_docs")]
    frame = pd.DataFrame(out, columns=["channel", "what", "ready"])
    frame["state"] = np.where(frame["ready"] > 0, "ready", "nothing_yet")
    chats = pd.DataFrame(
        [
            (chat, "alerts_and_links", 0, "ready" if _is_set(named, chat) else "not_set")
            for chat in CHATS
        ],
        columns=frame.columns,
    )
    return pd.concat([frame, chats], ignore_index=True)


def _is_set(named, chat):
    """Whether [notify] of workbook.toml names a chat channel, as a key or in a channel's kind."""
    return chat in str(named).lower()
