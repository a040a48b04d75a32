"""Many short texts as one array of characters, and the hashes of their n-grams.

All texts of a batch are joined into one string, cleaned there, and turned into one array of
code points: the work per text is a few microseconds because no step loops over texts.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from opsbook.errors import BadValue

BATCH = 10_000  # texts handled at once: bounds memory
MAX_CHARACTERS = 1_000  # of a text; what follows adds nothing to its tone
BREAK = "\n"  # between two texts; never inside one
LINK = "\ue000"  # stands where a web address stood

_LINK = re.compile(r"https?://[!-~]+|www\.[!-~]+")
_MENTION = re.compile(r"@[\w\-]{1,30}:?")
_RUN = re.compile(r"([^\n])\1{2,}")
_BLANKS = re.compile(r"[^\S\n]+")
_INVISIBLE = [0x200B, 0x200C, 0x200E, 0x200F, 0x2060, 0xFEFF, 0xFE0E, 0xFE0F, 0xAD]
_DROP = 0xFFFFFFFF  # what the table gives for an invisible character


@dataclass(frozen=True)
class Block:
    """Texts as one string: `joined` has a break before, between and after the texts.

    codes: uint32 code points of `joined`. owner: int32, the text each code point belongs to
    (a break belongs to the text before it). count: number of texts.
    """

    joined: str
    codes: np.ndarray
    owner: np.ndarray
    count: int


def strings(texts):
    """The texts as a list of str; missing values become the empty text.

    Raises BadValue where `texts` is one text instead of several.
    """
    if isinstance(texts, (str, bytes)):
        raise BadValue(
            "is one text, expected several.", where="texts", remedy="Pass a list or Series."
        )
    return [text if isinstance(text, str) else "" for text in texts]


def index_of(texts):
    """The index a result takes over: that of a Series, else 0 .. n - 1."""
    return texts.index if isinstance(texts, pd.Series) else pd.RangeIndex(len(texts))


@lru_cache(maxsize=1)
def _compatible():
    """Table of 65,536 code points: full width -> half width and the like, where NFKC is one to one."""
    table = np.arange(0x10000, dtype=np.uint32)
    for code in table.tolist():
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1 and ord(plain) < 0x10000:
            table[code] = ord(plain)
    return table


@lru_cache(maxsize=1)
def _characters():
    """Table of 65,536 code points: traditional -> simplified where that is one to one (OpenCC).

    Invisible characters become `_DROP`.
    """
    import opencc

    table = np.arange(0x10000, dtype=np.uint32)
    han = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    simple = opencc.OpenCC("t2s").convert(BREAK.join(han)).split(BREAK)
    for old, new in zip(han, simple, strict=True):
        if len(new) == 1 and ord(new) < 0x10000:
            table[ord(old)] = ord(new)
    table[_INVISIBLE] = _DROP
    return table


def _mapped(text, table):
    """A text whose characters are replaced by those of a table; `_DROP` leaves one out."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype="<u4")
    small = codes < table.size
    codes = np.where(small, table[np.where(small, codes, 0)], codes)
    return codes[codes != _DROP].astype("<u4").tobytes().decode("utf-32-le")


def _normal(joined):
    """NFKC. Nearly all of it is one character for one, by a table; lines with more are done singly."""
    joined = _mapped(joined, _compatible())
    if unicodedata.is_normalized("NFKC", joined):
        return joined
    return BREAK.join(
        line if unicodedata.is_normalized("NFKC", line) else unicodedata.normalize("NFKC", line)
        for line in joined.split(BREAK)
    )


def clean(texts):
    """Join and normalise: NFKC, lower case, simplified characters, mentions out, runs cut to two.

    texts: list of str. Returns one str with a break before, between and after the texts.
    """
    lines = (" ".join(text[:MAX_CHARACTERS].split()) for text in texts)
    joined = _normal(BREAK.join(["", *lines, ""])).lower()
    joined = _MENTION.sub(" ", _LINK.sub(LINK, _mapped(joined, _characters())))
    return _BLANKS.sub(" ", _RUN.sub(r"\1\1", joined))


def block(texts):
    """The texts (list of str) cleaned, joined and indexed: a `Block`."""
    return indexed(clean(texts), len(texts))


def indexed(joined, count):
    """The `Block` of texts that are clean and joined already."""
    codes = np.frombuffer(joined.encode("utf-32-le"), dtype="<u4").astype(np.uint32)
    breaks = codes == ord(BREAK)
    owner = (np.cumsum(breaks) - 1 - breaks).astype(np.int32)
    owner[0] = 0
    return Block(joined, codes, owner, count)


def hashes(codes, lengths, bits):
    """Hash every n-gram of the given lengths that lies within one text.

    codes: uint32 with breaks. A break may open or close an n-gram, because what a text starts
    or ends with is worth knowing. Yields (positions of a character inside, uint32 hashes below
    2**bits) per length. The hash is fixed (multiply and mix, after Murmur3's finaliser), so that
    coefficients can be shipped without the n-grams they stand for.
    """
    inside = codes != np.uint32(ord(BREAK))
    value = codes * np.uint32(0x9E3779B1)
    for length in range(1, max(lengths) + 1):
        step = length - 1
        if step:
            value = (value[:-1] ^ (value[:-1] >> np.uint32(15))) * np.uint32(0x85EBCA6B)
            value = value + codes[step:] * np.uint32(0x9E3779B1) + np.uint32(length)
        if length not in lengths:
            continue
        whole = inside[: codes.size - step].copy() if length < 3 else np.ones(value.size, bool)
        for middle in range(1, step):
            whole &= inside[middle : middle + value.size]
        if length == 2:  # one of both characters may be a break, not both
            whole |= inside[1:]
        at = np.flatnonzero(whole)
        mixed = value[at]
        mixed = (mixed ^ (mixed >> np.uint32(16))) * np.uint32(0xC2B2AE35)
        mixed = mixed ^ (mixed >> np.uint32(13))
        anchor = at + 1 if length > 2 else at + (~inside[at] if length == 2 else 0)
        yield anchor, mixed >> np.uint32(32 - bits)


def bags(block, lengths, bits):
    """Distinct n-grams per text: (owner, hash) int64 arrays sorted by owner, each pair once."""
    keys = [
        (block.owner[at].astype(np.uint64) << np.uint64(bits)) | found.astype(np.uint64)
        for at, found in hashes(block.codes, lengths, bits)
    ]
    keys = np.concatenate(keys)
    keys.sort()
    if keys.size:
        keys = keys[np.append(True, keys[1:] != keys[:-1])]
    mask = np.uint64((1 << bits) - 1)
    return (keys >> np.uint64(bits)).astype(np.int64), (keys & mask).astype(np.int64)
