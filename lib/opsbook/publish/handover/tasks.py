"""Findings and planned posts as tasks, in the forms that Asana and Teambition import.

Asana maps columns named as its fields by itself: Name, Description, Assignee (an e-mail address
of the workspace), Start Date and Due Date as month/day/year, Section/Column. Teambition maps the columns of its
task form by name when the file is uploaded; times are written year-month-day hour:minute.
People are named in workbook.toml: `[handover.people]`, role = "e-mail" (Asana) or name.
"""

import csv
import datetime as dt
from dataclasses import dataclass

ASANA = ("Name", "Description", "Assignee", "Due Date", "Section/Column", "Priority", "Owner", "Id")
TEAMBITION = ("任务列表", "标题", "执行者", "截止时间", "优先级", "备注", "标签", "编号")
URGENCY = {"critical": "非常紧急", "high": "紧急"}  # Teambition's own levels; the rest is 普通
OPEN = ("proposed", "approved")
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


@dataclass(frozen=True)
class Task:
    """One task. due: date, or local datetime of a planned post. owner: role of the manual."""

    id: str
    title: str
    notes: str
    owner: str
    due: dt.date
    severity: str
    list: str
    tag: str


def tasks(material):
    """Tasks out of the findings (all but mere information) and the open items of the calendar."""
    t = material.t
    found = [
        Task(
            id=f["finding_id"],
            title=f["what"],
            notes="\n".join(
                (
                    f["action"],
                    t("handover.changes_if", text=f["changes_if"]),
                    t("handover.where", section=f["section"], period=f["period"]),
                )
            ),
            owner=f["owner"],
            due=dt.date.fromisoformat(f["due"]),
            severity=f["severity"],
            list=t("handover.findings"),
            tag=f["section"],
        )
        for f in material.findings
        if f["severity"] != "info"
    ]
    planned = [
        Task(
            id=item.item_id,
            title=item.title if isinstance(item.title, str) else item.item_id,
            notes=" · ".join(
                str(material.translator.value(part))
                for part in (item.platform, item.account_name, item.post_type, item.theme)
                if isinstance(part, str)
            ),
            owner=item.owner if isinstance(item.owner, str) else "",
            due=item.slot.to_pydatetime().replace(tzinfo=None),
            severity="medium",
            list=t("handover.calendar"),
            tag=item.state,
        )
        for item in material.calendar.itertuples()
        if item.state in OPEN
    ]
    return found + planned


def asana(material, output):
    """Write asana.csv; a list with its path."""
    people = _people(material)
    rows = [
        (
            task.title,
            task.notes,
            people.get(task.owner, ""),
            f"{task.due:%m/%d/%Y}",
            task.list,
            material.translator.value(task.severity),
            material.translator.value(task.owner),
            task.id,
        )
        for task in tasks(material)
    ]
    return [_write(output / "asana.csv", ASANA, rows, "utf-8")]


def teambition(material, output):
    """Write teambition.csv, with the mark by which Excel knows UTF-8; a list with its path."""
    people = _people(material)
    rows = [
        (
            task.list,
            task.title,
            people.get(task.owner, ""),
            f"{_moment(task.due):%Y-%m-%d %H:%M}",
            URGENCY.get(task.severity, "普通"),
            task.notes,
            task.tag,
            task.id,
        )
        for task in tasks(material)
    ]
    return [_write(output / "teambition.csv", TEAMBITION, rows, "utf-8-sig")]


def neutral(text):
    """A text that no spreadsheet takes for a formula, in half or full width."""
    text = str(text).strip()
    return "'" + text if text.startswith(_FORMULA) else text


def _people(material):
    return material.settings.sections.get("handover", {}).get("people", {})


def _moment(due):
    return due if isinstance(due, dt.datetime) else dt.datetime.combine(due, dt.time(18))


def _write(path, heads, rows, encoding):
    aside = path.with_suffix(".part")
    with open(aside, "w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        writer.writerows([[neutral(cell) for cell in row] for row in rows])
    aside.replace(path)
    return path
