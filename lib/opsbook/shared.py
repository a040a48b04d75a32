"""What one process of a run or of a dashboard has read or computed, for the others that ask for the same.

Chapters and readers ask for the same tables, indicators and measures of pictures again and again,
each in a process of its own. A run and a dashboard name a private folder in OPSBOOK_SHARED. It lies in
the store, as the tables do, lasts as long as they do, and goes when a person is erased. Elsewhere
nothing is kept.
"""

import contextlib
import hashlib
import os
import pickle
import shutil
import tempfile
from pathlib import Path

FOLDER = "OPSBOOK_SHARED"
_RUN = "run-"


def once(key, make):
    """What make() gives, computed once under a key (anything with a repr, code excepted)."""
    named = os.environ.get(FOLDER)
    if not named:
        return make()
    file = Path(named, hashlib.sha256(repr(key).encode()).hexdigest())
    try:
        return pickle.loads(file.read_bytes())
    except FileNotFoundError:
        pass
    made = make()
    aside = file.with_name(f"{file.name}-{os.getpid()}")
    try:
        aside.write_bytes(pickle.dumps(made, protocol=5))
        aside.replace(file)
    except OSError:
        aside.unlink(missing_ok=True)  # a full disk: it is made again
    return made


def root(store):
    """The folder of a store (its path) in which runs and dashboards keep."""
    return Path(store) / ".shared"


def folder(store, name):
    """A dashboard's folder for one state of code and data, made where it is missing; other states' go."""
    found = root(store) / name
    if not found.is_dir():
        _make(store)
        for old in root(store).iterdir():
            if not old.name.startswith(_RUN):
                shutil.rmtree(old, ignore_errors=True)
        found.mkdir(exist_ok=True)
    return found


@contextlib.contextmanager
def of_run(store):
    """A folder for the length of a run, or None where the store cannot be written."""
    try:
        _make(store)
        found = Path(tempfile.mkdtemp(prefix=_RUN, dir=root(store)))
    except OSError:
        yield None
        return
    try:
        yield found
    finally:
        shutil.rmtree(found, ignore_errors=True)


def forget(store):
    """Delete all that is kept of a store."""
    shutil.rmtree(root(store), ignore_errors=True)


def _make(store):
    root(store).mkdir(mode=0o700, parents=True, exist_ok=True)


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
