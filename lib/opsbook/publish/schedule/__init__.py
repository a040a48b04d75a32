"""Chapters by calendar: what is due (pure), doing it, and the same under Dagster (an extra)."""
