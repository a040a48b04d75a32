"""A small workbook whose every figure follows from its id, so that a loss or a mix-up shows."""

import csv
import os
from pathlib import Path

from tests.faults.hostile_files import X
from tests.publish.conftest import make_home

ROWS = 20  # posts of one export
DAYS = "Fri, Nov 14, 2025"


def make(folder):
    """A workbook with one chapter, which reads no store, and an empty inbox."""
    home = make_home(Path(folder), 6)
    (home / "data" / "inbox" / "x@tea").mkdir(parents=True)
    return home


def export(folder, number):
    """An export of ROWS posts, as a new file; the same number is the same content."""
    path = Path(folder, "x@tea", f"account_analytics_content_2025-11-01_2025-11-14_{number}.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}")
    with open(aside, "w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(X.split(","))
        for post in ids(number):
            rows.writerow([post, DAYS, f"Tea {post}", f"https://x.com/tea/status/{post}", impressions(post), *["1"] * 12])  # fmt: skip
    aside.replace(path)
    return path


def ids(number):
    """The post ids of an export."""
    return [f"18915641{number:06d}{place:05d}" for place in range(1, ROWS + 1)]


def number_of(post):
    """The export that a post came in with."""
    return int(post[8:14])


def impressions(post):
    """The figure of a post: it follows from its id."""
    return int(post) % 99991 + 10


def faults(store, version=None):
    """What is wrong with the posts of a store: half exports, doubles, other figures."""
    frame = store.frame("post_daily", version)
    posts = store.frame("posts", version)
    found = []
    for name, one in (("posts", posts), ("post_daily", frame)):
        if one["post_id"].duplicated().any():
            found.append(f"{name}: a post is there twice")
        counts = one["post_id"].map(number_of).value_counts()
        found += [f"{name}: {n} of {ROWS} rows of export {i}" for i, n in counts.items() if n != ROWS]  # fmt: skip
    if set(posts["post_id"]) != set(frame["post_id"]):
        found.append("posts and post_daily hold different posts")
    wrong = frame[frame["impressions"] != frame["post_id"].map(impressions)]
    found += [f"{post}: another figure" for post in wrong["post_id"].head(3)]
    return found
