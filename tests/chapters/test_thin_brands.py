"""Every chapter on four thin brands: what is there is shown, what is missing is named."""

import datetime as dt

import pandas as pd
import pytest

from opsbook.data import schema
from opsbook.data.store import Store

from . import cells
from .conftest import make_home

END = dt.date(2026, 11, 15)
ADS = ("ad_campaigns", "ads_daily", "ads_period", "experiments")
ENGLISH = ("instagram", "tiktok", "x", "youtube", "shopify", "meta_ads", "google_ads")
# days up to END, platforms (None: all), tables left out, and whether forms without a platform are kept
BRANDS = {
    "two_weeks": {"days": 14, "platforms": ("weibo",), "without": ADS, "forms": False},
    "no_ads": {"days": 120, "platforms": None, "without": ADS, "forms": True},
    "english": {"days": 120, "platforms": ENGLISH, "without": (), "forms": True},
    "empty": {"days": 0, "platforms": (), "without": (), "forms": False},
}
# brand -> chapter -> sections with nothing to show; every other section shows rows or a chart
BLANK = {
    "two_weeks": {
        0: "0.2 0.3 0.5",
        1: "1.1.2 1.1.3 1.1.4 1.1.5 1.1.6 1.3.5 1.3.6",
        3: "3.2.2 3.3.1",
        4: "4.1.1 4.1.2 4.2.1 4.3.1 4.3.2",
        5: "5.1 5.1.1 5.1.2 5.1.3 5.1.4 5.1.5 5.1.6 5.2.1 5.2.2 5.2.3 5.2.4 5.2.5 5.3.1 5.3.2 5.3.3 5.3.4",
        6: "6.1.1 6.1.2 6.2.1 6.2.2 6.3.1 6.3.2",
        7: "7.3.2",
        8: "8.2.1 8.2.2 8.3.2",
        9: "9.1 9.3",
        10: "10.2.3 10.2.4 10.3.1 10.3.2 10.3.4 10.3.5",
    },
    "no_ads": {
        0: "0.3 0.5",  # the portal waits for a run and for import batches
        1: "1.1.5",
        4: "4.1.1 4.1.2",
        6: "6.1.1 6.1.2 6.2.1 6.2.2 6.3.1 6.3.2",
    },
    "english": {
        0: "0.3 0.5",
        1: "1.1.2 1.1.4 1.1.5 1.1.6 1.3.6",
        3: "3.2.2",
        4: "4.1.1 4.1.2 4.3.2",
        5: "5.1.3 5.1.5 5.2.1 5.2.2 5.2.3",
        10: "10.3.5",
    },
}


def cut(store, days, platforms, without, forms):
    """The tables of a store, cut to the newest days, to platforms, and without some tables."""
    start = pd.Timestamp(END) - pd.Timedelta(days=days - 1)
    kept = {}
    for name, about in schema.tables().items():
        frame = store.frame(name)
        if name in without or not days:
            continue
        if platforms is not None and "platform" in frame:
            frame = frame[frame["platform"].isin(platforms)]
        elif not forms:
            continue
        if about.when and name not in ("accounts", "campaigns", "team"):
            when = pd.to_datetime(frame[about.when], utc=True).dt.tz_localize(None)
            frame = frame[~(when < start)]
        if len(frame):
            kept[name] = frame[list(about.columns)]
    return kept


@pytest.fixture(scope="module", params=BRANDS)
def thin(request, sample_home, tmp_path_factory):
    """(kind, home) of a brand cut out of the sample."""
    home = make_home(tmp_path_factory.mktemp(request.param))
    store = Store(home / "data" / "store")
    for name, frame in cut(Store(sample_home / "data" / "store"), **BRANDS[request.param]).items():
        store.append(name, frame, source="test")
    return request.param, home


@pytest.mark.parametrize("number", range(11))
def test_a_thin_brand_is_shown_and_what_is_missing_is_named(thin, number):
    kind, home = thin
    ran = cells.run(number, home)
    for section, table in ran.tables():
        assert table["n"] or table["note"], section
    if kind == "empty" and number:
        # the law's checklist is there without data: that nobody has checked it is a finding
        unchecked = {"8.3.1.not_checked"} if number == 8 else set()
        assert ran.book.state == "no_data"
        assert {one["message"] for one in ran.findings()} == unchecked
    for one in ran.findings():
        assert one["figure"] == one["figure"] and one["action"] and one["changes_if"]
    blank = {section for section, is_shown in ran.sections().items() if not is_shown}
    if kind in BLANK:
        assert blank == set(BLANK[kind].get(number, "").split())
