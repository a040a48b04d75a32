"""3.2.2: whether each fix cut the complaints it was meant for."""

import numpy as np
import pandas as pd

from opsbook.chapters.interaction import rows
from opsbook.estimate import Estimate
from opsbook.methods import before_after


def fixes(book):
    """Whether each fix cut the complaints it was meant for, against all other complaints.

    Equal spans before and after the fix, 26 weeks at most. Columns: fix_id, fix_at, product,
    cause, before, after (complaints of the matter), expected (after, had it moved as the others
    did), change with low, high (0.1 is +10 %), p_value, verdict (cut, no_cut, worse, unclear), n.
    """
    frame = rows.tickets(book)
    columns = [
        "fix_id",
        "fix_at",
        "product",
        "cause",
        "before",
        "after",
        "expected",
        "change",
        "low",
        "high",
        "p_value",
        "verdict",
        "n",
    ]
    out = []
    for fix, meant in frame[frame["fix_id"].notna()].groupby("fix_id"):
        day = pd.Timestamp(meant["fix_at"].dropna().min())
        if pd.isna(day) or day >= rows.now(book):
            continue
        target = _matter(frame, meant)
        span = min(rows.now(book) - day, day - frame["at"].min(), pd.Timedelta(weeks=26))
        near = frame["at"].between(day - span, day + span, inclusive="left")
        after = frame["at"] >= day
        counts = [
            int((near & mine & late).sum())
            for mine in (target, ~target)
            for late in (~after, after)
        ]
        found = before_after.rate_ratio(*counts)
        expected = counts[0] * counts[3] / counts[2] if counts[2] else np.nan
        verdict = "unclear"
        if found.enough:
            verdict = "cut" if found.high < 0 else "worse" if found.low > 0 else "no_cut"
            # too wide an interval to rule out a real cut is no proof that there was none
            verdict = "unclear" if verdict == "no_cut" and found.low < -0.3 else verdict
        out.append(
            (
                fix,
                day,
                meant["product"].mode().iloc[0],
                meant["cause"].mode().iloc[0],
                counts[0],
                counts[1],
                expected,
                found.value,
                found.low,
                found.high,
                found.p_value,
                verdict,
                sum(counts),
            )
        )
        if verdict in ("cut", "worse", "no_cut"):
            book.find(
                "3.2.2",
                "info" if verdict == "cut" else "high",
                f"3.2.2.fix_{verdict}",
                subject=str(fix),
                figure=Estimate(
                    found.value,
                    found.low,
                    found.high,
                    sum(counts),
                    before_after.METHOD,
                    unit="fraction",
                ),
                product=out[-1][2],
                cause=book.translator.value(out[-1][3]),
                before=counts[0],
                after=counts[1],
            )
    return pd.DataFrame(out, columns=columns)


def fix_weeks(book):
    """Complaints by week of what a fix was meant for and of all others: week, series, count.

    Of the newest fix; series: fixed, others. Empty without a fix.
    """
    frame = rows.tickets(book)
    known = frame[frame["fix_id"].notna()].dropna(subset=["fix_at"])
    if known.empty:
        return pd.DataFrame(columns=["week", "series", "count"])
    meant = known[known["fix_id"] == known.sort_values("fix_at")["fix_id"].iloc[-1]]
    frame["series"] = np.where(_matter(frame, meant), "fixed", "others")
    frame["week"] = frame["at"].dt.to_period("W-SUN").dt.start_time
    table = frame.groupby(["week", "series"]).size().unstack(fill_value=0)
    table = table.asfreq("7D", fill_value=0)
    return table.stack().rename("count").reset_index()


def fix_days(book):
    """The day of each fix, for the marks of a chart: date, name."""
    table = fixes(book)
    return table.rename(columns={"fix_at": "date", "fix_id": "name"})[["date", "name"]]


def _matter(frame, meant):
    """Complaints of the product and cause that a fix was meant for, before it as well as after."""
    product, cause = meant["product"].mode().iloc[0], meant["cause"].mode().iloc[0]
    return (frame["product"] == product) & (frame["cause"] == cause)
