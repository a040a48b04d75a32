"""Every documented layout is taken by the preset named for it; those without go to mapping."""

import json

import pandas as pd
import pytest
from documented import DOCUMENTED, MAPPED, UNSEEN

from opsbook import Store, read_export
from opsbook.data import presets
from opsbook.errors import BadValue, UnknownLayout

# Taken in with the bytes of stacked blocks in test_layouts, which are no header and one row.
BESIDES = {"meta_audience"}

# preset -> (table, figures of its first row); those of the other presets: test_layouts, test_traps
FIGURES = {
    "douyin_open_api": ("follower_daily", {"followers_total": 1, "new_followers": 1}),
    "douyin_business_api": ("follower_daily", {"profile_visits": 1, "lost_followers": 1}),
    "tiktok_business_api_account": ("follower_daily", {"net_followers": 1, "followers_total": 1}),
    "tiktok_business_api_videos": (
        "post_daily",
        {"post_id": "6995316737801538821", "completion_rate": 0.0395, "saves": 1},
    ),
    "qianchuan_whole_api": ("ads_daily", {"spend": 12.34, "orders": 1}),
    "qianchuan_materials": (
        "ads_period",
        {"ad_id": "7400000000000000001", "spend": 1, "period_end": pd.Timestamp("2026-07-31")},
    ),
    "juguang_notes": ("ads_period", {"clicks_basis": "5s_view", "clicks": 1, "spend": 1}),
    "douyin_shop_api": (
        "orders",
        {"unit_price": 98, "paid_amount": 90, "discount_platform": 8, "line_no": 1,
         "paid_at": pd.Timestamp("2026-07-01 10:00", tz="UTC")},
    ),
    "meta_facebook_videos": ("post_daily", {"post_id": "901234567890123", "views": 1, "reach": 1}),
    "wechat_article_detail": (
        "post_daily",
        {"views": 808, "completion_rate": 0.6942, "avg_watch_s": 31, "impressions": 900, "follows": 4},
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("OPSBOOK_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize("layout", DOCUMENTED, ids=[one.name for one in DOCUMENTED])
def test_the_preset_takes_the_documented_file_whole(tmp_path, layout):
    path = layout.write(tmp_path)
    account = f"{layout.platform}@tea" if layout.platform else None
    export = read_export(path, account=account or "tea", exported_on="2026-08-01")
    assert export.preset == layout.preset
    assert export.refused.to_dict("records") == []
    assert all(ok for _, _, ok in export.totals.values())
    assert len(export.frame) >= 1
    store = Store(tmp_path / "book" / "data" / "store")
    done = store.import_file(path, account=account or "tea", exported_on="2026-08-01")
    assert done.loaded >= 1 and done.confidence in "FVDSC"


@pytest.mark.parametrize("name", FIGURES)
def test_its_figures_stand_in_the_units_of_the_tables(tmp_path, name):
    table, figures = FIGURES[name]
    layout = next(one for one in DOCUMENTED if one.preset == name)
    export = read_export(layout.write(tmp_path), account="tea", exported_on="2026-08-01")
    row = export.tables[table].iloc[0]
    assert {column: row[column] for column in figures} == figures


def test_the_days_of_one_article_stand_beside_its_sum(tmp_path):
    layout = next(one for one in DOCUMENTED if one.preset == "wechat_article_detail")
    export = read_export(layout.write(tmp_path), account="tea", exported_on="2026-08-01")
    daily = export.tables["post_daily"]
    daily = daily[daily["basis"] == "daily"]
    assert daily["as_of_date"].dt.strftime("%m-%d").tolist() == ["07-01", "07-02"]
    assert daily[["views", "reach", "shares"]].values.tolist() == [[700, 500, 45], [108, 86, 7]]
    assert (export.records, export.not_data) == (4, 1)  # the article, its days, one channel
    assert '"数据概况/赞赏(分)": "500"' in export.tables["post_daily"]["extra"].iloc[0]


def test_an_order_of_two_lines_is_two_rows_and_its_amount_is_spread(tmp_path):
    lines = [{"order_id": f"1{n}", "product_id": n, "combo_num": 1, "combo_amount": a}
             for n, a in ((1, 6000), (2, 3000))]  # fmt: skip
    order = {"order_id": "1A", "create_time": "1782900000", "pay_time": "", "coupon_amount": 900,
             "order_total_amount": 8100, "child": lines}  # fmt: skip
    path = tmp_path / "orders.json"
    path.write_text(json.dumps({"data": {"list": [order]}}))
    frame = read_export(path, account="tea").frame
    assert frame["paid_amount"].tolist() == [54, 27] and frame["line_no"].tolist() == [1, 2]
    assert frame["discount_platform"].fillna(0).tolist() == [9, 0] and frame["paid_at"].isna().all()


def test_figures_of_unknown_days_are_refused_with_the_remedy(tmp_path):
    layout = next(one for one in DOCUMENTED if one.preset == "juguang_notes")
    path = layout.write(tmp_path).rename(tmp_path / "聚光.csv")
    with pytest.raises(BadValue, match=r"which days its figures cover.*first and the last day"):
        read_export(path, account="tea")


@pytest.mark.parametrize("case", MAPPED, ids=[one[0] for one in MAPPED])
def test_a_layout_of_one_source_is_proposed_for_mapping(tmp_path, case):
    _, _, header, reason = case
    path = tmp_path / "export.csv"
    cells = ["2026-07-01" if h in ("日期", "Date", "时间", "发布时间") else "12" for h in header]
    path.write_text(",".join(header) + "\n" + ",".join(cells) + "\n", encoding="utf-8-sig")
    with pytest.raises(UnknownLayout) as caught:
        read_export(path, account="tea", exported_on="2026-08-01")
    told = [row["header"] for row in caught.value.proposal.rows]
    assert told == header and all(row["reason"] for row in caught.value.proposal.rows)
    assert reason


def test_every_preset_stands_on_a_documented_layout():
    named = {one.preset for one in DOCUMENTED} | BESIDES
    assert named == set(presets.presets())
    assert {one.mark for one in DOCUMENTED} == {"F", "V", "D", "S", "C"}
    assert all(UNSEEN.values())


def test_no_preset_claims_to_be_surer_than_its_sources():
    """A preset's confidence is that of its best documented layout."""
    order = "FVDSC"
    for one in presets.presets().values():
        marks = [layout.mark for layout in DOCUMENTED if layout.preset == one.id]
        if marks:
            assert one.confidence == min(marks, key=order.index), one.id
