"""What customers say in public, with its tone, and the days on which too much of it is negative."""

from functools import lru_cache

import ibis
import pandas as pd

from opsbook import config, shared
from opsbook.data.store import Store
from opsbook.data.views.days import local_day, local_time

# A customer's comment is negative where triage calls it a complaint or its tone is this low.
NEGATIVE_TONE = -0.5
# On accounts with few comments one or two negatives are rare enough to ring; they are no burst.
LEAST_NEGATIVE = 3
VOICE = {
    "platform": "string",
    "account_id": "string",
    "comment_id": "string",
    "post_id": "string",
    "at": "timestamp",
    "date_day": "date",
    "text": "string",
    "label": "string",
    "tone": "float64",
    "is_negative": "float64",
    "is_handled": "float64",
}
DAY = {
    "platform": "string",
    "account_id": "string",
    "at": "timestamp",
    "date_day": "date",
    "comments": "float64",
    "negative": "float64",
    "expected": "float64",
    "threshold": "float64",
    "is_alarm": "float64",
    "is_start": "float64",
}


def voices(store, zone, *, version=None):
    """One row per customer's comment: label (a person's wins), tone -1..1, is_negative 0 or 1.

    The brand's own comments are left out. `at` is local time. is_handled: 1 where a moderator
    acted or the comment is hidden.
    """
    version = store.version if version is None else version
    return ibis.memtable(_voices(str(store.path), version, zone), schema=VOICE)


def burst_days(store, zone, *, version=None, step="D"):
    """One row per account and day (step "h": hour) with comments, negatives and alarm.

    Alarms of opsbook.methods.bursts; the workbook's false_alarms_per_year is shared by all
    accounts; a row with fewer than three negatives never rings. is_start marks the first row of a run of alarms, which is one event.
    """
    version = store.version if version is None else version
    return ibis.memtable(_bursts(str(store.path), version, zone, step), schema=DAY)


@lru_cache(maxsize=4)
def _voices(path, version, zone):
    return shared.once(("voices", version, zone), lambda: _told(path, version, zone))


def _told(path, version, zone):
    from opsbook.methods import text

    store = Store(path)
    rows = store.table("comments", version)
    rows = rows.filter(rows.is_owner.fill_null(False) == False)  # noqa: E712
    rows = rows.mutate(
        at=local_time(rows.created_timestamp, zone),
        date_day=local_day(rows.created_timestamp, zone),
        is_handled=(
            rows.is_hidden.fill_null(False)
            | rows.handled_at.notnull()
            | rows.action.fill_null("none").isin(["hide", "delete"])
        ).cast("float64"),
    )
    frame = rows.select(*(c for c in VOICE if c in rows.columns)).to_pandas()
    frame = frame.dropna(subset=["at"]).reset_index(drop=True)
    frame["tone"] = text.sentiment(frame["text"]).to_numpy(float)
    frame["label"] = text.triage(frame["text"])["label"].to_numpy(str)
    by_hand = store.table("triage_labels", version)
    by_hand = by_hand.filter(
        (by_hand.item_kind == "comment") & ~by_hand.labelled_by.isin(["rule", "model"])
    )
    by_hand = by_hand.select("platform", "item_id", "label").to_pandas()
    by_hand = by_hand.drop_duplicates(["platform", "item_id"], keep="last")
    hand = frame[["platform", "comment_id"]].merge(
        by_hand, left_on=["platform", "comment_id"], right_on=["platform", "item_id"], how="left"
    )["label"]
    told = hand.notna().to_numpy()
    frame.loc[told, "label"] = hand[told].to_numpy(str)
    bad = (frame["label"] == "complaint") | ((frame["tone"] <= NEGATIVE_TONE) & ~told)
    frame["is_negative"] = bad.astype(float)
    return frame[list(VOICE)]


@lru_cache(maxsize=8)
def _bursts(path, version, zone, step):
    settings = config.settings(config.home_of(path))
    rate = settings.thresholds["false_alarms_per_year"]
    key = ("bursts", version, zone, step, rate)
    return shared.once(key, lambda: _rung(path, version, zone, step, rate))


def _rung(path, version, zone, step, yearly):
    from opsbook.methods import bursts

    frame = _voices(path, version, zone)
    if frame.empty:
        return pd.DataFrame(columns=list(DAY))
    floor = "D" if step == "D" else "h"
    at = pd.to_datetime(frame["at"]).dt.floor(floor)
    last = at.max().normalize() + pd.Timedelta(hours=0 if step == "D" else 23)
    index = pd.date_range(at.min().normalize(), last, freq=floor)
    groups = list(frame.groupby(["platform", "account_id"]))
    rate = yearly / len(groups)
    parts = []
    for (platform, account), part in groups:
        when = at[part.index]
        negative = part["is_negative"].groupby(when).sum().reindex(index, fill_value=0.0)
        found = bursts.alarms(negative, rate)
        alarm = found["alarm"].to_numpy(bool) & (negative.to_numpy() >= LEAST_NEGATIVE)
        start = alarm.copy()
        start[1:] &= ~alarm[:-1]
        parts.append(
            pd.DataFrame(
                {
                    "platform": platform,
                    "account_id": account,
                    "at": index,
                    "date_day": index.normalize(),
                    "comments": part.groupby(when).size().reindex(index, fill_value=0).to_numpy(),
                    "negative": negative.to_numpy(),
                    "expected": found["expected"].to_numpy(),
                    "threshold": found["threshold"].to_numpy(),
                    "is_alarm": alarm.astype(float),
                    "is_start": start.astype(float),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
