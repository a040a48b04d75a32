"""The exports of international platforms, as each of them writes its files."""

import csv
import re
from datetime import timedelta

import numpy as np

from opsbook.data.sample import layouts
from opsbook.data.sample.export_days import exported, weekly
from opsbook.data.sample.posts import snapshot, tagged
from opsbook.data.sample.world import END, EXPORTED


def _full(row):
    return f"{row.title}\n{row.body}\n" + " ".join(f"#{tag}" for tag in row.hashtags)


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
    for day, window in weekly():
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
    for day, window in weekly():
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
                    tagged(r.title, r.hashtags),
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
    for day, window in weekly():
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
