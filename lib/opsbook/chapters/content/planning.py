"""2.1.1: who is there, which themes earn, and how much of it is labelled at all."""

import pandas as pd

from opsbook.chapters.content import rows
from opsbook.estimate import Estimate
from opsbook.methods import adjusted, ratios

THEME_CONTROLS = ["account", "post_type", "is_boosted", "daypart", "month"]


def audience(book):
    """Followers' profile per platform against the target: platform, dimension, value, share, target_share, gap.

    Shares are fractions of the newest export; target from workbook.toml's [audience].
    """
    frame = book.frame("audience_profile")
    if frame.empty:
        return pd.DataFrame(columns=["platform", "dimension", "value"])
    frame = frame[frame["as_of_date"] <= pd.Timestamp(book.period.end) + pd.Timedelta(days=31)]
    newest = frame.groupby(["platform", "account_id"])["as_of_date"].transform("max")
    frame = frame[frame["as_of_date"] == newest]
    table = frame.groupby(["platform", "dimension", "value"], as_index=False)["share"].mean()
    table["target_share"] = [
        _target(book, d, v) for d, v in zip(table["dimension"], table["value"], strict=True)
    ]
    table["gap"] = table["share"] - table["target_share"]
    worst = table.dropna(subset=["gap"])
    for _, row in worst[worst["gap"] < -0.08].nsmallest(3, "gap").iterrows():
        book.find(
            "2.1.1",
            "low",
            "2.1.1.audience",
            subject=f"{book.translator.value(row['platform'])}: {book.translator.value(row['value'])}",
            figure=float(row["gap"]),
            unit="fraction",
            share=row["share"],
            target=row["target_share"],
        )
    return table


def labelled_share(book):
    """Share of posts with a theme, by platform: platform, posts, labelled_share, by_person, by_rule."""
    frame = rows.posts(book)
    labels = book.frame("post_labels")
    labels = labels[labels["kind"] == "theme"]
    if frame.empty:
        return pd.DataFrame(columns=["platform", "posts"])
    source = labels.groupby("platform")["labelled_by"].value_counts().unstack(fill_value=0)
    by_rule = source.reindex(columns=["rule", "model"], fill_value=0).sum(axis=1)
    table = frame.groupby("platform").agg(posts=("post_id", "size"), labelled=("theme", "count"))
    table["labelled_share"] = table["labelled"] / table["posts"]
    table["by_rule"] = by_rule.reindex(table.index).fillna(0).astype(int)
    table["by_person"] = (table["labelled"] - table["by_rule"]).clip(lower=0)
    bare = table[table["labelled_share"] < 0.7]
    for platform, row in bare.iterrows():
        book.find(
            "2.1.1",
            "low",
            "2.1.1.unlabelled",
            subject=book.translator.value(platform),
            figure=float(1 - row["labelled_share"]),
            unit="fraction",
            n=int(row["posts"]),
        )
    return table.drop(columns="labelled").reset_index()


def themes(book):
    """What each theme is worth in interactions per post, on equal account, format and time.

    Columns: theme, posts, mean (median interactions), relative (against the average theme, shrunk),
    low, high, p_value, enough. Posts at equal age only.
    """
    frame = rows.settled(book).dropna(subset=["theme"])
    if frame.empty:
        return pd.DataFrame(columns=["theme"])
    frame["month"] = frame["date_day"].dt.to_period("M").astype(str)
    table = adjusted.means(
        frame, "value", "theme", controls=THEME_CONTROLS, cluster="week", shrunk=True
    )
    table = table.sort_values("relative", ascending=False, ignore_index=True)
    told = table[table["enough"]]
    if len(told):
        best, worst = told.iloc[0], told.iloc[-1]
        book.say(
            "2.1.1",
            "2.1.1.said",
            theme=book.translator.value(best["theme"]),
            effect=best["relative"],
            low=best["low"],
            high=best["high"],
        )
        if best["low"] > 0:
            book.find(
                "2.1.1",
                "medium",
                "2.1.1.best_theme",
                figure=_relative(best),
                subject=book.translator.value(best["theme"]),
            )
        if worst["high"] < 0:
            book.find(
                "2.1.1",
                "medium",
                "2.1.1.worst_theme",
                figure=_relative(worst),
                subject=book.translator.value(worst["theme"]),
            )
    return table


def theme_conversion(book):
    """Orders per 1,000 views by theme: theme, orders, views, orders_per_mille, relative, low, high, n.

    Orders are the shop's where they name the post, else what the platform attributes.
    """
    frame = rows.settled(book).dropna(subset=["theme"])
    orders = book.frame("orders", columns=["order_id", "source_platform", "source_post_id"])
    named = orders.dropna(subset=["source_post_id"]).groupby("source_post_id")["order_id"].nunique()
    if frame.empty:
        return pd.DataFrame(columns=["theme"])
    if len(named):
        frame["orders"] = frame["post_id"].map(named).fillna(0)
    base = frame["views"].fillna(frame["impressions"])
    frame = frame.assign(base=base).dropna(subset=["base", "orders"])
    # an account to which no order was ever traced says nothing of what its themes sell
    sold = frame.groupby("account")["orders"].transform("sum")
    frame = frame[(frame["base"] > 0) & (sold > 0)]
    if frame.empty:
        return pd.DataFrame(columns=["theme"])
    table = adjusted.rates(frame, "orders", "base", "theme", controls=["account"], cluster="week")
    sums = frame.groupby("theme").agg(orders=("orders", "sum"), views=("base", "sum"))
    table = table.merge(sums, left_on="theme", right_index=True)
    table["orders_per_mille"] = 1000 * table["rate"]
    best = table[table["low"] > 0].nlargest(1, "relative")
    for _, row in best.iterrows():
        book.find(
            "2.1.1",
            "medium",
            "2.1.1.sells",
            subject=book.translator.value(row["theme"]),
            figure=_relative(row),
            per_mille=row["orders_per_mille"],
        )
    order = [
        "theme",
        "orders",
        "views",
        "orders_per_mille",
        "relative",
        "low",
        "high",
        "p_value",
        "n",
    ]
    return table[order].sort_values("relative", ascending=False, ignore_index=True)


def _target(book, dimension, value):
    wanted = book.settings.audience.get(dimension, {})
    if dimension == "region":
        regions = book.settings.audience.get("regions", [])
        return 1 / len(regions) if value in regions else float("nan")
    return wanted.get(value, float("nan")) if isinstance(wanted, dict) else float("nan")


def _relative(row):
    method = adjusted.LOG_METHOD if "mean" in row.index else ratios.LINEARISED
    return Estimate(
        row["relative"], row["low"], row["high"], int(row["n"]), method, unit="fraction"
    )
