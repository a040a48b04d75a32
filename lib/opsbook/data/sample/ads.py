"""Ads by day: spend that moves, creatives that differ and wear out, audiences that differ."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.data.sample import texts
from opsbook.data.sample.world import ADS, AGES, END, REGIONS

DAYS = 200
PER_PLATFORM = 25
CPM = {"google_ads": 34.0, "oceanengine": 26.0, "meta_ads": 30.0}
USUAL_SPEND = 340.0
SALES = ((date(2026, 6, 14), date(2026, 6, 18)), (date(2026, 11, 8), date(2026, 11, 11)))


def spend(world):
    """Spend by day (index) and channel: levels change every five days, with daily noise."""
    days = pd.date_range(END - timedelta(days=DAYS - 1), END)
    plan = world.plan("response")
    out = {}
    for platform, _, _ in ADS:
        rng = world.rng(f"spend {platform}")
        usual = plan["channels"][platform]["spend_per_day"] if plan else USUAL_SPEND
        level = np.repeat(rng.choice([0.1, 0.4, 1.0, 1.7, 2.6], DAYS // 5 + 1), 5)[:DAYS]
        out[platform] = np.round(usual * level * rng.uniform(0.8, 1.2, DAYS), 2)
    return pd.DataFrame(out, index=days)


def orders_from(world, spending):
    """Expected orders a day out of each channel's spend: carry-over, then saturation."""
    plan = world.plan("response")
    out = pd.DataFrame(0.0, index=spending.index, columns=spending.columns)
    if not plan:
        return out
    for platform, c in plan["channels"].items():
        held, values = float(spending[platform].mean()), []
        for s in spending[platform]:
            held = (1 - c["carry_over"]) * s + c["carry_over"] * held
            values.append(c["ceiling_orders"] * held / (held + c["half_saturation"]))
        out[platform] = values
    return out


def catalogue(world):
    """The ads: hierarchy, creative elements, copy, days on which they ran."""
    rows = []
    banned, fatigue = world.plan("banned_words"), world.plan("fatigue")
    for order, (platform, account_id, language) in enumerate(ADS):
        rng = world.rng(f"ads {platform}")
        faulty = set(rng.permutation(PER_PLATFORM)[:1]) if banned else set()
        for i in range(PER_PLATFORM):
            campaign, group = i % 3, i // 3 % 3
            elements = {k: v[rng.integers(len(v))] for k, v in texts.AD_ELEMENTS.items()}
            copy = texts.AD_COPY[language]
            words = [
                copy[elements["selling_point"]],
                copy[elements["emotion"]],
                copy[elements["call_to_action"]],
            ]
            if i in faulty:
                words.insert(1, texts.BANNED[language][rng.integers(len(texts.BANNED[language]))])
            worn = i < 3
            first = 0 if worn else int(rng.integers(0, DAYS - 40))
            length = DAYS if worn else int(rng.integers(40, DAYS))
            start = END - timedelta(days=DAYS - 1 - first)
            end = min(END, start + timedelta(days=length - 1))
            kind = ("feed", "video", "banner", "interactive")[int(rng.integers(4))]
            name = f"{kind}-{elements['selling_point']}-{i + 1:02d}"
            # The daily report of Ocean Engine gives the name of a plan and no id at all.
            named = platform == "oceanengine"
            ad_id = {
                "google_ads": f"{712000000000 + 317 * i}",
                "oceanengine": name,
                "meta_ads": f"{23850000000000000 + 104729 * i}",
            }[platform]
            if i in faulty:
                banned["ad_ids"].append(f"{platform}: {ad_id}")
            if worn and fatigue:
                fatigue["ad_ids"].append(f"{platform}: {ad_id}")
            rows.append(
                {
                    "platform": platform,
                    "account_id": account_id,
                    "campaign_id": "" if named else f"{platform[:1].upper()}{9100 + campaign}",
                    "campaign_name": (
                        "常青" if language == "zh" else "Always on",
                        "新品" if language == "zh" else "New tea",
                        "大促" if language == "zh" else "Sale",
                    )[campaign]
                    + f" {campaign + 1}",
                    "ad_group_id": ""
                    if named
                    else f"{platform[:1].upper()}{9100 + campaign}{group}",
                    "ad_group_name": f"{'人群' if language == 'zh' else 'Audience'} {campaign + 1}-{group + 1}",
                    "ad_id": ad_id,
                    "ad_name": name,
                    "ad_type": kind,
                    "objective_raw": "conversions",
                    "budget": 60,
                    "currency": "CNY",
                    "start_date": start,
                    "end_date": end,
                    "status": "active" if end == END else "ended",
                    "base_url": "https://shop.nanshan-tea.example/",
                    **elements,
                    "copy_text": "，".join(w for w in words if w)
                    if language == "zh"
                    else ". ".join(w for w in words if w),
                    "asset_id": f"AD{order + 1 + 3 * (i % 2):02d}",
                    "_worn": worn,
                }
            )
    return pd.DataFrame(rows)


def _quality(world, ads):
    """Log effect of the creative elements on the click-through rate."""
    plan = world.plan("creatives")
    out = world.rng("quality").normal(0, 0.08, len(ads))
    for kind in ("selling_point", "emotion", "form", "ad_type") if plan else ():
        out = out + np.log1p(plan[kind]["effect"]) * (ads[kind] == plan[kind]["best"])
    return np.asarray(out, float)


def daily(world, ads, spending, caused):
    """Ad x day: spend, impressions, clicks and the conversions that the platform claims."""
    plan = world.plan("fatigue")
    creative = world.plan("creatives")
    quality = _quality(world, ads)
    frames = []
    for platform, _, _ in ADS:
        rng = world.rng(f"ads daily {platform}")
        own = ads[ads["platform"] == platform]
        weight = rng.gamma(6, 1, len(own))
        weight[own["_worn"].to_numpy()] *= 1.6
        days = spending.index
        active = np.array(
            [
                (days >= pd.Timestamp(r.start_date)) & (days <= pd.Timestamp(r.end_date))
                for r in own.itertuples()
            ]
        ).T
        share = active * weight * rng.gamma(20, 0.05, active.shape)
        money = spending[platform].to_numpy()[:, None] * share / share.sum(axis=1, keepdims=True)
        impressions = np.round(
            money / CPM[platform] * 1000 * rng.uniform(0.9, 1.1, money.shape)
        ).astype(int)
        seen = np.cumsum(impressions, axis=0)
        ctr = 0.016 * np.exp(quality[own.index])[None, :] * np.ones(money.shape)
        if plan:
            ctr = ctr * np.where(
                own["_worn"], 2.0 ** (-seen / plan["half_life_impressions"][platform]), 1
            )
        clicks = rng.binomial(impressions, np.clip(ctr, 1e-4, 0.3))
        rate = np.full(money.shape, 0.03)
        if creative:
            best = creative["call_to_action"]
            rate = rate * (1 + best["effect"] * (own["call_to_action"] == best["best"]).to_numpy())
        sale = np.array([any(a <= d.date() <= b for a, b in SALES) for d in days])
        rate = rate * np.where(sale, 1.7, 1)[:, None]
        # The claims follow what the channel caused, over-counted as platforms do.
        expected = clicks * rate
        target = caused[platform].to_numpy()
        total = expected.sum(axis=1)
        claims = rng.poisson(
            expected
            * (1 + 0.5 * np.where(total > 0, target / np.maximum(target.mean(), 1e-9), 1))[:, None]
        )
        i, j = np.nonzero(active & (impressions > 0))
        part = own.iloc[j].reset_index(drop=True)
        part = part.drop(
            columns=["start_date", "end_date", "budget", "status", "base_url", "objective_raw"]
        )
        part["date_day"] = days[i].date
        part["spend"] = np.round(money[i, j], 2)
        part["impressions"], part["clicks"] = impressions[i, j], clicks[i, j]
        part["link_clicks"] = np.floor(part["clicks"] * 0.86).astype(int)
        part["conversions"] = claims[i, j]
        part["conversions_value"] = np.round(
            part["conversions"] * rng.uniform(115, 145, len(part)), 2
        )
        part["reach"] = np.round(part["impressions"] * 0.78).astype(int)
        part["follows"] = rng.poisson(part["clicks"] * 0.02)
        part["landing_views"] = np.floor(part["link_clicks"] * 0.82).astype(int)
        part["add_to_carts"] = np.maximum(
            rng.poisson(part["conversions"] * 2.2), part["conversions"]
        )
        frames.append(part.sort_values(["date_day", "ad_id"], kind="stable"))
    return pd.concat(frames, ignore_index=True)


def breakdowns(world, daily_frame):
    """The last 35 days split by audience; the parts of a row add up to it.

    Meta by age and gender, Ocean Engine by region and by interest, Google by campaign and hour.
    """
    plan = world.plan("audience")
    rng = world.rng("breakdowns")
    recent = daily_frame[daily_frame["date_day"] > END - timedelta(days=35)]
    ages = [{"age": a, "gender": g} for a in AGES for g in ("female", "male")]
    regions = [{"region": r} for r in REGIONS]
    interests = [{"interest": v} for v in ("tea", "food", "home", "travel")]
    hours = [{"hour": h} for h in range(24)]
    keys = ["platform", "account_id", "campaign_id", "ad_group_id", "ad_id", "currency", "date_day"]
    sums = ["spend", "impressions", "clicks", "conversions"]
    frames = []
    for platform, cells in (
        ("meta_ads", ages), ("oceanengine", regions), ("oceanengine", interests), ("google_ads", hours),
    ):  # fmt: skip
        own = recent[recent["platform"] == platform]
        if cells is not ages:  # by campaign: an ad has too few clicks in each cell
            own = own.assign(ad_group_id="", ad_id="")
        own = own.groupby(keys, as_index=False)[sums].sum()
        shares = rng.dirichlet(np.full(len(cells), 60.0), len(own))
        impressions = rng.multinomial(own["impressions"].to_numpy(), shares)
        # Clicks are drawn among the impressions, so no cell has more of them than it was shown.
        pairs = zip(impressions, own["clicks"].to_numpy(), strict=True)
        clicks = np.array([rng.multivariate_hypergeometric(i, c) for i, c in pairs])
        lift = np.array([1 + plan["lift"] if plan and _favoured(plan, c) else 1.0 for c in cells])
        weight = (clicks + 1e-9) * lift
        weight /= weight.sum(axis=1, keepdims=True)
        conversions = rng.multinomial(own["conversions"].to_numpy(), weight)
        spend = np.round(own["spend"].to_numpy()[:, None] * shares, 2)
        for k, values in enumerate(cells):
            part = own[keys].assign(
                breakdown=";".join(f"{d}={v}" for d, v in values.items()), **values
            )
            part["spend"], part["impressions"] = spend[:, k], impressions[:, k]
            part["clicks"], part["conversions"] = clicks[:, k], conversions[:, k]
            frames.append(part[part["impressions"] > 0])
    return pd.concat(frames, ignore_index=True).astype({"hour": "Int64"})


def _favoured(plan, values):
    return any(values.get(d) == plan[d] for d in ("age", "region", "interest")) or (
        "hour" in values and plan["hour"] <= values["hour"] < plan["hour"] + 4
    )


def experiments(world):
    """A/B tests by arm and day: a real lift, none, a mean with a covariate, and a broken split."""
    rows = []
    plan = world.plan("experiments")
    ids = (
        {k: plan[k]["id"] for k in ("real", "null", "mean", "mismatch")}
        if plan
        else {k: f"exp_{k}" for k in ("real", "null", "mean", "mismatch")}
    )
    for k, (kind, name) in enumerate(ids.items()):
        rng = world.rng(f"experiment {kind}")
        start = date(2026, 10, 19) + timedelta(days=2 * k)
        for d in range(21):
            n = rng.poisson(2600)
            treated = plan["mismatch"]["treated_share"] if plan and kind == "mismatch" else 0.5
            arms = {"A": n - (b := rng.binomial(n, treated)), "B": b}
            for arm, size in arms.items():
                row = {
                    "experiment_id": name,
                    "experiment_name": name.replace("_", " "),
                    "platform": "meta_ads",
                    "account_id": ADS[2][1],
                    "arm": arm,
                    "is_control": arm == "A",
                    "date_day": start + timedelta(days=d),
                    "planned_share": 0.5,
                    "planned_days": 21,
                    "trials": size,
                }
                if kind == "mean":
                    before = rng.gamma(2, 30, size)
                    value = (
                        before * 0.7
                        + rng.normal(20, 15, size)
                        + (plan["mean"]["lift"] if plan and arm == "B" else 0)
                    )
                    row |= {
                        "metric": "order_value",
                        "kind": "mean",
                        "value_sum": round(value.sum(), 4),
                        "value_sum_squares": round((value**2).sum(), 4),
                        "covariate_sum": round(before.sum(), 4),
                        "covariate_sum_squares": round((before**2).sum(), 4),
                        "cross_sum": round((value * before).sum(), 4),
                    }
                else:
                    rate = 0.042 * (
                        1
                        + (
                            plan["real"]["relative_lift"]
                            if plan and kind == "real" and arm == "B"
                            else 0
                        )
                    )
                    row |= {
                        "metric": "click_rate",
                        "kind": "rate",
                        "successes": rng.binomial(size, rate),
                    }
                rows.append(row)
    frame = pd.DataFrame(rows)
    for column in ("successes",):
        frame[column] = frame[column].astype("Int64")
    return frame
