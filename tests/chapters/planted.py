"""Canonical tables of a sample brand of any seed, straight from the generator: no files, no import."""

import pandas as pd

from opsbook.data import schema
from opsbook.data.sample import ads, brand, build, market, people, record, shop_exports
from opsbook.data.sample.truth import draw
from opsbook.data.sample.world import World


def sample_tables(seed, without=()):
    """(tables, truth): frames in local, naive times by canonical name; pictures are left out."""
    world = World(seed, 1.0, frozenset(without), draw(seed, without))
    frames = build._frames(world)
    posts = frames["posts"]
    tables = {
        "accounts": brand.accounts(world),
        "campaigns": brand.campaigns(world),
        "targets": brand.targets(world),
        "industry_events": brand.industry_events(world),
        "decisions": brand.decisions(world),
        "posts": _posts(posts),
        "post_daily": _figures(posts),
        "post_labels": record.labels(world, posts),
        "follower_daily": _followers(frames["followers"]),
        "audience_profile": frames["audience_profile"],
        "ad_campaigns": _ads(frames["ads"]),
        "ads_daily": _ads(frames["ads_daily"]).assign(breakdown="all"),
        "orders": shop_exports.form_orders(frames["orders"]),
        "comments": people.comment_form(frames["comments"]),
        "messages": people.messages(world),
        "tickets": people.tickets(world, frames["orders"]),
        "reposts": market.reposts(world, posts),
        "mentions": market.mentions(world),
        "experiments": ads.experiments(world),
        **build._team_tables(world),
    }
    return {k: _canonical(k, v) for k, v in tables.items() if len(v)}, world.truth


def _posts(posts):
    table = posts[["platform", "account_id", "post_id", "duration_s"]].copy()
    table["post_title"], table["post_message"] = posts["title"], posts["body"]
    table["created_timestamp"] = posts["at"]
    table["created_precision"] = "second"
    table["post_type"] = posts["format"]
    table["is_boosted"] = posts["boosted"].astype(bool)
    table["is_crosspost"] = posts["crosspost_of"].astype(str) != ""
    return table


def _figures(posts):
    """Snapshots at equal age, and the final figures of posts that have none."""
    near = record.at_age(posts)
    key = ["platform", "account_id", "post_id"]
    left = posts.merge(near[key].drop_duplicates(), on=key, how="left", indicator=True)
    left = left[left["_merge"] == "left_only"]
    rest = left[[c for c in near.columns if c in left.columns]].copy()
    rest["as_of_date"] = (left["at"] + pd.Timedelta(days=8)).dt.date
    rest["basis"] = "cumulative"
    rest["completion_rate"] = left["completion"]
    table = pd.concat([near, rest], ignore_index=True)
    reposting = table["platform"].isin(["weibo", "x"])
    table["reposts"] = table["shares"].where(reposting)
    return table


def _followers(frame):
    names = {
        "new": "new_followers",
        "lost": "lost_followers",
        "net": "net_followers",
        "total": "followers_total",
    }
    return frame.rename(columns=names).assign(channel="all")


def _ads(frame):
    """Ads with an empty key where an export has no such level, as imports store them."""
    levels = ["campaign_id", "ad_group_id"]
    return frame.assign(**{c: frame[c].fillna("") for c in levels})


def _canonical(name, frame):
    about = schema.table(name)
    frame = frame[[c for c in frame.columns if c in about.columns]].copy()
    for column in frame.columns:
        kind = about.columns[column].type
        if kind == "timestamp":
            frame[column] = pd.to_datetime(frame[column])
        elif kind == "date":
            frame[column] = pd.to_datetime(frame[column]).dt.date
    return frame
