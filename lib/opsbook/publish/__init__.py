"""Notebooks in; reports, dashboards, schedules and hand-overs out."""
