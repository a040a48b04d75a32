"""Reads each file named in a child of its own with bounded memory and time; says how it went.

    python -m tests.faults.reading FILE...

One line of JSON per file: file, outcome (read, refused, crashed), message, figures, peak_mib, seconds.
"""

import json
import os
import resource
import sys
import time
import traceback
from pathlib import Path

MIB = 1 << 20
LIMIT_MIB = 1024
SECONDS = 60


def _read(path):
    from opsbook import read_export
    from opsbook.errors import OpsbookError

    try:
        export = read_export(path, account="a", exported_on="2026-08-01")
    except OpsbookError as error:
        return {"outcome": "refused", "message": str(error), "figures": {}}
    figures = {
        f"{name}.{column}": [v for v in frame[column].dropna().head(3).tolist()]
        for name, frame in export.tables.items()
        for column in frame.select_dtypes("number")
        if frame[column].notna().any()
    }
    return {"outcome": "read", "message": str(export.bad[:3]), "figures": figures}


def _child(path, out):
    """Read with the limits set; a traceback, a kill or a lack of memory is a crash."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    limit = used + 3 * LIMIT_MIB * MIB  # guards the machine; what was used is measured below
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        found = _read(path)
    except BaseException:
        found = {"outcome": "crashed", "message": traceback.format_exc()[-800:], "figures": {}}
    out.write(json.dumps(found, default=str))
    out.flush()
    os._exit(0)


def main(paths):
    """Read each in turn."""
    import opsbook  # noqa: F401
    from opsbook.data import imports, presets  # noqa: F401

    for path in paths:
        reader, writer = os.pipe()
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            os.close(reader)
            _child(path, os.fdopen(writer, "w"))
        os.close(writer)
        with os.fdopen(reader) as answers:
            text = answers.read()
        _, status, used = os.wait4(child, 0)
        died = {"outcome": "crashed", "message": f"ended with status {status}", "figures": {}}
        about = json.loads(text) if text else died
        about |= {
            "file": path,
            "peak_mib": used.ru_maxrss // 1024,
            "seconds": round(time.monotonic() - started, 2),
        }
        print(json.dumps(about), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
