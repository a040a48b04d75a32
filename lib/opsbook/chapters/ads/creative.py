"""6.2: which creative elements earn, when a creative wears out, whether assets and copy are fit."""

import numpy as np
import pandas as pd

from opsbook import config
from opsbook.chapters.ads import rows as ad_rows
from opsbook.estimate import Estimate
from opsbook.methods import adjusted, compliance
from opsbook.methods import fatigue as wear
from opsbook.methods.asset_audit import asset_audit

ELEMENTS = ("selling_point", "emotion", "form")
# as a value, "form" is a form that somebody fills in
_SHOWN = {"form": "creative_form"}
AD = ["platform", "ad_id"]


def elements(book):
    """What selling point, emotion and form are worth in clicks per impression, shrunk.

    One row per element and level: n (ads), exposure, rate, relative (against the average level,
    same platform, ad type and other elements), low, high, p_value. Empirical-Bayes shrinkage
    where an element has four levels or more.
    """
    now = ad_rows.window(book, 180)
    parts = []
    for element in ELEMENTS:
        frame = now.dropna(subset=[element])
        if frame[element].nunique() < 2:
            continue
        controls = [
            c for c in ("platform", "ad_type", *ELEMENTS) if c != element and frame[c].nunique() > 1
        ]
        table = adjusted.rates(
            frame, "clicks", "impressions", element, controls=controls, cluster="ad_id", shrunk=True
        )
        table.insert(0, "element", element)
        parts.append(table.rename(columns={element: "level"}))
    if not parts:
        return pd.DataFrame(columns=["element", "level"])
    table = pd.concat(parts, ignore_index=True)
    for element, part in table[table["enough"]].groupby("element"):
        best = part.nlargest(1, "relative").iloc[0]
        if best["low"] > 0:
            book.find(
                "6.2.1",
                "medium",
                "6.2.1.element",
                subject=f"{book.translator.label(element)}: {book.translator.value(best['level'])}",
                figure=_relative(best),
                level=book.translator.value(best["level"]),
                element=book.translator.label(element),
            )
    table["element"] = table["element"].replace(_SHOWN)
    return table.sort_values(["element", "relative"], ascending=[True, False], ignore_index=True)


def fatigue(book):
    """When creatives wear out: half-life in impressions for the 20 ads that spend most.

    One row per ad: impressions so far, half_life, low, high, n (days), worn (share of the first
    rate that is lost by now), state (worn, wearing, steady, too_early). Half-lives by
    `methods.fatigue.half_life`; steady where the interval holds no wear.
    """
    return book.once("fatigue", lambda: _fatigue(book))


def _fatigue(book):
    now = ad_rows.window(book, 400)
    if now.empty:
        return pd.DataFrame(columns=["ad_name"])
    spend = now.groupby(AD)["spend"].sum().nlargest(20)
    out = []
    for key in spend.index:
        part = now[(now["platform"] == key[0]) & (now["ad_id"] == key[1])]
        by_day = part.groupby("date_day")[["impressions", "clicks"]].sum().reset_index()
        by_day = by_day.rename(columns={"date_day": "date"})
        found = wear.half_life(by_day)
        seen = float(by_day["impressions"].sum())
        half = found.value
        worn = 1 - 0.5 ** (seen / half) if found.enough and np.isfinite(half) and half > 0 else 0.0
        tired = found.enough and np.isfinite(half) and half > 0 and np.isfinite(found.high)
        state = "too_early" if not found.enough else "steady"
        if tired:
            state = "worn" if worn >= 0.5 else "wearing"
        last = by_day["date"].max() >= pd.Timestamp(book.period.start)
        out.append(
            (
                key[0],
                part["ad_name"].iloc[0],
                key[1],
                seen,
                half,
                found.low,
                found.high,
                found.n,
                worn,
                state,
                bool(last),
                float(spend[key]),
            )
        )
        if state == "worn" and last:
            figure = Estimate(half, found.low, found.high, found.n, found.method, unit="times")
            book.find(
                "6.2.1",
                "high",
                "6.2.1.worn",
                subject=part["ad_name"].iloc[0],
                figure=figure,
                seen=seen,
                worn=worn,
            )
    columns = [
        "platform",
        "ad_name",
        "ad_id",
        "impressions",
        "half_life",
        "low",
        "high",
        "n",
        "worn_share",
        "state",
        "is_running",
        "spend",
    ]
    frame = pd.DataFrame(out, columns=columns)
    order = {"worn": 0, "wearing": 1, "steady": 2, "too_early": 3}
    return frame.sort_values("state", key=lambda s: s.map(order), kind="stable", ignore_index=True)


def wear_curve(book, ad_id):
    """Clicks per impression of one ad against the impressions it has had: seen, rate, n."""
    now = ad_rows.window(book, 400)
    part = now[now["ad_id"] == ad_id].groupby("date_day")[["impressions", "clicks"]].sum()
    seen = part["impressions"].cumsum()
    # about twenty points, each of several days, so that the curve can be read
    block = np.arange(len(part)) * 20 // max(len(part), 1)
    sums = (
        part.assign(seen=seen, block=block)
        .groupby("block")
        .agg(impressions=("impressions", "sum"), clicks=("clicks", "sum"), seen=("seen", "max"))
    )
    rate = sums["clicks"] / sums["impressions"].where(sums["impressions"] > 0)
    return pd.DataFrame(
        {"seen": sums["seen"].astype(float), "rate": rate, "n": sums["impressions"]}
    ).reset_index(drop=True)


def call_to_action(book):
    """Ads with and without a call to action, and what each one earned per click.

    One row per call to action ("none" where the copy has none): ads, spend, relative conversions
    per click on equal platform and type, low, high, p_value, n.
    """
    now = ad_rows.window(book, 180)
    known = now[now["call_to_action"].notna() | now["copy_text"].notna()].copy()
    if known.empty:
        return pd.DataFrame(columns=["call_to_action"])
    known["call_to_action"] = known["call_to_action"].fillna("none").replace("", "none")
    controls = [c for c in ("platform", "ad_type") if known[c].nunique() > 1]
    table = adjusted.rates(
        known, "conversions", "clicks", "call_to_action", controls=controls, cluster="ad_id"
    )
    spend = known.groupby("call_to_action").agg(ads=("ad_id", "nunique"), spend=("spend", "sum"))
    table = table.merge(spend, left_on="call_to_action", right_index=True)
    bare = table[table["call_to_action"] == "none"]
    if len(bare) and bare["enough"].iloc[0] and bare["high"].iloc[0] < 0:
        row = bare.iloc[0]
        named = table[(table["call_to_action"] != "none") & table["relative"].notna()]
        best = named.loc[named["relative"].idxmax()]
        dear = known[known["call_to_action"] == "none"].groupby("ad_name")["spend"].sum()
        book.find(
            "6.2.2",
            "medium",
            "6.2.2.no_call",
            best=book.translator.value(best["call_to_action"]),
            best_gain=best["relative"],
            first=dear.idxmax(),
            first_spend=dear.max(),
            subject=book.t("6.2.2.ads_without", n=int(row["ads"])),
            figure=_relative(row),
            spend=row["spend"],
        )
    order = ["call_to_action", "ads", "spend", "rate", "relative", "low", "high", "p_value", "n"]
    return table[order].sort_values("relative", ascending=False, ignore_index=True)


def assets(book):
    """Ad assets against the rules of platform and brand: one row per asset and ruled check.

    Columns: asset_id, ad_name, platform, check, measured, allowed, is_ok, rule_of. The audit is
    that of chapter 4 (`methods.asset_audit`); a platform without rules is held to the brand's.
    """
    columns = [
        "asset_id",
        "ad_name",
        "platform",
        "check",
        "measured",
        "allowed",
        "is_ok",
        "rule_of",
    ]
    files = book.frame("assets")
    ads = book.frame("ad_campaigns").dropna(subset=["asset_id"])
    ads = ads.drop_duplicates(["platform", "asset_id"])[["platform", "asset_id", "ad_name"]]
    files = files[files["asset_id"].isin(ads["asset_id"])].drop(columns="platform")
    if files.empty:
        return pd.DataFrame(columns=columns)
    standard = config.reference("visual_standard.toml", home_folder=book.settings.home)
    colours = standard["palette"]["colours"] or book.settings.brand.get("colours")
    used = files.merge(ads, on="asset_id")
    frame = asset_audit(used, book.asset_path, standard, colours)
    frame = frame[frame["is_ok"].notna()].merge(ads, on=["platform", "asset_id"])
    frame["is_ok"] = frame["is_ok"].astype(bool)
    for (asset, platform), part in frame[~frame["is_ok"]].groupby(["asset_id", "platform"]):
        first = part.iloc[0]
        book.find(
            "6.2.2",
            "medium",
            "6.2.2.asset",
            subject=f"{asset} ({book.translator.value(platform)})",
            figure=float(len(part)),
            n=int((frame["asset_id"] == asset).sum()),
            unit="times",
            check=book.check_name(first["check"]),
            measured=first["measured"],
            allowed=first["allowed"],
        )
    return frame[columns].sort_values(["is_ok", "asset_id"], kind="stable", ignore_index=True)


def copy_check(book):
    """Ad copy against advertising law: one row per risky wording.

    Columns: ad_name, platform, term, rule, category, severity, reason, suggestion, spend (of the
    ad in the window). By `methods.compliance`.
    """
    ads = book.frame("ad_campaigns")
    ads = ads[ads["copy_text"].fillna("").str.len() > 0].drop_duplicates(AD)
    if ads.empty:
        return pd.DataFrame(columns=["ad_name"])
    now = ad_rows.window(book)
    spend = now.groupby("ad_id")["spend"].sum()
    out = []
    for (_, ad), hits in zip(
        ads.iterrows(),
        compliance.check_many(ads["copy_text"].tolist(), language=book.language),
        strict=True,
    ):
        for hit in hits:
            out.append(
                (
                    ad["ad_name"] if pd.notna(ad["ad_name"]) else ad["ad_id"],
                    ad["platform"],
                    hit.term,
                    hit.rule,
                    hit.category,
                    hit.severity,
                    hit.reason,
                    hit.suggestion,
                    float(spend.get(ad["ad_id"], 0.0)),
                )
            )
    frame = pd.DataFrame(
        out,
        columns=[
            "ad_name",
            "platform",
            "term",
            "rule",
            "category",
            "risk",
            "reason",
            "suggestion",
            "spend",
        ],
    )
    for name, part in frame[frame["risk"] == "ban"].groupby("ad_name"):
        first = part.iloc[0]
        book.find(
            "6.2.2",
            "critical",
            "6.2.2.copy",
            subject=name,
            figure=float(len(part)),
            unit="times",
            n=len(ads),
            term=first["term"],
            rule=first["rule"],
            suggestion=first["suggestion"],
        )
    return frame.sort_values("spend", ascending=False, ignore_index=True)


def _relative(row):
    return Estimate(
        row["relative"], row["low"], row["high"], int(row["n"]), adjusted.METHOD, unit="fraction"
    )
