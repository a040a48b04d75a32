"""Rules of chapter 7: headlines, cascades, targets, decisions, levers."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from opsbook.chapters import indicators
from opsbook.chapters.indicators.rows import HEADLINES

from .case import Case, Given, both, rows

DAY = pd.date_range("2026-01-05", "2026-11-15")
NOISE = 1 + 0.05 * np.sin(np.arange(len(DAY)) * 1.7)


def days(name, level, account="a"):
    """A figure of one account by day."""
    return pd.DataFrame({"date_day": DAY, "numerator": level * NOISE}).assign(
        indicator=name, platform="weibo", account_id=account, account=f"Weibo · {account}", denominator=1.0
    )  # fmt: skip


def followers(week):
    """Fifty followers gained a day, and so many in the week of the period."""
    late = DAY >= "2026-11-09"
    return {"daily": days("net_followers", np.where(late, week, 50.0))}


def stepped(before, after):
    """Followers gained, stepping from one level to another in June."""
    level = np.where(DAY < "2026-06-15", before, after)
    frame = days("new_followers", level)
    return {"daily:('new_followers', 'net_followers')": frame}


def cascade(below):
    """A post reposted a hundred times, `below` of them under one person's repost."""
    nodes = rows(
        "node depth descendants share", ("root", 0, 100, 1.0), ("r1", 1, below, below / 100)
    )
    found = SimpleNamespace(nodes=nodes, summary={"size": 101})
    edges = rows("repost_id person_key author_followers", ("r1", "p1aaaaaaaaaaaa", 900.0))
    return {"cascades": ({("weibo", "p"): found}, edges)}


def target(value):
    """A thousand followers wanted in the week, and the number gained a day."""
    wanted = rows("indicator target", ("net_followers", 1000.0), platform="all", account_id="all", period="2026-W46",
                  owner="content")  # fmt: skip
    return Given(indicators.against_targets, frames={"targets": wanted},
                 known={"daily:('net_followers',)": days("net_followers", value)})  # fmt: skip


def logged(state):
    """A decision that was due in October."""
    log = rows("decision_id decided_at decision due", ("d1", "2026-09-01", "Reply at weekends", "2026-10-15"),
               owner="community", indicator="net_followers", state=state)  # fmt: skip
    return {"decisions": log}


def decided(after, wanted=0.3):
    """A decision of August for one account: its followers a day before it, and after; another's stay."""
    level = np.where(DAY < "2026-08-10", 50.0, after)
    frame = pd.concat(
        [days("net_followers", level), days("net_followers", 50.0, "b")], ignore_index=True
    )
    log = rows("decision_id decided_at decision expected_change", ("d1", "2026-08-10", "Reply at weekends", wanted),
               platform="weibo", account_id="a", indicator="net_followers", direction="up", owner="community")  # fmt: skip
    return Given(indicators.outcomes, frames={"decisions": log},
                 known={"daily:('net_followers',)": frame, "daily": frame})  # fmt: skip


def lever(low):
    """The one lever that data tell of, with the lower bound of its gain."""
    row = ("refunds", "conversion", "Green", "refund_rate", 0.2, low, 0.4, 90, 12.0)
    names = ("_shift", "_ad_channel", "_frequency")
    nothing = {f"chapters.indicators.levers.{n}": lambda *a: None for n in names}
    return nothing | {"chapters.indicators.levers._refunds": lambda book: row}


assert "net_followers" in HEADLINES
WORSE, USUAL, BETTER = (
    Given(indicators.headlines, known=followers(w)) for w in (10.0, 50.0, 200.0)
)
FALL, LEVEL, RISE = (
    Given(indicators.shifts, known=stepped(*s)) for s in ((60, 20), (40, 40), (20, 60))
)
MOVED, KEPT, WRONG = decided(80.0), decided(50.0), decided(25.0)

CASES = [
    Case("7.1.1.worse", WORSE, USUAL),
    Case("7.1.1.better", BETTER, USUAL),
    Case("7.1.1.fall", FALL, LEVEL),
    Case("7.1.1.rise", RISE, LEVEL),
    both("7.1.2.carrier", indicators.key_nodes, known=(cascade(60), cascade(4))),
    Case("7.3.1.missed", target(50.0), target(150.0)),
    both("7.3.1.overdue", indicators.decision_log, frames=(logged("open"), logged("done"))),
    Case("7.3.1.moved", MOVED, KEPT),
    Case("7.3.1.not_moved", KEPT, MOVED),
    Case("7.3.1.wrong_way", WRONG, MOVED),
    both("7.3.2.lever", indicators.levers, replaced=(lever(0.1), lever(-0.1))),
]  # fmt: skip
