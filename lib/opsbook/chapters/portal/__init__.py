"""The index: headline figures of every chapter, open findings, data freshness, today per person."""

from opsbook.chapters.portal.attention import attention, today
from opsbook.chapters.portal.headlines import freshness, headlines, trend

__all__ = ["attention", "freshness", "headlines", "today", "trend"]
