"""The compliance lexicon, compiled: one automaton over terms, their homophones and exceptions."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from pathlib import Path

import ahocorasick

from opsbook.config import load_toml, reference_path
from opsbook.errors import BadValue, ConfigError
from opsbook.methods.normal_form import compact

CATEGORIES = ("general", "medical", "cosmetics", "food", "finance", "education")
SEVERITIES = ("ban", "prove", "advise")
LANGUAGES = ("en", "zh-Hant", "zh-Hans")
# A term with more spellings than this takes one homophone at a time.
_MOST_SPELLINGS = 400


@dataclass(frozen=True)
class Rule:
    """One rule of the lexicon; reason and suggestion are dicts by language."""

    id: str
    category: str
    severity: str
    article: str
    verified: bool
    source: str
    reason: dict
    suggestion: dict
    negatable: bool = True
    contexts: object = None


@dataclass(frozen=True)
class Lexicon:
    """Rules and the automaton that finds them. Its values are (length, entries, is_exception).

    An entry is (rule, term, expression, latin): expression is a compiled pattern or None.
    """

    version: str
    rules: tuple
    automaton: object
    negation: object
    quoting: object


def load(lexicon=None):
    """A Lexicon out of None (the shipped one), a path, a parsed dict, or a Lexicon itself.

    Raises ConfigError that names the rule and the key where a rule is wrong.
    """
    if isinstance(lexicon, Lexicon):
        return lexicon
    if isinstance(lexicon, dict):
        return compiled(lexicon, "lexicon")
    if lexicon is not None and not isinstance(lexicon, (str, Path)):
        raise BadValue(f"is a {type(lexicon).__name__}, not a path or a dict.", where="lexicon")
    path = Path(lexicon) if lexicon else reference_path("compliance", "lexicon.toml")
    return _from_file(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=4)
def _from_file(path, stamp):
    return compiled(load_toml(path), path)


def compiled(table, name):
    """Check the rules of a parsed lexicon and build the automaton."""
    spellings = {k: tuple(v) for k, v in table.get("homophones", {}).items()}
    found, excused, rules = {}, set(), []
    for row in table.get("rule", []):
        rule = _rule(row, name)
        rules.append(rule)
        for term in row.get("terms", []):
            for spelling in _spellings(compact(term), spellings):
                entry = (rule, term, None, spelling.isascii())
                found.setdefault(spelling, []).append(entry)
        for word, expression in row.get("patterns", []):
            try:
                pattern = re.compile(expression)
            except re.error as error:
                raise ConfigError(
                    name, f"rule {rule.id}.patterns", f"{expression}: {error}."
                ) from None
            found.setdefault(compact(word), []).append((rule, word, pattern, False))
        for phrase in map(compact, row.get("except", [])):
            excused.update((phrase, phrase.replace("一", "1")))  # 第1次 is as harmless as 第一次
    automaton = ahocorasick.Automaton()
    for key in found.keys() | excused:
        if key:
            entries = tuple(found.get(key, ()))
            automaton.add_word(key, (len(key), entries, key in excused))
    automaton.make_automaton()
    return Lexicon(
        version=str(table.get("version", "")),
        rules=tuple(rules),
        automaton=automaton,
        negation=_negation(table),
        quoting=re.compile("|".join(map(re.escape, table.get("quoting", []))) or r"(?!)"),
    )


def _rule(row, file):
    key = f"rule {row.get('id', '?')}"
    needed = ("id", "category", "severity", "article", "verified", "reason", "suggestion")
    lacks = [k for k in needed if k not in row]
    if lacks:
        raise ConfigError(file, key, f"lacks {', '.join(lacks)}; it has {', '.join(row)}.")
    for field, allowed in (("category", CATEGORIES), ("severity", SEVERITIES)):
        if row[field] not in allowed:
            raise ConfigError(
                file, f"{key}.{field}", f"is {row[field]!r}.", remedy=f"Use one of {allowed}."
            )
    for field in ("reason", "suggestion"):
        if set(row[field]) != set(LANGUAGES):
            raise ConfigError(
                file, f"{key}.{field}", f"has {sorted(row[field])}.", remedy=f"Give {LANGUAGES}."
            )
    if not row.get("terms") and not row.get("patterns"):
        raise ConfigError(file, key, "has neither terms nor patterns.")
    kept = {k: row[k] for k in needed}
    contexts = row.get("contexts", [])
    try:
        contexts = re.compile("|".join(f"(?:{c})" for c in contexts)) if contexts else None
    except re.error as error:
        raise ConfigError(file, f"{key}.contexts", f"{error}.") from None
    return Rule(
        **kept,
        source=row.get("source", ""),
        negatable=row.get("negatable", True),
        contexts=contexts,
    )


def _spellings(term, homophones):
    """The term with its homophones; the plain term comes first."""
    choices = [(c, *homophones.get(c, ())) for c in term]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count <= _MOST_SPELLINGS:
        found = ("".join(parts) for parts in product(*choices))
    else:
        found = [term] + [
            term[:i] + other + term[i + 1 :]
            for i, choice in enumerate(choices)
            for other in choice[1:]
        ]
    # Every spelling keeps one Han character or is pinyin of two syllables and more.
    return dict.fromkeys(s for s in found if s == term or len(s) > 1)


def _negation(table):
    """An expression that matches at the end of what stands before a term, if it negates it."""
    words = "|".join(sorted(map(re.escape, table.get("negations", [])), key=len, reverse=True))
    if not words:
        return re.compile(r"(?!)")
    turned = "".join(f"(?<!{re.escape(w)})" for w in table.get("not_negations", []))
    inner = "|".join(sorted(map(re.escape, table.get("fillers", [])), key=len, reverse=True))
    # not_negations either stand before the negation (难道不是) or contain it (不只是).
    whole = "|".join(map(re.escape, table.get("not_negations", []))) or r"(?!)"
    return re.compile(rf"(?<!是){turned}(?!{whole})(?:{words})(?:{inner}){{0,2}}$")


@cache
def articles():
    """Article texts at hand: "law article" -> text."""
    table = load_toml(reference_path("law", "advertising_law.toml"))
    return {f"{a['law']} {a['article']}": a["text"] for a in table["article"]}
