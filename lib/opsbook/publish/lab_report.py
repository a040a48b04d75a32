"""A notebook as it is saved, run as a report: what JupyterLab's button "Run as report" calls."""

import os
from pathlib import Path

REPORT = "application/vnd.opsbook.report+json"


def show(file):
    """Run a chapter's notebook with the parameters that its cell holds and display the outcome.

    file: its name in the folder of notebooks. The outcome is a dict of title, path (of the HTML
    report), html and error ("" where it went well).
    """
    from IPython.display import display

    display({REPORT: outcome(file)}, raw=True)


def outcome(file):
    """What `show` displays."""
    from opsbook import config
    from opsbook.errors import OpsbookError
    from opsbook.publish import parameters, run
    from opsbook.publish.prepare import read

    home = config.settings(os.environ.get("OPSBOOK_HOME")).home
    number = next((n for n, p in run.notebooks(home).items() if p.name == Path(file).name), None)
    if number is None:
        return {"error": f"{Path(file).name} is no chapter of {home}."}
    try:
        path = run.notebooks(home)[number]
        given = {name: p.default for name, p in parameters.schema(read(path)).items()}
        period, language = given.pop("period", "latest"), given.pop("language", "en")
        version = given.pop("data_version", None)
        manifest = run.run(
            str(number), period, home=home, language=language, data_version=version,
            parameters=given, formats=("html",),
        )  # fmt: skip
    except OpsbookError as error:
        return {"error": str(error)}
    result = manifest.chapters[number]
    page = manifest.folder / result.files.get("html", "")
    return {
        "title": result.title,
        "path": str(page),
        "html": page.read_text(encoding="utf-8") if page.is_file() else "",
        "error": result.error,
    }
