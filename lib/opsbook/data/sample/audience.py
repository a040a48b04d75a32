"""Followers by day, the hours they are active, who they are, and the account by day."""

from datetime import timedelta

import numpy as np
import pandas as pd

from opsbook.data.sample.posts import COUNTS, grown, shock
from opsbook.data.sample.world import ACCOUNTS, AGES, END, EXPORTED, FIRST_MONDAY, REGIONS, START

DAYS = pd.date_range(START, END)


def followers(world, posts):
    """Gained, lost and total followers of every account and day."""
    frames = []
    growth, frequency = world.plan("growth"), world.plan("frequency")
    shared, swing = world.plan("crosspost"), shock(world)
    for a in ACCOUNTS:
        rng = world.rng(f"followers {a.platform}")
        own = posts[posts["platform"] == a.platform]
        per_day = own.groupby(own["at"].dt.normalize())["follows"].sum().reindex(DAYS, fill_value=0)
        gain = a.followers * 0.0011 * np.exp(0.1 * np.sin(2 * np.pi * np.arange(len(DAYS)) / 7))
        if growth and growth["platform"] == a.platform:
            gain = gain * np.where(pd.Timestamp(growth["date"]) <= DAYS, growth["factor"], 1)
        if shared and a.platform in (shared["leader"], shared["follower"]):
            late = shared["lag_days"] if a.platform == shared["follower"] else 0
            gain = gain * np.exp(shared["shock"] * swing[10 - late : 10 - late + len(DAYS)])
        new = rng.poisson(gain + 0.25 * np.minimum(per_day, per_day.median() * 4 + 5))
        week = ((DAYS - pd.Timestamp(FIRST_MONDAY)).days // 7).to_numpy()
        count = (
            own.groupby("week").size().reindex(range(week.max() + 1), fill_value=0).to_numpy()[week]
        )
        loss = np.full(len(DAYS), a.followers * 0.0006)
        if frequency:
            over = count / (frequency[a.platform]["optimum_per_week"] * world.scale)
            loss = loss * np.where(over > 1, over ** frequency[a.platform]["unfollows"], 1)
        lost = rng.poisson(loss)
        total = a.followers + np.cumsum(new - lost)
        frames.append(
            pd.DataFrame(
                {
                    "platform": a.platform,
                    "account_id": a.account_id,
                    "date_day": DAYS.date,
                    "new": new,
                    "lost": lost,
                    "net": new - lost,
                    "total": total,
                    "profile_visits": rng.poisson(new * 6 + a.followers * 0.002),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def daily(world, posts):
    """Views and interactions of every account and day: what the posts grew by on that day."""
    frames = []
    for a in ACCOUNTS:
        rng = world.rng(f"daily {a.platform}")
        own = posts[posts["platform"] == a.platform]
        final = own[
            ["views", "impressions", "reach", *COUNTS, "profile_visits", "link_clicks"]
        ].to_numpy()
        before, rows = np.zeros(len(own)), []
        for day in DAYS:
            share = grown(own, day)
            rows.append(((share - before)[:, None] * final).sum(axis=0))
            before = share
        frame = pd.DataFrame(
            np.array(rows).round().astype(int),
            columns=["views", "impressions", "reach", *COUNTS, "profile_visits", "link_clicks"],
        )
        frame["views"] += rng.poisson(a.followers * 0.002, len(frame))
        frame.insert(0, "date_day", DAYS.date)
        frame.insert(0, "account_id", a.account_id)
        frame.insert(0, "platform", a.platform)
        frame["posts"] = (
            own.groupby(own["at"].dt.normalize()).size().reindex(DAYS, fill_value=0).to_numpy()
        )
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def hours(world):
    """Active followers by account, weekday and hour (a week before the export)."""
    rows = []
    plan = world.plan("posting_hours")
    for a in ACCOUNTS:
        rng = world.rng(f"hours {a.platform}")
        peak = plan[a.platform]["hour"] if plan else 20
        day = plan[a.platform]["weekday"] if plan else 5
        for weekday in range(7):
            for hour in range(24):
                level = (
                    0.04
                    + 0.1 * np.exp(-((hour - 12.5) ** 2) / 18)
                    + 0.22 * np.exp(-((hour - peak) ** 2) / 6)
                )
                share = level * (1.12 if weekday == day else 1) * rng.uniform(0.95, 1.05)
                rows.append(
                    (
                        a.platform,
                        a.account_id,
                        EXPORTED,
                        weekday,
                        hour,
                        round(share, 4),
                        round(share * a.followers),
                    )
                )
    return pd.DataFrame(
        rows,
        columns=[
            "platform",
            "account_id",
            "as_of_date",
            "weekday",
            "hour",
            "active_share",
            "active_followers",
        ],
    )


def profile(world):
    """Age, gender, region and interest of each account's followers, half a year apart."""
    rows = []
    for a in ACCOUNTS:
        rng = world.rng(f"profile {a.platform}")
        regions = (
            REGIONS
            if a.language == "zh"
            else ("United States", "United Kingdom", "Canada", "Australia", "Singapore", "Germany")
        )
        groups = {
            "age": dict(zip((*AGES, "55+"), rng.dirichlet([14, 26, 15, 8, 3]), strict=True)),
            "gender": dict(zip(("female", "male"), rng.dirichlet([38, 22]), strict=True)),
            "region": dict(
                zip(regions, rng.dirichlet(np.linspace(12, 4, len(regions))), strict=True)
            ),
            "interest": dict(
                zip(
                    ("tea", "food", "home", "travel", "fitness"),
                    rng.dirichlet([20, 14, 9, 6, 3]),
                    strict=True,
                )
            ),
        }
        for when in (END - timedelta(days=183), EXPORTED):
            for dimension, shares in groups.items():
                noise = rng.uniform(0.94, 1.06, len(shares))
                values = np.array(list(shares.values())) * noise
                for value, share in zip(shares, values / values.sum(), strict=True):
                    rows.append(
                        (a.platform, a.account_id, when, dimension, value, round(float(share), 4))
                    )
    return pd.DataFrame(
        rows, columns=["platform", "account_id", "as_of_date", "dimension", "value", "share"]
    )
