"""What the sections of chapter 3 read: comments and messages with label, tone and masked text.

Every text is masked here, once; what leaves this module holds no private data.
"""

import numpy as np
import pandas as pd

from opsbook.data import views
from opsbook.methods import privacy, response_clock, text
from opsbook.methods.text import corrections

WINDOW_DAYS = 180
OPEN_DAYS = 90
MACHINES = ("rule", "model")
WANTS_REPLY = ("question", "complaint", "suggestion")
HIDE = ("violating",)


def now(book):
    """The moment the chapter is as of: the end of the period, local. Nothing later is used."""
    return pd.Timestamp(book.period.end) + pd.Timedelta(days=1)


def since(book, days=WINDOW_DAYS):
    """Start of a window of days that ends with the period and holds at least the period."""
    return min(pd.Timestamp(book.period.start), now(book) - pd.Timedelta(days=days))


def window(book, frame, days=WINDOW_DAYS, at="at"):
    """Rows of the last days of the period."""
    return frame[frame[at] >= since(book, days)].reset_index(drop=True)


def inside(book, frame, span="current", at="at"):
    """Rows of a period."""
    span = book.span(span)
    days = frame[at].dt.normalize()
    held = days.between(pd.Timestamp(span.start), pd.Timestamp(span.end))
    return frame[held].reset_index(drop=True)


def open_hours(book):
    """Working hours of workbook.toml."""
    about = book.settings.working_hours
    return response_clock.hours(
        about["start"],
        about["end"],
        about["days"],
        closed=about.get("closed", ()),
        opened=about.get("opened", ()),
    )


def comments(book):
    """Comments that people wrote, up to the end of the period, one row each.

    at, platform, account_id, person_key, text (masked), label, rule_label, label_source (person,
    learned, rule), taught_by (item that a learned label follows), score, urgency, tone (-1..1), private (kinds found, joined by +),
    replied_at, reply_minutes, reply_text (masked), reply_tone, handled_at, handled_minutes, is_*.
    """
    return book.once("interaction.comments", lambda: _comments(book)).copy()


def messages(book):
    """Direct messages up to the end of the period: as `comments` for incoming ones."""
    return book.once("interaction.messages", lambda: _messages(book)).copy()


def conversations(book):
    """Conversations begun by the end of the period, with what was known by then."""
    return book.once("interaction.conversations", lambda: _conversations(book)).copy()


def tickets(book):
    """Complaints received by the end of the period, with what was known by then."""
    return book.once("interaction.tickets", lambda: _tickets(book)).copy()


def person_labels(book):
    """The newest label that a person gave to each comment or message."""
    labels = book.frame("triage_labels")
    labels = labels[~labels["labelled_by"].isin(MACHINES)]
    labels = labels.sort_values("labelled_at", kind="stable", na_position="first")
    return labels.drop_duplicates(["platform", "item_kind", "item_id"], keep="last")


def _comments(book):
    book.asked.update(("comments", "triage_labels"))
    frame = book.view("comments_served", views.comment_service)
    frame = frame[frame["at"] < now(book)].sort_values("at", kind="stable", ignore_index=True)
    late = frame["replied_at"] >= now(book)
    frame.loc[late, ["reply_minutes"]] = np.nan
    frame.loc[late, ["replied_at"]] = pd.NaT
    frame.loc[late, "is_replied"] = False
    frame.loc[frame["handled_at"] >= now(book), "handled_minutes"] = np.nan
    unseen = frame["handled_at"] >= now(book)
    frame.loc[unseen, "handled_at"] = pd.NaT
    frame.loc[unseen, "is_handled"] = False
    frame["is_featured"] = False
    frame = _judged(book, frame, "comment", "comment_id")
    frame["reply_tone"] = np.nan
    answered = frame["reply_text"].notna() & frame["is_replied"]
    if answered.any():
        tones = text.sentiment(frame.loc[answered, "reply_text"])
        frame.loc[answered, "reply_tone"] = tones.to_numpy(float)
    frame["reply_text"] = _masked(book, frame["reply_text"])
    return frame


def _messages(book):
    book.asked.add("messages")
    frame = book.frame("messages").rename(columns={"sent_timestamp": "at"})
    frame = frame[frame["at"] < now(book)].sort_values("at", kind="stable", ignore_index=True)
    frame["is_featured"] = False
    return _judged(book, frame, "message", "message_id", only=frame["direction"] == "in")


def _judged(book, frame, kind, key, only=None):
    """Triage, tone and masks; a person's label wins and teaches the rest."""
    texts = frame["text"].fillna("").astype(str)
    judged = text.triage(texts)
    frame["rule_label"] = judged["label"].to_numpy(object)
    frame["score"] = judged["score"].to_numpy(float)
    frame["urgency"] = judged["urgency"].to_numpy(float)
    frame["tone"] = text.sentiment(texts).to_numpy(float) if len(frame) else 0.0
    known = person_labels(book)
    known = known[known["item_kind"] == kind].set_index(["platform", "item_id"])
    place = pd.MultiIndex.from_frame(frame[["platform", key]].astype(object))
    own = known.index.get_indexer(place) if len(known) else np.full(len(frame), -1)
    given = own >= 0
    wording = pd.Series("", index=range(len(known)))
    wording.loc[own[given]] = texts[given].to_numpy()
    used = wording[wording.str.strip() != ""]
    said = known["label"].to_numpy(object)
    learned = corrections.learn(
        texts, frame["rule_label"], used.tolist(), said[used.index] if len(used) else []
    )
    frame["label"] = learned["label"].to_numpy(object)
    frame["label_source"] = np.where(learned["is_learned"], "learned", "rule")
    frame.loc[given, "label"] = said[own[given]]
    frame.loc[given, "label_source"] = "person"
    # whose label a learned one follows: the id of the row that a person labelled
    ids = np.append(known.index.get_level_values("item_id").to_numpy(object)[used.index], "")
    frame["taught_by"] = ids[learned["teacher"].to_numpy()]
    if len(known):
        featured = known["is_featured"].eq(True).to_numpy()
        frame.loc[given, "is_featured"] = featured[own[given]]
    frame["label"] = frame["label"].astype("str")
    frame["rule_label"] = frame["rule_label"].astype("str")
    changed = frame["label"] != frame["rule_label"]
    base = text.moderation.rules().urgency
    # urgency follows the label that holds: the words of danger keep their points above the base
    extra = frame["urgency"] - frame["rule_label"].map(base).astype(float)
    moved = (frame["label"].map(base).astype(float) + extra.clip(lower=0)).clip(0, 100)
    frame["urgency"] = frame["urgency"].where(~changed, moved)
    hits = [privacy.find(t) if t else [] for t in texts]
    kinds = ["+".join(sorted({h.kind for h in found})) for found in hits]
    frame["private"] = pd.Series(kinds, index=frame.index, dtype="object")
    frame["text"] = _masked(book, texts)
    if only is not None:
        frame.loc[~only.to_numpy(), ["label", "rule_label", "label_source"]] = ""
    return frame


def _conversations(book):
    book.asked.add("messages")
    frame = book.view("conversations", views.conversations).rename(columns={"asked_at": "at"})
    frame = frame[frame["at"] < now(book)].sort_values("at", kind="stable", ignore_index=True)
    unseen = frame["replied_at"] >= now(book)
    frame.loc[unseen, ["response_minutes", "satisfaction"]] = np.nan
    frame.loc[unseen, "replied_at"] = pd.NaT
    frame.loc[unseen, ["is_answered", "is_within"]] = False
    unended = frame["last_out_at"] >= now(book)
    frame.loc[unended, "resolution_minutes"] = np.nan
    frame.loc[unended, "is_resolved"] = False
    frame["due_at"] = response_clock.due_at(
        frame["at"], float(book.settings.thresholds["first_response_minutes"]), open_hours(book)
    )
    # a conversation that may still be answered in time says nothing yet
    frame["is_due"] = frame["is_answered"] | (frame["due_at"] < now(book))
    frame["agent_id"] = frame["agent_id"].astype(object).where(frame["agent_id"].notna(), "none")
    frame["hour"] = frame["at"].dt.hour
    return frame


def _tickets(book):
    book.asked.add("tickets")
    frame = book.view("tickets", views.tickets).rename(columns={"received_at": "at"})
    frame = frame[frame["at"] < now(book)].sort_values("at", kind="stable", ignore_index=True)
    for time, flag in (
        ("acknowledged_at", "is_acknowledged"),
        ("solved_at", "is_solved"),
        ("reopened_at", "is_reopened"),
    ):
        unseen = frame[time] >= now(book)
        frame.loc[unseen, time] = pd.NaT
        frame.loc[unseen, flag] = False
    frame.loc[~frame["is_solved"], ["solution_hours", "satisfaction"]] = np.nan
    target = float(book.settings.thresholds["complaint_hours"])
    frame["due_at"] = frame["at"] + pd.Timedelta(hours=target)
    frame["is_due"] = frame["is_solved"] | (frame["due_at"] < now(book))
    frame["is_within"] = (frame["solution_hours"] <= target) & ~frame["is_reopened"]
    frame["cause"] = frame["cause"].astype(object).where(frame["cause"].notna(), "unknown")
    names = book.frame("products").set_index("product_id")["product_name"]
    product = frame["product_id"].map(names)
    frame["product"] = product.astype(object).where(product.notna(), frame["product_id"])
    frame["product"] = frame["product"].where(frame["product"].notna(), "unknown")
    frame["text"] = _masked(book, frame["text"])
    return frame


def _masked(book, texts):
    """Texts without private data, the kind in the reader's language; text also where none is."""
    masked = pd.Series(privacy.mask_many(texts), index=texts.index, dtype="object")
    if book.language != "en":
        for kind in privacy.KINDS:
            masked = masked.str.replace(
                f"[{kind}]", f"[{book.translator.value(kind)}]", regex=False
            )
    return masked
