"""Results by meaning: keyed on code, data version and parameters, shared by all viewers.

A page is painted from what is there - a live result of the same key, else the latest report - and
a computation under way is joined, never started twice. An import changes the key.
"""

import asyncio
import datetime as dt
import json
import logging
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from opsbook import shared
from opsbook.present.language import Translator
from opsbook.publish import cache, kernels, manifest, parameters, run, workers
from opsbook.publish.dashboard import cells
from opsbook.publish.prepare import check_period, inject, prepare, read

KEPT_PAGES = 40
SECTION_SECONDS = 60
log = logging.getLogger("opsbook.dashboard")


@dataclass(frozen=True)
class Painted:
    """What a page can show at once.

    pieces: list of (cell id, parts; see `cells`). as_of: ISO time of the report. is_current: whether code, data
    and parameters are those of now. language: the one it is written in.
    """

    pieces: list
    as_of: str
    is_current: bool
    language: str
    state: dict = field(default_factory=dict)


class Results:
    """Painted pages of one workbook and the computations that make them."""

    def __init__(self, settings, jobs=2):
        self.settings = settings
        self.root = cache.folder(settings) / "live"
        self.env = {
            **kernels.environment(),
            "OPSBOOK_HOME": str(settings.home),
            "OPSBOOK_CHARTS": "page",
        }
        self.running = {}
        self.latest = {}
        self.slots = threading.Semaphore(jobs)
        self.lock = threading.Lock()
        shared.forget(settings.store)  # a dashboard that was killed left its own
        self._read, self._hashes, self._store, self._manifests = {}, {}, None, (0.0, [])

    def notebooks(self):
        """Number -> path of the notebooks in force."""
        return run.notebooks(self.settings.home)

    def values(self, number, query):
        """Every parameter of a chapter by name, the query's texts read and checked."""
        known = parameters.schema(read(self.notebooks()[number]))
        given = parameters.from_text(known, query)
        if "period" in given:
            check_period(given["period"])
        return {name: given.get(name, about.default) for name, about in known.items()}

    def version(self):
        """The store's newest version."""
        if self._store is None:
            from opsbook.data.store import Store

            self._store = Store(self.settings.store)
        return self._store.version

    def key(self, number, values):
        """The key of a chapter's result with these parameters, now."""
        version = values.get("data_version")
        version = self.version() if version in (None, "", "latest") else int(version)
        code, data = self._hash("code", cache.code_hash), self.data(version)
        path = self.notebooks()[number]
        return cache.key(path, values, values.get("language", "en"), code, data)

    def data(self, version):
        """Hash of the data that a store version stands for."""
        return self._hash(
            ("data", version), lambda: cache.data_hash(self.settings, version), seconds=5
        )

    def manifests(self):
        """Manifests of finished runs, newest first; looked for again every two seconds."""
        seen, found = self._manifests
        if time.monotonic() - seen > 2:
            found = manifest.finished(self.settings.reports)
            self._manifests = (time.monotonic(), found)
        return found

    def paint(self, number, values):
        """What can be shown at once for a chapter, or None."""
        language = values.get("language", "en")
        kept = self._kept(self.key(number, values))
        if kept is not None:
            return Painted(kept["pieces"], kept["at"], True, language, kept["state"])
        if self._is_default(number, values):
            for wanted in (language, None):
                found = self._report(number, wanted)
                if found is not None:
                    return found
        return None

    def _is_default(self, number, values):
        known = parameters.schema(read(self.notebooks()[number]))
        return all(
            values[name] == about.default for name, about in known.items() if name != "language"
        )

    def _report(self, number, language):
        """The latest report's cells, in a language or (None) in any."""
        for one in self.manifests():
            chapter = one.chapters.get(number)
            if chapter is None or chapter.state == "failed" or language not in (None, one.language):
                continue
            file = one.folder / chapter.files["ipynb"]
            try:
                pieces, state = self._pieces(file, number, one.language)
            except OSError:
                continue
            asked = one.parameters.get(str(number), {}).get("period", "latest")
            is_current = (
                language is not None
                and asked == "latest"
                and one.code_hash == self._hash("code", cache.code_hash)
                and one.data_hash == self.data(self.version())
            )
            return Painted(pieces, one.finished_at, is_current, one.language, state)
        return None

    def _pieces(self, file, number, language):
        stamp = (str(file), file.stat().st_mtime_ns)
        if stamp not in self._read:
            notebook = nbformat.read(file, as_version=4)
            while len(self._read) >= KEPT_PAGES:
                self._read.pop(next(iter(self._read)))
            self._read[stamp] = cells.of_notebook(notebook, number, self.words(language))
        return self._read[stamp]

    def words(self, language):
        """The translator of a language."""
        return Translator(
            language,
            currency=self.settings.currency,
            time_zone=self.settings.time_zone,
            home_folder=self.settings.home,
        )

    def _kept(self, key):
        file = self.root / f"{key}.json"
        try:
            stamp = (str(file), file.stat().st_mtime_ns)
            if stamp not in self._read:
                while len(self._read) >= KEPT_PAGES:
                    self._read.pop(next(iter(self._read)))
                self._read[stamp] = json.loads(file.read_text(encoding="utf-8"))
            return self._read[stamp]
        except (OSError, ValueError):
            return None

    def _keep(self, key, pieces, state):
        self.root.mkdir(parents=True, exist_ok=True)
        record = {"pieces": pieces, "state": state, "at": _now()}
        aside = self.root / f".{key}-{time.monotonic_ns()}"
        aside.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
        aside.replace(self.root / f"{key}.json")
        old = sorted(self.root.glob("*.json"), key=lambda p: p.stat().st_mtime, reverse=True)
        for file in old[cache.KEPT :]:
            file.unlink(missing_ok=True)

    def _hash(self, name, make, seconds=2):
        """A hash over many files, computed again only after some seconds."""
        at, value = self._hashes.get(name, (-1e9, None))
        if time.monotonic() - at > seconds:
            value = make()
            self._hashes[name] = (time.monotonic(), value)
        return value

    async def stream(self, number, values):
        """Lines (dicts) of a chapter computed with these parameters: cells as they are done.

        The last one is {"end": True, ...} or {"broken": message}. Joins a computation of the same
        key that is under way; a kept result comes at once.
        """
        loop = asyncio.get_running_loop()
        key = await loop.run_in_executor(None, self.key, number, values)
        kept = await loop.run_in_executor(None, self._kept, key)
        if kept is not None:
            for cell, parts in kept["pieces"]:
                yield {"cell": cell, "parts": parts}
            yield {"end": True, "at": kept["at"], "kept": True, "errors": 0}
            return
        with self.lock:
            work = self.running.get(key)
            if work is None or work.is_dropped:
                work = self.running[key] = Work(loop)
                job = self._job(number, values)
                threading.Thread(
                    target=self._compute, args=(key, job, work), daemon=True, name="live"
                ).start()
            work.watchers += 1
        try:
            async for line in work.lines():
                yield line
        finally:
            with self.lock:
                work.watchers -= 1
                if work.watchers == 0 and not work.is_done:
                    work.is_dropped = True

    def _job(self, number, values):
        path, language = self.notebooks()[number], values.get("language", "en")
        notebook = prepare(path, {}, language, home=self.settings.home)
        if values.get("period") == "latest" and self.latest.get("version") == self.version():
            # asked of the store once per version, not by every computation
            values = {**values, "period": self.latest["period"]}
        inject(notebook, values)
        return {
            "task": "live",
            "number": number,
            "language": language,
            "home": str(self.settings.home),
            "currency": self.settings.currency,
            "seconds": SECTION_SECONDS,
            "shared": str(shared.folder(self.settings.store, self.data(self.version()))),
            "cells": [
                {
                    "id": cell.get("id", str(i)),
                    "cell_type": cell.cell_type,
                    "source": cell.source,
                    "metadata": dict(cell.metadata),
                }
                for i, cell in enumerate(notebook.cells)
            ],
        }

    def _shared(self):
        """The private folder that computations with today's code over today's data share."""
        code, data = self._hash("code", cache.code_hash), self.data(self.version())
        return shared.folder(self.settings.store, cache.digest([code, data]))

    def close(self):
        """Take away what lasts no longer than the dashboard."""
        shared.forget(self.settings.store)

    def _compute(self, key, job, work):
        clock, pieces = time.perf_counter(), []
        with self.slots:
            events = self.events(job)
            try:
                for event in events:
                    if work.is_dropped:
                        break
                    if "cell" in event:
                        pieces.append((event["cell"], event["parts"]))
                        work.add(event)
                    elif "done" in event:
                        done = event["done"]
                        for error in done["errors"]:
                            log.error(
                                "chapter %s, error %s: %s",
                                job["number"],
                                error["id"],
                                error["trace"],
                            )
                        if not done["errors"]:
                            self._keep(key, pieces, done["state"])
                        work.add(
                            {
                                "end": True,
                                "at": _now(),
                                "errors": len(done["errors"]),
                                "seconds": round(time.perf_counter() - clock, 3),
                            }
                        )
                    elif "broken" in event:
                        log.error("chapter %s: %s", job["number"], event["broken"])
                        work.add({"broken": event["broken"]})
            except Exception as error:
                log.exception("chapter %s", job["number"])
                work.add({"broken": f"{type(error).__name__}: {error}"})
            finally:
                events.close()
                with self.lock:
                    if self.running.get(key) is work:
                        del self.running[key]
                work.end()

    def events(self, job):
        """Events of a job in a forked process; the parent is renewed where the code has changed."""
        kernels.refresh_parent()
        folder = Path(self.settings.reports)
        folder.mkdir(parents=True, exist_ok=True)
        return workers.events(job, folder, self.env)

    def ask(self, task, **about):
        """The result of a small job, waited for."""
        for event in self.events({"task": task, **about}):
            if "done" in event:
                return event["done"]
            if "broken" in event:
                raise RuntimeError(event["broken"])
        raise RuntimeError("no answer")


class Work:
    """A computation under way: its lines so far, and who waits for more."""

    def __init__(self, loop):
        self.loop = loop
        self.said = []
        self.watchers = 0
        self.is_done = self.is_dropped = False
        self.more = asyncio.Event()

    def add(self, line):
        """Say a line (from the computing thread)."""
        self.said.append(line)
        self.loop.call_soon_threadsafe(self._wake)

    def end(self):
        """No more lines."""
        self.is_done = True
        self.loop.call_soon_threadsafe(self._wake)

    def _wake(self):
        self.more.set()
        self.more = asyncio.Event()

    async def lines(self):
        """Every line from the first on, as they come."""
        at = 0
        while True:
            more = self.more
            while at < len(self.said):
                yield self.said[at]
                at += 1
            if self.is_done and at >= len(self.said):
                return
            await more.wait()


def _now():
    return dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat()
