"""4.2.2: the brand's visual standard, how far assets keep to it, and what hashtags earn."""

import numpy as np
import pandas as pd
from scipy import stats

from opsbook.chapters.visuals import rows as visual_rows
from opsbook.data.views import post_metrics

LEAST_POSTS = 5


def standard(book):
    """The standard as it stands in its data file: part, item, value."""
    out = []
    for part, about in visual_rows.standard(book).items():
        for item, value in about.items():
            out.append((part, item, _written(value)))
    return pd.DataFrame(out, columns=["part", "item", "value"])


def palette(book):
    """The brand's colours: order, colour, share of all pictures within a visible step of it."""
    colours = visual_rows.standard(book)["palette"]["colours"]
    return pd.DataFrame(
        [(i, c, 1.0 / len(colours)) for i, c in enumerate(colours, start=1)],
        columns=["order", "colour", "share"],
    )


def compliance(book):
    """How far assets keep to the rules: one row per kind, rule and owner of the rule.

    Columns: kind, check, rule_of (platform or brand), assets, passed, passed_share, worst (asset
    furthest out where it can be measured).
    """
    columns = ["kind", "check", "rule_of", "assets", "passed", "passed_share", "failing"]
    frame = visual_rows.audit(book)
    ruled = frame[frame["is_ok"].notna()]
    out = []
    for (kind, check, owner), part in ruled.groupby(["kind", "check", "rule_of"]):
        ok = part["is_ok"].astype(bool)
        failing = ", ".join(part.loc[~ok, "asset_id"].head(6))
        out.append((kind, check, owner, len(part), int(ok.sum()), ok.mean(), failing))
    table = pd.DataFrame(out, columns=columns).sort_values(
        ["passed_share", "kind"], ignore_index=True
    )
    low = table[(table["passed_share"] < 0.8) & (table["assets"] >= 4)]
    for row in low.itertuples():
        book.find("4.2.2", "medium", "4.2.2.rule",
                  subject=f"{book.translator.value(row.kind)}: {book.check_name(row.check)}",
                  figure=row.passed_share, unit="fraction", n=row.assets, failing=row.failing,
                  check=book.check_name(row.check))  # fmt: skip
    if len(table):
        book.say("4.2.2", "4.2.2.said", share=float(ruled["is_ok"].astype(bool).mean()),
                 n=int(ruled["asset_id"].nunique()))  # fmt: skip
    return table


def hashtags(book):
    """Each hashtag's use and the exposure it earned, against the same account's other posts.

    One row per hashtag (last 180 days): state (required, approved, banned, unlisted), platforms,
    posts, exposure, per_post, relative (geometric mean against the account's posts, with low and
    high), n.
    """
    columns = ["hashtag", "list_state", "platforms", "posts", "exposure", "per_post", "relative",
               "low", "high", "n"]  # fmt: skip
    rows = _tagged(book)
    if rows.empty:
        return pd.DataFrame(columns=columns)
    about = visual_rows.standard(book)["hashtags"]
    lists = {s: {t.lstrip("#").lower() for t in about[s]} for s in ("required", "approved",
                                                                    "banned")}  # fmt: skip
    out = []
    for tag, part in rows.groupby("tag"):
        state = next((s for s in ("banned", "required", "approved") if tag in lists[s]), "unlisted")
        known = part.dropna(subset=["log"])
        bounds = (np.nan, np.nan, np.nan)
        if len(known) >= LEAST_POSTS and known["log"].std() > 0:
            half = stats.t.ppf(0.975, len(known) - 1) * known["log"].std() / np.sqrt(len(known))
            middle = known["log"].mean()
            bounds = tuple(np.expm1([middle, middle - half, middle + half]))
        where = ", ".join(str(book.translator.value(p)) for p in sorted(part["platform"].unique()))
        out.append((tag, state, where, len(part), part["exposure"].sum(),
                    part["exposure"].mean(), *bounds, len(known)))  # fmt: skip
        if state == "banned":
            book.find("4.2.2", "high", "4.2.2.banned", subject=f"#{tag}",
                      figure=float(len(part)), unit="posts", n=len(part), platforms=where,
                      owner="content")  # fmt: skip
    table = pd.DataFrame(out, columns=columns)
    told = table[(table["low"] > 0) & (table["list_state"] == "unlisted")]
    for row in told.nlargest(2, "low").itertuples():
        book.find("4.2.2", "low", "4.2.2.add", subject=f"#{row.hashtag}",
                  figure=_estimate(row), posts=row.posts, platforms=row.platforms,
                  owner="content")  # fmt: skip
    weak = table[(table["high"] < 0) & (table["posts"] >= 10)]
    for row in weak.nsmallest(2, "high").itertuples():
        book.find("4.2.2", "low", "4.2.2.drop", subject=f"#{row.hashtag}",
                  figure=_estimate(row), posts=row.posts, platforms=row.platforms,
                  owner="content")  # fmt: skip
    return table.sort_values("posts", ascending=False, ignore_index=True)


def hashtag_rules(book):
    """Posts of the period that break the hashtag standard: platform, post_title, problem, tags."""
    columns = ["platform", "post_title", "date_day", "problem", "tags"]
    about = visual_rows.standard(book)["hashtags"]
    posts = book.view("posts", post_metrics)
    span = book.period
    posts = posts[posts["date_day"].between(pd.Timestamp(span.start), pd.Timestamp(span.end))]
    banned = {t.lower() for t in about["banned"]}
    needed = {t.lstrip("#").lower() for t in about["required"]}
    out = []
    for row in posts.itertuples():
        tags = [t.lstrip("#").lower() for t in visual_rows.words(row.hashtags)]
        problems = ["too_many"] if len(tags) > about["most"] else []
        problems += ["banned"] if banned & set(tags) else []
        problems += ["required_missing"] if needed - set(tags) else []
        for problem in problems:
            out.append((row.platform, row.post_title, row.date_day, problem, ", ".join(tags)))
    return pd.DataFrame(out, columns=columns)


def _tagged(book, days=180):
    """One row per post and hashtag: tag, platform, exposure, log against its account's mean."""

    def build():
        book.asked.update(("posts", "post_daily"))
        posts = book.view("posts", post_metrics)
        end = pd.Timestamp(book.period.end)
        posts = posts[posts["date_day"].between(end - pd.Timedelta(days=days), end)].copy()
        posts["exposure"] = posts["impressions"].fillna(posts["views"])
        posts["log"] = np.log1p(posts["exposure"])
        posts["log"] -= posts.groupby(["platform", "account_id"])["log"].transform("mean")
        posts["tag"] = [[t.lstrip("#").lower() for t in visual_rows.words(v)]
                        for v in posts["hashtags"]]  # fmt: skip
        return (
            posts[["platform", "post_id", "tag", "exposure", "log"]]
            .explode("tag")
            .dropna(subset=["tag"])
        )

    return book.once("hashtag_rows", build)


def _estimate(row):
    from opsbook.estimate import Estimate

    return Estimate(row.relative, row.low, row.high, int(row.n), "geometric means",
                    unit="fraction")  # fmt: skip


def _written(value):
    if isinstance(value, dict):
        words = {"min": "≥", "max": "≤"}
        return " ".join(f"{words.get(k, k)} {v}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "–"
    return str(value)
