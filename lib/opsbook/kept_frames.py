"""Frames that one process of a dashboard has read, for those after it that ask for the same.

Reading a table costs more than most sections compute with it, and readers of a dashboard ask for the
same tables again and again. The dashboard names a private folder for a data version in OPSBOOK_FRAMES;
it lasts as long as the dashboard. Elsewhere nothing is kept.
"""

import hashlib
import os
import pickle
from pathlib import Path

FOLDER = "OPSBOOK_FRAMES"


def kept(key, read):
    """The frame kept under a key (anything with a repr), else what read() gives."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return read()
    file = Path(folder, hashlib.sha256(repr(key).encode()).hexdigest())
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
