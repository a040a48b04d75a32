"""Wordings of one question brought together: character n-grams, topics, average linkage."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import ahocorasick
import numpy as np
import pandas as pd
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage

from opsbook.config import load_toml, reference_path
from opsbook.errors import BadValue, ConfigError

from . import ngrams
from .moderation import phrases

CLOSENESS = 0.15  # mean cosine that two groups need to become one
NEIGHBOURS = 5  # whose topics a wording without one borrows
ALIKE, AGREED = 0.3, 0.6  # cosine and share of one topic that borrowing needs
TOPIC_WEIGHT = 1.0  # of the topics, beside 1 for the characters
AT_ONCE = 2_000  # distinct wordings linked at once; the others join or form groups after them


@dataclass(frozen=True)
class Groups:
    """frame: text and group (-1 alone), the texts' index. samples: group -> typical wording."""

    frame: pd.DataFrame
    samples: dict


@lru_cache(maxsize=4)
def topics(path=None):
    """Read filler and topics (TOML): (filler phrases, automaton of wordings, number of topics)."""
    path = Path(path) if path else reference_path("lexicons", "questions.toml")
    content = load_toml(path)
    automaton, names = ahocorasick.Automaton(), []
    for number, topic in enumerate(content.get("topic", ()), start=1):
        if not topic.get("name") or not topic.get("wordings"):
            raise ConfigError(path.name, f"topic {number}", "needs name and wordings.")
        names.append(topic["name"])
        for phrase in phrases(topic["wordings"]):
            key = ngrams.clean([phrase]).strip()
            automaton.add_word(key, (number - 1, len(key)))
    if not names:
        raise ConfigError(path.name, "topic", "is missing: at least one is needed.")
    automaton.make_automaton()
    filler = [ngrams.clean([phrase]).strip() for phrase in phrases(content.get("filler", ""))]
    return filler, automaton, tuple(names)


def topic_matrix(lines, automaton, count):
    """Topics of each line, rows of unit length: array (lines, topics)."""
    found = np.zeros((len(lines), count))
    for row, line in enumerate(lines):
        for end, (topic, length) in automaton.iter(line):
            first = end - length + 1
            word = line[first].isascii()
            joined = word and (
                line[first - 1 : first].isalpha() or line[end + 1 : end + 2].isalpha()
            )
            if not joined:
                found[row, topic] += 1
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def _core(line, filler):
    """The line without filler and marks, at least two characters of it."""
    pattern = _filler_pattern(tuple(filler))
    core = re.sub(r"[^\w]+", " ", pattern.sub(" ", line)).strip()
    return core if len(core) > 1 else line.strip()


@lru_cache(maxsize=4)
def _filler_pattern(filler):
    ordered = sorted(filter(None, filler), key=len, reverse=True)
    parts = [
        rf"(?<![a-z]){re.escape(f)}(?![a-z'])" if f.isascii() else re.escape(f) for f in ordered
    ]
    return re.compile("|".join(parts) or r"(?!)")


def vectors(lines, topic_path=None):
    """One row per cleaned wording: characters' tf-idf beside topics, so that rows' dot products
    are mean cosines. csr matrix."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    filler, automaton, names = topics(topic_path)
    cores = [_core(line, filler) for line in lines]
    grams = TfidfVectorizer(analyzer=_grams, sublinear_tf=True, norm=None)
    characters = grams.fit_transform(cores)
    topic = topic_matrix([f" {line} " for line in lines], automaton, len(names))
    characters = normalize(characters @ sparse.diags(_telling(characters, topic)))
    weight = TOPIC_WEIGHT * np.linalg.norm(topic, axis=1)
    topic, weight = _borrow(characters, topic, weight)
    total = np.sqrt(1 + weight**2)
    return sparse.hstack(
        [sparse.diags(1 / total) @ characters, sparse.csr_matrix(topic * (weight / total)[:, None])]
    ).tocsr()


def _telling(characters, topic):
    """How far each n-gram tells topics apart, 0.1 to 1: one minus the entropy of its topics.

    What stands beside every topic (a product's name, a polite word) says nothing of the question.
    """
    prior = topic.sum(axis=0) + 0.1
    share = (characters > 0).T @ topic + prior / prior.sum()
    share = share / share.sum(axis=1, keepdims=True)
    entropy = -(share * np.log(share)).sum(axis=1) / np.log(max(topic.shape[1], 2))
    return np.clip(1 - entropy, 0.1, 1)


def _borrow(characters, topic, weight):
    """Lend wordings without a topic those of the wordings most like them, in so far as alike."""
    bare, known = np.flatnonzero(weight == 0), np.flatnonzero(weight > 0)
    if bare.size and known.size:
        alike = (characters[bare] @ characters[known].T).toarray()
        alike *= alike >= np.sort(alike, axis=1)[:, [-min(NEIGHBOURS, known.size)]]
        lent = alike @ topic[known]
        agreed = lent.max(axis=1) / np.maximum(lent.sum(axis=1), 1e-9)
        sure = (alike.max(axis=1) >= ALIKE) & (agreed >= AGREED)
        length = np.maximum(np.linalg.norm(lent, axis=1), 1e-9)
        topic[bare] = np.where(sure[:, None], lent / length[:, None], 0)
        weight[bare] = TOPIC_WEIGHT * sure
    return topic, weight


def _grams(core):
    """Chinese: characters and pairs of them. Latin: words and their first five letters."""
    found = []
    for run in re.findall(r"[a-z0-9']+|[^\sa-z0-9']+", core):
        if run[0].isascii():
            found += [run, run[:5] + "*"]
        else:
            found += [*run, *(run[at : at + 2] for at in range(len(run) - 1))]
    return found or [core]


def _link(matrix, closeness):
    """Average linkage on cosine: an int label per row."""
    if matrix.shape[0] == 1:
        return np.array([1])
    similar = np.clip((matrix @ matrix.T).toarray(), 0, 1)
    upper = np.triu_indices(similar.shape[0], 1)
    return fcluster(linkage(1 - similar[upper], "average"), 1 - closeness, "distance")


def group_questions(texts, *, topic_path=None, closeness=CLOSENESS):
    """Bring wordings of the same question together.

    texts: list or Series of str. Returns `Groups`: .frame has text and group (0 the largest, -1
    for a wording that stands alone), .samples maps a group to its most typical wording. Average
    linkage (Sokal and Michener 1958) on cosines of character tf-idf beside the topics of
    `lexicons/questions.toml`; merged while the mean cosine is at least `closeness` (0-1). Above
    2,000 distinct wordings the most frequent are linked first and the others join them.
    """
    if not 0 < closeness < 1:
        raise BadValue(f"is {closeness}, expected between 0 and 1.", where="closeness")
    values = ngrams.strings(texts)
    lines = ngrams.clean(values)[1:-1].split(ngrams.BREAK) if values else []
    lines = [line.strip() for line in lines]
    counts = Counter(line for line in lines if line)
    label = {}
    if counts:
        distinct = [line for line, _ in counts.most_common()]
        label = _labels(distinct, vectors(distinct, topic_path), closeness)
    raw = [label.get(line, -1) for line in lines]
    sizes = Counter(place for place in raw if place >= 0)
    order = [place for place, size in sizes.most_common() if size > 1]
    renamed = {place: number for number, place in enumerate(order)}
    group = [renamed.get(place, -1) for place in raw]
    frame = pd.DataFrame(
        {"text": pd.Series(list(texts), dtype=object), "group": pd.Series(group, dtype=int)}
    ).set_axis(ngrams.index_of(texts))
    return Groups(frame, _typical(values, lines, group, counts))


def _labels(distinct, matrix, closeness):
    """Wording -> group, linking AT_ONCE rows at a time and joining the others to what is there."""
    assigned = np.full(len(distinct), -1)
    centres = None
    for at in range(0, len(distinct), AT_ONCE):
        rows = np.arange(at, min(at + AT_ONCE, len(distinct)))
        if centres is not None:
            close = (matrix[rows] @ centres.T).toarray()
            near = close.max(axis=1) >= closeness
            assigned[rows[near]] = close[near].argmax(axis=1)
            rows = rows[~near]
        if rows.size:
            labels = _link(matrix[rows], closeness) - 1
            base = 0 if centres is None else centres.shape[0]
            assigned[rows] = labels + base
            member = sparse.csr_matrix(
                (np.ones(rows.size) / np.bincount(labels)[labels], (labels, np.arange(rows.size)))
            )
            fresh = member @ matrix[rows]
            centres = fresh if centres is None else sparse.vstack([centres, fresh]).tocsr()
    return dict(zip(distinct, assigned.tolist(), strict=True))


def _typical(values, lines, group, counts):
    """Group -> its most frequent wording, the shortest of these."""
    best = {}
    for value, line, place in zip(values, lines, group, strict=True):
        rank = (-counts[line], len(line), value)
        if place >= 0 and (place not in best or rank < best[place][0]):
            best[place] = (rank, value)
    return {place: best[place][1].strip() for place in sorted(best)}
