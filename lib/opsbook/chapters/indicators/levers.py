"""7.3.2: levers for content, channel, fans and conversion side by side: gain against effort."""

import ibis
import numpy as np
import pandas as pd

from opsbook import config
from opsbook.chapters.indicators import rows
from opsbook.data import indicators
from opsbook.data.views import equal_age_posts, labelled
from opsbook.data.views.posts import POST
from opsbook.estimate import Estimate
from opsbook.methods import adjusted, ratios
from opsbook.methods import frequency as frequency_method
from opsbook.methods import response as response_method

SHIFT = 0.25  # share of posts, or of the weakest channel's spend, that a lever moves
WINDOW_DAYS = 180
COLUMNS = ["lever", "family", "subject", "indicator", "gain", "low", "high", "n", "per_week"]


def levers(book):
    """Every lever with its expected gain and its effort, best gain per hour first.

    Columns: lever, family (content, channel, fans, conversion), subject (what to do more of),
    indicator it moves, gain (relative, of the weekly figure), low, high, n, per_week (gain in the
    indicator's unit), hours (a week), gain_per_hour, verdict (worth, unclear, no_gain), owner. A lever moves a
    quarter of posts or of the weakest channel's spend; effects are adjusted and shrunk, and 6.3.2
    holds the saturation that a larger shift of spend meets.
    """
    return book.once("levers", lambda: _levers(book))


def _levers(book):
    posts = _post_sums(book)
    records = [
        _shift(book, posts, "best_theme", "theme", "interactions", "interactions"),
        _shift(book, posts, "best_format", "post_type", "interactions", "interactions"),
        _shift(book, posts, "posting_hours", "daypart", "interactions", "interactions"),
        _ad_channel(book),
        _frequency(book, posts),
        _shift(book, posts, "follow_theme", "theme", "follows", "follows"),
        _shift(book, posts, "order_theme", "theme", "orders", "orders_count"),
        _refunds(book),
    ]
    table = pd.DataFrame([r for r in records if r is not None], columns=COLUMNS)
    about = config.reference("levers.toml")
    spent = _hours_spent(book)
    table["hours"] = [
        spent.get(about[k].get("process"), float(about[k]["hours"])) for k in table["lever"]
    ]
    table["gain_per_hour"] = table["gain"] / table["hours"].where(table["hours"] > 0)
    table["verdict"] = np.select(
        [table["low"] > 0, table["high"] <= 0], ["worth", "no_gain"], default="unclear"
    )
    table["owner"] = [about[k]["owner"] for k in table["lever"]]
    order = {"worth": 0, "unclear": 1, "no_gain": 2}
    table = table.sort_values("gain_per_hour", ascending=False)
    table = table.sort_values(
        "verdict", key=lambda s: s.map(order), kind="stable", ignore_index=True
    )
    _report(book, table, about)
    return table


def levers_shown(book, table):
    """The levers in the reader's words."""
    words = table.copy()
    words["lever"] = [book.t(f"lever.{k}") for k in table["lever"]]
    words["indicator"] = [_name(book, n) for n in table["indicator"]]
    return words


def _post_sums(book):
    """Posts of the window by account, week, theme, format and daypart: sums, never posts."""
    return book.once("lever_posts", lambda: _sum_posts(book))


def _sum_posts(book):
    book.asked.update(("posts", "post_daily", "post_labels"))
    age = int(book.settings.thresholds["equal_age_days"])
    end = pd.Timestamp(book.period.end)
    span = book.span(f"{(end - pd.Timedelta(days=WINDOW_DAYS)).date()}/{book.period.end}")
    posts = equal_age_posts(book.store, book.zone, age, version=book.version, span=span)
    for column, value in book.filters.items():
        if value != "all":
            posts = posts.filter(posts[column] == value)
    theme = labelled(book.store, "theme", version=book.version)
    posts = posts.left_join(theme.select(*POST, theme=theme.label), POST)
    posts = posts.filter(~posts.is_preliminary & ~posts.is_boosted.fill_null(False))
    block = ((posts["at"].hour() / 3).floor().cast("int64") * 3).cast("string")
    weekend = ibis.ifelse(posts["at"].day_of_week.index() >= 5, "e", "d")
    posts = posts.mutate(
        week=posts.date_day.truncate("W"),
        daypart=ibis.ifelse(
            posts.created_precision.fill_null("minute") == "day",
            ibis.null("string"),
            block + weekend,
        ),
    )
    measures = {m: posts[m].sum() for m in ("interactions", "views", "follows", "orders")} | {
        f"{m}_posts": posts[m].count() for m in ("interactions", "follows", "orders")
    }
    keys = ["platform", "account_id", "week", "theme", "post_type", "daypart"]
    table = posts.group_by(*keys).aggregate(posts=posts.count(), **measures).to_pandas()
    table["account"] = table["platform"] + ":" + table["account_id"]
    table["week"] = pd.to_datetime(table["week"])
    table["cluster"] = table["account"] + table["week"].astype(str)
    return table


def _shift(book, posts, lever, factor, outcome, indicator):
    """A quarter of the posts moved to the level that earns most per post on an equal mix."""
    known = posts.dropna(subset=[factor, outcome])
    known = known[known[f"{outcome}_posts"] > 0]
    if known.empty or known[factor].nunique() < 2 or known[outcome].sum() <= 0:
        return None
    controls = [
        c for c in ("account", "theme", "post_type") if c != factor and known[c].nunique() > 1
    ]
    known = known.assign(theme=known["theme"].fillna("–"), post_type=known["post_type"].fillna("–"))
    table = adjusted.rates(
        known,
        outcome,
        f"{outcome}_posts",
        factor,
        controls=controls,
        cluster="cluster",
        shrunk=True,
    )
    fair = table[table["enough"]]
    if len(fair) < 2:
        return None
    best = fair.loc[fair["relative"].idxmax()]
    share = fair["exposure"] / fair["exposure"].sum()
    level = float((share * (1 + fair["relative"])).sum())
    gain, low, high = (SHIFT * ((1 + best[k]) / level - 1) for k in ("relative", "low", "high"))
    weeks = max(known["week"].nunique(), 1)
    per_week = gain * known[outcome].sum() / weeks
    subject = (
        book.t(
            "lever.hours", part=book.t(f"daypart.{best[factor][-1]}"), start=int(best[factor][:-1])
        )
        if factor == "daypart"
        else str(book.translator.value(best[factor]))
    )
    family = config.reference("levers.toml")[lever]["family"]
    return [
        lever,
        family,
        subject,
        indicator,
        gain,
        low,
        high,
        int(known[f"{outcome}_posts"].sum()),
        per_week,
    ]


def _ad_channel(book):
    """Daily ad budget moved between platforms within a quarter, its sum unchanged.

    By the response curves that 6.3.2 draws (`methods.response`), which know saturation and
    carry-over; none where the data cannot tell the curves.
    """
    spend = rows.daily_of(book, ["ad_spend"])
    end = pd.Timestamp(book.period.end)
    spend = spend[spend["date_day"] <= end]
    wide = spend.pivot_table(
        index="date_day", columns="platform", values="numerator", aggfunc="sum", fill_value=0.0
    )
    if wide.shape[1] < 2 or len(wide) < 60:
        return None
    wide = wide.asfreq("D", fill_value=0.0).tail(400)
    sold = _paid_sales(book)
    channels = [str(c) for c in wide.columns]
    data = wide.assign(outcome=sold.reindex(wide.index).fillna(0.0)).reset_index()
    fit = response_method.fit(data, channels, "outcome", date="date_day")
    if not fit.identified:
        return None
    present = wide.tail(28).mean()
    bounds = {c: ((1 - SHIFT) * present[c], (1 + SHIFT) * present[c]) for c in channels}
    plan = fit.allocate(float(present.sum()), bounds, present)
    if not plan.gain.enough:
        return None
    change = plan.spend - present
    words = book.translator.value
    subject = f"{words(change.idxmin())} → {words(change.idxmax())}"
    base = float(data["outcome"].tail(28).mean())
    gain, low, high = (v / base for v in (plan.gain.value, plan.gain.low, plan.gain.high))
    per_week = plan.gain.value * 7
    return ["ad_channel", "channel", subject, "sales_paid", gain, low, high, int(fit.n), per_week]


def _paid_sales(book):
    """Paid sales by day that ads can have brought: traffic marked paid, else every order."""
    for filters in ({"traffic_type": "paid"}, {}):
        frame = indicators.parts(
            book.store, "sales_paid", by="date_day", version=book.version, filters=filters
        )
        if len(frame):
            break
    return frame.set_index(pd.to_datetime(frame["date_day"]))["numerator"]


def _frequency(book, posts):
    """Posts per week moved into the range that gains most followers, for the account furthest off."""
    fans = rows.daily_of(book, ["new_followers", "net_followers"])
    fans = fans[fans["date_day"] <= pd.Timestamp(book.period.end)]
    published = rows.daily(book)
    published = published[published["indicator"] == "posts_published"]
    best = None
    for account, part in published.groupby("account"):
        own = fans[fans["account"] == account]
        name = "net_followers" if "net_followers" in set(own["indicator"]) else "new_followers"
        gain = own[own["indicator"] == name].set_index("date_day")["numerator"].resample("W").sum()
        count = part.set_index("date_day")["numerator"].resample("W").sum()
        weekly = pd.DataFrame({"posts": count, "gain": gain}).dropna().iloc[-52:].reset_index()
        if len(weekly) < 24:
            continue
        weekly["order"] = np.arange(len(weekly))
        found = frequency_method.response(weekly, "posts", "gain", time="order")
        if not found.enough:
            continue
        now = float(weekly["posts"].tail(8).mean())
        curve = found.curve
        at = (curve["rate"] - found.best).abs().idxmin()
        present = (curve["rate"] - now).abs().idxmin()
        base = 1 + curve.loc[present, "effect"]
        if found.unit or base <= 0:
            continue
        values = [(1 + curve.loc[at, k]) / base - 1 for k in ("effect", "low", "high")]
        per_week = values[0] * float(weekly["gain"].tail(8).mean())
        subject = book.t("lever.rate", account=account, now=now, best=found.best)
        record = ["frequency", "fans", subject, name, *values, int(found.n), per_week]
        if best is None or per_week > best[-1]:
            best = record
    return best


def _refunds(book):
    """Half of the gap in refunds between the account with most and the others, closed."""
    frame = rows.daily_of(book, ["refund_rate"])
    end = pd.Timestamp(book.period.end)
    frame = frame[(frame["date_day"] <= end) & (frame["date_day"] > end - pd.Timedelta(days=90))]
    table = ratios.ratio(frame, "numerator", "denominator", by="account", kind="rate")
    table = table[table["enough"] & (table["n"] >= ratios.MIN_UNITS)]
    if len(table) < 2:
        return None
    worst = table.loc[table["value"].idxmax()]
    rest = frame[frame["account"] != worst["account"]]
    others = ratios.ratio(rest, "numerator", "denominator").iloc[0]
    net = float((frame["denominator"] - frame["numerator"]).sum())
    if net <= 0 or not others["enough"]:
        return None
    scale = 0.5 * worst["denominator"] / net
    gain = scale * (worst["value"] - others["value"])
    down = scale * np.hypot(worst["value"] - worst["low"], others["high"] - others["value"])
    up = scale * np.hypot(worst["high"] - worst["value"], others["value"] - others["low"])
    per_week = gain * net * 7 / max(frame["date_day"].nunique(), 1)
    n = int(worst["n"])
    return [
        "refunds",
        "conversion",
        worst["account"],
        "sales_net",
        gain,
        gain - down,
        gain + up,
        n,
        per_week,
    ]


def _hours_spent(book):
    """Median hours that the task tool recorded per task of a process, times one task a week."""
    tasks = book.frame("tasks").dropna(subset=["minutes_spent"])
    if tasks.empty:
        return {}
    name = tasks["process"].fillna(tasks["task_type"])
    return (tasks.groupby(name)["minutes_spent"].median() / 60).to_dict()


def _name(book, indicator):
    return (
        book.indicator_name(indicator)
        if indicator in indicators.registry()
        else str(book.translator.label(indicator))
    )


def _report(book, table, about):
    worth = table[table["verdict"] == "worth"]
    if len(worth):
        first = worth.iloc[0]
        book.say(
            "7.3.2",
            "7.3.2.said",
            lever=book.t(f"lever.{first['lever']}"),
            subject=first["subject"],
            gain=first["gain"],
            low=first["low"],
            high=first["high"],
            indicator=_name(book, first["indicator"]),
            hours=first["hours"],
        )
    for row in worth.head(3).itertuples():
        book.find(
            "7.3.2",
            "medium",
            "7.3.2.lever",
            subject=f"{book.t(f'lever.{row.lever}')}: {row.subject}",
            figure=Estimate(row.gain, row.low, row.high, int(row.n), "adjusted", unit="fraction"),
            owner=about[row.lever]["owner"],
            indicator=_name(book, row.indicator),
            hours=row.hours,
            per_week=row.per_week,
        )
