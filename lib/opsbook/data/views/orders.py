"""Order lines with gross, paid and net amounts."""

import ibis

from opsbook.data.views.days import local_day


def order_lines(store, zone, *, version=None):
    """One row per order line: gross, paid and net amounts and the local day of creation."""
    orders = store.table("orders", version)
    refunded = orders.refund_amount.cast("float64").fill_null(0.0)
    paid = ibis.ifelse(orders.status == "cancelled", 0.0, orders.paid_amount.cast("float64"))
    return orders.mutate(
        # the shop itself, kept where platform becomes the channel the order came from
        shop=orders.platform + ":" + orders.shop_account_id,
        date_day=local_day(orders.created_at, zone),
        gross=orders.line_amount.cast("float64"),
        platform=ibis.coalesce(orders.source_platform, orders.platform),
        account_id=ibis.coalesce(orders.source_account_id, orders.shop_account_id),
        paid=paid,
        refunded=refunded,
        net=paid - refunded,
        # the channel of an order is the account it came from; without one it is not attributed
        is_attributed=orders.source_platform.notnull(),
    )
