"""3.3.2: how much is answered, how fast and in what tone, and whether people come back after it."""

import numpy as np
import pandas as pd

from opsbook.chapters.interaction import rows
from opsbook.estimate import Estimate
from opsbook.methods import experiments, ratios

FAST_MINUTES = 60
RETURN_DAYS = 28
LEAST_PEOPLE = 30
TONES = ((-0.1, "cold"), (0.3, "matter_of_fact"), (np.inf, "warm"))
SPEEDS = ("fast", "slow", "none")
METHOD = "difference on equal platform and label, errors clustered by person"


def coverage(book, by="platform"):
    """Share of comments answered and how fast, by platform or by label; 180 days.

    Columns: the level's, comments, replied, coverage (with low, high, Wilson), previous (coverage
    of the 180 days before), reply_median (working minutes), fast_rate (answered within an hour by
    the clock, of all answered), warm_rate (answers of a warm tone).
    """
    frame = rows.comments(book)
    frame = frame[~frame["label"].isin(rows.HIDE)]
    now = rows.window(book, frame)
    before = frame[
        (frame["at"] < rows.since(book))
        & (frame["at"] >= rows.since(book) - pd.Timedelta(days=rows.WINDOW_DAYS))
    ]
    columns = [
        by,
        "comments",
        "replied",
        "coverage",
        "low",
        "high",
        "previous",
        "reply_median",
        "fast_rate",
        "warm_rate",
    ]
    if now.empty:
        return pd.DataFrame(columns=columns)
    past = before.groupby(by)["is_replied"].mean()
    out = []
    for key, part in now.groupby(by):
        done = part[part["is_replied"]]
        low, high = ratios.wilson(len(done), len(part))
        out.append(
            (
                key,
                len(part),
                len(done),
                len(done) / len(part),
                low,
                high,
                past.get(key, np.nan),
                done["reply_minutes"].median(),
                (_wall(done) <= FAST_MINUTES).mean() if len(done) else np.nan,
                (_tone(done["reply_tone"]) == "warm").mean() if len(done) else np.nan,
            )
        )
    table = pd.DataFrame(out, columns=columns).sort_values("coverage", ignore_index=True)
    if by == "label":
        asks = now[now["label"].isin(("question", "complaint"))]
        if len(asks) >= 30:
            low, high = ratios.wilson(int(asks["is_replied"].sum()), len(asks))
            if high < 0.8:
                worst = asks.groupby("platform")["is_replied"].mean().idxmin()
                book.find(
                    "3.3.2",
                    "medium",
                    "3.3.2.coverage",
                    subject=book.translator.value(worst),
                    figure=Estimate(
                        asks["is_replied"].mean(),
                        low,
                        high,
                        len(asks),
                        ratios.WILSON,
                        unit="fraction",
                    ),
                    count=int((~asks["is_replied"]).sum()),
                )
    return table


def observable(book):
    """Where people can be followed: pairs of places that share person keys.

    One row per pair (comment, message, order): seen_in, also_in, people (with a key in it),
    joined (of them seen in the second too), joined_rate, state (observable
    from 30 people on, else not_observable).
    """
    keys = _people(book)
    names = list(keys)
    out = []
    for a, first in enumerate(names):
        for second in names[a:]:
            joined = len(keys[first] & keys[second]) if first != second else len(keys[first])
            share = joined / len(keys[first]) if keys[first] else np.nan
            seen = "observable" if joined >= LEAST_PEOPLE else "not_observable"
            out.append((first, second, len(keys[first]), joined, share, seen))
    columns = ["seen_in", "also_in", "people", "joined", "joined_rate", "state"]
    table = pd.DataFrame(out, columns=columns)
    blind = table[(table["state"] == "not_observable") & (table["seen_in"] == "comment")]
    if len(blind) and len(keys["comment"]):
        book.say(
            "3.3.2",
            "3.3.2.not_observable",
            places=book.t("shown.list").join(
                str(book.translator.value(p)) for p in blind["also_in"]
            ),
        )
    return table


def _people(book):
    book.asked.add("orders")
    orders = book.frame("orders", columns=["person_key", "created_at"])
    orders = orders[orders["created_at"] < rows.now(book)]
    comments, messages = rows.comments(book), rows.messages(book)
    came = messages[messages["direction"] == "in"] if len(messages) else messages
    return {
        name: set(frame["person_key"].dropna())
        for name, frame in (("comment", comments), ("message", came), ("order", orders))
    }


def returns(book, by="speed"):
    """Share of people who come back within 28 days, by how their comment was answered.

    by: speed (fast, within an hour by the clock; slow; none) or tone (of the answer; none where
    there is none). A return is a later comment, message or order of the same key; days count
    from the answer, and from the comment plus the usual delay where there was none, so that no
    group has a head start. Each comment counts once, last 365 days, only where 28 days could be
    seen. Columns: group, people, comments (n), returned, return_rate, low, high (clusters of
    people), effect (speed: difference to none on equal platform and label; tone: to the other
    answers on equal speed too), effect_low, effect_high, p_adjusted (Holm). Empty where people
    are not observable. Associations, not causes.
    """
    frame = _followed(book)
    columns = [
        by,
        "people",
        "n",
        "returned",
        "return_rate",
        "low",
        "high",
        "effect",
        "effect_low",
        "effect_high",
        "p_adjusted",
    ]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    order = SPEEDS if by == "speed" else ("warm", "matter_of_fact", "cold", "none")
    out = []
    for key in order:
        part = frame[frame[by] == key]
        if len(part) < LEAST_PEOPLE:
            continue
        rate = part["returned"].mean()
        low, high = _clustered(part)
        if by == "speed":
            effect = _difference(frame[frame[by].isin([key, "none"])], by, key)
        else:
            # tones stand against the other answers at equal speed: fast answers are often short
            answered = frame[frame["speed"] != "none"]
            held = ("platform", "label", "speed")
            effect = _difference(answered, by, key, controls=held)
        out.append(
            (
                key,
                part["person_key"].nunique(),
                len(part),
                int(part["returned"].sum()),
                rate,
                low,
                high,
                *effect,
            )
        )
    table = pd.DataFrame(out, columns=columns)
    table["p_adjusted"] = np.asarray(experiments.adjust(table["p_adjusted"]))
    if by == "speed":
        _report_speed(book, frame)
    return table


def _report_speed(book, frame):
    """Fast against slow answers: a finding where the two are told apart."""
    both = frame[frame["speed"].isin(["fast", "slow"])].copy()
    if both["speed"].value_counts().reindex(["fast", "slow"]).fillna(0).min() < LEAST_PEOPLE:
        return
    value, low, high, p = _difference(both, "speed", "fast", base="slow")
    rates = both.groupby("speed")["returned"].mean()
    book.say("3.3.2", "3.3.2.said", fast=rates["fast"], slow=rates["slow"], n=len(both))
    if p < 0.05 and value > 0:
        asks = frame["label"].isin(("question", "complaint")) & (frame["speed"] != "fast")
        book.find(
            "3.3.2",
            "medium",
            "3.3.2.fast",
            subject=book.translator.value(both[both["speed"] == "slow"]["platform"].mode().iloc[0]),
            figure=Estimate(value, low, high, len(both), METHOD, unit="fraction"),
            fast=rates["fast"],
            slow=rates["slow"],
            count=int(asks.sum()),
        )


def _followed(book):
    return book.once("interaction.followed", lambda: _follow(book)).copy()


def _follow(book):
    """Comments whose writer can be followed: speed, tone, returned."""
    comments = rows.comments(book)
    comments = comments[comments["person_key"].notna() & ~comments["label"].isin(rows.HIDE)]
    if comments["person_key"].nunique() < LEAST_PEOPLE:
        return comments.iloc[:0]
    wall = _wall(comments)
    usual = pd.Timedelta(minutes=float(wall.median())) if wall.notna().any() else pd.Timedelta(0)
    start = comments["replied_at"].where(comments["is_replied"], comments["at"] + usual)
    frame = comments.assign(start=start, wall=wall)
    horizon = pd.Timedelta(days=RETURN_DAYS)
    first = rows.now(book) - pd.Timedelta(days=365)
    frame = frame[(frame["at"] >= first) & (frame["start"] + horizon <= rows.now(book))].copy()
    frame["speed"] = np.select(
        [frame["wall"] <= FAST_MINUTES, frame["wall"].notna()], ["fast", "slow"], "none"
    )
    frame["tone_group"] = _tone(frame["reply_tone"]).where(frame["is_replied"], "none")
    frame["tone"] = frame["tone_group"]
    frame["returned"] = _seen_again(book, frame, horizon)
    return frame


def _seen_again(book, frame, horizon):
    """Whether each row's person was seen in (start, start + horizon]."""
    parts = [rows.comments(book)[["person_key", "at"]], rows.messages(book)]
    parts[1] = parts[1][parts[1]["direction"] == "in"][["person_key", "at"]]
    orders = book.frame("orders", columns=["person_key", "created_at"])
    parts.append(orders.rename(columns={"created_at": "at"}))
    seen = pd.concat([p for p in parts if len(p)]).dropna().sort_values("at")
    seen = seen[seen["at"] < rows.now(book)]
    seen["person_key"] = seen["person_key"].astype(object)
    # a wait added to a time may carry another resolution than the store's
    seen["at"] = seen["at"].astype("datetime64[us]")
    left = frame[["person_key", "start"]].astype({"person_key": object, "start": "datetime64[us]"})
    left = left.assign(row=np.arange(len(frame))).sort_values("start")
    joined = pd.merge_asof(
        left,
        seen.rename(columns={"at": "next_at"}),
        left_on="start",
        right_on="next_at",
        by="person_key",
        direction="forward",
        allow_exact_matches=False,
    ).sort_values("row")
    return (joined["next_at"] - joined["start"] <= horizon).to_numpy()


def _difference(frame, by, key, base="none", controls=("platform", "label")):
    """Difference in return rate of a group to the others of the frame, controls held equal.

    Linear probability model by least squares; errors clustered by person (Liang and Zeger 1986).
    """
    if key == base or frame[by].nunique() < 2:
        return (np.nan,) * 4
    from scipy import stats

    chosen = (frame[by] == key).to_numpy(float)
    held = pd.get_dummies(frame[list(controls)].astype(object), drop_first=True, dtype=float)
    design = np.column_stack([np.ones(len(frame)), chosen, held])
    y = frame["returned"].to_numpy(float)
    bread = np.linalg.pinv(design.T @ design)
    beta = bread @ design.T @ y
    codes, people = pd.factorize(frame["person_key"])
    summed = np.zeros((len(people), design.shape[1]))
    np.add.at(summed, codes, design * (y - design @ beta)[:, None])
    count = len(people)
    covariance = count / (count - 1) * bread @ (summed.T @ summed) @ bread
    error = np.sqrt(max(covariance[1, 1], 1e-12))
    reach = stats.t.ppf(0.975, count - 1)
    p = 2 * stats.t.sf(abs(beta[1]) / error, count - 1)
    return beta[1], beta[1] - reach * error, beta[1] + reach * error, p


def _clustered(part):
    """Interval of a return rate over people, each of whom may stand there several times."""
    counted = part.assign(one=1.0, hit=part["returned"].astype(float))
    found = ratios.ratio(counted, "hit", "one", unit="person_key").iloc[0]
    return found["low"], min(found["high"], 1.0)


def sentiment(book, weeks=26):
    """Mean tone of comments by week: week, tone, low, high (Student), n; the last weeks.

    Tone is -1 to 1. A finding where the period's mean lies below the eight weeks before.
    """
    frame = rows.comments(book)
    columns = ["week", "tone", "low", "high", "n"]
    frame = frame[frame["at"] >= rows.now(book) - pd.Timedelta(weeks=weeks)]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    week = frame["at"].dt.to_period("W-SUN").dt.start_time.rename("week")
    table = frame.groupby(week)["tone"].agg(["mean", "std", "size"]).reset_index()
    table = table[table["size"] >= 5]
    half = 1.96 * table["std"] / np.sqrt(table["size"])
    table = table.assign(low=table["mean"] - half, high=table["mean"] + half)
    table = table.rename(columns={"mean": "tone", "size": "n"})
    _report_mood(book, frame)
    return table[columns].reset_index(drop=True)


def sentiment_by_platform(book):
    """Mean tone of the period by platform beside the eight weeks before.

    Columns: platform, n, tone, low, high, previous, difference.
    """
    frame = rows.comments(book)
    now = rows.inside(book, frame)
    before = _eight_weeks(book, frame)
    out = []
    for platform, part in now.groupby("platform"):
        past = before[before["platform"] == platform]["tone"].mean()
        low, high = _mean_interval(part["tone"])
        mean = part["tone"].mean()
        out.append((platform, len(part), mean, low, high, past, mean - past))
    columns = ["platform", "n", "tone", "low", "high", "previous", "difference"]
    return pd.DataFrame(out, columns=columns)


def _report_mood(book, frame):
    now, before = rows.inside(book, frame), _eight_weeks(book, rows.comments(book))
    if len(now) < 30 or len(before) < 100:
        return
    from scipy import stats

    found = stats.ttest_ind(now["tone"], before["tone"], equal_var=False)
    span = found.confidence_interval(0.95)
    value = now["tone"].mean() - before["tone"].mean()
    if span.high < 0 and value < -0.05:
        worst = now.groupby("platform")["tone"].mean().idxmin()
        book.find(
            "3.3.2",
            "high" if value < -0.15 else "medium",
            "3.3.2.mood",
            subject=book.translator.value(worst),
            figure=Estimate(value, span.low, span.high, len(now), "Welch t"),
            now=now["tone"].mean(),
            before=before["tone"].mean(),
        )


def _eight_weeks(book, frame):
    start = pd.Timestamp(book.period.start)
    return frame[(frame["at"] < start) & (frame["at"] >= start - pd.Timedelta(weeks=8))]


def _mean_interval(values):
    if len(values) < 3:
        return np.nan, np.nan
    half = 1.96 * values.std() / np.sqrt(len(values))
    return values.mean() - half, values.mean() + half


def _wall(frame):
    """Minutes by the clock until the answer."""
    return (frame["replied_at"] - frame["at"]) / pd.Timedelta(minutes=1)


def _tone(scores):
    """Tone of answers in words; missing scores are matter-of-fact."""
    edges = [-np.inf, *(edge for edge, _ in TONES)]
    cut = pd.cut(scores.astype(float), edges, labels=[name for _, name in TONES])
    return cut.astype(object).where(cut.notna(), "matter_of_fact")
