"""8.2.2: a crisis hour by hour, how fast it died down after each statement, and what to learn."""

import numpy as np
import pandas as pd

from opsbook.chapters.risk import response, rows
from opsbook.methods import decay

# A crisis is looked at from a day before its start to three days after its last event.
BEFORE = pd.Timedelta(days=1)
AFTER = pd.Timedelta(days=3)
BASELINE_DAYS = 28


def _crises(book):
    """Opinion incidents up to the period's end: incident_id, platform, start, end, newest last."""
    log = rows.until(book, book.frame("incidents"), "event_at")
    log = log[log["family"] == "opinion"]
    said = book.frame("statements").dropna(subset=["incident_id"])
    last_said = said.groupby("incident_id")["made_at"].max().to_dict()
    found = log.groupby("incident_id", as_index=False).agg(
        platform=("platform", "first"), start=("event_at", "min"), last=("event_at", "max")
    )
    if found.empty:
        return found.assign(end=pd.Series(dtype="datetime64[us]"))
    spoken = pd.Series(pd.to_datetime([last_said.get(i) for i in found["incident_id"]]))
    found["last"] = found["last"].where(~(spoken > found["last"]), spoken)
    over = rows.last_day(book) + pd.Timedelta(days=1)
    found["end"] = (found["last"].clip(upper=found["start"] + pd.Timedelta(days=10)) + AFTER).clip(
        upper=over
    )
    return found.sort_values("start", ignore_index=True)


def newest_crisis(book):
    """The newest opinion incident's id, or None: what the timeline shows unless told otherwise."""
    found = _crises(book)
    return None if found.empty else found["incident_id"].iloc[-1]


def _said_during(book, crisis):
    said = rows.voices(book)
    if isinstance(crisis.platform, str) and crisis.platform:
        said = said[said["platform"] == crisis.platform]
    return said


def _one(book, incident):
    found = _crises(book)
    found = found[found["incident_id"] == incident]
    return None if found.empty else next(found.itertuples(index=False))


def volume(book, incident=None, hours=3):
    """Comments, negatives and mean tone of a crisis by `hours`; and the moments to mark.

    Returns two frames: at, comments, negative, tone; and date, name of statements and contacts.
    """
    crisis = _one(book, incident or newest_crisis(book))
    empty = pd.DataFrame(columns=["at", "comments", "negative", "tone"])
    if crisis is None:
        return empty, pd.DataFrame(columns=["date", "name"])
    said = _said_during(book, crisis)
    said = said[(said["at"] >= crisis.start - BEFORE) & (said["at"] < crisis.end)]
    slot = said["at"].dt.floor(f"{hours}h")
    index = pd.date_range(
        (crisis.start - BEFORE).floor(f"{hours}h"), crisis.end, freq=f"{hours}h", inclusive="left"
    )
    frame = said.groupby(slot).agg(
        comments=("comment_id", "size"), negative=("is_negative", "sum"), tone=("tone", "mean")
    )
    frame = frame.reindex(index).rename_axis("at").reset_index()
    frame[["comments", "negative"]] = frame[["comments", "negative"]].fillna(0)
    marks = _statements(book, crisis.incident_id)
    marks = pd.DataFrame(
        {
            "date": marks["made_at"],
            "name": [str(book.translator.value(k)) for k in marks["kind"]],
        }
    )
    return frame, marks


def _statements(book, incident):
    said = rows.until(book, book.frame("statements"), "made_at")
    return said[said["incident_id"] == incident].sort_values("made_at", ignore_index=True)


def timeline(book, incident=None):
    """A crisis as it ran: incident events, own statements, media and regulator contacts, in order.

    Each with the comments, negatives, negative_share and mean tone until the next row. Columns:
    at, kind, channel, what, owner, hours_in (since the start), comments, negative, negative_share,
    tone.
    """
    crisis = _one(book, incident or newest_crisis(book))
    columns = [
        *("at", "kind", "channel", "what", "owner", "hours_in", "comments", "negative"),
        *("negative_share", "tone"),
    ]
    if crisis is None:
        return pd.DataFrame(columns=columns)
    log = rows.until(book, book.frame("incidents"), "event_at")
    log = log[log["incident_id"] == crisis.incident_id]
    events = pd.DataFrame(
        {
            "at": log["event_at"],
            "kind": log["event_kind"],
            "channel": log["platform"],
            "what": log["description"],
            "owner": log["owner"],
        }
    )
    made = _statements(book, crisis.incident_id)
    made = made.rename(columns={"made_at": "at", "text": "what"})
    parts = [f for f in (events, made[["at", "kind", "channel", "what", "owner"]]) if len(f)]
    frame = pd.concat(parts).sort_values("at", ignore_index=True)
    said = _said_during(book, crisis)
    ends = [*frame["at"].iloc[1:], crisis.end]
    figures = []
    for start, end in zip(frame["at"], ends, strict=True):
        part = said[(said["at"] >= start) & (said["at"] < end)]
        bad = float(part["is_negative"].sum())
        share = bad / len(part) if len(part) else np.nan
        figures.append((len(part), bad, share, part["tone"].mean()))
    frame[["comments", "negative", "negative_share", "tone"]] = figures
    frame["hours_in"] = (frame["at"] - crisis.start).dt.total_seconds() / 3600
    frame["what"] = [rows.masked(book, w, 120) for w in frame["what"]]
    return frame[columns]


def half_lives(book):
    """Half-life of negative comments after each statement of every crisis, with its interval.

    Observed from the statement to the next one, at most 72 hours, above the usual rate of the 28
    days before the crisis. Columns: incident_id, statement_id, made_at, channel, what,
    negative_before and negative_after (6 hours each), half_life_h, low, high, n, enough. `high`
    is empty where "no decline" cannot be ruled out.
    """
    return book.once("risk.half_lives", lambda: _half_lives(book))


def _half_lives(book):
    out = []
    for crisis in _crises(book).itertuples():
        said = _said_during(book, crisis)
        bad = said.loc[said["is_negative"], "at"]
        usual = _usual(bad, crisis.start)
        made = _statements(book, crisis.incident_id)
        made = made[made["kind"] == "statement"].reset_index(drop=True)
        over = rows.last_day(book) + pd.Timedelta(days=1)
        for i, s in made.iterrows():
            start = s["made_at"]
            end = min(start + pd.Timedelta(hours=72), over)
            if i + 1 < len(made):
                end = min(end, made["made_at"][i + 1])
            window = (end - start).total_seconds() / 3600
            since = (bad - start).dt.total_seconds() / 3600
            figure = (
                decay.half_life(since[(since >= 0) & (since < window)], window, baseline=usual)
                if window > 0
                else decay.half_life([], 1.0)
            )
            high = figure.high if np.isfinite(figure.high) else np.nan
            out.append(
                (
                    crisis.incident_id,
                    s["statement_id"],
                    start,
                    s["channel"],
                    rows.masked(book, s["text"]),
                    int(((since < 0) & (since >= -6)).sum()),
                    int(((since >= 0) & (since < 6)).sum()),
                    figure.value,
                    figure.low,
                    high,
                    figure.n,
                    figure.enough,
                )
            )
    frame = pd.DataFrame(
        out,
        columns=[
            *("incident_id", "statement_id", "made_at", "channel", "what", "negative_before"),
            *("negative_after", "half_life_h", "low", "high", "n", "enough"),
        ],
    )
    new = frame[frame["made_at"] > rows.last_day(book) - pd.Timedelta(days=rows.WINDOW_DAYS)]
    for r in new[new["enough"] == True].itertuples():  # noqa: E712
        if r.high != r.high and r.negative_after >= r.negative_before:
            book.find(
                "8.2.2",
                "high",
                "8.2.2.no_decline",
                subject=f"{r.incident_id} {r.statement_id}",
                figure=r.negative_after,
                unit="times",
                n=int(r.n),
                before=r.negative_before,
                at=r.made_at,
            )
    return frame


def _usual(bad, start):
    """Negative comments an hour in the 28 days that end a day before the crisis."""
    end = start - BEFORE
    begin = end - pd.Timedelta(days=BASELINE_DAYS)
    return float(((bad >= begin) & (bad < end)).sum()) / (BASELINE_DAYS * 24)


def after_action(book):
    """After-action review: one row per crisis, newest first.

    Columns: incident_id, platform, started_at, negative (in excess of the usual), peak_at (the
    worst hour), half_life_h of the whole with low and high, minutes_to_statement, statements,
    media_contacts, regulator_contacts, stages_missed, lesson, state (reviewed, due, open).
    """
    out = []
    times = response.response_times(book).set_index("incident_id")
    log = rows.until(book, book.frame("incidents"), "event_at")
    over = rows.last_day(book) + pd.Timedelta(days=1)
    for crisis in _crises(book).itertuples():
        said = _said_during(book, crisis)
        bad = said.loc[said["is_negative"], "at"]
        usual = _usual(bad, crisis.start)
        inside = bad[(bad >= crisis.start) & (bad < crisis.end)]
        window = (crisis.end - crisis.start).total_seconds() / 3600
        whole = decay.half_life(
            (inside - crisis.start).dt.total_seconds() / 3600, max(window, 1.0), baseline=usual
        )
        by_hour = inside.dt.floor("h").value_counts()
        made = _statements(book, crisis.incident_id)
        kinds = made["kind"].value_counts()
        own = made.loc[made["kind"] == "statement", "made_at"]
        first = (own.min() - crisis.start).total_seconds() / 60 if len(own) else np.nan
        row = times.loc[crisis.incident_id]
        missed = [s for s in response.STAGES if row[f"{s}_state"] == "missed"]
        part = log[log["incident_id"] == crisis.incident_id]
        lesson = next((v for v in part["lesson"].dropna()), None)
        resolved = (part["event_kind"].isin(["resolved", "closed"])).any()
        state = "reviewed" if lesson else "review_due" if resolved else "open"
        out.append(
            (
                crisis.incident_id,
                crisis.platform,
                crisis.start,
                max(0.0, round(len(inside) - usual * window)),
                by_hour.idxmax() if len(by_hour) else pd.NaT,
                whole.value,
                whole.low,
                whole.high if np.isfinite(whole.high) else np.nan,
                round(first, 0),
                *tuple(int(kinds.get(k, 0)) for k in ("statement", "media", "regulator")),
                book.t("shown.list").join(str(book.translator.value(s)) for s in missed),
                lesson,
                state,
            )
        )
        if state != "reviewed" and crisis.start > over - pd.Timedelta(days=rows.WINDOW_DAYS):
            book.find(
                "8.2.2",
                "medium" if state == "review_due" else "high",
                f"8.2.2.{state}",
                subject=f"{crisis.incident_id} ({book.translator.value(crisis.platform)})",
                figure=whole if whole.enough and np.isfinite(whole.high) else float(len(inside)),
                n=len(inside),
                negative=len(inside),
                minutes=first,
            )
    frame = pd.DataFrame(
        out,
        columns=[
            *("incident_id", "platform", "started_at", "negative", "peak_at", "half_life_h"),
            *("low", "high", "minutes_to_statement", "statements", "media_contacts"),
            *("regulator_contacts", "stages_missed", "lesson", "state"),
        ],
    )
    return frame.sort_values("started_at", ascending=False, ignore_index=True)
