"""One finding: what, where, how bad, what to do, who, by when, and what would change the advice."""

import datetime as dt
import hashlib
from dataclasses import asdict, dataclass

from opsbook.errors import BadValue
from opsbook.estimate import Estimate

SEVERITIES = ("info", "low", "medium", "high", "critical")


@dataclass(frozen=True)
class Finding:
    """A finding in the reader's language; every field is filled.

    figure, low, high are in `unit` ("" for a fraction); where a rule counts instead of
    estimating, low and high equal the figure. `message` and `values` (see present.retold) allow
    writing it again in another language.
    """

    finding_id: str
    chapter: int
    section: str
    severity: str
    what: str
    subject: str
    figure: float
    low: float
    high: float
    unit: str
    n: int
    action: str
    owner: str
    due: dt.date
    changes_if: str
    period: str
    message: str
    values: dict

    def record(self):
        """A JSON-ready dict, dates as ISO text."""
        return {k: v.isoformat() if isinstance(v, dt.date) else v for k, v in asdict(self).items()}


def build(
    book, section, severity, message, *, subject, figure, owner=None, due_days=None, **values
):
    """Write a finding out of the catalogue's `<message>.what`, `.action` and `.if`.

    figure: an Estimate, or a number that was counted. The wordings may use every value given
    and figure, low, high, n, subject, owner, due.
    """
    if severity not in SEVERITIES:
        raise BadValue(f"is not one of {', '.join(SEVERITIES)}.", where=f"severity {severity}")
    if not isinstance(figure, Estimate):
        unit = values.pop("unit", "")
        n = values.pop("n", 1)
        figure = Estimate(float(figure), float(figure), float(figure), int(n), "count", unit=unit)
    owner = owner or book.settings.owners.get(str(book.number), "manager")
    days = due_days or book.settings.thresholds["due_days"][severity]
    # due counts from the end of the period, so that a report made again is the same
    due = book.period.end + dt.timedelta(days=int(days))
    words = {
        **values,
        "figure": figure.value,
        "low": figure.low,
        "high": figure.high,
        "n": figure.n,
        "subject": subject,
        "owner": owner,
        "due": due,
    }
    key = f"{book.number}|{section}|{message}|{subject}|{book.period.label}"
    return Finding(
        finding_id=hashlib.sha256(key.encode()).hexdigest()[:16],
        chapter=book.number,
        section=section,
        severity=severity,
        what=book.t(f"{message}.what", **words),
        subject=str(subject),
        figure=figure.value,
        low=figure.low,
        high=figure.high,
        unit=figure.unit,
        n=int(figure.n),
        action=book.translator.begun(owner, book.t(f"{message}.action", **words)),
        owner=owner,
        due=due,
        changes_if=book.t(f"{message}.if", **words),
        period=book.period.label,
        message=message,
        values=book.kept(words),
    )
