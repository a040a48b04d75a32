"""3.1.2: answers to direct messages against the target, private data, the questions that recur."""

import numpy as np
import pandas as pd

from opsbook.chapters.interaction import rows
from opsbook.estimate import Estimate
from opsbook.methods import adjusted, experiments, ratios
from opsbook.methods.text import group_questions

LEVELS = {"account": ["platform", "account_id"], "agent": ["agent_id"], "hour": ["hour"]}
LEAST = 10
MERE_THANKS = ("praise", "neutral")


def response(book, by="account"):
    """First answer and resolution of the last 180 days per account, agent or hour of the question.

    Columns: the level's, conversations, answered, response_median and response_slow (nine in ten
    are faster; working minutes), within_rate (answered within the target, of those due) with low
    and high (Wilson), resolution_median (working minutes), resolved_rate, satisfaction. For
    agents also relative: time to answer against the average agent on the same platform and part
    of the day, with relative_low, relative_high, p_adjusted (Holm).
    """
    frame = rows.window(book, rows.conversations(book))
    keys = LEVELS[by]
    if by == "agent":
        frame = frame[frame["agent_id"] != "none"]
    if frame.empty:
        return pd.DataFrame(columns=[*keys, "conversations"])
    out = []
    for key, part in frame.groupby(keys):
        due = part[part["is_due"]]
        kept = int(due["is_within"].sum())
        low, high = ratios.wilson(kept, len(due)) if len(due) else (np.nan, np.nan)
        out.append(
            (
                *key,
                len(part),
                int(part["is_answered"].sum()),
                part["response_minutes"].median(),
                part["response_minutes"].quantile(0.9),
                kept / len(due) if len(due) else np.nan,
                low,
                high,
                part["resolution_minutes"].median(),
                part["is_resolved"].mean(),
                part["satisfaction"].mean(),
            )
        )
    columns = [
        *keys,
        "conversations",
        "answered",
        "response_median",
        "response_slow",
        "within_rate",
        "low",
        "high",
        "resolution_median",
        "resolved_rate",
        "satisfaction",
    ]
    table = pd.DataFrame(out, columns=columns)
    if by == "agent":
        table = _against_average(book, frame, table)
    elif by == "account":
        _say_response(book, frame)
    return table


def _against_average(book, frame, table):
    """Agents on equal platform and part of the day; the slow ones are findings."""
    frame = frame.assign(
        part=frame["hour"] // 6, day=frame["at"].dt.normalize(), value=frame["response_minutes"]
    ).dropna(subset=["value"])
    found = adjusted.means(
        frame, "value", "agent_id", controls=["platform", "part"], cluster="day"
    ).set_index("agent_id")
    for name, column in (
        ("relative", "relative"),
        ("relative_low", "low"),
        ("relative_high", "high"),
        ("p_value", "p_value"),
    ):
        table[name] = table["agent_id"].map(found[column])
    known = table["p_value"].notna()
    table["p_adjusted"] = np.nan
    if known.any():
        table.loc[known, "p_adjusted"] = np.asarray(experiments.adjust(table.loc[known, "p_value"]))
    target = float(book.settings.thresholds["first_response_minutes"])
    for _, row in table.iterrows():
        slow = row["p_adjusted"] < 0.05 and row["relative_low"] > 0.2
        if slow and row["answered"] >= LEAST:
            book.find(
                "3.1.2",
                "high" if row["response_median"] > target else "medium",
                "3.1.2.slow_agent",
                subject=row["agent_id"],
                figure=Estimate(
                    row["relative"],
                    row["relative_low"],
                    row["relative_high"],
                    int(row["answered"]),
                    adjusted.LOG_METHOD,
                    unit="fraction",
                ),
                median=row["response_median"],
                within=row["within_rate"],
                target=target,
            )
    return table.drop(columns="p_value").sort_values(
        "response_median", ascending=False, ignore_index=True
    )


def _say_response(book, frame):
    due = rows.inside(book, frame[frame["is_due"]])
    target = float(book.settings.thresholds["first_response_minutes"])
    if len(due):
        low, high = ratios.wilson(int(due["is_within"].sum()), len(due))
        book.say(
            "3.1.2",
            "3.1.2.said",
            within=due["is_within"].mean(),
            low=low,
            high=high,
            n=len(due),
            target=target,
        )


def late_hours(book):
    """Share of conversations answered late by weekday and hour of the question; 180 days.

    Columns: weekday (0 Monday), hour, n, late_rate. Only cells with 3 conversations or more.
    """
    frame = rows.window(book, rows.conversations(book))
    frame = frame[frame["is_due"]]
    if frame.empty:
        return pd.DataFrame(columns=["weekday", "hour", "n", "late_rate"])
    frame = frame.assign(weekday=frame["at"].dt.day_of_week, late=~frame["is_within"])
    table = frame.groupby(["weekday", "hour"], as_index=False).agg(
        n=("late", "size"), late_rate=("late", "mean")
    )
    return table[table["n"] >= 3].reset_index(drop=True)


def private_data(book):
    """Private data that people wrote, by place and kind: what was masked and what is still public.

    Columns: place (comment, message), private (kind), n, period_count, still_public (visible
    comments), example (masked text of the newest).
    """
    out = []
    for place, frame in (("comment", rows.comments(book)), ("message", rows.messages(book))):
        frame = rows.window(book, frame)
        frame = frame[frame["private"] != ""]
        if frame.empty:
            continue
        kinds = frame.assign(private=frame["private"].str.split("+")).explode("private")
        for kind, part in kinds.groupby("private"):
            shown = place == "comment"
            public = part[~part["is_hidden"].eq(True)] if shown else part.iloc[:0]
            out.append(
                (
                    place,
                    kind,
                    len(part),
                    len(rows.inside(book, part)),
                    len(public),
                    part.sort_values("at")["text"].iloc[-1],
                )
            )
    columns = ["place", "private", "n", "period_count", "still_public", "example"]
    table = pd.DataFrame(out, columns=columns)
    open_ones = int(table["still_public"].sum()) if len(table) else 0
    if open_ones:
        kinds = table.loc[table["still_public"] > 0, "private"]
        book.find(
            "3.1.2",
            "critical",
            "3.1.2.private",
            subject=book.t("shown.list").join(str(book.translator.value(k)) for k in kinds),
            figure=float(open_ones),
            n=int(table["n"].sum()),
            unit="times",
        )
    return table


def asked(book):
    """Everything that was asked in the last 180 days, with its group of like wordings.

    Comments labelled question; first messages of conversations, and later ones labelled
    question. Columns: place, item_id, at, platform, person_key, text (masked), group (-1 alone),
    wording (sample of the group), conversation_id, replies (answers that it took), answer.
    """
    return book.once("interaction.asked", lambda: _asked(book)).copy()


def _asked(book):
    comments = rows.window(book, rows.comments(book))
    comments = comments[comments["label"] == "question"]
    said = pd.DataFrame(
        {
            "place": "comment",
            "item_id": comments["comment_id"],
            "at": comments["at"],
            "platform": comments["platform"],
            "person_key": comments["person_key"],
            "text": comments["text"],
            "conversation_id": None,
            "replies": comments["is_replied"].astype(int),
            "answer": comments["reply_text"].where(comments["is_replied"]),
            "answered_at": comments["replied_at"],
        }
    )
    both = [said, _asked_by_message(book)]
    frame = (
        pd.concat([p for p in both if len(p)], ignore_index=True) if any(map(len, both)) else said
    )
    frame["group"], frame["wording"] = -1, frame["text"]
    if len(frame):
        groups = group_questions(frame["text"])
        frame["group"] = groups.frame["group"].to_numpy()
        named = frame["group"].map(groups.samples)
        frame["wording"] = named.astype(object).where(named.notna(), frame["text"])
    return frame


def _asked_by_message(book):
    messages = rows.window(book, rows.messages(book))
    came = messages[messages["direction"] == "in"].copy()
    if came.empty:
        return pd.DataFrame()
    out = messages[messages["direction"] != "in"]
    came["first"] = ~came.duplicated("conversation_id")
    wanted = (came["label"] == "question") | (came["first"] & ~came["label"].isin(["violating"]))
    # what a first message says beside thanks is why somebody wrote
    came = came[wanted & ~(came["label"].eq("praise") & ~came["first"])]
    answers = out.groupby("conversation_id").agg(
        replies=("text", "size"), answer=("text", "first"), answered_at=("at", "min")
    )
    came = came.drop_duplicates("conversation_id").join(answers, on="conversation_id")
    return pd.DataFrame(
        {
            "place": "message",
            "item_id": came["message_id"],
            "at": came["at"],
            "platform": came["platform"],
            "person_key": came["person_key"],
            "text": came["text"],
            "conversation_id": came["conversation_id"],
            "replies": came["replies"].fillna(0).astype(int),
            "answer": came["answer"],
            "answered_at": came["answered_at"],
        }
    )


def faq(book, limit=15):
    """The frequently asked questions: groups of wordings, how often, and what an answer would save.

    Columns: group, wording (sample), n, share (of all questions) with low and high, comments,
    messages, replies (answers written to them), answers_share (of all answers to questions) with
    answers_low and answers_high, replies_per_week, answer (most used so far, masked).
    """
    frame = asked(book)
    columns = [
        "group",
        "wording",
        "n",
        "share",
        "low",
        "high",
        "comments",
        "messages",
        "replies",
        "answers_share",
        "answers_low",
        "answers_high",
        "replies_per_week",
        "answer",
    ]
    grouped = frame[frame["group"] >= 0] if len(frame) else frame
    if grouped.empty:
        return pd.DataFrame(columns=columns)
    span = rows.now(book) - max(rows.since(book), frame["at"].min())
    weeks = max(span / pd.Timedelta(days=7), 1.0)
    written = int(frame["replies"].sum())
    out = []
    for group, part in grouped.groupby("group"):
        replies = int(part["replies"].sum())
        load = _share(replies, written)
        answers = part["answer"].dropna()
        out.append(
            (
                int(group),
                part["wording"].iloc[0],
                len(part),
                *_share(len(part), len(frame)),
                int((part["place"] == "comment").sum()),
                int((part["place"] == "message").sum()),
                replies,
                *load,
                replies / weeks,
                answers.mode().iloc[0] if len(answers) else "",
            )
        )
    table = pd.DataFrame(out, columns=columns).sort_values("n", ascending=False, ignore_index=True)
    for _, row in table.head(3).iterrows():
        if row["n"] >= 20 and row["answers_low"] > 0.05:
            book.find(
                "3.1.2",
                "medium" if row["answers_share"] > 0.1 else "low",
                "3.1.2.faq",
                subject=row["wording"],
                figure=Estimate(
                    row["answers_share"],
                    row["answers_low"],
                    row["answers_high"],
                    written,
                    ratios.WILSON,
                    unit="fraction",
                ),
                count=int(row["n"]),
                weekly=row["replies_per_week"],
            )
    return table.head(limit)


def wordings(book, group, limit=10):
    """How one question of the base was worded: text (masked), n, place of each wording."""
    frame = asked(book)
    frame = frame[frame["group"] == group] if len(frame) else frame
    table = frame.groupby(["text", "place"], as_index=False).size().rename(columns={"size": "n"})
    return table.sort_values("n", ascending=False, ignore_index=True).head(limit)


def _share(part, whole):
    if whole == 0:
        return (np.nan, np.nan, np.nan)
    return (part / whole, *ratios.wilson(part, whole))
