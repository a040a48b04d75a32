"""Tone of short texts: hashed n-gram models for Chinese and English, joined with a lexicon.

Chinese: logistic regression on naive-Bayes-weighted character n-grams (Wang and Manning 2012,
"Baselines and bigrams") plus small one-layer networks on the same hashes. English: three-class
logistic regression on character n-grams plus the valence of VADER's lexicon (Hutto and Gilbert
2014). Emoji and emoticon codes come from the tone lexicon, which an analyst may edit.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from opsbook.config import reference_path
from opsbook.errors import ConfigError

from . import lexicon, ngrams

CHINESE_LENGTHS, CHINESE_BITS, NETWORK_BITS = (1, 2, 3), 20, 16
ENGLISH_LENGTHS, ENGLISH_BITS = (2, 3, 4, 5), 18
NETWORK_SHARE = 0.6  # of the network's logit, added to the regression's
SYMBOL_LOGIT = 5.0  # what emoji can say at most; a review model cannot outvote them all
BLAME_WEIGHT = 1.3  # a crying face beside a laughing one reads as a complaint
UNSURE = 0.5  # magnitude kept where no word of any lexicon occurs (less below four words)

_WORD = re.compile(r"[a-z][a-z']*")
_NEGATION = frozenset(
    "not no never none cannot without hardly barely don't didn't doesn't isn't wasn't aren't "
    "weren't won't wouldn't can't couldn't shouldn't haven't hasn't hadn't ain't dont didnt "
    "doesnt isnt wasnt wont cant".split()
)


@dataclass(frozen=True)
class Model:
    """Coefficients: dense arrays by hash bucket; see `models/sentiment.md` for their making."""

    chinese: np.ndarray
    chinese_bias: float
    chinese_tone: float
    embedding: np.ndarray  # (networks, buckets, hidden)
    hidden_bias: np.ndarray
    out: np.ndarray
    out_bias: np.ndarray
    english: np.ndarray  # (buckets, 3): negative, neutral, positive
    english_bias: np.ndarray
    english_tone: np.ndarray


@lru_cache(maxsize=2)
def load(path=None):
    """Read the shipped coefficients (npz); ConfigError where the file is missing or other."""
    path = Path(path) if path else reference_path("models", "sentiment.npz")
    try:
        with np.load(path, allow_pickle=False) as kept:
            file = dict(kept)
        chinese = np.zeros(1 << CHINESE_BITS, np.float32)
        chinese[np.cumsum(file["chinese_step"], dtype=np.int64)] = file["chinese_weight"]
        english = np.zeros((1 << ENGLISH_BITS, 3), np.float32)
        english[np.cumsum(file["english_step"], dtype=np.int64)] = file["english_weight"]
        return Model(
            chinese,
            float(file["chinese_bias"]),
            float(file["chinese_tone"]),
            file["embedding"].astype(np.float32) * file["embedding_scale"],
            file["hidden_bias"],
            file["out"],
            file["out_bias"],
            english,
            file["english_bias"],
            file["english_tone"],
        )
    except (OSError, KeyError, ValueError) as error:
        raise ConfigError(
            path.name, "model", f"cannot be read: {error}.", remedy="Train it again."
        ) from error


def bag_matrix(block, lengths, bits):
    """Binary bag of n-grams, each row divided by the root of its size: csr (texts, 2**bits)."""
    owner, bucket = ngrams.bags(block, lengths, bits)
    size = np.bincount(owner, minlength=block.count)
    start = np.concatenate([[0], np.cumsum(size)])
    value = np.repeat(1 / np.sqrt(np.maximum(size, 1)), size).astype(np.float32)
    return sparse.csr_matrix((value, bucket, start), shape=(block.count, 1 << bits))


def folded(matrix, bits):
    """The same bags with fewer buckets: the hash's upper bits are its shorter hash."""
    step = CHINESE_BITS - bits
    shape = (matrix.shape[0], 1 << bits)
    return sparse.csr_matrix((matrix.data, matrix.indices >> step, matrix.indptr), shape=shape)


def balance(sums):
    """Lexicon tone in -1..1 from columns praise, blame: their difference over their sum + 2."""
    return (sums[:, 0] - sums[:, 1]) / (sums[:, 0] + sums[:, 1] + 2)


@lru_cache(maxsize=1)
def _valences():
    """VADER's word valences (-4..4), from the file that its package ships."""
    import vaderSentiment

    path = Path(vaderSentiment.__file__).with_name("vader_lexicon.txt")
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return {row[0]: float(row[1]) for row in rows if len(row) > 1 and _WORD.fullmatch(row[0])}


def valence(block):
    """English lexicon tone per text in -1..1: s / sqrt(s^2 + 15) as in VADER, negated by -0.74.

    A negation reaches over the next three words.
    """
    known, sums = _valences(), np.zeros(block.count)
    for number, line in enumerate(block.joined[1:-1].split(ngrams.BREAK) if block.count else ()):
        left = 0
        for word in _WORD.findall(line):
            if word in _NEGATION:
                left = 3
                continue
            tone = known.get(word)
            if tone is not None:
                sums[number] += -0.74 * tone if left else tone
            left -= left > 0
    return sums / np.sqrt(sums**2 + 15)


def chinese_logits(block, sums, model):
    """Log-odds of praise per text; sums are `lexicon.tone_sums`."""
    bags = bag_matrix(block, CHINESE_LENGTHS, CHINESE_BITS)
    logits = bags @ model.chinese + model.chinese_bias
    logits = logits + model.chinese_tone * balance(sums[:, :2])
    small = folded(bags, NETWORK_BITS)
    networks = np.zeros(block.count)
    for number, embedding in enumerate(model.embedding):
        hidden = np.maximum(small @ embedding + model.hidden_bias[number], 0)
        networks += hidden @ model.out[number] + model.out_bias[number]
    return logits + NETWORK_SHARE * networks / max(len(model.embedding), 1)


def english_tones(block, model):
    """(probability of praise minus that of blame, lexicon valence), both in -1..1."""
    tone = valence(block)
    logits = bag_matrix(block, ENGLISH_LENGTHS, ENGLISH_BITS) @ model.english + model.english_bias
    logits = logits + tone[:, None] * model.english_tone
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    return odds[:, 2] - odds[:, 0], tone


def _part(block, chosen):
    """The block of some of a block's texts (boolean by text), already clean."""
    lines = block.joined[1:-1].split(ngrams.BREAK)
    joined = ngrams.BREAK.join(
        ["", *(line for line, keep in zip(lines, chosen, strict=True) if keep), ""]
    )
    return ngrams.indexed(joined, int(chosen.sum()))


def scores(block, tones, model):
    """Tone of each text of a block, array in -1..1."""
    if not block.count:
        return np.empty(0)
    codes = block.codes
    han = (codes >= 0x3400) & (codes < 0xA000)
    latin = (codes >= ord("a")) & (codes <= ord("z"))
    han = np.bincount(block.owner[han], minlength=block.count) / 1.5  # characters a word
    latin = np.bincount(block.owner[latin], minlength=block.count) / 5
    share = han / np.maximum(han + latin, 1e-9)
    sums = lexicon.tone_sums(block, tones)
    result = np.zeros(block.count)
    evidence = sums.sum(axis=1) > 0  # of an opinion, by a lexicon
    chosen = (han > 0) & (share > 0.1)
    if chosen.any():
        part = block if chosen.all() else _part(block, chosen)
        logits = chinese_logits(part, sums[chosen], model)
        result[chosen] += share[chosen] * logits
    chosen = (latin > 0) & (share < 0.9)
    if chosen.any():
        part = block if chosen.all() else _part(block, chosen)
        learned, tone = english_tones(part, model)
        learned = 2 * np.arctanh(np.clip(0.6 * learned + 0.4 * tone, -0.999, 0.999))
        result[chosen] += (1 - share[chosen]) * learned
        evidence[chosen] |= tone != 0
    symbols = SYMBOL_LOGIT * np.tanh((sums[:, 2] - BLAME_WEIGHT * sums[:, 3]) / 3)
    unsure = UNSURE * np.minimum(1, (han + latin) / 4)
    return np.tanh((result + symbols) / 2) * np.where(evidence, 1, unsure)


def sentiment(texts, *, lexicon_path=None, model_path=None):
    """Tone of each text, Chinese and English mixed: above 0 positive, below 0 negative.

    texts: list or Series of str (missing counts as empty, scored 0). Returns a Series of floats
    in -1..1 with the texts' index. Where no word of a lexicon occurs the score is halved or less: a
    model of reviews is less sure of other talk. lexicon_path and model_path replace the shipped
    reference files. Sources: see the module and `data/reference/models/sentiment.md`.
    """
    tones, model = lexicon.tones(lexicon_path), load(model_path)
    values = ngrams.strings(texts)
    found = [
        scores(ngrams.block(values[at : at + ngrams.BATCH]), tones, model)
        for at in range(0, len(values), ngrams.BATCH)
    ]
    found = np.concatenate(found) if found else np.empty(0)
    return pd.Series(found, index=ngrams.index_of(texts), name="sentiment", dtype=float)
