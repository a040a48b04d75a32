"""One headline figure per chapter with its change and trend, and how fresh the data are."""

import datetime as dt

import numpy as np
import pandas as pd

from opsbook.data import indicators
from opsbook.data.views import follower_days

# Chapter -> the indicator that stands for it on the first page.
HEADLINES = {
    1: "followers_total",
    2: "engagement_rate_by_views",
    3: "first_response_minutes",
    4: "completion_rate",
    5: "sales_paid",
    6: "return_on_ad_spend",
    7: "orders_count",
    8: "negative_comment_share",
    9: "tasks_on_time_share",
    10: "net_followers",
}
WEEKS = 12
FLAT = 0.03  # a change within three percent is called unchanged


def headlines(book):
    """chapter, indicator, value, compared, change (relative), status; a row per chapter with data.

    status: better, worse, unchanged, unknown (nothing to compare with). Values keep their units;
    `text` is the value as it is written.
    """
    rows = [
        {
            "chapter": row["chapter"],
            "indicator": book.indicator_name(row["name"]),
            "figure": _written(book.translator, row["name"], row["value"]),
            "compared": _written(book.translator, row["name"], row["compared"]),
            "change": row["change"],
            "status": row["status"],
        }
        for row in _figures(book)
    ]
    return pd.DataFrame(
        rows, columns=["chapter", "indicator", "figure", "compared", "change", "status"]
    )


def by_week(book, translators):
    """A dict per chapter with data: chapter, change, status, weeks and, by language, name and figure.

    weeks: the figure of each of the twelve weeks up to the period, oldest first; None where there
    is none. translators: dict of language -> Translator.
    """
    found = []
    for row in _figures(book):
        name = row["name"]
        names = indicators.indicator(name).name
        told = {
            language: {
                "name": names.get(language) or names["en"],
                "figure": _written(words, name, row["value"]),
            }
            for language, words in translators.items()
        }
        found.append(
            {
                "chapter": row["chapter"],
                "change": None if np.isnan(row["change"]) else row["change"],
                "status": row["status"],
                "weeks": _weeks(book, name),
                "told": told,
            }
        )
    return found


def _figures(book):
    """chapter, name (of the indicator), value, compared, change, status: dicts, as numbers."""
    now = book.indicators(list(HEADLINES.values())).iloc[0]
    before = (
        book.indicators(list(HEADLINES.values()), period=book.compared).iloc[0]
        if (book.compared is not None)
        else pd.Series(dtype="float64")
    )
    for chapter, name in HEADLINES.items():
        value, old = float(now[name]), float(before.get(name, np.nan))
        if np.isnan(value):
            continue
        change = value / old - 1 if old else np.nan
        status = _status(indicators.indicator(name).direction, change)
        yield {"chapter": chapter, "name": name, "value": value, "compared": old,
               "change": change, "status": status}  # fmt: skip


def _weeks(book, name):
    first = pd.Timestamp(book.period.end).to_period("W").start_time - pd.Timedelta(weeks=WEEKS - 1)
    starts = [first + pd.Timedelta(weeks=i) for i in range(WEEKS)]
    if indicators.indicator(name).view == "followers" and indicators.indicator(name).kind == "last":
        days = book.view("follower_days", follower_days).dropna(subset=[name])
        values = [_level(days, name, start + pd.Timedelta(days=6)) for start in starts]
    else:
        span = f"{starts[0].date()}/{book.period.end}"
        wide = book.indicators([name], by=["week"], period=span).dropna(subset=["week"])
        known = dict(zip(pd.to_datetime(wide["week"]), wide[name], strict=True))
        values = [known.get(start, np.nan) for start in starts]
    return [None if pd.isna(value) else float(value) for value in values]


def _level(days, name, end):
    """The sum of the accounts' newest values up to a day; NaN before the first."""
    known = days[days["date_day"] <= end].sort_values("date_day")
    newest = known.groupby(["platform", "account_id"])[name].last()
    return newest.sum() if len(newest) else np.nan


def trend(book):
    """date (first day of the week), indicator, value, index (1 is its mean over twelve weeks)."""
    names = [n for n in HEADLINES.values() if indicators.indicator(n).kind != "last"]
    start = book.period.start - dt.timedelta(days=7 * (WEEKS - 1))
    span = f"{start}/{book.period.end}"
    wide = book.indicators(names, by=["week"], period=span)
    wide = wide.rename(columns={"week": "date"}).dropna(subset=["date"])
    wide["date"] = pd.to_datetime(wide["date"]).astype("datetime64[us]")
    wide = wide.set_index("date").sort_index()
    mean = wide.mean().replace(0, np.nan)
    kept = [n for n in wide.columns if wide[n].notna().sum() >= 3 and mean[n] == mean[n]]
    if not kept:
        return pd.DataFrame(columns=["date", "indicator", "value", "index"])
    out = wide[kept].reset_index().melt("date", var_name="indicator", value_name="value")
    out["index"] = out["value"] / out["indicator"].map(mean)
    out["indicator"] = out["indicator"].map({n: book.indicator_name(n) for n in kept})
    return out.dropna(subset=["index"]).reset_index(drop=True)


def freshness(book):
    """platform, account_id, exported_on, age_days (from the end of the period), loaded, refused."""
    columns = ["platform", "account_id", "exported_on", "age_days", "loaded", "refused"]
    frame = book.store.batches()
    if not len(frame):
        return pd.DataFrame(columns=columns)
    frame = frame[~frame["is_undone"].fillna(False).astype(bool)]
    frame = frame[frame["platform"].notna() & (frame["platform"].astype(str) != "")].copy()
    frame["exported_on"] = pd.to_datetime(frame["exported_on"]).astype("datetime64[us]")
    newest = frame.groupby(["platform", "account_id"], dropna=False, as_index=False).agg(
        exported_on=("exported_on", "max"), loaded=("loaded", "sum"), refused=("refused", "sum")
    )
    end = pd.Timestamp(book.period.end)
    newest["age_days"] = (end - newest["exported_on"]).dt.days.clip(lower=0)
    return newest.sort_values("age_days", ascending=False, ignore_index=True)[columns]


def _status(direction, change):
    if np.isnan(change):
        return "unknown"
    if abs(change) <= FLAT or direction not in ("up", "down"):
        return "unchanged"
    return "better" if (change > 0) == (direction == "up") else "worse"


def _written(words, name, value):
    unit = indicators.indicator(name).unit
    style = {"fraction": "p", "currency": "m", "times": "n", "people": "n"}.get(unit, "d")
    text = words.write(value, style)
    return f"{text} {words.unit(unit)}" if unit == "min" else text
