"""8.1.1: the risk register in five families, before and after controls, fed by the alarms."""

import numpy as np
import pandas as pd

from opsbook.chapters.risk import detectors, rows
from opsbook.estimate import Estimate
from opsbook.methods import ratios

HIGH_SCORE = 12


def _reviews(book):
    """Every review up to the period's end, with scores before and after controls."""
    frame = rows.until(book, book.frame("risks"), "reviewed_at")
    frame["likelihood_after"] = frame["likelihood_after"].fillna(frame["likelihood"])
    frame["impact_after"] = frame["impact_after"].fillna(frame["impact"])
    frame["score"] = frame["likelihood"] * frame["impact"]
    frame["score_after"] = frame["likelihood_after"] * frame["impact_after"]
    return frame.sort_values(["risk_id", "reviewed_at"], ignore_index=True)


def register(book):
    """The register: one row per risk as last reviewed, highest score after controls first.

    score is likelihood x impact (1 to 25); score_moved its difference from the review before; trend
    rising, falling or steady; alarms those of the last 90 days that speak to it; state review_due
    where the next review has passed.
    """
    return book.once("risk.register", lambda: _register(book))


def _register(book):
    reviews = _reviews(book)
    columns = [
        *("risk_id", "family", "description", "likelihood", "impact", "score", "controls"),
        *("likelihood_after", "impact_after", "score_after", "score_moved", "trend", "alarms"),
        *("owner", "reviewed_at", "next_review_at", "state"),
    ]
    if reviews.empty:
        return pd.DataFrame(columns=columns)
    reviews["score_moved"] = reviews.groupby("risk_id")["score_after"].diff()
    now = reviews.drop_duplicates("risk_id", keep="last").copy()
    now = now[now["state"].fillna("open") != "closed"]
    now["trend"] = np.select(
        [now["score_moved"] > 0, now["score_moved"] < 0], ["rising", "falling"], "steady"
    )
    late = now["next_review_at"] < rows.last_day(book)
    now.loc[late, "state"] = "review_due"
    recent = detectors.alarms(book, rows.WINDOW_DAYS)
    spoken = [_risk_of(d, now) for d in recent["detector"]]
    now["alarms"] = [spoken.count(r) for r in now["risk_id"]]
    for column in ("likelihood", "impact", "likelihood_after", "impact_after", "score"):
        now[column] = now[column].astype(int)
    now["score_after"] = now["score_after"].astype(int)
    now = now.assign(
        description=now["description"].fillna(""), controls=now["controls"].fillna("–")
    )
    frame = now[columns].sort_values(["score_after", "score"], ascending=False, ignore_index=True)
    book.say(
        "8.1.1",
        "8.1.1.say",
        risks=len(frame),
        top=frame["score_after"].max(),
        alarms=int(frame["alarms"].sum()),
    )
    for r in frame[frame["state"] == "review_due"].itertuples():
        book.find(
            "8.1.1",
            "medium",
            "8.1.1.review",
            subject=f"{r.risk_id} {r.description}".strip(),
            figure=(rows.last_day(book) - r.next_review_at).days,
            unit="days",
            owner=r.owner,
            score=r.score_after,
        )
    for r in frame[(frame["score_after"] >= HIGH_SCORE)].itertuples():
        book.find(
            "8.1.1",
            "high",
            "8.1.1.high",
            subject=f"{r.risk_id} {r.description}".strip(),
            figure=r.score_after,
            owner=r.owner,
            before=r.score,
            controls=r.controls,
            next=r.next_review_at,
        )
    return frame


def matrix(book, after=False):
    """Risks by likelihood and impact, before or after controls: for the heat map."""
    frame = register(book)
    if frame.empty:
        return frame
    tail = "_after" if after else ""
    return pd.DataFrame(
        {
            "risk_id": frame["risk_id"],
            "likelihood": frame[f"likelihood{tail}"],
            "impact": frame[f"impact{tail}"],
        }
    )


def trend(book):
    """Score after controls by family at each review day: the sum over the family's risks."""
    reviews = _reviews(book)
    if reviews.empty:
        return pd.DataFrame(columns=["reviewed_at", "family", "score_after"])
    wide = reviews.pivot_table(
        index="reviewed_at", columns=["family", "risk_id"], values="score_after", aggfunc="last"
    ).ffill()
    frame = wide.T.groupby(level="family").sum().T.reset_index()
    return frame.melt("reviewed_at", var_name="family", value_name="score_after")


def families(book):
    """The five families: risks, highest and summed scores before and after, what controls take
    away (share of the summed score), alarms of the last 90 days, reviews that are due."""
    frame = register(book)
    if frame.empty:
        return pd.DataFrame(columns=["family"])
    out = []
    recent = detectors.alarms(book, rows.WINDOW_DAYS)
    for family in rows.FAMILIES:
        part = frame[frame["family"] == family]
        before, after = part["score"].sum(), part["score_after"].sum()
        out.append(
            (
                family,
                len(part),
                part["score"].max(),
                part["score_after"].max(),
                1 - after / before if before else np.nan,
                int((recent["family"] == family).sum()),
                int((part["state"] == "review_due").sum()),
            )
        )
        if part.empty:
            book.find(
                "8.1.1",
                "medium",
                "8.1.1.empty",
                subject=str(book.translator.value(family)),
                figure=int((recent["family"] == family).sum()),
                unit="times",
            )
    return pd.DataFrame(
        out,
        columns=[
            *("family", "risks", "highest_before", "highest_after", "controlled_share", "alarms"),
            "reviews_due",
        ],
    )


def proposals(book):
    """What the alarms say about likelihood: the rows they propose for the register.

    One row per detector with alarms in the last year: events, events_per_year with its exact
    Poisson interval, likelihood_seen (by the bounds of detectors.toml), risk_id it speaks to,
    likelihood (as registered), proposed_likelihood, verdict (raise, no_change, new_risk).
    """
    found = detectors.alarms(book)
    now = register(book)
    about, bounds = rows.detectors()
    years = _observed_years(book)
    out = []
    for detector, part in found.groupby("detector"):
        low, high = (v / years for v in ratios.poisson(len(part)))
        seen = 1 + int(np.searchsorted(bounds, len(part) / years, side="right"))
        risk = _risk_of(detector, now)
        held = now.set_index("risk_id")["likelihood"].get(risk, np.nan) if len(now) else np.nan
        verdict = "new_risk" if risk is None else "raise" if seen > held else "no_change"
        proposed = seen if risk is None else int(max(seen, held))
        out.append(
            (
                detector,
                about[detector]["family"],
                len(part),
                len(part) / years,
                low,
                high,
                seen,
                risk,
                held,
                proposed,
                verdict,
            )
        )
        if verdict != "no_change":
            book.find(
                "8.1.1",
                "medium",
                f"8.1.1.{verdict}",
                subject=str(book.translator.value(detector)),
                figure=_yearly(len(part), years),
                risk=risk,
                likelihood=held,
                proposed=proposed,
            )
    return pd.DataFrame(
        out,
        columns=[
            *("detector", "family", "events", "events_per_year", "low", "high"),
            *("likelihood_seen", "risk_id", "likelihood", "proposed_likelihood", "verdict"),
        ],
    )


def _yearly(count, years):
    """Events a year with the exact Poisson interval."""
    low, high = ratios.poisson(count)
    return Estimate(count / years, low / years, high / years, count, ratios.GARWOOD)


def _observed_years(book):
    """Years of history that the alarms can come from: at most one, at least a quarter."""
    starts = [
        frame[column].min()
        for frame, column in (
            (book.frame("comments", columns=["created_timestamp"]), "created_timestamp"),
            (book.frame("account_operations", columns=["operated_at"]), "operated_at"),
            (book.frame("posts", columns=["created_timestamp"]), "created_timestamp"),
        )
        if len(frame)
    ]
    if not starts:
        return 1.0
    return float(np.clip((rows.last_day(book) - min(starts)).days / 365.25, 0.25, 1.0))


def _risk_of(detector, register_rows):
    """The risk a detector speaks to: by its words, else the family's highest; None without one."""
    about, _ = rows.detectors()
    rule = about[detector]
    part = register_rows[register_rows["family"] == rule["family"]]
    if part.empty:
        return None
    text = part["description"].fillna("").str.lower()
    named = part[[any(w.lower() in d for w in rule["words"]) for d in text]]
    part = named if len(named) else part
    return part.sort_values("score", ascending=False)["risk_id"].iloc[0]
