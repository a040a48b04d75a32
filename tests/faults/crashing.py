"""Rounds of work that is killed at a random moment, and what the workbook is like afterwards.

    python -m tests.faults.crashing HOME SEED ROUNDS

Every round forks a process that does one kind of work over and over and writes a line to a ledger
after each piece that was acknowledged; SIGKILL ends it; another process then checks. A line of
JSON per round: kind, after (seconds), acknowledged, faults (empty where all is well).
"""

import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

from tests.faults import brand

KINDS = ("import", "write-back", "report", "compaction", "backup", "mixed")
USUAL = {"import": 0.3, "write-back": 0.2, "report": 2.0, "compaction": 0.5, "backup": 0.2, "mixed": 0.5}  # fmt: skip
PATIENCE = 60
BACKUP = "copy.tar.gz"


class Ledger:
    """What was acknowledged to the user, on disk before the next piece begins."""

    def __init__(self, home):
        self.file = Path(home).parent / "ledger.jsonl"

    def add(self, **about):
        with open(self.file, "a", encoding="utf-8") as out:
            out.write(json.dumps(about) + "\n")
            out.flush()
            os.fsync(out.fileno())

    def lines(self):
        return [json.loads(x) for x in self.file.read_text().splitlines()] if self.file.exists() else []  # fmt: skip


def work(home, kind, number):
    """Do one kind of work until killed."""
    ledger = Ledger(home)
    pieces = {
        "import": import_one, "write-back": decide, "report": report, "compaction": compact, "backup": backup,
    }  # fmt: skip
    count = 0
    while True:
        count += 1
        if kind == "mixed":
            for name in ("import", "write-back", "compaction"):
                pieces[name](home, ledger, number * 1000 + count)
        else:
            if kind == "compaction":  # there must be something to compact
                import_one(home, ledger, number * 1000 + count)
            pieces[kind](home, ledger, number * 1000 + count)


def _store(home):
    from opsbook import Store

    return Store(home / "data" / "store")


def import_one(home, ledger, number):
    done = _store(home).import_file(brand.export(home / "data" / "inbox", number))
    ledger.add(kind="import", number=number, batch=done.batch_id, version=done.version)


def decide(home, ledger, number):
    from opsbook.publish.writeback import record

    item = f"F{number}"
    record(home / "data" / "store", "lin", {"kind": "finding", "finding_id": item})
    ledger.add(kind="write-back", item=item)


def report(home, ledger, number):
    from opsbook import run

    done = run("6", "2026-W46", home=home, formats=("html", "xlsx"), parameters={"top": number % 9 + 1})  # fmt: skip
    ledger.add(kind="report", folder=str(done.folder))


def compact(home, ledger, _):
    from opsbook.data import upkeep

    store = _store(home)
    upkeep.compact(store)
    ledger.add(kind="compaction", version=store.version)


def backup(home, ledger, _):
    from opsbook.publish.backup import backup as save

    save(home.parent / BACKUP, home=home, reports=False)
    ledger.add(kind="backup", version=_store(home).version)


def check(home):
    """What is not as promised after a kill: a list of sentences."""
    from opsbook.data import upkeep

    store, lines = _store(home), Ledger(home).lines()
    found = [f"{table}: {what}" for table, what in upkeep.broken(store)]
    found += brand.faults(store)
    batches = set(store.batches()["import_batch_id"]) if store.version else set()
    posts = set(store.frame("posts")["post_id"])
    decided = set(store.frame("approvals")["item_id"])
    for line in lines:
        if line["kind"] == "import" and line["batch"] not in batches:
            found.append(f"the acknowledged batch {line['batch']} is lost")
        if line["kind"] == "import" and not posts.issuperset(brand.ids(line["number"])):
            found.append(f"rows of the acknowledged export {line['number']} are lost")
        if line["kind"] == "write-back" and line["item"] not in decided:
            found.append(f"the acknowledged decision {line['item']} is lost")
        if line["kind"] == "report" and not Path(line["folder"]).is_dir():
            found.append(f"the acknowledged report {line['folder']} is lost")
    if store.version < max((x.get("version", 0) for x in lines), default=0):
        found.append("the store is older than what was acknowledged")
    return found + _reports(home) + _backup(home, lines)


def _reports(home):
    """Every report that a reader can see is whole."""
    from opsbook.publish import manifest

    found = []
    for place in (home / "reports").glob("[!.]*/[!.]*/[!.]*"):
        try:
            files = manifest.load(place)
        except (OSError, ValueError, KeyError) as error:
            found.append(f"{place.name}: a folder without its manifest: {error}")
            continue
        for name in (f for c in files.chapters.values() for f in c.files.values()):
            if not (place / name).is_file() or not (place / name).stat().st_size:
                found.append(f"{place.name}: {name} is missing or empty")
            elif name.endswith(".html") and "</html>" not in (place / name).read_text()[-200:]:
                found.append(f"{place.name}: {name} is cut")
    return found


def _backup(home, lines):
    """A backup that is there comes back whole, and not older than when it was acknowledged."""
    from opsbook.errors import OpsbookError
    from opsbook.publish.backup import restore

    saved = [x for x in lines if x["kind"] == "backup"]
    copy = home.parent / BACKUP
    if not copy.exists():
        return ["the acknowledged backup is lost"] if saved else []
    target = home.parent / f"back-{os.getpid()}"
    try:
        _, version = restore(copy, target)
        faults = brand.faults(_store(target))
    except OpsbookError as error:
        return [f"backup: {error}"]
    finally:
        shutil.rmtree(target, ignore_errors=True)
    if saved and version < saved[-1]["version"]:
        faults.append("backup: older than acknowledged")
    return faults


def _forked(call, *given):
    """(process, file) in which call's result can be read as JSON."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with os.fdopen(writer, "w") as out:
            try:
                out.write(json.dumps(call(*given)))
            except BaseException as error:
                out.write(json.dumps([f"{type(error).__name__}: {error}"]))
            out.flush()
            os._exit(0)
    os.close(writer)
    return child, os.fdopen(reader)


def _waited(home, lines, usual):
    """Wait until the ledger has so many lines; how long the last piece took."""
    began = last = time.monotonic()
    have = len(Ledger(home).lines())
    while have < lines and time.monotonic() - began < PATIENCE:
        time.sleep(0.01)
        now = len(Ledger(home).lines())
        if now > have:
            have, usual, last = now, time.monotonic() - last, time.monotonic()
    return usual


def alive(mark):
    """Processes that carry a mark in their environment, but this one."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            marked = mark.encode() in (place / "environ").read_bytes()
            state = (place / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if marked and state != "Z" and int(place.name) != os.getpid():
            found.append(int(place.name))
    return found


def main(home, seed, rounds):
    home = Path(home)
    os.environ["OPSBOOK_HOME"] = str(home)
    mark = f"OPSBOOK_ROUND={seed}.{os.getpid()}"
    import opsbook.data.upkeep
    import opsbook.publish.backup
    import opsbook.publish.run  # noqa: F401

    chance = random.Random(seed)
    for number in range(1, rounds + 1):
        kind = KINDS[number % len(KINDS)]
        pieces, share = chance.randrange(3), chance.random()
        before = len(Ledger(home).lines())
        started = time.monotonic()
        name, _, value = mark.partition("=")
        child = os.fork()
        if child == 0:
            os.setsid()
            os.environ[name] = value
            # the environment of /proc is that of the start: only what it starts carries the mark
            work(home, kind, number)
            os._exit(1)
        lasts = _waited(home, before + pieces, USUAL[kind])
        time.sleep(lasts * share)  # somewhere within the next piece, however slow the machine is
        after = round(time.monotonic() - started, 3)
        ended, _ = os.waitpid(child, os.WNOHANG)
        os.kill(child, signal.SIGKILL) if not ended else None
        if not ended:
            os.waitpid(child, 0)
        faults = ["the work ended by itself"] if ended else []
        until = time.monotonic() + 15
        while (left := alive(mark)) and time.monotonic() < until:
            time.sleep(0.1)
        faults += [f"process {pid} lives on" for pid in left]
        checker, answer = _forked(check, home)
        faults += json.load(answer)
        answer.close()
        os.waitpid(checker, 0)
        done = len(Ledger(home).lines()) - before
        print(json.dumps({"kind": kind, "after": after, "acknowledged": done, "faults": faults}), flush=True)  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
