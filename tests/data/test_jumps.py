"""An export that is not like the one before it is told: columns gone, figures of another size."""

import pandas as pd
import pytest
from platform_files import x_line, x_posts

from opsbook import Store


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("OPSBOOK_HOME", str(tmp_path))
    return Store(tmp_path / "data" / "store")


def export(folder, first, factor=1, drop=None):
    """Twelve posts of an account; the figures times a factor, without a column."""
    lines = [
        x_line(f"18915641287848{first + n:05d}", text=f"Tea {n}", n=(200 + n) * factor, likes=3)
        for n in range(12)
    ]
    path = x_posts(folder / f"account_analytics_content_{first}.csv", lines)
    if drop:
        frame = pd.read_csv(path, dtype=str).drop(columns=drop)
        frame.to_csv(path, index=False)
    return path


def checks(done):
    return [n for n in done.notes if n.startswith("CHECK")]


def test_a_usual_export_is_not_told(store, tmp_path):
    for first in (100, 200):
        done = store.import_file(export(tmp_path, first), account="a", exported_on="2026-08-01")
        assert checks(done) == []


def test_a_level_that_jumps_is_told_with_both_sides(store, tmp_path):
    store.import_file(export(tmp_path, 100), account="a", exported_on="2026-08-01")
    done = store.import_file(export(tmp_path, 200, 100), account="a", exported_on="2026-08-01")
    (told,) = checks(done)
    assert "impressions" in told and "over 20550" in told and "over 205.5" in told
    assert done.loaded == 12  # told, not refused


def test_a_level_of_another_account_is_no_jump(store, tmp_path):
    store.import_file(export(tmp_path, 100), account="a", exported_on="2026-08-01")
    done = store.import_file(export(tmp_path, 200, 100), account="b", exported_on="2026-08-01")
    assert checks(done) == []


def test_a_column_that_is_gone_is_named(store, tmp_path):
    store.import_file(export(tmp_path, 100), account="a", exported_on="2026-08-01")
    path = export(tmp_path, 200, drop=["Likes"])
    (told,) = checks(store.import_file(path, account="a", exported_on="2026-08-01"))
    assert "likes" in told and "not in this" in told
