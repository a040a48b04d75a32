"""Charts of the chapters: names that would lie on each other stand apart."""

import pandas as pd
import pytest

from opsbook.present import charts


@pytest.fixture
def book(tiny_book):
    return tiny_book(8)


def texts(drawn):
    """(height above its point or row of the axis, how many names) of every layer of names."""
    spec = drawn.to_dict()
    out = []
    for layer in spec["layer"]:
        if layer["mark"]["type"] == "text":
            place = layer["encoding"]["y"].get("value", layer["mark"].get("dy"))
            out.append((place, len(spec["datasets"][layer["data"]["name"]])))
    return out


def test_names_of_events_that_follow_closely_stand_in_rows(book):
    day = pd.date_range("2026-11-01", periods=9)
    frame = pd.DataFrame({"date": day, "negative": range(9)})
    events = pd.DataFrame({"date": day[:4], "name": ["a", "b", "c", "d"]})
    assert texts(charts.line(book, frame, x="date", y="negative", events=events)) == [
        (0, 2), (13, 1), (26, 1),
    ]  # fmt: skip


def test_names_of_points_that_lie_close_stand_above_and_below(book):
    frame = pd.DataFrame(
        {"hours": [4.0, 4.01, 9.0], "gain": [0.2, 0.2, 0.1], "lever": ["a", "b", "c"]}
    )
    drawn = charts.scatter(book, frame, x="hours", y="gain", text="lever")
    assert texts(drawn) == [(12, 1), (-10, 2)]


def test_a_name_lies_on_no_other_point(book):
    frame = pd.DataFrame({"hours": [4.0, 4.0, 9.0], "gain": [0.2, 0.23, 1.0], "lever": list("abc")})
    drawn = charts.scatter(book, frame, x="hours", y="gain", text="lever")
    assert texts(drawn) == [(12, 1), (-10, 2)]  # above a there is b


@pytest.mark.parametrize(("label", "angle"), [("W1", 0), ("微信公众号 · nanshan_wechat", -40)])
def test_long_names_under_a_heat_map_are_turned(book, label, angle):
    frame = pd.DataFrame({"x": [f"{label}{i}" for i in range(8)], "y": "a", "value": 1.0})
    drawn = charts.heatmap(book, frame, x="x", y="y", value="value").to_dict()
    assert drawn["encoding"]["x"]["axis"]["labelAngle"] == angle


def test_names_of_points_side_by_side_do_not_run_into_each_other(book):
    frame = pd.DataFrame({"hours": [3.5, 3.6, 3.7, 5.0], "gain": [0.2, 0.21, 0.2, 0.9], "lever": ["多做涨粉的主题"] * 4})  # fmt: skip
    drawn = charts.scatter(book, frame, x="hours", y="gain", text="lever")
    assert texts(drawn) == [(12, 2), (-10, 2)]
