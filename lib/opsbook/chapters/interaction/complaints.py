"""3.2.2: the complaint funnel, breaches, causes, time to a solution, satisfaction, and fixes."""

import numpy as np
import pandas as pd

from opsbook.chapters.interaction import rows
from opsbook.estimate import Estimate
from opsbook.methods import experiments, ratios, retention

FUNNEL_DAYS = 90
STEPS = (
    ("received", None),
    ("acknowledged", "is_acknowledged"),
    ("solved", "is_solved"),
    ("reopened", "is_reopened"),
)
SPANS = ((24, "h_24"), (48, "h_48"), (96, "h_96"), (np.inf, "h_more"))


def funnel(book):
    """Complaints received in the last 90 days and how far they came.

    Columns: step (received, acknowledged, solved, reopened), value, share (of the received; of
    the solved for reopened) with low, high (Wilson), period_count, median_hours (from receipt).
    """
    frame = rows.window(book, rows.tickets(book), FUNNEL_DAYS)
    columns = ["step", "value", "share", "low", "high", "period_count", "median_hours"]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    now = rows.inside(book, frame)
    out = []
    for step, flag in STEPS:
        held = frame[frame[flag]] if flag else frame
        base = int(frame["is_solved"].sum()) if step == "reopened" else len(frame)
        span = ratios.wilson(len(held), base) if base else (np.nan, np.nan)
        time = f"{step}_at"
        hours = (
            (held[time] - held["at"]) / pd.Timedelta(hours=1) if flag else pd.Series(dtype=float)
        )
        out.append(
            (
                step,
                len(held),
                len(held) / base if base else np.nan,
                *span,
                int(now[flag].sum()) if flag else len(now),
                hours.median(),
            )
        )
    table = pd.DataFrame(out, columns=columns)
    solved, again = table.iloc[2], table.iloc[3]
    book.say(
        "3.2.2",
        "3.2.2.said",
        received=len(frame),
        solved=solved["share"],
        hours=solved["median_hours"],
        reopened=int(again["value"]),
    )
    if again["value"] >= 3 and again["low"] > 0.1:
        book.find(
            "3.2.2",
            "medium",
            "3.2.2.reopened",
            subject=book.translator.value(frame[frame["is_reopened"]]["cause"].mode().iloc[0]),
            figure=Estimate(
                again["share"],
                again["low"],
                again["high"],
                int(solved["value"]),
                ratios.WILSON,
                unit="fraction",
            ),
        )
    return table


def breaches(book, limit=40):
    """Complaints past their target, unsolved ones first; last 90 days.

    Columns: state (open, late), ticket_id, platform, product, cause, agent_id, at, due_at,
    hours_over (to the solution, or to the end of the period), text (masked).
    """
    frame = rows.window(book, rows.tickets(book), FUNNEL_DAYS)
    columns = [
        "state",
        "ticket_id",
        "platform",
        "product",
        "cause",
        "agent_id",
        "at",
        "due_at",
        "hours_over",
        "text",
    ]
    ended = frame["solved_at"].fillna(rows.now(book))
    frame = frame.assign(
        hours_over=(ended - frame["due_at"]) / pd.Timedelta(hours=1),
        state=np.where(frame["is_solved"], "late", "open"),
    )
    whole = len(frame)
    frame = frame[frame["hours_over"] > 0]
    waiting = frame[frame["state"] == "open"]
    if len(waiting):
        worst = waiting.sort_values("hours_over").iloc[-1]
        book.find(
            "3.2.2",
            "critical" if worst["hours_over"] > 168 else "high",
            "3.2.2.breach",
            subject=worst["ticket_id"],
            figure=float(len(waiting)),
            n=whole,
            unit="times",
            hours=worst["hours_over"],
            agent=worst["agent_id"],
        )
    frame = frame.sort_values(["state", "hours_over"], ascending=[False, False], kind="stable")
    return frame[columns].head(limit).reset_index(drop=True)


def causes(book):
    """Root causes by product: where complaints stand out against product and cause taken alone.

    Last 180 days. Columns: product, cause, complaints, expected (product total x cause total /
    all), relative (0.1 is 10 % above), low, high (exact Poisson), p_adjusted (Holm), n.
    """
    frame = rows.window(book, rows.tickets(book))
    columns = [
        "product",
        "cause",
        "complaints",
        "expected",
        "relative",
        "low",
        "high",
        "p_adjusted",
    ]
    if frame.empty:
        return pd.DataFrame(columns=[*columns, "n"])
    from scipy import stats

    counts = frame.groupby(["product", "cause"], as_index=False).size()
    counts = counts.rename(columns={"size": "complaints"})
    by_product, by_cause = frame["product"].value_counts(), frame["cause"].value_counts()
    counts["expected"] = (
        counts["product"].map(by_product) * counts["cause"].map(by_cause) / len(frame)
    )
    spans = np.array([ratios.poisson(k) for k in counts["complaints"]])
    for name, value in (
        ("relative", counts["complaints"]),
        ("low", spans[:, 0]),
        ("high", spans[:, 1]),
    ):
        counts[name] = value / counts["expected"] - 1
    chance = stats.poisson.sf(counts["complaints"] - 1, counts["expected"])
    counts["p_adjusted"] = np.asarray(experiments.adjust(chance))
    counts["n"] = len(frame)
    for _, row in counts[(counts["p_adjusted"] < 0.05) & (counts["complaints"] >= 5)].iterrows():
        book.find(
            "3.2.2",
            "high" if row["complaints"] / len(frame) > 0.1 else "medium",
            "3.2.2.cause",
            subject=f"{row['product']}: {book.translator.value(row['cause'])}",
            figure=Estimate(
                row["relative"],
                row["low"],
                row["high"],
                int(row["complaints"]),
                ratios.GARWOOD,
                unit="fraction",
            ),
            product=row["product"],
            cause=book.translator.value(row["cause"]),
            share=row["complaints"] / len(frame),
        )
    return counts.sort_values("complaints", ascending=False, ignore_index=True)


def causes_by_time(book, months=12):
    """Complaints by month and cause: month (first day), cause, count; the last months."""
    frame = rows.tickets(book)
    if frame.empty:
        return pd.DataFrame(columns=["month", "cause", "count"])
    frame["month"] = frame["at"].dt.to_period("M").dt.start_time
    first = rows.now(book).to_period("M").start_time - pd.DateOffset(months=months)
    frame = frame[frame["month"] >= first]
    table = frame.groupby(["month", "cause"]).size().unstack(fill_value=0)
    table = table.stack().rename("count").reset_index()
    return table


def time_to_solution(book, by=None):
    """Share of complaints still unsolved after each hour (Kaplan-Meier): 180 days.

    by: None for all, or agent_id, cause or product (the five largest). Columns: group, time (h),
    survival, low, high, at_risk, n. Unsolved ones count as not yet solved, not as gone.
    """
    frame = rows.window(book, rows.tickets(book))
    columns = ["group", "time", "survival", "low", "high", "at_risk", "n"]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    ended = frame["solved_at"].fillna(rows.now(book))
    frame["hours"] = ((ended - frame["at"]) / pd.Timedelta(hours=1)).clip(lower=0)
    parts = [("all", frame)]
    if by:
        top = frame[by].value_counts().head(5).index
        parts = [(name, frame[frame[by] == name]) for name in top]
    out = []
    for name, part in parts:
        curve = retention.survival(part["hours"], part["is_solved"])
        out.append(curve.assign(group=name, n=len(part)))
    return pd.concat(out, ignore_index=True)[columns]


def solution_times(book):
    """Time to a solution by agent: complaints, median_hours (Kaplan-Meier), solved within target.

    Columns: agent_id, complaints, median_hours, within_rate with low and high, reopened_rate,
    satisfaction, p_adjusted (share within target against the others, Holm). Last 180 days; only
    complaints due.
    """
    frame = rows.window(book, rows.tickets(book))
    columns = [
        "agent_id",
        "complaints",
        "median_hours",
        "within_rate",
        "low",
        "high",
        "reopened_rate",
        "satisfaction",
        "p_adjusted",
    ]
    frame = frame[frame["is_due"] & frame["agent_id"].notna()]
    out = []
    for agent, part in frame.groupby("agent_id"):
        ended = part["solved_at"].fillna(rows.now(book))
        curve = retention.survival(
            ((ended - part["at"]) / pd.Timedelta(hours=1)).clip(lower=0), part["is_solved"]
        )
        half = curve.loc[curve["survival"] <= 0.5, "time"]
        kept = int(part["is_within"].sum())
        low, high = ratios.wilson(kept, len(part))
        out.append(
            (
                agent,
                len(part),
                half.iloc[0] if len(half) else np.nan,
                kept / len(part),
                low,
                high,
                part["is_reopened"].mean(),
                part["satisfaction"].mean(),
            )
        )
    table = pd.DataFrame(out, columns=columns[:-1])
    table["p_adjusted"] = np.nan
    if len(table) > 1:
        table["p_adjusted"] = _told_apart(table)
    _report_slow(book, table)
    return table.sort_values("within_rate", ignore_index=True)


def _told_apart(table):
    """p-values (Fisher's exact test, Holm) of each agent's share within target against the rest's."""
    from scipy.stats import fisher_exact

    kept = (table["within_rate"] * table["complaints"]).round().astype(int)
    missed = table["complaints"] - kept
    chances = [
        fisher_exact([[k, m], [kept.sum() - k, missed.sum() - m]])[1]
        for k, m in zip(kept, missed, strict=True)
    ]
    return np.asarray(experiments.adjust(chances))


def _report_slow(book, table):
    whole = table["complaints"].sum()
    kept = (table["within_rate"] * table["complaints"]).sum()
    for _, row in table[table["p_adjusted"] < 0.05].iterrows():
        n = row["complaints"]
        other = (kept - row["within_rate"] * n) / (whole - n)
        if n >= 15 and row["within_rate"] < other:
            book.find(
                "3.2.2",
                "medium",
                "3.2.2.slow",
                subject=row["agent_id"],
                figure=Estimate(
                    row["within_rate"],
                    row["low"],
                    row["high"],
                    int(n),
                    ratios.WILSON,
                    unit="fraction",
                ),
                other=other,
                share=n / whole,
            )


def satisfaction(book):
    """Satisfaction after a complaint by how long the solution took, and after a reopening.

    Columns: took (24, 48, 96 hours or more, reopened), n (scores), answered_rate (scored among
    the solved), satisfaction (mean of 1 to 5), low, high (Student). Last 180 days.
    """
    frame = rows.window(book, rows.tickets(book))
    frame = frame[frame["is_solved"]]
    columns = ["took", "n", "answered_rate", "satisfaction", "low", "high"]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    edges = [-np.inf, *(edge for edge, _ in SPANS)]
    frame["took"] = pd.cut(
        frame["solution_hours"], edges, labels=[name for _, name in SPANS]
    ).astype("str")
    parts = [*((name, frame[frame["took"] == name]) for _, name in SPANS)]
    parts.append(("reopened", frame[frame["is_reopened"]]))
    out = []
    for name, part in parts:
        scores = part["satisfaction"].dropna()
        low, high = _mean_interval(scores)
        mean = scores.mean() if len(scores) else np.nan
        rate = len(scores) / len(part) if len(part) else np.nan
        out.append((name, len(scores), rate, mean, low, high))
    table = pd.DataFrame(out, columns=columns)
    fast, slow = table.iloc[0], table.iloc[3]
    if fast["n"] >= 8 and slow["n"] >= 8 and slow["high"] < fast["low"]:
        book.find(
            "3.2.2",
            "medium",
            "3.2.2.waiting_costs",
            subject=book.translator.value("h_more"),
            figure=Estimate(
                slow["satisfaction"], slow["low"], slow["high"], int(slow["n"]), "Student t"
            ),
            fast=fast["satisfaction"],
        )
    return table[table["n"] > 0].reset_index(drop=True)


def _mean_interval(values, level=0.95):
    from scipy import stats

    n = len(values)
    if n < 3:
        return np.nan, np.nan
    half = stats.t.ppf((1 + level) / 2, n - 1) * values.std() / np.sqrt(n)
    return values.mean() - half, values.mean() + half
