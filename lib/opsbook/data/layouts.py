"""Which layout a file has: the preset, form or mapping that fits it, and where its header is."""

from opsbook.data import forms, mapping, presets
from opsbook.errors import MissingColumns, ParameterError, UnknownLayout


def choose(path, sheets, preset, chosen, own, platform):
    """(sheet index, header index, preset, runner-up)."""
    if preset is not None and chosen is not None:
        raise ParameterError("mapping", "and preset were both given.", remedy="Give one of them.")
    heads = [sheet.head for sheet in sheets]
    if chosen is not None:
        return _explicit(path, heads, mapping.load(chosen, own))
    if preset is not None and preset != "form":
        return _explicit(path, heads, presets.named(preset, own))
    known = list(presets.presets(own).values()) if preset is None else []
    found = presets.find_header(heads, known)
    if found and platform and found[3] and platform not in (found[2].platforms or (platform,)):
        fitting = [p for p in known if platform in p.platforms]
        found = presets.find_header(heads, fitting) or found
    if found:
        cells = {c for c in heads[found[0]][found[1]] if c.strip()}
        whole = presets.fits(found[2], presets.header_keys(cells)) == len(cells)
        # A form whose every header is its table's beats a layout that knows only some of them.
        return found if whole else forms.find(sheets) or found
    form = forms.find(sheets, asked=preset == "form")
    if form:
        return form
    near = _nearest(heads, presets.presets(own).values()) or _nearest_form(sheets)
    raise UnknownLayout(
        "no preset and no form fits this file." + near,
        where=path.name,
        proposal=mapping.propose(path, sheets, own),
        remedy=f"Save a mapping with: opsbook import {path.name} --map",
    )


def _nearest(heads, known):
    """The layout that lacks least of what it requires, told where it has most of it."""
    best = (0.5, "")
    for preset in known:
        for row in (r for head in heads for r in head[:15]):
            lacking = presets.lacks(preset, presets.header_keys(row))
            share = 1 - len(lacking) / max(len(preset.required), 1)
            if share > best[0]:
                names = ", ".join(c.replace("|", " or ") for c in lacking)
                best = (share, f" The nearest, {preset.id}, lacks {names}.")
    return best[1]


def _nearest_form(sheets):
    """The form that has most of the headers, told with those that it has no place for."""
    near = forms.nearest(sheets)
    if near is None:
        return ""
    name, foreign = near
    return (
        f" As the form of {name} it would lose {', '.join(foreign)}: take them out, name its sheet "
        f"{name}, or give preset=form."
    )


def _explicit(path, heads, preset):
    best = None
    for number, head in enumerate(heads):
        for index, row in enumerate(head[:15]):
            keys = presets.header_keys(row)
            score = (
                -len(presets.lacks(preset, keys)),
                len(preset.headers & set(keys)),
            )
            if best is None or score > best[0]:
                best = (score, number, index, row, keys)
    if best is None or best[0][1] == 0 or presets.lacks(preset, best[4]):
        row, keys = (best[3], best[4]) if best else ([], [])
        if best and best[0][1] == 0:
            row = max((r for h in heads for r in h[:15]), key=lambda r: len(set(r)))
            keys = presets.header_keys(row)
        lacking = presets.lacks(preset, keys)
        lacking = lacking or sorted(preset.headers)
        raise MissingColumns(
            path.name,
            [c.replace("|", " or ") for c in lacking],
            [c for c in row if c.strip()],
            remedy=f"Save a mapping with: opsbook import {path.name} --map",
        )
    return best[1], best[2], preset, None
