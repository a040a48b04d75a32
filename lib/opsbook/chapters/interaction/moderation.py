"""3.1.1: what every comment is, how fast violations went, what waits, how right the rules are."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd

from opsbook.chapters.interaction import rows
from opsbook.errors import BadValue
from opsbook.estimate import Estimate
from opsbook.methods import ratios, response_clock
from opsbook.methods.text import corrections
from opsbook.methods.text.moderation import LABELS

NEGATIVE_FROM = -0.3
WILSON = ratios.WILSON


def triage(book):
    """Comments of the period by what they are: one row per class.

    kind (violating, complaint, question, suggestion, praise, neutral; then negative, a tone below
    -0.3 whatever the label, and featured, worth showing), comments, share with low and high
    (Wilson), previous_share of the comparison period, person_labels (labelled by a person), handled
    (hidden, removed or answered).
    """
    now = rows.inside(book, rows.comments(book))
    columns = [
        "kind",
        "comments",
        "share",
        "low",
        "high",
        "previous_share",
        "person_labels",
        "handled",
    ]
    if now.empty:
        return pd.DataFrame(columns=columns)
    before = now.iloc[:0]
    if book.compared:
        before = rows.inside(book, rows.comments(book), book.compared)
    out = []
    for kind in (*LABELS, "negative", "featured"):
        held, past = _is(now, kind), _is(before, kind)
        low, high = ratios.wilson(held.sum(), len(now))
        out.append(
            (
                kind,
                int(held.sum()),
                held.mean(),
                low,
                high,
                past.mean() if len(before) else np.nan,
                int((held & (now["label_source"] == "person")).sum()),
                int((held & (now["is_handled"] | now["is_replied"])).sum()),
            )
        )
    frame = pd.DataFrame(out, columns=columns)
    by = frame.set_index("kind")
    book.say(
        "3.1.1",
        "3.1.1.said",
        n=len(now),
        questions=int(by.loc["question", "comments"]),
        complaints=int(by.loc["complaint", "comments"]),
        violating=int(by.loc["violating", "comments"]),
    )
    if len(before) >= 30:
        worse = by.loc["complaint"]
        if worse["low"] > worse["previous_share"] * 1.25:
            book.find(
                "3.1.1",
                "high",
                "3.1.1.complaints_up",
                subject=book.translator.value("complaint"),
                figure=Estimate(
                    worse["share"],
                    worse["low"],
                    worse["high"],
                    len(now),
                    WILSON,
                    unit="fraction",
                ),
                previous=worse["previous_share"],
                count=int(worse["comments"]),
            )
    return frame


def queue(book, limit=None):
    """Comments that still want someone, most urgent first.

    Violating ones that nobody acted on; questions, complaints and suggestions without an answer.
    Columns: urgency, label, platform, text (masked), at, due_at, is_overdue, label_source,
    comment_id, account_id, person_key. Of the last 90 days.
    """
    frame = rows.window(book, rows.comments(book), rows.OPEN_DAYS)
    waits = frame["label"].isin(rows.WANTS_REPLY) & ~frame["is_replied"] & ~frame["is_handled"]
    waits |= frame["label"].isin(rows.HIDE) & ~frame["is_handled"]
    frame = frame[waits].reset_index(drop=True)
    hours, limits = rows.open_hours(book), book.settings.thresholds
    frame["due_at"] = response_clock.due_at(
        frame["at"], float(limits["first_response_minutes"]), hours
    )
    # a violation is not asked to wait for the morning: its clock is the wall's
    rude = frame["label"].isin(rows.HIDE)
    by_wall = frame["at"] + pd.Timedelta(minutes=float(limits["violation_minutes"]))
    frame["due_at"] = frame["due_at"].where(~rude, by_wall)
    frame["is_overdue"] = frame["due_at"] < rows.now(book)
    frame = frame.sort_values(["urgency", "at"], ascending=[False, True], kind="stable")
    order = [
        "urgency",
        "label",
        "platform",
        "text",
        "at",
        "due_at",
        "is_overdue",
        "label_source",
        "account_id",
        "comment_id",
        "person_key",
    ]
    frame = frame[order].reset_index(drop=True)
    urgent = frame[(frame["urgency"] >= 70) & frame["is_overdue"]]
    if len(urgent):
        book.find(
            "3.1.1",
            "high",
            "3.1.1.waiting",
            subject=book.translator.value(urgent["platform"].mode().iloc[0]),
            figure=float(len(urgent)),
            n=len(frame),
            unit="times",
            oldest=urgent["at"].min(),
        )
    return frame if limit is None else frame.head(limit)


def violations(book):
    """Minutes until a violating comment was handled, by platform and for all; last 180 days.

    violations, handled, median_minutes, slow_minutes (nine in ten are faster, over the handled),
    within_rate (within `violation_minutes`, over all) with low and high, still_visible.
    """
    frame = rows.window(book, rows.comments(book))
    frame = frame[frame["label"].isin(rows.HIDE)]
    target = float(book.settings.thresholds["violation_minutes"])
    out = []
    groups = [*frame.groupby("platform"), ("all", frame)] if len(frame) else []
    for platform, part in groups:
        minutes = part["handled_minutes"].dropna()
        fast = int((minutes <= target).sum())
        low, high = ratios.wilson(fast, len(part))
        out.append(
            (
                platform,
                len(part),
                int(part["is_handled"].sum()),
                minutes.median(),
                minutes.quantile(0.9),
                fast / len(part),
                low,
                high,
                int((~part["is_handled"]).sum()),
            )
        )
    columns = [
        "platform",
        "violations",
        "handled",
        "median_minutes",
        "slow_minutes",
        "within_rate",
        "low",
        "high",
        "still_visible",
    ]
    frame = pd.DataFrame(out, columns=columns)
    for _, row in frame[frame["platform"] == "all"].iterrows():
        if row["violations"] >= 10 and row["high"] < 0.9:
            book.find(
                "3.1.1",
                "medium",
                "3.1.1.slow_violations",
                subject=book.translator.value("all"),
                figure=Estimate(
                    row["within_rate"],
                    row["low"],
                    row["high"],
                    int(row["violations"]),
                    WILSON,
                    unit="fraction",
                ),
                target=target,
                median=row["median_minutes"],
                visible=int(row["still_visible"]),
            )
    return frame


def featured(book, limit=20):
    """Comments worth featuring: a person's choice first, then warm, liked and long enough to say why.

    Columns: platform, text (masked), tone, like_count, at, is_chosen, comment_id. Of the last 90
    days; comments with private data, or under review for something else, never.
    """
    frame = rows.window(book, rows.comments(book), rows.OPEN_DAYS)
    frame = frame[_is(frame, "featured")]
    frame = frame.assign(
        is_chosen=frame["is_featured"],
        _rank=frame["tone"] + 0.3 * np.log1p(frame["like_count"].fillna(0)),
    )
    frame = frame.sort_values(["is_chosen", "_rank"], ascending=False, kind="stable")
    frame = frame.drop_duplicates("text")
    order = ["platform", "text", "tone", "like_count", "at", "is_chosen", "comment_id"]
    return frame[order].head(limit).reset_index(drop=True)


def quality(book):
    """How right the labels are, on what people labelled: precision and recall per label.

    Columns: label, labelled (rows that people gave the label), precision with precision_low and
    precision_high, recall with recall_low and recall_high (all of the rules alone), then
    learned_precision and learned_recall: with corrections, each row judged without its own.
    """
    frame = rows.comments(book)
    frame = frame[frame["label_source"] == "person"]
    columns = [
        "label",
        "labelled",
        "precision",
        "precision_low",
        "precision_high",
        "recall",
        "recall_low",
        "recall_high",
        "learned_precision",
        "learned_recall",
    ]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    learned = corrections.learn(
        frame["text"],
        frame["rule_label"],
        frame["text"].tolist(),
        frame["label"].to_numpy(object),
        own=np.arange(len(frame)),
    )["label"].to_numpy(object)
    truth, rule = frame["label"].to_numpy(object), frame["rule_label"].to_numpy(object)
    out = []
    for label in LABELS:
        real, said, again = truth == label, rule == label, learned == label
        precision, recall = _part(real & said, said), _part(real & said, real)
        better = _part(real & again, again), _part(real & again, real)
        out.append((label, int(real.sum()), *precision, *recall, better[0][0], better[1][0]))
        if real.sum() >= 10 and recall[2] < 0.7:
            book.find(
                "3.1.1",
                "medium",
                "3.1.1.missed",
                subject=book.translator.value(label),
                figure=Estimate(*recall, int(real.sum()), WILSON, unit="fraction"),
                learned=better[1][0],
            )
    return pd.DataFrame(out, columns=columns)


def corrected(book, limit=30):
    """Where a person and the rules differ: what the next edit of triage.toml should catch.

    Columns: text (masked), rule_label, label, platform, count (comments of the same wording that
    now follow the person).
    """
    frame = rows.comments(book)
    differs = frame[(frame["label_source"] == "person") & (frame["label"] != frame["rule_label"])]
    if differs.empty:
        return pd.DataFrame(columns=["text", "rule_label", "label", "platform", "count"])
    learned = frame[frame["label_source"] == "learned"]
    followers = learned["taught_by"].value_counts()
    differs = differs.assign(count=differs["comment_id"].map(followers).fillna(0).astype(int))
    out = differs.groupby(["text", "rule_label", "label"], as_index=False, sort=False).agg(
        platform=("platform", "first"), count=("count", "sum")
    )
    out = out.sort_values("count", ascending=False, kind="stable")
    return (
        out[["text", "rule_label", "label", "platform", "count"]].head(limit).reset_index(drop=True)
    )


def correct(book, item_id, label, *, by, item_kind="comment", is_featured=False):
    """Record a person's label for a comment or message; it holds from the next opening on.

    by: the person's role or key. Returns the store's new version. BadValue for a label that is
    not known or an item that is not there.
    """
    if label not in LABELS:
        raise BadValue(f"{label} is not one of {', '.join(LABELS)}.", where="label")
    if by in rows.MACHINES or not str(by).strip():
        raise BadValue("must name a person's role or key.", where="by")
    frame = rows.comments(book) if item_kind == "comment" else rows.messages(book)
    key = "comment_id" if item_kind == "comment" else "message_id"
    found = frame[frame[key] == item_id]
    if found.empty:
        raise BadValue(f"{item_id} is not a {item_kind} up to the period's end.", where="item_id")
    row = found.iloc[0]
    record = pd.DataFrame(
        {
            "platform": [row["platform"]],
            "account_id": [row["account_id"]],
            "item_kind": [item_kind],
            "item_id": [item_id],
            "label": [label],
            "labelled_by": [by],
            "is_featured": [bool(is_featured)],
            "labelled_at": [pd.Timestamp(datetime.now(UTC))],
        }
    )
    return book.store.append("triage_labels", record, source="workbook")


def _is(frame, kind):
    """Which rows are of a class."""
    if kind == "negative":
        return frame["tone"] < NEGATIVE_FROM
    if kind == "featured":
        warm = (frame["label"] == "praise") & (frame["tone"] > 0.3)
        warm &= frame["like_count"].fillna(0) >= 2
        warm &= frame["text"].str.len() >= 6
        clean = (frame["private"] == "") & ~frame["is_hidden"].eq(True)
        return (warm | frame["is_featured"]) & clean
    return frame["label"] == kind


def _part(hit, of):
    """Share with its interval; NaN where there is nothing to take a share of."""
    n = int(of.sum())
    if n == 0:
        return (np.nan, np.nan, np.nan)
    return (hit.sum() / n, *ratios.wilson(int(hit.sum()), n))
