"""1.3.5: cross-posting, who leads and who follows, and how far audiences overlap."""

import numpy as np
import pandas as pd

from opsbook.data import indicators
from opsbook.estimate import Estimate
from opsbook.methods import lead_lag

WINDOW_DAYS = 180
TOPICS = r"[#＃][^\s#＃]+[#＃]?"
REPEAT_DAYS = 14
KEY = ["platform", "account_id"]


def crossposts(book):
    """Posts that appear word for word on another account within 14 days: one row per pair.

    Columns: first_account, second_account, posts, share (of the first account's posts),
    median_days (between both). The last 180 days; a post counts once per account that repeats it.
    """
    return book.once("crossposts", lambda: _crossposts(book))


def _crossposts(book):
    columns = ["first_account", "second_account", "posts", "share", "median_days"]
    end = pd.Timestamp(book.period.end)
    span = book.span(f"{(end - pd.Timedelta(days=WINDOW_DAYS - 1)).date()}/{end.date()}")
    rows = book.table("posts", period=span)
    rows = rows.select(*KEY, "post_id", "post_title", "post_message", "created_timestamp")
    frame = book.pandas(rows)
    if frame.empty:
        return pd.DataFrame(columns=columns)
    frame["account"] = _names(book, frame)
    total = frame.groupby("account").size()
    title, body = (frame[c].fillna("").str.strip() for c in ("post_title", "post_message"))
    # a body copied into a layout without titles still shows the same words, and topics differ
    text = title.where(title != "", body).str.split("\n").str[0]
    frame["words"] = text.str.replace(TOPICS, "", regex=True).str.strip().str.casefold()
    frame = frame[frame["words"].str.len() >= 4][["account", "words", "created_timestamp"]]
    both = frame.merge(frame, on="words", suffixes=("", "_later"))
    gap = (both["created_timestamp_later"] - both["created_timestamp"]).dt.total_seconds() / 86400
    both = both.assign(days=gap)
    both = both[(both["account"] != both["account_later"]) & both["days"].between(0, REPEAT_DAYS)]
    both = both.sort_values("days").drop_duplicates(["account", "account_later", "words"])
    if both.empty:
        return pd.DataFrame(columns=columns)
    table = both.groupby(["account", "account_later"])["days"].agg(
        posts="size", median_days="median"
    )
    table = table.reset_index().rename(
        columns={"account": "first_account", "account_later": "second_account"}
    )
    table["share"] = table["posts"] / table["first_account"].map(total)
    return table.sort_values("posts", ascending=False, ignore_index=True)[columns]


def lead_and_lag(book):
    """Which account's views move first: leader, follower, lag (days), correlation, low, high,
    p_value, p_adjusted (Holm over the pairs), n (days), is_planned: pairs that repeat posts are
    tested at the days between them. Posts at equal age, by day of publication.
    """
    return book.once("lead_lag", lambda: _lead_and_lag(book))


def _lead_and_lag(book):
    end = pd.Timestamp(book.period.end)
    frame = indicators.parts(
        book.store,
        ["views", "posts_published"],
        by=[*KEY, "date_day"],
        version=book.version,
        filters=book.filters,
        equal_age=int(book.settings.thresholds["equal_age_days"]),
    )
    book.asked.update(("posts", "post_daily"))
    frame["date_day"] = pd.to_datetime(frame["date_day"])
    frame = frame[(frame["date_day"] <= end) & (frame["date_day"] > end - pd.Timedelta(days=450))]
    if frame.empty:
        return pd.DataFrame(columns=lead_lag.COLUMNS)
    frame = frame.assign(account=_names(book, frame))
    wide = frame.pivot_table(
        index="date_day", columns=["indicator", "account"], values="numerator", aggfunc="sum"
    ).asfreq("D")
    if "views" not in wide.columns.get_level_values(0):
        return pd.DataFrame(columns=lead_lag.COLUMNS)
    # per post, so that posting more on a day is no shock of attention
    views = wide["views"]
    daily = views / wide["posts_published"].reindex(columns=views.columns).where(lambda d: d > 0)
    table = lead_lag.pairs(daily, planned=_planned(book))
    for row in table[(table["p_adjusted"] < 0.05) & (table["lag"] > 0)].head(2).itertuples():
        if row.correlation > 0:
            book.find(
                "1.3.5",
                "low",
                "1.3.5.leads",
                subject=row.leader,
                figure=Estimate(row.correlation, row.low, row.high, int(row.n), "Fisher z"),
                follower=row.follower,
                lag=int(row.lag),
            )
    return table


def _planned(book):
    """Pairs that repeat posts in one direction, and the days between: (first, second) -> lag."""
    table = crossposts(book)
    table = table[(table["posts"] >= 10) & (table["share"] >= 0.1)]
    return {
        (r.first_account, r.second_account): round(r.median_days)
        for r in table.drop_duplicates("second_account").itertuples()
        if 1 <= round(r.median_days) <= 7
    }


def overlap(book):
    """Audience overlap between accounts: first_account, second_account, profile_overlap (of age,
    gender, region and interest shares), people_shared and people_share where the same keyed
    people wrote to both (else empty: platforms do not share their users' keys).
    """
    shares = _profiles(book)
    people = _people(book)
    names = sorted(set(shares) | set(people))
    out = []
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            both = len(people[a] & people[b]) if a in people and b in people else 0
            least = min(len(people.get(a, ())), len(people.get(b, ())))
            out.append(
                (
                    a,
                    b,
                    _common(shares.get(a), shares.get(b)),
                    float(both) if both else np.nan,
                    both / least if both and least else np.nan,
                )
            )
    columns = ["first_account", "second_account", "profile_overlap", "people_shared"]
    frame = pd.DataFrame(out, columns=[*columns, "people_share"])
    frame = frame.dropna(subset=["profile_overlap", "people_shared"], how="all")
    return frame.sort_values("profile_overlap", ascending=False, ignore_index=True)


def both_ways(frame, value):
    """A pair table as a square one, for a heat map: first_account, second_account, value."""
    other = frame.rename(
        columns={"first_account": "second_account", "second_account": "first_account"}
    )
    whole = pd.concat([frame, other], ignore_index=True)
    return whole[["first_account", "second_account", value]].dropna()


def _profiles(book):
    frame = book.frame("audience_profile")
    frame = frame[frame["as_of_date"] <= pd.Timestamp(book.period.end)]
    if frame.empty:
        return {}
    newest = frame.groupby(KEY)["as_of_date"].transform("max")
    frame = frame[frame["as_of_date"] == newest]
    frame = frame.assign(account=_names(book, frame))
    return {
        account: part.set_index(["dimension", "value"])["share"].groupby(level=[0, 1]).mean()
        for account, part in frame.groupby("account")
    }


def _common(first, second):
    """Mean overlap of the shares over the dimensions that both have."""
    if first is None or second is None:
        return np.nan
    both = pd.concat([first, second], axis=1, keys=["a", "b"]).fillna(0.0)
    found = []
    for _, part in both.groupby(level=0):
        if part["a"].sum() > 0 and part["b"].sum() > 0:
            found.append(np.minimum(part["a"] / part["a"].sum(), part["b"] / part["b"].sum()).sum())
    return float(np.mean(found)) if found else np.nan


def _people(book):
    """People who wrote to each account, as sets of keys."""
    sets = {}
    for table in ("comments", "messages"):
        rows = book.table(table)
        rows = rows.filter(rows.person_key.notnull()).select(*KEY, "person_key").distinct()
        frame = rows.to_pandas()
        if frame.empty:
            continue
        for account, part in frame.assign(account=_names(book, frame)).groupby("account"):
            sets.setdefault(account, set()).update(part["person_key"])
    return sets


def _names(book, frame):
    words = book.translator.value
    return [
        f"{words(p)} · {a}" for p, a in zip(frame["platform"], frame["account_id"], strict=True)
    ]
