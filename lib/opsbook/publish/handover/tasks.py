"""Findings and planned posts as tasks, in the forms that Asana and Teambition import.

The forms, columns in the tool's own order, are data/reference/task_forms.toml, with their sources.
People are named in workbook.toml: `[handover.people]`, role = "e-mail" (Asana) or name.
"""

import csv
import datetime as dt
from dataclasses import dataclass

from opsbook import config
from opsbook.errors import ConfigError

FORMS = "task_forms.toml"
FIELDS = ("title", "notes", "list", "assignee", "due", "severity", "owner", "tag", "id")
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
    return [_write(material, output, "asana")]


def teambition(material, output):
    """Write teambition.csv; a list with its path."""
    return [_write(material, output, "teambition")]


def form(name, home=None):
    """A tool's form out of task_forms.toml; ConfigError names what is wrong with it."""
    path = config.reference_path(FORMS, home_folder=home)
    found = config.reference(FORMS, home_folder=home).get(name, {})
    for key in ("confidence", "source", "encoding", "due", "columns"):
        if not found.get(key):
            raise ConfigError(path, f"{name}.{key}", "is missing.")
    for column in found["columns"]:
        if column.get("field") not in FIELDS or not column.get("name"):
            raise ConfigError(path, f"{name}.columns", f"{column} has no name, or a field that is not one of {', '.join(FIELDS)}.")  # fmt: skip
    return found


def neutral(text):
    """A text that no spreadsheet takes for a formula, in half or full width."""
    text = str(text).strip()
    return "'" + text if text.startswith(_FORMULA) else text


def _people(material):
    return material.settings.sections.get("handover", {}).get("people", {})


def _moment(due):
    return due if isinstance(due, dt.datetime) else dt.datetime.combine(due, dt.time(18))


def _write(material, output, name):
    about = form(name, material.settings.home)
    people = _people(material)
    path = output / f"{name}.csv"
    aside = path.with_suffix(".part")
    with open(aside, "w", encoding=about["encoding"], newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column["name"] for column in about["columns"]])
        for task in tasks(material):
            cells = vars(task) | {
                "assignee": people.get(task.owner, ""),
                "due": _moment(task.due).strftime(about["due"]),
                "severity": about.get("levels", {}).get(task.severity)
                or material.translator.value(task.severity),
                "owner": material.translator.value(task.owner),
            }
            writer.writerow([neutral(cells[column["field"]]) for column in about["columns"]])
    aside.replace(path)
    return path
