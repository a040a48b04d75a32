"""Every shipped layout, from bytes as they are documented to the figures that they hold."""

import json

import pandas as pd
import pytest
from platform_files import xlsx

from opsbook import read_export
from opsbook.data import presets


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("OPSBOOK_HOME", str(tmp_path / "home"))


def text(header, *rows, encoding="utf-8-sig", end="\n", above=""):
    return (above + end.join([header, *rows]) + end).encode(encoding)


def html(*rows):
    cells = ["<tr>" + "".join(f"<td>{c}</td>" for c in r.split(",")) + "</tr>" for r in rows]
    return ('<html><head><meta charset="utf-8"></head><body><table>' + "".join(cells)
            + "</table></body></html>").encode()  # fmt: skip


def api(**answer):
    return json.dumps(answer, ensure_ascii=False).encode()


STATUS = {
    "created_at": "Tue May 31 17:46:55 +0800 2011", "id": 2121822704628662848,
    "idstr": "2121822704628662848", "text": "春茶", "reposts_count": 16, "comments_count": 13,
    "attitudes_count": 41, "user": {"idstr": "77", "screen_name": "南山", "followers_count": 9},
    "retweeted_status": {"idstr": "2121822704628662001"},
}  # fmt: skip
CHANNELS = "视频描述,视频ID,发布时间,完播率,平均播放时长,播放量,推荐,喜欢,评论量,分享量,关注量,转发聊天和朋友圈"
AD_DAY = {
    "date_start": "2026-07-01",
    "date_stop": "2026-07-01",
    "campaign_id": "120253000000000001",
}
META_HEAD = ("Reporting starts,Reporting ends,Campaign name,Ad name,Ad ID,Amount spent (USD),"
             "Impressions,Clicks (all),CPC (all) (USD),CTR (all)")  # fmt: skip
SHOP = ("主订单编号,子订单编号,选购商品,商品数量,商品ID,商品金额,订单应付金额,订单提交时间,订单状态,售后状态,"
        "流量体裁,流量来源,流量类型")  # fmt: skip
SHOPIFY = ("Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Created at,"
           "Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Note Attributes,"
           "Refunded Amount")  # fmt: skip

# preset, file name, bytes, table, figures of its first row
LAYOUTS = [
    ("wechat_users", "user_analysis.xls",
     html("时间,新关注人数,取消关注人数,净增关注人数,累积关注人数", "2026-07-01,31,12,19,31019"),
     "follower_daily", {"new_followers": 31, "lost_followers": 12, "followers_total": 31019}),
    ("wechat_articles", "已通知内容.xls",
     html("内容标题,发表时间,总阅读人数,总阅读次数,总分享次数,阅读完成率,送达人数,内容url",
          "春茶,20240315,586,808,52,36.21%,31000,"
          "http://mp.weixin.qq.com/s?__biz=M&amp;mid=2247481435&amp;idx=2"),
     "post_daily", {"post_id": "2247481435_2", "views": 808, "reach": 586,
                    "completion_rate": 0.3621}),
    ("wechat_channels", "单篇视频.csv",
     text(CHANNELS, '"茶\n山",export/UzFfAgt,2026/07/24,4.41%,14.73秒,900,7,5,3,2,1,4'),
     "post_daily", {"views": 900, "likes": 5, "completion_rate": 0.0441, "avg_watch_s": 14.73}),
    ("wechat_channels_api", "download_post_data.json",
     api(list=[{"objectId": "export/Uz", "readCount": 9, "likeCount": 7, "favCount": 5,
                "createTime": 1772294400, "fullPlayRate": 0.25, "avgPlayTimeSec": 12.5}]),
     "post_daily", {"likes": 5, "completion_rate": 0.25}),
    ("wechat_api_users", "getusersummary.json",
     api(list=[{"ref_date": "2026-07-01", "user_source": 30, "new_user": 5, "cancel_user": 2}]),
     "follower_daily", {"channel": "qr_code", "new_followers": 5}),
    ("wechat_api_total", "getusercumulate.json",
     api(list=[{"ref_date": "2026-07-01", "cumulate_user": 1000}]),
     "follower_daily", {"followers_total": 1000, "channel": "all"}),
    ("wechat_api_articles", "getarticletotaldetail.json",
     api(list=[{"ref_date": "2026-07-01", "msgid": "2247490098_1", "title": "t",
                "stat_date": "2026-07-02", "read_user": 50, "like_user": 3, "zaikan_user": 4}]),
     "post_daily", {"reach": 50, "likes": 3, "as_of_date": pd.Timestamp("2026-07-02")}),
    ("wechat_api_messages", "getmsglist.json",
     api(recordlist=[{"openid": "oA", "opercode": 2003, "text": "[image]", "time": 1767225600,
                      "worker": "kf1@x"}]),
     "messages", {"direction": "in", "msg_type": "image",
                  "sent_timestamp": pd.Timestamp("2026-01-01", tz="UTC")}),
    ("weibo_statuses", "statuses.json", api(statuses=[STATUS], total_number=1),
     "post_daily", {"post_id": "2121822704628662848", "reposts": 16, "likes": 41}),
    ("weibo_fst_api", "fst.json",
     api(list=[{"date": "2026-07-01", "campaign_id": "1", "consume": "12.50", "pv": "900",
                "bhv": "30", "ctr": "0.0333", "traffic_bhv": "11"}]),
     "ads_daily", {"spend": 12.5, "impressions": 900, "clicks": 11, "engagements": 30}),
    ("weibo_search_csv", "结果.csv",
     text("id,bid,user_id,用户昵称,微博正文,转发数,评论数,点赞数,发布时间,retweet_id",
          "5012345678901234,Nx,77,某,好茶,1,2,3,2026-07-01 10:00,5012345678900001"),
     "reposts", {"original_post_id": "5012345678900001", "comment_count": 2}),
    ("tiktok_studio_content", "Content.csv",
     text('"Time","Video title","Video link","Post time","Total likes","Total comments",'
          '"Total shares","Total views"',
          '"July 30","","https://www.tiktok.com/@a/video/7411111111111111111","February 28",'
          '"1","2","3","40"'),
     "post_daily", {"post_id": "7411111111111111111", "views": 40, "likes": 1}),
    ("tiktok_studio_overview", "Overview.csv",
     text('"Date","Video Views","Profile Views","Likes","Comments","Shares"',
          '"8 de marzo","46","2","-2","",""'),
     "account_daily", {"date_day": pd.Timestamp("2026-03-08"), "metric": "views", "value": 46.0}),
    ("tiktok_studio_followers", "FollowerHistory.csv",
     text('"Date","Followers","Difference in followers from previous day"', '"3月25日","30158","-7"',
          '"March 26","undefined","undefined"'),
     "follower_daily", {"date_day": pd.Timestamp("2026-03-25"), "followers_total": 30158,
                        "net_followers": -7}),
    ("tiktok_studio_activity", "FollowerActivity.csv",
     text('"Date","Hour","Active followers"', '"July 30","5","1195"'),
     "audience_hours", {"weekday": 3, "hour": 5, "active_followers": 1195.0}),
    ("tiktok_studio_gender", "FollowerGender.csv",
     text('"Gender","Distribution"', '"Female","0.59"', '"Male","0.41"'),
     "audience_profile", {"dimension": "gender", "value": "female", "share": 0.59}),
    ("tiktok_studio_territories", "FollowerTopTerritories.csv",
     text('"Top territories","Distribution"', '"SG","0.59"'),
     "audience_profile", {"dimension": "region", "value": "SG", "share": 0.59}),
    ("tiktok_business_overview", "overview.csv",
     text("Date,Video views,Reached audience,Profile views,Likes,Shares,Comments,"
          "Phone number clicks ,Leads submission,Net growth,New followers,Lost followers",
          "2025/10/31,46,9,0,0,0,0,NAN,NAN,8,29,21"),
     "follower_daily", {"net_followers": 8, "new_followers": 29, "lost_followers": 21}),
    ("tiktok_business_audience", "audience.csv",
     text("Date,New followers,Total followers,Reached audience,Engaged audience",
          "2025/10/31,--,1204,NAN,3"),
     "follower_daily", {"followers_total": 1204}),
    ("tiktok_business_videos", "video.csv",
     text("Video title,Video link,Post time,Video views,Likes,Comments,Shares,Add to Favorites",
          '"Tea\n#t",https://www.tiktok.com/@a/video/2120748497236921506,2025/10/31 18:19:10,9,1,2,3,4'),
     "post_daily", {"post_id": "2120748497236921506", "saves": 4, "views": 9}),
    ("linkedin_metrics", "content.xlsx",
     [["Aggregated engagement metrics"],
      ["Date", "Impressions (organic)", "Impressions (sponsored)", "Impressions (total)",
       "Clicks (total)", "Engagement rate (total)"],
      ["07/13/2026", 10, 5, 15, 2, 0.2396]],
     "account_daily", {"metric": "impressions", "value": 15.0}),
    ("linkedin_posts", "posts.xlsx",
     [["All posts"], ["Post title", "Post link", "Created date", "Impressions", "Clicks", "Likes"],
      ["Tea", "https://www.linkedin.com/feed/update/urn:li:activity:7211111111111111111",
       "07/13/2026", 90, 3, 2]],
     "post_daily", {"post_id": "7211111111111111111", "impressions": 90, "likes": 2}),
    ("linkedin_followers", "followers.xlsx",
     [["Date", "Sponsored followers", "Organic followers", "Total followers"],
      ["07/13/2026", 1, 4, 5]],
     "follower_daily", {"new_followers": 5}),
    ("douyin_live", "直播概览.csv",
     text("直播间名称,日期,直播时长(小时),成交金额,成交订单数,直播间观看人数,直播间观看人次,新增粉丝数",
          "茶席,2026-07-01,2.5,1234.50,12,800,950,6"),
     "live_sessions", {"duration_s": 9000.0, "viewers": 800, "views": 950, "gmv": 1234.5}),
    ("oceanengine_daily", "日报.csv",
     text("日期,计划名称,消耗(元),展示数,点击数,点击率,转化数,成交金额",
          '2026-07-01,春茶,"¥1,200.50",4000,100,2.50%,3,¥60.00',
          '合计,-,"¥1,200.50",4000,100,2.50%,3,¥60.00', encoding="gb18030"),
     "ads_daily", {"ad_id": "春茶", "campaign_id": "", "spend": 1200.5, "ctr_reported": 0.025}),
    ("oceanengine_api", "custom_get.json",
     api(data={"rows": [{"stat_time_day": "2026-07-01", "ad_id": "1700000000000000001",
                         "stat_cost": "12.34", "show_cnt": "100", "click_cnt": "4", "ctr": "4.0",
                         "convert_cnt": "1"}]}),
     "ads_daily", {"spend": 12.34, "clicks": 4, "ad_group_id": "1700000000000000001"}),
    ("qianchuan_api", "qianchuan.json",
     api(list=[{"stat_time_day": "2026-07-01", "ad_id": "17", "stat_cost": "12.34",
                "show_cnt": "100", "click_cnt": "4", "pay_order_count": "2",
                "pay_order_amount": "50.00"}]),
     "ads_daily", {"spend": 12.34, "orders": 2, "gmv": 50.0}),
    ("qianchuan_products", "全域商品.csv",
     text("日期,商品ID,商品名称,整体展示次数,整体点击次数,整体点击率,整体消耗,整体成交金额,整体支付ROI",
          "2026-07-01,3456789012345678,龙井,1000,20,2.00,50.00,300.00,6.0"),
     "ads_daily", {"ad_id": "3456789012345678", "ctr_reported": 0.02, "gmv": 300.0}),
    ("juguang_api", "juguang.json",
     api(list=[{"date": "2026-07-01", "campaign_id": "9", "fee": "8.00", "impression": "200",
                "click": "9", "interaction": "5", "like": "2"}]),
     "ads_daily", {"spend": 8.0, "clicks": 9, "clicks_basis": "5s_view", "engagements": 5}),
    ("kuaishou_ads_api", "ks.json",
     api(details=[{"stat_date": "2026-07-01", "charge": "8.00", "show": 900, "aclick": 300,
                   "bclick": 12, "campaign_id": 5}]),
     "ads_daily", {"spend": 8.0, "impressions": 300, "clicks": 12, "clicks_basis": "action"}),
    ("tencent_ads_api", "tencent.json",
     api(list=[{"date": "2026-07-01", "view_count": 900, "valid_click_count": 10, "cost": 1234,
                "cpc": 123, "campaign_id": 5}]),
     "ads_daily", {"spend": 12.34, "cpc_reported": 1.23, "clicks": 10}),
    ("tiktok_ads", "tiktok ads.xlsx",
     [["Campaign name", "Ad group name", "Ad name", "By Day", "Currency", "Cost", "Impressions",
       "Clicks (destination)", "Clicks (all)", "Website URL (Ad level）"],
      ["Spring", "G", "A", "2026-07-01", "USD", "12.50", "900", "4", "6", "https://a.example"],
      ["Spring", "G", "B", "2026-07-01", "USD", "0.50", "<5", "--", "--", ""],
      ["Total", "", "", "", "USD", "13.00", "900", "4", "6", ""]],
     "ads_daily", {"spend": 12.5, "clicks": 6, "link_clicks": 4, "currency": "USD"}),
    ("tiktok_ads_api", "tiktok.json",
     api(data={"list": [{"dimensions": {"stat_time_day": "2026-07-01 00:00:00", "ad_id": "18"},
                         "metrics": {"spend": "5.5", "impressions": "90", "clicks": "3"}}]}),
     "ads_daily", {"ad_id": "18", "spend": 5.5, "impressions": 90}),
    ("wanxiangtai", "营销场景报表.csv",
     text("日期,场景ID,场景,花费,展现量,点击量,点击率,平均点击花费,总成交金额,总成交笔数",
          "2026-07-01,1,关键词,50.00,1000,20,6.68%,2.50,300.00,3", end="\r\n"),
     "ads_daily", {"spend": 50.0, "orders": 3, "ctr_reported": 0.0668}),
    ("zhitongche", "直通车.csv",
     text("推广计划名称,日限额(元),花费,平均点击花费,展现量,点击量,状态,日期",
          "春茶,100,50.00,2.50,1000,20,推广中,2026-07-01", encoding="gbk"),
     "ads_daily", {"campaign_id": "春茶", "spend": 50.0, "clicks": 20}),
    ("pinduoduo_ads", "推广.csv",
     text("日期,商品ID,推广名称,成交花费(元),总花费(元),交易额(元),实际投产比,曝光量,点击量,成交笔数",
          '2026-07-01,5012,茶,40.00,50.00,"1,234元",6,1000,20,3'),
     "ads_daily", {"spend": 50.0, "gmv": 1234.0, "currency": "CNY"}),
    ("meta_ads", "Ads.csv",
     text(META_HEAD, '2026-07-01,2026-07-01,S,A,120253000000000001,"1,200.50",4000,100,12.01,2.5'),
     "ads_daily", {"ad_id": "120253000000000001", "spend": 1200.5, "currency": "USD"}),
    ("meta_ads_api", "insights.json",
     api(data=[AD_DAY | {"spend": "5339.5", "impressions": "90", "clicks": "3"}]),
     "ads_daily", {"campaign_id": "120253000000000001", "spend": 5339.5}),
    ("meta_audience", "Audience.csv",
     ('sep=,\n"Age & gender"\n"","Women","Men"\n"18-24","16.5","5.7"\n\n"Top countries"\n'
      '"Chile","Peru"\n"10.6","2.5"\n').encode("utf-16"),
     "audience_profile", {"dimension": "age", "value": "18-24", "share": 0.222}),
    ("douyin_shop_orders", "1794873600_orders.csv",
     text(SHOP, "\t6917926768823643751,\t69179267688236437511,茉莉花茶,2,\t345,98.00,90.00,"
          "2026-07-01 10:00:00,已完成,-,直播,千川,付费"),
     "orders", {"order_id": "6917926768823643751", "line_no": 1, "paid_amount": 90.0,
                "status": "completed", "traffic_type": "paid"}),
    ("douyin_shop_settlement", "结算.csv",
     text("结算时间,订单号,子订单号,结算金额,下单时间,收入合计,支出合计", " , , ,收入+支出, , , ",
          "2026-07-09 10:00:00,'6917926768823643751,'69179267688236437511,80.00,"
          "2026-07-01 10:00:00,90.00,-10.00"),
     "orders", {"order_id": "6917926768823643751", "sub_order_id": "69179267688236437511"}),
    ("shopify_orders", "orders_export.csv",
     text(SHOPIFY, '#1001,a@b.example,paid,2026-03-27 04:12:57 +0500,USD,10.00,3.00,'
          '2026-03-27 04:10:57 +0500,1,Tea,8.00,T1,"utm_source: instagram\nutm_content: 99",0.00',
          "#1001,a@b.example,,,,,,2026-03-27 04:10:57 +0500,2,Cup,2.00,C1,,", encoding="utf-8"),
     "orders", {"paid_amount": 6.67, "source_platform": "instagram", "source_post_id": "99",
                "created_at": pd.Timestamp("2026-03-26 23:10:57", tz="UTC"), "shipping": 3.0}),
    ("shengyi_products", "商品.xlsx",
     [["生意参谋"], ["统计周期"], [""],
      ["统计日期", "商品ID", "商品名称", "主商品ID", "商品类型", "支付金额"],
      ["2026-07-01", "5012", "龙井", "5012", "主商品", "1,234"],
      ["2026-07-01", "5013", "龙井 50 g", "5012", "子商品", "34"]],
     "products", {"product_id": "5012", "product_name": "龙井"}),
    ("meta_comments_api", "comments.json",
     api(data=[{"id": "1_2", "message": "Nice", "created_time": "2018-02-22T10:06:05+0000",
                "like_count": 3, "from": {"id": "55", "name": "Ann"}}]),
     "comments", {"comment_id": "1_2", "like_count": 3,
                  "created_timestamp": pd.Timestamp("2018-02-22 10:06:05", tz="UTC")}),
    ("douyin_comments_api", "comment.json",
     api(list=[{"comment_id": 7400000000000000001, "comment_text": "好", "item_id": 740000000000009,
                "create_time": "2026-07-01 10:00:00", "digg_count": 2, "comment_open_id": "o",
                "source": "FROM_DOUPLUS"}]),
     "comments", {"comment_id": "7400000000000000001", "source_flow": "paid"}),
    ("douyin_comments_csv", "comments.csv",
     text("comment_id,create_time,ip_location,aweme_id,content,user_id,nickname,sub_comment_count,"
          "like_count,parent_comment_id", "74,1767225600,上海,12,好,5,某,0,2,0"),
     "comments", {"comment_id": "74", "like_count": 2, "parent_comment_id": None}),
    ("zendesk_tickets", "tickets.csv",
     text("Summation column,Id,Requester,Requester id,Subject,Status,Created at,Solved at,"
          "Ticket type", "1,88,Ann,5,Late,Solved,2026-07-01 10:00,2026-07-02 10:00,Problem"),
     "tickets", {"ticket_id": "88", "text": "Late"}),
    ("toutiao_daily", "数据趋势.csv",
     text("时间,展现量,粉丝展现量,阅读(播放)量,点赞量,评论量", "累计,30,3,3,3,3",
          "2026-07-01,30,3,3,3,3"),
     "account_daily", {"metric": "impressions", "value": 30.0}),
    ("zhihu_daily", "日报表.xls",
     text("日期,阅读,播放,点赞,喜欢,评论,收藏,分享", "2026-07-01,30,3,2,1,0,0,0", encoding="utf-8"),
     "account_daily", {"metric": "impressions_reads", "value": 30.0}),
    ("x_legacy_posts", "tweets.csv",
     text("Tweet id,Tweet permalink,Tweet text,time,impressions,engagements,retweets,replies,likes",
          "1891564128784855141,https://x.com/a/1,Tea,2026-07-15 13:12 +0000,900,9,1,2,3"),
     "post_daily", {"post_id": "1891564128784855141", "impressions": 900, "reposts": 1}),
    ("wechat_tendency", "tendency_20260719_20260720.xls",
     html("图文群发每日数据,,,,,,,",
          "日期,渠道,阅读人数,,日期,分享人数,跳转阅读原文人数,微信收藏人数",
          "2026-07-19,全部,3686,,2026-07-19,282,38,46", "2026-07-19,朋友圈,922,,2026-07-20,7,1,2"),
     "account_daily", {"metric": "reach", "value": 3686.0}),
]  # fmt: skip
# Tested in test_traps.py with the bytes of real files, or in test_documented.py.
ELSEWHERE = {
    "douyin_business_api", "douyin_open_api", "douyin_shop_api", "juguang_notes", "meta_facebook_videos",
    "qianchuan_materials", "qianchuan_whole_api", "tiktok_business_api_account",
    "tiktok_business_api_videos", "wechat_article_detail",
    "douyin_daily", "douyin_works", "google_ads", "meta_facebook_posts", "meta_instagram_posts",
    "meta_page_daily", "x_overview", "x_posts", "xiaohongshu_notes", "youtube_chart",
    "youtube_table",
}  # fmt: skip


def written(folder, layout):
    """The layout's file, written into a folder."""
    _, file, content = layout[:3]
    path = folder / file
    if isinstance(content, list):
        xlsx(path, content)
    else:
        path.write_bytes(content)
    return path


def export_of(tmp_path, layout, account="nanshan"):
    path = written(tmp_path, layout)
    return read_export(path, account=account, exported_on="2026-08-01")


@pytest.mark.parametrize("layout", LAYOUTS, ids=[one[0] for one in LAYOUTS])
def test_a_documented_layout_is_recognised_and_read(tmp_path, layout):
    name, _, _, table, figures = layout
    export = export_of(tmp_path, layout)
    assert export.preset == name
    assert export.refused.to_dict("records") == []
    row = export.tables[table].iloc[0]
    for column, value in figures.items():
        if value is None:
            assert pd.isna(row[column]), column
        elif isinstance(value, float):
            assert row[column] == pytest.approx(value, rel=1e-12), column
        else:
            assert row[column] == value, column
    assert all(ok for _, _, ok in export.totals.values())
    rows = {r for frame in export.tables.values() for r in frame["source_row"]}
    assert len(rows) + export.not_data == export.records


def test_every_preset_has_a_fixture_and_says_how_sure_it_is():
    shipped = presets.presets()
    assert set(shipped) == {one[0] for one in LAYOUTS} | ELSEWHERE
    for one in shipped.values():
        assert one.confidence in ("F", "V", "D", "S", "C"), one.id
        assert {"en", "zh-Hant", "zh-Hans"} <= set(one.get("title")), one.id
        assert one.get("source"), one.id


def test_people_are_keys_and_never_stand_in_a_table(tmp_path):
    for layout in LAYOUTS:
        if layout[0] in ("shopify_orders", "meta_comments_api", "wechat_api_messages"):
            export = export_of(tmp_path, layout)
            frame = export.tables[layout[3]]
            assert frame["person_key"].str.match(r"^p_[0-9a-f]{24}$").all()
            shown = frame.drop(columns="source_row").astype(str).to_csv()
            assert not any(who in shown for who in ("a@b.example", "Ann", "oA,"))


def test_the_two_blocks_of_tendency_keep_their_own_dates(tmp_path):
    layout = next(one for one in LAYOUTS if one[0] == "wechat_tendency")
    frame = export_of(tmp_path, layout).frame
    got = {(m, f"{d:%m-%d}"): v for m, d, v in frame[["metric", "date_day", "value"]].values}
    assert got["sharers", "07-19"] == 282 and got["sharers", "07-20"] == 7
    assert got["reach:朋友圈", "07-19"] == 922


def test_a_row_over_many_days_is_a_period_and_no_day(tmp_path):
    month = "2026-07-01,2026-07-30,S,A,1,100.00,4000,100,1.00,2.5"
    export = export_of(tmp_path, ("", "Ads.csv", text(META_HEAD, month)))
    assert export.table == "ads_period" and "ads_daily" not in export.tables
    row = export.frame.iloc[0]
    assert (row["period_end"] - row["period_start"]).days == 29 and row["spend"] == 100


def test_the_lines_of_an_order_sum_to_its_amounts(tmp_path):
    layout = next(one for one in LAYOUTS if one[0] == "shopify_orders")
    frame = export_of(tmp_path, layout).frame
    assert frame["paid_amount"].tolist() == [6.67, 3.33]
    assert frame["shipping"].sum() == 3 and frame["line_no"].tolist() == [1, 2]
    assert frame["person_key"].nunique() == 1 and set(frame["currency"]) == {"USD"}
