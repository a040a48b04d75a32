"""Chapter 9: who does what, how work flows, and what people can do and should learn."""

from opsbook.chapters.team.flow import (
    ageing,
    by_process,
    channels,
    handover,
    lead_time,
    overdue,
    process_steps,
    throughput,
)
from opsbook.chapters.team.roles import by_role, raci, raci_cells, single_points, workload
from opsbook.chapters.team.training import attendance, effect, gaps, plan, skill_matrix

__all__ = [
    "ageing",
    "attendance",
    "by_process",
    "by_role",
    "channels",
    "effect",
    "gaps",
    "handover",
    "lead_time",
    "overdue",
    "plan",
    "process_steps",
    "raci",
    "raci_cells",
    "single_points",
    "skill_matrix",
    "throughput",
    "workload",
]
