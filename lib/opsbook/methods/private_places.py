"""Where a person lives, drives or gets mail: postal addresses, number plates, e-mail addresses."""

import re

_NAME = r"(?<![a-z0-9._%+\-])[a-z0-9][a-z0-9._%+\-]{0,63}"
_HOST = r"[a-z0-9](?:[a-z0-9\-]{0,62})?"
_EMAIL = re.compile(rf"{_NAME}@(?:{_HOST}\.)+[a-z]{{2,18}}(?![a-z0-9])")
# Spaced or spelled signs are an address only before a usual ending.
_SPACED = re.compile(
    rf"{_NAME}(?: ?@ ?|\s?[\[(](?:at|@)[\])]\s?)(?:{_HOST}(?: ?\. ?|\s?[\[(]dot[\])]\s?))+"
    r"(?:com|cn|net|org|edu|gov|hk|tw|io|co|info|me)(?![a-z0-9])"
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
    r"(?: ?[a-hj-z][ ·・.\-•]{0,2})"
    r"(?:(?=(?:[a-z]{0,5} ?){0,5}\d)[a-hj-np-z0-9](?: ?[a-hj-np-z0-9]){4,5}"
    r"|[a-hj-np-z0-9](?: ?[a-hj-np-z0-9]){3} ?[学警港澳挂领])(?![a-z0-9])"
)
_NUMBER = r"(?:\d{1,5}(?:[\-/]\d{1,4})?|[一二三四五六七八九十百零〇]{1,5})(?:[a-z](?![a-z]))?"
_HAN = "[\u4e00-\u9fa5]"
_ADMIN = rf"(?:{_HAN}{{2,7}}?(?:自治区|特别行政区|省|自治州|地区|市|盟)|北京|上海|天津|重庆|香港|澳门|九龙|新界|台北|新北|高雄)"
_DISTRICT = rf"(?:{_HAN}{{1,8}}?(?:自治县|新区|开发区|区|县|旗|镇|乡|街道|村委会|市))"
_WAY = r"(?:[\u4e00-\u9fa5a-z0-9]{1,10}?(?:大道[东中西南北]?|大街|胡同|公路|[路道街][东中西南北](?=[\d一二三四五六七八九十])|路|街|巷|道|弄|里|段|村|组|屯|庄)|[东西南北]区)"
_ESTATE = r"(?:[\u4e00-\u9fa5a-z0-9·]{2,12}?(?:园区|小区|花园|公寓|家园|大厦|广场|新村|新城|名苑|花苑|苑|府|湾|城|园|庭|居|中心|大楼|宿舍|山庄))"
_DOOR = rf"(?:{_NUMBER}\s?(?:号院|号楼|号|弄|巷))"
_ROOM = (
    rf"(?:{_NUMBER}\s?(?:号楼|栋|幢|座|单元|楼|层|室|号室|号房|房|户|门|梯)|[a-z]室|(?:[a-z]|东|西|南|北)座"
    r"|\d{3,4}(?!\d|[\u4e00-\u9fa5]{0,1}(?:元|块|年|月|日|天|克|次|人|分|米|斤)))"
)
_GAP = r"[\s,、\-]{0,2}"
_ADDRESS = re.compile(
    rf"(?P<admin>(?:{_ADMIN}{_GAP})?(?:{_DISTRICT}{_GAP}){{0,4}})?"
    rf"(?P<way>(?:{_WAY}{_GAP}){{0,3}})"
    rf"(?P<door>(?:{_DOOR}{_GAP})?)"
    rf"(?P<estate>(?:{_ESTATE}{_GAP}(?=[\da-z一二三四五六七八九十东西南北]))?)"
    rf"(?P<room>(?:{_ROOM}{_GAP}){{0,5}})"
)
# Where an address can end: the search runs backwards from these, clause by clause.
_ANCHOR = re.compile(rf"{_NUMBER}\s?(?:号|弄|栋|幢|座|单元|室|房)")
_CLAUSE = re.compile(r"[^。!?;\n]+")
_CUE = re.compile(
    r"(?:地址|住址|住在|家住|寄到|寄往|寄给|送到|送货到|收货|收件|发到|邮寄|位于)[是为在:\s]{0,3}"
)
_PROVINCE = re.compile(
    r"北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|"
    r"海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|九龙|新界|台北"
)
_STOP = re.compile(
    r"(?:我|你|他|她|它|的|了|在|是|到|去|从|和|就|都|也|请|寄|送|发|住|给|有|这|那|很|说|买|要|把|被|叫|找|往|于|家住|地址|:)"
)
_ENGLISH = re.compile(
    r"\b\d{1,5}[a-z]? (?:[nsew]\.? )?"
    r"(?P<name>(?:[a-z][a-z'’]+ ){1,3}(?:street|st|road|rd|avenue|ave|boulevard|blvd|lane|ln|drive))"
    r"\b\.?(?:,? ?(?:apt|apartment|unit|flat|suite|ste|room|#)\.? ?[a-z0-9\-]{1,6})?"
)


def emails(plain):
    """E-mail addresses, also with spaces around the signs."""
    found = [*_EMAIL.finditer(plain), *_SPACED.finditer(plain)]
    return [
        ("email", m.start(), m.end(), True)
        for m in found
        # "thanks @shop.com" speaks to an account, it is no address
        if " @" not in m.group() or "@ " in m.group()
    ]


def plates(plain):
    """Mainland number plates: the ordinary, the new-energy and the special ones."""
    return [("plate", m.start(), m.end(), True) for m in _PLATE.finditer(plain)]


def addresses(plain, text):
    """Postal addresses down to a door; certain where administrative area, street and door stand.

    text is the original, of the same length: English street names must be capitalised in it.
    """
    hits = []
    for clause in _CLAUSE.finditer(plain):
        if _ANCHOR.search(clause.group()):
            hits += _chinese(clause.group(), clause.start())
    for m in _ENGLISH.finditer(plain):
        name = text[m.start("name") : m.end("name")].split()
        if all(word[0].isupper() for word in name):
            hits.append(("address", m.start(), m.end(), False))
    return hits


def _chinese(clause, offset):
    hits, done = [], 0
    for anchor in _ANCHOR.finditer(clause):
        if anchor.start() < done:
            continue
        match = _ending_at(clause, done, anchor.start())
        if match:
            hits.append(("address", offset + match[0], offset + match[1], match[2]))
            done = match[1]
    return hits


def _ending_at(clause, low, anchor):
    """(start, end, certain) of the best address that runs through the anchor, or None."""
    cue = max(_CUE.finditer(clause, low, anchor), key=lambda m: m.end(), default=None)
    start = cue.end() if cue else max(low, anchor - 45)
    stops = [m.end() for m in _STOP.finditer(clause, start, anchor)] if not cue else []
    best = None
    for at in sorted({start, *stops}):
        match = _ADDRESS.match(clause, at)
        if not match or match.end() <= anchor:
            continue
        parts = {k: bool(v) for k, v in match.groupdict().items()}
        admin, way, door = parts["admin"], parts["way"], parts["door"]
        estate, room = parts["estate"], parts["room"]
        nested = len(re.findall(_ROOM, match["room"])) > 1
        certain = admin and ((way and door) or (estate and room) or (way and room) or nested)
        likely = (way and door and room) or (cue and ((way and door) or (estate and room)))
        if certain or likely:
            end = at + len(match.group().rstrip(" ,、-\t"))
            if best is None or (certain and not best[2]):
                best = (at, end, bool(certain))
    if best is None:
        return None
    # A verb before the province ("write to Zhejiang ...") is not part of the address.
    province = _PROVINCE.search(clause, best[0], min(best[1], best[0] + 12))
    if province and not cue and not re.search("[省市区县]", clause[best[0] : province.start()]):
        return (province.start(), *best[1:])
    return best
