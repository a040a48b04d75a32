"""7.2: the wall of indicators over weeks, the files a run offers to other tools, the report's parts."""

import numpy as np
import pandas as pd

from opsbook.chapters.indicators import rows
from opsbook.data import schema

# A run's own folder: what opens it, and what it holds
FILES = (
    ("report.xlsx", "Excel", "native_charts"),
    ("opsbook.hyper", "Tableau", "extract"),
    ("parquet", "Power BI", "folder"),
    ("delta", "Power BI", "store"),
)
MODEL = (
    "accounts",
    "posts",
    "post_daily",
    "post_labels",
    "follower_daily",
    "ad_campaigns",
    "ads_daily",
    "orders",
    "products",
    "campaigns",
    "comments",
    "messages",
    "targets",
    "decisions",
    "findings",
)
PARTS = ("cover", "contents", "summary", "body", "appendix", "conclusions", "recommendations")
WEEKS = 12


def wall(book):
    """Each headline by week against its own mean of the weeks before: indicator, week, relative, n.

    The last 12 weeks up to the period's end; a week is compared with the weeks before it only.
    """
    frame = rows.daily(book)
    end = pd.Timestamp(book.period.end)
    frame = frame[(frame["date_day"] <= end) & (frame["date_day"] > end - pd.Timedelta(weeks=26))]
    out = []
    for name in rows.HEADLINES:
        own = frame[frame["indicator"] == name]
        if own.empty:
            continue
        age = (end - own["date_day"]).dt.days // 7
        sums = own.groupby(age)[["numerator", "denominator"]].sum(min_count=1).sort_index()
        value = sums["numerator"]
        if rows.is_ratio(name):
            value = value / sums["denominator"].where(sums["denominator"] > 0)
        value = value.sort_index(ascending=False)  # oldest week first
        past = value.shift(1).expanding(min_periods=4).mean()
        relative = value / past.where(past > 0) - 1
        days = own.groupby(age)["date_day"].nunique()
        for week, figure in relative.items():
            if week < WEEKS and np.isfinite(figure):
                start = end - pd.Timedelta(days=7 * int(week) + 6)
                out.append((book.indicator_name(name), f"{start:%m-%d}", figure, int(days[week])))
    return pd.DataFrame(out, columns=["indicator", "week", "relative", "n"])


def files(book):
    """What a run hands to the tools that the manual names: file, tool, holds, opens_with, tables, rows.

    xlsx carries native charts of every chart shown, .hyper one extract per table of the model,
    parquet the same tables as files, delta the store itself with its versions.
    """
    model = data_model(book)
    tables, count = len(model), int(model["rows"].sum()) if len(model) else 0
    out = []
    for file, tool, holds in FILES:
        own = file == "report.xlsx"
        out.append(
            (
                file,
                tool,
                book.t(f"7.2.1.{holds}"),
                book.t(f"7.2.1.open_{holds}"),
                np.nan if own else tables,
                np.nan if own else count,
            )
        )
    return pd.DataFrame(out, columns=["file", "tool", "holds", "opens_with", "tables", "rows"])


def data_model(book):
    """The documented model: table, what one row is, key, joins to, rows, columns, first and last day."""
    return book.once("data_model", lambda: _data_model(book))


def _data_model(book):
    out = []
    for name in MODEL:
        book.asked.add(name)
        if book.store.is_empty(name, book.version):
            continue
        about = schema.table(name)
        table = book.table(name)
        measures = {"rows": table.count()}
        if about.when:
            measures |= {"first": table[about.when].min(), "last": table[about.when].max()}
        row = book.pandas(table.aggregate(**measures)).iloc[0]
        out.append(
            (
                book.t(f"table.{name}"),
                name,
                book.translator.known(f"row_of.{name}", about.grain),
                ", ".join(about.key),
                book.t("shown.list").join(book.t(f"table.{j}") for j in _joins(name)) or "–",
                int(row["rows"]),
                len(about.columns),
                pd.Timestamp(row["first"]).normalize() if about.when else pd.NaT,
                pd.Timestamp(row["last"]).normalize() if about.when else pd.NaT,
            )
        )
    columns = ["name", "table", "grain", "key", "joins_to", "rows", "columns", "first", "last"]
    return pd.DataFrame(out, columns=columns)


def _joins(name):
    """Tables of the model whose whole key is found among this table's columns."""
    columns = set(schema.table(name).columns)
    keys = {t: tuple(schema.table(t).key) for t in MODEL if t != name}
    return [
        t
        for t, key in keys.items()
        if set(key) <= columns and len(key) < len(schema.table(name).key) + 1
    ]


def outline(book):
    """The report of this run part by part: what it holds, computed from what, how many items.

    Columns: part, holds, items, formats, language. Called after the other sections: it counts the
    sentences and findings that they recorded.
    """
    found = book.sorted_findings()
    sections = {s["section"] for s in book.sentences} | {f.section for f in found}
    items = {
        "cover": 1,
        "contents": len(PARTS) + len(sections),
        "summary": len(book.sentences),
        "body": len(sections),
        "appendix": len(data_model(book)),
        "conclusions": sum(f.severity in ("high", "critical") for f in found),
        "recommendations": len({f.action for f in found}),
    }
    out = [
        (
            book.t(f"part.{part}"),
            book.t(f"part.{part}.holds", period=book.period.label, version=book.version),
            items[part],
            "HTML, PDF, DOCX",
            book.t(f"language.{book.language}"),
        )
        for part in PARTS
    ]
    return pd.DataFrame(out, columns=["part", "holds", "items", "formats", "report_language"])


def summary(book):
    """The computed sentences of the summary, each with the section it links to."""
    rows_ = [(s["section"], s["text"], f"#s-{s['section']}") for s in book.sentences]
    return pd.DataFrame(rows_, columns=["section", "sentence", "links_to"])
