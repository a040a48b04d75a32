"""Put off one import that costs about a second in every process.

jsonschema's format checks import `rfc3987_syntax`, which builds a grammar at import, for two
formats (iri, iri-reference) that notebooks never use. A module of the same name stands in until
one of its functions is really called; then the real one is loaded and does the work.
"""

import sys
from importlib import import_module
from types import ModuleType

NAME = "rfc3987_syntax"


def put_off():
    """Stand in for the slow module in this process; does nothing where it is loaded already."""
    if NAME in sys.modules:
        return
    stand_in = ModuleType(NAME, "Loads rfc3987_syntax when it is first used.")
    stand_in.is_valid_syntax = _is_valid_syntax
    stand_in.__getattr__ = _attribute
    sys.modules[NAME] = stand_in


def _real():
    module = sys.modules.get(NAME)
    if module is None or getattr(module, "__spec__", None) is None:
        sys.modules.pop(NAME, None)
        module = import_module(NAME)
    return module


def _is_valid_syntax(*args, **kwargs):
    return _real().is_valid_syntax(*args, **kwargs)


def _attribute(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return getattr(_real(), name)
