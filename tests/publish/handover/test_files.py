"""Tasks, calendars and the one-pager, read by other readers than the writers' libraries."""

import csv
import datetime as dt
import re
from html.parser import HTMLParser

import openpyxl
import pytest

from opsbook.config import DISTRIBUTION
from opsbook.errors import ConfigError, ParameterError, RunError
from opsbook.publish.handover import TARGETS, chosen, hand_over, material, onepager, tasks
from opsbook.publish.handover.tasks import neutral

from .conftest import FINDINGS, PERIOD, finding, write_run


def rows_of(path, encoding):
    with open(path, encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def test_asana_gets_its_form_with_dates_people_and_no_formula(brand, tmp_path):
    made = hand_over("asana", tmp_path, home=brand, period=PERIOD)
    rows = rows_of(made["asana"][0], "utf-8")
    assert list(rows[0]) == [
        "Name", "Description", "Section", "Assignee", "Due Date", "Priority", "Owner", "Id",
    ]  # fmt: skip
    by_id = {r["Id"]: r for r in rows}
    # worst first; mere information and posts that are out or rejected are no tasks
    assert [r["Id"] for r in rows] == [f"{2:016x}", f"{1:016x}", "C1", "C2"]
    assert by_id["C1"]["Assignee"] == "ada@example.com"
    assert by_id["C1"]["Due Date"] == "11/30/2026"  # the local day
    assert by_id[f"{1:016x}"]["Due Date"] == "11/18/2026"
    assert by_id[f"{1:016x}"]["Name"].startswith("'=HYPERLINK")
    assert by_id["C1"]["Name"] == '\'+SUM(1,2); tea, "hot"\nwith milk'
    assert 'Stop ad 1, "now"' in by_id[f"{1:016x}"]["Description"]
    cells = [cell for row in rows for cell in row.values()]
    assert not [c for c in cells if c.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]


def test_teambition_gets_its_form_with_local_times_and_levels(brand, tmp_path):
    made = hand_over("teambition", tmp_path, home=brand, period=PERIOD, language="zh-Hans")
    assert made["teambition"][0].read_bytes().startswith(b"\xef\xbb\xbf")
    rows = {r["编号"]: r for r in rows_of(made["teambition"][0], "utf-8-sig")}
    assert rows["C1"]["截止时间"] == "2026-11-30 07:30"
    assert rows["C1"]["任务列表"] == "内容日历"
    assert rows[f"{2:016x}"]["优先级"] == "非常紧急"
    assert rows[f"{1:016x}"]["优先级"] == "紧急"
    assert rows["C2"]["优先级"] == "普通"


def test_every_form_says_how_sure_it_is_and_a_mistake_in_one_is_named(brand):
    assert tasks.form("asana")["confidence"] == "documented"
    assert tasks.form("teambition")["confidence"] == "assumed"
    own = brand / "data" / "reference" / tasks.FORMS
    own.parent.mkdir(exist_ok=True)
    shipped = DISTRIBUTION / "data" / "reference" / tasks.FORMS
    own.write_text(
        shipped.read_text(encoding="utf-8").replace('"title"', '"titel"'), encoding="utf-8"
    )
    with pytest.raises(ConfigError, match=r"asana\.columns.*titel"):
        tasks.form("asana", brand)
    own.unlink()


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "  =1", "＝1", "＠x"])
def test_a_formula_is_neutral(text):
    assert neutral(text).startswith("'")


def lines_of(path):
    """Content lines of an iCalendar file by RFC 5545: unfolded, (name, parameters, value)."""
    raw = path.read_bytes()
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    text = raw.replace(b"\r\n ", b"").decode("utf-8")
    for line in text.split("\r\n"):
        if line:
            name, value = re.match(r'((?:[^:"]|"[^"]*")*):(.*)', line).groups()
            name, *parameters = name.split(";")
            yield name, dict(p.split("=", 1) for p in parameters), value


def components(path, kind):
    inside, found = None, []
    for name, parameters, value in lines_of(path):
        if (name, value) == ("BEGIN", kind):
            inside = {}
        elif (name, value) == ("END", kind):
            found.append(inside)
            inside = None
        elif inside is not None:
            inside[name] = (value, parameters)
    return found


def test_the_calendar_file_holds_planned_posts_in_local_time_and_todos(brand, tmp_path):
    path = hand_over("ics", tmp_path, home=brand, period=PERIOD)["ics"][0]
    events = {e["UID"][0]: e for e in components(path, "VEVENT")}
    assert set(events) == {f"C{i}@opsbook" for i in (1, 2, 3, 4)}
    start = events["C1@opsbook"]["DTSTART"]
    assert start == ("20261130T073000", {"TZID": "Asia/Shanghai"})
    assert events["C1@opsbook"]["SUMMARY"][0] == '+SUM(1\\,2)\\; tea\\, "hot"\\nwith milk'
    assert [events[f"C{i}@opsbook"]["STATUS"][0] for i in (1, 2, 3, 4)] == [
        "CONFIRMED", "TENTATIVE", "CONFIRMED", "CANCELLED",
    ]  # fmt: skip
    assert [z["TZID"][0] for z in components(path, "VTIMEZONE")] == ["Asia/Shanghai"]
    todos = components(path, "VTODO")
    assert [t["DUE"][0] for t in todos] == ["20261118", "20261118"]
    again = hand_over("ics", tmp_path / "again", home=brand, period=PERIOD)["ics"][0]
    assert again.read_bytes() == path.read_bytes()


def test_the_calendar_sheet_lists_posts_by_day_and_counts_by_formula(brand, tmp_path):
    path = hand_over("xlsx", tmp_path, home=brand, period=PERIOD)["xlsx"][0]
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    assert [c.value for c in sheet[1]][-1] == "State"
    rows = {row[6].value: row for row in sheet.iter_rows(min_row=2)}
    first = rows['+SUM(1,2); tea, "hot"\nwith milk']
    assert first[0].value == dt.datetime(2026, 11, 30)
    assert first[1].value == dt.time(7, 30)
    assert first[6].data_type == "s" and rows["泡茶"][3].data_type == "s"  # no formula
    assert [s.title for s in book.worksheets[1:3]] == ["2026-11", "2026-12"]
    november = [c.value for row in book["2026-11"].iter_rows(min_row=2) for c in row if c.value]
    assert len(november) == 30
    assert next(v for v in november if v.startswith("30")).startswith("30\n07:30 ")
    counts = book.worksheets[-1]
    assert counts["B2"].value == "=COUNTIF('Content calendar'!$I$2:$I$5,A2)"
    kept = openpyxl.load_workbook(path, data_only=True).worksheets[-1]
    assert [kept[f"B{i}"].value for i in (2, 3, 4, 5)] == [1, 1, 1, 1]


class Words(HTMLParser):
    def __init__(self):
        super().__init__()
        self.text, self.tags = [], set()

    def handle_data(self, data):
        self.text.append(data)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)


@pytest.mark.parametrize("language", ["en", "zh-Hant", "zh-Hans"])
def test_the_one_pager_holds_figures_and_findings_without_links(brand, tmp_path, language):
    paths = hand_over("onepager", tmp_path, home=brand, period=PERIOD, language=language)[
        "onepager"
    ]
    text, card, page = (p.read_text(encoding="utf-8") for p in paths)
    # 7 orders of 100.25 + 7 ... 100.25 + 13, and the week before 100.25 + 0 ... 6
    assert len(text.encode()) <= 2001
    for shown in (text, card, page):
        assert "772" in shown and "+6.8%" in shown and "2026-W46" in shown
    assert "](" not in card and "<b>" not in card
    words = Words()
    words.feed(page)
    assert "Banned word <b>in</b> [post](http://x)" in "".join(words.text)
    assert not words.tags & {"a", "img", "link", "script"}
    assert page.count("<li>") == 2


def test_a_long_one_pager_gives_way_from_the_last_finding_and_says_so(brand, tmp_path):
    about = material.gather(home=brand, period=PERIOD)
    many = [finding(i, severity="high", what=f"F{i} " + "x" * 400) for i in range(9)]
    page = onepager.build(material.Material(**{**vars(about), "findings": many}))
    text = page.text(2000)
    shown = sum(f"F{i} " in text for i in range(9))
    assert len(text.encode()) <= 2000
    assert 1 <= shown < 5
    assert f"{9 - shown} more in the report." in text
    assert "4 more in the report." in page.markdown()


def test_findings_come_from_the_readers_run_else_from_the_other_script(brand, tmp_path):
    import shutil

    home = tmp_path / "brand"
    shutil.copytree(brand, home)
    write_run(home, "zh-Hans", [finding(7, what="账号数据")], "2026-11-17T01:00:00+00:00")
    told = {
        language: material.gather(home=home, period=PERIOD, language=language)
        for language in ("en", "zh-Hans", "zh-Hant")
    }
    assert len(told["en"].findings) == len(FINDINGS)
    assert told["zh-Hans"].findings[0]["what"] == "账号数据"
    assert told["zh-Hant"].findings[0]["what"] == "賬號數據"
    assert told["zh-Hant"].findings_language == "zh-Hant"


def test_unknown_targets_and_missing_runs_are_refused(brand, tmp_path):
    assert chosen("all") == list(TARGETS)
    with pytest.raises(ParameterError, match="Did you mean tableau"):
        hand_over("tabelau", tmp_path, home=brand)
    with pytest.raises(ParameterError, match="no target"):
        hand_over(" , ", tmp_path, home=brand)
    with pytest.raises(RunError, match="no finished run of 2026-W40"):
        hand_over("docx", tmp_path, home=brand, period="2026-W40")
    with pytest.raises(RunError, match="--formats html,docx"):
        hand_over("docx", tmp_path, home=brand, period=PERIOD)
