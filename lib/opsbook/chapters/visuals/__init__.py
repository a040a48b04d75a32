"""Chapter 4: avatars, covers, pictures, videos and live sessions, measured file by file."""

from opsbook.chapters.visuals.images import images, repeated_text, reuse, rights
from opsbook.chapters.visuals.live import curve, plan_elements, rundown, segments, session
from opsbook.chapters.visuals.profile import avatars, covers, failures, pictures
from opsbook.chapters.visuals.standard import (
    compliance,
    hashtag_rules,
    hashtags,
    palette,
    standard,
)
from opsbook.chapters.visuals.video import drops, retention, videos

__all__ = [
    "avatars", "compliance", "covers", "curve", "drops", "failures", "hashtag_rules", "hashtags",
    "images", "palette", "pictures", "plan_elements", "repeated_text", "retention", "reuse",
    "rights", "rundown", "segments", "session", "standard", "videos",
]  # fmt: skip
