"""5.1.1 to 5.1.4: can the goal be seen, do theme and dates fit, which platforms, are the rules whole."""

import re

import numpy as np
import pandas as pd
from scipy import stats

from opsbook import config
from opsbook.chapters.campaigns import rows as campaign_rows
from opsbook.chapters.campaigns.effect import _pooled
from opsbook.data import indicators
from opsbook.estimate import Estimate
from opsbook.methods import compliance, lift

# Goal units that a form may use for an indicator's unit.
_UNITS = {"money": "currency", "yuan": "currency", "cny": "currency", "times": "times",
          "people": "people", "": ""}  # fmt: skip


def goals(book):
    """Each plan held against what makes a goal measurable, and whether its goal can be seen.

    One row per campaign: goal, goal_value, problems (what the plan lacks), expected (without a
    campaign, from the weeks before), needed (relative lift that the goal asks for), detectable
    with detectable_low and detectable_high (smallest lift that history would show four times in
    five), verdict (seen, too_small, below_baseline, not_measurable, too_little_history), n.
    """
    return book.once("campaign_goals", lambda: _goals(book)).copy()


def _goals(book):
    columns = ["campaign_name", "stage", "indicator", "goal_value", "problems", "expected", "needed",
               "detectable", "detectable_low", "detectable_high", "verdict", "n"]  # fmt: skip
    out = []
    for _, campaign in campaign_rows.campaigns(book).iterrows():
        problems = _problems(book, campaign)
        base, least = _baseline(book, campaign)
        target = campaign["goal_value"]
        needed = target / base - 1 if base and pd.notna(target) else np.nan
        if campaign["goal"] is None or not pd.notna(target):
            verdict = "not_measurable"
        elif not least.enough or not base:
            verdict = "too_little_history"
        elif needed <= 0:
            verdict = "below_baseline"
        else:
            verdict = "seen" if needed >= least.value else "too_small"
        out.append(
            (campaign["campaign_name"], campaign["stage"], campaign["goal"] or
             campaign["goal_indicator"], target, ", ".join(problems), base or np.nan, needed,
             least.value, least.low, least.high, verdict, least.n)
        )  # fmt: skip
        if campaign["stage"] != "ended":
            _goal_findings(book, campaign, problems, base, needed, least, verdict)
    return pd.DataFrame(out, columns=columns)


def _problems(book, campaign):
    """What a plan lacks, in the reader's words."""
    lines = campaign_rows.plan(book)
    lines = lines[lines["campaign_id"] == campaign["campaign_id"]]
    found = []
    if campaign["goal"] is None:
        found.append("goal_unknown")
    else:
        unit = indicators.indicator(campaign["goal"]).unit
        given = campaign["goal_unit"]
        given = given.lower() if isinstance(given, str) else ""
        if given and _UNITS.get(given, given) != unit:
            found.append("goal_unit")
    if not (pd.notna(campaign["goal_value"]) and campaign["goal_value"] > 0):
        found.append("goal_value")
    if not campaign["platforms"]:
        found.append("no_platforms")
    if not pd.notna(campaign["budget"]):
        found.append("no_budget")
    if campaign["end_date"] < campaign["start_date"]:
        found.append("dates_reversed")
    if lines.empty:
        found.append("no_plan")
    elif pd.notna(campaign["budget"]) and lines["budget"].sum() > 1.01 * campaign["budget"]:
        found.append("over_budget")
    return [book.t(f"5.1.1.problem.{p}") for p in found]


def _baseline(book, campaign):
    """Expected outcome over the window without a campaign, and the lift that would be seen."""
    none = Estimate.not_enough(0, "lift.detectable")
    if campaign["goal"] is None:
        return None, none
    wide = campaign_rows.daily(book, campaign["goal"])
    if wide is None:
        return None, none
    units = campaign_rows.touched(book, campaign, wide.columns)
    first = pd.Timestamp(campaign["start_date"]) - pd.Timedelta(days=1)
    history = wide[units].sum(axis=1)[:first].tail(365)
    days = int(campaign["days"])
    if len(history) < 28 or history.sum() <= 0:
        return None, none
    return float(history.tail(56).mean() * days), lift.detectable(history, days)


def _goal_findings(book, campaign, problems, base, needed, least, verdict):
    name = campaign["campaign_name"]
    if problems:
        book.find("5.1.1", "high" if verdict == "not_measurable" else "medium", "5.1.1.problems",
                  subject=name, figure=float(len(problems)), unit="times",
                  problems=", ".join(problems), start=campaign["start_date"].date())  # fmt: skip
    if verdict in ("too_small", "below_baseline"):
        book.find(
            "5.1.1", "medium", f"5.1.1.{verdict}", subject=name,
            figure=Estimate(least.value, least.low, least.high, least.n, least.method,
                            unit="fraction"),
            metric=book.indicator_name(campaign["goal"]), goal=campaign["goal_value"],
            expected=base, needed=needed, reach=base * (1 + least.value),
        )  # fmt: skip


def themes(book):
    """5.1.2: the track record of each theme, in campaigns and in posts.

    One row per theme: campaigns, goals_met_share, lift of paid sales (relative, low, high), and
    in ordinary posts: posts, post_effect (interactions against the same account's posts, in
    geometric means) with post_low and post_high.
    """
    past = _pooled(book, "theme")
    posts = _post_themes(book)
    if past.empty and posts.empty:
        return pd.DataFrame(columns=["theme"])
    table = past.drop(columns=["days", "cost", "n"]).merge(posts, on="theme", how="outer")
    table = table.sort_values("post_effect", ascending=False, ignore_index=True)
    ahead = campaign_rows.campaigns(book)
    for _, campaign in ahead[ahead["stage"] == "planned"].iterrows():
        row = table[table["theme"] == campaign["theme"]]
        best = table.loc[table["post_low"].idxmax()] if table["post_low"].notna().any() else None
        if len(row) and best is not None and row["post_high"].iloc[0] < 0:
            r = row.iloc[0]
            book.find(
                "5.1.2", "medium", "5.1.2.weak_theme", subject=campaign["campaign_name"],
                figure=Estimate(r["post_effect"], r["post_low"], r["post_high"],
                                int(r["posts"]), "geometric means", unit="fraction"),
                theme=book.translator.value(campaign["theme"]),
                best=book.translator.value(best["theme"]), best_effect=best["post_effect"],
            )  # fmt: skip
    return table


def _post_themes(book):
    from opsbook.data.views import labelled

    posts = campaign_rows.posts(book)
    label = book.view(
        "campaign_themes", lambda s, z, version: labelled(s, "theme", version=version)
    )
    columns = ["theme", "posts", "post_effect", "post_low", "post_high"]
    if posts.empty or label.empty:
        return pd.DataFrame(columns=columns)
    key = ["platform", "account_id", "post_id"]
    posts = posts.merge(label[[*key, "label"]], on=key)
    posts = posts[posts["interactions"] >= 0].copy()
    posts["log"] = np.log1p(posts["interactions"])
    posts["log"] -= posts.groupby("account")["log"].transform("mean")
    out = []
    for theme, part in posts.groupby("label"):
        n = len(part)
        if n < 8:
            continue
        half = stats.t.ppf(0.975, n - 1) * part["log"].std() / np.sqrt(n)
        middle = part["log"].mean()
        out.append(
            (theme, n, *(float(np.expm1(v)) for v in (middle, middle - half, middle + half)))
        )
    return pd.DataFrame(out, columns=columns)


def competing(book, *, margin=3):
    """What else happens on a campaign's days: other campaigns, dated events, rivals' pushes.

    For campaigns that run or are planned. One row per campaign and rival date: item, kind
    (campaign, holiday, sale, ..., competitor), start_date, end_date, overlap_days (with `margin`
    days around the campaign), same_platforms.
    """
    columns = ["campaign_name", "item", "kind", "start_date", "end_date", "overlap_days",
               "same_platforms"]  # fmt: skip
    frame = campaign_rows.campaigns(book)
    dated = _dated(book, frame)
    out = []
    for _, campaign in frame[frame["stage"] != "ended"].iterrows():
        first = campaign["start_date"] - pd.Timedelta(days=margin)
        last = campaign["end_date"] + pd.Timedelta(days=margin)
        for item, kind, start, end, platforms in dated:
            if item == campaign["campaign_name"] and kind == "campaign":
                continue
            days = (min(end, last) - max(start, first)).days + 1
            if days <= 0:
                continue
            shared = [p for p in platforms if p in campaign["platforms"]]
            out.append(
                (campaign["campaign_name"], item, kind, start, end, days,
                 ", ".join(str(book.translator.value(p)) for p in shared))
            )  # fmt: skip
            if kind == "campaign" and shared:
                book.find("5.1.2", "medium", "5.1.2.overlap", subject=campaign["campaign_name"],
                          figure=float(days), unit="days", other=item, start=start.date(),
                          end=end.date())  # fmt: skip
    return pd.DataFrame(out, columns=columns).sort_values(
        ["campaign_name", "start_date"], ignore_index=True
    )


def _dated(book, frame):
    """(item, kind, start, end, platforms) of everything that has dates."""
    out = [
        (c["campaign_name"], "campaign", c["start_date"], c["end_date"], c["platforms"])
        for _, c in frame.iterrows()
    ]
    for _, e in book.frame("industry_events").iterrows():
        end = e["end_date"] if pd.notna(e["end_date"]) else e["start_date"]
        if e["kind"] not in ("regulation", "workday"):
            out.append((e["event_name"], e["kind"], e["start_date"], end, []))
    rivals = book.frame("competitors")
    rivals = rivals[rivals["posts"].notna() & (rivals["item_id"].fillna("") == "")]
    for (platform, name), part in rivals.groupby(["platform", "competitor_name"]):
        weekly = part.set_index("date_day")["posts"].resample("W").sum()
        usual, spread = weekly.tail(26).median(), weekly.tail(26).std()
        for day in weekly.tail(3).index[weekly.tail(3) > usual + 2 * max(spread, 1)]:
            out.append((name, "competitor", day - pd.Timedelta(days=6), day, [platform]))
    return out


def platforms(book):
    """What each platform gave in past campaigns, and is expected to give in the next one.

    Paid sales by the platform an order came from. One row per platform: campaign_days,
    sales_per_day inside campaigns and outside, relative (with low and high: days as units),
    expected_sales over the focus campaign's days with expected_low and expected_high, share, n.
    """
    rows = campaign_rows.orders(book)
    frame = campaign_rows.campaigns(book)
    focus = campaign_rows.focus(book)
    columns = ["platform", "campaign_days", "sales_per_day", "sales_outside", "relative", "low",
               "high", "expected_sales", "expected_low", "expected_high", "share", "n"]  # fmt: skip
    rows = rows[rows["is_attributed"].astype(bool)]
    if rows.empty or focus is None:
        return pd.DataFrame(columns=columns)
    ahead = frame[(frame["stage"] == "planned")]
    target = ahead.iloc[0] if len(ahead) else focus
    days = pd.date_range(rows["date_day"].min(), pd.Timestamp(book.period.end), freq="D")
    wide = rows.groupby(["date_day", "platform"])["paid"].sum().unstack().reindex(days).fillna(0.0)
    out = []
    for platform in wide.columns:
        inside = pd.Series(False, index=days)
        for _, c in frame[frame["stage"] != "planned"].iterrows():
            if not c["platforms"] or platform in c["platforms"]:
                inside |= (days >= c["start_date"]) & (days <= c["end_date"])
        on, off = wide[platform][inside], wide[platform][~inside]
        if len(on) < 7 or len(off) < 7 or off.mean() <= 0 or on.mean() <= 0:
            continue
        log = np.log(on.mean() / off.mean())
        spread = np.sqrt(
            on.var() / len(on) / on.mean() ** 2 + off.var() / len(off) / off.mean() ** 2
        )
        bounds = np.expm1([log, log - 1.96 * spread, log + 1.96 * spread])
        taking = not target["platforms"] or platform in target["platforms"]
        length = int(target["days"]) if taking else 0
        half = (
            stats.t.ppf(0.975, len(on) - 1) * on.std() * np.sqrt(length / len(on) * length + length)
        )
        expected = on.mean() * length
        out.append((platform, len(on), on.mean(), off.mean(), *bounds, expected,
                    max(expected - half, 0.0), expected + half, np.nan, len(on)))  # fmt: skip
    table = pd.DataFrame(out, columns=columns)
    total = table["expected_sales"].sum()
    table["share"] = table["expected_sales"] / total if total else np.nan
    table = table.sort_values("expected_sales", ascending=False, ignore_index=True)
    for _, row in table[(table["expected_sales"] > 0) & (table["high"] < 0)].iterrows():
        book.find(
            "5.1.3", "medium", "5.1.3.no_gain",
            subject=f"{target['campaign_name']}: {book.translator.value(row['platform'])}",
            figure=Estimate(row["relative"], row["low"], row["high"], int(row["n"]),
                            "log ratio of daily means", unit="fraction"),
            campaign=target["campaign_name"],
        )  # fmt: skip
    if total:
        top = table.iloc[0]
        book.say("5.1.3", "5.1.3.said", platform=book.translator.value(top["platform"]),
                 campaign=target["campaign_name"], value=top["expected_sales"],
                 low=top["expected_low"], high=top["expected_high"])  # fmt: skip
    return table


def rule_checklist(book):
    """The lines of the rule checklist (data/reference/campaign_rules.toml): dict of id -> line."""
    return config.reference("campaign_rules.toml", home_folder=book.settings.home)


def rules(book):
    """Each campaign against the rule checklist: law, dates, conditions, disclosure, wording.

    One row per campaign and line: rule, state (met, open), measured, allowed, source. Lines:
    those of the checklist file, the ceiling for a lottery's highest prize (workbook.toml), the
    disclosure as advertising, and wording that advertising law bans. Gaps of campaigns that run
    or are planned are findings.
    """
    columns = ["campaign_name", "stage", "rule", "state", "measured", "allowed", "source"]
    out = []
    checklist = rule_checklist(book)
    ceiling = float(book.settings.thresholds["lottery_value_ceiling"])
    for _, campaign in campaign_rows.campaigns(book).iterrows():
        for rule, state, measured, allowed, source, severity in _checked(
            book, campaign, checklist, ceiling
        ):
            out.append((campaign["campaign_name"], campaign["stage"], rule, state, measured,
                        allowed, source))  # fmt: skip
            if state == "open" and campaign["stage"] != "ended" and severity != "ceiling":
                book.find("5.1.4", severity, "5.1.4.gap",
                          subject=f"{campaign['campaign_name']}: {rule}", figure=1.0,
                          unit="times", campaign=campaign["campaign_name"], rule=rule,
                          allowed=allowed, end=campaign["end_date"].date())  # fmt: skip
            if state == "open" and severity == "ceiling":
                book.find(
                    "5.1.4", "critical" if campaign["stage"] != "ended" else "high",
                    "5.1.4.ceiling", subject=campaign["campaign_name"],
                    figure=float(campaign["max_prize_value"]), unit="currency", ceiling=ceiling,
                )  # fmt: skip
    table = pd.DataFrame(out, columns=columns)
    order = {"open": 0, "met": 1}
    return table.sort_values("state", key=lambda s: s.map(order), kind="stable", ignore_index=True)


def _checked(book, campaign, checklist, ceiling):
    """(rule, state, measured, allowed, source, severity of a gap) of one campaign."""
    text = str(campaign["rules"] or "") if pd.notna(campaign["rules"]) else ""
    kind = campaign["reward_kind"] if pd.notna(campaign["reward_kind"]) else ""
    prize = campaign["max_prize_value"]
    if kind == "lottery":
        over = pd.notna(prize) and prize > ceiling
        yield (
            book.t("5.1.4.rule.ceiling"), "open" if over or pd.isna(prize) else "met",
            book.translator.money(prize) if pd.notna(prize) else "–",
            book.translator.money(ceiling), book.t("5.1.4.source.ceiling"),
            "ceiling" if over else "high",
        )  # fmt: skip
    if kind:
        for line in checklist.values():
            if line["kinds"] and kind not in line["kinds"]:
                continue
            hit = next((m for w in line["words"] if (m := re.search(w, text, re.I))), None)
            yield (line["name"].get(book.language) or line["name"]["en"],
                   "met" if hit else "open", hit.group(0) if hit else "–",
                   book.t("5.1.4.stated"),
                   book.translator.known(f"source.{line['source']}", line["source"]),
                   line["severity"])  # fmt: skip
    told = str(campaign["disclosure"]) if pd.notna(campaign["disclosure"]) else ""
    marked = re.search(r"广告|廣告|赞助|贊助|合作|\bad\b|advert|sponsor|paid partner", told, re.I)
    yield (book.t("5.1.4.rule.disclosure"), "met" if marked else "open", told or "–",
           book.t("5.1.4.marked"), book.t("5.1.4.source.disclosure"), "high")  # fmt: skip
    hits = [h for h in compliance.check(text) if h.severity == "ban"] if text else []
    yield (book.t("5.1.4.rule.wording"), "open" if hits else "met",
           ", ".join(h.term for h in hits) or "–", book.t("5.1.4.no_ban"),
           book.t("5.1.4.source.wording"), "high")  # fmt: skip
