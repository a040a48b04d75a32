"""A draft against the limits: counting rules, bounds, sources and the alternatives that disagree."""

import pandas as pd
import pytest

from opsbook.errors import BadValue, ParameterError
from opsbook.methods import post_limits


@pytest.mark.parametrize(
    ("text", "count", "expected"),
    [
        ("春茶上新ab", "chars", 6),
        ("春茶上新abc", "half", 6),  # 4 + 1.5, rounded up
        ("hello", "weighted", 5),
        ("春茶", "weighted", 4),
        ("see https://example.com/a/very/long/path/that/goes/on", "weighted", 27),
        ("🍵", "weighted", 2),
    ],
)
def test_counting_rules(text, count, expected):
    assert post_limits.length(text, count) == expected


def verdict(frame, check):
    return frame.loc[frame["check"] == check, "ok"].item()


def test_title_of_xiaohongshu_counts_ascii_as_half():
    assert verdict(post_limits.check("xiaohongshu", title="a" * 40), "title_length")
    assert not verdict(post_limits.check("xiaohongshu", title="a" * 41), "title_length")
    assert not verdict(post_limits.check("xiaohongshu", title="茶" * 21), "title_length")


def test_a_source_that_disagrees_is_named():
    frame = post_limits.check("xiaohongshu", title="a" * 30)
    assert "another skill counts every ASCII char" in frame["source"].iloc[0]
    assert "another skill" not in post_limits.check("xiaohongshu", title="a" * 9)["source"].iloc[0]
    many = post_limits.check("xiaohongshu", media=[{"kind": "image"}] * 12)
    row = many.set_index("check").loc["image_count"]
    assert row["ok"] and "<= 9" in row["source"]


def test_hashtags_are_taken_from_the_text_or_given():
    text = "春茶上市 #茶 #春茶 #tea #a #b #c"
    assert not verdict(post_limits.check("xiaohongshu", text=text), "hashtag_count")
    assert verdict(post_limits.check("xiaohongshu", text=text, hashtags=["茶"]), "hashtag_count")
    assert post_limits.hashtags_in("#春茶# 上市 #新品#", "weibo") == ["春茶", "新品"]


def test_columns_and_confidence():
    frame = post_limits.check("wechat_official", title="春" * 33, text="x")
    assert list(frame.columns) == ["check", "measured", "allowed", "ok", "conf", "source"]
    row = frame.iloc[0]
    assert (row["check"], row["measured"], row["allowed"], row["conf"]) == (
        "title_length",
        33,
        "<= 32",
        "D",
    )
    assert not row["ok"]
    assert "64" in row["source"]  # the long-standing limit would let it pass


def test_placements_take_their_own_rule_first():
    film = {"kind": "video", "duration_s": 70, "width_px": 1080, "height_px": 1920}
    assert verdict(post_limits.check("instagram/reels", media=[film]), "video_duration_s[1]")
    assert not verdict(post_limits.check("instagram/story", media=[film]), "video_duration_s[1]")


def test_unmeasured_is_not_judged():
    frame = post_limits.check("x", media=[{"kind": "video", "duration_s": 141}])
    assert not verdict(frame, "video_duration_s[1]")
    assert verdict(frame, "video_mb[1]") is pd.NA


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: post_limits.check("instagramm", title="x"), ParameterError, "instagram"),
        (lambda: post_limits.check("instagram/reel", title="x"), ParameterError, "instagram/reels"),
        (lambda: post_limits.check("x", media=[3]), BadValue, "media"),
        (lambda: post_limits.length("x", "words"), ParameterError, "weighted"),
    ],
)
def test_mistakes_are_named(call, error, says):
    with pytest.raises(error, match=says):
        call()
