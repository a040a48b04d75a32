"""How a post spread: depth, reach of each repost, structural virality."""

from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from opsbook.methods._arguments import dates, require_columns


@dataclass(frozen=True)
class Cascade:
    """A cascade, node by node and as a whole.

    nodes: node, depth, descendants, share; sorted by descendants. summary: dict of figures.
    problems: node, parent, kind (cycle, orphan, second_parent), one row per edge that is not
    part of a clean tree.
    """

    nodes: pd.DataFrame
    summary: dict
    problems: pd.DataFrame


def key_nodes(edges):
    """Who carried the spread: descendants of each node, and the shape of the cascade.

    edges: parent, child, time (when the child appeared); one row per repost, parent missing where
    unknown. nodes: node, depth (a root has 0), descendants (without itself), share
    (descendants / (size - 1), NaN for a single node), most descendants first.
    summary: size (nodes), depth (deepest), breadth (widest level), structural_virality (mean
    distance between two nodes of one tree; NaN without a pair), half_time (seconds from the first
    edge until half the nodes are there, roots counted from the start), roots (nodes without a
    parent), cycles (loops; each is opened at its earliest node), orphans (nodes outside the
    largest tree whose parent is unknown or has no row of its own).
    A child with several parents keeps its earliest edge. No edges: size 0 and NaN figures.
    Source: Goel, Anderson, Hofman and Watts (2016), Management Science 62(1).
    """
    require_columns(edges, ["parent", "child", "time"], "cascade.key_nodes")
    edges = edges.loc[edges["child"].notna(), ["parent", "child", "time"]]
    if edges.empty:
        return _empty()
    time = dates(edges["time"].to_numpy(), "time", "cascade.key_nodes", allow_missing=True)
    # A time that is not known comes last: it must never decide between two edges.
    seconds = np.where(time.isna(), np.inf, time.as_unit("us").asi8 / 1e6)
    codes, names = pd.factorize(
        pd.concat([edges["parent"], edges["child"]], ignore_index=True), use_na_sentinel=True
    )
    parent_of_edge, child_of_edge = codes[: len(edges)], codes[len(edges) :]
    names = np.asarray(names)
    size = len(names)

    order = np.lexsort((np.arange(len(edges)), seconds, parent_of_edge < 0))
    _, first = np.unique(child_of_edge[order], return_index=True)
    kept = order[first]
    parent = np.full(size, -1, dtype=np.int64)
    arrived = np.full(size, np.nan)
    parent[child_of_edge[kept]] = parent_of_edge[kept]
    arrived[child_of_edge[kept]] = seconds[kept]
    repeated = np.ones(len(edges), dtype=bool)
    repeated[kept] = False
    repeated &= parent_of_edge != parent[child_of_edge]
    problems = [
        _problems(names, child_of_edge[repeated], parent_of_edge[repeated], "second_parent")
    ]

    loops = _loops(parent)
    in_loops = np.concatenate(loops) if loops else np.array([], dtype=np.int64)
    problems.append(_problems(names, in_loops, parent[in_loops], "cycle"))
    for loop in loops:
        parent[loop[np.argmin(arrived[loop])]] = -1

    visit, depth, below, tree = _walk(parent)
    orphans = _orphans(parent, below, tree, child_of_edge, in_loops)
    problems.append(_problems(names, orphans, parent[orphans], "orphan"))

    table = pd.DataFrame({"node": names, "depth": depth, "descendants": below})
    table["share"] = below / (size - 1) if size > 1 else nan
    ranked = np.lexsort((visit, depth, -below))
    summary = {
        "size": size,
        "depth": int(depth.max()),
        "breadth": int(np.bincount(depth).max()),
        "structural_virality": _virality(parent, below),
        "half_time": _half_time(arrived, size),
        "roots": int((parent < 0).sum()),
        "cycles": len(loops),
        "orphans": len(orphans),
    }
    return Cascade(
        table.iloc[ranked].reset_index(drop=True), summary, pd.concat(problems, ignore_index=True)
    )


def _tree_graph(parent):
    """Edges parent -> child as a sparse graph with one root above all, which is node `size`."""
    size = len(parent)
    above = np.where(parent < 0, size, parent)
    ones = np.ones(size, dtype=np.int8)
    return csr_array((ones, (above, np.arange(size))), shape=(size + 1, size + 1))


def _loops(parent):
    """Arrays of nodes, one for each loop of the graph in which a node has at most one parent."""
    graph = _tree_graph(parent)
    reached = breadth_first_order(graph, len(parent), return_predecessors=False)
    if len(reached) == len(parent) + 1:
        return []
    lost = np.ones(len(parent) + 1, dtype=bool)
    lost[reached] = False
    lost = np.flatnonzero(lost)
    inside = np.full(len(parent), -1)
    inside[lost] = np.arange(len(lost))
    links = csr_array(
        (np.ones(len(lost), dtype=np.int8), (inside[parent[lost]], np.arange(len(lost)))),
        shape=(len(lost), len(lost)),
    )
    count, label = connected_components(links, directed=True, connection="strong")
    sizes = np.bincount(label, minlength=count)
    looped = (sizes[label] > 1) | (parent[lost] == lost)
    members = lost[looped]
    by_label = pd.Series(members).groupby(label[looped], sort=True)
    return [group.to_numpy() for _, group in by_label]


def _walk(parent):
    """Rank in breadth-first order, depth, descendants and the root of each node of a forest."""
    size = len(parent)
    order = breadth_first_order(_tree_graph(parent), size, return_predecessors=False)[1:]
    above = parent.tolist()
    depth, below, tree = [0] * size, [0] * size, list(range(size))
    ordered = order.tolist()
    for node in ordered:
        up = above[node]
        if up >= 0:
            depth[node] = depth[up] + 1
            tree[node] = tree[up]
    for node in reversed(ordered):
        up = above[node]
        if up >= 0:
            below[up] += below[node] + 1
    rank = np.empty(size, dtype=np.int64)
    rank[order] = np.arange(size)
    return rank, np.array(depth), np.array(below), np.array(tree)


def _orphans(parent, below, tree, children, in_loops):
    """Nodes outside the largest tree whose parent is unknown or has no row of its own."""
    main = int(np.argmax(np.where(parent < 0, below, -1)))
    has_row = np.zeros(len(parent), dtype=bool)
    has_row[children] = True
    outside = tree != main
    # A tree under a root with a row of its own and followers is a second post, not a loss.
    unknown = (parent < 0) & has_row & (below == 0)
    rowless = (parent >= 0) & ~has_row[parent]
    found = outside & (unknown | rowless)
    found[in_loops] = False
    return np.flatnonzero(found)


def _virality(parent, below):
    """Mean distance over pairs within a tree: every edge lies on s (n - s) of its tree's paths."""
    roots = parent < 0
    sizes = below[roots].astype(float) + 1
    pairs = (sizes * (sizes - 1)).sum() / 2
    if pairs == 0:
        return nan
    tree_size = _tree_sizes(parent, below)
    under = below[~roots].astype(float) + 1
    return float((under * (tree_size[~roots] - under)).sum() / pairs)


def _tree_sizes(parent, below):
    """Size of the tree that each node belongs to."""
    jump = np.where(parent < 0, np.arange(len(parent)), parent)
    while True:
        further = jump[jump]
        if np.array_equal(further, jump):
            return below[jump].astype(float) + 1
        jump = further


def _half_time(arrived, size):
    """Seconds from the first edge until half of `size` nodes are there."""
    times = np.sort(arrived[np.isfinite(arrived)])
    if not len(times):
        return nan
    present_at_start = int(np.isnan(arrived).sum())
    needed = max(-(-size // 2) - present_at_start, 1)
    if needed > len(times):
        return nan
    return float(times[needed - 1] - times[0])


def _problems(names, nodes, parents, kind):
    """Rows of the table of problems."""
    shown = [names[p] if p >= 0 else None for p in parents]
    return pd.DataFrame({"node": names[nodes], "parent": shown, "kind": kind}, dtype=object)


def _empty():
    """The result where there is no edge."""
    nodes = pd.DataFrame(columns=["node", "depth", "descendants", "share"])
    problems = pd.DataFrame(columns=["node", "parent", "kind"])
    summary = dict.fromkeys(("size", "depth", "breadth", "roots", "cycles", "orphans"), 0)
    return Cascade(nodes, summary | {"structural_virality": nan, "half_time": nan}, problems)
