"""5.2.1 to 5.2.3: the plan and what became of it - assets, own posts, replies in time."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook import config
from opsbook.chapters.campaigns import rows as campaign_rows
from opsbook.data.views import comment_service, conversations
from opsbook.estimate import Estimate
from opsbook.methods.asset_audit import asset_audit


def plan(book):
    """The dated plan of campaigns that run or come next, and of the last one where none does.

    One row per plan line: campaign_name, item (what, where), line_kind, start_date, end_date,
    platform, owner, hours, budget, state (planned, ready, done, dropped, late), days_late.
    """
    columns = ["campaign_name", "item", "line_kind", "start_date", "end_date", "platform",
               "content", "owner", "hours", "budget", "state", "days_late"]  # fmt: skip
    frame = campaign_rows.campaigns(book)
    shown = frame[frame["stage"] != "ended"]
    shown = shown if len(shown) else frame.tail(1)
    lines = campaign_rows.plan(book).merge(
        shown[["campaign_id", "campaign_name", "stage"]], on="campaign_id"
    )
    if lines.empty:
        return pd.DataFrame(columns=columns)
    end = pd.Timestamp(book.period.end)
    lines["start_date"] = lines["planned_date"]
    lines["end_date"] = lines["end_date"].fillna(lines["planned_date"])
    late = ~lines["state"].isin(["done", "dropped"]) & (lines["end_date"] < end)
    lines["days_late"] = (end - lines["end_date"]).dt.days.where(late, 0).astype("int64")
    lines["state"] = lines["state"].where(~late, "late")
    lines["item"] = [
        f"{name} {no}. {what if isinstance(what, str) and what else book.translator.value(kind)}"
        f" · {book.translator.value(platform)}"
        for name, no, what, kind, platform in zip(
            lines["campaign_name"], lines["line_no"], lines["content"], lines["line_kind"],
            lines["platform"], strict=True,
        )
    ]  # fmt: skip
    lines = lines.sort_values(["campaign_name", "start_date", "line_no"], ignore_index=True)
    for _, row in lines[(lines["state"] == "late") & (lines["stage"] != "ended")].iterrows():
        book.find("5.2.1", "high" if row["days_late"] > 3 else "medium", "5.2.1.late",
                  subject=row["item"], figure=float(row["days_late"]), unit="days",
                  owner=row["owner"], campaign=row["campaign_name"],
                  planned=row["end_date"].date())  # fmt: skip
    return lines[columns]


def assets(book):
    """Every asset that a plan asks for: its state, and the result of the audit (rules of chapter 4).

    One row per plan line of kind asset: asset_id, due, plan_state, state, checks, failed (the
    checks it fails), rights_expire_at, is_ready.
    """
    columns = ["campaign_name", "asset_id", "content", "due", "plan_state", "asset_state", "checks",
               "failed", "rights_expire_at", "is_ready"]  # fmt: skip
    frame = campaign_rows.campaigns(book)
    lines = campaign_rows.plan(book)
    lines = lines[lines["line_kind"] == "asset"].merge(
        frame[["campaign_id", "campaign_name", "stage", "start_date", "end_date"]],
        on="campaign_id", suffixes=("", "_campaign"),
    )  # fmt: skip
    if lines.empty:
        return pd.DataFrame(columns=columns)
    files = book.frame("assets").drop_duplicates("asset_id").set_index("asset_id")
    checked = audit(book, files.reset_index(), lines["asset_id"].dropna().unique())
    out = []
    for _, line in lines.iterrows():
        known = line["asset_id"] in files.index
        mine = checked[(checked["asset_id"] == line["asset_id"]) & checked["is_ok"].notna()]
        failed = [book.check_name(c) for c in mine.loc[~mine["is_ok"].astype(bool), "check"]]
        expires = files["rights_expire_at"].get(line["asset_id"]) if known else pd.NaT
        state = files["state"].get(line["asset_id"]) if known else "missing"
        covered = pd.isna(expires) or expires >= line["end_date_campaign"]
        ready = bool(known and state == "ready" and not failed and covered)
        out.append(
            (line["campaign_name"], line["asset_id"], line["content"],
             line["end_date"], line["state"], state, len(mine), ", ".join(failed), expires, ready)
        )  # fmt: skip
        if not ready and line["stage"] != "ended":
            why = (
                "missing" if not known else "failed" if failed else "rights" if not covered
                else "not_ready"
            )  # fmt: skip
            book.find("5.2.2", "medium", "5.2.2.asset",
                      subject=f"{line['campaign_name']}: {book.translator.value(line['asset_id'])}",
                      figure=float(max(len(failed), 1)), unit="times", owner="design",
                      why=book.t(f"5.2.2.why.{why}", failed=", ".join(failed)),
                      start=line["start_date"].date())  # fmt: skip
    return pd.DataFrame(out, columns=columns)


def audit(book, files, wanted):
    """The shared asset audit for some assets, once per open book."""
    standard = config.reference("visual_standard.toml", home_folder=book.settings.home)
    files = files[files["asset_id"].isin(list(wanted))]
    key = "asset_audit:" + ",".join(sorted(files["asset_id"]))
    return book.once(
        key,
        lambda: asset_audit(
            files, book.asset_path, standard,
            standard["palette"]["colours"] or book.settings.brand.get("colours"),
        ),
    )  # fmt: skip


def own_posts(book):
    """Posts published against the plan, and the exposure they reached.

    One row per campaign that has begun and account: planned (post lines due by now), published
    (posts on that account during the campaign), on_plan (planned days with a post within a day),
    on_plan_share, impressions (or views where the platform gives none), interactions, expected
    (exposure of as many ordinary posts of the account), exposure relative to it.
    """
    columns = ["campaign_name", "platform", "planned", "published", "on_plan", "on_plan_share",
               "exposure", "expected", "relative", "interactions", "n"]  # fmt: skip
    posts = campaign_rows.posts(book)
    lines = campaign_rows.plan(book)
    lines = lines[lines["line_kind"] == "post"]
    end = pd.Timestamp(book.period.end)
    if posts.empty or lines.empty:
        return pd.DataFrame(columns=columns)
    posts["exposure"] = posts["impressions"].fillna(posts["views"])
    out = []
    frame = campaign_rows.campaigns(book)
    for _, c in frame[frame["stage"] != "planned"].iterrows():
        mine = lines[(lines["campaign_id"] == c["campaign_id"]) & (lines["planned_date"] <= end)]
        for (platform, account), due in mine.groupby(["platform", "account_id"]):
            own = posts[(posts["platform"] == platform) & (posts["account_id"] == account)]
            first = min(due["planned_date"].min(), c["start_date"])
            here = own[own["date_day"].between(first, c["end_date"])]
            days = set(here["date_day"])
            near = [
                any(day + pd.Timedelta(days=k) in days for k in (-1, 0, 1))
                for day in due["planned_date"]
            ]
            usual = own[~own.index.isin(here.index)]["exposure"].median()
            expected = usual * here["exposure"].notna().sum()
            got = here["exposure"].sum(min_count=1)
            out.append(
                (c["campaign_name"], platform, len(due), len(here), sum(near),
                 sum(near) / len(due), got, expected,
                 got / expected - 1 if expected else np.nan, here["interactions"].sum(), len(here))
            )  # fmt: skip
            if sum(near) < len(due) and c["stage"] == "running":
                book.find("5.2.3", "medium", "5.2.3.missing",
                          subject=f"{c['campaign_name']}: {book.translator.value(platform)}",
                          figure=float(len(due) - sum(near)), unit="posts", n=len(due),
                          owner="content", due_posts=len(due), end=c["end_date"].date())  # fmt: skip
    return pd.DataFrame(out, columns=columns)


def replies(book):
    """Users' comments and messages during campaigns, and whether they were answered in time.

    One row per campaign and platform: received, answered, in_time (within the workbook's first
    response target), in_time_share with low and high (Wilson), median_minutes, and
    in_time_outside (the same share outside campaigns).
    """
    columns = ["campaign_name", "platform", "received", "answered", "in_time_share", "low", "high",
               "median_minutes", "in_time_outside_share", "n"]  # fmt: skip
    asked = book.once("campaign_replies", lambda: _answers(book))
    if asked.empty:
        return pd.DataFrame(columns=columns)
    target = float(book.settings.thresholds["first_response_minutes"])
    asked["in_time"] = asked["minutes"] <= target
    out = []
    frame = campaign_rows.campaigns(book)
    frame = frame[frame["stage"] != "planned"]
    inside = pd.Series(False, index=asked.index)
    for _, c in frame.iterrows():
        inside |= asked["date_day"].between(c["start_date"], c["end_date"])
    outside = asked[~inside].groupby("platform")["in_time"].mean()
    for _, c in frame.iterrows():
        part = asked[asked["date_day"].between(c["start_date"], c["end_date"])]
        for platform, mine in part.groupby("platform"):
            if c["platforms"] and platform not in c["platforms"]:
                continue
            share = mine["in_time"].mean()
            low, high = _wilson(mine["in_time"].sum(), len(mine))
            out.append(
                (c["campaign_name"], platform, len(mine), int(mine["minutes"].notna().sum()),
                 share, low, high, mine["minutes"].median(), outside.get(platform, np.nan),
                 len(mine))
            )  # fmt: skip
            if c["stage"] == "running" and high < outside.get(platform, 0.0):
                book.find("5.2.3", "medium", "5.2.3.slow",
                          subject=f"{c['campaign_name']}: {book.translator.value(platform)}",
                          figure=Estimate(share, low, high, len(mine), "Wilson", unit="fraction"),
                          owner="community", usual=outside[platform], target=target)  # fmt: skip
    return pd.DataFrame(out, columns=columns)


def _answers(book):
    """One row per user who wrote: platform, date_day, minutes to the answer, by chapter 3's clock."""
    book.asked.update(("messages", "comments"))
    talk = book.view("conversations", conversations).rename(columns={"response_minutes": "minutes"})
    public = book.view("comment_service", comment_service)
    # a comment asks for an answer only where the brand gives one
    public = public[public["is_replied"].astype(bool)].rename(columns={"reply_minutes": "minutes"})
    keep = ["platform", "date_day", "minutes"]
    parts = [part[keep] for part in (talk, public) if len(part)]
    rows = pd.concat(parts, ignore_index=True) if parts else talk[keep]
    return rows[rows["date_day"] <= pd.Timestamp(book.period.end)].reset_index(drop=True)


def _wilson(k, n, level=0.95):
    found = stats.binomtest(int(k), int(n)).proportion_ci(level, method="wilson")
    return float(found.low), float(found.high)
