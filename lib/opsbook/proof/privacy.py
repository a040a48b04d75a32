"""Recall and precision of methods.privacy on generated data and on real reviews.

The generator builds numbers from the standards (GB 11643 weights, Luhn from the right, numbering
plan) with plain arithmetic and string joins; it imports nothing of the method but its entry.
"""

import csv
import time
from functools import cache
from hashlib import sha256

import numpy as np
import pandas as pd

from opsbook.methods import privacy
from opsbook.proof import _claim

REVIEWS = ("text/shop_reviews_zh.csv", "text/takeaway_reviews_zh.csv")
_REGIONS = (
    "110105 310115 440106 330106 320102 510104 420106 370102 610113 500103 230103 350203".split()
)
_CITIES = [
    ("浙江省", "杭州市", "西湖区"), ("广东省", "深圳市", "南山区"), ("", "上海市", "浦东新区"),
    ("", "北京市", "海淀区"), ("四川省", "成都市", "武侯区"), ("江苏省", "苏州市", "昆山市"),
    ("湖北省", "武汉市", "洪山区"), ("", "重庆市", "渝中区"), ("福建省", "厦门市", "思明区"),
    ("山东省", "青岛市", "崂山区"), ("陕西省", "西安市", "雁塔区"), ("云南省", "昆明市", "官渡区"),
    ("辽宁省", "大连市", "甘井子区"), ("天津市", "", "和平区"), ("广东省", "东莞市", "长安镇"),
]  # fmt: skip
_ROADS = "文三路 人民南路 建设大道 中山北路 学院街 解放东路 科技园路 长江西路 幸福巷 和平里 沿江大道 南京路 迎宾大街 团结胡同".split()
_ESTATES = "阳光花园 翠苑小区 金色家园 万科公寓 绿城新村 东方大厦 碧水苑 师大宿舍 龙湖国际城 御景湾".split()
_PLATES = list("京津沪渝冀豫云辽黑湘皖鲁苏浙赣鄂桂甘晋蒙陕吉闽贵粤青川宁琼新藏")
_LETTERS = list("ABCDEFGHJKLMNPQRSTUVWXYZ")
_PREFIXES = "133 135 136 137 138 139 147 150 151 152 155 156 157 158 159 166 170 173 176 177 180 185 186 187 188 189 191 193 198 199".split()
_AREAS = "010 021 022 023 025 027 028 0311 0431 0512 0571 0592 0631 0731 0755 0771 0851 0931 0898 0991".split()
_BINS = "621700 622202 622848 621661 623668 625912 622588 621483 621226 623052 436742 456351 552245 524090 400360 356827".split()
_FRAMES = {
    "mobile": ["{}", "电话{}", "有问题打我手机 {}，谢谢", "加微信{}", "联系人李女士 {}", "call me at {} please", "我是{}，麻烦尽快发货"],
    "landline": ["座机{}", "固话：{}", "电话 {} 转客服", "{}", "公司电话是{}", "our phone is {}"],
    "id_card": ["身份证{}", "证件号：{}，请登记", "{}", "实名 {} 已提交", "ID {}"],
    "bank_card": ["卡号{}", "请退到{}这张卡", "银行卡 {} 建设银行", "{}", "card {}"],
    "email": ["邮箱{}", "发到 {} 就行", "contact {} for details", "{}", "我的email是{}，谢谢"],
    "plate": ["车牌{}", "{}停在门口", "开的是{}那辆", "{}"],
    "address": ["地址：{}", "寄到{}", "我家住{}", "收货地址 {}", "麻烦送到{}，谢谢", "{}"],
}  # fmt: skip


def identifier(kind, rng):
    """One made-up identifier of a kind, in its plain form."""
    if kind == "mobile":
        return rng.choice(_PREFIXES) + _digits(rng, 8)
    if kind == "landline":
        area = str(rng.choice(_AREAS))
        length = 8 if len(area) == 3 or rng.random() < 0.5 else 7
        return (
            area
            + str(rng.choice(["-", "-", " ", ""]))
            + str(rng.integers(2, 9))
            + _digits(rng, length - 1)
        )
    if kind == "id_card":
        year, month, day = rng.integers(1950, 2012), rng.integers(1, 13), rng.integers(1, 29)
        body = f"{rng.choice(_REGIONS)}{year}{month:02d}{day:02d}{_digits(rng, 3)}"
        weights = [2 ** (17 - i) % 11 for i in range(17)]
        return (
            body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
        )
    if kind == "bank_card":
        prefix = str(rng.choice(_BINS))
        length = 16 if prefix[0] != "6" else int(rng.choice([16, 19]))
        body = prefix + _digits(rng, length - 7)
        doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(reversed(body))]
        return body + str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)
    if kind == "email":
        name = str(rng.choice(["li.wei", "tea_fan", "zhang", "amy-1990", "qq", "wang.f"]))
        return (
            name
            + _digits(rng, rng.integers(0, 5))
            + "@"
            + str(
                rng.choice(["qq.com", "163.com", "gmail.com", "mail.example.com.cn", "foxmail.com"])
            )
        )
    if kind == "plate":
        head = str(rng.choice(_PLATES)) + str(rng.choice(_LETTERS)) + str(rng.choice(["", "", "·"]))
        if rng.random() < 0.3:
            return head + str(rng.choice(["D", "F"])) + _digits(rng, 5)
        tail = list(_digits(rng, 5))
        if rng.random() < 0.4:
            tail[rng.integers(0, 5)] = str(rng.choice(_LETTERS))
        return head + "".join(tail)
    return _address(rng)


def _digits(rng, n):
    return "".join(map(str, rng.integers(0, 10, n)))


def _address(rng):
    province, city, district = _CITIES[rng.integers(len(_CITIES))]
    keep = rng.random()
    head = province + city + district if keep < 0.6 else city + district if keep < 0.8 else district
    road, estate = str(rng.choice(_ROADS)), str(rng.choice(_ESTATES))
    number, block, room = rng.integers(1, 900), rng.integers(1, 40), rng.integers(101, 2900)
    return (
        head
        + [
            f"{road}{number}号{estate}{block}栋{room}室",
            f"{road}{number}号{block}号楼{rng.integers(1, 6)}单元{room}",
            f"{estate}{block}幢{rng.integers(1, 5)}单元{room}室",
            f"{road}{number}弄{block}号{room}室",
            f"{road}{number}号",
        ][rng.integers(5)]
    )


@cache
def traditional():
    """Simplified to traditional, by OpenCC."""
    import opencc

    return opencc.OpenCC("s2t").convert


def disguised(kind, value, rng):
    """The identifier as people write it: plain, full-width, spaced, hyphenated or traditional."""
    way = rng.random()
    if way < 0.5:
        return value
    if way < 0.7:
        return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in value)
    if kind == "address":
        return traditional()(value)
    if kind == "email":
        return value.replace("@", " @ ")
    if kind == "plate":
        return value[:2] + " " + value[2:].lstrip("·")
    if kind == "landline":
        return value.replace("-", " ")
    sign = str(rng.choice([" ", "-"]))
    cuts = {"mobile": [3, 4, 4], "id_card": [6, 8, 4], "bank_card": [4, 4, 4, 4, 4]}[kind]
    if way > 0.9:
        return " ".join(value)
    parts, at = [], 0
    for cut in cuts:
        parts.append(value[at : at + cut])
        at += cut
    return sign.join(p for p in parts if p)


def negative(rng):
    """A text with digits that are nobody's: orders, parcels, products, dates, prices, counts."""
    r = lambda a, b: int(rng.integers(a, b))  # noqa: E731
    return [
        lambda: f"订单号 {r(10, 60)}{_digits(rng, 16)}",
        lambda: f"订单编号：{_digits(rng, 18)}，请查收",
        lambda: f"订单号1{r(3, 9)}{_digits(rng, 9)}什么时候发货",
        lambda: f"20{r(20, 27)}{r(10, 13)}{r(10, 29)}{_digits(rng, 10)} 这单还没到",
        lambda: f"运单号SF{_digits(rng, 13)}",
        lambda: f"快递单号 {r(70, 79)}{_digits(rng, 12)}",
        lambda: f"圆通YT{_digits(rng, 13)}到哪了",
        lambda: f"tracking no. {r(1, 9)}Z{_digits(rng, 16)}",
        lambda: f"order {_digits(rng, 11)} has not arrived",
        lambda: f"条码69{_digits(rng, 11)}",
        lambda: f"商品ID {r(1, 9)}{_digits(rng, 11)}",
        lambda: f"货号{_digits(rng, 8)}有货吗",
        lambda: f"SKU: A{_digits(rng, 9)}",
        lambda: f"{r(2015, 2027)}-{r(1, 13):02d}-{r(1, 29):02d} {r(0, 24):02d}:{r(0, 60):02d}:{r(0, 60):02d} 下的单",
        lambda: f"{r(2015, 2027)}年{r(1, 13)}月{r(1, 29)}日 到货",
        lambda: f"{r(2015, 2027)}.{r(1, 13):02d}.{r(1, 29):02d}-{r(2015, 2027)}.{r(1, 13):02d}.{r(1, 29):02d} 活动",
        lambda: f"原价{r(100, 9999)}.00 现价{r(10, 999)}.50元 省{r(10, 99)}",
        lambda: f"¥{_digits(rng, 4)}.{_digits(rng, 2)} 两件 {r(100, 999)} 三件 {r(100, 999)} 元",
        lambda: f"播放量{r(10**9, 10**10)}，点赞{r(10**6, 10**7)}",
        lambda: f"尺码 {r(150, 160)} {r(160, 170)} {r(170, 180)} {r(180, 190)} 都有",
        lambda: f"ISBN 978-7-{_digits(rng, 4)}-{_digits(rng, 4)}-{r(0, 10)}",
        lambda: f"验证码{_digits(rng, 6)}，{r(3, 10)}分钟有效",
        lambda: f"型号 X{r(100, 999)}-{_digits(rng, 4)} 电池{r(3000, 6000)}mAh",
        lambda: f"时间戳 {r(15, 19)}{_digits(rng, 8)}",
        lambda: f"坐标 {r(20, 45)}.{_digits(rng, 6)}, {r(100, 125)}.{_digits(rng, 6)}",
        lambda: f"这条路走了{r(2, 20)}分钟，第{r(1, 30)}号柜台，买了{r(1, 9)}件",
        lambda: f"住{r(2, 20)}楼{r(1, 30)}号房间，隔壁街道很吵",
        lambda: f"@tea_house 谢谢 {r(1, 99)}.com 优惠",
        lambda: f"京A级茶叶{r(100, 999)}克，云南大叶种{r(10, 99)}年",
        lambda: f"批号{_digits(rng, 8)} 生产日期{r(2020, 2027)}{r(10, 13)}{r(10, 29)}",
    ][rng.integers(30)]()  # fmt: skip


def measured(n=400, seed=7, real=None):
    """Recall per kind and precision. n: positives per kind (negatives: five times as many).

    Rows: kind, found, planted, recall; the row "precision" counts hits on negatives too. With
    real reviews, a hit counts as false unless a person read that text and found it private.
    """
    rng = np.random.default_rng(seed)
    rows, right, wrong = [], 0, 0
    for kind in privacy.KINDS:
        found = 0
        for _ in range(n):
            frame = str(rng.choice(_FRAMES[kind]))
            value = disguised(kind, identifier(kind, rng), rng)
            text = frame.format(value)
            start = frame.index("{}")
            hits = privacy.find(text)
            hit = [
                h
                for h in hits
                if h.kind == kind and h.start < start + len(value) and h.end > start
                and (min(h.end, start + len(value)) - max(h.start, start)) >= 0.8 * len(value)
            ]  # fmt: skip
            found += bool(hit)
            right += len(hit)
            wrong += len(hits) - len(hit)
        rows.append((kind, found, n, found / n))
    wrong += sum(len(privacy.find(negative(rng))) for _ in range(5 * n))
    genuine = set(_claim.last_measured("privacy", "real")["genuine"])
    for text in reviews(real):
        hits = privacy.find(text)
        if hits and sha256(text.encode()).hexdigest()[:16] in genuine:
            right += len(hits)
        else:
            wrong += len(hits)
    rows.append(("precision", right, right + wrong, right / (right + wrong)))
    return pd.DataFrame(rows, columns=["kind", "found", "planted", "recall"])


def reviews(real=None):
    """The real Chinese reviews of the folder, or none."""
    for path in _claim.real_files(real, REVIEWS):
        with open(path, encoding="utf-8-sig", newline="") as file:
            yield from (row["review"] for row in csv.DictReader(file))


def plain_alternative(n=400, seed=7):
    """What one-line patterns (11 digits, 18 digits, 16-19 digits) do on the same generator."""
    import re

    patterns = {
        "mobile": re.compile(r"1[3-9]\d{9}"),
        "id_card": re.compile(r"\d{17}[\dXx]"),
        "bank_card": re.compile(r"\d{16,19}"),
    }
    rng, found, false = np.random.default_rng(seed), 0, 0
    for kind, pattern in patterns.items():
        for _ in range(n):
            found += bool(pattern.search(disguised(kind, identifier(kind, rng), rng)))
    for _ in range(5 * n):
        text = negative(rng)
        false += any(p.search(text) for p in patterns.values())
    return found / (3 * n), found / (found + false)


def claims(*, thin=True, real=None):
    """Recall by kind and precision on generated texts, and what is found in real reviews."""
    n, started = (200 if thin else 4000), time.perf_counter()
    texts = list(reviews(real))
    result = measured(n, real=real).set_index("kind")["recall"]
    recall, precision = plain_alternative(n)
    seconds = time.perf_counter() - started
    ordinary = result.drop(["address", "precision"])
    rows = [
        _claim.claim(
            f"privacy.{name}",
            figure,
            f"≥ {target:.2f}",
            figure >= target,
            alternative="one_line_patterns" if plain is not None else "",
            beside=plain,
            runs=7 * n,
            seconds=seconds / 3,
            source="generated",
        )
        for name, figure, target, plain in (
            ("recall", ordinary.min(), 0.99, recall),
            ("recall_address", result["address"], 0.90, None),
            ("precision", result["precision"], 0.98, precision),
        )
    ]
    rows += [
        _claim.claim(
            "privacy.recall",
            figure,
            "≥ 0.99",
            figure >= 0.99,
            case=kind,
            runs=n,
            source="generated",
        )
        for kind, figure in ordinary.items()
    ]
    kept = _claim.last_measured("privacy", "real")
    false, known = kept["false"], set(kept["genuine"])
    if texts:
        found = [t for t in texts if privacy.find(t)]
        false = sum(sha256(t.encode()).hexdigest()[:16] not in known for t in found)
    rows.append(
        _claim.claim(
            "privacy.reviews",
            false,
            "≤ 1",
            false <= 1,
            runs=len(texts) or kept["texts"],
            seconds=seconds,
            **_claim.origin(_claim.real_files(real, REVIEWS), kept),
        )
    )
    return _claim.table(rows)
