"""opsbook status: what is fresh, what is missing for which chapter, what was refused."""

import datetime as dt
import json

from rich.console import Console
from rich.table import Table
from rich.text import Text

from opsbook import Store, config
from opsbook.commands.importing import layout
from opsbook.data import presets
from opsbook.data.schema import table as table_of
from opsbook.present.language import Translator

# What each chapter reads first of all; without it the chapter has little to say.
NEEDS = {
    1: ("accounts", "posts", "follower_daily"),
    2: ("posts", "post_daily", "post_labels", "audience_hours", "calendar_items"),
    3: ("comments", "messages", "tickets"),
    4: ("assets",),
    5: ("campaigns", "campaign_plans", "orders"),
    6: ("ads_daily", "ad_campaigns", "experiments"),
    7: ("posts", "orders", "targets", "reposts"),
    8: ("risks", "comments", "account_operations", "credentials", "compliance_checks"),
    9: ("team", "duties", "tasks", "skills", "training"),
    10: ("follower_daily", "orders", "mentions", "influencers"),
}
SOURCE = ["platform", "account_id", "preset"]


def show(home, *, language=None, today=None):
    """Print the newest batch of every source, its age, and what chapters lack.

    today: the day that ages are counted to, the present day in the workbook's zone where not given.
    """
    settings = config.settings(home)
    words = Translator(language or settings.language, home_folder=home)
    store = Store(settings.store)
    console = Console(highlight=False)
    state = store.state()
    console.print(words.text("status.version", home=settings.home, version=state.version))
    batches = store.batch_rows(state=state)  # as rows: pandas would take most of the time
    if batches:
        today = today or dt.datetime.now(settings.time_zone).date()
        console.print(_sources(batches, settings, words, today))
        refused = sum(row["refused"] or 0 for row in batches)
        if refused:
            folder = settings.data / "quarantine"
            console.print(Text(words.text("status.quarantine", n=refused, path=folder)))
    console.print(_chapters(state, words))
    if not batches:
        console.print(words.text("status.empty"))


def _sources(batches, settings, words, today):
    say = words.text
    known = presets.presets(settings.data / "reference" / "presets")
    limit = int(settings.sections.get("notify", {}).get("stale_days", 3))
    shown = Table(box=None, pad_edge=False)
    for name in ("platform", "account"):
        shown.add_column(words.label(name), overflow="fold", max_width=16)
    shown.add_column(say("import.layout"), overflow="fold", max_width=22)
    shown.add_column(say("import.sure"), no_wrap=True)
    shown.add_column(say("status.exported"), no_wrap=True)
    shown.add_column(say("status.age"), justify="right", no_wrap=True)
    shown.add_column(say("status.state"), overflow="fold")
    shown.add_column(say("import.refused"), justify="right", no_wrap=True)
    shown.add_column(say("status.batch"), overflow="fold", max_width=14)
    newest = {}
    for row in sorted(batches, key=lambda row: (row["exported_on"], row["imported_at"])):
        newest[tuple(row[name] or "" for name in SOURCE)] = row
    for _, last in sorted(newest.items()):
        age = (today - last["exported_on"]).days
        form = last["preset"] == "form"
        stale = not form and age > limit
        shown.add_row(
            Text(str(words.value(last["platform"] or ""))),
            Text(str(last["account_id"] or "")),
            Text(layout(last["preset"], json.loads(last["tables"] or "{}"), known, say)),
            last["confidence"],
            str(last["exported_on"]),
            say("status.days", n=age),
            "" if form else say("status.stale" if stale else "status.fresh"),
            say("import.count", n=last["refused"] or 0),
            last["import_batch_id"],
            style="yellow" if stale else None,
        )
    return shown


def _chapters(state, words):
    """What each chapter lacks and how it comes in."""
    say = words.text
    shown = Table(box=None, pad_edge=False)
    shown.add_column(say("status.chapter"), overflow="fold", max_width=30)
    shown.add_column(say("status.missing"), overflow="fold")
    shown.add_column(say("status.remedy"), overflow="fold")
    for chapter, names in NEEDS.items():
        title = say(f"nb.{chapter}").splitlines()[0].lstrip("# ")
        lacks = [n for n in names if n not in state.tables]
        if not lacks:
            shown.add_row(Text(title), say("status.complete"), "")
        for index, name in enumerate(lacks):
            shown.add_row(Text("" if index else title), _named(name, say), _way(name, say))
    return shown


def _named(name, say):
    return Text(say(f"table.{name}"))


def _way(name, say):
    origins = table_of(name).origins
    if "form" in origins and origins[0] != "export":
        return f"opsbook form {name}"
    return say("status.by_export" if "export" in origins else "status.by_workbook")
