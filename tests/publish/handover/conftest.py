"""A workbook with a content calendar, posts, accounts and one finished run with findings."""

import json
import shutil

import pandas as pd
import pytest

from opsbook import Store
from opsbook.config import DISTRIBUTION
from opsbook.publish.manifest import Manifest

PERIOD = "2026-W46"


def finding(number, **more):
    return {
        "finding_id": f"{number:016x}",
        "chapter": 6,
        "section": "6.3.1",
        "severity": "high",
        "what": "=HYPERLINK(\"http://x\") ad loses money",
        "subject": "ad 1",
        "figure": 0.5,
        "low": 0.3,
        "high": 0.7,
        "unit": "",
        "n": 40,
        "action": "Stop ad 1, \"now\"",
        "owner": "data",
        "due": "2026-11-18",
        "changes_if": "ROAS above 1",
        "period": PERIOD,
        "message": "6.3.1.loss",
    } | more  # fmt: skip


FINDINGS = [
    finding(1),
    finding(2, severity="critical", what="Banned word <b>in</b> [post](http://x)", owner="manager"),
    finding(3, severity="info", what="All quiet"),
]


def write_run(home, language="en", findings=FINDINGS, started="2026-11-16T01:00:00+00:00"):
    """A finished run as the runner leaves it."""
    folder = home / "reports" / PERIOD / language / started[:10].replace("-", "")
    folder.mkdir(parents=True)
    (folder / "findings.json").write_text(json.dumps(findings))
    manifest = Manifest(
        folder=folder, period=PERIOD, language=language, formats=(), data_version=1, code_hash="c",
        data_hash="d", parameter_hash="p", parameters={}, chapters={}, files={},
        started_at=started, finished_at=started, seconds=1.0,
    )  # fmt: skip
    manifest.write(folder)
    return manifest


def fill(home):
    """Rows of the store: two accounts, four planned posts, posts and orders of two weeks."""
    store = Store(home / "data" / "store")
    store.append(
        "accounts",
        pd.DataFrame(
            {
                "platform": ["weibo", "douyin"],
                "account_id": ["a1", "a2"],
                "account_name": ["=Tea", "茶"],
                "owner": ["content", "content"],
            }
        ),
        source="test",
    )
    store.append(
        "calendar_items",
        pd.DataFrame(
            {
                "item_id": ["C1", "C2", "C3", "C4"],
                "platform": ["weibo", "douyin", "weibo", "weibo"],
                "account_id": ["a1", "a2", "a1", "a1"],
                # 23:30 UTC is the next morning in Shanghai
                "slot_at": pd.to_datetime(
                    ["2026-11-29T23:30Z", "2026-12-01T04:00Z", "2026-11-20T01:00Z", "2026-11-21T01:00Z"]
                ),
                "theme": ["brewing"] * 4,
                "post_type": ["image", "video", "image", "image"],
                "title": ["+SUM(1,2); tea, \"hot\"\nwith milk", "泡茶", "gone", "out"],
                "owner": ["content"] * 4,
                "state": ["approved", "proposed", "published", "rejected"],
            }
        ),
        source="test",
    )  # fmt: skip
    days = pd.date_range("2026-11-02", "2026-11-15")
    store.append(
        "orders",
        pd.DataFrame(
            {
                "platform": "douyin",
                "shop_account_id": "s1",
                "order_id": [f"O{i}" for i in range(len(days))],
                "line_no": 1,
                "qty": 1,
                "line_amount": [100.25 + i for i in range(len(days))],
                "paid_amount": [90.10 + i for i in range(len(days))],
                "currency": "CNY",
                "status": "completed",
                # 17:00 UTC is the next local day
                "created_at": [d.tz_localize("UTC") - pd.Timedelta(hours=7) for d in days],
                "paid_at": [d.tz_localize("UTC") - pd.Timedelta(hours=7) for d in days],
                "person_key": "p_" + "a" * 24,
                "source_platform": "douyin",
                "source_account_id": "a2",
            }
        ),
        source="test",
    )
    posts = pd.DataFrame(
        {
            "platform": "weibo",
            "account_id": "a1",
            "post_id": [f"P{i}" for i in range(len(days))],
            "post_title": "茶",
            "created_timestamp": [d.tz_localize("UTC") for d in days],
            "post_type": "image",
        }
    )
    store.append("posts", posts, source="test")
    return store


@pytest.fixture(scope="session")
def brand(tmp_path_factory):
    """The folder of that workbook; read only."""
    home = tmp_path_factory.mktemp("handover") / "brand"
    (home / "data").mkdir(parents=True)
    shutil.copy(DISTRIBUTION / "data" / "workbook.toml", home / "data" / "workbook.toml")
    with open(home / "data" / "workbook.toml", "a", encoding="utf-8") as settings:
        settings.write('\n[handover.people]\ncontent = "ada@example.com"\n')
    fill(home)
    write_run(home)
    return home
