"""Put a folder of reports in its place whole: written aside, then renamed or exchanged."""

import contextlib
import ctypes
import os
import shutil
import uuid
from pathlib import Path

from opsbook.errors import RunError
from opsbook.publish.manifest import NAME

EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)
HERE = -100  # AT_FDCWD


@contextlib.contextmanager
def aside(target, *, replaceable):
    """A new folder on the disk of `target`, removed at the end unless it was moved.

    target: the reports folder, or (replaceable) the very folder to be made, which may exist only
    where it is empty or holds an earlier run.
    """
    target = Path(target).absolute()
    if replaceable:
        _check_replaceable(target)
    root = target.parent if replaceable else target
    folder = root / f".run-{uuid.uuid4().hex}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise RunError(
            f"{root}: reports cannot be written there: {error.strerror}.",
            remedy="Free the disk or give another folder with --output.",
        ) from None
    try:
        yield folder
    except OSError as error:
        raise RunError(
            f"{root}: the reports could not be finished: {error.strerror or error}.",
            remedy="Nothing was replaced. Free the disk or give another folder with --output.",
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def final(output, reports, period, language, started):
    """Folder that a run ends in: the one asked for, or a new one named by period and start."""
    if output is not None:
        return Path(output).absolute()
    label = str(period).replace("/", "_")
    base = Path(reports) / label / language / f"{started:%Y%m%dT%H%M%SZ}"
    name, count = base, 1
    while name.exists():
        count += 1
        name = base.with_name(f"{base.name}-{count}")
    return name


def move(folder, target):
    """Make `folder` appear as `target` in one step; returns the target.

    A folder that is there already is exchanged for the new one and then removed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        folder.rename(target)
    elif _exchange(folder, target):
        shutil.rmtree(folder, ignore_errors=True)
    else:
        old = target.with_name(f".{target.name}-old-{uuid.uuid4().hex}")
        target.rename(old)
        folder.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    return target


def _check_replaceable(target):
    if target.is_dir() and any(target.iterdir()) and not (target / NAME).exists():
        raise RunError(
            f"{target}: holds other files and would be replaced.",
            remedy="Give an empty folder, or one that holds an earlier run.",
        )
    if target.exists() and not target.is_dir():
        raise RunError(f"{target}: is a file.", remedy="Give a folder.")


def _exchange(first, second):
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    return call(HERE, os.fsencode(first), HERE, os.fsencode(second), EXCHANGE) == 0
