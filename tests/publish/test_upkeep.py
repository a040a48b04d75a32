"""Retention of reports and files, backup and restore, the doctor."""

import datetime as dt
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time

import pandas as pd
import pytest
from typer.testing import CliRunner

from opsbook import Store, shared
from opsbook.cli import app
from opsbook.commands import doctor
from opsbook.errors import ConfigError, InputError
from opsbook.publish import backup, backup_key, manifest, retention

from .handover.conftest import fill, write_run

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def aged(path, days):
    at = (NOW - dt.timedelta(days=days)).timestamp()
    os.utime(path, (at, at))
    return path


def test_reports_and_files_go_when_their_time_is_over(home):
    for started in ("2022-01-03", "2023-01-02", "2023-02-06"):
        write_run(home, "en", [], f"{started}T01:00:00+00:00")
    kept = write_run(home, "en", [], "2023-03-06T01:00:00+00:00").folder
    (kept / "KEEP").touch()
    only = write_run(home, "zh-Hans", [], "2022-05-02T01:00:00+00:00").folder
    newest = write_run(home, "en", [], "2026-11-16T01:00:00+00:00").folder
    raw = home / "data" / "raw"
    for folder, days in ((raw, 366), (raw, 364), (home / "data" / "quarantine", 366)):
        folder.mkdir(exist_ok=True)
        (folder / f"{days}.csv").touch()
        aged(folder / f"{days}.csv", days)
    killed = newest.parent / ".run-dead"
    killed.mkdir()
    aged(killed, 2)
    busy = newest.parent / ".run-alive"
    busy.mkdir()
    aged(busy, 0.1)
    sharing = shared.root(home / "data" / "store")
    for name, days in (("run-dead", 2), ("run-alive", 0.1)):
        (sharing / name).mkdir(parents=True)
        aged(sharing / name, days)
    locks = home / "reports" / ".schedule"
    locks.mkdir()
    for name, days in (("task-old.lock", 2), ("task-new.lock", 0.1), ("history.lock", 9)):
        (locks / name).touch()
        aged(locks / name, days)
    done = retention.clean(home, now=NOW)
    assert (done.reports, done.raw, done.refused, done.leftovers) == (3, 1, 1, 3)
    assert [p.name for p in sharing.iterdir()] == ["run-alive"]
    assert sorted(p.name for p in locks.iterdir()) == ["history.lock", "task-new.lock"]
    assert {m.folder for m in manifest.finished(home / "reports")} == {kept, only, newest}
    assert busy.exists() and [p.name for p in raw.iterdir()] == ["364.csv"]


def test_versions_of_kept_reports_stay(home):
    store = fill(home)
    write_run(home)  # made from version 1
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=91)  # the store knows only the real clock
    done = retention.clean(home, now=later)
    assert 1 not in done.versions and done.versions == [2, 3]
    assert len(Store(store.path).frame("accounts", 1)) == 2


def test_what_is_restored_is_what_was_saved(home, tmp_path):
    store = fill(home)
    run = write_run(home)
    private = home / "data" / "private"
    private.mkdir()
    (private / "key").write_text("k")
    (private / "key").chmod(0o600)
    target = tmp_path / "saved.tar.gz"
    told = CliRunner().invoke(app, ["backup", str(target), "--home", str(home)])
    assert told.exit_code == 0, told.output
    assert target.stat().st_mode & 0o77 == 0
    names = [p.name for p in tmp_path.iterdir()]
    assert sorted(names) == ["brand", "saved.tar.gz"]
    store.append("calendar_items", new_item(), source="after the backup")
    folder = tmp_path / "back"
    told = CliRunner().invoke(app, ["restore", str(target), str(folder)])
    assert told.exit_code == 0, told.output
    back = Store(folder / "data" / "store")
    assert back.version == 4 == store.version - 1
    for name in ("accounts", "orders", "posts", "calendar_items"):
        pd.testing.assert_frame_equal(back.frame(name), store.frame(name, 4))
    assert (folder / "data" / "private" / "key").stat().st_mode & 0o77 == 0
    assert (folder / "data" / "workbook.toml").read_text() == (home / "data" / "workbook.toml").read_text()  # fmt: skip
    (again,) = manifest.finished(folder / "reports")
    assert again.started_at == run.started_at
    assert back.append("calendar_items", new_item(), source="goes on") == 5


def new_item():
    return pd.DataFrame(
        {
            "item_id": ["N"], "platform": ["weibo"], "account_id": ["a1"],
            "slot_at": pd.to_datetime(["2026-12-01T00:00Z"]), "state": ["proposed"],
        }
    )  # fmt: skip


def test_an_import_during_the_backup_leaves_a_whole_version(home, tmp_path, monkeypatch):
    store = fill(home)
    real, calls = backup._add, []

    def meanwhile(out, name, content, mode):
        calls.append(name)
        if len(calls) == 4:
            store.append("calendar_items", new_item(), source="meanwhile")
        real(out, name, content, mode)

    monkeypatch.setattr(backup, "_add", meanwhile)
    backup.backup(tmp_path / "b.tar.gz", home=home)
    monkeypatch.undo()
    _, version = backup.restore(tmp_path / "b.tar.gz", tmp_path / "back")
    back = Store(tmp_path / "back" / "data" / "store")
    assert (version, back.version, store.version) == (4, 4, 5)
    pd.testing.assert_frame_equal(back.frame("calendar_items"), store.frame("calendar_items", 4))


def test_a_damaged_backup_leaves_nothing(home, tmp_path):
    fill(home)
    target = tmp_path / "b.tar.gz"
    backup.backup(target, home=home)
    whole = target.read_bytes()
    target.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="damaged"):
        backup.restore(target, tmp_path / "back")
    plain, forged, changed = (tmp_path / n for n in ("plain", "forged", "changed.tar.gz"))
    target.write_bytes(whole)
    backup_key.unseal(target, plain)
    with tarfile.open(plain) as old, tarfile.open(forged, "w:gz") as new:
        for one in old:
            content = old.extractfile(one).read()
            if one.name == "data/workbook.toml":
                content = content.replace(b"Shanghai", b"Tokyo!!!")
            backup._add(new, one.name, content, one.mode)
    backup_key.seal(forged, changed)
    with pytest.raises(InputError, match=r"workbook\.toml is not as it was"):
        backup.restore(changed, tmp_path / "back")
    assert not (tmp_path / "back").exists() and not list(tmp_path.glob(".back*"))
    with pytest.raises(InputError, match="not empty"):
        backup.restore(target, home)


def test_a_backup_opens_with_its_key_alone(home, tmp_path, monkeypatch):
    fill(home)
    target = tmp_path / "b.tar.gz.age"
    backup.backup(target, home=home)
    key = backup_key.file()
    assert key.stat().st_mode & 0o77 == 0 and not key.is_relative_to(home)
    content = target.read_bytes()
    assert content.startswith(backup_key.MARK) and b"workbook.toml" not in content
    (tmp_path / "plain.tar.gz").write_bytes(b"\x1f\x8b anything")
    with pytest.raises(InputError, match="no backup"):
        backup.restore(tmp_path / "plain.tar.gz", tmp_path / "back")
    monkeypatch.setenv(backup_key.VARIABLE, str(tmp_path / "other.key"))
    with pytest.raises(ConfigError, match="is not there"):
        backup.restore(target, tmp_path / "back")
    backup.backup(tmp_path / "another", home=home)  # makes the key that is named
    with pytest.raises(InputError, match=r"other\.key: No matching keys"):
        backup.restore(target, tmp_path / "back")
    (tmp_path / "other.key").write_text("secret")
    with pytest.raises(ConfigError, match="no age key"):
        backup.restore(target, tmp_path / "back")
    monkeypatch.setenv(backup_key.VARIABLE, str(key))
    backup.restore(target, tmp_path / "back")
    left = [p.name for p in tmp_path.iterdir() if p.name.startswith(".")]
    assert left == []


def states(home, **more):
    return {c.name: c for c in doctor.examine(home, **more) if c.state != doctor.OK}


def test_a_healthy_workbook_has_nothing_that_fails(home):
    fill(home)
    found = states(home)
    assert not [c for c in found.values() if c.state == doctor.FAIL], found
    told = CliRunner().invoke(app, ["doctor", "--home", str(home)])
    assert told.exit_code == 0 and "Chinese glyphs are drawn" in told.output


def test_the_doctor_names_what_is_wrong_and_how_to_mend_it(home, monkeypatch):
    store = fill(home)
    credentials = pd.DataFrame(
        {
            "credential_id": ["API", "SSL", "OLD"],
            "kind": ["api_token", "certificate", "domain"],
            "expires_at": [dt.date(2027, 12, 1), dt.date(2026, 12, 10), dt.date(2026, 11, 20)],
        }
    )
    store.append("credentials", credentials, source="test")
    private = home / "data" / "private"
    private.mkdir(mode=0o755)
    private.chmod(0o755)
    next((store.path / "posts").glob("*.parquet")).unlink()
    file = home / "data" / "workbook.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("readers = []", 'readers = [{name = "m", url_env = "OPS_NONE"}]'))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(1, 1, 10**8))
    checks = doctor.examine(home, now=NOW + dt.timedelta(days=2))
    told = {(c.name, c.state): f"{c.found} {c.remedy}" for c in checks}
    assert "chmod 700" in told["permissions", "FAIL"]
    assert "table posts" in told["store", "FAIL"] and "restore" in told["store", "FAIL"]
    assert "0.1 GB" in told["disk", "FAIL"]
    lines = [f"{c.state} {c.found}" for c in checks if c.name == "secrets"]
    assert "WARN" not in lines and len(lines) == 3
    assert any("OPS_NONE is not set" in line for line in lines)
    assert any(line.startswith("FAIL domain OLD lapsed 5 days ago") for line in lines)
    assert any(line.startswith("warn certificate SSL lapses in 15 days") for line in lines)


def test_the_doctor_finds_a_clock_that_is_behind_and_broken_settings(home):
    fill(home)
    behind = dt.datetime.now(dt.UTC) - dt.timedelta(hours=3)
    assert states(home, now=behind)["clock"].state == doctor.FAIL
    history = home / "reports" / ".schedule"
    history.mkdir(parents=True, exist_ok=True)
    past = {"state": "failed", "attempts": 3, "at": behind.isoformat(), "error": "chapter 6: x"}
    (history / "history.json").write_text(json.dumps({"weekly|2026-W46|en": past}))
    assert "chapter 6: x" in states(home)["schedule"].found
    (home / "data" / "workbook.toml").write_text("[brand")
    (only,) = doctor.examine(home)
    assert (only.name, only.state) == ("settings", doctor.FAIL)


def test_the_doctor_finds_boxes_for_characters_and_a_missing_browser(home, monkeypatch):
    monkeypatch.setattr("vl_convert.svg_to_png", lambda svg: b"the same box")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    found = states(home)
    assert found["fonts"].state == doctor.FAIL and "draws boxes" in found["fonts"].found
    assert found["browser"].state == doctor.WARN


def test_the_doctor_finds_a_kernel_that_outlived_its_day(home, monkeypatch):
    command = [sys.executable, "-c", "import time; time.sleep(60)", "opsbook.publish.warm_parent"]
    with subprocess.Popen(command) as left:
        try:
            assert "kernels" not in states(home)
            day = time.time() + 25 * 3600
            monkeypatch.setattr("opsbook.commands.doctor.time.time", lambda: day)
            lines = [c for c in doctor.examine(home) if c.name == "kernels"]
            assert f"kill {left.pid}" in {c.remedy for c in lines if c.state == doctor.WARN}
        finally:
            left.kill()


def test_the_doctor_finds_a_folder_that_cannot_be_written(home, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: path != home / "data")
    assert "data cannot be written" in states(home)["permissions"].found


def test_the_doctor_asks_whether_the_services_of_workers_answer(home, monkeypatch):
    file = home / "data" / "workbook.toml"
    file.write_text(
        file.read_text(encoding="utf-8") + "\n[workers]\nat_once = 2\n", encoding="utf-8"
    )
    monkeypatch.delenv("OPSBOOK_POSTGRES", raising=False)
    told = states(home)["workers"]
    assert (
        told.state == doctor.FAIL
        and "OPSBOOK_POSTGRES holds no postgresql:// address" in told.found
    )
    with socket.socket() as closed:  # bound, but nobody listens
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        monkeypatch.setenv("OPSBOOK_POSTGRES", f"postgresql://ops:hidden@127.0.0.1:{port}/ops")
        told = states(home)["workers"]
    assert f"nothing answers at 127.0.0.1:{port}" in told.found and "hidden" not in told.found
