"""Frames that a dashboard's processes share: read once, told apart by what they depend on."""

import pandas as pd

from opsbook.data import kept_frames


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
    monkeypatch.setenv(kept_frames.FOLDER, str(tmp_path))
    first, again = kept_frames.kept(("a", 1), read), kept_frames.kept(("a", 1), read)
    pd.testing.assert_frame_equal(first, again)
    assert len(calls) == 1
    kept_frames.kept(("a", 2), read)
    assert len(calls) == 2


def test_a_folder_holds_one_state_of_the_data(tmp_path):
    first = kept_frames.folder(tmp_path, "a")
    (first / "frame").write_bytes(b"1")
    assert kept_frames.folder(tmp_path, "a") == first
    assert (first / "frame").exists()
    second = kept_frames.folder(tmp_path, "b")
    assert second.is_dir() and not first.exists()
    kept_frames.forget(tmp_path)
    assert not any(tmp_path.iterdir())


def test_without_a_folder_nothing_is_kept(monkeypatch):
    read, calls = _counted(pd.DataFrame())
    monkeypatch.delenv(kept_frames.FOLDER, raising=False)
    kept_frames.kept("a", read)
    kept_frames.kept("a", read)
    assert len(calls) == 2


def test_a_builder_is_told_apart_by_what_it_closes_over():
    def with_age(age):
        return lambda store, zone, version: age

    assert kept_frames.of_builder(with_age(7)) == kept_frames.of_builder(with_age(7))
    assert kept_frames.of_builder(with_age(7)) != kept_frames.of_builder(with_age(30))
    assert kept_frames.of_builder(with_age(object())) is None  # an open book, say
