"""What is due: plans of workbook.toml [schedule], periods and history in, work out. Pure.

[schedule]
formats = ["html", "pdf"]
languages = ["zh-Hans"]
retries = 2                  # after a failure, each time after twice the wait
wait_seconds = 60
limit_minutes = 60           # for one period in one language
jobs = 2                     # chapters at once
catch_up = 8                 # missed periods that are made up, the newest

[schedule.plans.weekly]
chapters = "all"
cron = "0 7 * * 1"
period = "week"              # day, week or month: the last complete one before the tick
"""

import datetime as dt
from dataclasses import dataclass

from opsbook.config import LANGUAGES
from opsbook.data import periods
from opsbook.errors import BadValue, ConfigError
from opsbook.publish.schedule import cron

KINDS = ("day", "week", "month")
DEFAULTS = {
    "formats": ["html", "pdf", "docx", "xlsx"],
    "languages": None,  # the workbook's own
    "retries": 2,
    "wait_seconds": 60,
    "limit_minutes": 60,
    "jobs": 2,
    "catch_up": 8,
}
SHIPPED = {"weekly": {"chapters": "all", "cron": "0 7 * * 1", "period": "week"}}


@dataclass(frozen=True)
class Plan:
    """One line of the calendar. chapters: as opsbook.run takes them. kind: of KINDS."""

    name: str
    chapters: str
    cron: cron.Cron
    kind: str
    zone: object
    formats: tuple
    languages: tuple
    retries: int
    wait_seconds: float
    limit_minutes: float
    jobs: int
    catch_up: int


@dataclass(frozen=True)
class Work:
    """A period of a plan that is due in a language. attempt: 1 for the first."""

    plan: Plan
    period: str
    language: str
    tick: dt.datetime
    attempt: int

    @property
    def key(self):
        """What makes it the same work: plan, period and language."""
        return f"{self.plan.name}|{self.period}|{self.language}"


def plans(settings):
    """The plans of a workbook, its [schedule] checked; ConfigError names key and remedy."""
    section = dict(settings.sections.get("schedule", {}))
    named = section.pop("plans", None) or SHIPPED
    file = settings.data / "workbook.toml"
    found = []
    for name, about in named.items():
        where = f"schedule.plans.{name}"
        known = {*DEFAULTS, "chapters", "cron", "period"}
        for key in {**section, **about}:
            if key not in known:
                raise ConfigError(file, f"{where}.{key}", f"is not one of {', '.join(sorted(known))}.")  # fmt: skip
        values = DEFAULTS | section | about
        if not name.replace("-", "").replace("_", "").isalnum():
            raise ConfigError(file, where, "has a name with other than letters, digits, - and _.")
        if values.get("period") not in KINDS:
            raise ConfigError(file, f"{where}.period", f"{values.get('period')} is not one of {', '.join(KINDS)}.")  # fmt: skip
        for key in ("retries", "wait_seconds", "limit_minutes", "jobs", "catch_up"):
            low = 1 if key in ("limit_minutes", "jobs", "catch_up") else 0
            if not isinstance(values[key], (int, float)) or values[key] < low:
                raise ConfigError(file, f"{where}.{key}", f"{values[key]} is not a number from {low} on.")  # fmt: skip
        languages = tuple(values["languages"] or [settings.language])
        for language in languages:
            if language not in LANGUAGES:
                raise ConfigError(file, f"{where}.languages", f"{language} is not one of {', '.join(LANGUAGES)}.")  # fmt: skip
        try:
            line = cron.parse(values.get("cron", ""))
        except BadValue as error:
            raise ConfigError(file, f"{where}.cron", str(error)) from None
        found.append(
            Plan(
                name=name,
                chapters=str(values.get("chapters", "all")),
                cron=line,
                kind=values["period"],
                zone=settings.time_zone,
                formats=tuple(values["formats"]),
                languages=languages,
                **{k: values[k] for k in ("retries", "wait_seconds", "limit_minutes", "jobs", "catch_up")},
            )
        )  # fmt: skip
    return found


def period_at(kind, day):
    """The last complete period of a kind before a local date, as its written form."""
    if kind == "day":
        return str(day - dt.timedelta(days=1))
    if kind == "week":
        return periods.week_of(day).previous.label
    return periods.parse(f"{day:%Y-%m}").previous.label


def label_of(kind, day):
    """The period of a kind that holds a date."""
    if kind == "day":
        return str(day)
    return periods.week_of(day).label if kind == "week" else f"{day:%Y-%m}"


def period_of(plan, key):
    """The written period of a partition's key, its first day."""
    return label_of(plan.kind, dt.date.fromisoformat(key[:10]))


def key_of(period):
    """The partition's key of a written period: its first day."""
    return periods.parse(period).start.isoformat()


def between(kind, first, last):
    """Written forms of the periods of a kind that lie whole in first to last (dates), oldest first."""
    out, at = [], first
    while at <= last:
        period = periods.parse(label_of(kind, at))
        if period.start >= first and period.end <= last:
            out.append(period.label)
        at = period.end + dt.timedelta(days=1)
    return out


def due(plans, now, history):
    """The Work that is due at a moment, oldest period first.

    now: aware datetime. history: dict of Work.key -> {"state": ok or failed, "attempts": n,
    "at": ISO time of the last attempt}, and "since" -> {plan: ISO time of its first look}. A plan
    that was never looked at has its newest tick due; later all ticks since then, of which the
    newest `catch_up` periods are made up. What failed is due again after its wait, doubled each
    time, until its retries are used up.
    """
    out = []
    for plan in plans:
        started = history.get("since", {}).get(plan.name)
        newest = cron.last_tick(plan.cron, plan.zone, now)
        if newest is None:
            continue
        moments = [newest]
        if started:
            after = min(dt.datetime.fromisoformat(started), newest - dt.timedelta(microseconds=1))
            moments = list(cron.ticks(plan.cron, plan.zone, after, now)) or moments
        ticks = {period_at(plan.kind, tick.astimezone(plan.zone).date()): tick for tick in moments}
        for period in list(ticks)[-int(plan.catch_up) :]:
            for language in plan.languages:
                work = Work(plan, period, language, ticks[period], 1)
                past = history.get(work.key)
                if past is None:
                    out.append(work)
                elif past["state"] != "ok" and _again(plan, past, now):
                    out.append(Work(plan, period, language, ticks[period], past["attempts"] + 1))
    return sorted(out, key=lambda w: (periods.parse(w.period).end, w.plan.name, w.language))


def settled(plan, period, history):
    """Whether nothing more is to be done for a period: made in every language, or given up."""
    found = [history.get(Work(plan, period, language, None, 1).key) for language in plan.languages]
    return all(p and (p["state"] == "ok" or p["attempts"] > plan.retries) for p in found)


def _again(plan, past, now):
    if past["attempts"] > plan.retries:
        return False
    wait = plan.wait_seconds * 2 ** (past["attempts"] - 1)
    return now >= dt.datetime.fromisoformat(past["at"]) + dt.timedelta(seconds=wait)
