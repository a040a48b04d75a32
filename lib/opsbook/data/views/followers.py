"""Followers by account and day."""

import ibis


def follower_days(store, zone, *, version=None):
    """One row per account and day, all channels together; `is_last` marks the newest total.

    net_followers is the reported figure, else gained minus lost. Days are the platform's own.
    """
    days = store.table("follower_daily", version)
    whole = days.filter(days.channel == "all")
    split = days.filter(days.channel != "all")
    key = ("platform", "account_id", "date_day")
    summed = split.group_by(*key).aggregate(
        followers_total=split.followers_total.max(),
        new_followers=split.new_followers.sum(),
        lost_followers=split.lost_followers.sum(),
        net_followers=split.net_followers.sum(),
        profile_visits=split.profile_visits.sum(),
    )
    # a platform that gives both is read from its own total
    summed = summed.anti_join(whole, key)
    columns = summed.columns
    rows = whole.select(*columns).union(summed.select(*columns))
    gained = rows.new_followers - rows.lost_followers
    rows = rows.mutate(net_followers=ibis.coalesce(rows.net_followers, gained))
    account = ibis.window(group_by=[rows.platform, rows.account_id])
    known = ibis.ifelse(rows.followers_total.notnull(), rows.date_day, ibis.null("date"))
    return rows.mutate(is_last=(rows.date_day == known.max().over(account)).fill_null(False))
