"""The main job, end to end: the sample brand's exports in, every chapter run, reports out."""

import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from pypdf import PdfReader

import opsbook
from opsbook import config
from opsbook.present.show import CHART, FINDINGS, TABLE
from opsbook.publish import cache

from .test_clauses import places, unanswered

ROOT = Path(__file__).parents[2]
CHAPTERS = "1-10"
SECTION = re.compile(r"^#{1,6}\s*(\d+(?:\.\d+){1,2})\b", re.MULTILINE)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A workbook into which the whole sample was imported, nothing refused."""
    folder = tmp_path_factory.mktemp("sample")
    (folder / "data").mkdir()
    shutil.copy(ROOT / "data" / "workbook.toml", folder / "data" / "workbook.toml")
    (folder / "data" / "sample").symlink_to(ROOT / "data" / "sample")
    store = opsbook.Store(folder / "data" / "store")
    for path, result in store.import_folder(ROOT / "data" / "sample" / "inbox"):
        assert not isinstance(result, Exception), f"{path.name}: {result}"
        assert result.refused == 0, path.name
        parts = result.loaded + result.unchanged + result.refused + result.not_data
        assert result.records == parts, path.name
    return folder


@pytest.fixture(scope="module")
def chinese(sample):
    """One run of all chapters in Simplified Chinese."""
    return opsbook.run(CHAPTERS, home=sample, language="zh-Hans", formats=("html", "pdf"))


def executed(manifest):
    """Executed notebooks of a run: dict of chapter -> NotebookNode."""
    return {
        number: nbformat.read(manifest.folder / result.files["ipynb"], as_version=4)
        for number, result in manifest.chapters.items()
    }


def bundles(notebook, kind):
    """Every displayed object of a MIME type of ours."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if kind in output.get("data", {}):
                yield output["data"][kind]


def test_every_chapter_runs(chinese):
    assert {n: r.state for n, r in chinese.chapters.items()} == dict.fromkeys(range(1, 11), "ok")


def test_every_section_shows_a_result(chinese):
    """Each heading with an id is followed by something computed: the manual has 89."""
    answered = set()
    for number, notebook in executed(chinese).items():
        current = None
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                found = SECTION.search(cell.source)
                current = (number, found[1]) if found else current
            elif current and any(
                TABLE in o.get("data", {}) or CHART in o.get("data", {}) for o in cell.outputs
            ):
                answered.add(current)
    assert len(answered) == 89


def test_a_run_shows_every_named_column_and_chart(chinese):
    shown = {}
    for notebook in executed(chinese).values():
        for table in bundles(notebook, TABLE):
            shown.setdefault((table["section"], table["id"]), set()).update(
                c["name"] for c in table["columns"]
            )
        for chart in bundles(notebook, CHART):
            shown.setdefault((chart["section"], chart["id"]), set())
        assert any(True for _ in bundles(notebook, FINDINGS))
    missing = [
        (section, place)
        for section, place in places("run")
        if unanswered([place], {i: c for (s, i), c in shown.items() if s == section})
    ]
    assert missing == []


def test_no_two_sections_show_the_same_frame(chinese):
    seen, twice = {}, []
    for notebook in executed(chinese).values():
        for table in bundles(notebook, TABLE):
            if table["n"] < 3:
                continue
            rows = json.dumps([[c["name"] for c in table["columns"]], table["rows"]])
            if rows in seen and seen[rows] != table["section"]:
                twice.append((seen[rows], table["section"], table["caption"]))
            seen[rows] = table["section"]
    assert twice == []


# Names, units and terms that stay as they are in Chinese pages.
ALLOWED = re.compile(
    r"""opsbook|import|check|data|inbox|workbook|toml|reference|limits|forms?|xlsx|html|pdf|docx|ics|csv|hyper
    |parquet|delta|json|excel|tableau|power|bi|word|asana|teambition|google|docs|lab|voila|papermill
    |tiktok|youtube|instagram|facebook|meta|x|reels|shopify|ads|linkedin|api|url|utm|id|ids|key
    |ctr|cvr|cpm|cpc|cpa|roas|roi|gmv|kol|koc|ugc|sla|raci|wip|dm|rfm|cuped|did|ocr|lufs|wcag|mad|ai|faq
    |px|mb|kb|fps|kbps|db|iso|gb|t|p|n|r|a|c|i|s|h|m|d|ab|ar|bg|nbd|k|vs|v|q|w|sd|pt|de|e|lu|hz|of|and
    |mib|dbfs|agent|ciede|wilson|holm|kaplan|meier|poisson|garwood|bootstrap|mase""".replace(
        "\n", ""
    ).replace(" ", ""),
    re.IGNORECASE,
)


def test_chinese_pages_have_no_english(chinese):
    """Captions, headings, notes, axis titles and findings' advice are Chinese outside an allow-list."""
    wrong = set()
    for number, notebook in executed(chinese).items():
        texts = [c.source for c in notebook.cells if c.cell_type == "markdown"]
        for table in bundles(notebook, TABLE):
            texts += [c["label"] for c in table["columns"]] + [table["note"]]
        for chart in bundles(notebook, CHART):
            texts += [chart["note"], *titles(chart["spec"])]
        for found in bundles(notebook, FINDINGS):
            texts += [f["changes_if"] for f in found]
        for text in texts:
            plain = re.sub(r"`[^`]*`|\[[^\]]*\]\([^)]*\)|data/\S+", " ", text)
            for word in re.findall(r"[A-Za-z]+", plain):
                if len(word) > 1 and not ALLOWED.fullmatch(word):
                    wrong.add((number, word, text[:60]))
    assert sorted(wrong) == []


def titles(spec):
    """Axis, legend and header titles of a Vega-Lite specification."""
    found, stack = [], [{k: v for k, v in spec.items() if k not in ("datasets", "data", "config")}]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            if isinstance(item.get("title"), str) and ("field" in item or "type" in item):
                found.append(item["title"])
            stack += list(item.values())
        elif isinstance(item, list):
            stack += item
    return found


def test_pdf_text_has_the_chinese_headings(chinese):
    for number, notebook in executed(chinese).items():
        pages = PdfReader(chinese.folder / chinese.chapters[number].files["pdf"]).pages
        text = re.sub(r"\s", "", "".join(page.extract_text() for page in pages))
        for cell in notebook.cells:
            if cell.cell_type == "markdown" and (
                found := re.match(r"##\s*(\d[\d.]*\s+.+)", cell.source)
            ):
                heading = re.sub(r"\s", "", found[1])
                assert heading in text, f"{number}: {heading}"


def test_same_period_version_and_code_give_the_same_figures(sample, chinese):
    """A run made again without the cache shows the same tables and findings."""
    cache.clear(config.settings(sample))
    again = opsbook.run(
        "2,6",
        chinese.period,
        home=sample,
        language="zh-Hans",
        formats=(),
        data_version=chinese.data_version,
    )
    before, after = executed(chinese), executed(again)
    for number in (2, 6):
        assert written(after[number]) == written(before[number])


def written(notebook):
    """Every figure of a notebook as readers see it."""
    tables = [(t["id"], t["text"]) for t in bundles(notebook, TABLE)]
    texts = ("what", "figure_text", "action", "changes_if", "due")
    found = [[f[k] for k in texts] for found in bundles(notebook, FINDINGS) for f in found]
    return tables, found


def test_an_unchanged_chapter_is_a_cache_hit(sample):
    first = opsbook.run("9", home=sample, formats=("html",))
    second = opsbook.run("9", home=sample, formats=("html",))
    assert first.chapters[9].state in ("ok", "cached")
    assert second.chapters[9].state == "cached"


def test_a_chapter_without_data_says_so_and_still_reports(tmp_path):
    (tmp_path / "data").mkdir()
    shutil.copy(ROOT / "data" / "workbook.toml", tmp_path / "data" / "workbook.toml")
    manifest = opsbook.run("2,6", "2026-W46", home=tmp_path, language="en", formats=("html",))
    assert {r.state for r in manifest.chapters.values()} == {"no_data"}
    page = (manifest.folder / manifest.chapters[6].files["html"]).read_text(encoding="utf-8")
    assert "ad results by day" in page


@pytest.mark.real
@pytest.mark.parametrize(
    ("file", "mapping", "chapter", "period"),
    [
        ("ads/facebook_ads_conversions.csv", "facebook_ads_conversions", 6, "2023-08"),
        ("posts/facebook_live_sellers.csv", "facebook_live_sellers", 2, "2018-05"),
    ],
)
def test_real_files_reach_a_report_through_a_saved_mapping(
    tmp_path, real_data, file, mapping, chapter, period
):
    (tmp_path / "data").mkdir()
    shutil.copy(ROOT / "data" / "workbook.toml", tmp_path / "data" / "workbook.toml")
    store = opsbook.Store(tmp_path / "data" / "store")
    account = "public" if chapter == 6 else None
    result = store.import_file(
        real_data / file, account=account, mapping=ROOT / "tests/data/mappings" / f"{mapping}.toml"
    )
    assert result.loaded + result.unchanged == result.records
    manifest = opsbook.run(chapter, period, home=tmp_path, formats=("html", "pdf"))
    done = manifest.chapters[chapter]
    assert done.state == "ok"
    notebook = nbformat.read(manifest.folder / done.files["ipynb"], as_version=4)
    assert sum(t["n"] > 0 for t in bundles(notebook, TABLE)) >= 10
    assert any(True for found in bundles(notebook, FINDINGS) for f in found)
