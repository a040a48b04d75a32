"""What the team keeps about its posts: times that exports leave out, figures at equal age, labels."""

from datetime import timedelta

import numpy as np
import pandas as pd

from opsbook.data.sample.posts import COUNTS, grown
from opsbook.data.sample.world import END, EXPORTED

# These platforms export the day of a post without its time; Weibo's API says no format.
DAY_ONLY = ("wechat_official", "x", "youtube", "weibo")
AGES = (1, 3, 7, 14)


def times(posts):
    """Posts of the platforms whose export gives the day alone, with the second they went out."""
    own = posts[posts["platform"].isin(DAY_ONLY)]
    return pd.DataFrame(
        {
            "platform": own["platform"],
            "account_id": own["account_id"],
            "post_id": own["post_id"],
            "post_title": own["title"],
            "post_message": [
                f"{t} {b} " + " ".join(f"#{h}" for h in tags)
                for t, b, tags in zip(own["title"], own["body"], own["hashtags"], strict=True)
            ],
            "created_timestamp": own["at"],
            "created_precision": "second",
            "post_type": own["format"],
            "post_type_raw": own["format_raw"],
            "duration_s": own["duration_s"].where(own["duration_s"] > 0),
            "is_crosspost": own["crosspost_of"] != "",
            "is_boosted": own["boosted"],
            "hashtags": own["hashtags"],
        }
    ).reset_index(drop=True)


def at_age(posts):
    """Cumulative figures seven days after publication, and at more ages for the newest posts."""
    frames = []
    for age in AGES:
        day = posts["at"].dt.normalize() + pd.Timedelta(days=age)
        keep = day <= pd.Timestamp(END)
        if age != 7:
            keep &= (posts["at"] >= pd.Timestamp(END) - pd.Timedelta(days=90)) & posts[
                "platform"
            ].isin(["xiaohongshu", "douyin", "instagram", "weibo"])
        own = posts[keep]
        share = grown(own, day[keep])
        frame = pd.DataFrame(
            {
                "platform": own["platform"],
                "account_id": own["account_id"],
                "post_id": own["post_id"],
                "as_of_date": day[keep].dt.date,
                "basis": "cumulative",
            }
        )
        for name in ("impressions", "views", "reach", *COUNTS, "link_clicks", "profile_visits"):
            frame[name] = np.floor(own[name].to_numpy() * share).astype(int)
        frame["completion_rate"] = own["completion"].round(4).where(own["duration_s"] > 0)
        frames.append(frame)
    return pd.concat(frames).sort_values(
        ["as_of_date", "platform", "post_id"], kind="stable", ignore_index=True
    )


def labels(world, posts):
    """Labels: most themes by a person, some by nobody; what is original, boosted, new in form."""
    rng = world.rng("post labels")
    rows = []
    told = rng.random(len(posts)) < 0.8
    elements = {
        "selling_point": ("origin", "freshness", "price", "gift", "craft"),
        "emotion": ("calm", "joy", "pride", "curiosity"),
        "form": ("person", "product", "scene", "text"),
    }
    picks = {k: rng.integers(0, len(v), len(posts)) for k, v in elements.items()}
    for i, r in enumerate(posts.itertuples()):
        found = []
        if told[i]:
            found.append(("theme", r.theme))
            found += [(k, v[picks[k][i]]) for k, v in elements.items()] if i % 5 == 0 else []
        found.append(("original", "original" if r.original else "repost"))
        if r.new_format:
            found.append(("format", r.new_format))
        if r.boosted:
            found.append(("boosted", "boosted"))
        rows.extend(
            (
                r.platform,
                r.account_id,
                r.post_id,
                kind,
                label,
                "content",
                r.at + timedelta(hours=30),
            )
            for kind, label in found
        )
    frame = pd.DataFrame(
        rows,
        columns=[
            "platform",
            "account_id",
            "post_id",
            "kind",
            "label",
            "labelled_by",
            "labelled_at",
        ],
    )
    return frame[frame["labelled_at"] < pd.Timestamp(EXPORTED) + pd.Timedelta(days=3)]


def retention(world, posts):
    """Share of viewers still watching, second by second, for the newest videos."""
    videos = posts[
        (posts["duration_s"] > 5)
        & (posts["duration_s"] < 100)
        & posts["platform"].isin(["douyin", "tiktok", "youtube"])
    ]
    rows = []
    for r in videos.tail(20).itertuples():
        rng = world.rng(f"retention {r.post_id}")
        seconds = np.arange(0, int(r.duration_s) + 1)
        curve = r.completion + (1 - r.completion) * np.exp(-seconds / (r.duration_s * 0.22))
        curve = np.minimum.accumulate(np.clip(curve + rng.normal(0, 0.004, len(seconds)), 0, 1))
        curve[0] = 1.0
        rows.extend(
            (r.platform, r.account_id, r.post_id, int(s), round(float(v), 4))
            for s, v in zip(seconds, curve, strict=True)
        )
    return pd.DataFrame(
        rows, columns=["platform", "account_id", "post_id", "second", "retained_share"]
    )
