"""The aggregates that the sections of chapter 7 share: indicators by account and day, never posts."""

import numpy as np
import pandas as pd

from opsbook.data import indicators
from opsbook.errors import ParameterError
from opsbook.methods import decomposition

HEADLINES = (
    "net_followers",
    "posts_published",
    "views",
    "interactions",
    "engagement_rate_by_views",
    "click_through_rate",
    "conversion_rate",
    "return_on_ad_spend",
    "orders_count",
    "sales_gross",
    "sales_paid",
    "sales_net",
)
SCALE = {"ratio", "mean"}
TABLES = ("posts", "post_daily", "follower_daily", "ads_daily", "orders")
KEY = ["platform", "account_id"]
COLUMNS = ["indicator", *KEY, "date_day", "numerator", "denominator"]


def daily(book):
    """Numerator and denominator of every headline by account and day, posts at equal age.

    Columns: indicator, platform, account_id, account, date_day, numerator, denominator. Aggregated
    in the engine: one row per account and day, whatever the number of posts.
    """
    return book.once("daily", lambda: _daily(book, HEADLINES))


def daily_of(book, names):
    """As `daily`, for further indicators."""
    names = tuple(names)
    return book.once(f"daily:{names}", lambda: _daily(book, names))


def _daily(book, names):
    book.asked.update(TABLES)
    views = {}
    for name in names:
        views.setdefault(indicators.indicator(name).view, []).append(name)
    frames = [_by_day(book, members) for members in views.values()]
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)
    frame["date_day"] = pd.to_datetime(frame["date_day"])
    frame["account"] = account_of(book, frame)
    return frame.dropna(subset=["numerator", "date_day"]).reset_index(drop=True)


def _by_day(book, names):
    """Parts of the indicators of one view, by account and day as far as the view has them."""
    for by in ([*KEY, "date_day"], ["platform", "date_day"], ["date_day"]):
        try:
            frame = indicators.parts(
                book.store,
                names,
                by=by,
                version=book.version,
                filters=book.filters,
                equal_age=int(book.settings.thresholds["equal_age_days"]),
            )
        except ParameterError:
            continue  # the view has no such column: team figures belong to no account
        return frame.reindex(columns=COLUMNS)
    return pd.DataFrame(columns=COLUMNS)


def account_of(book, frame):
    """A name per row: the platform in the reader's words and the account's name."""
    platform = frame["platform"].map(lambda p: book.translator.value(p) if p else p)
    account = frame["account_id"].where(frame["account_id"].notna(), "–")
    return platform.astype(object).fillna("–").astype(str) + " · " + account.astype(str)


def between(frame, span):
    """Rows of a period."""
    if span is None:
        return frame.iloc[:0]
    return frame[frame["date_day"].between(pd.Timestamp(span.start), pd.Timestamp(span.end))]


def sides(book, name, compared=None):
    """Rows of one indicator in the period and in the period of comparison."""
    frame = daily(book)
    frame = frame[frame["indicator"] == name]
    return between(frame, book.period), between(frame, compared or book.compared)


def is_ratio(name):
    """Whether an indicator is one sum over another."""
    return indicators.indicator(name).kind in SCALE


def figure(name, rows):
    """The indicator's value over rows of `daily`: NaN where nothing was measured."""
    if rows.empty:
        return np.nan
    bottom = "denominator" if is_ratio(name) else None
    return indicators.indicator(name).factor * decomposition.whole(rows, "numerator", bottom)


def has_history(frame, span):
    """Whether the data of an indicator reach back to the first day of a period."""
    return span is not None and len(frame) and frame["date_day"].min() <= pd.Timestamp(span.start)


def last_day(book):
    """The newest day that any headline was measured on."""
    frame = daily(book)
    return frame["date_day"].max() if len(frame) else pd.NaT


def preliminary_from(book):
    """The first day that platforms may still revise: the newest days of the export."""
    last = last_day(book)
    days = int(book.settings.thresholds["preliminary_days"])
    return last - pd.Timedelta(days=days - 1) if last == last else pd.NaT


def preliminary_post_share(book):
    """Share of the period's posts whose figures are younger than the equal age."""
    age = int(book.settings.thresholds["equal_age_days"])
    last = last_day(book)
    posts, _ = sides(book, "posts_published")
    if posts.empty:
        return 0.0
    young = posts["date_day"] > last - pd.Timedelta(days=age - 1)
    return float(posts.loc[young, "numerator"].sum() / posts["numerator"].sum())


def preliminary_share(book, name):
    """Share of the period's figure that is still revised: young posts, or the newest days."""
    if indicators.indicator(name).view == "posts":
        return 0.0 if name == "posts_published" else preliminary_post_share(book)
    start, days = preliminary_from(book), book.period.days
    if start != start:
        return 0.0
    late = (pd.Timestamp(book.period.end) - start).days + 1
    return float(min(max(late, 0), days) / days)


def name_of(book, name):
    """An indicator's name in the reader's language; what the registry does not know keeps its word."""
    try:
        return book.indicator_name(indicators.indicator(name).id)
    except ParameterError:
        return str(book.translator.label(name)) if pd.notna(name) else None


def style_of(name):
    """How an indicator is written (see `present.language`)."""
    try:
        unit = indicators.indicator(name).unit
    except ParameterError:
        return "d"
    return {"fraction": "p", "currency": "m"}.get(unit, "d")
