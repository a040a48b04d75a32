"""A notebook made ready once for every surface: parameters checked and set, prose translated."""

from pathlib import Path

import nbformat

from opsbook.config import LANGUAGES
from opsbook.data.periods import parse as parse_period
from opsbook.errors import InputError, ParameterError
from opsbook.present.language import messages
from opsbook.publish import parameters as parameter_cell

INJECTED = "injected-parameters"


def prepare(notebook_path, parameters=None, language="en", *, home=None):
    """The notebook with the parameters injected and its markdown in the reader's language.

    parameters: dict of name -> literal. A `language` parameter is set to `language` unless given.
    Raises ParameterError (unknown name, wrong type, unknown period), AccessError (a name that
    looks like a secret), InputError (not a notebook). Nothing is started, no file is written.
    """
    notebook = read(notebook_path)
    known = parameter_cell.schema(notebook)
    given = dict(parameters or {})
    if language not in LANGUAGES:
        raise ParameterError("language", f"{language!r} is not known.", known=LANGUAGES)
    if "language" in known:
        given.setdefault("language", language)
    values = parameter_cell.check(known, given)
    if "period" in values:
        check_period(values["period"])
    check_version(values.get("data_version"))
    inject(notebook, values)
    translate(notebook, given.get("language", language), home=home)
    return notebook


def read(notebook_path):
    """The notebook file as a NotebookNode of format 4; InputError where it is not one."""
    try:
        notebook = nbformat.read(Path(notebook_path), as_version=4)
    except FileNotFoundError:
        raise InputError("there is no such notebook.", where=str(notebook_path)) from None
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, AttributeError) as error:
        reason = str(error).splitlines()[0][:120]
        raise InputError(
            f"is not a notebook: {reason}", where=str(notebook_path), remedy="Restore it from git."
        ) from None
    return notebook


def check_period(text):
    """Raise ParameterError where the text names no period."""
    if text != "latest":
        parse_period(text)


def check_version(value):
    """Raise ParameterError where the value is no version of the store (a number, or latest)."""
    if value not in (None, "", "latest") and not str(value).isdigit():
        raise ParameterError(
            "data_version", f"{value!r} is not a version.", remedy="Give a whole number."
        )


def inject(notebook, values):
    """Set the values in a cell of their own after the `parameters` cell, in place."""
    notebook.cells = [c for c in notebook.cells if INJECTED not in c.metadata.get("tags", [])]
    if not values:
        return
    source = "\n".join(f"{name} = {value!r}" for name, value in values.items())
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": [INJECTED]})
    cell["id"] = INJECTED
    place = notebook.cells.index(parameter_cell.parameters_cell(notebook)) + 1
    notebook.cells.insert(place, cell)


def translate(notebook, language, *, home=None):
    """Write the markdown cells in a language, in place.

    A cell whose text is still the catalogue's own (in any language) is replaced; one that the
    analyst has edited stays as it is.
    """
    catalogue = messages(home)
    for cell in notebook.cells:
        key = cell.metadata.get("opsbook", {}).get("message")
        forms = catalogue.get(key)
        if cell.cell_type != "markdown" or not forms:
            continue
        if _same(cell.source) in {_same(text) for text in forms.values()}:
            cell.source = forms.get(language) or forms["en"]


def _same(text):
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
