"""The exports of ads platforms, as each of them writes its files."""

import csv
from datetime import timedelta

from opsbook.data.sample import layouts
from opsbook.data.sample.world import ADS, END, EXPORTED


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


def write(inbox, daily):
    """The exports of every ads account."""
    folders = {p: inbox / f"{p}@{a}" / f"{EXPORTED}" for p, a, _ in ADS}
    for function, platform in (
        (google_ads, "google_ads"),
        (oceanengine, "oceanengine"),
        (meta_ads, "meta_ads"),
    ):
        function(folders[platform], daily[daily["platform"] == platform])
