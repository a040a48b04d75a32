"""Searching many texts at once: what passes RE2 first, and terms that are read where they can begin."""

import random
import re

import numpy as np
import pyarrow as pa
import pytest

from opsbook.methods import text
from opsbook.methods.text import moderation, ngrams, prefilter, terms
from opsbook.proof import text_cases

LINES = [
    line
    for name in ("COMMENTS", "COMMENTS_SEEN", "COMMENTS_SEEN_LATER", "COMMENTS_SEEN_LAST")
    for lines in getattr(text_cases, name).values()
    for line in lines
]


def mixed(count, seed=3):
    """Lines put together from pieces of the written ones, so that patterns match in odd places."""
    rng = random.Random(seed)
    pieces = [
        line[at : at + rng.randrange(2, 9)] for line in LINES for at in range(0, len(line), 6)
    ]
    return ["".join(rng.choice(pieces) for _ in range(rng.randrange(1, 7))) for _ in range(count)]


def test_every_rule_matches_the_same_lines_with_and_without_re2():
    lines = ngrams.clean(LINES + mixed(3_000))[1:-1].split(ngrams.BREAK)
    column, found = pa.array(lines), 0
    for _, _, pattern, wider in moderation.rules().patterns:
        assert wider is not None
        plain = [place for place, line in enumerate(lines) if pattern.search(line)]
        assert prefilter.matching(pattern, wider, lines, column) == plain
        found += len(plain)
    assert found > 1_000


@pytest.mark.parametrize(
    ("expression", "line"),
    [
        (r"(?<![不没])好(?=吃)", "很好吃"),
        (r"(\w)不\1", "好不好"),
        (r"\bgood\b", "中 good!"),
        (r"a\+\b", "a+中"),
        (r"\d{2,3}元", "٣٤元"),
        (r"[\w-]{6,}", "微信号码价格表"),
        (r"x(?:(?<!y)[)(]z)*w", "xw"),
    ],
)
def test_the_wider_expression_matches_where_the_original_does(expression, line):
    pattern = re.compile(expression, re.MULTILINE)
    assert pattern.search(line)
    wider = prefilter.usable(pattern)
    assert wider is not None
    assert prefilter.matching(pattern, wider, ["", line], pa.array(["", line])) == [1]


@pytest.mark.parametrize("expression", ["(?i)good", "(?P<a>x)(?P=a)", "(?>ab)c", r"x\Z"])
def test_what_re2_cannot_be_asked_is_left_to_python(expression):
    pattern = re.compile(expression)
    assert prefilter.usable(pattern) is None
    lines = ["abc good xx", "x"]
    plain = [place for place, line in enumerate(lines) if pattern.search(line)]
    assert prefilter.matching(pattern, None, lines, pa.array(lines)) == plain


def test_terms_are_found_where_a_plain_search_finds_them():
    known = ["a", "ab", "abc", "bc", "茶", "好茶", "好茶叶", "😀", "cab ca"]
    rng = random.Random(4)
    lines = [
        "".join(rng.choice("abc d茶好叶😀x ") for _ in range(rng.randrange(0, 30)))
        for _ in range(400)
    ]
    block = ngrams.indexed(ngrams.BREAK.join(["", *lines, ""]), len(lines))
    ends, places = terms.compiled(known).find(block)
    plain = [
        (match.start() + len(term) - 1, place)
        for place, term in enumerate(known)
        for match in re.finditer(f"(?={re.escape(term)})", block.joined)
    ]
    assert sorted(zip(ends.tolist(), places.tolist(), strict=True)) == sorted(plain)
    ends, places = terms.compiled(known).find(block, longest=True)
    longest = "|".join(sorted(map(re.escape, known), key=len, reverse=True))
    plain = [(m.end() - 1, known.index(m.group())) for m in re.finditer(longest, block.joined)]
    assert list(zip(ends.tolist(), places.tolist(), strict=True)) == plain


def test_terms_of_no_text_and_texts_without_terms():
    for lines in ([], [""], ["xyz"]):
        block = ngrams.block(lines)
        assert [part.size for part in terms.compiled(["茶"]).find(block)] == [0, 0]


def test_triage_of_a_text_does_not_hang_on_its_neighbours():
    lines = [line for pair in zip(LINES, mixed(len(LINES)), strict=True) for line in pair]
    together = text.triage(lines)
    alone = [text.triage([line]).iloc[0] for line in lines[::5]]
    assert together["label"][::5].tolist() == [row["label"] for row in alone]
    np.testing.assert_allclose(together["score"][::5], [row["score"] for row in alone], atol=0.11)
