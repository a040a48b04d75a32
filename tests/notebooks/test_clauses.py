"""The checklist: every clause of every section has a place; test_runs.py looks for it in a run."""

import importlib
import inspect
import re
import tomllib
from pathlib import Path

import pytest

import opsbook

CHECKLIST = tomllib.loads((Path(__file__).parent / "clauses.toml").read_text("utf-8"))
NUMBER = {"accounts": 1, "content": 2, "interaction": 3, "visuals": 4, "campaigns": 5, "ads": 6,
          "indicators": 7, "risk": 8, "team": 9, "growth": 10}  # fmt: skip
# words that join clauses and ask for nothing themselves
JOINING = set("and the of a an by with as to in for it out each on flag or".split())


def uncovered(does, passages):
    """Words of a requirement that no passage quotes; a passage that is no part of it is an error."""
    for passage in sorted(passages, key=len, reverse=True):
        assert passage in does, f"not a passage of {does!r}: {passage!r}"
        does = does.replace(passage, " ", 1)
    return [w for w in re.findall(r"[\w'/]+", does) if w.lower() not in JOINING]


def unanswered(places, shown):
    """Places that a run does not show: ids of charts, or ids of tables with columns."""
    out = []
    for place in places:
        name, _, columns = place.partition(": ")
        if name not in shown or not set(columns.split()) <= shown[name]:
            out.append(place)
    return out


def places(kind):
    """Every place of the checklist of a kind: (section, place); kind "code" are functions."""
    for section, entry in CHECKLIST.items():
        for _, *answers in entry["clauses"]:
            for answer in answers:
                is_code = answer.split(":")[0].split(".")[0].isalpha()
                if is_code == (kind == "code"):
                    yield section, answer


def test_the_checklist_has_89_sections():
    assert len(CHECKLIST) == 89


@pytest.mark.parametrize("section", CHECKLIST)
def test_every_word_of_the_requirement_belongs_to_a_clause_with_a_place(section):
    entry = CHECKLIST[section]
    assert uncovered(entry["does"], [c[0] for c in entry["clauses"]]) == []
    assert all(len(c) > 1 for c in entry["clauses"])


def test_the_check_itself_can_fail():
    does = "Backlog by age; what is missing."
    assert uncovered(does, ["Backlog by age"]) == ["what", "is", "missing"]
    with pytest.raises(AssertionError, match="not a passage"):
        uncovered(does, ["Backlog by size"])
    shown = {"1.1.table": {"age", "n"}, "1.1.chart": set()}
    assert unanswered(["1.1.table: age", "1.1.chart"], shown) == []
    assert unanswered(["1.1.table: size", "1.1.other"], shown) == ["1.1.table: size", "1.1.other"]


@pytest.mark.parametrize("place", sorted({p for _, p in places("code") if ": " in p}))
def test_what_the_sample_may_lack_has_its_columns_on_an_empty_store(tmp_path, place):
    """These tables are empty on some brands; their columns stand in the chapter's empty frame."""
    name, columns = place.split(": ")
    chapter, call = name.split(".")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "workbook.toml").write_bytes(
        (Path(__file__).parents[2] / "data" / "workbook.toml").read_bytes()
    )
    book = opsbook.open_chapter(NUMBER[chapter], home=tmp_path, period="2026-W46")
    module = importlib.import_module(f"opsbook.chapters.{chapter}")
    assert set(columns.split()) <= set(getattr(module, call)(book).columns)
    cells = Path(__file__).parents[2] / "notebooks"
    used = "".join(p.read_text("utf-8") for p in cells.glob(f"{NUMBER[chapter]:02d}_*.ipynb"))
    assert f"{name}(book" in used


def test_the_remaining_places_exist():
    """The draft checker's parts, the calendar's files, and the findings of a section."""
    from opsbook.chapters.content.drafts import DraftCheck
    from opsbook.publish.handover import calendar

    rest = {p for _, p in places("code") if ": " not in p}
    assert rest == {"content.check_draft", "handover.calendar", "findings"}
    assert {"limits", "wording", "expected"} <= set(inspect.signature(DraftCheck).parameters)
    assert callable(calendar.ics) and callable(calendar.xlsx)
