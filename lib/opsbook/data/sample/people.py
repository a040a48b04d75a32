"""Comments, messages and complaints of pseudonymous people, with what is planted among them."""

import hashlib
from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.data.sample import personal, talk
from opsbook.data.sample.world import ACCOUNTS, END, EXPORTED, PRODUCTS

COMMENTS, CONVERSATIONS, TICKETS = 6400, 1250, 520
AGENTS = tuple(f"agent{i:02d}" for i in range(1, 6))


def person(name):
    """The key of a person as the workbook's own keys look: 24 hex digits, no name in it."""
    return "p_" + hashlib.sha256(f"sample {name}".encode()).hexdigest()[:24]


def _times(rng, day, n):
    hours = np.array(
        [3, 2, 1, 1, 1, 1, 2, 4, 5, 6, 6, 6, 8, 7, 5, 5, 5, 6, 8, 10, 12, 12, 9, 6], float
    )
    seconds = rng.choice(24, n, p=hours / hours.sum()) * 3600 + rng.integers(0, 3600, n)
    return pd.Timestamp(day) + pd.to_timedelta(seconds, unit="s")


def _authors(world, rng, n, label):
    """Ordinary people, the few who write much, the few who break the rules again and again."""
    plan = world.plan("community")
    who = [f"u{i:05d}" for i in rng.integers(40, 40 + int(2600 * world.scale) + 200, n)]
    if plan:
        draw = rng.random(n)
        for i in range(n):
            if label[i] == "violating" and draw[i] < 0.55:
                who[i] = plan["offenders"][int(draw[i] * 1e6) % len(plan["offenders"])]
            elif label[i] in ("praise", "suggestion") and draw[i] < 0.2:
                who[i] = plan["contributors"][int(draw[i] * 1e6) % len(plan["contributors"])]
    return who


def _ordinary(world, posts):
    rng = world.rng("comments")
    n = int(COMMENTS * world.scale)
    weight = np.sqrt(posts["comments"].to_numpy() + 1.0)
    pick = rng.choice(len(posts), n, p=weight / weight.sum())
    delay = rng.exponential(14, n)
    at = posts["at"].to_numpy()[pick] + pd.to_timedelta(delay, unit="h").to_numpy()
    # Nobody writes much at night: those wait for the morning.
    at = pd.Series(at).dt.floor("s")
    night = at.dt.hour < 7
    at = at.where(~night, at + pd.to_timedelta(rng.integers(4, 10, n), unit="h"))
    labels = rng.choice(list(talk.MIX), n, p=list(talk.MIX.values()))
    frame = pd.DataFrame({"post": pick, "at": at, "label": labels})
    frame["person"] = _authors(world, rng, n, labels)
    return frame


def _bursts(world, posts):
    plan = world.plan("bursts")
    if not plan:
        return []
    frames = []
    for k, item in enumerate(plan["items"]):
        rng = world.rng(f"burst {k}")
        own = np.flatnonzero(
            (posts["platform"] == item["platform"]).to_numpy()
            & (posts["at"].dt.date <= item["date"]).to_numpy()
        )
        start = pd.Timestamp(item["date"]) + pd.Timedelta(hours=int(rng.integers(8, 12)))
        hours = np.sort(rng.exponential(item["half_life_h"] / np.log(2), item["comments"]))
        frames.append(
            pd.DataFrame(
                {
                    "post": own[-1],
                    "at": (start + pd.to_timedelta(hours, unit="h")).floor("s"),
                    "label": "burst",
                    "person": [f"u{i:05d}" for i in rng.integers(40, 2800, item["comments"])],
                }
            )
        )
    return frames


def _language(platform):
    return next(a.language for a in ACCOUNTS if a.platform == platform)


def comments(world, posts):
    """Comments and the brand's replies; `label` is what each of them truly is."""
    rng = world.rng("comment words")
    frame = pd.concat([_ordinary(world, posts), *_bursts(world, posts)], ignore_index=True)
    frame = frame[frame["at"] < pd.Timestamp(EXPORTED)].sort_values(
        "at", kind="stable", ignore_index=True
    )
    for column in ("platform", "account_id", "post_id"):
        frame[column] = posts[column].to_numpy()[frame["post"].astype(int)]
    words = []
    for row in frame.itertuples():
        language = _language(row.platform)
        pool = talk.BURST[language] if row.label == "burst" else talk.COMMENTS[language][row.label]
        words.append(
            pool[rng.integers(len(pool))]
            + talk.TAIL[language][rng.integers(len(talk.TAIL[language]))]
        )
    frame["text"] = words
    frame["label"] = frame["label"].replace("burst", "complaint")
    frame["comment_id"] = [f"72{10**15 + 7919 * i}" for i in range(len(frame))]
    if plan := world.plan("leaks"):
        recent = frame.index[frame["at"] >= pd.Timestamp(END) - pd.Timedelta(days=100)]
        for k, i in enumerate(np.sort(rng.permutation(recent)[: plan["comments"]])):
            kind, text = personal.leak(rng, k, _language(frame.at[i, "platform"]))
            frame.at[i, "text"], frame.at[i, "label"] = text, "neutral"
            plan["comment_ids"].append(f"{kind}: {frame.at[i, 'comment_id']}")
    frame["parent_comment_id"], frame["is_owner"] = None, False
    frame["like_count"] = rng.poisson(1.2, len(frame))
    return _handled(world, frame)


def _handled(world, frame):
    """Replies, hidden violations, and people who come back after a fast reply."""
    rng = world.rng("replies")
    plan = world.plan("replies")
    chance = np.where(
        frame["label"].isin(["question", "complaint"]),
        0.62,
        np.where(frame["label"] == "violating", 0.0, 0.3),
    )
    replied = rng.random(len(frame)) < chance
    minutes = np.where(
        rng.random(len(frame)) < 0.5,
        rng.uniform(4, 55, len(frame)),
        rng.uniform(90, 1500, len(frame)),
    )
    replies, back = [], []
    for i in np.flatnonzero(replied):
        row = frame.iloc[i]
        language = _language(row["platform"])
        at = (row["at"] + pd.Timedelta(minutes=float(minutes[i]))).floor("s")
        replies.append(
            {
                "platform": row["platform"],
                "account_id": row["account_id"],
                "post_id": row["post_id"],
                "comment_id": f"73{10**15 + 104729 * i}",
                "parent_comment_id": row["comment_id"],
                "person": f"brand {row['platform']}",
                "text": talk.OWNER[language][rng.integers(len(talk.OWNER[language]))],
                "at": at,
                "like_count": 0,
                "is_owner": True,
                "label": "reply",
            }
        )
        fast = minutes[i] <= 60
        likely = 0.3 if plan is None else plan["return_fast"] if fast else plan["return_slow"]
        # A share of all returns is written here; the rest of the commenters return by chance.
        if rng.random() < max(0.0, (likely - 0.2) / 0.8):
            later = (at + pd.Timedelta(days=float(rng.uniform(1, 25)))).floor("s")
            label = ("praise", "neutral", "question")[rng.integers(3)]
            pool = talk.COMMENTS[language][label]
            back.append(
                {
                    **{k: row[k] for k in ("platform", "account_id", "post_id", "person")},
                    "comment_id": f"74{10**15 + 15485863 * i}",
                    "at": later,
                    "text": pool[rng.integers(len(pool))],
                    "label": label,
                    "like_count": 0,
                    "is_owner": False,
                    "parent_comment_id": None,
                }
            )
    hidden = (frame["label"] == "violating") & (rng.random(len(frame)) < 0.85)
    frame["is_hidden"] = hidden
    frame["handled_at"] = (
        (frame["at"] + pd.to_timedelta(rng.exponential(70, len(frame)), unit="min"))
        .dt.floor("s")
        .where(hidden)
    )
    frame["handled_by"] = np.where(hidden, "community", None)
    frame["action"] = np.where(hidden, "hide", None)
    out = pd.concat([frame, pd.DataFrame(replies), pd.DataFrame(back)], ignore_index=True)
    out = out[out["at"] < pd.Timestamp(EXPORTED)]
    out["is_hidden"] = out["is_hidden"].eq(True)
    out["is_pinned"] = False
    out["reply_count"] = (
        out["comment_id"].map(out["parent_comment_id"].value_counts()).fillna(0).astype(int)
    )
    out["person_key"] = [person(p) for p in out["person"]]
    return out.sort_values(["at", "comment_id"], kind="stable", ignore_index=True)


def comment_form(frame):
    """The columns of the generic comment form."""
    out = frame.rename(columns={"at": "created_timestamp"})
    return out[
        [
            "platform",
            "account_id",
            "comment_id",
            "post_id",
            "parent_comment_id",
            "person_key",
            "text",
            "created_timestamp",
            "like_count",
            "reply_count",
            "is_owner",
            "is_hidden",
            "is_pinned",
            "handled_at",
            "handled_by",
            "action",
        ]
    ]


def triage_labels(world, frame):
    """Labels that a person of the community gave: what the rules and the model are measured on."""
    rng = world.rng("labels")
    own = frame[(frame["label"] != "reply")]
    pick = own.sample(min(600, len(own)), random_state=int(rng.integers(2**31))).sort_values(
        "at", kind="stable"
    )
    return pd.DataFrame(
        {
            "platform": pick["platform"],
            "account_id": pick["account_id"],
            "item_kind": "comment",
            "item_id": pick["comment_id"],
            "label": pick["label"],
            "labelled_by": "community",
            "is_featured": pick["label"].eq("praise") & (pick["like_count"] > 2),
            "labelled_at": (pick["at"] + pd.Timedelta(hours=20)).dt.floor("s"),
        }
    ).reset_index(drop=True)


def messages(world):
    """Conversations on four platforms: questions, answers, delays by agent and hour."""
    rng = world.rng("messages")
    sla, faq = world.plan("sla"), world.plan("faq")
    topics = list(talk.FAQ)
    share = np.ones(len(topics))
    if faq:
        share[topics.index(faq["top"])] = faq["share"] / (1 - faq["share"]) * (len(topics) - 1)
        share[topics.index(faq["second"])] = 1.8
    n = int(CONVERSATIONS * world.scale)
    days = rng.integers(0, 240, n)
    rows = []
    for c in range(n):
        platform = ("xiaohongshu", "douyin", "wechat_official", "instagram")[
            rng.choice(4, p=[0.38, 0.27, 0.2, 0.15])
        ]
        account = next(a for a in ACCOUNTS if a.platform == platform)
        language = account.language
        topic = topics[rng.choice(len(topics), p=share / share.sum())]
        agent = AGENTS[rng.integers(len(AGENTS))]
        customer = person(f"u{int(rng.integers(40, 2800)):05d}")
        at = _times(rng, END - timedelta(days=int(days[c])), 1)[0]
        wait = rng.lognormal(2.3, 0.7)
        if at.hour < 9 or at.hour >= 18:
            wait *= 2.2
        if sla and agent == sla["agent_id"]:
            wait *= sla["slow_factor"]
        pool = talk.FAQ[topic][0 if language == "zh" else 1]
        key, turn = f"cv{c:05d}", 0
        score = int(np.clip(round(5.2 - np.log1p(wait) * 0.5 + rng.normal(0, 0.6)), 1, 5))
        for k in range(1 + int(rng.random() < 0.55)):
            asked = (
                pool[rng.integers(len(pool))] + ("？" if language == "zh" else "?")
                if k == 0
                else ("好的，谢谢" if language == "zh" else "Okay, thank you")
            )
            rows.append(
                (
                    platform,
                    account.account_id,
                    f"{key}-{turn}",
                    key,
                    "in",
                    customer,
                    None,
                    asked,
                    at.floor("s"),
                    None,
                )
            )
            turn += 1
            if rng.random() < 0.05:
                break
            at = at + pd.Timedelta(minutes=float(wait if k == 0 else rng.lognormal(1.5, 0.6)))
            answer = talk.ANSWER[language][rng.integers(len(talk.ANSWER[language]))]
            rows.append(
                (
                    platform,
                    account.account_id,
                    f"{key}-{turn}",
                    key,
                    "out",
                    customer,
                    agent,
                    answer,
                    at.floor("s"),
                    score if k == 0 and rng.random() < 0.4 else None,
                )
            )
            turn += 1
            at = at + pd.Timedelta(minutes=float(rng.lognormal(2, 0.8)))
    frame = pd.DataFrame(
        rows,
        columns=[
            "platform",
            "account_id",
            "message_id",
            "conversation_id",
            "direction",
            "person_key",
            "agent_id",
            "text",
            "sent_timestamp",
            "satisfaction",
        ],
    )
    frame.insert(8, "msg_type", "text")
    frame = frame[frame["sent_timestamp"] < pd.Timestamp(EXPORTED)]
    return frame.sort_values(["sent_timestamp", "message_id"], kind="stable", ignore_index=True)


def tickets(world, lines):
    """Complaints by product and cause; one cause is fixed on a day, and the fix works."""
    rng = world.rng("tickets")
    plan, sla = world.plan("complaints"), world.plan("sla")
    ids = [p[0] for p in PRODUCTS]
    rows = []
    day, made = date(2026, 1, 1), 0
    rate = TICKETS * world.scale / (END - day).days
    while day <= END:
        planted = 0.0
        if plan:
            planted = (
                1.4 * (1 - plan["cut"] if day >= plan["fix_at"] else 1) * max(world.scale, 0.5)
            )
        for hit in [False] * rng.poisson(rate) + [True] * rng.poisson(planted):
            made += 1
            cause = (
                plan["cause"] if hit else list(talk.COMPLAINT)[rng.integers(len(talk.COMPLAINT))]
            )
            product = plan["product_id"] if hit else ids[rng.integers(len(ids))]
            agent = AGENTS[rng.integers(len(AGENTS))]
            slow = sla["slow_factor"] / 2 if sla and agent == sla["agent_id"] else 1
            received = _times(rng, day, 1)[0]
            acknowledged = received + pd.Timedelta(hours=float(rng.lognormal(0.6, 0.8)))
            hours = float(rng.lognormal(2.9, 0.7) * slow)
            solved = acknowledged + pd.Timedelta(hours=hours)
            done = solved < pd.Timestamp(EXPORTED) and rng.random() < 0.96
            reopened = solved + pd.Timedelta(hours=30) if done and rng.random() < 0.08 else pd.NaT
            platform = ("xiaohongshu", "douyin", "wechat_official")[rng.integers(3)]
            rows.append(
                {
                    "ticket_id": f"T{made:05d}",
                    "platform": platform,
                    "account_id": next(a.account_id for a in ACCOUNTS if a.platform == platform),
                    "person_key": person(f"u{int(rng.integers(40, 2800)):05d}"),
                    "received_at": received,
                    "acknowledged_at": acknowledged.floor("s")
                    if acknowledged < pd.Timestamp(EXPORTED)
                    else pd.NaT,
                    "solved_at": solved.floor("s") if done else pd.NaT,
                    "reopened_at": reopened.floor("s")
                    if reopened is not pd.NaT and reopened < pd.Timestamp(EXPORTED)
                    else pd.NaT,
                    "cause": cause,
                    "product_id": product,
                    "order_id": None,
                    "agent_id": agent,
                    "satisfaction": int(np.clip(round(4.6 - hours / 40 + rng.normal(0, 0.7)), 1, 5))
                    if done and rng.random() < 0.6
                    else None,
                    "fix_id": plan["fix_id"]
                    if plan and cause == plan["cause"] and product == plan["product_id"]
                    else None,
                    "fix_at": plan["fix_at"]
                    if plan and cause == plan["cause"] and product == plan["product_id"]
                    else None,
                    "text": talk.COMPLAINT[cause],
                }
            )
        day += timedelta(days=1)
    frame = pd.DataFrame(rows)
    frame["satisfaction"] = frame["satisfaction"].astype("Int64")
    known = lines.loc[lines["platform"] == "xiaohongshu", "order_id"].to_numpy()
    if len(known):
        frame["order_id"] = np.where(
            frame["platform"] == "xiaohongshu", rng.choice(known, len(frame)), None
        )
    return frame
