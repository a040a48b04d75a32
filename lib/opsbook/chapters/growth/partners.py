"""10.2.3 and 10.2.4: whom to co-operate with under a budget, and which incentives pay."""

import numpy as np
import pandas as pd

from opsbook.chapters.growth import rows
from opsbook.estimate import Estimate
from opsbook.methods import experiments, portfolio

WEIGHTS = {"fit": 0.25, "reach": 0.2, "authenticity": 0.25, "cost_effect": 0.3}
SUSPECT = 0.3
LEVEL = 0.8


def scores(book):
    """Influencers scored on fit, reach, authenticity and cost per effect, each 0 to 1, with what to expect.

    Columns: influencer_name, platform, fit, reach, authenticity, cost_effect, score (weighted), price, n
    (orders so far), expected (orders of one more co-operation) with low and high (80 %), cost_per_order (expected),
    is_suspect. Without three partners with results, expected is missing and cost counts views.
    """
    return book.once("growth.scores", lambda: _scores(book)).copy()


def _scores(book):
    who = book.frame("influencers")
    kept = book.settings.currency
    who = who[who["currency"].fillna(kept) == kept].drop_duplicates("influencer_id")
    done = book.frame("influencer_results")
    done = done[(done["published_at"] < rows.end(book)) & (done["currency"].fillna(kept) == kept)]
    columns = ["influencer_id", "influencer_name", "platform", "fit", "reach", "authenticity",
               "cost_effect", "score", "price", "cooperations", "n", "expected", "low", "high",
               "cost_per_order", "is_suspect"]  # fmt: skip
    if who.empty:
        return pd.DataFrame(columns=columns)
    table = who.set_index("influencer_id")
    result = done.groupby("influencer_id").agg(
        cooperations=("cooperation_id", "size"), orders=("orders", "sum"),
        engagements=("engagements", "sum"), comments=("comments", "sum"),
        clicks=("clicks", "sum"), impressions=("impressions", "sum"),
    )  # fmt: skip
    result = result.reindex(table.index)
    found = portfolio.expected(
        result["orders"], result["cooperations"], next_exposure=1, level=LEVEL
    )
    table["cooperations"] = result["cooperations"].fillna(0).astype(int)
    table["n"], table["expected"] = found["n"], found["expected"]
    table["low"], table["high"] = found["low"], found["high"]
    table["fit"] = table["audience_fit"]
    table["reach"] = table["avg_views"].rank(pct=True)
    table["authenticity"] = _authentic(table, result)
    table["cost_per_order"] = table["price"] / table["expected"].where(table["expected"] > 0)
    basis = table["cost_per_order"]
    if basis.notna().sum() < 3:
        basis = table["price"] / table["avg_views"].where(table["avg_views"] > 0)
    table["cost_effect"] = basis.rank(pct=True, ascending=False)
    parts = table[list(WEIGHTS)].astype(float)
    weights = pd.Series(WEIGHTS)
    held = parts.notna() * weights
    table["score"] = (parts.fillna(0) * weights).sum(axis=1) / held.sum(axis=1)
    table["is_suspect"] = table["authenticity"] < 1 - SUSPECT
    table["influencer_name"] = table["influencer_name"].fillna(pd.Series(table.index, table.index))
    return table.reset_index()[columns].sort_values("score", ascending=False, ignore_index=True)


def _authentic(table, result):
    """1 less the share of followers judged fake; lower where words or clicks are far too few."""
    out = 1 - table["suspicious_share"].astype(float)
    signs = {
        "comments": result["comments"].fillna(table["avg_comments"])
        / result["engagements"].fillna(table["avg_engagements"]),
        "clicks": result["clicks"] / result["impressions"],
    }
    for rate in signs.values():
        usual = rate.median()
        if usual > 0 and rate.notna().sum() >= 4:
            # a rate below a third of the usual one takes away as much as it lacks
            lack = (rate / usual / (1 / 3)).clip(upper=1).fillna(1)
            out = out.fillna(1.0) * lack
    return out


def co_operation(book, budget=None):
    """The co-operations to buy under a budget: (table, result).

    budget: in the workbook's currency; by default what was spent on co-operations in the last 90 days, else
    three times the median price. Maximises expected orders by an integer programme; suspects are left out.
    Table: influencer_name, platform, price, expected, low, high, score, chosen. Result: methods.portfolio.Portfolio
    with the budget as third part of the tuple.
    """
    table = scores(book)
    if budget is None:
        budget = _budget(book, table)
    open_ = table[~table["is_suspect"].astype(bool)].reset_index(drop=True)
    if open_.empty or not open_["expected"].notna().any():
        empty = pd.DataFrame(columns=["influencer_name", "platform", "price", "expected"])
        return empty, None, budget
    found = portfolio.choose(open_, budget, level=LEVEL)
    open_["chosen"] = found.chosen
    columns = ["influencer_name", "platform", "price", "expected", "low", "high",
               "cost_per_order", "score", "chosen"]  # fmt: skip
    shown = open_[columns].sort_values(["chosen", "expected"], ascending=False, ignore_index=True)
    if found.result.enough:
        names = book.t("shown.list").join(shown.loc[shown["chosen"], "influencer_name"].astype(str))
        book.find("10.2.3", "medium", "10.2.3.buy", subject=names, figure=_orders(found.result),
                  cost=found.cost, budget=budget, count=int(found.chosen.sum()),
                  owner="community")  # fmt: skip
    for row in table[table["is_suspect"].astype(bool)].itertuples():
        book.find("10.2.3", "high", "10.2.3.suspect", subject=row.influencer_name,
                  figure=row.authenticity, unit="fraction", n=row.cooperations, price=row.price,
                  owner="community")  # fmt: skip
    return shown, found, budget


def _budget(book, table):
    done = book.frame("influencer_results")
    start = rows.end(book) - pd.Timedelta(days=90)
    spent = done[(done["published_at"] >= start) & (done["published_at"] < rows.end(book))][
        "cost"
    ].sum()
    if spent > 0:
        return float(spent)
    middle = table["price"].median()
    return float(3 * middle) if middle > 0 else 0.0


def _orders(result):
    return Estimate(result.value, result.low, result.high, result.n, result.method, result.enough,
                    result.level, "orders")  # fmt: skip


def incentives(book):
    """Whether each kind of incentive pays, against the people who were held out.

    Columns: kind, given (people), held_out, orders_per_person, holdout_orders, lift (difference), lift_low, lift_high,
    p_value, reviews_lift, margin (earned per person above the hold-out), cost_per_person, pay_off (margin - cost) with
    low and high, break_even (cost per person at which it just pays), verdict (pays, does_not, not_told, no_holdout).
    """
    return book.once("growth.incentives", lambda: _incentives(book))


def _incentives(book):
    frame = book.frame("incentives")
    kept = book.settings.currency
    frame = frame[(frame["given_at"] < rows.end(book)) & (frame["currency"].fillna(kept) == kept)]
    columns = ["kind", "given", "held_out", "orders_per_person", "holdout_orders", "lift",
               "lift_low", "lift_high", "p_value", "reviews_lift", "margin", "cost_per_person",
               "pay_off", "low", "high", "break_even", "verdict"]  # fmt: skip
    rate = _margin(book)
    out = []
    for kind, part in frame.groupby("kind"):
        held = part["holdout"].fillna(False).astype(bool)
        got, none = part[~held], part[held]
        cost = float(got["cost"].mean()) if len(got) else np.nan
        if got["result_orders"].notna().sum() == 0:
            continue
        orders = got["result_orders"].fillna(0).astype(float)
        row = {"kind": f"{kind}_reward", "given": len(got), "held_out": len(none), "cost_per_person": cost,
               "orders_per_person": orders.mean(), "verdict": "no_holdout"}  # fmt: skip
        if len(none) >= 20 and len(got) >= 20:
            plain = none["result_orders"].fillna(0).astype(float)
            lift = experiments.compare_means([plain.to_numpy(), orders.to_numpy()]).iloc[1]
            earned = [
                (s["result_gmv"].fillna(0).astype(float) * rate).to_numpy() for s in (none, got)
            ]
            pay = experiments.compare_means(earned).iloc[1]
            said = [s["result_reviews"].fillna(0).astype(float).mean() for s in (none, got)]
            row |= {
                "holdout_orders": plain.mean(), "lift": lift["effect"], "lift_low": lift["low"],
                "lift_high": lift["high"], "p_value": lift["p_value"],
                "reviews_lift": said[1] - said[0], "margin": pay["effect"],
                "pay_off": pay["effect"] - cost, "low": pay["low"] - cost,
                "high": pay["high"] - cost, "break_even": max(pay["effect"], 0.0),
            }  # fmt: skip
            row["verdict"] = (
                "pays" if row["low"] > 0 else "does_not" if row["high"] < 0 else "not_told"
            )
        out.append(row)
    table = pd.DataFrame(out).reindex(columns=columns)
    for row in table[table["verdict"].isin(["pays", "does_not"])].itertuples():
        # without a lift there is no cost at which it would pay
        empty = row.verdict == "does_not" and row.break_even <= 0
        book.find(
            "10.2.4", "info" if row.verdict == "pays" else "medium", "10.2.4.no_lift" if empty else f"10.2.4.{row.verdict}",
            subject=book.translator.value(row.kind),
            figure=Estimate(row.pay_off, row.low, row.high, row.given + row.held_out,
                            "Welch interval against the hold-out", unit="currency"),
            lift=row.lift, cost=row.cost_per_person, break_even=row.break_even, owner="community",
        )  # fmt: skip
    for row in table[table["verdict"] == "no_holdout"].itertuples():
        book.find("10.2.4", "low", "10.2.4.no_holdout", subject=book.translator.value(row.kind),
                  figure=row.given, unit="people", n=row.given, owner="community")  # fmt: skip
    return table.sort_values("pay_off", ascending=False, ignore_index=True)


def _margin(book):
    """The shop's margin: products weighted by what they sold, else their mean, else 1 (sales count)."""
    products = book.frame("products").dropna(subset=["margin_rate"])
    if products.empty:
        return 1.0
    sold = rows.orders(book).groupby("product_id")["net"].sum()
    weight = products["product_id"].map(sold).fillna(0.0)
    rates = products["margin_rate"].astype(float)
    return float(np.average(rates, weights=weight)) if weight.sum() > 0 else float(rates.mean())
