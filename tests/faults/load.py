"""Importers, runs, writers and readers at one workbook at once, each a process of its own.

    python -m tests.faults.load HOME SECONDS

Eight importers (some files come in through two of them), two runs, five writers of decisions as five
dashboards have, two readers. At the end one line of JSON: how often each succeeded, and faults.
"""

import json
import os
import sys
import time
import traceback
from pathlib import Path

from tests.faults import brand, crashing

PARTS = {"importer": 8, "run": 2, "writer": 5, "reader": 2}
PAUSE = {"importer": 1.0, "run": 3.0, "writer": 1.0, "reader": 0.5}


def part(home, kind, place, until):
    """One process: what it did until then, and what went wrong."""
    done, faults = [], []
    count = 0
    while time.time() < until:
        count += 1
        try:
            done.append(ACTS[kind](home, place, count, faults))
        except Exception:
            faults.append(f"{kind}: {traceback.format_exc()[-600:]}")
        time.sleep(PAUSE[kind])
    return {"done": done, "faults": faults}


def import_one(home, place, count, _):
    # every third file is one that other importers bring in as well
    number = 900_000 + count if count % 3 == 0 else place * 10_000 + count
    found = crashing._store(home).import_file(brand.export(home / "data" / "inbox", number))
    assert found.loaded + found.unchanged == brand.ROWS
    return number


def run_one(home, place, count, _):
    from opsbook import run

    made = run("6", "2026-W46", home=home, formats=("html",), parameters={"top": (place + count) % 9 + 1})  # fmt: skip
    assert made.ok
    return str(made.folder)


def write_one(home, place, count, _):
    from opsbook.publish.writeback import record

    item = f"F{place}.{count}"
    record(home / "data" / "store", f"person{place}", {"kind": "finding", "finding_id": item})
    return item


def read_one(home, place, count, faults):
    store = crashing._store(home)
    version = store.version
    if version:
        faults += [f"reader at version {version}: {f}" for f in brand.faults(store, version)]
    return version


ACTS = {"importer": import_one, "run": run_one, "writer": write_one, "reader": read_one}


def main(home, seconds):
    home = Path(home)
    os.environ["OPSBOOK_HOME"] = str(home)
    import opsbook.publish.run
    import opsbook.publish.writeback  # noqa: F401

    until = time.time() + seconds
    started = [
        (kind, *crashing._forked(part, home, kind, place, until))
        for kind, n in PARTS.items()
        for place in range(1, n + 1)
    ]
    done, faults = {kind: [] for kind in PARTS}, []
    for kind, child, answer in started:
        with answer:
            told = json.load(answer)
        os.waitpid(child, 0)
        if isinstance(told, list):
            faults += told
            continue
        done[kind] += told["done"]
        faults += told["faults"]
    child, answer = crashing._forked(final, home, done)
    with answer:
        faults += json.load(answer)
    os.waitpid(child, 0)
    print(json.dumps({"counts": {k: len(v) for k, v in done.items()}, "faults": faults}))


def final(home, done):
    """What is lost, doubled or half there at the end."""
    store = crashing._store(home)
    found = brand.faults(store) + crashing.check(home)
    here = set(store.frame("posts")["post_id"].map(brand.number_of))
    if here != set(done["importer"]):
        found.append(f"exports lost or uncalled for: {sorted(here ^ set(done['importer']))[:5]}")
    decided = sorted(store.frame("approvals")["item_id"])
    if decided != sorted(done["writer"]):
        found.append(f"{len(done['writer'])} decisions were written, {len(decided)} are there")
    lost = [f for f in done["run"] if not Path(f, "manifest.json").exists()]
    versions = list(store.commits()["version"].sort_values())
    if versions != list(range(1, len(versions) + 1)):
        found.append("versions are missing or doubled")
    return found + [f"report lost: {f}" for f in lost]


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
