"""What stands in the finished reports, and that nothing of strangers runs in them."""

import html
import re
import zipfile

import docx
import openpyxl
import pypdf
import pytest

from opsbook.publish import (
    document,
    prose,
    report,
    report_docx,
    report_html,
    report_pdf,
    report_xlsx,
)

NASTY = "<script>alert(1)</script> #set page[x] *b* $x$ @a \"'=1+1 {{7*7}} 茶"
CONTEXT = {
    "home": None, "language": "en", "brand": NASTY, "colours": ["#1f6f5c"], "logo": "",
    "period": "2026-W46", "data_version": 3, "code": "abc", "produced_at": "2026-11-23",
    "currency": "CNY",
}  # fmt: skip


def nasty():
    """A report in which every text came from a stranger."""
    column = {"name": "ad", "label": NASTY, "type": "text", "unit": "", "align": "left"}
    number = {"name": "n", "label": "n", "type": "integer", "unit": "", "align": "right"}
    spec = {
        "data": {"values": [{"a": NASTY, "b": 2}, {"a": "</script><script>alert(2)", "b": 3}]},
        "mark": "bar",
        "encoding": {
            "x": {"field": "a", "type": "nominal"},
            "y": {"field": "b", "type": "quantitative"},
        },
    }
    finding = {
        "chapter": 6, "section": "6.3.1", "severity": "high", "what": NASTY, "subject": NASTY,
        "figure": 1.0, "low": 0.5, "high": 2.0, "unit": "", "n": 3, "action": NASTY, "owner": NASTY,
        "due": "2026-11-18", "changes_if": NASTY,
    }  # fmt: skip
    blocks = [
        document.Heading(2, f"6.3.1 {NASTY}", "c6-s-6-3-1"),
        document.Prose(prose.parse(f"{NASTY}\n\n[x](javascript:alert(3)) <img src=x onerror=alert(4)>")),
        document.Chart("c6-chart", NASTY, NASTY, spec, "", NASTY),
        document.Table("c6-table", NASTY, [column, number], [[NASTY, 1], ["=cmd|' /C calc'!A0", 2]],
                       [[NASTY, "1"], ["=cmd|' /C calc'!A0", "2"]]),
        document.Plain(NASTY, "error"),
    ]  # fmt: skip
    chapter = document.Document(
        6,
        "06_ads",
        NASTY,
        blocks,
        [{"text": NASTY, "anchor": "c6-s-6-3-1"}],
        [finding],
        [],
        {},
        NASTY,
    )
    return report.build([chapter], CONTEXT)


def test_html_escapes_everything_and_runs_only_its_own_scripts():
    page = report_html.render(nasty())
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "javascript:alert" not in page.replace("](javascript:alert(3))", "")
    assert "49" not in re.findall(r"<h1>(.*?)</h1>", page)[0]
    kinds = re.findall(r"<script([^>]*)>", page)
    assert sorted(kinds) == [' type="application/json"', ' type="module"', ' type="module"']
    policy = html.unescape(re.search(r'Security-Policy" content="([^"]*)"', page)[1])
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert policy.count("'sha256-") == 2 and "unsafe-eval" not in policy


def test_html_asks_for_nothing_from_the_network(finished):
    _, done = finished
    page = done.path("06_ads.html").read_text()
    markup = re.sub(r"<script.*?</script>", "", page, flags=re.S)
    assert re.findall(r'(?:src|srcset|poster)="(?!data:)[^"]*"', markup) == []
    assert re.findall(r'<link|@import|url\((?!#|["\']?data:)', markup) == []


def test_html_links_every_summary_sentence_to_a_place_that_exists(finished):
    _, done = finished
    page = done.path("report.html").read_text()
    summary = page.split('id="summary"')[1].split("</section>")[0]
    targets = re.findall(r'href="#([^"]+)"', summary)
    assert targets == ["c2-s-6-3-1", "c6-s-6-3-1"]
    for target in re.findall(r'href="#([^"]+)"', page):
        assert page.count(f'id="{target}"') == 1


def test_html_parts_are_in_order(finished):
    _, done = finished
    page = done.path("report.html").read_text()
    parts = ['class="cover"', "<nav", 'id="summary"', 'id="c2"', 'id="c6"', 'id="conclusions"',
             'id="appendix"']  # fmt: skip
    places = [page.index(part) for part in parts]
    assert places == sorted(places)


def test_pdf_has_cover_contents_with_pages_and_chinese_headings(finished):
    _, done = finished
    pages = [p.extract_text() for p in pypdf.PdfReader(done.path("report.pdf")).pages]
    assert "2026-W46" in pages[0]
    assert "目录" in pages[1]
    found = re.search(r"6\.3\.1 效果分析[ .]*(\d+)", pages[1])
    assert "6.3.1 效果分析" in pages[int(found[1])], "the contents name the right page"
    text = "".join(pages)
    for heading in ("摘要", "广告", "结论与建议", "附录", "指标定义", "数据表", "方法与局限"):
        assert heading in text


def test_pdf_embeds_the_chinese_font_and_every_glyph_of_it(finished):
    _, done = finished
    reader = pypdf.PdfReader(done.path("06_ads.pdf"))
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert fonts and all("NotoSansSC" in font or "NotoSansTC" in font for font in fonts)


def test_pdf_shows_markup_of_strangers_as_text(tmp_path):
    report_pdf.write(nasty(), tmp_path / "a.pdf")
    text = "".join(p.extract_text() for p in pypdf.PdfReader(tmp_path / "a.pdf").pages)
    flat = re.sub(r"[\s\u200b]", "", text)
    assert "#setpage[x]*b*$x$@a" in flat
    assert "<script>alert(1)</script>" in flat


def test_word_file_has_native_headings_contents_and_alt_texts(finished):
    _, done = finished
    made = docx.Document(done.path("report.docx"))
    headings = [p.text for p in made.paragraphs if p.style.name == "Heading 1"]
    assert headings == ["摘要", "广告", "广告", "结论与建议", "附录"]
    assert any(p.text == "6.3.1 效果分析" and p.style.name == "Heading 2" for p in made.paragraphs)
    xml = zipfile.ZipFile(done.path("report.docx")).read("word/document.xml").decode()
    assert "TOC \\o" in xml and "PAGEREF c6-s-6-3-1" in xml
    assert xml.count('descr="各广告的投产比"') == 2
    tables = [[c.text for c in t.rows[0].cells] for t in made.tables]
    assert ["广告", "平台", "花费", "广告支出回报", "下限", "上限"] in tables


def test_word_file_shows_markup_of_strangers_as_text(tmp_path):
    report_docx.write(nasty(), tmp_path / "a.docx")
    made = docx.Document(tmp_path / "a.docx")
    text = [p.text for p in made.paragraphs]
    assert f"6.3.1 {NASTY}" in text
    targets = [r.target_ref for r in made.part.rels.values() if r.is_external]
    assert targets == []


def test_excel_file_has_a_sheet_per_table_native_charts_and_real_numbers(finished):
    _, done = finished
    book = openpyxl.load_workbook(done.path("06_ads.xlsx"))
    assert book.sheetnames == ["目录", "发现", "图 6-1", "表 6-1", "图 6-2", "表 6-2"]
    assert [len(book[name]._charts) for name in ("图 6-1", "图 6-2")] == [1, 1]
    sheet = book["表 6-2"]
    assert [c.value for c in sheet[3]] == ["日期", "花费 (CNY)", "点击率"]
    assert sheet["A4"].value.isoformat().startswith("2026-11-01")
    assert (sheet["B4"].value, sheet["C4"].value, sheet["C4"].number_format) == (100, 0.02, "0.0%")
    assert sheet.max_row == 3 + 28


def test_excel_file_keeps_formulas_of_strangers_as_quoted_text(tmp_path):
    report_xlsx.write(nasty(), tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    for sheet in book:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    cells = [c for s in book for row in s.iter_rows() for c in row if str(c.value).startswith("=")]
    assert cells and all(cell.style and cell.quotePrefix for cell in cells)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("[a](https://x.org/?q=1)", '<p><a href="https://x.org/?q=1" rel="noopener">a</a></p>'),
        ("[a](javascript:alert(1))", "<p>a</p>"),
        ("[a](data:text/html,x)", "<p>a</p>"),
        ("<b onclick=x>a</b>", "<p>&lt;b onclick=x&gt;a&lt;/b&gt;</p>"),
        ("第一行\n第二行", "<p>第一行第二行</p>"),
        ("one\ntwo", "<p>one two</p>"),
    ],
)
def test_prose_is_plain(source, shown):
    assert prose.to_html(prose.parse(source)) == shown


def test_empty_headings_are_left_out():
    h = document.Heading
    text = document.Plain("x")
    blocks = [h(2, "a", "a"), h(3, "b", "b"), h(2, "c", "c"), text, h(2, "d", "d")]
    assert document.without_empty_headings(blocks) == [h(2, "c", "c"), text]


def test_a_wide_table_is_split_and_every_column_stands_once_beside_its_names():
    columns = [
        {"name": str(i), "label": f"column {i}", "align": "left" if i < 2 else "right"}
        for i in range(20)
    ]
    table = document.Table("a", "a", columns, [], [["some words"] * 20])
    groups = report.parts(table)
    assert len(groups) > 1
    assert all(group[:2] == [0, 1] and len(group) <= 12 for group in groups)
    assert [i for group in groups for i in group[2:]] == list(range(2, 20))
    narrow = document.Table("a", "a", columns[:5], [], [["1"] * 5])
    assert report.parts(narrow) == [[0, 1, 2, 3, 4]]
