"""The exports of shops and ads platforms, as each of them writes its files."""

import csv
from datetime import timedelta

import numpy as np
import pandas as pd

from opsbook.data.sample import layouts
from opsbook.data.sample.world import ADS, END, EXPORTED

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


def google_ads(folder, daily):
    """Ad report: title and range above the header, several totals below, ` --` where nothing is."""
    header = [
        "Day",
        "Ad status",
        "Campaign",
        "Campaign ID",
        "Ad group",
        "Ad group ID",
        "Ad ID",
        "Ad name",
        "Status",
        "Ad type",
        "Impr.",
        "Interactions",
        "Interaction rate",
        "Clicks",
        "CTR",
        "Currency code",
        "Avg. cost",
        "Cost",
        "Conv. rate",
        "Conversions",
        "Cost / conv.",
        "Conv. value",
    ]

    def line(label, s, clicks, conversions, impressions, cost, value):
        rate = f"{clicks / impressions:.2%}" if impressions else " --"
        return [
            *label,
            f"{impressions:,}",
            f"{clicks:,}",
            rate,
            f"{clicks:,}",
            rate,
            s,
            f"{cost / clicks:.2f}" if clicks else " --",
            f"{cost:,.2f}",
            f"{conversions / clicks:.2%}" if clicks else " --",
            f"{conversions:.2f}",
            f"{cost / conversions:.2f}" if conversions else " --",
            f"{value:,.2f}",
        ]

    rows = [header]
    for r in daily.itertuples():
        label = [
            f"{r.date_day:%Y-%m-%d}",
            "Enabled",
            r.campaign_name,
            r.campaign_id,
            r.ad_group_name,
            r.ad_group_id,
            r.ad_id,
            r.ad_name,
            "Eligible",
            r.ad_type,
        ]
        rows.append(
            line(
                label,
                "CNY",
                r.clicks,
                float(r.conversions),
                r.impressions,
                r.spend,
                r.conversions_value,
            )
        )
    total = (
        int(daily["clicks"].sum()),
        float(daily["conversions"].sum()),
        int(daily["impressions"].sum()),
        float(daily["spend"].sum()),
        float(daily["conversions_value"].sum()),
    )
    rows.append(line(["Total: Account", *[" --"] * 9], "CNY", *total))
    rows.append(line(["Total: Display", *[" --"] * 9], "CNY", *total))
    first, last = daily["date_day"].min(), daily["date_day"].max()
    before = [
        "Ad report",
        f'"{first:%B} {first.day}, {first:%Y} - {last:%B} {last.day}, {last:%Y}"',
    ]
    layouts.text(folder / "Ad report.csv", rows, before=before)


def oceanengine(folder, daily):
    """The daily report of the back office: yuan with sign and commas, percents, a total below."""
    rows = [["日期", "计划名称", "消耗(元)", "展示数", "点击数", "点击率", "转化数", "成交金额"]]
    for r in daily.itertuples():
        rows.append(
            [
                f"{r.date_day:%Y-%m-%d}",
                r.ad_name,
                f"¥{r.spend:,.2f}",
                r.impressions,
                r.clicks,
                f"{r.clicks / r.impressions:.2%}",
                r.conversions,
                f"¥{r.conversions_value:,.2f}",
            ]
        )
    rows.append(
        [
            "合计",
            "-",
            f"¥{daily['spend'].sum():,.2f}",
            int(daily["impressions"].sum()),
            int(daily["clicks"].sum()),
            f"{daily['clicks'].sum() / daily['impressions'].sum():.2%}",
            int(daily["conversions"].sum()),
            f"¥{daily['conversions_value'].sum():,.2f}",
        ]
    )
    layouts.text(
        folder / f"巨量引擎日报_{daily['date_day'].min():%Y%m%d}-{END:%Y%m%d}.csv",
        rows,
        encoding="gb18030",
    )


def meta_ads(folder, daily):
    """Ads Manager: one row per ad and day, the currency inside the header, percents as numbers."""
    rows = [
        [
            "Reporting starts",
            "Reporting ends",
            "Campaign name",
            "Campaign ID",
            "Ad set name",
            "Ad set ID",
            "Ad name",
            "Ad ID",
            "Ad delivery",
            "Results",
            "Result indicator",
            "Cost per results",
            "Amount spent (CNY)",
            "Impressions",
            "Reach",
            "Frequency",
            "CPM (cost per 1,000 impressions) (CNY)",
            "Link clicks",
            "CPC (cost per link click) (CNY)",
            "CTR (link click-through rate)",
            "Clicks (all)",
            "Attribution setting",
            "Purchases",
            "Purchases conversion value",
            "Adds to cart",
            "Landing page views",
        ]
    ]
    for r in daily.itertuples():
        rows.append(
            [
                r.date_day,
                r.date_day,
                r.campaign_name,
                r.campaign_id,
                r.ad_group_name,
                r.ad_group_id,
                r.ad_name,
                r.ad_id,
                "active",
                r.conversions or "",
                "actions:offsite_conversion.fb_pixel_purchase" if r.conversions else "",
                f"{r.spend / r.conversions:.4f}" if r.conversions else "",
                f"{r.spend:.2f}",
                r.impressions,
                r.reach,
                f"{r.impressions / max(r.reach, 1):.4f}",
                f"{1000 * r.spend / r.impressions:.4f}",
                r.link_clicks,
                f"{r.spend / r.link_clicks:.4f}" if r.link_clicks else "",
                f"{100 * r.link_clicks / r.impressions:.4f}",
                r.clicks,
                "7-day click or 1-day view",
                r.conversions or "",
                f"{r.conversions_value:.2f}" if r.conversions else "",
                r.add_to_carts,
                r.landing_views,
            ]
        )
    first = daily["date_day"].min()
    layouts.text(
        folder / f"Nanshan-Tea-Ads-{first:%b-%d-%Y}-to-{END:%b-%d-%Y}.csv",
        rows,
        quote=csv.QUOTE_MINIMAL,
    )


def period(daily):
    """Ads of the last 30 days as one period, for the platform that gives no day."""
    recent = daily[
        (daily["date_day"] > END - timedelta(days=30)) & (daily["platform"] == "google_ads")
    ]
    keys = [
        "platform",
        "account_id",
        "campaign_id",
        "ad_group_id",
        "ad_id",
        "campaign_name",
        "ad_group_name",
        "ad_name",
        "currency",
    ]
    out = recent.groupby(keys, as_index=False)[
        ["spend", "impressions", "clicks", "conversions", "conversions_value"]
    ].sum()
    out["spend"], out["conversions_value"] = (
        out["spend"].round(2),
        out["conversions_value"].round(2),
    )
    out.insert(8, "period_end", END)
    out.insert(8, "period_start", END - timedelta(days=29))
    out["breakdown"] = "all"
    return out


def write(inbox, lines, daily):
    """All exports of shops and ads platforms."""
    folders = {p: inbox / f"{p}@{a}" / f"{EXPORTED}" for p, a, _ in ADS}
    for function, platform in (
        (google_ads, "google_ads"),
        (oceanengine, "oceanengine"),
        (meta_ads, "meta_ads"),
    ):
        function(folders[platform], daily[daily["platform"] == platform])
    douyin_shop(
        inbox / "douyin_shop@nanshan_douyin_shop" / f"{EXPORTED}",
        lines[lines["platform"] == "douyin_shop"],
    )
    shopify(inbox / "shopify@nanshan-tea" / f"{EXPORTED}", lines[lines["platform"] == "shopify"])
