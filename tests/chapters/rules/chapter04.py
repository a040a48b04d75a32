"""Rules of chapter 4: files against the rules, reuse, hashtags, video, live rundowns."""

import numpy as np
import pandas as pd

from opsbook.chapters import visuals

from .case import Case, Given, both, rows

END = pd.Timestamp("2026-11-15")
KEYS = {"platform": "douyin", "account_id": "a"}


def files(kind, n=5, **about):
    frame = pd.DataFrame({"asset_id": [f"{kind}{i}" for i in range(n)]}).assign(
        kind=kind, platform="weibo", account_id="a", used_by='["p1"]', file=None, path=None, sha256=None,
        changed_at=pd.Timestamp("2026-10-01"), rights_expire_at=pd.NaT, rights_holder=None,
    )  # fmt: skip
    return frame.assign(**about)


def audited(kind, check, failing, measured=80.0):
    """Five files of a kind and one check of them, of which the first `failing` break it."""
    held = files(kind)
    table = held[["asset_id", "kind", "platform"]].assign(
        check=check,
        measured=measured,
        allowed="200 ...",
        rule_of="platform",
        is_ok=np.arange(5) >= failing,
    )
    return {"visual_assets": held, "visual_audit": table, "style_distance": {}}


def owners(*avatars):
    """Content accounts with the avatar that each names."""
    named = [(f"n{i}", a) for i, a in enumerate(avatars)]
    return {
        "accounts": rows("account_id avatar_asset_id", *named, platform="weibo", kind="content")
    }


def changed(day):
    return audited("cover", "width_px", 0) | {
        "visual_assets": files("cover", changed_at=pd.Timestamp(day))
    }


def alike(*pairs):
    held = files("image", 2).assign(file=["one.png", "two.png"])
    return {"visual_assets": held, "near_duplicates": list(pairs)}


def lettered(said):
    """A picture that says a sentence, and the post it is used in."""
    posts = rows("post_id post_title", ("p1", said), platform="weibo", post_message=None)
    return {"known": audited("image", "text_share", 0, 0.3) | {"visual_assets": files("image", 1).assign(file="one.png")},
            "frames": {"posts": posts},
            "replaced": {"methods.images.read_text": lambda file: pd.DataFrame({"text": ["新茶上市"]})}}  # fmt: skip


def licensed(day):
    return {
        "visual_assets": files("image", rights_expire_at=pd.Timestamp(day), rights_holder="Studio")
    }


def tagged(tag, effect):
    """Twenty posts with a hashtag, whose exposure stands so far from the account's mean (log)."""
    logs = effect + (np.arange(20) % 5 - 2) / 20
    return {"hashtag_rows": pd.DataFrame({"tag": tag, "log": logs}).assign(
        platform="weibo", post_id=[f"p{i}" for i in range(20)], exposure=1000.0)}  # fmt: skip


def kept(share):
    """Four videos each of two platforms; the second platform's keep `share` after three seconds."""
    out = []
    for platform, third in (("douyin", 0.8), ("kuaishou", share)):
        for i in range(4):
            curve = np.interp(np.arange(0, 31), [0, 3, 30], [1, third + i / 100, 0.2])
            out += [(platform, f"{platform}{i}", s, v) for s, v in enumerate(curve)]
    frame = pd.DataFrame(out, columns=["platform", "post_id", "second", "retained_share"])
    titles = frame.drop_duplicates("post_id")[["platform", "post_id"]]
    return {
        "video_retention": frame.assign(account_id="a"),
        "posts": titles.assign(account_id="a", post_title="Tea"),
    }


def sheet(camera):
    """One session with its rundown; each segment names its camera, or one does not."""
    session = rows(
        "session_id session_title started_at", ("s1", "Tea hour", "2026-11-12 20:00"), **KEYS
    )
    rundown = rows("segment_no start_minute end_minute camera", (1, 0, 30, "close"), (2, 30, 60, camera),
                   session_id="s1", theme="tasting", set="table", interaction="lottery", **KEYS)  # fmt: skip
    return {"live_sessions": session, "live_rundown": rundown}


def segments(left=10.0, orders=10.0):
    """Six sessions of two segments of equal size; the tasting loses `left` viewers and sells `orders`."""
    out = [(f"s{s}", no, theme, lost + s % 3, sold + s % 3) for s in range(6)
           for no, theme, lost, sold in ((1, "talk", 10.0, 10.0), (2, "tasting", left, orders))]  # fmt: skip
    frame = pd.DataFrame(out, columns=["session_id", "segment_no", "theme", "left", "orders"])
    return {"live_segments": frame.assign(watched=3000.0, minutes=30, net_change=-5.0, **KEYS)}


ONE = [("one.png", "two.png", 3)]
EXPIRED, SOON, VALID = (
    Given(visuals.rights, known=licensed(d)) for d in ("2026-11-01", "2026-11-25", "2027-11-01")
)
LIFTS, PLAIN, DRAGS = (Given(visuals.hashtags, known=tagged("oolong", e)) for e in (0.8, 0.0, -0.8))
BANNED = Given(visuals.hashtags, known=tagged("全网最低", 0.0))
LOSES, EVEN, SELLS = (
    Given(visuals.segments, known=segments(**s)) for s in ({"left": 40.0}, {}, {"orders": 40.0})
)

CASES = [
    both("4.1.1.failed", visuals.avatars, known=(audited("avatar", "width_px", 1), audited("avatar", "width_px", 0))),
    both("4.1.1.none", visuals.avatars, known=audited("avatar", "width_px", 0),
         frames=(owners("avatar0", None), owners("avatar0", "avatar1"))),
    both("4.1.2.failed", visuals.covers, known=(audited("cover", "contrast", 1, 2.0), audited("cover", "contrast", 0, 9.0))),
    both("4.1.2.old", visuals.covers, known=(changed("2025-11-01"), changed("2026-11-01"))),
    both("4.2.1.failed", visuals.images, known=(audited("image", "sharpness", 2), audited("image", "sharpness", 0))),
    both("4.2.1.duplicate", visuals.reuse, known=(alike(*ONE), alike())),
    Case("4.2.1.repeat", Given(visuals.repeated_text, **lettered("新茶上市")), Given(visuals.repeated_text, **lettered("周末去哪"))),
    Case("4.2.1.expired", EXPIRED, SOON),
    Case("4.2.1.soon", SOON, VALID),
    both("4.2.2.rule", visuals.compliance, known=(audited("image", "sharpness", 3), audited("image", "sharpness", 1))),
    Case("4.2.2.banned", BANNED, PLAIN),
    Case("4.2.2.add", LIFTS, PLAIN),
    Case("4.2.2.drop", DRAGS, PLAIN),
    both("4.3.1.failed", visuals.videos, known=(audited("video", "fps", 1), audited("video", "fps", 0))),
    both("4.3.1.opening", visuals.drops, frames=(kept(0.4), kept(0.8))),
    both("4.3.2.gap", visuals.rundown, frames=(sheet(None), sheet("wide"))),
    Case("4.3.2.loses", LOSES, EVEN),
    Case("4.3.2.sells", SELLS, EVEN),
]  # fmt: skip
