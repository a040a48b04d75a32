"""Compute a chapter's cells one by one in a forked process and tell each when it is done.

The cells are the notebook's own, as `publish.prepare` made them. A cell that fails or takes too
long becomes a readable panel with an error id; the others go on.
"""

import contextlib
import os
import signal
import traceback
import uuid
from types import SimpleNamespace

from opsbook import shared
from opsbook.errors import OpsbookError
from opsbook.present.language import Translator
from opsbook.publish import document
from opsbook.publish.dashboard import cells
from opsbook.publish.prepare import INJECTED

SECTION_SECONDS = 60
GIVES_WAY = 10  # niceness once the reader sees a first figure


class TooSlow(Exception):
    """A cell ran longer than it may."""


def execute(job, tell):
    """Execute a job's cells; tells {"cell": id, "parts": [...]} for each that shows something.

    Once a first figure is told the process gives way to those that have none yet, so that of
    several readers at once each sees an answer soon.

    job: cells (list of dicts with id, cell_type, source, metadata), number, language, home,
    currency, seconds (longest time of a cell). Result: state, errors (list of id, message, trace).
    """
    words = Translator(job["language"], currency=job["currency"], home_folder=job["home"])
    os.environ[shared.FOLDER] = job.get("shared", "")
    shell, taken, errors, state, waits = _shell(), set(), [], {}, True
    for cell in job["cells"]:
        if cell["cell_type"] == "markdown":
            parts = cells.of_cell(SimpleNamespace(**cell), job["number"], taken, words)
        else:
            parts, state = _code(cell, shell, job, taken, words, errors, state)
        if parts and INJECTED not in cell["metadata"].get("tags", []):
            tell({"cell": cell["id"], "parts": parts})
            if waits and cell["cell_type"] == "code":
                os.nice(GIVES_WAY)
                waits = False
    return {"state": state, "errors": errors}


def _code(cell, shell, job, taken, words, errors, state):
    outputs, error = _run(shell, cell["source"], job.get("seconds", SECTION_SECONDS))
    parts = []
    for output in outputs:
        state = output["data"].get(document.STATE, state)
        parts += cells.of_output(_Output(output), job["number"], taken, words)
    if error is not None:
        error_id = uuid.uuid4().hex[:8]
        message = str(error) if isinstance(error, OpsbookError) else ""
        if isinstance(error, TooSlow):
            message = words.text("dash.too_slow", seconds=job.get("seconds", SECTION_SECONDS))
        trace = "".join(traceback.format_exception(error))
        errors.append(
            {"id": error_id, "message": f"{type(error).__name__}: {error}", "trace": trace}
        )
        parts.append(["html", cells.panel(words, message, error_id)])
    return parts, state


class _Output(dict):
    output_type = "display_data"


def _shell():
    from IPython.core.interactiveshell import InteractiveShell

    os.environ["OPSBOOK_CHARTS"] = "page"
    return InteractiveShell.instance()


def _run(shell, source, seconds):
    """Outputs (dicts of data) of a piece of source and the exception that ended it, if any."""
    from IPython.core.displayhook import CapturingDisplayHook
    from IPython.utils.capture import capture_output

    shell.showtraceback = lambda *_, **__: None
    with capture_output() as captured, _deadline(seconds):
        # the value of a cell's last line joins what it displays, in order
        shell.display_trap.hook = CapturingDisplayHook(shell=shell, outputs=captured._outputs)
        result = shell.run_cell(source, store_history=False)
    error = result.error_before_exec or result.error_in_exec
    return [{"data": o.data} for o in captured.outputs], error


@contextlib.contextmanager
def _deadline(seconds):
    def ring(*_):
        raise TooSlow(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
