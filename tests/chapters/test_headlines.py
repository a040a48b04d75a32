"""The index: headline figures by week, as the dashboard's first page draws them."""

import pandas as pd
import pytest

from opsbook.chapters import portal
from opsbook.present.language import Translator

WEEKS = pd.date_range("2026-08-24", periods=12, freq="7D")  # Mondays; the last is 2026-W46
ORDERS = [3, 1, 2, 0, 4, 2, 5, 3, 2, 1, 4, 6]


def _orders():
    days = [day for day, count in zip(WEEKS, ORDERS, strict=True) for _ in range(count)]
    return pd.DataFrame(
        {
            "platform": "xiaohongshu",
            "shop_account_id": "shop",
            "line_no": 1,
            "order_id": [f"o{i}" for i in range(len(days))],
            "created_at": [day + pd.Timedelta(hours=12) for day in days],
        }
    )


def test_a_headline_has_its_weeks_its_change_and_its_words(tiny_book):
    book = tiny_book(0, {"orders": _orders()}, period="2026-W46")
    words = {language: Translator(language) for language in ("en", "zh-Hans")}
    found = {row["chapter"]: row for row in portal.by_week(book, words)}
    row = found[7]
    assert row["weeks"] == [float(n) if n else None for n in ORDERS]
    assert row["change"] == pytest.approx(6 / 4 - 1)
    assert row["status"] == "better"
    assert row["told"]["en"] == {"name": "Orders", "figure": "6"}
    assert row["told"]["zh-Hans"]["name"] == "订单数"
    assert 6 not in found  # no ads: no figure, not a zero


def test_a_level_is_read_at_the_end_of_each_week(tiny_book):
    counts = pd.DataFrame(
        {
            "platform": "weibo",
            "account_id": "a",
            "channel": "all",
            "date_day": WEEKS + pd.Timedelta(days=6),
            "followers_total": [100 + i for i in range(12)],
        }
    )
    book = tiny_book(0, {"follower_daily": counts}, period="2026-W46")
    found = {row["chapter"]: row for row in portal.by_week(book, {"en": Translator("en")})}
    assert found[1]["weeks"] == counts["followers_total"].astype(float).tolist()
