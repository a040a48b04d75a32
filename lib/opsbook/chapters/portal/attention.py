"""What is open: findings of all chapters that nobody has acknowledged, and the work of each person."""

import json
import os
from pathlib import Path

import pandas as pd

SEVERITIES = ("critical", "high", "medium", "low", "info")
AHEAD_DAYS = 7


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


def today(book):
    """owner, kind (finding, calendar_item, task), what, due: open work by person, by due day."""
    columns = ["owner", "kind", "what", "due"]
    parts = []
    open_findings = attention(book)
    if len(open_findings):
        parts.append(open_findings.assign(kind="finding")[columns])
    end = pd.Timestamp(book.period.end) + pd.Timedelta(days=AHEAD_DAYS)
    items = book.frame("calendar_items")
    if len(items):
        waiting = items[
            items["state"].fillna("proposed").eq("proposed") & (items["slot_at"] <= end)
        ]
        named = waiting["title"].fillna(waiting["theme"])
        parts.append(
            waiting.assign(kind="calendar_item", what=named, due=waiting["slot_at"].dt.normalize())[
                columns
            ]
        )
    tasks = book.frame("tasks")
    if len(tasks):
        undone = tasks[~tasks["status"].isin(["done", "dropped"]) & (tasks["due_at"] <= end)]
        parts.append(
            undone.assign(
                kind="task",
                owner=undone["role"].fillna(undone["assignee"]),
                what=undone["title"],
                due=undone["due_at"].dt.normalize(),
            )[columns]
        )
    parts = [p for p in parts if len(p)]
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True).sort_values(["owner", "due"], ignore_index=True)


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
