"""Chapter 2: what to post, how to write it, when and how often, and what the last posts showed."""

from opsbook.chapters.content.calendar import calendar, calendar_days, unmet
from opsbook.chapters.content.drafts import check_draft, example_draft, expected_range_score
from opsbook.chapters.content.features import body_structure, features, title_length
from opsbook.chapters.content.frequency import frequency, frequency_curve, quotas
from opsbook.chapters.content.planning import audience, labelled_share, theme_conversion, themes
from opsbook.chapters.content.review import (
    against_competitors,
    feedback,
    formats,
    outliers,
    post_indicators,
    retrospective,
    share_of_voice,
)
from opsbook.chapters.content.timing import (
    active_hours,
    aligned_slots,
    best_slots,
    held_out,
    slot_map,
)

__all__ = [
    "active_hours",
    "against_competitors",
    "aligned_slots",
    "audience",
    "best_slots",
    "body_structure",
    "calendar",
    "calendar_days",
    "check_draft",
    "example_draft",
    "expected_range_score",
    "features",
    "feedback",
    "formats",
    "frequency",
    "frequency_curve",
    "held_out",
    "labelled_share",
    "outliers",
    "post_indicators",
    "quotas",
    "retrospective",
    "share_of_voice",
    "slot_map",
    "theme_conversion",
    "themes",
    "title_length",
    "unmet",
]
