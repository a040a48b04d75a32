"""Cascades: known shapes, broken edges, speed."""

import numpy as np
import pandas as pd
import pytest

from opsbook.errors import BadValue, MissingColumns
from opsbook.methods import cascade
from opsbook.proof import cascade as proof


def minutes(*pairs):
    """Edges parent, child, one minute apart in the order given."""
    frame = pd.DataFrame(pairs, columns=["parent", "child"])
    return frame.assign(time=pd.date_range("2026-03-01 12:00", periods=len(pairs), freq="min"))


def test_nodes_of_a_small_cascade():
    result = cascade.key_nodes(minutes(("post", "a"), ("post", "b"), ("a", "c"), ("c", "d")))
    expected = pd.DataFrame(
        {
            "node": ["post", "a", "c", "b", "d"],
            "depth": [0, 1, 2, 1, 3],
            "descendants": [4, 2, 1, 0, 0],
            "share": [1.0, 0.5, 0.25, 0.0, 0.0],
        }
    )
    pd.testing.assert_frame_equal(result.nodes, expected, check_dtype=False)
    assert result.summary["size"] == 5
    assert result.summary["depth"] == 3
    assert result.summary["breadth"] == 2
    # Half of five is three: the post, a and b; b came a minute after a.
    assert result.summary["half_time"] == 60
    # Distances: 1+1+2+3 from post, 2+1+2 from a, 3+4 from b, 1 from c.
    assert result.summary["structural_virality"] == pytest.approx(20 / 10)
    assert (result.summary["roots"], result.summary["cycles"], result.summary["orphans"]) == (
        1,
        0,
        0,
    )
    assert result.problems.empty


@pytest.mark.parametrize("size", [2, 3, 10, 999])
def test_published_shapes(size):
    star = cascade.key_nodes(proof.star(size)).summary["structural_virality"]
    chain = cascade.key_nodes(proof.chain(size)).summary["structural_virality"]
    assert star == pytest.approx(2 - 2 / size)
    assert chain == pytest.approx((size + 1) / 3)


def test_cycle_is_reported_and_opened_at_its_earliest_node():
    result = cascade.key_nodes(minutes(("b", "a"), ("a", "b"), ("b", "c"), ("s", "s")))
    assert result.summary["cycles"] == 2
    assert set(result.problems.query("kind == 'cycle'")["node"]) == {"a", "b", "s"}
    depth = result.nodes.set_index("node")["depth"]
    assert depth.to_dict() == {"a": 0, "b": 1, "c": 2, "s": 0}


def test_orphans_are_outside_the_largest_tree():
    result = cascade.key_nodes(minutes(("post", "a"), ("a", "b"), ("gone", "c"), (None, "d")))
    assert result.summary["orphans"] == 2
    found = result.problems.set_index("node")["parent"]
    assert found.to_dict() == {"c": "gone", "d": None}
    assert result.summary["roots"] == 3


def test_second_post_with_a_row_of_its_own_is_no_orphan():
    result = cascade.key_nodes(
        minutes((None, "post"), ("post", "a"), ("a", "b"), (None, "other"), ("other", "c"))
    )
    assert result.summary["orphans"] == 0
    assert result.summary["roots"] == 2


def test_earliest_parent_wins_whatever_the_row_order():
    frame = minutes(("post", "a"), ("post", "b"), ("a", "c"), ("b", "c"))
    for shuffled in (frame, frame.iloc[::-1]):
        result = cascade.key_nodes(shuffled)
        assert result.summary["size"] == 4
        assert result.problems.to_dict("records") == [
            {"node": "c", "parent": "b", "kind": "second_parent"}
        ]


def test_known_parent_wins_over_an_earlier_unknown_one():
    result = cascade.key_nodes(minutes(("post", "a"), (None, "c"), ("a", "c")))
    assert result.nodes.set_index("node")["depth"]["c"] == 2


def test_agrees_with_all_pairs_on_random_trees():
    for tree in (proof.random_tree(60, 1), proof.preferential_tree(60, 2)):
        found = cascade.key_nodes(tree).summary["structural_virality"]
        assert found == pytest.approx(proof.by_pairs(tree))


def test_times_with_a_zone_and_missing_times():
    frame = minutes(("post", "a"), ("post", "b"), ("a", "c"))
    zoned = frame.assign(time=frame["time"].dt.tz_localize("Asia/Taipei"))
    assert cascade.key_nodes(zoned).summary == cascade.key_nodes(frame).summary
    frame.loc[2, "time"] = pd.NaT
    assert cascade.key_nodes(frame).summary["size"] == 4


def test_nothing_is_a_result():
    result = cascade.key_nodes(minutes(("post", "a")).iloc[:0])
    assert result.nodes.empty
    assert result.summary["size"] == 0
    assert np.isnan(result.summary["structural_virality"])


def test_wrong_input_says_what_is_missing():
    with pytest.raises(MissingColumns, match="lacks time"):
        cascade.key_nodes(pd.DataFrame({"parent": [], "child": []}))
    with pytest.raises(BadValue, match="time must be dates"):
        cascade.key_nodes(minutes(("post", "a")).assign(time="yesterday-ish"))
