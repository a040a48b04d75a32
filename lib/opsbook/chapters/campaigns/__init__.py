"""Chapter 5: campaigns - can the goal be seen, is the plan whole, does it run to plan, what did it add."""

from opsbook.chapters.campaigns.effect import (
    by_type,
    counterfactual,
    effect,
    factors,
    goal_result,
    placebo,
    second_opinion,
)
from opsbook.chapters.campaigns.pace import pace_check, pacing, shift
from opsbook.chapters.campaigns.partners import fake_check, partners
from opsbook.chapters.campaigns.planning import competing, goals, platforms, rules, themes
from opsbook.chapters.campaigns.resources import (
    allocation,
    allocation_points,
    incentives,
    people_load,
    response,
)
from opsbook.chapters.campaigns.review import (
    actions,
    collection,
    funnel,
    funnel_rates,
    library,
    summary,
)
from opsbook.chapters.campaigns.rows import campaigns, focus, lines
from opsbook.chapters.campaigns.running import assets, own_posts, plan, replies

__all__ = [
    "actions", "allocation", "allocation_points", "assets", "by_type", "campaigns", "collection",
    "competing", "counterfactual", "effect", "factors", "fake_check", "focus", "funnel",
    "funnel_rates", "goal_result", "goals", "incentives", "library", "lines", "own_posts", "pace_check",
    "pacing", "partners", "people_load", "placebo", "plan", "platforms", "replies", "response",
    "rules", "second_opinion", "shift", "summary", "themes",
]  # fmt: skip
