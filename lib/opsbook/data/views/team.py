"""Tasks and courses as rows that indicators count."""

from opsbook.data.views.days import local_day


def task_flow(store, zone, *, version=None):
    """One row per finished task by the day it was done: lead_h, is_on_time (due tasks only)."""
    tasks = store.table("tasks", version)
    tasks = tasks.filter(tasks.done_at.notnull() & (tasks.status.fill_null("done") != "dropped"))
    seconds = tasks.done_at.delta(tasks.created_at, unit="second").cast("float64")
    return tasks.mutate(
        date_day=local_day(tasks.done_at, zone),
        lead_h=seconds / 3600,
        is_on_time=(tasks.done_at <= tasks.due_at).cast("float64"),
    )


def course_places(store, zone, *, version=None):
    """One row per person and course held: date_day, is_attended, gain in score."""
    rows = store.table("training", version)
    rows = rows.filter(rows.attended.notnull())
    return rows.mutate(
        date_day=rows.held_at.fill_null(rows.planned_at),
        is_attended=rows.attended.cast("float64"),
        score_gain=rows.score_after.cast("float64") - rows.score_before.cast("float64"),
    )
