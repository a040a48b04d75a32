"""The store: versions, undo, supersession, concurrent writers, quarantine."""

import csv
import stat
import subprocess
import sys

import pandas as pd
import pytest
from platform_files import XHS_ROW, douyin, x_line, x_posts, xiaohongshu, xlsx

from opsbook import Store
from opsbook.errors import AccountNeeded, InputError, StoreError


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "data" / "store")


def counts(done):
    assert done.loaded + done.unchanged + done.refused + done.not_data == done.records
    return done.loaded, done.unchanged, done.refused, done.not_data


def test_empty_store_answers_with_empty_tables(store):
    assert store.version == 0
    frame = store.frame("posts")
    assert frame.empty and "post_title" in frame.columns
    assert not store.path.exists()
    with pytest.raises(InputError, match="is not a table of the workbook"):
        store.table("post")
    with pytest.raises(StoreError, match="version 3 does not exist"):
        store.table("posts", version=3)


def test_second_import_of_a_file_changes_nothing(store, tmp_path):
    path = xiaohongshu(tmp_path / "n.xlsx")
    assert counts(store.import_file(path, account="a", exported_on="2026-04-01")) == (1, 0, 0, 0)
    assert counts(store.import_file(path, account="a", exported_on="2026-04-01")) == (0, 1, 0, 0)
    assert counts(store.import_file(path, account="a")) == (0, 1, 0, 0)
    assert store.version == 1 and len(store.batches()) == 1


def test_no_account_says_what_to_do_and_the_folder_tells(store, tmp_path):
    path = xiaohongshu(tmp_path / "n.xlsx")
    with pytest.raises(AccountNeeded, match="inbox folder <platform>@<account>/"):
        store.import_file(path)
    assert store.version == 0
    folder = tmp_path / "inbox" / "xiaohongshu@nanshan"
    folder.mkdir(parents=True)
    path.rename(folder / "n.xlsx")
    (tmp_path / "inbox" / "broken.csv").write_bytes(b"")
    done = list(store.import_folder(tmp_path / "inbox"))
    assert isinstance(done[0][1], InputError)
    assert counts(done[1][1]) == (1, 0, 0, 0)
    assert store.frame("posts")["account_id"].tolist() == ["nanshan"]


def test_wrong_account_is_repaired_by_undo_and_import(store, tmp_path):
    path = xiaohongshu(tmp_path / "n.xlsx")
    wrong = store.import_file(path, account="wrong", exported_on="2026-04-01")
    assert store.undo(wrong.batch_id) == 2
    assert store.frame("posts").empty
    right = store.import_file(path, account="right", exported_on="2026-04-01")
    assert counts(right) == (1, 0, 0, 0)
    assert store.frame("posts")["account_id"].tolist() == ["right"]
    # The version before still shows what it showed.
    assert store.frame("posts", version=1)["account_id"].tolist() == ["wrong"]
    with pytest.raises(StoreError, match="undone already"):
        store.undo(wrong.batch_id)
    with pytest.raises(StoreError, match="there is no batch"):
        store.undo("none")
    assert counts(store.import_file(path, account="wrong", exported_on="2026-04-01")) == (
        1,
        0,
        0,
        0,
    )


def test_newer_export_supersedes_and_keeps_history_older_one_does_not(store, tmp_path):
    def of(day, title, likes):
        row = [title, XHS_ROW[1], *XHS_ROW[2:6], likes, *XHS_ROW[7:]]
        return store.import_file(
            xlsx_of(tmp_path / f"{day}.xlsx", row), account="a", exported_on=day
        )

    def xlsx_of(path, row):
        return xiaohongshu(path, [row])

    of("2026-04-08", "春茶上新", 20.0)
    of("2026-04-15", "春茶上新", 30.0)
    of("2026-04-01", "春茶上新", 10.0)
    got = store.frame("post_daily").sort_values("as_of_date")
    assert got["likes"].tolist() == [10, 20, 30]
    assert len(store.frame("posts")) == 1

    lines = [("2026-07-20", "new"), ("2026-07-13", "old")]
    for day, text in lines:
        path = x_posts(tmp_path / f"{day}.csv", [x_line(text=text)])
        store.import_file(path, account="a", exported_on=day)
    posts = store.frame("posts").set_index("platform")
    assert posts.loc["x", "post_message"] == "new"


def test_files_of_one_metric_each_fill_one_row_and_undo_takes_one_column_back(store, tmp_path):
    total = xlsx(tmp_path / "a.xlsx", [["日期", "总粉丝量"], ["2026-03-01", "100"]])
    net = xlsx(tmp_path / "b.xlsx", [["日期", "净增粉丝"], ["2026-03-01", "-3"]])
    first = store.import_file(total, account="a", exported_on="2026-03-02")
    store.import_file(net, account="a", exported_on="2026-03-02")
    row = store.frame("follower_daily").iloc[0]
    assert (row["followers_total"], row["net_followers"]) == (100, -3)
    store.undo(first.batch_id)
    row = store.frame("follower_daily").iloc[0]
    assert pd.isna(row["followers_total"]) and row["net_followers"] == -3


def test_refusals_lie_in_quarantine_and_every_cell_is_traceable(store, tmp_path):
    lines = [x_line(), x_line("1.89156E+18", text="b"), x_line("1891472667636797659", text="=c")]
    path = x_posts(tmp_path / "x.csv", lines)
    done = store.import_file(path, account="a", exported_on="2026-08-01")
    assert counts(done) == (2, 0, 1, 0)
    with open(done.quarantine, encoding="utf-8-sig", newline="") as file:
        row = next(iter(csv.DictReader(file)))
    assert (row["file"], row["row"], row["column"], row["value"]) == (
        "x.csv",
        "3",
        "Post id",
        "1.89156E+18",
    )
    posts = store.frame("posts").set_index("source_row")
    assert posts.loc[4, "post_message"] == "=c"
    raw = list((store.data / "raw").iterdir())
    assert [stat.S_IMODE(f.stat().st_mode) for f in raw] == [0o600]
    assert raw[0].read_bytes() == path.read_bytes()
    assert store.batches()["sha256"].iloc[0] in raw[0].name


def test_rows_of_the_workbook_itself(store):
    frame = pd.DataFrame(
        {"approval_id": ["a1"], "item_kind": ["report"], "item_id": ["r1"], "verdict": ["approved"],
         "approved_by": ["manager"], "approved_at": [pd.Timestamp("2026-11-14 10:00", tz="UTC")]}
    )  # fmt: skip
    assert store.append("approvals", frame, source="portal") == 1
    assert store.append("approvals", frame, source="portal") == 1
    changed = frame.assign(verdict="rejected")
    assert store.append("approvals", changed, source="portal") == 2
    assert store.frame("approvals")["verdict"].tolist() == ["rejected"]
    assert store.frame("approvals", version=1)["verdict"].tolist() == ["approved"]
    with pytest.raises(InputError, match="columns the table does not know: colour"):
        store.append("approvals", frame.assign(colour="red"), source="portal")


def test_three_processes_importing_at_once_lose_nothing(store, tmp_path):
    for n in range(9):
        row = [f"标题{n}", *DOUYIN(n)]
        douyin(tmp_path / f"{n}.xlsx", [row])
    code = (
        "import sys; from opsbook import Store\n"
        "for n in sys.argv[3:]: Store(sys.argv[1]).import_file(f'{sys.argv[2]}/{n}.xlsx',"
        " account='a', exported_on='2026-04-01')\n"
    )
    parts = [["0", "1", "2", "8"], ["3", "4", "5", "8"], ["6", "7", "8"]]
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(store.path), str(tmp_path), *part])
        for part in parts
    ]
    assert [p.wait(timeout=120) for p in started] == [0, 0, 0]
    titles = store.frame("posts")["post_title"]
    assert sorted(titles) == [f"标题{n}" for n in range(9)]
    log = store.commits()
    assert log["version"].tolist() == list(range(1, len(log) + 1))


def DOUYIN(n):
    from platform_files import DOUYIN_ROW

    return [*DOUYIN_ROW[1:9], str(n), *DOUYIN_ROW[10:]]


def test_an_import_that_fails_leaves_no_trace(store, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError):
        store.import_file(path, account="a")
    assert store.version == 0 and not store.path.exists() and not (store.data / "raw").exists()
