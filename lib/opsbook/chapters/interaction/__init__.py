"""Chapter 3: what people say, how fast and how well the brand answers, and who comes back."""

from opsbook.chapters.interaction.community import (
    activity,
    contributors,
    lorenz,
    offenders,
    rule_violations,
)
from opsbook.chapters.interaction.complaints import (
    breaches,
    causes,
    causes_by_time,
    funnel,
    satisfaction,
    solution_times,
    time_to_solution,
)
from opsbook.chapters.interaction.messages import (
    asked,
    faq,
    late_hours,
    private_data,
    response,
    wordings,
)
from opsbook.chapters.interaction.moderation import (
    correct,
    corrected,
    featured,
    quality,
    queue,
    triage,
    violations,
)
from opsbook.chapters.interaction.planning import events, invitations, topics
from opsbook.chapters.interaction.questions import (
    asked_again,
    contradictions,
    open_by_topic,
    open_questions,
    promise_count,
    promises,
    unanswered,
)
from opsbook.chapters.interaction.remedies import fix_days, fix_weeks, fixes
from opsbook.chapters.interaction.strategy import (
    coverage,
    observable,
    returns,
    sentiment,
    sentiment_by_platform,
)
from opsbook.chapters.interaction.waiting import to_reply

__all__ = [
    "activity",
    "asked",
    "asked_again",
    "breaches",
    "causes",
    "causes_by_time",
    "contradictions",
    "contributors",
    "correct",
    "corrected",
    "coverage",
    "events",
    "faq",
    "featured",
    "fix_days",
    "fix_weeks",
    "fixes",
    "funnel",
    "invitations",
    "late_hours",
    "lorenz",
    "observable",
    "offenders",
    "open_by_topic",
    "open_questions",
    "private_data",
    "promise_count",
    "promises",
    "quality",
    "queue",
    "response",
    "returns",
    "rule_violations",
    "satisfaction",
    "sentiment",
    "sentiment_by_platform",
    "solution_times",
    "time_to_solution",
    "to_reply",
    "topics",
    "triage",
    "unanswered",
    "violations",
    "wordings",
]
