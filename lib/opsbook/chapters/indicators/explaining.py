"""7.1.1: lasting steps of an account, and what dated events explain a change."""

import pandas as pd

from opsbook.chapters.indicators import rows
from opsbook.data import promotions
from opsbook.estimate import Estimate
from opsbook.methods import level_shift


def shifts(book):
    """Lasting steps in an account's follower gain: platform, account, date, relative, low, high, n.

    Weekly sums up to the end of the period (`methods.level_shift`). What dated event, campaign or
    decision lies within ten days stands beside it.
    """
    frame = rows.daily_of(book, ["new_followers", "net_followers"])
    out = []
    for (platform, account), part in frame.groupby(["platform", "account"]):
        for name in ("new_followers", "net_followers"):
            own = part[part["indicator"] == name]
            own = own[own["date_day"] <= pd.Timestamp(book.period.end)]
            if own["date_day"].nunique() < 84:
                continue
            weekly = own.set_index("date_day")["numerator"].resample("7D", origin="end").sum()
            found = level_shift.steps(weekly.iloc[1:])
            # a bin runs from its label on; the step lies at the first day of its week
            found["date"] = found["date"] - pd.Timedelta(days=6)
            out.append(found.assign(platform=platform, account=account, indicator=name))
            break
    columns = ["platform", "account", "indicator", "date", "relative", "low", "high", "n"]
    if not out:
        return pd.DataFrame(columns=[*columns, "near"])
    table = pd.concat([f for f in out if len(f)] or out[:1], ignore_index=True)[columns]
    table = table[table["relative"].abs() >= 0.25]
    table["near"] = [
        _near(book, d, p) for d, p in zip(table["date"], table["platform"], strict=True)
    ]
    table = table.sort_values("relative", key=lambda s: s.abs(), ascending=False)
    recent = table[table["date"] >= pd.Timestamp(book.period.end) - pd.Timedelta(days=240)]
    for row in recent.head(3).itertuples():
        book.find(
            "7.1.1",
            "medium" if row.relative < 0 else "low",
            "7.1.1.fall" if row.relative < 0 else "7.1.1.rise",
            subject=row.account,
            figure=Estimate(
                row.relative, row.low, row.high, int(row.n), "sup-Wald step", unit="fraction"
            ),
            date=row.date,
            indicator=book.indicator_name(row.indicator),
            near=book.t("7.1.1.nothing_near") if row.near == "–" else row.near,
        )
    return table.reset_index(drop=True)


def explanations(book):
    """Dated things that overlap the period or the comparison period: what may explain a change.

    Columns: kind, name, start_date, end_date, in_period, in_comparison (days of overlap).
    """
    found = []
    compared = book.compared
    for promotion in promotions.occurrences(
        min(book.period.start, compared.start if compared else book.period.start),
        book.period.end,
        book.frame("industry_events"),
    ):
        name = promotion.name.get(book.language) or promotion.name["en"]
        found.append(("sale", name, promotion.start, promotion.end))
    for table, name, kind in (
        ("industry_events", "event_name", "kind"),
        ("campaigns", "campaign_name", "campaign_type"),
    ):
        for row in book.frame(table).itertuples():
            end = row.end_date if pd.notna(row.end_date) else row.start_date
            found.append((getattr(row, kind), getattr(row, name), row.start_date, end))
    table = pd.DataFrame(found, columns=["kind", "name", "start_date", "end_date"])
    if table.empty:
        return table
    for column in ("start_date", "end_date"):
        table[column] = pd.to_datetime(table[column])
    for column, span in (("in_period", book.period), ("in_comparison", compared)):
        table[column] = _overlap(table, span)
    table = table[(table["in_period"] > 0) | (table["in_comparison"] > 0)]
    return table.sort_values("start_date", ignore_index=True)


def _near(book, date, platform):
    """Names of events, campaigns and decisions within ten days of a date."""
    names = []
    for table, when, name in (
        ("industry_events", "start_date", "event_name"),
        ("campaigns", "start_date", "campaign_name"),
        ("decisions", "decided_at", "decision"),
    ):
        frame = book.frame(table)
        close = (frame[when] - date).abs() <= pd.Timedelta(days=10)
        if "platform" in frame.columns:
            close &= frame["platform"].isin([platform, "all"]) | frame["platform"].isna()
        names += frame.loc[close, name].astype(str).tolist()
    return book.t("shown.list").join(names) if names else "–"


def _overlap(table, span):
    if span is None:
        return 0
    start = table["start_date"].clip(lower=pd.Timestamp(span.start))
    end = table["end_date"].clip(upper=pd.Timestamp(span.end))
    return ((end - start).dt.days + 1).clip(lower=0)
