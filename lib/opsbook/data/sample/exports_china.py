"""The exports of Chinese platforms, as each of them writes its files."""

from datetime import timedelta

from opsbook.data.sample import layouts
from opsbook.data.sample.export_days import exported, weekly
from opsbook.data.sample.posts import snapshot, tagged
from opsbook.data.sample.world import END, account

BANNER = "最多导出排序后前1000条笔记"


def xiaohongshu(folder, posts):
    header = [
        "笔记标题",
        "首次发布时间",
        "体裁",
        "曝光",
        "观看量",
        "封面点击率",
        "点赞",
        "评论",
        "收藏",
        "涨粉",
        "分享",
        "人均观看时长",
        "弹幕",
    ]
    for day, window in weekly():
        rows = [header]
        for r in (
            snapshot(posts, day, days=window)
            .sort_values("at", ascending=False, kind="stable")
            .itertuples()
        ):
            # Plays that start by themselves are not impressions, so a video may show fewer.
            rows.append(
                [
                    r.title,
                    f"{r.at:%Y年%m月%d日%H时%M分%S秒}",
                    r.format_raw,
                    float(r.impressions),
                    float(r.views),
                    round(r.views / max(r.impressions, 1), 3),
                    float(r.likes),
                    float(r.comments),
                    float(r.saves),
                    float(r.follows),
                    float(r.shares),
                    float(round(r.watch_s)),
                    0.0,
                ]
            )
        layouts.xlsx(
            exported(folder, day) / "笔记列表明细表.xlsx",
            {"Sheet1": rows},
            banner=BANNER,
        )


def douyin(folder, posts, daily, followers):
    header = [
        "作品名称",
        "发布时间",
        "体裁",
        "审核状态",
        "播放量",
        "完播率",
        "5s完播率",
        "2s跳出率",
        "平均播放时长",
        "点赞量",
        "分享量",
        "评论量",
        "收藏量",
        "主页访问量",
        "粉丝增量",
    ]
    for day, window in weekly():
        rows = [header]
        for r in (
            snapshot(posts, day, days=window)
            .sort_values("at", ascending=False, kind="stable")
            .itertuples()
        ):
            video = r.format == "video"
            rows.append(
                [
                    tagged(r.title, r.hashtags),
                    f"{r.at:%Y-%m-%d %H:%M:%S}",
                    r.format_raw,
                    "公开",
                    str(r.views),
                    f"{r.completion:.6f}" if video else "-",
                    f"{min(r.completion * 1.6, 0.98):.6f}" if video else "-",
                    f"{0.55 - r.completion / 2:.6f}" if video else "-",
                    f"{r.watch_s:.2f}" if video else "-",
                    str(r.likes),
                    str(r.shares),
                    str(r.comments),
                    str(r.saves),
                    str(r.profile_visits),
                    str(r.follows),
                ]
            )
        layouts.xlsx(exported(folder, day) / "作品列表.xlsx", {"Sheet1": rows})
    for name, column in (
        ("播放量", "views"),
        ("作品点赞", "likes"),
        ("作品评论", "comments"),
        ("作品分享", "shares"),
        ("主页访问", "profile_visits"),
    ):
        rows = [["日期", name]] + [
            [f"{d:%Y-%m-%d}", v] for d, v in zip(daily["date_day"], daily[column], strict=True)
        ]
        layouts.text(exported(folder) / f"{name}.csv", rows, encoding="utf-8-sig")
    for name, column in (("净增粉丝", "net"), ("取关粉丝", "lost"), ("总粉丝量", "total")):
        rows = [["日期", name]] + [
            [f"{d:%Y-%m-%d}", v]
            for d, v in zip(followers["date_day"], followers[column], strict=True)
        ]
        layouts.text(exported(folder) / f"{name}.csv", rows, encoding="utf-8-sig")


def wechat_official(folder, posts, daily, followers):
    header = [
        "内容标题",
        "发表时间",
        "总阅读人数",
        "总阅读次数",
        "总分享人数",
        "总分享次数",
        "阅读后关注人数",
        "送达人数",
        "公众号消息阅读次数",
        "送达阅读率",
        "首次分享次数",
        "分享产生阅读次数",
        "首次分享率",
        "每次分享带来阅读次数",
        "阅读完成率",
        "内容url",
    ]
    size = account("wechat_official").followers
    rows = [header]
    for r in snapshot(posts, END).sort_values("at", ascending=False, kind="stable").itertuples():
        first, pushed = r.shares // 2, round(r.views * 0.6)
        spread = round(r.views * 0.25)
        rows.append(
            [
                r.title,
                f"{r.at:%Y%m%d}",
                r.reach,
                r.views,
                round(r.shares * 0.8),
                r.shares,
                r.follows,
                size,
                pushed,
                f"{pushed / size:.2%}",
                first,
                spread,
                f"{first / max(pushed, 1):.2%}",
                f"{spread / max(r.shares, 1):.2f}",
                f"{r.completion:.2%}",
                f"http://mp.weixin.qq.com/s?__biz=MzA5NanshanSample&mid={r.post_id.split('_')[0]}&idx=1",
            ]
        )
    layouts.html_xls(exported(folder) / "已通知内容.xls", rows)
    rows = [["时间", "新关注人数", "取消关注人数", "净增关注人数", "累积关注人数"]]
    rows += [
        [f"{r.date_day:%Y-%m-%d}", r.new, r.lost, r.net, r.total] for r in followers.itertuples()
    ]
    layouts.html_xls(exported(folder) / "user_analysis.xls", rows)
    # Two blocks side by side with a blank column and the date twice; 全部 is the total of channels.
    rows = [
        ["图文群发每日数据", *[""] * 7],
        ["日期", "渠道", "阅读人数", "", "日期", "分享人数", "跳转阅读原文人数", "微信收藏人数"],
    ]
    for r in daily.tail(120).itertuples():
        first = True
        for channel, share in (
            ("全部", 1),
            ("公众号消息", 0.6),
            ("聊天会话", 0.15),
            ("朋友圈", 0.25),
        ):
            right = (
                [f"{r.date_day:%Y-%m-%d}", r.shares, r.link_clicks, r.saves] if first else [""] * 4
            )
            rows.append([f"{r.date_day:%Y-%m-%d}", channel, round(r.reach * share), "", *right])
            first = False
    layouts.html_xls(
        exported(folder) / f"tendency_{END - timedelta(days=119):%Y%m%d}_{END:%Y%m%d}.xls", rows
    )


def weibo(folder, posts, followers):
    user = {
        "id": 7700112233,
        "idstr": "7700112233",
        "screen_name": account("weibo").handle,
        "followers_count": int(followers["total"].iloc[-1]),
    }
    for day, window in weekly():
        statuses = []
        for r in (
            snapshot(posts, day, days=window)
            .sort_values("at", ascending=False, kind="stable")
            .itertuples()
        ):
            status = {
                "created_at": f"{r.at:%a %b %d %H:%M:%S} +0800 {r.at:%Y}",
                "id": int(r.post_id),
                "idstr": r.post_id,
                "mid": r.post_id,
                "text": f"{r.title} {r.body} " + " ".join(f"#{t}#" for t in r.hashtags),
                "source": "微博 weibo.com",
                "reposts_count": r.shares,
                "comments_count": r.comments,
                "attitudes_count": r.likes,
                "user": user,
            }
            if r.format == "image":
                status["pic_num"] = 1 + int(r.post_id) % 9
            statuses.append(status)
        layouts.api(
            exported(folder, day) / "statuses_user_timeline.json",
            {"statuses": statuses, "total_number": len(statuses)},
        )
