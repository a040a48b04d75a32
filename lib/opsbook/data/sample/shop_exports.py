"""The exports of shops, as each of them writes its files."""

import numpy as np
import pandas as pd

from opsbook.data.sample import layouts
from opsbook.data.sample.world import EXPORTED

DOUYIN_HEADER = [
    "主订单编号",
    "子订单编号",
    "选购商品",
    "商品规格",
    "商品数量",
    "商品ID",
    "商家编码",
    "商品金额",
    "订单应付金额",
    "运费",
    "收件人",
    "收件人手机号",
    "详细地址",
    "订单提交时间",
    "商家备注",
    "订单完成时间",
    "订单状态",
    "售后状态",
    "取消原因",
    "发货时间",
    "平台实际承担优惠金额",
    "商家实际承担优惠金额",
    "达人实际承担优惠金额",
    "达人ID",
    "达人昵称",
    "支付方式",
    "流量体裁",
    "流量渠道",
    "流量来源",
    "流量类型",
]
STATUS = {
    "completed": "已完成",
    "shipped": "已发货",
    "refunded": "已关闭",
    "cancelled": "已关闭",
    "paid": "已支付",
}
SHOPIFY_HEADER = [
    "Name",
    "Email",
    "Financial Status",
    "Paid at",
    "Fulfillment Status",
    "Fulfilled at",
    "Accepts Marketing",
    "Currency",
    "Subtotal",
    "Shipping",
    "Taxes",
    "Total",
    "Discount Code",
    "Discount Amount",
    "Shipping Method",
    "Created at",
    "Lineitem quantity",
    "Lineitem name",
    "Lineitem price",
    "Lineitem compare at price",
    "Lineitem sku",
    "Lineitem requires shipping",
    "Lineitem taxable",
    "Lineitem fulfillment status",
    "Billing Name",
    "Shipping Province",
    "Notes",
    "Note Attributes",
    "Cancelled at",
    "Payment Method",
    "Payment Reference",
    "Refunded Amount",
    "Vendor",
    "Outstanding Balance",
    "Employee",
    "Location",
    "Device ID",
    "Id",
    "Tags",
    "Risk Level",
    "Source",
    "Lineitem discount",
]


def _time(value, form="%Y-%m-%d %H:%M:%S"):
    return "-" if pd.isna(value) else value.strftime(form)


def douyin_shop(folder, lines):
    """The order list: ids behind a TAB, people masked, `-` where nothing is."""
    rows = [DOUYIN_HEADER]
    for r in lines.sort_values(
        ["created_at", "order_id"], ascending=False, kind="stable"
    ).itertuples():
        paid = r.channel != "own"
        rows.append(
            [
                f"\t{r.order_id}",
                f"\t{r.order_id[:-2]}{r.line_no:02d}",
                r.product_name,
                "-",
                r.qty,
                f"\t{r.product_id}",
                r.product_id,
                f"{r.line_amount:.2f}",
                f"{r.paid_amount:.2f}",
                f"{r.shipping:.2f}",
                "##张##",
                "##138##",
                f"{r.region}##",
                _time(r.created_at),
                "-",
                _time(r.completed_at),
                STATUS[r.status],
                "退款成功" if r.status == "refunded" else "-",
                "不想要了" if r.status == "cancelled" else "-",
                _time(r.shipped_at),
                "0.00",
                f"{r.discount_shop:.2f}",
                "0.00",
                "-",
                "-",
                "支付宝" if r.qty == 1 else "微信",
                "短视频" if r.source_platform else "商品卡",
                "付费流量" if paid else "自然流量",
                "千川" if paid else "推荐",
                "付费" if paid else "自然",
            ]
        )
    layouts.text(folder / "1794873600_nanshan_orders.csv", rows, encoding="utf-8-sig")


def shopify(folder, lines):
    """orders_export.csv: one row a line item, order fields on the first, UTM inside the notes."""
    totals = lines.groupby("order_id")[["paid_amount", "discount_shop", "refund_amount"]].sum()
    rows = [SHOPIFY_HEADER]
    for r in lines.itertuples():
        row = dict.fromkeys(SHOPIFY_HEADER, "")
        row |= {
            "Name": r.order_id,
            "Email": f"{r.buyer}@mail.example",
            "Created at": f"{r.created_at:%Y-%m-%d %H:%M:%S} +0800",
            "Lineitem quantity": r.qty,
            "Lineitem name": r.product_name,
            "Lineitem price": f"{r.unit_price:.2f}",
            "Lineitem sku": r.product_id,
            "Lineitem requires shipping": "true",
            "Lineitem taxable": "true",
            "Lineitem fulfillment status": "fulfilled"
            if r.status in ("completed", "shipped")
            else "pending",
            "Lineitem discount": f"{r.discount_shop:.2f}",
            "Vendor": "Nanshan Tea (sample)",
        }
        if r.line_no == 1:
            total = totals.loc[r.order_id]
            utm = ""
            if r.channel != "own":
                utm = (
                    f"utm_source: {r.channel}\nutm_medium: cpc\nutm_campaign: {r.channel}_always_on"
                )
            elif r.source_platform:
                utm = f"utm_source: {r.source_platform}\nutm_medium: social\nutm_content: {r.source_post_id}"
            row |= {
                "Financial Status": {"refunded": "refunded", "cancelled": "voided"}.get(
                    r.status, "paid"
                ),
                "Paid at": "" if pd.isna(r.paid_at) else f"{r.paid_at:%Y-%m-%d %H:%M:%S} +0800",
                "Fulfillment Status": "fulfilled"
                if r.status in ("completed", "shipped")
                else "unfulfilled",
                "Fulfilled at": ""
                if pd.isna(r.shipped_at)
                else f"{r.shipped_at:%Y-%m-%d %H:%M:%S} +0800",
                "Accepts Marketing": "no",
                "Currency": "CNY",
                "Subtotal": f"{total.paid_amount:.2f}",
                "Shipping": "0.00",
                "Taxes": "0.00",
                "Total": f"{total.paid_amount:.2f}",
                "Discount Amount": f"{total.discount_shop:.2f}",
                "Note Attributes": utm,
                "Cancelled at": f"{r.created_at:%Y-%m-%d %H:%M:%S} +0800"
                if r.status == "cancelled"
                else "",
                "Payment Method": "Shopify Payments",
                "Refunded Amount": f"{total.refund_amount:.2f}",
                "Outstanding Balance": "0.00",
                "Id": f"{5500000000000 + int(r.order_id[1:])}",
                "Risk Level": "Low",
                "Source": "web",
                "Shipping Province": r.region,
            }
        rows.append([row[h] for h in SHOPIFY_HEADER])
    layouts.text(folder / "orders_export.csv", rows)


def form_orders(lines):
    """The shop whose layout nobody documents comes in by the generic form."""
    columns = [
        "platform",
        "shop_account_id",
        "order_id",
        "line_no",
        "product_id",
        "product_name",
        "qty",
        "unit_price",
        "line_amount",
        "paid_amount",
        "shipping",
        "discount_shop",
        "refund_amount",
        "status",
        "created_at",
        "paid_at",
        "shipped_at",
        "completed_at",
        "refunded_at",
        "source_platform",
        "source_account_id",
        "source_post_id",
        "region",
    ]
    out = lines[columns].copy()
    out.insert(14, "currency", "CNY")
    out["person_key"] = lines["buyer"]
    out["traffic_type"] = np.where(lines["channel"] == "own", "organic", "paid")
    out["campaign_id"] = lines["campaign_id"]
    return out


def write(inbox, lines):
    """The exports of the shops whose layout is documented."""
    day = f"{EXPORTED}"
    douyin_shop(
        inbox / "douyin_shop@nanshan_douyin_shop" / day, lines[lines["platform"] == "douyin_shop"]
    )
    shopify(inbox / "shopify@nanshan-tea" / day, lines[lines["platform"] == "shopify"])
