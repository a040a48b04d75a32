"""Tone, triage and question groups of short texts, Chinese and English, without a download."""

from .moderation import triage
from .polarity import sentiment
from .questions import Groups, group_questions

__all__ = ["Groups", "group_questions", "sentiment", "triage"]
