"""opsbook import, status and map as they are seen in a terminal of 100 columns."""

import datetime as dt
import re

import pytest
from tests.data import platform_files as files
from typer.testing import CliRunner

from opsbook import Store, cli
from opsbook.commands import state
from opsbook.config import LANGUAGES

TENCENT = "创意名称,花费,曝光次数,点击次数,APP激活次数,注册次数\n春茶,12.50,900,11,3,1\n"


@pytest.fixture
def command(home, monkeypatch):
    """command(*arguments, answers="") -> (exit status, what the terminal shows)."""
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments, answers=None):
        done = CliRunner().invoke(cli.app, [str(a) for a in arguments], input=answers)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        assert all(_width(line) <= 100 for line in done.output.splitlines())
        return done.exit_code, done.output

    return call


def _width(line):
    return sum(2 if "\u2e80" <= c <= "\uffee" else 1 for c in line.rstrip())


@pytest.fixture
def inbox(home):
    folder = home / "data" / "inbox"
    notes, ads = folder / "xiaohongshu@tea", folder / "google_ads@1"
    for one in (notes, ads):
        one.mkdir(parents=True)
    bad = list(files.XHS_ROW)
    bad[0], bad[5] = "另一篇", 1.7
    files.xiaohongshu(notes / "notes.xlsx", [files.XHS_ROW, bad])
    files.google(ads / "ads.csv", [files.google_line(), files.google_total("Total: Account", '"1,099"', "60.00", "50")])  # fmt: skip
    (folder / "Overview.csv").write_text("Date,Video Views,Profile Views,Likes\nApril 12,4,2,1\n")
    (folder / "ledger.csv").write_text("platform,account_id,currency,fee,clerk\nx,tea,CNY,12,Li\n")
    return folder


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["What to do next", "mend 1", "compare", "opsbook map", "--account", "F: known from"]),
        ("zh-Hant", ["下一步", "修正被拒的 1", "核對合計", "opsbook map", "--account", "F：見於真實文件"]),
        ("zh-Hans", ["下一步", "修正被拒的 1", "核对合计", "opsbook map", "--account", "F：见于真实文件"]),
    ],
)  # fmt: skip
def test_import_tells_per_file_what_happened_and_what_to_do(command, inbox, language, words):
    status, output = command("import", "--language", language)
    assert status == 1  # two files were not taken
    assert [word for word in words if word not in output] == []
    assert re.search(
        r"notes\.xlsx.* F +2 +1 +0 +1 +0", output
    )  # records, loaded, same, refused, not data
    assert re.search(r"ads\.csv.* F +2 +1 +0 +0 +1", output)
    assert "1,042" in output and "1,099" in output  # both sides of the total that differs
    assert "Traceback" not in output
    # The same files again: nothing new, and told so.
    _, again = command("import", "--language", language)
    assert re.search(r"ads\.csv.* F +2 +0 +1 +0 +1", again)


@pytest.mark.parametrize("language", LANGUAGES)
def test_status_tells_what_is_fresh_and_what_each_chapter_lacks(command, inbox, language):
    _, empty = command("status", "--language", language)
    assert "opsbook form accounts" in empty and "data/inbox" in empty
    command("import", "--language", language)
    _, output = command("status", "--language", language)
    assert "opsbook form team" in output and "opsbook form risks" in output
    assert str(inbox.parent / "quarantine")[:40] in output
    assert "google_ads" not in output  # platforms are named as readers know them


def test_age_is_counted_from_the_day_of_the_export(home, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    store = Store(home / "data" / "store")
    path = files.x_posts(tmp_path / "x.csv", [files.x_line()])
    store.import_file(path, account="tea", exported_on="2026-11-14")
    for today, shown in ((16, "2 days  fresh"), (24, "10 days  export again")):
        state.show(home, language="en", today=dt.date(2026, 11, today))
        assert shown in capsys.readouterr().out


def test_a_mapping_is_proposed_changed_tried_and_saved_in_the_terminal(command, home, tmp_path):
    path = tmp_path / "ads 2026-07-01_2026-07-31.csv"
    path.write_text(TENCENT, encoding="utf-8")
    typed = [
        "1 ad_id", "3 impressions", "4 ads_period.clicks", "5 conversions", "drop 6",
        "9 spend", "3 ads_period.colour", "what", "columns", "try", "save tencent_ui",
    ]  # fmt: skip
    status, output = command(
        "map", path, "--account", "tencent_ads@tea", "--language", "en", answers="\n".join(typed) + "\n"
    )  # fmt: skip
    assert status == 0
    assert "known layout(s) call it spend; values such as" in " ".join(output.split())
    assert "there is no column 9; the file has 1 to 6" in output
    assert "colour is no column of ads_period" in output
    assert "what is no command" in output
    assert "Read so: 1 records, 0 refused, 0 not data" in output
    store = Store(home / "data" / "store")
    done = store.import_file(path, account="tencent_ads@tea", currency="CNY")
    assert (done.preset, done.confidence, done.loaded) == ("tencent_ui", "user", 1)
    row = store.frame("ads_period").iloc[0]
    assert (row["ad_id"], row["spend"], row["impressions"], row["clicks"]) == (
        "春茶",
        12.5,
        900,
        11,
    )
    assert [f"{row[c]:%m-%d}" for c in ("period_start", "period_end")] == ["07-01", "07-31"]


@pytest.mark.parametrize("answers", ["quit\n", ""])
def test_a_mapping_that_is_left_saves_nothing(command, home, tmp_path, answers):
    path = tmp_path / "ads.csv"
    path.write_text(TENCENT, encoding="utf-8")
    status, output = command("map", path, "--language", "zh-Hans", answers=answers)
    assert status == 1 and "未保存" in output
    assert not (home / "data" / "reference").exists()
