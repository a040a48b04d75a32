"""Every layout that public sources document: how sure (F, V, D, S, C), its whole header, its preset.

F seen in a real file, V stated by others from a real export, D official documentation, S an SDK that
transcribes it, C somebody's code. One source of mark C is not enough for a preset unless one was
written anyway; the layouts left to mapping stand in MAPPED with the reason.
"""

import json
from dataclasses import dataclass, field

from platform_files import FACEBOOK_31, XHS_HEADER, xlsx

DAY = "2026-07-01"


@dataclass(frozen=True)
class Layout:
    """`header`: the whole header row; `cells`: what stands below it (1 where not said)."""

    name: str
    mark: str
    preset: str
    header: list
    cells: dict = field(default_factory=dict)
    file: str = "export.csv"
    kind: str = "csv"  # csv, xlsx, html or json
    encoding: str = "utf-8-sig"
    above: tuple = ()  # rows above the header
    below: tuple = ()  # rows under the record
    platform: str = ""

    def write(self, folder):
        """The file as the platform writes it, one record under the header."""
        path = folder / self.file
        row = [str(self.cells.get(name, "1")) for name in self.header]
        rows = [*map(list, self.above), self.header, row, *map(list, self.below)]
        if self.kind == "xlsx":
            return xlsx(path, rows)
        if self.kind == "json":
            path.write_text(json.dumps(_nested(self.header, self.cells), ensure_ascii=False))
            return path
        if self.kind == "html":
            lines = ["<tr>" + "".join(f"<td>{c}</td>" for c in r) + "</tr>" for r in rows]
            text = f"<html><body><table>{''.join(lines)}</table></body></html>"
        else:
            quoted = [['"' + c.replace('"', '""') + '"' for c in r] for r in rows]
            text = "".join(",".join(r) + "\n" for r in quoted)
        path.write_bytes(text.encode(self.encoding))
        return path


def _nested(header, cells):
    """{"list": [record]} of an API's answer; "a.b" is a field within a field, [] a list of lines."""
    record = {}
    for name in header:
        at, parts = record, name.split(".")
        for part in parts[:-1]:
            at = at.setdefault(part, {}) if part != "child" else at.setdefault(part, [{}])[0]
        at[parts[-1]] = cells.get(name, "1")
    return {"code": 0, "data": {"list": [record]}}


def split(text, mark=None):
    return [part.strip() if mark else part for part in text.split(mark)]


CLIP = {"作品名称": "新茶", "发布时间": "2026-07-01 14:11:20", "体裁": "视频", "审核状态": "公开",
        "发布状态": "公开"}  # fmt: skip
FB_POST = {"Post ID": "122101234567890123", "Page ID": "101234567890123", "Page name": "Tea",
           "Title": "Spring", "Description": "Spring tea", "Publish time": "07/01/2026 05:14",
           "Permalink": "https://www.facebook.com/1", "Post type": "Photos", "Date": "Lifetime",
           "Caption type": "", "Languages": "", "Custom labels": "", "Funded content status": "",
           "Data comment": ""}  # fmt: skip
FB_38 = [*FACEBOOK_31[:24], "Views", "Reach from Organic posts", "Reach from Boosted posts",
         "3-second video views", "1-minute video views", "3-Second viewers",
         "Negative feedback from users: Hide all", "Negative feedback from users: Hide",
         "Link Clicks", "Other Clicks", "Seconds viewed", "Average Seconds viewed",
         "Estimated earnings (USD)", "Ad impressions"]  # fmt: skip
FB_VIDEO = split(
    "Video asset ID|Universal video ID|Page ID|Page name|Title|Duration (sec)|Publish time|"
    "Custom labels|Data comment|Date|Reach|3-second video views|1-minute video views|Seconds viewed|"
    "Average Seconds viewed|3-second viewers|1-minute viewers|Reactions, comments and shares|Reactions|"
    "Comments|Shares|Seconds viewed from Recommendations|Seconds viewed from Followers|"
    "Seconds viewed from Shares", "|")  # fmt: skip
IG = split("Post ID|Account ID|Account username|Account name|Description|Duration (sec)|Publish time|"
           "Permalink|Post type|Data comment|Date|Views|Reach|Likes|Shares|Comments|Saves|Follows", "|")  # fmt: skip
IG_POST = {"Post ID": "18101234567890123", "Account ID": "17841400000000001",
           "Account username": "tea", "Account name": "Tea", "Description": "a\nb",
           "Publish time": "07/01/2026 09:48", "Permalink": "https://www.instagram.com/p/a",
           "Post type": "IG reel", "Data comment": "", "Date": "Lifetime", "Follows": "",
           "Views": "12,400"}  # fmt: skip
META_ADS = split(
    "Reporting starts|Reporting ends|Campaign name|Ad set name|Ad name|Ad delivery|Results|"
    "Result indicator|Cost per results|Amount spent (USD)|Impressions|Reach|Frequency|"
    "CPM (cost per 1,000 impressions)|Link clicks|CPC (cost per link click)|"
    "CTR (link click-through rate)|Clicks (all)|CTR (all)|CPC (all)|Attribution setting|Purchases|"
    "Purchase ROAS (return on ad spend)", "|")  # fmt: skip
META_93 = split(
    "Reporting starts|Reporting ends|Day|Campaign name|Campaign ID|Ad set name|Ad set ID|Ad name|Ad ID|"
    "Page ID|Amount spent (USD)|Result type|Results|Result indicator|Result value type|Cost per result|"
    "Reach|Impressions|Frequency|Link clicks|CPC (cost per link click) (USD)|Clicks (all)|Purchases|"
    "Purchases conversion value|Purchase ROAS (return on ad spend)|Website purchases conversion value|"
    "Post engagements|Post reactions|Post comments|Post shares|Views|Viewers|Delivery status|"
    "Attribution setting|Result value type", "|")  # fmt: skip
META_DAY = {"Reporting starts": DAY, "Reporting ends": DAY, "Day": DAY, "Campaign name": "Spring",
            "Campaign ID": "120253000000000001", "Ad set name": "Set", "Ad set ID": "120253000000000002",
            "Ad name": "Ad", "Ad ID": "120253000000000003", "Page ID": "101234567890123",
            "Ad delivery": "active", "Delivery status": "active", "Result type": "Leads",
            "Result indicator": "actions:onsite_conversion.lead_grouped", "Result value type": "",
            "Attribution setting": "7-day click"}  # fmt: skip
X_2025 = split(
    "Post id,Date,Post text,Link,Impressions,Likes,Engagements,Bookmarks,Share,New follows,Replies,"
    "Reposts,Profile visits,Detail expands,Url clicks,Hashtag clicks,Permalink clicks", ",")  # fmt: skip
X_2026 = split(
    "Post id,Date,Post text,Post Link,Impressions,Likes,Engagements,Bookmarks,Shares,New follows,"
    "Replies,Reposts,Profile visits,Detail Expands,URL Clicks,Hashtag Clicks,Permalink Clicks", ",")  # fmt: skip
X_POST = {"Post id": "1891564128784855141", "Post text": "Tea", "Link": "https://x.com/a/status/1",
          "Post Link": "https://x.com/a/status/1"}  # fmt: skip
GOOGLE_CAMPAIGN = split(
    "Campaign status|Campaign|Budget|Budget name|Budget type|Status|Status reasons|Campaign type|Impr.|"
    "Interactions|Interaction rate|Currency code|Avg. cost|Cost|Search lost IS (budget)|Avg. CPC|"
    "Search lost IS (rank)|Search impr. share|Optimization score|Bid strategy type|Clicks|Conv. rate|"
    "Conversions|Cost / conv.", "|")  # fmt: skip
GOOGLE_ROW = {"Campaign status": "Enabled", "Ad status": "Enabled", "Final URL": "https://a.example/1",
              "Campaign": "Spring", "Ad group": "Green", "Ad strength": "Good",
              "Ad type": "Responsive search ad", "Budget name": " --", "Budget type": "Daily",
              "Status": "Eligible", "Status reasons": " --", "Campaign type": "Search",
              "Interaction rate": "100.00%", "Currency code": "USD", "Search lost IS (budget)": "< 10%",
              "Search lost IS (rank)": "> 90%", "Bid strategy type": "Manual CPC",
              "Conv. rate": "100.00%", "Impr.": "1"}  # fmt: skip
ARTICLE = split(
    "内容标题 发表时间 总阅读人数 总阅读次数 总分享人数 总分享次数 阅读后关注人数 送达人数 公众号消息阅读次数 "
    "送达阅读率 首次分享次数 分享产生阅读次数 首次分享率 每次分享带来阅读次数 阅读完成率 内容url")  # fmt: skip
CHANNELS = split(
    "视频描述 视频ID 发布时间 完播率 平均播放时长 播放量 推荐 喜欢 评论量 分享量 关注量 转发聊天和朋友圈 设为铃声 "
    "设为状态 设为朋友圈封面 企微链接点击次数 企微链接点击人数 添加到通讯录次数 添加到通讯录人数")  # fmt: skip
CHANNELS_ROW = {"视频描述": "茶\n山", "视频ID": "export/UzFfAgt", "发布时间": "2026/07/24",
                "完播率": "4.41%", "平均播放时长": "14.73秒"}  # fmt: skip
LIVE = split(
    "直播间名称 日期 直播时长(小时) 带货商品数 成交金额 时均GMV 有效GMV 成交订单数 成交件数 成交人数 直播间退款金额 "
    "直播间订单退款人数 预估佣金收入 退款率 直播间观看人数 直播间观看人次 最高在线人数 平均在线人数 人均看播时长 "
    "评论次数 点赞次数 分享次数 新增粉丝数 新加团人数 取关粉丝数 商品曝光人数 商品点击人数 商品点击率(人数) "
    "观看成交转化率(人数) 点击成交转化率(次数) 投放消耗")  # fmt: skip
SHOP = split(
    "主订单编号 子订单编号 选购商品 商品规格 商品数量 商品ID 商家编码 商品金额 订单应付金额 运费 收件人 收件人手机号 "
    "详细地址 订单提交时间 商家备注 订单完成时间 订单状态 售后状态 取消原因 发货时间 平台实际承担优惠金额 "
    "商家实际承担优惠金额 达人实际承担优惠金额 达人ID 达人昵称 支付方式 流量体裁 流量渠道 流量来源 流量类型")  # fmt: skip
SHOPIFY = split(
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,"
    "Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,"
    "Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,"
    "Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,Notes,Note Attributes,"
    "Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,"
    "Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Phone,Receipt Number,Duties,"
    "Billing Province Name,Shipping Province Name,Payment ID,Payment Terms Name,Next Payment Due At,"
    "Payment References", ",")  # fmt: skip
OFFICIAL_AD = split(
    "spend cpc cpm impressions gross_impressions clicks ctr reach frequency conversion "
    "cost_per_conversion conversion_rate_v2 result cost_per_result")  # fmt: skip
PEOPLE = {"user_source": 30, "ref_date": DAY}
JUGUANG = split(
    "消费 展现量 点击量 点击率 平均点击成本 平均千次展示费用 点赞 评论 收藏 关注 分享 互动量 平均互动成本 "
    "行动按钮点击量 行动按钮点击率 截图 保存图片 小红星站外活跃UV(30日归因) 小红星站外活跃成本(30日归因) "
    "小红星任务期消费 搜索组件点击量 搜索组件点击转化率 平均搜索后阅读笔记篇数 搜后阅读量 新增种草人群 "
    "新增种草人群成本 新增深度种草人群 新增深度种草人群成本")  # fmt: skip
SPAN = "2026-07-01_2026-07-31"

DOCUMENTED = [
    Layout("小红书 笔记列表明细表", "F", "xiaohongshu_notes", XHS_HEADER,
           {"笔记标题": "春茶", "首次发布时间": "2026年07月01日17时33分05秒", "体裁": "图文", "封面点击率": "0.221"},
           "笔记列表明细表.xlsx", "xlsx", above=[["最多导出排序后前1000条笔记"] * 13]),
    Layout("抖音 作品列表", "F", "douyin_works",
           split("作品名称 发布时间 体裁 审核状态 播放量 完播率 5s完播率 2s跳出率 平均播放时长 点赞量 分享量 评论量 "
                 "收藏量 主页访问量 粉丝增量"), CLIP, "作品列表.xlsx", "xlsx"),
    Layout("抖音 作品列表 with 封面点击率", "F", "douyin_works",
           split("作品名称 发布时间 体裁 审核状态 播放量 完播率 5s完播率 封面点击率 2s跳出率 平均播放时长 点赞量 "
                 "分享量 评论量 收藏量 主页访问量 粉丝增量"), CLIP, "作品列表.xlsx", "xlsx"),
    Layout("抖音 作品列表 with 作品时长", "C", "douyin_works",
           split("作品名称 发布时间 体裁 发布状态 播放量 完播率 5s完播率 作品时长 2s跳出率 平均播放时长 点赞量 评论量 "
                 "分享量 收藏量 主页访问量 粉丝增量"), CLIP | {"平均播放时长": "18秒"}, "作品列表.csv"),
    *(Layout(f"抖音 账号日数据 {metric}", "F", "douyin_daily", ["日期", metric],
             {"日期": DAY, "封面点击率": "25.00%"}, f"{metric}.xlsx", "xlsx")
      for metric in split("播放量 作品点赞 作品评论 作品分享 主页访问 封面点击率 净增粉丝 取关粉丝 总粉丝量")),
    Layout("抖音 直播概览数据(日)", "C", "douyin_live", LIVE,
           {"直播间名称": "茶席", "日期": DAY, "人均看播时长": "1"}, "直播概览.csv"),
    Layout("抖音 开放平台 data.external.user", "D", "douyin_open_api",
           split("new_like total_fans new_fans new_share new_comment new_issue total_issue new_play profile_uv p_date"),
           {"p_date": DAY}, "external_user.json", "json"),
    Layout("抖音 企业号 report API", "S", "douyin_business_api",
           ["start_time_day", *(f"business_page_{m}" for m in split(
               "home_visited home_visited_ucount fans_num_all new_fans_num disfollow_ucount comment like share "
               "dp_down_click_cnt favourite_video_cnt fw_video_vv play_over total_play dislike_cnt order_count "
               "pay_order_count pay_order_gmv"))], {"start_time_day": DAY}, "report.json", "json"),
    Layout("抖音 企业号 comment API", "S", "douyin_comments_api",
           split("comment_id comment_text comment_image create_time reply_count digg_count comment_aweme_name "
                 "comment_open_id is_banned_user is_stick level source advertiser_id campaign_id ad_id creative_id item_id"),
           {"comment_text": "好茶", "create_time": "2026-07-01 10:00:00", "source": "FROM_NATURAL",
            "is_stick": False, "level": "LEVEL_ONE"}, "comments.json", "json"),
    Layout("公众号 getusersummary", "D", "wechat_api_users",
           split("ref_date user_source new_user cancel_user"), PEOPLE, "getusersummary.json", "json"),
    Layout("公众号 getusercumulate", "D", "wechat_api_total",
           split("ref_date user_source cumulate_user"), PEOPLE | {"user_source": 0}, "getusercumulate.json", "json"),
    Layout("公众号 getarticletotaldetail", "D", "wechat_api_articles",
           split("ref_date msgid publish_type stat_date read_user share_user zaikan_user like_user comment_count is_delay"),
           {"ref_date": DAY, "msgid": "2247490098_1", "stat_date": "2026-07-02"}, "getarticletotaldetail.json", "json"),
    Layout("公众号 getarticletotal (retired)", "D", "wechat_api_articles",
           split("ref_date msgid stat_date int_page_read_user int_page_read_count ori_page_read_user "
                 "ori_page_read_count share_user share_count add_to_fav_user add_to_fav_count target_user "
                 "int_page_from_session_read_user"),
           {"ref_date": DAY, "msgid": "2247490098_1", "stat_date": "2026-07-02"}, "getarticletotal.json", "json"),
    Layout("公众号 user_analysis.xls", "C", "wechat_users",
           split("时间 新关注人数 取消关注人数 净增关注人数 累积关注人数"), {"时间": DAY}, "user_analysis.xls", "html",
           "utf-8"),
    Layout("公众号 tendency.xls", "C", "wechat_tendency",
           ["日期", "渠道", "阅读人数", "", "日期", "分享人数", "跳转阅读原文", "微信收藏人数", "发表篇数"],
           {"日期": DAY, "渠道": "全部", "": ""}, "tendency_20260701_20260701.xls", "html", "utf-8",
           above=[["图文群发每日数据"]]),
    Layout("公众号 已通知内容", "V", "wechat_articles", ARTICLE,
           {"内容标题": "春茶", "发表时间": "20260701", "送达阅读率": "36.21%", "首次分享率": "2.00%",
            "阅读完成率": "36.21%", "内容url": "http://mp.weixin.qq.com/s?__biz=M&mid=2247481435&idx=2"},
           "已通知内容.csv"),
    Layout("公众号 单篇文章详情 (次)", "V", "wechat_article_detail", ["内容标题", "春茶上新"], {
               "内容标题": "", "春茶上新": ""}, "单篇文章.xlsx", "xlsx", below=[
               ["", "数据概况"], ["", "阅读(次)", "808"], ["", "平均停留时长(秒)", "31"], ["", "完读率", "69.42%"],
               ["", "阅读后关注（人）", "4"], ["", "分享(次)", "52"], ["", "在看(次)", "3"], ["", "点赞(次)", "9"],
               ["", "赞赏(分)", "500"], ["", "评论（条）", "2"], ["", "互动率", "8.1%"],
               ["", "阅读转化"], ["", "送达人数", "31000"], ["", "公众号消息阅读次数", "586"],
               ["", "首次分享次数", "20"], ["", "总分享次数", "52"], ["", "分享产生的阅读次数", "121"],
               ["", "推荐转化"], ["", "曝光次数", "900"], ["", "阅读次数", "100"], ["", "关注人数", "1"],
               ["", "数据趋势明细"], ["", "日期", "传播渠道", "阅读人数", "阅读次数", "分享人数", "分享次数"],
               ["", DAY, "全部", "500", "700", "40", "45"], ["", DAY, "朋友圈", "90", "100", "9", "9"],
               ["", "2026-07-02", "全部", "86", "108", "6", "7"],
               ["", "性别分布"], ["", "女", "51"], ["", "男", "13"]]),
    Layout("公众号 单篇文章详情 (人)", "V", "wechat_article_detail", ["标题", "春茶上新"], {
               "标题": "", "春茶上新": ""}, "单篇文章.xlsx", "xlsx", below=[
               ["", "数据概况"], ["", "阅读(人)", "586"], ["", "平均停留时长(秒)", "31"], ["", "完读率", "0.6942"],
               ["", "新增关注（人）", "4"], ["", "分享(人)", "46"], ["", "收藏(人)", "3"], ["", "点赞(人)", "9"],
               ["", "阅读转化"], ["", "送达人数", "31000"], ["", "公众号消息阅读人数", "400"],
               ["", "数据趋势明细"], ["", "日期", "传播渠道", "阅读人数", "分享人数"],
               ["", DAY, "全部", "586", "46"]]),
    Layout("公众号 客服 getmsglist", "D", "wechat_api_messages",
           split("openid opercode text time worker msgid number"),
           {"openid": "oA", "opercode": 2003, "text": "[image]", "time": 1782900000, "worker": "kf1@x"},
           "getmsglist.json", "json"),
    Layout("视频号 单篇视频", "V", "wechat_channels", CHANNELS, CHANNELS_ROW, "单篇视频.csv"),
    Layout("视频号 单篇视频 (older)", "V", "wechat_channels", CHANNELS[:15], CHANNELS_ROW, "单篇视频.csv"),
    Layout("视频号 download_post_data", "V", "wechat_channels_api",
           split("objectId readCount likeCount favCount commentCount forwardCount followCount fullPlayRate "
                 "avgPlayTimeSec createTime forwardAllChatCount forwardSnsCount ringsetCount statusrefCount snscoverCount"),
           {"objectId": "export/Uz", "createTime": 1782900000, "fullPlayRate": 0.25}, "posts.json", "json"),
    Layout("微博 statuses API", "D", "weibo_statuses",
           split("id idstr mid created_at text source reposts_count comments_count attitudes_count user.idstr "
                 "user.screen_name user.followers_count retweeted_status.idstr"),
           {"id": 2121822704628662848, "idstr": "2121822704628662848", "text": "茶",
            "created_at": "Wed Jul 01 17:46:55 +0800 2026", "user.screen_name": "南山",
            "retweeted_status.idstr": "2121822704628662001"}, "statuses.json", "json"),
    Layout("微博 weibo-search csv", "C", "weibo_search_csv",
           split("id bid user_id 用户昵称 微博正文 发布位置 艾特用户 话题 转发数 评论数 点赞数 发布时间 发布工具 "
                 "微博图片url 微博视频url retweet_id"),
           {"id": "5012345678901234", "微博正文": "好茶", "发布时间": "2026-07-01 10:00",
            "retweet_id": "5012345678900001"}, "结果.csv"),
    Layout("微博 超级粉丝通 v3", "S", "weibo_fst_api",
           split("date hour consume pv ecpm bhv ctr ape traffic_bhv traffic_bhv_rate traffic_bhv_cost social_bhv "
                 "bhv_14000003 bhv_14000005 bhv_14000098 bhv_14000045 bhv_14000008 bhv_71000028_order bhv_gmv "
                 "bhv_roi total_play_cnt bhv_80000001 neg_index"), {"date": DAY}, "fst.json", "json"),
    Layout("Facebook posts, 31 columns", "F", "meta_facebook_posts", FACEBOOK_31, FB_POST, "Jul-01-2026_Jul-31-2026_1.csv"),
    Layout("Facebook posts, 38 columns", "F", "meta_facebook_posts", FB_38, FB_POST, "Jul-01-2026_Jul-31-2026_2.csv"),
    Layout("Facebook videos", "F", "meta_facebook_videos", FB_VIDEO,
           {"Video asset ID": "901234567890123", "Universal video ID": "901234567890124",
            "Page ID": "101234567890123", "Page name": "Tea", "Title": "Spring", "Date": "Lifetime",
            "Publish time": "07/01/2026 05:14", "Custom labels": "", "Data comment": ""}, "videos.csv"),
    *(Layout(f"Meta page level {line}", "F", "meta_page_daily", ["Date", "Primary"],
             {"Date": "2026-07-01T00:00:00"}, f"{file}.csv", encoding="utf-16", above=[["sep=,"], [line]],
             platform=platform)
      for file, line, platform in (
          ("Follows", "Facebook follows", "facebook_page"), ("Views", "Views", "facebook_page"),
          ("Reach", "Facebook reach", "facebook_page"), ("Visits", "Instagram profile visits", "instagram"),
          ("Interactions", "Content interactions", "facebook_page"))),
    Layout("Instagram posts", "F", "meta_instagram_posts", IG, IG_POST, "ig.csv"),
    Layout("Instagram posts, other order", "F", "meta_instagram_posts", [*IG[:15], IG[17], *IG[15:17]], IG_POST, "ig.csv"),
    Layout("Meta Ads Manager", "V", "meta_ads", META_ADS, META_DAY, "Ads.csv"),
    Layout("Meta Ads Manager, 93 columns", "V", "meta_ads", META_93, META_DAY, "Ads.csv"),
    Layout("Meta Insights API", "D", "meta_ads_api",
           split("account_id campaign_id date_start date_stop impressions spend clicks inline_link_clicks"),
           {"account_id": "1", "campaign_id": "120253000000000001", "date_start": DAY, "date_stop": DAY,
            "spend": "5339.5"}, "insights.json", "json"),
    Layout("Meta Graph comment", "D", "meta_comments_api",
           split("id message from.id from.name created_time like_count comment_count is_hidden attachment"),
           {"id": "1_2", "message": "Nice", "created_time": "2026-07-01T10:06:05+0000", "is_hidden": False},
           "comments.json", "json"),
    Layout("Instagram comment", "D", "meta_comments_api",
           split("id text timestamp username like_count hidden parent_id media.id"),
           {"text": "Nice", "timestamp": "2026-07-01T10:06:05+0000", "hidden": False, "username": "ann"},
           "comments.json", "json", platform="instagram"),
    Layout("X account overview", "F", "x_overview",
           split("Date,Impressions,Likes,Engagements,Bookmarks,Shares,New follows,Unfollows,Replies,Reposts,"
                 "Profile visits,Create Post,Video views,Media views", ","),
           {"Date": "Wed, Jul 1, 2026"}, "account_overview_analytics.csv", encoding="utf-8"),
    Layout("X content, February 2025", "F", "x_posts", X_2025, X_POST | {"Date": "Wed Jul 1 2026"},
           "account_analytics_content.csv", encoding="utf-8"),
    Layout("X content, 2026", "V", "x_posts", X_2026, X_POST | {"Date": "Wed, Jul 1, 2026"},
           "account_analytics_content.csv", encoding="utf-8"),
    Layout("X legacy tweet activity", "C", "x_legacy_posts",
           split("Tweet id,Tweet permalink,Tweet text,time,impressions,engagements,engagement rate,retweets,replies,"
                 "likes,user profile clicks,url clicks,hashtag clicks,detail expands,permalink clicks,app opens,"
                 "app installs,follows,email tweet,dial phone,media views,media engagements", ","),
           {"Tweet id": "1891564128784855141", "Tweet permalink": "https://x.com/a/1", "Tweet text": "Tea",
            "time": "2026-07-01 13:12 +0000"}, "tweets.csv"),
    Layout("TikTok Studio Content", "F", "tiktok_studio_content",
           split("Time|Video title|Video link|Post time|Total likes|Total comments|Total shares|Total views", "|"),
           {"Time": "July 30", "Video title": "", "Post time": "February 28",
            "Video link": "https://www.tiktok.com/@a/video/7411111111111111111"}, "Content.csv"),
    *(Layout(f"TikTok Studio Overview {day}", "F", "tiktok_studio_overview",
             split("Date|Video Views|Profile Views|Likes|Comments|Shares", "|"), {"Date": day}, "Overview.csv")
      for day in ("April 12", "8 de marzo", "3月25日")),
    Layout("TikTok Studio FollowerHistory", "F", "tiktok_studio_followers",
           split("Date|Followers|Difference in followers from previous day", "|"),
           {"Date": "March 25", "Followers": "undefined"}, "FollowerHistory.csv"),
    Layout("TikTok Studio FollowerActivity", "F", "tiktok_studio_activity",
           split("Date|Hour|Active followers", "|"), {"Date": "July 30"}, "FollowerActivity.csv"),
    Layout("TikTok Studio FollowerGender", "F", "tiktok_studio_gender", ["Gender", "Distribution"],
           {"Gender": "Female", "Distribution": "0.59"}, "FollowerGender.csv"),
    Layout("TikTok Studio FollowerTopTerritories", "F", "tiktok_studio_territories",
           ["Top territories", "Distribution"], {"Top territories": "SG", "Distribution": "0.59"},
           "FollowerTopTerritories.csv"),
    Layout("TikTok Business Suite overview", "F", "tiktok_business_overview",
           ["Date", "Video views", "Reached audience", "Profile views", "Likes", "Shares", "Comments",
            "Phone number clicks ", "Leads submission", "Net growth", "New followers", "Lost followers"],
           {"Date": "2026/07/01", "Leads submission": "NAN"}, "overview.csv"),
    Layout("TikTok Business Suite audience", "F", "tiktok_business_audience",
           split("Date|New followers|Total followers|Reached audience|Engaged audience", "|"),
           {"Date": "2026/07/01", "New followers": "--", "Engaged audience": "NAN"}, "audience.csv"),
    Layout("TikTok Business Suite videos", "F", "tiktok_business_videos",
           split("Video title|Video link|Post time|Video views|Likes|Comments|Shares|Add to Favorites", "|"),
           {"Video title": "Tea\n#t", "Video link": "https://www.tiktok.com/@a/video/2120748497236921506",
            "Post time": "2026/07/01 18:19:10"}, "video.csv"),
    Layout("TikTok Business API business/get", "S", "tiktok_business_api_account",
           split("date followers_count video_views unique_video_views profile_views daily_total_followers "
                 "daily_new_followers daily_lost_followers"), {"date": DAY}, "get.json", "json"),
    Layout("TikTok Business API business/video/list", "S", "tiktok_business_api_videos",
           split("item_id caption create_time likes comments shares favorities reach video_views total_time_watched "
                 "average_time_watched full_video_watched_rate new_followers impression_sources"),
           {"item_id": "6995316737801538821", "caption": "Tea", "create_time": "1782900000",
            "full_video_watched_rate": 0.0395, "average_time_watched": 3.862,
            "impression_sources": [{"impression_source": "For You", "percentage": 0.7554}]}, "video_list.json", "json"),
    Layout("TikTok Ads UI", "C", "tiktok_ads",
           split("Campaign name|Primary status|Cost|Impressions|CPM|Clicks (destination)|CPC (destination)|"
                 "CTR (destination)|Clicks (all)|CTR (all)|Reach|Cost per 1,000 people reached|Frequency|"
                 "2-second video views|6-second video views|Video views at 25%|Video views at 50%|"
                 "Video views at 75%|Video views at 100%|Average play time per user|"
                 "Average play time per video view|Currency|Ad name|By Day", "|"),
           {"Campaign name": "Spring", "Ad name": "A", "Primary status": "Active", "Currency": "USD",
            "By Day": DAY, "Reach": "<5"}, "tiktok ads.xlsx", "xlsx"),
    Layout("TikTok Ads reporting API", "D", "tiktok_ads_api",
           ["dimensions.stat_time_day", "dimensions.ad_id", *(f"metrics.{m}" for m in OFFICIAL_AD)],
           {"dimensions.stat_time_day": "2026-07-01 00:00:00"}, "tiktok.json", "json"),
    Layout("YouTube Table data", "F", "youtube_table",
           split("Content|Video title|Video publish time|Duration|Views|Watch time (hours)|Subscribers|"
                 "Impressions|Impressions click-through rate (%)", "|"),
           {"Content": "v1", "Video title": "Tea", "Video publish time": "May 27, 2026", "Subscribers": "-7"},
           "Table data.csv", encoding="utf-8", below=[["Showing top 500 results", *[""] * 8]]),
    Layout("YouTube Table data, newer labels", "V", "youtube_table",
           split("Content|Video title|Video publish time|Duration|Views|Watch time (hours)|Subscribers|"
                 "Thumbnail impressions|Thumbnail click-through rate (%)", "|"),
           {"Content": "v1", "Video title": "Tea", "Video publish time": "May 27, 2026"}, "Table data.csv",
           encoding="utf-8"),
    Layout("YouTube Chart data", "F", "youtube_chart",
           split("Date|Content|Video title|Video publish time|Duration|Views", "|"),
           {"Date": DAY, "Content": "v1", "Video title": "Tea", "Video publish time": "May 27, 2026"},
           "Chart data.csv", encoding="utf-8"),
    Layout("LinkedIn content metrics", "C", "linkedin_metrics",
           ["Date", *(f"{m} ({k})" for m in ("Impressions", "Clicks", "Reactions", "Comments", "Reposts",
            "Engagement rate") for k in ("organic", "sponsored", "total")), "Unique impressions (organic)"],
           {"Date": "07/13/2026"}, "content.xlsx", "xlsx", above=[["Aggregated engagement metrics"]]),
    Layout("LinkedIn all posts", "C", "linkedin_posts",
           split("Post title|Post link|Post type|Campaign name|Posted by|Created date|Campaign start date|"
                 "Campaign end date|Audience|Impressions|Views (Excluding offsite video views)|Offsite Views|Clicks|"
                 "Click through rate (CTR)|Likes|Comments|Reposts|Follows|Engagement rate|Content Type", "|"),
           {"Post title": "Tea", "Post link": "https://www.linkedin.com/feed/update/urn:li:activity:7211111111111111111",
            "Created date": "07/13/2026"}, "posts.xlsx", "xlsx", above=[["All posts"]]),
    Layout("LinkedIn followers", "C", "linkedin_followers",
           split("Date|Sponsored followers|Organic followers|Auto-invited followers|Total followers", "|"),
           {"Date": "07/13/2026"}, "followers.xlsx", "xlsx"),
    Layout("Google Ads ad report", "F", "google_ads",
           split("Ad status|Final URL|Campaign|Ad group|Status|Ad strength|Ad type|Impr.|Interactions|"
                 "Interaction rate|Currency code|Avg. cost|Cost|Conv. rate|Conversions|Cost / conv.", "|"),
           GOOGLE_ROW, "Ad report.csv", encoding="utf-8",
           above=[["Ad report"], ["January 20, 2026 - January 21, 2026"]]),
    Layout("Google Ads campaign report", "F", "google_ads", GOOGLE_CAMPAIGN, GOOGLE_ROW, "Campaign report.csv",
           encoding="utf-8", above=[["Campaign report"], ["All time"]]),
    Layout("Google Ads campaign report for Excel", "C", "google_ads", GOOGLE_CAMPAIGN, GOOGLE_ROW,
           "Campaign report.csv", encoding="utf-16", above=[["Campaign report"], ["All time"]]),
    Layout("Google Ads in German", "V", "google_ads",
           split("Kampagne|Währungscode|Impressionen|Interaktionen|Klicks|Kosten|Conversions", "|"),
           {"Kampagne": "Frühling", "Währungscode": "EUR", "Kosten": "1.234,56"}, "Kampagnenbericht.csv",
           encoding="utf-8", above=[["Kampagnenbericht"], ["Gesamter Zeitraum"]],
           below=[["Gesamt: Konto", " --", "1", "1", "1", "1.234,56", "1"]]),
    Layout("巨量引擎 report v3", "S", "oceanengine_api",
           split("stat_time_day ad_id stat_cost show_cnt click_cnt ctr cpm_platform cpc_platform convert_cnt "
                 "conversion_cost conversion_rate deep_convert_cnt attribution_convert_cnt"),
           {"stat_time_day": DAY, "ctr": "100"}, "custom_get.json", "json"),
    Layout("巨量引擎 report v2", "S", "oceanengine_api",
           split("stat_datetime ad_id cost show click ctr avg_show_cost avg_click_cost convert convert_cost convert_rate"),
           {"stat_datetime": "2026-07-01 00:00:00", "ctr": "100"}, "report.json", "json"),
    Layout("千川 report API", "S", "qianchuan_api",
           split("stat_datetime ad_id stat_cost show_cnt ctr cpm_platform click_cnt pay_order_count "
                 "create_order_amount create_order_count pay_order_amount create_order_roi prepay_and_pay_order_roi "
                 "convert_cnt conversion_cost conversion_rate dy_follow dy_like dy_comment dy_share total_play "
                 "play_duration_3s play_over_rate all_order_pay_roi_7days"),
           {"stat_datetime": "2026-07-01 00:00:00", "ctr": "100"}, "qianchuan.json", "json"),
    Layout("千川 全域 uni_promotion/get", "S", "qianchuan_whole_api",
           split("stat_datetime aweme_id stat_cost total_prepay_and_pay_order_roi2 total_pay_order_gmv_for_roi2 "
                 "total_pay_order_count_for_roi2"),
           {"stat_datetime": "2026-07-01 00:00:00", "stat_cost": 1234000}, "uni.json", "json"),
    Layout("千川 全域素材 (csv)", "C", "qianchuan_materials",
           ["素材ID", "素材名称\t", "整体消耗\r\n", *split(
               "基础消耗 追投调控消耗 追投调控支付ROI 整体支付ROI 净成交ROI 净成交金额 1小时内退款率 整体成交金额 "
               "净成交金额结算率 净成交订单数 整体展现次数 整体点击次数 整体点击率 整体转化率 整体成交订单数 整体成交订单成本")],
           {"素材ID": "7400000000000000001", "素材名称\t": "开箱"}, f"全域素材 {SPAN}.csv"),
    Layout("千川 全域素材报表", "C", "qianchuan_materials",
           split("素材名称 素材ID 素材评估 净成交金额 净成交订单数 用户实际支付金额 整体展示次数 整体点击率 整体点击次数 "
                 "整体转化率 整体消耗 3秒播放率 10秒播放率 平均观看时长 视频完播率"),
           {"素材ID": "7400000000000000001", "素材名称": "开箱", "素材评估": "优质"}, f"素材 {SPAN}.xlsx", "xlsx"),
    Layout("千川 全域商品报表", "C", "qianchuan_products",
           split("日期 商品ID 商品名称 整体展示次数 整体点击次数 整体点击率 整体转化率 整体消耗 整体成交金额 整体支付ROI "
                 "整体成交订单成本 用户实际支付金额 电商平台补贴金额 净成交ROI 净成交金额 净成交订单成本 净成交金额结算率"),
           {"日期": DAY, "商品ID": "3456789012345678", "商品名称": "龙井", "整体点击率": "100"}, "全域商品.csv"),
    Layout("千川/巨量 日报", "C", "oceanengine_daily",
           split("日期 计划名称 消耗(元) 展示数 点击数 点击率 转化数 成交金额"),
           {"日期": DAY, "计划名称": "春茶", "消耗(元)": "¥1,200.50", "点击率": "100.00%"}, "日报.csv",
           below=[["合计", "-", "¥1,200.50", "1", "1", "100.00%", "1", "1"]]),
    Layout("腾讯广告 daily_reports/get", "D", "tencent_ads_api",
           split("date view_count valid_click_count ctr cpc cost thousand_display_price conversions_count "
                 "conversions_rate conversions_cost deep_conversions_count"),
           {"date": DAY, "cost": 1234, "cpc": 1234}, "tencent.json", "json"),
    Layout("小红书聚光 report API", "S", "juguang_api",
           split("date fee impression click ctr acp cpm like comment collect follow share interaction cpi "
                 "action_button_click screenshot pic_save goods_visit goods_order rgmv roi success_goods_order "
                 "purchase_order_gmv_7d purchase_order_roi_7d clk_live_room_rgmv leads message_user message_consult "
                 "initiative_message msg_leads_num"), {"date": DAY, "ctr": "100"}, "juguang.json", "json"),
    Layout("小红书聚光 UI (notes)", "C", "juguang_notes",
           split("标题 笔记ID 发布作者 类型 内容分类 消费 展现量 点击量 激活数 首次付费次数"),
           {"标题": "春茶", "笔记ID": "64f0c0ffee0000000001", "发布作者": "南山", "类型": "图文", "内容分类": "茶"},
           f"聚光 {SPAN}.csv"),
    Layout("小红书聚光 report metrics", "C", "juguang_notes", ["日期", *JUGUANG],
           {"日期": DAY, "点击率": "100"}, "聚光.csv"),
    Layout("快手磁力 report API", "S", "kuaishou_ads_api",
           split("stat_date stat_hour charge show photo_click aclick bclick photo_click_ratio play_3s_ratio "
                 "action_ratio impression_1k_cost click_1k_cost share comment like follow cancel_follow report block "
                 "negative event_order_paid event_order_paid_purchase_amount"), {"stat_date": DAY}, "ks.json", "json"),
    Layout("万相台 营销场景报表", "C", "wanxiangtai",
           split("日期 场景ID 场景 花费 展现量 点击量 点击率 平均点击花费 总成交金额 总成交笔数 成交人数 投入产出比 "
                 "总成交成本 点击转化率 总购物车数 加购率 加购成本 引导访问潜客占比 人均成交金额 自然流量曝光量 "
                 "自然流量转化金额"), {"日期": DAY, "场景": "关键词", "点击率": "100%"}, "营销场景报表.csv"),
    Layout("直通车 (old)", "C", "zhitongche",
           split("推广计划名称 日限额(元) 花费 平均点击花费 展现量 点击量 点击率 状态 日期"),
           {"推广计划名称": "春茶", "状态": "推广中", "日期": DAY, "点击率": "100%"}, "直通车.csv", encoding="gbk"),
    Layout("拼多多 推广", "C", "pinduoduo_ads",
           split("日期 商品ID 推广名称 成交花费(元) 总花费(元) 交易额(元) 实际投产比 净成交笔数 曝光量 点击量 "
                 "千次曝光花费(元) 每笔成交花费(元) 成交笔数 商品收藏量 店铺关注量"),
           {"日期": DAY, "推广名称": "茶", "交易额(元)": "1,234元"}, "推广.xlsx", "xlsx"),
    Layout("生意参谋 商品", "C", "shengyi_products",
           split("统计日期 商品ID 商品名称 主商品ID 商品类型 货号 商品状态 商品标签 商品访客数 商品浏览量 平均停留时长 "
                 "商品详情页跳出率 商品收藏人数 商品加购件数 商品加购人数 下单买家数 下单件数 下单金额 下单转化率 支付买家数 "
                 "支付件数 支付金额 商品支付转化率 支付新买家数 支付老买家数 老买家支付金额 聚划算支付金额 访客平均价值 "
                 "成功退款金额"),
           {"统计日期": DAY, "商品ID": "5012", "商品名称": "龙井", "商品类型": "主商品", "商品标签": "茶"},
           "商品.xlsx", "xlsx", above=[["生意参谋"], ["统计周期"], [" "]]),
    Layout("抖店 订单", "V", "douyin_shop_orders", SHOP,
           {"主订单编号": "\t6917926768823643751", "子订单编号": "\t69179267688236437511", "选购商品": "茉莉花茶",
            "订单提交时间": "2026-07-01 10:00:00", "订单完成时间": "-", "发货时间": "-", "售后状态": "-",
            "订单状态": "已完成", "收件人": "#收件人##", "收件人手机号": "$$138****##", "详细地址": "上海市##路##",
            "流量体裁": "直播", "流量来源": "千川", "流量类型": "付费", "达人昵称": "-", "达人ID": "-"},
           "1794873600_orders.csv"),
    Layout("抖店 结算", "C", "douyin_shop_settlement",
           split("结算时间 订单号 子订单号 结算金额 结算账户 结算单类型 有结算前退款 下单时间 收入合计 支出合计 平台服务费 达人佣金"),
           {"结算时间": "2026-07-09 10:00:00", "订单号": "'6917926768823643751", "子订单号": "'69179267688236437511",
            "下单时间": "2026-07-01 10:00:00"}, "结算.csv",
           below=[["2026-07-09 10:00:00", "'6917926768823643752", "'1", "收入+支出", *[" "] * 3,
                   "2026-07-01 10:00:00", *[" "] * 4]]),
    Layout("抖店 order API", "S", "douyin_shop_api",
           split("order_id order_status create_time pay_time order_total_amount coupon_amount shop_coupon_amount "
                 "pay_type c_biz child.order_id child.product_id child.product_name child.combo_amount child.combo_num"),
           {"order_id": "6917926768823643751A", "create_time": "1782900000", "pay_time": "2026-07-01 18:00:00",
            "order_total_amount": 9000, "coupon_amount": 800, "child.order_id": "6917926768823643751",
            "child.combo_amount": 9800}, "orders.json", "json"),
    Layout("Shopify orders_export", "F", "shopify_orders", SHOPIFY,
           {"Name": "#1001", "Email": "a@b.example", "Financial Status": "paid", "Currency": "USD",
            "Paid at": "2026-07-01 04:12:57 +0500", "Fulfilled at": "", "Cancelled at": "",
            "Created at": "2026-07-01 04:10:57 +0500", "Next Payment Due At": "", "Lineitem name": "Tea",
            "Note Attributes": "utm_source: instagram\nutm_content: 99", "Refunded Amount": "0.00"},
           "orders_export.csv", encoding="utf-8"),
    Layout("Zendesk tickets", "C", "zendesk_tickets",
           split("Summation column|Id|Requester|Requester id|Requester external id|Requester email|Requester domain|"
                 "Submitter|Assignee|Group|Subject|Tags|Status|Priority|Via|Ticket type|Created at|Updated at|"
                 "Assigned at|Organization|Due date|Initially assigned at|Solved at|Resolution time|"
                 "Satisfaction Score|Group stations|Assignee stations|Reopens|Replies", "|"),
           {"Id": "88", "Requester": "Ann", "Subject": "Late", "Status": "Solved", "Ticket type": "Problem",
            "Created at": "2026-07-01 10:00", "Updated at": "", "Assigned at": "2026-07-01 11:00", "Due date": "",
            "Initially assigned at": "", "Solved at": "2026-07-02 10:00", "Satisfaction Score": "Good"}, "tickets.csv"),
    Layout("MediaCrawler 抖音 comments", "C", "douyin_comments_csv",
           split("comment_id create_time ip_location aweme_id content user_id sec_uid nickname avatar "
                 "sub_comment_count like_count last_modify_ts parent_comment_id pictures"),
           {"comment_id": "74", "create_time": "1782900000", "content": "好", "parent_comment_id": "0"}, "comments.csv"),
    Layout("头条 数据趋势", "C", "toutiao_daily",
           split("时间 展现量 粉丝展现量 阅读(播放)量 粉丝阅读(播放)量 点赞量 评论量"), {"时间": DAY}, "数据趋势.xlsx", "xlsx",
           below=[["累计", *["1"] * 6]]),
    Layout("头条 粉丝趋势", "C", "toutiao_daily",
           split("时间 总粉丝数 粉丝变化数 新增粉丝数 流失粉丝数 活跃粉丝数 总铁粉数"), {"时间": DAY}, "粉丝趋势.xlsx", "xlsx"),
    Layout("知乎 日报表", "C", "zhihu_daily", split("日期 阅读 播放 点赞 喜欢 评论 收藏 分享"), {"日期": DAY},
           "日报表.xls", encoding="utf-8"),
]  # fmt: skip

ONE_READER = "one public reader, nothing to hold it against"
# name, mark, header, reason
MAPPED = [
    ("小红书 近30日观看数据", "C", split("指标 数值"), f"{ONE_READER}; a metric per row, no day"),
    ("小红书 近30日 互动/发布/涨粉", "C", split("指标 数值 环比"), "its platform is not certain; a metric per row, no day"),
    ("抖音 投稿汇总", "C",
     split("发布时间 体裁 垂类 周期内投稿量 条均点击率 条均5s完播率 条均2s跳出率 条均播放时长 播放量中位数 条均点赞数 "
           "条均评论量 条均分享量"), f"{ONE_READER}; one row of averages that is no post"),
    ("微博 数据助手-style workbook", "C",
     split("日期 粉丝总数 粉丝净增数 新增粉丝数 减少粉丝数 阅读数 发博数 转评赞数 转发数 评论数 点赞数"),
     "a collector's own workbook, not the platform's file"),
    ("YouTube Totals", "M", split("Date|Views", "|"), "nobody's file was opened"),
    ("LinkedIn visitors", "C", split("Date|Total page views (desktop)|Total page views (mobile)|"
     "Total page views (total)|Total unique visitors (total)", "|"), ONE_READER),
    ("GA4", "C", split("Session primary channel group (Default Channel Group)|Sessions|Key events", "|"),
     "visits of a website have no table, and several tables may be stacked"),
    ("巨量 抖音商业化", "C", split("视频标题 视频id 素材ID 消耗 展示数 点击数 激活数 付费次数"), f"{ONE_READER}; no day"),
    ("腾讯广告 UI", "C", split("创意名称 花费 曝光次数 点击次数 APP激活次数 注册次数"), f"{ONE_READER}; no day"),
    ("B站 花火/必火 UI", "C", split("视频AVID 视频BVID 视频标题 花费 展示量 点击量 应用激活数 应用内付费"),
     f"{ONE_READER}; no day"),
    ("京东商智 SKU", "C",
     split("时间 SKU SKU名称 一级类目 二级类目 三级类目 成交金额 成交商品件数 成交单量 成交客户数 商品访客数 商品浏览量 "
           "搜索曝光次数 搜索点击次数 商品曝光次数 商品曝光人数 加购客户数 下单金额 下单单量 下单客户数 取消及售后退款金额"),
     f"{ONE_READER}; figures of products by day have no table"),
    ("抖店 动账", "C", split("动账时间 动帐流水号 动账方向 动账金额 佣金 招商服务费 站外推广费 备注"),
     f"{ONE_READER}; its columns are not all known"),
]  # fmt: skip
# Documented in prose only, or of files that nobody found: no header to hold a preset against.
UNSEEN = {
    "抖音 开放平台 视频互动数据": "the documentation names figures, no fields",
    "公众号 getbizsummary": "named beside getarticletotaldetail, its own fields are not listed",
    "Kuaishou and Bilibili creator exports, Weibo data assistant, Xiaohongshu Qianfan orders, Youzan "
    "orders, Taobao Live, raw GA4 csv": "not found in any form",
}
