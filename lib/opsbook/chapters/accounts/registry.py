"""1.2: the account registry - complete, verified, bound to a shop; what is missing, who, until when."""

import numpy as np
import pandas as pd

from opsbook.data import indicators
from opsbook.estimate import Estimate
from opsbook.methods.ratios import wilson

FIELDS = ("account_name", "contact", "bio", "avatar_asset_id", "cover_asset_id")
# A platform without a field of its own is not asked for it
WITHOUT = {"x": (), "wechat_official": ("cover_asset_id",)}


def progress(book):
    """The registry: one row per account with its state in each step of 1.2.1 to 1.2.4.

    Columns: platform, account_id, account_name, kind, owner, platform_step, profile_step,
    verification_step, binding_step (done, open, not_needed), done_share, missing, next_expiry.
    """
    accounts = _accounts(book)
    if accounts.empty:
        return pd.DataFrame(columns=["platform", "account_id"])
    complete = completeness(book).set_index(["platform", "account_id"])
    expiry = expiries(book)
    soonest = expiry.groupby(["platform", "account_id"])["expires_at"].min()
    out = []
    for row in accounts.itertuples():
        key = (row.platform, row.account_id)
        content = row.kind == "content"
        missing = complete.loc[key, "missing"] if key in complete.index else ""
        steps = {
            "platform": _step(bool(str(row.decision or "").strip() not in ("", "nan")), content),
            "profile": _step(missing == "", content),
            "verification": _step(row.verification_status == "verified", content),
            "binding": _step(pd.notna(row.shop_account_id), content),
        }
        needed = [s for s in steps.values() if s != "not_needed"]
        out.append(
            {
                "platform": row.platform,
                "account_id": row.account_id,
                "account_name": row.account_name,
                "kind": row.kind,
                "owner": row.owner,
                **{f"{k}_step": v for k, v in steps.items()},
                "done_share": np.mean([s == "done" for s in needed]) if needed else np.nan,
                "missing": missing,
                "next_expiry": soonest.get(key, pd.NaT),
            }
        )
    frame = pd.DataFrame(out)
    frame["next_expiry"] = pd.to_datetime(frame["next_expiry"])
    return frame.sort_values(["done_share", "platform"], na_position="last", ignore_index=True)


def completeness(book):
    """1.2.2: fields filled per content account: platform, account_id, filled, needed, complete_share,
    missing, differs (fields that say something else than most accounts), owner.
    """
    return book.once("completeness", lambda: _completeness(book))


def _completeness(book):
    accounts = _accounts(book)
    accounts = accounts[accounts["kind"] == "content"]
    if accounts.empty:
        return pd.DataFrame(columns=["platform", "account_id", "missing"])
    common = _common(accounts)
    out = []
    for _, row in accounts.iterrows():
        fields = [f for f in FIELDS if f not in WITHOUT.get(row["platform"], ())]
        empty = [f for f in fields if not _filled(row[f])]
        other = [
            f
            for f, value in common.items()
            if f in fields
            and _filled(row[f])
            and value[_script(row[f])] not in (None, str(row[f]).strip())
        ]
        out.append(
            {
                "platform": row["platform"],
                "account_id": row["account_id"],
                "filled": len(fields) - len(empty),
                "needed": len(fields),
                "complete_share": 1 - len(empty) / len(fields),
                "missing": book.t("shown.list").join(book.t(f"field.{f}") for f in empty),
                "differs": book.t("shown.list").join(book.t(f"field.{f}") for f in other),
                "owner": row["owner"],
            }
        )
        if empty:
            book.find(
                "1.2.2",
                "medium",
                "1.2.2.missing",
                subject=_name(book, row),
                figure=float(len(empty)),
                n=len(fields),
                unit="",
                owner=_owner(row),
                fields=out[-1]["missing"],
            )
        if other:
            book.find(
                "1.2.2",
                "low",
                "1.2.2.differs",
                subject=_name(book, row),
                figure=float(len(other)),
                n=len(accounts),
                owner=_owner(row),
                fields=out[-1]["differs"],
            )
    return pd.DataFrame(out).sort_values("complete_share", ignore_index=True)


def verification(book):
    """1.2.3: status and expiry per content account: status, kind, verified_at, expires_at, days_left,
    is_due (lapses within the days that workbook.toml sets, or has lapsed), owner.
    """
    accounts = _accounts(book)
    accounts = accounts[accounts["kind"] == "content"]
    if accounts.empty:
        return pd.DataFrame(columns=["platform", "account_id"])
    end = pd.Timestamp(book.period.end)
    frame = accounts[
        ["platform", "account_id", "verification_status", "verification_kind", "verified_at"]
    ].copy()
    frame["expires_at"] = accounts["verification_expires_at"]
    frame["days_left"] = (frame["expires_at"] - end).dt.days
    limit = int(book.settings.thresholds["expiry_days"])
    frame["is_due"] = (frame["days_left"] <= limit).fillna(False)
    frame["owner"] = accounts["owner"]
    for _, row in frame.iterrows():
        if row["is_due"]:
            book.find(
                "1.2.3",
                "high" if row["days_left"] <= limit / 2 else "medium",
                "1.2.3.lapsed" if row["days_left"] < 0 else "1.2.3.lapses",
                subject=_name(book, row),
                figure=float(abs(row["days_left"])),
                unit="days",
                owner=_owner(row),
                date=row["expires_at"],
            )
        elif row["verification_status"] != "verified":
            book.find(
                "1.2.3",
                "medium",
                "1.2.3.unverified",
                subject=_name(book, row),
                figure=1.0,
                owner=_owner(row),
                status=book.translator.value(
                    row["verification_status"]
                    if pd.notna(row["verification_status"])
                    else "unknown"
                ),
            )
    return frame.sort_values("expires_at", ignore_index=True)


def expiries(book):
    """What lapses when: verifications and credentials with platform, account_id, what, expires_at,
    days_left, owner; newest first to lapse on top.
    """
    accounts = _accounts(book)
    first = accounts.dropna(subset=["verification_expires_at"])
    first = pd.DataFrame(
        {
            "platform": first["platform"],
            "account_id": first["account_id"],
            "what": "verification",
            "start": first["verified_at"],
            "expires_at": first["verification_expires_at"],
            "owner": first["owner"],
        }
    )
    held = book.frame("credentials")
    second = pd.DataFrame(
        {
            "platform": held["platform"],
            "account_id": held["account_id"],
            "what": held["kind"],
            "start": held["issued_at"],
            "expires_at": held["expires_at"],
            "owner": held["owner"],
        }
    )
    parts = [p for p in (first, second) if len(p)]
    columns = ["platform", "account_id", "what", "start", "expires_at", "owner", "days_left"]
    if not parts:
        return pd.DataFrame(columns=columns)
    frame = pd.concat(parts, ignore_index=True)
    frame["days_left"] = (frame["expires_at"] - pd.Timestamp(book.period.end)).dt.days
    return frame.sort_values("expires_at", ignore_index=True)


def expiry_calendar(book, days=400):
    """The calendar of `expiries` for a Gantt view: item, start, end, state (due, soon, later)."""
    frame = expiries(book)
    frame = frame[frame["days_left"] <= days]
    if frame.empty:
        return pd.DataFrame(columns=["item", "start", "end", "state"])
    end = pd.Timestamp(book.period.end)
    limit = int(book.settings.thresholds["expiry_days"])
    words = book.translator.value
    return pd.DataFrame(
        {
            "item": [
                f"{words(p) if pd.notna(p) else '–'} {a if pd.notna(a) else ''} · {words(w)}"
                for p, a, w in zip(
                    frame["platform"], frame["account_id"], frame["what"], strict=True
                )
            ],
            "start": end,
            "end": frame["expires_at"].clip(lower=end),
            "state": np.select(
                [frame["days_left"] <= limit, frame["days_left"] <= 3 * limit],
                ["due", "soon"],
                default="later",
            ),
        }
    ).drop_duplicates("item")


def binding(book):
    """1.2.4: which account is bound to which shop: platform, account_id, shop_account_id, bound_at,
    is_bound, orders and sales_paid of the period that came from it.
    """
    accounts = _accounts(book)
    accounts = accounts[accounts["kind"] == "content"]
    if accounts.empty:
        return pd.DataFrame(columns=["platform", "account_id"])
    sold = book.indicators(["orders_count", "sales_paid"], by=["platform", "account_id"])
    frame = accounts[["platform", "account_id", "shop_account_id", "shop_bound_at", "owner"]].merge(
        sold, on=["platform", "account_id"], how="left"
    )
    frame["is_bound"] = frame["shop_account_id"].notna()
    for _, row in frame[~frame["is_bound"]].iterrows():
        book.find(
            "1.2.4",
            "medium",
            "1.2.4.unbound",
            subject=_name(book, row),
            figure=float(row["orders_count"]) if pd.notna(row["orders_count"]) else 0.0,
            unit="times",
            owner=_owner(row),
        )
    return frame.sort_values("is_bound", ignore_index=True)


def attribution(book):
    """Orders of the period that arrive without a source: shop_account_id, orders, unattributed,
    unattributed_share, low, high (Wilson interval), sales_unattributed.
    """
    out = []
    for attributed in (True, False):
        frame = indicators.compute(
            book.store,
            ["orders_count", "sales_paid"],
            by="shop_account_id",
            period=book.period,
            version=book.version,
            filters={"is_attributed": attributed},
        )
        out.append(frame.set_index("shop_account_id").add_suffix("_yes" if attributed else "_no"))
    book.asked.add("orders")
    table = out[0].join(out[1], how="outer").fillna(0.0)
    columns = ["shop_account_id", "orders", "unattributed", "unattributed_share", "low", "high"]
    if table.empty:
        return pd.DataFrame(columns=columns)
    table["orders"] = table["orders_count_yes"] + table["orders_count_no"]
    table["unattributed"] = table["orders_count_no"]
    table["unattributed_share"] = table["unattributed"] / table["orders"].where(table["orders"] > 0)
    bounds = [wilson(u, n) for u, n in zip(table["unattributed"], table["orders"], strict=True)]
    table["low"], table["high"] = [b[0] for b in bounds], [b[1] for b in bounds]
    table["sales_unattributed"] = table["sales_paid_no"]
    table = table.reset_index()[[*columns, "sales_unattributed"]]
    whole = float(table["unattributed"].sum()), float(table["orders"].sum())
    if whole[1] and whole[0] / whole[1] > 0.5:
        low, high = wilson(*whole)
        book.find(
            "1.2.4",
            "low",
            "1.2.4.unattributed",
            subject=str(book.translator.value("all")),
            figure=Estimate(
                whole[0] / whole[1], low, high, int(whole[1]), "Wilson", unit="fraction"
            ),
            sales=float(table["sales_unattributed"].sum()),
        )
    return table.sort_values("unattributed", ascending=False, ignore_index=True)


def _accounts(book):
    frame = book.frame("accounts")
    return frame[frame["status"].fillna("") != "closed"].reset_index(drop=True)


def _common(accounts):
    """The usual contact of the content accounts: what most of them show, by script of the text."""
    found = {}
    for field in ("contact", "bio"):
        known = accounts[field].dropna().astype(str).str.strip()
        usual = {}
        for script in ("han", "latin"):
            own = known[known.map(_script) == script]
            top = own.value_counts()
            # one account alone, or a tie, is no usual form
            clear = len(top) == 1 or (len(top) > 1 and top.iloc[0] > top.iloc[1])
            usual[script] = top.index[0] if clear and len(own) >= 3 else None
        found[field] = usual
    return {field: usual for field, usual in found.items() if any(usual.values())}


def _script(text):
    return "han" if any("\u4e00" <= c <= "\u9fff" for c in str(text)) else "latin"


def _filled(value):
    return pd.notna(value) and str(value).strip() != ""


def _step(done, needed):
    return "done" if done else "open" if needed else "not_needed"


def _name(book, row):
    return f"{book.translator.value(row['platform'])} · {row['account_id']}"


def _owner(row):
    return str(row["owner"]) if pd.notna(row["owner"]) else None
