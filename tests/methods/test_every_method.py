"""What every public method owes: the same answer twice, untouched arguments, intervals, n and name,
errors that say what, a source, a chapter that uses it; and nothing that comes later changes what was."""

import ast
import copy
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import opsbook
from opsbook import methods as m
from opsbook.errors import OpsbookError
from opsbook.estimate import Estimate

LIB = Path(opsbook.__file__).parent
RNG = np.random.default_rng(4)
DAYS = pd.date_range("2026-01-05", periods=160)
COUNTS = pd.Series(RNG.poisson(20 + 5 * (DAYS.day_of_week > 4)), DAYS)
SALES = pd.Series(50 + 3 * np.sin(np.arange(160) * 2 * np.pi / 7) + RNG.normal(size=160), DAYS)
CONTROL = pd.DataFrame({"other": SALES.to_numpy() + RNG.normal(size=160)}, DAYS)
PANEL = pd.DataFrame(
    [
        (f"city {unit}", day, 40 + 3 * unit + shared + noise)
        for unit in range(8)
        for day, shared, noise in zip(
            DAYS, np.sin(np.arange(160) / 9), RNG.normal(size=160), strict=True
        )
    ],
    columns=["city", "day", "sold"],
)
AT = pd.to_datetime("2026-01-05") + pd.to_timedelta(RNG.integers(0, 150 * 24 * 60, 900), unit="min")
POSTS = pd.DataFrame({"created_timestamp": AT, "likes": RNG.lognormal(4, 0.5, 900)})
WEEKS = pd.DataFrame(
    {
        "date_day": pd.date_range("2024-01-01", periods=110, freq="7D"),
        "feed": 50 * RNG.lognormal(0, 0.6, 110),
        "search": 40 * RNG.lognormal(0, 0.6, 110),
        "posts": RNG.integers(1, 9, 110).astype(float),
    }
)
WEEKS["sales"] = (
    500 + 4 * WEEKS["feed"] ** 0.6 + 6 * WEEKS["search"] ** 0.6 + 9 * RNG.normal(size=110)
)
CREATIVE = pd.DataFrame({"date": DAYS[:40], "impressions": 3000})
CREATIVE["clicks"] = RNG.binomial(3000, 0.05 * 0.5 ** (np.arange(40) / 12))
EVENTS = pd.DataFrame({"person_key": RNG.integers(0, 90, 500), "event_at": RNG.choice(DAYS, 500)})
BUYS = (RNG.poisson(2, 80) + 0.0, RNG.uniform(5, 20, 80), RNG.uniform(25, 40, 80))
BUYS = (BUYS[0], np.where(BUYS[0] > 0, BUYS[1], 0.0), BUYS[2])
EDGES = pd.DataFrame(
    {"parent": ["a", "a", "b", "c"], "child": ["b", "c", "d", "e"], "time": DAYS[:4]}
)
COMMENTS = ["好喝，会回购", "几天发货？", "杯子碎了，退款", "Love it", "几时发货呀", "路过"]
ARMS = [RNG.normal(10, 2, 200), RNG.normal(10.4, 2, 200)]
WINDOW = DAYS[120], DAYS[133]

# name: (call, arguments that it must refuse, chapters' way in where it is not the name itself)
CALLS = {
    "posting_time.slot_effects": (lambda f: f(POSTS, "likes"), (POSTS, "shares")),
    "pooling.shrink": (lambda f: f([1.0, 2.0, 3.0, 9.0], [1.0, 1.0, 2.0, 1.0]), ([1.0], [-1.0])),
    "frequency.response": (lambda f: f(WEEKS, "posts", "sales"), (WEEKS, "posts", "nothing")),
    "lift.estimate": (lambda f: f(SALES, *WINDOW, CONTROL), (SALES, WINDOW[1], WINDOW[0])),
    "lift.synthetic_control": (
        lambda f: f(PANEL, "city", "day", "sold", "city 0", *WINDOW),
        (PANEL, "city", "day", "sold", "nowhere", *WINDOW),
    ),
    "lift.difference_in_differences": (
        lambda f: f(PANEL, "city", "day", "sold", ["city 0", "city 1"], *WINDOW),
        (PANEL, "town", "day", "sold", "city 0", *WINDOW),
    ),
    "lift.detectable": (lambda f: f(SALES, 14), (SALES, 0)),
    "experiments.compare_rates": (lambda f: f([30, 45], [400, 410]), ([30, 500], [400, 410])),
    "experiments.compare_means": (lambda f: f(ARMS), ([ARMS[0]],)),
    "experiments.sample_ratio": (lambda f: f([400, 420]), ([-4, 5],)),
    "experiments.sample_size": (lambda f: f(0.05, 0.01), (1.5, 0.01)),
    "response.fit": (lambda f: f(WEEKS, ["feed", "search"], "sales"), (WEEKS, ["radio"], "sales")),
    "fatigue.half_life": (lambda f: f(CREATIVE), (CREATIVE.drop(columns="clicks"),)),
    "bursts.alarms": (lambda f: f(COUNTS), (COUNTS, -1)),
    "cascade.key_nodes": (lambda f: f(EDGES), (EDGES.drop(columns="child"),)),
    "forecast.forecast": (lambda f: f(SALES, 14), (SALES, 0)),
    "retention.cohorts": (lambda f: f(EVENTS), (EVENTS, "who")),
    "retention.survival": (lambda f: f([3, 5, 8, 8], [1, 1, 0, 1]), ([3, -5], [1, 1])),
    "retention.bg_nbd": (lambda f: f(*BUYS), ([1], [5], [3])),
    "orders_ahead.outlook": (lambda f: f(*BUYS, 13), (*BUYS, 0)),
    "text.sentiment": (lambda f: f(COMMENTS), ("one text",)),
    "text.triage": (lambda f: f(COMMENTS), ("one text",)),
    "text.group_questions": (lambda f: f(COMMENTS), ("one text",)),
    "privacy.find": (lambda f: f("电话 13812345678"), (5,)),
    "privacy.mask": (lambda f: f("电话 13812345678"), (5,)),
    "compliance.check": (lambda f: f("全国第一的茶"), (5,)),
    "compliance.check_many": (lambda f: f(["全国第一的茶"]), (["x"], "no category")),
    "images.audit": (None, ("no such file.png", {})),
    "videos.probe": (None, ("no such file.mp4", {})),
}
# what a method estimates, and how often its interval was held against the truth, is in opsbook.proof
INTERVALS = [
    *("posting_time.slot_effects", "frequency.response", "lift.estimate", "lift.synthetic_control"),
    *("lift.difference_in_differences", "experiments.compare_rates", "experiments.compare_means"),
    *("response.fit", "fatigue.half_life", "forecast.forecast", "retention.cohorts"),
    *("retention.survival", "retention.bg_nbd", "orders_ahead.outlook"),
]
# results that are rows per arm, slot, age or day say their method in the docstring
NAMED = [
    *(
        "lift.estimate",
        "lift.synthetic_control",
        "lift.difference_in_differences",
        "lift.detectable",
    ),
    *("response.fit", "fatigue.half_life", "forecast.forecast", "retention.bg_nbd"),
    *("orders_ahead.outlook", "frequency.response"),
]


def method(name):
    module, function = name.split(".")
    return getattr(getattr(m, module), function)


def leaves(value):
    """What a result holds, as plain arrays and numbers."""
    if isinstance(value, pd.DataFrame):
        return [leaves(value[column]) for column in value]
    if isinstance(value, pd.Series):
        return [value.index.tolist(), value.tolist()]
    if is_dataclass(value):
        return [leaves(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, dict):
        return [leaves(part) for pair in value.items() for part in pair]
    if isinstance(value, (list, tuple)):
        return [leaves(part) for part in value]
    return value.tolist() if isinstance(value, np.ndarray) else value


def names_in(value):
    """Column and attribute names that a result carries, and those of what it holds."""
    if isinstance(value, pd.DataFrame):
        return set(value.columns)
    if is_dataclass(value):
        held = [getattr(value, field.name) for field in fields(value)]
        return {field.name for field in fields(value)}.union(*map(names_in, held))
    if isinstance(value, dict):
        return set().union(*map(names_in, value.values()))
    return set()


RUN = [name for name, (call, *_) in CALLS.items() if call is not None]


@pytest.mark.parametrize("name", RUN)
def test_the_same_call_gives_the_same_and_touches_nothing(name):
    call, _ = CALLS[name]
    given = (SALES, COUNTS, CONTROL, PANEL, POSTS, WEEKS, CREATIVE, EVENTS, EDGES, COMMENTS, ARMS)
    before = copy.deepcopy(given)
    np.random.seed(1)
    first = call(method(name))
    np.random.seed(2)
    second = call(method(name))
    assert repr(leaves(first)) == repr(leaves(second))
    assert repr(leaves(list(given))) == repr(leaves(list(before)))


@pytest.mark.parametrize("name", INTERVALS)
def test_estimates_carry_their_interval_and_how_many_stand_behind(name):
    call, _ = CALLS[name]
    found = call(method(name))
    carried = names_in(found)
    assert {"low", "high"} <= carried
    assert carried & {"n", "at_risk"} or name in ("forecast.forecast",), carried


@pytest.mark.parametrize("name", NAMED)
def test_estimates_say_by_which_method(name):
    call, _ = CALLS[name]
    assert "method" in names_in(call(method(name)))


def test_not_enough_is_an_answer():
    assert not m.lift.estimate(SALES[:12], SALES.index[9], SALES.index[11]).total.enough
    assert not m.retention.bg_nbd([1, 0], [2, 0], [3, 3]).enough
    assert not m.fatigue.half_life(CREATIVE.head(3)).enough
    assert not m.frequency.response(WEEKS.head(5), "posts", "sales").enough
    assert not m.response.fit(WEEKS.head(8), ["feed"], "sales").identified
    assert not m.posting_time.slot_effects(POSTS.head(4), "likes")["enough"].any()
    assert np.isnan(Estimate.not_enough(3, "x").value)


@pytest.mark.parametrize("name", CALLS)
def test_wrong_input_is_an_error_that_says_what(name):
    wrong = CALLS[name][1]
    with pytest.raises(OpsbookError) as problem:
        method(name)(*wrong)
    assert len(str(problem.value)) > 15


@pytest.mark.parametrize("name", CALLS)
def test_a_method_names_its_source(name):
    found = method(name)
    module = __import__(found.__module__, fromlist=["_"])
    words = f"{found.__doc__} {module.__doc__}"
    assert re.search(r"\b(1[89]|20)\d\d\b|lexicons/|opsbook\.proof|GB \d|EBU|reference/", words), (
        name
    )


def used_names():
    """Names that the code of chapters and methods refers to."""
    used = set()
    for path in [*(LIB / "chapters").rglob("*.py"), *(LIB / "methods").rglob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                used.add(node.attr)
            elif isinstance(node, ast.Name):
                used.add(node.id)
    return used


def test_chapters_use_every_method():
    assert sorted({name.split(".")[1] for name in CALLS} - used_names()) == []


# ---- nothing at time t uses rows after t

CUT = 130


def early(result):
    """What a result says, to nine digits: sums of other lengths are added in another order."""

    def told(part):
        if isinstance(part, list):
            return [told(one) for one in part]
        return f"{part:.9g}" if isinstance(part, float) else str(part)

    return told(leaves(result))


@pytest.mark.parametrize("later", ["gone", "wild"])
@pytest.mark.parametrize(
    "name", ["lift.estimate", "lift.synthetic_control", "lift.difference_in_differences"]
)
def test_days_after_the_campaign_change_no_lift(name, later):
    last = WINDOW[1]
    if name == "lift.estimate":
        series, control = SALES.copy(), CONTROL.copy()
        after = series.index > last
        series[after], control.loc[after] = 1e6, -1e6
        if later == "gone":
            series, control = series[~after], control[~after]
        known, whole = (series, *WINDOW, control), (SALES, *WINDOW, CONTROL)
    else:
        panel = PANEL.copy()
        after = panel["day"] > last
        panel.loc[after, "sold"] = 1e6
        panel = panel[~after] if later == "gone" else panel
        rest = ("city", "day", "sold", "city 0", *WINDOW)
        known, whole = (panel, *rest), (PANEL, *rest)
    now, then = method(name)(*known), method(name)(*whole)
    assert early([now.total, now.relative, now.p_value, now.placebo]) == early(
        [then.total, then.relative, then.p_value, then.placebo]
    )


def test_later_days_change_no_alarm_no_cohort_and_no_history():
    whole = m.bursts.alarms(COUNTS)
    part = m.bursts.alarms(COUNTS[:CUT])
    assert early(whole.iloc[:CUT]) == early(part)
    rows = m.retention.cohorts(EVENTS)
    seen = m.retention.cohorts(EVENTS[EVENTS["event_at"] < "2026-05-01"])
    merged = seen.merge(rows, on=["cohort", "age"], suffixes=("", "_whole"))
    assert len(merged) == len(seen) and (merged["retained"] == merged["retained_whole"]).all()
    orders = EVENTS.rename(columns={"event_at": "at"})
    known = m.orders_ahead.histories(orders, "2026-05-01")
    assert early(known) == early(
        m.orders_ahead.histories(orders[orders["at"] < "2026-05-01"], "2026-05-01")
    )


def test_a_forecast_was_judged_on_what_was_known_then():
    whole = m.forecast.forecast(SALES, 14).backtest.set_index("origin")
    part = m.forecast.forecast(SALES[:-14], 14).backtest.set_index("origin")
    both = whole.index.intersection(part.index)
    assert len(both) > 3
    np.testing.assert_allclose(whole.loc[both, "mase"], part.loc[both, "mase"], rtol=1e-6)


def test_held_out_hours_are_told_from_earlier_posts_only():
    first, last = pd.Timestamp("2026-04-20"), pd.Timestamp("2026-05-18")
    rows = POSTS.rename(columns={"created_timestamp": "_at", "likes": "_value"})
    rows = rows.sort_values("_at").reset_index(drop=True)
    other = rows.assign(
        _value=rows["_value"].where(rows["_at"] < first, rows["_value"][::-1].to_numpy())
    )
    told, again = (m.posting_time._score_block(r, first, last, []) for r in (rows, other))
    assert early(told[["pooled", "raw_mean"]]) == early(again[["pooled", "raw_mean"]])
    assert early(told["outcome"]) != early(again["outcome"])
