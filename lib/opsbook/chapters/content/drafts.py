"""2.1.2: one draft against limits, law, private data and history, with the range to expect."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opsbook.chapters.content import rows, timing
from opsbook.methods import compliance, expected_range, images, limits, post_limits, privacy
from opsbook.methods.post_features import FLAGS, features_of

CATEGORIES = ("account", "post_type", "theme", "daypart", "structure")
NUMBERS = (*FLAGS, "title_chars", "body_chars", "hashtag_count", "is_boosted")
NEAR = 0.6


@dataclass(frozen=True)
class DraftCheck:
    """What a draft's check found. `ok`: nothing that must be changed before publishing.

    limits: check, measured, allowed, is_ok, conf, source. wording: term, rule, risk, reason,
    suggestion. private: kind, start, end, certain. near: earlier posts that say nearly the same,
    with similarity. expected: expected, low, high (80 %) interactions. better_slots: weekday,
    hour, effect, low, high. image: check, measured, allowed, is_ok.
    """

    limits: pd.DataFrame
    wording: pd.DataFrame
    private: pd.DataFrame
    near: pd.DataFrame
    expected: pd.DataFrame
    better_slots: pd.DataFrame
    image: pd.DataFrame
    ok: bool


def check_draft(
    book,
    text,
    *,
    platform,
    account="all",
    title=None,
    at=None,
    image=None,
    theme=None,
    post_type=None,
):
    """Check a draft post: one function behind notebook, command and dashboard.

    text, title: the draft. platform: id. account: id, or "all". at: planned local time (text or
    Timestamp). image: path of a picture. Gives a DraftCheck; ParameterError for an unknown platform.
    """
    broken = post_limits.check(platform, title=title, text=text).rename(columns={"ok": "is_ok"})
    whole = "\n".join(part for part in (title, text) if part)
    risky = pd.DataFrame(
        [
            (whole[h.start : h.end], h.rule, h.severity, h.reason, h.suggestion)
            for h in compliance.check(whole, language=book.language)
        ],
        columns=["term", "rule", "risk", "reason", "suggestion"],
    )
    private = pd.DataFrame(
        [(h.kind, h.start, h.end, h.certain) for h in privacy.find(whole)],
        columns=["kind", "start", "end", "is_certain"],
    )
    picture = pd.DataFrame(columns=["check", "measured", "allowed", "is_ok"])
    if image is not None:
        picture = images.audit(image, platform).rename(columns={"ok": "is_ok"})
    near = near_duplicates(book, whole, platform)
    draft = _as_post(text, title, platform, account, at, theme, post_type)
    fit = fitted(book)
    expected = (
        fit.predict(draft, level=0.8)
        if fit is not None
        else pd.DataFrame(columns=["expected", "low", "high"])
    )
    slots = _better(book, platform, account, at)
    bad = (broken["is_ok"] == False).any() or (risky["risk"] == "ban").any() or len(private) > 0  # noqa: E712
    return DraftCheck(broken, risky, private, near, expected, slots, picture, not bad)


def example_draft(book, text="", title="", platform="xiaohongshu"):
    """Arguments for check_draft: the given draft, else the best post of the last 90 days again."""
    if text or title:
        return {"text": text, "title": title or None, "platform": platform}
    posts = rows.settled(book)
    if posts.empty:
        return {"text": "", "title": None, "platform": platform}
    recent = posts[posts["date_day"] > pd.Timestamp(book.period.end) - pd.Timedelta(days=90)]
    recent = recent[recent["platform"].isin(list(limits.platforms()))].dropna(subset=["value"])
    if recent.empty:
        return {"text": "", "title": None, "platform": platform}
    best = recent.loc[recent["value"].idxmax()]
    title, body = (
        v if isinstance(v, str) else "" for v in (best["post_title"], best["post_message"])
    )
    return {
        "text": body,
        "title": title or None,
        "platform": best["platform"],
        "account": best["account_id"],
        "theme": best["theme"],
        "post_type": best["post_type"],
        "at": best["at"],
    }


def near_duplicates(book, text, platform=None, top=5):
    """Earlier posts whose wording is nearly the same: date_day, platform, name, similarity.

    Cosine of character 3-grams, 0.6 and more.
    """
    from sklearn.feature_extraction.text import HashingVectorizer

    posts = rows.posts(book)
    if posts.empty or not text.strip():
        return pd.DataFrame(columns=["date_day", "platform", "name", "similarity"])
    words = HashingVectorizer(
        analyzer="char", ngram_range=(3, 3), n_features=2**16, alternate_sign=False
    )
    matrix = words.transform([*posts["text"], text])
    close = (matrix[:-1] @ matrix[-1].T).toarray().ravel()
    table = posts[["date_day", "platform", "name"]].assign(similarity=close)
    return table[table["similarity"] >= NEAR].nlargest(top, "similarity").reset_index(drop=True)


def fitted(book, before=None):
    """The expectation learned from settled posts (before a day, where one is given), or None."""
    key = f"expected:{before}"

    def build():
        posts = rows.settled(book)
        if before is not None and len(posts):
            posts = posts[posts["date_day"] < pd.Timestamp(before)]
        if posts.empty:
            return None
        return expected_range.fit(
            posts, "value", at="at", categories=CATEGORIES, numbers=NUMBERS, group="account"
        )

    return book.once(key, build)


def expected_range_score(book, weeks=8):
    """How often the 80 % range held on held-out posts: account, n, held_share, low, high (Wilson).

    Learned on posts older than `weeks` weeks, scored on those since; one row per platform and one
    for all.
    """
    from opsbook.methods import ratios

    cut = pd.Timestamp(book.period.end) - pd.Timedelta(days=7 * weeks)
    posts = rows.settled(book)
    fit = fitted(book, before=cut.date()) if len(posts) else None
    if fit is None:
        return pd.DataFrame(columns=["platform", "n", "held_share"])
    later = posts[(posts["date_day"] >= cut) & posts["value"].notna()].reset_index(drop=True)
    if later.empty:
        return pd.DataFrame(columns=["platform", "n", "held_share"])
    ranges = fit.predict(later)
    held = (later["value"] >= ranges["low"]) & (later["value"] <= ranges["high"])
    out = []
    for name, inside in [
        ("all", held),
        *((p, held[later["platform"] == p]) for p in later["platform"].unique()),
    ]:
        low, high = ratios.wilson(inside.sum(), len(inside))
        out.append((name, len(inside), inside.mean(), low, high))
    return pd.DataFrame(out, columns=["platform", "n", "held_share", "low", "high"])


def _as_post(text, title, platform, account, at, theme, post_type):
    """The draft as a row that the expectation understands."""
    when = pd.Timestamp(at) if at is not None else pd.NaT
    features = features_of(pd.Series([title or ""]), pd.Series([text or ""]))
    weekend = "e" if pd.notna(when) and when.weekday() >= 5 else "d"
    daypart = f"{when.hour // 3}{weekend}" if pd.notna(when) else "?"
    return features.assign(
        account=f"{platform}:{account}",
        post_type=post_type or "?",
        theme=theme or "?",
        daypart=daypart,
        is_boosted=False,
    )


def _better(book, platform, account, at):
    """Slots whose effect lies above the planned one's, best first."""
    slots = timing.slot_map(book)
    slots = (
        slots[(slots["platform"] == platform) & slots["enough"].astype(bool)]
        if len(slots)
        else slots
    )
    if account != "all" and len(slots):
        slots = slots[slots["account_id"] == account]
    columns = ["weekday", "hour", "effect", "low", "high", "n"]
    if len(slots) == 0:
        return pd.DataFrame(columns=columns)
    floor = -np.inf
    if at is not None:
        when = pd.Timestamp(at)
        planned = slots[(slots["weekday"] == when.weekday()) & (slots["hour"] == when.hour)]
        floor = planned["effect"].max() if len(planned) else floor
    better = slots[slots["effect"] > floor]
    return better.nlargest(3, "low")[columns].reset_index(drop=True)
