"""Open a chapter: its parameters, tables, language and findings. What a notebook's first cell calls."""

import datetime as dt
from dataclasses import dataclass, field
from functools import cache

import ibis
import pandas as pd

from opsbook import config, findings, shared
from opsbook.data import indicators, periods, promotions, schema
from opsbook.data.engines import open_store
from opsbook.data.views import local_day
from opsbook.errors import ParameterError
from opsbook.present import retold
from opsbook.present.language import Translator

COMPARISONS = ("previous", "last_year", "aligned", "none")


@dataclass
class Book:
    """An open chapter. Frames are pandas, days local to the workbook's zone.

    version: store version that every read resolves through. filters: platform and account of
    the reader's choice ("all" for none).
    """

    number: int
    period: periods.Period
    language: str
    settings: config.Settings
    store: object
    version: int
    filters: dict
    comparison: str
    translator: Translator
    findings: dict = field(default_factory=dict)
    sentences: list = field(default_factory=list)
    asked: set = field(default_factory=set)
    _frames: dict = field(default_factory=dict, repr=False)

    @property
    def zone(self):
        """The workbook's time zone as an IANA name."""
        return str(self.settings.time_zone)

    def t(self, key, **values):
        """A message of the catalogue in the reader's language."""
        return self.translator.text(key, **values)

    def table(self, name, *, period=None):
        """A canonical table as an ibis expression, cut to the filters and, if given, a period.

        period: a Period, its written form, or "current".
        """
        self.asked.add(name)
        rows = self.store.table(name, self.version)
        rows = self._filtered(rows)
        if period is None:
            return rows
        span = self.span(period)
        about = schema.table(name)
        if not about.when:
            return rows
        when = rows[about.when]
        if about.columns[about.when].type == "timestamp":
            when = local_day(when, self.zone)
        return rows.filter((when >= ibis.literal(span.start)) & (when <= ibis.literal(span.end)))

    def frame(self, name, *, period=None, columns=None):
        """A canonical table as pandas: timestamps in local wall-clock time, money as float.

        Dates are datetime64 at midnight, so that they join and subtract.
        """
        key = ("table", name, str(period), tuple(columns or ()))
        if key not in self._frames:

            def read():
                rows = self.table(name, period=period)
                return self.pandas(rows.select(*columns) if columns else rows)

            self.asked.add(name)
            span = self.span(period) if period is not None else None
            self._frames[key] = shared.once((*key, span, *self._selection()), read)
        return self._frames[key].copy()

    def view(self, name, build, *, columns=None):
        """A view of opsbook.data.views as pandas, read once: build(store, zone, version=)."""
        key = ("view", name, tuple(columns or ()))
        if key not in self._frames:

            def read():
                rows = self._filtered(build(self.store, self.zone, version=self.version))
                return self.pandas(rows.select(*columns) if columns else rows)

            about = shared.of_builder(build) or self.period
            self._frames[key] = shared.once((*key, about, *self._selection()), read)
        return self._frames[key].copy()

    def _selection(self):
        """What a table read through this book depends on beside its name."""
        return self.version, self.zone, tuple(sorted(self.filters.items()))

    def once(self, name, build):
        """What build() gives, computed once per open book: for what two sections share."""
        key = ("once", name)
        if key not in self._frames:
            self._frames[key] = build()
        return self._frames[key]

    def pandas(self, expression):
        """An ibis expression as a plain frame: local naive times, money and counts as float."""
        kinds = expression.schema()
        frame = expression.to_pandas()
        for column, kind in kinds.items():
            if kind.is_timestamp():
                times = pd.to_datetime(frame[column], utc=kind.timezone is not None)
                if kind.timezone is not None:
                    times = times.dt.tz_convert(self.zone).dt.tz_localize(None)
                frame[column] = times.astype("datetime64[us]")
            elif kind.is_date():
                frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
            elif kind.is_decimal() or (kind.is_numeric() and frame[column].dtype == object):
                frame[column] = frame[column].astype("float64")
            elif kind.is_boolean() and frame[column].dtype == object:
                frame[column] = frame[column].astype("boolean")
        # the engine reads files side by side: without an order, the same run would round differently
        order = [c for c in _key_columns() if c in frame.columns]
        return frame.sort_values(order, kind="stable", ignore_index=True) if order else frame

    def indicators(self, names, by=(), *, period="current"):
        """Indicators of the registry over a period ("current", a Period, or None for all)."""
        span = self.span(period) if period is not None else None
        for name in [names] if isinstance(names, str) else names:
            self.asked.add(_TABLE_OF_VIEW.get(indicators.indicator(name).view, ""))
        return indicators.compute(
            self.store, names, by=by, period=span, version=self.version, filters=self.filters
        )

    def span(self, period="current"):
        """A Period out of "current", "previous", "last_year", "aligned", a written form, a Period.

        "aligned" is last year's where the period touches no promotion.
        """
        if isinstance(period, periods.Period):
            return period
        if period == "aligned":
            found = self.aligned
            return found.period if found else self.period.last_year
        named = {
            "current": self.period,
            "previous": self.period.previous,
            "last_year": self.period.last_year,
        }
        return named.get(period) or periods.parse(period)

    @property
    def aligned(self):
        """The period laid over its promotion's last occurrence (`data.promotions`), or None."""
        return self.once(
            "aligned",
            lambda: promotions.aligned(self.period, self.frame("industry_events")),
        )

    @property
    def compared(self):
        """The period of comparison, or None."""
        return None if self.comparison == "none" else self.span(self.comparison)

    def find(self, section, severity, message, **about):
        """Record a finding (see opsbook.findings.build); the same one twice counts once."""
        found = findings.build(self, section, severity, message, **about)
        self.findings[found.finding_id] = found
        return found

    def say(self, section, message, **values):
        """Record a sentence of the summary; it links to its section. One per section and message."""
        sentence = {
            "section": section,
            "message": message,
            "text": self.t(message, **values),
            "values": self.kept(values),
        }
        self.sentences = [
            s for s in self.sentences if (s["section"], s["message"]) != (section, message)
        ]
        self.sentences.append(sentence)

    def kept(self, values):
        """Values of a message in the JSON-ready form from which it is told in other languages."""
        return retold.kept(values, self.translator)

    def sorted_findings(self):
        """All findings, worst first."""
        order = {s: i for i, s in enumerate(reversed(findings.SEVERITIES))}
        return sorted(
            self.findings.values(), key=lambda f: (order[f.severity], f.section, f.subject)
        )

    def indicator_name(self, indicator):
        """An indicator's name in the reader's language."""
        names = indicators.indicator(indicator).name
        name = names.get(self.language) or names["en"]
        self.translator.given[name] = names
        return name

    def check_name(self, check):
        """A check of a picture, video or text in the reader's language."""
        key = f"check.{check}"
        return self.t(key) if self.translator.has(key) else str(check).replace("_", " ")

    def why(self, fit):
        """Why a `methods.response` could not be told, in the reader's language."""
        if not fit.why:
            return str(fit.reason)
        code, about = fit.why
        names = [str(self.translator.value(c)) for c in about.get("channels", ())]
        return self.t(f"why.{code}", **{**about, "channels": self.t("shown.list").join(names)})

    def asset_path(self, path):
        """Where an asset file lies, or None; never outside the workbook's asset folders."""
        for folder in (self.settings.data / "assets", self.settings.data / "sample" / "assets"):
            file = (folder / str(path)).resolve()
            if file.is_relative_to(folder.resolve()) and file.is_file():
                return file
        return None

    @property
    def state(self):
        """ "ok", or "no_data" where every table that was asked for is empty."""
        asked = [name for name in self.asked if name in schema.tables()]
        if asked and all(self.store.is_empty(name, self.version) for name in sorted(asked)):
            return "no_data"
        return "ok"

    def _filtered(self, rows):
        for column, value in self.filters.items():
            if value != "all" and column in rows.columns:
                rows = rows.filter(rows[column] == value)
        return rows


@cache
def _key_columns():
    """Columns that are part of a table's key, in the order of tables.toml."""
    return tuple(dict.fromkeys(c for table in schema.tables().values() for c in table.key))


_TABLE_OF_VIEW = {
    "posts": "posts",
    "ads": "ads_daily",
    "followers": "follower_daily",
    "orders": "orders",
    "comments": "comments",
    "conversations": "messages",
    "tickets": "tickets",
    "contacts": "comments",
}


def open_chapter(number, **parameters):
    """Open chapter `number` (0 the index, 1 to 10) as a Book.

    Parameters: period ("latest" or a written period), language, platform, account, comparison
    (previous, last_year, none), data_version (None for the newest), home (folder). An unknown
    one raises ParameterError with the near ones.
    """
    known = ("period", "language", "platform", "account", "comparison", "data_version", "home")
    for name in parameters:
        if name not in known:
            raise ParameterError(name, "is not a parameter of a chapter.", known=known)
    settings = config.settings(parameters.get("home"))
    language = parameters.get("language") or settings.language
    if language not in config.LANGUAGES:
        raise ParameterError("language", f"{language} is not known.", known=config.LANGUAGES)
    comparison = parameters.get("comparison") or "previous"
    if comparison not in COMPARISONS:
        raise ParameterError("comparison", f"{comparison} is not known.", known=COMPARISONS)
    store = open_store(settings)
    version = parameters.get("data_version")
    version = store.version if version in (None, "", "latest") else int(version)
    written = str(parameters.get("period") or "latest")
    period = (
        latest_period(store, settings, version) if written == "latest" else periods.parse(written)
    )
    return Book(
        number=int(number),
        period=period,
        language=language,
        settings=settings,
        store=store,
        version=version,
        filters={
            "platform": parameters.get("platform") or "all",
            "account_id": parameters.get("account") or "all",
        },
        comparison=comparison,
        translator=Translator(
            language,
            currency=settings.currency,
            time_zone=settings.time_zone,
            home_folder=settings.home,
        ),
    )


# Tables whose days say how far the data run. Plans and forms may lie in the future, and the day
# of an export (post_daily) is later than what it tells of.
_DATED = ("ads_daily", "account_daily", "follower_daily", "orders", "posts", "comments", "messages")


def latest_period(store, settings, version):
    """The last complete ISO week of the data; the week before today's where there are none."""
    zone = settings.time_zone
    bounds = shared.once(("bounds", version, str(zone)), lambda: _bounds(store, version, str(zone)))
    if not bounds:
        return periods.week_of(dt.datetime.now(zone).date()).previous
    return periods.latest(min(b[0] for b in bounds), max(b[1] for b in bounds))


def _bounds(store, version, zone):
    """First and last day of each dated table that holds rows."""
    found = []
    for name in _DATED:
        if store.is_empty(name, version):
            continue
        rows = store.table(name, version)
        about = schema.table(name)
        when = rows[about.when]
        if about.columns[about.when].type == "timestamp":
            when = local_day(when, zone)
        first, last = rows.aggregate(first=when.min(), last=when.max()).to_pandas().iloc[0]
        if pd.notna(last):
            found.append((pd.Timestamp(first).date(), pd.Timestamp(last).date()))
    return found
