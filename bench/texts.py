"""Triage and compliance of a million comments against snownlp on a sample.

The texts are the real shop reviews of OPSBOOK_REAL_DATA, over and over; without it the sample's.
"""

import os
import time
from pathlib import Path

import pandas as pd

from bench.timing import Figure

COUNT = 1_000_000
SAMPLE = 400


def figures():
    """Seconds for a million comments; the peer's are extrapolated from a sample."""
    from opsbook.methods import compliance
    from opsbook.methods import text as tone

    pool, whose = texts()
    rows = [pool[i % len(pool)] + str(i % 977) for i in range(COUNT)]
    start = time.perf_counter()
    for first in range(0, COUNT, 100_000):
        part = rows[first : first + 100_000]
        tone.triage(part)
        compliance.check_many(part)
    ours = time.perf_counter() - start
    try:
        from snownlp import SnowNLP

        start = time.perf_counter()
        for text in rows[:SAMPLE]:
            _ = SnowNLP(text).sentiments
        peer = (time.perf_counter() - start) / SAMPLE * COUNT
        note = f"{whose}; snownlp extrapolated from {SAMPLE} texts"
    except ImportError:
        peer, note = None, "snownlp is not installed: pip install snownlp"
    holds = ours < 300 and (peer is None or peer / ours >= 100)
    yield Figure("triage and compliance of 1 million comments", ours, peer="snownlp, sentiment only",
                 peer_figure=peer, target="under 300 s and 100 times faster", holds=holds, note=note)  # fmt: skip


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
