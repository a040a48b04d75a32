"""opsbook check: one draft against limits, law, private data and the account's history."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

import opsbook
from opsbook.chapters import content


def run(text, *, platform, account, title, at, image, language, home):
    """Print what the check found; 1 where something must be changed before publishing."""
    book = opsbook.open_chapter(2, home=home, language=language, platform="all")
    found = content.check_draft(
        book, text, platform=platform, account=account, title=title, at=at, image=image
    )
    console = Console(highlight=False)
    say, words = book.t, book.translator
    _table(
        console,
        book,
        say("2.1.2.draft_limits"),
        found.limits[["check", "measured", "allowed", "is_ok"]],
    )
    _table(console, book, say("2.1.2.draft_wording"), found.wording)
    _table(console, book, say("check.private"), found.private)
    _table(console, book, say("check.near"), found.near)
    _table(
        console, book, say("check.picture"), found.image[["check", "measured", "allowed", "is_ok"]]
    )
    for row in found.expected.itertuples():
        low, high = words.integer(row.low), words.integer(row.high)
        console.print(f"{say('2.1.2.draft_range')}: {words.integer(row.expected)} [{low}, {high}]")
    _table(console, book, say("2.1.2.draft_slots"), found.better_slots)
    console.print(say("check.passed" if found.ok else "check.change"))
    return 0 if found.ok else 1


def _table(console, book, title, frame):
    if len(frame) == 0:
        return
    shown = Table(
        *(book.translator.label(c) for c in frame.columns),
        title=title,
        title_justify="left",
        box=None,
    )
    for row in frame.itertuples(index=False):
        shown.add_row(
            *(Text(_cell(book, name, v)) for name, v in zip(frame.columns, row, strict=True))
        )
    console.print(shown)


def _cell(book, name, value):
    if name == "check":
        return book.check_name(value)
    if name == "weekday":
        return book.t(f"weekday.{int(value)}")
    if name in ("effect", "low", "high", "similarity"):
        return book.translator.percent(value)
    if isinstance(value, bool) or str(value) in ("True", "False"):
        return str(book.translator.value(str(bool(value))))
    return book.translator.write(value)
