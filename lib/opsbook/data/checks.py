"""What can be checked in the figures themselves before they are let in.

Row checks add to the list of refusals; `money_unit` stops the whole import.
"""

from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from opsbook.data.schema import table as table_of
from opsbook.errors import BadValue

NEVER_NEGATIVE = ("impressions", "views", "reach")
# Tables whose rows report what has happened: their day cannot lie after the export.
FACTS = {
    "follower_daily", "account_daily", "audience_profile", "audience_hours", "posts", "post_daily",
    "live_sessions", "comments", "messages", "tickets", "ads_daily", "ads_period", "orders", "reposts",
    "mentions", "competitors", "account_operations", "experiments",
}  # fmt: skip
FACTORS = (10, 100, 1000, 10**4, 10**5, 10**6)


def refusals(name, arrays, preset, exported_on):
    """(row index, column, value, reason) of rows that contradict themselves."""
    bad = []
    clicks, shown = arrays.get("clicks"), arrays.get("impressions")
    allowed = preset.get("checks", {}).get("clicks_over_impressions") == "allow"
    if clicks is not None and shown is not None and not allowed:
        for i in _where(pc.greater(clicks, shown)):
            bad.append(
                (i, "clicks", str(clicks[i].as_py()),
                 f"clicks {clicks[i].as_py()} are more than impressions {shown[i].as_py()}")
            )  # fmt: skip
    for column in NEVER_NEGATIVE:
        if arrays.get(column) is not None:
            for i in _where(pc.less(arrays[column], 0)):
                bad.append((i, column, str(arrays[column][i].as_py()), "a count below zero"))
    start, end = arrays.get("period_start"), arrays.get("period_end")
    if start is not None and end is not None:
        for i in _where(pc.less(end, start)):
            bad.append((i, "period_start", str(start[i]), f"lies after the period's end, {end[i]}"))
    when = table_of(name).when
    days = arrays.get(when)
    if name in FACTS and days is not None:
        last = exported_on + timedelta(days=1)
        limit = pa.scalar(last) if pa.types.is_date(days.type) else None
        if limit is None:
            limit = pc.cast(pa.scalar(last + timedelta(days=1)), pa.timestamp("us"))
            limit = pc.assume_timezone(limit, "UTC")
        for i in _where(pc.greater(days, limit)):
            shown_day = days[i].as_py()
            shown_day = shown_day if isinstance(shown_day, date) else shown_day.date()
            bad.append(
                (i, when, str(shown_day), f"lies after the day of the export, {exported_on}")
            )
    return bad


def _where(mask):
    return pc.indices_nonzero(pc.fill_null(mask, False)).to_pylist()


def money_unit(arrays, where):
    """Compare spend / clicks with the reported cost per click: a factor stops the import."""
    spend, clicks, cpc = (arrays.get(k) for k in ("spend", "clicks", "cpc_reported"))
    if spend is None or clicks is None or cpc is None:
        return
    spend, cpc = pc.cast(spend, pa.float64()), pc.cast(cpc, pa.float64())
    usable = pc.and_(pc.and_(pc.greater(clicks, 0), pc.greater(spend, 0)), pc.greater(cpc, 0))
    usable = pc.fill_null(usable, False)
    if not pc.any(usable).as_py():
        return
    ratio = pc.divide(
        pc.divide(spend.filter(usable), pc.cast(clicks.filter(usable), pa.float64())),
        cpc.filter(usable),
    )
    middle = pc.quantile(ratio, 0.5)[0].as_py()
    for factor in FACTORS:
        for side in (factor, 1 / factor):
            if abs(middle / side - 1) < 0.1:
                raise BadValue(
                    f"spend / clicks is {middle:g} times the reported cost per click: "
                    "one of both is in another unit (fen for yuan?).",
                    where=where,
                    remedy="Say the unit of the money columns in a mapping (unit = fen) and "
                    "import again; nothing was loaded.",
                )
