"""A year of weekly reports on two workers, against one: time, and how much faster."""

import os
import tempfile
from datetime import date, timedelta
from pathlib import Path

from tests.schedule import services

from bench.timing import Figure

LAST = date(2026, 11, 15)  # a Sunday within the sample
ALONE_WEEKS = 4  # one worker's pace is taken from these


def figures(weeks=None):
    """Seconds for 52 weeks x 10 chapters on two workers, and the speed-up over one by pace.

    OPSBOOK_BENCH_WEEKS: fewer weeks; the line says how many were made.
    """
    weeks = weeks or int(os.environ.get("OPSBOOK_BENCH_WEEKS", "52"))
    alone = min(weeks, ALONE_WEEKS)
    two, one = _seconds(weeks, workers=2), _seconds(alone, workers=1)
    yield Figure(
        what=f"{weeks} weeks x 10 chapters, two workers",
        ours=two,
        peer=f"one worker, {alone} weeks, scaled to {weeks}",
        peer_figure=one * weeks / alone,
        note=f"{two / weeks:.1f} s a week on two workers, {one / alone:.1f} s on one",
    )


def _seconds(weeks, workers):
    with tempfile.TemporaryDirectory(prefix="opsbook-bench-") as folder:
        home = services.sample_home(Path(folder) / "brand", at_once=workers, scale=1.0)
        first = LAST - timedelta(weeks=weeks) + timedelta(days=1)
        with services.engine() as more:
            return services.range_of_weeks(home, more, f"{first}", f"{LAST}", workers)[0]
