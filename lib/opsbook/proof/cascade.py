"""Proof of cascades: known shapes, a large one, broken ones."""

import numpy as np
import pandas as pd
import rustworkx

from opsbook.methods import cascade
from opsbook.proof import _claim


def edges(parents):
    """Edges of a tree in which node i + 1 hangs on node `parents[i]`, one second apart."""
    parents = np.asarray(parents)
    seconds = pd.to_timedelta(np.arange(len(parents)), unit="s")
    return pd.DataFrame(
        {
            "parent": parents,
            "child": np.arange(1, len(parents) + 1),
            "time": pd.Timestamp("2026-01-01") + seconds,
        }
    )


def star(size):
    """Everyone reposts the first post."""
    return edges(np.zeros(size - 1, dtype=int))


def chain(size):
    """Everyone reposts the one before."""
    return edges(np.arange(size - 1))


def random_tree(size, seed):
    """Everyone reposts somebody who was there before, all equally likely."""
    rng = np.random.default_rng(seed)
    return edges((rng.random(size - 1) * np.arange(1, size)).astype(int))


def preferential_tree(size, seed):
    """Everyone reposts an earlier edge's parent or child: popular nodes get more."""
    rng = np.random.default_rng(seed)
    parents = np.zeros(size - 1, dtype=int)
    for node in range(1, size - 1):
        edge = rng.integers(0, node)
        parents[node] = parents[edge] if rng.random() < 0.5 else edge + 1
    return edges(parents)


def by_pairs(frame):
    """Structural virality the plain way: shortest paths between all pairs."""
    graph = rustworkx.PyGraph()
    graph.add_nodes_from(range(len(frame) + 1))
    graph.add_edges_from_no_data(list(zip(frame["parent"], frame["child"], strict=True)))
    return rustworkx.unweighted_average_shortest_path_length(graph)


def broken():
    """Edges with one loop, two lost reposts and a second parent; and the counts planted."""
    frame = pd.DataFrame(
        {
            "parent": ["post", "post", "a", "x", "y", "gone", None, "b"],
            "child": ["a", "b", "c", "y", "x", "d", "e", "c"],
            "time": pd.date_range("2026-01-01", periods=8, freq="min"),
        }
    )
    return frame, {"cycles": 1, "orphans": 2, "second_parent": 1}


def claims(*, thin=True, real=None):
    """Every claim on cascades with its figure; no real data are needed."""
    rows = []
    for name, build, formula, text in (
        ("star", star, lambda n: 2 - 2 / n, "2 − 2 / n"),
        ("chain", chain, lambda n: (n + 1) / 3, "(n + 1) / 3"),
    ):
        found = cascade.key_nodes(build(1000)).summary["structural_virality"]
        rows.append(
            _claim.claim(
                f"cascade.{name}",
                found,
                f"{text} = {formula(1000):.6g}",
                abs(found - formula(1000)) < 1e-9,
                source="Goel et al. (2016)",
            )
        )
    sizes = 120 if thin else 400
    trees = [random_tree(sizes, 3), preferential_tree(sizes, 4)]
    gaps, seconds = _claim.timed(
        lambda: [
            abs(cascade.key_nodes(tree).summary["structural_virality"] - by_pairs(tree))
            for tree in trees
        ]
    )
    rows.append(
        _claim.claim(
            "cascade.pairs", max(gaps), "< 1e-9", max(gaps) < 1e-9, runs=len(trees), seconds=seconds
        )
    )
    frame, planted = broken()
    result = cascade.key_nodes(frame)
    found = {key: result.summary[key] for key in ("cycles", "orphans")}
    found["second_parent"] = int((result.problems["kind"] == "second_parent").sum())
    rows.append(
        _claim.claim(
            "cascade.broken",
            sum(found.values()),
            f"{sum(planted.values())}",
            found == planted,
            source="constructed",
        )
    )
    size = 1_000_000
    for name, frame in (("seconds_tree", random_tree(size, 1)), ("seconds_chain", chain(size))):
        result, seconds = _claim.timed(cascade.key_nodes, frame)
        rows.append(
            _claim.claim(
                f"cascade.{name}",
                seconds,
                "< 10",
                seconds < 10 and result.summary["size"] == size,
                seconds=seconds,
            )
        )
    return _claim.table(rows)
