"""Four weeks of the ten chapters in one command, on two workers with real PostgreSQL and Redis."""

import re

import pytest

from opsbook.publish import manifest

from . import services

pytestmark = pytest.mark.system
SOURCES = "xiaohongshu@* meta_ads@* shopify@* forms"  # every chapter finds data, in less time
WEEKS = ("2026-W41", "2026-W42", "2026-W43", "2026-W44")


def test_four_weeks_of_ten_chapters_are_made_by_two_workers(tmp_path):
    home = services.sample_home(tmp_path / "brand", at_once=2, scale=0.05, sources=SOURCES)
    with services.engine() as more:
        _, logs = services.range_of_weeks(home, more, "2026-10-05", "2026-11-01", workers=2)
    folders = {p.parent for p in (home / "reports").glob("[!.]*/*/*/manifest.json")}
    assert folders == {home / "reports" / week / "en" / "weekly" for week in WEEKS}
    for folder in folders:
        made = manifest.load(folder)
        # the report takes every chapter that a worker made, and makes none itself
        assert {n: c.state for n, c in made.chapters.items()} == dict.fromkeys(
            range(1, 11), "cached"
        )
        for chapter in made.chapters.values():
            assert (folder / chapter.files["html"]).stat().st_size > 10_000
    shares = [len(re.findall("execute_plan.*succeeded", log)) for log in logs]
    assert sum(shares) == 4 * (10 + 2)  # chapters, report, its check
    assert min(shares) >= 4, shares
    assert services.family(home) == []
