"""Half-life of a stream of events: planted ones are held, a steady stream has no upper end."""

import numpy as np
import pytest

from opsbook.errors import BadValue
from opsbook.methods import decay


def stream(rng, half_life, amount, horizon, baseline=0.0):
    falling = rng.exponential(half_life / np.log(2), rng.poisson(amount))
    steady = rng.uniform(0, horizon, rng.poisson(baseline * horizon))
    times = np.concatenate([falling, steady])
    return times[times < horizon]


def test_interval_holds_the_planted_half_life():
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(300):
        figure = decay.half_life(stream(rng, 9, 60, 72, 0.1), 72, baseline=0.1)
        held += figure.low <= 9 <= figure.high
    # 95 % nominal; 300 runs have a standard error of 1.3 points
    assert 0.91 <= held / 300 <= 0.985


def test_a_steady_stream_has_no_upper_end():
    figure = decay.half_life(np.linspace(0.5, 23.5, 40), 24)
    assert figure.enough
    assert figure.high == np.inf


def test_few_events_are_not_enough():
    assert not decay.half_life([1, 2, 3], 24).enough
    assert not decay.half_life(np.arange(10), 24, baseline=1.0).enough


def test_wrong_horizon():
    with pytest.raises(BadValue):
        decay.half_life([1.0], 0)
