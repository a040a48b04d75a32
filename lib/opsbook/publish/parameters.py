"""The parameters of a notebook: read from its `parameters` cell, checked before anything starts.

The cell holds literals with a comment each. A parameter has the type of its literal; a comment
that says `one of: a, b` closes the list; `None` as default takes any literal.
"""

import ast
import io
import re
import tokenize
from dataclasses import dataclass

from opsbook.errors import AccessError, ParameterError

SECRET = re.compile(
    r"(^|_)(password|passwd|pwd|secret|token|credential|credentials|api_?key|access_?key|"
    r"private_?key|auth|cookie|session_?id|passphrase)(_|$)",
    re.IGNORECASE,
)
_CHOICES = re.compile(r"\bone of:?\s+(?P<list>[^;.]+)", re.IGNORECASE)
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True)
class Parameter:
    """One parameter: its name, type name, default, comment, and closed list of values if any."""

    name: str
    type: str
    default: object
    comment: str = ""
    choices: tuple = ()


def schema(notebook):
    """The parameters of a notebook (NotebookNode): dict of name -> Parameter, in cell order.

    Empty where no cell is tagged `parameters`. Anything but a commented literal in that cell is a
    ParameterError; a name that looks like a secret is an AccessError.
    """
    cell = parameters_cell(notebook)
    if cell is None:
        return {}
    comments = _comments(cell.source)
    found = {}
    try:
        statements = ast.parse(cell.source).body
    except SyntaxError as error:
        raise ParameterError("parameters", f"the cell is not Python: {error}.") from None
    for statement in statements:
        name, value = _assignment(statement)
        _refuse_secret(name)
        comment = comments.get(statement.end_lineno, "")
        listed = _CHOICES.search(comment)
        choices = tuple(w.strip(" `'\"") for w in listed["list"].split(",")) if listed else ()
        found[name] = Parameter(name, _type_name(value), value, comment, choices)
    return found


def parameters_cell(notebook):
    """The notebook's cell tagged `parameters`, or None."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", []):
            return cell
    return None


def check(known, given):
    """The given values, each of its parameter's type; raises before anything is started.

    known: dict from `schema`; given: dict of name -> value. Whole numbers pass where a decimal is
    wanted. Unknown names get a "did you mean".
    """
    checked = {}
    for name, value in (given or {}).items():
        _refuse_secret(name)
        if name not in known:
            raise ParameterError(name, "is not a parameter of this notebook.", known=known)
        checked[name] = _fit(known[name], value)
    return checked


def from_text(known, given):
    """Values that came as text (command line, URL query) as the types of their parameters."""
    read = {}
    for name, text in given.items():
        _refuse_secret(name)
        if name not in known:
            raise ParameterError(name, "is not a parameter of this notebook.", known=known)
        read[name] = _read(known[name], text)
    return check(known, read)


def _read(parameter, text):
    if parameter.type == "str":
        return text
    if parameter.type == "bool" and text.strip().lower() in _BOOLEANS:
        return _BOOLEANS[text.strip().lower()]
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        if parameter.type == "list":
            return [part.strip() for part in text.split(",")]
        if parameter.type == "NoneType":
            return text
        raise ParameterError(
            parameter.name,
            f"{text[:60]!r} is not {_article(parameter.type)}.",
            remedy=f"Give a value like {parameter.default!r}.",
        ) from None


def _fit(parameter, value):
    if not _is_literal(value):
        raise ParameterError(
            parameter.name,
            f"is {_article(type(value).__name__)}, not a literal.",
            remedy="Parameters are text, numbers, true or false, lists and dicts of these.",
        )
    wanted, got = parameter.type, _type_name(value)
    if wanted == "float" and got == "int":
        value, got = float(value), "float"
    if wanted == "list" and isinstance(value, tuple):
        value = list(value)
    if wanted not in ("NoneType", got):
        raise ParameterError(
            parameter.name,
            f"is {_article(got)} ({str(value)[:60]!r}), not {_article(wanted)}.",
            remedy=f"Give a value like {parameter.default!r}.",
        )
    if parameter.choices and value not in parameter.choices:
        raise ParameterError(
            parameter.name,
            f"{value!r} is not one of its values.",
            remedy=f"Give one of {', '.join(parameter.choices)}.",
        )
    return value


def _refuse_secret(name):
    if SECRET.search(str(name)):
        raise AccessError(
            f"{name}: a parameter must not hold a secret: it is written into notebooks and reports.",
            remedy="Put it into an environment variable or the operating system's key store.",
        )


def _assignment(statement):
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target, value = statement.target, statement.value
    else:
        raise ParameterError(
            "parameters",
            f"line {statement.lineno} of the cell is not an assignment.",
            remedy="Only commented literals stand in the parameters cell.",
        )
    try:
        return target.id, ast.literal_eval(value)
    except (AttributeError, ValueError):
        raise ParameterError(
            getattr(target, "id", "parameters"),
            f"line {statement.lineno} of the cell does not assign a literal to a name.",
            remedy="Only commented literals stand in the parameters cell.",
        ) from None


def _comments(source):
    """Line number -> comment at the end of that line."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    try:
        return {
            t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT
        }
    except tokenize.TokenError:
        return {}


def _is_literal(value):
    if isinstance(value, (list, tuple)):
        return all(_is_literal(v) for v in value)
    if isinstance(value, dict):
        return all(_is_literal(v) for pair in value.items() for v in pair)
    return value is None or type(value) in (str, int, float, bool)


def _type_name(value):
    return "list" if isinstance(value, tuple) else type(value).__name__


def _article(type_name):
    names = {
        "str": "text",
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "list": "a list",
        "dict": "a dict",
        "NoneType": "empty",
    }
    return names.get(type_name, type_name)
