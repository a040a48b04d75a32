"""4.3.2: the rundown of live sessions, and the audience curve laid over it."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.estimate import Estimate

KEY = ["platform", "account_id", "session_id"]


def session(book):
    """The last session up to the end of the period that has a rundown: its row, or None."""
    sheet = book.frame("live_rundown")
    table = book.frame("live_sessions")
    table = table.merge(sheet[KEY].drop_duplicates(), on=KEY)
    end = pd.Timestamp(book.period.end) + pd.Timedelta(days=1)
    table = table[table["started_at"] < end].sort_values("started_at")
    return table.iloc[-1] if len(table) else None


def rundown(book):
    """The rundown sheet of the last session, with what each segment did.

    One row per segment: segment_no, start_minute, end_minute, theme, set, camera, interaction,
    product_id, online (mean), net_change (viewers at its end less at its start), leave_rate (per
    viewer and minute), orders, gmv.
    """
    columns = ["segment_no", "start_minute", "end_minute", "theme", "set", "camera", "interaction",
               "product_id", "online", "net_change", "leave_rate", "orders", "gmv"]  # fmt: skip
    last = session(book)
    if last is None:
        return pd.DataFrame(columns=columns)
    table = _segments(book)
    sheet = book.frame("live_rundown")
    sheet = sheet[(sheet[KEY] == last[KEY]).all(axis=1)]
    done = table[(table[KEY] == last[KEY]).all(axis=1)] if len(table) else table
    numbers = ["online", "net_change", "leave_rate", "orders", "gmv"]
    if done.empty:
        done = pd.DataFrame(columns=["segment_no", *numbers])
    sheet = sheet.merge(done[["segment_no", *numbers]], on="segment_no", how="left")
    for name in ("theme", "set", "camera", "interaction"):
        empty = sheet[sheet[name].isna() | (sheet[name].astype(str).str.strip() == "")]
        if len(empty):
            book.find("4.3.2", "low", "4.3.2.gap", subject=str(last["session_title"] if
                      pd.notna(last["session_title"]) else last["session_id"]), figure=float(len(empty)), unit="times", n=len(sheet),
                      part=book.translator.label(name), owner="content")  # fmt: skip
    for name in ("set", "camera", "interaction"):
        sheet[name] = [_word(book, name, value) for value in sheet[name]]
    return sheet.sort_values("segment_no", ignore_index=True)[columns]


def curve(book):
    """Viewers minute by minute of the last session, each minute under its segment's theme.

    One row per minute: minute, online, entered, left, orders, theme, segment_no.
    """
    columns = ["minute", "online", "entered", "left", "orders", "theme", "segment_no"]
    last = session(book)
    if last is None:
        return pd.DataFrame(columns=columns)
    rows = _minutes(book)
    rows = rows[(rows[KEY] == last[KEY]).all(axis=1)] if len(rows) else rows
    return rows.reindex(columns=columns).sort_values("minute", ignore_index=True)


def segments(book):
    """Which segments win or lose viewers and sales, over all sessions known by the minute.

    One row per theme: sessions, leave_relative (leaving per viewer and minute against the rest of
    the same session) with low and high, orders_relative (orders per viewer and minute, likewise)
    with orders_low and orders_high, net_change (viewers, mean), n. Intervals: t on the log over
    sessions, so that one odd session does not decide.
    """
    columns = ["theme", "sessions", "leave_relative", "low", "high", "orders_relative",
               "orders_low", "orders_high", "net_change", "n"]  # fmt: skip
    table = _segments(book)
    if table.empty:
        return pd.DataFrame(columns=columns)
    table = table[table["segment_no"] > 0]
    out = []
    for theme, part in table.groupby("theme"):
        leave = _against(table, theme, "left")
        sales = _against(table, theme, "orders")
        out.append((theme, len(part), *leave, *sales, part["net_change"].mean(),
                    int(part["minutes"].sum())))  # fmt: skip
    found = pd.DataFrame(out, columns=columns).sort_values(
        "leave_relative", ascending=False, ignore_index=True
    )
    for row in found[found["low"] > 0.15].itertuples():
        book.find("4.3.2", "high" if row.low > 0.5 else "medium", "4.3.2.loses",
                  subject=str(book.translator.value(row.theme)),
                  figure=Estimate(row.leave_relative, row.low, row.high, row.sessions,
                                  "t interval on the log over sessions", unit="fraction"),
                  change=row.net_change, sessions=row.sessions, owner="content")  # fmt: skip
    for row in found[found["orders_low"] > 0.15].itertuples():
        book.find("4.3.2", "low", "4.3.2.sells", subject=str(book.translator.value(row.theme)),
                  figure=Estimate(row.orders_relative, row.orders_low, row.orders_high,
                                  row.sessions, "t interval on the log over sessions",
                                  unit="fraction"),
                  sessions=row.sessions, owner="content")  # fmt: skip
        book.say("4.3.2", "4.3.2.said", theme=book.translator.value(row.theme),
                 lift=row.orders_relative, low=row.orders_low, high=row.orders_high)  # fmt: skip
    return found


def plan_elements(book):
    """Sets, cameras and interactions of all rundowns and what they did: element, level, sessions,
    online_change_rate (viewers gained per viewer and minute), orders_rate (per viewer-hour), n."""
    columns = ["element", "level", "sessions", "leave_rate", "orders_per_viewer_hour", "n"]
    table = _segments(book)
    if table.empty:
        return pd.DataFrame(columns=columns)
    out = []
    for element in ("set", "camera", "interaction"):
        for level, part in table.dropna(subset=[element]).groupby(element):
            watched = part["watched"].sum()
            if watched > 0:
                out.append((element, _word(book, element, level), part["session_id"].nunique(),
                            part["left"].sum() / watched, 60 * part["orders"].sum() / watched,
                            int(part["minutes"].sum())))  # fmt: skip
    return pd.DataFrame(out, columns=columns)


def _word(book, kind, value):
    """A set, camera or interaction in the reader's language; free text stays as it is."""
    key = f"4.3.2.{kind}.{value}"
    return book.t(key) if book.translator.has(key) else value


def _against(table, theme, column):
    """(relative, low, high) of a rate per viewer-minute in a theme against the rest, by session."""
    logs = []
    for _, part in table.groupby("session_id"):
        mine, rest = part[part["theme"] == theme], part[part["theme"] != theme]
        watched, other = mine["watched"].sum(), rest["watched"].sum()
        if watched > 0 and other > 0 and rest[column].sum() > 0:
            rate = (mine[column].sum() + 0.5) / watched
            logs.append(np.log(rate / ((rest[column].sum() + 0.5) / other)))
    if len(logs) < 3 or np.std(logs) == 0:
        return np.nan, np.nan, np.nan
    middle = np.mean(logs)
    half = stats.t.ppf(0.975, len(logs) - 1) * np.std(logs, ddof=1) / np.sqrt(len(logs))
    return tuple(float(np.expm1(v)) for v in (middle, middle - half, middle + half))


def _minutes(book):
    """Minutes with the segment they fall in, up to the end of the period."""

    def build():
        minutes, sheet = book.frame("live_minutes"), book.frame("live_rundown")
        sessions = book.frame("live_sessions")
        end = pd.Timestamp(book.period.end) + pd.Timedelta(days=1)
        keep = sessions[sessions["started_at"] < end][KEY]
        minutes = minutes.merge(keep, on=KEY)
        if minutes.empty:
            return minutes.assign(theme=None, segment_no=pd.Series(dtype="float64"))
        joined = minutes.merge(
            sheet[[*KEY, "segment_no", "start_minute", "end_minute", "theme", "set", "camera",
                   "interaction"]],
            on=KEY, how="left",
        )  # fmt: skip
        inside = (joined["minute"] >= joined["start_minute"]) & (
            joined["minute"] < joined["end_minute"]
        )
        return joined[inside | joined["segment_no"].isna()]

    return book.once("live_minutes_segments", build)


def _segments(book):
    """One row per session and segment: watched (viewer-minutes), left, orders, online, net_change."""

    def build():
        rows = _minutes(book)
        rows = rows.dropna(subset=["segment_no"])
        if rows.empty:
            return pd.DataFrame(columns=[*KEY, "segment_no", "theme"])
        rows = rows.sort_values([*KEY, "minute"])
        group = rows.groupby([*KEY, "segment_no"])
        table = group.agg(
            theme=("theme", "first"), set=("set", "first"), camera=("camera", "first"),
            interaction=("interaction", "first"), minutes=("minute", "size"),
            watched=("online", "sum"), online=("online", "mean"), left=("left", "sum"),
            orders=("orders", "sum"), gmv=("gmv", "sum"), first=("online", "first"),
            last=("online", "last"),
        ).reset_index()  # fmt: skip
        table["net_change"] = table["last"] - table["first"]
        table["leave_rate"] = table["left"] / table["watched"].where(table["watched"] > 0)
        return table

    return book.once("live_segments", build)
