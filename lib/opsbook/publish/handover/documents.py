"""The report as a document that Word, Google Docs and Tencent Docs open: a copy of the run's .docx."""

import shutil

from opsbook.errors import RunError
from opsbook.publish import manifest
from opsbook.publish.handover.material import needs_run


def docx(material, output):
    """Copy the run's report.docx (its chapters' where it has one chapter); a list of paths."""
    folder = needs_run(material, "docx")
    run = manifest.load(folder)
    names = [run.files["docx"]] if "docx" in run.files else []
    names = names or [c.files["docx"] for c in run.chapters.values() if "docx" in c.files]
    if not names:
        raise RunError(
            f"docx: the run of {material.period} has no document.",
            remedy=f"Run it with it: opsbook run --period {material.period} --formats html,docx",
        )
    for name in names:
        aside = output / f".{name}.part"
        shutil.copyfile(folder / name, aside)
        aside.replace(output / name)
    return [output / name for name in names]
