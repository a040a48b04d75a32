"""8.1.2: bursts of negative comments, at a stated rate of false alarms that is measured here."""

from functools import partial

import numpy as np
import pandas as pd

from opsbook.chapters.risk import rows
from opsbook.data.views.opinion import burst_days
from opsbook.methods import ratios

STEPS = ("D", "h")
# An alarm is confirmed by an opinion incident that starts within so many days of it.
CONFIRMED_DAYS = 2


def negative_days(book, step="D"):
    """Negative comments per account and day (or hour, step "h") with expectation and threshold."""
    view = partial(burst_days, step=step)
    frame = rows.until(book, book.view(f"burst_{step}", view), "at")
    book.asked.add("comments")
    for column in ("is_alarm", "is_start"):
        frame[column] = frame[column] == 1
    return frame


def _events(book, step):
    """One row per run of alarms: account, at (its first row), hours, peak, negative, expected."""
    frame = negative_days(book, step)
    frame = frame[frame["is_alarm"]]
    if frame.empty:
        return pd.DataFrame(columns=["platform", "account_id", "at", "step"])
    run = frame["is_start"].cumsum()
    found = frame.groupby(run).agg(
        platform=("platform", "first"),
        account_id=("account_id", "first"),
        at=("at", "first"),
        until=("at", "last"),
        negative=("negative", "sum"),
        peak=("negative", "max"),
        expected=("expected", "sum"),
        threshold=("threshold", "first"),
    )
    return found.reset_index(drop=True).assign(step="day" if step == "D" else "hour")


def events(book):
    """Every run of daily or hourly alarms up to the period's end, with the incident it matches."""
    return book.once("risk.burst_events", lambda: _matched(book))


def _matched(book):
    found = pd.concat([_events(book, step) for step in STEPS], ignore_index=True)
    incidents = book.frame("incidents")
    opened = (
        incidents[incidents["family"] == "opinion"]
        .sort_values("event_at")
        .drop_duplicates("incident_id")
    )
    near = pd.Timedelta(days=CONFIRMED_DAYS)
    found["incident_id"] = [
        next(
            (
                i.incident_id
                for i in opened.itertuples()
                if i.platform in (e.platform, None, np.nan) and abs(i.event_at - e.at) <= near
            ),
            None,
        )
        for e in found.itertuples()
    ]
    return found.sort_values("at", ascending=False, ignore_index=True)


def bursts(book, days=rows.WINDOW_DAYS):
    """Bursts of the last `days`: negatives against expectation and threshold, and what they say.

    One row per run of daily or hourly alarms: at, platform, step, negative, expected, threshold,
    ratio, evidence (the comment of lowest tone, private data masked), incident_id.
    """
    found = events(book)
    columns = [
        *("at", "platform", "account_id", "step", "negative", "peak", "expected", "threshold"),
        *("evidence", "incident_id"),
    ]
    if found.empty:
        return pd.DataFrame(columns=columns)
    recent = found[found["at"] > rows.last_day(book) - pd.Timedelta(days=days)].copy()
    said = rows.voices(book)
    said = said[said["is_negative"]]
    recent["evidence"] = [_worst(book, said, e) for e in recent.itertuples()]
    frame = recent[columns].reset_index(drop=True)
    # a burst by day is one finding, whatever the hours within it say
    for e in frame[(frame["step"] == "day") & (frame["peak"] >= 5)].itertuples():
        known = isinstance(e.incident_id, str)
        book.find(
            "8.1.2",
            "high" if known else "critical",
            "8.1.2.burst_known" if known else "8.1.2.burst",
            subject=f"{book.translator.value(e.platform)} {book.translator.date(e.at)}",
            figure=e.negative,
            unit="times",
            n=int(e.negative),
            expected=e.expected,
            incident=e.incident_id,
        )
    return frame


def replay(book):
    """The stated rate of false alarms beside the measured one, by replaying the history.

    Rows day and hour: stated a year, years replayed, alarms, confirmed (an opinion incident began
    within two days on that platform), unconfirmed, and unconfirmed a year with its exact Poisson
    interval. Alarms that nobody recorded count as false, so the rate measured is an upper one.
    """
    out = []
    stated = float(book.settings.thresholds["false_alarms_per_year"])
    found = events(book)
    for step, name in zip(STEPS, ("day", "hour"), strict=True):
        frame = negative_days(book, step)
        watched = frame[frame["threshold"].notna()]
        if watched.empty:
            continue
        years = watched["at"].nunique() / (365.25 if step == "D" else 24 * 365.25)
        part = found[found["step"] == name]
        confirmed = int(part["incident_id"].notna().sum())
        false = len(part) - confirmed
        low, high = ratios.poisson(false)
        out.append(
            (
                name,
                stated,
                years,
                len(part),
                confirmed,
                false,
                false / years,
                low / years,
                high / years,
            )
        )
    frame = pd.DataFrame(
        out,
        columns=[
            *("step", "stated_per_year", "years", "alarms", "confirmed", "unconfirmed"),
            *("measured_per_year", "low", "high"),
        ],
    )
    for r in frame[frame["low"] > frame["stated_per_year"]].itertuples():
        book.find(
            "8.1.2",
            "medium",
            "8.1.2.too_many",
            subject=str(book.translator.value(r.step)),
            figure=r.measured_per_year,
            n=int(r.unconfirmed),
            stated=r.stated_per_year,
        )
    return frame


def _worst(book, said, event):
    step = pd.Timedelta(days=1) if event.step == "day" else pd.Timedelta(hours=1)
    inside = said[
        (said["platform"] == event.platform)
        & (said["account_id"] == event.account_id)
        & (said["at"] >= event.at)
        & (said["at"] < event.until + step)
    ]
    if inside.empty:
        return ""
    return rows.masked(book, inside.sort_values("tone")["text"].iloc[0])
