"""Rules of chapter 6: types, audiences, tests, creatives, effect, budget."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd

from opsbook.chapters import ads
from opsbook.data.views.ads import AD
from opsbook.estimate import Estimate

from .case import Case, Given, both, rows

DAY = pd.date_range("2026-08-01", "2026-11-15")
NOISE = 1 + 0.1 * np.sin(np.arange(len(DAY)) * 1.7)
ABOUT = {"selling_point": None, "emotion": None, "form": None, "call_to_action": None, "copy_text": None,
         "asset_id": None, "ad_type": "feed"}  # fmt: skip


def ad(name, clicks=20.0, conversions=2.0, spend=100.0, **about):
    """A hundred days of one ad."""
    shape = np.roll(NOISE, sum(map(ord, name)) % 13)
    frame = pd.DataFrame({"date_day": DAY, "spend": spend, "impressions": 1000.0, "clicks": np.round(clicks * shape, 2),
                          "conversions": np.round(conversions * shape, 2), "conversions_value": 60.0 * conversions * shape})  # fmt: skip
    named = {"platform": "tencent_ads", "account_id": "x", "campaign_id": "c", "ad_group_id": "g", "ad_id": name,
             "campaign_name": "Autumn", "ad_group_name": "All", "ad_name": name, "currency": "CNY",
             "age": None, "gender": None, "region": None, "interest": None, "hour": None, "follows": np.nan}  # fmt: skip
    return frame.assign(**named | {"ad_type": "feed"} | about)


def delivered(*parts, dimension=None, **described):
    """The ads as chapter 6 reads them: described: ad -> its columns of the ad form."""
    frame = pd.concat(parts, ignore_index=True)
    about = frame.drop_duplicates("ad_id")[
        [*AD, "campaign_name", "ad_group_name", "ad_name", "ad_type"]
    ]
    for column in ABOUT:
        about[column] = [described.get(a, {}).get(column, ABOUT[column]) for a in about["ad_id"]]
    views = {f"ads:{dimension}": frame, "ads:None": frame}
    return {"views": views, "frames": {"ad_campaigns": about}}


def typed(clicks):
    """Three feed ads, and three of video that are clicked so often."""
    feed = [ad(f"f{i}") for i in range(3)]
    return delivered(*feed, *(ad(f"v{i}", clicks, ad_type="video") for i in range(3)))


def aged(conversions):
    """Two ages; the older converts so often."""
    return delivered(
        ad("a", age="18-24"), ad("b", conversions=conversions, age="25-34"), dimension="age"
    )


def tested(successes, trials=5000):
    """An A/B test of three weeks with a planned split of half and half; the control converts 5 %."""
    out = [(day, "A", True, 250, 5000) for day in DAY[-21:]] + [
        (day, "B", False, successes, trials) for day in DAY[-21:]
    ]
    frame = pd.DataFrame(out, columns=["date_day", "arm", "is_control", "successes", "trials"])
    return {"experiments": frame.assign(experiment_id="e", experiment_name="Button", metric="conversion", kind="rate",
                                        planned_share=0.5, planned_days=21, platform="tencent_ads", account_id="x")}  # fmt: skip


def pointed(clicks):
    """Six ads of two selling points; those on price are clicked so often."""
    named = {f"p{i}": {"selling_point": "price"} for i in range(3)} | {
        f"q{i}": {"selling_point": "origin"} for i in range(3)
    }
    return delivered(*(ad(n, clicks if n[0] == "p" else 20.0) for n in named), **named)


def called(conversions):
    """Six ads; the three without a call to action convert so often."""
    named = {f"p{i}": {"call_to_action": "buy_now", "copy_text": "茶"} for i in range(3)}
    named |= {f"q{i}": {"copy_text": "茶"} for i in range(3)}
    return delivered(
        *(ad(n, conversions=2.0 if n[0] == "p" else conversions) for n in named), **named
    )


def tiring(end):
    """An ad whose clicks per impression go from 40 to `end` in a thousand."""
    rate = np.geomspace(40, end, len(DAY))
    return delivered(ad("tired", clicks=1.0).assign(clicks=np.round(rate * NOISE)), ad("other"))


def written(copy):
    return delivered(ad("c"), c={"copy_text": copy})


def filed(ok):
    """An ad's file and the one check it was put to."""
    checked = rows("asset_id check measured", ("f1", "width_px", 80.0), platform="tencent_ads", allowed="200 ...",
                   rule_of="platform", is_ok=ok, kind="ad")  # fmt: skip
    given = delivered(ad("c"), c={"asset_id": "f1"})
    given["frames"]["assets"] = rows(
        "asset_id kind", ("f1", "ad"), platform="tencent_ads", path="f1.png"
    )
    return given | {"replaced": {"chapters.ads.creative.asset_audit": lambda *a, **k: checked}}


def weeks(now):
    """Conversions of the week, and two a day before."""
    last = DAY >= "2026-11-09"
    return delivered(ad("c").assign(conversions=np.where(last, now, 2.0) * NOISE))


def sold(paid):
    """What the shop was paid for orders from ads in the week."""
    lines = rows("order_id date_day", *((f"o{i}", DAY[-3]) for i in range(20)), traffic_type="paid", currency="CNY",
                 traffic_source="tencent_ads", paid=paid, net=paid)  # fmt: skip
    given = delivered(ad("c"))
    return given | {"views": given["views"] | {"orders": lines}}


def stated(total):
    """A batch whose file states a total of spend, where its rows add up to a hundred."""
    totals = json.dumps({"spend": [total, 100.0, total == 100.0]})
    batch = rows("preset file totals", ("google_ads_report", "ads.csv", totals))
    return {"data.store.Store.batches": lambda store: batch}


def burst(last):
    """Clicks that are twenty a day, and `last` on one day of the week."""
    frame = ad("c", 20.0, conversions=np.nan)
    frame.loc[frame["date_day"] == "2026-11-11", "clicks"] = last
    return delivered(frame)


def fit(low, identified=True):
    """A response of two channels and the gain of a move, with its lower bound."""
    spend = np.linspace(0, 300, 20)
    curves = pd.concat([pd.DataFrame({"channel": c, "spend": spend, "effect": k * np.sqrt(spend)})
                        for c, k in (("tencent_ads", 5.0), ("meta_ads", 20.0))])  # fmt: skip
    gain = Estimate(low + 50, low, low + 100, 100, "response", unit="currency")
    plan = SimpleNamespace(spend=pd.Series({"tencent_ads": 60.0, "meta_ads": 140.0}), gain=gain)
    return SimpleNamespace(identified=identified, reason="spend hardly varies: meta_ads",
        why=("flat_spend", {"channels": ["meta_ads"]}), curves=curves, n=100, method="response",
                           allocate=lambda *a, **k: plan)  # fmt: skip


def channels(found):
    two = delivered(ad("a"), ad("b", platform="meta_ads"))
    return two | {"replaced": {"chapters.ads.optimise.response": lambda book: found}}


def given(call, state):
    return Given(call, **state)


def case(rule, call, fires, silent):
    return Case(rule, given(call, fires), given(call, silent))


STRONG, ALIKE, WEAK = (given(ads.breakdown, aged(c)) for c in (6.0, 2.0, 0.5))
BETTER, SAME, WORSE, UNEVEN = (
    Given(ads.tests, frames=tested(*arm)) for arm in ((400,), (252,), (150,), (200, 4000))
)
MOVE, UNSURE, UNKNOWN = (
    given(ads.reallocation, channels(f))
    for f in (fit(20.0), fit(-20.0), fit(20.0, identified=False))
)

CASES = [
    case("6.1.1.best", ads.by_type, typed(60.0), typed(20.0)),
    Case("6.1.2.strong", STRONG, ALIKE),
    Case("6.1.2.weak", WEAK, ALIKE),
    Case("6.1.2.better", BETTER, SAME),
    Case("6.1.2.worse", WORSE, SAME),
    Case("6.1.2.split", UNEVEN, SAME),
    case("6.2.1.element", ads.elements, pointed(60.0), pointed(20.0)),
    case("6.2.1.worn", ads.fatigue, tiring(5.0), tiring(40.0)),
    case("6.2.2.no_call", ads.call_to_action, called(0.5), called(2.0)),
    case("6.2.2.asset", ads.assets, filed(False), filed(True)),
    case("6.2.2.copy", ads.copy_check, written("全国第一的茶"), written("今年的新茶")),
    case("6.3.1.moved", ads.overview, weeks(0.5), weeks(2.0)),
    case("6.3.1.overclaim", ads.against_shop, sold(10.0), sold(200.0)),
    both("6.3.1.totals", ads.reconciliation, replaced=(stated(130.0), stated(100.0))),
    case("6.3.2.move", ads.reallocation, channels(fit(20.0)), channels(fit(-20.0))),
    Case("6.3.2.not_identified", UNKNOWN, UNSURE),
    case("6.3.2.shift", ads.shifts, aged(6.0), aged(2.0)),
    case("6.3.2.pause", ads.pause_or_refresh,
         delivered(*(ad(f"k{i}") for i in range(4)), ad("dear", conversions=0.2)),
         delivered(*(ad(f"k{i}") for i in range(4)), ad("dear"))),
    case("6.3.2.alarm", ads.alerts, burst(200.0), burst(20.0)),
]  # fmt: skip
