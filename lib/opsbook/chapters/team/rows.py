"""People and tasks as they stood at the end of the period."""

import pandas as pd

ROLES = ("manager", "content", "community", "data", "design")
WINDOW_DAYS = 90


def now(book):
    """The first moment after the period."""
    return pd.Timestamp(book.period.end) + pd.Timedelta(days=1)


def people(book):
    """Who is in the team at the period's end: one row per person and role, with `name`."""
    team = book.frame("team")
    here = team[~(team["ended_at"] < now(book)) & ~(team["started_at"] >= now(book))]
    return here.assign(name=here["display_name"].fillna(here["person_key"])).reset_index(drop=True)


def names(book):
    """person_key -> the name agreed with the person."""
    team = book.frame("team")
    return dict(
        zip(team["person_key"], team["display_name"].fillna(team["person_key"]), strict=True)
    )


def tasks(book):
    """Tasks created up to the period's end, dropped ones left out, as known then.

    is_done, lead_h (created to done, hours), cycle_h (started to done), is_late (done after, or
    open past, its due time), age_days, person (name of the assignee).
    """
    return book.once("team.tasks", lambda: _tasks(book)).copy()


def _tasks(book):
    frame = book.frame("tasks")
    end = now(book)
    frame = frame[(frame["created_at"] < end) & (frame["status"] != "dropped")].copy()
    for column in ("started_at", "done_at"):
        frame[column] = frame[column].where(frame[column] < end)
    frame["is_done"] = frame["done_at"].notna()
    hour = pd.Timedelta(hours=1)
    frame["lead_h"] = (frame["done_at"] - frame["created_at"]) / hour
    frame["cycle_h"] = (frame["done_at"] - frame["started_at"]) / hour
    frame["is_late"] = (frame["done_at"].fillna(end) > frame["due_at"]) & frame["due_at"].notna()
    frame["age_days"] = (end - frame["created_at"]) / pd.Timedelta(days=1)
    frame["process"] = frame["process"].fillna(frame["task_type"]).fillna("other")
    known = names(book)
    frame["person"] = [known.get(k, k) for k in frame["assignee"]]
    frame["role"] = frame["role"].fillna(frame["assignee"].map(_role_of(book)))
    return frame.reset_index(drop=True)


def _role_of(book):
    team = book.frame("team").drop_duplicates("person_key")
    return dict(zip(team["person_key"], team["role"], strict=True))
