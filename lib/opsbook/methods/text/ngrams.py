"""Many short texts as one array of characters, and the hashes of their n-grams.

All texts of a call are joined into one string, cleaned there, and turned into one array of
code points: the work per text is a few microseconds because no step loops over texts.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

MAX_CHARACTERS = 1_000  # of a text; what follows adds nothing to its tone
BREAK = "\n"  # between two texts; never inside one

_LINK = re.compile(r"https?://\S+|www\.\S+")
_MENTION = re.compile(r"@[\w\-]{1,30}:?")
_RUN = re.compile(r"([^\n])\1{2,}")
_DIGITS = re.compile(r"\d+")
_BLANKS = re.compile(r"[^\S\n]+")
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200E, 0x200F, 0x2060, 0xFEFF, 0xFE0E, 0xFE0F, 0x00AD])


@dataclass(frozen=True)
class Block:
    """Texts as one string: `joined` has a break before, between and after the texts.

    codes: uint32 code points of `joined`. owner: int32, the text each code point belongs to
    (a break belongs to the text it ends). count: number of texts.
    """

    joined: str
    codes: np.ndarray
    owner: np.ndarray
    count: int


@lru_cache(maxsize=1)
def _simplified():
    """Traditional -> simplified, character by character (the one-to-one part of OpenCC's t2s)."""
    import opencc

    characters = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    converted = opencc.OpenCC("t2s").convert(BREAK.join(characters)).split(BREAK)
    pairs = zip(characters, converted, strict=True)
    return {ord(a): b for a, b in pairs if a != b and len(b) == 1}


def strings(texts):
    """The texts as a list of str; missing values become the empty text."""
    return [text if isinstance(text, str) else "" for text in texts]


def clean(texts):
    """Join and normalise: NFKC, lower case, simplified characters, links out, runs cut to two.

    texts: list of str. Returns one str with a break before, between and after the texts.
    """
    joined = BREAK.join([" ".join(text[:MAX_CHARACTERS].splitlines()) for text in texts])
    joined = unicodedata.normalize("NFKC", f"{BREAK}{joined}{BREAK}").translate(_INVISIBLE).lower()
    codes = np.frombuffer(joined.encode("utf-32-le", "replace"), dtype=np.uint32)
    table = _character_table()
    small = codes < table.size
    codes = np.where(small, table[np.where(small, codes, 0)], codes)
    joined = codes.astype("<u4").tobytes().decode("utf-32-le")
    joined = _MENTION.sub(" ", _LINK.sub(" ", joined))
    joined = _RUN.sub(r"\1\1", joined)
    return _BLANKS.sub(" ", joined)


@lru_cache(maxsize=1)
def _character_table():
    """uint32 table over the first 65,536 code points that maps traditional to simplified."""
    table = np.arange(0x10000, dtype=np.uint32)
    table[0x2028] = table[0x2029] = table[0x85] = table[0x0B] = table[0x0C] = table[0x0D] = 0x20
    for code, simple in _simplified().items():
        table[code] = ord(simple)
    return table


def block(texts):
    """The texts (list of str) cleaned, joined and indexed: a `Block`."""
    joined = clean(texts)
    codes = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
    breaks = codes == ord(BREAK)
    owner = (np.cumsum(breaks) - 1).astype(np.int32)
    owner[breaks] -= 1  # the break that ends a text belongs to it
    owner[0] = 0
    return Block(joined, codes, owner, len(texts))


def hashes(codes, lengths, bits):
    """Hash every n-gram of the given lengths that lies within one text.

    codes: uint32 with breaks. Yields (start positions, uint32 hashes below 2**bits) per length.
    The hash is fixed (multiply and mix, after Knuth and Murmur3's finaliser), so that
    coefficients can be shipped without the n-grams they stand for.
    """
    inside = codes != np.uint32(ord(BREAK))
    whole = inside.copy()
    value = codes * np.uint32(0x9E3779B1)
    for length in range(1, max(lengths) + 1):
        if length > 1:
            step = length - 1
            whole = whole[:-1] & inside[step:]
            value = (value[:-1] ^ (value[:-1] >> np.uint32(15))) * np.uint32(0x85EBCA6B)
            value = value + codes[step:] * np.uint32(0x9E3779B1) + np.uint32(length)
        if length in lengths:
            at = np.flatnonzero(whole)
            mixed = value[at]
            mixed = (mixed ^ (mixed >> np.uint32(16))) * np.uint32(0xC2B2AE35)
            mixed = mixed ^ (mixed >> np.uint32(13))
            yield at, mixed >> np.uint32(32 - bits)


def bags(block, lengths, bits):
    """Distinct n-grams per text: (owner, hash) arrays sorted by owner, each pair once."""
    keys = [
        (block.owner[at].astype(np.uint64) << np.uint64(bits)) | found.astype(np.uint64)
        for at, found in hashes(block.codes, lengths, bits)
    ]
    keys = np.concatenate(keys) if keys else np.empty(0, np.uint64)
    keys.sort()
    if keys.size:
        keys = keys[np.append(True, keys[1:] != keys[:-1])]
    mask = np.uint64((1 << bits) - 1)
    return (keys >> np.uint64(bits)).astype(np.int64), (keys & mask).astype(np.int64)
