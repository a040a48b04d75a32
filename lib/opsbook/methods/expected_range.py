"""What a post can be expected to bring: a regression on its plan, its range from past misses.

The range is that of split conformal prediction on a rolling origin: misses are measured on posts
later than those that were learned from, so that the range holds for the next post, not the last.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from opsbook.errors import MissingColumns

METHOD = "ridge regression on the log, conformal range of rolling-origin misses"
MIN_POSTS = 60
FOLDS = 5


@dataclass(frozen=True)
class Expected:
    """A fitted expectation. n: posts learned from. misses: frame at, group, miss (log scale)."""

    model: object
    columns: tuple
    numbers: tuple
    floor: float
    misses: pd.DataFrame
    n: int
    group: str
    recent: dict
    method: str = METHOD

    def predict(self, posts, level=0.8):
        """expected, low, high of each post's outcome, in its own unit; plain index.

        The range is that of the group's own misses where it has 30, else of all.
        """
        centre = self.model.predict(_design(posts, self.columns, self.numbers))
        centre = centre + np.array([self.recent.get(g, 0.0) for g in posts[self.group]])
        tail = (1 - level) / 2
        rows = []
        for mean, name in zip(centre, posts[self.group], strict=True):
            own = self.misses[self.misses["group"] == name]["miss"]
            pool = own if len(own) >= 30 else self.misses["miss"]
            low, high = (_quantile(pool.to_numpy(), q) for q in (tail, 1 - tail))
            rows.append((np.exp(mean), np.exp(mean + low), np.exp(mean + high)))
        return pd.DataFrame(rows, columns=["expected", "low", "high"])


def fit(posts, value, *, at, categories, numbers=(), group):
    """Learn what posts bring from their plan; None under 60 posts.

    posts: one row per post. value: outcome of 0 or more. at: time of publication. categories and
    numbers: columns known before publication. group: column whose level may drift (account);
    predictions start from its last 20 posts. Gives an Expected.
    Source: Hoerl and Kennard (1970); Vovk, Gammerman and Shafer (2005), conformal prediction.
    """
    wanted = [value, at, group, *categories, *numbers]
    missing = [c for c in wanted if c not in posts.columns]
    if missing:
        raise MissingColumns("expected_range.fit", missing, posts.columns)
    rows = posts.dropna(subset=[value]).sort_values(at, kind="stable").reset_index(drop=True)
    rows = rows[rows[value] >= 0].reset_index(drop=True)
    if len(rows) < MIN_POSTS:
        return None
    positive = rows[value][rows[value] > 0]
    floor = float(positive.min() / 2) if len(positive) else 0.5
    y = np.log(rows[value].clip(lower=floor).to_numpy(float))
    columns, numbers = tuple(categories), tuple(numbers)
    design = _design(rows, columns, numbers)
    misses = []
    edges = np.linspace(len(rows) // 2, len(rows), FOLDS + 1).astype(int)
    for first, last in pairwise(edges):
        if last <= first:
            continue
        model = _model(columns, numbers).fit(design.iloc[:first], y[:first])
        shift = _recent(
            rows[group].to_numpy()[:first], y[:first] - model.predict(design.iloc[:first])
        )
        names = rows[group].to_numpy()[first:last]
        guess = model.predict(design.iloc[first:last]) + np.array(
            [shift.get(g, 0.0) for g in names]
        )
        misses.append(
            pd.DataFrame(
                {
                    "at": rows[at].to_numpy()[first:last],
                    "group": names,
                    "miss": y[first:last] - guess,
                }
            )
        )
    model = _model(columns, numbers).fit(design, y)
    recent = _recent(rows[group].to_numpy(), y - model.predict(design))
    return Expected(
        model,
        columns,
        numbers,
        floor,
        pd.concat(misses, ignore_index=True),
        len(rows),
        group,
        recent,
    )


def _model(columns, numbers):
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", min_frequency=3), list(columns)),
        (StandardScaler(), list(numbers)),
    )
    return make_pipeline(encode, RidgeCV(alphas=np.logspace(-1, 3, 9)))


def _design(posts, columns, numbers):
    text = {c: posts[c].astype(object).where(posts[c].notna(), "?").astype(str) for c in columns}
    figures = {
        c: pd.to_numeric(posts[c], errors="coerce").fillna(0.0).astype(float) for c in numbers
    }
    return pd.DataFrame({**text, **figures}).reset_index(drop=True)


def _recent(groups, misses, last=20):
    """Mean miss of each group's last posts, shrunk: the level it has now."""
    out = {}
    frame = pd.DataFrame({"group": groups, "miss": misses})
    for name, part in frame.groupby("group"):
        tail = part["miss"].tail(last)
        out[name] = float(tail.sum() / (len(tail) + 5))
    return out


def _quantile(misses, q):
    """Conformal quantile: one step further out than the plain one, for the post yet to come."""
    n = len(misses)
    ordered = np.sort(misses)
    place = int(np.ceil(q * (n + 1))) - 1 if q > 0.5 else int(np.floor(q * (n + 1))) - 1
    return float(ordered[min(max(place, 0), n - 1)])
