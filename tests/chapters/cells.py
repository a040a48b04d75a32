"""Run a chapter's notebook in this process: what each section shows, without a kernel."""

import ast
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import nbformat

from opsbook.present.show import CHART, FINDINGS, TABLE

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

_SECTION = re.compile(r"^#{2,6}\s*(\d+(?:\.\d+){1,2})\b", re.MULTILINE)


@dataclass(frozen=True)
class Shown:
    """shown: (section, bundle) of every cell's last expression; book: the open chapter."""

    book: object
    shown: list

    def tables(self):
        """(section, table) with its columns, rows and note; an empty panel has n = 0."""
        return [(s, b[TABLE]) for s, b in self.shown if TABLE in b]

    def charts(self):
        """(section, chart) that were drawn."""
        return [(s, b[CHART]) for s, b in self.shown if CHART in b]

    def findings(self):
        """Records of the findings."""
        return [f for _, b in self.shown for f in b.get(FINDINGS, [])]

    def sections(self):
        """section -> whether it shows a row or a chart."""
        out = {}
        for section, about in self.tables():
            out[section] = out.get(section, False) or about["n"] > 0
        return out | {section: True for section, _ in self.charts()}


def run(number, home, **parameters):
    """Execute the cells of a chapter's notebook on a workbook; charts are left as specifications."""
    (path,) = NOTEBOOKS.glob(f"{number:02d}_*.ipynb")
    names, shown, section = {}, [], None
    with patch.dict(os.environ, OPSBOOK_HOME=str(home), OPSBOOK_CHARTS="page"):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                heading = _SECTION.search(cell.source)
                section = heading[1] if heading else section
                continue
            value = _execute(cell.source, f"chapter {number}, {section}", names)
            if "parameters" in cell.metadata.get("tags", []):
                names.update({"period": "2026-W46", **parameters})
            if hasattr(value, "bundle"):
                # a notebook file could not hold what JSON has no word for
                json.dumps(value.bundle, allow_nan=False)
                shown.append((section, value.bundle))
    return Shown(names["book"], shown)


def _execute(source, place, names):
    """The value of a cell's last expression, as a kernel would display it."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, place, "exec"), names)
    return last and eval(compile(ast.Expression(last.value), place, "eval"), names)
