"""Per section of the manual: a named change in its raw input moves its figure as stated.

MOVES holds the sections that no chapter's own tests hold already: those carry the mark
`moves(section, ...)` or begin with the section's id (`test_2_1_1_...`). Tables are written to a
store, so that views and indicators stand between them and the figure. The last test fails for a
section without any.
"""

import ast
import re
from pathlib import Path

import pandas as pd
import pytest

from opsbook.chapters import accounts, campaigns, indicators, interaction

from ..notebooks.test_clauses import CHECKLIST
from .rules import chapter01
from .rules.case import rows

PERIOD = "2026-W46"
KEY = {"platform": "weibo", "account_id": "a"}
DAY = pd.date_range("2026-11-02", "2026-11-07")


def posts(platform="weibo", account="a", **figures):
    """Six posts of a week, each with its figures a week later."""
    key = {
        "platform": platform,
        "account_id": account,
        "post_id": [f"{account}{i}" for i in range(6)],
    }
    about = pd.DataFrame(
        {
            "created_timestamp": DAY + pd.Timedelta(hours=12),
            "post_title": [f"新茶第{i}天到货" for i in range(6)],
        }
    )
    daily = pd.DataFrame({"as_of_date": DAY + pd.Timedelta(days=8)}).assign(
        basis="cumulative", **{"views": 1000, "likes": 10} | figures
    )
    return {"posts": about.assign(**key), "post_daily": daily.assign(**key)}


def joined(*tables):
    """Tables of several accounts in one."""
    names = dict.fromkeys(n for t in tables for n in t)
    return {n: pd.concat([t[n] for t in tables if n in t], ignore_index=True) for n in names}


def of_type(kind, tables, **key):
    return tables | {
        "accounts": pd.DataFrame([KEY | key | {"account_type": kind, "kind": "content"}])
    }


def orders(n, platform="xiaohongshu", **about):
    """Orders of the week that came from a platform, a hundred paid for each."""
    at = pd.date_range("2026-11-09 08:00", periods=n, freq="2h")
    frame = pd.DataFrame({"order_id": [f"o{i}" for i in range(n)], "created_at": at})
    whole = {"platform": "shopify", "shop_account_id": "s", "line_no": 1, "paid_amount": 100.0, "line_amount": 100.0,
             "status": "completed", "currency": "CNY", "source_platform": platform, "source_account_id": "a"} | about  # fmt: skip
    return {"orders": frame.assign(**whole)}


def session(gmv):
    about = rows("session_id session_title started_at", ("s1", "Tea hour", pd.Timestamp("2026-11-12 20:00")),
                 viewers=500, orders=20, gmv=gmv, likes=9, comments=3, shares=1, currency="CNY", **KEY)  # fmt: skip
    return {"live_sessions": about}


def target(value):
    wanted = rows(
        "indicator period target",
        ("views", PERIOD, value),
        platform="all",
        account_id="all",
        owner="content",
    )
    now = posts()
    now["posts"]["created_timestamp"] += pd.Timedelta(days=7)
    now["post_daily"]["as_of_date"] += pd.Timedelta(days=7)
    return now | {"targets": wanted}


def shifted(tables):
    """The same posts in the week of the period."""
    out = {n: f.copy() for n, f in tables.items()}
    out["posts"]["created_timestamp"] += pd.Timedelta(days=7)
    out["post_daily"]["as_of_date"] += pd.Timedelta(days=7)
    return out


def answered(n):
    """Ten comments of the week, of which the brand answered a number."""
    at = pd.date_range("2026-11-09 10:00", periods=10, freq="6h")
    asked = pd.DataFrame({"comment_id": [f"c{i}" for i in range(10)], "created_timestamp": at}).assign(
        text="多少钱", person_key=[f"p{i}" for i in range(10)], is_owner=False, parent_comment_id=None)  # fmt: skip
    told = asked.head(n).assign(is_owner=True, parent_comment_id=asked["comment_id"].head(n), text="在详情页",
                                created_timestamp=at[:n] + pd.Timedelta(minutes=20))  # fmt: skip
    told["comment_id"] = [f"r{i}" for i in range(n)]
    return {"comments": pd.concat([asked, told], ignore_index=True).assign(is_hidden=False, **KEY)}


def upset(n):
    """Ten comments of the week, of which a number are angry."""
    frame = answered(0)["comments"]
    return {
        "comments": frame.assign(text=["太差了，再也不买" if i < n else "好喝" for i in range(10)])
    }


def copied(n):
    """Posts of one account, and the first of them a day later on another."""
    first, second = posts(), posts("douyin", "b")
    second["posts"] = (
        second["posts"]
        .head(n)
        .assign(created_timestamp=second["posts"]["created_timestamp"] + pd.Timedelta(days=1))
    )
    second["post_daily"] = second["post_daily"].head(n)
    return joined(first, second)


def tasks(late):
    """Ten tasks finished in the week, a number of them after their date."""
    at = pd.date_range("2026-11-02 09:00", periods=10, freq="6h")
    done = pd.Timestamp("2026-11-10 12:00")
    frame = pd.DataFrame(
        {"task_id": [f"t{i}" for i in range(10)], "created_at": at, "done_at": done}
    )
    frame["due_at"] = [done + pd.Timedelta(days=-1 if i < late else 1) for i in range(10)]
    return {"tasks": frame.assign(status="done", process="publish", role="content")}


def of_strand(section, indicator):
    def value(book):
        table = accounts.scorecard(book)
        return table[(table["strand"] == section) & (table["indicator"] == indicator)][
            "value"
        ].item()

    return value


def rude(n):
    """Twelve comments of one person, of which a number break the rules."""
    at = pd.date_range("2026-10-01 10:00", periods=12, freq="3D")
    frame = pd.DataFrame({"comment_id": [f"c{i}" for i in range(12)], "created_timestamp": at})
    return {"comments": frame.assign(text=["傻逼去死吧" if i < n else "好喝" for i in range(12)], person_key="p1",
                                     is_owner=False, is_hidden=False, **KEY)}  # fmt: skip


def holiday(factor):
    """A post a day over 100 days, and a holiday of ten days in the middle whose posts are liked more."""
    at = pd.date_range("2026-08-01 10:00", periods=100, freq="D")
    inside = (at >= "2026-09-15") & (at < "2026-09-25")
    about = pd.DataFrame(
        {"post_id": [f"p{i}" for i in range(100)], "created_timestamp": at}
    ).assign(post_title="茶", **KEY)
    daily = about[["post_id"]].assign(as_of_date=at.normalize() + pd.Timedelta(days=8), basis="cumulative", views=2000,
                                      likes=[(100 + i * 7 % 11) * (factor if f else 1) for i, f in enumerate(inside)], **KEY)  # fmt: skip
    event = rows(
        "event_id event_name kind start_date end_date",
        ("e", "Tea day", "holiday", "2026-09-15", "2026-09-24"),
    )
    return {"posts": about, "post_daily": daily, "industry_events": event}


def covered(book):
    return interaction.coverage(book, "platform")["coverage"].item()


def campaign(sold, **about):
    """A campaign of ten days in October on Xiaohongshu, and a year of orders before and in it."""
    day = pd.date_range("2026-07-01", "2026-11-15")
    lines = [(f"o{d:%m%d}{i}", d + pd.Timedelta(hours=9 + i)) for d in day
             for i in range(sold if "2026-10-01" <= f"{d:%Y-%m-%d}" <= "2026-10-10" else 4)]  # fmt: skip
    whole = orders(1)["orders"].drop(columns=["order_id", "created_at"])
    frame = pd.DataFrame(lines, columns=["order_id", "created_at"]).merge(whole, how="cross")
    frame = frame.assign(platform="xiaohongshu", paid_amount=100.0 + frame["created_at"].dt.day % 5)
    form = rows("campaign_id campaign_name start_date end_date", ("c1", "Autumn", "2026-10-01", "2026-10-10"), **{
        "campaign_type": "promotion", "goal_indicator": "sales_paid", "goal_value": 9000.0, "platforms": '["xiaohongshu"]',
        "budget": 500.0, "currency": "CNY", "lessons": "Sooner", "theme": "offer"} | about)  # fmt: skip
    return {"orders": frame.assign(person_key=frame["order_id"]), "campaigns": form}


def partner(n):
    done = rows("influencer_id cooperation_id orders gmv", ("k", "x", n, 100.0 * n), cost=500.0, currency="CNY",
                impressions=9000, engagements=300, published_at="2026-10-01")  # fmt: skip
    return {
        "influencer_results": done,
        "influencers": rows("influencer_id influencer_name", ("k", "K"), platform="weibo"),
    }


def ranked(book):
    """Actions of the chapter after its sections found what they found."""
    campaigns.rules(book)
    return len(campaigns.actions(book))


TRUE = "Start 10月1日 to 10月10日, 每人限一次, 7日内寄出"
MOVES = [
    # section, what changes, figure(book), tables before, tables after, what follows
    ("1.1.1", "shares doubled", lambda b: accounts.microblog(b)["share_rate_by_views"].item(),
     of_type("microblog", posts(shares=10)), of_type("microblog", posts(shares=20)), lambda x, y: y == 2 * x > 0),
    ("1.1.2", "half the writers come back", lambda b: accounts.messaging(b)["returning_share"].item(),
     chapter01.writers(0), chapter01.writers(30), lambda x, y: (x, y) == (0, 0.5)),
    ("1.1.3", "plays go on for longer", lambda b: accounts.short_video(b)["completion_rate"].item(),
     of_type("short_video", posts(completion_rate=0.2)), of_type("short_video", posts(completion_rate=0.5)),
     lambda x, y: (x, y) == (pytest.approx(0.2), pytest.approx(0.5))),
    ("1.1.4", "twice the sales of a session", lambda b: accounts.live_sessions(b)["gmv_per_viewer"].item(),
     session(1000.0), session(2000.0), lambda x, y: (x, y) == (2, 4)),
    ("1.1.6", "twice the orders of the views", lambda b: accounts.social_commerce(b)["orders_per_mille"].item(),
     of_type("social_commerce", posts("xiaohongshu") | orders(6), platform="xiaohongshu"),
     of_type("social_commerce", posts("xiaohongshu") | orders(12), platform="xiaohongshu"),
     lambda x, y: y == pytest.approx(2 * x) and x > 0),
    ("1.3", "a target twice as high", lambda b: accounts.scorecard(b).dropna(subset=["gap"])["gap"].item(),
     target(6000.0), target(12000.0), lambda x, y: (x, y) == (0, -0.5)),
    ("1.3.1", "views doubled", of_strand("1.3.1", "views"), shifted(posts()), shifted(posts(views=2000)),
     lambda x, y: (x, y) == (6000, 12000)),
    ("1.3.2", "six comments more answered", of_strand("1.3.2", "reply_coverage"), answered(2), answered(8),
     lambda x, y: (x, y) == (0.2, 0.8)),
    ("1.3.4", "four angry comments", of_strand("1.3.4", "negative_comments"), upset(0), upset(4),
     lambda x, y: (x, y) == (0, 4)),
    ("1.3.5", "four posts repeated elsewhere", lambda b: accounts.crossposts(b)["posts"].sum(), copied(1), copied(5),
     lambda x, y: (x, y) == (1, 5)),
    ("1.3.6", "five tasks late", of_strand("1.3.6", "tasks_on_time_share"), tasks(0), tasks(5),
     lambda x, y: (x, y) == (1, 0.5)),
    ("3.3.2", "six comments more answered", covered, answered(2), answered(8), lambda x, y: (x, y) == (0.2, 0.8)),
    ("3.3.1", "a holiday's posts liked twice as often", lambda b: interaction.events(b)["relative"].item(), holiday(1),
     holiday(2), lambda x, y: abs(x) < 0.05 and y == pytest.approx(1, abs=0.1)),
    ("3.3.3", "a person becomes rude", lambda b: interaction.offenders(b)["violations"].sum(), rude(0), rude(6),
     lambda x, y: (x, y) == (0, 6)),
    ("5.1", "orders trebled in the campaign", lambda b: campaigns.by_type(b)["relative"].item(), campaign(4), campaign(12),
     lambda x, y: abs(x) < 0.3 and y == pytest.approx(2, abs=0.5)),
    ("5.1.3", "orders trebled in the campaign", lambda b: campaigns.platforms(b)["sales_per_day"].item(), campaign(4),
     campaign(12), lambda x, y: y == pytest.approx(3 * x)),
    ("5.2.4", "twice the orders of a partner", lambda b: campaigns.partners(b)["return_on_cost"].item(), partner(10),
     partner(20), lambda x, y: (x, y) == (2, 4)),
    ("5.3.1", "orders trebled in the campaign", lambda b: campaigns.collection(b)["orders"].sum(), campaign(4), campaign(12),
     lambda x, y: (x, y) == (40, 120)),
    ("5.3.3", "rules left out of a coming campaign", ranked,
     campaign(4, end_date="2026-12-10", reward_kind="coupon", rules=TRUE, disclosure="广告"),
     campaign(4, end_date="2026-12-10", reward_kind="coupon", rules=None, disclosure=None), lambda x, y: y > x),
    ("7.1.2", "likes doubled", lambda b: indicators.interaction_rates(b)["rate"].iloc[0],
     shifted(posts()), shifted(posts(likes=20)), lambda x, y: y == pytest.approx(2 * x) and x > 0),
    ("7.2.1", "six posts more", lambda b: indicators.data_model(b).set_index("table")["rows"]["posts"], posts(),
     joined(posts(), posts("douyin", "b")), lambda x, y: (x, y) == (6, 12)),
    ("7.2.2", "a target missed", lambda b: (indicators.against_targets(b), indicators.outline(b).set_index("part"))[1]["items"].iloc[-1],
     target(6000.0), target(12000.0), lambda x, y: (x, y) == (0, 1)),
]  # fmt: skip


@pytest.mark.parametrize("move", MOVES, ids=[f"{m[0]} {m[1]}" for m in MOVES])
def test_a_named_change_moves_the_figure(tiny_book, move):
    section, _, figure, before, after, follows = move
    number = int(section.split(".")[0])
    values = [figure(tiny_book(number, tables, period=PERIOD)) for tables in (before, after)]
    assert follows(*values), values


def held_elsewhere():
    """Sections that tests of the chapters hold: by their mark, or by the beginning of their name."""
    out = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.moves":
                    out.update(a.value for a in mark.args)
            name = re.match(r"test_(\d+(?:_\d+){1,2})_", node.name)
            if name:
                out.add(name[1].replace("_", "."))
    return out


def test_every_section_has_a_change_that_moves_it():
    held = held_elsewhere() | {move[0] for move in MOVES}
    assert sorted(set(CHECKLIST) - held) == [] and sorted(held - set(CHECKLIST)) == []
