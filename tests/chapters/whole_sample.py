"""The planted sample with what its plain tables leave out: hashtags, partners, breakdowns, final figures."""

import pandas as pd

from opsbook.data.sample import ads, audience, market, posts, shop
from opsbook.data.sample.truth import draw
from opsbook.data.sample.world import END, World

from .planted import _canonical, sample_tables


def whole_tables(seed, without=()):
    """(tables, truth) as `planted.sample_tables`, with the tables that chapters 2, 6 and 10 read."""
    tables, truth = sample_tables(seed, without)
    world = World(seed, 1.0, frozenset(without), draw(seed, without))
    made = posts.make(world)
    tables["posts"] = tables["posts"].assign(hashtags=made["hashtags"].tolist())
    final = posts.snapshot(made, END)
    key = ["platform", "account_id", "post_id"]
    last = final[[*key, "views", "likes", "comments", "shares", "saves"]]
    last = last.assign(as_of_date=END, basis="cumulative")
    both = pd.concat([tables["post_daily"], last], ignore_index=True)
    tables["post_daily"] = both.drop_duplicates([*key, "as_of_date", "basis"])
    who, results = market.influencers(world)
    rivals = market.competitors(world)
    # an account's day has no item; the form leaves its cell empty
    rivals["item_id"] = rivals["item_id"].replace("", "day")
    # the plan of the ads is drawn once more: the splits by audience belong to the same spend
    spending = ads.spend(world)
    daily = ads.daily(world, ads.catalogue(world), spending, ads.orders_from(world, spending))
    split = ads.breakdowns(world, daily)
    levels = ["campaign_id", "ad_group_id", "ad_id"]
    split[levels] = split[levels].fillna("")
    extra = {"influencers": who, "influencer_results": results, "products": shop.products(),
             "competitors": rivals, "audience_hours": audience.hours(world)}  # fmt: skip
    tables |= {k: _canonical(k, v) for k, v in extra.items()}
    tables["ads_daily"] = pd.concat(
        [tables["ads_daily"], _canonical("ads_daily", split)], ignore_index=True
    )
    for name in ("live_minutes", "account_operations", "reposts"):
        tables.pop(name, None)
    return tables, truth | {"evergreen": world.truth.get("evergreen")}
