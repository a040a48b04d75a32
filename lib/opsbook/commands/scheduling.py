"""opsbook schedule: what is due now, a range made up, or the scheduler with its web page."""

import datetime as dt

import typer

from opsbook.errors import ParameterError


def once(home):
    """Do what is due; exit status 0, or 1 where a report failed."""
    from opsbook.publish.schedule import work

    return _shown(work.once(home, progress=_tell))


def backfill(home, first, last, plan):
    """Make up the reports of a range of days; exit status as above."""
    from opsbook.publish.schedule import work

    days = [_day(name, text) for name, text in (("from", first), ("to", last))]
    if days[1] < days[0]:
        raise ParameterError("to", f"{last} lies before {first}.")
    return _shown(work.backfill(*days, home=home, plan=plan, progress=_tell))


def start(home, port, ip):
    """Start Dagster; exit status."""
    from opsbook.publish.schedule import daemon

    return daemon.start(home, port, ip)


def worker(home, jobs):
    """Become a worker of a scheduler elsewhere; does not return."""
    from opsbook.publish.schedule import daemon

    daemon.work(home, jobs)


def _day(name, text):
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ParameterError(name, f"{text} is not a day.", remedy="Write 2026-11-14.") from None


def _tell(work):
    typer.echo(f"{work.plan.name} {work.period} {work.language} ...")


def _shown(done):
    for one in done:
        line = f"{one.work.plan.name} {one.work.period} {one.work.language}: {one.state}"
        typer.echo(f"{line} {one.seconds:.1f} s {one.error or one.folder}")
    if not done:
        typer.echo("Nothing is due.")
    return 1 if any(one.state == "failed" for one in done) else 0
