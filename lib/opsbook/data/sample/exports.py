"""The exports of the social platforms, as each of them writes its files."""

import csv
import re
from datetime import timedelta

import numpy as np

from opsbook.data.sample import layouts
from opsbook.data.sample.posts import snapshot, tagged
from opsbook.data.sample.world import END, EXPORTED, account

BANNER = "最多导出排序后前1000条笔记"


def _weekly():
    """Last days of the exports: two of the newest posts some weeks back, and one of all posts."""
    return [(END - timedelta(days=7 * k), 35) for k in (4, 2)] + [(END, None)]


def exported(folder, day=END):
    """The folder of the exports that hold all days up to this one: named by the day after."""
    return folder / f"{day + timedelta(days=1):%Y-%m-%d}"


def _tagged(row):
    return tagged(row.title, row.hashtags)


def _full(row):
    return f"{row.title}\n{row.body}\n" + " ".join(f"#{tag}" for tag in row.hashtags)


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
    for day, window in _weekly():
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
    for day, window in _weekly():
        rows = [header]
        for r in (
            snapshot(posts, day, days=window)
            .sort_values("at", ascending=False, kind="stable")
            .itertuples()
        ):
            video = r.format == "video"
            rows.append(
                [
                    _tagged(r),
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
    for r in daily.tail(180).itertuples():
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
        exported(folder) / f"tendency_{END - timedelta(days=179):%Y%m%d}_{END:%Y%m%d}.xls", rows
    )


def weibo(folder, posts, followers):
    user = {
        "id": 7700112233,
        "idstr": "7700112233",
        "screen_name": account("weibo").handle,
        "followers_count": int(followers["total"].iloc[-1]),
    }
    for day, window in _weekly():
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


def instagram(folder, posts, daily, followers, profile):
    header = [
        "Post ID",
        "Account ID",
        "Account username",
        "Account name",
        "Description",
        "Duration (sec)",
        "Publish time",
        "Permalink",
        "Post type",
        "Data comment",
        "Date",
        "Views",
        "Reach",
        "Likes",
        "Shares",
        "Follows",
        "Comments",
        "Saves",
    ]
    for day, window in _weekly():
        frame = snapshot(posts, day, days=window).sort_values("at", ascending=False, kind="stable")
        rows = [header]
        for r in frame.itertuples():
            rows.append(
                [
                    r.post_id,
                    "17841400000000001",
                    "nanshan.tea",
                    "Nanshan Tea (sample)",
                    _full(r),
                    r.duration_s,
                    f"{r.at:%m/%d/%Y %H:%M}",
                    f"https://www.instagram.com/p/{r.post_id}/",
                    r.format_raw,
                    "",
                    "Lifetime",
                    r.views,
                    r.reach,
                    r.likes,
                    r.shares,
                    r.follows,
                    r.comments,
                    r.saves,
                ]
            )
        first = frame["at"].min()
        name = f"{first:%b-%d-%Y}_{day:%b-%d-%Y}_{1100000000 + int(f'{day:%m%d}')}.csv"
        layouts.text(
            exported(folder, day) / name, rows, encoding="utf-8-sig", quote=csv.QUOTE_MINIMAL
        )
    for name, metric, frame, column in (
        ("Follows", "Instagram follows", followers, "new"),
        ("Views", "Views", daily, "views"),
        ("Reach", "Instagram reach", daily, "reach"),
        ("Visits", "Instagram profile visits", daily, "profile_visits"),
        ("Interactions", "Content interactions", daily, "likes"),
        ("Link clicks", "Instagram link clicks", daily, "link_clicks"),
    ):
        rows = [["Date", "Primary"]] + [
            [f"{d:%Y-%m-%d}T00:00:00", v]
            for d, v in zip(frame["date_day"], frame[column], strict=True)
        ]
        layouts.utf16(exported(folder) / f"{name}.csv", metric, rows)
    newest = profile[profile["as_of_date"] == EXPORTED]
    share = {
        d: newest[newest["dimension"] == d].set_index("value")["share"]
        for d in ("age", "gender", "region")
    }
    rows = [["Age & gender"], ["", "Women", "Men"]]
    rows += [
        [age, *(f"{100 * v * share['gender'][g]:.1f}" for g in ("female", "male"))]
        for age, v in share["age"].items()
    ]
    rows += [
        [],
        ["Top countries"],
        list(share["region"].index),
        [f"{100 * v:.1f}" for v in share["region"]],
    ]
    out = [",".join(f'"{v}"' for v in row) for row in rows]
    (exported(folder) / "Audience.csv").write_bytes(
        b"\xff\xfe" + ("sep=,\r\n" + "\r\n".join(out) + "\r\n").encode("utf-16-le")
    )


def tiktok(folder, posts, daily, followers, hours):
    for day, window in _weekly():
        rows = [
            [
                "Video title",
                "Video link",
                "Post time",
                "Video views",
                "Likes",
                "Comments",
                "Shares",
                "Add to Favorites",
            ]
        ]
        for r in (
            snapshot(posts, day, days=window)
            .sort_values("at", ascending=False, kind="stable")
            .itertuples()
        ):
            rows.append(
                [
                    _tagged(r),
                    f"https://www.tiktok.com/@nanshantea/video/{r.post_id}",
                    f"{r.at:%Y/%m/%d %H:%M:%S}",
                    r.views,
                    r.likes,
                    r.comments,
                    r.shares,
                    r.saves,
                ]
            )
        layouts.text(exported(folder, day) / "video.csv", rows, encoding="utf-8-sig")
    rows = [
        [
            "Date",
            "Video views",
            "Reached audience",
            "Profile views",
            "Likes",
            "Shares",
            "Comments",
            "Phone number clicks ",
            "Leads submission",
            "Net growth",
            "New followers",
            "Lost followers",
        ]
    ]
    for d, f in zip(daily.itertuples(), followers.itertuples(), strict=True):
        rows.append(
            [
                f"{d.date_day:%Y/%m/%d}",
                d.views,
                d.reach,
                d.profile_visits,
                d.likes,
                d.shares,
                d.comments,
                "NAN",
                "NAN",
                f.net,
                f.new,
                f.lost,
            ]
        )
    layouts.text(exported(folder) / "overview.csv", rows, encoding="utf-8-sig")
    recent = followers.tail(60).reset_index(drop=True)
    rows = [["Date", "Followers", "Difference in followers from previous day"]]
    rows += [
        [
            f"{r.date_day:%B} {r.date_day.day}",
            "undefined" if i % 23 == 11 else r.total,
            "undefined" if i % 23 == 11 else r.net,
        ]
        for i, r in enumerate(recent.itertuples())
    ]
    layouts.text(
        exported(folder) / "FollowerHistory.csv",
        rows,
        encoding="utf-8-sig",
        quote=csv.QUOTE_ALL,
    )
    monday = EXPORTED - timedelta(days=7)
    rows = [["Date", "Hour", "Active followers"]]
    for r in hours.itertuples():
        d = monday + timedelta(days=r.weekday)
        rows.append([f"{d:%B} {d.day}", r.hour, r.active_followers])
    layouts.text(
        exported(folder) / "FollowerActivity.csv",
        rows,
        encoding="utf-8-sig",
        quote=csv.QUOTE_ALL,
    )


def x(folder, posts, daily, followers):
    header = [
        "Post id",
        "Date",
        "Post text",
        "Post Link",
        "Impressions",
        "Likes",
        "Engagements",
        "Bookmarks",
        "Shares",
        "New follows",
        "Replies",
        "Reposts",
        "Profile visits",
        "Detail Expands",
        "URL Clicks",
        "Hashtag Clicks",
        "Permalink Clicks",
    ]
    for day, window in _weekly():
        frame = snapshot(posts, day, days=window).sort_values("at", ascending=False, kind="stable")
        rows = [header]
        for r in frame.itertuples():
            expands = r.views // 40
            total = (
                r.likes
                + r.saves
                + r.follows
                + r.comments
                + r.shares
                + r.profile_visits
                + expands
                + r.link_clicks
            )
            rows.append(
                [
                    r.post_id,
                    f"{r.at:%a, %b} {r.at.day}, {r.at:%Y}",
                    f"{_x_text(r)}",
                    f"https://x.com/nanshan_tea/status/{r.post_id}",
                    r.views,
                    r.likes,
                    total,
                    r.saves,
                    0,
                    r.follows,
                    r.comments,
                    r.shares,
                    r.profile_visits,
                    expands,
                    r.link_clicks,
                    0,
                    0,
                ]
            )
        first = frame["at"].min()
        layouts.text(
            exported(folder, day)
            / f"account_analytics_content_{first:%Y-%m-%d}_{day:%Y-%m-%d}.csv",
            rows,
        )
    rows = [
        [
            "Date",
            "Impressions",
            "Likes",
            "Engagements",
            "Bookmarks",
            "Shares",
            "New follows",
            "Unfollows",
            "Replies",
            "Reposts",
            "Profile visits",
            "Create Post",
            "Video views",
            "Media views",
        ]
    ]
    pairs = list(zip(daily.itertuples(), followers.itertuples(), strict=True))
    for d, f in reversed(pairs):
        rows.append(
            [
                f"{d.date_day:%a, %b} {d.date_day.day}, {d.date_day:%Y}",
                d.views,
                d.likes,
                d.likes + d.saves + d.comments + d.shares + d.profile_visits + d.link_clicks,
                d.saves,
                0,
                f.new,
                f.lost,
                d.comments,
                d.shares,
                d.profile_visits,
                d.posts,
                0,
                d.views // 3,
            ]
        )
    layouts.text(exported(folder) / "account_overview_analytics.csv", rows)


def _x_text(row):
    """Title, one sentence and the hashtags, inside 280 characters."""
    tags = " ".join(f"#{t}" for t in row.hashtags)
    first = re.split(r"(?<=[.])\s", row.body)[0]
    return f"{row.title} {first}"[: 270 - len(tags)] + f" {tags}"


def youtube(folder, posts):
    header = [
        "Content",
        "Video title",
        "Video publish time",
        "Duration",
        "Views",
        "Watch time (hours)",
        "Subscribers",
        "Impressions",
        "Impressions click-through rate (%)",
    ]
    frame = snapshot(posts, END).sort_values("views", ascending=False, kind="stable").head(500)
    hours = (frame["views"] * frame["watch_s"] / 3600).round(4)
    ctr = (100 * 0.055 * np.exp(frame["log_engagement"])).clip(0.5, 20).round(2)
    total = [
        "Total",
        "",
        "",
        "",
        int(frame["views"].sum()),
        round(float(hours.sum()), 4),
        int(frame["follows"].sum()),
        int(frame["impressions"].sum()),
        round(float((ctr * frame["impressions"]).sum() / frame["impressions"].sum()), 2),
    ]
    rows = [header, total]
    for r, h, c in zip(frame.itertuples(), hours, ctr, strict=True):
        rows.append(
            [
                r.post_id,
                f"{r.title} #{r.hashtags[0]}",
                f"{r.at:%b} {r.at.day}, {r.at:%Y}",
                r.duration_s,
                r.views,
                h,
                r.follows,
                r.impressions,
                c,
            ]
        )
    if len(snapshot(posts, END)) > 500:
        rows.append(["Showing top 500 results"] + [""] * 8)
    layouts.text(exported(folder) / "Table data.csv", rows)
    # One metric by day and video, filled with zeros from before the videos were out.
    recent = posts[posts["at"].dt.date >= END - timedelta(days=80)]
    rows = [["Date", "Content", "Video title", "Video publish time", "Duration", "Views"]]
    days = [END - timedelta(days=k) for k in range(89, -1, -1)]
    known = [
        snapshot(recent, d).set_index("post_id")["views"]
        for d in [days[0] - timedelta(days=1), *days]
    ]
    for r in recent.itertuples():
        for k, d in enumerate(days):
            grew = known[k + 1].get(r.post_id, 0) - known[k].get(r.post_id, 0)
            rows.append(
                [
                    d.isoformat(),
                    r.post_id,
                    f"{r.title} #{r.hashtags[0]}",
                    f"{r.at:%b} {r.at.day}, {r.at:%Y}",
                    r.duration_s,
                    grew,
                ]
            )
    layouts.text(exported(folder) / "Chart data.csv", rows)


def write(inbox, posts, daily, followers, hours, profile):
    """All social exports, into one folder per account."""

    def own(frame, platform):
        return frame[frame["platform"] == platform].reset_index(drop=True)

    def folder(platform):
        path = inbox / f"{platform}@{account(platform).account_id}"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def parts(platform):
        return (
            folder(platform),
            own(posts, platform),
            own(daily, platform),
            own(followers, platform),
        )

    xiaohongshu(folder("xiaohongshu"), own(posts, "xiaohongshu"))
    douyin(*parts("douyin"))
    wechat_official(*parts("wechat_official"))
    weibo(folder("weibo"), own(posts, "weibo"), own(followers, "weibo"))
    instagram(*parts("instagram"), own(profile, "instagram"))
    tiktok(*parts("tiktok"), own(hours, "tiktok"))
    x(*parts("x"))
    youtube(folder("youtube"), own(posts, "youtube"))
