"""Statistics and text methods: frames in, frames out; they know no chapter, file or chart."""

from importlib import import_module

__all__ = [
    "accrual",
    "adjusted",
    "before_after",
    "bursts",
    "cascade",
    "cohort_effects",
    "compliance",
    "concentration",
    "decay",
    "decomposition",
    "expected_range",
    "experiments",
    "explore",
    "fatigue",
    "forecast",
    "frequency",
    "images",
    "lead_lag",
    "level_shift",
    "lift",
    "limits",
    "orders_ahead",
    "pooling",
    "portfolio",
    "post_features",
    "post_limits",
    "post_plan",
    "posting_time",
    "presence",
    "privacy",
    "ratios",
    "response",
    "response_clock",
    "retention",
    "rising",
    "robust",
    "segments",
    "text",
    "videos",
    "weighted_ranking",
]


def __getattr__(name):
    """Import a method's module when it is first named, so that importing opsbook stays cheap."""
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
