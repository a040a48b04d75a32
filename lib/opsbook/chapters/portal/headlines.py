"""One headline figure per chapter with its change and trend, and how fresh the data are."""

import datetime as dt

import numpy as np
import pandas as pd

from opsbook.data import indicators

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
    10: "net_followers",
}
WEEKS = 12
FLAT = 0.03  # a change within three percent is called unchanged


def headlines(book):
    """chapter, indicator, value, compared, change (relative), status; a row per chapter with data.

    status: better, worse, unchanged, unknown (nothing to compare with). Values keep their units;
    `text` is the value as it is written.
    """
    now = book.indicators(list(HEADLINES.values())).iloc[0]
    before = (
        book.indicators(list(HEADLINES.values()), period=book.compared).iloc[0]
        if (book.compared is not None)
        else pd.Series(dtype="float64")
    )
    rows = []
    for chapter, name in HEADLINES.items():
        value, old = float(now[name]), float(before.get(name, np.nan))
        if np.isnan(value):
            continue
        change = value / old - 1 if old else np.nan
        rows.append(
            {
                "chapter": chapter,
                "indicator": book.indicator_name(name),
                "figure": _written(book, name, value),
                "compared": _written(book, name, old),
                "change": change,
                "status": _status(indicators.indicator(name).direction, change),
            }
        )
    return pd.DataFrame(
        rows, columns=["chapter", "indicator", "figure", "compared", "change", "status"]
    )


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


def _written(book, name, value):
    unit = indicators.indicator(name).unit
    style = {"fraction": "p", "currency": "m", "times": "n", "people": "n"}.get(unit, "d")
    text = book.translator.write(value, style)
    return f"{text} {book.translator.unit(unit)}" if unit == "min" else text
