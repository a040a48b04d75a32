"""A fictional brand with planted truth, written in the platforms' own layouts."""

from opsbook.data.sample.build import Sample, generate

__all__ = ["Sample", "generate"]
