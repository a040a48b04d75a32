"""10.2.1 and 10.2.2: what people say of the brand, how loud it is, and who speaks for it."""

import re

import numpy as np
import pandas as pd
from scipy import stats

from opsbook import config
from opsbook.chapters.growth import rows
from opsbook.estimate import Estimate
from opsbook.methods import experiments, ratios, text

WINDOW_DAYS = 180
RECENT_WEEKS = 8


def mentions(book):
    """Mentions with tone (-1..1), is_positive, is_negative and attributes (a tuple of names)."""
    return book.once("growth.mentions", lambda: _mentions(book)).copy()


def _mentions(book):
    frame = rows.mentions(book)
    own = frame["subject"] == "brand"
    judged = (
        text.sentiment(frame.loc[own, "text"].fillna("")) if own.any() else pd.Series(dtype=float)
    )
    frame["tone"] = frame["sentiment"].astype(float)
    frame.loc[own, "tone"] = frame.loc[own, "tone"].fillna(judged)
    frame["is_positive"] = (frame["tone"] > 0.2).astype(float).where(frame["tone"].notna())
    frame["is_negative"] = (frame["tone"] < -0.2).astype(float).where(frame["tone"].notna())
    words = config.reference("lexicons", "attributes.toml", home_folder=book.settings.home)
    tests = {name: _pattern(terms) for name, terms in words.items()}
    found = []
    for said, given, is_own in zip(frame["text"].fillna(""), frame["attribute"], own, strict=True):
        if isinstance(given, str) and given:
            found.append((given,))
        elif is_own:
            found.append(tuple(n for n, test in tests.items() if test.search(said)))
        else:
            found.append(())
    frame["attributes"] = found
    frame["week"] = frame["at"].dt.to_period("W-SUN").dt.start_time
    frame["month"] = frame["at"].dt.to_period("M").dt.start_time
    return frame


def attributes(book):
    """What the brand is mentioned for, and in what tone, over the last 180 days.

    Columns: attribute, mentions, share (of mentions that name one), positive_rate with low and high
    (Wilson), against (difference to the other attributes together), p_adjusted (Holm, Fisher's
    exact test), tone (mean), change (of positive_rate against the 180 days before).
    """
    frame = mentions(book)
    frame = frame[frame["subject"] == "brand"].explode("attributes")
    frame = frame.dropna(subset=["attributes", "tone"])
    start = rows.end(book) - pd.Timedelta(days=WINDOW_DAYS)
    before = frame[(frame["at"] < start) & (frame["at"] >= start - pd.Timedelta(days=WINDOW_DAYS))]
    frame = frame[frame["at"] >= start]
    columns = ["attribute", "mentions", "share", "positive_rate", "positive_rate_low",
               "positive_rate_high", "against", "p_adjusted", "tone", "change"]  # fmt: skip
    if frame.empty:
        return pd.DataFrame(columns=columns)
    old = before.groupby("attributes")["is_positive"].mean()
    total, good = len(frame), float(frame["is_positive"].sum())
    out, p_values = [], []
    for name, part in frame.groupby("attributes"):
        n, k = len(part), float(part["is_positive"].sum())
        low, high = ratios.wilson(k, n)
        rest, rest_good = total - n, good - k
        gap = k / n - rest_good / rest if rest else np.nan
        table = [[k, n - k], [rest_good, rest - rest_good]]
        p_values.append(stats.fisher_exact(table)[1] if rest else 1.0)
        out.append((name, n, n / total, k / n, low, high, gap, np.nan, part["tone"].mean(),
                    k / n - old.get(name, np.nan)))  # fmt: skip
    table = pd.DataFrame(out, columns=columns)
    table["p_adjusted"] = experiments.adjust(p_values)
    for row in table[(table["p_adjusted"] < 0.05) & (table["mentions"] >= 15)].itertuples():
        strong = row.against > 0
        book.find(
            "10.2.1", "info" if strong else "high" if row.positive_rate < 0.4 else "medium",
            "10.2.1.strong" if strong else "10.2.1.weak",
            subject=book.translator.value(row.attribute),
            figure=Estimate(row.positive_rate, row.positive_rate_low, row.positive_rate_high,
                            row.mentions, "Wilson interval", unit="fraction"),
            others=row.positive_rate - row.against, owner="content",
        )  # fmt: skip
    return table.sort_values("positive_rate", ascending=False, ignore_index=True)


def attribute_months(book):
    """Share of positive mentions by attribute and month: month, attribute, positive_rate, n."""
    frame = mentions(book)
    frame = frame[frame["subject"] == "brand"].explode("attributes")
    frame = frame.dropna(subset=["attributes", "tone"])
    if frame.empty:
        return pd.DataFrame(columns=["month", "attribute", "positive_rate", "n"])
    table = frame.groupby(["month", "attributes"])["is_positive"].agg(["mean", "size"])
    table = table.reset_index().rename(
        columns={"attributes": "attribute", "mean": "positive_rate", "size": "n"}
    )
    return table[table["n"] >= 3].reset_index(drop=True)


def voice(book):
    """Share of voice by month with its interval: month, name, mentions, share, low, high (weeks as units)."""
    frame = _voices(book)
    columns = ["month", "name", "mentions", "share", "low", "high"]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    totals = frame.groupby(["month", "week"]).size().rename("total").reset_index()
    parts = []
    for name, part in frame.groupby("name"):
        weeks = totals.merge(
            part.groupby(["month", "week"]).size().rename("own").reset_index(), how="left"
        ).fillna({"own": 0})
        found = ratios.ratio(weeks, "own", "total", by="month", unit="week", kind="rate")
        parts.append(found.assign(name=name).rename(
            columns={"value": "share", "numerator": "mentions"}))  # fmt: skip
    return pd.concat(parts, ignore_index=True)[columns]


def voice_change(book):
    """Share of voice of the last 8 weeks against the 26 before, a row per brand.

    Columns: name, is_own, mentions, share_now, share_before, relative with low and high (weeks as
    units), p_value, p_adjusted (Holm).
    """
    frame = _voices(book)
    columns = ["name", "is_own", "mentions", "share_now", "share_before", "relative", "low",
               "high", "p_value", "p_adjusted"]  # fmt: skip
    if frame.empty:
        return pd.DataFrame(columns=columns)
    turn = rows.end(book) - pd.Timedelta(weeks=RECENT_WEEKS)
    frame = frame[frame["at"] >= turn - pd.Timedelta(weeks=26)]
    names = frame["name"].unique()
    out = []
    for name in names:
        marked = frame.assign(own=(frame["name"] == name).astype(float), one=1.0)
        now, before = marked[marked["at"] >= turn], marked[marked["at"] < turn]
        found = ratios.difference(now, before, "own", "one", unit="week")
        own = bool(marked.loc[marked["own"] > 0, "is_own"].iloc[0])
        out.append((name, own, int(now["own"].sum()), now["own"].mean(), before["own"].mean(),
                    found["value"], found["low"], found["high"], found["p_value"], np.nan))  # fmt: skip
    table = pd.DataFrame(out, columns=columns)
    table["p_adjusted"] = experiments.adjust(table["p_value"])
    table = table.sort_values("share_now", ascending=False, ignore_index=True)
    rivals = table[
        ~table["is_own"].astype(bool) & (table["p_adjusted"] < 0.05) & (table["low"] > 0)
    ]
    ours = table[table["is_own"].astype(bool)]
    for row in rivals.nlargest(1, "relative").itertuples():
        book.find(
            "10.2.1", "medium", "10.2.1.rival", subject=row.name,
            figure=Estimate(row.relative, row.low, row.high, row.mentions,
                            ratios.LINEARISED, unit="fraction"),
            share=row.share_now, before=row.share_before,
            own=float(ours["share_now"].iloc[0]) if len(ours) else np.nan, owner="content",
        )  # fmt: skip
    return table


def ugc(book):
    """User-generated content by month: volume and quality.

    Columns: month, pieces, people, ugc_share (of brand mentions) with low and high, positive_rate, likes_per_piece
    (median), mean_length (characters), attributes_per_piece.
    """
    frame = mentions(book)
    frame = frame[frame["subject"] == "brand"]
    columns = ["month", "pieces", "people", "ugc_share", "ugc_share_low", "ugc_share_high",
               "positive_rate", "likes_per_piece", "mean_length", "attributes_per_piece"]  # fmt: skip
    own = frame[frame["is_ugc"].fillna(False).astype(bool)]
    if own.empty:
        return pd.DataFrame(columns=columns)
    own = own.assign(length=own["text"].fillna("").str.len(), named=own["attributes"].map(len))
    table = own.groupby("month").agg(
        pieces=("mention_id", "size"), people=("person_key", "nunique"),
        positive_rate=("is_positive", "mean"), likes_per_piece=("likes", "median"),
        mean_length=("length", "mean"), attributes_per_piece=("named", "mean"),
    )  # fmt: skip
    every = frame.groupby("month").size().reindex(table.index)
    table["ugc_share"] = table["pieces"] / every
    table["ugc_share_low"], table["ugc_share_high"] = ratios.wilson(
        table["pieces"].to_numpy(float), every.to_numpy(float)
    )
    return table.reset_index()[columns]


def ugc_topics(book):
    """What user-generated content is about, last 180 days against the 180 before.

    Columns: attribute, pieces, share, positive_rate, low, high, likes_per_piece, pieces_before.
    Pieces that name no attribute stand as other.
    """
    frame = mentions(book)
    own = frame["is_ugc"].fillna(False).astype(bool) & (frame["subject"] == "brand")
    frame = frame[own]
    start = rows.end(book) - pd.Timedelta(days=WINDOW_DAYS)
    frame = frame.assign(attribute=[a or ("other",) for a in frame["attributes"]])
    frame = frame.explode("attribute")
    before = frame[(frame["at"] < start) & (frame["at"] >= start - pd.Timedelta(days=WINDOW_DAYS))]
    frame = frame[frame["at"] >= start]
    columns = ["attribute", "pieces", "share", "positive_rate", "low", "high", "likes_per_piece",
               "pieces_before"]  # fmt: skip
    if frame.empty:
        return pd.DataFrame(columns=columns)
    table = frame.groupby("attribute").agg(
        pieces=("mention_id", "size"), positive_rate=("is_positive", "mean"),
        good=("is_positive", "sum"), judged=("is_positive", "count"),
        likes_per_piece=("likes", "median"),
    )  # fmt: skip
    table["share"] = table["pieces"] / len(frame)
    table["low"], table["high"] = ratios.wilson(
        table["good"].to_numpy(float), table["judged"].clip(lower=1).to_numpy(float)
    )
    old = before.groupby("attribute").size()
    table["pieces_before"] = old.reindex(table.index).fillna(0).astype(int)
    return table.reset_index()[columns].sort_values("pieces", ascending=False, ignore_index=True)


def advocates(book, top=20):
    """People who speak well of the brand again and again: pseudonym, pieces, positive, likes, followers.

    At least two pieces on different days, three quarters of them positive, none negative in the last 90 days.
    Columns: person, platform, pieces, positive_rate, likes, followers, last_at, attributes.
    """
    frame = mentions(book)
    frame = frame[(frame["subject"] == "brand") & frame["person_key"].notna()]
    frame = frame[frame["at"] >= rows.end(book) - pd.Timedelta(days=365)]
    columns = ["person", "platform", "pieces", "positive_rate", "likes", "followers", "last_at",
               "attributes"]  # fmt: skip
    if frame.empty:
        return pd.DataFrame(columns=columns)
    frame["day"] = frame["at"].dt.normalize()
    table = frame.groupby("person_key").agg(
        platform=("platform", lambda s: s.mode().iloc[0]), pieces=("mention_id", "size"),
        days=("day", "nunique"), positive_rate=("is_positive", "mean"), likes=("likes", "sum"),
        followers=("author_followers", "max"), last_at=("day", "max"),
    )  # fmt: skip
    recent = frame[frame["at"] >= rows.end(book) - pd.Timedelta(days=90)]
    sour = recent.groupby("person_key")["is_negative"].sum().reindex(table.index).fillna(0)
    table = table[(table["days"] >= 2) & (table["positive_rate"] >= 0.75) & (sour == 0)]
    if table.empty:
        return pd.DataFrame(columns=columns)
    named = frame[frame["person_key"].isin(table.index)].explode("attributes")
    said = named.dropna(subset=["attributes"]).groupby("person_key")["attributes"]
    table["attributes"] = said.agg(
        lambda s: book.t("shown.list").join(
            str(book.translator.value(a)) for a in s.value_counts().index[:2]
        )
    )
    table = table.sort_values(["likes", "pieces"], ascending=False).head(top)
    table["person"] = [str(k)[:10] + "…" for k in table.index]
    best = table.iloc[0]
    book.find("10.2.2", "info", "10.2.2.advocates", subject=best["person"],
              figure=len(table), unit="people", n=len(frame), pieces=int(table["pieces"].sum()),
              likes=int(table["likes"].sum()), owner="community")  # fmt: skip
    return table.reset_index(drop=True)[columns]


def _voices(book):
    frame = mentions(book)
    own = frame["subject"] == "brand"
    frame["name"] = frame["subject"].where(~own, book.settings.brand_name(book.language))
    frame["is_own"] = own
    return frame


def _pattern(terms):
    parts = [rf"\b{re.escape(t)}\b" if t.isascii() else re.escape(t) for t in terms]
    return re.compile("|".join(parts), re.IGNORECASE)
