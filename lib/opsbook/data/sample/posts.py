"""Posts of the sample brand and how their figures grow with age."""

import hashlib
import unicodedata
from datetime import timedelta

import numpy as np
import pandas as pd

from opsbook.data.sample import texts
from opsbook.data.sample.world import ACCOUNTS, END, FIRST_MONDAY, START

COUNTS = ("likes", "comments", "shares", "saves", "follows")
# Hours at which posts go out; the usual ones are not the best ones.
USUAL = np.array([1, 1, 2, 3, 4, 5, 6, 4, 3, 3, 4, 5, 5, 4, 3, 2, 1], float)  # 7 to 23


def weekly_counts(world, account):
    """Posts of each week: the rate moves from week to week, so that its effect can be seen."""
    rng = world.rng(f"weeks {account.platform}")
    weeks = -(-((END - FIRST_MONDAY).days + 1) // 7)
    rate = account.weekly * world.scale * rng.choice([0.35, 0.6, 0.9, 1.2, 1.6, 2.1], weeks)
    return np.maximum(1, np.round(rate)).astype(int)


def _schedule(world, account):
    rng = world.rng(f"schedule {account.platform}")
    rows = []
    hours = np.arange(7, 24)
    for week, n in enumerate(weekly_counts(world, account)):
        for _ in range(n):
            day = FIRST_MONDAY + timedelta(days=int(7 * week + rng.integers(7)))
            at = pd.Timestamp(day) + pd.Timedelta(
                seconds=int(rng.choice(hours, p=USUAL / USUAL.sum()) * 3600 + rng.integers(3600))
            )
            rows.append((at, week, n))
    frame = pd.DataFrame(rows, columns=["at", "week", "posts_in_week"])
    frame = frame[(frame["at"].dt.date >= START) & (frame["at"].dt.date <= END)]
    return frame.sort_values("at", kind="stable").drop_duplicates("at").reset_index(drop=True)


def _words(world, account, frame):
    rng = world.rng(f"words {account.platform}")
    themes = list(texts.THEMES)
    # Popular themes go out at the usual hours: the mean per hour alone misleads.
    weights = np.array([2, 1, 1, 2, 1, 1, 1.5, 1.5])
    frame["theme"] = rng.choice(themes, len(frame), p=weights / weights.sum())
    kinds = [f[0] for f in account.formats]
    pick = rng.choice(len(kinds), len(frame), p=[f[2] for f in account.formats])
    frame["format"] = [account.formats[i][0] for i in pick]
    frame["format_raw"] = [account.formats[i][1] for i in pick]
    for name, share in (("question", 0.2), ("vote", 0.12), ("lottery", 0.08)):
        frame[name] = rng.random(len(frame)) < share
    frame["lottery"] &= ~frame["vote"]
    language = account.language
    titles, bodies, tags = [], [], []
    for row in frame.itertuples():
        words = texts.title(rng, language, row.theme)
        for name in ("question", "vote", "lottery"):
            if getattr(row, name):
                words += texts.FEATURES[language][name]
        titles.append(words)
        bodies.append(texts.body(rng, language, int(rng.integers(1, 9))))
        tag = [texts.TAGS[language][row.theme]]
        if rng.random() < 0.5:
            tag.append("南山茶事" if language == "zh" else "nanshantea")
        tags.append(tag)
    frame["title"], frame["body"], frame["hashtags"] = titles, bodies, tags
    frame["number"] = [any(c.isdigit() for c in t) for t in titles]
    frame["sentences"] = [b.count("。") + b.count(".") + b.count(":") for b in bodies]
    frame["duration_s"] = np.where(
        frame["format"].isin(["video", "reel", "short"]), rng.integers(9, 95, len(frame)), 0
    )
    if account.platform == "youtube":
        long = frame["format"] == "video"
        frame.loc[long, "duration_s"] = rng.integers(180, 900, long.sum())
    return frame


def _effects(world, account, frame):
    """Logarithm of what each post earns above an ordinary one, term by term."""
    p = account.platform
    rng = world.rng(f"effects {p}")
    n = len(frame)
    log_views = rng.normal(0, 0.35, n)
    log_engagement = rng.normal(0, 0.15, n)
    if plan := world.plan("posting_hours"):
        hour = frame["at"].dt.hour + frame["at"].dt.minute / 60
        best = plan[p]["hour"] + 0.5
        bump = np.exp(-((hour - best) ** 2) / (2 * 1.2**2))
        log_views += np.log1p(plan[p]["hour_effect"]) * bump
        weekday = frame["at"].dt.day_of_week
        log_views += np.log1p(plan[p]["weekday_effect"]) * (weekday == plan[p]["weekday"])
        log_views += np.log1p(plan[p]["worst_weekday_effect"]) * (
            weekday == (plan[p]["weekday"] + 3) % 7
        )
    if plan := world.plan("themes"):
        effect = frame["theme"].map(plan["engagement"])
        log_views += 0.4 * effect
        log_engagement += 0.8 * effect
    if (plan := world.plan("formats")) and p in plan:
        log_views += np.log1p(plan[p]["effect"]) * (frame["format"] == plan[p]["best"])
    if plan := world.plan("frequency"):
        over = frame["posts_in_week"] / (plan[p]["optimum_per_week"] * world.scale)
        log_views -= 2.2 * np.log(np.maximum(over, 1))
    if plan := world.plan("original"):
        log_views += np.log1p(plan["effect"]) * frame["original"]
    if plan := world.plan("crosspost"):
        swing = shock(world)
        day = (frame["at"].dt.normalize() - pd.Timestamp(START)).dt.days.to_numpy()
        if p == plan["leader"]:
            log_views += plan["shock"] * swing[day + 10]
        if p == plan["follower"]:
            log_views += plan["shock"] * swing[day + 10 - plan["lag_days"]]
    if plan := world.plan("decisions"):
        after = frame["at"].dt.date > plan["worked"]["date"]
        if p == plan["worked"]["platform"]:
            log_engagement += np.log1p(plan["worked"]["effect"]) * after
    return np.asarray(log_views, float), np.asarray(log_engagement, float)


def shock(world):
    """A day-to-day swing of attention that two accounts share with a lag."""
    rng = world.rng("shock")
    noise = rng.normal(0, 1, (END - START).days + 40)
    out = np.zeros_like(noise)
    for i in range(1, len(noise)):
        out[i] = 0.5 * out[i - 1] + noise[i]
    return out / out.std()


def _snowflake(at, sequence):
    """A 19-digit id whose upper bits hold the time, as X gives them."""
    ms = int((at - pd.Timedelta(hours=8) - pd.Timestamp("1970-01-01")).total_seconds() * 1000)
    return str(((ms - 1288834974657) << 22) + sequence)


def _ids(world, account, frame):
    rng = world.rng(f"ids {account.platform}")
    letters = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"))
    p = account.platform
    if p == "youtube":
        return ["".join(rng.choice(letters, 11)) for _ in range(len(frame))]
    if p == "wechat_official":
        return [f"{2247480000 + 7 * i}_1" for i in range(len(frame))]
    if p == "instagram":
        return [
            str(17900000000000000 + int(x))
            for x in np.sort(rng.choice(10**12, len(frame), replace=False))
        ]
    return [_snowflake(at, int(rng.integers(4096))) for at in frame["at"]]


def _account_posts(world, account):
    p = account.platform
    frame = _words(world, account, _schedule(world, account))
    rng = world.rng(f"posts {p}")
    share = (world.plan("original") or {"share": 0.6})["share"]
    frame["original"] = rng.random(len(frame)) < share
    frame["boosted"] = rng.random(len(frame)) < 0.06
    frame["platform"], frame["account_id"] = p, account.account_id
    frame["post_id"] = _ids(world, account, frame)
    frame["evergreen"], frame["banned"] = False, False
    frame["new_format"] = ""
    log_views, log_engagement = _effects(world, account, frame)
    days = (frame["at"] - pd.Timestamp(START)).dt.days.to_numpy()
    base = account.followers * account.reach * np.exp(0.45 * days / 456)
    half_life = (world.plan("half_life") or dict.fromkeys([a.platform for a in ACCOUNTS], 12.0))[p]
    frame["half_life_h"] = half_life * np.exp(rng.normal(0, 0.15, len(frame)))
    frame["log_views"], frame["log_engagement"], frame["base"] = log_views, log_engagement, base
    return frame


def _crossposts(world, posts):
    """Some posts of one account appear on another some days later, word for word."""
    posts["crosspost_of"] = ""
    if not (plan := world.plan("crosspost")):
        return posts
    rng = world.rng("crossposts")
    source = posts.index[posts["platform"] == plan["leader"]].to_numpy()
    target = posts[posts["platform"] == plan["follower"]]
    chosen = rng.permutation(source)[: int(plan["share"] * min(len(source), len(target)))]
    taken = set()
    for i in chosen:
        later = target[
            (target["at"] - posts.at[i, "at"])
            .dt.total_seconds()
            .div(86400)
            .between(plan["lag_days"] - 0.7, plan["lag_days"] + 0.7)
        ]
        free = [j for j in later.index if j not in taken]
        if not free:
            continue
        taken.add(free[0])
        for column in (
            "title",
            "body",
            "theme",
            "hashtags",
            "question",
            "vote",
            "lottery",
            "number",
            "sentences",
        ):
            posts.at[free[0], column] = posts.at[i, column]
        posts.at[free[0], "crosspost_of"] = posts.at[i, "post_id"]
        posts.at[free[0], "original"] = False
    return posts


def _plant_words(world, posts):
    rng = world.rng("plant words")
    if plan := world.plan("banned_words"):
        pool = posts.index[
            (posts["platform"].isin(["xiaohongshu", "weibo", "douyin", "instagram"]))
            & (posts["crosspost_of"] == "")
        ]
        recent = [
            i for i in pool if posts.at[i, "at"] >= pd.Timestamp(END) - pd.Timedelta(days=120)
        ]
        for i in rng.permutation(recent)[: plan["posts"]]:
            language = "en" if posts.at[i, "platform"] == "instagram" else "zh"
            words = texts.BANNED[language][rng.integers(len(texts.BANNED[language]))]
            tea = texts.TEAS[language][rng.integers(6)]
            posts.at[i, "title"] = f"{tea}{words}" if language == "zh" else f"{tea}: {words}"
            for name in ("question", "vote", "lottery", "number"):
                posts.at[i, name] = False
            posts.at[i, "number"] = any(c.isdigit() for c in posts.at[i, "title"])
            posts.at[i, "banned"] = True
    if plan := world.plan("rising_hashtag"):
        late = posts["at"] >= pd.Timestamp(plan["from"])
        chance = np.where(late, 0.3, 0.02)
        for i in posts.index[rng.random(len(posts)) < chance]:
            zh = posts.at[i, "platform"] in ("xiaohongshu", "douyin", "wechat_official", "weibo")
            posts.at[i, "hashtags"] = [
                *posts.at[i, "hashtags"],
                plan["hashtag"] if zh else plan["english"],
            ]
    if plan := world.plan("new_format"):
        late = (posts["platform"] == plan["platform"]) & (posts["at"] >= pd.Timestamp(plan["from"]))
        tried = late & (rng.random(len(posts)) < 0.35)
        posts.loc[tried, "new_format"] = plan["format"]
        posts.loc[tried, "log_views"] += np.log1p(plan["effect"])
    if plan := world.plan("evergreen"):
        old = posts.index[
            (posts["at"] < pd.Timestamp("2026-08-01"))
            & posts["original"]
            & posts["platform"].isin(["xiaohongshu", "youtube", "wechat_official", "douyin"])
        ]
        for i in rng.permutation(old)[: plan["posts"]]:
            posts.at[i, "evergreen"] = True
            posts.at[i, "half_life_h"] = float(rng.uniform(1800, 3200))
            posts.at[i, "log_views"] += 0.9
            posts.at[i, "evergreen"] = True
    if plan := world.plan("cannibalisation"):
        days = set(posts.loc[posts["platform"] == plan["posting"], "at"].dt.date)
        hit = (posts["platform"] == plan["losing"]) & posts["at"].dt.date.isin(days)
        posts.loc[hit, "log_views"] += np.log1p(plan["effect"])
    return posts


def _counts(world, posts):
    rng = world.rng("counts")
    views = np.exp(np.log(posts["base"]) + posts["log_views"]).to_numpy()
    posts["views"] = np.maximum(views * np.where(posts["boosted"], 2.2, 1), 20).round()
    rates = {a.platform: a.rates for a in ACCOUNTS}
    writing = (world.plan("writing") or {"effects": {}})["effects"]
    talk = sum(
        np.log1p(writing.get(f, 0)) * posts[f] for f in ("question", "vote", "lottery", "number")
    )
    for k, name in enumerate(COUNTS):
        rate = posts["platform"].map({p: r[k] for p, r in rates.items()}).to_numpy()
        mean = posts["views"] * rate * np.exp(posts["log_engagement"])
        if name in ("likes", "comments", "shares"):
            mean = mean * np.exp(talk)
        posts[name] = rng.poisson(mean)
    posts["impressions"] = (posts["views"] * rng.uniform(4, 7, len(posts))).round()
    posts["reach"] = (posts["views"] * rng.uniform(0.72, 0.88, len(posts))).round()
    posts["profile_visits"] = rng.poisson(posts["views"] * 0.012)
    posts["link_clicks"] = rng.poisson(posts["views"] * 0.009)
    body = (world.plan("writing") or {"long_body_completion": 0.0})["long_body_completion"]
    long = np.log1p(body) * (posts["sentences"] - 4) / 4
    complete = 0.32 * np.exp(long + rng.normal(0, 0.12, len(posts)))
    posts["completion"] = np.clip(complete, 0.02, 0.95)
    posts["watch_s"] = np.where(
        posts["duration_s"] > 0,
        posts["duration_s"] * posts["completion"] * 0.9,
        8 + 30 * posts["completion"],
    )
    return posts


def make(world):
    """All posts, in time order; figures are those at the end of their life."""
    posts = pd.concat([_account_posts(world, a) for a in ACCOUNTS], ignore_index=True)
    posts = posts.sort_values(["at", "platform"], kind="stable", ignore_index=True)
    posts = _counts(world, _plant_words(world, _crossposts(world, posts)))
    posts = _without_ids(posts)
    for name, flag in (("evergreen", "evergreen"), ("banned_words", "banned")):
        if plan := world.plan(name):
            plan["post_ids"] += posts.loc[posts[flag], "post_id"].tolist()
    return posts


def synthetic_id(account_id, *cells):
    """The id that an import gives a post whose export has none: keyed by account and cells."""
    plain = "\x1f".join(unicodedata.normalize("NFKC", c).strip() for c in cells)
    return "s_" + hashlib.sha256(f"{account_id}\x1e{plain}".encode()).hexdigest()[:20]


def tagged(title, hashtags):
    """Title and hashtags as they stand in the name of a video."""
    return title + "\n" + " ".join(f"#{tag}" for tag in hashtags)


def _without_ids(posts):
    ids = posts["post_id"].tolist()
    for i, r in enumerate(posts.itertuples()):
        if r.platform == "xiaohongshu":
            ids[i] = synthetic_id(r.account_id, r.title, f"{r.at:%Y年%m月%d日%H时%M分%S秒}")
        elif r.platform == "douyin":
            ids[i] = synthetic_id(
                r.account_id, tagged(r.title, r.hashtags), f"{r.at:%Y-%m-%d %H:%M:%S}"
            )
    changed = dict(zip(posts["post_id"], ids, strict=True))
    posts["crosspost_of"] = [changed.get(v, v) for v in posts["crosspost_of"]]
    posts["post_id"] = ids
    return posts


def grown(posts, as_of):
    """Share of its final figures that each post has at the end of a day (0 before it was out).

    as_of: one day, or one for each post. The stretched exponential 1 - 2 ** -((age / half life) ** 0.8).
    """
    end = np.asarray(pd.to_datetime(as_of), "datetime64[ns]") + np.timedelta64(1, "D")
    age = (end - posts["at"].to_numpy()) / np.timedelta64(1, "h")
    return 1 - 2.0 ** -((np.maximum(age, 0) / posts["half_life_h"].to_numpy()) ** 0.8)


def snapshot(posts, as_of, *, days=None):
    """The posts out by a day, with cumulative figures at its end; `days` keeps the newest."""
    frame = posts[posts["at"].dt.date <= as_of]
    if days is not None:
        frame = frame[frame["at"] >= pd.Timestamp(as_of) - pd.Timedelta(days=days - 1)]
    share = grown(frame, as_of)
    frame = frame.copy()
    for name in (*COUNTS, "views", "impressions", "reach", "profile_visits", "link_clicks"):
        frame[name] = np.floor(frame[name] * share).astype(int)
    return frame
