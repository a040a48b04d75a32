"""Write a finding or a summary sentence again in another reader's language, from what is kept with it.

Beside its message id each keeps its values in a JSON-ready form: dates as {"date": ISO} or
{"time": ISO}, and text in which words of the catalogue stand as a list of plain strings and
{language: wording}.
"""

import datetime as dt
import math
import re
from numbers import Integral, Number

from opsbook.errors import ConfigError

# what chapters put between two words; the words themselves are looked up whole
_BETWEEN = re.compile(r"(: | · | / | = |, |、|，|；|; )")
_TOLD = ("what", "action")


def kept(values, translator):
    """Values of a message in the form that is kept; `translator` is the one that wrote them."""
    return {name: _kept(value, translator) for name, value in values.items()}


def _kept(value, translator):
    if value is None or (isinstance(value, (dt.date, Number)) and value != value):
        return None
    if isinstance(value, dt.datetime):
        return {"time": value.isoformat()}
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    if isinstance(value, str):
        return _pieces(value, translator.given)
    if isinstance(value, bool):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Number):
        return float(value) if math.isfinite(value) else None
    return str(value)


def _pieces(text, given):
    """A text, or the list of its pieces where one of them is a word of the catalogue."""
    if text in given:
        return [given[text]]
    pieces = _BETWEEN.split(text)  # every second one stands between two words
    if not any(word in given for word in pieces[::2]):
        return text
    return [given.get(piece, piece) for piece in pieces if piece]


def _value(value, language):
    if isinstance(value, dict):
        if "time" in value:
            return dt.datetime.fromisoformat(value["time"])
        return dt.date.fromisoformat(value["date"])
    if isinstance(value, list):
        return "".join(p if isinstance(p, str) else p.get(language, p["en"]) for p in value)
    return value


def sentence(said, translator):
    """A summary sentence in the translator's language, as it is where its values are not kept."""
    if said.get("values") is None:
        return said
    values = {k: _value(v, translator.language) for k, v in said["values"].items()}
    try:
        return {**said, "text": translator.text(said["message"], **values)}
    except ConfigError:  # the catalogue has another message by now
        return said


def finding(found, translator):
    """A finding in the translator's language, as it is where its values are not kept."""
    if found.get("values") is None:
        return found
    values = {k: _value(v, translator.language) for k, v in found["values"].items()}
    message = found["message"]
    try:
        told = {k: translator.text(f"{message}.{k}", **values) for k in _TOLD}
        told["changes_if"] = translator.text(f"{message}.if", **values)
    except ConfigError:
        return found
    from opsbook.present.show import figure_text

    told["action"] = translator.begun(found["owner"], told["action"])
    written = {
        "figure_text": figure_text(translator, found),
        "severity_text": str(translator.alone(found["severity"])),
        "owner_text": str(translator.alone(found["owner"])),
        "due_text": translator.write(found["due"], "date"),
    }
    return {**found, **told, **written, "subject": str(values["subject"])}
