"""Bad input, one case each: the message names file, row or parameter, and nothing is half-written."""

import os
import subprocess
import sys

import pandas as pd
import pytest

import opsbook
from opsbook import cli
from opsbook.chapters import ads
from tests.data import platform_files as files


@pytest.fixture
def store(home):
    return opsbook.Store(home / "data" / "store")


@pytest.fixture
def command(home, monkeypatch, capfd):
    """command(*arguments) -> (exit status, what was printed)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["opsbook", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capfd.readouterr()
        return ended.value.code or 0, printed.out + printed.err

    return call


def wrong(folder):
    (folder / "a.csv").write_bytes(bytes.fromhex("89504e470d0a1a0a") + os.urandom(300))
    return "a.csv", "neither text"


def empty(folder):
    (folder / "a.csv").write_bytes(b"")
    return "a.csv", "is empty"


def truncated(folder):
    path = files.xiaohongshu(folder / "a.xlsx")
    path.write_bytes(path.read_bytes()[:-200])
    return "a.xlsx", "damaged or cut"


def missing_column(folder):
    keep = [i for i, name in enumerate(files.XHS_HEADER) if name != "首次发布时间"]
    rows = [files.XHS_HEADER, files.XHS_ROW]
    files.xlsx(folder / "a.xlsx", [[row[i] for i in keep] for row in rows])
    return "a.xlsx", "xiaohongshu_notes, lacks 首次发布时间"


def no_account(folder):
    files.xiaohongshu(folder / "a.xlsx")
    return "a.xlsx", "does not say whose it is"


@pytest.mark.parametrize("make", [wrong, empty, truncated, missing_column, no_account])
def test_a_file_that_cannot_be_read_is_named_with_the_remedy(command, store, tmp_path, make):
    name, says = make(tmp_path)
    account = [] if make is no_account else ["--account", "a"]
    status, printed = command("import", tmp_path / name, *account)
    assert status == 1
    assert name in printed and says in " ".join(printed.split())
    assert "Traceback" not in printed
    assert store.version == 0


def rate_over_one(folder):
    row = list(files.XHS_ROW)
    row[0], row[5] = "另一篇", 1.7
    return files.xiaohongshu(folder / "a.xlsx", [files.XHS_ROW, row]), 4, "封面点击率"


def clicks_over_impressions(folder):
    lines = [files.google_line("A"), files.google_line("B", impressions='"10"', clicks="50")]
    return files.google(folder / "a.csv", lines), 5, "clicks"


def future_date(folder):
    lines = [files.x_line(), files.x_line("1891564128784855142", day='"Tue, Jul 14, 2099"')]
    return files.x_posts(folder / "a.csv", lines), 3, "created_timestamp"


def contradiction(folder):
    return files.x_posts(folder / "a.csv", [files.x_line(), files.x_line(n=99)]), 3, "impressions"


@pytest.mark.parametrize(
    "make", [rate_over_one, clicks_over_impressions, future_date, contradiction]
)
def test_a_row_that_cannot_be_true_is_refused_with_its_place(store, tmp_path, make):
    path, row, column = make(tmp_path)
    done = store.import_file(path, account="a")
    assert (done.records, done.loaded, done.refused) == (2, 1, 1)
    kept = pd.read_csv(done.quarantine, dtype=str)
    assert kept["row"].tolist() == [str(row)]
    assert column in kept["column"].iloc[0]
    assert kept["reason"].str.len().min() > 10


def test_a_row_given_twice_is_kept_once(store, tmp_path):
    done = store.import_file(
        files.x_posts(tmp_path / "a.csv", [files.x_line(), files.x_line()]), account="a"
    )
    assert (done.records, done.loaded, done.unchanged, done.refused) == (2, 1, 1, 0)


def test_currencies_are_never_added_up(store, tmp_path):
    path = tmp_path / "ads_daily.csv"
    head = "platform,account_id,campaign_id,ad_group_id,ad_id,date_day,breakdown,currency,spend,impressions,clicks"
    rows = ("x,a,c,g,1,2026-11-09,all,CNY,10,100,5", "x,a,c,g,2,2026-11-09,all,USD,90,100,5")
    path.write_text("\n".join([head, *rows]) + "\n")
    store.import_file(path)
    spend = store.table("ads_daily").to_pandas().set_index("ad_id")
    assert spend["currency"].to_dict() == {"1": "CNY", "2": "USD"}
    book = opsbook.open_chapter(6, home=store.path.parents[1], period="2026-W46")
    assert ads.effect(book, by="ad")["spend"].tolist() == [10]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "--chapter", "66"], "there is no chapter 66"),
        (["run", "--period", "2026-W99"], "2026-W99 does not exist"),
        (["run", "--chapter", "6", "-p", "perod=2026-W40"], "Did you mean period"),
        (["run", "--chapter", "6", "-p", "data_version=soon"], "'soon' is not a version"),
        (["run", "--language", "fr"], "language"),
        (["run", "--formats", "doc"], "formats"),
        (["run", "--data-version", "7"], "there is no version 7"),
        (["import", "nowhere.csv"], "nowhere.csv does not exist"),
        (["check", "茶", "--platform", "instagramm"], "instagram"),
        (["undo", "no-such-batch"], "no-such-batch"),
    ],
)
def test_a_wrong_call_ends_with_status_2_before_anything_starts(command, home, arguments, says):
    status, printed = command(*arguments)
    assert status == 2
    assert says in " ".join(printed.split())
    assert "Traceback" not in printed
    assert not (home / "reports").exists()


def test_a_file_of_two_gigabytes_is_told_before_a_byte_of_it_is_read(home, tmp_path):
    """A sparse file over the limit, under a bound on memory that it would break if it were read."""
    path = tmp_path / "all posts.csv"
    with open(path, "wb") as file:
        file.truncate(2049 * 1024 * 1024)
    code = (
        "import resource, sys; import opsbook.data.store; from opsbook import Store;"
        "resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30));"
        "resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30));"
        "resource.setrlimit(resource.RLIMIT_CPU, (12, 12));"
        "from opsbook.errors import InputError\n"
        "try: Store(sys.argv[1]).import_file(sys.argv[2], account='a')\n"
        "except InputError as error: print(error)"
    )
    store = home / "data" / "store"
    done = subprocess.run(
        [sys.executable, "-c", code, store, path], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert "all posts.csv: has 2049 MB; files up to 2048 MB are read." in done.stdout
    assert "Export a shorter period, or raise import.max_file_mb" in done.stdout
    assert not store.exists()
