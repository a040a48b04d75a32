"""What the portal knows: chapters and their last runs, findings, today, reports, search."""

import json
import logging
import re
import threading
import time
from html import escape

import nbformat
from markupsafe import Markup

from opsbook.present import retold
from opsbook.publish.prepare import read
from opsbook.publish.prose import parse, plain

SEVERITIES = ("critical", "high", "medium", "low", "info")
SNIPPET = 90
HITS = 60
_offers = {}
_headlines = {}
_texts = {}
_lock = threading.Lock()
log = logging.getLogger("opsbook.dashboard")


def names(results, language):
    """(number, title) of every chapter, in order, the index left out."""
    return [(n, title(results, n, language)) for n in sorted(results.notebooks()) if n]


def title(results, number, language):
    """A chapter's title in a language."""
    return title_of(results.notebooks()[number], results.words(language))


def title_of(path, words):
    """The title that a notebook's first heading has in the language of a Translator."""
    for cell in read_kept(path).cells:
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


def headlines(results):
    """Chapter number -> its headline figure (`offers.headlines`), none until they are computed.

    After a write or an import the former ones are given until the new are there: no page waits.
    """
    home, version = str(results.settings.home), results.version()
    with _lock:
        known = _headlines.setdefault(home, {"asked": None, "of": {}})
        is_new = known["asked"] != version
        known["asked"] = version

    def read():
        try:
            found = results.ask("headlines", home=home)
        except RuntimeError:
            log.exception("headline figures")
            return
        of = {f["chapter"]: {**f, "period": found["period"]} for f in found["figures"]}
        with _lock:
            _headlines[home]["of"] = of

    if is_new:
        threading.Thread(target=read, daemon=True, name="headlines").start()
    return _headlines[home]["of"]


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
    found, seen, words = [], {}, results.words(language)
    for number, (one, _) in latest(results, language).items():
        if one.folder not in seen:
            seen[one.folder] = _findings(one.folder)
        found += [
            {
                **(f if one.language == language else retold.finding(f, words)),
                "acknowledged": acknowledged.get(f["finding_id"]),
            }
            for f in seen[one.folder]
            if f["chapter"] == number
        ]
    order = {s: i for i, s in enumerate(SEVERITIES)}
    return sorted(found, key=lambda f: (order[f["severity"]], f.get("due", ""), f["section"]))


def is_translated(results, language):
    """Whether every finding shown is in a language: of its run, or kept with what it is written from."""
    runs = [one for one, _ in latest(results, language).values() if one.language != language]
    kept = {one.folder: _findings(one.folder) for one in runs}
    return all(f.get("values") is not None for found in kept.values() for f in found)


def overview(results, language):
    """Everything on the portal beside the index notebook."""
    every = findings(results, language)
    runs = latest(results, language)
    is_open = [f for f in every if not f["acknowledged"]]
    found = offers(results)
    figures = headlines(results)
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
                "headline": _headline(one, result, results.words(language)),
                "figure": _figure(figures.get(number), results.words(language)),
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
        "is_translated": is_translated(results, language),
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
            for anchor, text in _report(one.folder / result.files["ipynb"], number)[0]:
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


def _report(file, number):
    """(anchor, text) of the prose, captions, tables and findings of an executed notebook; its summary."""
    from opsbook.publish import document

    try:
        stamp = (str(file), file.stat().st_mtime_ns)
    except OSError:
        return [], []
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
        _texts[stamp] = found, about.summary
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


def _headline(one, result, words):
    """The first sentence of a chapter's summary in its newest report, in the viewer's language."""
    if result is None:
        return ""
    file = one.folder / result.files["ipynb"]
    said = _report(file, result.number)[1]
    return retold.sentence(said[0], words)["text"] if said else ""


def _figure(about, words):
    """name, figure, period, change (written), status and line (points of its weeks), or None."""
    if about is None:
        return None
    change = words.write(about["change"], "p") if about["change"] is not None else ""
    return {
        **about["told"][words.language],
        "period": about["period"],
        "change": change if change[:1] in ("-", "−", "") else f"+{change}",
        "status": about["status"],
        "line": _line(about["weeks"]),
    }


def _line(weeks):
    """Points of an SVG polyline in a box of 96 by 24, of weeks with figures; "" below three."""
    known = [(i, value) for i, value in enumerate(weeks) if value is not None]
    if len(known) < 3:
        return ""
    low, high = min(v for _, v in known), max(v for _, v in known)
    scale = 20 / (high - low) if high > low else 0
    last = len(weeks) - 1
    return " ".join(
        f"{2 + 92 * i / last:.1f},{22 - (v - low) * scale if scale else 12:.1f}" for i, v in known
    )


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
