"""The indicator registry: one definition of every rate and total, computed by ibis.

Definitions are data (data/reference/indicators/*.toml). A rate is a ratio of sums over the rows
of a group, never a mean of rates; a zero denominator is missing, not zero.
"""

from dataclasses import dataclass
from functools import cache, reduce

import ibis

from opsbook import config
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
    """One indicator by id; ParameterError with the near ones."""
    known = registry()
    if name not in known:
        raise ParameterError(name, "is not an indicator.", known=known)
    return known[name]


def compute(store, names, by=(), period=None, version=None, *, filters=None):
    """One row per group: the `by` columns, then one column per indicator id.

    by: columns of the indicators' views (platform, account_id, date_day, week, month, ...).
    period: a Period or its written form, over local days; None for all. filters: dict of column
    -> value or list. Units are the registry's; a zero denominator is NaN.
    """
    names = [names] if isinstance(names, str) else list(names)
    by = [by] if isinstance(by, str) else list(by)
    settings = config.settings(config.home_of(store.path))
    span = periods.parse(period) if isinstance(period, str) else period
    wanted = {}
    for name in names:
        found = indicator(name)
        wanted.setdefault((found.view, tuple(sorted(found.where.items()))), []).append(found)
    parts = []
    for (view, where), members in wanted.items():
        rows = VIEWS[view](store, str(settings.time_zone), version=version)
        rows = _restrict(rows, view, by, span, dict(where), filters or {})
        measures = {m.id: _measure(rows, m) for m in members}
        table = rows.group_by(*by).aggregate(**measures) if by else rows.aggregate(**measures)
        parts.append(table.to_pandas())
    if by:
        frame = reduce(lambda a, b: a.merge(b, on=by, how="outer"), parts)
        frame = frame.sort_values(by, ignore_index=True)
    else:
        frame = reduce(lambda a, b: a.join(b), parts)
    for name in names:
        frame[name] = frame[name].astype("float64")
    return frame[[*by, *names]]


def _restrict(rows, view, by, span, where, filters):
    """Rows of the period and filters, with the calendar columns that `by` may name."""
    day = rows.date_day if "date_day" in rows.columns else None
    if day is not None:
        rows = rows.mutate(week=day.truncate("W"), month=day.truncate("M"))
        if span is not None:
            rows = rows.filter(
                (rows.date_day >= ibis.literal(span.start))
                & (rows.date_day <= ibis.literal(span.end))
            )
    for column in (*by, *where):
        if column not in rows.columns:
            raise ParameterError(
                column, f"is not a column of {view}.", known=[str(c) for c in rows.columns]
            )
    # a filter that a view does not know (orders have no ad group) does not apply to it
    for column, value in {**filters, **where}.items():
        if column in rows.columns and value not in (None, "all"):
            values = value if isinstance(value, (list, tuple, set)) else [value]
            rows = rows.filter(rows[column].isin(list(values)))
    return rows


def _measure(rows, wanted):
    """The ibis expression of one indicator over the rows of a group."""
    if wanted.kind == "count":
        return rows.count()
    top = [rows[c.strip()] for c in wanted.numerator.split("+")]
    if wanted.kind == "distinct":
        return top[0].nunique()
    if wanted.kind == "mean":
        return top[0].cast("float64").mean()
    if wanted.kind == "last":
        return top[0].cast("float64").sum(where=rows.is_last)
    numerator = _total(top)
    if wanted.kind == "sum":
        return numerator
    bottom = [rows[c.strip()] for c in wanted.denominator.split("+")]
    # numerator and denominator over the same rows: a post without a reported reach adds to neither
    both = [c.notnull() for c in (*top, *bottom)]
    known = reduce(lambda a, b: a & b, both)
    return wanted.factor * _total(top, known) / _total(bottom, known).nullif(0)


def _total(columns, where=None):
    sums = [c.cast("float64").sum(where=where) for c in columns]
    return reduce(lambda a, b: a + b, sums)
