"""Do what is due: one report per plan, period and language, whole, with a time limit and a history.

Each piece of work is `opsbook run` in a process of its own, which the limit can end. Its report
lies in reports/<period>/<language>/<plan>; making it again replaces it in one step.
"""

import contextlib
import datetime as dt
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from opsbook import config
from opsbook.errors import ConfigError, OpsbookError
from opsbook.publish import kernels, manifest, notify
from opsbook.publish.schedule import plan as planning
from opsbook.publish.schedule import spread

GRACE_SECONDS = 10


@dataclass(frozen=True)
class Done:
    """How a piece of work ended. state: ok, failed or busy (another process has it in hand)."""

    work: planning.Work
    state: str
    folder: Path
    error: str = ""
    seconds: float = 0.0


def once(home=None, *, now=None, progress=None):
    """Import what lies in the inbox, do all work that is due, tell the readers; list of Done."""
    settings = config.settings(home)
    now = now or dt.datetime.now(dt.UTC)
    plans = planning.plans(settings)
    import_inbox(settings)
    with history(settings) as kept:
        work = planning.due(plans, now, kept)
        for one in plans:
            kept.setdefault("since", {}).setdefault(one.name, now.isoformat())
    done = [do(settings, one, progress=progress) for one in work]
    remind(settings, now)
    return done


def backfill(first, last, *, home=None, plan=None, progress=None):
    """Make the reports of all whole periods from first to last (dates) that are not there yet.

    plan: a plan's name, or None for all. List of Done.
    """
    settings = config.settings(home)
    chosen = [p for p in planning.plans(settings) if plan in (None, p.name)]
    if not chosen:
        names = ", ".join(p.name for p in planning.plans(settings))
        raise ConfigError(settings.data / "workbook.toml", f"schedule.plans.{plan}", "is not there.", remedy=f"Plans: {names}.")  # fmt: skip
    tick = dt.datetime.now(dt.UTC)
    spreads = spread.workers(settings)
    out = []
    for one in chosen:
        works = [
            planning.Work(one, period, language, tick, 1)
            for period in planning.between(one.kind, first, last)
            for language in one.languages
        ]
        with history(settings) as kept:
            works = [w for w in works if kept.get(w.key, {}).get("state") != "ok"]
        if spreads and works:
            out += _by_workers(settings, one, works, progress)
        elif works:
            out += [do(settings, work, progress=progress) for work in works]
    return out


def _by_workers(settings, one, works, progress):
    """The same by scheduler and workers; how each ended stands in the history."""
    from opsbook.publish.schedule import ranges

    for work in works if progress else ():
        progress(work)
    ended = dict(ranges.backfill(settings, one, sorted({w.period for w in works})))
    with history(settings) as kept:
        found = {w.key: kept.get(w.key, {}) for w in works}
    out = []
    for work in works:
        past = found[work.key]
        state = past.get("state", "ok" if ended.get(work.period) else "failed")
        error = past.get("error", "no report was written")
        seconds = past.get("seconds", 0.0)
        out.append(Done(work, state, folder_of(settings, work), error, seconds))
    return out


def import_inbox(settings):
    """Import what is new in the inbox; (imported, refused) counts. A file that came in is unchanged."""
    from opsbook.data.store import Store

    inbox = settings.data / "inbox"
    if not inbox.is_dir():
        return 0, 0
    results = [result for _, result in Store(settings.store).import_folder(inbox)]
    failed = sum(isinstance(r, OpsbookError) for r in results)
    return len(results) - failed, failed


def do(settings, work, *, again=True, progress=None):
    """Make one report and record how it ended; Done. What another process makes is left to it.

    again: False leaves a report that is there as it is.
    """
    folder = folder_of(settings, work)
    with alone(settings, work.key) as free:
        if not free:
            return Done(work, "busy", folder)
        with history(settings) as kept:
            made = (
                kept.get(work.key, {}).get("state") == "ok" and (folder / manifest.NAME).is_file()
            )
        if made and not again:
            return Done(work, "ok", folder)
        if progress:
            progress(work)
        started = dt.datetime.now(dt.UTC)
        error = execute(
            settings,
            chapters=work.plan.chapters,
            period=work.period,
            language=work.language,
            formats=work.plan.formats,
            jobs=work.plan.jobs,
            output=folder,
            minutes=work.plan.limit_minutes,
        )
        ended = dt.datetime.now(dt.UTC)
        state = "failed" if error else "ok"
        with history(settings) as kept:
            past = kept.get(work.key, {})
            kept[work.key] = {
                "state": state,
                "attempts": past.get("attempts", 0) + 1,
                "at": ended.isoformat(),
                "tick": work.tick.isoformat(),
                "seconds": round((ended - started).total_seconds(), 3),
                "error": error,
                "folder": os.path.relpath(folder, settings.home),
            }
    tell_of(settings, folder, work.period, error)
    return Done(work, state, folder, error, (ended - started).total_seconds())


def folder_of(settings, work):
    """Where the report of a piece of work lies."""
    return settings.reports / work.period / work.language / work.plan.name


def execute(settings, *, chapters, period, language, formats, jobs, output, minutes):
    """`opsbook run` in its own process with a time limit; "" or what went wrong."""
    command = [
        sys.executable, "-m", "opsbook.cli", "run", "--home", str(settings.home),
        "--chapter", str(chapters), "--period", period, "--language", language,
        "--formats", ",".join(formats) or "ipynb", "--jobs", str(jobs), "--output", str(output),
    ]  # fmt: skip
    output.parent.mkdir(parents=True, exist_ok=True)
    # One warm parent for all runs of a scheduler or worker: its imports cost seconds each time. It
    # starts without the secrets, since a child can read what its parent started with.
    env = _without_secrets(settings)
    env = kernels.lent(env, kernels.refresh_parent(env))
    running = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env=env,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        text=True,
    )
    try:
        said, _ = running.communicate(timeout=minutes * 60)
    except subprocess.TimeoutExpired:
        _end(running)
        return f"not finished within {minutes:g} minutes"
    except BaseException:
        _end(running)
        raise
    if running.returncode == 0:
        return ""
    if running.returncode == 1:
        with contextlib.suppress(OSError, ValueError, KeyError):
            failed = {n: c.error for n, c in manifest.load(output).chapters.items() if c.error}
            return "; ".join(f"chapter {n}: {error}" for n, error in failed.items())[:2000]
    lines = [line for line in said.splitlines() if line.strip()]
    return (lines[-1] if lines else f"ended with status {running.returncode}")[:2000]


def _without_secrets(settings):
    """The environment without the addresses that carry passwords: a notebook needs none of them."""
    secret = {*spread.SERVICES, *(reader.url_env for reader in notify.readers(settings))}
    return {name: value for name, value in os.environ.items() if name not in secret}


def tell_of(settings, folder, period, error):
    """Tell the readers of a report that is ready or of a run that failed; never an error of its own."""
    with contextlib.suppress(OSError, ValueError):
        made = manifest.load(folder)
        notify.tell(notify.of_run(made), home=settings.home)
        return
    if error:
        values = {"period": period, "chapter": "–", "error": error[:300]}
        notify.tell([notify.Event("failed", f"{period}|{error}", values)], home=settings.home)


def remind(settings, now):
    """Tell of stale sources, and send what waited for the end of quiet hours."""
    from opsbook.data.store import Store

    if settings.sections.get("notify", {}).get("readers"):
        events = notify.of_stale(settings, Store(settings.store), now)
        notify.tell(events, home=settings.home, now=now)


@contextlib.contextmanager
def history(settings):
    """The history (a dict, see plan.due) under a lock; kept when the block ends."""
    folder = _folder(settings)
    file = folder / "history.json"
    with open(folder / "history.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        before = json.dumps(kept)
        yield kept
        if json.dumps(kept) != before:
            aside = file.with_suffix(".part")
            aside.write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
            aside.replace(file)


@contextlib.contextmanager
def alone(settings, key, *, wait=False):
    """Whether no other process works on the key; held until the block ends, or the process does.

    wait: until the other one has ended. The lock holds between hosts where their shared folder
    carries locks (NFS 4, SMB 3, CephFS).
    """
    name = re.sub(r"[^\w.-]+", "_", key)
    with open(_folder(settings) / f"{name}.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            yield False
            return
        yield True


def _folder(settings):
    folder = settings.reports / ".schedule"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _end(running):
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.communicate(timeout=GRACE_SECONDS)
            return


def _die_with_parent():
    """So that a killed scheduler leaves no run behind that nobody waits for."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
