"""What the sections of chapter 10 read: posts at equal age, and what people did under one key."""

import json

import numpy as np
import pandas as pd

from opsbook.data.views import comment_service, equal_age_posts, labelled, order_lines
from opsbook.data.views.posts import POST


def end(book):
    """The last moment the chapter knows: nothing after the period is used."""
    return pd.Timestamp(book.period.end) + pd.Timedelta(days=1)


def posts(book):
    """Posts up to the end of the period at the equal age of workbook.toml, one row each.

    Adds account, theme, format (a new format's name), is_original, daypart, week, value
    (interactions), name, tags (list).
    """
    return book.once("growth.posts", lambda: _posts(book)).copy()


def _posts(book):
    book.asked.update(("posts", "post_daily"))
    age = int(book.settings.thresholds["equal_age_days"])
    frame = book.view(
        "posts_equal", lambda s, z, version: equal_age_posts(s, z, age, version=version)
    )
    frame = frame[frame["at"] < end(book)].reset_index(drop=True)
    for kind in ("theme", "format", "original"):
        label = book.view(f"label:{kind}", _labels(kind))[[*POST, "label"]]
        frame = frame.merge(label.rename(columns={"label": kind}), on=list(POST), how="left")
    told = {"original": True, "yes": True, "repost": False, "no": False}
    frame["is_original"] = frame["original"].map(told)
    frame["account"] = frame["platform"] + ":" + frame["account_id"]
    frame["value"] = frame["interactions"]
    frame["week"] = frame["date_day"].dt.to_period("W-SUN").dt.start_time
    frame["month"] = frame["date_day"].dt.to_period("M").dt.start_time
    weekend = np.where(frame["at"].dt.day_of_week >= 5, "e", "d")
    exact = frame["created_precision"].fillna("minute") != "day"
    frame["daypart"] = np.where(exact, (frame["at"].dt.hour // 3).astype(str) + weekend, weekend)
    frame["is_boosted"] = frame["is_boosted"].fillna(False).astype(bool)
    frame["post_type"] = frame["post_type"].fillna("unknown")
    words = frame["post_title"].fillna("").str.split("\n").str[0].str.strip()
    first = frame["post_message"].fillna("").str.split("\n").str[0].str.strip()
    words = words.where(words != "", first)
    words = words.where(words != "", frame["post_id"])
    frame["name"] = words.where(words.str.len() <= 28, words.str[:27] + "…")
    frame["tags"] = [_list(t) for t in frame["hashtags"]]
    return frame


def settled(book, days=None):
    """Posts old enough to be compared, of the last `days` where given."""
    frame = posts(book)
    frame = frame[~frame["is_preliminary"].astype(bool)]
    if days is not None:
        frame = frame[frame["at"] >= end(book) - pd.Timedelta(days=days)]
    return frame.reset_index(drop=True)


def comments(book):
    """Customers' comments up to the end of the period with the brand's answers known by then."""
    frame = book.view("comments_served", comment_service)
    book.asked.add("comments")
    frame = frame[frame["at"] < end(book)].reset_index(drop=True)
    late = frame["replied_at"] >= end(book)
    frame.loc[late, "is_replied"] = False
    frame.loc[late, "reply_minutes"] = np.nan
    return frame


def orders(book):
    """Order lines up to the end of the period: local time `at`, paid and net amounts."""
    frame = book.view("orders", order_lines)
    frame = frame[frame["created_at"] < end(book)].rename(columns={"created_at": "at"})
    kept = book.settings.currency
    return frame[frame["currency"].fillna(kept) == kept].reset_index(drop=True)


def events(book):
    """What people did: person_key, at, kind (comment, message, order, mention), value (net paid)."""
    return book.once("growth.events", lambda: _events(book)).copy()


def _events(book):
    parts = [comments(book).assign(kind="comment", value=0.0)]
    messages = book.frame("messages").rename(columns={"sent_timestamp": "at"})
    parts.append(messages[messages["direction"] == "in"].assign(kind="message", value=0.0))
    bought = orders(book)
    bought = bought.groupby(["platform", "order_id"], as_index=False).agg(
        person_key=("person_key", "first"),
        at=("at", "min"),
        value=("net", "sum"),
    )
    parts.append(bought.assign(kind="order"))
    said = mentions(book)
    parts.append(said[said["subject"] == "brand"].assign(kind="mention", value=0.0))
    columns = ["person_key", "at", "kind", "platform", "value"]
    parts = [p.reindex(columns=columns) for p in parts if len(p)]
    if not parts:
        return pd.DataFrame(columns=columns)
    whole = pd.concat(parts, ignore_index=True)
    whole = whole[whole["person_key"].notna() & (whole["at"] < end(book))]
    return whole.sort_values("at", kind="stable", ignore_index=True)


def mentions(book):
    """Mentions up to the end of the period, `at` local."""
    frame = book.frame("mentions").rename(columns={"created_timestamp": "at"})
    return frame[frame["at"] < end(book)].reset_index(drop=True)


def account_name(book, platform, account_id):
    """An account as a reader knows it: platform and account."""
    return f"{book.translator.value(platform)} · {account_id}"


def _labels(kind):
    return lambda store, zone, version: labelled(store, kind, version=version)


def _list(text):
    if isinstance(text, list):
        return text
    if not isinstance(text, str) or not text.strip():
        return []
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return [str(t) for t in found] if isinstance(found, list) else []
