"""The index: headline figures of every chapter, open findings, data freshness, today per person."""

from opsbook.chapters.portal.attention import attention, today
from opsbook.chapters.portal.headlines import by_week, freshness, headlines, trend

__all__ = ["attention", "by_week", "freshness", "headlines", "today", "trend"]
