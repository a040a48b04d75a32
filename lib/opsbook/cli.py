"""The command line: every daily job of analyst, manager and scheduler is one command here.

Exit status: 0 all good, 1 a chapter or a file failed and the rest went through, 2 wrong call.
Imports are inside the commands, so that help and status answer at once.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from opsbook import __version__
from opsbook.errors import OpsbookError

app = typer.Typer(
    help="The operations workbook for e-commerce social-media accounts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Language = Annotated[
    str | None, typer.Option(help="en, zh-Hant or zh-Hans; the workbook's otherwise.")
]
Home = Annotated[
    Path | None, typer.Option("--home", help="Folder of the workbook; the nearest one otherwise.")
]


@app.command("import")
def import_(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders; the inbox otherwise.")
    ] = None,
    account: Annotated[str | None, typer.Option(help="Whose export it is.")] = None,
    preset: Annotated[str | None, typer.Option(help="Layout, where the choice was wrong.")] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="A saved mapping (TOML) for this file.")
    ] = None,
    exported_on: Annotated[str | None, typer.Option(help="Day of the export, 2026-11-14.")] = None,
    currency: Annotated[str | None, typer.Option(help="Currency of the file, ISO 4217.")] = None,
    map_: Annotated[
        bool, typer.Option("--map", help="Propose a mapping for an unknown file.")
    ] = False,
    quiet: Annotated[bool, typer.Option(help="Only totals and what was refused.")] = False,
    language: Language = None,
    home: Home = None,
):
    """Bring exports and forms in; show per file what was loaded, refused and why."""
    from opsbook.commands import importing

    sys.exit(
        importing.run(
            paths,
            home=home,
            account=account,
            preset=preset,
            mapping=mapping,
            exported_on=exported_on,
            currency=currency,
            propose=map_,
            quiet=quiet,
            language=language,
        )
    )


@app.command("map")
def map_file(
    file: Annotated[Path, typer.Argument(help="A file that no layout fits.")],
    account: Annotated[str | None, typer.Option(help="Whose export it is.")] = None,
    language: Language = None,
    home: Home = None,
):
    """Propose where each column of an unknown file goes; change it, try it, save it as a preset."""
    from opsbook.commands import mapping

    sys.exit(mapping.run(file, home=home, account=account, language=language))


@app.command()
def run(
    chapter: Annotated[str, typer.Option(help="Chapters, such as 2,6; all otherwise.")] = "all",
    period: Annotated[str, typer.Option(help="2026-W46, 2026-11, A/B, latest, ...")] = "latest",
    language: Annotated[str | None, typer.Option(help="en, zh-Hant or zh-Hans.")] = None,
    formats: Annotated[str, typer.Option(help="ipynb, html, pdf, docx, xlsx.")] = "html",
    data_version: Annotated[
        int | None, typer.Option(help="A store version to make it again.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Chapters at once.")] = None,
    output: Annotated[Path | None, typer.Option(help="Folder for the reports.")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="name=value")
    ] = None,
    home: Home = None,
):
    """Run chapters and leave reports a manager can read."""
    import opsbook
    from opsbook import config
    from opsbook.errors import ParameterError

    given = {}
    for pair in parameter or []:
        name, equals, value = pair.partition("=")
        if not equals:
            raise ParameterError("parameter", f"{pair} is not name=value.")
        given[name] = value
    if given:
        from opsbook.publish.run import read_parameters

        given = read_parameters(chapter, given, home=home)
    manifest = opsbook.run(
        chapter,
        period,
        home=home,
        language=language or config.settings(home).language,
        formats=tuple(f.strip() for f in formats.split(",") if f.strip()),
        output=output,
        data_version=data_version,
        jobs=jobs,
        parameters=given or None,
    )
    for number, result in manifest.chapters.items():
        line = f"{number:>3}  {result.state:<8} {result.seconds:6.1f} s"
        typer.echo(f"{line}  {result.error}" if result.error else line)
    typer.echo(f"Reports: {manifest.folder}")
    sys.exit(1 if any(r.state == "failed" for r in manifest.chapters.values()) else 0)


@app.command()
def status(language: Language = None, home: Home = None):
    """What is fresh, what is missing for which chapter, what was refused."""
    from opsbook.commands import state

    state.show(home, language=language)


@app.command()
def undo(
    batch: Annotated[str, typer.Argument(help="Batch, as opsbook status lists it.")],
    home: Home = None,
):
    """Take one import back; nothing else changes."""
    from opsbook import Store, config

    version = Store(config.settings(home).store).undo(batch)
    typer.echo(f"Batch {batch} is undone; the store is at version {version}.")


@app.command()
def check(
    text: Annotated[str, typer.Argument(help="The draft; - reads standard input.")],
    platform: Annotated[str, typer.Option(help="Platform the draft is for.")],
    account: Annotated[str, typer.Option(help="Account; all otherwise.")] = "all",
    title: Annotated[str | None, typer.Option(help="Title of the draft.")] = None,
    at: Annotated[str | None, typer.Option(help="Planned local time, 2026-11-24 20:00.")] = None,
    image: Annotated[Path | None, typer.Option(help="Picture that goes with it.")] = None,
    language: Annotated[str | None, typer.Option(help="en, zh-Hant or zh-Hans.")] = None,
    home: Home = None,
):
    """Check a draft post against limits, law, private data and the account's history."""
    from opsbook.commands import drafting

    body = sys.stdin.read() if text == "-" else text
    sys.exit(
        drafting.run(
            body,
            platform=platform,
            account=account,
            title=title,
            at=at,
            image=image,
            language=language,
            home=home,
        )
    )


@app.command()
def sample(
    output: Annotated[Path, typer.Option(help="Folder for the sample's files.")],
    seed: Annotated[int, typer.Option(help="Another seed, another truth.")] = 1,
    scale: Annotated[float, typer.Option(help="1 is the shipped size.")] = 1.0,
):
    """Make another sample brand with its own planted truth."""
    from opsbook.data.sample import generate

    generate(output, seed=seed, scale=scale)
    typer.echo(f"Sample brand of seed {seed}: {output}")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="New folder for the brand's own workbook.")],
    language: Annotated[str, typer.Option(help="Language of the notebooks' prose.")] = "en",
):
    """Start a workbook for your own brand; the sample is not in it."""
    from opsbook.commands import beginning

    beginning.run(folder, language)


@app.command()
def form(
    table: Annotated[str, typer.Argument(help="A canonical table, such as targets.")],
    output: Annotated[Path, typer.Option(help="File to write.")],
    language: Annotated[str, typer.Option(help="Language of the headings.")] = "en",
    filled: Annotated[bool, typer.Option(help="With the rows that the store has.")] = False,
    home: Home = None,
):
    """Write the form of a table, empty or with its present rows."""
    from opsbook import Store, config
    from opsbook.data import forms

    frame = Store(config.settings(home).store).frame(table) if filled else None
    forms.write(table, output, language, frame)
    typer.echo(f"Form {table}: {output}")


@app.command()
def lab(port: Annotated[int, typer.Option(help="Port.")] = 8888, home: Home = None):
    """Edit chapters in JupyterLab, charts live and offline."""
    from opsbook.publish import lab as surface

    sys.exit(surface.start(home, port))


@app.command()
def handover(
    to: Annotated[
        str, typer.Option(help="asana, teambition, ics, xlsx, docx, onepager, tableau, powerbi.")
    ],
    output: Annotated[Path, typer.Option(help="Folder for the files.")],
    period: Annotated[
        str, typer.Option(help="Period of the findings and the one-pager.")
    ] = "latest",
    language: Annotated[str | None, typer.Option(help="en, zh-Hant or zh-Hans.")] = None,
    data_version: Annotated[int | None, typer.Option(help="A store version.")] = None,
    home: Home = None,
):
    """Hand findings, calendar and data over to the tools that teams work in."""
    from opsbook.publish.handover import hand_over

    made = hand_over(
        to, output, home=home, period=period, language=language, data_version=data_version
    )
    for target, paths in made.items():
        shown = paths if len(paths) < 5 else [Path(output, target)]
        typer.echo(f"{target:<11}{', '.join(str(p) for p in shown)}")


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port.")] = 8866,
    ip: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    home: Home = None,
):
    """Portal and dashboards for managers; a first start shows the tokens once."""
    from opsbook.publish.dashboard import server

    sys.exit(server.start(home, port, ip=ip))


@app.command()
def access(
    name: Annotated[str, typer.Argument(help="Whom to let in.")],
    role: Annotated[str, typer.Option(help="viewer or editor.")] = "viewer",
    password: Annotated[bool, typer.Option("--password", help="Ask for a password.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Shut the name out.")] = False,
    home: Home = None,
):
    """Let a person into the dashboard: a token, shown once, or a password."""
    from opsbook import config
    from opsbook.publish.dashboard.access import People

    people = People(config.settings(home).data / "private")
    if remove:
        people.remove(name)
        typer.echo(f"{name} is shut out.")
    elif password:
        people.add_password(name, role, typer.prompt("Password", hide_input=True))
        typer.echo(f"{name} can log in as {role}.")
    else:
        typer.echo(f"Token of {name} ({role}), shown this once: {people.add_token(name, role)}")


schedule_app = typer.Typer(help="Run chapters by calendar.", invoke_without_command=True)
app.add_typer(schedule_app, name="schedule")


@schedule_app.callback()
def schedule(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Do what is due and end.")] = False,
    port: Annotated[int, typer.Option(help="Port of the scheduler's page on this machine.")] = 3000,
    ip: Annotated[
        str, typer.Option(help="Where the page listens; it has no log-in.")
    ] = "127.0.0.1",
    home: Home = None,
):
    """Run chapters by the calendar of workbook.toml; without options, until stopped."""
    from opsbook.commands import scheduling

    context.obj = home
    if context.invoked_subcommand is None:
        sys.exit(scheduling.once(home) if once else scheduling.start(home, port, ip))


@schedule_app.command()
def backfill(
    context: typer.Context,
    first: Annotated[str, typer.Option("--from", help="First day, 2026-10-01.")],
    last: Annotated[str, typer.Option("--to", help="Last day, 2026-10-31.")],
    plan: Annotated[
        str | None, typer.Option(help="A plan of workbook.toml; all otherwise.")
    ] = None,
    home: Home = None,
):
    """Make up the reports of a range that are not there yet."""
    from opsbook.commands import scheduling

    sys.exit(scheduling.backfill(home or context.obj, first, last, plan))


@schedule_app.command()
def worker(
    context: typer.Context,
    jobs: Annotated[
        int | None, typer.Option(help="Chapters at once here; one per processor otherwise.")
    ] = None,
    home: Home = None,
):
    """Take chapters from the queue of a scheduler on another machine, until stopped."""
    from opsbook.commands import scheduling

    scheduling.worker(home or context.obj, jobs)


@app.command()
def resolve(
    person_key: Annotated[str, typer.Argument(help="A key such as p_1f... of a report.")],
    who: Annotated[str, typer.Option(help="Who asks.")],
    why: Annotated[str, typer.Option(help="For what; both are kept in the log.")],
    home: Home = None,
):
    """Say who a person key stands for; every look-up is logged with its reason."""
    from opsbook import config
    from opsbook.data import privacy_door

    found = privacy_door.resolve(config.settings(home).data, person_key, who=who, why=why)
    typer.echo(" ".join(found) if found else f"{person_key}: nobody is kept under this key.")
    sys.exit(0 if found else 1)


@app.command()
def erase(
    person_key: Annotated[str, typer.Argument(help="The person's key; while nothing is imported.")],
    home: Home = None,
):
    """Erase a person from every table, version, raw file and kept result."""
    from opsbook import Store, config
    from opsbook.publish import cache

    settings = config.settings(home)
    for table, rows in Store(settings.store).erase(person_key).items():
        typer.echo(f"{table}: {rows} rows erased")
    cache.clear(settings)
    typer.echo("Kept results are cleared. Reports of earlier runs hold keys, no identifiers.")


@app.command()
def doctor(home: Home = None):
    """Check fonts, clock, disk, rights, kernels, tables, secrets; say how to mend what is wrong."""
    from opsbook.commands import doctor as checks

    sys.exit(checks.run(home))


@app.command()
def clean(home: Home = None):
    """Delete what is past its time (workbook.toml [retention]) and compact the store."""
    from opsbook.publish import retention

    done = retention.clean(home)
    typer.echo(
        f"Deleted: {done.reports} reports, {done.raw} raw files, {done.refused} lists of refusals, "
        f"{done.leftovers} leftovers, {len(done.versions)} versions ({done.files} files)."
    )
    for table, (before, after) in done.compacted.items():
        typer.echo(f"{table}: {before} files made into {after}")


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="File to write, .tar.gz.age.")],
    reports: Annotated[bool, typer.Option(help="With the reports.")] = True,
    home: Home = None,
):
    """Write the whole workbook into one encrypted file."""
    from opsbook.publish import backup as saving
    from opsbook.publish import backup_key

    count = saving.backup(target, home=home, reports=reports)
    typer.echo(f"{count} files in {target}, sealed with {backup_key.file()}.")
    typer.echo("Keep a copy of that key elsewhere: without it the backup does not open.")


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A backup.")],
    folder: Annotated[Path, typer.Argument(help="New folder for the workbook.")],
):
    """Bring a backup back into a new folder, every file checked."""
    from opsbook.publish import backup as saving

    count, version = saving.restore(source, folder)
    typer.echo(f"{count} files in {folder}; the store is at version {version}.")


@app.command()
def version():
    """The version of the workbook."""
    typer.echo(__version__)


def main():
    """Entry point: an error on purpose becomes one message and status 2, never a traceback."""
    try:
        app()
    except OpsbookError as error:
        typer.echo(f"opsbook: {error}", err=True)
        sys.exit(2)
    except OSError as error:  # the disk, or rights on a file
        where = f"{error.filename}: " if error.filename else ""
        reason = error.strerror or error
        remedy = "Check the disk's free space and the rights on it, then run it again."
        typer.echo(f"opsbook: {where}{reason}. {remedy}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.echo("opsbook: stopped.", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
