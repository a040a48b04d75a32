"""The model for Tableau and Power BI: read by DuckDB, Arrow and SQL, related, without persons."""

import builtins
import json

import duckdb
import pyarrow.parquet as pq
import pytest

from opsbook import Store, indicators
from opsbook.errors import ConfigError
from opsbook.publish.handover import hand_over

from .conftest import PERIOD


@pytest.fixture(scope="module")
def folder(brand, tmp_path_factory):
    output = tmp_path_factory.mktemp("powerbi")
    hand_over("powerbi", output, home=brand, period=PERIOD)
    return output / "powerbi"


def query(folder, sql):
    con = duckdb.connect()
    for file in (folder / "parquet").glob("*.parquet"):
        con.sql(f"CREATE VIEW {file.stem} AS SELECT * FROM read_parquet('{file}')")
    return con.sql(sql).fetchall()


def test_the_measures_of_the_model_give_the_indicators_of_the_workbook(folder, brand):
    got = query(
        folder,
        "SELECT sum(numerator) FROM indicator_parts p JOIN days d ON p.day = d.day "
        "WHERE indicator = 'sales_gross' AND d.week = '2026-W46'",
    )
    store = Store(brand / "data" / "store")
    wanted = indicators.compute(store, "sales_gross", period=PERIOD)["sales_gross"].item()
    assert got == [(pytest.approx(wanted, abs=1e-9),)]
    assert wanted == pytest.approx(sum(100.25 + i for i in range(7, 14)))


def test_every_relationship_finds_one_row_on_its_one_side(folder):
    model = json.loads((folder / "model.bim").read_text(encoding="utf-8"))["model"]
    assert {(r["fromTable"], r["toTable"]) for r in model["relationships"]} >= {
        ("orders", "days"), ("posts", "accounts"), ("calendar_items", "accounts"),
    }  # fmt: skip
    for r in model["relationships"]:
        one, key = r["toTable"], r["toColumn"]
        assert query(folder, f"SELECT count(*) - count(DISTINCT {key}) FROM {one}") == [(0,)]
        lost = query(
            folder,
            f"SELECT count(*) FROM {r['fromTable']} f ANTI JOIN {one} o "
            f"ON f.{r['fromColumn']} = o.{key} WHERE f.{r['fromColumn']} IS NOT NULL",
        )
        if one == "days":
            assert lost == [(0,)]
    for table in model["tables"]:
        columns = pq.read_schema(folder / "parquet" / f"{table['name']}.parquet")
        assert [c["name"] for c in table["columns"]] == columns.names
        assert f"### {table['name']}" in (folder / "README.md").read_text(encoding="utf-8")
    measures = [m for t in model["tables"] for m in t.get("measures", [])]
    assert [m for m in measures if m["expression"].startswith("DIVIDE(")]


def test_days_are_local_and_persons_stay_at_home(folder):
    assert query(folder, "SELECT min(day)::text FROM orders") == [("2026-11-02",)]
    for file in (folder / "parquet").glob("*.parquet"):
        names = set(pq.read_schema(file).names)
        assert not names & {"person_key", "referrer_key", "owner", "import_batch_id", "contact"}
    everything = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    assert b"p_aaaaaaaa" not in everything


def test_the_delta_form_holds_the_same_rows_by_its_own_log(folder):
    for table in (folder / "delta").iterdir():
        log = sorted((table / "_delta_log").glob("*.json"))
        actions = [json.loads(line) for file in log for line in file.read_text().splitlines()]
        added = [a["add"]["path"] for a in actions if "add" in a]
        files = [str(table / path) for path in added]
        other = f"SELECT * FROM read_parquet({files})"
        for one, two in ((other, f"FROM {table.name}"), (f"FROM {table.name}", other)):
            assert query(folder, f"SELECT count(*) FROM ({one} EXCEPT ALL {two})") == [(0,)]
        assert query(folder, f"SELECT count(*) > 0 FROM {table.name}") == [(True,)]


def test_a_second_hand_over_replaces_the_folder_whole(brand, tmp_path):
    for _ in range(2):
        hand_over("powerbi", tmp_path, home=brand, period=PERIOD)
        (tmp_path / "powerbi" / "stale.txt").write_text("old")
    hand_over("powerbi", tmp_path, home=brand, period=PERIOD)
    assert not (tmp_path / "powerbi" / "stale.txt").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["powerbi"]


def test_tableau_without_its_extra_says_what_to_install(brand, tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *more, **options):
        if name == "pantab":
            raise ImportError(name)
        return real(name, *more, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r"opsbook\[tableau\]"):
        hand_over("tableau", tmp_path, home=brand, period=PERIOD)
    assert not list(tmp_path.iterdir())
