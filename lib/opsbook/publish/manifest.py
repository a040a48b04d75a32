"""What a run did, kept beside its reports as manifest.json."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

NAME = "manifest.json"


@dataclass(frozen=True)
class ChapterResult:
    """One chapter of a run.

    state: ok, cached, no_data or failed. seconds: from start to its reports. files: dict of
    format -> path relative to the run's folder; ipynb is always there. error: empty unless failed.
    """

    number: int
    name: str
    title: str
    state: str
    seconds: float
    files: dict
    error: str = ""
    key: str = ""


@dataclass(frozen=True)
class Manifest:
    """A run: which code and data gave which reports.

    chapters: dict of chapter number -> ChapterResult. files: the combined report, by format, and
    findings. notes: what else went wrong. folder: where it all lies. Hashes are sha256 in hex; times are ISO 8601 in UTC.
    """

    folder: Path
    period: str
    language: str
    formats: tuple
    data_version: int
    code_hash: str
    data_hash: str
    parameter_hash: str
    parameters: dict
    chapters: dict
    files: dict
    started_at: str
    finished_at: str
    seconds: float
    notes: list = field(default_factory=list)

    @property
    def ok(self):
        """Whether no chapter failed and the combined report was written."""
        return not self.notes and all(result.state != "failed" for result in self.chapters.values())

    @property
    def exit_status(self):
        """0 where all went well, 1 where a chapter failed."""
        return 0 if self.ok else 1

    def path(self, file):
        """Absolute path of one of its files."""
        return self.folder / file

    def write(self, folder):
        """Write manifest.json into a folder."""
        record = asdict(self)
        record["chapters"] = {str(n): asdict(c) for n, c in self.chapters.items()}
        del record["folder"]
        text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True)
        Path(folder, NAME).write_text(text + "\n", encoding="utf-8")


def load(folder):
    """The Manifest of a folder of reports."""
    folder = Path(folder)
    record = json.loads((folder / NAME).read_text(encoding="utf-8"))
    record["chapters"] = {int(n): ChapterResult(**c) for n, c in record["chapters"].items()}
    record["formats"] = tuple(record["formats"])
    return Manifest(folder=folder, **record)


def finished(reports):
    """Manifests of all finished runs below a reports folder, newest first."""
    found = []
    for file in Path(reports).glob(f"*/*/*/{NAME}"):
        if not any(part.startswith(".") for part in file.relative_to(reports).parts):
            found.append(load(file.parent))
    return sorted(found, key=lambda m: m.started_at, reverse=True)
