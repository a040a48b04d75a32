"""10.3.3 to 10.3.5: what runs by itself, how skills move, and whether processes got better."""

import json

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.chapters.growth import rows
from opsbook.data import schema
from opsbook.estimate import Estimate
from opsbook.methods import experiments, level_shift

# After how many days without rows a source that comes in by export is stale: weekly plus slack.
STALE_DAYS = 10
WINDOW_DAYS = 90


def runs(book):
    """Past runs of the workbook, from the manifests beside its reports.

    Columns: started_at (local), period, chapters, succeeded, failed, cached, seconds, formats. Unreadable manifests are left out.
    """
    columns = [
        "started_at",
        "period",
        "chapters",
        "succeeded",
        "failed",
        "cached",
        "seconds",
        "formats",
    ]
    out = []
    folder = book.settings.reports
    for file in sorted(folder.rglob("manifest.json")) if folder.is_dir() else []:
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            states = [c["state"] for c in record["chapters"].values()]
            at = pd.Timestamp(record["started_at"])
            at = (
                (at if at.tzinfo else at.tz_localize("UTC")).tz_convert(book.zone).tz_localize(None)
            )
            out.append(
                (at, str(record["period"]), len(states), states.count("ok"),
                 states.count("failed"), states.count("cached"), float(record["seconds"]),
                 book.t("shown.list").join(record["formats"]))
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    table = pd.DataFrame(out, columns=columns)
    return table.sort_values("started_at", ascending=False, ignore_index=True)


def automation(book):
    """How much of the work runs by itself: a row per measure.

    Columns: measure, value, unit, n. Measures: tables that come in by export among all in use, posts labelled by rule or
    model among all labelled, chapters that ran without failing, hours of report work done by runs (runs
    times the median minutes that the task tool shows for a report by hand, less the run's own time), rows a day imported.
    """
    columns = ["measure", "value", "unit", "n"]
    out = []
    fresh = freshness(book)
    if len(fresh):
        by_export = (fresh["comes_by"] == "export").mean()
        out.append(("tables_by_export", float(by_export), "fraction", len(fresh)))
        out.append(
            (
                "tables_fresh",
                float((~fresh["is_stale"].astype(bool)).mean()),
                "fraction",
                len(fresh),
            )
        )
    labels = book.frame("post_labels", columns=["labelled_by", "kind"])
    if len(labels):
        machine = labels["labelled_by"].isin(["rule", "model"])
        out.append(("labels_by_machine", float(machine.mean()), "fraction", len(labels)))
    done = runs(book)
    if len(done):
        told = done[["succeeded", "failed", "cached"]].sum()
        out.append(
            (
                "chapters_ok",
                float(1 - told["failed"] / max(told.sum(), 1)),
                "fraction",
                int(told.sum()),
            )
        )
    saved = time_saved(book)
    if len(saved):
        out.append(
            ("hours_saved", float(saved["hours_saved"].sum()), "hours", int(saved["reports"].sum()))
        )
    return pd.DataFrame(out, columns=columns)


def freshness(book):
    """How old each table in use is: table, comes_by (export, form), rows, last_day, age_days, is_stale.

    Age counts from the end of the period to the newest row or, for tables without a date, to the last import.
    Tables that are filled in by hand when something happens are never stale.
    """
    columns = ["table", "comes_by", "rows", "last_day", "age_days", "is_stale"]
    batches = _batches(book)
    out = []
    for name, about in schema.tables().items():
        if not about.when or book.store.is_empty(name, book.version):
            continue
        frame = book.frame(name, columns=[about.when, "source_relation"])
        days = frame[about.when].dropna()
        days = days[days < rows.end(book)]
        if days.empty:
            continue
        by_export = frame["source_relation"].fillna("form") != "form"
        comes = "export" if by_export.mean() > 0.5 or _exported(batches, name) else "form"
        last = days.max().normalize()
        age = (pd.Timestamp(book.period.end) - last).days
        daily = "export" in about.origins and days.dt.normalize().nunique() > 60
        out.append((name, comes, len(frame), last, age, bool(daily and age > STALE_DAYS)))
    table = pd.DataFrame(out, columns=columns)
    for row in table[table["is_stale"].astype(bool)].itertuples():
        book.find("10.3.3", "medium", "10.3.3.stale", subject=book.t(f"table.{row.table}"),
                  figure=row.age_days, unit="days", n=row.rows, last=row.last_day.date(), owner="data")  # fmt: skip
    return table.sort_values("age_days", ascending=False, ignore_index=True)


def _batches(book):
    frame = book.store.batches()
    if len(frame) and "is_undone" in frame:
        frame = frame[~frame["is_undone"].astype(bool)]
    return frame


def _exported(batches, name):
    """Whether most rows of a table came in by a platform's preset rather than a form."""
    if not len(batches):
        return False
    sums = {"export": 0, "form": 0}
    for row in batches.itertuples():
        tables = row.tables if isinstance(row.tables, dict) else json.loads(row.tables or "{}")
        kind = "form" if "form" in str(row.preset) or str(row.preset) == name else "export"
        sums[kind] += int(tables.get(name, 0))
    return sums["export"] > sums["form"]


def time_saved(book):
    """Hours that runs took over: month, reports (chapters reported), minutes_by_hand (median of the task tool), hours_saved.

    Missing without runs or without report tasks whose minutes were noted: an assumption is not a saving.
    """
    columns = ["month", "reports", "minutes_by_hand", "hours_saved"]
    done = runs(book)
    tasks = book.frame("tasks")
    report = tasks[(tasks["task_type"] == "report") | (tasks["process"] == "report")]
    minutes = report["minutes_spent"].dropna()
    if done.empty or len(minutes) < 5:
        return pd.DataFrame(columns=columns)
    done["month"] = done["started_at"].dt.to_period("M").dt.start_time
    # the same period reported again saves nothing a second time
    done = done.sort_values("started_at").drop_duplicates(["period"], keep="last")
    table = done.groupby("month").agg(
        reports=("succeeded", "sum"), cached=("cached", "sum"), seconds=("seconds", "sum")
    )
    table["reports"] += table["cached"]
    table["minutes_by_hand"] = float(minutes.median())
    by_hand = table["reports"] * table["minutes_by_hand"] / 60
    table["hours_saved"] = by_hand - table["seconds"] / 3600
    return table.reset_index()[columns]


def skill_trend(book):
    """How each skill moved: first and newest assessment of the same people.

    Columns: skill, people, before, now (mean level 0 to 5), change with low and high (paired t), needed_level (mean), below_need (people), gap
    (mean shortfall of those below).
    """
    frame = book.frame("skills")
    frame = frame[frame["assessed_at"] < rows.end(book)].sort_values("assessed_at", kind="stable")
    columns = ["skill", "people", "before", "now", "change", "low", "high", "needed_level", "below_need",
               "shortfall"]  # fmt: skip
    out = []
    for skill, part in frame.groupby("skill"):
        ends = part.groupby("person_key").agg(
            first=("level", "first"), last=("level", "last"), needed=("needed_level", "last"),
            times=("assessed_at", "nunique"),
        ).astype(float)  # fmt: skip
        twice = ends[ends["times"] >= 2]
        moved = (twice["last"] - twice["first"]).to_numpy()
        change = low = high = np.nan
        if len(moved):
            change = float(moved.mean())
        if len(moved) >= 3:
            reach = stats.t.ppf(0.975, len(moved) - 1) * moved.std(ddof=1) / np.sqrt(len(moved))
            low, high = change - reach, change + reach
        short = (ends["needed"] - ends["last"]).clip(lower=0)
        below = short > 0
        out.append((skill, len(ends), float(twice["first"].mean()) if len(twice) else np.nan,
                    float(ends["last"].mean()), change, low, high, float(ends["needed"].mean()),
                    int(below.sum()), float(short[below].mean()) if below.any() else 0.0))  # fmt: skip
    table = pd.DataFrame(out, columns=columns).sort_values(
        "change", ascending=False, ignore_index=True
    )
    for row in table[(table["below_need"] >= 1) & (table["shortfall"] >= 1.5)].itertuples():
        book.find("10.3.4", "medium", "10.3.4.gap", subject=book.translator.value(row.skill),
                  figure=row.shortfall, unit="levels", n=row.people, below=row.below_need,
                  change=row.change)  # fmt: skip
    return table


def skill_levels(book):
    """Mean level of each skill at each assessment: assessed_at, skill, level, people."""
    frame = book.frame("skills")
    frame = frame[frame["assessed_at"] < rows.end(book)]
    if frame.empty:
        return pd.DataFrame(columns=["assessed_at", "skill", "level", "people"])
    table = frame.groupby(["assessed_at", "skill"]).agg(
        level=("level", "mean"), people=("person_key", "nunique")
    )
    return table.reset_index()


def tasks(book):
    """Tasks created up to the end of the period with lead_h (hours from created to done), week, is_late."""
    frame = book.frame("tasks")
    frame = frame[frame["created_at"] < rows.end(book)].copy()
    frame["process"] = frame["process"].fillna(frame["task_type"]).fillna("other")
    frame.loc[frame["done_at"] >= rows.end(book), "done_at"] = pd.NaT
    frame["lead_h"] = (frame["done_at"] - frame["created_at"]).dt.total_seconds() / 3600
    frame["week"] = frame["created_at"].dt.to_period("W-SUN").dt.start_time
    frame["month"] = frame["created_at"].dt.to_period("M").dt.start_time
    ended = frame["done_at"].fillna(rows.end(book))
    frame["is_late"] = (ended > frame["due_at"]).where(frame["due_at"].notna())
    return frame.reset_index(drop=True)


def process_months(book):
    """Process indicators by month of creation: month, process, tasks, lead_h (median), late_share, done_share."""
    frame = tasks(book)
    frame = frame[frame["status"] != "dropped"]
    columns = ["month", "process", "tasks", "lead_h", "late_share", "done_share"]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    table = frame.groupby(["month", "process"]).agg(
        tasks=("task_id", "size"), lead_h=("lead_h", "median"), late_share=("is_late", "mean"),
        done_share=("lead_h", lambda s: s.notna().mean()),
    )  # fmt: skip
    return table.reset_index()[columns].astype({"late_share": float})


def process_steps(book):
    """Lasting steps of a process's lead time: process, date, relative, low, high, statistic, n (weeks)."""
    frame = tasks(book).dropna(subset=["lead_h"])
    parts = []
    for process, part in frame.groupby("process"):
        log = np.log(part["lead_h"].clip(lower=0.05))
        weekly = np.exp(log.groupby(part["week"]).mean())
        if len(weekly) >= 12:
            weekly = weekly.asfreq("W-MON")
            found = level_shift.steps(weekly)
            # a process without a step has no types of its own
            if len(found):
                parts.append(found.assign(process=process))
    columns = ["process", "date", "relative", "low", "high", "statistic", "n"]
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True)[columns]
    table = table.sort_values("statistic", ascending=False, ignore_index=True)
    for row in table[(table["low"] > 0.15) | (table["high"] < -0.15)].head(3).itertuples():
        faster = row.relative < 0
        book.find(
            "10.3.5", "info" if faster else "medium", f"10.3.5.{'faster' if faster else 'slower'}",
            subject=book.translator.value(row.process),
            figure=Estimate(row.relative, row.low, row.high, row.n, "sup-Wald step of weekly lead time",
                            unit="fraction"),
            date=row.date,
        )  # fmt: skip
    return table


def improvements(book):
    """The improvement log and its effect: lead time of the process 8 weeks before against 8 weeks after.

    Columns: decided_at, decision, process, before_h, after_h (geometric means), relative with low and high (Welch on the log), p_value, n
    (tasks), verdict (faster, slower, not_told, too_early, not_measured).
    """
    log = book.frame("decisions")
    log = log[log["process"].notna() & (log["decided_at"] < rows.end(book))]
    frame = tasks(book).dropna(subset=["lead_h"])
    columns = ["decided_at", "decision", "process", "owner", "before_h", "after_h", "relative",
               "low", "high", "p_value", "n", "verdict"]  # fmt: skip
    out = []
    for row in log.itertuples():
        part = frame[frame["process"] == row.process]
        gap = (part["created_at"] - row.decided_at).dt.total_seconds() / 86400
        before = np.log(part.loc[gap.between(-56, 0, inclusive="left"), "lead_h"].clip(lower=0.05))
        # a task created in the last days may still be open: only those with time to end count
        ripe = part["created_at"] < rows.end(book) - pd.Timedelta(days=14)
        after = np.log(part.loc[gap.between(0, 56) & ripe, "lead_h"].clip(lower=0.05))
        head = [row.decided_at, row.decision, row.process, row.owner]
        if len(part) == 0:
            out.append([*head, *[np.nan] * 6, 0, "not_measured"])
            continue
        if len(before) < 5 or len(after) < 5:
            out.append([*head, *[np.nan] * 6, len(before) + len(after), "too_early"])
            continue
        found = experiments.compare_means([before.to_numpy(), after.to_numpy()]).iloc[1]
        low, high = np.expm1(found["low"]), np.expm1(found["high"])
        verdict = "faster" if high < 0 else "slower" if low > 0 else "not_told"
        out.append([*head, np.exp(before.mean()), np.exp(after.mean()), np.expm1(found["effect"]),
                    low, high, found["p_value"], len(before) + len(after), verdict])  # fmt: skip
    table = pd.DataFrame(out, columns=columns).sort_values("decided_at", ignore_index=True)
    for row in table[table["verdict"].isin(["not_told", "slower"])].itertuples():
        book.find(
            "10.3.5", "low" if row.verdict == "not_told" else "medium", "10.3.5.no_effect",
            subject=str(book.translator.value(row.decision)),
            figure=Estimate(row.relative, row.low, row.high, row.n, "Welch interval on the log",
                            unit="fraction"),
            process=book.translator.value(row.process),
            owner=row.owner if isinstance(row.owner, str) else None,
        )  # fmt: skip
    return table
