"""Kept results: a chapter whose code, data and parameters have not changed is not run again.

An entry is a folder named by the key; it is written aside and renamed, so that a reader sees all
of it or nothing.
"""

import hashlib
import json
import os
import shutil
import uuid
from pathlib import Path

from opsbook.config import DISTRIBUTION

KEPT = 120
RESULT = "result.json"


def folder(settings):
    """Where a workbook's entries lie."""
    return settings.reports / ".cache"


def code_hash():
    """Hash of the library's source and of the report templates."""
    lib = sorted((DISTRIBUTION / "lib" / "opsbook").rglob("*.py"))
    templates = [
        p for p in sorted((DISTRIBUTION / "templates" / "report").rglob("*")) if p.is_file()
    ]
    return _hash_files([*lib, *templates], DISTRIBUTION)


def data_hash(settings, version):
    """Hash of the store's version and of the files that chapters read beside it."""
    files = [settings.home / "data" / "workbook.toml"]
    for root in {
        DISTRIBUTION / "data" / "reference",
        settings.data / "reference",
        settings.data / "assets",
    }:
        files += [p for p in sorted(root.rglob("*")) if p.is_file()]
    seen = _hash_files(sorted(set(files)), settings.home)
    return digest([seen, _store_state(settings.store, version)])


def key(notebook_path, parameters, language, code, data):
    """Key of a chapter's result: the notebook's name and text, its parameters, language, code and data."""
    path = Path(notebook_path)
    text = hashlib.sha256(path.read_bytes()).hexdigest()
    return digest([path.name, text, parameters, language, code, data])


def digest(value):
    """sha256 of a JSON-ready value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def find(root, entry):
    """The kept result (dict, with its `folder`), or None."""
    place = Path(root, entry)
    try:
        kept = json.loads((place / RESULT).read_text(encoding="utf-8"))
        os.utime(place)
    except (OSError, ValueError):
        return None
    return {**kept, "folder": place}


def keep(root, entry, result, files):
    """Keep a result and its files (paths); replaces an older one of the same key."""
    root = Path(root)
    aside = root / f".{entry}-{uuid.uuid4().hex}"
    aside.mkdir(parents=True)
    for file in files:
        shutil.copyfile(file, aside / Path(file).name)
    (aside / RESULT).write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")
    place = root / entry
    old = root / f".{entry}-old-{uuid.uuid4().hex}"
    if place.exists():
        place.rename(old)
    try:
        aside.rename(place)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def prune(root, kept=KEPT):
    """Remove all but the entries used last."""
    entries = [p for p in Path(root).glob("[!.]*") if p.is_dir()]
    for place in sorted(entries, key=lambda p: p.stat().st_mtime, reverse=True)[kept:]:
        shutil.rmtree(place, ignore_errors=True)


def clear(settings):
    """Remove every kept result, as after the erasure of a person."""
    shutil.rmtree(folder(settings), ignore_errors=True)


def _store_state(path, version):
    """What identifies the store's content: its version and the files its tables are made of."""
    log = [str(version)]
    for file in sorted(Path(path).glob("*/_delta_log/00000000000000000000.json")):
        log.append(hashlib.sha256(file.read_bytes()).hexdigest())
    return log


def _hash_files(files, root):
    seen = hashlib.sha256()
    for file in files:
        name = file.relative_to(root) if file.is_relative_to(root) else file.name
        seen.update(f"{name}\0".encode())
        seen.update(file.read_bytes())
    return seen.hexdigest()
