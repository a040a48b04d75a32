"""Posts with their figures and labels."""

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


def post_metrics(store, zone, *, version=None, max_age=None, as_of=None):
    """One row per post: its newest figures at an age of at most `max_age` days.

    Cumulative snapshots are taken as they are, newest not-missing value first; daily and period
    rows are summed. Where a post has both, the cumulative figure wins. `interactions` is the sum
    of likes, comments, shares, saves and reposts that the platform reports, or its own sum where
    it gives no parts. `date_day` is the local day of publication, `at` its local time,
    `measured_age` the age in days of the figures. `as_of` leaves out figures after that day.
    """
    posts = store.table("posts", version)
    daily = store.table("post_daily", version)
    posts = posts.mutate(
        at=local_time(posts.created_timestamp, zone),
        date_day=local_day(posts.created_timestamp, zone),
    )
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
