"""Ads by day without counting a breakdown twice."""

import ibis
from ibis import _

AD = ("platform", "account_id", "campaign_id", "ad_group_id", "ad_id")
LEVELS = ("campaign_id", "ad_group_id", "ad_id")
MONEY = ("spend", "conversions_value", "gmv", "refund_amount", "cpc_reported")
SUMS = (
    "spend impressions clicks link_clicks conversions conversions_value reach engagements likes"
    " comments shares follows landing_views add_to_carts video_views video_p25 video_p50 video_p75"
    " video_p100 orders gmv refund_amount"
).split()


def ads_daily(store, *, version=None, dimension=None):
    """One row per ad, day and breakdown value, each impression counted once.

    A platform may export the same day whole and split by age, by region, ..., by ad and by
    campaign. Without `dimension` the whole rows of a campaign are taken before its splits, then
    the finest level (ad, ad group, campaign, account). With `dimension` (age, gender, region,
    interest, hour, placement) only rows that carry it are taken, one kind of split a day. Money
    is float in the row's own currency.
    """
    ads = store.table("ads_daily", version)
    ads = ads.mutate(**{m: ads[m].cast("float64") for m in MONEY})
    if dimension is not None:
        ads = ads.filter(ads[dimension].notnull())
    ads = ads.mutate(
        kind=_.breakdown.re_replace("=[^;]*", ""),
        is_split=_.breakdown != "all",
        names=_.campaign_id.fill_null("") != "",
        depth=sum(ibis.ifelse(_[k].fill_null("") != "", 1, 0) for k in LEVELS),
    )
    day = [_.platform, _.account_id, _.date_day]
    campaign = [*day, _.campaign_id.fill_null("")]
    file = [_.import_batch_id, _.kind]
    # a file's level is that of its finest row: the rest of an ad report ("other ads") has no ad
    ads = ads.mutate(level=len(LEVELS) - _.depth.max().over(group_by=[*campaign, *file]))
    # sorts whole rows before splits, then by level, then one kind of split before another
    ads = ads.mutate(
        order=ibis.ifelse(_.is_split, "1", "0") + _.level.cast("string") + _.kind,
        file_names=_.names.max().over(group_by=[*day, *file]),
    )
    ads = ads.mutate(
        first=_.order.min().over(group_by=campaign),
        first_named=_.order.min(where=_.names).over(group_by=day),
        first_unnamed=_.order.min(where=~_.names).over(group_by=day),
    )
    # a file that names no campaign is about the same money as one that does: the better is taken
    unnamed_is_better = _.first_unnamed < _.first_named
    covered = ibis.ifelse(
        _.names, unnamed_is_better & _.is_split, ~unnamed_is_better & ~_.file_names
    )
    kept = ads.filter((_.order == _.first) & ~covered.fill_null(False))
    return kept.drop("kind", "is_split", "names", "depth", "level", "order", "file_names", "first",
                     "first_named", "first_unnamed")  # fmt: skip
