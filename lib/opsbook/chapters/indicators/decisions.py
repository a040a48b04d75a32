"""7.3.1: problems against targets, the decision log, and whether decisions moved their figure."""

import numpy as np
import pandas as pd

from opsbook.chapters.indicators import rows
from opsbook.data import indicators, periods
from opsbook.errors import ParameterError
from opsbook.estimate import Estimate
from opsbook.methods import adjusted

WINDOW_DAYS = 84
METHOD = "before and after on an equal mix, less the change of the other accounts"


def decision_log(book):
    """Findings of earlier runs and decisions, joined: what was found, decided, by whom, until when.

    Columns: decision_id, decided_at, decision, finding (what it answers), indicator, owner, due,
    state, is_overdue, outcome. Findings without a decision stand below, decision empty.
    """
    decisions = book.frame("decisions")
    found = book.frame("findings")
    end = pd.Timestamp(book.period.end)
    decisions = decisions[decisions["decided_at"] <= end]
    text = found.drop_duplicates("finding_id").set_index("finding_id")["what"]
    log = decisions.assign(finding=decisions["finding_id"].map(text))
    waiting = found[
        ~found["finding_id"].isin(decisions["finding_id"])
        & found["severity"].isin(["high", "critical"])
        & ~found["state"].isin(["done", "dismissed"])
    ]
    waiting = pd.DataFrame(
        {
            "finding": waiting["what"],
            "owner": waiting["owner"],
            "due": waiting["due"],
            "state": "undecided",
        }
    )
    parts = [p for p in (log, waiting) if len(p)]
    columns = ["decision_id", "decided_at", "decision", "finding", "indicator", "owner", "due"]
    if not parts:
        return pd.DataFrame(columns=[*columns, "state", "is_overdue", "outcome"])
    table = pd.concat(parts, ignore_index=True)
    table["indicator"] = [
        rows.name_of(book, n) for n in table.get("indicator", pd.Series(dtype=str))
    ]
    table["is_overdue"] = (table["due"] < end) & ~table["state"].isin(["done", "dropped"])
    for row in table[table["is_overdue"]].itertuples():
        days = float((end - row.due).days)
        book.find(
            "7.3.1",
            "medium",
            "7.3.1.overdue",
            subject=str(
                book.translator.value(row.decision if pd.notna(row.decision) else row.finding)
            ),
            figure=days,
            unit="days",
            owner=str(row.owner) if pd.notna(row.owner) else None,
        )
    table = table.reindex(columns=[*columns, "state", "is_overdue", "outcome"])
    return table.sort_values("decided_at", ascending=False, ignore_index=True)


def outcomes(book):
    """Whether each decision moved its figure: 12 weeks after against 12 weeks before.

    Columns: decision_id, decision, decided_at, indicator, account, before, after, own_change,
    others_change (the same figure of the other accounts), effect (the net of both), low, high, n (days),
    expected_change, verdict (moved, not_moved, wrong_way, unclear, too_early, not_measured).
    """
    return book.once("outcomes", lambda: _outcomes(book))


def _outcomes(book):
    frame = book.frame("decisions").dropna(subset=["indicator"])
    frame = frame[frame["decided_at"] <= pd.Timestamp(book.period.end)]
    known = {}
    for name in frame["indicator"].unique():
        try:
            known[name] = indicators.indicator(name)
        except ParameterError:
            known[name] = None
    names = tuple(sorted({k.id for k in known.values() if k is not None}))
    data = rows.daily_of(book, names) if names else None
    out = [_outcome(book, row, known[row.indicator], data) for row in frame.itertuples()]
    columns = ["decision_id", "decision", "decided_at", "indicator", "account", "before", "after"]
    columns += ["own_change", "others_change", "effect", "low", "high", "n", "expected_change"]
    table = pd.DataFrame(out, columns=[*columns, "verdict"])
    _report_outcomes(book, table)
    table["indicator"] = [rows.name_of(book, n) for n in table["indicator"]]
    return table.sort_values("decided_at", ignore_index=True)


def _outcome(book, row, about, data):
    place = row.platform if pd.notna(row.platform) else "all"
    account = row.account_id if pd.notna(row.account_id) else "all"
    shown = (
        book.translator.value("all")
        if place == "all"
        else f"{book.translator.value(place)} · {account}"
    )
    head = [row.decision_id, row.decision, row.decided_at, row.indicator, shown]
    empty = [np.nan] * 7
    if about is None or data is None:
        return [*head, *empty, 0, row.expected_change, "not_measured"]
    head[3] = about.id
    own = data[data["indicator"] == about.id]
    inside = pd.Series(True, index=own.index)
    if place != "all":
        inside &= own["platform"] == place
    if account != "all":
        inside &= own["account_id"] == account
    # young figures would speak against every new decision
    last = min(pd.Timestamp(book.period.end), rows.last_day(book))
    if about.view == "posts":
        last -= pd.Timedelta(days=int(book.settings.thresholds["equal_age_days"]) - 1)
    days = (last - row.decided_at).days + 1
    if days < 21:
        return [*head, *empty, max(days, 0), row.expected_change, "too_early"]
    pair = _sides(own[inside], row.decided_at, last)
    moved = _own_change(book, about, pair, place, account)
    apart = None
    if place != "all":
        apart = _change(_sides(own[~inside], row.decided_at, last), about)
    effect, low, high = _net(moved, apart)
    before, after = (_mean(side, about) for side in pair)
    verdict = _verdict(effect, low, high, row) if np.isfinite(low) else "unclear"
    return [
        *head,
        before,
        after,
        moved["value"],
        apart["value"] if apart else np.nan,
        effect,
        low,
        high,
        int(moved["n"]),
        row.expected_change,
        verdict,
    ]


def _sides(frame, at, last):
    """Rows of the window before a day and from it on, each with a unit of account and day."""
    frame = frame.assign(_unit=frame["date_day"].astype(str) + frame["account"].astype(str))
    length = pd.Timedelta(days=WINDOW_DAYS)
    before = frame[(frame["date_day"] < at) & (frame["date_day"] >= at - length)]
    after = frame[(frame["date_day"] >= at) & (frame["date_day"] < at + length)]
    return before, after[after["date_day"] <= last]


def _own_change(book, about, pair, platform, account):
    """Change of the account itself: posts one by one at the same mix of formats where it is a rate.

    A large post would else decide a ratio of sums alone. One account's posts are few enough to read.
    """
    rate = about.view == "posts" and about.kind == "ratio" and account != "all"
    if not rate or pair[0].empty or pair[1].empty:
        return _change(pair, about)
    first, last = pair[0]["date_day"].min(), pair[1]["date_day"].max()
    posts = indicators.parts(
        book.store,
        about.id,
        by=["date_day", "post_id", "post_type"],
        period=periods.parse(f"{first.date()}/{last.date()}"),
        version=book.version,
        filters={"platform": platform, "account_id": account},
        equal_age=int(book.settings.thresholds["equal_age_days"]),
    )
    posts = posts[posts["denominator"] > 0]
    posts = posts.assign(
        value=posts["numerator"] / posts["denominator"],
        side=np.where(
            pd.to_datetime(posts["date_day"]) < pair[1]["date_day"].min(), "before", "after"
        ),
        post_type=posts["post_type"].fillna("unknown"),
    )
    controls = ["post_type"] if posts["post_type"].nunique() > 1 else []
    return _between(adjusted.means(posts, "value", "side", controls=controls))


def _change(pair, about):
    """Relative change after / before on the same mix of accounts: of the rate, or the mean per day."""
    before, after = pair
    frame = pd.concat([before.assign(side="before"), after.assign(side="after")])
    if about.kind not in rows.SCALE:
        frame = frame.assign(denominator=1.0)
    if frame["side"].nunique() < 2 or (frame["numerator"] < 0).any():
        return dict.fromkeys(("value", "low", "high"), np.nan) | {"n": len(frame)}
    controls = ["account"] if frame["account"].nunique() > 1 else []
    return _between(
        adjusted.rates(
            frame, "numerator", "denominator", "side", controls=controls, cluster="_unit"
        )
    )


def _between(table):
    """after / before - 1 out of two levels that each stand against their mean."""
    row = table.set_index("side")
    n = int(table["n"].sum())
    if "after" not in row.index or not bool(row.loc["after", "enough"]):
        return dict.fromkeys(("value", "low", "high"), np.nan) | {"n": n}
    # two effects that add up to zero: their distance is twice the one, errors alike
    value, low, high = (
        float(np.expm1(2 * np.log1p(row.loc["after", k]))) for k in ("relative", "low", "high")
    )
    return {"value": value, "low": low, "high": high, "n": n}


def _mean(frame, about):
    if frame.empty:
        return np.nan
    if about.kind in rows.SCALE:
        return rows.figure(about.id, frame)
    return frame["numerator"].sum() / max(frame["date_day"].nunique(), 1)


def _net(moved, others):
    """The own change over that of the others, with the interval of both."""
    if not np.isfinite(moved["value"]):
        return np.nan, np.nan, np.nan
    if others is None or not np.isfinite(others["value"]):
        return moved["value"], moved["low"], moved["high"]
    own, away = np.log1p(moved["value"]), np.log1p(others["value"])
    low = np.hypot(own - np.log1p(moved["low"]), np.log1p(others["high"]) - away)
    high = np.hypot(np.log1p(moved["high"]) - own, away - np.log1p(others["low"]))
    net = own - away
    return float(np.expm1(net)), float(np.expm1(net - low)), float(np.expm1(net + high))


def _verdict(effect, low, high, row):
    up = str(row.direction or "up") != "down"
    if not np.isfinite(effect):
        return "unclear"
    if low > 0 or high < 0:
        return "moved" if (effect > 0) == up else "wrong_way"
    wanted = row.expected_change
    if pd.notna(wanted):
        # the expected change lies outside the interval: the decision did not do what it should
        target = wanted if up else -wanted
        if (up and high < target) or (not up and low > target):
            return "not_moved"
    return "unclear"


def _report_outcomes(book, table):
    for row in table.itertuples():
        if row.verdict not in ("moved", "not_moved", "wrong_way"):
            continue
        book.find(
            "7.3.1",
            {"moved": "info", "not_moved": "medium", "wrong_way": "high"}[row.verdict],
            f"7.3.1.{row.verdict}",
            subject=row.decision,
            figure=Estimate(row.effect, row.low, row.high, int(row.n), METHOD, unit="fraction"),
            indicator=rows.name_of(book, row.indicator),
            account=row.account,
            decided=row.decided_at,
            wanted=row.expected_change,
        )
