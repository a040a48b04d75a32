"""Cohorts, survival curves and repeat purchase."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from opsbook.errors import BadValue, MissingColumns
from opsbook.methods import retention
from opsbook.proof import _claim, buyers
from opsbook.proof import retention as proof


def events(*rows):
    return pd.DataFrame(rows, columns=["person_key", "event_at"]).assign(
        event_at=lambda frame: pd.to_datetime(frame["event_at"], format="ISO8601")
    )


GIVEN = events(
    ("ann", "2026-01-31 23:59"),
    ("ann", "2026-02-01"),
    ("bob", "2026-01-09"),
    ("bob", "2026-03-01"),
    ("bob", "2026-03-02"),
    ("cat", "2026-02-02"),
)


def test_cohorts_by_month():
    rows = retention.cohorts(GIVEN)
    january, february = pd.Timestamp("2026-01-01"), pd.Timestamp("2026-02-01")
    assert rows[["cohort", "age", "n", "retained", "rate"]].values.tolist() == [
        [january, 0, 2, 2, 1.0],
        [january, 1, 2, 1, 0.5],
        [january, 2, 2, 1, 0.5],
        [february, 0, 1, 1, 1.0],
        [february, 1, 1, 0, 0.0],
    ]
    low, high = proportion_confint(rows["retained"], rows["n"], method="wilson")
    np.testing.assert_allclose(rows["low"], low, atol=1e-12)
    np.testing.assert_allclose(rows["high"], high, atol=1e-12)


def test_cohorts_by_week_start_on_monday():
    rows = retention.cohorts(events(("ann", "2026-01-04"), ("ann", "2026-01-05")), unit="week")
    assert rows[["cohort", "age", "retained"]].values.tolist() == [
        [pd.Timestamp("2025-12-29"), 0, 1],
        [pd.Timestamp("2025-12-29"), 1, 1],
    ]


def test_later_events_leave_earlier_ages_alone():
    early = retention.cohorts(GIVEN[GIVEN["event_at"] < "2026-03-01"])
    whole = retention.cohorts(GIVEN)
    both = whole.merge(early, on=["cohort", "age"], suffixes=("", "_early"))
    assert len(both) == len(early)
    assert (both["retained"] == both["retained_early"]).all()


def test_cohorts_without_events_and_without_users():
    assert retention.cohorts(GIVEN.iloc[:0]).empty
    assert len(retention.cohorts(GIVEN.assign(person_key=None))) == 0


def test_cohorts_refuse_wrong_input():
    with pytest.raises(MissingColumns, match="lacks person_key"):
        retention.cohorts(GIVEN.rename(columns={"person_key": "who"}))
    with pytest.raises(BadValue, match="unit must be one of day, week"):
        retention.cohorts(GIVEN, unit="fortnight")
    with pytest.raises(BadValue, match="event_at must be dates, found a missing one in row 1"):
        retention.cohorts(GIVEN.assign(event_at=GIVEN["event_at"].where(GIVEN.index != 1)))


def test_survival_by_hand():
    curve = retention.survival([1, 2, 2, 3, 5], [True, True, False, True, False])
    assert curve["time"].tolist() == [0, 1, 2, 3]
    assert curve["at_risk"].tolist() == [5, 5, 4, 2]
    np.testing.assert_allclose(curve["survival"], [1, 0.8, 0.6, 0.3])
    # log-log at time 3: Greenwood sum 1/(5*4) + 1/(4*3) + 1/(2*1).
    spread = 1.959964 * np.sqrt(1 / 20 + 1 / 12 + 1 / 2) / abs(np.log(0.3))
    np.testing.assert_allclose(curve["low"].iloc[-1], 0.3 ** np.exp(spread), atol=1e-6)
    np.testing.assert_allclose(curve["high"].iloc[-1], 0.3 ** np.exp(-spread), atol=1e-6)


def test_survival_published_remission():
    curve = retention.survival(proof.REMISSION_WEEKS, proof.RELAPSED)
    assert curve["time"].tolist() == [0, 6, 7, 10, 13, 16, 22, 23]
    np.testing.assert_allclose(curve["survival"][1:], proof.REMISSION_SURVIVAL, atol=6e-4)


def test_survival_level_and_nothing():
    wide = retention.survival(proof.REMISSION_WEEKS, proof.RELAPSED, level=0.99)
    usual = retention.survival(proof.REMISSION_WEEKS, proof.RELAPSED)
    assert (wide["low"][1:] < usual["low"][1:]).all()
    assert retention.survival([], []).empty


@pytest.mark.parametrize(
    ("durations", "observed", "message"),
    [
        ([1, -2], [1, 1], "durations must be finite numbers of at least 0, found -2.0 in row 1"),
        ([1, 2], [1], "durations has 2, observed has 1 rows"),
        ([1, 2], [1, 2], "observed must be true or false"),
    ],
)
def test_survival_refuses_wrong_input(durations, observed, message):
    with pytest.raises(BadValue, match=message):
        retention.survival(durations, observed)


@pytest.mark.real
def test_bg_nbd_published():
    path = _claim.real_file(None, "followers/cdnow_customers.csv")
    found = proof.cdnow(path)
    assert {name: round(value, 3) for name, value in found.items()} == proof.PUBLISHED


def test_bg_nbd_recovers_planted_parameters_in_any_unit():
    planted = buyers.PLANTED
    bought, first = buyers.purchases(np.random.default_rng(1), "bg_nbd", 3000, 52)
    x, recency, age = buyers.known_by(bought, first, 52)
    weeks = retention.bg_nbd(x, recency, age)
    days = retention.bg_nbd(x, recency * 7, age * 7)
    assert weeks.r == pytest.approx(planted["r"], rel=0.2)
    assert weeks.estimates["alpha"].low < 5.0 < weeks.estimates["alpha"].high
    assert days.alpha == pytest.approx(7 * weeks.alpha, rel=1e-3)
    assert days.b == pytest.approx(weeks.b, rel=1e-2)


def test_bg_nbd_not_enough():
    fit = retention.bg_nbd([1, 0], [2, 0], [3, 3])
    assert not fit.enough
    assert np.isnan(fit.r)
    assert not retention.bg_nbd([0] * 50, [0] * 50, [9] * 50).enough


def test_bg_nbd_refuses_wrong_input():
    with pytest.raises(BadValue, match="recency 5 is past age 3 in row 0"):
        retention.bg_nbd([1], [5], [3])
    with pytest.raises(BadValue, match="recency is 2 without a repeat purchase"):
        retention.bg_nbd([0], [2], [3])


def test_claims_hold(monkeypatch):
    monkeypatch.delenv("OPSBOOK_REAL_DATA", raising=False)
    claims = proof.claims()
    assert claims["ok"].all(), claims.loc[~claims["ok"], ["claim", "figure", "target"]]
    assert claims["measured"].str.startswith("20").sum() == 4
