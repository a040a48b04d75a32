"""1.1 and 1.2.1: which platforms fit the brand, how sure the ranking is, and what was decided."""

import datetime as dt

import numpy as np
import pandas as pd

from opsbook import config
from opsbook.errors import ConfigError
from opsbook.estimate import Estimate
from opsbook.methods import weighted_ranking

# Audience fit, the brand's goals and cost; the goals share GOALS by workbook.toml's [audience] goals
FIT, GOALS, COST = 0.35, 0.5, 0.15
WINDOW_DAYS = 90
DIMENSIONS = {"age": "age", "gender": "gender", "region": "regions", "interest": "interests"}


def platforms(book):
    """Candidate platforms with what is known of them, each outside value with its dated source.

    Columns: platform, account_type, population_share, about, source, published, accounts (the brand's
    own), posts (own, last 90 days). A value without a dated source is empty.
    """
    own = book.frame("accounts")
    counts = own[own["kind"] == "content"].groupby("platform").size()
    evidence = _evidence(book)
    out = []
    for key, about in config.reference("platforms.toml").items():
        if about["kind"] != "content":
            continue
        fact = profile(key, "population_share") or {}
        out.append(
            {
                "platform": key,
                "account_type": about["account_type"],
                "population_share": fact.get("value", np.nan),
                "about": _said(book, "about", fact),
                "source": _said(book, "source", fact),
                "published": pd.Timestamp(fact["published"]) if fact else pd.NaT,
                "accounts": int(counts.get(key, 0)),
                "posts": float(evidence["posts"].get(key, 0)) if len(evidence) else 0.0,
            }
        )
    frame = pd.DataFrame(out)
    return frame.sort_values(["posts", "population_share"], ascending=False, ignore_index=True)


def _said(book, part, fact):
    """A part of a fact in the reader's language, where the catalogue has it."""
    text = fact.get(part)
    return book.translator.known(f"{part}.{text}", text) if text else None


def profile(platform, value):
    """A dated fact of platform_profiles.toml, or None; a fact without source or date is not read."""
    about = config.reference("platform_profiles.toml").get(platform, {}).get(value)
    if about is None:
        return None
    if not about.get("source") or not isinstance(about.get("published"), dt.date):
        return None
    if "value" not in about:
        raise ConfigError(
            "platform_profiles.toml",
            f"{platform}.{value}",
            "has no value.",
            remedy="Give value, source and published.",
        )
    return about


def criteria(book):
    """Every candidate's criteria from 0 to 1: audience_fit, reach, depth, conversion, cost; n posts.

    audience_fit: 1 less the mean distance between the followers' shares and the target's. reach,
    depth and conversion: the brand's own views per post, interactions per view and orders per
    1,000 views, scaled over the candidates; reach falls back to the population share where the brand has
    no posts. cost: 1 is the cheapest per 1,000 views. Empty where nothing is known.
    """
    return book.once("criteria", lambda: _criteria(book))


def _criteria(book):
    evidence = _evidence(book)
    fit = _fit(book)
    known = [k for k, a in config.reference("platforms.toml").items() if a["kind"] == "content"]
    outside = pd.Series(
        {k: (profile(k, "population_share") or {}).get("value", np.nan) for k in known}, dtype=float
    )
    names = [k for k in known if k in evidence.index or k in fit.index or pd.notna(outside[k])]
    frame = pd.DataFrame(index=pd.Index(names, name="platform"), dtype=float)
    frame["audience_fit"] = fit.reindex(names)
    own = _scaled(evidence["views_per_post"]).reindex(names)
    frame["reach"] = own.fillna(_scaled(outside).reindex(names))
    frame["depth"] = _scaled(evidence["depth"]).reindex(names)
    frame["conversion"] = _scaled(evidence["conversion"]).reindex(names)
    frame["cost"] = (1 - _scaled(evidence["cost_per_mille"])).reindex(names)
    frame["posts"] = evidence["posts"].reindex(names).fillna(0.0)
    return frame


def weights(book):
    """Weights of the criteria: fit and cost fixed, the rest by the brand's goals."""
    goals = book.settings.audience.get("goals", {"reach": 1, "depth": 1, "conversion": 1})
    total = sum(goals.values()) or 1
    shares = {k: GOALS * goals.get(k, 0) / total for k in ("reach", "depth", "conversion")}
    return {"audience_fit": FIT, **shares, "cost": COST}


def ranking(book):
    """Platforms ranked: platform, each criterion's part of the score, score, rank, known, posts."""
    frame = criteria(book)
    if frame.empty:
        return pd.DataFrame(columns=["platform", "score", "rank"])
    table = weighted_ranking.score(frame.drop(columns="posts"), weights(book))
    table = table.rename(columns={"option": "platform", "known": "known_share"})
    table["posts"] = table["platform"].map(frame["posts"])
    _report_ranking(book, table)
    order = ["rank", "platform", "score", *weights(book), "known_share", "posts"]
    return table[order]


def ranking_parts(book, table):
    """The ranking long, for stacked bars: platform, criterion, score."""
    return (
        table.drop(columns="score")
        .melt("platform", list(weights(book)), var_name="criterion", value_name="score")
        .dropna(subset=["score"])
    )


def sensitivity(book):
    """How far each weight must move before the first place, or any place, changes.

    Columns: criterion, weight, first_down, challenger_down, first_up, challenger_up, any_down,
    any_up: weights (shares of 1), the others keeping their proportions.
    """
    frame = criteria(book)
    if len(frame) < 2:
        return pd.DataFrame(columns=["criterion", "weight"])
    return weighted_ranking.sensitivity(frame.drop(columns="posts"), weights(book))


def decisions(book):
    """1.2.1: the ranking beside what was decided: platform, rank, score, account, status, decision.

    Platforms of the first third without an account, and accounts of the last third without a
    recorded reason, become findings.
    """
    table = ranking(book)
    accounts = book.frame("accounts")
    accounts = accounts[accounts["kind"] == "content"]
    columns = ["platform", "account_id", "status", "owner", "decision", "registered_at"]
    if table.empty and accounts.empty:
        return pd.DataFrame(columns=["rank", *columns])
    merged = table[["rank", "platform", "score", "known_share"]].merge(
        accounts[columns], on="platform", how="outer"
    )
    merged["verdict"] = np.select(
        [
            merged["account_id"].isna(),
            merged["decision"].fillna("").str.strip() == "",
        ],
        ["no_account", "no_reason"],
        default="decided",
    )
    merged = merged.sort_values("rank", na_position="last", ignore_index=True)
    open_ = merged[merged["verdict"] == "no_reason"]
    if len(open_):
        owner = open_["owner"].mode()
        book.find(
            "1.2.1",
            "low",
            "1.2.1.no_reason",
            subject=book.t("shown.list").join(
                str(book.translator.value(p)) for p in open_["platform"]
            ),
            figure=float(len(open_)),
            n=len(accounts),
            owner=str(owner.iloc[0]) if len(owner) else None,
        )
    return merged


def _evidence(book):
    """The brand's own figures by platform over the window."""
    return book.once("evidence", lambda: _own(book))


def _own(book):
    end = pd.Timestamp(book.period.end)
    span = book.span(f"{(end - pd.Timedelta(days=WINDOW_DAYS - 1)).date()}/{end.date()}")
    names = ["posts_published", "views", "engagement_rate_by_views", "orders_count"]
    frame = book.indicators(names, by="platform", period=span).set_index("platform")
    cost = book.frame("accounts").groupby("platform")["cost_per_month"].sum(min_count=1)
    frame = frame[frame["posts_published"].fillna(0) > 0]
    views = frame["views"].where(frame["views"] > 0)
    return pd.DataFrame(
        {
            "posts": frame["posts_published"],
            "views_per_post": views / frame["posts_published"],
            "depth": frame["engagement_rate_by_views"],
            "conversion": 1000 * frame["orders_count"] / views,
            "cost_per_mille": 1000 * cost.reindex(frame.index) * WINDOW_DAYS / 30 / views,
        }
    )


def _fit(book):
    """1 less the mean total-variation distance of the followers from the target, by platform."""
    target = book.settings.audience
    frame = book.frame("audience_profile")
    frame = frame[frame["as_of_date"] <= pd.Timestamp(book.period.end)]
    if frame.empty:
        return pd.Series(dtype=float)
    newest = frame.groupby(["platform", "account_id"])["as_of_date"].transform("max")
    frame = frame[frame["as_of_date"] == newest]
    found = {}
    for platform, part in frame.groupby("platform"):
        fits = [
            value
            for dimension, key in DIMENSIONS.items()
            if (value := _overlap(part[part["dimension"] == dimension], target.get(key)))
            is not None
        ]
        if fits:
            found[platform] = float(np.mean(fits))
    return pd.Series(found, dtype=float)


def _overlap(part, wanted):
    """Overlap of the shares of one dimension with the target's, 0 to 1, or None."""
    if part.empty or not wanted:
        return None
    shares = part.groupby("value")["share"].mean()
    if isinstance(wanted, list):
        # a list names the wanted values: the share of followers among them
        return float(min(shares.reindex(wanted).fillna(0).sum(), 1.0))
    grouped = {}
    for value, share in shares.items():
        grouped[_bin(value, wanted)] = grouped.get(_bin(value, wanted), 0.0) + share
    total = sum(wanted.values()) or 1
    keys = set(grouped) | set(wanted)
    distance = sum(abs(grouped.get(k, 0.0) - wanted.get(k, 0.0) / total) for k in keys) / 2
    return float(1 - min(distance, 1.0))


def _bin(value, wanted):
    """The target's bin of a value: 45-54 and 55+ belong to 45+."""
    if value in wanted:
        return value
    start = str(value).split("-")[0].rstrip("+")
    for key in wanted:
        if str(key).endswith("+") and start.isdigit() and int(start) >= int(str(key)[:-1]):
            return key
    return value


def _scaled(values):
    """From 0 (least) to 1 (most) on the log of positive values; one value alone is 0.5."""
    logs = np.log(values.where(values > 0))
    low, high = logs.min(), logs.max()
    if not np.isfinite(low) or high == low:
        return logs * 0 + 0.5
    return (logs - low) / (high - low)


def _report_ranking(book, table):
    if len(table) < 2:
        return
    first, second = table.iloc[0], table.iloc[1]
    book.say(
        "1.1",
        "1.1.said",
        first=book.translator.value(first["platform"]),
        score=float(first["score"]),
        second=book.translator.value(second["platform"]),
        gap=float(first["score"] - second["score"]),
    )
    moves = weighted_ranking.sensitivity(criteria(book).drop(columns="posts"), weights(book))
    best = None
    for row in moves.itertuples():
        for side, who in ((row.first_down, row.challenger_down), (row.first_up, row.challenger_up)):
            if np.isfinite(side) and (best is None or abs(side - row.weight) < best[0]):
                best = (abs(side - row.weight), row.criterion, row.weight, side, who)
    if best is not None and best[0] < 0.1:
        book.find(
            "1.1",
            "info",
            "1.1.close",
            subject=str(book.translator.value(first["platform"])),
            figure=Estimate(best[0], best[0], best[0], len(table), "exact", unit="fraction"),
            criterion=book.translator.label(best[1]),
            weight=best[2],
            turn=best[3],
            challenger=book.translator.value(best[4]),
        )
