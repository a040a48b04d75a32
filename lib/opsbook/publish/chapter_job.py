"""The work on one chapter in a process of its own: execute it through papermill, write its reports.

Runs in a child of the warm parent, or as `python -m opsbook.publish.chapter_job JOB` where fork is
not to be had. Tells each step as an event (a dict): {"cell": done, "cells": all} while it runs and
{"done": result} or {"broken": message} at the end.
"""

import json
import sys
import time
import traceback
from pathlib import Path

ENGINE = "opsbook"


def work(job, tell):
    """Do a job (dict with `task` execute, render or combine) and tell how it went."""
    try:
        tell({"done": _TASKS[job["task"]](job, tell)})
    except Exception as error:
        traceback.print_exc()
        tell({"broken": f"{type(error).__name__}: {error}"})


def execute(job, tell):
    """Execute the prepared notebook and write the chapter's reports.

    job: notebook (path of the prepared copy), output (path of the executed one), cwd, number,
    name, formats, context. Result: state, title, error, files, period, version, findings.
    """
    import nbformat

    notebook = nbformat.read(job["notebook"], as_version=4)
    error = _run_cells(notebook, job, tell)
    return render({**job, "error": error}, tell)


def render(job, tell):
    """Write a chapter's reports from its executed notebook."""
    from opsbook.publish import document, report

    tell({"rendering": True})
    chapter = document.read(_executed(job["output"]), job["number"], job["name"])
    error = job.get("error") or chapter.error
    state = "failed" if error else chapter.state.get("state", "ok")
    context = {**job["context"]}
    context["period"] = chapter.state.get("period") or context["period"]
    files = report.write(
        [chapter], job["formats"], Path(job["output"]).parent, job["name"], context
    )
    return {
        "state": state,
        "title": chapter.title,
        "error": error,
        "files": files,
        "period": chapter.state.get("period", ""),
        "findings": chapter.findings,
    }


def combine(job, tell):
    """Write one format of the report that binds all chapters."""
    from opsbook.publish import document, report

    chapters = [
        document.read(_executed(c["path"]), c["number"], c["name"]) for c in job["chapters"]
    ]
    return {
        "files": report.write(
            chapters, job["formats"], Path(job["folder"]), "report", job["context"]
        )
    }


def _executed(path):
    import nbformat

    return nbformat.read(path, as_version=4)


def _run_cells(notebook, job, tell):
    """Execute through papermill; the message of the error that stopped it, or ""."""
    import papermill
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError

    from opsbook.publish.kernels import KERNEL, QuickManager

    papermill_engines.register(ENGINE, _engine(tell))
    try:
        papermill.execute_notebook(
            notebook,
            job["output"],
            engine_name=ENGINE,
            kernel_name=KERNEL,
            cwd=job["cwd"],
            progress_bar=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            execution_timeout=job.get("timeout", 900),
            shutdown_kernel="immediate",
            kernel_manager_class=QuickManager,
        )
    except PapermillExecutionError as error:
        return f"{error.ename}: {error.evalue}"
    except Exception as error:
        # The kernel died or never answered: papermill has kept nothing, so the evidence is kept here.
        message = (
            f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"
        )
        _keep_broken(notebook, job["output"], message)
        return message
    return ""


def _keep_broken(notebook, path, message):
    import nbformat

    running = [c for c in notebook.cells if c.cell_type == "code" and not c.outputs]
    where = running[0] if running else notebook.cells[-1]
    if where.cell_type == "code":
        name, _, value = message.partition(": ")
        where.outputs.append(
            nbformat.v4.new_output("error", ename=name, evalue=value, traceback=[message])
        )
    nbformat.write(notebook, path)


def _engine(tell):
    from papermill.engines import NBClientEngine

    class Telling(NBClientEngine):
        """papermill's own engine, telling each finished cell."""

        @classmethod
        def execute_managed_notebook(cls, nb_man, kernel_name, **kwargs):
            total, complete = len(nb_man.nb.cells), nb_man.cell_complete

            def told(cell, cell_index=None, **more):
                complete(cell, cell_index=cell_index, **more)
                tell({"cell": (cell_index or 0) + 1, "cells": total})

            nb_man.cell_complete = told
            return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)

    return Telling


def live(job, tell):
    """Compute a dashboard's cells one by one (see publish.dashboard.live)."""
    from opsbook.publish.dashboard import live as cells

    return cells.execute(job, tell)


def offers(job, tell):
    """Read what a dashboard offers to choose from and decide on."""
    from opsbook.publish.dashboard import offers as rows

    return rows.read(job["home"])


def headlines(job, tell):
    """Compute the headline figures of a dashboard's first page."""
    from opsbook.publish.dashboard import offers as rows

    return rows.headlines(job["home"])


_TASKS = {
    "execute": execute,
    "render": render,
    "combine": combine,
    "live": live,
    "offers": offers,
    "headlines": headlines,
}


def main(path):
    """Do the job in a JSON file; events go to standard output, a line each."""
    out = sys.stdout
    sys.stdout = sys.stderr
    started = time.perf_counter()

    def tell(event):
        out.write(json.dumps({**event, "at": round(time.perf_counter() - started, 3)}) + "\n")
        out.flush()

    work(json.loads(Path(path).read_text(encoding="utf-8")), tell)


if __name__ == "__main__":
    main(sys.argv[1])
