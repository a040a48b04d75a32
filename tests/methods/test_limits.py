"""Limits: the rules of the platforms, as shipped and as an analyst writes them."""

import pytest

from opsbook.errors import BadValue, ParameterError
from opsbook.methods import limits


def test_rules_as_they_are_usually_written():
    known = {"width_px", "height_px", "ratio", "file_mb", "duration_s", "format", "sharpness"}
    given = {"max_mb": 2, "px_min": [100, 50], "ratio": "3:4", "formats": ["jpg"], "sharpness": 9}
    shown = {r.check: r.allowed for r in limits.media_rules(given, "image", known)}
    assert shown == {
        "file_mb": "<= 2",
        "width_px": ">= 100",
        "height_px": ">= 50",
        "ratio": "3:4",
        "format": "jpg",
        "sharpness": ">= 9",
    }


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: limits.media_rules({"widht": 3}, "image", {"width_px"}), ParameterError, "width"),
        (lambda: limits.media_rules(7, "image", {"width_px"}), BadValue, "rules"),
        (lambda: limits.ratio("wide"), BadValue, "3:4"),
    ],
)
def test_mistakes_are_named(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_every_shipped_limit_reads_and_has_a_source():
    for name, table in limits.platforms().items():
        placements = {row.get("placement", "") for row in table["limits"]}
        assert set(table["name"]) == {"en", "zh-Hant", "zh-Hans"}
        for placement in placements:
            for rule in limits.rules_of(f"{name}/{placement}" if placement else name):
                assert rule.source and rule.conf in tuple("FDSCM")
                assert rule.one_of or rule.low is not None or rule.high is not None
