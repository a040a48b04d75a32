"""opsbook doctor: what is wrong with this machine and this workbook, and how to mend it."""

import contextlib
import datetime as dt
import os
import shutil
import time
import zoneinfo
from dataclasses import dataclass
from pathlib import Path

from opsbook import Store, config
from opsbook.errors import OpsbookError

OK, WARN, FAIL = "ok", "warn", "FAIL"
FREE_GB = (0.5, 5)  # fail below the first, warn below the second
OLD_HOURS = 24


@dataclass(frozen=True)
class Check:
    """One line: name, state (ok, warn, FAIL), what was found, what to do."""

    name: str
    state: str
    found: str
    remedy: str = ""


def run(home):
    """Print every check; exit status 1 where one fails."""
    import typer

    checks = examine(home)
    for check in checks:
        line = f"{check.state:<5} {check.name:<12} {check.found}"
        typer.echo(f"{line} {check.remedy}".rstrip())
    return 1 if any(c.state == FAIL for c in checks) else 0


def examine(home=None, *, now=None):
    """All checks of a workbook; a check that cannot be made is a failed one."""
    now = now or dt.datetime.now(dt.UTC)
    try:
        settings = config.settings(home)
    except OpsbookError as error:
        return [Check("settings", FAIL, error.message, error.remedy)]
    out = []
    for name, look in (
        ("settings", _settings),
        ("fonts", _fonts),
        ("browser", _browser),
        ("clock", _clock),
        ("disk", _disk),
        ("permissions", _permissions),
        ("kernels", _kernels),
        ("store", _store),
        ("secrets", _secrets),
        ("schedule", _schedule),
        ("workers", _workers),
    ):
        try:
            found = [Check(name, *rest) for rest in look(settings, now)]
        except OpsbookError as error:
            found = [Check(name, FAIL, error.message, error.remedy)]
        except Exception as error:
            found = [Check(name, FAIL, f"{type(error).__name__}: {error}")]
        out += found or [Check(name, OK, "")]
    return out


def _settings(settings, now):
    from opsbook.publish import notify
    from opsbook.publish.schedule import plan

    plans, readers = plan.plans(settings), notify.readers(settings)
    yield OK, f"{settings.home}: {len(plans)} plans, {len(readers)} readers"


def _fonts(settings, now):
    """Chinese glyphs are drawn, not boxes: two different characters give two different pictures."""
    import vl_convert

    from opsbook.config import template_path

    vl_convert.register_font_directory(str(template_path("fonts")))

    def drawn(text, family):
        svg = (
            "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='40'>"
            f"<text x='4' y='30' font-size='28' font-family='{family}'>{text}</text></svg>"
        )
        return vl_convert.svg_to_png(svg)

    for family, characters in (("Noto Sans SC", "账号"), ("Noto Sans TC", "賬號")):
        pictures = {drawn(c, family) for c in (*characters, " ")}
        if len(pictures) < 3:
            yield FAIL, f"{family} draws boxes.", "Restore templates/fonts from git."
    yield OK, "Chinese glyphs are drawn"


def _browser(settings, now):
    names = ("chromium", "chromium-browser", "google-chrome", "chrome", "firefox")
    found = next((n for n in names if shutil.which(n)), None)
    if found is None:
        yield WARN, "none found here", "Dashboards are opened on another machine, or install one."
    else:
        yield OK, found


def _clock(settings, now):
    zoneinfo.ZoneInfo(settings.time_zone.key)
    if now.year < 2025:
        yield FAIL, f"the clock says {now:%Y-%m-%d}.", "Set it; use NTP."
        return
    commits = Store(settings.store).commits()
    if len(commits):
        ahead = commits["at"].max() - now
        if ahead > dt.timedelta(minutes=5):
            yield FAIL, f"the last import lies {ahead} ahead of the clock.", "Set the clock."
            return
    local = now.astimezone(settings.time_zone)
    yield OK, f"{local:%Y-%m-%d %H:%M} {settings.time_zone.key}"


def _disk(settings, now):
    folder = settings.data
    free = shutil.disk_usage(folder).free / 1e9
    state = FAIL if free < FREE_GB[0] else WARN if free < FREE_GB[1] else OK
    yield state, f"{free:.1f} GB free", "" if state == OK else "Free space, or opsbook clean."


def _permissions(settings, now):
    for folder in (settings.data, settings.reports):
        target = folder if folder.exists() else folder.parent
        if not os.access(target, os.W_OK):
            yield FAIL, f"{folder} cannot be written.", "Give this user the right to write."
    for folder in (settings.data / "private", settings.data / "raw"):
        if folder.exists() and folder.stat().st_mode & 0o077:
            yield FAIL, f"{folder} can be read by others.", f"chmod 700 {folder}"
        for path in folder.glob("*"):
            if path.is_file() and path.suffix != ".lock" and path.stat().st_mode & 0o077:
                yield FAIL, f"{path} can be read by others.", f"chmod 600 {path}"


def _kernels(settings, now):
    """Warm parents and kernels of ours that outlived their run by a day."""
    for proc in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            command = (proc / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            ours = (
                "opsbook.publish.warm_parent" in command or "-m opsbook.publish.kernel" in command
            )
            hours = (time.time() - proc.stat().st_mtime) / 3600
            if ours and hours > OLD_HOURS and proc.stat().st_uid == os.getuid():
                yield WARN, f"process {proc.name} runs for {hours:.0f} h.", f"kill {proc.name}"


def _store(settings, now):
    from opsbook.data import upkeep

    store = Store(settings.store)
    found = upkeep.broken(store)
    for name, what in found:
        yield FAIL, f"table {name}: {what}", "opsbook restore from the last backup."
    if not found:
        yield OK, f"version {store.version}, {len(store.state().tables)} tables whole"


def _secrets(settings, now):
    """Credentials that lapse soon, and addresses of readers that the environment lacks."""
    from opsbook.publish import notify

    for reader in notify.readers(settings):
        if not os.environ.get(reader.url_env):
            yield WARN, f"{reader.url_env} is not set: {reader.name} hears nothing.", "Set it."
    store = Store(settings.store)
    if "credentials" not in store.state().tables:
        return
    days = settings.thresholds["expiry_days"]
    today = now.astimezone(settings.time_zone).date()
    for row in store.table("credentials").to_pyarrow().to_pylist():
        left = (row["expires_at"] - today).days
        if left <= days:
            told = f"lapsed {-left} days ago" if left < 0 else f"lapses in {left} days"
            state = FAIL if left < 0 else WARN
            yield state, f"{row['kind']} {row['credential_id']} {told}.", "Renew it."


def _schedule(settings, now):
    from opsbook.publish.schedule import plan, work

    with work.history(settings) as kept:
        failed = {
            k: v for k, v in kept.items() if isinstance(v, dict) and v.get("state") == "failed"
        }
        looked = bool(kept.get("since"))
        late = plan.due(plan.plans(settings), now, kept) if looked else []
    for key, about in failed.items():
        yield WARN, f"{key} failed: {about['error'][:120]}", "opsbook schedule --once tries again."
    if late:
        yield WARN, f"{len(late)} reports are due.", "opsbook schedule --once"


def _workers(settings, now):
    """Past one machine: both services answer."""
    from opsbook.publish.schedule import spread

    found = spread.workers(settings)
    if found is None:
        yield OK, "one machine does all"
        return
    spread.check()
    yield OK, f"{' and '.join(spread.SERVICES)} answer; {found.at_once} chapters at once"
