"""Chapter 7: indicators - what changed and why, the registry, hand-over, decisions, levers."""

from opsbook.chapters.indicators.decisions import decision_log, outcomes
from opsbook.chapters.indicators.explaining import explanations, shifts
from opsbook.chapters.indicators.handover import data_model, files, outline, summary, wall
from opsbook.chapters.indicators.levers import levers, levers_shown
from opsbook.chapters.indicators.overview import (
    change,
    course,
    decompose,
    drivers,
    headlines,
    organic,
    sales,
    shown,
    waterfall,
)
from opsbook.chapters.indicators.system import (
    cascades,
    family,
    interaction_rates,
    key_nodes,
    regions,
    registry,
    registry_shown,
    tree,
)
from opsbook.chapters.indicators.targets import against_targets, targets_shown

__all__ = [
    "against_targets",
    "cascades",
    "change",
    "course",
    "data_model",
    "decision_log",
    "decompose",
    "drivers",
    "explanations",
    "family",
    "files",
    "headlines",
    "interaction_rates",
    "key_nodes",
    "levers",
    "levers_shown",
    "organic",
    "outcomes",
    "outline",
    "regions",
    "registry",
    "registry_shown",
    "sales",
    "shifts",
    "shown",
    "summary",
    "targets_shown",
    "tree",
    "wall",
    "waterfall",
]
