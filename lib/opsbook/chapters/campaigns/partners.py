"""5.2.4: what each partner brought and cost, and whether its engagement was bought."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.estimate import Estimate

SIGNAL_P = 0.05  # over all partners together: a rate so low is a sign


def partners(book):
    """Each partner's result and cost, up to the end of the period.

    One row per influencer: cooperations, campaigns, spend, impressions, engagements, orders, gmv,
    new_followers, cost_per_mille, cost_per_order, return_on_cost with low and high (exact Poisson
    of the orders), n (orders). In the workbook's currency.
    """
    rows = _cooperations(book)
    columns = ["influencer_name", "platform", "cooperations", "campaigns", "spend", "impressions",
               "engagements", "orders", "gmv", "new_followers", "cost_per_mille", "cost_per_order",
               "return_on_cost", "low", "high", "n"]  # fmt: skip
    if rows.empty:
        return pd.DataFrame(columns=columns)
    out = []
    for (_, name, platform), part in rows.groupby(["influencer_id", "influencer_name", "platform"]):
        cost, shown, orders, gmv = (
            float(part[c].sum()) for c in ("cost", "impressions", "orders", "gmv")
        )
        value = gmv / orders if orders else rows["gmv"].sum() / max(rows["orders"].sum(), 1)
        low = stats.chi2.ppf(0.025, 2 * orders) / 2 if orders else 0.0
        high = stats.chi2.ppf(0.975, 2 * orders + 2) / 2
        per = value / cost if cost else np.nan
        out.append(
            (name, platform, len(part), part["campaign_id"].nunique(), cost, shown,
             part["engagements"].sum(), orders, gmv, part["new_followers"].sum(),
             1000 * cost / shown if shown else np.nan, cost / orders if orders else np.nan,
             gmv / cost if cost else np.nan, low * per, high * per, int(orders))
        )  # fmt: skip
    table = pd.DataFrame(out, columns=columns).sort_values(
        "return_on_cost", ascending=False, ignore_index=True
    )
    average = table["gmv"].sum() / table["spend"].sum() if table["spend"].sum() else np.nan
    for _, row in table[(table["high"] < average)].nlargest(3, "spend").iterrows():
        book.find("5.2.4", "medium", "5.2.4.weak", subject=row["influencer_name"],
                  figure=_returned(row), owner="community", average=average, spend=row["spend"],
                  orders=row["orders"])  # fmt: skip
    best = table[table["low"] > average].head(1)
    for _, row in best.iterrows():
        book.find("5.2.4", "info", "5.2.4.best", subject=row["influencer_name"],
                  figure=_returned(row), owner="community", average=average, spend=row["spend"],
                  orders=row["orders"])  # fmt: skip
    return table


def _returned(row):
    return Estimate(row["return_on_cost"], row["low"], row["high"], int(row["n"]),
                    "exact Poisson (Garwood)", unit="")  # fmt: skip


def _cooperations(book):
    rows = book.frame("influencer_results")
    who = book.frame("influencers")
    rows = rows[rows["published_at"] <= pd.Timestamp(book.period.end)]
    about = who[["influencer_id", "influencer_name", "platform", "followers", "suspicious_share"]]
    rows = rows.merge(about.drop_duplicates("influencer_id"), on="influencer_id", how="left")
    rows["influencer_name"] = rows["influencer_name"].fillna(rows["influencer_id"])
    rows["platform"] = rows["platform"].fillna("unknown")
    kept = book.settings.currency
    return rows[rows["currency"].fillna(kept) == kept]


# What bought attention lacks: (numerator, denominator). Likes are cheap, words, clicks and buyers dear.
SIGNALS = {
    "comments_per_engagement": ("comments", "engagements"),
    "clicks_per_impression": ("clicks", "impressions"),
    "followers_per_view": ("new_followers", "views"),
}


def fake_check(book):
    """Signs of bought engagement: rates far below those of the other partners.

    One row per influencer: for each signal its rate relative to the others' (relative_...) and
    the p-value of so low a rate (a negative binomial with the spread among partners), the share
    of followers judged fake where the form has it, signals (how many hold), is_suspect (two
    signals, or one and a fake share of 30 % or more).
    """
    rows = _cooperations(book)
    names = [f"{c}_relative" for c in SIGNALS] + ["p_lowest"]
    columns = ["influencer_name", "platform", *names, "suspicious_share", "signals", "is_suspect",
               "spend", "n"]  # fmt: skip
    if rows["influencer_id"].nunique() < 4:
        return pd.DataFrame(columns=columns)
    numbers = sorted({c for pair in SIGNALS.values() for c in pair})
    whole = rows.groupby("influencer_id")[numbers].sum()
    about = rows.groupby("influencer_id").agg(
        influencer_name=("influencer_name", "first"), platform=("platform", "first"),
        suspicious_share=("suspicious_share", "first"), spend=("cost", "sum"), n=("cost", "size"),
    )  # fmt: skip
    p_values = {}
    for name, (top, bottom) in SIGNALS.items():
        rate = whole[top] / whole[bottom].where(whole[bottom] > 0)
        usual = rate.median()
        expected = usual * whole[bottom]
        # robust spread of the log rate among partners, beyond what counting explains
        log = np.log((whole[top] + 0.5) / (expected + 0.5))
        scale = 1.4826 * (log - log.median()).abs().median()
        extra = max(scale**2 - float((1 / (expected + 0.5)).median()), 0.01)
        size = 1 / extra
        p_values[name] = pd.Series(
            stats.nbinom.cdf(whole[top], size, size / (size + expected)), index=whole.index
        )
        about[f"{name}_relative"] = rate / usual - 1
    tail = pd.DataFrame(p_values)
    about["p_lowest"] = tail.min(axis=1)
    about["signals"] = (tail < SIGNAL_P / len(tail)).sum(axis=1).astype("int64")
    told = about["suspicious_share"].fillna(0.0) >= 0.3
    about["is_suspect"] = (about["signals"] >= 2) | ((about["signals"] >= 1) & told)
    for _, row in about[about["is_suspect"]].iterrows():
        book.find("5.2.4", "high", "5.2.4.fake", subject=row["influencer_name"],
                  figure=row["comments_per_engagement_relative"], unit="fraction", n=int(row["n"]),
                  owner="community", clicks=row["clicks_per_impression_relative"],
                  followers=row["followers_per_view_relative"], spend=row["spend"])  # fmt: skip
    table = about.reset_index()[columns]
    return table.sort_values(["is_suspect", "p_lowest"], ascending=[False, True],
                             ignore_index=True)  # fmt: skip
