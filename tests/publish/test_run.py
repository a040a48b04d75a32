"""Runs: states, cache, failures, whole folders, refusals before anything starts."""

import json

import nbformat
import pytest

from opsbook.errors import AccessError, ParameterError, RunError
from opsbook.publish import cache, manifest
from opsbook.publish.run import choose, run

from .conftest import edit, make_home

FIGURES = ("application/vnd.opsbook.chart+json", "application/vnd.opsbook.table+json",
           "application/vnd.opsbook.findings+json", "application/vnd.opsbook.summary+json")  # fmt: skip


def figures(path):
    node = nbformat.read(path, as_version=4)
    return [
        (kind, o.data[kind])
        for c in node.cells
        for o in c.get("outputs", [])
        for kind in (*FIGURES, "image/svg+xml")
        if kind in o.get("data", {})
    ]


def test_a_run_leaves_reports_a_manifest_and_the_executed_notebooks(finished):
    home, done = finished
    assert {n: r.state for n, r in done.chapters.items()} == {2: "ok", 6: "ok"}
    assert done.exit_status == 0
    assert done.folder.parent == home / "reports" / "2026-W46" / "zh-Hans"
    names = {p.name for p in done.folder.iterdir()}
    formats = ("ipynb", "html", "pdf", "docx", "xlsx")
    assert names == {f"{c}_ads.{f}" for c in ("02", "06") for f in formats} | {
        f"report.{f}" for f in formats[1:]
    } | {"manifest.json", "findings.json"}
    assert not list((home / "reports").glob(".run-*"))
    record = json.loads((done.folder / "manifest.json").read_text())
    for key in ("code_hash", "data_hash", "parameter_hash"):
        assert len(record[key]) == 64
    assert record["started_at"].endswith("+00:00")
    assert manifest.load(done.folder) == done
    assert manifest.finished(home / "reports") == [done]
    assert len(json.loads((done.folder / "findings.json").read_text())) == 4


@pytest.fixture
def still_code(monkeypatch):
    """Library code that nobody edits while the test runs."""
    monkeypatch.setattr("opsbook.publish.cache.code_hash", lambda: "0" * 64)


def test_unchanged_chapters_come_from_the_cache_and_new_formats_are_added(home, still_code):
    first = run(6, "2026-W46", home=home, formats=("html",))
    again = run(6, "2026-W46", home=home, formats=("html", "xlsx"))
    assert [m.chapters[6].state for m in (first, again)] == ["ok", "cached"]
    assert first.folder != again.folder
    assert first.data_hash == again.data_hash and first.parameter_hash == again.parameter_hash
    for name in ("06_ads.html", "06_ads.ipynb"):
        assert again.path(name).read_bytes() == first.path(name).read_bytes()
    assert again.path("06_ads.xlsx").stat().st_size > 5000


def test_the_hash_of_the_code_follows_the_code(monkeypatch, tmp_path):
    (tmp_path / "lib" / "opsbook").mkdir(parents=True)
    monkeypatch.setattr("opsbook.publish.cache.DISTRIBUTION", tmp_path)
    seen = []
    for text in ("a = 1", "a = 2", "a = 1"):
        (tmp_path / "lib" / "opsbook" / "a.py").write_text(text)
        seen.append(cache.code_hash())
    assert seen[0] == seen[2] != seen[1]


def test_a_second_computation_gives_identical_figures(finished, tmp_path):
    _, first = finished
    other = make_home(tmp_path / "other")
    second = run(6, "2026-W46", home=other, language="zh-Hans", formats=())
    assert second.chapters[6].state == "ok"
    assert figures(second.folder / "06_ads.ipynb") == figures(first.folder / "06_ads.ipynb")


def test_a_changed_parameter_notebook_or_setting_is_computed_anew(home, tmp_path, still_code):
    states = []

    def go(**more):
        done = run(6, "2026-W46", home=home, formats=(), output=tmp_path / "out", **more)
        states.append(done.chapters[6].state)
        return done.folder

    tables = [[len(t["rows"]) for k, t in figures(go() / "06_ads.ipynb") if "table" in k]]
    go(parameters={"top": 2})
    settings = home / "data" / "workbook.toml"
    settings.write_text(settings.read_text().replace("equal_age_days = 7", "equal_age_days = 8"))
    go()
    edit(home / "notebooks" / "06_ads.ipynb", lambda nb: nb.cells.pop(-1))
    go()
    go()
    assert states == ["ok", "ok", "ok", "ok", "cached"]
    assert tables == [[5, 28]]


def test_a_failed_chapter_is_kept_with_its_error_and_the_others_finish(tmp_path):
    home = make_home(tmp_path / "brand", 2, 6, 7)

    def break_it(nb):
        nb.cells[4].source = "raise ValueError('spend <b>is</b> negative')"

    def kill_it(nb):
        nb.cells[4].source = "import os; os.kill(os.getpid(), 9)"

    edit(home / "notebooks" / "02_ads.ipynb", break_it)
    edit(home / "notebooks" / "07_ads.ipynb", kill_it)
    done = run([2, 6, 7], "2026-W46", home=home)
    assert {n: r.state for n, r in done.chapters.items()} == {2: "failed", 6: "ok", 7: "failed"}
    assert done.exit_status == 1
    assert done.chapters[2].error == "ValueError: spend <b>is</b> negative"
    assert "died" in done.chapters[7].error.lower()
    for number in (2, 7):
        node = nbformat.read(done.path(done.chapters[number].files["ipynb"]), as_version=4)
        errors = [o for c in node.cells for o in c.get("outputs", []) if o.output_type == "error"]
        assert len(errors) == 1
    page = (done.folder / "02_ads.html").read_text()
    assert "spend &lt;b&gt;is&lt;/b&gt; negative" in page and "<b>is</b>" not in page
    assert "report.html" in done.files.values()
    assert run(2, "2026-W46", home=home).chapters[2].state == "failed", "failures are not cached"


def test_a_chapter_without_data_says_so(home):
    def empty(nb):
        for cell in nb.cells:
            cell.source = cell.source.replace('"state": "ok"', '"state": "no_data"')

    edit(home / "notebooks" / "06_ads.ipynb", empty)
    done = run(6, "2026-W46", home=home)
    assert done.chapters[6].state == "no_data"
    assert done.exit_status == 0
    assert "This chapter has no data" in (done.folder / "06_ads.html").read_text()


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        ({"chapters": 11}, ParameterError, "no chapter 11"),
        ({"chapters": "six"}, ParameterError, "not a chapter"),
        ({"chapters": []}, ParameterError, "no chapter is named"),
        ({"period": "2026-13"}, ParameterError, "2026-13"),
        ({"language": "zh"}, ParameterError, "zh"),
        ({"formats": ("htm",)}, ParameterError, "Known: ipynb, html"),
        ({"parameters": {"platfrom": "x"}}, ParameterError, "Did you mean platform"),
        ({"parameters": {"top": "many"}}, ParameterError, "whole number"),
        ({"parameters": {"api_token": "x"}}, AccessError, "secret"),
        ({"data_version": 7}, ParameterError, "no version 7"),
        ({"data_version": "new"}, ParameterError, "whole number"),
    ],
)
def test_wrong_calls_are_refused_before_anything_starts(home, monkeypatch, call, error, says):
    monkeypatch.setattr("opsbook.publish.workers.events", lambda *_: pytest.fail("started"))
    with pytest.raises(error, match=says):
        run(**{"chapters": 6, "home": home, **call})
    assert not (home / "reports").exists()


def test_reports_never_replace_a_folder_of_other_files(home, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match="other files"):
        run(6, "2026-W46", home=home, output=tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "mine"


def test_a_folder_is_replaced_whole(home, tmp_path):
    out = tmp_path / "out"
    first = run(6, "2026-W46", home=home, output=out)
    (out / "06_ads.html").write_text("old")
    second = run(6, "2026-W46", home=home, output=out, language="zh-Hans")
    assert first.folder == second.folder == out
    assert "效果分析" in (out / "06_ads.html").read_text()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_choose_reads_lists_ranges_and_puts_the_index_last():
    known = {0: "i", 2: "a", 5: "b", 6: "c"}
    assert list(choose("all", known)) == [2, 5, 6, 0]
    assert list(choose("5-6, 2", known)) == [2, 5, 6]
    assert list(choose([6, 0], known)) == [6, 0]
    assert list(choose(5, known)) == [5]
