"""Real exports, read from the folder named by OPSBOOK_REAL_DATA."""

import os
from pathlib import Path

import pytest

from opsbook import Store, read_export

pytestmark = pytest.mark.real
MAPPINGS = Path(__file__).parent / "mappings"


@pytest.fixture
def real():
    return Path(os.environ["OPSBOOK_REAL_DATA"])


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("OPSBOOK_HOME", str(tmp_path))
    return Store(tmp_path / "data" / "store")


def test_xiaohongshu_notes(real, store):
    path = real / "exports" / "xiaohongshu" / "笔记列表明细表.xlsx"
    export = read_export(path)
    assert len(export.frame) == export.records == 8 and export.refused.empty
    assert store.import_file(path, account="a").loaded == 8
    assert store.import_file(path, account="a").loaded == 0


def test_x_posts_and_days(real, store):
    folder = real / "exports" / "x"
    posts = read_export(next(folder.glob("account_analytics_content_*.csv")))
    assert len(posts.frame) == posts.frame["post_id"].nunique() == 141
    assert set(posts.frame["account_id"]) == {"Wormhole_BR"}
    days = read_export(folder / "account_overview_analytics.csv", account="a")
    assert days.frame["date_day"].nunique() == days.records == 50
    assert len(days.tables["follower_daily"]) == 50


def test_youtube_table_without_total_and_footer(real, store):
    path = real / "exports" / "youtube" / "Table data.csv"
    export = read_export(path, account="a")
    assert (export.records, len(export.frame), export.not_data) == (502, 500, 2)
    assert export.frame["post_id"].nunique() == 500
    stated, summed, ok = export.totals["Views"]
    assert (stated, summed, ok) == (8290, 7449, True)
    assert export.frame["views"].sum() == summed
    done = store.import_file(path, account="a")
    assert (done.loaded, done.not_data, done.refused) == (500, 2, 0)
    assert store.import_file(path, account="a").unchanged == 500


def test_saved_mappings(real, store):
    ads = store.import_file(
        real / "ads" / "facebook_ads_conversions.csv",
        mapping=MAPPINGS / "facebook_ads_conversions.toml",
        account="tea",
        currency="USD",
    )
    assert (ads.records, ads.loaded, ads.refused) == (1143, 1143, 0)
    frame = store.frame("ads_daily")
    assert (frame["impressions"].sum(), frame["clicks"].sum()) == (213434828, 38165)
    assert frame["spend"].sum() == pytest.approx(58705.23, abs=0.01)
    posts = store.import_file(
        real / "posts" / "facebook_live_sellers.csv",
        mapping=MAPPINGS / "facebook_live_sellers.toml",
    )
    # 6,997 posts; 53 rows repeat another row.
    assert (posts.records, posts.loaded, posts.unchanged) == (7050, 6997, 53)
    assert store.frame("post_daily")["account_id"].nunique() == 9
