"""Views kept by the engine: the same rows, built once, read only where asked."""

import ibis

from opsbook import Store


def test_a_view_is_built_once_and_gives_the_rows_of_its_expression(tmp_path):
    store, built = Store(tmp_path / "store"), []
    store.connection.raw_sql("CREATE TEMP TABLE numbers AS SELECT * FROM range(10) t(n)")

    def build():
        built.append(1)
        return store.connection.table("numbers").filter(ibis._.n > 3)

    one, two = (store.prepared(("numbers", 7), build) for _ in range(2))
    assert one.equals(two)
    assert built == [1]
    assert sorted(one.to_pandas()["n"]) == [4, 5, 6, 7, 8, 9]
    assert one.filter(one.n > 8).to_pandas()["n"].tolist() == [9]


def test_rows_that_an_expression_carries_are_given_as_they_are(tmp_path):
    store = Store(tmp_path / "store")
    rows = ibis.memtable({"n": [1, 2]})
    assert store.prepared("held", lambda: rows) is rows
