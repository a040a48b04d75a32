"""Clean up after workbook.toml [retention] and [import]: reports, raw files, versions, leftovers."""

import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path

from opsbook import config, shared
from opsbook.data import erasure, upkeep
from opsbook.data.store import Store
from opsbook.publish import cache, manifest

KEEP = "KEEP"  # a report folder that holds a file of this name is never deleted
LEFTOVER_HOURS = 24


@dataclass(frozen=True)
class Cleaned:
    """What a clean-up did. compacted: dict of table -> (files before, after)."""

    reports: int
    raw: int
    refused: int
    leftovers: int
    versions: list
    files: int
    compacted: dict


def clean(home=None, *, now=None):
    """Delete what is past its time and compact the store; Cleaned.

    Versions that kept reports were made from stay. Run it while nothing is being imported.
    """
    settings = config.settings(home)
    now = now or dt.datetime.now(dt.UTC)
    keep = settings.sections.get("retention", {})
    raw_days = settings.sections.get("import", {}).get("keep_raw_days", 365)
    reports = expire_reports(settings.reports, keep.get("reports_days", 730), now=now)
    raw = erasure.expire_raw(settings.data, raw_days, today=now)
    refused = _older(settings.data / "quarantine", now - dt.timedelta(days=raw_days))
    limit = now - dt.timedelta(hours=LEFTOVER_HOURS)
    leftovers = _leftovers(settings.reports, limit) + _parts(settings.data, limit)
    leftovers += _folders(shared.root(settings.store).glob("*"), limit)
    leftovers += _older(settings.reports / ".schedule", limit, "task-*.lock")
    cache.prune(cache.folder(settings))
    store = Store(settings.store)
    compacted, versions, files = {}, [], 0
    if store.version:
        leftovers += upkeep.sweep(store, LEFTOVER_HOURS)
        compacted = upkeep.compact(store)
        pinned = {m.data_version for m in manifest.finished(settings.reports)}
        versions, files = upkeep.expire_versions(
            store, keep.get("versions_days", 90), pinned=pinned, now=now
        )
    return Cleaned(reports, raw, refused, leftovers, versions, files, compacted)


def expire_reports(reports, days, *, now):
    """Delete finished runs older than `days`, but the newest of each language and those marked
    with a file KEEP; how many."""
    limit = now - dt.timedelta(days=days)
    newest, gone = set(), 0
    for run in manifest.finished(reports):  # newest first
        first = run.language not in newest
        newest.add(run.language)
        old = dt.datetime.fromisoformat(run.started_at) < limit
        if old and not first and not (Path(run.folder) / KEEP).exists():
            shutil.rmtree(run.folder)
            gone += 1
    return gone


def _older(folder, limit, pattern="*"):
    """Delete the files of a folder that are older than a moment; how many."""
    old = [p for p in folder.glob(pattern) if p.is_file() and _age(p) < limit]
    for path in old:
        path.unlink()
    return len(old)


def _leftovers(reports, limit):
    """Delete what runs that were killed left behind; how many folders."""
    names = (".run-*", "*/*/.run-*", "*/*/.*-old-*", ".parts/*/*", ".cache/.*")
    return _folders({p for name in names for p in reports.glob(name)}, limit)


def _folders(paths, limit):
    """Delete the folders among some paths that are older; how many."""
    found = [p for p in paths if p.is_dir() and _age(p) < limit]
    for path in found:
        shutil.rmtree(path, ignore_errors=True)
    return len(found)


def _parts(data, limit):
    """Delete files that an import was writing when it was killed; how many."""
    found = [
        p
        for name in ("raw/.*", "quarantine/*.part", "private/.*")
        for p in data.glob(name)
        if p.is_file() and _age(p) < limit
    ]
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def _age(path):
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
