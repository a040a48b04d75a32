"""Chapter 6: what ads cost and earn, which parts of them earn it, and where money should move."""

from opsbook.chapters.ads.ab_tests import plan_test, tests
from opsbook.chapters.ads.creative import (
    assets,
    call_to_action,
    copy_check,
    elements,
    fatigue,
    wear_curve,
)
from opsbook.chapters.ads.delivery import breakdown, by_type, date_effects
from opsbook.chapters.ads.effect import (
    after_click,
    against_shop,
    daily,
    effect,
    overview,
    reconciliation,
)
from opsbook.chapters.ads.optimise import (
    alerts,
    pause_or_refresh,
    points,
    reallocation,
    response,
    shifts,
)

__all__ = [
    "after_click",
    "against_shop",
    "alerts",
    "assets",
    "breakdown",
    "by_type",
    "call_to_action",
    "copy_check",
    "daily",
    "date_effects",
    "effect",
    "elements",
    "fatigue",
    "overview",
    "pause_or_refresh",
    "plan_test",
    "points",
    "reallocation",
    "reconciliation",
    "response",
    "shifts",
    "tests",
    "wear_curve",
]
