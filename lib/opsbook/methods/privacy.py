"""Private data in text: find it, mask it.

Recall and precision are measured in opsbook.proof.privacy with a generator that shares no
pattern with this code, and with real reviews as the negatives.
"""

import re
from dataclasses import dataclass

from opsbook.errors import BadValue
from opsbook.methods import private_numbers, private_places
from opsbook.methods.normal_form import same_length

KINDS = ("id_card", "mobile", "landline", "bank_card", "email", "address", "plate")
_WORTH_READING = re.compile(
    r"[\d@＠]|[号號楼樓室栋棟弄]|[一幺][三四五六七八九][〇零一幺二三四五六七八九]{9}"
)
_DIGITS = re.compile(r"\d(?:\D{0,2}\d){6}")
_PLACE = re.compile(r"[号弄栋幢座室房]|单元|\d[a-z]? [a-z]")
_PLATE_START = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼] ?[a-hj-z]"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """One piece of private data: half-open offsets in the original text.

    certain is False where only the words around it tell (an old ID number, a local landline).
    """

    kind: str
    start: int
    end: int
    certain: bool


def find(text):
    """Private data in a text, as a list of Hit in the order of the text, never overlapping.

    Kinds: id_card, mobile, landline, bank_card, email, address, plate. Full-width, spaced and
    traditional forms are found; order, tracking and product numbers, dates and prices are not.
    """
    if not isinstance(text, str):
        raise BadValue(f"is a {type(text).__name__}, not a text.", where="text")
    if not _WORTH_READING.search(text):
        return []
    plain = same_length(text)
    found = []
    if "@" in plain or "at)" in plain or "at]" in plain:
        found += private_places.emails(plain)
    if _DIGITS.search(plain):
        found += private_numbers.find(plain)
    found += private_numbers.in_words(plain)
    if _PLATE_START.search(plain):
        found += private_places.plates(plain)
    if _PLACE.search(plain):
        found += private_places.addresses(plain, text)
    return _apart(found)


def _apart(found):
    """Hits without overlaps: e-mail before numbers before plates before addresses."""
    kept = []
    for kind, start, end, certain in found:
        if all(end <= hit.start or start >= hit.end for hit in kept):
            kept.append(Hit(kind, start, end, certain))
    return sorted(kept, key=lambda hit: hit.start)


def mask(text):
    """The text with every piece of private data replaced by its kind, such as [mobile]."""
    hits = find(text)
    if not hits:
        return text
    parts, done = [], 0
    for hit in hits:
        parts += [text[done : hit.start], f"[{hit.kind}]"]
        done = hit.end
    return "".join([*parts, text[done:]])


def mask_many(texts):
    """mask() over many texts, as a list; a missing text stays as it is."""
    return [mask(t) if isinstance(t, str) else t for t in texts]
