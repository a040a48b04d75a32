"""What was refused, as a file to mend: data/quarantine/<batch>.csv; and the raw copies kept."""

import csv
import hashlib
import os
import shutil
from pathlib import Path

FIELDS = ("file", "row", "column", "value", "reason")


def write(data, batch_id, file, bad):
    """Write refused cells as <data>/quarantine/<batch_id>.csv; None where nothing was refused.

    bad: (row, column, value, reason). Cells that a spreadsheet would run are neutralised.
    """
    if not bad:
        return None
    folder = Path(data) / "quarantine"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{batch_id}.csv"
    aside = target.with_suffix(".part")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(FIELDS)
        for row, column, value, reason in bad:
            writer.writerow([neutral(file), row, neutral(column), neutral(value), neutral(reason)])
    aside.replace(target)
    return target


def neutral(text):
    """A text that no spreadsheet takes for a formula."""
    text = str(text)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def sha256(path):
    """The hash of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep_raw(data, path, digest):
    """Keep the file as <data>/raw/<sha256>-<name>, readable by its owner alone; its path."""
    folder = Path(data) / "raw"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    target = folder / f"{digest}{Path(path).suffix.lower()}"
    if not target.exists():
        aside = folder / f".{digest}.{os.getpid()}"
        shutil.copyfile(path, aside)
        aside.chmod(0o600)
        aside.replace(target)
    return target
