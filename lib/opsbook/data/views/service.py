"""Comments, conversations and complaints with what became of them and how long it took."""

import datetime as dt
from functools import reduce

import ibis

from opsbook import config
from opsbook.data.views.days import local_day, local_time
from opsbook.errors import ConfigError

_MONDAY = dt.date(1970, 1, 5)
CONVERSATION = ("platform", "account_id", "conversation_id")


def conversations(store, zone, *, version=None):
    """One row per conversation with its response clock; times local, minutes working time.

    asked_at, replied_at (first answer after it), last_in_at, last_out_at, agent_id (of the first
    answer), messages_in, messages_out, satisfaction (mean score), response_minutes (by the wall
    clock where no working time passed), resolution_minutes (first message to last answer, where
    the last word is the brand's), is_answered, is_resolved, is_within (answered within
    `first_response_minutes` of workbook.toml). date_day is the day of the first message.
    """
    messages = store.table("messages", version)
    messages = messages.mutate(
        at=local_time(messages.sent_timestamp, zone), is_in=messages.direction == "in"
    )
    key = list(CONVERSATION)
    asked = messages.filter(messages.is_in)
    asked = asked.group_by(key).aggregate(
        asked_at=asked.at.min(),
        last_in_at=asked.at.max(),
        messages_in=asked.count(),
        person_key=asked.person_key.max(),
    )
    out = messages.filter(~messages.is_in).inner_join(asked.select(*key, "asked_at"), key)
    out = out.filter(out.at >= out.asked_at)
    out = out.group_by(key).aggregate(
        replied_at=out.at.min(),
        last_out_at=out.at.max(),
        agent_id=out.agent_id.argmin(out.at),
        messages_out=out.count(),
        satisfaction=out.satisfaction.cast("float64").mean(),
    )
    rows = asked.left_join(out, key).drop(*(f"{k}_right" for k in key))
    settings = _settings(store)
    clock = _clock(settings)
    target = float(settings.thresholds["first_response_minutes"])
    worked = clock(rows.replied_at) - clock(rows.asked_at)
    wall = _minutes(rows.asked_at, rows.replied_at)
    resolved = rows.last_out_at.notnull() & (rows.last_out_at >= rows.last_in_at)
    to_end = clock(rows.last_out_at) - clock(rows.asked_at)
    to_end = ibis.ifelse(to_end > 0, to_end, _minutes(rows.asked_at, rows.last_out_at))
    return rows.mutate(
        date_day=rows.asked_at.date(),
        messages_out=rows.messages_out.fill_null(0),
        response_minutes=ibis.ifelse(worked > 0, worked, wall),
        resolution_minutes=ibis.ifelse(resolved, to_end, ibis.null("float64")),
        is_answered=rows.replied_at.notnull(),
        is_resolved=resolved.fill_null(False),
        is_within=(rows.replied_at.notnull() & (worked <= target)).fill_null(False),
        is_conversation=ibis.literal(1),
    )


def comment_service(store, zone, *, version=None):
    """One row per comment that a person wrote: whether and when the brand answered or acted.

    at, date_day: local; replied_at: the first answer below it; reply_minutes as in
    `conversations`; handled_minutes: wall clock until a moderator acted; is_replied, is_handled.
    """
    comments = store.table("comments", version)
    comments = comments.mutate(at=local_time(comments.created_timestamp, zone))
    owner = comments.is_owner.fill_null(False)
    replies = comments.filter(owner & comments.parent_comment_id.notnull())
    replies = replies.group_by(["platform", "parent_comment_id"]).aggregate(
        replied_at=replies.at.min(),
        reply_text=replies.text.argmin(replies.at),
    )
    people = comments.filter(~owner)
    rows = people.left_join(
        replies,
        [people.platform == replies.platform, people.comment_id == replies.parent_comment_id],
    ).select(people, replies.replied_at, replies.reply_text)
    clock = _clock(_settings(store))
    worked = clock(rows.replied_at) - clock(rows.at)
    handled = local_time(rows.handled_at, zone)
    wall = _minutes(rows.at, rows.replied_at)
    return rows.mutate(
        date_day=rows.at.date(),
        handled_at=handled,
        handled_minutes=_minutes(rows.at, handled),
        reply_minutes=ibis.ifelse(worked > 0, worked, wall),
        is_replied=rows.replied_at.notnull(),
        is_handled=handled.notnull() | rows.is_hidden.fill_null(False),
        is_comment=ibis.literal(1),
    )


def tickets(store, zone, *, version=None):
    """One row per complaint: received, acknowledged, solved, reopened, hours to its solution.

    is_within: solved within `complaint_hours` of workbook.toml and not reopened. Hours are by the
    wall clock; times local.
    """
    rows = store.table("tickets", version)
    target = float(_settings(store).thresholds["complaint_hours"])
    times = ("received_at", "acknowledged_at", "solved_at", "reopened_at")
    rows = rows.mutate(date_day=local_day(rows.received_at, zone))
    rows = rows.mutate(**{name: local_time(rows[name], zone) for name in times})
    hours = _minutes(rows.received_at, rows.solved_at) / 60
    return rows.mutate(
        solution_hours=hours,
        is_acknowledged=rows.acknowledged_at.notnull(),
        is_solved=rows.solved_at.notnull(),
        is_reopened=rows.reopened_at.notnull(),
        is_within=((hours <= target) & rows.reopened_at.isnull()).fill_null(False),
        is_ticket=ibis.literal(1),
    )


def contacts(store, zone, *, version=None):
    """One row per time someone turned to the brand: comment, conversation or complaint."""
    keep = ("platform", "account_id", "date_day")
    parts = []
    for build, is_complaint in ((comment_service, 0), (conversations, 0), (tickets, 1)):
        rows = build(store, zone, version=version)
        parts.append(rows.select(*keep, is_complaint=ibis.literal(is_complaint)))
    return reduce(lambda a, b: a.union(b), parts).mutate(is_contact=ibis.literal(1))


def _settings(store):
    return config.settings(config.home_of(store.path))


def _clock(settings):
    """A function: local time column -> working minutes since 1970, by the desk's hours.

    The same clock as opsbook.methods.response_clock, for whole tables in the engine.
    """
    about = settings.working_hours
    start, end = (_minute(about[name], settings) for name in ("start", "end"))
    days = sorted({int(d) for d in about["days"]})
    length = float(end - start)
    # explicit days off and on, such as holidays; weekdays that change nothing are left out
    closed = [d for d in map(_date, about.get("closed", ())) if d.weekday() in days]
    opened = [d for d in map(_date, about.get("opened", ())) if d.weekday() not in days]
    closed = [d for d in closed if d not in set(opened)]

    def worked(times):
        day = times.date()
        since = day.delta(ibis.literal(_MONDAY), unit="day")
        weekday = since % 7
        before = (since - weekday) / 7 * len(days)
        before += sum(((weekday > d).cast("int64") for d in days), ibis.literal(0))
        for off, sign in [(d, -1) for d in closed] + [(d, 1) for d in opened]:
            before += sign * (day > ibis.literal(off)).cast("int64")
        is_open = weekday.isin(days)
        if closed:
            is_open &= ~day.isin(closed)
        if opened:
            is_open |= day.isin(opened)
        minute = times.hour() * 60 + times.minute() + times.second().cast("float64") / 60
        inside = (minute - start).clip(0, length)
        return before * length + ibis.ifelse(is_open, inside, 0.0)

    return worked


def _minutes(first, last):
    return (last.epoch_seconds() - first.epoch_seconds()).cast("float64") / 60


def _minute(text, settings):
    try:
        hour, minute = (int(part) for part in str(text).split(":"))
    except ValueError:
        file = settings.data / "workbook.toml"
        raise ConfigError(
            file, "workbook.working_hours", f"{text} is not a time such as 09:00."
        ) from None
    return hour * 60 + minute


def _date(value):
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
