"""The indicator registry: definitions, sums of parts, bounds, order, duplicates and zero denominators."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from opsbook.data import indicators, promotions
from opsbook.data.periods import parse
from opsbook.data.store import Store
from opsbook.errors import ParameterError
from opsbook.methods import decomposition, lead_lag, level_shift, weighted_ranking

KEY = ["platform", "account_id"]


def brand(seed, n=60):
    """Posts with figures and ads of three accounts, drawn from a seed."""
    rng = np.random.default_rng(seed)
    place = rng.integers(0, 3, n)
    days = pd.Timestamp("2026-10-01") + pd.to_timedelta(rng.integers(0, 40, n), unit="D")
    head = pd.DataFrame(
        {
            "platform": np.array(["weibo", "x", "x"])[place],
            "account_id": np.array(["a", "b", "c"])[place],
            "post_id": [f"p{i}" for i in range(n)],
        }
    )
    posts = head.assign(created_timestamp=(days + pd.Timedelta(hours=4)).tz_localize("UTC"))
    views = rng.integers(0, 500, n)
    figures = head.assign(
        as_of_date=(days + pd.Timedelta(days=8)).date,
        basis="cumulative",
        views=views,
        likes=rng.binomial(views, 0.1),
        comments=rng.binomial(views, 0.02),
    )
    shown = rng.integers(0, 900, n)
    clicks = rng.binomial(shown, 0.05)
    ads = head.rename(columns={"post_id": "ad_id"}).assign(
        campaign_id="c",
        ad_group_id="g",
        date_day=days.date,
        breakdown="all",
        impressions=shown,
        clicks=clicks,
        conversions=rng.binomial(clicks, 0.3),
        spend=np.round(shown * 0.03, 2),
    )
    return {"posts": posts, "post_daily": figures, "ads_daily": ads}


def store_of(folder, tables):
    store = Store(folder)
    for name, frame in tables.items():
        store.append(name, frame, source="test")
    return store


@pytest.fixture(scope="module", params=[1, 2, 3])
def drawn(request, tmp_path_factory):
    tables = brand(request.param)
    return store_of(tmp_path_factory.mktemp("store"), tables), tables


TOTALS = ["posts_published", "views", "likes", "interactions", "ad_spend", "ad_clicks"]
RATES = ["engagement_rate_by_views", "like_rate_by_views", "click_through_rate", "conversion_rate"]


def test_totals_equal_the_sum_of_their_parts(drawn):
    store, tables = drawn
    whole = indicators.compute(store, TOTALS).iloc[0]
    for by in (["platform"], KEY, [*KEY, "date_day"], "month"):
        parts = indicators.compute(store, TOTALS, by=by)
        assert parts[TOTALS].sum().to_numpy() == pytest.approx(whole.to_numpy(float))
    assert whole["views"] == tables["post_daily"]["views"].sum()
    assert whole["ad_spend"] == pytest.approx(tables["ads_daily"]["spend"].sum())


def test_rates_lie_within_their_parts(drawn):
    store, _ = drawn
    whole = indicators.compute(store, RATES).iloc[0]
    parts = indicators.compute(store, RATES, by=[*KEY, "date_day"])
    for name in RATES:
        assert parts[name].min() <= whole[name] <= parts[name].max()
        assert parts[name].dropna().between(0, 1).all()


def test_order_and_duplicates_do_not_matter(drawn, tmp_path):
    store, tables = drawn
    names, by = TOTALS + RATES, ["platform", "week"]
    shuffled = {k: v.sample(frac=1, random_state=9) for k, v in tables.items()}
    again = store_of(tmp_path, shuffled)
    for name, frame in tables.items():
        again.append(name, frame.tail(20), source="the same rows once more")
    first, second = (indicators.compute(s, names, by=by) for s in (store, again))
    pd.testing.assert_frame_equal(first, second)
    turned = indicators.compute(store, names[::-1], by=by)
    pd.testing.assert_frame_equal(first, turned[first.columns])


def test_a_period_is_cut_by_local_days(drawn):
    store, tables = drawn
    period = parse("2026-10-05/2026-10-11")
    days = tables["posts"]["created_timestamp"].dt.tz_convert("Asia/Shanghai").dt.date
    expected = days.between(period.start, period.end).sum()
    got = indicators.compute(store, "posts_published", period=period)["posts_published"].iloc[0]
    assert got == expected
    by_text = indicators.compute(store, "posts_published", period="2026-10-05/2026-10-11")
    assert by_text["posts_published"].iloc[0] == expected


def test_parts_add_up_to_the_rate(drawn):
    store, _ = drawn
    parts = indicators.parts(store, RATES, by=[*KEY, "date_day"])
    whole = indicators.compute(store, RATES).iloc[0]
    for name, own in parts.groupby("indicator"):
        assert own["numerator"].sum() / own["denominator"].sum() == pytest.approx(whole[name])


@pytest.mark.parametrize("names", [RATES, ["cost_per_click", "cost_per_mille"]])
def test_a_zero_denominator_is_missing(tmp_path, names):
    tables = brand(4)
    for column in ("views", "likes", "comments"):
        tables["post_daily"][column] = 0
    for column in ("impressions", "clicks", "conversions"):
        tables["ads_daily"][column] = 0
    row = indicators.compute(store_of(tmp_path, tables), names).iloc[0]
    assert row.isna().all()


def test_an_empty_store_gives_missing_rates_and_no_rows_by_group(tmp_path):
    store = Store(tmp_path)
    assert indicators.compute(store, RATES).iloc[0].isna().all()
    grouped = indicators.compute(store, ["views", "ad_spend", "sales_paid"], by=["platform"])
    assert len(grouped) == 0
    assert list(grouped.columns) == ["platform", "views", "ad_spend", "sales_paid"]


def test_a_missing_figure_counts_on_neither_side_of_a_rate(tmp_path):
    tables = brand(5, n=2)
    tables["post_daily"] = tables["post_daily"].assign(
        views=pd.array([100, None], dtype="Int64"), likes=[10, 90], comments=0
    )
    row = indicators.compute(store_of(tmp_path, tables), ["likes", "like_rate_by_views"]).iloc[0]
    assert (row["likes"], row["like_rate_by_views"]) == (100, 0.1)


def test_figures_are_read_at_equal_age(tmp_path):
    tables = brand(6, n=1)
    day = tables["posts"]["created_timestamp"].iloc[0].date()
    snapshots = [
        tables["post_daily"].assign(as_of_date=day + dt.timedelta(days=age), views=views)
        for age, views in ((1, 10), (6, 60), (7, 70), (40, 400))
    ]
    tables["post_daily"] = pd.concat(snapshots, ignore_index=True)
    store = store_of(tmp_path, tables)
    assert indicators.compute(store, "views")["views"].iloc[0] == 400
    assert indicators.compute(store, "views", equal_age=7)["views"].iloc[0] == 70
    assert indicators.compute(store, "views", equal_age=30)["views"].iloc[0] == 400


def test_every_indicator_is_defined_once_and_named_in_three_languages():
    known = indicators.registry()
    words = [a for i in known.values() for a in i.aliases]
    assert len(words) == len(set(words))
    assert not set(words) & set(known)
    for found in known.values():
        assert set(found.name) >= {"en", "zh-Hant", "zh-Hans"}, found.id
        assert found.formula, found.id
        assert found.source, found.id
    assert indicators.indicator("roas").id == "return_on_ad_spend"


def test_an_unknown_name_or_group_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="click_through_rate"):
        indicators.compute(Store(tmp_path), "click_thru_rate")
    with pytest.raises(ParameterError, match="platform"):
        indicators.compute(Store(tmp_path), "views", by="platfrom")


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("denominator", [None, "d"])
def test_contributions_leave_no_remainder(seed, denominator):
    rng = np.random.default_rng(seed)
    before, now = (
        pd.DataFrame(
            {
                "part": rng.choice(list("abcdef"), 15),
                "n": rng.integers(0, 50, 15),
                "d": rng.integers(0, 90, 15) + 50,
            }
        )
        for _ in range(2)
    )
    table = decomposition.contributions(now, before, "part", "n", denominator)
    change = decomposition.whole(now, "n", denominator) - decomposition.whole(
        before, "n", denominator
    )
    assert table["contribution"].sum() == pytest.approx(change)
    if denominator:
        both = table["mix_effect"] + table["rate_effect"]
        assert both.to_numpy() == pytest.approx(table["contribution"].to_numpy())


def test_a_pure_change_of_mix_has_no_rate_effect():
    before = pd.DataFrame({"part": ["a", "b"], "n": [10, 40], "d": [100, 100]})
    now = pd.DataFrame({"part": ["a", "b"], "n": [5, 60], "d": [50, 150]})
    table = decomposition.contributions(now, before, "part", "n", "d")
    assert table["rate_effect"].abs().max() == pytest.approx(0)
    assert table["mix_effect"].sum() == pytest.approx(65 / 200 - 50 / 200)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2026-W46", "2025-11-09/2025-11-15"),
        ("2026-06-18", "2025-06-18/2025-06-18"),
        # new year's day was 2026-02-17 and 2025-01-29
        ("2026-02-17/2026-02-23", "2025-01-29/2025-02-04"),
        ("2026-W34", None),
    ],
)
def test_promotions_are_laid_over_each_other(period, expected):
    found = promotions.aligned(parse(period))
    assert (found.period.label if found else None) == expected


def test_a_step_is_found_at_its_week_and_none_in_noise():
    weeks = pd.date_range("2025-08-18", periods=60, freq="7D")
    rng = np.random.default_rng(0)
    noise = np.exp(rng.normal(0, 0.15, (40, 60)))
    stepped = pd.Series(100 * noise[0] * np.where(np.arange(60) >= 35, 2.0, 1.0), index=weeks)
    row = level_shift.steps(stepped).iloc[0]
    assert row["date"] == weeks[35]
    assert row["low"] <= 1.0 <= row["high"]
    alarms = sum(len(level_shift.steps(pd.Series(v, index=weeks))) > 0 for v in noise)
    assert alarms <= 3


def test_a_leader_is_told_from_its_follower():
    days = pd.date_range("2026-01-01", periods=240)
    rng = np.random.default_rng(1)
    shock = rng.normal(0, 0.5, 243)
    frame = pd.DataFrame(
        {
            "follower": np.exp(shock[:240] + rng.normal(0, 0.3, 240)),
            "leader": np.exp(shock[3:] + rng.normal(0, 0.3, 240)),
            "other": np.exp(rng.normal(0, 0.5, 240)),
        },
        index=days,
    )
    table = lead_lag.pairs(frame)
    first = table.iloc[0]
    assert (first["leader"], first["follower"], first["lag"]) == ("leader", "follower", 3)
    assert first["p_adjusted"] < 0.001
    assert (table["p_adjusted"].iloc[1:] > 0.05).all()


@pytest.mark.parametrize("seed", range(20))
def test_the_ranking_turns_exactly_at_the_stated_weight(seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.random((5, 3)), columns=list("abc"), index=list("pqrst"))
    weights = dict(zip("abc", rng.dirichlet([2, 2, 2]), strict=True))
    first = weighted_ranking.score(frame, weights)["option"].iloc[0]

    def leader(name, weight):
        rest = sum(w for k, w in weights.items() if k != name)
        moved = {k: w * (1 - weight) / rest for k, w in weights.items() if k != name}
        return weighted_ranking.score(frame, moved | {name: weight})["option"].iloc[0]

    for row in weighted_ranking.sensitivity(frame, weights).itertuples():
        for turn, who, side in (
            (row.first_down, row.challenger_down, -1),
            (row.first_up, row.challenger_up, 1),
        ):
            if np.isnan(turn):
                assert leader(row.criterion, 0.0 if side < 0 else 1.0) == first
            else:
                assert leader(row.criterion, turn - side * 1e-6) == first
                assert leader(row.criterion, min(max(turn + side * 1e-6, 0), 1)) == who
