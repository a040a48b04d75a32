import nbformat
import pytest

from opsbook.errors import AccessError, ParameterError
from opsbook.publish import parameters

CELL = """period = "latest"  # a period
comparison = "previous"  # one of: previous, last_year, none
level = 0.95
top = 5
is_short: bool = False
accounts = ["a"]
version = None
"""


def notebook(source=CELL):
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]})
    return nbformat.v4.new_notebook(cells=[cell])


def test_schema_reads_types_comments_and_closed_lists():
    known = parameters.schema(notebook())
    assert {n: p.type for n, p in known.items()} == {
        "period": "str",
        "comparison": "str",
        "level": "float",
        "top": "int",
        "is_short": "bool",
        "accounts": "list",
        "version": "NoneType",
    }
    assert known["period"].comment == "a period"
    assert known["comparison"].choices == ("previous", "last_year", "none")


def test_a_misspelt_name_says_which_was_meant():
    with pytest.raises(ParameterError, match="Did you mean period"):
        parameters.check(parameters.schema(notebook()), {"preiod": "2026"})


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("top", "5", "text"),
        ("top", 5.5, "whole number"),
        ("top", True, "true or false"),
        ("level", "high", "number"),
        ("is_short", 1, "true or false"),
        ("accounts", "a", "list"),
        ("period", object(), "literal"),
        ("comparison", "yesterday", "previous, last_year, none"),
    ],
)
def test_a_wrong_type_or_value_is_refused(name, value, says):
    with pytest.raises(ParameterError, match=says) as caught:
        parameters.check(parameters.schema(notebook()), {name: value})
    assert caught.value.name == name


def test_a_whole_number_passes_for_a_decimal_and_anything_for_none():
    known = parameters.schema(notebook())
    checked = parameters.check(known, {"level": 1, "version": 3, "accounts": ("b", "c")})
    assert checked == {"level": 1.0, "version": 3, "accounts": ["b", "c"]}
    assert isinstance(checked["level"], float)


@pytest.mark.parametrize(
    "name", ["api_key", "PASSWORD", "chat_token", "secret", "private_key_path"]
)
def test_names_of_secrets_are_refused(name):
    with pytest.raises(AccessError, match="secret"):
        parameters.check(parameters.schema(notebook()), {name: "x"})
    with pytest.raises(AccessError, match="secret"):
        parameters.schema(notebook(f'{name} = ""'))


def test_ordinary_names_are_not_taken_for_secrets():
    assert "author" in parameters.schema(notebook('author = "a"\nkeyword = "b"\ntokens_shown = 3'))


@pytest.mark.parametrize("source", ["import os", "a = open('x')", "a.b = 1", "a = b = 1", "a = ("])
def test_only_literals_stand_in_the_cell(source):
    with pytest.raises(ParameterError):
        parameters.schema(notebook(source))


def test_text_from_a_command_line_or_address_becomes_the_parameter_type():
    known = parameters.schema(notebook())
    text = {"top": "3", "level": "0.9", "is_short": "true", "accounts": "a,b", "period": "2026"}
    assert parameters.from_text(known, text) == {
        "top": 3,
        "level": 0.9,
        "is_short": True,
        "accounts": ["a", "b"],
        "period": "2026",
    }
    with pytest.raises(ParameterError, match="whole number"):
        parameters.from_text(known, {"top": "__import__('os')"})
