"""7.3.1: problems found against targets."""

import numpy as np
import pandas as pd

from opsbook.chapters.indicators import rows
from opsbook.data import indicators, periods
from opsbook.errors import ParameterError

NEAR = 0.1  # a target missed by less than a tenth is near


def against_targets(book):
    """Targets that hold on the last day of the period against what was reached so far.

    Columns: indicator, name, platform, account_id, period, target, value, expected (the part of
    the target that is due by now; totals grow through their period), gap (relative to expected, positive
    is better), status (met, near, missed, not_measured), owner, n (days measured).
    """
    return book.once("targets", lambda: _against_targets(book))


def _against_targets(book):
    targets = book.frame("targets")
    out = []
    for row in targets.itertuples():
        try:
            span = periods.parse(row.period)
        except ParameterError:
            continue
        if not span.start <= book.period.end <= span.end:
            continue
        if not _wanted(book, row):
            continue
        out.append((row, span))
    known = {}
    for row, _ in out:
        try:
            known[row.indicator] = indicators.indicator(row.indicator)
        except ParameterError:
            known[row.indicator] = None
    names = tuple(sorted({k.id for k in known.values() if k is not None}))
    frame = rows.daily_of(book, names) if names else rows.daily(book).iloc[:0]
    records = [_target_row(book, frame, row, span, known[row.indicator]) for row, span in out]
    columns = ["indicator", "name", "platform", "account_id", "period", "target", "value"]
    table = pd.DataFrame(records, columns=[*columns, "expected", "gap", "status", "owner", "n"])
    order = {"missed": 0, "near": 1, "met": 2, "not_measured": 3}
    table = table.sort_values("gap", na_position="last", kind="stable")
    table = table.sort_values(
        "status", key=lambda s: s.map(order), kind="stable", ignore_index=True
    )
    _report_targets(book, table)
    return table


def targets_shown(book, table):
    """The comparison with targets as a reader sees it: figures in their own units."""
    words = table.drop(columns="indicator")
    for column in ("target", "value", "expected"):
        words[column] = [
            book.translator.write(v, rows.style_of(n))
            for n, v in zip(table["indicator"], table[column], strict=True)
        ]
    return words


def _target_row(book, frame, row, span, about):
    head = [
        row.indicator,
        rows.name_of(book, row.indicator),
        row.platform,
        row.account_id,
        row.period,
    ]
    owner = row.owner if pd.notna(row.owner) else None
    if about is None:
        return [*head, row.target, np.nan, np.nan, np.nan, "not_measured", owner, 0]
    own = frame[frame["indicator"] == about.id]
    if row.platform != "all":
        own = own[own["platform"] == row.platform]
    if row.account_id != "all":
        own = own[own["account_id"] == row.account_id]
    due = periods.Period("", span.start, min(span.end, book.period.end))
    now = rows.between(own, due)
    value = rows.figure(about.id, now)
    days = int(now["date_day"].nunique())
    grows = about.kind in ("sum", "count", "distinct")
    # followers come day by day: days that were not exported are not held against the account
    measured = days if about.view == "followers" else due.days
    expected = row.target * measured / span.days if grows else row.target
    gap = _gap(value, expected, about.direction)
    status = "not_measured"
    if np.isfinite(gap):
        status = "met" if gap >= 0 else "near" if gap > -NEAR else "missed"
    head[0] = about.id
    return [*head, row.target, value, expected, gap, status, owner, days]


def _gap(value, expected, direction):
    if not np.isfinite(value) or not expected:
        return np.nan
    gap = value / expected - 1
    return -gap if direction == "down" else gap


def _wanted(book, row):
    """Whether a target falls under the reader's choice of platform and account."""
    chosen = book.filters
    return all(
        chosen[key] in ("all", value) or (value == "all" and chosen[key] == "all")
        for key, value in (("platform", row.platform), ("account_id", row.account_id))
    )


def _report_targets(book, table):
    counted = table[table["status"] != "not_measured"]
    if len(counted):
        book.say(
            "7.3.1",
            "7.3.1.said",
            met=int((counted["status"] == "met").sum()),
            all=len(counted),
            missed=int((counted["status"] == "missed").sum()),
        )
    missed = table[table["status"] == "missed"]
    missed = missed.drop_duplicates(["indicator", "platform", "account_id"])
    for row in missed.head(5).itertuples():
        place = "" if row.platform == "all" else f" · {book.translator.value(row.platform)}"
        book.find(
            "7.3.1",
            "high" if row.gap < -0.3 else "medium",
            "7.3.1.missed",
            subject=f"{row.name}{place}",
            figure=float(row.gap),
            unit="fraction",
            n=int(row.n),
            owner=str(row.owner) if row.owner else None,
            value=book.translator.write(row.value, rows.style_of(row.indicator)),
            expected=book.translator.write(row.expected, rows.style_of(row.indicator)),
            target=book.translator.write(row.target, rows.style_of(row.indicator)),
            lacking=book.translator.write(
                abs(row.expected - row.value), rows.style_of(row.indicator)
            ),
            until=row.period,
        )
