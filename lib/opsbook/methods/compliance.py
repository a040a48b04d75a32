"""Wording that advertising law forbids or asks proof for: where it stands and how to say it.

The lexicon is data (data/reference/compliance/lexicon.toml). Texts are compared in a compact
normal form, so that spaces, signs, full-width, traditional and homophone spellings are looked
through; offsets are those of the original. Multi-pattern matching: Aho and Corasick 1975.
"""

import re
from dataclasses import dataclass

from opsbook.errors import BadValue, ParameterError
from opsbook.methods import lexicon as lexicons
from opsbook.methods.normal_form import CLAUSE_ENDS, compact, offsets

CATEGORIES = lexicons.CATEGORIES
_CLAUSE_END = re.compile("[" + re.escape("".join(CLAUSE_ENDS)) + "]")
_SENTENCE = re.compile(r"[。！？!?；;\n]")
_OPEN, _CLOSE = "“\"「『‘'《【", "”\"」』’'》】"


@dataclass(frozen=True, slots=True)
class Hit:
    """One risky wording: half-open offsets in the original text.

    term is the lexicon's spelling; rule its id; severity ban, prove or advise; verified is False
    where the article's text was not at hand when the rule was written.
    """

    start: int
    end: int
    term: str
    rule: str
    category: str
    severity: str
    reason: str
    suggestion: str
    article: str
    verified: bool


def check(text, category=None, *, lexicon=None, language=None):
    """Risky wording in a text, as a list of Hit in the order of the text.

    category: what is advertised (general, medical, cosmetics, food, finance, education); its
    rules apply with the general and, as article 17 binds all other trades, the medical ones.
    None applies every rule. language of reason and suggestion: en, zh-Hant, zh-Hans; by default
    the text's own.
    """
    return _checked(text, _wanted(category), lexicons.load(lexicon), _language(language))


def check_many(texts, category=None, *, lexicon=None, language=None):
    """check() over many texts: a list with one list of hits per text; missing texts have none."""
    wanted, words, language = _wanted(category), lexicons.load(lexicon), _language(language)
    return [_checked(t, wanted, words, language) if isinstance(t, str) else [] for t in texts]


def _wanted(category):
    if category is None:
        return frozenset(CATEGORIES)
    if category not in CATEGORIES:
        raise ParameterError(category, "is not a category.", known=CATEGORIES)
    return frozenset({"general", "medical", category})


def _language(language):
    if language is not None and language not in lexicons.LANGUAGES:
        raise ParameterError(language, "is not a language.", known=lexicons.LANGUAGES)
    return language


def _checked(text, wanted, words, language):
    if not isinstance(text, str):
        raise BadValue(f"is a {type(text).__name__}, not a text.", where="text")
    plain = compact(text)
    seen = list(words.automaton.iter(plain))
    if not seen:
        return []
    excused = [(end + 1 - n, end + 1) for end, (n, _, harmless) in seen if harmless]
    found = []
    for last, (n, entries, _) in seen:
        start, end = last + 1 - n, last + 1
        for rule, term, pattern, latin in entries:
            if rule.category in wanted:
                span = (start, end) if pattern is None else _around(pattern, plain, start, end)
                if span and not _excuse(plain, *span, rule, words, excused):
                    found.append((*span, term, rule, latin))
    return _hits(text, plain, found, words, language) if found else []


def _around(pattern, plain, start, end):
    """The span of a pattern's match that holds the word at start, or None."""
    low = max((m.end() for m in _CLAUSE_END.finditer(plain, 0, start)), default=0)
    for match in pattern.finditer(plain, max(low, start - 20), end + 20):
        if match.start() <= start and match.end() >= end:
            return match.span()
    return None


def _excuse(plain, start, end, rule, words, excused):
    """True where an exception phrase holds the term or a negation stands before it."""
    if any(a <= start and end <= b for a, b in excused):
        return True
    if not rule.negatable:
        return False
    before = plain[max(0, start - 14) : start]
    return bool(before) and bool(words.negation.search(_CLAUSE_END.split(before)[-1]))


def _hits(text, plain, found, words, language):
    """Hits in the original's offsets: the longest of those that lie in one another."""
    where = offsets(text)
    kept = []
    for start, end, term, rule, latin in sorted(found, key=lambda f: (f[0] - f[1], f[0])):
        first, last = where[start], where[end - 1] + 1
        if any(a <= start and end <= b for a, b, *_ in kept):
            continue
        if latin and not _whole_word(text, first, last):
            continue
        if rule.contexts and rule.contexts.search(_window(text, first, last)):
            continue
        if _talked_about(text, first, last, words):
            continue
        kept.append((start, end, first, last, term, rule))
    language = language or _own_language(text, plain)
    return [
        Hit(
            start=first,
            end=last,
            term=term,
            rule=rule.id,
            category=rule.category,
            severity=rule.severity,
            reason=rule.reason[language],
            suggestion=rule.suggestion[language],
            article=rule.article,
            verified=rule.verified,
        )
        for _, _, first, last, term, rule in sorted(kept, key=lambda k: k[2])
    ]


def _whole_word(text, first, last):
    before, after = text[first - 1 : first], text[last : last + 1]
    return not (before.isascii() and before.isalnum()) and not (after.isascii() and after.isalnum())


def _window(text, first, last):
    """What stands around a term, with the sign ◆ in its place."""
    return f"{text[max(0, first - 12) : first]}◆{text[last : last + 12]}"


def _talked_about(text, first, last, words):
    """True where the term stands in quotation marks in a sentence about such terms."""
    if text[first - 1 : first] not in _OPEN or text[last : last + 1] not in _CLOSE:
        return False
    if not text[first - 1 : first] or not text[last : last + 1]:
        return False
    low = max((m.end() for m in _SENTENCE.finditer(text, 0, first)), default=0)
    following = _SENTENCE.search(text, last)
    high = following.start() if following else len(text)
    return bool(words.quoting.search(compact(text[low:high])))


def _own_language(text, plain):
    if text.isascii():
        return "en"
    if not any("\u4e00" <= c <= "\u9fff" for c in text):
        return "en"
    kept = [c for c in text if c.isalnum()]
    changed = sum("\u4e00" <= a <= "\u9fff" and a not in plain for a in kept)
    return "zh-Hant" if changed else "zh-Hans"
