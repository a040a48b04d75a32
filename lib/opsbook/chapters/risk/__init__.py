"""Chapter 8: what may go wrong, what just did, how it was answered, and what the law asks."""

from opsbook.chapters.risk.compliance import by_law, checklist, scan, scan_coverage
from opsbook.chapters.risk.crisis import (
    after_action,
    half_lives,
    newest_crisis,
    timeline,
    volume,
)
from opsbook.chapters.risk.detectors import (
    alarms,
    credentials,
    events,
    exports,
    operations,
    private_data,
)
from opsbook.chapters.risk.following import coverage, missing_people, review_calendar, sign_offs
from opsbook.chapters.risk.opinion import bursts, negative_days, replay
from opsbook.chapters.risk.response import drills, plans, response_times, stages
from opsbook.chapters.risk.risks import (
    families,
    matrix,
    proposals,
    register,
    trend,
)

__all__ = [
    "after_action",
    "alarms",
    "bursts",
    "by_law",
    "checklist",
    "coverage",
    "credentials",
    "drills",
    "events",
    "exports",
    "families",
    "half_lives",
    "matrix",
    "missing_people",
    "negative_days",
    "newest_crisis",
    "operations",
    "plans",
    "private_data",
    "proposals",
    "register",
    "replay",
    "response_times",
    "review_calendar",
    "scan",
    "scan_coverage",
    "sign_offs",
    "stages",
    "timeline",
    "trend",
    "volume",
]
