"""Rules of chapter 1: choice of platform, register, scorecard."""

import pandas as pd

from opsbook.chapters import accounts

from .case import PERIOD, Case, Given, both, rows


def account(**about):
    """One account of the register, complete unless said otherwise."""
    whole = {
        "platform": "weibo", "account_id": "a", "kind": "content", "status": "active", "owner": "content",
        "account_name": "Tea", "contact": "tea@example.com", "bio": "Tea", "avatar_asset_id": "v1",
        "cover_asset_id": "c1", "verification_status": "verified", "verification_kind": "brand",
        "verification_expires_at": "2027-11-01", "shop_account_id": "s", "decision": "Reach",
    }  # fmt: skip
    return {"accounts": pd.DataFrame([whole | about])}


def profiles(*bios):
    """Content accounts of three platforms and what each says of itself."""
    placed = zip(("weibo", "douyin", "xiaohongshu"), bios, strict=True)
    return {"accounts": pd.concat([account(platform=p, bio=b)["accounts"] for p, b in placed])}


def orders(source):
    """Forty orders of the week that came from a platform, or from nowhere."""
    at = pd.date_range("2026-11-09 08:00", periods=40, freq="3h")
    frame = pd.DataFrame({"order_id": [f"o{i}" for i in range(40)], "created_at": at})
    return {"orders": frame.assign(
        platform="shopify", shop_account_id="s", line_no=1, person_key="p", paid_amount=100.0,
        line_amount=100.0, status="completed", currency="CNY", source_platform=source,
    )}  # fmt: skip


def writers(again):
    """Sixty people who write to an official account; `again` of them on a second day."""
    who = [*range(60), *range(again)]
    at = [
        pd.Timestamp("2026-10-12 09:00") + pd.Timedelta(days=i // 60 * 5) for i in range(len(who))
    ]
    return {
        "accounts": account(platform="wechat_official", account_type="messaging")["accounts"],
        "messages": pd.DataFrame({"person_key": [f"p{i}" for i in who], "sent_timestamp": at}).assign(
            platform="wechat_official", account_id="a", direction="in", text="你好",
            message_id=[f"m{i}" for i in range(len(who))], conversation_id="c",
        ),
        "follower_daily": rows("date_day followers_total", ("2026-11-14", 900), platform="wechat_official",
                               account_id="a", channel="all"),
    }  # fmt: skip


def minutes(sold):
    """Eight live sessions of two segments; the tasting sells `sold` orders a minute, the rest two."""
    out = [(f"s{s}", m, "tasting" if m < 30 else "talk", 100.0, float((sold if m < 30 else 2) + (s + m) % 2))
           for s in range(8) for m in range(60)]  # fmt: skip
    frame = pd.DataFrame(out, columns=["session_id", "minute", "theme", "online", "orders"])
    return {"minutes": frame.assign(gmv=frame["orders"] * 50)}


def platforms(reach):
    """Two platforms that differ in fit, and in reach."""
    about = rows("platform audience_fit reach", ("weibo", 0.5, reach), ("douyin", 0.8, 0.5), depth=0.5,
                 conversion=0.5, cost=0.5, posts=9)  # fmt: skip
    return {"criteria": about.set_index("platform")}


def scored(value):
    """Eight weeks of an indicator against a target of nine tenths."""
    series = pd.Series([value + 0.01 * i for i in range(8, 0, -1)])
    target = rows("indicator target", ("conversation_answer_rate", 0.9), platform="all", account_id="all", period=PERIOD,
                  owner="community")  # fmt: skip
    return {
        "known": {"history": {"conversation_answer_rate": series}},
        "frames": {"targets": target},
    }


def pairs(value, low, p):
    """What lead and lag finds between two accounts."""
    found = rows(
        "leader follower lag correlation low high n p_adjusted",
        ("a", "b", 2, value, low, value + 0.1, 300, p),
    )
    return {"methods.lead_lag.pairs": lambda *a, **k: found}


def viewed():
    """Views of posts of two accounts by day."""
    day = pd.date_range("2026-09-01", "2026-11-08", freq="D")
    both_ = [pd.DataFrame({"platform": p, "account_id": "a", "date_day": day, "indicator": n, "numerator": v})
             for p in ("weibo", "douyin") for n, v in (("views", 900.0), ("posts_published", 1.0))]  # fmt: skip
    table = pd.concat(both_, ignore_index=True)
    return {"data.indicators.parts": lambda *a, **k: table,
            "chapters.accounts.synergy.crossposts": lambda book: pd.DataFrame(columns=["posts", "share"])}  # fmt: skip


LAPSED, SOON, LATER = (
    Given(accounts.verification, frames=account(verification_expires_at=day))
    for day in ("2026-11-01", "2026-11-25", "2027-11-01")
)

CASES = [
    both("1.1.close", accounts.ranking, known=(platforms(0.9), platforms(0.5))),
    both("1.1.2.few_return", accounts.messaging, tables=(writers(1), writers(30))),
    both("1.1.4.sells", accounts.selling_minutes, known=(minutes(6), minutes(2))),
    both("1.2.1.no_reason", accounts.decisions, known=platforms(0.5),
         frames=(account(decision=None), account(decision="Reach"))),
    both("1.2.2.missing", accounts.completeness, frames=(account(contact=None), account())),
    both("1.2.2.differs", accounts.completeness,
         frames=(profiles("Tea", "Tea", "Coffee"), profiles("Tea", "Tea", "Tea"))),
    Case("1.2.3.lapsed", LAPSED, SOON),
    Case("1.2.3.lapses", SOON, LATER),
    both("1.2.3.unverified", accounts.verification, frames=(account(verification_status="pending"), account())),
    both("1.2.4.unattributed", accounts.attribution, tables=(orders(None), orders("weibo"))),
    both("1.2.4.unbound", accounts.binding, frames=(account(shop_account_id=None), account())),
    Case("1.3.missed", Given(accounts.scorecard, **scored(0.5)), Given(accounts.scorecard, **scored(0.9))),
    both("1.3.3.stale", accounts.freshness,
         tables=tuple({"follower_daily": rows("date_day new_followers", (day, 5), platform="weibo", account_id="a",
                                              channel="all")} for day in ("2026-10-01", "2026-11-14"))),
    both("1.3.5.leads", accounts.lead_and_lag,
         replaced=({**viewed(), **pairs(0.4, 0.3, 0.001)}, {**viewed(), **pairs(0.1, -0.1, 0.4)})),
]  # fmt: skip
