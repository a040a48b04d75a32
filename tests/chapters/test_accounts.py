"""Chapter 1: every clause of its sections, what is planted, rules that fire and stay silent."""

import datetime as dt

import pandas as pd
import pytest

from opsbook import config
from opsbook.chapters import accounts

WEEK = "2026-W46"


@pytest.fixture(scope="module")
def planted(planted_book):
    books = {}

    def open_book(seed):
        if seed not in books:
            books[seed] = planted_book(1, seed, period=WEEK)
        return books[seed]

    return open_book


CLAUSES = {
    "1.1 dated source": ("platforms", ["population_share", "source", "published"]),
    "1.1 fit, goals, cost, own evidence": (
        "ranking",
        ["audience_fit", "reach", "depth", "conversion", "cost", "score", "known_share", "posts"],
    ),
    "1.1 sensitivity": ("sensitivity", ["weight", "first_down", "first_up", "any_down", "any_up"]),
    "1.1 six types": ("types", ["section", "platforms", "accounts"]),
    "1.1.1": ("microblog", ["reach_per_post", "share_rate_by_views", "cascades", "depth"]),
    "1.1.2": ("messaging", ["returning_share", "low", "high", "message_share", "unfollow_share"]),
    "1.1.3": ("short_video", ["views", "completion_rate", "avg_watch_s"]),
    "1.1.4 sessions": (
        "live_sessions",
        ["viewers", "peak_concurrent", "avg_dwell_s", "interactions", "gmv_per_viewer"],
    ),
    "1.1.4 minutes that sold": ("selling_minutes", ["theme", "orders_per_mille", "low", "high"]),
    "1.1.6": ("social_commerce", ["views", "orders_count", "orders_per_mille", "low", "high"]),
    "1.2": (
        "progress",
        [
            *("platform_step", "profile_step", "verification_step", "binding_step"),
            *("missing", "owner", "next_expiry"),
        ],
    ),
    "1.2.1": ("decisions", ["rank", "score", "decision", "verdict"]),
    "1.2.2": ("completeness", ["complete_share", "missing", "differs", "owner"]),
    "1.2.3 status and expiry": ("verification", ["verification_status", "expires_at", "is_due"]),
    "1.2.3 calendar": ("expiry_calendar", ["item", "start", "end", "state"]),
    "1.2.4 map": ("binding", ["shop_account_id", "is_bound", "orders_count"]),
    "1.2.4 orders without a source": ("attribution", ["unattributed_share", "low", "high"]),
    "1.3": ("scorecard", ["strand", "value", "target", "trend", "status"]),
    "1.3.3": ("freshness", ["last_day", "age_days", "complete_share", "is_stale"]),
    "1.3.5 matrix": ("crossposts", ["first_account", "second_account", "posts", "median_days"]),
    "1.3.5 lead and lag": ("lead_and_lag", ["leader", "follower", "lag", "p_adjusted"]),
    "1.3.5 overlap": ("overlap", ["profile_overlap", "people_shared"]),
}


@pytest.mark.parametrize("clause", CLAUSES)
def test_clause_has_its_columns(planted, clause):
    call, columns = CLAUSES[clause]
    frame = getattr(accounts, call)(planted(3)[0])
    assert len(frame) > 0
    assert set(columns) <= set(frame.columns)


def test_every_strand_is_on_the_page(planted):
    strands = set(accounts.scorecard(planted(3)[0])["strand"])
    assert strands == {"1.3.1", "1.3.2", "1.3.3", "1.3.4", "1.3.5", "1.3.6"}
    lines = accounts.trend_lines(planted(3)[0], "1.3.2")
    assert lines["start"].nunique() == 8


@pytest.mark.parametrize("seed", [3, 7])
def test_planted_gaps_of_the_registry_are_found(planted, seed):
    book, truth = planted(seed)
    plan = next(v for v in truth.values() if isinstance(v, dict) and "incomplete" in v)
    filled = accounts.completeness(book).set_index("platform")
    assert list(filled.index[filled["complete_share"] < 1]) == [plan["incomplete"]]
    bound = accounts.binding(book).set_index("platform")
    assert list(bound.index[~bound["is_bound"]]) == [plan["unbound"]]
    due = accounts.verification(book)
    assert list(due.loc[due["is_due"], "platform"]) == [truth["expiring"]["verification"]]
    messages = {f.message for f in book.sorted_findings()}
    assert {"1.2.2.missing", "1.2.3.lapses", "1.2.4.unbound"} <= messages


@pytest.mark.parametrize("seed", [3, 7])
def test_the_segment_that_sells_and_the_crossposting_pair_are_found(planted, seed):
    book, truth = planted(seed)
    assert accounts.selling_minutes(book)["theme"].iloc[0] == truth["live"]["sells"]
    plan = truth["crosspost"]
    first = accounts.crossposts(book).iloc[0]
    value = book.translator.value
    assert first["first_account"].startswith(value(plan["leader"]))
    assert first["second_account"].startswith(value(plan["follower"]))
    assert abs(first["median_days"] - plan["lag_days"]) < 0.7
    leads = accounts.lead_and_lag(book)
    pair = leads[leads["is_planned"]].iloc[0]
    assert (pair["leader"], pair["lag"]) == (first["first_account"], plan["lag_days"])
    assert pair["correlation"] > 0


def registry_row(**changes):
    row = {
        "platform": "weibo",
        "account_id": "a",
        "account_name": "Tea",
        "kind": "content",
        "owner": "content",
        "status": "verified",
        "contact": "hi@tea.example",
        "bio": "Tea",
        "avatar_asset_id": "AV",
        "cover_asset_id": "CV",
        "verification_status": "verified",
        "verified_at": dt.date(2026, 1, 1),
        "verification_expires_at": dt.date(2027, 6, 1),
        "shop_account_id": "s",
        "decision": "Most of our buyers read it",
    }
    return pd.DataFrame([row | changes])


@pytest.mark.moves("1.2", "1.2.1", "1.2.2", "1.2.3", "1.2.4")
@pytest.mark.parametrize(
    ("changes", "message", "severity"),
    [
        ({}, None, None),
        ({"bio": None}, "1.2.2.missing", "medium"),
        ({"verification_expires_at": dt.date(2026, 12, 10)}, "1.2.3.lapses", "medium"),
        ({"verification_expires_at": dt.date(2026, 11, 20)}, "1.2.3.lapses", "high"),
        ({"verification_expires_at": dt.date(2026, 11, 1)}, "1.2.3.lapsed", "high"),
        ({"verification_status": "none"}, "1.2.3.unverified", "medium"),
        ({"shop_account_id": None}, "1.2.4.unbound", "medium"),
        ({"decision": None}, "1.2.1.no_reason", "low"),
    ],
)
def test_registry_rules_fire_and_stay_silent(tiny_book, changes, message, severity):
    book = tiny_book(1, {"accounts": registry_row(**changes)}, period=WEEK)
    for call in ("completeness", "verification", "binding", "decisions"):
        getattr(accounts, call)(book)
    found = [(f.message, f.severity, f.owner) for f in book.sorted_findings()]
    assert found == ([(message, severity, "content")] if message else [])
    row = accounts.progress(book).iloc[0]
    assert (row["done_share"] == 1) == (message in (None, "1.2.3.lapses", "1.2.3.lapsed"))


@pytest.mark.moves("1.1.5")
def test_topic_reach_and_discussion_depth_of_a_forum(tiny_book):
    key = {"platform": "reddit", "account_id": "f"}
    day = pd.Timestamp("2026-11-05 10:00")
    posts = pd.DataFrame({"post_id": ["p1", "p2"]}).assign(**key, created_timestamp=day)
    figures = posts[["post_id"]].assign(
        **key, as_of_date=dt.date(2026, 11, 12), basis="cumulative", views=[1000, 200]
    )
    labels = posts[["post_id"]].assign(
        **key, kind="theme", label=["brewing", "origin"], labelled_by="person"
    )

    def talk(replies):
        rows = [("c0", "p1", None, "a")] + [(f"c{i + 1}", "p1", "c0", "b") for i in range(replies)]
        frame = pd.DataFrame(
            rows, columns=["comment_id", "post_id", "parent_comment_id", "person_key"]
        )
        return frame.assign(**key, created_timestamp=day, text="How long?")

    def run(replies):
        tables = {
            "accounts": pd.DataFrame([{**key, "account_type": "forum"}]),
            "posts": posts,
            "post_daily": figures,
            "post_labels": labels,
            "comments": talk(replies),
        }
        return accounts.forum(tiny_book(1, tables, period=WEEK)).set_index("theme")

    few, many = run(1), run(5)
    assert few.index.tolist() == ["brewing", "origin"]
    assert few["views_per_post"].tolist() == [1000, 200]
    assert (few.loc["brewing", "thread_depth"], many.loc["brewing", "thread_depth"]) == (1, 5)
    assert many.loc["brewing", "comments_per_mille"] == 6 and many.loc["brewing", "people"] == 2
    assert many.loc["origin", "comments"] == 0


def test_a_platform_value_without_a_dated_source_stays_empty(tiny_book, monkeypatch):
    shipped = config.reference("platform_profiles.toml")
    changed = shipped | {
        "x": {"population_share": {"value": 0.5, "source": "hearsay"}},
        "tiktok": {"population_share": {"value": 0.5, "published": dt.date(2026, 1, 1)}},
    }
    read = config.reference
    monkeypatch.setattr(
        config,
        "reference",
        lambda *parts, **k: changed if parts[0].startswith("platform_prof") else read(*parts, **k),
    )
    table = accounts.platforms(tiny_book(1, {}, period=WEEK)).set_index("platform")
    assert table.loc[["x", "tiktok"], "population_share"].isna().all()
    assert table.loc["youtube", "population_share"] == 0.83
    assert table["population_share"].isna().sum() == table["published"].isna().sum()


@pytest.mark.moves("1.1")
def test_audience_fit_follows_the_followers(tiny_book):
    def fit(young):
        ages = {"18-24": young, "25-34": 1 - young}
        rows = [("weibo", "a", dt.date(2026, 11, 1), "age", k, v) for k, v in ages.items()]
        names = ["platform", "account_id", "as_of_date", "dimension", "value", "share"]
        profile = pd.DataFrame(rows, columns=names)
        return accounts.criteria(tiny_book(1, {"audience_profile": profile}, period=WEEK)).loc[
            "weibo", "audience_fit"
        ]

    # the target: 25 % 18-24, 45 % 25-34, 20 % 35-44, 10 % 45+
    assert fit(0.25) == pytest.approx(1 - (0.75 - 0.45 + 0.3) / 2)
    assert fit(1.0) == pytest.approx(0.25)


@pytest.mark.moves("1.3.3")
def test_stale_sources_are_named_and_fresh_ones_are_not(tiny_book):
    def run(last):
        days = pd.date_range("2026-10-01", last).date
        fans = pd.DataFrame({"date_day": days}).assign(
            platform="x", account_id="a", channel="all", new_followers=1
        )
        book = tiny_book(1, {"follower_daily": fans}, period=WEEK)
        row = accounts.freshness(book).iloc[0]
        return row["complete_share"], [f.figure for f in book.sorted_findings()]

    assert run("2026-11-15") == (1.0, [])
    assert run("2026-10-26") == (8 / 28, [20.0])


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
@pytest.mark.parametrize("kind", ["empty", "one account", "English only"])
def test_every_section_runs_on_small_brands(tiny_book, kind, language):
    tables = {}
    if kind == "one account":
        tables = {"accounts": registry_row()}
    if kind == "English only":
        days = pd.date_range("2026-11-01", "2026-11-15")
        head = pd.DataFrame(
            {"platform": "x", "account_id": "b", "post_id": [f"p{i}" for i in range(len(days))]}
        )
        tables = {
            "posts": head.assign(created_timestamp=days, post_title="Tea of the day"),
            "post_daily": head.assign(as_of_date=days.date, basis="cumulative", views=9, likes=1),
        }
    book = tiny_book(1, tables, period=WEEK, language=language)
    for call, _ in CLAUSES.values():
        assert isinstance(getattr(accounts, call)(book), pd.DataFrame)
    assert isinstance(accounts.forum(book), pd.DataFrame)
    assert isinstance(accounts.steps(book), pd.DataFrame)
