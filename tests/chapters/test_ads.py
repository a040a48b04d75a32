"""Chapter 6: every clause has its frame and column, named changes move it, what is planted is found."""

import numpy as np
import pandas as pd
import pytest

import opsbook
from opsbook.chapters import ads

SEEDS = (7, 11)
CLAUSES = {
    "6.1.1 cost and result by type": ("by_type", "ad_type spend cost_per_mille cost_per_action click_through_rate"),
    "6.1.1 on comparable audiences": ("by_type", "relative low high p_value n"),
    "6.1.2 breakdown, multiple-comparison control": ("breakdown", "dimension level rate relative p_value p_adjusted verdict"),
    "6.1.2 date effects": ("date_effects", "kind measure relative low high days"),
    "6.1.2 A/B tests: sample ratio, interval, sequential, variance": ("tests", "p_split split_ok effect low high p_sequential variance_ratio verdict"),
    "6.1.2 power and duration": ("plan_test", "relative n_per_arm per_day days"),
    "6.2.1 elements, shrunk": ("elements", "element level relative low high p_value"),
    "6.2.1 fatigue": ("fatigue", "ad_name half_life low high worn_share state"),
    "6.2.2 copy": ("copy_check", "ad_name term rule risk reason suggestion"),
    "6.2.2 call to action": ("call_to_action", "call_to_action ads rate relative low high"),
    "6.3.1 rates with intervals": ("overview", "indicator value low high previous change p_value"),
    "6.3.1 behaviour after the click": ("after_click", "step value share low high"),
    "6.3.1 against the shop": ("against_shop", "claimed_orders shop_orders claimed_to_shop shop_net"),
    "6.3.2 reallocation, marginal return": ("reallocation", "channel proposed_budget change marginal_now marginal_proposed"),
    "6.3.2 time of day, region, audience": ("shifts", "dimension level gain gain_low gain_high"),
    "6.3.2 pause or refresh": ("pause_or_refresh", "ad_name decision gain gain_low gain_high"),
}  # fmt: skip
RATES = ("follow_rate", "conversion_rate", "click_through_rate", "cost_per_mille", "cost_per_click",
         "cost_per_action", "return_on_ad_spend")  # fmt: skip


@pytest.fixture
def brand(whole_book):
    return lambda seed, without=(): whole_book(6, seed, without)


@pytest.mark.parametrize("clause", CLAUSES)
def test_clause_has_its_columns(brand, clause):
    name, wanted = CLAUSES[clause]
    frame = getattr(ads, name)(brand(7)[0])
    assert set(wanted.split()) <= set(frame.columns) and len(frame)


@pytest.mark.parametrize("by", ["campaign", "ad", "audience", "day"])
def test_every_rate_has_an_interval_by_campaign_ad_audience_and_day(brand, by):
    frame = ads.effect(brand(7)[0], by=by)
    # none of the sample's ad platforms exports follows
    for rate in set(RATES) - {"follow_rate"}:
        assert {rate, f"{rate}_low", f"{rate}_high"} <= set(frame.columns)
    known = frame.dropna(subset=["click_through_rate_low"])
    assert len(known)
    assert (known["click_through_rate_low"] <= known["click_through_rate"]).all()


@pytest.mark.parametrize("by", ["campaign", "ad", "day"])
def test_6_3_1_half_the_follows_halve_the_follow_rate(tiny_book, by):
    tables = small()
    fewer = scaled(tables, tables["ads_daily"].index, follows=0)
    fewer["ads_daily"].loc[::2, "follows"] = 1
    before, after = (
        ads.effect(opened(tiny_book, t), by=by)["follow_rate"] for t in (tables, fewer)
    )
    assert after.mean() == pytest.approx(before.mean() / 2, rel=0.02)


def test_6_3_1_a_step_is_no_part_of_clicks_whose_platform_does_not_report_it(tiny_book):
    tables = small()
    ads_daily = tables["ads_daily"].assign(landing_views=60.0, add_to_carts=20.0)
    ads_daily["clicks"], ads_daily["conversions"] = 100, 10
    half = ads_daily.index % 2 == 0
    ads_daily.loc[half, ["landing_views", "add_to_carts"]] = np.nan
    ads_daily.loc[half, "conversions"] = 90
    found = ads.after_click(opened(tiny_book, {**tables, "ads_daily": ads_daily}))
    assert found["step"].tolist() == ["clicks", "landing_views", "add_to_carts", "conversions"]
    assert found["share"].tolist() == pytest.approx([1, 0.6, 0.2, 0.1])


def test_clauses_of_empty_kinds_have_their_columns(brand):
    book, _ = brand(7)
    assert set(ads.assets(book).columns) >= {"asset_id", "check", "measured", "allowed", "is_ok"}
    assert set(ads.reconciliation(book).columns) >= {"source_file", "stated", "summed", "is_equal"}
    assert set(ads.alerts(book).columns) >= {"platform", "metric", "count", "expected", "threshold"}


def test_empty_store_gives_empty_frames(home):
    book = opsbook.open_chapter(6, home=home)
    for name in dict.fromkeys(n for n, _ in CLAUSES.values()):
        assert len(getattr(ads, name)(book)) == 0, name
    assert ads.response(book) is None
    assert book.findings == {} and book.state == "no_data"


@pytest.mark.parametrize("seed", SEEDS)
class TestPlanted:
    def test_audiences(self, brand, seed):
        book, truth = brand(seed)
        plan = truth["audience"]
        table = ads.breakdown(book)
        better = table[table["verdict"] == "better"]
        for dimension in ("age", "region", "interest"):
            top = better[better["dimension"] == dimension]["level"].tolist()
            assert top[:1] == [str(book.translator.value(plan[dimension]))], dimension
        hours = better.loc[better["dimension"] == "hour", "level"].str[:2].astype(int)
        planned = range(plan["hour"], plan["hour"] + plan["hours"])
        assert set(hours) and set(hours) <= set(planned)
        assert not (better["dimension"] == "gender").any()

    def test_elements(self, brand, seed):
        book, truth = brand(seed)
        table = ads.elements(book)
        right = 0
        for element in ("selling_point", "emotion", "form"):
            shown = "creative_form" if element == "form" else element
            part = table[(table["element"] == shown) & table["enough"]]
            right += (
                part.loc[part["relative"].idxmax(), "level"] == truth["creatives"][element]["best"]
            )
        assert right >= 2

    def test_call_to_action(self, brand, seed):
        book, truth = brand(seed)
        table = ads.call_to_action(book)
        assert table["call_to_action"].iloc[0] == truth["creatives"]["call_to_action"]["best"]

    def test_fatigue(self, brand, seed):
        book, truth = brand(seed)
        table = ads.fatigue(book)
        planted = {i.split(": ")[1] for i in truth["fatigue"]["ad_ids"]}
        seen = table[table["ad_id"].isin(planted)]
        assert len(seen) >= 5 and (seen["state"] == "worn").mean() >= 0.8
        others = table[~table["ad_id"].isin(planted)]
        assert (others["state"] == "worn").sum() <= 1
        planned = seen["platform"].map(truth["fatigue"]["half_life_impressions"])
        # single ads scatter, and an ad's clicks move with more than wear
        assert 0.6 < (seen["half_life"] / planned).median() < 1.6

    def test_experiments(self, brand, seed):
        book, truth = brand(seed)
        table = ads.tests(book).set_index("experiment_id")
        plan = truth["experiments"]
        real = table.loc[plan["real"]["id"]]
        assert real["verdict"] == "better"
        assert real["low"] < plan["real"]["relative_lift"] < real["high"]
        assert table.loc[plan["null"]["id"], "verdict"] == "unclear"
        assert table.loc[plan["mismatch"]["id"], "verdict"] == "not_valid"
        mean = table.loc[plan["mean"]["id"]]
        assert mean["verdict"] == "better" and mean["variance_ratio"] < 1
        assert mean["effect_low"] < mean["effect"] < mean["effect_high"]
        width = mean["effect_high"] - mean["effect_low"]
        assert abs(mean["effect"] - plan["mean"]["lift"]) < width
        assert {"6.1.2.split", "6.1.2.better"} <= {f.message for f in book.findings.values()}

    def test_banned_words(self, brand, seed):
        book, truth = brand(seed)
        table = ads.copy_check(book)
        names = book.frame("ad_campaigns").drop_duplicates("ad_id").set_index("ad_id")["ad_name"]
        planted = {
            names[i.split(": ")[1]] or i.split(": ")[1] for i in truth["banned_words"]["ad_ids"]
        }
        assert set(table.loc[table["risk"] == "ban", "ad_name"]) == planted

    def test_response(self, brand, seed):
        book, truth = brand(seed)
        fit = ads.response(book)
        assert fit.identified
        table = ads.reallocation(book, fit).set_index("channel")
        plan = truth["response"]
        assert table["change"].idxmax() == table["marginal_now"].idxmax() == plan["underspent"]
        now = table["marginal_now"]
        assert now[plan["overspent"]] < now[plan["underspent"]]
        assert table["proposed_budget"].sum() == pytest.approx(table["spend"].sum(), rel=1e-3)

        def orders(spend):
            return sum(
                c["ceiling_orders"] * spend[name] / (spend[name] + c["half_saturation"])
                for name, c in plan["channels"].items()
            )

        sold = book.frame("orders")
        paid = sold.loc[sold["traffic_type"] == "paid", ["order_id", "paid_amount"]]
        worth = paid["paid_amount"].astype(float).sum() / paid["order_id"].nunique()
        true = worth * (orders(table["proposed_budget"]) - orders(table["spend"]))
        (move,) = (f for f in book.findings.values() if f.message == "6.3.2.move")
        assert 0 < move.low <= true <= move.high


def test_without_the_plantings_the_findings_go(brand):
    book, _ = brand(7, ("audience", "creatives", "fatigue", "experiments", "banned_words"))
    ads.elements(book), ads.fatigue(book), ads.copy_check(book), ads.call_to_action(book)
    audiences = ads.breakdown(book)
    people = audiences[audiences["dimension"].isin(["age", "region", "interest", "gender"])]
    assert (people["verdict"] != "unclear").sum() <= 1
    gone = {"6.2.1.element", "6.2.1.worn", "6.2.2.copy", "6.1.2.split"}
    assert {f.message for f in book.findings.values()} & gone == set()


# ---- named changes in small frames

DAYS = pd.date_range("2026-04-01", "2026-06-30")


def small(days=DAYS, count=8, seed=1):
    """Eight ads of two types by day with ordinary chance in clicks and conversions; one platform."""
    rng = np.random.default_rng(seed)
    ids = [f"ad{i}" for i in range(count)]
    key = {"platform": "meta_ads", "account_id": "m", "campaign_id": "c", "ad_group_id": "g"}
    frame = pd.DataFrame([(d, i) for d in days for i in ids], columns=["date_day", "ad_id"]).assign(
        **key, breakdown="all"
    )
    n = len(frame)
    frame["impressions"] = rng.integers(4000, 6000, n)
    frame["spend"] = frame["impressions"] * 0.02
    frame["clicks"] = rng.binomial(frame["impressions"], 0.03)
    frame["conversions"] = rng.binomial(frame["clicks"], 0.05)
    frame["conversions_value"] = frame["conversions"] * 100.0
    frame["follows"], frame["currency"] = 1, "CNY"
    about = pd.DataFrame({"ad_id": ids, **key, "ad_name": ids, "ad_type": ["feed", "video"] * (count // 2),
                          "selling_point": (["origin", "price"] * count)[:count],
                          "call_to_action": ["buy", "buy", "learn", "learn"] * (count // 4),
                          "copy_text": "周末慢慢喝茶", "start_date": days[0]})  # fmt: skip
    return {"ads_daily": frame, "ad_campaigns": about}


def opened(tiny_book, tables, period="2026-06"):
    return tiny_book(6, tables, period=period)


def scaled(tables, rows, **factors):
    """A copy with ad figures of some rows multiplied."""
    frame = tables["ads_daily"].copy()
    for name, factor in factors.items():
        frame.loc[rows, name] = (frame.loc[rows, name] * factor).round().astype(frame[name].dtype)
    return {**tables, "ads_daily": frame}


def of(tables, column, level):
    about = tables["ad_campaigns"].set_index("ad_id")[column]
    return (tables["ads_daily"]["ad_id"].map(about) == level).to_numpy()


def test_6_1_1_a_type_with_double_clicks_is_double(tiny_book):
    tables = small()
    more = scaled(tables, of(tables, "ad_type", "video"), clicks=2)
    flat = ads.by_type(opened(tiny_book, tables)).set_index("ad_type")
    found = ads.by_type(opened(tiny_book, more)).set_index("ad_type")
    assert flat.loc["video", "low"] < 0 < flat.loc["video", "high"]
    ratio = (1 + found.loc["video", "relative"]) / (1 + found.loc["feed", "relative"])
    assert ratio == pytest.approx(2, rel=0.05) and found.loc["video", "low"] > 0


def test_6_1_2_a_weekday_with_half_the_conversions_is_worse(tiny_book):
    tables = small()
    monday = (tables["ads_daily"]["date_day"].dt.day_of_week == 0).to_numpy()
    quiet, low = (
        ads.breakdown(opened(tiny_book, t))
        for t in (tables, scaled(tables, monday, conversions=0.5))
    )
    assert set(quiet["verdict"]) == {"unclear"}
    worse = low[low["verdict"] == "worse"]
    assert worse["dimension"].tolist() == ["weekday"] and worse["relative"].iloc[
        0
    ] == pytest.approx(-0.5, abs=0.12)


def test_6_1_2_a_sale_that_doubles_conversions_is_seen_on_its_days(tiny_book):
    tables = small()
    event = pd.DataFrame({"event_id": ["E"], "event_name": ["618"], "kind": ["sale"],
                          "start_date": [pd.Timestamp("2026-06-10")], "end_date": [pd.Timestamp("2026-06-20")]})  # fmt: skip
    inside = tables["ads_daily"]["date_day"].between("2026-06-10", "2026-06-20").to_numpy()
    found = []
    for frame in (tables, scaled(tables, inside, conversions=2)):
        found.append(
            ads.date_effects(opened(tiny_book, {**frame, "industry_events": event})).iloc[0]
        )
    assert found[0]["relative"] == pytest.approx(0, abs=0.15)
    assert found[1]["relative"] == pytest.approx(1, abs=0.3) and found[1]["days"] == 11


def trial(control=500, treated=500, n=10000, m=10000):
    return pd.DataFrame({"experiment_id": "e", "experiment_name": "e", "arm": ["A", "B"], "is_control": [True, False],
                         "date_day": pd.Timestamp("2026-06-05"), "metric": "click_rate", "kind": "rate",
                         "trials": [n, m], "successes": [control, treated], "planned_share": 0.5, "planned_days": 14})  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "verdict"),
    [(trial(), "unclear"), (trial(treated=650), "better"), (trial(treated=380), "worse"), (trial(m=9000), "not_valid")],
)  # fmt: skip
def test_6_1_2_successes_and_split_decide_the_verdict(tiny_book, frame, verdict):
    table = ads.tests(opened(tiny_book, {"experiments": frame}))
    assert table["verdict"].tolist() == [verdict]


def test_6_1_2_more_clicks_shorten_a_test(tiny_book):
    tables = small()
    everywhere = np.ones(len(tables["ads_daily"]), bool)
    slow = ads.plan_test(opened(tiny_book, tables))
    fast = ads.plan_test(
        opened(tiny_book, scaled(tables, everywhere, clicks=10, conversions=10, impressions=10))
    )
    assert fast["per_day"].iloc[0] == pytest.approx(10 * slow["per_day"].iloc[0], rel=0.01)
    assert fast["days"].iloc[0] < slow["days"].iloc[0]


def test_6_2_1_an_element_with_more_clicks_earns(tiny_book):
    tables = small()
    more = scaled(tables, of(tables, "selling_point", "origin"), clicks=1.5)
    # type and selling point alternate alike in the small frame: told apart by another pairing
    for frame in (tables, more):
        frame["ad_campaigns"] = frame["ad_campaigns"].assign(
            ad_type=["feed", "feed", "video", "video"] * 2
        )
    flat, found = (ads.elements(opened(tiny_book, t)).set_index("level") for t in (tables, more))
    assert flat.loc["origin", "low"] < 0 < flat.loc["origin", "high"]
    assert found.loc["origin", "low"] > 0


def test_6_2_1_a_click_rate_that_halves_with_exposure_is_worn(tiny_book):
    tables = small()
    frame = tables["ads_daily"]
    seen = frame.groupby("ad_id")["impressions"].cumsum()
    rate = np.where(frame["ad_id"] == "ad0", 0.5 ** (seen / 150000), 1.0)
    tired = {
        **tables,
        "ads_daily": frame.assign(clicks=(frame["clicks"] * rate).round().astype(int)),
    }
    fresh = ads.fatigue(opened(tiny_book, tables))
    table = ads.fatigue(opened(tiny_book, tired)).set_index("ad_id")
    assert not (fresh["state"] == "worn").any()
    assert table.loc["ad0", "state"] == "worn" and table.loc["ad0", "half_life"] == pytest.approx(
        150000, rel=0.2
    )
    assert (table["state"] == "worn").sum() == 1


def test_6_2_2_a_banned_word_is_found_in_its_ad(tiny_book):
    tables = small()
    about = tables["ad_campaigns"].copy()
    about.loc[3, "copy_text"] = "全国第一的龙井，国家级品质"
    clean = ads.copy_check(opened(tiny_book, tables))
    found = ads.copy_check(opened(tiny_book, {**tables, "ad_campaigns": about}))
    assert len(clean) == 0 and set(found["ad_name"]) == {"ad3"} and "ban" in set(found["risk"])


def test_6_2_2_a_call_that_sells_double_earns_double(tiny_book):
    tables = small()
    more = scaled(tables, of(tables, "call_to_action", "buy"), conversions=2)
    flat, found = (
        ads.call_to_action(opened(tiny_book, t)).set_index("call_to_action") for t in (tables, more)
    )
    gain = [
        (1 + t.loc["buy", "relative"]) / (1 + t.loc["learn", "relative"]) for t in (flat, found)
    ]
    assert gain[1] == pytest.approx(2 * gain[0], rel=0.02)


def test_6_3_1_double_spend_doubles_costs_and_halves_the_return(tiny_book):
    tables = small()
    june = (tables["ads_daily"]["date_day"] >= "2026-06-01").to_numpy()
    before, after = (
        ads.overview(opened(tiny_book, t)).set_index("indicator")["value"]
        for t in (tables, scaled(tables, june, spend=2))
    )
    for name in ("cost_per_click", "cost_per_mille", "cost_per_action"):
        assert after[name] == pytest.approx(2 * before[name], rel=0.02)
    assert after["return_on_ad_spend"] == pytest.approx(before["return_on_ad_spend"] / 2, rel=0.02)
    assert after["click_through_rate"] == before["click_through_rate"]


def test_6_3_1_a_shop_without_paid_orders_stands_beside_the_claims(tiny_book):
    tables = small()
    order = pd.DataFrame({"platform": "shopify", "shop_account_id": "s", "order_id": ["1", "2"], "line_no": 1,
                          "created_at": pd.Timestamp("2026-06-10 12:00"), "paid_amount": 80.0, "line_amount": 80.0,
                          "traffic_type": ["paid", "organic"], "status": "completed", "currency": "CNY"})  # fmt: skip
    table = ads.against_shop(opened(tiny_book, {**tables, "orders": order})).set_index("platform")
    assert table.loc["all", "shop_orders"] == 1 and table.loc["all", "shop_paid"] == 80.0
    inside = tables["ads_daily"]["date_day"] >= "2026-06-01"
    assert (
        table.loc["all", "claimed_orders"] == tables["ads_daily"].loc[inside, "conversions"].sum()
    )


def two_channels(slope, seed=2):
    """Two channels whose spend moves by itself; `slope` is what a yuan of the second brings."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2025-09-01", "2026-06-30")
    parts = []
    for platform, low, high in (("meta_ads", 100, 400), ("google_ads", 100, 400)):
        base = small(days, count=4, seed=seed)["ads_daily"].assign(
            platform=platform, ad_id=lambda f, p=platform: f["ad_id"] + p
        )
        spend = pd.Series(rng.uniform(low, high, len(days)), index=days)
        parts.append(base.assign(spend=base["date_day"].map(spend) / 4))
    daily = pd.concat(parts, ignore_index=True)
    money = daily.groupby(["date_day", "platform"])["spend"].sum().unstack()
    sales = (
        400
        + 400 * money["meta_ads"] / (money["meta_ads"] + 30)
        + slope * money["google_ads"]
        + rng.normal(0, 25, len(days))
    )
    orders = pd.DataFrame({"platform": "shopify", "shop_account_id": "s", "order_id": [f"o{i}" for i in range(len(days))], "line_no": 1,
                           "created_at": days + pd.Timedelta(hours=12), "paid_amount": sales.to_numpy(), "line_amount": sales.to_numpy(),
                           "traffic_type": "paid", "status": "completed", "currency": "CNY"})  # fmt: skip
    about = small(days, count=4)["ad_campaigns"]
    return {"ads_daily": daily, "orders": orders, "ad_campaigns": about}


def test_6_3_2_money_moves_to_the_channel_that_still_earns(tiny_book):
    book = opened(tiny_book, two_channels(slope=3.0))
    table = ads.reallocation(book).set_index("channel")
    assert table.loc["google_ads", "change"] > 0.2 > 0 > table.loc["meta_ads", "change"]
    assert "6.3.2.move" in {f.message for f in book.findings.values()}
    flat = ads.reallocation(opened(tiny_book, two_channels(slope=0.0)))
    moved = flat.set_index("channel")["change"] if len(flat) else pd.Series({"google_ads": 0.0})
    assert moved["google_ads"] < table.loc["google_ads", "change"]


def test_6_3_2_an_ad_without_conversions_is_paused(tiny_book):
    tables = small()
    bad = (tables["ads_daily"]["ad_id"] == "ad5").to_numpy()
    keep = ads.pause_or_refresh(opened(tiny_book, tables))
    some = ads.pause_or_refresh(opened(tiny_book, scaled(tables, bad, conversions=0.1)))
    assert set(keep["decision"]) == {"keep"}
    assert some.loc[some["decision"] == "pause", "ad_id"].tolist() == ["ad5"]


def test_6_3_2_a_day_with_five_times_the_clicks_raises_an_alarm(tiny_book):
    tables = small()
    day = (tables["ads_daily"]["date_day"] == "2026-06-17").to_numpy()
    quiet = ads.alerts(opened(tiny_book, tables))
    loud = ads.alerts(opened(tiny_book, scaled(tables, day, clicks=5)))
    assert pd.Timestamp("2026-06-17") not in set(quiet["date"])
    assert "clicks" in set(loud.loc[loud["date"] == "2026-06-17", "metric"])


def test_6_3_2_an_hour_that_sells_gets_the_tenth(tiny_book):
    tables = small(pd.date_range("2026-06-01", "2026-06-30"), count=4)
    parts = []
    for hour in (9, 20):
        part = tables["ads_daily"].assign(hour=hour, breakdown=f"hour={hour}")
        parts.append(part.assign(conversions=part["conversions"] * (3 if hour == 20 else 1)))
    table = ads.shifts(
        opened(tiny_book, {**tables, "ads_daily": pd.concat(parts, ignore_index=True)})
    )
    hours = table[table["dimension"] == "hour"].set_index("level")
    assert hours.loc["20:00", "relative"] == pytest.approx(0.5, abs=0.05)
    assert hours.loc["09:00", "gain_low"] > 0 and hours.loc["20:00", "gain"] == pytest.approx(0)


def test_one_account_and_two_weeks(tiny_book):
    tables = small(pd.date_range("2026-06-15", "2026-06-28"), count=4)
    book = tiny_book(6, tables, period="2026-W26")
    for name in dict.fromkeys(n for n, _ in CLAUSES.values()):
        getattr(ads, name)(book)
    assert len(ads.overview(book)) == len(RATES)
