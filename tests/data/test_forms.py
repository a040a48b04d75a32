"""Forms: every table, three languages, export -> edit -> import."""

import pandas as pd
import pytest
from openpyxl import load_workbook

from opsbook import Store, read_export
from opsbook.config import LANGUAGES
from opsbook.data import forms
from opsbook.data.privacy_door import KEY
from opsbook.data.schema import tables
from opsbook.errors import UnknownLayout

VALUES = {"text": "A1", "json": '["a"]', "int": 3, "number": 1.25, "rate": 0.5, "money": 19.9,
          "bool": True, "date": pd.Timestamp("2026-01-02"),
          "timestamp": pd.Timestamp("2026-01-02 03:04:05", tz="UTC")}  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("OPSBOOK_HOME", str(tmp_path))


def row_of(name):
    row = {}
    for column in tables()[name].columns.values():
        allowed = forms.choices(column)
        row[column.name] = allowed[-1] if allowed else VALUES[column.type]
        if column.name in forms.PERSONS:
            row[column.name] = "p_" + "0" * 24
    return pd.DataFrame([row])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_comes_back_as_it_went_out(tmp_path, language):
    for name in tables():
        given = row_of(name)
        path = forms.write(name, tmp_path / f"{name}.xlsx", language, given, zone="UTC")
        export = read_export(path)
        assert (export.preset, export.table) == ("form", name)
        assert export.refused.empty, (name, export.refused.to_dict("records"))
        got = export.frame[given.columns].iloc[0]
        for column, value in given.iloc[0].items():
            assert got[column] == value, (name, column)


@pytest.mark.parametrize("language", LANGUAGES)
def test_headers_are_one_of_a_kind_in_every_form(language):
    for name in tables():
        shown = [texts[language] for texts in forms.headers(name).values()]
        assert len(set(shown)) == len(shown), name


def test_forms_have_drop_downs_checks_and_examples(tmp_path):
    path = forms.write("risks", tmp_path / "risks.xlsx", "zh-Hans")
    book = load_workbook(path)
    rules = book["risks"].data_validations.dataValidation
    kinds = {rule.type for rule in rules}
    assert {"list", "whole", "date"} <= kinds
    about = book["栏位说明"]
    assert about.max_row == len(tables()["risks"].columns) + 1
    assert all(about.cell(row, 6).value for row in range(2, about.max_row + 1))
    # An empty form is no data and no error.
    export = read_export(path)
    assert (export.table, export.records, len(export.frame)) == ("risks", 0, 0)


def test_export_edit_import(tmp_path):
    store = Store(tmp_path / "data" / "store")
    first = pd.DataFrame(
        {"product_id": ["P1", "P2"], "product_name": ["春茶", "秋茶"], "price": [88.0, 66.5],
         "margin_rate": [0.4, 0.35], "currency": ["CNY", "CNY"]}
    )  # fmt: skip
    path = forms.write("products", tmp_path / "products.xlsx", "zh-Hant", first)
    assert store.import_file(path).loaded == 2
    now = store.frame("products")
    forms.write("products", tmp_path / "again.xlsx", "en", now)
    same = store.import_file(tmp_path / "again.xlsx")
    assert (same.loaded, same.unchanged) == (0, 2)
    now.loc[now["product_id"] == "P2", "price"] = 70.0
    forms.write("products", tmp_path / "edited.xlsx", "zh-Hans", now)
    edited = store.import_file(tmp_path / "edited.xlsx")
    assert (edited.loaded, edited.unchanged) == (1, 1)
    assert dict(store.frame("products")[["product_id", "price"]].values) == {"P1": 88.0, "P2": 70.0}


def test_people_in_forms_become_keys_and_required_cells_are_asked_for(tmp_path):
    path = tmp_path / "team.csv"
    path.write_text("person_key,role,hours per week\n张三,content,40\n,data,20\n", encoding="utf-8")
    store = Store(tmp_path / "data" / "store")
    done = store.import_file(path)
    assert (done.loaded, done.refused) == (1, 1)
    key = store.frame("team")["person_key"].iloc[0]
    assert KEY.match(key) and "张三" not in path.with_name("store").name
    refused = done.quarantine.read_text("utf-8-sig")
    assert "is required and missing" in refused


def test_a_file_that_shares_some_headers_with_a_form_is_not_taken_for_it(tmp_path):
    path = tmp_path / "ledger.csv"
    path.write_text("platform,account_id,currency,fee,clerk\nx,tea,CNY,12,Li\n", encoding="utf-8")
    with pytest.raises(UnknownLayout, match=r"form of accounts it would lose fee, clerk") as caught:
        read_export(path)
    assert [r["header"] for r in caught.value.proposal.rows][-2:] == ["fee", "clerk"]
    # Asked for, it is read as the form, and what has no place is told.
    told = read_export(path, "form")
    assert told.table == "accounts"
    assert "CHECK columns of no place in this form, not loaded: fee, clerk" in told.notes


def test_a_column_added_to_a_form_is_told(tmp_path):
    path = forms.write("risks", tmp_path / "risks.xlsx", "en", row_of("risks"))
    book = load_workbook(path)
    book["risks"].cell(1, book["risks"].max_column + 1, "My remark")
    book["risks"].cell(2, book["risks"].max_column, "watch this")
    book.save(path)
    export = read_export(path)
    assert (export.table, len(export.frame)) == ("risks", 1)
    assert "CHECK columns of no place in this form, not loaded: My remark" in export.notes
