"""Audit of a list of asset files: each decoded once, held against platform and brand rules."""

import hashlib
from functools import lru_cache

import pandas as pd

from opsbook import shared
from opsbook.errors import InputError, MissingColumns
from opsbook.methods import images, videos
from opsbook.methods.limits import judged, media_rules, platforms

COLUMNS = ["asset_id", "kind", "platform", "check", "measured", "allowed", "is_ok", "rule_of"]
# The placement of limits.toml that an asset kind is published in, where a platform has it.
_PLACEMENTS = {"cover": ("cover", "thumbnail"), "avatar": ("avatar",), "image": ("image",)}


def asset_audit(assets, find, standard=None, palette=None):
    """One row per asset, check and rule; is_ok is NA where no rule applies.

    assets: frame with asset_id, kind (avatar, cover, image, video, ad), path, platform. find:
    path -> file or None. standard: dict of kind -> rules dict, the brand's own (see
    `images.audit`). palette: brand colours "#rrggbb". Returns asset_id, kind, platform, check,
    measured, allowed, is_ok, rule_of (platform, brand, or "" for a measure without rule); a file
    that is missing or unreadable fails the check "file". Raises MissingColumns.
    """
    missing = [c for c in ("asset_id", "kind", "path", "platform") if c not in assets.columns]
    if missing:
        raise MissingColumns("asset_audit", missing, assets.columns)
    out = []
    for _, asset in assets.iterrows():
        kind, platform = str(asset["kind"]), asset["platform"]
        file = find(asset["path"])
        try:
            measures = None if file is None else measured(file, palette)
        except InputError:
            measures = None
        if measures is None:
            out.append((asset["asset_id"], kind, platform, "file", None, "", False, "platform"))
            continue
        medium = "video" if videos.is_video(file) else "image"
        known = set(videos.CHECKS if medium == "video" else images.CHECKS)
        wanted = {
            "platform": media_rules(_placement(platform, kind), medium, known),
            "brand": media_rules((standard or {}).get(kind) or None, medium, known),
        }
        ruled = set()
        for owner, rules in wanted.items():
            frame = judged(measures, rules)
            for row in frame[frame["allowed"] != ""].itertuples(index=False):
                ruled.add(row.check.removesuffix("_advised"))
                ok = row.ok if "advised" not in row.allowed or row.ok is pd.NA else bool(row.ok)
                out.append((asset["asset_id"], kind, platform, row.check, row.measured,
                            row.allowed, ok, owner))  # fmt: skip
        for check, value in measures.items():
            if check not in ruled:
                out.append((asset["asset_id"], kind, platform, check, value, "", pd.NA, ""))
    frame = pd.DataFrame(out, columns=COLUMNS)
    return frame.astype({"measured": object, "is_ok": "boolean"})


def measured(file, palette=None):
    """check -> measure of one picture or video, decoded once per content and process."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return dict(_measured(digest, str(file), tuple(palette or ())))


@lru_cache(maxsize=2048)
def _measured(digest, file, palette):
    return shared.once(("measured", digest, palette), lambda: _looked_at(file, palette))


def _looked_at(file, palette):
    if videos.is_video(file):
        frame = videos.probe(file)
    else:
        frame = images.audit(file, palette=list(palette) or None)
    return tuple(zip(frame["check"], frame["measured"], strict=True))


def _placement(platform, kind):
    """The platform id with the placement of an asset kind, or None for an unknown platform."""
    tables = platforms()
    if platform not in tables:
        return None
    has = {row.get("placement", "") for row in tables[platform]["limits"]}
    for placement in _PLACEMENTS.get(kind, ()):
        if placement in has:
            return f"{platform}/{placement}"
    # a profile picture has none of a post's limits
    return None if kind in ("avatar", "cover") else platform
