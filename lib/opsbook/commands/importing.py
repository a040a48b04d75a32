"""opsbook import: bring files in and say per file what happened and what to do next."""

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from opsbook import Store, config
from opsbook.errors import OpsbookError, ParameterError, UnknownLayout

COLUMNS = (
    "file",
    "preset",
    "sure",
    "records",
    "loaded",
    "unchanged",
    "refused",
    "not data",
    "totals",
)


def run(paths, *, home, propose=False, quiet=False, **options):
    """Import files and folders; returns the exit status (1 where a file failed)."""
    settings = config.settings(home)
    store = Store(settings.store)
    paths = [Path(p) for p in paths or [settings.data / "inbox"]]
    console = Console(highlight=False)
    shown, failed, count = Table(*COLUMNS, box=None, pad_edge=False), [], 0
    for path, result in _all(store, paths, options, console):
        if isinstance(result, OpsbookError):
            failed.append((path, result))
            continue
        count += 1
        shown.add_row(
            Text(result.file),
            result.preset,
            result.confidence,
            str(result.records),
            str(result.loaded),
            str(result.unchanged),
            str(result.refused),
            str(result.not_data),
            _totals(result.totals),
        )
        for note in result.notes:
            if note.startswith("CHECK"):
                console.print(Text(f"{result.file}: {note}"), style="yellow")
        if result.quarantine:
            console.print(
                Text(f"{result.refused} refused rows of {result.file}: {result.quarantine}")
            )
    if not quiet and count:
        console.print(shown)
    for path, error in failed:
        console.print(Text(f"{path.name}: {error}"), style="red")
        if propose and isinstance(error, UnknownLayout) and error.proposal is not None:
            _save_proposal(settings, path, error.proposal, console)
    console.print(
        f"{count} files imported, {len(failed)} not; the store is at version {store.version}."
    )
    return 1 if failed else 0


def _all(store, paths, options, console):
    """(path, Imported or error) of every file named or below a folder named."""
    with console.status("importing") as status:

        def tell(path):
            status.update(f"importing {path.name}")

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


def _totals(totals):
    if not totals:
        return ""
    wrong = [name for name, (_, _, ok) in totals.items() if not ok]
    return f"{len(totals)} equal" if not wrong else f"differ: {', '.join(wrong)}"


def _save_proposal(settings, path, proposal, console):
    from opsbook.data import mapping

    target = settings.data / "reference" / "presets" / f"{path.stem}.toml"
    mapping.save(proposal, target)
    console.print(Text(f"Proposed mapping: {target}. Check it, then import the file again."))
