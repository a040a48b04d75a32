"""The ad rows that the sections of chapter 6 read: a window of days, one currency, ads described."""

import pandas as pd

from opsbook.data.views import ads_daily
from opsbook.data.views.ads import AD

# Judgements need more days than a weekly period has; descriptions keep to the period.
WINDOW_DAYS = 90
DESCRIBED = (
    "ad_type",
    "selling_point",
    "emotion",
    "form",
    "call_to_action",
    "copy_text",
    "asset_id",
)
NAMES = ("campaign_name", "ad_group_name", "ad_name")


def window(book, days=WINDOW_DAYS, *, dimension=None):
    """Ad rows of the `days` up to the end of the period, at least the period itself.

    Money is in `currency(book)`; rows in another currency are left out (see `other_currencies`).
    Names fall back to ids where the export has none.
    """
    start = min(
        pd.Timestamp(book.period.start), pd.Timestamp(book.period.end) - pd.Timedelta(days=days - 1)
    )
    rows = _all(book, dimension)
    rows = rows[(rows["date_day"] >= start) & (rows["date_day"] <= pd.Timestamp(book.period.end))]
    kept = currency(book)
    return rows[rows["currency"].fillna(kept) == kept].reset_index(drop=True)


def period(book, span="current", *, dimension=None):
    """Ad rows of one period, in one currency."""
    span = book.span(span)
    rows = _all(book, dimension)
    inside = rows["date_day"].between(pd.Timestamp(span.start), pd.Timestamp(span.end))
    kept = currency(book)
    return rows[inside & (rows["currency"].fillna(kept) == kept)].reset_index(drop=True)


def currency(book):
    """The currency of the chapter: the workbook's where ads are paid in it, else the largest."""
    rows = _all(book, None)
    spend = rows.dropna(subset=["currency"]).groupby("currency")["spend"].sum()
    if spend.empty or book.settings.currency in spend.index:
        return book.settings.currency
    return str(spend.idxmax())


def other_currencies(book):
    """Spend of the period that stands apart because it is in another currency."""
    span, kept = book.period, currency(book)
    rows = _all(book, None)
    inside = rows["date_day"].between(pd.Timestamp(span.start), pd.Timestamp(span.end))
    apart = rows[inside & (rows["currency"].fillna(kept) != kept)]
    return apart.groupby("currency", as_index=False)["spend"].sum()


def _all(book, dimension):
    name = f"ads:{dimension}"
    book.asked.add("ads_daily")
    frame = book.view(
        name, lambda store, zone, version: ads_daily(store, version=version, dimension=dimension)
    )
    about = book.frame("ad_campaigns")[[*AD, *DESCRIBED, *NAMES]].drop_duplicates([*AD])
    joined = frame.merge(about, on=list(AD), how="left", suffixes=("", "_set"))
    for column in (*NAMES, "ad_type"):
        joined[column] = joined[column].fillna(joined[f"{column}_set"])
    for name, key in zip(NAMES, ("campaign_id", "ad_group_id", "ad_id"), strict=True):
        joined[name] = joined[name].fillna(joined[key])
    return joined.drop(columns=[c for c in joined.columns if c.endswith("_set")])
