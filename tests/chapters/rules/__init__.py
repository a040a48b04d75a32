"""Every decision rule of the chapters, driven both ways: one module of cases per chapter.

A case names a rule, a state of the workbook in which it fires and one, a small change away, in
which it stays silent. `tests/chapters/test_rules.py` runs them and fails for a rule without one.
"""

from importlib import import_module

CHAPTERS = tuple(f"chapter{n:02d}" for n in range(1, 11))


def cases():
    """All cases, by chapter."""
    modules = (import_module(f"{__name__}.{name}") for name in CHAPTERS)
    return [case for module in modules for case in module.CASES]
