"""What the platforms allow: the rules of data/reference/limits.toml, and measures held against them."""

import math
import re
from dataclasses import dataclass, replace

import pandas as pd

from opsbook.config import reference
from opsbook.errors import BadValue, ParameterError

RATIO_TOLERANCE = 0.01
TEXT_CHECKS = ("title_length", "text_length", "text_bytes", "hashtag_count", "hashtags_length")

# What a bare number means in a rules dict; what is in neither set is an exact value.
AT_LEAST = {
    "width_px", "height_px", "sharpness", "contrast", "brand_colour_share", "thumbnail",
    "subject_prominence", "fps", "bitrate_kbps",
}  # fmt: skip
AT_MOST = {
    "file_mb", "duration_s", "palette_distance", "complexity", "text_share", "noise", "silence_s",
    "black_s", "frozen_s", "shake", "silence_share", "peak_dbfs", "noise_floor_dbfs",
    "style_distance", "text_repeat", "cuts_per_minute",
}  # fmt: skip
EXACT = {"ratio", "format", "loudness_lufs", "codec", "audio", "animated", "shot_s"}
ALIASES = {
    "mb": "file_mb", "size_mb": "file_mb", "file_size_mb": "file_mb", "gb": "file_gb",
    "s": "duration_s", "duration": "duration_s", "seconds": "duration_s",
    "width": "width_px", "height": "height_px", "aspect_ratio": "ratio", "ratios": "ratio",
    "formats": "format", "kbps": "bitrate_kbps", "bitrate": "bitrate_kbps",
    "lufs": "loudness_lufs", "loudness": "loudness_lufs", "formats_api": "format",
    "contrast_ratio": "contrast", "size": "px", "text_amount": "text_share",
    "thumbnail_recognisability": "thumbnail", "prominence": "subject_prominence",
    "brand_color_share": "brand_colour_share", "brand_share": "brand_colour_share",
    "silence": "silence_s", "black": "black_s", "frozen": "frozen_s",
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """One limit: bounds inclusive, or allowed values; conf and source say how sure it is."""

    check: str
    low: float | None = None
    high: float | None = None
    one_of: tuple = ()
    count: str = "chars"
    advised: bool = False
    conf: str = ""
    source: str = "given"
    alternatives: tuple = ()

    @property
    def allowed(self):
        """The rule as a short text: `<= 20`, `3 to 900`, `3:4 or 4:3`."""
        if self.one_of:
            return " or ".join(_shown(v) for v in self.one_of)
        if self.low is None:
            return f"<= {_shown(self.high)}"
        if self.high is None:
            return f">= {_shown(self.low)}"
        if self.low == self.high:
            return _shown(self.low)
        return f"{_shown(self.low)} to {_shown(self.high)}"

    def holds(self, measured):
        """True or False; NA where nothing was measured."""
        if measured is None or (isinstance(measured, float) and math.isnan(measured)):
            return pd.NA
        if self.one_of:
            return any(_same(self.check, measured, v) for v in self.one_of)
        if self.check.endswith("ratio"):
            low = self.low is None or measured >= self.low * (1 - 0.002)
            return low and (self.high is None or measured <= self.high * (1 + 0.002))
        return (self.low is None or measured >= self.low) and (
            self.high is None or measured <= self.high
        )


def _shown(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def ratio(value):
    """Width over height as a float, out of "3:4", "3/4" or a number."""
    if isinstance(value, str):
        parts = re.split(r"[:/x×]", value)
        try:
            numbers = [float(p) for p in parts]
            return numbers[0] / numbers[1] if len(numbers) == 2 else numbers[0]
        except (ValueError, IndexError, ZeroDivisionError):
            raise BadValue(f"{value!r} is not a ratio.", remedy='Write it as "3:4".') from None
    return float(value)


def _same(check, measured, allowed):
    if check.endswith("ratio"):
        return abs(measured / ratio(allowed) - 1) <= RATIO_TOLERANCE
    if isinstance(allowed, str):
        names = {"jpg": "jpeg", "mpeg": "mpg"}
        a, b = str(measured).lower(), allowed.lower().lstrip(".")
        return names.get(a, a) == names.get(b, b)
    return measured == allowed


def platforms(limits=None):
    """Platform id -> its table in limits.toml."""
    return (limits or reference("limits.toml"))["platform"]


def rules_of(platform, *, limits=None):
    """The rules of a platform id such as "instagram" or, for a placement, "instagram/reels"."""
    tables = platforms(limits)
    name, _, placement = str(platform).partition("/")
    if name not in tables:
        raise ParameterError(name, "is not a platform of limits.toml.", known=list(tables))
    table = tables[name]
    placements = {row.get("placement", "") for row in table["limits"]}
    if placement and placement not in placements:
        raise ParameterError(
            f"{name}/{placement}",
            "is not a placement of that platform.",
            known=[f"{name}/{p}" for p in sorted(placements) if p],
        )
    own = [row for row in table["limits"] if row.get("placement", "") == placement]
    taken = {row["check"] for row in own}
    general = [
        row
        for row in table["limits"]
        if placement and not row.get("placement") and row["check"] not in taken
    ]
    return [_rule(row, table) for row in [*own, *general]]


def _rule(row, table):
    return Rule(
        check=row["check"],
        low=row.get("min"),
        high=row.get("max"),
        one_of=tuple(row.get("one_of", ())),
        count=row.get("count", "chars"),
        advised=row.get("advised", False),
        conf=row.get("conf", table.get("conf", "")),
        source=row.get("source", table.get("source", "")),
        alternatives=tuple(row.get("alternatives", ())),
    )


def media_rules(rules, kind, known, *, limits=None):
    """Rules for one picture or video, named as audit and probe name their checks.

    rules: None, a platform id, or a dict whose keys are check names, also with `min_`, `max_`
    or the names that limits are usually written with (`max_mb`, `px_min`, `duration_s`,
    `ratio: "3:4"`). kind: "image" or "video". known: the check names that exist.
    """
    if rules is None:
        return []
    if isinstance(rules, str):
        mine = [r for r in rules_of(rules, limits=limits) if r.check.startswith(kind + "_")]
        renamed = [replace(r, check=canonical(r.check.removeprefix(kind + "_"))) for r in mine]
        return [r for r in renamed if r.check in known]
    if not hasattr(rules, "items"):
        raise BadValue(f"is a {type(rules).__name__}, not a dict or a platform id.", where="rules")
    found = {}
    for key, value in rules.items():
        for check, part in _parsed(str(key), value, kind, known):
            found.setdefault(check, {}).update(part)
    return [Rule(check, **part) for check, part in found.items()]


def canonical(name):
    """The name of a check by which the rules know it."""
    return ALIASES.get(name, name)


def _parsed(key, value, kind, known):
    """(check, bounds) pairs of one entry of a rules dict."""
    name, bound = key.lower(), None
    other = "video_" if kind == "image" else "image_"
    if name.startswith(other):
        return
    for prefix in (f"{kind}_", "cover_", "thumb_"):
        name = name.removeprefix(prefix)
    for word in ("min", "max"):
        if name == word:
            name, bound = "px", word
        elif name.startswith(word + "_"):
            name, bound = name[4:], word
        elif name.endswith("_" + word):
            name, bound = name[:-4], word
        elif f"_{word}_" in name:
            name, bound = name.replace(f"_{word}_", "_"), word
    name = canonical(name.removesuffix("_recommended"))
    if name == "px":
        if not (isinstance(value, (list, tuple)) and len(value) == 2):
            raise BadValue(f"is {value!r}, not [width, height].", where=f"rules[{key!r}]")
        yield "width_px", _bounds("width_px", value[0], bound or "exact", key)
        yield "height_px", _bounds("height_px", value[1], bound or "exact", key)
        return
    scale = 1
    if name == "file_gb":
        name, scale = "file_mb", 1024
    if name not in known:
        raise ParameterError(f"rules[{key!r}]", "is not a check.", known=sorted(known))
    if scale != 1:
        value = value * scale
    yield name, _bounds(name, value, bound, key)


def _bounds(check, value, bound, key):
    if bound in ("min", "max"):
        side = "low" if bound == "min" else "high"
        return {side: ratio(value) if check == "ratio" else value}
    if hasattr(value, "items"):
        if set(value) - {"min", "max"}:
            raise BadValue(f"has {sorted(value)}, not min and max.", where=f"rules[{key!r}]")
        return {"low": value.get("min"), "high": value.get("max")}
    if isinstance(value, (list, tuple, set, frozenset)):
        numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value)
        if numbers and len(value) == 2 and not isinstance(value, (set, frozenset)):
            return {"low": min(value), "high": max(value)}
        return {"one_of": tuple(value)}
    if bound == "exact" or check in EXACT or isinstance(value, (str, bool)):
        if check == "loudness_lufs":  # EBU R128 s1: a tolerance of 1 LU around the target
            return {"low": value - 1, "high": value + 1}
        return {"one_of": (value,)}
    return {"low": value} if check in AT_LEAST else {"high": value}


def judged(measures, rules):
    """check, measured, allowed, ok: one row per measure, and per further rule on it."""
    by_check = {}
    for rule in rules:
        by_check.setdefault(rule.check, []).append(rule)
    rows = []
    for check, measured in measures.items():
        mine = sorted(by_check.get(check, []), key=lambda rule: rule.advised)
        if not mine:
            rows.append((check, measured, "", pd.NA))
        for number, rule in enumerate(mine):
            name = f"{check}_advised" if rule.advised and number else check
            allowed = f"{rule.allowed} (advised)" if rule.advised else rule.allowed
            rows.append((name, measured, allowed, rule.holds(measured)))
    frame = pd.DataFrame(rows, columns=["check", "measured", "allowed", "ok"])
    return frame.astype({"measured": object, "ok": "boolean"})
