"""What methods.compliance finds and lets pass: planted claims, disguises, harmless contexts, speed.

Sentences, disguises and harmless phrases are written here by hand and independently of the
lexicon file; real reviews are searched for the words that must never alarm.
"""

import time

import numpy as np
import pandas as pd

from opsbook.methods import compliance
from opsbook.proof import _claim
from opsbook.proof.privacy import REVIEWS, reviews, traditional

CLAIMS = {
    "最佳": "本店茶叶是您的{}选择",
    "国家级": "采用{}工艺制成",
    "最高级": "享受{}的服务",
    "全国第一": "口碑{}的茶饮",
    "顶级": "{}龙井春茶上市",
    "最便宜": "全场{}的一天",
    "独一无二": "{}的好味道",
    "唯一": "这是{}能买到的正宗货",
    "治疗": "坚持喝可以{}失眠",
    "治愈": "三杯{}胃病",
    "降血压": "每天一杯{}",
    "抗癌": "{}的神奇茶叶",
    "无副作用": "放心喝{}",
    "稳赚不赔": "加盟本店{}",
    "保本": "加盟{}协议",
    "美白": "喝了能{}",
    "减肥": "{}茶全新上市",
    "包过": "茶艺师考试{}",
    "极品": "{}大红袍",
    "世界级": "{}茶园直供",
    "TOP1": "茶饮{}品牌",
    "No.1": "口碑{}的茶",
}
HOMOPHONES = {"最佳": "蕞佳", "国家级": "国家J", "最便宜": "蕞便宜", "治疗": "冶疗", "唯一": "惟一", "减肥": "减月巴", "抗癌": "抗ai",
              "顶级": "ding级", "保本": "bao本", "最高级": "zui高级"}  # fmt: skip
HARMLESS = [
    "最近上了新品", "最后三天记得来", "我第一次买", "第一步先洗杯", "地址在唯一路18号", "第一天就收到了", "第一时间回复您", "最佳赏味期三十天",
    "最好先用温水润杯", "这不是最好的选择", "没有最好", "不能治疗任何疾病", "本品不能代替药物", "第一人民医院旁边", "第一中学门口", "这部电影很治愈",
    "第一，先洗手；第二，泡茶", "最高气温三十度", "《广告法》禁止使用“最佳”等用语", "店员说不得宣传“国家级”", "快递一直没到", "我弟弟一米八", "包包过两天到",
    "不承诺保本", "安全第一", "最终价格以结算为准", "最多买两件", "最少一件起", "最初的味道", "有机会再来", "物流到了转运中心", "第一泡倒掉", "第1次来",
    "best wishes", "the first time I came", "topping", "they secured the lid", "number 12", "目前不具备治疗功能",
]  # fmt: skip
SIGNS = [" ", "·", "-", "*", ".", "_", "|", "\u200b", "、", "❤", "　"]


def disguises(term, rng):
    """(way, text) pairs of one term as it is written to get past a filter."""
    sign = SIGNS[rng.integers(len(SIGNS))]
    yield "plain", term
    yield "spaced", sign.join(term)
    yield "traditional", traditional()(term)
    yield "full-width", "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in term)
    if term in HOMOPHONES:
        yield "homophone", HOMOPHONES[term]
        yield "homophone, spaced", sign.join(HOMOPHONES[term])


def found(seed=5, rounds=5):
    """way, found, planted, offsets_right, plain_search: how many planted claims were found."""
    rng, rows = np.random.default_rng(seed), {}
    for _ in range(rounds):
        for term, sentence in CLAIMS.items():
            for way, written in disguises(term, rng):
                text = sentence.format(written)
                start, end = sentence.index("{}"), sentence.index("{}") + len(written)
                hits = compliance.check(text)
                hit = [h for h in hits if h.start < end and h.end > start]
                exact = any((h.start, h.end) == (start, end) for h in hit)
                row = rows.setdefault(way, [0, 0, 0, 0])
                row[0] += bool(hit)
                row[1] += 1
                row[2] += exact
                row[3] += term in text
    frame = pd.DataFrame.from_dict(
        rows, orient="index", columns=["found", "planted", "offsets_right", "plain_search"]
    )
    return frame.rename_axis("way").reset_index()


def false_alarms():
    """text, hits: the harmless texts that alarm (an empty frame is what is wanted)."""
    rows = [(t, len(compliance.check(t))) for t in HARMLESS if compliance.check(t)]
    return pd.DataFrame(rows, columns=["text", "hits"])


def speed(n=50_000):
    """Texts a second of check_many over short comments, one in ten with a hit."""
    harmless = [
        "味道不错，送餐快，下次还来",
        "第一次买，最近活动多",
        "包装很好，客服耐心",
        "物流慢了两天",
    ]
    texts = [*harmless * 2, "很香，快递员态度好", "全国最佳选择"] * (n // 10)
    compliance.check_many(texts[:100])
    started = time.perf_counter()
    compliance.check_many(texts)
    return len(texts) / (time.perf_counter() - started)


def plain_speed(n=2_000):
    """Texts a second of the obvious alternative: every term searched in every text."""
    from opsbook.methods import lexicon

    terms = [e[1] for _, (_, entries, _) in lexicon.load().automaton.items() for e in entries]
    texts = ["味道不错，送餐快，下次还来", "全国最佳选择"] * (n // 2)
    started = time.perf_counter()
    for text in texts:
        [t for t in terms if t in text]
    return len(texts) / (time.perf_counter() - started)


def on_reviews(real=None):
    """texts, with_harmless_words, false on them, texts with any hit: over the real reviews."""
    words = ("最近", "最后", "第一次", "第一步")
    texts = with_words = false = hits = 0
    for text in reviews(real):
        texts += 1
        found_here = compliance.check(text)
        hits += bool(found_here)
        for word in words:
            at = text.find(word)
            if at >= 0:
                with_words += 1
                false += any(h.start < at + len(word) and h.end > at for h in found_here)
    return {"texts": texts, "with_words": with_words, "false": false, "with_hits": hits}


def claims(*, thin=True, real=None):
    """Claims against their targets, one row each."""
    table, seconds = _claim.timed(found, rounds=2 if thin else 50)
    planted, plain = table["planted"].sum(), table["plain_search"].sum()
    rate = speed(20_000 if thin else 200_000)
    harmless = 1 - len(false_alarms()) / len(HARMLESS)
    paths = _claim.real_files(real, REVIEWS)
    kept = _claim.last_measured("compliance", "real")
    seen, more = _claim.timed(on_reviews, real) if paths else (kept, 0.0)
    passed = 1 - seen["false"] / max(seen["with_words"], 1)
    recall, exact = table["found"].sum() / planted, table["offsets_right"].sum() / planted
    rows = [
        _claim.claim(
            "compliance.recall",
            recall,
            "≥ 0.99",
            recall >= 0.99,
            alternative="substring_search",
            beside=plain / planted,
            runs=planted,
            seconds=seconds,
            source="made_up",
        ),
        _claim.claim(
            "compliance.offsets", exact, "≥ 0.95", exact >= 0.95, runs=planted, source="made_up"
        ),
        _claim.claim(
            "compliance.harmless",
            harmless,
            "1",
            harmless == 1,
            runs=len(HARMLESS),
            source="made_up",
        ),
        _claim.claim(
            "compliance.speed",
            rate,
            "≥ 50 000",
            rate >= 50_000,
            alternative="substring_search",
            beside=plain_speed(500),
            source="this_machine",
        ),
        _claim.claim(
            "compliance.reviews",
            passed,
            "1",
            passed == 1,
            runs=seen["with_words"],
            seconds=more,
            **_claim.origin(paths, kept),
        ),
    ]
    return _claim.table(rows)
