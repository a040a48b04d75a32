"""A workbook in one sealed file and back: settings, reference data, store, raw files, notebooks, reports.

The store is read while imports go on: its commits first, each table's log before its files, so
that the copy holds a whole version. Every file's hash is in the backup and is checked on return.
"""

import glob
import hashlib
import io
import json
import os
import shutil
import tarfile
import time
import uuid
from pathlib import Path

from opsbook import config
from opsbook.data.store import Store
from opsbook.errors import InputError, RunError
from opsbook.publish import backup_key

SUMS = "backup.json"
LEFTOVER_SECONDS = 24 * 3600
LEFT_OUT = (".cache", ".parts", ".schedule", ".run-")
FOLDERS = ("data/reference", "data/assets", "data/raw", "data/quarantine", "data/private", "notebooks")  # fmt: skip


def backup(target, *, home=None, reports=True):
    """Write the workbook's backup (.tar.gz.age); how many files are in it.

    It holds what strangers wrote and the keys of data/private, hence it is encrypted (see backup_key).
    """
    settings = config.settings(home)
    target = Path(target).absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    sealed = aside.with_name(f"{aside.name}-sealed")
    _sweep(target)
    sums = {}
    version = Store(settings.store).version  # the copy holds this one, or a later one
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as raw, tarfile.open(fileobj=raw, mode="w:gz", compresslevel=1) as out:  # fmt: skip
            for path, name in _members(settings, reports):
                try:
                    content = path.read_bytes()
                except FileNotFoundError:
                    continue  # a temporary file that is gone again
                sums[name] = hashlib.sha256(content).hexdigest()
                _add(out, name, content, path.stat().st_mode & 0o777)
            about = {"format": 1, "data_version": version, "files": sums}
            _add(out, SUMS, json.dumps(about, indent=0).encode(), 0o600)
        backup_key.seal(aside, sealed)
        sealed.replace(target)
    except OSError as error:
        raise RunError(
            f"{target}: the backup could not be written: {error.strerror or error}.",
            remedy="Free the disk or give another place.",
        ) from error
    finally:
        aside.unlink(missing_ok=True)
        sealed.unlink(missing_ok=True)
    return len(sums)


def _sweep(target):
    """Delete what backups that were killed more than a day ago left beside the target."""
    for part in target.parent.glob(f".{glob.escape(target.name)}.*"):
        if time.time() - part.stat().st_mtime > LEFTOVER_SECONDS:
            part.unlink(missing_ok=True)


def restore(source, folder):
    """Bring a backup back into a new or empty folder; (files, store version).

    InputError where the folder is not empty, or the backup is not whole: then nothing is left.
    """
    source, folder = Path(source), Path(folder).absolute()
    if folder.exists() and any(folder.iterdir()):
        raise InputError("is not empty.", where=str(folder), remedy="Name a new folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.with_name(f".{folder.name}-{uuid.uuid4().hex}")
    packed = aside.with_suffix(".tar.gz")
    try:
        os.close(os.open(packed, os.O_CREAT | os.O_EXCL, 0o600))
        backup_key.unseal(source, packed)
        version = _unpack(source, packed, aside)
        if folder.exists():
            folder.rmdir()
        aside.rename(folder)
    finally:
        packed.unlink(missing_ok=True)
        if aside.exists():
            shutil.rmtree(aside, ignore_errors=True)
    count = sum(1 for p in folder.rglob("*") if p.is_file())
    if Store(config.settings(folder).store).version < version:
        raise InputError("the store came back older than it was.", where=str(source))
    return count, version


def _unpack(source, packed, aside):
    """Unpack and check against the hashes; the store's version."""
    try:
        with tarfile.open(packed, "r:gz") as members:
            members.extractall(aside, filter="data")
        about = json.loads((aside / SUMS).read_text())
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise InputError(f"is damaged or no backup: {error}.", where=str(source)) from None
    for name, wanted in about["files"].items():
        file = aside / name
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != wanted:
            raise InputError(f"is damaged: {name} is not as it was.", where=str(source))
    (aside / SUMS).unlink()
    return about["data_version"]


def _members(settings, reports):
    """(path, name in the backup), in an order in which a store that grows is copied whole."""
    home = settings.home
    yield home / "data" / "workbook.toml", "data/workbook.toml"
    tables = sorted(p for p in settings.store.glob("*") if (p / "_delta_log").is_dir())
    tables.sort(key=lambda p: p.name != "commits")
    for table in tables:
        logs = sorted((table / "_delta_log").rglob("*"))
        files = sorted(p for p in table.rglob("*") if "_delta_log" not in p.parts)
        for path in (*logs, *files):
            if path.is_file():
                yield path, "data/store/" + path.relative_to(settings.store).as_posix()
    for name in FOLDERS:
        for path in sorted((home / name).rglob("*")):
            if path.is_file() and path.suffix != ".lock":
                yield path, path.relative_to(home).as_posix()
    history = settings.reports / ".schedule" / "history.json"
    if history.is_file():
        yield history, history.relative_to(home).as_posix()
    if reports:
        for path in sorted(settings.reports.rglob("*")):
            parts = path.relative_to(settings.reports).parts
            if path.is_file() and not any(part.startswith(LEFT_OUT) for part in parts):
                yield path, path.relative_to(home).as_posix()


def _add(out, name, content, mode):
    about = tarfile.TarInfo(name)
    about.size, about.mode = len(content), mode
    out.addfile(about, io.BytesIO(content))
