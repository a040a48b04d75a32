"""1.1.1 to 1.1.6: what the accounts of each type bring, by the figures that matter for the type."""

import pandas as pd

from opsbook import config
from opsbook.data import indicators
from opsbook.data.views import labelled, local_day, post_metrics
from opsbook.data.views.posts import POST
from opsbook.estimate import Estimate
from opsbook.methods import ratios

TYPES = {
    "microblog": "1.1.1",
    "messaging": "1.1.2",
    "short_video": "1.1.3",
    "live": "1.1.4",
    "forum": "1.1.5",
    "social_commerce": "1.1.6",
}
WINDOW_DAYS = 90
KEY = ["platform", "account_id"]


def types(book):
    """The six types and the brand's accounts of each: section, account_type, platforms, accounts."""
    placed = _places(book)
    out = []
    for name, section in TYPES.items():
        known = [
            k
            for k, a in config.reference("platforms.toml").items()
            if a["account_type"] == section and a["kind"] == "content"
        ]
        own = placed[placed["account_type"] == name]
        words = book.t("shown.list")
        out.append(
            (
                section,
                name,
                words.join(str(book.translator.value(k)) for k in known),
                words.join(_names(book, own)) or "–",
                len(own),
            )
        )
    return pd.DataFrame(out, columns=["section", "account_type", "platforms", "accounts", "count"])


def microblog(book):
    """Reach and spread of the microblogs: account, posts, reach_per_post, views_per_post,
    shares_and_reposts, repost_share (per view), cascades, depth, largest (reposts of one post).
    """
    frame = _figures(
        book,
        "microblog",
        ["posts_published", "views", "reach", "shares_and_reposts", "share_rate_by_views"],
    )
    if frame.empty:
        return frame
    posts = frame["posts_published"].where(frame["posts_published"] > 0)
    frame["views_per_post"] = frame["views"] / posts
    frame["reach_per_post"] = frame["reach"] / posts
    edges = book.table("reposts").group_by([*KEY, "original_post_id"])
    edges = edges.aggregate(reposts=lambda t: t.count(), depth=lambda t: t.depth.max()).to_pandas()
    spread = edges.groupby(KEY).agg(
        cascades=("reposts", "size"), largest=("reposts", "max"), depth=("depth", "max")
    )
    return frame.merge(spread, left_on=KEY, right_index=True, how="left").drop(columns=KEY)


def messaging(book):
    """Depth of messaging and private-domain accounts: account, people (who wrote in the window),
    returning_share (wrote on two days or more) with low, high, message_share (of all that people
    wrote), followers_total, unfollow_share, interactions_per_mille followers.
    """
    frame = _figures(
        book, "messaging", ["followers_total", "interactions", "unfollow_share", "views"]
    )
    if frame.empty:
        return frame
    span = _span(book)
    people = _people(book, span)
    frame = frame.merge(people, on=KEY, how="left")
    followers = frame["followers_total"].where(frame["followers_total"] > 0)
    frame["interactions_per_mille"] = 1000 * frame["interactions"] / followers
    for row in frame.itertuples():
        if row.people > 20 and row.high < 0.1:
            book.find(
                "1.1.2",
                "low",
                "1.1.2.few_return",
                subject=row.account,
                figure=Estimate(
                    row.returning_share,
                    row.low,
                    row.high,
                    int(row.people),
                    "Wilson",
                    unit="fraction",
                ),
            )
    return frame.drop(columns=KEY)


def short_video(book):
    """Exposure of short video: account, posts, views, views_per_post, completion_rate, avg_watch_s,
    rate_5s where exported, share of the plays that stay.
    """
    frame = _figures(
        book, "short_video", ["posts_published", "views", "post_impressions", "completion_rate"]
    )
    if frame.empty:
        return frame
    posts = frame["posts_published"].where(frame["posts_published"] > 0)
    frame["views_per_post"] = frame["views"] / posts
    daily = book.table("post_daily", period=_span(book)).group_by(KEY)
    watch = daily.aggregate(
        avg_watch_s=lambda t: t.avg_watch_s.mean(), rate_5s=lambda t: t.rate_5s.mean()
    ).to_pandas()
    return frame.merge(watch, on=KEY, how="left").drop(columns=KEY)


def live_sessions(book):
    """Live sessions up to the period's end, newest first: session_title, platform, started_at,
    viewers, peak_concurrent, avg_dwell_s, interactions, orders, gmv, gmv_per_viewer.
    """
    frame = book.frame("live_sessions")
    frame = frame[frame["started_at"] < pd.Timestamp(book.period.end) + pd.Timedelta(days=1)]
    if frame.empty:
        return pd.DataFrame(columns=["session_id", "platform"])
    frame = frame.sort_values("started_at", ascending=False)
    frame["interactions"] = frame[["likes", "comments", "shares"]].sum(axis=1, min_count=1)
    frame["gmv_per_viewer"] = frame["gmv"] / frame["viewers"].where(frame["viewers"] > 0)
    columns = ["session_title", "platform", "started_at", "viewers", "peak_concurrent"]
    columns += ["avg_dwell_s", "interactions", "orders", "gmv", "gmv_per_viewer"]
    return frame[columns].reset_index(drop=True)


def live_minutes(book):
    """The minutes of the newest session that has them: minute, online, orders, gmv, theme."""
    minutes = _minutes(book)
    if minutes.empty:
        return minutes
    newest = minutes.sort_values("started_at")["session_id"].iloc[-1]
    frame = minutes[minutes["session_id"] == newest].sort_values("minute")
    return frame[["minute", "online", "orders", "gmv", "theme"]].reset_index(drop=True)


def selling_minutes(book):
    """Which minutes sold: segment theme, sessions, minutes, orders per 1,000 viewer-minutes with low,
    high, against all others; gmv and its share. Sessions are the units that vary.
    """
    minutes = _minutes(book)
    known = minutes.dropna(subset=["theme"]) if len(minutes) else minutes
    if known.empty:
        return pd.DataFrame(columns=["theme", "orders_per_mille"])
    rate = ratios.ratio(known, "orders", "online", by="theme", unit="session_id", kind="yield")
    rate[["value", "low", "high"]] *= 1000
    sums = known.groupby("theme").agg(
        sessions=("session_id", "nunique"), minutes=("minute", "size"), gmv=("gmv", "sum")
    )
    table = rate.merge(sums, left_on="theme", right_index=True)
    table["gmv_share"] = table["gmv"] / table["gmv"].sum()
    table = table.rename(columns={"value": "orders_per_mille"})
    table = table.sort_values("orders_per_mille", ascending=False, ignore_index=True)
    whole = 1000 * known["orders"].sum() / max(known["online"].sum(), 1)
    best = table.iloc[0]
    if best["enough"] and best["low"] > whole:
        book.find(
            "1.1.4",
            "medium",
            "1.1.4.sells",
            subject=str(book.translator.value(best["theme"])),
            figure=Estimate(
                best["orders_per_mille"], best["low"], best["high"], int(best["n"]), best["method"]
            ),
            mean=whole,
            share=best["gmv_share"],
        )
    columns = ["theme", "sessions", "minutes", "orders_per_mille", "low", "high", "n", "gmv"]
    return table[[*columns, "gmv_share"]]


def forum(book):
    """Topic reach and discussion depth: one row per account and theme of its posts, last 90 days.

    Columns: account, theme, posts, views, views_per_post, comments, comments_per_mille (of views),
    replies (answers below comments), thread_depth (answers per comment), people.
    """
    columns = ["account", "theme", "posts", "views", "views_per_post", "comments",
               "comments_per_mille", "replies", "thread_depth", "people"]  # fmt: skip
    placed = _places(book)
    placed = placed.loc[placed["account_type"] == "forum", KEY]
    span = _span(book)
    posts = book.view(
        "posts_span", lambda s, z, version: post_metrics(s, z, version=version, span=span)
    )
    posts = posts.merge(placed, on=KEY, how="inner")
    if posts.empty:
        return pd.DataFrame(columns=columns)
    themes = book.view("label:theme", lambda s, _, version: labelled(s, "theme", version=version))
    posts = posts.merge(themes[[*POST, "label"]], on=list(POST), how="left")
    talk = book.frame("comments").merge(posts[list(POST)], on=list(POST), how="inner")
    talk["is_reply"] = talk["parent_comment_id"].notna()
    said = talk.groupby(list(POST)).agg(
        comments=("comment_id", "size"), replies=("is_reply", "sum")
    )
    posts = posts.drop(columns="comments").merge(said, on=list(POST), how="left")
    posts["theme"] = posts["label"].fillna("unlabelled")
    group = [*KEY, "theme"]
    table = posts.groupby(group, as_index=False).agg(
        posts=("post_id", "size"), views=("views", "sum"),
        comments=("comments", "sum"), replies=("replies", "sum"),
    )  # fmt: skip
    people = talk.merge(posts[[*POST, "theme"]], on=list(POST)).groupby(group)["person_key"]
    table = table.merge(people.nunique().rename("people").reset_index(), on=group, how="left")
    table["people"] = table["people"].fillna(0)
    table["views_per_post"] = table["views"] / table["posts"]
    seen = table["views"].where(table["views"] > 0)
    table["comments_per_mille"] = table["comments"] / seen * 1000
    openers = table["comments"] - table["replies"]
    table["thread_depth"] = table["replies"] / openers.where(openers > 0)
    table.insert(0, "account", _names(book, table))
    return table.sort_values(["account", "views"], ascending=[True, False])[columns].reset_index(
        drop=True
    )


def social_commerce(book):
    """From traffic to order: account, views, profile and link clicks, orders, orders_per_mille views
    with low and high, sales_paid, sales_per_mille.
    """
    frame = _figures(book, "social_commerce", ["views", "orders_count", "sales_paid"])
    if frame.empty:
        return frame
    days = indicators.parts(
        book.store,
        ["views", "orders_count"],
        by=[*KEY, "date_day"],
        period=_span(book),
        version=book.version,
        filters=book.filters,
    )
    wide = days.pivot_table(
        index=[*KEY, "date_day"], columns="indicator", values="numerator", aggfunc="sum"
    ).reindex(columns=["views", "orders_count"])
    wide = wide.fillna(0.0).reset_index()
    rate = ratios.ratio(wide, "orders_count", "views", by=KEY, kind="yield")
    rate[["value", "low", "high"]] *= 1000
    rate = rate.rename(columns={"value": "orders_per_mille"})
    frame = frame.merge(rate[[*KEY, "orders_per_mille", "low", "high", "n"]], on=KEY, how="left")
    clicks = book.table("post_daily", period=_span(book)).group_by(KEY)
    clicks = clicks.aggregate(
        profile_visits=lambda t: t.profile_visits.sum(), link_clicks=lambda t: t.link_clicks.sum()
    ).to_pandas()
    frame = frame.merge(clicks, on=KEY, how="left")
    views = frame["views"].where(frame["views"] > 0)
    frame["sales_per_mille"] = 1000 * frame["sales_paid"] / views
    columns = ["account", "views", "profile_visits", "link_clicks", "orders_count"]
    columns += ["orders_per_mille", "low", "high", "n", "sales_paid", "sales_per_mille"]
    return frame[columns]


def steps(book):
    """The steps from view to order over all social-commerce accounts, for a funnel: step, value."""
    frame = social_commerce(book)
    if frame.empty:
        return pd.DataFrame(columns=["step", "value"])
    names = ("views", "profile_visits", "link_clicks", "orders_count")
    values = [(n if n != "orders_count" else "orders", frame[n].sum(min_count=1)) for n in names]
    table = pd.DataFrame(values, columns=["step", "value"]).dropna()
    return table[table["value"] > 0].sort_values("value", ascending=False, ignore_index=True)


def _figures(book, kind, names):
    """Indicators of the accounts of a type over the window: account, platform, account_id, names."""
    placed = _places(book)
    placed = placed[placed["account_type"] == kind]
    if placed.empty:
        return pd.DataFrame(columns=["account", *KEY, *names])
    frame = book.indicators(names, by=KEY, period=_span(book))
    frame = placed[KEY].merge(frame, on=KEY, how="inner").dropna(subset=names, how="all")
    frame.insert(0, "account", _names(book, frame))
    return frame.reset_index(drop=True)


def _places(book):
    """Every content account with its type: the form's word, else its platform's."""
    return book.once("places", lambda: _placed(book))


def _placed(book):
    sections = {v: k for k, v in TYPES.items()}
    reference = config.reference("platforms.toml")
    accounts = book.frame("accounts")
    accounts = accounts[accounts["kind"].fillna("content") == "content"]
    posting = book.table("posts").select(*KEY).distinct().to_pandas()
    # empty text columns have no common type to merge on
    if posting.empty or accounts.empty:
        frame = pd.concat([accounts[[*KEY, "account_type"]].astype(object), posting.astype(object)])
    else:
        frame = accounts[[*KEY, "account_type"]].merge(posting, on=KEY, how="outer")
    fallback = frame["platform"].map(
        lambda p: sections.get(reference.get(p, {}).get("account_type", ""))
    )
    frame["account_type"] = frame["account_type"].fillna(fallback)
    return frame


def _people(book, span):
    """People who wrote to each account: how many, how many on several days, share by message."""
    parts = []
    for table, when in (("comments", "created_timestamp"), ("messages", "sent_timestamp")):
        rows = book.table(table, period=span)
        rows = rows.filter(rows.person_key.notnull())
        if table == "messages":
            rows = rows.filter(rows.direction == "in")
        else:
            rows = rows.filter(~rows.is_owner.fill_null(False))
        day = local_day(rows[when], book.zone)
        rows = rows.mutate(day=day).group_by([*KEY, "person_key", "day"])
        parts.append(rows.aggregate(written=lambda t: t.count()).to_pandas().assign(table=table))
    frame = pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)
    days = frame.groupby([*KEY, "person_key"])["day"].nunique().reset_index()
    out = days.groupby(KEY)["day"].agg(people="size", returning=lambda s: (s > 1).sum())
    written = frame.pivot_table(index=KEY, columns="table", values="written", aggfunc="sum")
    written = written.reindex(columns=["comments", "messages"]).fillna(0.0)
    out["message_share"] = written["messages"] / written.sum(axis=1)
    out["returning_share"] = out["returning"] / out["people"]
    bounds = [ratios.wilson(r, n) for r, n in zip(out["returning"], out["people"], strict=True)]
    out["low"] = [b[0] for b in bounds]
    out["high"] = [b[1] for b in bounds]
    return out.drop(columns="returning").reset_index()


def _minutes(book):
    """Live minutes with their session's start and the theme of the rundown segment they fall in."""
    return book.once("minutes", lambda: _read_minutes(book))


def _read_minutes(book):
    minutes = book.frame("live_minutes")
    sessions = book.frame("live_sessions")[[*KEY, "session_id", "started_at"]]
    if minutes.empty:
        return minutes.assign(started_at=pd.NaT, theme=None)
    frame = minutes.merge(sessions, on=[*KEY, "session_id"], how="left")
    end = pd.Timestamp(book.period.end) + pd.Timedelta(days=1)
    frame = frame[~(frame["started_at"] >= end)]
    rundown = book.frame("live_rundown")
    frame["theme"] = None
    for row in rundown.itertuples():
        inside = (
            (frame["session_id"] == row.session_id)
            & (frame["platform"] == row.platform)
            & frame["minute"].between(row.start_minute, row.end_minute - 1)
        )
        frame.loc[inside, "theme"] = row.theme
    for column in ("orders", "online", "gmv"):
        frame[column] = frame[column].astype(float)
    return frame


def _span(book):
    end = pd.Timestamp(book.period.end)
    start = min(pd.Timestamp(book.period.start), end - pd.Timedelta(days=WINDOW_DAYS - 1))
    return book.span(f"{start.date()}/{end.date()}")


def _names(book, frame):
    words = book.translator.value
    return [
        f"{words(p)} · {a}" for p, a in zip(frame["platform"], frame["account_id"], strict=True)
    ]
