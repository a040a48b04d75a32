"""Tell people what they must know: failed run, stale data, critical finding, report ready.

Readers stand in workbook.toml under [notify]; where a message goes is an apprise URL in the
environment variable that the reader names, so that no secret is ever in a file. Each reader gets
a thing once, in their own language; during quiet hours it waits, unless it is urgent. What was
said and what waits is kept in data/private/notify.json, without addresses.
"""

import contextlib
import datetime as dt
import fcntl
import json
import os
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path

from opsbook import config
from opsbook.errors import AccessError, ConfigError
from opsbook.present.language import Translator

EVENTS = ("failed", "stale", "critical", "report")
URGENT = ("critical",)  # goes out in quiet hours too
MARKDOWN = ("dingtalk", "slack")  # cards that show it; the others get plain text, e-mail HTML
ATTEMPTS = 20  # a message that could not be sent so often is given up, and the log says so
KEPT_DAYS = 400
_lock = threading.Lock()


@dataclass(frozen=True)
class Event:
    """One thing to tell. kind: of EVENTS. key: what makes it the same thing as before.
    values: JSON-ready, for the wording notify.<kind>."""

    kind: str
    key: str
    values: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """Who is told what. url_env: environment variable with their apprise URL, or several,
    separated by spaces. quiet: (start, end) local times, or None."""

    name: str
    url_env: str
    language: str
    events: tuple
    quiet: tuple


def readers(settings):
    """The readers of [notify] in workbook.toml; ConfigError names key and remedy."""
    section = settings.sections.get("notify", {})
    file = settings.data / "workbook.toml"
    found = []
    for number, about in enumerate(section.get("readers", []), start=1):
        where = f"notify.readers[{number}]"
        for key in about:
            known = ("name", "url_env", "language", "events", "quiet_hours")
            if key not in known:
                raise ConfigError(file, f"{where}.{key}", f"is not one of {', '.join(known)}.")
        env = str(about.get("url_env", ""))
        if "://" in env or not env.replace("_", "").isalnum():
            raise AccessError(
                f"{file}: {where}.url_env: names no environment variable.",
                remedy="Put the URL into the environment and its variable's name here.",
            )
        language = about.get("language", settings.language)
        if language not in config.LANGUAGES:
            raise ConfigError(file, f"{where}.language", f"{language} is not one of {config.LANGUAGES}.")  # fmt: skip
        events = tuple(about.get("events", EVENTS))
        for name in events:
            if name not in EVENTS:
                raise ConfigError(file, f"{where}.events", f"{name} is not one of {', '.join(EVENTS)}.")  # fmt: skip
        quiet = about.get("quiet_hours", section.get("quiet_hours"))
        found.append(
            Reader(
                name=str(about.get("name", env)),
                url_env=env,
                language=language,
                events=events,
                quiet=_hours(file, where, quiet),
            )
        )
    return found


def tell(events, *, home=None, now=None):
    """Send events to the readers who want them; what is due from before goes first.

    now: aware datetime, the present by default. Returns a list of (reader, kind, key, outcome):
    sent, waiting (quiet hours), failed (tried again next time) or no_address. What a reader was
    told before is not in it.
    """
    settings = config.settings(home)
    now = now or dt.datetime.now(dt.UTC)
    known = readers(settings)
    if not known:
        return []
    outcomes = []
    with _state(settings) as state:
        waiting = {(w["reader"], w["kind"], w["key"]): w for w in state["waiting"]}
        for reader in known:
            for event in events:
                ident = f"{reader.name}|{event.kind}|{event.key}"
                place = (reader.name, event.kind, event.key)
                if event.kind in reader.events and ident not in state["sent"]:
                    waiting.setdefault(place, {"reader": reader.name, **asdict(event), "tries": 0})
        by_name = {reader.name: reader for reader in known}
        left = []
        for place, one in waiting.items():
            reader = by_name.get(one["reader"])
            if reader is None:
                continue  # no longer named in workbook.toml
            event = Event(one["kind"], one["key"], one["values"])
            outcome = _try(settings, reader, event, now)
            outcomes.append((*place, outcome))
            if outcome == "sent":
                state["sent"]["|".join(place)] = now.astimezone(dt.UTC).isoformat()
                continue
            one["tries"] += outcome == "failed"
            if one["tries"] < ATTEMPTS:
                left.append(one)
        state["waiting"] = left
        oldest = (now - dt.timedelta(days=KEPT_DAYS)).astimezone(dt.UTC).isoformat()
        state["sent"] = {k: at for k, at in state["sent"].items() if at >= oldest}
    return outcomes


def of_run(manifest):
    """Events of a finished run: each failed chapter, each critical finding, the report itself."""
    out = []
    for number, chapter in manifest.chapters.items():
        if chapter.state == "failed":
            key = f"{manifest.period}|{number}|{chapter.error}"
            values = {"period": manifest.period, "chapter": number, "error": chapter.error[:300]}
            out.append(Event("failed", key, values))
    file = Path(manifest.folder) / "findings.json"
    found = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    out += [
        Event("critical", f["finding_id"], {"finding": f, "spoken": manifest.language})
        for f in found
        if f["severity"] == "critical"
    ]
    if any(c.state in ("ok", "cached") for c in manifest.chapters.values()):
        # made again from the same data it is no news
        key = f"{manifest.period}|{manifest.data_version}"
        values = {"period": manifest.period, "data_version": manifest.data_version}
        out.append(Event("report", key, values))
    return out


def of_stale(settings, store, now):
    """Events for sources without an import for [notify] stale_days (3 unless set)."""
    limit = dt.timedelta(days=float(settings.sections.get("notify", {}).get("stale_days", 3)))
    batches = store.batches()
    batches = batches[~batches["is_undone"] & (batches["platform"].fillna("") != "")]
    out = []
    for (platform, account), rows in batches.groupby(["platform", "account_id"]):
        last = rows["imported_at"].max()
        if now - last > limit:
            values = {
                "platform": platform,
                "account": account,
                "last": last.isoformat(),
                "days": (now - last).days,
            }
            out.append(Event("stale", f"{platform}|{account}|{last.isoformat()}", values))
    return out


def message(settings, event, language):
    """The event in a language: (title, text, markdown, html)."""
    translator = Translator(
        language,
        currency=settings.currency,
        time_zone=settings.time_zone,
        home_folder=settings.home,
    )
    brand = settings.brand_name(language)
    if event.kind == "report":
        from opsbook.publish.handover import material, onepager

        about = material.gather(
            home=settings.home,
            period=event.values["period"],
            language=language,
            data_version=event.values["data_version"],
        )
        page = onepager.build(about)
        return page.title, page.text(), page.markdown(), page.html()
    values = dict(event.values)
    if event.kind == "critical":
        from opsbook.publish.handover.material import reworded

        (values,), _ = reworded([values["finding"]], values["spoken"], translator)
    if event.kind == "stale":
        values["last"] = dt.datetime.fromisoformat(values["last"])
    title = translator.text(f"notify.{event.kind}.title", brand=brand, **values)
    text = translator.text(f"notify.{event.kind}.text", brand=brand, **values)
    return title, text, None, None


def is_quiet(reader, now, zone):
    """Whether a moment lies in the reader's quiet hours; the end is not in them."""
    if not reader.quiet:
        return False
    start, end = reader.quiet
    at = now.astimezone(zone).time()
    return start <= at < end if start <= end else at >= start or at < end


def _try(settings, reader, event, now):
    if event.kind not in URGENT and is_quiet(reader, now, settings.time_zone):
        return "waiting"
    urls = os.environ.get(reader.url_env, "").split()
    if not urls:
        return "no_address"
    title, text, markdown, html = message(settings, event, reader.language)
    return "sent" if all([_send(url, title, text, markdown, html) for url in urls]) else "failed"


def _send(url, title, text, markdown, html):
    """Send one message to one address; whether it arrived."""
    import apprise

    plugin = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if plugin is None:
        return False
    schema = url.partition("://")[0].lower()
    if schema == "dingtalk":
        _mend_signature(plugin)
    body, form = text, apprise.NotifyFormat.TEXT
    if markdown and schema in MARKDOWN:
        body, form = markdown, apprise.NotifyFormat.MARKDOWN
    elif html and schema.startswith("mailto"):
        body, form = html, apprise.NotifyFormat.HTML
    if schema == "feishu":  # its plain text reads tags: <at user_id="all"> would call everybody
        title, body = title.replace("<", "＜"), body.replace("<", "＜")
    if schema in MARKDOWN or schema.startswith("mailto"):
        plugin.notify_format = form
    if body.startswith(title) and form == apprise.NotifyFormat.TEXT:
        title, body = title, body[len(title) :].strip()
    with _answers_read():
        return bool(plugin.notify(body=body, title=title, body_format=form))


def _mend_signature(plugin):
    """apprise 2.2 quotes DingTalk's signature and requests quotes it again, so that DingTalk
    refuses every signed message; a signature in plain base64 stays as it is here."""
    from urllib.parse import unquote

    sign = plugin.get_signature

    def once():
        timestamp, signature = sign()
        return timestamp, unquote(signature)

    plugin.get_signature = once


@contextlib.contextmanager
def _answers_read():
    """While it lasts, an answer 200 that carries an error code counts as an error.

    DingTalk, WeCom and Feishu answer 200 to a wrong token or an unknown robot and say so in the
    body; apprise looks at the status only.
    """
    import requests

    plain = requests.post

    def post(*given, **options):
        answer = plain(*given, **options)
        with contextlib.suppress(ValueError, AttributeError):
            said = answer.json()
            if answer.ok and any(said.get(k) for k in ("errcode", "code", "StatusCode")):
                answer.status_code = 422
        return answer

    with _lock:
        requests.post = post
        try:
            yield
        finally:
            requests.post = plain


@contextlib.contextmanager
def _state(settings):
    """What was said and what waits, under a lock; kept whole when the block ends."""
    folder = settings.data / "private"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    file = folder / "notify.json"
    with open(folder / "notify.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = {"sent": {}, "waiting": []}
        if file.is_file():
            state |= json.loads(file.read_text(encoding="utf-8"))
        try:
            yield state
        finally:
            aside = file.with_suffix(".part")
            handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                json.dump(state, out, ensure_ascii=False, indent=1)
            aside.replace(file)


def _hours(file, where, quiet):
    if not quiet:
        return None
    try:
        return tuple(dt.time.fromisoformat(quiet[k]) for k in ("start", "end"))
    except (KeyError, TypeError, ValueError):
        raise ConfigError(
            file,
            f"{where}.quiet_hours",
            f"{quiet} is not a pair of times.",
            remedy='Write {start = "22:00", end = "08:00"}.',
        ) from None
