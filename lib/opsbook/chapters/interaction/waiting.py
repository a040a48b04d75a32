"""What waits for an answer: the community's part of the page Today."""

import pandas as pd

from opsbook.chapters.interaction import moderation, questions, rows

COLUMNS = [
    "item_kind",
    "item_id",
    "platform",
    "account_id",
    "label",
    "text",
    "at",
    "due_at",
    "is_overdue",
    "urgency",
    "owner",
    "person_key",
]


def to_reply(book, limit=None):
    """Everything that waits for an answer at the end of the period, soonest due first.

    Comments of the queue, conversations whose last word is the customer's, unsolved complaints.
    Texts are masked, people are keys; owner is the agent who had it, else the chapter's owner.
    """
    parts = [_comments(book), _conversations(book), _complaints(book)]
    parts = [p for p in parts if len(p)]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    frame = pd.concat(parts, ignore_index=True)
    frame["is_overdue"] = frame["due_at"] < rows.now(book)
    owner = book.settings.owners.get("3", "community")
    known = frame["owner"].notna() & (frame["owner"] != "none")
    frame["owner"] = frame["owner"].astype(object).where(known, owner)
    frame = frame.sort_values(["due_at", "urgency"], ascending=[True, False], kind="stable")
    frame = frame[COLUMNS].reset_index(drop=True)
    return frame if limit is None else frame.head(limit)


def _comments(book):
    frame = moderation.queue(book)
    return frame.rename(columns={"comment_id": "item_id"}).assign(item_kind="comment", owner=None)


def _conversations(book):
    frame = questions.unanswered(book)
    accounts = rows.conversations(book)
    place = accounts.drop_duplicates("conversation_id").set_index("conversation_id")["account_id"]
    return frame.assign(
        item_kind="message",
        item_id=frame["conversation_id"],
        account_id=frame["conversation_id"].map(place),
        owner=frame["agent_id"],
        urgency=50.0,
    )


def _complaints(book):
    frame = rows.window(book, rows.tickets(book))
    frame = frame[~frame["is_solved"] | (frame["is_reopened"])]
    # one that came back waits again from the reopening on
    again = frame["reopened_at"].notna()
    hours = pd.Timedelta(hours=float(book.settings.thresholds["complaint_hours"]))
    due = frame["due_at"].where(~again, frame["reopened_at"] + hours)
    return frame.assign(
        item_kind="complaint",
        item_id=frame["ticket_id"],
        label="complaint",
        urgency=70.0,
        owner=frame["agent_id"],
        due_at=due,
    )
