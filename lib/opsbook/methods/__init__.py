"""Statistics and text methods: frames in, frames out; they know no chapter, file or chart."""

from importlib import import_module

__all__ = [
    "adjusted",
    "bursts",
    "cascade",
    "compliance",
    "decay",
    "decomposition",
    "experiments",
    "expected_range",
    "fatigue",
    "forecast",
    "frequency",
    "images",
    "level_shift",
    "lift",
    "limits",
    "pooling",
    "posting_time",
    "post_plan",
    "post_features",
    "privacy",
    "ratios",
    "response",
    "response_clock",
    "retention",
    "robust",
    "text",
    "videos",
]


def __getattr__(name):
    """Import a method's module when it is first named, so that importing opsbook stays cheap."""
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
