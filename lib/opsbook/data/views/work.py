"""Working hours: what tasks take, by role and week, and what the team has."""

from opsbook.data.views.days import local_day


def task_hours(store, zone, *, version=None):
    """One row per task: role, week (its Monday), hours and whether they are spent.

    Hours of a finished task are the minutes spent, in the week it was done; of an open one its
    estimate, in the week it is due. Dropped tasks are left out. Roles missing on a task are the
    assignee's.
    """
    tasks = store.table("tasks", version)
    tasks = tasks.filter(tasks.status.fill_null("todo") != "dropped")
    team = store.table("team", version)
    roles = team.group_by("person_key").aggregate(own_role=team.role.min())
    tasks = tasks.left_join(roles, tasks.assignee == roles.person_key)
    done = tasks.done_at.notnull()
    spent = tasks.minutes_spent.cast("float64") / 60
    day = local_day(tasks.done_at.fill_null(tasks.due_at).fill_null(tasks.created_at), zone)
    return tasks.select(
        "task_id",
        role=tasks.role.fill_null(tasks.own_role),
        week=day.truncate("W"),
        is_done=done,
        hours=done.ifelse(
            spent.fill_null(tasks.estimate_h.cast("float64")), tasks.estimate_h.cast("float64")
        ).fill_null(0.0),
        campaign_id=tasks.campaign_id,
    )


def capacity(store, zone, *, version=None):
    """One row per role: people at work and their hours a week."""
    team = store.table("team", version)
    team = team.filter(team.ended_at.isnull())
    return team.group_by("role").aggregate(
        people=team.person_key.nunique(), hours_per_week=team.hours_per_week.cast("float64").sum()
    )
