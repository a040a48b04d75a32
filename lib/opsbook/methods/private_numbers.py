"""Which digits of a text are a person's: ID cards, mobile and landline numbers, bank cards.

Digits are read in runs, with the separators people put between them. A run, or neighbouring
groups of it, is a number only if its length, prefix, check digit and grouping all fit; the
nearest word before it (order, tracking, price ... or phone, card, ID) settles what is left.
Sources: GB 11643-1999 (ID numbers), ISO/IEC 7812-1 (Luhn, issuer ranges), the mainland
numbering plan; numbers that start with + are judged by libphonenumber.
"""

import re
from datetime import date

import phonenumbers
from stdnum import luhn
from stdnum.cn import ric

_GAP = "[ \\-\u00a0\u2000-\u200d\u2010-\u2015\u2060\ufeff\u3000·・._()]"
RUN = re.compile(rf"(?<!\d)\d(?:{_GAP}{{0,3}}\d)*(?:{_GAP}?x(?![a-z]))?")
# A mobile number in words: 一三八 ...; 幺 is how one is spoken.
_WORDS = re.compile(
    "(?<![〇零一幺二三四五六七八九])[一幺][三四五六七八九][〇零一幺二三四五六七八九]{9}"
    "(?![〇零一幺二三四五六七八九])"
)
_GROUP = re.compile(r"\d+x?|x")
_PLUS = re.compile(r"(?:\+|(?<![\da-z])00(?=[1-9]))\s?\d[\d \-()]{6,18}\d")

_NOT_PERSONAL = re.compile(
    r"订单(?!.{0,3}(?:手机|电话))|单号|运单|快递单|面单|物流|货号|款号|型号|编号|编码|条码|批号|批次|商品|产品|货品|流水|序列|"
    r"交易号|发票|券码|卡券|兑换码|取件|验证码|校验码|库存|浏览|播放|阅读|曝光|观看|粉丝|价格?|元|[¥￥$€£]|"
    r"order|tracking|waybill|parcel|shipment|sku|item|product|model|serial|batch|invoice|barcode|"
    r"isbn|ean|upc|coupon|price|views|likes|amount|\bno\b|\bnr\b|\bp/?n\b|"
    r"(?:sf|yt|zto|sto|yto|jdv?[a-z]?|ems|jt|db|yd|dd|po|so|id|av|bv)$"
)
_PERSONAL = re.compile(
    r"手机号?|电话|联系|致电|来电|拨打|号码是|热线|座机|固话|微信|薇信|加v|(?:v|w)x|"
    r"tel|phone|mobile|call|cell|contact|whatsapp|wechat|fax|传真|短信"
)
_CARD = re.compile(
    r"银行卡|卡号|储蓄卡|信用卡|借记卡|账号|帐号|账户|打款|转账|汇款|card|account|iban"
)
_IDENTITY = re.compile(r"身份证|身分证|证件|身份号|公民|identity|\bid\b|id ?card|id ?no")
_UNIT_AFTER = re.compile(
    r"\s?(?:元|块|万|亿|次|人|件|个|粉|赞|%|ml|mm|cm|kg|km|mah|px|views|likes|usd|rmb|cny)"
)

# Area codes of the mainland: two-digit cities, and the first two digits of the three-digit ones.
_CITY = {"10", "20", "21", "22", "23", "24", "25", "27", "28", "29"}
_PROVINCES = {
    *range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55),
    *range(61, 66), 71, 81, 82, 83,
}  # fmt: skip
# Issuer ranges by length: UnionPay 62 and 81, Visa, Mastercard, JCB, American Express, and the
# debit ranges of mainland banks that are older than UnionPay's.
_ISSUERS = (
    (range(16, 20), re.compile(r"62|81[0-7]")),
    ({16, 19}, re.compile(r"4|955[89]\d|95599|60(?:1382|3\d{3})|6858|9111|966666|940\d{3}")),
    ({16}, re.compile(r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|35(?:2[89]|[3-8])")),
    ({15}, re.compile(r"3[47]")),
)
_SHAPES = {
    "mobile": {(11,), (3, 4, 4), (3, 8), (4, 4, 3), (4, 3, 4), (3, 3, 5), (5, 6), (7, 4), (3, 2, 2, 2, 2)},
    "id_card": {(18,), (6, 8, 4), (6, 4, 4, 4), (3, 3, 4, 4, 4), (6, 4, 2, 2, 4), (14, 4), (6, 12)},
    "bank_card": {(4, 4, 4, 4), (4, 4, 4, 4, 1), (4, 4, 4, 4, 2), (4, 4, 4, 4, 3), (4, 6, 5), (6, 10),
                  (6, 13), (6, 12), (6, 11), (8, 8), (8, 11), (15,), (16,), (17,), (18,), (19,)},
}  # fmt: skip


def find(plain):
    """Hits (kind, start, end, certain) in a text that normal_form.same_length has been over."""
    hits = _international(plain)
    for run in RUN.finditer(plain):
        groups = [(m.group(), run.start() + m.start()) for m in _GROUP.finditer(run.group())]
        if sum(len(g) for g, _ in groups) >= 7:
            hits += _in_run(plain, groups)
    return hits


def in_words(plain):
    """Mobile numbers written in Chinese numerals."""
    return [("mobile", m.start(), m.end(), True) for m in _WORDS.finditer(plain)]


def _international(plain):
    if "+" not in plain and "00" not in plain:
        return []
    hits = []
    for match in _PLUS.finditer(plain):
        written = match.group()
        written = "+" + written[2:] if written.startswith("00") else written
        try:
            number = phonenumbers.parse(written)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            fixed = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE
            hits.append(("landline" if fixed else "mobile", match.start(), match.end(), True))
    return hits


def _in_run(plain, groups):
    """Hits in one run: the whole of it first, then neighbouring groups of a usual shape."""
    whole = _kind(plain, groups, whole=True)
    if whole:
        return [whole]
    hits, first = [], 0
    while first < len(groups):
        for last in range(min(len(groups), first + 19), first, -1):
            if last - first == len(groups):
                continue
            hit = _kind(plain, groups[first:last], whole=False)
            if hit:
                hits.append(hit)
                first = last - 1
                break
        first += 1
    return hits


def _kind(plain, groups, *, whole):
    digits = "".join(g for g, _ in groups)
    count = len(digits)
    if not 7 <= count <= 19:
        return None
    lengths = tuple(len(g) for g, _ in groups)
    start, end = groups[0][1], groups[-1][1] + len(groups[-1][0])
    cue = _cue(plain, start, end)
    if cue == "glued":
        return None
    single = set(lengths) == {1} and (whole or count == len(lengths))
    mixed = 1 in lengths[:-1] and not single

    def shaped(kind):
        return lengths in _SHAPES[kind] or (whole and (single or not mixed))

    if count == 18 and shaped("id_card") and is_id_number(digits):
        return "id_card", start, end, True
    if count == 15 and cue == "identity" and _old_id_number(digits):
        return "id_card", start, end, False
    if cue == "other" or not digits.isdigit():
        return None
    if 15 <= count <= 19 and shaped("bank_card") and luhn.is_valid(digits):
        known = any(count in lengths_ and p.match(digits) for lengths_, p in _ISSUERS)
        if known or cue == "card":
            return "bank_card", start, end, known
    if cue == "card":
        return None
    if not whole and "." in (plain[start - 1 : start], plain[end : end + 1]):
        return None  # part of a dotted code
    written = plain[start:end]
    if lengths in {(3, 3, 4), (1, 3, 3, 4)} and ("-" in written or ")" in written):
        return _north_american(digits, start, end)
    return _telephone(digits, lengths, start, end, cue if whole else None, shaped)


def _north_american(digits, start, end):
    """A number of the North American plan; toll-free lines are nobody's."""
    number = phonenumbers.parse(digits, "US")
    private = phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE
    if phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) == private:
        return "mobile", start, end, False
    return None


def _telephone(digits, lengths, start, end, cue, shaped):
    count = len(digits)
    if count == 13 and digits.startswith("86") and re.match(r"1[3-9]", digits[2:]):
        return "mobile", start, end, True
    if count == 11 and re.match(r"1[3-9]", digits) and shaped("mobile"):
        return "mobile", start, end, True
    area = 3 if digits[1:3] in _CITY else 4
    if digits[0] == "0" and count - area in (7, 8) and (area == 3 or digits[1] in "3456789"):
        local = digits[area]
        if local in "23456789" and (lengths[0] in (area, count, 1) or cue == "personal"):
            return "landline", start, end, True
    if cue == "personal" and count in (7, 8) and digits[0] in "23456789" and len(lengths) <= 2:
        return "landline", start, end, False
    return None


def _cue(plain, start, end):
    """What the words around say: personal, card, identity, other, glued to letters, or None."""
    before = plain[max(0, start - 14) : start]
    after = plain[end : end + 6]
    letters = re.search(r"[a-z]+$", before)
    if letters and not re.search(
        r"(?:tel|phone|mobile|cell|call|contact|v|vx|wx|whatsapp|wechat|qq|id|card|no|is|at|on)$",
        letters.group(),
    ):
        return "glued"
    if re.match(r"[a-z]", after) and not re.match(r"(?:or|and|is|call|tel)", after):
        return "glued"
    if (
        before.endswith(("/", "=", "#", ".", "_"))
        and before[-2:-1].isalnum()
        and before[-1] in "/=_"
    ):
        return "glued"
    if re.match(r"/\d", after):
        return "glued"
    if _UNIT_AFTER.match(after):
        return "other"
    near = re.split(r"[。;!?\n]", before)[-1]
    found = [
        (m.end(), name)
        for name, pattern in (
            ("other", _NOT_PERSONAL),
            ("personal", _PERSONAL),
            ("card", _CARD),
            ("identity", _IDENTITY),
        )
        for m in pattern.finditer(near)
    ]
    return max(found)[1] if found else None


def is_id_number(digits):
    """Eighteen characters whose province, birth date and check digit are right."""
    if len(digits) != 18 or not digits[:17].isdigit() or int(digits[:2]) not in _PROVINCES:
        return False
    return _is_date(digits[6:14]) and ric.calc_check_digit(digits) == digits[17].upper()


def _old_id_number(digits):
    return digits.isdigit() and int(digits[:2]) in _PROVINCES and _is_date("19" + digits[6:12])


def _is_date(written):
    try:
        day = date(int(written[:4]), int(written[4:6]), int(written[6:]))
    except ValueError:
        return False
    return 1900 <= day.year <= 2099
