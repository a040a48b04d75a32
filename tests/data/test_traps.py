"""The traps of real exports that the first six families meet, one test each."""

from datetime import date

import pandas as pd
import pytest
from platform_files import (
    DOUYIN_HEADER,
    DOUYIN_ROW,
    FACEBOOK_31,
    XHS_ROW,
    douyin,
    facebook,
    facebook_row,
    google,
    google_line,
    google_total,
    meta_page,
    x_line,
    x_posts,
    xiaohongshu,
    xlsx,
    youtube,
)

from opsbook import read_export
from opsbook.errors import BadValue, InputError, MissingColumns, UnknownLayout


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("OPSBOOK_HOME", str(tmp_path / "home"))


def read(path, **kw):
    kw.setdefault("account", "nanshan")
    kw.setdefault("exported_on", "2026-08-01")
    return read_export(path, **kw)


def adds_up(export):
    rows = {r for one in export.tables.values() for r in one["source_row"]}
    refused = set(export.refused["source_row"])
    assert not rows & refused
    return len(rows) + len(refused) + export.not_data == export.records


def test_banner_of_one_text_is_not_the_header_and_counts_stored_as_floats_are_counts(tmp_path):
    export = read(xiaohongshu(tmp_path / "笔记列表明细表.xlsx"))
    row = export.frame.iloc[0]
    assert export.preset == "xiaohongshu_notes" and export.records == 1
    assert (row["impressions"], row["views"], row["cover_ctr"]) == (12235, 6174, 0.221)
    assert row["source_row"] == 3
    post = export.tables["posts"].iloc[0]
    assert post["created_timestamp"] == pd.Timestamp("2026-03-24 09:33:05", tz="UTC")
    assert post["created_precision"] == "second" and bool(post["synthetic_id"])


def test_views_may_exceed_impressions_in_xiaohongshu(tmp_path):
    autoplayed = ["视频", XHS_ROW[1], "视频", 0.0, 126.0, *XHS_ROW[5:]]
    export = read(xiaohongshu(tmp_path / "n.xlsx", [autoplayed]))
    assert export.frame["views"].tolist() == [126] and export.refused.empty


def test_rate_over_one_is_refused_with_row_and_reason(tmp_path):
    wrong = [*XHS_ROW[:5], 22.1, *XHS_ROW[6:]]
    export = read(xiaohongshu(tmp_path / "n.xlsx", [XHS_ROW, ["另一篇", *wrong[1:]]]))
    assert export.refused.to_dict("records") == [
        {"source_row": 4, "column": "封面点击率", "value": "22.1",
         "reason": "a rate of 22.1 is not between 0 and 1"}
    ]  # fmt: skip
    assert len(export.frame) == 1 and adds_up(export)


def test_posts_without_an_id_get_one_of_account_title_and_time(tmp_path):
    path = xiaohongshu(tmp_path / "n.xlsx", [XHS_ROW, ["另一篇", *XHS_ROW[1:]]])
    one, two = read(path), read(path, account="other")
    assert one.frame["post_id"].is_unique
    assert read(path).frame["post_id"].tolist() == one.frame["post_id"].tolist()
    assert not set(one.frame["post_id"]) & set(two.frame["post_id"])


def test_utf16_with_sep_line_and_metric_in_the_second_line(tmp_path):
    days = [("2025-01-01T01:00:00", "0"), ("2025-01-02T00:00:00", "1,204")]
    export = read(meta_page(tmp_path / "Follows.csv", "Facebook follows", days))
    assert export.platform == "facebook_page"
    got = export.tables["follower_daily"]
    assert got["new_followers"].tolist() == [0, 1204]
    # 01:00 is a day after a change of clocks, not an hour.
    assert got["date_day"].dt.strftime("%Y-%m-%d").tolist() == ["2025-01-01", "2025-01-02"]


def test_the_second_line_not_the_file_name_tells_facebook_from_instagram(tmp_path):
    days = [("2025-01-01T00:00:00", "3")]
    export = read(meta_page(tmp_path / "Visits.csv", "Instagram profile visits", days))
    assert export.platform == "instagram"
    assert export.frame[["metric", "value"]].values.tolist() == [["profile_visits", 3.0]]
    folder = tmp_path / "facebook_page@nanshan"
    folder.mkdir()
    wrong = meta_page(folder / "Visits.csv", "Instagram profile visits", days)
    with pytest.raises(BadValue, match="lies in the folder of facebook_page"):
        read_export(wrong, exported_on="2026-08-01", account="facebook_page@nanshan")


def test_quoted_newlines_commas_and_maths_letters_in_captions(tmp_path):
    caption = '𝗦𝗽𝗿𝗶𝗻𝗴 tea,\nfirst "flush" #春茶'
    export = read(
        facebook(tmp_path / "f.csv", [facebook_row(caption=caption), facebook_row("9")]),
        account=None,
    )
    post = export.tables["posts"].set_index("post_id").loc["122101234567890123"]
    assert post["post_message"] == caption
    assert post["text_nfkc"] == 'Spring tea,\nfirst "flush" #春茶'
    assert post["hashtags"] == '["春茶"]'
    assert export.records == 2 and set(export.frame["account_id"]) == {"101234567890123"}
    assert export.tables["posts"]["source_row"].tolist() == [2, 3]


def test_duplicate_headers_are_told_apart_and_38_columns_fit_as_well_as_31(tmp_path):
    more = [
        *FACEBOOK_31[:24],
        "Views",
        "Reach from Organic posts",
        *FACEBOOK_31[24:],
        "A",
        "B",
        "C",
        "D",
        "E",
    ]
    row = facebook_row()
    wide = [*row[:24], "77", "60", *row[24:], *"12345"]
    export = read(facebook(tmp_path / "f.csv", [wide], header=more), account=None)
    assert len(more) == 38
    assert export.frame["views"].tolist() == [120]
    assert '"Views#2": "77"' in export.frame["extra"].iloc[0]
    assert any("columns without a place: " in note for note in export.notes)


def test_ragged_rows_are_refused_not_shifted(tmp_path):
    rows = [facebook_row(), facebook_row("2")[:27]]
    export = read(facebook(tmp_path / "f.csv", rows), account=None)
    assert export.refused["reason"].tolist() == [
        "the row has 27 cells, the header 31: a delimiter was lost or the file cut"
    ]
    assert export.records == 2 and len(export.frame) == 1 and adds_up(export)


def test_file_resaved_with_semicolons(tmp_path):
    path = facebook(tmp_path / "f.csv", [facebook_row()])
    text = path.read_text("utf-8-sig")
    path.write_text(
        text.replace('"Reactions, Comments and Shares"', "Reactions").replace(",", ";"), "utf-8-sig"
    )
    assert read(path, account=None).frame["views"].tolist() == [120]


def test_lines_that_became_one_quoted_cell_are_unwrapped_once(tmp_path):
    path = facebook(tmp_path / "f.csv", [facebook_row(caption='say "tea", twice')])
    lines = path.read_text("utf-8-sig").splitlines()
    path.write_text(
        "\n".join('"' + line.replace('"', '""') + '"' for line in lines) + "\n", "utf-8-sig"
    )
    export = read(path, account=None)
    assert export.frame["views"].tolist() == [120]
    assert export.tables["posts"]["post_message"].tolist() == ['say "tea", twice']
    assert any("unwrapped once" in note for note in export.notes)


def test_percentage_that_became_a_date_is_refused(tmp_path):
    row = ["v1", "Tea", '"May 27, 2025"', "119", "10", "2.5", "-7", "100", "6.май"]
    export = read(youtube(tmp_path / "t.csv", [",".join(row)]))
    assert "turned this percentage into a date" in export.refused["reason"].iloc[0]
    assert export.frame.empty and adds_up(export)


def test_gbk_and_byte_order_marks(tmp_path):
    lines = ["日期,播放量", "2026-03-01,1.2万", "2026-03-02,-"]
    for name, encoding in [("gbk.csv", "gbk"), ("bom.csv", "utf-8-sig"), ("plain.csv", "utf-8")]:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding=encoding)
        export = read(path)
        assert export.frame["value"].tolist() == [12000.0], name
        # A day without a figure is no row, and no zero.
        assert (export.records, export.not_data) == (2, 1), name


def test_total_first_footer_last_and_the_sum_below_it_by_design(tmp_path):
    lines = [
        'v1,Total eclipse of tea,"May 27, 2025",119,8,1.5,0,90,7.78',
        'v2,Tea,"May 1, 2025",60,,,,4,0',
    ]
    export = read(youtube(tmp_path / "Table data.csv", lines))
    assert (export.records, len(export.frame), export.not_data) == (4, 2, 2)
    assert export.totals["Views"] == (10.0, 8.0, True)
    assert export.totals["Impressions"] == (100.0, 94.0, True)
    first, second = export.frame.iloc[0], export.frame.iloc[1]
    assert (first["cover_ctr"], first["watch_time_s"]) == (0.0778, 5400.0)
    # Empty is not reported, never 0.
    assert pd.isna(second["views"]) and pd.isna(second["watch_time_s"])
    assert export.tables["posts"]["created_precision"].tolist() == ["day", "day"]


def test_negative_counts_are_legal_where_they_mean_something(tmp_path):
    export = read(youtube(tmp_path / "t.csv", ['v1,Tea,"May 27, 2025",119,8,1.5,-70,90,7.78']))
    assert export.frame["follows"].tolist() == [-70]


def test_chart_days_before_publication_are_left_out(tmp_path):
    path = tmp_path / "Chart data.csv"
    path.write_text(
        "Date,Content,Video title,Video publish time,Duration,Views\n"
        '2024-05-30,v1,Tea,"Jun 1, 2024",60,0\n2024-06-01,v1,Tea,"Jun 1, 2024",60,12\n'
        '2024-06-02,v1,Tea,"Jun 1, 2024",60,0\n'
    )
    export = read(path)
    assert export.frame["views"].tolist() == [12, 0]
    assert (export.records, export.not_data, len(export.tables["posts"])) == (3, 1, 1)


def test_preamble_several_totals_blanked_dashes_and_a_campaign_called_total(tmp_path):
    lines = [
        google_line("Total Wine", cost="60.00"),
        google_line("B", impressions='"2,000"', cost="40.00"),
        google_total("Total: Account", '"3,042"', "100.00", "100"),
        google_total("Total: Search", '"3,042"', "100.00", "100"),
    ]
    export = read(google(tmp_path / "Ad report.csv", lines))
    assert export.table == "ads_period"
    assert export.frame["campaign_name"].tolist() == ["Total Wine", "B"]
    assert export.frame["spend"].tolist() == [60.0, 40.0] and set(export.frame["currency"]) == {
        "USD"
    }
    assert export.frame["conversions"].isna().all()
    assert export.totals["Cost"] == (100.0, 100.0, True) and export.not_data == 2


def test_total_that_disagrees_is_told(tmp_path):
    lines = [google_line("A"), google_total("Total: Account", '"1,042"', "99.00", "50")]
    export = read(google(tmp_path / "g.csv", lines))
    assert export.totals["Cost"] == (99.0, 60.0, False)
    assert any(note.startswith("CHECK Cost: rows sum to 60") for note in export.notes)


def test_a_period_total_is_never_a_day(tmp_path):
    one = read(google(tmp_path / "g.csv", [google_line()]))
    assert "ads_daily" not in one.tables
    row = one.frame.iloc[0]
    assert (str(row["period_start"].date()), str(row["period_end"].date())) == (
        "2026-01-20",
        "2026-01-21",
    )
    all_time = read(google(tmp_path / "a.csv", [google_line()], period="All time"))
    assert str(all_time.frame["period_end"].iloc[0].date()) == "2026-08-01"


def test_ads_for_excel_in_utf16_with_tabs_and_a_day_column(tmp_path):
    lines = ["Ad report", "All time", "Day\tCampaign\tImpr.\tCost\tClicks\tCurrency code",
             "2026-01-20\tSpring\t1,042\t60.00\t50\tUSD"]  # fmt: skip
    path = tmp_path / "g.csv"
    path.write_bytes("\n".join(lines).encode("utf-16"))
    export = read(path)
    assert export.table == "ads_daily" and export.frame["impressions"].tolist() == [1042]


def test_german_labels_and_numbers(tmp_path):
    path = tmp_path / "g.csv"
    path.write_text(
        "Kampagnenbericht\nGesamter Zeitraum\nKampagne\tImpressionen\tKosten\tKlicks\tWährungscode\n"
        "Frühling\t10.420\t1.234,56\t50\tEUR\nHerbst\t1.000\t5,50\t2\tEUR\n"
        "Gesamt: Konto\t11.420\t1.240,06\t52\tEUR\n",
        encoding="utf-8",
    )
    export = read(path)
    assert export.frame["spend"].tolist() == [1234.56, 5.5]
    assert export.frame["impressions"].tolist() == [10420, 1000]
    assert export.totals["Kosten"] == (1240.06, 1240.06, True)


def test_long_ids_are_text_and_damaged_ones_are_refused_with_the_remedy(tmp_path):
    ids = ["1891564128784855141", "1.89156E+18", "1891472667636797659", "1891462562111260000"]
    lines = [x_line(i, text=f"t{n}") for n, i in enumerate(ids)]
    export = read(x_posts(tmp_path / "x.csv", lines))
    assert export.frame["post_id"].tolist() == [ids[0], ids[2]]
    assert export.refused["source_row"].tolist() == [3, 5]
    assert export.refused["reason"].str.contains("without opening it in a spreadsheet").all()
    assert adds_up(export)


def test_x_dates_with_quoted_commas_thousands_and_rows_without_an_id(tmp_path):
    lines = [
        x_line(n='"1,234"'),
        x_line("", text="empty"),
        x_line("1891472667636797659", "Mon Feb 17 2025"),
    ]
    export = read(x_posts(tmp_path / "x.csv", lines))
    assert export.frame["impressions"].tolist() == [1234, 70]
    assert export.tables["posts"]["created_timestamp"].dt.strftime("%Y-%m-%d").tolist() == [
        "2026-07-14", "2025-02-17"]  # fmt: skip
    assert export.not_data == 1 and adds_up(export)


def test_captions_that_start_like_formulas_stay_as_they_are(tmp_path):
    export = read(x_posts(tmp_path / "x.csv", [x_line(text="@worm =1+1")]))
    assert export.tables["posts"]["post_message"].tolist() == ["@worm =1+1"]


def test_douyin_texts_durations_and_both_shapes_of_rates(tmp_path):
    percent = ["b", *DOUYIN_ROW[1:5], "12.5%", "51%", "-", "18秒", *DOUYIN_ROW[9:]]
    export = read(douyin(tmp_path / "作品列表.xlsx", [DOUYIN_ROW, percent]))
    frame = export.frame
    assert frame["views"].tolist() == [12000, 12000]
    assert frame["completion_rate"].tolist() == [0.366807, 0.125]
    assert frame["avg_watch_s"].tolist() == [9.53, 18.0]
    assert frame["follows"].tolist() == [-2, -2]
    assert pd.isna(frame["bounce_2s"].iloc[1])
    assert export.tables["posts"]["post_type"].tolist() == ["video", "video"]
    assert '"春茶"' in export.tables["posts"]["hashtags"].iloc[0]


def test_douyin_variant_with_another_column_set(tmp_path):
    header = [*DOUYIN_HEADER[:7], "封面点击率", *DOUYIN_HEADER[7:]]
    export = read(douyin(tmp_path / "d.xlsx", [[*DOUYIN_ROW[:7], "0.09", *DOUYIN_ROW[7:]]], header))
    assert export.preset == "douyin_works" and export.frame["cover_ctr"].tolist() == [0.09]


@pytest.mark.parametrize(
    ("metric", "column", "cell", "value"),
    [("净增粉丝", "net_followers", "-3", -3), ("取关粉丝", "lost_followers", "4", 4),
     ("总粉丝量", "followers_total", "1.2万", 12000)],
)  # fmt: skip
def test_douyin_files_of_one_metric(tmp_path, metric, column, cell, value):
    export = read(xlsx(tmp_path / "近30日.xlsx", [["日期", metric], ["2026-03-01", cell]]))
    assert export.tables["follower_daily"][column].tolist() == [value]


def test_same_post_twice_same_row_is_kept_once_other_values_are_refused(tmp_path):
    same, other = x_line(), x_line(likes=99)
    export = read(x_posts(tmp_path / "x.csv", [same, same, other]))
    assert len(export.frame) == 1 and export.frame["likes"].tolist() == [3]
    assert export.refused["reason"].tolist() == [
        "same post_id, as_of_date, basis as row 2, which says 3"
    ]


def test_future_dates_are_refused(tmp_path):
    export = read(x_posts(tmp_path / "x.csv", [x_line(day="Mon Feb 17 2098")]))
    assert export.refused["reason"].tolist() == ["lies after the day of the export, 2026-08-01"]


def test_clicks_over_impressions_are_refused(tmp_path):
    export = read(google(tmp_path / "g.csv", [google_line(impressions="10", clicks="11")]))
    assert export.refused["reason"].tolist() == ["clicks 11 are more than impressions 10"]


def test_fen_for_yuan_stops_the_import(tmp_path):
    header = "Campaign,Impr.,Clicks,Cost,Avg. CPC"
    lines = ["A,1000,10,1200,1.20", "B,2000,20,2600,1.30"]
    with pytest.raises(BadValue, match=r"spend / clicks is 100 times .* nothing was loaded"):
        read(google(tmp_path / "g.csv", lines, header=header))


def test_currencies_are_kept_apart(tmp_path):
    header = "Campaign,Impr.,Clicks,Cost,Currency code"
    export = read(google(tmp_path / "g.csv", ["A,10,1,5.00,USD", "B,10,1,5.00,EUR"], header=header))
    assert export.frame["currency"].tolist() == ["USD", "EUR"]
    assert any("EUR and USD are kept apart" in note for note in export.notes)
    with pytest.raises(BadValue, match="is in EUR, USD, but was given as CNY"):
        read(tmp_path / "g.csv", currency="CNY")


def test_wrong_empty_and_cut_files_say_what_to_do(tmp_path):
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    with pytest.raises(InputError, match=r"empty.csv: is empty \(0 bytes\)"):
        read(empty)
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(xiaohongshu(tmp_path / "whole.xlsx").read_bytes()[:600])
    with pytest.raises(InputError, match="damaged or was cut"):
        read(cut)
    picture = tmp_path / "p.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00")
    with pytest.raises(InputError, match="neither text"):
        read(picture)
    with pytest.raises(UnknownLayout) as caught:
        other = tmp_path / "other.csv"
        other.write_text("colour,shape\nred,round\n")
        read(other)
    assert caught.value.proposal is not None
    with pytest.raises(MissingColumns, match="lacks Post id"):
        read(other, preset="x_posts")
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / "none.csv", exported_on=None)


def test_two_exports_on_different_days_are_two_snapshots(tmp_path):
    path = x_posts(tmp_path / "x.csv", [x_line()])
    days = [
        read(path, exported_on=d).frame["as_of_date"].iloc[0]
        for d in ("2026-07-20", date(2026, 7, 27))
    ]
    assert [str(d.date()) for d in days] == ["2026-07-20", "2026-07-27"]


def test_the_day_of_the_export_comes_from_the_name(tmp_path):
    path = x_posts(tmp_path / "account_analytics_content_2026-07-01_2026-07-20.csv", [x_line()])
    export = read(path, exported_on=None)
    assert str(export.exported_on) == "2026-07-20"


def test_posts_without_any_text_keep_their_rows(tmp_path):
    rows = [facebook_row("1", "a"), facebook_row("2", ""), facebook_row("3", "c")]
    export = read(facebook(tmp_path / "f.csv", rows), account=None)
    assert export.tables["posts"].sort_values("source_row")["text_nfkc"].fillna("").tolist() == [
        "a",
        "",
        "c",
    ]


def test_a_total_whose_label_is_damaged_is_refused_and_never_a_row(tmp_path):
    lines = [f'v{n},Tea {n},"May {n + 1}, 2025",60,{n + 1},0.5,0,{n + 9},7.78' for n in range(3)]
    path = youtube(tmp_path / "Table data.csv", lines, total="Totbl,,,,10,2.5,-7,100,6.98")
    export = read(path)
    assert export.frame["post_id"].tolist() == ["v0", "v1", "v2"] and adds_up(export)
    assert export.refused["value"].tolist() == ["Totbl"]
    ads = [google_line("A"), google_line("B")]
    wrong = google_total("Tot@l: Account", '"2,084"', "120.00", "100")
    export = read(google(tmp_path / "g.csv", [*ads, wrong]))
    assert len(export.frame) == 2 and export.refused["value"].tolist() == ["Tot@l: Account"]
    assert adds_up(export)
    head = "Reporting starts,Reporting ends,Campaign name,Ad ID,Amount spent (USD),Impressions"
    rows = ["Totbl,9,12.00,150", "A,1,5.00,100", "B,2,7.00,50"]
    lines = [head, *(f"2026-07-01,2026-07-01,{row}" for row in rows)]
    (tmp_path / "m.csv").write_text("\n".join(lines) + "\n")
    export = read(tmp_path / "m.csv", exported_on="2026-08-01")
    assert export.preset == "meta_ads"
    assert "sums of all other rows" in export.refused["reason"].iloc[0]
    assert len(export.frame) == 2 and adds_up(export)
