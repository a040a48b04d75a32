"""Run chapters and leave their reports: in parallel, from the cache where nothing changed, whole.

Everything is written beside the final folder and moved into place at the end, so that a reader
never sees half a run. A chapter that fails is kept with its error; the others go on.
"""

import contextlib
import datetime as dt
import json
import os
import re
import shutil
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import nbformat

from opsbook import shared
from opsbook.config import DISTRIBUTION, LANGUAGES, settings
from opsbook.errors import ParameterError
from opsbook.publish import cache, kernels, parameters, place, workers
from opsbook.publish.manifest import ChapterResult, Manifest
from opsbook.publish.prepare import check_period, prepare, read
from opsbook.publish.progress import Progress

FORMATS = ("ipynb", "html", "pdf", "docx", "xlsx")
INDEX = 0
METHODS = 11  # the methods page, after the ten chapters
_NOTEBOOK = re.compile(r"(\d\d)_\w+\.ipynb\Z")


def run(
    chapters="all",
    period="latest",
    *,
    home=None,
    language="en",
    formats=("html",),
    output=None,
    data_version=None,
    jobs=None,
    parameters=None,
):
    """Execute chapters over the store and write their reports; returns the Manifest.

    chapters: "all", a number, a list of numbers, or text such as "2,6" or "2-5". period: see
    opsbook.data.periods. formats: of ipynb (always kept), html, pdf, docx, xlsx. output: folder of
    the reports; by default a new one below the workbook's reports. data_version: None for the
    newest. jobs: chapters at a time, by default one per processor. parameters: dict for every
    chosen chapter that knows them.

    Raises ParameterError, AccessError, ConfigError or StoreError before anything is started, and
    RunError where the reports cannot be written. A failed chapter does not raise: see its state.
    """
    clock, started = time.perf_counter(), _now()
    book = settings(home)
    chosen = choose(chapters, notebooks(book.home))
    formats = _formats(formats)
    if language not in LANGUAGES:
        raise ParameterError("language", f"{language!r} is not known.", known=LANGUAGES)
    check_period(str(period))
    version = _version(book, data_version)
    plan = _plan(book, chosen, period, language, parameters or {}, version, data_version)
    code, data = cache.code_hash(), cache.data_hash(book, version)
    context = _context(book, language, period, version, code, started)
    entries = {}
    for number, (path, _prepared, values) in plan.items():
        # the proof of the methods reads none of the brand's data
        seen = "" if number == METHODS else data
        entries[number] = cache.key(path, values, language, code, seen)
    with (
        place.aside(output or book.reports, replaceable=output is not None) as folder,
        shared.of_run(book.store) as sharing,
    ):
        was_warm = kernels.is_running()
        work = _Work(book, folder, formats, context, entries, _environment(book, version, sharing))
        try:
            results = work.all({n: (p, nb) for n, (p, nb, _) in plan.items()}, jobs)
            period = _resolved(work.periods, period)
            files = work.bind(results, {**context, "period": period}, jobs)
        finally:
            if not was_warm:
                kernels.stop_parent()
        files["findings"] = _write_findings(folder, work.findings)
        name = place.final(output, book.reports, period, language, started)
        manifest = Manifest(
            folder=name,
            period=period,
            language=language,
            formats=formats,
            data_version=version,
            code_hash=code,
            data_hash=data,
            parameter_hash=cache.digest({str(n): v for n, (_, _, v) in plan.items()}),
            parameters={str(n): v for n, (_, _, v) in plan.items()},
            chapters=dict(sorted(results.items())),
            files=files,
            started_at=started.isoformat(),
            finished_at=_now().isoformat(),
            seconds=round(time.perf_counter() - clock, 3),
            notes=work.notes,
        )
        manifest.write(folder)
        kept = place.move(folder, name)
    cache.prune(cache.folder(book))
    return replace(manifest, folder=kept)


def read_parameters(chapters, texts, *, home=None):
    """Parameters that came as text (name -> text) in the types that the chosen chapters give them."""
    chosen = choose(chapters, notebooks(settings(home).home))
    known = {}
    for path in chosen.values():
        known |= parameters.schema(read(path))
    return parameters.from_text(known, texts)


def notebooks(home):
    """Chapter notebooks in force: dict of number -> path; the workbook's own, else the shipped."""
    for root in (Path(home) / "notebooks", DISTRIBUTION / "notebooks"):
        found = {
            int(m[1]): p for p in sorted(root.glob("*.ipynb")) if (m := _NOTEBOOK.match(p.name))
        }
        if found:
            if (root / "methods.ipynb").is_file():
                found[METHODS] = root / "methods.ipynb"
            return found
    return {}


def choose(chapters, known):
    """The chosen ones of the known notebooks, the index last; ParameterError for an unknown one."""
    if chapters == "all":
        numbers = list(known)
    elif isinstance(chapters, (int, str)):
        numbers = [n for part in str(chapters).split(",") for n in _numbers(part)]
    else:
        numbers = [n for part in chapters for n in _numbers(str(part))]
    for number in numbers:
        if number not in known:
            raise ParameterError(
                "chapters",
                f"there is no chapter {number}.",
                remedy=f"Known: {', '.join(map(str, sorted(known))) or 'none'}, or all.",
            )
    if not numbers:
        raise ParameterError("chapters", "no chapter is named.", remedy="Write 6, 2,6, 2-5 or all.")
    order = sorted(set(numbers), key=lambda n: (n == INDEX, n))
    return {n: known[n] for n in order}


def _numbers(part):
    found = re.fullmatch(r"\s*(\d+)(?:\s*-\s*(\d+))?\s*", part)
    if not found:
        raise ParameterError(
            "chapters", f"{part!r} is not a chapter.", remedy="Write 6, 2,6 or 2-5."
        )
    return range(int(found[1]), int(found[2] or found[1]) + 1)


def _formats(formats):
    wanted = [formats] if isinstance(formats, str) else list(formats)
    wanted = [f.strip() for part in wanted for f in str(part).split(",")]
    for name in wanted:
        if name not in FORMATS:
            raise ParameterError("formats", f"{name!r} is not known.", known=FORMATS)
    return tuple(f for f in FORMATS if f in wanted and f != "ipynb")


def _plan(book, chosen, period, language, given, version, data_version):
    """number -> (path, prepared notebook, values); every check is made here, before any start."""
    known = {number: parameters.schema(read(path)) for number, path in chosen.items()}
    names = {name for one in known.values() for name in one}
    for name in given:
        if name not in names:
            for one in known.values():
                parameters.check(one, {name: given[name]})
    planned = {}
    for number, path in chosen.items():
        values = {k: v for k, v in given.items() if k in known[number]}
        for name, value in (("period", str(period)), ("language", language)):
            if name in known[number]:
                values.setdefault(name, value)
        if "data_version" in known[number] and data_version is not None:
            values.setdefault("data_version", _as(known[number]["data_version"], version))
        prepared = prepare(path, values, language, home=book.home)
        planned[number] = (path, prepared, values)
    return planned


def _as(parameter, version):
    return str(version) if parameter.type == "str" else version


def _version(book, data_version):
    from opsbook.data.store import Store

    store = Store(book.store)
    if data_version in (None, "", "latest"):
        return store.version
    try:
        wanted = int(data_version)
    except (TypeError, ValueError):
        raise ParameterError(
            "data_version", f"{data_version!r} is not a version.", remedy="Give a whole number."
        ) from None
    if not 0 <= wanted <= store.version:
        raise ParameterError(
            "data_version",
            f"there is no version {wanted}; the store has versions up to {store.version}.",
        )
    return wanted


def _context(book, language, period, version, code, started):
    local = started.astimezone(book.time_zone)
    return {
        "home": str(book.home),
        "language": language,
        "brand": book.brand_name(language),
        "colours": list(book.brand.get("colours", [])),
        "logo": str(book.data / "assets" / book.brand["logo"]) if book.brand.get("logo") else "",
        "period": str(period),
        "data_version": version,
        "code": code[:12],
        "produced_at": f"{local:%Y-%m-%d %H:%M} {book.time_zone.key}",
        "produced_on": local.date().isoformat(),
        "currency": book.currency,
    }


def _environment(book, version, sharing):
    env = kernels.environment()
    env["OPSBOOK_HOME"] = str(book.home)
    env["OPSBOOK_CHARTS"] = "static"
    env["OPSBOOK_DATA_VERSION"] = str(version)
    env[shared.FOLDER] = str(sharing or "")
    return env


def _resolved(periods, period):
    named = sorted(p for p in periods if p)
    return named[0] if len(set(named)) == 1 else str(period)


def _write_findings(folder, findings):
    order = sorted(findings)
    rows = [row for number in order for row in findings[number]]
    text = json.dumps(rows, ensure_ascii=False, indent=1)
    Path(folder, "findings.json").write_text(text + "\n", encoding="utf-8")
    return "findings.json"


def _now():
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


class _Work:
    """One run's chapters on their way; `findings`, `periods` and `notes` gather as they end."""

    def __init__(self, book, folder, formats, context, entries, env):
        self.folder, self.formats, self.context = folder, formats, context
        self.entries, self.env = entries, env
        self.root = cache.folder(book)
        self.findings, self.periods, self.notes = {}, set(), []
        self.progress = None

    def all(self, plan, jobs):
        """Results of all chapters: those that need work in parallel, the index after the others."""
        results = {}
        names = {n: path.stem for n, (path, _) in plan.items()}
        jobs = max(1, int(jobs or os.cpu_count() or 1))
        waiting = [n for n in plan if cache.find(self.root, self.entries[n]) is None]
        if waiting and kernels.SOCKET not in os.environ:
            kernels.refresh_parent()
        with Progress(names) as self.progress:
            for group in ([n for n in plan if n != INDEX], [n for n in plan if n == INDEX]):
                with ThreadPoolExecutor(max_workers=jobs) as pool:
                    futures = {n: pool.submit(self.chapter, n, names[n], plan[n][1]) for n in group}
                    for number, future in futures.items():
                        results[number] = future.result()
        return results

    def chapter(self, number, name, prepared):
        """The result of one chapter, from the cache or by running it."""
        clock = time.perf_counter()
        entry = self.entries[number]
        kept = cache.find(self.root, entry)
        target = self.folder / f"{name}.ipynb"
        result = None
        if kept is not None:
            # Another run may be pruning: what is gone meanwhile is computed again.
            with contextlib.suppress(FileNotFoundError):
                result = self._from_cache(kept, number, name, target)
        if result is None:
            kept = None
            result = self._execute(number, name, prepared, target)
        self.findings[number] = result.get("findings", [])
        self.periods.add(result.get("period", ""))
        state = result["state"]
        if kept is not None and state == "ok":
            state = "cached"
        if state != "failed" and result.get("fresh"):
            made = [target, *(self.folder / f for f in result["files"].values())]
            if kept is not None:
                made += [
                    f
                    for f in kept["folder"].glob(f"{name}.*")
                    if f.name not in {m.name for m in made}
                ]
            record = {k: result[k] for k in ("state", "title", "period", "findings")}
            cache.keep(self.root, entry, record, made)
        self.progress.end(number, state, result.get("error", ""))
        return ChapterResult(
            number=number,
            name=name,
            title=result.get("title", name),
            state=state,
            seconds=round(time.perf_counter() - clock, 3),
            files={"ipynb": target.name, **result["files"]},
            error=result.get("error", ""),
            key=entry,
        )

    def _from_cache(self, kept, number, name, target):
        shutil.copyfile(kept["folder"] / target.name, target)
        have = [f for f in self.formats if (kept["folder"] / f"{name}.{f}").exists()]
        for form in have:
            shutil.copyfile(kept["folder"] / f"{name}.{form}", self.folder / f"{name}.{form}")
        files = {form: f"{name}.{form}" for form in have}
        lacking = [f for f in self.formats if f not in have]
        if not lacking:
            return {**kept, "files": files}
        made = self._do("render", number, name, target, lacking)
        return {**kept, **made, "files": {**files, **made["files"]}, "fresh": True}

    def _execute(self, number, name, prepared, target):
        source = self.folder / f".{name}.ipynb"
        nbformat.write(prepared, source)
        try:
            result = self._do("execute", number, name, target, self.formats, notebook=str(source))
        finally:
            source.unlink(missing_ok=True)
        if not target.exists():
            # Even the process that was to keep the evidence died: keep the notebook as it was.
            nbformat.write(prepared, target)
        return {**result, "fresh": True}

    def _do(self, task, number, name, target, formats, **more):
        cwd = self.folder / f".work-{name}"
        cwd.mkdir(exist_ok=True)
        job = {
            "task": task,
            "number": number,
            "name": name,
            "output": str(target),
            "cwd": str(cwd),
            "formats": list(formats),
            "context": self.context,
            **more,
        }
        try:
            if number == INDEX:
                # the index runs last and tells of what the other chapters have found
                _write_findings(self.folder, self.findings)
            env = {**self.env, "OPSBOOK_RUN_FOLDER": str(self.folder)}
            for event in workers.events(job, cwd, env):
                self.progress.hear(number, event)
                if "done" in event:
                    return event["done"]
                if "broken" in event:
                    return {"state": "failed", "error": event["broken"], "files": {}}
        finally:
            shutil.rmtree(cwd, ignore_errors=True)

    def bind(self, results, context, jobs):
        """Write the combined report in every format; dict of format -> file name."""
        bound = [r for n, r in results.items() if n != INDEX]
        if len(bound) < 2 or not self.formats:
            return {}
        keys = [r.key if r.state != "failed" else uuid.uuid4().hex for r in bound]
        chapters = [
            {"number": r.number, "name": r.name, "path": str(self.folder / r.files["ipynb"])}
            for r in sorted(bound, key=lambda r: r.number)
        ]
        files = {}
        with ThreadPoolExecutor(max_workers=max(1, int(jobs or os.cpu_count() or 1))) as pool:
            made = pool.map(
                lambda form: self._bind_one(form, chapters, keys, context), self.formats
            )
            for form, file in zip(self.formats, made, strict=True):
                if file is not None:
                    files[form] = file
        return files

    def _bind_one(self, form, chapters, keys, context):
        file = f"report.{form}"
        entry = cache.digest(["report", form, keys])
        if (kept := cache.find(self.root, entry)) is not None:
            shutil.copyfile(kept["folder"] / file, self.folder / file)
            return file
        job = {
            "task": "combine",
            "chapters": chapters,
            "folder": str(self.folder),
            "formats": [form],
            "context": context,
        }
        for event in workers.events(job, self.folder, self.env):
            if "broken" in event:
                self.notes.append(f"report.{form}: {event['broken']}")
                return None
        cache.keep(self.root, entry, {"state": "ok"}, [self.folder / file])
        return file
