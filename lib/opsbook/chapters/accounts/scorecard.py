"""1.3: one page for managers - six strands with indicator, target, trend and status."""

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

from opsbook.chapters.accounts import synergy
from opsbook.data import indicators, periods, schema
from opsbook.data.views import local_day
from opsbook.errors import ParameterError

STRANDS = ("1.3.1", "1.3.2", "1.3.3", "1.3.4", "1.3.5", "1.3.6")
CHAPTER = {"1.3.1": 2, "1.3.2": 3, "1.3.3": 1, "1.3.4": 8, "1.3.5": 1, "1.3.6": 9}
PERIODS = 8
NEAR = 0.1
SOURCES = (
    "posts",
    "post_daily",
    "follower_daily",
    "comments",
    "messages",
    "ads_daily",
    "orders",
    "mentions",
    "tickets",
    "tasks",
    "audience_profile",
)
# days after which a source counts as stale, where it is not exported daily
STALE = {"audience_profile": 120, "tasks": 14}


def scorecard(book):
    """Every strand's indicators on one page: one row per indicator tagged with its strand.

    Columns: strand, indicator (id), value, target, gap (relative, positive is better), previous,
    change, trend (rising, falling, steady: the slope of 8 periods), status (met, near, missed,
    no_target), owner. Strand 1.3.3 is freshness, 1.3.5 cross-posting: see their sections.
    """
    return book.once("scorecard", lambda: _scorecard(book))


def _scorecard(book):
    tagged = [i for i in indicators.registry().values() if i.strand in STRANDS]
    values = _history(book)
    targets = _targets(book)
    out = []
    for about in sorted(tagged, key=lambda i: i.strand):
        series = values.get(about.id)
        value, previous = (
            (series.iloc[-1], series.iloc[-2]) if series is not None else (np.nan,) * 2
        )
        target, owner = targets.get(about.id, (np.nan, None))
        gap = _gap(value, target, about.direction)
        out.append(
            {
                "strand": about.strand,
                "indicator": about.id,
                "value": value,
                "target": target,
                "gap": gap,
                "previous": previous,
                "change": value / previous - 1 if previous and np.isfinite(previous) else np.nan,
                "trend": _trend(series),
                "status": _status(gap, value),
                "owner": owner,
            }
        )
    out += _own_rows(book)
    frame = pd.DataFrame(out)
    frame = frame[frame["value"].notna() | frame["target"].notna()] if len(frame) else frame
    frame = frame.sort_values("strand", kind="stable", ignore_index=True)
    _report(book, frame)
    return frame


def strand(book, section):
    """The scorecard's rows of one strand, for its own section."""
    frame = scorecard(book)
    frame = frame[frame["strand"] == section].drop(columns="strand")
    return frame.reset_index(drop=True)


def shown(book, frame):
    """Scorecard rows as a reader sees them: names, and figures in their own units."""
    words = frame.copy()
    for column in ("value", "target", "previous"):
        words[column] = [
            book.translator.write(v, _style(n))
            for n, v in zip(frame["indicator"], frame[column], strict=True)
        ]
    words["indicator"] = [_name(book, n) for n in frame["indicator"]]
    if "strand" in words.columns:
        words["strand"] = [book.t(f"strand.{s}") for s in words["strand"]]
    return words


def trend_lines(book, section):
    """The last eight periods of a strand's indicators against their mean: start, indicator, relative."""
    names = [i.id for i in indicators.registry().values() if i.strand == section]
    values = _history(book)
    spans = _spans(book)
    out = []
    page = scorecard(book).set_index("indicator")
    # the six that matter most on one chart: those with a target, then those that moved most
    order = page.reindex(names).assign(no_target=lambda f: f["target"].isna())
    order["size"] = -order["change"].abs().fillna(0)
    for name in order.sort_values(["no_target", "size"]).index[:6]:
        series = values.get(name)
        if series is None or series.notna().sum() < 3 or not series.mean():
            continue
        for span, value in zip(spans, series, strict=True):
            out.append(
                (pd.Timestamp(span.start), book.indicator_name(name), value / series.mean() - 1)
            )
    frame = pd.DataFrame(out, columns=["start", "indicator", "relative"]).dropna()
    return frame.reset_index(drop=True)


def freshness(book):
    """1.3.3: how fresh and complete every source is: one row per table, platform and account.

    Columns: table, platform, account_id, last_day, age_days (before the period's end), days_present,
    days_expected (of the last 28), complete_share, is_stale, rows.
    """
    return book.once("freshness", lambda: _freshness(book))


def _freshness(book):
    end = pd.Timestamp(book.period.end)
    start = end - pd.Timedelta(days=27)
    out = []
    for name in SOURCES:
        about = schema.table(name)
        rows = book.table(name)
        if book.store.is_empty(name, book.version):
            continue
        when = _day(book, rows, about)
        rows = rows.mutate(day=when).filter(lambda t: t.day <= pd.Timestamp(end).date())
        by = [c for c in ("platform", "account_id") if c in rows.columns and name != "orders"]
        by = ["platform"] if name == "orders" else by
        table = rows.group_by(by).aggregate(
            rows=lambda t: t.count(),
            last_day=lambda t: t.day.max(),
            days_present=lambda t: t.day.nunique(where=t.day >= start.date()),
        )
        out.append(table.to_pandas().assign(table=name))
    columns = ["table", "platform", "account_id", "last_day", "age_days", "days_present"]
    columns += ["days_expected", "complete_share", "is_stale", "rows"]
    if not out:
        return pd.DataFrame(columns=columns)
    frame = pd.concat(out, ignore_index=True).reindex(columns=columns)
    frame["last_day"] = pd.to_datetime(frame["last_day"])
    frame["age_days"] = (end - frame["last_day"]).dt.days
    daily = frame["table"].isin(["follower_daily", "ads_daily"])
    frame["days_expected"] = np.where(daily, 28.0, np.nan)
    frame["complete_share"] = frame["days_present"] / frame["days_expected"]
    limit = frame["table"].map(STALE).fillna(book.settings.thresholds.get("stale_days", 7))
    frame["is_stale"] = frame["age_days"] > limit
    for row in frame[frame["is_stale"]].nlargest(5, "age_days").itertuples():
        place = book.translator.value(row.platform) if pd.notna(row.platform) else ""
        book.find(
            "1.3.3",
            "medium",
            "1.3.3.stale",
            subject=f"{book.t(f'table.{row.table}')} · {place}",
            figure=float(row.age_days),
            unit="days",
            owner="data",
            last=row.last_day,
            first=row.last_day + pd.Timedelta(days=1),
        )
    return frame.sort_values(["is_stale", "age_days"], ascending=False, ignore_index=True)


def freshness_shown(book, frame):
    """Freshness in the reader's words."""
    return frame.assign(table=[book.t(f"table.{t}") for t in frame["table"]])


def _day(book, rows, about):
    when = rows[about.when]
    return local_day(when, book.zone) if about.columns[about.when].type == "timestamp" else when


def _spans(book):
    """The period and the seven before it, oldest first."""
    spans = [book.period]
    while len(spans) < PERIODS:
        spans.insert(0, spans[0].previous)
    return spans


def _history(book):
    """Series of eight periods per tagged indicator, oldest first: dict; all accounts together."""
    names = [i.id for i in indicators.registry().values() if i.strand in STRANDS]
    return book.once("history", lambda: _read_history(book, names))


def _read_history(book, names):
    spans = _spans(book)
    whole = periods.Period("", spans[0].start, spans[-1].end)
    found = {}
    views = {}
    for name in names:
        views.setdefault(indicators.indicator(name).view, []).append(name)
    for members in views.values():
        try:
            parts = indicators.parts(
                book.store,
                members,
                by="date_day",
                period=whole,
                version=book.version,
                filters=book.filters,
            )
        except ParameterError:
            now = book.indicators(members).iloc[0]  # a view without days has the present only
            for name in members:
                found[name] = pd.Series([np.nan] * (PERIODS - 1) + [float(now[name])])
            continue
        parts["day"] = pd.to_datetime(parts["date_day"])
        for name in members:
            own = parts[parts["indicator"] == name]
            found[name] = pd.Series([_figure(name, own, span) for span in spans])
        lasting = [n for n in members if indicators.indicator(n).kind == "last"]
        if lasting:
            # a stock belongs to the newest day that the data hold up to the period's end
            now = book.indicators(lasting, period=periods.Period("", whole.start, whole.end)).iloc[
                0
            ]
            for name in lasting:
                found[name] = pd.Series([np.nan] * (PERIODS - 1) + [float(now[name])])
    return found


def _figure(name, parts, span):
    inside = parts[parts["day"].between(pd.Timestamp(span.start), pd.Timestamp(span.end))]
    about = indicators.indicator(name)
    top = inside["numerator"].sum(min_count=1)
    if about.kind not in ("ratio", "mean"):
        return float(top)
    bottom = inside["denominator"].sum()
    return float(about.factor * top / bottom) if bottom else np.nan


def _targets(book):
    """Targets of the brand for the period, else its month or quarter scaled to it: id -> (target, owner)."""
    frame = book.frame("targets")
    frame = frame[(frame["platform"] == "all") & (frame["account_id"] == "all")]
    found = {}
    for row in frame.itertuples():
        try:
            span = periods.parse(row.period)
            about = indicators.indicator(row.indicator)
        except ParameterError:
            continue
        if span.start <= book.period.end <= span.end:
            grows = about.kind in ("sum", "count", "distinct")
            scale = book.period.days / span.days if grows else 1.0
            near = abs(span.days - book.period.days)
            if about.id not in found or near < found[about.id][2]:
                owner = row.owner if pd.notna(row.owner) else None
                found[about.id] = (row.target * scale, owner, near)
    return {k: v[:2] for k, v in found.items()}


def _own_rows(book):
    """Rows of the strands that this chapter measures itself: freshness and cross-posting."""
    fresh = freshness(book)
    rows = []
    if len(fresh):
        share = float((~fresh["is_stale"]).mean())
        rows.append(_own_row("1.3.3", "fresh_share", share))
        complete = fresh["complete_share"].dropna()
        if len(complete):
            rows.append(_own_row("1.3.3", "complete_share", float(complete.mean())))
    matrix = synergy.crossposts(book)
    if len(matrix):
        rows.append(_own_row("1.3.5", "crossposts", float(matrix["posts"].sum())))
    return rows


def _own_row(section, name, value):
    row = dict.fromkeys(("target", "gap", "previous", "change"), np.nan)
    head = {"strand": section, "indicator": name, "value": value}
    return head | row | {"trend": "unknown", "status": "no_target", "owner": None}


def _gap(value, target, direction):
    if not np.isfinite(value) or not np.isfinite(target) or not target:
        return np.nan
    gap = value / target - 1
    return -gap if direction == "down" else gap


def _status(gap, value):
    if not np.isfinite(gap):
        return "no_target" if np.isfinite(value) else "not_measured"
    return "met" if gap >= 0 else "near" if gap > -NEAR else "missed"


def _trend(series):
    """rising or falling where the slope over the periods is beyond chance (Kendall's tau), else steady."""
    known = series.dropna() if series is not None else []
    if len(known) < 5:
        return "unknown"
    if known.nunique() == 1:
        return "steady"
    tau, p = kendalltau(np.arange(len(known)), known)
    return "steady" if p >= 0.1 else "rising" if tau > 0 else "falling"


def _style(name):
    if name in ("fresh_share", "complete_share"):
        return "p"
    if name not in indicators.registry():
        return "d"
    unit = indicators.indicator(name).unit
    return {"fraction": "p", "currency": "m"}.get(unit, "d")


def _name(book, name):
    known = name in indicators.registry()
    return book.indicator_name(name) if known else str(book.translator.label(name))


def _where(book, name):
    """The platform behind a miss, in words: the worst rate, or the total that moved most the wrong way."""
    about = indicators.indicator(name)
    try:
        now = book.indicators(name, by="platform").set_index("platform")[name].dropna()
        before = book.indicators(name, by="platform", period="previous").set_index("platform")[name]
    except ParameterError:
        return book.t("1.3.where_whole")
    if len(now) < 2:
        return book.t("1.3.where_whole")
    sign = -1 if about.direction == "down" else 1
    word, style = book.translator.value, _style(name)
    if about.kind in ("ratio", "mean"):
        worst = (sign * now).idxmin()
        value = book.translator.write(float(now[worst]), style)
        return book.t("1.3.where_worst", platform=word(worst), value=value)
    moved = (sign * (now - before.reindex(now.index).fillna(0.0))).idxmin()
    was, value = (
        book.translator.write(float(v), style) for v in (before.get(moved, 0.0), now[moved])
    )
    return book.t("1.3.where_fell", platform=word(moved), previous=was, value=value)


def _report(book, frame):
    judged = frame[frame["status"].isin(["met", "near", "missed"])] if len(frame) else frame
    if len(judged) == 0:
        return
    book.say(
        "1.3",
        "1.3.said",
        met=int((judged["status"] == "met").sum()),
        all=len(judged),
        strands=int(judged["strand"].nunique()),
    )
    for row in judged[judged["status"] == "missed"].itertuples():
        # a figure that misses and falls is worse than one that misses and recovers
        direction = indicators.indicator(row.indicator).direction
        away = row.trend == ("falling" if direction == "up" else "rising")
        book.find(
            "1.3",
            "high" if away else "medium",
            "1.3.missed",
            subject=_name(book, row.indicator),
            figure=float(row.gap),
            unit="fraction",
            owner=row.owner,
            value=book.translator.write(row.value, _style(row.indicator)),
            target=book.translator.write(row.target, _style(row.indicator)),
            trend=book.translator.value(row.trend),
            strand=book.t(f"strand.{row.strand}"),
            where=_where(book, row.indicator),
            chapter=CHAPTER[row.strand],
        )
