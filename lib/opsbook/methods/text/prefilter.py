"""Which texts a regular expression can match at all, asked of RE2 first.

RE2 reads a text once however many alternatives an expression has, but knows no look-around and no
back-reference, and takes \\w and \\b for ASCII. So it is given a wider expression, which matches
wherever the original does; Python's own engine then looks only at the texts that pass.
"""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_TOKEN = re.compile(
    r"""(?P<escape>\\.)
    | (?P<group>\((?:\?(?:<?[=!]|P?<\w+>|:)?)?)
    | (?P<close>\))
    | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
    | (?P<times>\{\d*,?\d*\})
    | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_WIDER = {r"\b": "", r"\B": "", r"\w": r"\S", r"\d": r"\pN"}


def widened(expression):
    """An expression for RE2 that matches in every line in which this one does.

    Look-around and word boundaries go, a back-reference becomes anything, \\w anything but blanks,
    \\d any numeral, and a counted repetition any number of times (counting takes RE2 many states).
    None where a group is of another kind.
    """
    out, depth, skipped = ["(?m)"], 0, None
    for token in _TOKEN.finditer(expression):
        kind, text = token.lastgroup, token.group()
        if kind == "group":
            if text == "(?":  # flags, conditions, atomic groups, references by name
                return None
            depth += 1
            if skipped is None and text[2:] in ("=", "!", "<=", "<!"):
                skipped = depth
            text = "(?:"
        elif kind == "close":
            depth -= 1
            if skipped is not None and depth < skipped:
                skipped = None
                continue
        if skipped is not None:
            continue
        if kind == "escape":
            text = r"[^\n]*" if text[1] in "123456789" else _WIDER.get(text, text)
        elif kind == "set" and not text.startswith("[^"):
            text = text.replace(r"\w", r"\S").replace(r"\d", r"\pN")
        elif kind == "times":
            text = "*"
        out.append(text)
    return "".join(out)


def usable(pattern):
    """The wider expression of a compiled pattern, or None where RE2 takes none."""
    wider = widened(pattern.pattern)
    if wider is None:
        return None
    try:
        pc.match_substring_regex(pa.array([""]), wider)
    except pa.ArrowInvalid:
        return None
    return wider


def matching(pattern, wider, lines, column):
    """Places of the lines that a compiled pattern matches somewhere, ascending.

    lines: list of str; column: the same as an Arrow array; wider: from `usable`.
    """
    if wider is None:
        places = range(len(lines))
    else:
        places = np.flatnonzero(pc.match_substring_regex(column, wider).to_numpy(False)).tolist()
    search = pattern.search
    return [place for place in places if search(lines[place])]
