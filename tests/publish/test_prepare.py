import nbformat
import pytest

from opsbook.errors import InputError, ParameterError
from opsbook.publish.prepare import prepare

from .conftest import NOTEBOOK, edit


def prose(notebook):
    return [c.source for c in notebook.cells if c.cell_type == "markdown"]


def injected(notebook):
    return [c.source for c in notebook.cells if "injected-parameters" in c.metadata.get("tags", [])]


def test_parameters_are_set_after_their_cell(home):
    notebook = prepare(NOTEBOOK, {"period": "2026-W46", "top": 3}, "en", home=home)
    assert injected(notebook) == ["period = '2026-W46'\ntop = 3\nlanguage = 'en'"]
    tags = [c.metadata.get("tags") for c in notebook.cells]
    assert tags.index(["injected-parameters"]) == tags.index(["parameters"]) + 1


def test_text_is_injected_as_text(home):
    nasty = "x'); import os; ('\n\\"
    notebook = prepare(NOTEBOOK, {"platform": nasty}, "en", home=home)
    seen = {}
    exec(injected(notebook)[0], seen)
    assert seen["platform"] == nasty


def test_prose_is_in_the_reader_s_language(home):
    assert prose(prepare(NOTEBOOK, {}, "zh-Hant", home=home))[1].startswith("## 6.3.1 效果分析")
    assert prose(prepare(NOTEBOOK, {}, "zh-Hans", home=home))[0].startswith("# 广告")
    assert prose(prepare(NOTEBOOK, {}, "en", home=home)) == prose(nbformat.read(NOTEBOOK, 4))


def test_what_the_analyst_edited_stays(home, tmp_path):
    own = tmp_path / "06_ads.ipynb"
    own.write_bytes(NOTEBOOK.read_bytes())

    def change(node):
        node.cells[0].source = "# Our ads"

    edit(own, change)
    seen = prose(prepare(own, {}, "zh-Hans", home=home))
    assert seen[0] == "# Our ads"
    assert seen[1].startswith("## 6.3.1 效果分析")


def test_prose_written_in_chinese_still_translates(home, tmp_path):
    own = tmp_path / "06_ads.ipynb"
    nbformat.write(prepare(NOTEBOOK, {}, "zh-Hans", home=home), own)
    assert prose(prepare(own, {}, "en", home=home)) == prose(nbformat.read(NOTEBOOK, 4))
    assert len(injected(prepare(own, {"top": 1}, "en", home=home))) == 1


def test_unknown_period_language_and_file_are_named(home, tmp_path):
    with pytest.raises(ParameterError, match="2026-W60"):
        prepare(NOTEBOOK, {"period": "2026-W60"}, "en", home=home)
    with pytest.raises(ParameterError, match="zh-Hant"):
        prepare(NOTEBOOK, {}, "zh-Hantt", home=home)
    with pytest.raises(InputError, match="no such notebook"):
        prepare(tmp_path / "no.ipynb", {}, "en", home=home)
    (tmp_path / "bad.ipynb").write_text("not json")
    with pytest.raises(InputError, match="not a notebook"):
        prepare(tmp_path / "bad.ipynb", {}, "en", home=home)
