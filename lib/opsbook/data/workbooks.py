"""Spreadsheets: xlsx and OLE xls, whole and within what a machine can hold, as sheets of text."""

import struct

from opsbook.data import article_sheets, sheet_limits
from opsbook.data.sheet import grid
from opsbook.errors import InputError


def read(path, kind):
    from python_calamine import CalamineError, CalamineWorkbook

    if kind == "xlsx":
        _unbroken(path)
    else:
        _chained(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        found = []
        for name in book.sheet_names:
            values = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            rows = [[cell_text(v) for v in row] for row in values]
            while rows and not any(rows[-1]):
                rows.pop()
            rows = [_right_trim(row) for row in rows] if len(rows) else rows
            if rows:
                found.append(grid(name, rows, kind, where=path.name))
                if article := article_sheets.read(name, rows, kind):
                    found.append(article)
    except BaseException as error:
        # The reader panics on some broken archives, which Python sees as no Exception at all.
        panic = type(error).__name__ == "PanicException"
        if not panic and not isinstance(error, (CalamineError, OSError, ValueError, KeyError)):
            raise
        raise InputError(
            f"looks like {kind} but cannot be opened: {error}.",
            where=path.name,
            remedy="The file is damaged or was cut: export it again.",
        ) from None
    if not found:
        raise InputError("holds no filled sheet.", where=path.name, remedy="Export it again.")
    return found


def cell_text(value):
    """A spreadsheet cell as text. A number beyond 15 digits keeps its exponent: it was damaged."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value)) if abs(value) < 1e15 else f"{value:.5E}"
        return repr(value)
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return (
            value.isoformat(sep=" ")
            if hasattr(value, "hour") and hasattr(value, "year")
            else (value.isoformat())
        )
    if hasattr(value, "total_seconds"):
        return f"{value.total_seconds():g}"
    return str(value)


def _unbroken(path):
    """Hold every part of an xlsx against its checksum, which the reader does not do."""
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(path) as archive:
            sheet_limits.xlsx(archive)
            broken = archive.testzip()
    except sheet_limits.TooLarge as error:
        raise _too_large(path, error) from None
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
    ) as e:
        broken = str(e)
    except Exception as e:  # zipfile lets struct.error, EOFError, UnicodeDecodeError through
        broken = type(e).__name__
    if broken:
        raise InputError(
            f"is a damaged or cut xlsx ({broken}).",
            where=path.name,
            remedy="The file is damaged or was cut: export it again.",
        )


def _chained(path):
    """Hold an OLE file's chains against its size: the reader follows them for ever."""
    try:
        sheet_limits.xls(path.read_bytes())
    except sheet_limits.TooLarge as error:
        raise _too_large(path, error) from None
    except (ValueError, struct.error) as error:
        raise InputError(
            f"is a damaged or cut xls ({error}).",
            where=path.name,
            remedy="The file is damaged or was cut: export it again.",
        ) from None


def _too_large(path, error):
    return InputError(
        f"is too large for a spreadsheet: {error}.",
        where=path.name,
        remedy="Export a shorter period, or as CSV.",
    )


def _right_trim(row):
    end = len(row)
    while end and not row[end - 1]:
        end -= 1
    return row[:end]
