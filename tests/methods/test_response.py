"""Response curves and budget splits."""

import numpy as np
import pandas as pd
import pytest

from opsbook.errors import BadValue, MissingColumns
from opsbook.methods import _budget, response
from opsbook.methods._carry_over import adstock, hill
from opsbook.proof import _claim
from opsbook.proof import response as proof


@pytest.fixture(scope="module")
def market():
    return proof.market(np.random.default_rng(5), "autocorrelated")


@pytest.fixture(scope="module")
def fitted(market):
    return response.fit(market, proof.CHANNELS, "sales")


def test_adstock_by_hand():
    np.testing.assert_allclose(adstock(np.array([4.0, 0.0, 8.0]), 0.5), [4.0, 2.0, 5.0])
    np.testing.assert_allclose(adstock(np.full(5, 7.0), 0.8), 7.0)


def test_hill_is_half_at_its_half():
    np.testing.assert_allclose(hill(np.array([0.0, 30.0, 1e9]), 30.0, 2.0), [0.0, 0.5, 1.0])


def test_curves_have_their_shape(fitted):
    assert fitted.identified and fitted.reason == ""
    assert list(fitted.curves.columns) == ["channel", "spend", "effect", "low", "high"]
    assert fitted.curves["channel"].unique().tolist() == proof.CHANNELS
    for _, curve in fitted.curves.groupby("channel"):
        assert curve["effect"].iloc[0] == 0
        assert (curve["effect"].diff().dropna() >= 0).all()
        assert (curve["low"] <= curve["effect"]).all()
        assert (curve["effect"] <= curve["high"]).all()


def test_curves_hold_the_planted_effect(fitted, market):
    for k, name in enumerate(proof.CHANNELS):
        curve = fitted.curves[fitted.curves["channel"] == name]
        spend = market[name].mean()
        low, high = (np.interp(spend, curve["spend"], curve[side]) for side in ("low", "high"))
        assert low <= proof.true_effect("autocorrelated", np.full(3, spend))[k] <= high


def test_same_input_same_result(market, fitted):
    shuffled = market.sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(
        response.fit(shuffled, proof.CHANNELS, "sales").curves, fitted.curves
    )


def test_split_sums_and_equalises_marginal_returns(fitted):
    proposal = fitted.allocate(150.0)
    assert proposal.spend.sum() == pytest.approx(150)
    assert proposal.spend.index.tolist() == proof.CHANNELS
    assert proof.marginal_gap(fitted, proposal.spend) < 0.01
    assert proposal.gain.enough
    assert proposal.gain.low <= proposal.gain.value <= proposal.gain.high


def test_no_other_split_on_a_grid_is_better(fitted):
    best = _budget.effects(fitted.allocate(150.0).spend.to_numpy(), fitted.draws).sum(1).mean()
    for first in np.linspace(0, 150, 16):
        for second in np.linspace(0, 150 - first, 16):
            split = np.array([first, second, 150 - first - second])
            assert _budget.effects(split, fitted.draws).sum(1).mean() <= best * (1 + 1e-6)


def test_bounds_are_kept(fitted):
    bounds = {"search": (10, 30), "video": (45, 60)}
    spend = fitted.allocate(150.0, bounds).spend
    assert spend.sum() == pytest.approx(150)
    assert 10 - 1e-9 <= spend["search"] <= 30 + 1e-9
    assert 45 - 1e-9 <= spend["video"] <= 60 + 1e-9
    fixed = {name: (50, 50) for name in proof.CHANNELS}
    assert fitted.allocate(150, fixed).spend.tolist() == [50, 50, 50]


def test_bounds_without_a_split_are_refused(fitted):
    with pytest.raises(BadValue, match="bounds allow 160 to"):
        fitted.allocate(150, {"feed": (160, 200)})
    with pytest.raises(BadValue, match="in all, total is 150"):
        fitted.allocate(150, {name: (0, 40) for name in proof.CHANNELS})
    with pytest.raises(BadValue, match="bounds name tv; the channels are search"):
        fitted.allocate(150, {"tv": (0, 1)})
    with pytest.raises(BadValue, match="total must be above 0, found 0"):
        fitted.allocate(0)


def test_spend_that_hardly_varies_is_not_identified():
    flat = proof.market(np.random.default_rng(6), "autocorrelated", variation=0.03)
    fit = response.fit(flat, proof.CHANNELS, "sales")
    assert not fit.identified
    assert fit.reason == "spend hardly varies: search, feed, video"
    assert fit.curves["effect"].isna().all()
    proposal = fit.allocate(300.0, {"search": (0, 60)})
    assert not proposal.gain.enough
    assert proposal.spend.sum() == pytest.approx(300)
    assert proposal.spend["search"] <= 60 + 1e-6


def test_channels_that_move_together_are_not_identified(market):
    tied = market.assign(video=market["feed"] * 0.7 + 1)
    fit = response.fit(tied, proof.CHANNELS, "sales")
    assert not fit.identified
    assert fit.reason.endswith("the season: feed, video")
    assert fit.why == ("tied_spend", {"channels": ["feed", "video"]})


def test_few_periods_are_not_identified(market):
    fit = response.fit(market.head(20), proof.CHANNELS, "sales")
    assert not fit.identified
    assert fit.reason == "20 periods; 3 channels need at least 36"
    assert fit.why == ("few_periods", {"periods": 20, "count": 3, "needed": 36})


def test_a_channel_that_does_nothing_gets_a_small_effect(market):
    rng = np.random.default_rng(8)
    frame = market.assign(idle=40 * np.exp(0.6 * rng.standard_normal(len(market))))
    fit = response.fit(frame, [*proof.CHANNELS, "idle"], "sales")
    top = fit.curves.groupby("channel")["effect"].max()
    assert top["idle"] < 0.25 * top["search"]


def test_daily_rows():
    rng = np.random.default_rng(9)
    spend = 50 * np.exp(0.6 * rng.standard_normal(200))
    week = 30 * np.sin(2 * np.pi * np.arange(200) / 7)
    sales = 500 + week + 200 * hill(adstock(spend, 0.4), 50, 1.5) + rng.normal(0, 10, 200)
    frame = pd.DataFrame(
        {"day": pd.date_range("2026-01-01", periods=200), "spend": spend, "sales": sales}
    )
    fit = response.fit(frame, ["spend"], "sales", date="day")
    at_half = np.interp(50, fit.curves["spend"], fit.curves["effect"])
    assert at_half == pytest.approx(100, rel=0.2)


def test_wrong_input(market):
    with pytest.raises(MissingColumns, match="lacks tv"):
        response.fit(market, ["tv"], "sales")
    with pytest.raises(BadValue, match="date_day must be regular periods"):
        response.fit(market.drop(index=30), proof.CHANNELS, "sales")
    with pytest.raises(BadValue, match="feed must be finite numbers of at least 0"):
        response.fit(market.assign(feed=-1.0), proof.CHANNELS, "sales")
    with pytest.raises(BadValue, match="spend names no column"):
        response.fit(market, [], "sales")


@pytest.mark.real
def test_public_media_mix():
    mix = proof.media_mix(_claim.real_file(None, "ads/weekly_media_mix.csv"))
    assert mix["identified"]
    assert mix["fit_seconds"] < 10
    assert mix["marginal_gap"] < 0.01


def test_claims_hold(monkeypatch):
    monkeypatch.delenv("OPSBOOK_REAL_DATA", raising=False)
    claims = proof.claims()
    assert claims["ok"].all(), claims.loc[~claims["ok"], ["claim", "figure", "target"]]
