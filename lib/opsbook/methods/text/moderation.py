"""Triage of comments and messages: rules that an analyst edits, together with the tone."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from opsbook.config import load_toml, reference_path
from opsbook.errors import ConfigError

from . import lexicon, ngrams, polarity, prefilter
from .terms import Terms, compiled

LABELS = ("violating", "complaint", "question", "suggestion", "praise", "neutral")

_SETTINGS = (
    *(
        "floor",
        "violating",
        "cap",
        "tone_complaint",
        "tone_praise",
        "complaint_from",
        "praise_from",
    ),
    *("question_mark", "against_tone", "rhetorical_from", "wants_from", "long_from"),
    "violating_long",
)


@dataclass(frozen=True)
class Rules:
    """Triage rules ready to search.

    terms finds phrases' places; points: (phrases, labels); urgent: points by phrase; word: whether the phrase must match whole words. patterns: (label place,
    points, compiled expression, wider one for RE2). labels, urgency: these tables of the file.
    """

    terms: Terms
    points: np.ndarray
    urgent: np.ndarray
    word: np.ndarray
    patterns: tuple
    labels: dict
    urgency: dict


def phrases(text):
    """Phrases of a rule: lines with bars are split at bars, others at blanks."""
    for line in text.strip().splitlines():
        yield from (p.strip() for p in (line.split("|") if "|" in line else line.split()))


@lru_cache(maxsize=4)
def rules(path=None):
    """Read triage rules (TOML); ConfigError names the file, the rule and what is wrong."""
    path = Path(path) if path else reference_path("lexicons", "triage.toml")
    content = load_toml(path)
    points, urgent = {}, {}
    for number, rule in enumerate(content.get("rule", ()), start=1):
        if rule.get("label") not in LABELS:
            known = ", ".join(LABELS)
            raise ConfigError(
                path.name, f"rule {number}", f"label {rule.get('label')!r} is none of {known}."
            )
        for phrase in phrases(rule.get("phrases", "")):
            row = points.setdefault(_key(phrase), np.zeros(len(LABELS)))
            place = LABELS.index(rule["label"])
            row[place] = max(row[place], float(rule.get("points", 1)))
    for rule in content.get("urgent", ()):
        for phrase in phrases(rule.get("phrases", "")):
            urgent[_key(phrase)] = max(urgent.get(_key(phrase), 0), float(rule["points"]))
    for table, keys in (
        ("labels", _SETTINGS),
        ("urgency", (*LABELS, "tone")),
    ):
        lacks = [key for key in keys if key not in content.get(table, {})]
        if lacks:
            raise ConfigError(path.name, table, f"lacks {', '.join(lacks)}.")
    terms = [term for term in {**points, **urgent} if term]
    return Rules(
        compiled(terms),
        np.array([points.get(term, np.zeros(len(LABELS))) for term in terms]),
        np.array([urgent.get(term, 0.0) for term in terms]),
        np.array([term[0].isascii() and term[0].isalpha() for term in terms]),
        tuple(_pattern(path.name, n, p) for n, p in enumerate(content.get("pattern", ()), 1)),
        content["labels"],
        content["urgency"],
    )


def _pattern(file, number, pattern):
    """(label place, points, compiled expression, wider one) of one pattern table."""
    try:
        place = LABELS.index(pattern["label"])
        compiled = re.compile(pattern["regex"], re.MULTILINE)
        return place, float(pattern["points"]), compiled, prefilter.usable(compiled)
    except (KeyError, ValueError, re.error) as error:
        raise ConfigError(
            file,
            f"pattern {number}",
            f"is not usable: {error}.",
            remedy="It needs label, points and a regular expression.",
        ) from error


def _key(phrase):
    return ngrams.clean([phrase.replace("<link>", ngrams.LINK)]).strip()


def phrase_hits(block, rules):
    """Phrases of rules in a block's texts: (text, place) arrays, each phrase once a text."""
    ends, places = rules.terms.find(block)
    if not ends.size:
        return ends, places
    latin = (block.codes >= ord("a")) & (block.codes <= ord("z"))
    latin |= block.codes == ord("'")
    starts = ends - rules.terms.length[places] + 1
    inside = latin[starts - 1] | (latin[ends + 1] & latin[ends])
    keep = ~(rules.word[places] & inside)
    pairs = np.unique(np.stack([block.owner[ends[keep]], places[keep]]), axis=1)
    return pairs[0], pairs[1]


def _shapes(block, rules):
    """Points that the patterns give: array (texts, labels), each pattern once a text."""
    points = np.zeros((block.count, len(LABELS)))
    lines = block.joined[1:-1].split(ngrams.BREAK)
    column = pa.array(lines)
    for place, worth, pattern, wider in rules.patterns:
        points[prefilter.matching(pattern, wider, lines, column), place] += worth
    return points


def _asked(block):
    """Whether each text ends with a question mark (spaces, emoji codes and marks may follow)."""
    marks = np.flatnonzero(block.codes == ord("?"))
    ends = np.flatnonzero(block.codes == ord(ngrams.BREAK))[1:]
    asked = np.zeros(block.count, bool)
    owner = block.owner[marks]
    asked[owner[ends[owner] - marks <= 8]] = True
    return asked


def _tone_points(tone, label, settings):
    """Points of a tone: the floor where the label begins, `tone_<label>` at a tone of 1."""
    least, floor = settings[f"{label}_from"], settings["floor"]
    rise = (settings[f"tone_{label}"] - floor) / (1 - least)
    return np.where(tone >= least, floor + rise * (tone - least), 0)


def judge(block, tone, rules):
    """Labels (places in LABELS), scores and urgencies of a block's texts; tone in -1..1."""
    count, settings = block.count, rules.labels
    points = np.zeros((count, len(LABELS)))
    urgent = np.zeros(count)
    texts, places = phrase_hits(block, rules)
    np.add.at(points, texts, rules.points[places])
    points = np.minimum(points + _shapes(block, rules), settings["cap"])
    np.maximum.at(urgent, texts, rules.urgent[places])
    named = points[:, LABELS.index("complaint")] > 0
    complaint, question, suggestion, praise = (LABELS.index(label) for label in LABELS[1:5])
    points[:, question] += settings["question_mark"] * _asked(block)
    bad, good = tone <= -settings["complaint_from"], tone >= settings["praise_from"]
    points[:, complaint] += _tone_points(-tone, "complaint", settings)
    # a smiley behind named blame is no praise
    earned = ~named | (points[:, praise] > 0)
    points[:, praise] += _tone_points(tone, "praise", settings) * earned
    good &= earned
    # Tone settles ties: blame in a praising tone is rare, praise in a blaming one is irony, and a
    # question asked in anger is rhetorical. Who praises and asks wants the
    # answer; who proposes without naming a fault does not complain, however dry the tone.
    points[:, complaint] *= np.where(good, settings["against_tone"], 1)
    points[:, praise] *= np.where(bad, settings["against_tone"], 1)
    proposed = (points[:, suggestion] >= settings["wants_from"]) & ~named
    points[:, complaint] *= np.where(proposed, settings["against_tone"], 1)
    angry = tone <= -settings["rhetorical_from"]
    points[:, question] *= np.where(angry, settings["against_tone"], 1)
    wants = points[:, [question, suggestion]].max(axis=1) >= settings["wants_from"]
    points[:, praise] *= np.where(wants, settings["against_tone"], 1)
    rivals = points.copy()
    rivals[:, 0] = 0
    best = rivals.argmax(axis=1)
    top = rivals.max(axis=1)
    best = np.where(top >= settings["floor"], best, LABELS.index("neutral"))
    violating = points[:, 0]
    size = np.bincount(block.owner, minlength=count)
    least = np.where(
        size > settings["long_from"], settings["violating_long"], settings["violating"]
    )
    best = np.where(violating >= least, 0, best)
    held = np.where(best == 0, violating, top)
    rivals[np.arange(count), best] = 0
    share = held / np.maximum(held + rivals.max(axis=1), 1e-9)
    sure = 100 * share * (1 - np.exp(-held / 3))
    calm = 100 * (1 - np.minimum(top, settings["floor"]) / (2 * settings["floor"]))
    score = np.where((best == LABELS.index("neutral")) & (held < settings["floor"]), calm, sure)
    base = np.array([rules.urgency[label] for label in LABELS], float)[best]
    base += rules.urgency["tone"] * np.maximum(-tone, 0) * (best == complaint)
    factor = np.where(np.isin(best, [praise, LABELS.index("neutral")]), 0.4, 1.0)
    return best, score, np.clip(base + factor * urgent, 0, 100)


def triage(texts, *, rules_path=None, lexicon_path=None, model_path=None):
    """What each comment or message is, how surely, and how urgent.

    texts: list or Series of str (missing counts as empty: neutral). Returns a frame with the
    texts' index: label (violating, complaint, question, suggestion, praise, neutral), score
    (0-100, how far the label leads) and urgency (0-100). Labels come from the points of
    `lexicons/triage.toml` and from the tone (`sentiment`); urgency from the label, a negative
    tone and words of danger, law or haste. The three paths replace the reference files.
    """
    chosen, tones = rules(rules_path), lexicon.tones(lexicon_path)
    model = polarity.load(model_path)
    values = ngrams.strings(texts)
    parts = []
    for at in range(0, len(values), ngrams.BATCH):
        block = ngrams.block(values[at : at + ngrams.BATCH])
        parts.append(judge(block, polarity.scores(block, tones, model), chosen))
    label, score, urgency = (
        (np.concatenate(column) for column in zip(*parts, strict=True))
        if parts
        else (np.empty(0, int), np.empty(0), np.empty(0))
    )
    return pd.DataFrame(
        {
            "label": pd.Series([LABELS[place] for place in label], dtype="str"),
            "score": np.round(score, 1),
            "urgency": np.round(urgency, 1),
        }
    ).set_axis(ngrams.index_of(texts))
