"""Chapter 7: every clause of its sections, what is planted, rules that fire and stay silent."""

import datetime as dt
import re

import altair as alt
import numpy as np
import pandas as pd
import pytest

from opsbook import config
from opsbook.chapters import indicators
from opsbook.chapters.indicators import handover
from opsbook.config import load_toml
from opsbook.data import indicators as definitions
from opsbook.data import schema
from opsbook.errors import ParameterError
from opsbook.present import charts, show
from opsbook.present.language import catalogue_files

WEEK = "2026-W46"
DAYS = pd.date_range("2026-08-24", "2026-11-15")


@pytest.fixture(scope="module")
def planted(planted_book):
    """One open book per seed: what is computed once is shared, as in a notebook."""
    books = {}

    def open_book(seed):
        if seed not in books:
            books[seed] = planted_book(7, seed, period=WEEK)
        return books[seed]

    return open_book


def small(**changes):
    """Two accounts over twelve weeks: followers, orders and posts written out."""
    rows = [("weibo", "a", d, 10 + i % 5, 2, 1000 + 10 * i) for i, d in enumerate(DAYS)] + [
        ("x", "b", d, 20 + i % 3, 4, 500 + 10 * i) for i, d in enumerate(DAYS)
    ]
    fans = pd.DataFrame(
        rows,
        columns=[
            "platform",
            "account_id",
            "date_day",
            "new_followers",
            "lost_followers",
            "followers_total",
        ],
    ).assign(channel="all")
    fans["date_day"] = fans["date_day"].dt.date
    posts, figures = [], []
    for i, day in enumerate(DAYS):
        for platform, account in (("weibo", "a"), ("x", "b")):
            post = f"{account}{i}"
            posts.append((platform, account, post, day + pd.Timedelta(hours=10), "image"))
            seen = (day + pd.Timedelta(days=7)).date()
            figures.append((platform, account, post, seen, "cumulative", 1000, 50 + i % 7, 5, 3))
    orders = [
        ("shop", "s", f"o{i}", 1, day + pd.Timedelta(hours=9), 100.0, 90.0, "paid", "weibo", "a")
        for i, day in enumerate(DAYS)
    ]
    tables = {
        "follower_daily": fans,
        "posts": pd.DataFrame(
            posts, columns=["platform", "account_id", "post_id", "created_timestamp", "post_type"]
        ),
        "post_daily": pd.DataFrame(
            figures,
            columns=[
                "platform",
                "account_id",
                "post_id",
                "as_of_date",
                "basis",
                "views",
                "likes",
                "comments",
                "reposts",
            ],
        ),
        "orders": pd.DataFrame(
            orders,
            columns=[
                "platform",
                "shop_account_id",
                "order_id",
                "line_no",
                "created_at",
                "line_amount",
                "paid_amount",
                "status",
                "source_platform",
                "source_account_id",
            ],
        ),
    }
    return tables | changes


CLAUSES = {
    # clause of the manual: (call, columns that answer it)
    "7.1.1 what changed": ("headlines", ["indicator", "value", "previous_change", "low", "high"]),
    "7.1.1 same period last year": ("headlines", ["last_year", "last_year_change"]),
    "7.1.1 aligned by promotion": ("headlines", ["aligned", "aligned_change"]),
    "7.1.1 preliminary days marked": ("headlines", ["preliminary_share"]),
    "7.1.1 where, platform and account": ("drivers", ["level", "part", "contribution"]),
    "7.1.1 what explains it": ("drivers", ["mix_effect", "rate_effect", "of_change"]),
    "7.1.1 events": ("explanations", ["kind", "name", "in_period", "in_comparison"]),
    "7.1.1 gross, paid, net, claimed": (
        "sales",
        ["sales_gross", "sales_paid", "sales_net", "claimed_sales"],
    ),
    "7.1.1 boosted apart": ("organic", ["traffic", "views"]),
    "7.1.2 registry": (
        "registry",
        ["name", "formula", "unit", "grain", "source", "direction", "target", "differs"],
    ),
    "7.1.2 range and speed": ("cascades", ["reached", "depth", "breadth", "half_time_h"]),
    "7.1.2 key nodes": ("key_nodes", ["repost_id", "share", "low", "high"]),
    "7.1.2 region": ("regions", ["region", "share"]),
    "7.2.1 hand-over": ("files", ["file", "tool", "holds"]),
    "7.2.1 documented model": ("data_model", ["table", "grain", "key", "joins_to", "rows"]),
    "7.2.2 parts": ("outline", ["part", "holds", "items", "formats", "report_language"]),
    "7.2.2 computed sentences": ("summary", ["section", "sentence", "links_to"]),
    "7.3.1 problems against targets": ("against_targets", ["target", "value", "gap", "status"]),
    "7.3.1 decision log": ("decision_log", ["finding", "decision", "owner", "due", "outcome"]),
    "7.3.1 past decisions": ("outcomes", ["before", "after", "effect", "low", "high", "verdict"]),
    "7.3.2 levers": ("levers", ["family", "gain", "low", "high", "hours", "gain_per_hour"]),
}


@pytest.mark.parametrize("clause", CLAUSES)
def test_clause_has_its_columns(planted, clause):
    book, _ = planted(7)
    call, columns = CLAUSES[clause]
    indicators.headlines(book)
    frame = getattr(indicators, call)(book)
    assert len(frame) > 0, clause
    assert set(columns) <= set(frame.columns)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("fans", ["followers_total", "new_followers", "growth_rate"]),
        (
            "content",
            ["posts_per_week", "formats_used", "like_rate_by_views", "repost_rate_by_impressions"],
        ),
        ("spread", ["reach", "shares_and_reposts"]),
        ("conversion", ["click_through_rate", "conversion_rate", "sales_paid"]),
    ],
)
def test_each_family_has_its_indicators(planted, name, columns):
    frame = indicators.family(planted(7)[0], name)
    assert set(columns) <= set(frame.columns)
    assert frame[columns].notna().any().all()


def test_levers_cover_the_four_families(planted):
    families = set(indicators.levers(planted(7)[0])["family"])
    assert {"content", "fans", "conversion"} <= families


def test_contributions_add_up_to_the_change(planted):
    book, _ = planted(7)
    heads = indicators.headlines(book).set_index("indicator")
    for name, row in heads.iterrows():
        for level in ("platform", "account"):
            parts = indicators.decompose(book, name, level)
            change = row["value"] - row["previous"]
            assert parts["contribution"].sum() == pytest.approx(change, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("seed", [7, 3])
def test_planted_growth_is_dated_and_gone_without(planted, seed):
    book, truth = planted(seed)
    plan = truth["growth"]
    found = indicators.shifts(book)
    own = found[found["platform"] == plan["platform"]]
    assert (abs((own["date"] - pd.Timestamp(plan["date"])).dt.days) <= 7).any()
    row = own.iloc[0]
    assert (
        row["low"] <= plan["factor"] - 1 <= row["high"]
        or abs(row["relative"] / (plan["factor"] - 1) - 1) < 0.25
    )
    assert any(f.message == "7.1.1.rise" for f in book.sorted_findings())


def test_no_growth_step_without_the_planting(planted_book):
    book, _ = planted_book(7, 3, ("growth", "decisions"), period=WEEK)
    indicators.shifts(book)
    assert not [f for f in book.sorted_findings() if "rise" in f.message]
    decided = indicators.outcomes(book)
    assert "moved" not in set(decided.loc[decided["decision_id"] == "D01", "verdict"])


@pytest.mark.parametrize("seed", [7, 3])
def test_planted_key_nodes_are_named(planted, seed):
    book, truth = planted(seed)
    wanted = set(truth["cascade"]["repost_ids"]) or None
    nodes = indicators.key_nodes(book, most=60)
    assert wanted is not None
    assert len(wanted & set(nodes["repost_id"])) >= 0.8 * len(wanted)
    assert [f for f in book.sorted_findings() if f.message == "7.1.2.carrier"]


@pytest.mark.parametrize("seed", [7, 3])
def test_the_decision_that_worked_is_told_from_the_one_that_did_not(planted, seed):
    book, _truth = planted(seed)
    table = indicators.outcomes(book).set_index("decision_id")
    worked = table.loc["D01"]
    assert worked["verdict"] == "moved"
    assert worked["low"] > 0
    assert table.loc["D02", "verdict"] != "moved"
    assert table.loc["D06", "verdict"] == "too_early"
    assert any(f.message == "7.3.1.moved" for f in book.sorted_findings())


@pytest.mark.moves("7.1.1")
def test_a_dropped_account_figure_moves_the_headline_and_names_the_account(tiny_book):
    tables = small()
    before = indicators.headlines(tiny_book(7, tables, period=WEEK)).set_index("indicator")
    fans = tables["follower_daily"].copy()
    last = (fans["date_day"] >= dt.date(2026, 11, 9)) & (fans["account_id"] == "b")
    fans.loc[last, "new_followers"] = 4
    book = tiny_book(7, tables | {"follower_daily": fans}, period=WEEK)
    after = indicators.headlines(book).set_index("indicator")
    lost = (after["value"] - before["value"])["net_followers"]
    assert lost == (4 * 7 - fans.loc[last].shape[0] * 0) - sum(20 + i % 3 for i in range(77, 84))
    assert indicators.decompose(book, "net_followers", "account")["account"].iloc[0].endswith("b")
    found = [f for f in book.sorted_findings() if f.message == "7.1.1.worse"]
    assert found
    assert found[0].low <= found[0].figure <= found[0].high < 0


def test_steady_figures_raise_no_finding(tiny_book):
    book = tiny_book(7, small(), period=WEEK)
    indicators.headlines(book)
    assert not [f for f in book.sorted_findings() if f.section == "7.1.1"]


@pytest.mark.moves("7.3.1")
def test_targets_fire_when_missed_and_stay_silent_when_met(tiny_book):
    def run(target):
        rows = [("sales_paid", "all", "all", WEEK, target, "manager")]
        names = ["indicator", "platform", "account_id", "period", "target", "owner"]
        book = tiny_book(7, small(targets=pd.DataFrame(rows, columns=names)), period=WEEK)
        return indicators.against_targets(book).iloc[0], book.sorted_findings()

    row, found = run(600.0)
    assert (row["status"], row["value"]) == ("met", 630.0)
    assert not found
    row, found = run(1260.0)
    assert row["status"] == "missed"
    assert row["gap"] == pytest.approx(-0.5)
    assert [(f.message, f.severity, f.owner) for f in found] == [
        ("7.3.1.missed", "high", "manager")
    ]


def test_a_month_target_is_judged_by_what_is_due_so_far(tiny_book):
    names = ["indicator", "platform", "account_id", "period", "target", "owner"]
    targets = pd.DataFrame([("paid_sales", "all", "all", "2026-11", 2700.0, "data")], columns=names)
    row = indicators.against_targets(tiny_book(7, small(targets=targets), period=WEEK)).iloc[0]
    assert row["expected"] == pytest.approx(2700 * 15 / 30)
    assert (row["value"], row["status"], row["indicator"]) == (15 * 90.0, "met", "sales_paid")


def test_an_overdue_decision_is_named_and_a_done_one_is_not(tiny_book):
    def run(state):
        rows = [("D1", dt.date(2026, 9, 1), "Post at noon", "content", dt.date(2026, 10, 1), state)]
        names = ["decision_id", "decided_at", "decision", "owner", "due", "state"]
        book = tiny_book(7, small(decisions=pd.DataFrame(rows, columns=names)), period=WEEK)
        indicators.decision_log(book)
        return [(f.message, f.figure) for f in book.sorted_findings()]

    assert run("open") == [("7.3.1.overdue", 45.0)]
    assert run("done") == []


@pytest.mark.moves("7.3.2")
def test_levers_fire_for_a_better_theme_and_not_for_equal_ones(tiny_book):
    def run(extra):
        tables = small()
        rng = np.random.default_rng(1)
        n = len(tables["posts"])
        good = np.arange(n) % 3 == 0
        figures = tables["post_daily"].copy()
        figures["likes"] = rng.poisson(60 * np.where(good, 1 + extra, 1))
        labels = tables["posts"][["platform", "account_id", "post_id"]].copy()
        labels["kind"], labels["label"] = "theme", np.where(good, "origin", "daily")
        book = tiny_book(7, tables | {"post_daily": figures, "post_labels": labels}, period=WEEK)
        table = indicators.levers(book).set_index("lever")
        found = [f for f in book.sorted_findings() if f.message == "7.3.2.lever"]
        return table.loc["best_theme"], found

    row, found = run(0.6)
    assert (row["subject"], row["verdict"]) == ("origin", "worth")
    assert row["low"] < 0.25 * (1.6 / 1.2 - 1) < row["high"]
    assert found
    row, found = run(0.0)
    assert row["verdict"] != "worth"
    assert not found


def test_aligned_comparison_lays_singles_day_on_singles_day(tiny_book):
    book = tiny_book(7, small(), period=WEEK, comparison="aligned")
    assert book.compared.start == dt.date(2025, 11, 9)
    assert book.aligned.promotion.key == "singles_day"


def test_boosted_posts_stand_apart(tiny_book):
    tables = small()
    posts = tables["posts"].copy()
    posts["is_boosted"] = np.arange(len(posts)) % 4 == 0
    frame = indicators.organic(tiny_book(7, tables | {"posts": posts}, period="2026-W44"))
    assert set(frame["traffic"]) == {"paid", "organic"}
    assert frame["posts_published"].sum() == 14


def brands(make):
    tables = small()
    one = {
        k: v[(v.get("account_id", v.get("source_account_id")) == "a")] for k, v in tables.items()
    }
    one = {
        "follower_daily": one["follower_daily"].tail(14),
        "posts": one["posts"].tail(14),
        "post_daily": one["post_daily"].tail(14),
    }
    western = {k: v for k, v in tables.items() if k != "orders"}
    western = {k: v[v["platform"] == "x"] for k, v in western.items()}
    return {"empty": {}, "one account": one, "no ads": tables, "English only": western}[make]


@pytest.mark.parametrize(
    ("kind", "language"),
    [("empty", "en"), ("one account", "zh-Hant"), ("no ads", "zh-Hans"), ("English only", "en")],
)
def test_every_section_runs_on_small_brands(tiny_book, kind, language):
    book = tiny_book(7, brands(kind), period=WEEK, language=language)
    for call, _ in CLAUSES.values():
        assert isinstance(getattr(indicators, call)(book), pd.DataFrame)
    for name in ("fans", "content", "spread", "conversion"):
        assert isinstance(indicators.family(book, name), pd.DataFrame)
    for frame in (indicators.wall(book), indicators.course(book), indicators.tree(book)):
        assert isinstance(frame, pd.DataFrame)
    steps, start, end = indicators.waterfall(book, "net_followers")
    drawn = show.when(
        steps, charts.waterfall, book, step="part", change="contribution", start=start, end=end
    )
    assert drawn is None or isinstance(drawn, alt.LayerChart)
    assert show.findings(book).bundle


def test_words_of_reference_files_are_said_in_three_languages():
    words = {k: v for path in catalogue_files() for k, v in load_toml(path).items()}
    known = definitions.registry().values()
    wanted = {f"differs.{i.id}.{p}": text for i in known for p, text in i.differs.items()}
    wanted |= {f"source.{i.source}": i.source for i in known}
    lines = [*config.reference("campaign_rules.toml").values()]
    lines += [v for p in config.reference("platform_profiles.toml").values() for v in p.values()]
    wanted |= {f"{k}.{v[k]}": v[k] for v in lines for k in ("source", "about") if k in v}
    wanted |= {f"row_of.{name}": schema.table(name).grain for name in handover.MODEL}
    assert {k: words[k]["en"] for k in wanted} == wanted
    assert {k for k in words if k.startswith(("differs.", "source.", "row_of.", "about."))} == set(
        wanted
    )


def test_formulas_families_and_grains_are_said_in_chinese(tiny_book):
    table = indicators.registry(tiny_book(7, period=WEEK, language="zh-Hans"))
    families = {tiny_book(7, language="zh-Hans").translator.value(f) for f in table["family"]}
    words = " ".join([*table["formula"], *table["grain"], *families])
    assert not re.findall(r"[A-Za-z]{3,}", words)


def test_registry_speaks_the_readers_language(tiny_book):
    frame = indicators.registry(tiny_book(7, {}, period=WEEK, language="zh-Hans"))
    row = frame.set_index("indicator").loc["engagement_rate_by_views"]
    assert row["name"] == "互动率（按播放／阅读）"
    assert "÷" in row["formula"]
    assert not any("a" <= c <= "z" for c in row["formula"] + row["grain"] + str(row["unit"]))


def test_an_unknown_headline_is_refused(tiny_book):
    with pytest.raises(ParameterError, match="follower"):
        indicators.change(tiny_book(7, small(), period=WEEK), "net_folowers")
