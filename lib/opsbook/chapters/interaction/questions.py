"""3.2.1: questions still open, promises to come back, answers that contradict or did not help."""

import re

import numpy as np
import pandas as pd

from opsbook import config
from opsbook.chapters.interaction import messages as talk
from opsbook.chapters.interaction import rows
from opsbook.estimate import Estimate
from opsbook.methods import ratios, response_clock
from opsbook.methods.text.moderation import phrases

AGES = ((1, "day_1"), (3, "day_3"), (7, "day_7"), (30, "day_30"), (np.inf, "older"))
AGAIN_DAYS = 14
_FACT = re.compile(
    r"(\d+(?:\.\d+)?)\s*(天|日|小时|分钟|度|℃|克|元|块|%"
    r"|days?|hours?|minutes?|mins?|grams?|degrees?|°c|dollars?|usd|percent)",
    re.IGNORECASE,
)
_UNITS = {
    "日": "天",
    "day": "days",
    "hour": "hours",
    "minute": "minutes",
    "min": "minutes",
    "mins": "minutes",
    "gram": "grams",
    "degree": "degrees",
    "℃": "度",
    "块": "元",
    "dollar": "usd",
    "dollars": "usd",
}
_NO = re.compile(
    r"不能|不可以|不支持|不提供|不行|没有的|暂无|不含|\bno\b|\bcannot\b|\bcan't\b|\bdon't\b|\bdo not\b|\bdoes not\b|\bunable\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"可以|能的|支持|有的|没问题|\byes\b|\bwe do\b|\bsure\b|\byou can\b|\bof course\b",
    re.IGNORECASE,
)


def open_questions(book):
    """Questions without an answer, oldest first, of the last 90 days.

    Columns: wording (of the group that it belongs to), text (masked), place, platform, at,
    wait_days, age_band, item_id, person_key.
    """
    frame = talk.asked(book)
    columns = [
        "wording",
        "text",
        "place",
        "platform",
        "at",
        "wait_days",
        "age_band",
        "item_id",
        "person_key",
    ]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    frame = frame[
        (frame["replies"] == 0) & (frame["at"] >= rows.since(book, rows.OPEN_DAYS))
    ].copy()
    frame["wait_days"] = (rows.now(book) - frame["at"]) / pd.Timedelta(days=1)
    edges = [0, *(edge for edge, _ in AGES)]
    names = [name for _, name in AGES]
    frame["age_band"] = pd.cut(frame["wait_days"], edges, labels=names).astype("str")
    old = frame[frame["wait_days"] > 3]
    if len(old) >= 5:
        topic = old["wording"].value_counts()
        book.find(
            "3.2.1",
            "high" if len(old) > len(frame) / 2 else "medium",
            "3.2.1.open",
            subject=topic.index[0],
            figure=float(len(old)),
            n=len(frame),
            unit="times",
            top=int(topic.iloc[0]),
        )
    return frame.sort_values("at", kind="stable", ignore_index=True)[columns]


def open_by_topic(book, limit=12):
    """Open questions by topic and age: wording, age_band, count, for the topics with most open."""
    frame = open_questions(book)
    if frame.empty:
        return pd.DataFrame(columns=["wording", "age_band", "count"])
    top = frame["wording"].value_counts().head(limit).index
    table = frame[frame["wording"].isin(top)]
    table = table.groupby(["wording", "age_band"], as_index=False).size()
    table = table.rename(columns={"size": "count"})
    order = {name: k for k, (_, name) in enumerate(AGES)}
    table["_rank"] = table["wording"].map({w: k for k, w in enumerate(top)})
    table["_age"] = table["age_band"].map(order)
    table = table.sort_values(["_rank", "_age"], kind="stable", ignore_index=True)
    return table.drop(columns=["_rank", "_age"])


def unanswered(book):
    """Conversations whose last word is the customer's and asks for one; last 90 days, oldest first.

    Columns: platform, agent_id (who answered before, "none" where nobody did), text (masked),
    label, at (last message), due_at, hours_waiting, conversation_id, person_key. Mere thanks after
    an answer wait for nothing.
    """
    frame = rows.window(book, rows.messages(book), rows.OPEN_DAYS)
    columns = [
        "platform",
        "agent_id",
        "text",
        "label",
        "at",
        "due_at",
        "hours_waiting",
        "conversation_id",
        "person_key",
    ]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    key = ["platform", "conversation_id"]
    frame = frame.sort_values("at", kind="stable")
    agents = frame[frame["direction"] != "in"].drop_duplicates(key, keep="last")
    last = frame.drop_duplicates(key, keep="last")
    last = last[last["direction"] == "in"].drop(columns="agent_id")
    last = last.merge(agents[[*key, "agent_id"]], on=key, how="left")
    thanks = last["label"].isin(talk.MERE_THANKS) & last["agent_id"].notna()
    last = last[~thanks & (last["label"] != "violating")].copy()
    last["agent_id"] = last["agent_id"].astype(object).where(last["agent_id"].notna(), "none")
    last["due_at"] = response_clock.due_at(
        last["at"],
        float(book.settings.thresholds["first_response_minutes"]),
        rows.open_hours(book),
    )
    last["hours_waiting"] = (rows.now(book) - last["at"]) / pd.Timedelta(hours=1)
    last = last[last["due_at"] < rows.now(book)]
    if len(last):
        book.find(
            "3.2.1",
            "high",
            "3.2.1.unanswered",
            subject=book.translator.value(last["platform"].mode().iloc[0]),
            figure=float(len(last)),
            n=int(frame["conversation_id"].nunique()),
            unit="times",
            oldest=last["at"].min(),
        )
    return last.sort_values("at", kind="stable", ignore_index=True)[columns]


def promises(book):
    """Answers that promised to come back, and whether somebody did; last 90 days.

    Phrases and hours are those of lexicons/promises.toml. Columns: state (kept, late, broken, not
    yet due), platform, agent_id, text (masked), at, due_at, followed_at, conversation_id.
    """
    frame = rows.window(book, rows.messages(book), rows.OPEN_DAYS)
    out = frame[frame["direction"] != "in"].copy() if len(frame) else frame
    columns = [
        "state",
        "platform",
        "agent_id",
        "text",
        "at",
        "due_at",
        "followed_at",
        "conversation_id",
    ]
    if out.empty:
        return pd.DataFrame(columns=columns)
    out["hours"] = _promised(out["text"])
    out = out.sort_values("at", kind="stable")
    # the follow-up is the brand's next message in the conversation
    out["followed_at"] = out.groupby(["platform", "conversation_id"])["at"].shift(-1)
    out = out[out["hours"].notna()].copy()
    out["due_at"] = out["at"] + pd.to_timedelta(out["hours"], unit="h")
    out["state"] = np.select(
        [
            out["followed_at"] <= out["due_at"],
            out["followed_at"].notna(),
            out["due_at"] >= rows.now(book),
        ],
        ["kept", "late", "not_due"],
        "broken",
    )
    due = out[out["state"] != "not_due"]
    broken = int((due["state"] == "broken").sum())
    if len(due) >= 10:
        low, high = ratios.wilson(broken, len(due))
        if low > 0.1:
            worst = due[due["state"] == "broken"]["agent_id"].mode()
            book.find(
                "3.2.1",
                "high" if low > 0.3 else "medium",
                "3.2.1.promises",
                subject=worst.iloc[0] if len(worst) else book.translator.value("all"),
                figure=Estimate(
                    broken / len(due), low, high, len(due), ratios.WILSON, unit="fraction"
                ),
                count=broken,
            )
    order = {"broken": 0, "late": 1, "not_due": 2, "kept": 3}
    out = out.sort_values(
        ["state", "at"], key=lambda s: s.map(order) if s.name == "state" else s, kind="stable"
    )
    return out[columns].reset_index(drop=True)


def promise_count(book):
    """Promises by agent and state: agent_id, state, count, share of the agent's with low, high."""
    frame = promises(book)
    if frame.empty:
        return pd.DataFrame(columns=["agent_id", "state", "count"])
    table = frame.groupby(["agent_id", "state"], as_index=False).size()
    table = table.rename(columns={"size": "count"})
    whole = table.groupby("agent_id")["count"].transform("sum")
    spans = [ratios.wilson(k, n) for k, n in zip(table["count"], whole, strict=True)]
    table["share"] = table["count"] / whole
    table["low"], table["high"] = zip(*spans, strict=True)
    return table


def contradictions(book):
    """Answers to one question that say different things: a figure in the same unit, or yes and no.

    One row per question group and matter: wording, matter (the unit, or yes_no), said (each
    version and how often), first_at, last_at, earlier, later (masked answers), n. The answers may
    both be right, for other products: a person decides.
    """
    frame = talk.asked(book)
    columns = ["wording", "matter", "said", "earlier", "later", "first_at", "last_at", "n"]
    frame = frame[frame["answer"].notna() & (frame["group"] >= 0)] if len(frame) else frame
    if frame.empty:
        return pd.DataFrame(columns=columns)
    facts = []
    for row in frame[["group", "wording", "answer", "answered_at"]].itertuples(index=False):
        for matter, value in _facts(row.answer):
            facts.append((row.group, row.wording, matter, value, row.answered_at, row.answer))
    table = pd.DataFrame(facts, columns=["group", "wording", "matter", "value", "at", "answer"])
    out = []
    for (_, matter), part in table.groupby(["group", "matter"]):
        if part["value"].nunique() < 2:
            continue
        part = part.sort_values("at", kind="stable")
        newest = part.iloc[-1]
        before = part[part["value"] != newest["value"]].iloc[-1]
        counts = part["value"].value_counts()
        out.append(
            (
                newest["wording"],
                matter,
                " / ".join(f"{book.translator.value(v)} ({n})" for v, n in counts.items()),
                before["answer"],
                newest["answer"],
                part["at"].min(),
                part["at"].max(),
                len(part),
            )
        )
        book.find(
            "3.2.1",
            "medium",
            "3.2.1.contradicted",
            subject=newest["wording"],
            figure=float(len(counts)),
            n=len(part),
            unit="times",
            said=out[-1][2],
        )
    return pd.DataFrame(out, columns=columns)


def asked_again(book):
    """People who asked the same again within 14 days of an answer: by question, and for all.

    Columns: wording, answered (answered questions with a known person and 14 days to see),
    again, again_rate with low and high (Wilson), n.
    """
    frame = talk.asked(book)
    columns = ["wording", "answered", "again", "again_rate", "low", "high", "n"]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    known = frame[frame["person_key"].notna() & (frame["group"] >= 0)].sort_values("at")
    known["next_at"] = known.groupby(["person_key", "group"])["at"].shift(-1)
    wait = pd.Timedelta(days=AGAIN_DAYS)
    seen = known["answered_at"].notna() & (known["answered_at"] + wait <= rows.now(book))
    known = known[seen].copy()
    known["again"] = (known["next_at"] > known["answered_at"]) & (
        known["next_at"] <= known["answered_at"] + wait
    )
    if known.empty:
        return pd.DataFrame(columns=columns)
    out = []
    for wording, part in [(book.t("value.all"), known), *known.groupby("wording")]:
        if len(part) >= 5:
            again = int(part["again"].sum())
            low, high = ratios.wilson(again, len(part))
            out.append((wording, len(part), again, again / len(part), low, high, len(part)))
            if low > 0.1 and again >= 3 and part is not known:
                book.find(
                    "3.2.1",
                    "medium",
                    "3.2.1.again",
                    subject=wording,
                    figure=Estimate(
                        again / len(part), low, high, len(part), ratios.WILSON, unit="fraction"
                    ),
                )
    table = pd.DataFrame(out, columns=columns)
    first, rest = table.head(1), table.iloc[1:].sort_values(["again", "n"], ascending=False)
    return pd.concat([first, rest], ignore_index=True).head(15)


def _promised(texts):
    """Hours within which each text promises to come back; NaN where it promises nothing."""
    lexicon = config.reference("lexicons", "promises.toml").get("promise", ())
    plain = texts.fillna("").str.lower()
    hours = pd.Series(np.nan, index=texts.index)
    # the longest promise of an answer is the one that its follow-up is due by
    for promise in sorted(lexicon, key=lambda p: float(p["hours"])):
        terms = [re.escape(p) for p in phrases(promise["phrases"]) if p]
        found = plain.str.contains("|".join(terms), regex=True)
        hours = hours.where(~found, float(promise["hours"]))
    return hours


def _facts(answer):
    """(matter, value) pairs that an answer states."""
    text = str(answer).lower()
    found = {}
    for number, unit in _FACT.findall(text):
        unit = _UNITS.get(unit, unit)
        found.setdefault(unit, set()).add(f"{float(number):g}")
    # one figure a unit is a statement, several are an explanation
    out = [(unit, f"{next(iter(v))} {unit}") for unit, v in found.items() if len(v) == 1]
    no, yes = bool(_NO.search(text)), bool(_YES.search(_NO.sub(" ", text)))
    if no != yes:
        out.append(("yes_no", "no" if no else "yes"))
    return out
