"""What a post's text has: length, question, vote, lottery, numbers, structure of its body."""

import re

import pandas as pd

# Signs that readers and platforms treat as such; both Chinese scripts and English.
PATTERNS = {
    "has_question": r"[?？]|吗|嗎|呢[。!！\s]|怎么|怎麼|如何|哪(?:一|个|個|款|种|種|里|裡)|\b(?:how|what|which|why|who)\b",
    "has_vote": r"投票|二选一|二選一|选哪|選哪|站哪|\bvote\b|\bpoll\b|this or that|A or B",
    "has_lottery": r"抽奖|抽獎|抽\s*\d+\s*(?:位|名|人)|转发抽|轉發抽|送出|giveaway|\bwin\b|prize draw|lucky draw",
    "has_number": r"\d",
    "has_call": r"评论区|評論區|留言|点赞|點讚|关注|關注|收藏|转发|轉發|戳|comment below|tell us|\bshare\b|\bfollow\b|\bsave\b|link in bio",
    "has_emoji": "[\U0001f300-\U0001faff☀-➿]",
}
_COMPILED = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in PATTERNS.items()}
_STEP = re.compile(
    r"^\s*(?:\d+[.、)）]|[①-⑩]|[-•·*]|第[一二三四五六七八九十]步|step \d)",
    re.IGNORECASE | re.MULTILINE,
)
FLAGS = tuple(PATTERNS)


def features_of(titles, bodies):
    """Features of posts: frame on a plain index.

    titles, bodies: Series of text, missing allowed. Columns: the flags of PATTERNS (bool, in title
    or body), title_chars, body_chars (characters), paragraphs, steps (numbered or bulleted lines),
    hashtag_count, structure (steps, paragraphs, short, none).
    """
    title = titles.fillna("").astype(str).reset_index(drop=True)
    body = bodies.fillna("").astype(str).reset_index(drop=True)
    joined = title + "\n" + body
    out = {name: joined.map(lambda t, p=p: bool(p.search(t))) for name, p in _COMPILED.items()}
    out["title_chars"] = title.str.len()
    out["body_chars"] = body.str.len()
    out["paragraphs"] = body.map(lambda t: sum(1 for line in t.splitlines() if line.strip()))
    out["steps"] = body.map(lambda t: len(_STEP.findall(t)))
    out["hashtag_count"] = joined.str.count(r"[#＃][^\s#＃]+")
    frame = pd.DataFrame(out)
    frame["structure"] = "short"
    frame.loc[frame["paragraphs"] >= 3, "structure"] = "paragraphs"
    frame.loc[frame["steps"] >= 2, "structure"] = "steps"
    frame.loc[frame["body_chars"] == 0, "structure"] = "none"
    return frame
