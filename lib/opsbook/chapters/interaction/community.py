"""3.3.3: who breaks the rules again, who carries the community, how concentrated it is."""

import numpy as np
import pandas as pd

from opsbook.chapters.interaction import rows
from opsbook.config import reference
from opsbook.estimate import Estimate
from opsbook.methods import concentration
from opsbook.methods.text.moderation import phrases

REPEATED = 2
STEPS = ((5, "block"), (3, "mute"), (0, "warn"))
USEFUL = ("praise", "suggestion", "question")


def rule_violations(book):
    """Violating comments by the rule they broke and by platform; last 180 days.

    Columns: rule (the `why` of triage.toml that matches; "other" where a person labelled it),
    platform, count, people, previous (the 180 days before).
    """
    frame = _violating(book)
    columns = ["rule", "platform", "count", "people", "previous"]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    frame["rule"] = _rules_of(frame["text"])
    now, past = rows.window(book, frame), frame[frame["at"] < rows.since(book)]
    past = past[past["at"] >= rows.since(book) - pd.Timedelta(days=rows.WINDOW_DAYS)]
    table = now.groupby(["rule", "platform"]).agg(
        count=("text", "size"), people=("person_key", "nunique")
    )
    table["previous"] = past.groupby(["rule", "platform"]).size().reindex(table.index).fillna(0)
    table["previous"] = table["previous"].astype(int)
    return table.reset_index().sort_values("count", ascending=False, ignore_index=True)


def offenders(book, limit=20):
    """People with two violating comments or more in the last 180 days, and the step to take.

    Columns: person_key, violations, days (on which), hidden, first_at, last_at, platforms,
    text (newest, masked), step (warn, mute, block).
    """
    frame = rows.window(book, _violating(book))
    frame = frame[frame["person_key"].notna()]
    columns = [
        "person_key",
        "violations",
        "days",
        "hidden",
        "first_at",
        "last_at",
        "platforms",
        "text",
        "step",
    ]
    out = []
    for person, part in frame.groupby("person_key"):
        if len(part) < REPEATED:
            continue
        step = next(name for least, name in STEPS if len(part) >= least)
        out.append(
            (
                person,
                len(part),
                part["at"].dt.normalize().nunique(),
                int(part["is_handled"].sum()),
                part["at"].min(),
                part["at"].max(),
                _names(book, part["platform"]),
                part["text"].iloc[-1],
                step,
            )
        )
    table = pd.DataFrame(out, columns=columns)
    table = table.sort_values(["violations", "last_at"], ascending=False, ignore_index=True)
    for _, row in table[table["step"] == "block"].head(5).iterrows():
        book.find(
            "3.3.3",
            "medium",
            "3.3.3.offender",
            subject=row["person_key"],
            figure=float(row["violations"]),
            n=len(frame),
            unit="times",
            last=row["last_at"],
            platforms=row["platforms"],
        )
    return table.head(limit)


def contributors(book, limit=20):
    """People who give most to the community in 180 days, and what to thank them with.

    Columns: person_key, comments, useful (praise, suggestions and questions), active_weeks,
    likes (received), tone, platforms, score (useful x active weeks, plus likes), incentive
    (ambassador, early_access, thanks). Nobody with a violation, nor the brand itself.
    """
    frame = rows.window(book, rows.comments(book))
    frame = frame[frame["person_key"].notna()]
    columns = [
        "person_key",
        "comments",
        "useful",
        "active_weeks",
        "likes",
        "tone",
        "platforms",
        "score",
        "incentive",
    ]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    bad = frame[frame["label"].isin(rows.HIDE)]["person_key"]
    frame = frame[~frame["person_key"].isin(bad)]
    frame = frame.assign(
        useful=frame["label"].isin(USEFUL),
        week=frame["at"].dt.to_period("W-SUN").dt.start_time,
        like_count=frame["like_count"].fillna(0),
    )
    table = frame.groupby("person_key").agg(
        comments=("text", "size"),
        useful=("useful", "sum"),
        active_weeks=("week", "nunique"),
        likes=("like_count", "sum"),
        tone=("tone", "mean"),
    )
    table["score"] = table["useful"] * table["active_weeks"] + table["likes"]
    table = table[(table["useful"] >= 3) & (table["active_weeks"] >= 3) & (table["tone"] > 0)]
    table = table.nlargest(limit, "score").reset_index()
    where = frame[frame["person_key"].isin(table["person_key"])].groupby("person_key")["platform"]
    table["platforms"] = table["person_key"].map(where.agg(lambda s: _names(book, s)))
    top = table["active_weeks"] >= 8
    table["incentive"] = np.select(
        [top & (table["useful"] >= 10), table["active_weeks"] >= 5],
        ["ambassador", "early_access"],
        "thanks",
    )
    best = table[table["incentive"] == "ambassador"]
    if len(best):
        book.find(
            "3.3.3",
            "low",
            "3.3.3.contributors",
            subject=best["person_key"].iloc[0],
            figure=float(len(best)),
            n=int(frame["person_key"].nunique()),
            unit="people",
            useful=int(best["useful"].sum()),
        )
    return table[columns].reset_index(drop=True)


def activity(book):
    """How concentrated comments are on few people, by platform and for all; last 180 days.

    Columns: platform, people, comments, gini with low and high (bootstrap), top_share (held by the
    most active tenth) with top_low and top_high, once_rate (people with a single comment), n.
    """
    frame = rows.window(book, rows.comments(book))
    frame = frame[frame["person_key"].notna()]
    out = []
    groups = [("all", frame), *frame.groupby("platform")] if len(frame) else []
    for platform, part in groups:
        counts = part["person_key"].value_counts()
        index, top = concentration.gini(counts), concentration.top_share(counts)
        out.append(
            (
                platform,
                len(counts),
                len(part),
                index.value,
                index.low,
                index.high,
                top.value,
                top.low,
                top.high,
                (counts == 1).mean(),
                len(counts),
            )
        )
        if platform == "all" and top.enough and top.low > 0.5:
            book.find(
                "3.3.3",
                "low",
                "3.3.3.concentrated",
                subject=book.translator.value("all"),
                figure=Estimate(
                    top.value, top.low, top.high, top.n, concentration.METHOD, unit="fraction"
                ),
                gini=index.value,
            )
    columns = [
        "platform",
        "people",
        "comments",
        "gini",
        "low",
        "high",
        "top_share",
        "top_low",
        "top_high",
        "once_rate",
        "n",
    ]
    return pd.DataFrame(out, columns=columns)


def lorenz(book):
    """Lorenz curve of comments over people, with the even spread beside it.

    Columns: people_share, comments_share, series (comments, even).
    """
    frame = rows.window(book, rows.comments(book))
    counts = frame["person_key"].value_counts()
    if len(counts) < 2:
        return pd.DataFrame(columns=["people_share", "comments_share", "series"])
    curve = concentration.lorenz(counts, points=51).rename(columns={"held_share": "comments_share"})
    curve = curve.assign(series="observed")
    even = curve.assign(comments_share=curve["people_share"], series="even")
    return pd.concat([curve, even], ignore_index=True)


def _violating(book):
    frame = rows.comments(book)
    return frame[frame["label"].isin(rows.HIDE)].reset_index(drop=True)


def _rules_of(texts):
    """The `why` of the first rule for violating comments whose phrase stands in each text."""
    plain = texts.fillna("").str.lower()
    found = pd.Series("other", index=texts.index, dtype=object)
    for rule in reversed(reference("lexicons", "triage.toml").get("rule", ())):
        if rule.get("label") != "violating":
            continue
        terms = [p for p in phrases(rule["phrases"]) if p and p != "<link>"]
        hit = plain.map(lambda text, terms=terms: any(term in text for term in terms))
        found = found.where(~hit, rule.get("why", "other"))
    return found


def _names(book, platforms):
    ordered = platforms.value_counts().index
    return book.t("shown.list").join(str(book.translator.value(p)) for p in ordered)
