"""What the portal knows: chapters and their last runs, findings, today, reports, search."""

import json
import re
import threading
import time
from html import escape

import nbformat
from markupsafe import Markup

from opsbook.publish.prepare import read
from opsbook.publish.prose import parse, plain

SEVERITIES = ("critical", "high", "medium", "low", "info")
SNIPPET = 90
HITS = 60
_offers = {}
_texts = {}
_lock = threading.Lock()


def names(results, language):
    """(number, title) of every chapter, in order, the index left out."""
    return [(n, title(results, n, language)) for n in sorted(results.notebooks()) if n]


def title(results, number, language):
    """A chapter's title in a language."""
    return _title(results, results.notebooks()[number], language)


def _title(results, path, language):
    notebook = read_kept(path)
    words = results.words(language)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            key = cell.metadata.get("opsbook", {}).get("message", "")
            text = words.text(key) if words.has(key) else cell.source
            for node in parse(text):
                if node["t"] == "heading":
                    return plain(node["c"])
    return path.stem


def read_kept(path):
    """A notebook file, read once per version of it."""
    stamp = (str(path), path.stat().st_mtime_ns)
    if stamp not in _texts:
        _texts[stamp] = read(path)
    return _texts[stamp]


def offers(results):
    """What `offers.read` gives for the newest version, asked of a forked process once."""
    version = results.version()
    key = (str(results.settings.home), version)
    with _lock:
        if key not in _offers:
            _offers.clear()
            found = results.ask("offers", home=str(results.settings.home))
            _offers[key] = found
            results.latest = {"version": found["version"], "period": found["latest"]}
        return _offers[key]


def forget(results):
    """Read the offers anew at the next question."""
    with _lock:
        _offers.pop((str(results.settings.home), results.version()), None)


def run_id(manifest):
    """A run's name in addresses."""
    return f"{manifest.period.replace('/', '_')}~{manifest.language}~{manifest.folder.name}"


def latest(results, language):
    """Chapter number -> (manifest, result) of its newest run, in the language where there is one."""
    found = {}
    for wanted in (language, None):
        for one in results.manifests():
            if wanted in (None, one.language):
                for number, result in one.chapters.items():
                    found.setdefault(number, (one, result))
    return found


def findings(results, language):
    """Findings of the newest runs, worst first, each with who acknowledged it."""
    acknowledged = offers(results)["acknowledged"]
    found, seen = [], {}
    for number, (one, _) in latest(results, language).items():
        if one.folder not in seen:
            seen[one.folder] = _findings(one.folder)
        found += [
            {**f, "acknowledged": acknowledged.get(f["finding_id"])}
            for f in seen[one.folder]
            if f["chapter"] == number
        ]
    order = {s: i for i, s in enumerate(SEVERITIES)}
    return sorted(found, key=lambda f: (order[f["severity"]], f.get("due", ""), f["section"]))


def overview(results, language):
    """Everything on the portal beside the index notebook."""
    every = findings(results, language)
    runs = latest(results, language)
    is_open = [f for f in every if not f["acknowledged"]]
    found = offers(results)
    rows = []
    for number, name in names(results, language):
        one, result = runs.get(number, (None, None))
        mine = [f for f in is_open if f["chapter"] == number]
        rows.append(
            {
                "number": number,
                "title": name,
                "run": one and _about(results, one, language),
                "state": result.state if result else "never",
                "open": len(mine),
                "worst": mine[0]["severity"] if mine else "",
                "headline": _headline(one, result),
                "files": [
                    (form, file)
                    for form, file in (result.files if result else {}).items()
                    if form != "ipynb"
                ],
                "run_id": one and run_id(one),
            }
        )
    people = {}
    for finding in is_open:
        people.setdefault(finding.get("owner_text") or finding["owner"], []).append(finding)
    waiting = [item for item in found["calendar"] if item["state"] in ("", "proposed")]
    for item in waiting:
        people.setdefault(item["owner"] or "–", []).append(
            {
                "what": item["title"] or item["theme"],
                "due_text": item["slot_at"],
                "severity": "calendar",
            }
        )
    return {
        "attention": is_open[:6],
        "open_count": len(is_open),
        "rows": rows,
        "people": sorted(people.items(), key=lambda p: -len(p[1])),
        "waiting": waiting,
        "batches": found["batches"],
        "reports": [
            {**_about(results, m, language), "id": run_id(m), "files": _bound(m)}
            for m in results.manifests()[:8]
        ],
        "version": found["version"],
    }


def search(results, wanted):
    """Where past reports say something: run, chapter, anchor and the words around it."""
    pattern = re.compile(re.escape(wanted), re.IGNORECASE)
    hits = []
    for one in results.manifests():
        for number, result in sorted(one.chapters.items()):
            for anchor, text in _report_texts(one.folder / result.files["ipynb"], number):
                for match in pattern.finditer(text):
                    hits.append(
                        {
                            "run": run_id(one),
                            "period": one.period,
                            "language": one.language,
                            "title": result.title,
                            "file": result.files.get("html", ""),
                            "anchor": anchor,
                            "text": _around(text, match),
                        }
                    )
                    break
                if len(hits) >= HITS:
                    return hits
    return hits


def _report_texts(file, number):
    """(anchor, text) of the prose, captions, tables and findings of an executed notebook."""
    from opsbook.publish import document

    try:
        stamp = (str(file), file.stat().st_mtime_ns)
    except OSError:
        return []
    if stamp not in _texts:
        about = document.read(nbformat.read(file, as_version=4), number, file.stem)
        at, found = f"c{number}", []
        for block in [*about.blocks, *about.closing]:
            if isinstance(block, document.Heading):
                at = block.anchor
                found.append((at, block.text))
            elif isinstance(block, document.Prose):
                found.append((at, " ".join(plain(n.get("c", [])) for n in block.nodes)))
            elif isinstance(block, (document.Chart, document.Table)):
                rows = " ".join(" ".join(map(str, r)) for r in getattr(block, "text", []))
                found.append((block.anchor, f"{block.caption} {rows}"))
        found += [("conclusions", f"{f['what']} {f['action']}") for f in about.findings]
        found += [("summary", s["text"]) for s in about.summary]
        _texts[stamp] = found
    return _texts[stamp]


def _around(text, match):
    start, end = max(match.start() - SNIPPET, 0), min(match.end() + SNIPPET, len(text))
    parts = (text[start : match.start()], match[0], text[match.end() : end])
    before, hit, after = (escape(p) for p in parts)
    return Markup(
        f"{'…' if start else ''}{before}<mark>{hit}</mark>{after}{'…' if end < len(text) else ''}"
    )


def _findings(folder):
    try:
        return json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []


def _headline(one, result):
    """The first sentence of a chapter's summary in its newest report."""
    if result is None:
        return ""
    file = one.folder / result.files["ipynb"]
    texts = [text for anchor, text in _report_texts(file, result.number) if anchor == "summary"]
    return texts[0] if texts else ""


def _bound(one):
    chosen = {f: n for f, n in one.files.items() if f in one.formats}
    return sorted(chosen.items())


def _about(results, one, language):
    import datetime as dt

    words = results.words(language)
    moment = dt.datetime.fromisoformat(one.finished_at)
    return {
        "period": one.period,
        "language": one.language,
        "at": words.time(moment),
        "ok": one.ok,
        "version": one.data_version,
        "failed": [n for n, r in one.chapters.items() if r.state == "failed"],
        "age_seconds": time.time() - moment.timestamp(),
    }
