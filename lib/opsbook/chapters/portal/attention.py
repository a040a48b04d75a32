"""What is open: findings of all chapters that nobody has acknowledged, and the work of each person."""

import json
import os
from pathlib import Path

import pandas as pd

SEVERITIES = ("critical", "high", "medium", "low", "info")
AHEAD_DAYS = 7
KINDS = ("to_reply", "to_approve", "to_post", "task", "finding")


def attention(book, *, most=None):
    """severity, chapter, section, what, action, owner, due: open findings, worst first.

    They are those of the run that this notebook belongs to, else of the newest run
    (in the reader's language where there is one); acknowledged ones are left out.
    """
    columns = ["severity", "chapter", "section", "what", "action", "owner", "due"]
    frame = pd.DataFrame(_found(book))
    if not len(frame):
        return pd.DataFrame(columns=columns)
    if not book.store.is_empty("approvals", book.version):
        approvals = book.frame("approvals")
        seen = approvals.loc[approvals["item_kind"] == "finding", "item_id"]
        frame = frame[~frame["finding_id"].isin(set(seen))]
    frame = frame.assign(order=frame["severity"].map({s: i for i, s in enumerate(SEVERITIES)}))
    frame = frame.sort_values(["order", "due", "section"], ignore_index=True)
    frame["due"] = pd.to_datetime(frame["due"]).astype("datetime64[us]")
    return frame[columns] if most is None else frame[columns].head(most)


def today(book, waiting=None):
    """The open work of each person: what to reply to, to approve, to post, and tasks and findings.

    waiting: what chapter 3 says waits for an answer (item_kind, platform, at, due_at, owner).
    Columns: owner, kind (to_reply, to_approve, to_post, task, finding), to_do, due, is_overdue (before
    the end of the period). By person, what is overdue first.
    """
    columns = ["owner", "kind", "to_do", "due", "is_overdue"]
    now = pd.Timestamp(book.period.end) + pd.Timedelta(days=1)
    parts = [
        _to_reply(book, waiting),
        *_posts(book, now),
        _tasks(book, now),
        attention(book).rename(columns={"what": "to_do"}).assign(kind="finding"),
    ]
    parts = [p.reindex(columns=columns[:-1]) for p in parts if len(p)]
    if not parts:
        return pd.DataFrame(columns=columns)
    frame = pd.concat(parts, ignore_index=True)
    frame["is_overdue"] = frame["due"] < now
    frame["due"] = frame["due"].dt.normalize()
    order = {kind: i for i, kind in enumerate(KINDS)}
    frame = frame.assign(order=frame["kind"].map(order), late=~frame["is_overdue"])
    frame = frame.sort_values(["owner", "late", "order", "due"], ignore_index=True)
    return frame[columns]


def _to_reply(book, waiting):
    """One row per person, kind and platform: how many wait, since when."""
    if waiting is None or waiting.empty:
        return pd.DataFrame()
    word = book.translator.value
    out = []
    for (owner, kind, platform), part in waiting.groupby(["owner", "item_kind", "platform"]):
        said = book.t(
            "0.4.waiting",
            n=len(part),
            kind=word(kind),
            platform=word(platform),
            at=part["at"].min(),
        )
        out.append((owner, "to_reply", said, part["due_at"].min()))
    return pd.DataFrame(out, columns=["owner", "kind", "to_do", "due"])


def _posts(book, now):
    """Calendar items of the days ahead: those to approve, and the approved ones to post."""
    items = book.frame("calendar_items")
    items = items[items["slot_at"] < now + pd.Timedelta(days=AHEAD_DAYS)]
    items = items.assign(to_do=items["title"].fillna(items["theme"]), due=items["slot_at"])
    state = items["state"].fillna("proposed")
    yield items[state == "proposed"].assign(kind="to_approve")
    yield items[state == "approved"].assign(kind="to_post")


def _tasks(book, now):
    tasks = book.frame("tasks")
    undone = ~tasks["status"].isin(["done", "dropped"])
    tasks = tasks[undone & (tasks["due_at"] < now + pd.Timedelta(days=AHEAD_DAYS))]
    owner = tasks["role"].fillna(tasks["assignee"])
    return tasks.assign(kind="task", owner=owner, to_do=tasks["title"], due=tasks["due_at"])


def _found(book):
    folder = os.environ.get("OPSBOOK_RUN_FOLDER")
    if folder and Path(folder, "findings.json").is_file():
        return json.loads(Path(folder, "findings.json").read_text(encoding="utf-8"))
    # newest first; one in the reader's language where there is one
    for language in (book.language, "*"):
        found = book.settings.reports.glob(f"*/{language}/*/findings.json")
        newest = sorted(found, key=lambda file: file.parent.name)
        if newest:
            return json.loads(newest[-1].read_text(encoding="utf-8"))
    return []
