"""What people corrected feeds the next run: labels of texts like those that a person labelled."""

import numpy as np
import pandas as pd

from . import ngrams

ALIKE = 0.8  # cosine from which two texts count as one wording
AGREED = 0.6  # weight that one label needs among them


def learn(texts, labels, known_texts, known_labels, *, own=None):
    """Labels after what people said of the same or nearly the same wording.

    texts, labels: what is to be labelled and what the rules say; known_texts, known_labels: what
    people labelled. own: for each text, its place among the known ones or -1; that row's own label
    is then left out, which makes the result a fair test. Returns a frame on a plain index: label,
    is_learned, teacher (place of the nearest known row that it follows, -1 for none). Nearest neighbours in the cosine of character n-grams (Cover and Hart 1967).
    """
    values = ngrams.strings(texts)
    out = pd.DataFrame({"label": list(labels), "is_learned": np.zeros(len(values), bool)})
    out["teacher"] = -1
    known = ngrams.strings(known_texts)
    if not known or not values:
        return out
    from sklearn.feature_extraction.text import TfidfVectorizer

    # No smoothing: what the vocabulary of the labelled rows does not know cannot count as alike.
    reader = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), lowercase=True)
    try:
        matrix = reader.fit_transform(known + values)
    except ValueError:  # blanks and marks only: there is nothing to compare
        return out
    base, asked = matrix[: len(known)], matrix[len(known) :]
    near = (asked @ base.T).tocoo()
    keep = near.data >= ALIKE
    row, place, weight = near.row[keep], near.col[keep], near.data[keep]
    if own is not None:
        others = np.asarray(own)[row] != place
        row, place, weight = row[others], place[others], weight[others]
    if not len(row):
        return out
    votes = pd.DataFrame({"row": row, "label": np.asarray(known_labels)[place], "weight": weight})
    votes["teacher"] = place
    votes = votes.sort_values("weight", kind="stable")
    votes = votes.groupby(["row", "label"], as_index=False).agg(
        weight=("weight", "sum"), teacher=("teacher", "last")
    )
    votes["share"] = votes["weight"] / votes.groupby("row")["weight"].transform("sum")
    best = votes[votes["share"] >= AGREED].sort_values("share").groupby("row").tail(1)
    out.loc[best["row"], "label"] = best["label"].to_numpy()
    out.loc[best["row"], "is_learned"] = True
    out.loc[best["row"], "teacher"] = best["teacher"].to_numpy()
    return out
