"""opsbook import: bring files in and say per file what happened and what to do next."""

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from opsbook import Store, config
from opsbook.data import presets
from opsbook.errors import AccountNeeded, OpsbookError, ParameterError, UnknownLayout
from opsbook.present.language import Translator

COUNTS = ("records", "loaded", "unchanged", "refused", "not_data")


def run(paths, *, home, propose=False, quiet=False, language=None, **options):
    """Import files and folders; returns the exit status (1 where a file failed)."""
    settings = config.settings(home)
    say = Translator(language or settings.language, home_folder=home).text
    store = Store(settings.store)
    known = presets.presets(settings.data / "reference" / "presets")
    paths = [Path(p) for p in paths or [settings.data / "inbox"]]
    console = Console(highlight=False)
    shown, failed, done = _table(say), [], []
    for path, result in _all(store, paths, options, console, say):
        if isinstance(result, OpsbookError):
            failed.append((path, result))
            blank = [""] * (len(COUNTS) + 1)
            shown.add_row(Text(path.name), say("import.failed"), "", *blank, Text(_remedy(path, result, say)))  # fmt: skip
            continue
        done.append(result)
        figures = [say("import.count", n=getattr(result, name)) for name in COUNTS]
        shown.add_row(
            Text(result.file), Text(layout(result.preset, result.tables, known, say)), result.confidence, *figures,
            _totals(result.totals, say), Text(_next(result, say)),
        )  # fmt: skip
    if not quiet and (done or failed):
        console.print(shown)
        for mark in sorted({result.confidence for result in done}):
            console.print(say(f"sure.{mark}"), style="dim")
    for result in done:
        _remarks(result, console, say)
    for path, error in failed:
        named = str(error) if path.name in str(error) else f"{path.name}: {error}"
        console.print(Text(named), style="red")
        if propose and isinstance(error, UnknownLayout) and error.proposal is not None:
            _save_proposal(settings, path, error.proposal, console)
    console.print(say("import.done", n=len(done), failed=len(failed), version=store.version))
    return 1 if failed else 0


def layout(preset, tables, known, say):
    """What a file was read as, in the reader's language: the preset's title or the form's table."""
    if preset == "form":
        return say("import.form", table=next(iter(tables))) if tables else say("sure.form")
    titles = known.get(preset, {}).get("title") or {}
    return titles.get(say("import.language")) or preset


def _table(say):
    shown = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    shown.add_column(say("import.file"), overflow="fold", max_width=20)
    shown.add_column(say("import.layout"), overflow="fold", max_width=21)
    shown.add_column(say("import.sure"), no_wrap=True)
    for name in COUNTS:
        shown.add_column(say(f"import.{name}"), justify="right", no_wrap=True)
    shown.add_column(say("import.totals"), overflow="fold", max_width=8)
    shown.add_column(say("import.next"), overflow="fold")
    return shown


def _all(store, paths, options, console, say):
    """(path, Imported or error) of every file named or below a folder named."""
    with console.status(say("import.working", file="...")) as status:

        def tell(path):
            status.update(say("import.working", file=path.name))

        for path in paths:
            if path.is_dir():
                yield from store.import_folder(path, progress=tell)
            elif path.is_file():
                tell(path)
                try:
                    yield path, store.import_file(path, **options)
                except OpsbookError as error:
                    yield path, error
            else:
                raise ParameterError("path", f"{path} does not exist.", remedy="Check the path.")


def _next(result, say):
    """What the analyst does about this file now; the most pressing thing only."""
    if result.refused:
        return say("import.next_mend", n=result.refused)
    if _wrong(result.totals):
        return say("import.next_totals")
    if any("names no currency" in note for note in result.notes):
        return say("import.next_currency")
    if any(note.startswith("CHECK") for note in result.notes):
        return say("import.next_check")
    return say("import.next_again" if result.unchanged and not result.loaded else "import.next_nothing")  # fmt: skip


def _remedy(path, error, say):
    if isinstance(error, UnknownLayout):
        return f"opsbook map {path.name}"
    return say("import.next_account" if isinstance(error, AccountNeeded) else "import.next_below")


def _remarks(result, console, say):
    """What stands below the table: totals that differ, remarks, where the refused rows are."""
    for name in _wrong(result.totals):
        stated, summed, _ = result.totals[name]
        told = say(
            "import.total_differs", file=result.file, column=name, stated=stated, summed=summed
        )
        console.print(Text(told), style="yellow")
    for note in result.notes:
        told = any(note.startswith(f"CHECK {name}: rows sum") for name in result.totals)
        if note.startswith("CHECK") and not told:
            remark = note.removeprefix("CHECK").strip()
            console.print(Text(f"{result.file}: {remark}"), style="yellow")
    if result.quarantine:
        told = say(
            "import.refused_where", n=result.refused, file=result.file, path=result.quarantine
        )
        console.print(Text(told))


def _wrong(totals):
    return [name for name, (_, _, ok) in totals.items() if not ok]


def _totals(totals, say):
    wrong = _wrong(totals)
    if wrong:
        return say("import.totals_differ", n=len(wrong))
    return say("import.totals_equal", n=len(totals)) if totals else ""


def _save_proposal(settings, path, proposal, console):
    from opsbook.data import mapping

    target = mapping.save(proposal, settings.data / "reference" / "presets")
    console.print(Text(f"Proposed mapping: {target}. Check it, then import the file again."))
