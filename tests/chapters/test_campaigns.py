"""Chapter 5: every clause has its column, every rule fires and stays silent, planted truth is found."""

import functools

import numpy as np
import pandas as pd
import pytest

import opsbook
from opsbook.chapters import campaigns
from opsbook.data import schema
from opsbook.data.sample import ads, brand, market, posts, shop, team
from opsbook.data.sample.truth import draw
from opsbook.data.sample.world import World
from tests.chapters.conftest import make_home

SEEDS = (7, 23)
OUT = ("campaigns", "influencers", "lottery_ceiling")


@functools.cache
def planted(seed, without=()):
    """(truth, tables) of a sample brand: the tables that chapter 5 reads, without the exports."""
    world = World(seed, 1.0, frozenset(without), draw(seed, without))
    caused = ads.orders_from(world, ads.spend(world))
    lines = shop.orders(world, posts.make(world), caused)
    lines["campaign_id"] = brand.in_campaign(world, lines)
    lines["person_key"], lines["currency"] = "p_" + lines["buyer"], "CNY"
    frame = brand.campaigns(world)
    people, results = market.influencers(world)
    tables = {
        "accounts": brand.accounts(world),
        "campaigns": frame,
        "campaign_plans": brand.campaign_plans(world, frame),
        "industry_events": brand.industry_events(world),
        "products": shop.products(),
        "orders": lines,
        "influencers": people,
        "influencer_results": results,
        "team": team.team(world),
        "tasks": team.tasks(world),
    }
    kept = {
        name: table[[c for c in table.columns if c in schema.table(name).columns]]
        for name, table in tables.items()
    }
    return world.truth, kept


@pytest.fixture(scope="module")
def brand_book(tmp_path_factory):
    """Call it with a seed and plantings to leave out: an open book, its truth beside it."""

    @functools.cache
    def home(seed, without):
        truth, tables = planted(seed, without)
        return truth, make_home(tmp_path_factory.mktemp(f"brand{seed}"), tables)

    def call(seed=7, without=(), **parameters):
        truth, folder = home(seed, tuple(without))
        return opsbook.open_chapter(5, home=folder, period="2026-W46", **parameters), truth

    return call


def found(book, message):
    return [f for f in book.sorted_findings() if f.message == message]


def small(days=140, campaign=(100, 109), lift=1.0, seed=1, **about):
    """A shop with two orders a day, a second shop as control, and one campaign on the first."""
    rng = np.random.default_rng(seed)
    index = pd.date_range("2026-03-01", periods=days)
    rows = []
    for shop_id, platform in (("s1", "xiaohongshu"), ("s2", "shopify")):
        for i, day in enumerate(index):
            inside = campaign[0] <= i <= campaign[1] and shop_id == "s1"
            for k in range(rng.poisson(6 * (1 + lift if inside else 1))):
                rows.append((platform, shop_id, f"{shop_id}{i:03d}{k:02d}", 1, f"p{i}{k}", 100.0,
                             day + pd.Timedelta(hours=10), "xiaohongshu" if shop_id == "s1"
                             else None))  # fmt: skip
    orders = pd.DataFrame(rows, columns=["platform", "shop_account_id", "order_id", "line_no",
                                         "person_key", "paid_amount", "created_at",
                                         "source_platform"])  # fmt: skip
    orders = orders.assign(line_amount=110.0, status="completed", currency="CNY", product_id="P1")
    row = {
        "campaign_id": "K1", "campaign_name": "Spring", "campaign_type": "promotion",
        "start_date": index[campaign[0]].date(), "end_date": index[campaign[1]].date(),
        "goal_indicator": "sales_paid", "goal_value": 11000.0, "goal_unit": "currency",
        "theme": "offer", "platforms": '["xiaohongshu"]', "budget": 2000.0, "currency": "CNY",
        "owner": "manager", "rules": "活动时间3月1日至3月9日，每人限一次，奖品7日内寄出",
        "reward": "coupon", "reward_cost": 5.0, "reward_quantity": 100, "reward_kind": "coupon",
        "max_prize_value": 5.0, "disclosure": "广告", "status": "ended", "lessons": None,
    } | about  # fmt: skip
    return {
        "orders": orders,
        "campaigns": pd.DataFrame([row]),
        "products": pd.DataFrame(
            [{"product_id": "P1", "product_name": "Tea", "margin_rate": 0.6, "currency": "CNY"}]
        ),
    }


def test_every_clause_has_its_column(brand_book):
    book, _ = brand_book()
    clauses = {
        "5.1 past results by type": (campaigns.by_type, {"campaign_type", "relative", "low"}),
        "5.1.1 measurable, detectable": (campaigns.goals, {"problems", "detectable", "verdict"}),
        "5.1.2 theme track record": (campaigns.themes, {"theme", "relative", "goals_met_share"}),
        "5.1.2 competing dates": (campaigns.competing, {"item", "overlap_days"}),
        "5.1.3 contribution": (campaigns.platforms, {"platform", "expected_sales", "share"}),
        "5.1.4 checklist": (campaigns.rules, {"rule", "state", "measured", "allowed", "source"}),
        "5.1.5 break-even": (campaigns.incentives, {"reward_cost_total", "break_even_sales",
                                                    "added_sales", "probability"}),
        "5.1.6 people": (campaigns.people_load, {"role", "campaign_h", "load_share"}),
        "5.2.1 plan": (campaigns.plan, {"start_date", "platform", "content", "days_late"}),
        "5.2.2 assets": (campaigns.assets, {"asset_id", "asset_state", "failed"}),
        "5.2.4 partners": (campaigns.partners, {"spend", "return_on_cost", "cost_per_order"}),
        "5.2.4 fake check": (campaigns.fake_check, {"signals", "is_suspect"}),
        "5.2.5 pacing": (campaigns.pacing, {"observed", "planned", "expected", "low", "alert"}),
        "5.2.5 end value": (campaigns.pace_check, {"end_value", "probability", "state"}),
        "5.3.1 collection": (campaigns.collection, {"participants", "exposure", "post_coverage",
                                                    "order_coverage"}),
        "5.3.2 lift": (campaigns.effect, {"total", "relative", "low", "high", "p_value",
                                          "return_on_cost"}),
        "5.3.2 placebo": (campaigns.placebo, {"placebo_kind", "flagged_share", "p_placebo"}),
        "5.3.2 goal": (campaigns.goal_result, {"met", "probability", "probability_due"}),
        "5.3.2 factors": (campaigns.factors, {"factor", "contribution"}),
        "5.3.3 ranked": (campaigns.actions, {"rank", "action", "figure", "section", "due"}),
        "5.3.4 report": (campaigns.summary, {"part", "item", "text"}),
        "5.3.4 library": (campaigns.library, {"campaign_name", "relative", "lessons"}),
    }  # fmt: skip
    for clause, (call, columns) in clauses.items():
        frame = call(book)
        assert len(frame), clause
        assert columns <= set(frame.columns), clause
    parts = set(campaigns.summary(book)["part"])
    assert {"cover", "contents", "summary", "body", "conclusion", "recommendation",
            "appendix"} <= parts  # fmt: skip
    assert set(campaigns.placebo(book)["placebo_kind"]) == {"time", "space"}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_planted_lift_is_found_and_the_null_is_not(brand_book, seed):
    book, truth = brand_book(seed)
    frame = campaigns.effect(book).query("indicator == 'sales_paid'").set_index("campaign_id")
    real, null = frame.loc["C03"], frame.loc["C06"]
    assert real["low"] < truth["campaigns"]["real"]["lift"] < real["high"]
    assert real["probability"] > 0.95
    assert null["low"] < 0 < null["high"]
    gone, _ = brand_book(seed, OUT)
    without = campaigns.effect(gone).query("indicator == 'sales_paid'").set_index("campaign_id")
    assert without.loc["C03", "low"] < 0
    assert not [f for f in found(gone, "5.3.2.worked") if f.subject.startswith("春茶尝鲜")]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_prize_above_the_ceiling_is_found(brand_book, seed):
    book, truth = brand_book(seed)
    campaigns.rules(book)
    (finding,) = found(book, "5.1.4.ceiling")
    assert finding.severity == "critical"
    assert finding.figure == truth["lottery_ceiling"]["prize"]
    gone, _ = brand_book(seed, OUT)
    campaigns.rules(gone)
    assert found(gone, "5.1.4.ceiling") == []


@pytest.mark.parametrize("seed", SEEDS)
def test_bought_engagement_is_found(brand_book, seed):
    book, truth = brand_book(seed)
    table = campaigns.fake_check(book)
    people = planted(seed)[1]["influencers"].set_index("influencer_name")["influencer_id"]
    named = set(people[table.loc[table["is_suspect"], "influencer_name"]])
    assert named == set(truth["influencers"]["fake"])
    assert len(found(book, "5.2.4.fake")) == len(named)
    gone, _ = brand_book(seed, OUT)
    assert not campaigns.fake_check(gone)["is_suspect"].any()


def test_the_best_partners_lead(brand_book):
    book, truth = brand_book()
    people = planted(7)[1]["influencers"].set_index("influencer_name")["influencer_id"]
    top = list(people[campaigns.partners(book)["influencer_name"].head(3)])
    assert set(top) & set(truth["influencers"]["best"])


@pytest.mark.moves("5.3.2")
def test_more_orders_in_the_campaign_raise_its_lift(tiny_book):
    low = campaigns.effect(tiny_book(5, small(lift=0.5), period="2026-07"))
    high = campaigns.effect(tiny_book(5, small(lift=1.5), period="2026-07"))
    assert high["relative"].iloc[0] > low["relative"].iloc[0] + 0.5
    assert abs(high["relative"].iloc[0] - 1.5) < 0.4
    assert low["controls"].iloc[0] == 1


@pytest.mark.moves("5.1.1")
def test_a_goal_below_chance_is_flagged_and_a_large_one_is_not(tiny_book):
    modest = tiny_book(5, small(status="planned", goal_value=6300.0), period="2026-06-08")
    assert campaigns.goals(modest)["verdict"].iloc[0] in ("too_small", "below_baseline")
    assert len(found(modest, "5.1.1.too_small")) + len(found(modest, "5.1.1.below_baseline")) == 1
    large = tiny_book(5, small(status="planned", goal_value=30000.0), period="2026-06-08")
    assert campaigns.goals(large)["verdict"].iloc[0] == "seen"
    assert found(large, "5.1.1.too_small") == []


def test_a_goal_that_nothing_measures_is_flagged(tiny_book):
    book = tiny_book(5, small(goal_indicator="fame"), period="2026-06-08")
    assert campaigns.goals(book)["verdict"].iloc[0] == "not_measurable"
    (finding,) = found(book, "5.1.1.problems")
    assert finding.severity == "high"
    # beside one that can be counted, where a column of text would make the missing goal true
    both = {
        name: pd.concat([frame, frame.assign(campaign_id="C2", goal_indicator="fame")])
        if name == "campaigns"
        else frame
        for name, frame in small().items()
    }
    book = tiny_book(5, both, period="2026-W27")
    assert campaigns.goals(book)["verdict"].eq("not_measurable").tolist().count(True) == 1
    assert len(campaigns.goal_result(book)) == 1


@pytest.mark.moves("5.1.4")
def test_rules_without_disclosure_and_dates_are_open(tiny_book):
    bare = tiny_book(5, small(rules="参与即有机会", disclosure=None), period="2026-06-08")
    table = campaigns.rules(bare)
    assert (table["state"] == "open").sum() == 4  # dates, conditions, delivery, disclosure
    assert len(found(bare, "5.1.4.gap")) == 4
    whole = tiny_book(5, small(), period="2026-06-08")
    assert (campaigns.rules(whole)["state"] == "met").all()
    assert found(whole, "5.1.4.gap") == []


def test_banned_wording_in_the_rules_is_open(tiny_book):
    words = "活动时间3月1日，每人限一次，全国第一好茶，7日内寄出"
    book = tiny_book(5, small(rules=words), period="2026-06-08")
    table = campaigns.rules(book).set_index("rule")
    assert table.loc[book.t("5.1.4.rule.wording"), "state"] == "open"


@pytest.mark.moves("5.1.5")
def test_a_dearer_reward_moves_the_break_even(tiny_book):
    cheap = campaigns.incentives(tiny_book(5, small(), period="2026-07")).iloc[0]
    dear_book = tiny_book(5, small(reward_cost=500.0), period="2026-07")
    dear = campaigns.incentives(dear_book).iloc[0]
    assert cheap["break_even_sales"] == pytest.approx(2000 / 0.6)
    assert dear["break_even_sales"] == pytest.approx(50000 / 0.6)
    assert cheap["probability"] > 0.5 > dear["probability"]


def test_a_loss_ahead_is_flagged(tiny_book):
    tables = small()
    ahead = tables["campaigns"].assign(
        campaign_id="K2", campaign_name="Summer", start_date=pd.Timestamp("2026-08-01").date(),
        end_date=pd.Timestamp("2026-08-10").date(), reward_cost=5000.0,
    )  # fmt: skip
    tables["campaigns"] = pd.concat([tables["campaigns"], ahead], ignore_index=True)
    book = tiny_book(5, tables, period="2026-07")
    campaigns.incentives(book)
    (finding,) = found(book, "5.1.5.loss")
    assert finding.subject == "Summer"


def plan_line(no, kind, day, **about):
    return {
        "campaign_id": "K1", "line_no": no, "line_kind": kind, "planned_date": day,
        "end_date": day, "platform": "xiaohongshu", "account_id": "a1", "content": "what",
        "budget": 100.0, "owner": "content", "hours": 10.0, "state": "planned",
    } | about  # fmt: skip


@pytest.mark.moves("5.2.1")
def test_late_lines_are_flagged_until_done(tiny_book):
    day = pd.Timestamp("2026-06-10").date()
    for state, late in (("planned", 1), ("done", 0)):
        tables = small() | {
            "campaign_plans": pd.DataFrame([plan_line(1, "post", day, state=state)])
        }
        book = tiny_book(5, tables, period="2026-06-15")
        assert (campaigns.plan(book)["state"] == "late").sum() == late
        assert len(found(book, "5.2.1.late")) == late


@pytest.mark.moves("5.2.2")
def test_assets_are_missing_until_they_are_listed_and_sound(tiny_home):
    from PIL import Image

    day = pd.Timestamp("2026-06-10").date()
    tables = small() | {
        "campaign_plans": pd.DataFrame([plan_line(1, "asset", day, asset_id="A1")]),
    }
    book = opsbook.open_chapter(5, home=tiny_home(tables), period="2026-06-08")
    assert campaigns.assets(book)["asset_state"].tolist() == ["missing"]
    assert len(found(book, "5.2.2.asset")) == 1
    listed = pd.DataFrame([{"asset_id": "A1", "kind": "image", "platform": "xiaohongshu",
                            "path": "a.png", "state": "ready"}])  # fmt: skip
    home = tiny_home(tables | {"assets": listed})
    folder = home / "data" / "assets"
    folder.mkdir()
    noise = np.random.default_rng(3).integers(0, 2, (40, 30), dtype=np.uint8)
    colours = np.array([(31, 111, 92), (200, 150, 62)], dtype=np.uint8)
    Image.fromarray(colours[noise]).resize((900, 1200), 0).save(folder / "a.png")
    book = opsbook.open_chapter(5, home=home, period="2026-06-08")
    table = campaigns.assets(book)
    assert table["is_ready"].tolist() == [True], table["failed"].tolist()
    assert found(book, "5.2.2.asset") == []


@pytest.mark.moves("5.2.3")
def test_posts_out_of_plan_are_counted(tiny_book):
    days = [pd.Timestamp("2026-06-10"), pd.Timestamp("2026-06-14")]
    lines = pd.DataFrame([plan_line(i, "post", d.date()) for i, d in enumerate(days, 1)])
    made = pd.DataFrame(
        [{"platform": "xiaohongshu", "account_id": "a1", "post_id": "x1",
          "created_timestamp": days[0] + pd.Timedelta(hours=9)}]
    )  # fmt: skip
    figures = pd.DataFrame(
        [{"platform": "xiaohongshu", "account_id": "a1", "post_id": "x1",
          "as_of_date": days[1].date(), "basis": "cumulative", "impressions": 500, "likes": 7}]
    )  # fmt: skip
    tables = small() | {"campaign_plans": lines, "posts": made, "post_daily": figures}
    book = tiny_book(5, tables, period="2026-06-15")
    row = campaigns.own_posts(book).iloc[0]
    assert (row["planned"], row["on_plan"], row["exposure"]) == (2, 1, 500)
    assert len(found(book, "5.2.3.missing")) == 1


def test_slow_answers_in_a_campaign_are_flagged(tiny_book):
    def talk(minutes):
        rows = []
        for i in range(120):
            at = pd.Timestamp("2026-05-01 10:00") + pd.Timedelta(hours=10 * i)
            inside = at >= pd.Timestamp("2026-06-09")
            wait = pd.Timedelta(minutes=minutes if inside else 5)
            rows.append(("xiaohongshu", "a1", f"m{i}", f"c{i}", "in", at))
            rows.append(("xiaohongshu", "a1", f"r{i}", f"c{i}", "out", at + wait))
        return pd.DataFrame(rows, columns=["platform", "account_id", "message_id",
                                           "conversation_id", "direction",
                                           "sent_timestamp"])  # fmt: skip

    slow = tiny_book(5, small() | {"messages": talk(300)}, period="2026-06-15")
    assert campaigns.replies(slow)["in_time_share"].iloc[0] == 0
    assert len(found(slow, "5.2.3.slow")) == 1
    fast = tiny_book(5, small() | {"messages": talk(4)}, period="2026-06-15")
    assert campaigns.replies(fast)["in_time_share"].iloc[0] == 1
    assert found(fast, "5.2.3.slow") == []


@pytest.mark.moves("5.2.5")
def test_pacing_ends_above_what_is_already_there(tiny_book):
    book = tiny_book(5, small(goal_value=40000.0), period="2026-06-13")
    days = campaigns.pacing(book)
    check = campaigns.pace_check(book).iloc[0]
    seen = days["observed"].dropna()
    assert len(days) == 10 and len(seen) == 5
    assert (days["high"] >= days["expected"]).all() and (days["expected"] >= days["low"]).all()
    assert check["end_value"] > seen.iloc[-1] and check["low"] >= seen.iloc[-1]
    assert check["state"] == "missed" and days["alert"].all()
    assert found(book, "5.2.5.behind")[0].severity == "high"
    easy = tiny_book(5, small(goal_value=7000.0), period="2026-06-13")
    assert campaigns.pace_check(easy)["state"].iloc[0] in ("on_track", "met")
    assert found(easy, "5.2.5.behind") == []


def test_factors_add_up_to_the_change_of_sales(tiny_book):
    book = tiny_book(5, small(lift=1.0), period="2026-07")
    parts = campaigns.factors(book)
    lines = small(lift=1.0)["orders"].query("shop_account_id == 's1'")
    day = lines["created_at"].dt.normalize()
    start = pd.Timestamp("2026-03-01") + pd.Timedelta(days=100)
    now = lines[day.between(start, start + pd.Timedelta(days=9))]["paid_amount"].sum() / 10
    then = lines[day.between(start - pd.Timedelta(days=28), start - pd.Timedelta(days=1))]
    change = np.log(now / (then["paid_amount"].sum() / 28))
    assert parts["contribution"].sum() == pytest.approx(change)
    assert parts.set_index("factor")["contribution"].idxmax() == "buyers"


@pytest.mark.moves("5.1.2")
def test_overlapping_campaigns_compete(tiny_book):
    tables = small()
    other = tables["campaigns"].assign(campaign_id="K2", campaign_name="Other")
    tables["campaigns"] = pd.concat([tables["campaigns"], other], ignore_index=True)
    book = tiny_book(5, tables, period="2026-06-08")
    assert campaigns.competing(book)["overlap_days"].tolist() == [10, 10]
    assert len(found(book, "5.1.2.overlap")) == 2
    alone = tiny_book(5, small(), period="2026-06-08")
    assert campaigns.competing(alone).empty and found(alone, "5.1.2.overlap") == []


@pytest.mark.moves("5.1.6")
def test_people_are_overloaded_when_a_plan_asks_for_more_than_they_have(tiny_book):
    day = pd.Timestamp("2026-06-16").date()
    team_rows = pd.DataFrame([{"person_key": "p1", "role": "content", "hours_per_week": 40.0}])
    for hours, count in ((60.0, 1), (10.0, 0)):
        lines = pd.DataFrame([plan_line(1, "post", day, hours=hours)])
        book = tiny_book(
            5, small() | {"campaign_plans": lines, "team": team_rows}, period="2026-06-15"
        )
        load = campaigns.people_load(book)
        assert load["load_share"].max() == pytest.approx(hours / 40)
        assert len(found(book, "5.1.6.overload")) == count


def test_spend_moves_to_the_channel_that_pays(tiny_book):
    rng = np.random.default_rng(4)
    index = pd.date_range("2025-12-01", "2026-07-18")
    tables, rows = small(days=230), []
    index = pd.date_range("2026-03-01", periods=230)
    good = rng.uniform(20, 200, len(index))
    dull = rng.uniform(20, 200, len(index))
    for platform, spend in (("google_ads", good), ("meta_ads", dull)):
        for day, amount in zip(index, spend, strict=True):
            rows.append((platform, "a", "c", "g", "x", day.date(), "all", amount, "CNY"))
    daily = pd.DataFrame(rows, columns=["platform", "account_id", "campaign_id", "ad_group_id",
                                        "ad_id", "date_day", "breakdown", "spend",
                                        "currency"])  # fmt: skip
    orders = tables["orders"]
    extra = pd.Series(4 * good, index=index)
    first = ~orders.duplicated(subset=["shop_account_id", "created_at"])
    bonus = orders["created_at"].dt.normalize().map(extra)
    orders["paid_amount"] += np.where(first & (orders["shop_account_id"] == "s1"), bonus, 0.0)
    ahead = tables["campaigns"].assign(
        campaign_id="K2", campaign_name="Autumn", start_date=pd.Timestamp("2026-10-20").date(),
        end_date=pd.Timestamp("2026-10-29").date(),
    )  # fmt: skip
    tables["campaigns"] = pd.concat([tables["campaigns"], ahead], ignore_index=True)
    book = tiny_book(5, tables | {"ads_daily": daily}, period="2026-10-16")
    split = campaigns.allocation(book).set_index("channel")
    assert split.loc["google_ads", "spend_added"] > split.loc["meta_ads", "spend_added"]
    assert split["spend_proposed"].sum() <= 2 * split["spend_now"].sum() + 1e-6
    moved = campaigns.shift(book).iloc[0]
    assert (moved["from_channel"], moved["to_channel"]) == ("meta_ads", "google_ads")
    assert moved["gain"] > 0


def test_goal_is_met_once_it_has_ended(tiny_book):
    reached = tiny_book(5, small(goal_value=1000.0), period="2026-07")
    assert campaigns.goal_result(reached)["met"].tolist() == [True]
    assert campaigns.goal_result(reached)["probability_due"].iloc[0] < 0.05
    assert found(reached, "5.3.2.missed") == []
    missed = tiny_book(5, small(goal_value=90000.0), period="2026-07")
    assert campaigns.goal_result(missed)["probability"].tolist() == [0.0]
    assert len(found(missed, "5.3.2.missed")) == 1


@pytest.mark.moves("5.3.4")
def test_lessons_are_asked_for_and_kept(tiny_book):
    bare = tiny_book(5, small(), period="2026-07")
    campaigns.library(bare)
    assert len(found(bare, "5.3.4.no_lessons")) == 1
    noted = tiny_book(5, small(lessons="start earlier"), period="2026-07")
    assert campaigns.library(noted)["lessons"].tolist() == ["start earlier"]
    assert found(noted, "5.3.4.no_lessons") == []


def test_actions_are_ranked_and_tied_to_figures(brand_book):
    book, _ = brand_book()
    for call in (campaigns.rules, campaigns.goals, campaigns.partners, campaigns.library):
        call(book)
    table = campaigns.actions(book)
    order = ["critical", "high", "medium", "low"]
    assert list(table["severity"]) == sorted(table["severity"], key=order.index)
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    assert table[["figure", "owner", "due", "section"]].notna().all(axis=None)


CALLS = [getattr(campaigns, name) for name in (
    "by_type", "goals", "themes", "competing", "platforms", "rules", "incentives", "allocation",
    "allocation_points", "people_load", "plan", "assets", "own_posts", "replies", "partners",
    "fake_check", "pacing", "pace_check", "shift", "collection", "funnel", "funnel_rates",
    "effect", "counterfactual", "goal_result", "placebo", "second_opinion", "factors", "actions",
    "summary", "library",
)]  # fmt: skip


def test_an_empty_store_says_nothing_and_breaks_nothing(tiny_book):
    book = tiny_book(5)
    for call in CALLS:
        frame = call(book)
        assert frame.empty and len(frame.columns), call.__name__
    assert book.sorted_findings() == [] and book.state == "no_data"


@pytest.mark.parametrize("case", ["two_weeks", "campaigns_only", "english"])
def test_thin_brands_run(tiny_book, case):
    tables = small(days=14, campaign=(8, 12))
    if case == "campaigns_only":
        tables = {"campaigns": tables["campaigns"]}
    if case == "english":
        tables["campaigns"]["platforms"] = '["instagram"]'
        tables["orders"]["source_platform"] = "instagram"
    book = tiny_book(5, tables, period="2026-03-13")
    for call in CALLS:
        call(book)
    assert len(campaigns.rules(book))
