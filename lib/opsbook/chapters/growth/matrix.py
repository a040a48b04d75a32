"""10.1.4: what each account is for, whom they share, and which one takes from another."""

import numpy as np
import pandas as pd

from opsbook.chapters.growth import rows
from opsbook.estimate import Estimate
from opsbook.methods import experiments, presence, ratios

WINDOW_DAYS = 180
LEAST_POSTS = 20


def roles(book):
    """Each account's part in the matrix, from what it does best against the other accounts.

    Columns: platform, account_id, posts, reach_share (of all views), engagement_rate (interactions per view),
    engagement_rate_low, engagement_rate_high, orders, orders_per_mille (views), reach_index, engagement_index, conversion_index (1 is the
    median account), role (reach, engagement, conversion), goal (of the register), fits.
    """
    frame = rows.settled(book, WINDOW_DAYS)
    columns = ["platform", "account_id", "posts", "views", "reach_share", "engagement_rate",
               "engagement_rate_low", "engagement_rate_high", "orders", "orders_per_mille",
               "reach_index", "engagement_index", "conversion_index", "role", "goal", "fits"]  # fmt: skip
    if frame.empty:
        return pd.DataFrame(columns=columns)
    frame["base"] = frame["views"].fillna(frame["impressions"]).fillna(frame["reach"])
    key = ["platform", "account_id"]
    table = frame.groupby(key).agg(
        posts=("post_id", "size"), views=("base", "sum"), value=("value", "sum")
    )
    rate = ratios.ratio(frame, "value", "base", by=key, unit="week").set_index(key)
    table["engagement_rate"] = rate["value"]
    table["engagement_rate_low"], table["engagement_rate_high"] = rate["low"], rate["high"]
    sold = rows.orders(book)
    sold = sold[sold["at"] >= rows.end(book) - pd.Timedelta(days=WINDOW_DAYS)]
    # a view without attribution carries the shop's account: only known sources count
    sold = sold[sold["is_attributed"].astype(bool)]
    table["orders"] = sold.groupby(key)["order_id"].nunique().reindex(table.index).fillna(0.0)
    seen = table["views"].where(table["views"] > 0)
    table["reach_share"] = table["views"] / table["views"].sum() if table["views"].sum() else np.nan
    table["orders_per_mille"] = 1000 * table["orders"] / seen
    for name, column in (("reach", "views"), ("engagement", "engagement_rate"),
                         ("conversion", "orders_per_mille")):  # fmt: skip
        middle = table[column].median()
        if not middle > 0:
            middle = table[column].mean()
        table[f"{name}_index"] = table[column] / middle if middle > 0 else np.nan
    known = table[["reach_index", "engagement_index", "conversion_index"]].fillna(0.0)
    table["role"] = known.idxmax(axis=1).str.replace("_index", "")
    table.loc[known.max(axis=1) == 0, "role"] = "unknown"
    about = book.frame("accounts").drop_duplicates(key).set_index(key)
    table["goal"] = about["goal"].reindex(table.index)
    alone = len(table) < 2
    if alone:
        table["role"] = "unknown"
    table["fits"] = (table["role"] == table["goal"]).astype("boolean")
    table.loc[table["goal"].isna() | (table["role"] == "unknown"), "fits"] = pd.NA
    table = table.reset_index()[columns].sort_values("views", ascending=False, ignore_index=True)
    for row in table[table["fits"].eq(False).fillna(False)].itertuples():
        own = getattr(row, f"{row.goal}_index", np.nan)
        # told only where the account is clearly weak at what it is kept for
        if own == own and own < 0.6:
            book.find(
                "10.1.4", "low", "10.1.4.role", figure=own, unit="times",
                subject=rows.account_name(book, row.platform, row.account_id),
                goal=book.translator.value(row.goal), role=book.translator.value(row.role),
                n=row.posts,
            )  # fmt: skip
    return table


def overlap(book):
    """How far two accounts share people and say the same: a row per pair.

    Columns: account, other, people, shared_people, people_overlap (Jaccard of people seen on both; NaN
    where no key is shared across accounts), audience_overlap (1 - distance of age and gender), same_posts
    (share of the smaller account's posts with a text that the other posted too), n (posts of both).
    """
    frame = rows.settled(book, WINDOW_DAYS)
    accounts = sorted(frame["account"].unique())
    columns = ["account", "other", "people", "shared_people", "people_overlap",
               "audience_overlap", "same_posts", "n"]  # fmt: skip
    if len(accounts) < 2:
        return pd.DataFrame(columns=columns)
    talk = rows.comments(book)
    talk = talk.assign(account=talk["platform"] + ":" + talk["account_id"])
    people = {a: set(p["person_key"].dropna()) for a, p in talk.groupby("account")}
    text = frame["post_title"].fillna("") + frame["post_message"].fillna("").str[:40]
    text = text.str.replace(r"[\s#]+", "", regex=True)
    said = {a: set(p[p.str.len() >= 6]) for a, p in text.groupby(frame["account"])}
    profile = _profiles(book)
    sizes = frame["account"].value_counts()
    out = []
    for i, one in enumerate(accounts):
        for other in accounts[i + 1 :]:
            a, b = people.get(one, set()), people.get(other, set())
            shared = len(a & b)
            any_of = len(a | b)
            same = said.get(one, set()) & said.get(other, set())
            least = min(len(said.get(one, ())), len(said.get(other, ())))
            out.append(
                (one, other, any_of, shared, shared / any_of if any_of else np.nan,
                 _alike(profile.get(one), profile.get(other)),
                 len(same) / least if least else np.nan, int(sizes[one] + sizes[other]))
            )  # fmt: skip
    table = pd.DataFrame(out, columns=columns)
    if table["shared_people"].sum() == 0:
        # platforms give every person another key: sharing cannot be seen
        table["people_overlap"] = np.nan
    for column in ("account", "other"):
        table[column] = [rows.account_name(book, *a.split(":", 1)) for a in table[column]]
    order = ["people_overlap", "audience_overlap"]
    return table.sort_values(order, ascending=False, ignore_index=True)


def cannibalisation(book):
    """What an account's posts earn on days on which another posts, against its other days.

    A regression of the log of interactions on the other's posting, holding weekday, time of day,
    format, theme and month; days are the clusters. Columns: losing, posting, days_with, days_without,
    relative, low, high, p_value, p_adjusted (Holm over all pairs), n, verdict (loses, gains, not_told).
    """
    return book.once("growth.cannibalisation", lambda: _cannibalisation(book))


def _cannibalisation(book):
    frame = rows.settled(book, 365).dropna(subset=["value"])
    columns = ["losing", "posting", "days_with", "days_without", "relative", "low", "high",
               "p_value", "p_adjusted", "n", "verdict"]  # fmt: skip
    if frame.empty:
        return pd.DataFrame(columns=columns)
    frame["weekday"] = frame["date_day"].dt.day_of_week.astype(str)
    # views tell of attention; where a platform has none, interactions do
    base = frame["views"].fillna(frame["impressions"])
    frame["seen"] = base.where(base.notna().groupby(frame["account"]).transform("mean") > 0.5,
                               frame["value"])  # fmt: skip
    days = {a: set(p["date_day"]) for a, p in frame.groupby("account")}
    parts = []
    for losing, part in frame.groupby("account"):
        if len(part) < LEAST_POSTS:
            continue
        others = [a for a in days if a != losing]
        tested = part.assign(**{a: part["date_day"].isin(days[a]) for a in others})
        found = presence.effects(
            tested, "seen", others, cluster="date_day",
            controls=["weekday", "daypart", "post_type", "theme", "month", "is_boosted"],
        )  # fmt: skip
        parts.append(found[found["enough"].astype(bool)].assign(losing=losing))
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True).rename(
        columns={
            "flag": "posting",
            "clusters_with": "days_with",
            "clusters_without": "days_without",
        }
    )
    table["verdict"] = "not_told"
    table = table[columns]
    if table.empty:
        return table
    table["p_adjusted"] = experiments.adjust(table["p_value"])
    # a claim that one account costs another its readers has to be surer than most
    told = table["p_adjusted"] < 0.01
    table.loc[told & (table["relative"] < 0), "verdict"] = "loses"
    table.loc[told & (table["relative"] > 0), "verdict"] = "gains"
    for column in ("losing", "posting"):
        table[column] = [rows.account_name(book, *a.split(":", 1)) for a in table[column]]
    table = table.sort_values("p_value", ignore_index=True)
    for row in table[(table["verdict"] == "loses")].itertuples():
        book.find(
            "10.1.4", "medium", "10.1.4.cannibal", subject=row.losing,
            figure=Estimate(row.relative, row.low, row.high, row.n, presence.METHOD,
                            unit="fraction"),
            other=row.posting, days=row.days_with, owner="content",
        )  # fmt: skip
    return table


def _profiles(book):
    frame = book.frame("audience_profile")
    frame = frame[frame["as_of_date"] <= rows.end(book)]
    frame = frame[frame["dimension"].isin(["age", "gender"])]
    out = {}
    for (platform, account), part in frame.groupby(["platform", "account_id"]):
        newest = part[part["as_of_date"] == part["as_of_date"].max()]
        out[f"{platform}:{account}"] = newest.set_index(["dimension", "value"])["share"].astype(
            float
        )
    return out


def _alike(one, other):
    if one is None or other is None:
        return np.nan
    gap = one.sub(other, fill_value=0.0).abs().groupby(level=0).sum() / 2
    return float(1 - gap.mean())
