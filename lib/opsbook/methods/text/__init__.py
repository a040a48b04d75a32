"""Tone, triage and question groups of short texts, Chinese and English, without a download."""

from .moderation import triage
from .polarity import sentiment

__all__ = ["sentiment", "triage"]
