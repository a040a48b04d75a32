"""Files that somebody made to do harm: each builder writes one into a folder and returns its path."""

import io
import json
import struct
import zipfile

X = "Post id,Date,Post text,Post Link,Impressions,Likes,Engagements,Bookmarks,Shares,New follows,Replies,Reposts,Profile visits,Detail Expands,URL Clicks,Hashtag Clicks,Permalink Clicks"
CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
    "</Types>"
)
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
BOOK = (
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
BOOK_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
    '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
)
SHEET = '<?xml version="1.0"?>{top}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'
NOTES = ("笔记标题", "首次发布时间", "体裁", "曝光", "观看量", "封面点击率", "点赞", "评论", "收藏", "涨粉", "分享", "人均观看时长", "弹幕")  # fmt: skip


def xlsx(path, rows, *, top="", strings="", parts=()):
    """An xlsx out of raw XML of its rows and shared strings, however wrong."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", CONTENT_TYPES)
        book.writestr("_rels/.rels", RELATIONS)
        book.writestr("xl/workbook.xml", BOOK)
        book.writestr("xl/_rels/workbook.xml.rels", BOOK_RELATIONS)
        book.writestr("xl/worksheets/sheet1.xml", SHEET.format(rows=rows, top=top))
        book.writestr(
            "xl/sharedStrings.xml",
            '<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            + strings
            + "</sst>",
        )
        for name, content in parts:
            book.writestr(name, content)
    return path


def inline(cells, row=1):
    """One row of inline texts."""
    made = "".join(
        f'<c r="{_letter(i)}{row}" t="inlineStr"><is><t>{c}</t></is></c>'
        for i, c in enumerate(cells)
    )
    return f'<row r="{row}">{made}</row>'


def _letter(index):
    return chr(65 + index)


def notes(title, *, top="", parts=(), figure="100"):
    """Rows of a Xiaohongshu export with one title."""
    cells = [title, "2026年07月01日10时00分00秒", "图文", figure, "50", "0.1", "5", "1", "2", "1", "1", "12", "0"]  # fmt: skip
    return inline(["最多导出排序后前1000条笔记"]) + inline(NOTES, 2) + inline(cells, 3)


def sparse_corners(folder):
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    return xlsx(folder / "sparse.xlsx", rows)


def unsorted_corner(folder):
    rows = '<row r="1"><c r="XFD1"><v>1</v></c></row>' + "".join(
        f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(2, 200_000, 7)
    )
    return xlsx(folder / "wide.xlsx", rows)


def shared_string_bomb(folder):
    row = "".join('<c t="s"><v>0</v></c>' for _ in range(50))
    rows = "".join(f'<row r="{n}">{row}</row>' for n in range(1, 1000))
    return xlsx(folder / "shared.xlsx", rows, strings=f"<si><t>{'A' * 2_000_000}</t></si>")


def zip_bomb(folder):
    filler = " " * (1 << 20)
    path = folder / "bomb.xlsx"
    xlsx(path, inline(["a"]))
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book,
        book.open("xl/worksheets/sheet2.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(3000):
            part.write(filler.encode())
    return path


def blank_sheet_bomb(folder):
    rows = "<row/>" + " " * 200_000_000
    return xlsx(folder / "blank.xlsx", rows)


def lying_size(folder):
    """A part whose directory entry says 10 bytes and which unpacks to far more."""
    path = xlsx(folder / "lie.xlsx", inline(["x" * 5_000_000]))
    data = bytearray(path.read_bytes())
    at = data.find(b"xl/worksheets/sheet1.xml", data.find(b"PK\x01\x02"))
    struct.pack_into("<I", data, at - 46 + 24, 10)
    path.write_bytes(data)
    return path


def entities(folder):
    top = (
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
        '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">'
        '<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">]>'
    )
    return xlsx(folder / "laughs.xlsx", notes("&f;&f;&f;"), top=top)


def outside_entity(folder):
    top = '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
    return xlsx(folder / "outside.xlsx", notes("&secret;"), top=top)


def html_entities(folder):
    path = folder / "laughs.xls"
    path.write_text(
        '<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY s SYSTEM "file:///etc/passwd">]>'
        "<table><tr><td>时间</td><td>新关注人数</td></tr><tr><td>&s;</td><td>&a;</td></tr></table>"
    )
    return path


def nested_tables(folder):
    path = folder / "nested.xls"
    path.write_text("<table><tr><td>1" * 4000 + "</td></tr></table>" * 4000)
    return path


def wide_tables(folder):
    row = "<tr>" + "<td>1" * 20_000
    path = folder / "wide.xls"
    path.write_text("<table>" + row + "<tr><td>1" * 30_000 + "</table>")
    return path


def formulas(folder):
    cells = "".join(f'<c r="{_letter(i)}4"><f>1+1</f></c>' for i in range(3))
    rows = notes("=HYPERLINK(&quot;http://evil.example&quot;)") + f'<row r="4">{cells}</row>'
    return xlsx(folder / "formulas.xlsx", rows)


def climbing_archive(folder):
    path = folder / "climb.xlsx"
    return xlsx(path, notes("tea"), parts=[("../../../../climbed.txt", "out"), ("/climbed", "out")])


def linked_archive(folder):
    path = xlsx(folder / "link.xlsx", notes("tea"))
    with zipfile.ZipFile(path, "a") as book:
        about = zipfile.ZipInfo("xl/link")
        about.external_attr = 0o120777 << 16
        book.writestr(about, "/etc/passwd")
    return path


def ods_repeats(folder):
    path = folder / "repeat.ods"
    content = (
        '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        '<office:body><office:spreadsheet><table:table table:name="S"><table:table-row table:number-rows-repeated="1048576">'
        '<table:table-cell table:number-columns-repeated="16384" office:value-type="string"><text:p>x</text:p></table:table-cell>'
        "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("content.xml", content)
        book.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


def ten_megabyte_cell(folder):
    path = folder / "cell.csv"
    path.write_text(X + '\n1,"Fri, Nov 14, 2025","' + "a" * 10_000_000 + '",l' + ",1" * 13 + "\n")
    return path


def ten_megabyte_header(folder):
    path = folder / "header.csv"
    path.write_text("a" * 10_000_000 + "," + X + "\n" + "1,2,3\n" * 10)
    return path


def ten_megabyte_sheet_cell(folder):
    return xlsx(folder / "cell.xlsx", notes("a" * 10_000_000))


def twenty_thousand_columns(folder):
    path = folder / "columns.csv"
    path.write_text(",".join(f"c{i}" for i in range(20_000)) + "\n" + ",".join("1" * 20_000) + "\n")
    return path


def many_short_rows(folder):
    path = folder / "short.csv"
    path.write_text(X + "\n" + "1\n" * 3_000_000)
    return path


def only_delimiters(folder):
    path = folder / "commas.csv"
    path.write_text(X + "\n" + "," * 30_000_000)
    return path


def only_quotes(folder):
    path = folder / "quotes.csv"
    path.write_text(X + "\n" + '"' * 10_000_001)
    return path


def json_new_keys(folder):
    path = folder / "keys.json"
    path.write_text(json.dumps([{f"k{i}": 1} for i in range(60_000)]))
    return path


def json_deep(folder):
    path = folder / "deep.json"
    path.write_text('[{"a":' * 100_000 + "1" + "}]" * 100_000)
    return path


def json_deep_object(folder):
    path = folder / "deeper.json"
    path.write_text('[{"a":' + '{"a":' * 900 + "1" + "}" * 900 + "}]")
    return path


def json_long_number(folder):
    path = folder / "digits.json"
    path.write_text('{"statuses": [{"id": ' + "9" * 5_000_000 + "}]}")
    return path


def nul_bytes(folder):
    path = folder / "nul.csv"
    path.write_bytes(X.encode() + b"\n" + b"\x00" * 5_000_000)
    return path


def nul_in_cells(folder):
    path = folder / "nulcell.csv"
    rows = ['19\x0089,"Fri, Nov 14, 2025",t\x00ea,l,1\x000,2,3,4,5,6,7,8,9,1,2,3,4']
    path.write_text("\n".join([X, *rows]) + "\n")
    return path


def mixed_encodings(folder):
    path = folder / "mixed.csv"
    rows = [
        f'18915641287848551{n:02d},"Fri, Nov 14, 2025",{t},l' + ",7" * 13
        for n, t in enumerate(("茶", "tea"))
    ]
    path.write_bytes(X.encode() + b"\n" + rows[0].encode("gb18030") + b"\n" + rows[0].encode() + b"\n" + rows[1].encode("utf-16-le") + b"\n")  # fmt: skip
    return path


def cut_utf16(folder):
    path = folder / "cut16.csv"
    path.write_bytes((X + "\n").encode("utf-16")[:-1])
    return path


def ole_noise(folder):
    path = folder / "ole.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 200)
    return path


def ole_loops(folder):
    """A compound file whose allocation table points at itself."""
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", head, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIIII", head, 40, 0, 1, 0, 0, 4096, 0, 0, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", head, 76, *([0] * 109))
    table = struct.pack("<128I", *([0] * 128))
    path = folder / "loop.xls"
    path.write_bytes(bytes(head) + table * 4)
    return path


def zip_of_zips(folder):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("a.csv", X + "\n")
    path = folder / "matryoshka.zip"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("inner.zip", inner.getvalue())
    return path


def binary_plist(folder):
    path = folder / "noise.csv"
    path.write_bytes(bytes((i * 7919) % 256 for i in range(500_000)))
    return path


def infinite_figures(folder):
    path = folder / "figures.csv"
    cells = ["1e309", "-1", "NaN", "inf", "1e14", "１２", "٣", "0x10", "1_000", "=1+1", "²", "1.5", "TRUE"]  # fmt: skip
    path.write_text(X + '\n1891564128784855101,"Fri, Nov 14, 2025",tea,l,' + ",".join(cells) + "\n")
    return path


ALL = [
    sparse_corners, unsorted_corner, shared_string_bomb, zip_bomb, blank_sheet_bomb, lying_size, entities,
    outside_entity, html_entities, nested_tables, wide_tables, formulas, climbing_archive, linked_archive,
    ods_repeats, ten_megabyte_cell, ten_megabyte_header, ten_megabyte_sheet_cell, twenty_thousand_columns,
    many_short_rows, only_delimiters, only_quotes, json_new_keys, json_deep, json_deep_object,
    json_long_number, nul_bytes, nul_in_cells, mixed_encodings, cut_utf16, ole_noise, ole_loops, zip_of_zips,
    binary_plist, infinite_figures,
]  # fmt: skip
