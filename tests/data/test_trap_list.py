"""The 35 traps of real exports, each with the test that holds it; those not tested elsewhere."""

import importlib
from datetime import date, datetime

import pandas as pd
import pytest
from platform_files import XHS_ROW, google, google_line, x_line, x_posts, xiaohongshu
from test_layouts import LAYOUTS, META_HEAD, export_of, html, text

from opsbook import Store, read_export
from opsbook.data import presets, times, values
from opsbook.errors import OpsbookError

TRAPS = {
    1: "test_trap_list.test_xls_that_is_html_and_xls_that_is_text",
    2: "test_traps.test_utf16_with_sep_line_and_metric_in_the_second_line",
    3: "test_traps.test_gbk_and_byte_order_marks",
    4: "test_traps.test_lines_that_became_one_quoted_cell_are_unwrapped_once",
    5: "test_traps.test_banner_of_one_text_is_not_the_header_and_counts_stored_as_floats_are_counts",
    6: "test_traps.test_quoted_newlines_commas_and_maths_letters_in_captions",
    7: "test_traps.test_ragged_rows_are_refused_not_shifted",
    8: "test_trap_list.test_the_header_is_found_below_any_preamble",
    9: "test_traps.test_duplicate_headers_are_told_apart_and_38_columns_fit_as_well_as_31",
    10: "test_traps.test_douyin_variant_with_another_column_set",
    11: "test_trap_list.test_headers_are_compared_without_currency_brackets_and_stray_blanks",
    12: "test_traps.test_german_labels_and_numbers",
    13: "test_traps.test_preamble_several_totals_blanked_dashes_and_a_campaign_called_total",
    14: "test_trap_list.test_a_row_of_formulas_is_no_data",
    15: "test_trap_list.test_breakdowns_and_sub_products_are_never_summed_unasked",
    16: "test_layouts.test_a_row_over_many_days_is_a_period_and_no_day",
    17: "test_trap_list.test_a_file_at_the_platforms_cap_says_so",
    18: "test_trap_list.test_numbers_in_all_their_shapes",
    19: "test_trap_list.test_missing_is_null_with_a_reason_and_never_zero",
    20: "test_trap_list.test_rates_in_their_three_shapes",
    21: "test_traps.test_fen_for_yuan_stops_the_import",
    22: "test_traps.test_long_ids_are_text_and_damaged_ones_are_refused_with_the_remedy",
    23: "test_trap_list.test_durations_in_all_their_shapes",
    24: "test_traps.test_negative_counts_are_legal_where_they_mean_something",
    25: "test_trap_list.test_dates_in_all_their_shapes",
    26: "test_traps.test_utf16_with_sep_line_and_metric_in_the_second_line",
    27: "test_trap_list.test_a_moment_in_seconds_falls_on_the_chinese_day",
    28: "test_traps.test_chart_days_before_publication_are_left_out",
    29: "test_traps.test_two_exports_on_different_days_are_two_snapshots",
    30: "test_traps.test_posts_without_an_id_get_one_of_account_title_and_time",
    31: "test_trap_list.test_one_ad_name_under_two_ids_is_two_ads",
    32: "test_traps.test_quoted_newlines_commas_and_maths_letters_in_captions",
    33: "test_traps.test_the_second_line_not_the_file_name_tells_facebook_from_instagram",
    34: "test_traps.test_captions_that_start_like_formulas_stay_as_they_are",
    35: "test_layouts.test_people_are_keys_and_never_stand_in_a_table",
}
BESIDES = {
    "wrong account": "test_store.test_wrong_account_is_repaired_by_undo_and_import",
    "two exports": "test_store.test_newer_export_supersedes_and_keeps_history_older_one_does_not",
    "period never spread": "test_traps.test_a_period_total_is_never_a_day",
    "fen for yuan": "test_traps.test_fen_for_yuan_stops_the_import",
    "damaged ids": "test_traps.test_long_ids_are_text_and_damaged_ones_are_refused_with_the_remedy",
}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("OPSBOOK_HOME", str(tmp_path / "home"))


def read(path, data=None, **more):
    if data is not None:
        path.write_bytes(data)
    return read_export(path, account="nanshan", exported_on="2026-08-01", **more)


def test_every_trap_has_its_test():
    assert sorted(TRAPS) == list(range(1, 36))
    for name in (*TRAPS.values(), *BESIDES.values()):
        module, _, function = name.partition(".")
        assert callable(getattr(importlib.import_module(module), function)), name


def test_xls_that_is_html_and_xls_that_is_text(tmp_path):
    page = html("时间,新关注人数,取消关注人数,净增关注人数,累积关注人数", "2026-07-01,3,1,2,9")
    assert read(tmp_path / "user_analysis.xls", page).frame["new_followers"].tolist() == [3]
    plain = text("日期,阅读,播放,点赞,喜欢", "2026-07-01,5,4,3,2", encoding="utf-8")
    assert read(tmp_path / "日报表.xls", plain).preset == "zhihu_daily"


@pytest.mark.parametrize("above", [0, 1, 3, 4, 9])
def test_the_header_is_found_below_any_preamble(tmp_path, above):
    lines = "".join(f"about this file {n}\n" for n in range(above))
    data = text("日期,场景ID,花费,展现量,点击量", "2026-07-01,1,5.00,10,2", above=lines)
    export = read(tmp_path / "r.csv", data)
    assert export.details["header_row"] == above + 1
    assert export.frame["source_row"].tolist() == [above + 2]


def test_headers_are_compared_without_currency_brackets_and_stray_blanks(tmp_path):
    same = ("消耗(元)", "消耗（元）", " 消耗 ", "消耗\t", "消耗\r\n(元)")
    assert {presets.header_key(h) for h in same} == {"消耗"}
    assert presets.header_key("Phone number clicks ") == "phone number clicks"
    assert presets.header_key("Website URL (Ad level）") == "website url (ad level)"
    assert presets.header_currency("Amount spent (IDR)") == "IDR"
    for code in ("USD", "INR", "PHP"):
        head = META_HEAD.replace("USD", code)
        row = "2026-07-01,2026-07-01,S,A,9,5.00,100,10,0.50,10"
        assert set(read(tmp_path / "a.csv", text(head, row)).frame["currency"]) == {code}


def test_a_row_of_formulas_is_no_data(tmp_path):
    layout = next(one for one in LAYOUTS if one[0] == "douyin_shop_settlement")
    export = export_of(tmp_path, layout)
    assert (export.records, export.not_data, len(export.frame)) == (2, 1, 1)
    assert export.frame["source_row"].tolist() == [3]


def test_breakdowns_and_sub_products_are_never_summed_unasked(tmp_path):
    head = META_HEAD.replace("Ad ID", "Ad ID,Age")
    rows = [f"2026-07-01,2026-07-01,S,A,9,{age},5.00,100,10,0.50,10" for age in ("18-24", "25-34")]
    frame = read(tmp_path / "a.csv", text(head, *rows)).frame
    assert frame["breakdown"].tolist() == ["age=18-24", "age=25-34"]
    # The same rows without the column that tells them apart are two figures for one key.
    blind = [r.replace(",18-24", "").replace(",25-34", "") for r in rows]
    blind[1] = blind[1].replace("5.00", "6.00").replace("0.50", "0.60")
    export = read(tmp_path / "b.csv", text(META_HEAD, *blind))
    assert len(export.frame) == 1 and export.refused_rows == 1
    layout = next(one for one in LAYOUTS if one[0] == "shengyi_products")
    assert export_of(tmp_path, layout).frame["product_id"].tolist() == ["5012"]


def test_a_file_at_the_platforms_cap_says_so(tmp_path):
    rows = [[f"第{n}篇", *XHS_ROW[1:]] for n in range(1000)]
    told = "the platform exports at most 1000 rows: there may be more"
    assert told in read(xiaohongshu(tmp_path / "n.xlsx", rows)).notes
    assert told not in read(xiaohongshu(tmp_path / "n.xlsx", rows[:999])).notes


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("1,042", 1042), ("1.2万", 12000), ("1.2w", 12000), ("2亿", 2 * 10**8), ("10w+", 10**5),
     ("1.1K", 1100), ("2,316 Views", 2316), ("12235.0", 12235), ("-70", -70)],
)  # fmt: skip
def test_numbers_in_all_their_shapes(cell, expected):
    assert values.integers([cell]) == ([expected], [None])


def test_one_column_has_one_style_of_decimals():
    assert values.integers(["314.467", "1.204"])[0] == [314467, 1204]
    assert [float(v) for v in values.money(["¥1,200.50", "1,234元"])[0]] == [1200.5, 1234]
    assert [float(v) for v in values.money(["1.234,56", "7,50"])[0]] == [1234.56, 7.5]
    # A column that writes both ways is not guessed at cell by cell.
    found, reasons = values.money(["1.234,56", "7,50", "1,234.56"])
    assert found[:2] == [None, None] and all(reasons[:2])


def test_missing_is_null_with_a_reason_and_never_zero(tmp_path):
    cells = ["", "-", "--", " --", "—", "NAN", "undefined", "null", "N/A", "<5"]
    found, reasons = values.integers([*cells, "0"])
    assert found == [None] * len(cells) + [0] and reasons == [""] * len(cells) + [None]
    layout = next(one for one in LAYOUTS if one[0] == "tiktok_studio_followers")
    export = export_of(tmp_path, layout)
    assert export.nulls["Followers"] == {"undefined": 1}
    assert export.frame["followers_total"].isna().tolist() == [False, True]


def test_rates_in_their_three_shapes():
    assert values.rates(["0.221"], "fraction")[0] == [0.221]
    assert values.rates(["4.41%"], "fraction")[0] == [0.0441]
    assert values.rates(["7.78", "1.00"], "percent")[0] == [pytest.approx(0.0778), 0.01]
    assert values.rates(["7.78"], "fraction")[1] == ["a rate of 7.78 is not between 0 and 1"]


@pytest.mark.parametrize(
    ("cell", "unit", "expected"),
    [("9.53", "s", 9.53), ("18秒", "s", 18), ("14.73秒", "s", 14.73), ("0:04:12", "s", 252),
     ("1:02:03", "s", 3723), ("2.5", "h", 9000), ("1.5", "min", 90)],
)  # fmt: skip
def test_durations_in_all_their_shapes(cell, unit, expected):
    assert values.seconds(cell, unit) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("cell", "order", "expected"),
    [("2026年03月24日17时33分05秒", "", date(2026, 3, 24)), ("2026/08/07", "", date(2026, 8, 7)),
     ("2025/10/31 18:19:10", "", date(2025, 10, 31)), ("20240315", "", date(2024, 3, 15)),
     ("02/16/2025 05:14", "mdy", date(2025, 2, 16)), ("Tue, Feb 18, 2025", "", date(2025, 2, 18)),
     ("May 27, 2025", "", date(2025, 5, 27)), ("2026-03-27 04:10:57 +0500", "", date(2026, 3, 27)),
     ("2018-02-22T10:06:05+0000", "", date(2018, 2, 22)), ("February 28", "", date(2026, 2, 28)),
     ("8 de marzo", "", date(2026, 3, 8)), ("3月25日", "", date(2026, 3, 25)),
     ("December 31", "", date(2025, 12, 31)),
     ("Tue May 31 17:46:55 +0800 2011", "", date(2011, 5, 31))],
)  # fmt: skip
def test_dates_in_all_their_shapes(cell, order, expected):
    assert times.dates([cell], order=order, exported_on=date(2026, 8, 1)) == ([expected], [None])


def test_a_date_that_may_mean_two_days_is_asked_about():
    found, reasons = times.dates(["03/04/2026"], exported_on=date(2026, 8, 1))
    assert found == [None] and "cannot be told apart" in reasons[0]


def test_a_moment_in_seconds_falls_on_the_chinese_day(tmp_path):
    # 2026-07-01 00:30 in Shanghai is still the 30th of June in UTC.
    moment = int(datetime.fromisoformat("2026-07-01T00:30:00+08:00").timestamp())
    assert times.dates([str(moment)], zone="Asia/Shanghai")[0] == [date(2026, 7, 1)]
    layout = next(one for one in LAYOUTS if one[0] == "wechat_channels_api")
    changed = layout[2].replace(b"1772294400", str(moment).encode())
    post = export_of(tmp_path, (*layout[:2], changed)).tables["posts"].iloc[0]
    assert post["created_timestamp"] == pd.Timestamp("2026-06-30 16:30", tz="UTC")
    assert post["tz_source"] == "Asia/Shanghai"


def test_one_ad_name_under_two_ids_is_two_ads(tmp_path):
    rows = [f"2026-07-01,2026-07-01,S,A,{i},5.00,100,10,0.50,10" for i in ("11", "12")]
    export = read(tmp_path / "a.csv", text(META_HEAD, *rows))
    assert export.frame["ad_id"].tolist() == ["11", "12"] and export.refused.empty
    assert export.tables["ad_campaigns"]["ad_name"].tolist() == ["A", "A"]


def test_a_period_in_the_store_stays_a_period(tmp_path):
    store = Store(tmp_path / "book" / "data" / "store")
    path = google(tmp_path / "g.csv", [google_line()])
    store.import_file(path, account="1", exported_on="2026-08-01")
    assert store.is_empty("ads_daily") and len(store.frame("ads_period")) == 1


def test_two_exports_of_the_same_posts_keep_both_snapshots_in_the_store(tmp_path):
    store = Store(tmp_path / "book" / "data" / "store")
    for day, n in (("2026-07-20", 70), ("2026-07-27", 90)):
        path = x_posts(tmp_path / f"{n}.csv", [x_line(n=n)])
        store.import_file(path, account="a", exported_on=day)
    frame = store.frame("post_daily").sort_values("as_of_date")
    assert frame["impressions"].tolist() == [70, 90]
    assert len(store.frame("posts")) == 1


def test_a_stated_delimiter_that_is_none_is_not_believed(tmp_path):
    """Found by `make fuzz`: a damaged "sep=" line once gave a traceback."""
    path = tmp_path / "Follows.csv"
    path.write_bytes('sep=é\n"Follows"\n"Date","Primary"\n"2026-07-01T00:00:00","3"\n'.encode())
    try:
        read_export(path, account="a", exported_on="2026-08-01")
    except OpsbookError as error:
        assert str(error)
