"""5.3.1, 5.3.3 and 5.3.4: what was collected, what to do about it, and what to remember."""

import itertools

import numpy as np
import pandas as pd

from opsbook.chapters.campaigns import rows as campaign_rows
from opsbook.chapters.campaigns.effect import EFFECT, effect, goal_result, second_opinion
from opsbook.chapters.campaigns.running import own_posts, replies
from opsbook.data.views import ads_daily
from opsbook.findings import SEVERITIES

STEPS = ("exposure", "engaged", "clicks", "orders", "paid_orders")


def collection(book):
    """What was counted in each campaign on each platform, and how complete it is.

    One row per campaign that has begun and platform: posts, exposure (impressions, or views),
    participants (people who commented or bought, each once), engaged (interactions), clicks (of
    links and ads), orders and paid sales that came from it, post_coverage (share of posts with
    figures), order_coverage (share of the campaign's orders whose source is known).
    """
    columns = ["campaign_name", "platform", "posts", "exposure", "participants", "engaged",
               "clicks", "orders", "paid_orders", "sales", "post_coverage", "order_coverage",
               "campaign_id"]  # fmt: skip
    posts, orders = campaign_rows.posts(book), campaign_rows.orders(book)
    comments = campaign_rows.comments(book)
    posts["exposure"] = posts["impressions"].fillna(posts["views"])
    posts["told"] = posts["exposure"].notna() | posts["interactions"].notna()
    out = []
    frame = campaign_rows.campaigns(book)
    for _, c in frame[frame["stage"] != "planned"].iterrows():
        span = (c["start_date"], c["end_date"])
        here = posts[posts["date_day"].between(*span)]
        bought = orders[orders["date_day"].between(*span)]
        said = comments[comments["date_day"].between(*span)]
        known = float(bought["is_attributed"].astype(bool).mean()) if len(bought) else np.nan
        ads = _ad_clicks(book, span)
        for platform in c["platforms"] or sorted(here["platform"].unique()):
            mine = here[here["platform"] == platform]
            lines = bought[(bought["platform"] == platform) & bought["is_attributed"].astype(bool)]
            people = set(said.loc[said["platform"] == platform, "person_key"].dropna())
            people |= set(lines["person_key"].dropna())
            clicks = mine["link_clicks"].fillna(mine["clicks"]).sum(min_count=1)
            paid = lines[lines["paid"] > 0]["order_id"].nunique()
            out.append(
                (c["campaign_name"], platform, len(mine), mine["exposure"].sum(min_count=1),
                 len(people), mine["interactions"].sum(min_count=1),
                 np.nansum([clicks, ads.get(platform, np.nan)]) or np.nan,
                 lines["order_id"].nunique(), paid, lines["paid"].sum(),
                 mine["told"].mean() if len(mine) else np.nan, known, c["campaign_id"])
            )  # fmt: skip
        if 0 < known < 0.7 and c["stage"] != "ended":
            book.find("5.3.1", "medium", "5.3.1.coverage", subject=c["campaign_name"],
                      figure=known, unit="fraction", n=len(bought), owner="data",
                      lines=int((~bought["is_attributed"].astype(bool)).sum()))  # fmt: skip
    return pd.DataFrame(out, columns=columns)


def _ad_clicks(book, span):
    ads = book.view("campaign_ads", lambda s, z, version: ads_daily(s, version=version))
    inside = ads[ads["date_day"].between(*span)]
    return inside.groupby("platform")["clicks"].sum()


def funnel(book, platform=None):
    """Conversion funnel of the campaign with most orders: step and value, top first.

    platform: one platform's funnel; None sums those that report exposure.
    """
    table = collection(book)
    columns = ["step", "value"]
    campaign = _shown(book)
    if table.empty or campaign is None:
        return pd.DataFrame(columns=columns)
    part = table[table["campaign_id"] == campaign["campaign_id"]]
    part = part[part["platform"] == platform] if platform else part[part["exposure"].notna()]
    steps = [(step, float(part[step].sum())) for step in STEPS if part[step].notna().any()]
    return pd.DataFrame([s for s in steps if s[1] > 0], columns=columns)


def funnel_rates(book):
    """Step by step conversion per platform of the same campaign: platform, step, share, n (base)."""
    table = collection(book)
    campaign = _shown(book)
    columns = ["platform", "step", "share", "n"]
    if table.empty or campaign is None:
        return pd.DataFrame(columns=columns)
    out = []
    for _, row in table[table["campaign_id"] == campaign["campaign_id"]].iterrows():
        known = [s for s in STEPS if pd.notna(row[s]) and row[s] > 0]
        for upper, lower in itertools.pairwise(known):
            out.append(
                (row["platform"], f"{upper}_to_{lower}", row[lower] / row[upper], row[upper])
            )
    return pd.DataFrame(out, columns=columns)


def _shown(book):
    """The campaign that the funnel shows: the focus campaign where it has begun."""
    campaign = campaign_rows.focus(book)
    return None if campaign is None or campaign["stage"] == "planned" else campaign


def actions(book):
    """What to do, most urgent first: every action of this chapter with the figure it rests on.

    One row per finding: rank, severity, subject, action, figure, low, high, unit, owner, due,
    section. Information alone is left out. Run it after the other sections.
    """
    order = {s: i for i, s in enumerate(reversed(SEVERITIES))}
    rows = [f for f in book.sorted_findings() if f.severity != "info"]
    rows.sort(
        key=lambda f: (order[f.severity], f.due, -abs(f.figure) if f.figure == f.figure else 0)
    )
    out = [
        (i, f.severity, f.subject, f.action, f.figure, f.low, f.high, book.translator.unit(f.unit),
         f.owner, pd.Timestamp(f.due), f.section)
        for i, f in enumerate(rows, start=1)
    ]  # fmt: skip
    columns = ["rank", "severity", "subject", "action", "figure", "low", "high", "unit", "owner",
               "due", "section"]  # fmt: skip
    return pd.DataFrame(out, columns=columns)


def summary(book, campaign_id=None):
    """The report of one campaign in the parts of 7.2.2: cover to appendix.

    campaign_id: None takes the last one that has ended, else the running one. One row per line:
    part (cover, contents, summary, body, conclusion, recommendation, appendix), item, text (the
    figure with its interval, written out), source_section.
    """
    columns = ["part", "item", "text", "source_section"]
    frame = campaign_rows.campaigns(book)
    begun = frame[frame["stage"] != "planned"]
    if begun.empty:
        return pd.DataFrame(columns=columns)
    ended = begun[begun["stage"] == "ended"]
    c = campaign_rows.named(book, campaign_id) if campaign_id else (
        ended if len(ended) else begun).iloc[-1]  # fmt: skip
    t, name = book.translator, c["campaign_name"]
    out = [
        ("cover", "campaign_name", name, "5.1"),
        ("cover", "dates", f"{t.date(c['start_date'])} – {t.date(c['end_date'])}", "5.1"),
        ("cover", "campaign_type", t.value(c["campaign_type"]), "5.1"),
        ("cover", "owner", t.value(c["owner"]), "5.1"),
        ("contents", "sections", "5.2.3 · 5.3.1 · 5.3.2 · 5.3.3", "5.3.4"),
    ]
    result = goal_result(book)
    for _, g in result[result["campaign_name"] == name].iterrows():
        text = book.t("5.3.4.goal", metric=book.indicator_name(g["indicator"]), goal=g["goal_value"],
                      observed=g["observed"], share=g["goal_share"])  # fmt: skip
        out.append(("summary", "goal", text, "5.3.2"))
    mine = effect(book)
    mine = mine[mine["campaign_id"] == c["campaign_id"]]
    for _, e in mine.dropna(subset=["relative"]).iterrows():
        text = book.t("5.3.4.effect", metric=book.indicator_name(e["indicator"]), lift=e["relative"],
                      low=e["low"], high=e["high"], chance=e["probability"])  # fmt: skip
        out.append(("summary", "effect", text, "5.3.2"))
    for _, r in collection(book).query("campaign_name == @name").iterrows():
        text = book.t("5.3.4.channel", posts=r["posts"], exposure=r["exposure"],
                      people=r["participants"], sales=r["sales"])  # fmt: skip
        out.append(("body", t.value(r["platform"]), text, "5.3.1"))
    for _, r in own_posts(book).query("campaign_name == @name").iterrows():
        text = book.t("5.3.4.posts", on=r["on_plan"], planned=r["planned"], got=r["exposure"])
        out.append(("body", t.value(r["platform"]), text, "5.2.3"))
    for _, r in replies(book).query("campaign_name == @name").iterrows():
        text = book.t("5.3.4.replies", share=r["in_time_share"], n=r["received"])
        out.append(("body", t.value(r["platform"]), text, "5.2.3"))
    for _, e in mine.dropna(subset=["return_on_cost"]).iterrows():
        text = book.t("5.3.4.return", value=e["return_on_cost"], low=e["return_low"],
                      high=e["return_high"], cost=e["cost"])  # fmt: skip
        out.append(("conclusion", "return_on_cost", text, "5.3.2"))
    if isinstance(c["lessons"], str) and c["lessons"]:
        out.append(("conclusion", "lessons", c["lessons"], "5.3.4"))
    for _, a in actions(book).head(5).iterrows():
        if name in str(a["subject"]):
            out.append(("recommendation", t.value(a["owner"]), a["action"], a["section"]))
    best = mine.dropna(subset=["relative"]).nlargest(1, "probability")
    for _, e in best.iterrows():
        advice = "repeat" if e["low"] > 0 else "drop" if e["high"] < 0 else "smaller"
        text = book.t(f"5.3.4.advice.{advice}", campaign=name, lift=e["relative"])
        out.append(("recommendation", t.value(c["owner"]), text, "5.3.3"))
    for _, s in second_opinion(book).query("campaign_name == @name").iterrows():
        text = book.t("5.3.4.second", lift=s["relative"], low=s["low"], high=s["high"])
        out.append(("appendix", t.value(s["method"]), text, "5.3.2"))
    out.append(("appendix", "data_version", str(book.version), "5.3.4"))
    return pd.DataFrame(out, columns=columns)


def library(book):
    """Every campaign that has ended, with what it did and what was learnt; it grows by itself.

    One row per campaign, newest first: name, type, theme, dates, platforms, cost, relative lift
    of paid sales with low and high, return_on_cost, goal_share, met, lessons.
    """
    columns = ["campaign_name", "campaign_type", "theme", "start_date", "end_date", "platforms",
               "cost", "relative", "low", "high", "return_on_cost", "goal_share", "met",
               "lessons"]  # fmt: skip
    frame = campaign_rows.campaigns(book)
    past = frame[frame["stage"] == "ended"]
    if past.empty:
        return pd.DataFrame(columns=columns)
    sales = effect(book).reindex(columns=EFFECT)
    sales = sales[sales["indicator"] == campaign_rows.SALES][
        ["campaign_id", "relative", "low", "high", "return_on_cost"]
    ]
    goals = goal_result(book)[["campaign_name", "goal_share", "met"]]
    table = past.merge(sales, on="campaign_id", how="left").merge(
        goals, on="campaign_name", how="left"
    )
    word = book.translator.value
    table["platforms"] = [", ".join(str(word(p)) for p in names) for names in table["platforms"]]
    bare = table[table["lessons"].fillna("").str.strip() == ""]
    if len(bare):
        last = bare.iloc[-1]
        book.find("5.3.4", "low", "5.3.4.no_lessons", subject=last["campaign_name"],
                  figure=float(len(bare)), unit="times", n=len(past),
                  names=", ".join(bare["campaign_name"]))  # fmt: skip
    return table.sort_values("start_date", ascending=False, ignore_index=True)[columns]
