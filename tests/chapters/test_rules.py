"""Every rule that makes findings: its words in full, a place in the code, and a case that drives it both ways.

A rule is a message with `.what`, `.action` and `.if`. The cases are in tests/chapters/rules.
"""

import ast
import re
from contextlib import suppress
from dataclasses import replace
from functools import cache, reduce
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

import opsbook
from opsbook.config import load_toml
from opsbook.data import schema
from opsbook.present.language import catalogue_files

from .conftest import ROOT, make_home
from .rules import cases
from .rules.case import canonical

CASES = cases()
UNWRITTEN = re.compile(r"\b(nan|None(?! of)|NaT|inf|<NA>)\b|\{\w*\}")


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


def test_every_rule_says_what_who_and_what_would_change_it():
    words = {key: forms for path in catalogue_files() for key, forms in load_toml(path).items()}
    for rule in rules():
        for part in ("what", "action", "if"):
            assert all(words[f"{rule}.{part}"].values()), f"{rule}.{part}"


def test_every_rule_of_the_catalogue_is_in_the_code():
    found = [re.compile(p) for p in in_code()]
    assert [r for r in rules() if not any(p.fullmatch(r) for p in found)] == []


def test_every_rule_has_a_case_that_drives_it_both_ways():
    assert sorted(case.rule for case in CASES) == rules()


@pytest.mark.parametrize("case", [c for c in CASES if c.fires.frames], ids=lambda case: case.rule)
def test_a_form_filled_in_by_half_breaks_nothing_and_says_no_nan(found, case):
    emptied = {}
    for name, frame in case.fires.frames.items():
        about = schema.table(name)
        free = [
            c
            for c in frame
            if about.columns[c].type == "text"
            and not about.columns[c].required
            and c not in about.key
        ]
        emptied[name] = frame.assign(**dict.fromkeys(free))
    for told in found(replace(case.fires, frames=emptied), _chapter(case)):
        assert not UNWRITTEN.search(f"{told.what} {told.action} {told.changes_if}"), told


def _chapter(case):
    return int(case.rule.split(".")[0])


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A workbook without data."""
    return make_home(tmp_path_factory.mktemp("rules") / "bare")


@pytest.fixture(scope="module")
def found(bare, tmp_path_factory):
    """found(given, language): the findings of a call; each is run once."""

    @cache
    def run(given, chapter, language="en"):
        home = bare
        if given.tables:
            home = make_home(tmp_path_factory.mktemp("rules") / "home", given.tables)
        book = opsbook.open_chapter(chapter, home=home, period=given.period, language=language)
        _stand_in(book, given)
        with pytest.MonkeyPatch.context() as patch:
            for path, value in given.replaced.items():
                patch.setattr(*_place(path), value)
            given.call(book)
        return book.sorted_findings()

    return run


def _place(path):
    """The module or class below opsbook that a dotted path lies in, and the name in it."""
    names = f"opsbook.{path}".split(".")
    for cut in range(len(names) - 1, 0, -1):
        with suppress(ModuleNotFoundError):
            held = import_module(".".join(names[:cut]))
            return reduce(getattr, names[cut:-1], held), names[-1]


def _stand_in(book, given):
    """Let the book answer with what was given before it reads the store."""
    frame, view, once = book.frame, book.view, book.once

    def frame_of(name, *, period=None, columns=None):
        if name not in given.frames:
            return frame(name, period=period, columns=columns)
        whole = canonical(name, given.frames[name])
        return whole[list(columns)] if columns else whole

    book.frame = frame_of
    book.view = lambda name, build, **about: (
        given.views[name].copy() if name in given.views else view(name, build, **about)
    )
    book.once = lambda name, build: given.known[name] if name in given.known else once(name, build)


@pytest.mark.parametrize("case", CASES, ids=[case.rule for case in CASES])
def test_a_rule_fires_and_stays_silent(found, case):
    chapter = _chapter(case)
    fired = [f for f in found(case.fires, chapter) if f.message == case.rule]
    assert fired, [f.message for f in found(case.fires, chapter)]
    for said in fired:
        assert not UNWRITTEN.search(f"{said.what} {said.action} {said.changes_if}"), said
    told = [f for f in found(case.silent, chapter) if f.message == case.rule]
    assert not told, told
    given, other = case.fires.inputs(), case.silent.inputs()
    assert set(given) == set(other), "the two states are of the same tables"
    assert not [n for n, v in {**given, **other}.items() if isinstance(v, pd.DataFrame) and v.empty]
