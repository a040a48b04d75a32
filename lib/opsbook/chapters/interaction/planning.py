"""3.3.1: which topics, hot events and activities raised interaction above the baseline."""

import numpy as np
import pandas as pd

from opsbook.chapters.interaction import rows
from opsbook.data.views import labelled, post_metrics
from opsbook.data.views.posts import POST
from opsbook.estimate import Estimate
from opsbook.methods import adjusted, experiments
from opsbook.methods.post_features import features_of

INVITING = ("has_vote", "has_question", "has_lottery", "has_call")
CONTROLS = ("account", "post_type", "theme", "daypart")
MARGIN_DAYS = 28
YEAR = 365
COLUMNS = ["relative", "low", "high", "p_value", "p_adjusted", "n"]


def posts(book):
    """Posts of the last year at their equal age, with interactions, comments and what they invite to."""
    return book.once("interaction.posts", lambda: _posts(book)).copy()


def _posts(book):
    book.asked.update(("posts", "post_daily"))
    age = int(book.settings.thresholds["equal_age_days"])
    frame = book.view(
        "interaction.posts",
        lambda s, z, version: post_metrics(s, z, version=version, as_of=book.period.end),
    )
    early = book.view(
        "interaction.early",
        lambda s, z, version: post_metrics(
            s, z, version=version, max_age=age, as_of=book.period.end
        ),
    )[[*POST, "interactions", "comments", "measured_age"]]
    frame = frame.merge(early, on=list(POST), how="left", suffixes=("", "_early"))
    settled = frame["date_day"] <= pd.Timestamp(book.period.end) - pd.Timedelta(days=age)
    frame = frame[settled].copy()
    near = frame["measured_age_early"] >= age - 2
    for column in ("interactions", "comments"):
        # where no figure stands at the equal age, the newest one does
        frame[column] = frame[f"{column}_early"].where(near, frame[column])
    theme = book.view(
        "interaction.theme", lambda s, z, version: labelled(s, "theme", version=version)
    )[[*POST, "label"]]
    frame = frame.merge(theme.rename(columns={"label": "theme"}), on=list(POST), how="left")
    frame = frame.reset_index(drop=True)
    frame = pd.concat([frame, features_of(frame["post_title"], frame["post_message"])], axis=1)
    frame["account"] = frame["platform"] + ":" + frame["account_id"]
    frame["post_type"] = frame["post_type"].fillna("unknown")
    frame["theme"] = frame["theme"].astype(object).where(frame["theme"].notna(), "unknown")
    weekend = np.where(frame["at"].dt.day_of_week >= 5, "e", "d")
    frame["daypart"] = (frame["at"].dt.hour // 4).astype(str) + weekend
    frame["week"] = frame["date_day"].dt.to_period("W-SUN").dt.start_time
    first = rows.now(book) - pd.Timedelta(days=YEAR)
    return frame[frame["date_day"] >= first].reset_index(drop=True)


def invitations(book):
    """Posts that vote, ask, draw lots or call for comments, against posts that do not.

    One row per invitation and measure (interactions, comments): invitation, measure, posts_with,
    relative (with against without, the other invitations, account, form, theme and part of the
    day held equal), low, high, p_value, p_adjusted (Holm over all rows), n.
    """
    frame = posts(book)
    flags = [f for f in INVITING if len(frame) and 0.02 < frame[f].mean() < 0.98]
    out = []
    for measure in ("interactions", "comments"):
        for flag in flags:
            controls = [*CONTROLS, *(f for f in flags if f != flag)]
            found = _with(frame, measure, flag, controls)
            if found:
                out.append((flag.removeprefix("has_"), measure, *found))
    table = _table(out, ["invitation", "measure", "posts_with"])
    for _, row in table[
        (table["p_adjusted"] < 0.05) & (table["measure"] == "interactions")
    ].iterrows():
        book.find(
            "3.3.1",
            "low",
            "3.3.1.helps" if row["relative"] > 0 else "3.3.1.hurts",
            subject=book.translator.value(row["invitation"]),
            figure=_estimate(row, row["posts_with"]),
            share=row["posts_with"] / row["n"],
        )
    return table


def topics(book):
    """Interactions by topic on equal account, form and part of the day.

    Theme labels stand against the average theme (shrunk); hashtags of ten posts or more against
    posts of the same accounts without them, the 15 most used. Columns: kind (theme, hashtag),
    topic, median_interactions, relative, low, high, p_value, p_adjusted, n (posts).
    """
    frame = posts(book)
    out = []
    themes = frame[frame["theme"] != "unknown"] if len(frame) else frame
    if len(themes) and themes["theme"].nunique() > 1:
        found = adjusted.means(
            themes,
            "interactions",
            "theme",
            controls=["account", "post_type", "daypart"],
            cluster="week",
            shrunk=True,
        )
        out.append(found.rename(columns={"theme": "topic"}).assign(kind="theme"))
    tags = _hashtags(frame)
    if len(tags):
        out.append(tags.assign(kind="hashtag", enough=True))
    columns = ["kind", "topic", "median_interactions", *COLUMNS]
    if not out:
        return pd.DataFrame(columns=columns)
    table = pd.concat(out, ignore_index=True).rename(columns={"mean": "median_interactions"})
    table = table[table["enough"]]
    table["p_adjusted"] = np.asarray(experiments.adjust(table["p_value"]))
    best = table[(table["kind"] == "theme") & (table["p_adjusted"] < 0.05) & (table["low"] > 0)]
    for _, row in best.nlargest(1, "relative").iterrows():
        book.find(
            "3.3.1",
            "low",
            "3.3.1.topic",
            subject=book.translator.value(row["topic"]),
            figure=_estimate(row, row["n"]),
        )
    table = table.sort_values(["kind", "relative"], ascending=[False, False], ignore_index=True)
    return table[columns]


def events(book):
    """Hot events and online activities: posts inside each against posts of the four weeks around.

    Events are industry_events; activities are campaigns, whose posts are those marked with them or,
    where none is marked, those of its days. Columns: kind, name, start_date, end_date, posts_with,
    relative (interactions, on equal account and form), low, high, p_value, p_adjusted, n.
    """
    frame = posts(book)
    out = []
    for kind, key, name, start, end in _happenings(book) if len(frame) else ():
        margin = pd.Timedelta(days=MARGIN_DAYS)
        near = frame[frame["date_day"].between(start - margin, end + margin)].copy()
        marked = near["campaign_id"].eq(key) if key else pd.Series(False, index=near.index)
        dated = near["date_day"].between(start, end)
        near["inside"] = marked if marked.sum() >= 5 else dated
        # the unmarked posts of a campaign's own days are no baseline
        near = near[near["inside"] | ~dated]
        found = _with(near, "interactions", "inside", ["account", "post_type"], cluster="date_day")
        if found:
            out.append((kind, name, start, end, *found))
    table = _table(out, ["kind", "name", "start_date", "end_date", "posts_with"])
    for _, row in table[table["p_adjusted"] < 0.05].iterrows():
        book.find(
            "3.3.1",
            "low",
            "3.3.1.event" if row["relative"] > 0 else "3.3.1.event_down",
            subject=row["name"],
            figure=_estimate(row, row["posts_with"]),
            start=row["start_date"],
            end=row["end_date"],
        )
    return table.sort_values("start_date", ascending=False, ignore_index=True)


def _happenings(book):
    """(kind, campaign id or "", name, first day, last day) of what took place by the period's end."""
    found = []
    about = book.frame("industry_events")
    for row in about[~about["kind"].isin(["workday"])].itertuples():
        last = row.end_date if pd.notna(row.end_date) else row.start_date
        found.append((row.kind, "", row.event_name, row.start_date, last))
    for row in book.frame("campaigns").itertuples():
        last = row.end_date if pd.notna(row.end_date) else row.start_date
        found.append(
            (
                f"campaign_{row.campaign_type}",
                row.campaign_id,
                row.campaign_name,
                row.start_date,
                last,
            )
        )
    return [f for f in found if f[3] < rows.now(book)]


def _with(frame, measure, flag, controls, cluster="week"):
    """(posts with, relative, low, high, p, n) of posts with a flag against those without."""
    found = adjusted.means(frame, measure, flag, controls=controls, cluster=cluster).set_index(flag)
    if True not in found.index or not found.loc[True, "enough"]:
        return None
    row = found.loc[True]
    # two levels stand symmetric about their average: with against without is twice as far
    shift = np.expm1(2 * np.log1p(row[["relative", "low", "high"]].astype(float)))
    return (int(row["n"]), *shift, row["p_value"], int(frame[measure].notna().sum()))


def _table(out, lead):
    table = pd.DataFrame(out, columns=[*lead, "relative", "low", "high", "p_value", "n"])
    table["p_adjusted"] = np.asarray(experiments.adjust(table["p_value"])) if len(table) else []
    table["p_adjusted"] = table["p_adjusted"].astype(float)
    return table[[*lead, *COLUMNS]]


def _hashtags(frame, least=10, most=15):
    """Each much-used hashtag against posts of the same accounts without it, as `means` gives it."""
    if frame.empty:
        return frame
    text = frame["post_title"].fillna("") + " " + frame["post_message"].fillna("")
    tags = text.str.findall(r"[#＃]([^\s#＃]+)").map(set)
    counts = tags.explode().value_counts()
    out = []
    for tag in counts[counts >= least].index[:most]:
        carries = tags.map(lambda found, tag=tag: tag in found)
        # accounts that never use a tag (another language, say) say nothing of it
        users = frame.loc[carries, "account"].value_counts()
        near = frame["account"].isin(users[users >= 3].index)
        part = frame[near].assign(carries=carries[near])
        if not 0.02 < part["carries"].mean() < 0.9:
            continue
        found = _with(part, "interactions", "carries", ["account", "post_type", "daypart"])
        if found:
            median = part.loc[part["carries"], "interactions"].median()
            out.append((tag, median, *found[1:5], found[0]))
    return pd.DataFrame(out, columns=["topic", "mean", "relative", "low", "high", "p_value", "n"])


def _estimate(row, n):
    return Estimate(
        row["relative"], row["low"], row["high"], int(n), adjusted.LOG_METHOD, unit="fraction"
    )
