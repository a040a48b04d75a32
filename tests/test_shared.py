"""What processes of a run or dashboard share: made once, told apart by what it depends on."""

import pandas as pd

from opsbook import shared


def _counted(frame):
    calls = []

    def read():
        calls.append(1)
        return frame

    return read, calls


def test_a_frame_is_read_once_and_comes_back_as_it_was(tmp_path, monkeypatch):
    frame = pd.DataFrame({"at": pd.to_datetime(["2026-11-01"]), "text": ["茶"], "n": [None]})
    frame = frame.astype({"n": "boolean"})
    read, calls = _counted(frame)
    monkeypatch.setenv(shared.FOLDER, str(tmp_path))
    first, again = shared.once(("a", 1), read), shared.once(("a", 1), read)
    pd.testing.assert_frame_equal(first, again)
    assert len(calls) == 1
    shared.once(("a", 2), read)
    assert len(calls) == 2


def test_a_folder_holds_one_state_of_the_data(tmp_path):
    first = shared.folder(tmp_path, "a")
    (first / "frame").write_bytes(b"1")
    assert shared.folder(tmp_path, "a") == first
    assert (first / "frame").exists()
    second = shared.folder(tmp_path, "b")
    assert second.is_dir() and not first.exists()
    shared.forget(tmp_path)
    assert not any(tmp_path.iterdir())


def test_a_run_shares_for_its_length_and_a_dashboard_leaves_it_alone(tmp_path):
    with shared.of_run(tmp_path) as mine:
        (mine / "frame").write_bytes(b"1")
        shared.folder(tmp_path, "a")
        shared.folder(tmp_path, "b")
        assert (mine / "frame").exists()
        assert shared.root(tmp_path).stat().st_mode & 0o077 == 0
    assert [p.name for p in shared.root(tmp_path).iterdir()] == ["b"]


def test_without_a_folder_nothing_is_kept(monkeypatch):
    read, calls = _counted(pd.DataFrame())
    monkeypatch.delenv(shared.FOLDER, raising=False)
    shared.once("a", read)
    shared.once("a", read)
    assert len(calls) == 2


def test_a_builder_is_told_apart_by_what_it_closes_over():
    def with_age(age):
        return lambda store, zone, version: age

    assert shared.of_builder(with_age(7)) == shared.of_builder(with_age(7))
    assert shared.of_builder(with_age(7)) != shared.of_builder(with_age(30))
    assert shared.of_builder(with_age(object())) is None  # an open book, say
