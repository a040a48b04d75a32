"""2.3: feedback by theme and format, competitors, retrospective, and the period's posts one by one."""

import numpy as np
import pandas as pd

from opsbook.chapters.content import rows
from opsbook.chapters.content.planning import themes
from opsbook.estimate import Estimate
from opsbook.methods import adjusted, ratios

FEEDBACK = ("comments", "likes", "shares", "saves", "reposts")


def feedback(book, by="theme"):
    """Comments, likes and shares per 1,000 views by theme or format.

    Columns: by, posts, views, then per kind the rate per 1,000 with _low and _high.
    """
    frame = rows.settled(book)
    if frame.empty:
        return pd.DataFrame(columns=[by])
    frame["base"] = frame["views"].fillna(frame["impressions"]).fillna(frame["reach"])
    frame = frame.dropna(subset=[by])
    if frame.empty:
        return pd.DataFrame(columns=[by])
    table = frame.groupby(by).agg(posts=("post_id", "size"), views=("base", "sum"))
    for kind in FEEDBACK:
        known = frame.dropna(subset=[kind, "base"])
        if known.empty or known["base"].sum() == 0:
            # without any exposure the count per post is what can be compared
            known = frame.dropna(subset=[kind]).assign(base=1000.0)
        if known.empty:
            continue
        rate = ratios.ratio(known, kind, "base", by=by, unit="week").set_index(by)
        for name, column in (("", "value"), ("_low", "low"), ("_high", "high")):
            table[f"{kind}_per_mille{name}"] = 1000 * rate[column]
    return table.reset_index()


def formats(book):
    """Each format per platform against the platform's average: platform, post_type, n, relative, low, high."""
    frame = rows.settled(book)
    parts = []
    for platform, part in frame.groupby("platform"):
        if part["post_type"].nunique() > 1:
            table = adjusted.means(
                part,
                "value",
                "post_type",
                controls=["account", "theme", "daypart", "is_boosted"],
                cluster="week",
            )
            parts.append(table.assign(platform=platform))
    if not parts:
        return pd.DataFrame(columns=["platform", "post_type"])
    table = pd.concat(parts, ignore_index=True)
    for _, row in table[table["low"] > 0.05].nlargest(3, "relative").iterrows():
        book.find(
            "2.3.1",
            "low",
            "2.3.1.format",
            subject=f"{book.translator.value(row['platform'])}: {book.translator.value(row['post_type'])}",
            figure=Estimate(
                row["relative"],
                row["low"],
                row["high"],
                int(row["n"]),
                adjusted.LOG_METHOD,
                unit="fraction",
            ),
        )
    return table[
        ["platform", "post_type", "mean", "n", "relative", "low", "high", "p_value", "enough"]
    ]


def against_competitors(book, days=90):
    """Own accounts beside competitors: posts per week, engagements per post and per 1,000 followers.

    Columns: platform, name, is_own, posts_per_week, engagements_per_post, per_mille_followers
    (engagements of a post per 1,000 followers), low, high (over weeks), followers.
    """
    start = pd.Timestamp(book.period.end) - pd.Timedelta(days=days - 1)
    theirs = book.frame("competitors")
    theirs = theirs[theirs["date_day"].between(start, pd.Timestamp(book.period.end))]
    if theirs.empty:
        return pd.DataFrame(columns=["platform", "name"])
    ours = rows.posts(book)
    ours = ours[ours["date_day"] >= start]
    fans = book.frame("follower_daily").dropna(subset=["followers_total"])
    out = []
    for platform, part in theirs.groupby("platform"):
        for name, rival in part.groupby("competitor_name"):
            days_ = rival[rival["item_id"].fillna("") == ""]
            rival = days_ if len(days_) else rival
            week = rival["date_day"].dt.to_period("W-SUN").astype(str)
            followers = rival.sort_values("date_day")["followers_total"].dropna()
            out.append(
                _side(
                    platform,
                    name,
                    False,
                    rival["posts"].fillna(0),
                    rival["engagements"].fillna(0),
                    week,
                    followers.iloc[-1] if len(followers) else np.nan,
                    days,
                )
            )
        own = ours[ours["platform"] == platform]
        if len(own):
            total = (
                fans[fans["platform"] == platform]
                .sort_values("date_day")
                .groupby("account_id")["followers_total"]
                .last()
                .sum()
            )
            week = own["week"].astype(str)
            out.append(
                _side(
                    platform,
                    book.settings.brand_name(book.language),
                    True,
                    pd.Series(1, index=own.index),
                    own["value"].fillna(0),
                    week,
                    total or np.nan,
                    days,
                )
            )
    columns = [
        "platform",
        "name",
        "is_own",
        "posts_per_week",
        "engagements_per_post",
        "per_mille_followers",
        "low",
        "high",
        "followers",
    ]
    table = pd.DataFrame(out, columns=columns)
    for platform, part in table.groupby("platform"):
        own, rest = part[part["is_own"]], part[~part["is_own"]]
        if len(own) and len(rest) and own["high"].iloc[0] < rest["per_mille_followers"].median():
            row = own.iloc[0]
            book.find(
                "2.3.1",
                "medium",
                "2.3.1.behind",
                subject=book.translator.value(platform),
                figure=Estimate(
                    row["per_mille_followers"],
                    row["low"],
                    row["high"],
                    days,
                    ratios.LINEARISED,
                    unit="times",
                ),
                theirs=rest["per_mille_followers"].median(),
            )
    return table


def share_of_voice(book):
    """Share of mentions by week: week, name, mentions, share (of all brands that week)."""
    frame = book.frame("mentions")
    frame = frame[
        frame["created_timestamp"] <= pd.Timestamp(book.period.end) + pd.Timedelta(days=1)
    ]
    if frame.empty:
        return pd.DataFrame(columns=["week", "name", "mentions", "share"])
    frame["week"] = frame["created_timestamp"].dt.to_period("W-SUN").dt.start_time
    table = frame.groupby(["week", "subject"]).size().rename("mentions").reset_index()
    table["share"] = table["mentions"] / table.groupby("week")["mentions"].transform("sum")
    return table.rename(columns={"subject": "name"})


def retrospective(book):
    """What worked, what did not, what to try: kind (worked, did_not, try), what, relative, low, high, n.

    Out of themes and formats told apart from the average; to try are those with the widest
    interval and few posts.
    """
    theme = themes(book).assign(dimension="theme")
    form = formats(book).assign(dimension="post_type")
    if theme.empty and form.empty:
        return pd.DataFrame(columns=["kind", "dimension", "what"])
    theme = theme.rename(columns={"theme": "level"})
    form["level"] = form["post_type"]
    both = pd.concat([theme, form], ignore_index=True)
    both = both[both["enough"].astype(bool)]
    both["kind"] = np.select([both["low"] > 0, both["high"] < 0], ["worked", "did_not"], "try")
    wide = both["high"] - both["low"]
    tried = (
        both[(both["kind"] == "try") & (both["high"] > 0.1)].assign(width=wide).nlargest(4, "width")
    )
    kept = pd.concat([both[both["kind"] != "try"], tried])
    order = {"worked": 0, "did_not": 1, "try": 2}
    kept = kept.sort_values(
        ["kind", "relative"],
        key=lambda s: s.map(order) if s.name == "kind" else -s,
        ignore_index=True,
    )
    if "platform" not in kept:
        kept["platform"] = None
    return kept[["kind", "dimension", "platform", "level", "relative", "low", "high", "n"]]


def post_indicators(book):
    """The period's posts against their account's own baseline at equal age.

    Columns: date_day, platform, name, post_type, theme, views, completion_rate,
    engagement_rate, interactions, orders_per_mille, baseline (median interactions of the account's
    90 days before), against_baseline (relative), percentile (of that history), is_preliminary.
    """
    now = rows.period(book)
    if now.empty:
        return pd.DataFrame(columns=["date_day", "platform", "name"])
    history = rows.settled(book)
    history = history[
        (history["date_day"] < pd.Timestamp(book.period.start))
        & (history["date_day"] >= pd.Timestamp(book.period.start) - pd.Timedelta(days=90))
    ]
    base = now["views"].fillna(now["impressions"])
    now["engagement_rate"] = now["value"] / base.where(base > 0)
    now["orders_per_mille"] = 1000 * now["orders"] / base.where(base > 0)
    groups = {k: np.sort(g["value"].dropna().to_numpy()) for k, g in history.groupby("account")}
    now["baseline"] = [
        np.median(groups[a]) if len(groups.get(a, ())) >= 8 else np.nan for a in now["account"]
    ]
    now["against_baseline"] = now["value"] / now["baseline"].where(now["baseline"] > 0) - 1
    now["percentile"] = [
        np.searchsorted(groups[a], v) / len(groups[a]) if len(groups.get(a, ())) >= 8 else np.nan
        for a, v in zip(now["account"], now["value"], strict=True)
    ]
    done = now.dropna(subset=["against_baseline"])
    if len(done):
        book.say(
            "2.3.2",
            "2.3.2.said",
            n=len(now),
            share=float((done["against_baseline"] > 0).mean()),
            preliminary=int(now["is_preliminary"].sum()),
        )
    order = [
        "date_day",
        "platform",
        "account_id",
        "name",
        "post_type",
        "theme",
        "views",
        "completion_rate",
        "engagement_rate",
        "interactions",
        "orders_per_mille",
        "baseline",
        "against_baseline",
        "percentile",
        "is_preliminary",
    ]
    return now[order].sort_values("against_baseline", ascending=False, ignore_index=True)


def outliers(book):
    """Posts outside the range their account, format, theme and time would lead one to expect.

    Columns: date_day, platform, name, interactions, expected, low, high (95 % range), direction
    (above, below), explained_by (the features that set it apart from the account's usual post).
    By `methods.expected_range`, fitted on posts before the period.
    """
    from opsbook.chapters.content.drafts import fitted

    now = rows.period(book)
    fit = fitted(book, before=book.period.start)
    if now.empty or fit is None:
        return pd.DataFrame(
            columns=["date_day", "platform", "name", "interactions", "expected", "low", "high",
                     "direction", "explained_by", "is_preliminary"]
        )  # fmt: skip
    expected = fit.predict(now, level=0.95)
    now = pd.concat([now.reset_index(drop=True), expected], axis=1)
    now["direction"] = np.select(
        [now["value"] > now["high"], now["value"] < now["low"]], ["above", "below"], "inside"
    )
    # a young post that is still growing is not yet below what is expected
    out = now[
        (now["direction"] == "above") | ((now["direction"] == "below") & ~now["is_preliminary"])
    ]
    usual = rows.settled(book)
    out = out.assign(explained_by=[_explained(book, row, usual) for _, row in out.iterrows()])
    for _, row in out[out["direction"] == "above"].nlargest(3, "value").iterrows():
        book.find(
            "2.3.2",
            "low",
            "2.3.2.above",
            subject=row["name"],
            figure=Estimate(
                row["value"], row["low"], row["high"], len(usual), "expected range", unit="times"
            ),
            expected=row["expected"],
            why=row["explained_by"],
            platform=book.translator.value(row["platform"]),
        )
    for _, row in out[out["direction"] == "below"].nsmallest(3, "value").iterrows():
        book.find(
            "2.3.2",
            "medium",
            "2.3.2.below",
            subject=row["name"],
            figure=Estimate(
                row["value"], row["low"], row["high"], len(usual), "expected range", unit="times"
            ),
            expected=row["expected"],
            why=row["explained_by"],
            platform=book.translator.value(row["platform"]),
        )
    order = [
        "date_day",
        "platform",
        "name",
        "interactions",
        "expected",
        "low",
        "high",
        "direction",
        "explained_by",
        "is_preliminary",
    ]
    return out[order].reset_index(drop=True)


def _side(platform, name, own, posts, engagements, week, followers, days):
    total = pd.DataFrame(
        {"p": posts.to_numpy(float), "e": engagements.to_numpy(float), "week": week.to_numpy()}
    )
    rate = ratios.ratio(total, "e", "p", unit="week", kind="yield").iloc[0]
    scale = 1000 / followers if followers and followers == followers else np.nan
    return (
        platform,
        name,
        own,
        total["p"].sum() / (days / 7),
        rate["value"],
        rate["value"] * scale,
        rate["low"] * scale,
        rate["high"] * scale,
        followers,
    )


def _explained(book, row, usual):
    """What sets a post apart from the account's usual one, in words."""
    same = usual[usual["account"] == row["account"]]
    words = []
    if len(same) >= 10:
        for flag in ("has_question", "has_vote", "has_lottery"):
            if row[flag] and same[flag].mean() < 0.3:
                words.append(str(book.translator.value(flag)))
        if row["is_boosted"] and same["is_boosted"].mean() < 0.3:
            words.append(str(book.translator.value("boosted")))
        if pd.notna(row["theme"]) and (same["theme"] == row["theme"]).mean() < 0.15:
            words.append(str(book.translator.value(row["theme"])))
        if (same["post_type"] == row["post_type"]).mean() < 0.2:
            words.append(str(book.translator.value(row["post_type"])))
    return book.t("shown.list").join(words) if words else book.t("2.3.2.nothing")
