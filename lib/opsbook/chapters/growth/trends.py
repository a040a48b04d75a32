"""10.3.1 and 10.3.2: what is rising, what comes every year, and which new formats deserve more tries."""

from collections import Counter

import numpy as np
import pandas as pd

from opsbook.chapters.growth import rows
from opsbook.estimate import Estimate
from opsbook.methods import adjusted, explore, rising

RECENT_WEEKS, EARLIER_WEEKS = 8, 26
NEW_DAYS = 120
NEXT_TRIES = 10


def hashtags(book):
    """Hashtags that are used more than before in the posts that the workbook sees.

    Columns: word, source (own, competitors), now, before (posts of the last 8 weeks and of the 26 before), growth
    (of the rate per post) with low and high, p_adjusted (false discovery rate over all terms), verdict (growing, fading, not_told).
    """
    frame = rows.posts(book)
    own = pd.DataFrame({"at": frame["at"], "terms": frame["tags"]})
    theirs = book.frame("competitors").dropna(subset=["text"])
    theirs = theirs[theirs["date_day"] < rows.end(book)]
    tags = theirs["text"].str.findall(r"#([^\s#]+)")
    theirs = pd.DataFrame({"at": theirs["date_day"], "terms": tags})
    return _rising(book, {"own": own, "competitors": theirs}, "10.3.1.rising")


def topics(book):
    """Themes of posts, one's own and competitors', that grow: columns as in `hashtags`."""
    frame = rows.posts(book)
    own = pd.DataFrame({"at": frame["at"], "terms": [[t] if isinstance(t, str) else [] for t in frame["theme"]]})  # fmt: skip
    theirs = book.frame("competitors").dropna(subset=["theme"])
    theirs = theirs[theirs["date_day"] < rows.end(book)]
    theirs = pd.DataFrame({"at": theirs["date_day"], "terms": [[t] for t in theirs["theme"]]})
    return _rising(book, {"own": own, "competitors": theirs}, None)


def _rising(book, sources, message):
    turn = rows.end(book) - pd.Timedelta(weeks=RECENT_WEEKS)
    start = turn - pd.Timedelta(weeks=EARLIER_WEEKS)
    columns = ["word", "source", "now", "before", "growth", "low", "high", "p_adjusted", "verdict"]
    parts = []
    for source, frame in sources.items():
        now, before = frame[frame["at"] >= turn], frame[frame["at"].between(start, turn)]
        # an archive of a few weeks has no "before" to grow from
        if len(now) < 20 or len(before) < 20:
            continue
        a, b = (Counter(t for terms in s["terms"] for t in set(terms)) for s in (now, before))
        counts = pd.DataFrame({"term": sorted(set(a) | set(b))})
        counts["now"], counts["before"] = counts["term"].map(a), counts["term"].map(b)
        counts = counts.fillna({"now": 0, "before": 0})
        counts = counts[counts["now"] + counts["before"] >= 5]
        found = rising.terms(counts, "term", "now", "before", len(now), len(before))
        found = found.reindex(
            columns=[*found.columns.drop("is_falling", errors="ignore"), "is_falling"]
        )
        parts.append(found.assign(source=source))
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True)
    up, down = table["is_rising"].eq(True), table["is_falling"].eq(True)
    table = table.rename(columns={"term": "word"})
    table["verdict"] = np.select([up, down], ["growing", "fading"], "not_told")
    for name in ("now", "before"):
        table[name] = table[name].astype(int)
    table = table.sort_values("p_value", ignore_index=True)[columns]
    if message:
        for row in table[(table["verdict"] == "growing")].head(3).itertuples():
            new = not np.isfinite(row.growth)
            book.find(
                "10.3.1", "low", "10.3.1.new" if new else message, subject=f"#{row.word}",
                figure=Estimate(row.low if new else row.growth, row.low,
                                row.low if new else row.high, row.now + row.before,
                                rising.METHOD, unit="fraction"),
                now=row.now, before=row.before, source=book.translator.value(row.source),
                owner="content",
            )  # fmt: skip
    return table


def seasonality(book):
    """What recurs: orders per day by weekday and by month of the year, against the average level.

    Columns: cycle (weekday, month), level (its number, 0 Monday; 1 January), per_day, relative, low, high (days
    as units, in clusters of weeks), years (how often the level was seen), verdict (season, once: a month seen in one year may be a
    season or a trend, not_told).
    """
    columns = ["cycle", "level", "per_day", "relative", "low", "high", "years", "verdict"]
    sold = rows.orders(book)
    if sold.empty:
        return pd.DataFrame(columns=columns)
    per = sold.groupby(sold["at"].dt.normalize())["order_id"].nunique()
    index = pd.date_range(per.index.min(), rows.end(book) - pd.Timedelta(days=1), freq="D")
    daily = pd.DataFrame({"day": index, "orders": per.reindex(index, fill_value=0).to_numpy(float)})
    daily["week"] = daily["day"].dt.to_period("W-SUN").dt.start_time
    daily["quarter"] = daily["day"].dt.to_period("Q").astype(str)
    daily["year"] = daily["day"].dt.year
    daily["weekday"] = daily["day"].dt.day_of_week
    daily["month"] = daily["day"].dt.month
    parts = []
    for cycle, controls in (("weekday", ["quarter"]), ("month", ["weekday"])):
        if daily[cycle].nunique() < 2 or len(daily) < 56:
            continue
        # unlike order counts of posts, a day's mean is what a season multiplies
        found = adjusted.rates(
            daily.assign(one=1.0), "orders", "one", cycle, controls=controls, cluster="week"
        )
        found = found.rename(columns={cycle: "level"}).assign(cycle=cycle)
        found["per_day"] = found["level"].map(daily.groupby(cycle)["orders"].mean())
        found["years"] = found["level"].map(daily.groupby(cycle)["year"].nunique())
        told = (found["low"] > 0) | (found["high"] < 0)
        once = (found["years"] < 2) if cycle == "month" else pd.Series(False, index=found.index)
        found["verdict"] = np.select([told & ~once, told & once], ["season", "once"], "not_told")
        parts.append(found)
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)[columns]


def _tried(book):
    """Posts of the accounts that tried something new, with their arm: the new format or "usual"."""
    frame = rows.settled(book).dropna(subset=["value"])
    start = rows.end(book) - pd.Timedelta(days=NEW_DAYS)
    out = []
    for account, part in frame.groupby("account"):
        arms = part["format"].where(part["format"].notna() & (part["format"] != ""))
        # a type that the account had never used before the window is new as well
        first = part.groupby("post_type")["at"].min()
        began = part["at"].min()
        if began < start - pd.Timedelta(days=56):
            fresh = set(first.index[first >= start]) - {"unknown"}
            arms = arms.fillna(part["post_type"].where(part["post_type"].isin(fresh)))
        names = part.assign(tried=arms)
        names = names[names["at"] >= start]
        if names["tried"].notna().any():
            out.append(names.assign(tried=names["tried"].fillna("usual"), account=account))
    return pd.concat(out, ignore_index=True) if out else frame.head(0).assign(tried=None)


def formats(book, tries=NEXT_TRIES):
    """New formats of the last 120 days: what was tried, what it showed, and how many of the next posts it should get.

    tries: posts to give out per account. Columns: platform, account_id, tried (usual or the new format), first_used, posts, relative
    (interactions against the usual ones, drawn to no effect where tries are few) with low and high, probability_better,
    probability_best, next_posts, verdict (more, keep_trying, stop).
    """
    frame = _tried(book)
    columns = ["platform", "account_id", "tried", "first_used", "posts", "relative", "low", "high",
               "probability_better", "probability_best", "next_posts", "verdict"]  # fmt: skip
    parts = []
    for (platform, account), part in frame.groupby(["platform", "account_id"]):
        arms = explore.effects(part, "value", "tried", usual="usual")
        if not (arms["tried"] == "usual").any() or arms["mean"].isna().all():
            continue
        usual = arms["tried"] == "usual"
        # the usual way is known: its own level is what the new ones are measured against
        arms.loc[usual, ["mean", "variance"]] = 0.0, 1e-6
        given = explore.allocate(arms, tries)
        given["first_used"] = given["tried"].map(part.groupby("tried")["at"].min().dt.normalize())
        for name, column in (("relative", "posterior"), ("low", "low"), ("high", "high")):
            given[name] = np.expm1(given[column])
        given["posts"] = given["n"]
        given["next_posts"] = given["next_tries"]
        given["verdict"] = np.select(
            [given["tried"] == "usual", given["probability_better"] >= 0.95,
             given["probability_better"] < 0.05],
            ["usual", "more", "stop"], "keep_trying",
        )  # fmt: skip
        parts.append(given.assign(platform=platform, account_id=account))
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True)[columns]
    usual = table["tried"] == "usual"
    table.loc[usual, ["relative", "low", "high", "probability_better"]] = np.nan
    for row in table[~usual].itertuples():
        book.find(
            "10.3.2", "low" if row.verdict == "keep_trying" else "medium", f"10.3.2.{row.verdict}",
            subject=f"{book.translator.value(row.tried)} · {book.translator.value(row.platform)}",
            figure=Estimate(row.relative, row.low, row.high, row.posts,
                            "normal posterior, Thompson sampling", unit="fraction"),
            posts=row.posts, next=row.next_posts, tries=tries, chance=row.probability_better,
            owner="content",
        )  # fmt: skip
    return table.sort_values(["platform", "probability_best"], ascending=[True, False],
                             ignore_index=True)  # fmt: skip


def format_posts(book):
    """Each try beside the usual posts of its account: platform, date_day, name, tried, interactions, against_usual."""
    frame = _tried(book)
    columns = ["date_day", "platform", "name", "tried", "interactions", "against_usual"]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    usual = frame[frame["tried"] == "usual"].groupby("account")["value"].median()
    base = frame["account"].map(usual)
    frame["against_usual"] = frame["value"] / base.where(base > 0) - 1
    frame = frame[frame["tried"] != "usual"]
    return frame[columns].sort_values("date_day", ascending=False, ignore_index=True)
