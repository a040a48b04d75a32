"""Many terms looked up in one pass: an automaton that reads only where a term can begin."""

from dataclasses import dataclass

import ahocorasick
import numpy as np

from . import ngrams

_BITS = 16


@dataclass(frozen=True)
class Terms:
    """Terms ready to search. automaton maps a term to its place, length: characters by place.

    reach: by hash of two characters, the length of the longest term that begins so, else 0.
    single: by code point, 1 where it is a term by itself.
    """

    automaton: object
    length: np.ndarray
    reach: np.ndarray
    single: np.ndarray

    def find(self, block, *, longest=False):
        """Hits in a block's texts: (positions of the last character, places), by position.

        longest: only the leftmost longest of overlapping hits, else all.
        """
        kept = self._kept(block.codes)
        if not kept.size:
            return kept, kept
        # The automaton is slow per character: what no term can reach is left out, with a break.
        gaps = np.flatnonzero(np.diff(kept) > 1) + 1
        text = np.insert(block.codes[kept], gaps, ord(ngrams.BREAK))
        back = np.insert(kept, gaps, 0)
        text = text.astype("<u4").tobytes().decode("utf-32-le")
        pairs = list(self.automaton.iter_long(text) if longest else self.automaton.iter(text))
        if not pairs:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        ends, places = zip(*pairs, strict=True)
        return back[np.array(ends)], np.array(places, np.int64)

    def _kept(self, codes):
        """Positions that lie within reach of two characters with which a term begins."""
        reach = np.maximum(self.reach[_pair(codes[:-1], codes[1:])], self.single[codes[:-1]])
        begins = np.flatnonzero(reach)
        ends = np.minimum(begins + reach[begins], codes.size)
        open_ = np.bincount(begins, minlength=codes.size + 1)
        open_ -= np.bincount(ends, minlength=codes.size + 1)
        return np.flatnonzero(np.cumsum(open_))


def compiled(terms):
    """`Terms` of these strings, in their order; each must have a character."""
    automaton, reach = ahocorasick.Automaton(), np.zeros(1 << _BITS, np.int64)
    single = np.zeros(0x110000, np.int64)
    for place, term in enumerate(terms):
        automaton.add_word(term, place)
        if len(term) == 1:
            single[ord(term)] = 1
        else:
            spot = _pair(*np.array([[ord(term[0])], [ord(term[1])]], np.uint32))
            reach[spot] = np.maximum(reach[spot], len(term))
    automaton.make_automaton()
    return Terms(automaton, np.array([len(term) for term in terms], np.int64), reach, single)


def _pair(first, second):
    """A hash of two code points below 2**_BITS."""
    mixed = first * np.uint32(0x9E3779B1) ^ second * np.uint32(0x85EBCA6B)
    return (mixed ^ (mixed >> np.uint32(15))) & np.uint32((1 << _BITS) - 1)
