"""The indicator registry: one definition of every rate and total, computed by ibis.

Definitions are data (data/reference/indicators/*.toml). A rate is a ratio of sums over the rows
of a group, never a mean of rates; a zero denominator is missing, not zero.
"""

from dataclasses import dataclass
from functools import cache, reduce
from math import nan

import ibis
import pandas as pd

from opsbook import config, shared
from opsbook.data import periods
from opsbook.data.views import VIEWS
from opsbook.errors import ConfigError, ParameterError

FAMILIES = ("fans", "content", "spread", "conversion", "interaction", "risk", "team")
KINDS = ("sum", "ratio", "count", "distinct", "last", "mean")


@dataclass(frozen=True)
class Indicator:
    """One indicator. `numerator` and `denominator` are columns of `view` joined by +.

    kind: sum, ratio (sum / sum), count (rows), distinct (values of numerator), last (newest
    value per account, added up), mean (of the not missing values). direction: up, down or none.
    aliases: other words that forms of targets and decisions use for it.
    """

    id: str
    name: dict
    family: str
    strand: str
    view: str
    kind: str
    numerator: str
    denominator: str
    unit: str
    grain: str
    direction: str
    formula: str
    source: str
    differs: dict
    where: dict
    factor: float = 1.0
    aliases: tuple = ()


@cache
def registry():
    """All indicators: dict of id -> Indicator; ConfigError names file and key."""
    found = {}
    for folder in {
        config.DISTRIBUTION / "data/reference/indicators",
        config.home() / "data/reference/indicators",
    }:
        for file in sorted(folder.glob("*.toml")):
            for key, about in config.load_toml(file).items():
                found[key] = _indicator(file, key, about)
    return found


def _indicator(file, key, about):
    kind = about.get("kind", "ratio" if "denominator" in about else "sum")
    indicator = Indicator(
        id=key,
        name=about["name"],
        family=about["family"],
        strand=about.get("strand", ""),
        view=about["view"],
        kind=kind,
        numerator=about.get("numerator", ""),
        denominator=about.get("denominator", ""),
        unit=about.get("unit", "times"),
        grain=about.get("grain", ""),
        direction=about.get("direction", "up"),
        formula=about.get("formula") or _formula(kind, about),
        source=about.get("source", ""),
        differs=about.get("differs", {}),
        where=about.get("where", {}),
        factor=float(about.get("factor", 1)),
        aliases=tuple(about.get("aliases", ())),
    )
    for name, value, known in (
        ("family", indicator.family, FAMILIES),
        ("kind", kind, KINDS),
        ("view", indicator.view, tuple(VIEWS)),
        ("direction", indicator.direction, ("up", "down", "none")),
    ):
        if value not in known:
            raise ConfigError(file, f"{key}.{name}", f"{value} is not one of {', '.join(known)}.")
    return indicator


def _formula(kind, about):
    if kind == "ratio":
        return f"{about['numerator']} / {about['denominator']}"
    return f"{kind}({about.get('numerator', 'rows')})"


def indicator(name):
    """One indicator by id or by another word that forms use; ParameterError with the near ones."""
    known = registry()
    if name not in known:
        for found in known.values():
            if name in found.aliases:
                return found
        raise ParameterError(name, "is not an indicator.", known=known)
    return known[name]


def compute(store, names, by=(), period=None, version=None, *, filters=None, equal_age=None):
    """One row per group: the `by` columns, then one column per indicator id.

    by: columns of the indicators' views (platform, account_id, date_day, week, month, ...).
    period: a Period or its written form, over local days; None for all. filters: dict of column
    -> value or list. equal_age: days; figures of posts are then read at that age. Units are the
    registry's; a zero denominator is NaN.
    """
    names = [names] if isinstance(names, str) else list(names)
    by = [by] if isinstance(by, str) else list(by)
    asked = (names, by, period, version, filters, equal_age)
    return _shared("indicators", store, asked, _computed)


def _shared(what, store, asked, make):
    """make(store, *asked), once for all chapters of a run that ask for the same."""
    names, by, period, version, filters, equal_age = asked
    span = periods.parse(period) if isinstance(period, str) else period
    version = store.version if version is None else version
    chosen = sorted((filters or {}).items())
    key = (what, names, by, span, version, chosen, equal_age)
    return shared.once(key, lambda: make(store, names, by, span, version, filters, equal_age))


def _computed(store, names, by, span, version, filters, equal_age):
    parts = []
    for rows, members in _views(store, names, by, span, version, filters, equal_age):
        parts.append(_grouped(rows, by, {name: _measure(rows, m) for name, m in members}))
    frame = _joined(parts, by)
    for name in names:
        frame[name] = frame[name].astype("float64")
    return frame[[*by, *dict.fromkeys(names)]]


def parts(store, names, by=(), period=None, version=None, *, filters=None, equal_age=None):
    """What the indicators are made of: rows that add up to any coarser group.

    Arguments as for `compute`. Returns indicator, the `by` columns, numerator, denominator: sums,
    so that value = factor * sum(numerator) / sum(denominator); a total has no denominator (NaN),
    a mean has the count of values. `last` and `distinct` figures add up over accounts, not days.
    """
    names = [names] if isinstance(names, str) else list(names)
    by = [by] if isinstance(by, str) else list(by)
    asked = (names, by, period, version, filters, equal_age)
    return _shared("parts", store, asked, _added)


def _added(store, names, by, span, version, filters, equal_age):
    out = []
    for rows, members in _views(store, names, by, span, version, filters, equal_age):
        measures = {}
        for name, wanted in members:
            top, bottom = _sums(rows, wanted)
            measures |= {f"{name}|top": top}
            if bottom is not None:
                measures |= {f"{name}|bottom": bottom}
        table = _grouped(rows, by, measures)
        for name, wanted in members:
            bottom = f"{name}|bottom"
            part = table[by].copy()
            part.insert(0, "indicator", wanted.id)
            part["numerator"] = table[f"{name}|top"].astype("float64")
            part["denominator"] = table[bottom].astype("float64") if bottom in table else nan
            out.append(part)
    frame = pd.concat(out, ignore_index=True)
    return frame[["indicator", *by, "numerator", "denominator"]]


def _views(store, names, by, span, version, filters, equal_age):
    """Per view and restriction: its rows, and the indicators (asked name, Indicator) read there."""
    settings = config.settings(config.home_of(store.path))
    wanted = {}
    for name in dict.fromkeys(names):
        found = indicator(name)
        key = (found.view, tuple(sorted(found.where.items())))
        wanted.setdefault(key, []).append((name, found))
    for (view, where), members in wanted.items():
        options = {"span": span, "equal_age": equal_age} if view == "posts" else {}
        rows = _rows(store, view, str(settings.time_zone), version, options)
        read = {column for _, found in members for column in _columns(found)}
        yield _restrict(rows, view, by, span, dict(where), filters or {}, read), members


def _rows(store, view, zone, version, options):
    """The rows of a view, as kept by the store for this version."""
    version = store.version if version is None else version
    span = options.get("span")
    days = (str(span.start), str(span.end)) if span else ()
    key = (view, zone, version, days, options.get("equal_age"))
    return store.prepared(key, lambda: VIEWS[view](store, zone, version=version, **options))


def _grouped(rows, by, measures):
    table = rows.group_by(*by).aggregate(**measures) if by else rows.aggregate(**measures)
    return table.to_pandas()


def _joined(tables, by):
    if not by:
        return reduce(lambda a, b: a.join(b), tables)
    # empty text columns have no type to merge on
    filled = [t for t in tables if len(t)] or tables[:1]
    frame = reduce(lambda a, b: a.merge(b, on=by, how="outer"), filled)
    for column in dict.fromkeys(c for t in tables for c in t.columns):
        if column not in frame.columns:
            frame[column] = nan
    return frame.sort_values(by, ignore_index=True)


def _columns(wanted):
    """The columns of its view that an indicator reads."""
    named = f"{wanted.numerator}+{wanted.denominator}".split("+")
    return {c.strip() for c in named if c.strip()} | (
        {"is_last"} if wanted.kind == "last" else set()
    )


def _restrict(rows, view, by, span, where, filters, read):
    """Rows of the period and filters: the columns `read`, and the calendar's where they are named."""
    known = [str(c) for c in rows.columns]
    named = {*by, *where, *filters}
    day = rows.date_day if "date_day" in known else None
    calendar = {} if day is None else {"week": day.truncate("W"), "month": day.truncate("M")}
    for column in (*by, *where):
        if column not in known and column not in calendar:
            raise ParameterError(column, f"is not a column of {view}.", known=[*known, *calendar])
    # Every column that a step carries along costs time to put into SQL.
    kept = [c for c in known if c in {"date_day", *named, *read}] or known[:1]
    rows = rows.select(*kept, **{c: calendar[c] for c in calendar if c in named})
    if day is not None and span is not None:
        rows = rows.filter(
            (rows.date_day >= ibis.literal(span.start)) & (rows.date_day <= ibis.literal(span.end))
        )
    # a filter that a view does not know (orders have no ad group) does not apply to it
    for column, value in {**filters, **where}.items():
        if column in rows.columns and value not in (None, "all"):
            values = value if isinstance(value, (list, tuple, set)) else [value]
            rows = rows.filter(rows[column].isin(list(values)))
    return rows


def _measure(rows, wanted):
    """The ibis expression of one indicator over the rows of a group."""
    top, bottom = _sums(rows, wanted)
    return top if bottom is None else wanted.factor * top / bottom.nullif(0)


def _sums(rows, wanted):
    """Numerator and denominator of an indicator as ibis expressions; a total has no denominator."""
    if wanted.kind == "count":
        return rows.count(), None
    top = [rows[c.strip()] for c in wanted.numerator.split("+")]
    if wanted.kind == "distinct":
        return top[0].nunique(), None
    if wanted.kind == "mean":
        return top[0].cast("float64").sum(), top[0].count()
    if wanted.kind == "last":
        return top[0].cast("float64").sum(where=rows.is_last), None
    if wanted.kind == "sum":
        return _total(top), None
    bottom = [rows[c.strip()] for c in wanted.denominator.split("+")]
    # numerator and denominator over the same rows: a post without a reported reach adds to neither
    both = [c.notnull() for c in (*top, *bottom)]
    known = reduce(lambda a, b: a & b, both)
    return _total(top, known), _total(bottom, known)


def _total(columns, where=None):
    """Sum over several columns; a column that nobody reported adds nothing, none at all is missing."""
    sums = [c.cast("float64").sum(where=where) for c in columns]
    if len(sums) == 1:
        return sums[0]
    total = reduce(lambda a, b: a + b, [s.fill_null(0.0) for s in sums])
    return ibis.ifelse(ibis.coalesce(*sums).notnull(), total, ibis.null("float64"))
