"""Choose what to post in which slot: expected effect, variety, bounds and load, as one integer program."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from opsbook.errors import MissingColumns

METHOD = "mixed-integer linear program (HiGHS)"


@dataclass(frozen=True)
class Plan:
    """A plan. items: the chosen rows of `options`. unmet: frame wish, asked, given. value: sum of effects."""

    items: pd.DataFrame
    unmet: pd.DataFrame
    value: float
    method: str = METHOD


def plan(options, *, posts, max_per_day=2, max_theme_share=0.4, capacity=None, campaign_posts=None):
    """The best set of posts out of `options`.

    options: one row per possible post: account, slot (a time), theme, format, value (expected
    effect), hours (work), owner, campaign_id (None or an id). posts: dict account -> (least, most)
    in the horizon. max_per_day: posts of an account a day. max_theme_share: of an account's posts.
    capacity: dict owner -> hours. campaign_posts: dict campaign_id -> least posts. One post per
    slot and account. A wish that cannot be met (least posts, campaign posts) is relaxed at a
    price far above any effect and named in `unmet`; hard bounds never are.
    """
    wanted = ["account", "slot", "theme", "format", "value", "hours", "owner", "campaign_id"]
    missing = [c for c in wanted if c not in options.columns]
    if missing:
        raise MissingColumns("post_plan.plan", missing, options.columns)
    options = options.reset_index(drop=True)
    if options.empty:
        wishes = [(str(a), low, 0) for a, (low, _) in posts.items() if low > 0]
        return Plan(options, pd.DataFrame(wishes, columns=["wish", "asked", "given"]), 0.0)
    build = _Program(len(options))
    day = pd.to_datetime(options["slot"]).dt.date
    for rows in options.groupby(["account", "slot"], sort=False).indices.values():
        build.at_most(rows, 1)
    for rows in options.groupby(["account", day], sort=False).indices.values():
        build.at_most(rows, max_per_day)
    for account, rows in options.groupby("account", sort=False).indices.items():
        least, most = posts.get(account, (0, len(rows)))
        build.at_most(rows, most)
        if least > 0:
            build.wish(rows, least, str(account))
        for same in options.iloc[rows].groupby("theme", dropna=False).indices.values():
            # theme count <= share x posts, with one post always allowed
            build.share(rows, rows[same], max_theme_share)
    for owner, hours in (capacity or {}).items():
        rows = np.flatnonzero(options["owner"] == owner)
        if len(rows):
            build.at_most(rows, hours, options["hours"].to_numpy(float)[rows])
    for campaign, least in (campaign_posts or {}).items():
        build.wish(np.flatnonzero(options["campaign_id"] == campaign), least, str(campaign))
    chosen, slack = build.solve(options["value"].to_numpy(float))
    items = options[chosen].sort_values(["slot", "account"], ignore_index=True)
    unmet = pd.DataFrame(
        [
            (name, asked, asked - short)
            for (name, asked), short in zip(build.wishes, slack, strict=True)
            if short > 0
        ],
        columns=["wish", "asked", "given"],
    )
    return Plan(items, unmet, float(items["value"].sum()))


def greedy(
    options, *, posts, max_per_day=2, max_theme_share=0.4, capacity=None, campaign_posts=None
):
    """The plain alternative: take the best next option that breaks no bound."""
    taken, left = [], dict(capacity or {})
    options = options.reset_index(drop=True)
    day = pd.to_datetime(options["slot"]).dt.date
    order = options.assign(_c=options["campaign_id"].isin(list(campaign_posts or {})))
    for i in order.sort_values(["_c", "value"], ascending=[False, False]).index:
        row = options.loc[i]
        mine = [j for j in taken if options.at[j, "account"] == row["account"]]
        least, most = posts.get(row["account"], (0, len(options)))
        if len(mine) >= most or (row["value"] <= 0 and len(mine) >= least):
            continue
        if any(options.at[j, "slot"] == row["slot"] for j in mine):
            continue
        if sum(day[j] == day[i] for j in mine) >= max_per_day:
            continue
        same = sum(options.at[j, "theme"] == row["theme"] for j in mine) + 1
        if same > max(1.0, max_theme_share * (len(mine) + 1)):
            continue
        if row["owner"] in left and left[row["owner"]] < row["hours"]:
            continue
        taken.append(i)
        if row["owner"] in left:
            left[row["owner"]] -= row["hours"]
    return options.loc[taken].sort_values(["slot", "account"], ignore_index=True)


class _Program:
    """Rows of an integer program over the options, wishes with slack."""

    def __init__(self, n):
        self.n, self.rows, self.columns, self.values = n, [], [], []
        self.low, self.high, self.wishes, self.slack_rows = [], [], [], []

    def _add(self, columns, values, low, high):
        self.rows += [len(self.low)] * len(columns)
        self.columns += list(columns)
        self.values += list(values)
        self.low.append(low)
        self.high.append(high)

    def at_most(self, columns, bound, weights=None):
        self._add(columns, np.ones(len(columns)) if weights is None else weights, -np.inf, bound)

    def share(self, every, some, share):
        weights = dict.fromkeys(map(int, every), -share)
        for column in map(int, some):
            weights[column] += 1.0
        # one post of a theme is allowed however few posts there are
        self._add(list(weights), list(weights.values()), -np.inf, max(0.0, 1.0 - share))

    def wish(self, columns, least, name):
        self.wishes.append((name, least))
        self.slack_rows.append(len(self.low))
        self._add(columns, np.ones(len(columns)), least, np.inf)

    def solve(self, value):
        extra = len(self.wishes)
        rows = self.rows + self.slack_rows
        columns = self.columns + [self.n + i for i in range(extra)]
        values = np.array(self.values + [1.0] * extra, dtype=float)
        matrix = coo_array((values, (rows, columns)), shape=(len(self.low), self.n + extra)).tocsr()
        # missing one wished post costs more than all effects together can bring
        price = 10.0 * (np.abs(value).sum() + 1.0)
        cost = np.concatenate([-value, np.full(extra, price)])
        top = np.concatenate([np.ones(self.n), [w[1] for w in self.wishes]])
        found = milp(
            cost,
            integrality=np.ones(self.n + extra),
            bounds=Bounds(0, top),
            constraints=LinearConstraint(matrix, self.low, self.high),
            options={"time_limit": 20, "mip_rel_gap": 1e-6},
        )
        if found.x is None:
            return np.zeros(self.n, bool), [w[1] for w in self.wishes]
        return found.x[: self.n] > 0.5, np.round(found.x[self.n :]).astype(int)
