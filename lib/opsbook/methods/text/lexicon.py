"""Words, emoji and emoticon codes with a tone, as data, and how they are found in texts."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from opsbook.config import reference_path
from opsbook.errors import ConfigError

from . import ngrams
from .terms import Terms, compiled

SYMBOLS = ("emoji", "emoticon", "code")
NEGATIONS = "不没无未别莫"


@dataclass(frozen=True)
class Tones:
    """A tone lexicon ready to search: `terms` finds places in the arrays."""

    terms: Terms
    tone: np.ndarray
    symbol: np.ndarray


@lru_cache(maxsize=4)
def tones(path=None):
    """Read a tone lexicon: CSV with term, tone (-3 worst to 3 best) and kind.

    kind: emoji, emoticon or code (a microblog's [name]) count as symbols, word as opinion words.
    Raises ConfigError naming the file and the row.
    """
    path = Path(path) if path else reference_path("lexicons", "tone.csv")
    found = {}
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            try:
                tone = float(row["tone"])
                term, kind = row["term"], row["kind"]
            except (KeyError, TypeError, ValueError):
                raise ConfigError(
                    path.name, f"row {line}", "needs term, tone (a number) and kind."
                ) from None
            if kind not in (*SYMBOLS, "word"):
                known = ", ".join((*SYMBOLS, "word"))
                raise ConfigError(path.name, f"row {line}", f"kind {kind!r} is none of {known}.")
            found[ngrams.clean([term]).strip()] = (tone, kind in SYMBOLS)
    found.pop("", None)
    tone, symbol = zip(*found.values(), strict=True)
    return Tones(compiled(list(found)), np.array(tone), np.array(symbol))


def tone_sums(block, tones):
    """Tone per text, array (texts, 4): praise and blame of words, praise and blame of symbols.

    A word right after a negation (within two characters) counts against its own sign, by half.
    """
    ends, values = tones.terms.find(block, longest=True)
    sums = np.zeros((block.count, 4))
    if not ends.size:
        return sums
    tone, symbol = tones.tone[values], tones.symbol[values]
    starts = ends - tones.terms.length[values] + 1
    negations = np.array([ord(character) for character in NEGATIONS], np.uint32)
    before = np.isin(block.codes[starts - 1], negations)
    further = np.isin(block.codes[np.maximum(starts - 2, 0)], negations)
    further &= block.codes[starts - 1] != ord(ngrams.BREAK)
    tone = np.where((before | further) & ~symbol, -0.5 * tone, tone)
    column = 2 * symbol + (tone < 0)
    np.add.at(sums, (block.owner[ends], column), np.abs(tone))
    return sums
