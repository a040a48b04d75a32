"""Triage and compliance of a million comments against snownlp on a sample.

The texts are the real shop reviews of OPSBOOK_REAL_DATA, over and over; without it the sample's.
"""

import os
import time
from pathlib import Path

import pandas as pd

from bench.timing import Figure

COUNT = int(os.environ.get("OPSBOOK_BENCH_TEXTS", "1000000"))
SAMPLE = 400


def figures():
    """Seconds for a million comments, and processor time of a text beside the peer's on a sample.

    The ratio is of processor time, which neighbours on the machine stretch less than seconds.
    """
    from opsbook.methods import compliance
    from opsbook.methods import text as tone

    pool, whose = texts()
    rows = [pool[i % len(pool)] + str(i % 977) for i in range(COUNT)]
    tone.triage(rows[:10]), compliance.check_many(rows[:10])  # word lists and model are read once
    start, worked = time.perf_counter(), time.process_time()
    for first in range(0, COUNT, 100_000):
        part = rows[first : first + 100_000]
        tone.triage(part)
        compliance.check_many(part)
    seconds = (time.perf_counter() - start) / COUNT * 1e6
    ours = 1000 * (time.process_time() - worked) / COUNT
    yield Figure("triage and compliance of 1 million comments", seconds, target="under 300 s",
                 holds=seconds < 300, note=f"{whose}; {COUNT:,} texts")  # fmt: skip
    try:
        from snownlp import SnowNLP
    except ImportError:
        peer, note = None, "snownlp is not installed: pip install snownlp"
    else:
        worked = time.process_time()
        for text in rows[:: COUNT // SAMPLE][:SAMPLE]:
            _ = SnowNLP(text).sentiments
        peer = 1000 * (time.process_time() - worked) / SAMPLE
        note = f"{whose}; snownlp on {SAMPLE} texts spread over them"
    yield Figure("triage and compliance of one comment, processor time", ours, unit="ms",
                 peer="snownlp, sentiment only", peer_figure=peer, target="100 times faster",
                 holds=None if peer is None else peer / ours >= 100, note=note)  # fmt: skip


def texts():
    """(texts, whose they are): real shop reviews where they are at hand, else the sample's wordings."""
    folder = os.environ.get("OPSBOOK_REAL_DATA")
    if folder:
        frame = pd.read_csv(Path(folder, "text", "shop_reviews_zh.csv"))
        found = frame["review"].dropna().astype(str).tolist()
        return found, f"shop reviews of {sum(map(len, found)) / len(found):.0f} characters"
    from opsbook.data.sample import texts as pools

    found = wordings(pools)
    return found, f"the sample's wordings of {sum(map(len, found)) / len(found):.0f} characters"


def wordings(pools):
    """Different wordings out of the sample's pools."""
    found = []
    for value in vars(pools).values():
        stack = [value]
        while stack:
            item = stack.pop()
            if isinstance(item, str) and len(item) > 6:
                found.append(item)
            elif isinstance(item, dict):
                stack += list(item.values())
            elif isinstance(item, (list, tuple)):
                stack += list(item)
    return sorted(set(found))
