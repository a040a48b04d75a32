"""The controls of a chapter: for each of its parameters a name in words, and what can be chosen."""

from opsbook.config import LANGUAGES
from opsbook.publish import parameters
from opsbook.publish.dashboard import portal
from opsbook.publish.prepare import read

HIDDEN = ("data_version",)


def fields(results, number, values):
    """What `controls.field` shows for each parameter of a chapter: list of dicts."""
    words = results.words(values.get("language", results.settings.language))
    known = parameters.schema(read(results.notebooks()[number]))
    found = []
    for name, about in known.items():
        if name in HIDDEN:
            continue
        options = _options(results, about, words)
        value = values[name]
        if options and value not in [v for _, v in options]:
            options.append([str(words.value(value)), value])
        title = words.text(f"dash.control.{name}") if words.has(f"dash.control.{name}") else ""
        found.append(
            {
                "name": name,
                "title": title or words.label(name),
                "kind": "choice" if options else about.type,
                "options": options,
                "value": value,
                "default": about.default,
            }
        )
    return found


def _options(results, about, words):
    """[label, value] pairs of a closed list; empty where anything may be typed."""
    if about.name == "language":
        return [[words.text(f"dash.name.{code}"), code] for code in LANGUAGES]
    if about.name in ("period", "platform", "account"):
        offers = portal.offers(results)
        more = {
            "period": [[p, p] for p in offers["periods"]],
            "platform": [[str(words.value(p)), p] for p in offers["platforms"]],
            "account": [[a["name"] or a["id"], a["id"]] for a in offers["accounts"]],
        }
        return [[_word(words, about.default), about.default], *more[about.name]]
    return [[_word(words, choice), choice] for choice in about.choices]


def _word(words, value):
    key = f"dash.value.{value}"
    return words.text(key) if words.has(key) else str(words.value(value))
