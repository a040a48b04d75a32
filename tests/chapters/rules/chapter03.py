"""Rules of chapter 3: comments, messages, complaints, community."""

import numpy as np
import pandas as pd

from opsbook.chapters import interaction

from .case import Case, Given, both, rows

END = pd.Timestamp("2026-11-16")
HOUR = pd.Timedelta(hours=1)


def comments(n=40, every=4.0, since=2.0, **about):
    """Comments judged already: one each `every` hours, the newest `since` hours before the end."""
    at = END - HOUR * since - pd.to_timedelta(np.arange(n)[::-1] * every, unit="h")
    frame = pd.DataFrame({
        "comment_id": [f"c{i}" for i in range(n)], "at": at, "platform": "douyin", "account_id": "a",
        "person_key": [f"p{i}" for i in range(n)], "text": "请问怎么泡", "label": "question", "rule_label": "question",
        "label_source": "rule", "urgency": 40.0, "tone": 0.1, "private": "", "is_hidden": False,
        "is_replied": False, "is_handled": False, "is_featured": False, "like_count": 0.0,
        "replied_at": pd.NaT, "reply_minutes": np.nan, "reply_tone": np.nan, "reply_text": None,
        "handled_at": pd.NaT, "handled_minutes": np.nan,
    })  # fmt: skip
    return frame.assign(**about)


def said(**about):
    return {"interaction.comments": comments(**about)}


def marked(n, share, label, other="neutral", **about):
    """Comments of which a share has one label, evenly spread."""
    step = np.arange(n) * share % 1 + share > 1 - 1e-9
    return comments(n, label=np.where(step, label, other), **about)


def weeks(now, before):
    """A hundred comments of this week and of last week, with their shares of complaints."""
    parts = [
        marked(100, now, "complaint", every=1.6),
        marked(100, before, "complaint", every=1.6, since=170),
    ]
    return {
        "interaction.comments": pd.concat(parts, ignore_index=True).sort_values(
            "at", ignore_index=True
        )
    }


def judged(right):
    """Forty complaints by a person's word, of which the rules found `right`; texts all differ."""
    rule = np.where(np.arange(40) < right, "complaint", "neutral")
    return said(label="complaint", rule_label=rule, label_source="person",
                text=[f"{chr(0x4E00 + 37 * i)}{chr(0x5E00 + 41 * i)}" for i in range(40)])  # fmt: skip


def violations(minutes):
    return said(label="violating", is_handled=True, handled_minutes=minutes)


def loud(extra):
    """A hundred people who comment once, and ten of them `extra` times more."""
    who = [f"p{i}" for i in range(100)] + [f"p{i % 10}" for i in range(10 * extra)]
    return {"interaction.comments": comments(len(who), 2.0, person_key=who)}


def rude(times):
    return said(person_key=["bad" if i < times else f"p{i}" for i in range(40)], label="violating")


def helpful(weeks_):
    """One person's praise: sixteen comments over a number of weeks."""
    return said(n=16, every=168 * weeks_ / 16, person_key="fan", label="praise", tone=0.6)


ASKED, PUNCTUAL = said(urgency=80.0), said(urgency=80.0, is_replied=True)

CASES = [
    both("3.1.1.complaints_up", interaction.triage, known=(weeks(0.5, 0.1), weeks(0.1, 0.1))),
    both("3.1.1.waiting", interaction.queue, known=(ASKED, PUNCTUAL)),
    both("3.1.1.slow_violations", interaction.violations, known=(violations(600.0), violations(10.0))),
    both("3.1.1.missed", interaction.quality, known=(judged(12), judged(38))),
    both("3.3.3.concentrated", interaction.activity, known=(loud(30), loud(1))),
    both("3.3.3.offender", interaction.offenders, known=(rude(6), rude(1))),
    both("3.3.3.contributors", interaction.contributors, known=(helpful(14), helpful(5))),
]  # fmt: skip

# ---- 3.1.2 and 3.2.1: messages and questions


def messages(n=40, **about):
    at = END - pd.to_timedelta(np.arange(n)[::-1] * 8.0 + 30, unit="h")
    frame = pd.DataFrame({
        "message_id": [f"m{i}" for i in range(n)], "conversation_id": [f"k{i}" for i in range(n)], "at": at,
        "platform": "douyin", "account_id": "a", "person_key": [f"p{i}" for i in range(n)], "agent_id": None,
        "direction": "in", "text": "什么时候发货", "label": "question", "private": "", "is_hidden": None,
    })  # fmt: skip
    return frame.assign(**about)


def agents(slow):
    """Two agents who answer in 20 minutes, and one who takes `slow`, day and hour being equal."""
    at = END - pd.to_timedelta(np.arange(180)[::-1] * 5.0 + 3, unit="h")
    who = np.array(["ann", "bob", "cem"])[np.arange(180) % 3]
    wait = np.where(who == "cem", slow, 20.0) * np.exp(0.2 * np.sin(np.arange(180)))
    frame = pd.DataFrame({"at": at, "agent_id": who, "response_minutes": wait}).assign(
        platform="douyin", account_id="a", hour=at.hour, is_answered=True, is_due=True, is_resolved=True,
        is_within=wait <= 120, resolution_minutes=wait * 3, satisfaction=np.nan, conversation_id=range(180),
    )  # fmt: skip
    return {"interaction.conversations": frame}


def by_agent(book):
    return interaction.response(book, "agent")


def asked(n=40, **about):
    """Questions of one group, asked each 12 hours; answered within the hour unless said otherwise."""
    at = END - pd.to_timedelta(np.arange(n)[::-1] * 12.0 + 3, unit="h")
    frame = pd.DataFrame({
        "at": at, "group": 1, "wording": "怎么泡", "text": "怎么泡", "place": "message", "platform": "douyin",
        "item_id": [f"q{i}" for i in range(n)], "person_key": [f"p{i}" for i in range(n)], "replies": 1,
        "answer": "80度水冲泡", "answered_at": at + HOUR, "is_replied": True,
    })  # fmt: skip
    return {"interaction.asked": frame.assign(**about)}


def promised(kept):
    """Twenty promises to come back within a day; some agents wrote again, the others did not."""
    first = messages(20, direction="out", agent_id="ann", text="稍后回复您")
    after = first.head(kept).assign(at=first["at"].head(kept) + HOUR, text="已经处理好了")
    whole = pd.concat([first, after], ignore_index=True)
    return {"interaction.messages": whole.assign(at=whole["at"] - pd.Timedelta(days=10))}


def last_word(answered):
    """Forty messages; of the answered ones the brand has the last word."""
    came = messages(40)
    out = came.head(answered).assign(
        direction="out", agent_id="ann", at=came["at"].head(answered) + HOUR
    )
    return {"interaction.messages": pd.concat([came, out], ignore_index=True)}


def twice(again):
    """Twenty people ask; `again` of them ask the same three days after the answer."""
    first = asked(20)["interaction.asked"]
    first = first.assign(
        at=first["at"] - pd.Timedelta(days=20),
        answered_at=first["answered_at"] - pd.Timedelta(days=20),
    )
    second = first.head(again).assign(at=first["at"].head(again) + pd.Timedelta(days=3))
    return {"interaction.asked": pd.concat([first, second], ignore_index=True)}


ANSWERS = np.where(np.arange(40) < 20, "80度水冲泡", "95度水冲泡")
SPOKEN = {"interaction.messages": messages()}
CASES += [
    both("3.1.2.slow_agent", by_agent, known=(agents(60.0), agents(20.0))),
    both("3.1.2.private", interaction.private_data,
         known=({**said(private="mobile"), **SPOKEN}, {**said(private="mobile", is_hidden=True), **SPOKEN})),
    both("3.1.2.faq", interaction.faq,
         known=(asked(group=np.where(np.arange(40) < 30, 1, -1)), asked(group=np.where(np.arange(40) < 10, 1, -1)))),
    both("3.2.1.open", interaction.open_questions, known=(asked(replies=0), asked(replies=1))),
    both("3.2.1.unanswered", interaction.unanswered, known=(last_word(10), last_word(40))),
    both("3.2.1.promises", interaction.promises, known=(promised(4), promised(19))),
    both("3.2.1.contradicted", interaction.contradictions, known=(asked(answer=ANSWERS), asked())),
    both("3.2.1.again", interaction.asked_again, known=(twice(10), twice(1))),
]  # fmt: skip

# ---- 3.2.2: complaints


def tickets(n=60, every=24.0, hours=20.0, **about):
    """Complaints of late delivery of green tea, solved after `hours`."""
    at = END - pd.to_timedelta(np.arange(n)[::-1] * every + 48, unit="h")
    took = pd.to_timedelta(hours, unit="h")
    frame = pd.DataFrame({
        "ticket_id": [f"T{i}" for i in range(n)], "at": at, "acknowledged_at": at + HOUR, "solved_at": at + took,
        "reopened_at": pd.NaT, "is_acknowledged": True, "is_solved": True, "is_reopened": False,
        "solution_hours": hours, "due_at": at + 48 * HOUR, "is_due": True, "is_within": np.asarray(hours) <= 48,
        "platform": "douyin", "account_id": "a", "agent_id": "ann", "cause": "late_delivery", "product": "Green",
        "satisfaction": 4.0, "fix_id": None, "fix_at": pd.NaT, "text": "慢", "person_key": "p",
    })  # fmt: skip
    return {"interaction.tickets": frame.assign(**about)}


def reopened(n):
    again = np.arange(60) < n
    at = tickets()["interaction.tickets"]["solved_at"]
    return tickets(is_reopened=again, reopened_at=(at + 24 * HOUR).where(again))


def broken(share):
    """Of Green the share that complains of breakage; of Black one in five."""
    step = np.arange(100)
    green = step % 2 == 0
    cause = np.where(step // 2 % 10 < np.where(green, 10 * share, 2), "damaged", "late_delivery")
    return tickets(100, 12.0, product=np.where(green, "Green", "Black"), cause=cause)


def served(hours):
    """Two agents; the second needs `hours`."""
    own = np.arange(80) % 2 == 1
    return tickets(
        80,
        hours=np.where(own, hours, 20.0) + np.arange(80) % 4,
        agent_id=np.where(own, "cem", "ann"),
    )


def liked(late):
    """Satisfaction of complaints solved in a day, and of those that took five days."""
    slow = np.arange(60) % 2 == 1
    return tickets(
        hours=np.where(slow, 120.0, 12.0),
        satisfaction=np.where(slow, late, 4.5) + np.arange(60) % 3 / 10,
    )


def fixed(after):
    """A fix 90 days ago: 240 complaints of its matter before, `after` since; others as ever."""
    day = END - pd.Timedelta(days=90)

    def spread(count, start, **about):
        at = start + pd.to_timedelta(np.linspace(1, 89 * 24, count), unit="h")
        return pd.DataFrame({"at": at}).assign(**about)

    matter = {"product": "Green", "cause": "damaged"}
    other = {"product": "Black", "cause": "late_delivery"}
    before = day - pd.Timedelta(days=90)
    frame = pd.concat([spread(240, before, **matter), spread(after, day, **matter), spread(500, before, **other),
                       spread(500, day, **other)], ignore_index=True)  # fmt: skip
    frame["fix_id"] = [("F1" if i == 0 else None) for i in range(len(frame))]
    return {"interaction.tickets": frame.assign(fix_at=day)}


CUT, UNCHANGED, RISEN = (Given(interaction.fixes, known=fixed(n)) for n in (60, 240, 600))
CASES += [
    both("3.2.2.reopened", interaction.funnel, known=(reopened(24), reopened(1))),
    both("3.2.2.breach", interaction.breaches,
         known=(tickets(is_solved=False, solved_at=pd.NaT), tickets(hours=12.0))),
    both("3.2.2.cause", interaction.causes, known=(broken(0.8), broken(0.2))),
    both("3.2.2.slow", interaction.solution_times, known=(served(90.0), served(20.0))),
    both("3.2.2.waiting_costs", interaction.satisfaction, known=(liked(2.0), liked(4.5))),
    Case("3.2.2.fix_cut", CUT, RISEN),
    Case("3.2.2.fix_no_cut", UNCHANGED, CUT),
    Case("3.2.2.fix_worse", RISEN, UNCHANGED),
]  # fmt: skip

# ---- 3.3


def posts(n=240, **about):
    """Posts of one account, one a day and a half; interactions that hardly differ."""
    at = END - pd.to_timedelta(np.arange(n)[::-1] * 36.0 + 12, unit="h")
    frame = pd.DataFrame({
        "at": at, "date_day": at.normalize(), "interactions": 100.0 + np.arange(n) * 7 % 23, "comments": 10.0,
        "account": "weibo:a", "post_type": "image", "daypart": "4d", "campaign_id": None, "post_title": "茶",
        "post_message": "", "has_vote": False, "has_question": np.arange(n) * 3 % 7 < 3, "has_lottery": False,
        "has_call": False, "theme": np.array(["daily", "product", "story"])[np.arange(n) % 3],
    })  # fmt: skip
    frame["week"] = frame["date_day"].dt.to_period("W-SUN").dt.start_time
    return frame.assign(**about)


def where(flag, factor):
    """The posts, with interactions times a factor where a condition on them holds."""
    frame = posts()
    return {
        "interaction.posts": frame.assign(
            interactions=frame["interactions"] * np.where(flag(frame), factor, 1)
        )
    }


def event(factor):
    festival = rows(
        "event_name kind start_date end_date", ("Tea day", "holiday", "2026-09-01", "2026-09-24")
    )
    days = where(lambda f: f["date_day"].between("2026-09-01", "2026-09-24"), factor)
    return Given(interaction.events, known=days, frames={"industry_events": festival})


def by_label(book):
    return interaction.coverage(book, "label")


def mood(now):
    """Tone of the week against that of eight weeks before."""
    frame = comments(500, 3.2)
    week = frame["at"] >= END - pd.Timedelta(days=7)
    return {
        "interaction.comments": frame.assign(
            tone=np.where(week, now, 0.3) + np.arange(500) % 5 / 50
        )
    }


def followed(back):
    """A hundred answered at once, of whom `back` return, and a hundred answered late: 30."""
    fast = np.arange(200) < 100
    frame = pd.DataFrame({"speed": np.where(fast, "fast", "slow"), "person_key": [f"p{i}" for i in range(200)],
                          "returned": np.where(fast, np.arange(200) < back, np.arange(200) - 100 < 30)})  # fmt: skip
    return {"interaction.followed": frame.assign(platform=np.where(np.arange(200) % 2, "weibo", "douyin"), label="question",
                                                 tone="warm")}  # fmt: skip


HELPS, NOTHING, HURTS = (
    Given(interaction.invitations, known=where(lambda f: f["has_question"], factor))
    for factor in (1.8, 1.0, 0.5)
)
UP, FLAT, DOWN = event(2.0), event(1.0), event(0.4)
CASES += [
    Case("3.3.1.helps", HELPS, NOTHING),
    Case("3.3.1.hurts", HURTS, NOTHING),
    both("3.3.1.topic", interaction.topics,
         known=tuple(where(lambda f: f["theme"] == "story", factor) for factor in (2.0, 1.0))),
    Case("3.3.1.event", UP, FLAT),
    Case("3.3.1.event_down", DOWN, FLAT),
    both("3.3.2.coverage", by_label, known=(said(is_replied=np.arange(40) < 16), said(is_replied=np.arange(40) < 38))),
    both("3.3.2.fast", interaction.returns, known=(followed(70), followed(30))),
    both("3.3.2.mood", interaction.sentiment, known=(mood(0.0), mood(0.3))),
]  # fmt: skip
