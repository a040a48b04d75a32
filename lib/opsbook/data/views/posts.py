"""Posts with their figures and labels."""

import datetime as dt

import ibis

from opsbook.data import schema
from opsbook.data.views.days import local_day, local_time

METRICS = (
    "impressions views reach clicks link_clicks likes comments shares saves reposts danmaku coins"
    " engagements follows unfollows profile_visits orders gmv watch_time_s spend"
).split()
RATES = "completion_rate rate_5s bounce_2s cover_ctr avg_watch_s".split()
INTERACTIONS = ("likes", "comments", "shares", "saves", "reposts")
POST = ("platform", "account_id", "post_id")


def post_metrics(store, zone, *, version=None, max_age=None, as_of=None, span=None, equal_age=None):
    """One row per post: its newest figures at an age of at most `max_age` days.

    Cumulative snapshots are taken as they are, newest not-missing value first; daily and period
    rows are summed. Where a post has both, the cumulative figure wins. `interactions` is the sum
    of likes, comments, shares, saves and reposts that the platform reports, or its own sum where
    it gives no parts. `date_day` is the local day of publication, `at` its local time,
    `measured_age` the age in days of the figures. `as_of` leaves out figures after that day.
    `span` (a Period): only posts published in it, and only their figures are read. `equal_age`:
    see `equal_age_posts`.
    """
    if equal_age is not None:
        return equal_age_posts(store, zone, equal_age, version=version, span=span)
    version = store.version if version is None else version
    # Rows in memory are made once, of every day, and cut to the days asked for.
    read = None if span is not None and store.holds(("posts", "post_daily"), version) else span
    key = ("post_metrics", zone, version, max_age, str(as_of), read and (read.start, read.end))
    rows = store.prepared(key, lambda: _figures(store, zone, version, max_age, as_of, read))
    return rows if read is span else rows.filter(rows.date_day.between(span.start, span.end))


def _figures(store, zone, version, max_age, as_of, span):
    posts = store.table("posts", version)
    daily = store.table("post_daily", version)
    posts = posts.mutate(
        at=local_time(posts.created_timestamp, zone),
        date_day=local_day(posts.created_timestamp, zone),
    )
    if span is not None:
        posts = posts.filter(
            (posts.date_day >= ibis.literal(span.start))
            & (posts.date_day <= ibis.literal(span.end))
        )
        # figures are not older than their post (a day is left for zones): files prune by this date
        first = ibis.literal(span.start - dt.timedelta(days=1))
        daily = daily.filter(daily.as_of_date >= first).semi_join(posts, POST)
    if as_of is not None:
        daily = daily.filter(daily.as_of_date <= ibis.literal(as_of))
        posts = posts.filter(posts.date_day <= ibis.literal(as_of))
    if max_age is not None:
        born = posts.select(*POST, born=posts.date_day)
        daily = daily.inner_join(born, POST)
        daily = daily.filter(
            daily.as_of_date.cast("timestamp")
            <= daily.born.cast("timestamp") + ibis.interval(days=max_age)
        )
    numbers = {m: daily[m].cast("float64") for m in METRICS + RATES}
    daily = daily.mutate(**numbers)
    held = daily.filter(daily.basis == "cumulative")
    cumulative = held.group_by(*POST).aggregate(
        **{f"{m}_held": held[m].argmax(held.as_of_date) for m in METRICS + RATES},
        as_of_held=held.as_of_date.max(),
    )
    flow = daily.filter(daily.basis != "cumulative")
    summed = flow.group_by(*POST).aggregate(
        **{f"{m}_flow": flow[m].sum() for m in METRICS},
        **{f"{m}_flow": flow[m].mean() for m in RATES},
        as_of_flow=flow.as_of_date.max(),
    )
    joined = posts.left_join(cumulative, POST).drop(*(f"{k}_right" for k in POST))
    joined = joined.left_join(summed, POST).drop(*(f"{k}_right" for k in POST))
    joined = joined.mutate(
        **{m: ibis.coalesce(joined[f"{m}_held"], joined[f"{m}_flow"]) for m in METRICS + RATES},
        measured_on=ibis.coalesce(joined.as_of_held, joined.as_of_flow),
    )
    parts = [joined[m] for m in INTERACTIONS]
    total = sum((p.fill_null(0) for p in parts[1:]), parts[0].fill_null(0))
    any_part = ibis.coalesce(*parts)
    joined = joined.mutate(
        interactions=ibis.ifelse(any_part.notnull(), total, joined.engagements),
        measured_age=joined.measured_on.delta(joined.date_day, unit="day"),
    )
    keep = [*schema.table("posts").columns, "at", "date_day", "measured_on", "measured_age"]
    return joined.select(*keep, *METRICS, *RATES, "interactions")


def equal_age_posts(store, zone, age, *, version=None, span=None):
    """One row per post with its figures at `age` days, where a snapshot near that age exists.

    Near: at most two days younger. Other posts keep their newest figures. Adds `is_preliminary`:
    the figures are younger than `age`, and still grow.
    """
    whole = post_metrics(store, zone, version=version, span=span)
    early = post_metrics(store, zone, version=version, span=span, max_age=age)
    early = early.filter(early.measured_age >= age - 2)
    figures = [*METRICS, *RATES, "interactions", "measured_on", "measured_age"]
    early = early.select(
        *POST, is_near=ibis.literal(True), **{f"{f}_near": early[f] for f in figures}
    )
    joined = whole.left_join(early, POST).drop(*(f"{k}_right" for k in POST))
    near = joined.is_near.fill_null(False)
    joined = joined.mutate(
        **{
            f: ibis.ifelse(near & joined[f"{f}_near"].notnull(), joined[f"{f}_near"], joined[f])
            for f in figures
        },
        is_preliminary=(joined.measured_age < age).fill_null(False) & ~near,
    )
    return joined.select(*whole.columns, "is_preliminary")


def labelled(store, kind, *, version=None):
    """One row per post: its label of a kind; a person's label wins over model and rule."""
    labels = store.table("post_labels", version)
    labels = labels.filter(labels.kind == kind)
    rank = labels.labelled_by.cases(("rule", 2), ("model", 1), else_=0)
    labels = labels.mutate(rank=rank)
    first = labels.group_by(*POST).aggregate(
        label=labels.label.argmin(labels.rank), labelled_by=labels.labelled_by.argmin(labels.rank)
    )
    return first
