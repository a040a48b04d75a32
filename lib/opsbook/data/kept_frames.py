"""Frames that one process of a dashboard has read, for those after it that ask for the same.

Reading a table costs more than most sections compute with it, and readers of a dashboard ask for the
same tables again and again. The dashboard names a private folder for a data version in OPSBOOK_FRAMES; it lies
in the store, as the tables do, lasts as long as the dashboard, and goes when a person is erased.
Elsewhere nothing is kept.
"""

import hashlib
import os
import pickle
import shutil
from pathlib import Path

FOLDER = "OPSBOOK_FRAMES"


def root(store):
    """The folder of a store (its path) in which dashboards keep frames."""
    return Path(store) / ".frames"


def folder(store, data_hash):
    """The folder for one state of the data, made where it is missing; those of other states go."""
    found = root(store) / data_hash
    if not found.is_dir():
        forget(store)
        root(store).mkdir(mode=0o700, exist_ok=True)
        found.mkdir(exist_ok=True)
    return found


def forget(store):
    """Delete every frame kept of a store."""
    shutil.rmtree(root(store), ignore_errors=True)


def kept(key, read):
    """The frame kept under a key (anything with a repr), else what read() gives."""
    named = os.environ.get(FOLDER)
    if not named:
        return read()
    file = Path(named, hashlib.sha256(repr(key).encode()).hexdigest())
    try:
        return pickle.loads(file.read_bytes())
    except FileNotFoundError:
        pass
    frame = read()
    aside = file.with_name(f"{file.name}-{os.getpid()}")
    try:
        aside.write_bytes(pickle.dumps(frame, protocol=5))
        aside.replace(file)
    except OSError:
        aside.unlink(missing_ok=True)  # a full disk: the frame is read again
    return frame


def of_builder(build):
    """What a builder of a view depends on beside the store: its code and what it closes over.

    None where that cannot be told (it closes over an open book, say).
    """
    code = getattr(build, "__code__", None)
    if code is None:
        return None
    held = [cell.cell_contents for cell in build.__closure__ or ()]
    held += [*(build.__defaults__ or ()), *(build.__kwdefaults__ or {}).values()]
    found = []
    for one in held:
        if isinstance(one, (str, int, float, type(None))):
            found.append(one)
        elif (inner := of_builder(one)) is not None:
            found.append(inner)
        else:
            return None
    return code.co_filename, code.co_firstlineno, tuple(found)
