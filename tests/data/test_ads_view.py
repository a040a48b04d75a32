"""Ads by day: the same money exported whole, split and by other levels is counted once."""

import pandas as pd
import pytest

from opsbook.data import indicators
from opsbook.data.store import Store
from opsbook.data.views import ads_daily

DAY = pd.Timestamp("2026-11-02").date()
IDS = {"campaign_id": "c1", "ad_group_id": "g1"}
ADS = [{**IDS, "ad_id": "a1", "spend": 60}, {**IDS, "ad_id": "a2", "spend": 40}]
HOURS = [{"campaign_id": "c1", "breakdown": f"hour={h}", "hour": h, "spend": 50} for h in (9, 21)]
REGIONS = [{"breakdown": f"region={r}", "region": r, "spend": s} for r, s in (("n", 70), ("s", 30))]
CAMPAIGN = [{"campaign_id": "c1", "spend": 100}]
ACCOUNT = [{"spend": 100}]


def store_of(folder, *files):
    """A store with one batch for each list of rows."""
    store = Store(folder)
    blank = {
        "campaign_id": "",
        "ad_group_id": "",
        "ad_id": "",
        "breakdown": "all",
        "currency": "CNY",
    }
    blank |= {"platform": "google_ads", "account_id": "g", "date_day": DAY}
    for number, rows in enumerate(files):
        frame = pd.DataFrame([{**blank, **row} for row in rows])
        store.append("ads_daily", frame, source=f"file {number}")
    return store


@pytest.mark.parametrize(
    "files",
    [
        (ADS,),
        (ADS, HOURS),
        (HOURS, REGIONS),
        (ADS, CAMPAIGN),
        (ADS, CAMPAIGN, HOURS, REGIONS),
        (CAMPAIGN, ACCOUNT),
        (ACCOUNT, REGIONS),
        (CAMPAIGN, REGIONS),
        (ACCOUNT, HOURS),
        ([{"ad_id": "plan 1", "spend": 100}], REGIONS),
    ],
)
def test_the_same_hundred_is_counted_once(tmp_path, files):
    store = store_of(tmp_path / "store", *files)
    assert indicators.compute(store, "ad_spend")["ad_spend"].iloc[0] == 100


def test_money_of_other_campaigns_and_of_ads_without_a_name_is_kept(tmp_path):
    store = store_of(
        tmp_path / "store",
        [*ADS, {**IDS, "spend": 5}, {"spend": 7}],
        [{"campaign_id": "c2", "breakdown": "hour=9", "hour": 9, "spend": 11}],
    )
    assert indicators.compute(store, "ad_spend")["ad_spend"].iloc[0] == 123


def test_a_dimension_takes_the_split_that_carries_it(tmp_path):
    store = store_of(tmp_path / "store", ADS, HOURS, REGIONS)
    for dimension, wanted in (("hour", {9: 50, 21: 50}), ("region", {"n": 70, "s": 30})):
        rows = ads_daily(store, dimension=dimension).to_pandas()
        assert rows.set_index(dimension)["spend"].to_dict() == wanted
