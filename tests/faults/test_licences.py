"""What the workbook depends on is free to use at work: nothing non-commercial, nothing AGPL.

docs/licences.csv lists every package of the core with its licence; `python -m tests.faults.test_licences`
writes it anew.
"""

import csv
import re
from importlib import metadata

from opsbook.config import DISTRIBUTION

LIST = DISTRIBUTION / "docs" / "licences.csv"
REFUSED = re.compile(r"AGPL|affero|non-?commercial|CC.BY.NC|SSPL|BUSL|business source|proprietary|commons clause", re.I)  # fmt: skip
FREE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python|MPL|Mozilla|LGPL|Lesser|Unlicense|Zlib|ZPL|Zope|0BSD|OFL|CC0|HPND|UPL"
    r"|public domain|historical permission|PostgreSQL",
    re.I,
)


def _name(text):
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[;<>=!~(]", text.strip())[0]).lower()


def licence(dist):
    """The licence that a distribution states: expression, else classifiers, else its first line."""
    about = dist.metadata
    told = about.get("License-Expression") or "; ".join(
        c.rpartition(" :: ")[2] for c in about.get_all("Classifier", []) if c.startswith("License ::")
    )  # fmt: skip
    if not told or told == "OSI Approved":
        told = (about.get("License") or "").strip().splitlines()[0:1]
        told = told[0] if told else ""
    return told or _of_file(dist)


def _of_file(dist):
    for file in dist.files or ():
        if re.search(r"licen[cs]e|copying", file.name, re.I):
            text = file.locate().read_text("utf-8", "replace")[:3000]
            for name, words in (("MIT", "Permission is hereby granted"), ("Apache-2.0", "Apache License"), ("BSD", "Redistribution and use"), ("PSF", "PYTHON SOFTWARE")):  # fmt: skip
                if words.lower() in text.lower():
                    return name
    return ""


def installed():
    """name -> (version, licence) of every package of the lock that is installed here."""
    lock = (DISTRIBUTION / "requirements.lock").read_text()
    wanted = {_name(line) for line in lock.splitlines() if "==" in line and line[0].isalnum()}
    found = {_name(d.metadata["Name"]): d for d in metadata.distributions()}
    return {n: (found[n].version, licence(found[n])) for n in sorted(wanted) if n in found}


def test_every_dependency_is_free_to_use_at_work():
    here = installed()
    assert len(here) > 100
    for name, (_, told) in here.items():
        assert told, f"{name} states no licence"
        assert not REFUSED.search(told), f"{name}: {told}"
        assert FREE.search(told), f"{name}: {told} is not known"


def test_the_list_has_what_is_installed():
    with open(LIST, encoding="utf-8", newline="") as file:
        listed = {row["package"]: row["licence"] for row in csv.DictReader(file)}
    here = {name: told for name, (_, told) in installed().items()}
    # the lock also serves other systems: a few of its packages are not installed everywhere
    assert {name: listed.get(name) for name in here} == here


if __name__ == "__main__":
    with open(LIST, "w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["package", "licence"])
        rows.writerows((name, told) for name, (_, told) in installed().items())
