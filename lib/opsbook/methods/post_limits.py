"""A draft held against a platform's limits.

Counting rules: "chars" counts code points; "half" counts full-width characters as 1 and ASCII as
0.5, rounded up (the UTF-16-byte rule); "weighted" is twitter-text's (CJK and emoji 2, URLs 23).
"""

import math
import re
from functools import partial
from pathlib import Path

import pandas as pd

from opsbook.errors import BadValue, ParameterError
from opsbook.methods import images, videos
from opsbook.methods.limits import Rule, canonical, rules_of

COLUMNS = ["check", "measured", "allowed", "ok", "conf", "source"]
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_HASHTAG = re.compile(r"[#＃]([^\s#＃，。！？,!?]+)")
_HASHTAG_PAIR = re.compile(r"[#＃]([^#＃\n]+)[#＃]")


def length(text, count="chars"):
    """Characters of a text by a platform's way of counting."""
    if count == "half":
        return math.ceil(sum(0.5 if ord(c) < 128 else 1 for c in text))
    if count == "weighted":
        urls = len(_URL.findall(text))
        return 23 * urls + sum(_weight(ord(c)) for c in _URL.sub("", text))
    if count == "chars":
        return len(text)
    raise ParameterError(count, "is not a way of counting.", known=["chars", "half", "weighted"])


def _weight(code):
    if code <= 4351 or 8192 <= code <= 8205 or 8208 <= code <= 8223 or 8242 <= code <= 8247:
        return 1
    return 0 if code == 0xFE0F else 2


def hashtags_in(text, platform=""):
    """The topics of a text without their signs; Weibo closes them (#topic#)."""
    if str(platform).split("/")[0] == "weibo":
        return [tag.strip() for tag in _HASHTAG_PAIR.findall(text)]
    return _HASHTAG.findall(text)


def check(platform, *, title=None, text=None, hashtags=None, media=None, limits=None):
    """Hold a draft against the platform's limits.

    hashtags: list of topics, by default those in the text. media: list of picture or video
    paths, or dicts of their measures (kind "image" or "video", width_px, height_px, file_mb,
    duration_s, ...). Returns check, measured, allowed, ok (NA where it cannot be told), conf
    (F, D, S, C, M as in limits.toml), source; where another source would judge differently the
    source says so. Raises ParameterError for an unknown platform.
    """
    rules = rules_of(platform, limits=limits)
    if text is not None and hashtags is None:
        hashtags = hashtags_in(text, platform)
    rows = []
    for rule in rules:
        measured = _text_measure(rule, title=title, text=text, hashtags=hashtags)
        if measured is not None:
            recount = partial(_text_measure, title=title, text=text, hashtags=hashtags)
            rows.append(_row(rule, rule.check, measured, recount))
    rows += _media_rows(rules, list(media)) if media is not None else []
    return pd.DataFrame(rows, columns=COLUMNS).astype({"measured": object, "ok": "boolean"})


def _text_measure(rule, *, title, text, hashtags):
    given = {"title_length": title, "text_length": text, "text_bytes": text}.get(rule.check)
    if rule.check in ("title_length", "text_length"):
        return None if given is None else length(given, rule.count)
    if rule.check == "text_bytes":
        return None if given is None else len(given.encode("utf-8"))
    if hashtags is not None and rule.check == "hashtag_count":
        return len(list(hashtags))
    if hashtags is not None and rule.check == "hashtags_length":
        return sum(len(tag) for tag in hashtags)
    return None


def _row(rule, name, measured, recount=None):
    verdict, source = rule.holds(measured), rule.source
    for other in rule.alternatives:
        count = other.get("count", rule.count)
        another = Rule(rule.check, other.get("min"), other.get("max"), count=count)
        seen = measured if count == rule.count else recount(another)
        if another.holds(seen) is not verdict:
            source += f"; but {another.allowed} ({other.get('conf', 'C')}) by {other['source']}"
    name = f"{name}_advised" if rule.advised else name
    return name, measured, rule.allowed, verdict, rule.conf, source


def _media_rows(rules, media):
    measured = [_measures(item) for item in media]
    kinds = [m["kind"] for m in measured]
    rows = []
    for rule in rules:
        if rule.check == "image_count":
            rows.append(_row(rule, rule.check, kinds.count("image")))
        elif rule.check == "mixed_media":
            rows.append(_row(rule, rule.check, len(set(kinds)) > 1))
        for number, item in enumerate(measured, start=1):
            kind, _, name = rule.check.partition("_")
            if kind == item["kind"] and name != "count":
                value = item.get(canonical(name))
                rows.append(_row(rule, f"{rule.check}[{number}]", value))
    return rows


def _measures(item):
    """The measures of one medium, given as a dict or read from a file's header."""
    if isinstance(item, (str, Path)):
        return videos.basics(item) if videos.is_video(item) else images.basics(item)
    if not hasattr(item, "items") or item.get("kind") not in ("image", "video"):
        raise BadValue(
            f"has {item!r}; a path or a dict with kind image or video was expected.", where="media"
        )
    item = {canonical(str(k)): v for k, v in item.items()}
    if "ratio" not in item and item.get("width_px") and item.get("height_px"):
        item["ratio"] = item["width_px"] / item["height_px"]
    return item
