"""The posts that the sections of chapter 2 read: figures, labels, features, age."""

import numpy as np
import pandas as pd

from opsbook.data.views import labelled, post_metrics
from opsbook.data.views.posts import POST
from opsbook.methods.post_features import features_of

CONTROLS = ("account", "post_type", "theme", "is_boosted", "daypart")


def posts(book):
    """All posts up to the end of the period, one row each, with figures at an equal age.

    Adds account (platform:account_id), theme, is_boosted, is_original, daypart (hour in blocks
    of three, by weekend), features of the text, `value` (interactions) and `is_preliminary`
    (younger than the equal age of workbook.toml; figures still grow).
    """
    return book.once("posts", lambda: _posts(book)).copy()


def settled(book):
    """Posts old enough to be compared."""
    frame = posts(book)
    return frame[~frame["is_preliminary"]].reset_index(drop=True)


def period(book, span="current"):
    """Posts published in a period."""
    frame = posts(book)
    span = book.span(span)
    inside = frame["date_day"].between(pd.Timestamp(span.start), pd.Timestamp(span.end))
    return frame[inside].reset_index(drop=True)


def _posts(book):
    book.asked.update(("posts", "post_daily"))
    age = int(book.settings.thresholds["equal_age_days"])
    whole = book.view("posts", post_metrics)
    early = book.view(
        "posts_early", lambda s, z, version: post_metrics(s, z, version=version, max_age=age)
    )
    frame = _equal_age(whole, early, age)
    frame = frame[frame["date_day"] <= pd.Timestamp(book.period.end)].reset_index(drop=True)
    for kind in ("theme", "boosted", "original"):
        label = book.view(f"label:{kind}", _label_view(kind))[[*POST, "label"]]
        frame = frame.merge(label.rename(columns={"label": kind}), on=list(POST), how="left")
    text = frame["post_title"].fillna("") + "\n" + frame["post_message"].fillna("")
    frame = pd.concat([frame, features_of(frame["post_title"], frame["post_message"])], axis=1)
    frame["text"] = text.str.strip()
    frame["account"] = frame["platform"] + ":" + frame["account_id"]
    frame["is_boosted"] = frame["is_boosted"].fillna(frame["boosted"].notna()).astype(bool)
    frame["is_original"] = frame["original"].map({"yes": True, "no": False, "original": True})
    frame["post_type"] = frame["post_type"].fillna("unknown")
    frame["value"] = frame["interactions"]
    exact = frame["created_precision"].fillna("minute") != "day"
    frame["has_hour"] = exact
    frame["week"] = frame["date_day"].dt.to_period("W-SUN").dt.start_time
    block = (frame["at"].dt.hour // 3).astype(str)
    weekend = np.where(frame["at"].dt.day_of_week >= 5, "e", "d")
    frame["daypart"] = np.where(exact, block + weekend, weekend)
    frame["name"] = _short(frame)
    return frame


def _equal_age(whole, early, age):
    """Figures at the equal age where a snapshot near it exists, else the newest ones.

    A post whose newest figures are younger than the equal age is preliminary.
    """
    key = list(POST)
    numbers = [
        c
        for c in (
            "impressions",
            "views",
            "reach",
            "likes",
            "comments",
            "shares",
            "saves",
            "reposts",
            "interactions",
            "follows",
            "orders",
            "completion_rate",
        )
    ]
    near = early[early["measured_age"] >= age - 2].set_index(key)[numbers]
    frame = whole.set_index(key)
    frame["is_equal_age"] = frame.index.isin(near.index)
    for column in numbers:
        held = near[column].reindex(frame.index)
        frame[column] = held.where(held.notna() & frame["is_equal_age"], frame[column])
    frame["is_preliminary"] = (frame["measured_age"] < age) & ~frame["is_equal_age"]
    # posts whose export tells no day of measurement are taken as they are
    frame.loc[frame["measured_age"].isna(), "is_preliminary"] = False
    return frame.reset_index()


def _label_view(kind):
    return lambda store, zone, version: labelled(store, kind, version=version)


def _short(frame):
    """A name that a reader recognises a post by: title, else first words, else its id."""
    words = frame["post_title"].fillna("").str.strip()
    words = words.where(
        words != "", frame["post_message"].fillna("").str.split("\n").str[0].str.strip()
    )
    words = words.where(words != "", frame["post_id"])
    return words.where(words.str.len() <= 28, words.str[:27] + "…")
