"""One normal form of Chinese and English text, and the way back to the original's offsets.

NFKC, lower case and traditional-to-simplified per character (OpenCC's t2s, character by
character, so that one table of str.translate does it all at C speed).
"""

import unicodedata
from functools import cache

CJK = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00))
# Signs that end a clause stay in the compact form: no term reaches across them.
CLAUSE_ENDS = frozenset("。！？!?；;，,\n")


@cache
def _simplified():
    """Traditional character -> simplified, for those that differ."""
    import opencc

    characters = [chr(c) for low, high in CJK for c in range(low, high)]
    converted = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, converted, strict=True)
    return {a: b for a, b in pairs if a != b and len(b) == 1}


def _normal(character):
    folded = unicodedata.normalize("NFKC", character).lower()
    return "".join(_simplified().get(c, c) for c in folded)


@cache
def _tables():
    """(same length, compact): translate tables of the whole basic plane.

    Identical characters are listed too: a hit in the table is several times faster than the
    exception that str.translate swallows for a miss.
    """
    same, compact = {}, {}
    ranges = [range(0xD800), range(0xE000, 0x10000), range(0x1D400, 0x1D800)]
    ranges += [range(0x1F100, 0x1F200), range(0x1F300, 0x1FB00), range(0xE0000, 0xE0200)]
    for code in (c for r in ranges for c in r):
        character = chr(code)
        normal = _normal(character)
        same[code] = ord(normal) if len(normal) == 1 else code
        kept = "".join(c for c in normal if c in CLAUSE_ENDS or c.isalnum())
        compact[code] = ord(kept) if len(kept) == 1 else (kept or None)
    for sign in CLAUSE_ENDS:
        compact[ord(sign)] = ord(sign)
    return same, compact


def same_length(text):
    """NFKC, lower case, simplified where that keeps one character one: offsets stay valid."""
    return text.translate(_tables()[0])


def compact(text):
    """The same, and everything but letters, digits and clause ends is dropped."""
    return text.translate(_tables()[1])


def offsets(text):
    """For each character of compact(text), the index of the original character it came from."""
    table, found = _tables()[1], []
    for index, character in enumerate(text):
        mapped = table.get(ord(character), character)
        if mapped is not None:
            found += [index] * (len(mapped) if isinstance(mapped, str) else 1)
    return found
