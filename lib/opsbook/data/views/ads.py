"""Ads by day without counting a breakdown twice."""

import ibis

AD = ("platform", "account_id", "campaign_id", "ad_group_id", "ad_id")
MONEY = ("spend", "conversions_value", "gmv", "refund_amount", "cpc_reported")
SUMS = (
    "spend impressions clicks link_clicks conversions conversions_value reach engagements likes"
    " comments shares follows landing_views add_to_carts video_views video_p25 video_p50 video_p75"
    " video_p100 orders gmv refund_amount"
).split()


def ads_daily(store, *, version=None, dimension=None):
    """One row per ad, day and breakdown value, each impression counted once.

    A platform may export the same day whole and split by age, by region, ... Without `dimension`
    the whole rows are taken, and where a day has only splits, one kind of split. With
    `dimension` (age, gender, region, interest, hour, placement) only rows that carry it are
    taken, one kind of split a day. Money is float in the row's own currency.
    """
    ads = store.table("ads_daily", version)
    ads = ads.mutate(
        **{m: ads[m].cast("float64") for m in MONEY},
        kind=ads.breakdown.re_replace("=[^;]*", ""),
    )
    if dimension is not None:
        ads = ads.filter(ads[dimension].notnull())
    # "all" sorts before the names of the dimensions by the leading space
    ads = ads.mutate(kind=ibis.ifelse(ads.kind == "all", " all", ads.kind))
    day = ibis.window(group_by=[ads[k] for k in (*AD, "date_day")])
    ads = ads.mutate(first_kind=ads.kind.min().over(day))
    return ads.filter(ads.kind == ads.first_kind).drop("kind", "first_kind")
