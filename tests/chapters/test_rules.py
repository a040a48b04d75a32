"""Every rule that makes findings: its words in full, a place in the code, and a test that names it.

A rule is a message with `.what`, `.action` and `.if`. PAIRS drives rules both ways on small tables.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from opsbook.chapters import accounts, content, interaction, team
from opsbook.config import load_toml
from opsbook.present.language import catalogue_files

from .conftest import ROOT

# Rules that no test names yet. A new rule does not belong here: write its pair.
UNNAMED = """
1.1.2.few_return 1.1.4.sells 1.1.close 1.3.3.stale 1.3.5.leads 1.3.missed
10.1.1.drift 10.1.1.unfit 10.1.2.original_less 10.1.4.role 10.1.5.cohort_down 10.1.5.outlook
10.1.5.step_down 10.1.5.step_up 10.2.1.strong 10.2.2.advocates 10.2.3.buy 10.2.4.does_not
10.2.4.no_holdout 10.2.4.no_lift 10.3.1.new 10.3.2.keep_trying 10.3.3.stale 10.3.5.no_effect
10.3.5.slower 2.1.1.unlabelled 2.1.1.unmet 2.2.1.slot 2.2.2.outside 2.3.1.behind
2.3.2.above 2.3.2.below 3.1.1.missed 3.1.1.slow_violations 3.1.1.waiting 3.2.1.contradicted
3.2.1.open 3.2.1.promises 3.2.1.unanswered 3.2.2.breach 3.2.2.fix_no_cut 3.2.2.fix_worse
3.2.2.waiting_costs 3.3.1.event 3.3.1.event_down 3.3.1.hurts 3.3.1.topic 3.3.2.coverage
3.3.3.contributors 4.1.1.none 4.2.1.repeat 4.2.2.rule 5.1.2.weak_theme 5.1.3.no_gain
5.1.6.not_identified 5.1.6.split 5.1.best_type 5.2.4.best 5.2.4.weak 5.2.5.shift 5.3.1.coverage
5.3.2.harmed 5.3.2.not_told 6.1.1.best 6.1.2.strong 6.1.2.weak 6.1.2.worse 6.2.2.asset
6.2.2.no_call 6.3.1.moved 6.3.1.overclaim 6.3.1.totals 6.3.2.alarm 6.3.2.not_identified
6.3.2.pause 6.3.2.shift 7.1.1.better 7.1.1.fall 7.3.1.not_moved 7.3.1.wrong_way 9.2.faster
""".split()


@cache
def rules():
    """The rules of the catalogues; ids of sections and of columns that end in `what` are none."""
    keys = {key for path in catalogue_files() for key in load_toml(path)}
    ends = {key.removesuffix(".what") for key in keys if key.endswith(".what")}
    return sorted(rule for rule in ends if rule[0].isdigit())


def patterns(node):
    """Regular expressions of the ids that an expression may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [re.escape(node.value)]
    if isinstance(node, ast.JoinedStr):
        parts = [re.escape(p.value) if isinstance(p, ast.Constant) else ".+" for p in node.values]
        return ["".join(parts)]
    if isinstance(node, ast.IfExp):
        return patterns(node.body) + patterns(node.orelse)
    return []


def in_code():
    """Every id that a chapter's code writes or puts together, as regular expressions."""
    out = set()
    for path in Path(ROOT / "lib/opsbook/chapters").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            out.update(p for p in patterns(node) if re.match(r"(\d+\\\.)|\.\+", p))
    return out


def named_in_tests():
    """Rules that a test file of the chapters names, this file apart."""
    out = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        if path != Path(__file__):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    out.add(node.value)
    return out & set(rules())


def test_every_rule_says_what_who_and_what_would_change_it():
    words = {key: forms for path in catalogue_files() for key, forms in load_toml(path).items()}
    for rule in rules():
        for part in ("what", "action", "if"):
            assert all(words[f"{rule}.{part}"].values()), f"{rule}.{part}"


def test_every_rule_of_the_catalogue_is_in_the_code():
    found = [re.compile(p) for p in in_code()]
    assert [r for r in rules() if not any(p.fullmatch(r) for p in found)] == []


def test_every_rule_is_named_by_a_test():
    assert sorted(set(rules()) - named_in_tests() - {pair[0] for pair in PAIRS}) == sorted(UNNAMED)


# ---- pairs: rule, chapter, call, tables on which it fires, tables on which it stays silent

PERIOD = "2026-W46"


def duties(**letters):
    rows = [{"duty": "write_copy", "role": role, "raci": raci} for role, raci in letters.items()]
    return pd.DataFrame(rows)


def people(*roles):
    rows = [
        {"person_key": f"p{i}", "role": role, "hours_per_week": 40.0}
        for i, role in enumerate(roles)
    ]
    return pd.DataFrame(rows)


def profiles(*names):
    rows = [
        {"platform": platform, "account_id": "a", "bio": name, "kind": "content"}
        for platform, name in zip(("weibo", "douyin", "xiaohongshu"), names, strict=True)
    ]
    return {"accounts": pd.DataFrame(rows)}


def complaints(reopened):
    at = pd.date_range("2026-10-01 10:00", periods=30, freq="D")
    again = [t + pd.Timedelta(days=2) if i < reopened else pd.NaT for i, t in enumerate(at)]
    frame = pd.DataFrame(
        {"ticket_id": [f"T{i}" for i in range(30)], "received_at": at, "cause": "late_delivery"}
    )
    return {
        "tickets": frame.assign(
            acknowledged_at=at + pd.Timedelta(hours=1),
            solved_at=at + pd.Timedelta(hours=20),
            reopened_at=again,
            platform="douyin",
            account_id="a",
            agent_id="x",
        )
    }


def talkers(loud):
    """Comments of 100 people; the first ten write `loud` each, the others one."""
    who = [f"p{i}" for i in range(100) for _ in range(loud if i < 10 else 1)]
    at = pd.date_range("2026-10-05 08:00", periods=len(who), freq="h")
    frame = pd.DataFrame({"person_key": who, "created_timestamp": at, "text": "好喝"})
    return {
        "comments": frame.assign(
            comment_id=[f"c{i}" for i in range(len(who))],
            platform="douyin",
            account_id="a",
            is_owner=False,
            is_hidden=False,
        )
    }


def bought(source):
    """Forty orders of the week that came from a platform, or from nowhere."""
    at = pd.date_range("2026-11-09 08:00", periods=40, freq="3h")
    frame = pd.DataFrame({"order_id": [f"o{i}" for i in range(40)], "created_at": at})
    return {
        "orders": frame.assign(
            platform="shopify", shop_account_id="s", line_no=1, person_key="p", paid_amount=100.0,
            line_amount=100.0, status="completed", currency="CNY", source_platform=source,
        )
    }  # fmt: skip


def followers_of_age(share):
    """A profile in which 25-34 holds a share; the target of workbook.toml is 45 %."""
    frame = pd.DataFrame({"value": ["25-34", "18-24"], "share": [share, 0.25]})
    return {
        "audience_profile": frame.assign(
            platform="weibo", account_id="a", as_of_date=pd.Timestamp("2026-11-10").date(),
            dimension="age",
        )
    }  # fmt: skip


RACI = {"content": "RA", "design": "R"}
PAIRS = [
    ("9.1.vacant", 9, team.raci,
     {"duties": duties(**RACI), "team": people("design")},
     {"duties": duties(**RACI), "team": people("design", "content")}),
    ("9.1.no_responsible", 9, team.raci,
     {"duties": duties(content="A")}, {"duties": duties(content="RA")}),
    ("9.1.several_accountable", 9, team.raci,
     {"duties": duties(content="RA", design="A")}, {"duties": duties(content="RA", design="R")}),
    ("1.2.2.differs", 1, accounts.completeness,
     profiles("Tea", "Tea", "Coffee"), profiles("Tea", "Tea", "Tea")),
    ("3.2.2.reopened", 3, interaction.funnel, complaints(12), complaints(1)),
    ("1.2.4.unattributed", 1, accounts.attribution, bought(None), bought("weibo")),
    ("2.1.1.audience", 2, content.audience, followers_of_age(0.2), followers_of_age(0.44)),
    ("3.3.3.concentrated", 3, interaction.activity, talkers(30), talkers(1)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "chapter", "call", "fires", "silent"), PAIRS, ids=[pair[0] for pair in PAIRS]
)
def test_a_rule_fires_and_stays_silent(tiny_book, rule, chapter, call, fires, silent):
    for tables, times in ((fires, 1), (silent, 0)):
        book = tiny_book(chapter, tables, period=PERIOD)
        assert len(call(book))
        found = [f for f in book.sorted_findings() if f.message == rule]
        assert bool(found) == bool(times), [f.message for f in book.sorted_findings()]
