"""Rates of groups on equal mix."""

import numpy as np
import pandas as pd

from opsbook.methods import adjusted


def made(rng, effects, rows=400, mix=True):
    """Ads whose level a mostly meets an audience that clicks twice as often."""
    audience = rng.integers(0, 2, rows)
    chance = np.where(audience == 1, 0.8, 0.2) if mix else np.full(rows, 0.5)
    level = np.where(rng.random(rows) < chance, "a", "b")
    impressions = rng.integers(500, 3000, rows)
    rate = 0.02 * (1 + audience) * np.exp(np.where(level == "a", effects[0], effects[1]))
    noise = rng.lognormal(-0.045, 0.3, rows)
    return pd.DataFrame(
        {
            "level": level,
            "audience": audience,
            "ad": np.arange(rows) % 80,
            "impressions": impressions,
            "clicks": rng.poisson(impressions * rate * noise),
        }
    )


def test_equal_mix_undoes_a_flattering_audience():
    frame = made(np.random.default_rng(1), (0.0, 0.0))
    plain = adjusted.rates(frame, "clicks", "impressions", "level", cluster="ad")
    fair = adjusted.rates(
        frame, "clicks", "impressions", "level", controls=["audience"], cluster="ad"
    )
    assert plain.set_index("level").loc["a", "low"] > 0  # the mix alone looks like an effect
    assert fair["low"].max() < 0 < fair["high"].min()


def test_finds_a_real_difference():
    frame = made(np.random.default_rng(2), (0.3, 0.0))
    fair = adjusted.rates(
        frame, "clicks", "impressions", "level", controls=["audience"], cluster="ad"
    ).set_index("level")
    gap = np.log1p(fair.loc["a", "relative"]) - np.log1p(fair.loc["b", "relative"])
    assert abs(gap - 0.3) < 0.08
    assert fair.loc["a", "low"] > 0


def test_false_alarms_stay_at_their_level():
    rng = np.random.default_rng(4)
    alarms = [
        adjusted.rates(
            made(rng, (0.0, 0.0), mix=False), "clicks", "impressions", "level", cluster="ad"
        )["p_value"].min()
        < 0.05
        for _ in range(200)
    ]
    assert np.mean(alarms) <= 0.09


def test_one_level_is_not_enough():
    frame = pd.DataFrame({"level": ["a", "a"], "clicks": [3, 4], "impressions": [100, 90]})
    out = adjusted.rates(frame, "clicks", "impressions", "level")
    assert out["enough"].tolist() == [False] and np.isnan(out["relative"]).all()


def posts(rng, effect, rows=300):
    theme = rng.choice(["origin", "recipe", "offer"], rows)
    hour = rng.integers(0, 2, rows)
    # offers mostly go out at the good hour
    hour = np.where((theme == "offer") & (rng.random(rows) < 0.8), 1, hour)
    log = 4 + 0.5 * hour + np.where(theme == "recipe", effect, 0.0) + rng.normal(0, 0.6, rows)
    return pd.DataFrame({"theme": theme, "hour": hour, "likes": np.round(np.exp(log))})


def test_means_find_the_theme_and_not_its_hour():
    table = adjusted.means(
        posts(np.random.default_rng(8), 0.5), "likes", "theme", controls=["hour"]
    ).set_index("theme")
    assert table.loc["recipe", "low"] > 0
    assert table.loc["offer", "low"] < 0.1


def test_means_stay_silent_where_nothing_is():
    rng = np.random.default_rng(9)
    alarms = [
        adjusted.means(posts(rng, 0.0), "likes", "theme", controls=["hour"])["p_value"].min()
        < 0.05 / 3
        for _ in range(200)
    ]
    assert np.mean(alarms) <= 0.08
