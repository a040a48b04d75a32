"""Tone, triage and question groups of short texts."""

import os

import numpy as np
import pandas as pd
import pytest

from opsbook.errors import BadValue, ConfigError
from opsbook.methods import text
from opsbook.methods.text import moderation, ngrams
from opsbook.proof import text as proof
from opsbook.proof import text_cases

REAL = os.environ.get("OPSBOOK_REAL_DATA", "")


def test_tone_has_the_sign_a_reader_gives_it():
    praise = [
        "非常好喝，会回购",
        "非常好喝，會回購",
        "Love this tea, will buy again!",
        "[爱你][爱你]",
        "😍",
    ]
    blame = ["太难喝了，退钱", "太難喝了，退錢", "Terrible, never again", "[泪][抓狂]", "😡"]
    tone = text.sentiment(praise + blame)
    assert (tone[:5] > 0).all(), tone[:5].to_dict()
    assert (tone[5:] < 0).all(), tone[5:].to_dict()
    assert tone.abs().max() <= 1


def test_negation_turns_a_word():
    tone = text.sentiment(["I like it", "I don't like it", "好喝", "不好喝"])
    assert tone[0] > 0 > tone[1]
    assert tone[2] > 0 > tone[3]


def test_words_that_hide_in_others_do_not_blame():
    tone = text.sentiment(["明天出差", "put the price in the caption"])
    assert (tone > -0.4).all(), tone.to_dict()


def test_a_series_keeps_its_index_and_missing_texts_score_zero():
    given = pd.Series(["很好", None, "", np.nan], index=["a", "b", "c", "d"])
    tone = text.sentiment(given)
    assert tone.index.tolist() == ["a", "b", "c", "d"]
    assert tone[["b", "c", "d"]].tolist() == [0, 0, 0]
    frame = text.triage(given)
    assert frame.columns.tolist() == ["label", "score", "urgency"]
    assert frame.loc["b", "label"] == "neutral"
    assert frame.loc["a", "label"] == "praise"


def test_nothing_in_gives_nothing_out():
    assert len(text.sentiment([])) == 0
    assert text.triage([]).columns.tolist() == ["label", "score", "urgency"]
    found = text.group_questions([])
    assert len(found.frame) == 0
    assert found.samples == {}


def test_one_text_instead_of_a_list_is_an_error():
    for method in (text.sentiment, text.triage, text.group_questions):
        with pytest.raises(BadValue, match="texts: is one text"):
            method("好")


def test_a_text_scores_the_same_alone_and_among_others():
    texts = ["物流太慢了", "Great tea", "", "a\nb\r\nc", "茶香 and smooth", "？？？", "哈哈😂"]
    together = text.sentiment(texts)
    alone = [text.sentiment([line])[0] for line in texts]
    np.testing.assert_allclose(together, alone, atol=1e-6)
    pd.testing.assert_frame_equal(text.triage(texts), text.triage(texts))


def test_ngrams_stay_within_their_text():
    joined = ngrams.bags(ngrams.block(["ab", "cd"]), (1, 2, 3), 20)
    apart = [ngrams.bags(ngrams.block([line]), (1, 2, 3), 20)[1] for line in ("ab", "cd")]
    assert joined[1][joined[0] == 0].tolist() == apart[0].tolist()
    assert joined[1][joined[0] == 1].tolist() == apart[1].tolist()


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("加微信领红包，日赚三百", "violating"),
        ("check my profile to earn money from home", "violating"),
        ("收到就是坏的，客服也没人理，我要退款", "complaint"),
        ("Arrived broken and nobody answers my emails", "complaint"),
        ("请问什么时候发货？", "question"),
        ("請問什麼時候發貨？", "question"),
        ("how do I brew it?", "question"),
        ("建议出个小包装", "suggestion"),
        ("please add a larger size", "suggestion"),
        ("太好喝了，已经回购三次", "praise"),
        ("I love it, thank you!", "praise"),
        ("路过", "neutral"),
    ],
)
def test_triage_labels(line, label):
    assert text.triage([line]).label[0] == label


def test_danger_is_more_urgent_than_delay_and_delay_than_praise():
    lines = ["喝完过敏进医院了，你们看着办", "物流太慢，差评", "好喝，喜欢"]
    urgency = text.triage(lines).urgency
    assert urgency[0] > urgency[1] > urgency[2]
    assert urgency.between(0, 100).all()


def test_rules_are_data_that_an_analyst_edits(tmp_path):
    from opsbook.config import reference_path

    shipped = reference_path("lexicons", "triage.toml").read_text(encoding="utf-8")
    own = tmp_path / "triage.toml"
    own.write_text(
        shipped + '\n[[rule]]\nlabel = "violating"\npoints = 3\nphrases = "青铜暗号"\n',
        encoding="utf-8",
    )
    assert text.triage(["青铜暗号"]).label[0] != "violating"
    assert text.triage(["青铜暗号"], rules_path=own).label[0] == "violating"
    own = tmp_path / "wrong.toml"
    own.write_text(shipped.replace('label = "praise"', 'label = "prais"', 1), encoding="utf-8")

    with pytest.raises(ConfigError, match="prais"):
        text.triage(["x"], rules_path=own)


def test_a_tone_lexicon_with_a_wrong_row_names_it(tmp_path):
    own = tmp_path / "tone.csv"
    own.write_text("term,tone,kind\n好,2,word\n坏,bad,word\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="row 3"):
        text.sentiment(["好"], lexicon_path=own)


def test_a_missing_model_says_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match="Train it again"):
        text.sentiment(["好"], model_path=tmp_path / "none.npz")


def test_wordings_of_one_question_come_together():
    given = pd.Series(
        [
            "什么时候发货",
            "请问几天发货呀",
            "when will it ship?",
            "怎么泡",
            "水温多少度怎么泡",
            "视频谁拍的",
        ],
        index=range(10, 16),
    )
    found = text.group_questions(given)
    group = found.frame.group
    assert found.frame.columns.tolist() == ["text", "group"]
    assert found.frame.index.tolist() == list(range(10, 16))
    assert group[10] == group[11] == group[12] == 0
    assert group[13] == group[14] == 1
    assert group[15] == -1
    assert set(found.samples) == {0, 1}
    assert found.samples[0] in given.to_list()


def test_grouping_many_wordings_links_in_parts():
    lines = [f"{n:05d}号商品什么时候发货" for n in range(2_500)] + ["可以开发票吗", "能开发票吗"]
    group = text.group_questions(lines).frame.group
    assert group[:2_500].nunique() == 1
    assert group[2_500] == group[2_501] != group[0]


def test_closeness_outside_its_bounds_is_an_error():
    with pytest.raises(BadValue, match="closeness"):
        text.group_questions(["a"], closeness=0)


def test_written_rows_share_no_wording_and_beat_the_plain_rivals():
    frame = proof.written_comments()
    assert len(frame) >= 70 and frame["label"].nunique() == 6
    phrases = moderation.rules().terms.automaton.keys()
    lines = ngrams.clean(frame["text"].to_list())[1:-1].split(ngrams.BREAK)
    chinese = [phrase for phrase in phrases if not phrase.isascii()]
    assert not [line for line in lines if any(phrase in line for phrase in chinese)]
    ours = proof.macro_f1(frame.label, text.triage(frame.text.to_list()).label)
    rival = proof.macro_f1(frame.label, proof.tone_only(frame))
    assert ours > rival + 0.15, (ours, rival)
    grouped, keywords = proof.group_scores(proof.question_rows())
    assert grouped > keywords, (grouped, keywords)


def test_emoji_set_the_tone_of_plain_words():
    assert proof.emoji_tone(runs=200) >= 0.9


def test_batches_stay_within_the_time_promised():
    tone, triage = proof.speed(text_cases.COMMENTS["complaint"] * 300)
    assert tone < 0.2
    assert triage < 0.3  # promised 0.15; room for a busy machine


def test_claims_without_real_data_say_so(monkeypatch):
    monkeypatch.delenv("OPSBOOK_REAL_DATA", raising=False)
    claims = proof.claims()
    kept = claims[claims.measured.str.startswith("2026-")]
    assert set(kept.claim) > {f"proof.claim.text.tone_{name}" for name in ("shop", "takeaway")}
    assert kept.sha256.str.len().ge(12).all()
    assert claims.ok.all(), claims[~claims.ok]


@pytest.mark.real
def test_tone_reaches_its_figures_on_real_reviews():
    shop, rows, milliseconds = proof.shop_reviews(REAL)
    assert rows > 3_900
    assert shop >= 0.929  # measured 0.930, sampling error 0.004
    assert milliseconds < 0.2
    assert proof.takeaway_reviews(REAL)[0] >= 0.84
    ours, vader, _ = proof.airline_tweets(REAL)
    assert ours > vader + 0.2


@pytest.mark.real
def test_triage_on_hand_labelled_real_texts():
    frame = proof.hand_labels(REAL)
    assert len(frame) == 256  # every row was found by its number and hash
    table = proof.per_class(frame).set_index("label")
    assert table.loc["complaint", "precision"] >= 0.85
    assert table.loc["complaint", "recall"] >= 0.7
    ours = proof.macro_f1(frame.label, text.triage(frame.text.to_list()).label)
    assert ours > proof.macro_f1(frame.label, proof.tone_only(frame)) + 0.1
