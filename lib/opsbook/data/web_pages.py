"""Web pages that call themselves .xls: every table of the page is a sheet."""

from opsbook.data.sheet import grid
from opsbook.data.text_files import decode
from opsbook.errors import InputError


def read(data, where):
    """Tables of an HTML page that calls itself .xls; every table is a sheet."""
    from lxml import html

    text, encoding = decode(data, where)
    try:
        tree = html.fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
        tables = tree.xpath("//table")
    except (ValueError, html.etree.LxmlError):
        tables = []
    found = []
    for number, node in enumerate(tables, start=1):
        rows = [
            [" ".join(cell.text_content().split()) for cell in row.xpath("./td|./th")]
            for row in node.xpath(".//tr")
        ]
        if any(any(row) for row in rows):
            found.append(grid(f"table {number}", rows, "html", encoding, where=where))
    if not found:
        raise InputError(
            "is a web page without a table.",
            where=where,
            remedy="The download may have returned a login page: export it again.",
        )
    return found
