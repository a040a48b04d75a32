"""8.1.2: private data, odd operations, exports, expiry, events - and all alarms in one list."""

import numpy as np
import pandas as pd

from opsbook.chapters.risk import compliance, opinion, rows
from opsbook.methods import privacy, robust

USUAL_SHARE = 0.02
LEAST_OPERATIONS = 20
LEAST_EXPORTS = 8
LEAST_TIMES = 5
Z_LIMIT = 3.5
SENSITIVE = ("change_password", "grant", "delete", "export")


def private_data(book):
    """Private data in public text, masked: one row per hit.

    Searched: comments, mentions of the brand, posts, all up to the period's end. Columns: at,
    platform, item_kind, item_id, kind, is_certain, evidence (masked text), state (open, hidden).
    """
    return book.once("risk.private", lambda: _private(book))


def _private(book):
    out = []
    for item_kind, part in _public_texts(book):
        for row in part.itertuples():
            for hit in privacy.find(row.text):
                masked = rows.masked(book, row.text)
                out.append(
                    (
                        row.at,
                        row.platform,
                        row.account_id,
                        item_kind,
                        row.item_id,
                        hit.kind,
                        hit.certain,
                        masked,
                        "hidden" if row.is_hidden else "open",
                    )
                )
    frame = pd.DataFrame(
        out,
        columns=[
            *("at", "platform", "account_id", "item_kind", "item_id", "private_kind"),
            *("is_certain", "evidence", "state"),
        ],
    ).sort_values("at", ascending=False, ignore_index=True)
    still = frame[(frame["state"] == "open") & frame["is_certain"].astype(bool)]
    for platform, part in still.groupby("platform"):
        kinds = book.t("shown.list").join(
            str(book.translator.value(k)) for k in sorted(set(part["private_kind"]))
        )
        book.find(
            "8.1.2",
            "critical" if part["private_kind"].isin(["id_card", "bank_card"]).any() else "high",
            "8.1.2.private",
            subject=str(book.translator.value(platform)),
            figure=part["item_id"].nunique(),
            unit="times",
            n=len(part),
            kinds=kinds,
            newest=part["at"].max(),
        )
    return frame


def _public_texts(book):
    comments = rows.until(book, book.frame("comments"), "created_timestamp")
    hidden = comments["is_hidden"].fillna(False).astype(bool)
    hidden |= comments["action"].fillna("").isin(["hide", "delete"])
    parts = [("comment", comments, "comment_id", "text", hidden)]
    mentions = rows.until(book, book.frame("mentions"), "created_timestamp")
    parts.append(("mention", mentions, "mention_id", "text", False))
    posts = rows.until(book, book.frame("posts"), "created_timestamp")
    posts["whole"] = compliance.whole_text(posts)
    parts.append(("post", posts, "post_id", "whole", False))
    for kind, frame, key, text, hid in parts:
        frame = frame.assign(is_hidden=hid)
        if "account_id" not in frame:
            frame["account_id"] = None
        frame = frame[frame[text].notna()]
        frame = frame[["created_timestamp", "platform", "account_id", key, text, "is_hidden"]]
        frame.columns = ["at", "platform", "account_id", "item_id", "text", "is_hidden"]
        yield kind, frame


def operations(book):
    """Operations on accounts that stand out, each with its reasons.

    off_hours: outside working hours and at a clock time at which fewer than 2 % of the operator's
    earlier operations lie (all operators' where one has fewer than 20). new_place: device and
    region never seen before. many: the operator's day has a robust z (median and MAD of earlier
    days) above 3.5. Columns: at, operator, operation, platform, device, region, reasons,
    usual_share, z, is_sensitive. Only earlier rows are compared with.
    """
    return book.once("risk.operations", lambda: _operations(book))


def _operations(book):
    columns = [
        *("at", "operation_id", "operator", "operation", "platform", "account_id", "device"),
        *("region", "reasons", "usual_share", "z", "is_sensitive"),
    ]
    log = rows.until(book, book.frame("account_operations"), "operated_at")
    if log.empty:
        return pd.DataFrame(columns=columns)
    log = log.sort_values("operated_at", ignore_index=True).rename(columns={"operated_at": "at"})
    log["operator"] = log["operator"].fillna("unknown")
    minute = (log["at"].dt.hour * 60 + log["at"].dt.minute).to_numpy()
    who = log["operator"].to_numpy()
    share, new_place = np.full(len(log), np.nan), np.zeros(len(log), bool)
    place = (log["device"].fillna("") + "|" + log["region"].fillna("")).to_numpy()
    for i in range(LEAST_OPERATIONS, len(log)):
        own = who[:i] == who[i]
        earlier = own if own.sum() >= LEAST_OPERATIONS else np.ones(i, bool)
        apart = np.abs(minute[:i][earlier] - minute[i])
        share[i] = (np.minimum(apart, 1440 - apart) <= 60).mean()
        new_place[i] = place[i] != "|" and place[i] not in place[:i][earlier]
    days = log.groupby(["operator", log["at"].dt.normalize()]).size().rename("count").reset_index()
    # the root of a Poisson count has a spread of a half, whatever its level
    days["root"] = np.sqrt(days["count"] + 0.375)
    days["z"] = days.groupby("operator")["root"].transform(
        lambda s: robust.earlier_z(s, least=14, floor=0.5)
    )
    log["day"] = log["at"].dt.normalize()
    log = log.merge(
        days.rename(columns={"at": "day"})[["operator", "day", "z"]], on=["operator", "day"]
    ).sort_values(["at", "operation_id"], ignore_index=True)
    off = _off_hours(book, log["at"]) & (share < USUAL_SHARE)
    many = (log["z"] > Z_LIMIT).to_numpy()
    log["usual_share"] = share
    log["is_sensitive"] = log["operation"].isin(SENSITIVE)
    log["reasons"] = [
        book.t("shown.list").join(
            str(book.translator.value(w))
            for w, told in (("off_hours", o), ("new_place", p), ("many", m))
            if told
        )
        for o, p, m in zip(off, new_place, many, strict=True)
    ]
    log["detector"] = np.where(off, "off_hours", "unusual_operation")
    found = log[off | new_place | many]
    recent = found[found["at"] > rows.last_day(book) - pd.Timedelta(days=rows.WINDOW_DAYS)]
    for (operator, detector), part in recent.groupby(["operator", "detector"]):
        book.find(
            "8.1.2",
            "critical" if part["is_sensitive"].any() and detector == "off_hours" else "medium",
            f"8.1.2.{detector}",
            subject=operator,
            figure=len(part),
            unit="times",
            n=len(log),
            newest=part["at"].max(),
            accounts=book.t("shown.list").join(
                str(book.translator.value(p)) for p in sorted(set(part["platform"]))
            ),
        )
    return found[[*columns, "detector"]].sort_values("at", ascending=False, ignore_index=True)


def exports(book):
    """Exports by insiders against what is usual for each.

    An alarm has a robust z of log rows above 3.5 and at least five times the usual rows.
    The baseline is the operator's earlier exports (everybody's below 8). Columns: at, operator,
    platform, rows_exported, usual_rows (median before), times_usual, z, is_alarm.
    """
    return book.once("risk.exports", lambda: _exports(book))


def _exports(book):
    columns = [
        *("at", "operation_id", "operator", "platform", "rows_exported", "usual_rows"),
        *("times_usual", "z", "is_alarm"),
    ]
    log = rows.until(book, book.frame("account_operations"), "operated_at")
    log = log[log["rows_exported"].fillna(0) > 0].sort_values("operated_at", ignore_index=True)
    if log.empty:
        return pd.DataFrame(columns=columns)
    log = log.rename(columns={"operated_at": "at"})
    size = np.log(log["rows_exported"].to_numpy(float))
    who = log["operator"].fillna("unknown").to_numpy()
    usual, z = np.full(len(log), np.nan), np.full(len(log), np.nan)
    for i in range(LEAST_EXPORTS, len(log)):
        own = who[:i] == who[i]
        before = size[:i][own] if own.sum() >= LEAST_EXPORTS else size[:i]
        usual[i] = np.exp(np.median(before))
        z[i] = robust.z(size[i], before, floor=0.2)
    log["usual_rows"], log["z"] = np.round(usual), z
    log["times_usual"] = log["rows_exported"] / usual
    log["is_alarm"] = (z > Z_LIMIT) & (log["times_usual"] >= LEAST_TIMES)
    frame = log[columns].sort_values("z", ascending=False, ignore_index=True)
    new = frame["at"] > rows.last_day(book) - pd.Timedelta(days=rows.WINDOW_DAYS)
    for r in frame[frame["is_alarm"] & new].itertuples():
        book.find(
            "8.1.2",
            "critical" if r.times_usual > 10 else "high",
            "8.1.2.export",
            subject=r.operator,
            figure=r.rows_exported,
            unit="rows",
            n=len(frame),
            usual=r.usual_rows,
            at=r.at,
        )
    return frame


def credentials(book):
    """Credentials, certificates and verifications by the day on which they lapse.

    Columns: subject (credential or account), kind, platform, owner, expires_at, days_left, state
    (expired, expiring within workbook.toml's expiry_days, valid).
    """
    return book.once("risk.credentials", lambda: _credentials(book))


def _credentials(book):
    held = book.frame("credentials").rename(columns={"credential_id": "subject"})
    held = held[["subject", "kind", "platform", "owner", "expires_at"]]
    accounts = book.frame("accounts").dropna(subset=["verification_expires_at"])
    proven = pd.DataFrame(
        {
            "subject": accounts["account_name"].fillna(accounts["account_id"]),
            "kind": "verification",
            "platform": accounts["platform"],
            "owner": accounts["owner"],
            "expires_at": accounts["verification_expires_at"],
        }
    )
    frame = held if proven.empty else pd.concat([held, proven], ignore_index=True)
    frame = frame.dropna(subset=["expires_at"])
    frame["days_left"] = (frame["expires_at"] - rows.last_day(book)).dt.days
    soon = int(book.settings.thresholds["expiry_days"])
    frame["state"] = np.select(
        [frame["days_left"] < 0, frame["days_left"] <= soon], ["expired", "expiring"], "valid"
    )
    frame = frame.sort_values("expires_at", ignore_index=True)
    for r in frame[frame["state"] != "valid"].itertuples():
        book.find(
            "8.1.2",
            "critical" if r.days_left < 0 else "high" if r.days_left <= 14 else "medium",
            "8.1.2.expired" if r.days_left < 0 else "8.1.2.expiry",
            subject=f"{r.subject} ({book.translator.value(r.kind)})",
            figure=abs(r.days_left),
            unit="days",
            owner=r.owner,
            due_days=max(1, min(14, r.days_left - 2)),
            expires=r.expires_at.date(),
        )
    return frame


def events(book, ahead=30, behind=7):
    """Industry events around the period's end: entered by form or imported.

    Columns: start_date, end_date, event_name, kind, days_left, source, severity (a regulation is
    medium, everything else info).
    """
    frame = book.frame("industry_events")
    last = rows.last_day(book)
    ends = frame["end_date"].fillna(frame["start_date"])
    near = (frame["start_date"] <= last + pd.Timedelta(days=ahead)) & (
        ends >= last - pd.Timedelta(days=behind)
    )
    frame = frame[near].copy()
    frame["days_left"] = (frame["start_date"] - last).dt.days
    frame["severity"] = np.where(frame["kind"] == "regulation", "medium", "info")
    for r in frame[frame["kind"] == "regulation"].itertuples():
        book.find(
            "8.1.2",
            "medium",
            "8.1.2.event",
            subject=r.event_name,
            figure=r.days_left,
            unit="days",
            starts=r.start_date.date(),
            due_days=max(1, r.days_left),
        )
    columns = ["start_date", "end_date", "event_name", "kind", "days_left", "source", "severity"]
    return frame[columns].sort_values("start_date", ignore_index=True)


def alarms(book, days=365):
    """Every alarm of every detector in the last `days`, newest first, each with its evidence.

    Columns: at, detector, family, platform, subject, severity, evidence.
    """
    frame = book.once("risk.alarms", lambda: _alarms(book))
    return frame[frame["at"] > rows.last_day(book) - pd.Timedelta(days=days)].reset_index(drop=True)


def _alarms(book):
    about, _ = rows.detectors()
    t, say = book.t, book.translator.value
    out = []
    bursts = opinion.events(book)
    for e in bursts[bursts["step"] == "day"].itertuples() if len(bursts) else ():
        words = t("8.1.2.evidence.burst", negative=e.negative, threshold=e.threshold)
        level = "high" if e.peak >= 5 else "low"
        out.append((e.at, "negative_burst", e.platform, e.account_id, level, words))
    for e in private_data(book).itertuples():
        level = "high" if e.state == "open" else "low"
        out.append((e.at, "private_data", e.platform, e.item_id, level, e.evidence))
    # lines of one post or ad are one alarm
    wording = compliance.scan(book)
    wording = wording[wording["risk"] == "ban"].drop_duplicates(["item_kind", "item_id"])
    for e in wording.itertuples():
        words = t("8.1.2.evidence.wording", term=e.term, rule=e.rule)
        out.append((e.at, "banned_wording", e.platform, e.item_id, "high", words))
    for e in operations(book).itertuples():
        words = t("8.1.2.evidence.operation", operation=say(e.operation), reasons=e.reasons)
        level = "high" if e.is_sensitive else "medium"
        out.append((e.at, e.detector, e.platform, e.operator, level, words))
    for e in exports(book).itertuples():
        if e.is_alarm:
            words = t("8.1.2.evidence.export", rows=e.rows_exported, usual=e.usual_rows)
            out.append((e.at, "insider_export", e.platform, e.operator, "high", words))
    for e in credentials(book).itertuples():
        if e.state != "valid":
            words = t("8.1.2.evidence.expiry", kind=say(e.kind), days=e.days_left)
            level = "high" if e.days_left <= 14 else "medium"
            out.append((rows.last_day(book), "expiry", e.platform, e.subject, level, words))
    for e in events(book).itertuples():
        if e.kind == "regulation":
            words = t("8.1.2.evidence.event", days=e.days_left)
            out.append((rows.last_day(book), "industry_event", None, e.event_name, "medium", words))
    frame = pd.DataFrame(
        out, columns=["at", "detector", "platform", "subject", "severity", "evidence"]
    )
    frame.insert(2, "family", [about[d]["family"] for d in frame["detector"]])
    frame["at"] = pd.to_datetime(frame["at"])
    days = pd.Timedelta(days=(book.period.end - book.period.start).days + 1)
    still = private_data(book)
    held = credentials(book)
    if len(frame):
        book.say(
            "8.1.2",
            "8.1.2.say",
            new=int((frame["at"] > rows.last_day(book) + pd.Timedelta(days=1) - days).sum()),
            private=still.loc[still["state"] == "open", "item_id"].nunique(),
            expiring=int((held["state"] != "valid").sum()),
        )
    return frame.sort_values(["at", "detector"], ascending=[False, True], ignore_index=True)


def _off_hours(book, at):
    """True where a local time lies outside the working hours of workbook.toml."""
    hours = book.settings.working_hours
    start, end = (pd.Timedelta(f"{hours[k]}:00") for k in ("start", "end"))
    clock = at - at.dt.normalize()
    inside = (clock >= start) & (clock <= end) & at.dt.day_of_week.isin(hours["days"])
    return ~inside.to_numpy()
