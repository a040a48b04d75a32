"""What people corrected carries over to like wordings, and to nothing else."""

import numpy as np

from opsbook.methods.text import corrections


def test_same_wording_follows_the_person_and_others_do_not():
    found = corrections.learn(
        ["加我微信低价出同款！", "今天喝龙井", ""],
        ["neutral", "neutral", "neutral"],
        ["加我微信低价出同款"],
        ["violating"],
    )
    assert found["label"].tolist() == ["violating", "neutral", "neutral"]
    assert found["is_learned"].tolist() == [True, False, False]


def test_people_who_disagree_decide_nothing():
    found = corrections.learn(
        ["day three"], ["neutral"], ["day three"] * 2, ["praise", "complaint"]
    )
    assert found["label"].tolist() == ["neutral"]
    assert not found["is_learned"].any()


def test_own_label_is_left_out_of_its_own_judgement():
    texts, said = ["shut up with this", "lovely tea"], ["violating", "praise"]
    own = corrections.learn(texts, ["neutral"] * 2, texts, said, own=np.arange(2))
    assert own["label"].tolist() == ["neutral", "neutral"]
    twice = corrections.learn(
        ["shut up with this"] * 2,
        ["neutral"] * 2,
        ["shut up with this"] * 2,
        ["violating"] * 2,
        own=np.arange(2),
    )
    assert twice["label"].tolist() == ["violating", "violating"]


def test_nothing_known_changes_nothing():
    found = corrections.learn(["a text"], ["praise"], [], [])
    assert found["label"].tolist() == ["praise"]
    assert corrections.learn([], [], ["a"], ["praise"]).empty
