"""Erasure of a person, old versions and raw copies included; raw copies deleted in time."""

from datetime import UTC, datetime, timedelta

import pytest

from opsbook import Store
from opsbook.data import privacy_door
from opsbook.data.erasure import expire_raw
from opsbook.errors import InputError


def form(path, rows):
    path.write_text(
        "\n".join(["platform,account_id,comment_id,person_key,text", *rows]) + "\n", "utf-8"
    )
    return path


def test_a_person_is_gone_from_every_version_and_file(tmp_path):
    store = Store(tmp_path / "data" / "store")
    store.import_file(form(tmp_path / "a.csv", ["x,tea,c1,Li Lei,good", "x,tea,c2,Han Mei,fine"]))
    store.import_file(form(tmp_path / "b.csv", ["x,tea,c3,Han Mei,again"]))
    frame = store.frame("comments").set_index("comment_id")
    li, han = frame.loc["c1", "person_key"], frame.loc["c2", "person_key"]
    assert li != han == frame.loc["c3", "person_key"]
    found = privacy_door.resolve(store.data, li, who="editor", why="request")
    assert found == ("", "Li Lei")
    assert store.erase(li) == {"comments": 1}
    assert sorted(store.frame("comments")["comment_id"]) == ["c2", "c3"]
    assert store.frame("comments", version=1)["comment_id"].tolist() == ["c2"]
    assert privacy_door.resolve(store.data, li, who="editor", why="check") is None
    kept = [p for p in tmp_path.joinpath("data").rglob("*") if p.is_file()]
    assert not [p for p in kept if b"Li Lei" in p.read_bytes()]
    assert not [p for p in kept if p.suffix == ".parquet" and li.encode() in p.read_bytes()]
    # The other import's raw copy stays.
    assert len(list((store.data / "raw").iterdir())) == 1
    with pytest.raises(InputError, match="is no person key"):
        store.erase("Li Lei")


def test_private_files_are_the_owners_alone(tmp_path):
    keys = privacy_door.hasher(tmp_path, "x")(["Li Lei", "", "Li Lei"])
    assert keys[0] == keys[2] and keys[1] is None
    assert keys != privacy_door.hasher(tmp_path, "weibo")(["Li Lei", "", "Li Lei"])
    modes = {p.name: oct(p.stat().st_mode)[-3:] for p in (tmp_path / "private").iterdir()}
    assert modes == {"person.key": "600", "people.db": "600"}


def test_raw_copies_are_deleted_after_their_time(tmp_path):
    store = Store(tmp_path / "data" / "store")
    store.import_file(form(tmp_path / "a.csv", ["x,tea,c1,Li Lei,good"]))
    assert expire_raw(store.data, 365) == 0
    assert expire_raw(store.data, 365, today=datetime.now(UTC) + timedelta(days=366)) == 1
    assert not list((store.data / "raw").iterdir())
