"""10.1.1 and 10.1.3: who the people are, how they change, and what comes before their return."""

import numpy as np
import pandas as pd

from opsbook.chapters.growth import rows
from opsbook.estimate import Estimate
from opsbook.methods import experiments, ratios, retention, segments

RETURN_DAYS = 30
ORDER_DAYS = 60
SOURCE_KINDS = ("comment", "message", "order", "mention")


def observed(book):
    """Who can be observed: kind, people, events, shared (people also seen in another kind)."""
    events = rows.events(book)
    columns = ["kind", "people", "events", "shared", "shared_share"]
    if events.empty:
        return pd.DataFrame(columns=columns)
    kinds = events.groupby("person_key")["kind"].nunique()
    many = set(kinds.index[kinds > 1])
    table = events.groupby("kind").agg(
        people=("person_key", "nunique"),
        events=("at", "size"),
        shared=("person_key", lambda s: len(set(s) & many)),
    )
    table["shared_share"] = table["shared"] / table["people"]
    return table.reset_index()[columns].sort_values("people", ascending=False, ignore_index=True)


def audience_segments(book):
    """Segments of the observed people by recency, frequency and value (`methods.segments`).

    Columns: segment, people, share, low, high (Wilson), recency_days (median), active_days (median), value_per_person,
    value_share, share_before (three months earlier), change (of the share).
    """
    events = rows.events(book)
    columns = ["segment", "people", "share", "low", "high", "recency_days", "active_days",
               "value_per_person", "value_share", "share_before", "change", "change_low",
               "change_high"]  # fmt: skip
    if events.empty:
        return pd.DataFrame(columns=columns)
    now = rows.end(book)
    people = segments.rfm(events, as_of=now)
    earlier = segments.rfm(events, as_of=now - pd.Timedelta(days=91))
    table = people.groupby("segment").agg(
        people=("person_key", "size"),
        recency_days=("recency_days", "median"),
        active_days=("frequency", "median"),
        value_per_person=("value", "mean"),
        value=("value", "sum"),
    )
    table = table.reindex([s for s in segments.SEGMENTS if s in table.index])
    table["share"] = table["people"] / len(people)
    table["low"], table["high"] = ratios.wilson(
        table["people"].to_numpy(float), np.full(len(table), len(people), float)
    )
    total = table["value"].sum()
    table["value_share"] = table["value"] / total if total > 0 else np.nan
    before = earlier["segment"].value_counts().reindex(table.index, fill_value=0)
    for name in ("share_before", "change", "change_low", "change_high"):
        table[name] = np.nan
    if len(earlier) >= 30:
        table["share_before"] = before / len(earlier)
        for segment in table.index:
            pair = experiments.compare_rates(
                [int(before[segment]), int(table.loc[segment, "people"])],
                [len(earlier), len(people)],
            ).iloc[1]
            table.loc[segment, ["change", "change_low", "change_high"]] = [
                pair["effect"], pair["low"], pair["high"]]  # fmt: skip
    table = table.reset_index()[columns]
    for row in table[table["segment"].isin(["champion", "loyal", "cooling", "lost"])].itertuples():
        good = row.segment in ("champion", "loyal")
        worse = row.change_high < -0.005 if good else row.change_low > 0.02
        if worse:
            book.find(
                "10.1.1", "medium", "10.1.1.drift", subject=book.translator.value(row.segment),
                figure=Estimate(row.change, row.change_low, row.change_high, len(people),
                                "Newcombe interval", unit="fraction"),
                owner="community", people=row.people, share=row.share, before=row.share_before,
            )  # fmt: skip
    worth = table[table["value_share"] > 0].nlargest(1, "value_share")
    for row in worth.itertuples():
        book.say("10.1.1", "10.1.1.said", people=len(people), segment=row.segment,
                 share=row.share, value=row.value_share)  # fmt: skip
    return table


def segment_drift(book, months=9):
    """Share of each segment at the end of each month: month, segment, share, people."""
    events = rows.events(book)
    if events.empty:
        return pd.DataFrame(columns=["month", "segment", "share", "people"])
    last, parts = rows.end(book), []
    ends = [last - pd.DateOffset(months=k) for k in range(months)][::-1]
    for when in ends:
        people = segments.rfm(events, as_of=when)
        if len(people) < 30:
            continue
        share = people["segment"].value_counts(normalize=True)
        parts.append(
            pd.DataFrame({"month": when.normalize(), "segment": share.index, "share": share.values,
                          "people": len(people)})
        )  # fmt: skip
    if not parts:
        return pd.DataFrame(columns=["month", "segment", "share", "people"])
    return pd.concat(parts, ignore_index=True)


def profile_fit(book):
    """Each account's audience against the target profile of workbook.toml, now and before.

    Columns: platform, account_id, dimension, fit (1 - total variation distance to the target where it
    is a distribution, the share inside the target list where it is a list), fit_before, change,
    largest_gap (value furthest below its target), gap (its share - target), as_of_date.
    """
    frame = book.frame("audience_profile")
    frame = frame[frame["as_of_date"] <= rows.end(book)]
    columns = ["platform", "account_id", "dimension", "fit", "fit_before", "change", "largest_gap",
               "gap", "as_of_date"]  # fmt: skip
    wanted = {"age": "age", "gender": "gender", "region": "regions", "interest": "interests"}
    out = []
    for (platform, account, dimension), part in frame.groupby(
        ["platform", "account_id", "dimension"]
    ):
        target = book.settings.audience.get(wanted.get(dimension, dimension))
        if not target:
            continue
        dates = sorted(part["as_of_date"].unique())
        now = _fit(part[part["as_of_date"] == dates[-1]], target)
        before = _fit(part[part["as_of_date"] == dates[0]], target)[0] if len(dates) > 1 else np.nan
        out.append(
            (platform, account, dimension, now[0], before, now[0] - before, now[1], now[2],
             pd.Timestamp(dates[-1]))
        )  # fmt: skip
    table = pd.DataFrame(out, columns=columns).sort_values("fit", ignore_index=True)
    off = table[(table["fit"] < 0.75) & table["dimension"].isin(["age", "gender"])]
    for row in off.head(3).itertuples():
        book.find(
            "10.1.1", "medium", "10.1.1.unfit", figure=row.fit, unit="fraction",
            subject=rows.account_name(book, row.platform, row.account_id),
            dimension=book.translator.value(row.dimension),
            group=book.translator.value(str(row.largest_gap)), gap=row.gap, owner="content",
        )  # fmt: skip
    return table


def _fit(part, target):
    share = part.set_index("value")["share"].astype(float)
    if isinstance(target, list):
        inside = share[share.index.isin(target)]
        missing = [t for t in target if t not in share.index]
        low = missing[0] if missing else (inside.idxmin() if len(inside) else None)
        return float(inside.sum()), low, np.nan
    # an open class of the target such as 45+ gathers the finer classes of the platform
    merged = {}
    for value, part_share in share.items():
        key = value
        if value not in target:
            start = str(value).rstrip("+").split("-")[0]
            for name in target:
                if name.endswith("+") and start.isdigit() and int(start) >= int(name[:-1]):
                    key = name
        merged[key] = merged.get(key, 0.0) + part_share
    wanted = pd.Series(target, dtype=float)
    have = pd.Series(merged, dtype=float)
    total = have.sum()
    have = have / total if total > 0 else have
    both = wanted.index.union(have.index)
    gap = have.reindex(both, fill_value=0.0) - wanted.reindex(both, fill_value=0.0)
    worst = gap.reindex(wanted.index).idxmin()
    return 1 - float(gap.abs().sum()) / 2, worst, float(gap[worst])


def contacts(book):
    """First contacts of people with what came after: person_key, at, contact, returned, ordered, days.

    contact: replied_fast (within the hour), replied_late, not_replied, message. A later reply counts
    from the contact. returned: another act within 30 days after the contact's first day; ordered: a first
    order within 60 days of people who are seen in orders; NaN where the window is not over.
    """
    return book.once("growth.contacts", lambda: _contacts(book)).copy()


def _contacts(book):
    events = rows.events(book)
    columns = ["person_key", "at", "contact", "returned", "ordered", "days", "seen"]
    talk = rows.comments(book)
    talk = talk[talk["person_key"].notna()].sort_values("at", kind="stable")
    first = talk.drop_duplicates("person_key")
    wall = (first["replied_at"] - first["at"]).dt.total_seconds() / 60
    first = first.assign(
        contact=np.select(
            [first["is_replied"].astype(bool) & (wall <= 60), first["is_replied"].astype(bool)],
            ["replied_fast", "replied_late"],
            "not_replied",
        )
    )[["person_key", "at", "contact"]]
    written = events[events["kind"] == "message"].drop_duplicates("person_key")
    written = written.assign(contact="message")[["person_key", "at", "contact"]]
    parts = [p for p in (first, written) if len(p)]
    if not parts:
        return pd.DataFrame(columns=columns)
    both = pd.concat(parts, ignore_index=True).sort_values("at", kind="stable")
    both = both.drop_duplicates("person_key")
    # what is already a buyer at the first contact has no first order to come
    acts = events[events["kind"] != "order"][["person_key", "at"]].rename(columns={"at": "later"})
    # a landmark: only what comes at least a day after the contact is a return
    pairs = both.merge(acts, on="person_key")
    pairs = pairs[pairs["later"] >= pairs["at"] + pd.Timedelta(days=1)]
    back = pairs.groupby("person_key")["later"].min()
    bought = events[events["kind"] == "order"].groupby("person_key")["at"].min()
    # unlike map, reindex keeps times where nobody came back
    both["back"] = back.reindex(both["person_key"]).to_numpy()
    both["bought"] = bought.reindex(both["person_key"]).to_numpy()
    left = (rows.end(book) - both["at"]).dt.total_seconds() / 86400
    gap = (both["back"] - both["at"]).dt.total_seconds() / 86400
    both["returned"] = (gap <= RETURN_DAYS).astype(float).where(left >= RETURN_DAYS)
    order_gap = (both["bought"] - both["at"]).dt.total_seconds() / 86400
    ordered = order_gap.between(0, ORDER_DAYS).astype(float)
    both["ordered"] = ordered.where((left >= ORDER_DAYS) & ~(order_gap < 0))
    if not both["bought"].notna().any():
        # no key is shared with the shop: nothing can be said, which is not a rate of zero
        both["ordered"] = np.nan
    both["seen"] = gap.notna()
    both["days"] = gap.fillna(left)
    return both[columns].reset_index(drop=True)


def before_return(book):
    """What a first contact was like, and what came after it: an association, not an effect.

    Columns: contact, people, returned_rate with low and high (Wilson), against (difference to not_replied), against_low,
    against_high, p_adjusted (Holm), ordered_rate, ordered_low, ordered_high, observable (whether
    a key is shared with the shop).
    """
    frame = contacts(book)
    columns = ["contact", "people", "returned_rate", "returned_rate_low", "returned_rate_high",
               "against", "against_low", "against_high", "p_adjusted", "ordered_rate",
               "ordered_rate_low", "ordered_rate_high", "observable"]  # fmt: skip
    if frame["returned"].notna().sum() == 0:
        return pd.DataFrame(columns=columns)
    known = frame.dropna(subset=["returned"])
    observable = bool(frame["ordered"].notna().any())
    base = known[known["contact"] == "not_replied"]["returned"]
    out, p_values = [], []
    order = ("replied_fast", "replied_late", "message", "not_replied")
    for contact in [c for c in order if (known["contact"] == c).any()]:
        part = known[known["contact"] == contact]
        k, n = float(part["returned"].sum()), len(part)
        low, high = ratios.wilson(k, n)
        gap, p = (np.nan,) * 3, np.nan
        if contact != "not_replied" and len(base) >= 10 and n >= 10:
            pair = experiments.compare_rates([int(base.sum()), int(k)], [len(base), n]).iloc[1]
            gap, p = (pair["effect"], pair["low"], pair["high"]), pair["p_value"]
        bought = part["ordered"].dropna()
        sold = (np.nan,) * 3
        if observable and len(bought):
            sold = (bought.mean(), *ratios.wilson(float(bought.sum()), len(bought)))
        out.append([contact, n, k / n, low, high, *gap, np.nan, *sold, observable])
        p_values.append(p)
    table = pd.DataFrame(out, columns=columns)
    table["p_adjusted"] = experiments.adjust(p_values)
    _report_speed(book, known)
    if not observable:
        book.say("10.1.3", "10.1.3.unobservable")
    return table


def _report_speed(book, known):
    """A finding where people answered within the hour came back more than those answered later."""
    sides = [known.loc[known["contact"] == c, "returned"] for c in ("replied_late", "replied_fast")]
    if min(len(s) for s in sides) < 20:
        return
    counts = [int(s.sum()) for s in sides], [len(s) for s in sides]
    pair = experiments.compare_rates(*counts).iloc[1]
    if pair["p_value"] < 0.05 and pair["effect"] > 0:
        figure = Estimate(pair["effect"], pair["low"], pair["high"], len(sides[1]),
                          "Newcombe interval", unit="fraction")  # fmt: skip
        book.find("10.1.3", "medium", "10.1.3.fast", subject=book.translator.value("replied_fast"),
                  figure=figure, rate=float(sides[1].mean()), slow=float(sides[0].mean()),
                  owner="community")  # fmt: skip


def return_curves(book):
    """Share of people not yet back by days since their first contact: contact, days, not_back, low, high, at_risk.

    Kaplan-Meier, people whose window is not over are censored.
    """
    frame = contacts(book)
    parts = []
    for contact, part in frame.groupby("contact"):
        if len(part) >= 10:
            curve = retention.survival(part["days"].to_numpy(float), part["seen"].to_numpy(bool))
            curve = curve[curve["time"] <= 60]
            if len(curve) > 120:
                curve = curve.iloc[np.linspace(0, len(curve) - 1, 120).astype(int)]
            parts.append(curve.assign(contact=contact))
    columns = ["contact", "days", "not_back", "low", "high", "at_risk"]
    if not parts:
        return pd.DataFrame(columns=columns)
    found = pd.concat(parts, ignore_index=True)
    return found.rename(columns={"time": "days", "survival": "not_back"})[columns]
