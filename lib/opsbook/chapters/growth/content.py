"""10.1.2: what original content pays, how long posts live, and which ones never stop."""

import numpy as np
import pandas as pd

from opsbook.chapters.growth import rows
from opsbook.data.views.posts import POST
from opsbook.estimate import Estimate
from opsbook.methods import accrual, adjusted

WINDOW_DAYS = 365


def original(book):
    """Original content by platform: share of posts, and its pay-off against reposted content.

    Columns: platform ("all" first), posts, original_share, value_share (of all interactions), relative (original
    against not, on the same account, format, theme, time), low, high, p_value, enough.
    """
    frame = rows.settled(book, WINDOW_DAYS).dropna(subset=["is_original", "value"])
    columns = ["platform", "posts", "original_share", "value_share", "relative", "low", "high",
               "p_value", "enough"]  # fmt: skip
    if frame.empty:
        return pd.DataFrame(columns=columns)
    frame["kind"] = np.where(frame["is_original"].astype(bool), "original", "other")
    out = [("all", *_paid(frame))]
    out += [(p, *_paid(part)) for p, part in frame.groupby("platform")]
    table = pd.DataFrame(out, columns=columns)
    whole = table.iloc[0]
    if whole["low"] > 0 or whole["high"] < 0:
        kind = "10.1.2.original" if whole["low"] > 0 else "10.1.2.original_less"
        book.find("10.1.2", "low", kind, subject=book.translator.value("original"),
                  figure=_estimate(whole, len(frame)), share=whole["original_share"],
                  owner="content")  # fmt: skip
    return table


def _paid(part):
    share = float((part["kind"] == "original").mean())
    total = part["value"].sum()
    mass = part.loc[part["kind"] == "original", "value"].sum() / total if total > 0 else np.nan
    found = adjusted.means(
        part, "value", "kind", controls=["account", "post_type", "theme", "daypart", "is_boosted", "month"],
        cluster="week",
    )  # fmt: skip
    row = found[found["kind"] == "original"]
    if not len(row) or not bool(row["enough"].iloc[0]):
        return (len(part), share, mass, np.nan, np.nan, np.nan, np.nan, False)
    row = row.iloc[0]
    # two levels: the distance between them is twice that to their mean, on the log
    span = [(1 + row[c]) ** 2 - 1 for c in ("relative", "low", "high")]
    return (len(part), share, mass, *span, row["p_value"], True)


def snapshots(book):
    """Cumulative views (or impressions) of posts by age: platform, post_id, age_h, value."""
    return book.once("growth.snapshots", lambda: _snapshots(book)).copy()


def _snapshots(book):
    daily = book.table("post_daily")
    daily = daily.filter(daily.basis == "cumulative")
    measures = ("views", "impressions", "engagements", "likes")
    frame = book.pandas(daily.select(*POST, "as_of_date", *measures))
    born = rows.posts(book)[[*POST, "at", "created_precision", "name", "date_day"]]
    frame = frame.merge(born, on=list(POST))
    # an export of the morning after the period stands for its last day
    frame = frame[frame["as_of_date"] <= rows.end(book)]
    # one figure per platform, so that a curve never mixes two: the first that it reports
    frame["value"] = np.nan
    for _, part in frame.groupby("platform"):
        known = [m for m in measures if part[m].notna().mean() > 0.5]
        if known:
            frame.loc[part.index, "value"] = part[known[0]].to_numpy(float)
    # a snapshot stands for the end of its day; a post without a time is taken to be out at noon
    at = frame["at"].where(
        frame["created_precision"].fillna("minute") != "day",
        frame["date_day"] + pd.Timedelta(hours=12),
    )
    frame["age_h"] = (frame["as_of_date"] + pd.Timedelta(days=1) - at).dt.total_seconds() / 3600
    frame["key"] = frame["account_id"] + "|" + frame["post_id"]
    return frame[["platform", "account_id", "post_id", "key", "name", "date_day", "age_h", "value"]]


def half_lives(book):
    """Half-life of ordinary posts per platform in hours: platform, half_life_h, low, high, n, enough."""
    frame = snapshots(book)
    out = []
    for platform, part in frame.groupby("platform"):
        found = accrual.half_life(part, post="key")
        out.append((platform, found.value, found.low, found.high, found.n, found.enough))
    columns = ["platform", "half_life_h", "low", "high", "n", "enough"]
    table = pd.DataFrame(out, columns=columns).sort_values("half_life_h", ignore_index=True)
    known = table.dropna(subset=["half_life_h"])
    if len(known) > 1:
        first, last = known.iloc[0], known.iloc[-1]
        book.say("10.1.2", "10.1.2.said", short=book.translator.value(first["platform"]),
                 short_h=first["half_life_h"], long=book.translator.value(last["platform"]),
                 long_h=last["half_life_h"])  # fmt: skip
    return table


def evergreen(book):
    """Posts that still earn after two months, worth refreshing or boosting.

    Columns: platform, name, date_day, views, late_share (earned after the first days), usual (the
    platform's median), z, post_id.
    """
    frame = snapshots(book)
    columns = ["platform", "name", "date_day", "views", "late_share", "usual", "z", "post_id"]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    found = accrual.evergreen(frame, group="platform", post="key")
    found = found[found["is_evergreen"].astype(bool)]
    about = frame.drop_duplicates("key").set_index("key")
    for column in ("name", "date_day", "post_id"):
        found[column] = found["key"].map(about[column])
    table = found.rename(columns={"value": "views"})[columns].reset_index(drop=True)
    if len(table):
        top = table.nlargest(1, "views").iloc[0]
        book.find("10.1.2", "low", "10.1.2.evergreen", subject=top["name"], figure=len(table),
                  unit="posts", n=len(frame["key"].unique()), late=float(table["late_share"].median()),
                  platform=book.translator.value(top["platform"]), owner="content")  # fmt: skip
    return table


def _estimate(row, n):
    return Estimate(row["relative"], row["low"], row["high"], int(n), adjusted.LOG_METHOD,
                    unit="fraction")  # fmt: skip
