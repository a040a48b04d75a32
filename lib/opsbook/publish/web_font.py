"""The bundled Chinese fonts for browsers, so that no machine shows boxes.

A report carries just the glyphs that it shows; a dashboard's page fetches the whole file from its
own server, once, and only where a glyph is missing.
"""

import base64
import io
from functools import lru_cache

from opsbook.config import template_path

# Families as style sheets and chart themes name them -> file below templates/fonts.
FILES = {"Opsbook SC": "NotoSansSC-Regular.ttf", "Opsbook TC": "NotoSansTC-Regular.ttf"}
FIRST_CHINESE = 0x2E80
# Layout that Chinese text does not need; reading it would take longer than all the rest.
_UNNEEDED = ("GSUB", "GPOS", "GDEF", "BASE", "STAT", "vhea", "vmtx", "VORG", "gasp", "prep")


def faces(text, language):
    """@font-face rules with the Chinese glyphs of a text, WOFF inside; "" where it has none.

    Traditional forms come first for zh-Hant; what the first font lacks comes from the other.
    """
    wanted = frozenset(ord(c) for c in set(text) if ord(c) >= FIRST_CHINESE)
    order = sorted(FILES, reverse=language == "zh-Hant")
    rules = []
    for family in order:
        have = wanted & characters(family)
        if have:
            data = base64.b64encode(_subset(family, have)).decode()
            ranges = ",".join(f"U+{c:X}" for c in sorted(have))
            rules.append(
                f'@font-face {{ font-family: "{family}"; unicode-range: {ranges}; '
                f'src: url(data:font/woff;base64,{data}) format("woff"); }}'
            )
        wanted -= have
    return "\n".join(rules)


@lru_cache(maxsize=2)
def characters(family):
    """Code points that a family's font can show."""
    from fontTools.ttLib import TTFont

    with TTFont(template_path("fonts", FILES[family]), lazy=True) as font:
        return frozenset(font.getBestCmap())


def _subset(family, characters):
    from fontTools import subset
    from fontTools.ttLib import TTFont

    with TTFont(template_path("fonts", FILES[family]), lazy=True) as font:
        options = subset.Options(
            layout_features=[], hinting=False, glyph_names=False, drop_tables=list(_UNNEEDED)
        )
        part = subset.Subsetter(options)
        part.populate(unicodes=characters)
        part.subset(font)
        font.flavor = "woff"
        written = io.BytesIO()
        font.save(written)
    return written.getvalue()
