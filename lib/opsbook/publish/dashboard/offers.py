"""What the dashboard offers to choose from and to decide on, and its headline figures, read from the store."""

import datetime as dt

import pandas as pd

from opsbook import config
from opsbook.data import periods
from opsbook.data.store import Store

RECENT_COMMENTS = 60
WEEKS, MONTHS = 10, 6


def read(home):
    """Choices of the controls and rows of the write-back page, as JSON-ready lists."""
    from opsbook.book import latest_period

    settings = config.settings(home)
    store = Store(settings.store)
    version = store.version
    latest = latest_period(store, settings, version)
    return {
        "version": version,
        "latest": latest.label,
        "periods": _periods(latest),
        **_accounts(store),
        "calendar": _calendar(store, settings),
        "comments": _comments(store),
        "decisions": _recent(store, "decisions", "decided_at", 20),
        "incidents": _recent(store, "incidents", "event_at", 20),
        "acknowledged": _acknowledged(store),
        "batches": _batches(store),
    }


def headlines(home):
    """The latest period's headline figure of each chapter, with its weeks (`portal.by_week`)."""
    from opsbook.book import open_chapter
    from opsbook.chapters.portal import by_week
    from opsbook.present.language import Translator

    book = open_chapter(0, home=home)
    told = {
        language: Translator(
            language,
            currency=book.settings.currency,
            time_zone=book.settings.time_zone,
            home_folder=home,
        )
        for language in config.LANGUAGES
    }
    return {"period": book.period.label, "figures": by_week(book, told)}


def _periods(latest):
    found, one = [], latest
    for _ in range(WEEKS):
        found.append(one.label)
        one = one.previous
    month = pd.Period(latest.end, "M")
    months = [str(month - i) for i in range(MONTHS)]
    return found + [m for m in months if periods.parse(m)] + [str(latest.end.year)]


def _accounts(store):
    frame = _frame(store, "accounts")
    if not len(frame):
        frame = _frame(store, "posts")
        frame = frame[["platform", "account_id"]].drop_duplicates() if len(frame) else frame
    if not len(frame):
        return {"platforms": [], "accounts": []}
    name = next((c for c in ("account_name", "name", "nickname") if c in frame), "account_id")
    rows = frame.drop_duplicates("account_id").sort_values(["platform", "account_id"])
    return {
        "platforms": sorted(frame["platform"].dropna().astype(str).unique()),
        "accounts": [
            {"id": str(r.account_id), "platform": str(r.platform), "name": _text(getattr(r, name))}
            for r in rows.itertuples()
        ],
    }


def _calendar(store, settings):
    frame = _frame(store, "calendar_items")
    if not len(frame):
        return []
    frame = frame.sort_values("slot_at", ascending=False)
    waiting = frame[frame["state"].fillna("proposed") == "proposed"]
    rest = frame[frame["state"].isin(["approved", "rejected"])].head(20)
    return _records(pd.concat([waiting, rest]).head(80), settings.time_zone)


def _comments(store):
    frame = _frame(store, "comments")
    if not len(frame):
        return []
    rows = frame.sort_values("created_timestamp", ascending=False).head(RECENT_COMMENTS)
    labels = _frame(store, "triage_labels")
    named = {}
    if len(labels):
        ordered = labels.sort_values("labelled_at", na_position="first")
        named = dict(zip(ordered["item_id"], ordered["label"], strict=True))
    return [
        {
            "platform": str(r["platform"]),
            "account_id": str(r["account_id"]),
            "item_id": str(r["comment_id"]),
            "text": _text(r["text"]),
            "label": named.get(r["comment_id"], ""),
        }
        for r in rows.to_dict("records")
    ]


def _recent(store, name, when, count):
    frame = _frame(store, name)
    return _records(frame.sort_values(when, ascending=False).head(count)) if len(frame) else []


def _acknowledged(store):
    frame = _frame(store, "approvals")
    if not len(frame):
        return {}
    rows = frame[frame["item_kind"] == "finding"].sort_values("approved_at")
    return {
        r["item_id"]: {
            "by": r["approved_by"],
            "at": _text(r["approved_at"]),
            "note": _text(r["note"]),
        }
        for r in rows.to_dict("records")
    }


def _batches(store):
    frame = store.batches()
    if not len(frame):
        return []
    frame = frame[~frame["is_undone"].fillna(False).astype(bool)]
    newest = frame.groupby(["platform", "account_id", "preset"], dropna=False).tail(1)
    keep = ["platform", "account_id", "preset", "exported_on", "loaded", "refused"]
    return _records(newest[keep])


def _frame(store, name):
    return store.frame(name) if not store.is_empty(name) else pd.DataFrame()


def _records(frame, zone=None):
    found = []
    for row in frame.to_dict("records"):
        for key, value in row.items():
            if zone is not None and isinstance(value, pd.Timestamp) and value.tzinfo:
                value = value.tz_convert(zone)
            row[key] = _text(value)
        found.append(row)
    return found


def _text(value):
    """A value as text for a page; missing is empty."""
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return ""
    if isinstance(value, (pd.Timestamp, dt.datetime)):
        return f"{value:%Y-%m-%d %H:%M}"
    return str(value)
