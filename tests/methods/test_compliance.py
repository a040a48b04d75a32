"""Compliance: disguises are seen through, harmless contexts pass, offsets are the original's."""

import pytest

from opsbook.config import load_toml, reference_path
from opsbook.errors import BadValue, ConfigError, ParameterError
from opsbook.methods import compliance, lexicon
from opsbook.proof import compliance as proof


def parts(text, **how):
    return [text[h.start : h.end] for h in compliance.check(text, **how)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("您的最佳选择", ["最佳"]),
        ("您的最 佳选择", ["最 佳"]),
        ("您的最·*佳选择", ["最·*佳"]),
        ("國家級茶葉", ["國家級"]),
        ("ＴＯＰ１品牌", ["ＴＯＰ１"]),
        ("No. 1 tea", ["No. 1"]),
        ("蕞佳选择", ["蕞佳"]),
        ("zui jia 选择", ["zui jia"]),
        ("第①品牌", ["第①品牌"]),
        ("7天瘦10斤", ["7天瘦10斤"]),
        ("难道不是最佳吗", ["最佳"]),
    ],
)
def test_alarms(text, expected):
    assert parts(text) == expected


@pytest.mark.parametrize("text", [*proof.HARMLESS, "", "😀😀", "最。佳能相机"])
def test_does_not_alarm(text):
    assert parts(text) == []


def test_a_hit_says_what_why_and_how_else():
    (hit,) = compliance.check("国家级茶园")
    assert (hit.start, hit.end, hit.term, hit.rule) == (0, 3, "国家级", "named-superlative")
    assert (hit.category, hit.severity, hit.verified) == ("general", "ban", True)
    assert "精选" in hit.suggestion  # simplified text, simplified answer
    assert "精選" in compliance.check("國家級茶園")[0].suggestion
    assert "measured" in compliance.check("国家级", language="en")[0].suggestion


def test_category_chooses_the_rules():
    text = "祛斑，保本，包过，治疗"
    assert parts(text) == ["祛斑", "保本", "包过", "治疗"]
    assert parts(text, category="general") == ["治疗"]  # article 17 binds all other trades
    assert parts(text, category="cosmetics") == ["祛斑", "治疗"]
    assert parts(text, category="finance") == ["保本", "治疗"]


def test_many_is_check_on_each():
    texts = ["最佳", None, "很好喝", "治愈胃病"]
    assert compliance.check_many(texts) == [
        compliance.check("最佳"),
        [],
        [],
        compliance.check("治愈胃病"),
    ]


def test_own_lexicon():
    row = {
        "id": "x", "category": "food", "severity": "advise", "article": "house rule",
        "verified": False, "terms": ["神茶"], "except": ["不神茶"],
        "reason": dict.fromkeys(lexicon.LANGUAGES, "r"),
        "suggestion": dict.fromkeys(lexicon.LANGUAGES, "s"),
    }  # fmt: skip
    own = {"rule": [row]}
    assert parts("神 茶，最佳", lexicon=own) == ["神 茶"]
    assert parts("不神茶", lexicon=own) == []
    with pytest.raises(ConfigError, match="severity"):
        compliance.check("x", lexicon={"rule": [row | {"severity": "bad"}]})
    with pytest.raises(ConfigError, match="lacks article"):
        compliance.check("x", lexicon={"rule": [{k: v for k, v in row.items() if k != "article"}]})


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: compliance.check(7), BadValue, "text"),
        (lambda: compliance.check("x", "cosmetic"), ParameterError, "cosmetics"),
        (lambda: compliance.check("x", language="zh"), ParameterError, "zh-Hans"),
        (lambda: compliance.check("x", lexicon=7), BadValue, "lexicon"),
    ],
)
def test_mistakes_are_named(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_every_rule_is_sourced_and_verified_ones_have_their_article():
    rules = lexicon.load().rules
    assert {r.category for r in rules} == set(lexicon.CATEGORIES)
    assert {r.severity for r in rules} == set(lexicon.SEVERITIES)
    texts = lexicon.articles()
    for rule in rules:
        assert rule.source
        article = rule.article
        if article.startswith("advertising_law 9("):
            article = "advertising_law 9"
        if rule.verified:
            assert article in texts


def test_every_term_of_the_shipped_file_is_found_alone():
    table = load_toml(reference_path("compliance", "lexicon.toml"))
    lost = [
        term
        for row in table["rule"]
        for term in row["terms"]
        if row["id"] not in {h.rule for h in compliance.check(term)}
    ]
    # Terms that lie in a longer one of another rule are that rule's.
    assert all(compliance.check(term) for term in lost)
    assert len(lost) <= 5


def test_planted_claims():
    table = proof.found(rounds=2)
    assert table["found"].sum() == table["planted"].sum()
    assert table["offsets_right"].sum() >= 0.95 * table["planted"].sum()
    assert table["plain_search"].sum() < 0.6 * table["planted"].sum()


def test_speed():
    # The target is 50,000 on a quiet machine; a busy one gets half.
    assert max(proof.speed(5_000) for _ in range(3)) > 25_000


@pytest.mark.real
def test_real_reviews():
    table = proof.claims().set_index("claim")
    assert table.drop("proof.claim.compliance.speed")["ok"].all()
    assert table.loc["proof.claim.compliance.reviews", "measured"] == "proof.measured.now"
