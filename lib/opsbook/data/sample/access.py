"""Who did what on which account, and which passwords, tokens and licences lapse when."""

from datetime import timedelta

import pandas as pd

from opsbook.data.sample.people import person
from opsbook.data.sample.world import ACCOUNTS, END, account


def account_operations(world):
    """Who did what on which account in the last 120 days; nights and exports where planted."""
    rng = world.rng("operations")
    rows = []
    names = [f"op{i:02d}" for i in range(1, 10)]
    for k in range(120):
        day = END - timedelta(days=119 - k)
        for _ in range(rng.poisson(9 if day.weekday() < 6 else 2)):
            a = ACCOUNTS[rng.integers(len(ACCOUNTS))]
            kind = ("login", "post", "reply", "reply", "export")[rng.integers(5)]
            at = pd.Timestamp(day) + pd.Timedelta(minutes=int(rng.integers(9 * 60, 18 * 60)))
            who = names[rng.integers(5)]
            rows.append(
                [
                    a.platform,
                    a.account_id,
                    at,
                    who,
                    kind,
                    "10.2.x.x",
                    "office-pc",
                    "上海",
                    int(rng.lognormal(6.2, 0.5)) if kind == "export" else None,
                    True,
                ]
            )
    marks = {}
    if plan := world.plan("off_hours"):
        r = world.rng("off hours")
        for _ in range(plan["operations"]):
            a = account(("xiaohongshu", "douyin", "weibo")[r.integers(3)])
            at = pd.Timestamp(plan["date"]) + pd.Timedelta(minutes=int(r.integers(60, 290)))
            marks[len(rows)] = plan["operation_ids"]
            rows.append(
                [
                    a.platform,
                    a.account_id,
                    at,
                    plan["operators"][0],
                    ("login", "delete", "grant", "change_password")[r.integers(4)],
                    "100.64.x.x",
                    "unknown-phone",
                    "境外",
                    None,
                    True,
                ]
            )
    if plan := world.plan("insider_exports"):
        a = account("xiaohongshu")
        marks[len(rows)] = plan["operation_ids"]
        rows.append(
            [
                a.platform,
                a.account_id,
                pd.Timestamp(plan["date"]) + pd.Timedelta(hours=16, minutes=12),
                plan["operator"],
                "export",
                "10.2.x.x",
                "office-pc",
                "上海",
                plan["rows"],
                True,
            ]
        )
    frame = pd.DataFrame(
        rows,
        columns=[
            "platform",
            "account_id",
            "operated_at",
            "operator",
            "operation",
            "ip",
            "device",
            "region",
            "rows_exported",
            "success",
        ],
    )
    frame["rows_exported"] = frame["rows_exported"].astype("Int64")
    frame["mark"] = range(len(frame))
    frame = frame.sort_values(["operated_at", "mark"], kind="stable", ignore_index=True)
    frame.insert(0, "operation_id", [f"OP{i + 1:05d}" for i in range(len(frame))])
    for row in frame[frame["mark"].isin(list(marks))].itertuples():
        marks[row.mark].append(row.operation_id)
    frame["operator"] = [person(f"staff {v}") for v in frame["operator"]]
    return frame.drop(columns="mark")


def credentials(world):
    """Passwords, tokens, certificates, licences and the day on which each of them lapses."""
    plan = world.plan("expiring")
    rows = []
    for n in range(1, 15):
        rng = world.rng(f"credential {n}")
        key, a = f"K{n:02d}", ACCOUNTS[n % len(ACCOUNTS)]
        issued = END - timedelta(days=int(rng.integers(60, 300)))
        expires = END + timedelta(days=int(rng.integers(60, 400)))
        if plan and key in plan["credentials"]:
            expires = END + timedelta(days=plan["days"][plan["credentials"].index(key)])
        rows.append(
            (
                key,
                ("password", "api_token", "certificate", "domain", "licence")[n % 5],
                a.platform,
                a.account_id,
                "data",
                issued,
                expires,
                "sample",
            )
        )
    return pd.DataFrame(
        rows,
        columns=[
            "credential_id",
            "kind",
            "platform",
            "account_id",
            "owner",
            "issued_at",
            "expires_at",
            "note",
        ],
    )
