"""What can go wrong, as one tree.

OpsbookError
├── InputError                 what came in is not usable; names file, row or parameter
│   ├── UnknownLayout          no preset fits the file, carries the proposed mapping
│   ├── MissingColumns         a preset or method lacks columns: has / lacks
│   ├── BadValue               a value outside its bounds or of the wrong type
│   └── AccountNeeded          an export does not say whose it is
├── ParameterError             unknown or mistyped parameter, with "did you mean"
├── ConfigError                workbook.toml or a reference file is wrong: file, key, remedy
├── StoreError                 the store cannot do it: no such version, batch, conflict
├── RunError                   a chapter failed; carries the kept notebook
└── AccessError                not allowed, or a secret where none may be

Every message names the thing, both sides (what was expected, what was found) and the remedy.
"""

from difflib import get_close_matches


class OpsbookError(Exception):
    """Base of every error the workbook raises on purpose.

    `message` says what is wrong, `remedy` what to do about it; `str()` joins both.
    """

    def __init__(self, message, *, remedy=""):
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message} {remedy}".strip())


class InputError(OpsbookError):
    """What came in cannot be used. `where` names the file, table or argument."""

    def __init__(self, message, *, where="", remedy=""):
        self.where = where
        super().__init__(f"{where}: {message}" if where else message, remedy=remedy)


class UnknownLayout(InputError):
    """No preset fits the file; `proposal` is a mapping the analyst can complete."""

    def __init__(self, message, *, where="", proposal=None, remedy=""):
        self.proposal = proposal
        super().__init__(message, where=where, remedy=remedy)


class MissingColumns(InputError):
    """Columns are missing; `lacks` and `has` are lists of column names."""

    def __init__(self, where, lacks, has, *, remedy=""):
        self.lacks, self.has = list(lacks), list(has)
        shown = ", ".join(map(str, self.has[:4])) or "no columns"
        more = f" (+{len(self.has) - 4} more)" if len(self.has) > 4 else ""
        super().__init__(
            f"lacks {', '.join(map(str, self.lacks))}; it has {shown}{more}.",
            where=where,
            remedy=remedy,
        )


class BadValue(InputError):
    """A value is outside its bounds or of the wrong type."""


class AccountNeeded(InputError):
    """An export that does not say whose it is came without an account."""


class ParameterError(OpsbookError):
    """A parameter is unknown or mistyped; `name` is the parameter."""

    def __init__(self, name, message, *, known=(), remedy=""):
        self.name = name
        near = get_close_matches(str(name), [str(k) for k in known], n=1)
        if near:
            remedy = f"Did you mean {near[0]}? {remedy}".strip()
        elif known:
            remedy = f"Known: {', '.join(map(str, known))}. {remedy}".strip()
        super().__init__(f"{name}: {message}", remedy=remedy)


class ConfigError(OpsbookError):
    """A settings or reference file is wrong; `file` and `key` say where."""

    def __init__(self, file, key, message, *, remedy=""):
        self.file, self.key = str(file), key
        super().__init__(f"{file}: {key}: {message}", remedy=remedy)


class StoreError(OpsbookError):
    """The store cannot do what was asked."""


class RunError(OpsbookError):
    """A chapter failed; `notebook` is the path of the kept copy with the error in it."""

    def __init__(self, message, *, notebook=None, remedy=""):
        self.notebook = notebook
        super().__init__(message, remedy=remedy)


class AccessError(OpsbookError):
    """The caller may not do this, or a secret stands where none may be."""
