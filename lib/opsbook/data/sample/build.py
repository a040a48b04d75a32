"""Write a whole sample brand: exports, forms, assets and the truth behind them."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tomlkit

from opsbook.data.sample import (
    access,
    ads,
    ads_exports,
    audience,
    brand,
    exports,
    layouts,
    live,
    market,
    media,
    people,
    posts,
    record,
    risk,
    shop,
    shop_exports,
    team,
)
from opsbook.data.sample.truth import PLANTINGS, draw
from opsbook.data.sample.world import ACCOUNTS, END, EXPORTED, START, World
from opsbook.errors import ParameterError

CSV = 400  # forms with more rows than this are written as csv, the others as xlsx


@dataclass(frozen=True)
class Sample:
    """A written sample: its folder, its truth, its files and the frames that they were made of."""

    folder: Path
    truth: dict
    files: tuple
    frames: dict


def generate(output, *, seed=1, scale=1.0, without=()):
    """Write a fictional brand with planted truth into a folder and return what was planted.

    output: a folder, made where missing; its inbox, assets and truth.toml are replaced.
    scale: factor on volumes (1.0: about 2,500 posts over 15 months). without: names of plantings
    to leave out (see truth.PLANTINGS). The same arguments give the same bytes of text files.
    """
    wrong = sorted(set(without) - set(PLANTINGS))
    if wrong:
        raise ParameterError(
            "without",
            f"{', '.join(wrong)} is not planted.",
            remedy=f"Plantings are {', '.join(PLANTINGS)}.",
        )
    if not 0.05 <= scale <= 20:
        raise ParameterError("scale", f"{scale} lies outside 0.05 to 20.", remedy="Give a factor.")
    folder = Path(output)
    inbox = folder / "inbox"
    for part in (inbox, folder / "assets"):
        if part.exists():
            shutil.rmtree(part)
    inbox.mkdir(parents=True)
    world = World(int(seed), float(scale), frozenset(without), draw(int(seed), without))
    frames = _frames(world)
    exports.write(
        inbox,
        frames["posts"],
        frames["daily"],
        frames["followers"],
        frames["audience_hours"],
        frames["audience_profile"],
    )
    shop_exports.write(inbox, frames["orders"])
    ads_exports.write(inbox, frames["ads_daily"])
    _forms(inbox / "forms", _form_tables(world, frames, folder))
    _truth(folder / "truth.toml", world)
    files = tuple(sorted(p for p in folder.rglob("*") if p.is_file()))
    return Sample(folder, world.truth, files, frames)


def _frames(world):
    made = posts.make(world)
    spending = ads.spend(world)
    caused = ads.orders_from(world, spending)
    catalogue = ads.catalogue(world)
    ads_daily = ads.daily(world, catalogue, spending, caused)
    lines = shop.orders(world, made, caused)
    lines["campaign_id"] = brand.in_campaign(world, lines)
    talk = people.comments(world, made)
    return {
        "posts": made,
        "followers": audience.followers(world, made),
        "daily": audience.daily(world, made),
        "audience_hours": audience.hours(world),
        "audience_profile": audience.profile(world),
        "ads": catalogue,
        "ads_daily": ads_daily,
        "spend": spending,
        "caused": caused,
        "orders": lines,
        "comments": talk,
        "breakdowns": ads.breakdowns(world, ads_daily),
    }


def _form_tables(world, frames, folder):
    """The tables that come in by generic forms: name -> frame of canonical columns."""
    followers = frames["followers"]
    by_form = followers[followers["platform"].isin(["xiaohongshu", "weibo", "youtube"])]
    follower_form = by_form.rename(
        columns={
            "new": "new_followers",
            "lost": "lost_followers",
            "net": "net_followers",
            "total": "followers_total",
        }
    )
    follower_form.insert(3, "channel", "all")
    campaigns = brand.campaigns(world)
    influencers, results = market.influencers(world)
    hours = frames["audience_hours"]
    catalogue = frames["ads"].drop(columns=["_worn"])
    return {
        "accounts": brand.accounts(world),
        "campaigns": campaigns,
        "campaign_plans": brand.campaign_plans(world, campaigns),
        "targets": brand.targets(world),
        "industry_events": brand.industry_events(world),
        "decisions": brand.decisions(world),
        "products": shop.products(),
        "posts": record.times(frames["posts"]),
        "post_daily": record.at_age(frames["posts"]),
        "post_labels": record.labels(world, frames["posts"]),
        "video_retention": record.retention(world, frames["posts"]),
        "follower_daily": follower_form,
        "audience_hours": hours[hours["platform"] != "tiktok"],
        "audience_profile": frames["audience_profile"],
        "ad_campaigns": catalogue,
        "ads_daily": frames["breakdowns"],
        "ads_period": ads_exports.period(frames["ads_daily"]),
        "experiments": ads.experiments(world),
        "orders": shop_exports.form_orders(
            frames["orders"][frames["orders"]["platform"] == "xiaohongshu"]
        ),
        "comments": people.comment_form(frames["comments"]),
        "triage_labels": people.triage_labels(world, frames["comments"]),
        "messages": people.messages(world),
        "tickets": people.tickets(world, frames["orders"]),
        "competitors": market.competitors(world),
        "mentions": market.mentions(world),
        "influencers": influencers,
        "influencer_results": results,
        "reposts": market.reposts(world, frames["posts"]),
        "assets": media.make(world, folder / "assets", frames["posts"]),
        **_team_tables(world),
    }


def _team_tables(world):
    sessions, minutes, rundown = live.make(world)
    events = risk.incidents(world)
    return {
        "live_sessions": sessions,
        "live_minutes": minutes,
        "live_rundown": rundown,
        "risks": risk.risks(world),
        "emergency_plans": risk.emergency_plans(),
        "incidents": events,
        "statements": risk.statements(world, events),
        "drills": risk.drills(world),
        "compliance_checks": risk.compliance_checks(world),
        "account_operations": access.account_operations(world),
        "credentials": access.credentials(world),
        "team": team.team(world),
        "duties": team.duties(world),
        "tasks": team.tasks(world),
        "skills": team.skills(world),
        "training": team.training(world),
        "incentives": team.incentives(world),
        "calendar_items": team.calendar_items(world),
    }


def _forms(folder, tables):
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        layouts.form(folder, name, frame, kind="csv" if len(frame) > CSV else "xlsx")


def _plain(value):
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        return value.item()
    return value


def _truth(path, world):
    document = tomlkit.document()
    document.add(
        tomlkit.comment(
            "What is planted in this sample and where it should be found. Written by the generator."
        )
    )
    document["seed"], document["scale"], document["without"] = (
        world.seed,
        world.scale,
        sorted(world.without),
    )
    document["span"] = {"start": START, "end": END, "exported_on": EXPORTED}
    document["brand"] = "Nanshan Tea (sample)"
    document["accounts"] = {a.platform: a.account_id for a in ACCOUNTS}
    for name, values in world.truth.items():
        document[name] = _plain(values)
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
