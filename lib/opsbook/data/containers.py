"""Open a file whatever it really is: delimited text, xlsx, xls, HTML dressed as xls, JSON.

A file becomes sheets; a sheet is its first rows as text (to find the header in) and a body: every
record below the header as text columns, each with its row number in the file. Names of files
lie, bytes do not: `PK` is xlsx, `D0CF11E0` is OLE xls, `<` is HTML, `{` or `[` is JSON.
"""

import codecs

from opsbook.data import json_files, stacked, text_files, web_pages, workbooks
from opsbook.errors import InputError


def size_of(path, max_mb):
    """Bytes of a file that may be read; InputError for none, an empty one or one over max_mb."""
    where = path.name
    if path.is_dir():
        raise InputError("is a folder, not a file.", where=where, remedy="Give a file in it.")
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise InputError("does not exist.", where=str(path), remedy="Check the path.") from None
    if size == 0:
        raise InputError("is empty (0 bytes).", where=where, remedy="Export it again.")
    if size > max_mb * 1024 * 1024:
        raise InputError(
            f"has {size // 1024 // 1024} MB; files up to {max_mb} MB are read.",
            where=where,
            remedy="Export a shorter period, or raise import.max_file_mb in workbook.toml.",
        )
    return size


def sheets(path, *, max_mb=2048):
    """The sheets of a file; InputError says why a file cannot be read and what to do."""
    where = path.name
    size = size_of(path, max_mb)
    with open(path, "rb") as file:
        start = file.read(4096)
    if start[:2] == b"PK":
        return workbooks.read(path, "xlsx")
    if start[:4] == b"\xd0\xcf\x11\xe0":
        return workbooks.read(path, "xls")
    data = path.read_bytes()
    bare = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if bare[:1] == b"<":
        return web_pages.read(data, where)
    if bare[:1] in (b"{", b"["):
        found = json_files.read(data, where)
        if found is not None:
            return found
    plain = text_files.read(data, where)
    blocks = stacked.read(data, where, plain) if size < 1 << 20 else None
    return [plain, blocks] if blocks else [plain]
