"""The operations workbook for e-commerce social-media accounts."""

from importlib import import_module

__version__ = "0.1.0"

_WHERE = {
    "Estimate": ("opsbook.estimate", "Estimate"),
    "Store": ("opsbook.data.store", "Store"),
    "indicators": ("opsbook.data.indicators", None),
    "methods": ("opsbook.methods", None),
    "open_chapter": ("opsbook.book", "open_chapter"),
    "read_export": ("opsbook.data.imports", "read_export"),
    "run": ("opsbook.publish.run", "run"),
}
__all__ = ["Estimate", "Store", "indicators", "methods", "open_chapter", "read_export", "run"]


def __getattr__(name):
    """Import a public name when it is first used: a script that needs one pays for one."""
    if name not in _WHERE:
        raise AttributeError(f"module 'opsbook' has no attribute {name!r}")
    module, attribute = _WHERE[name]
    found = import_module(module)
    return getattr(found, attribute) if attribute else found
