import os

import numpy as np
import pandas as pd
import pytest

from opsbook.errors import BadValue, MissingColumns
from opsbook.methods import posting_time
from opsbook.proof import _claim
from opsbook.proof import posting_time as proof

COLUMNS = "weekday hour effect low high n enough".split()


def posts(effect, n=1200, seed=1, noise=0.3, weeks=40):
    """Posts at random times from Monday 2025-09-01 with log outcome effect(weekday, hour)."""
    rng = np.random.default_rng(seed)
    at = pd.Timestamp("2025-09-01") + pd.to_timedelta(rng.integers(0, weeks * 10080, n), unit="min")
    log = np.array([effect(t.day_of_week, t.hour) for t in at]) + rng.normal(0, noise, n)
    return pd.DataFrame({"created_timestamp": at, "value": np.exp(5 + log)})


def evening(weekday, hour):
    return 0.5 * (19 <= hour <= 21)


def test_planted_evening_is_found_with_its_size():
    frame = posts(evening)
    table = posting_time.slot_effects(frame, "value")
    assert list(table.columns) == COLUMNS
    assert len(table) == 168
    assert table[["weekday", "hour"]].drop_duplicates().shape == (168, 2)
    assert table["n"].sum() == len(frame)
    best = table.nlargest(10, "effect")
    assert best["hour"].between(19, 21).all()
    # Relative to the geometric mean: exp(0.5 - 0.5 * 3 / 24) - 1 = 0.55.
    at_eight = table.loc[table["hour"] == 20, "effect"].mean()
    assert at_eight == pytest.approx(0.55, abs=0.1)
    assert (table["low"] <= table["effect"]).all()
    assert (table["effect"] <= table["high"]).all()


def test_empty_slots_borrow_and_are_less_sure():
    frame = posts(evening)
    when = frame["created_timestamp"]
    gone = (when.dt.day_of_week == 2) & (when.dt.hour == 20)
    table = posting_time.slot_effects(frame[~gone], "value").set_index(["weekday", "hour"])
    empty = table.loc[(2, 20)]
    assert (empty["n"], empty["enough"]) == (0, True)
    assert empty["effect"] > 0.25
    width = table["high"] / table["effect"].add(1)
    assert width[(2, 20)] > width[table["n"] > 3].xs(20, level="hour").median()


def test_hours_far_from_any_post_are_not_answered():
    frame = posts(evening)
    day = frame[frame["created_timestamp"].dt.hour.between(8, 22)]
    table = posting_time.slot_effects(day, "value")
    night = table["hour"].between(1, 5)  # 8:00 less two hours, 22:00 and two more
    assert (table["enough"] == ~night).all()
    assert table.loc[night, ["effect", "low", "high"]].isna().all(axis=None)
    assert table.loc[~night, ["effect", "low", "high"]].notna().all(axis=None)


def test_a_format_posted_in_the_morning_does_not_make_the_morning_good():
    frame = posts(lambda weekday, hour: 0.0)
    morning = frame["created_timestamp"].dt.hour.between(8, 10)
    video = np.random.default_rng(2).random(len(frame)) < np.where(morning, 0.8, 0.2)
    frame["value"] *= np.exp(0.8 * video)
    frame["format"] = np.where(video, "video", "picture")
    plain = posting_time.slot_effects(frame, "value")
    held = posting_time.slot_effects(frame, "value", controls=["format"])
    at = plain["hour"].between(8, 10)
    assert plain.loc[at, "effect"].mean() > 0.25
    assert abs(held.loc[at, "effect"].mean()) < 0.05


def test_growth_does_not_make_late_hours_good():
    frame = posts(lambda weekday, hour: 0.0, weeks=60, seed=2)
    rng = np.random.default_rng(52)
    age = (frame["created_timestamp"] - pd.Timestamp("2025-09-01")) / pd.Timedelta(days=420)
    late = rng.random(len(frame)) < np.where(
        age > 0.5, 0.85, 0.15
    )  # it turns to evenings as it grows
    hour = np.where(late, 20, 9) + rng.integers(-3, 4, len(frame))
    day = frame["created_timestamp"].dt.normalize()
    frame["created_timestamp"] = day + pd.to_timedelta(hour, unit="h")
    frame["value"] *= np.exp(1.5 * age)
    raw = frame.groupby(late)["value"].mean()
    assert raw[True] / raw[False] > 1.4
    table = posting_time.slot_effects(frame, "value").groupby("hour")["effect"].mean()
    assert abs(table[20] - table[9]) < 0.1


def test_groups_are_estimated_apart():
    one, two = posts(evening), posts(lambda weekday, hour: 0.5 * (hour == 8), seed=2)
    both = pd.concat([one.assign(account="b"), two.assign(account="a")]).sample(frac=1)
    few = posts(evening, n=20).assign(account="c")
    table = posting_time.slot_effects(pd.concat([both, few]), "value", by=["account"])
    assert list(table.columns) == ["account", *COLUMNS]
    assert table.groupby("account").size().to_dict() == {"a": 168, "b": 168, "c": 168}
    alone = posting_time.slot_effects(one, "value")["effect"]
    grouped = table.loc[table["account"] == "b", "effect"]
    np.testing.assert_allclose(grouped.to_numpy(), alone.to_numpy(), atol=1e-6)
    short = table[table["account"] == "c"]
    assert not short["enough"].any()
    assert short[["effect", "low", "high"]].isna().all(axis=None)


def test_times_with_a_zone_are_read_on_their_own_clock():
    frame = posts(evening, n=400)
    zoned = frame.assign(created_timestamp=frame["created_timestamp"].dt.tz_localize("Asia/Taipei"))
    text = frame.assign(created_timestamp=frame["created_timestamp"].astype(str))
    naive = posting_time.slot_effects(frame, "value")
    pd.testing.assert_frame_equal(posting_time.slot_effects(zoned, "value"), naive)
    pd.testing.assert_frame_equal(posting_time.slot_effects(text, "value"), naive)


def test_scale_row_order_and_repeats_change_nothing():
    frame = posts(evening, n=400)
    table = posting_time.slot_effects(frame, "value")
    pd.testing.assert_frame_equal(posting_time.slot_effects(frame, "value"), table)
    other = frame.assign(value=frame["value"] * 1000).sample(frac=1, random_state=3)
    moved = posting_time.slot_effects(other, "value")
    np.testing.assert_allclose(moved["effect"], table["effect"], atol=1e-6)


def test_zeros_and_missing_values_are_taken():
    frame = posts(evening, n=400)
    frame["value"] = frame["value"].round()
    frame.loc[:5, "value"] = 0.0
    frame.loc[6:9, "value"] = np.nan
    frame["followers"] = np.where(frame.index % 7, 100.0, np.nan)
    frame["constant"] = "same"
    table = posting_time.slot_effects(frame, "value", controls=["followers", "constant"])
    assert table["n"].sum() == 396
    assert table["effect"].notna().all()


@pytest.mark.parametrize("frame", [posts(evening, n=29), posts(evening, n=100).assign(value=3.0)])
def test_too_few_or_equal_outcomes_are_not_enough(frame):
    table = posting_time.slot_effects(frame, "value")
    assert not table["enough"].any()
    assert table["effect"].isna().all()


def test_bad_input_is_named():
    frame = posts(evening, n=50)
    with pytest.raises(MissingColumns, match="lacks views"):
        posting_time.slot_effects(frame, "views")
    with pytest.raises(MissingColumns, match="lacks theme"):
        posting_time.slot_effects(frame, "value", controls=["theme"])
    with pytest.raises(BadValue, match="negative"):
        posting_time.slot_effects(frame.assign(value=-1.0), "value")
    with pytest.raises(BadValue, match="expected numbers"):
        posting_time.slot_effects(frame.assign(value="many"), "value")
    with pytest.raises(BadValue, match="not timestamps"):
        posting_time.slot_effects(frame.assign(created_timestamp="noon"), "value")
    with pytest.raises(BadValue, match="level"):
        posting_time.slot_effects(frame, "value", level=95)
    with pytest.raises(BadValue, match="weeks"):
        posting_time.held_out(frame, "value", weeks=0)


def test_later_weeks_prefer_the_pooled_map():
    frame = posts(evening, n=900, noise=0.8)
    score = posting_time.held_out(frame, "value", weeks=12).set_index("method")
    assert list(score.index) == ["pooled", "raw_mean", "any_time"]
    assert score.loc["pooled", "error"] < score.loc["raw_mean", "error"]
    assert score.loc["pooled", "skill"] > 0
    assert score.loc["any_time", "skill"] == 0
    assert score.loc["pooled", "gain"] > 0.05
    assert abs(score.loc["any_time", "gain"]) < 1e-9


def test_a_block_is_predicted_from_earlier_posts_only():
    frame = posts(evening, n=600).rename(columns={"created_timestamp": "_at", "value": "_value"})
    first, last = pd.Timestamp("2026-03-01"), pd.Timestamp("2026-04-01")
    block = posting_time._score_block(frame, first, last, [])
    cut = posting_time._score_block(frame[frame["_at"] < last], first, last, [])
    pd.testing.assert_frame_equal(block, cut)
    changed = frame.assign(_value=frame["_value"].where(frame["_at"] < first, 7.0 + frame.index))
    other = posting_time._score_block(changed, first, last, [])
    assert block["pooled"].equals(other["pooled"])
    assert not block["outcome"].equals(other["outcome"])


def test_too_few_later_posts_are_not_enough():
    score = posting_time.held_out(posts(evening, n=40), "value", weeks=2)
    assert not score["enough"].any()
    assert score["error"].isna().all()


def test_claims_hold():
    claims = proof.claims()
    assert claims["ok"].all(), claims.loc[~claims["ok"], ["claim", "figure", "target"]].to_string()


@pytest.mark.real
def test_sellers_agree_with_the_committed_figures():
    path = f"{os.environ['OPSBOOK_REAL_DATA']}/{proof.REAL_FILE}"
    score = proof.sellers(path).set_index("method")
    figures = _claim.last_measured("posting_time", "sellers")
    assert score.loc["pooled", "error"] == pytest.approx(figures["error"], rel=0.01)
    assert score.loc["raw_mean", "error"] == pytest.approx(figures["raw_mean_error"], rel=0.01)
    assert score.loc["any_time", "error"] == pytest.approx(figures["any_time_error"], rel=0.01)
