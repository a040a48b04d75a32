"""make bench: every figure of docs/performance.md in one run; ratios printed, JSON kept.

python -m bench [runs] [dashboards] [imports] [texts] [scale] [lifts] [spread] [proofs]      all where none is named
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import claims, imports, lifts, runs, scale, texts
from bench.timing import environment

ROOT = Path(__file__).parents[1]


def main():
    wanted = sys.argv[1:] or [
        "runs",
        "dashboards",
        "imports",
        "texts",
        "scale",
        "lifts",
        "spread",
        "proofs",
    ]
    found = []
    print(machine())
    with tempfile.TemporaryDirectory() as home:
        if "runs" in wanted:
            _sample_home(home)
            _gather(found, runs.figures(home))
        if "dashboards" in wanted:
            from bench import dashboards  # needs a browser and its driver

            if not (Path(home) / "data").exists():
                _sample_home(home)
            _gather(found, dashboards.figures(home))
        if "imports" in wanted:
            _gather(found, imports.figures())
        if "texts" in wanted:
            _gather(found, texts.figures())
        if "lifts" in wanted:
            _gather(found, lifts.figures())
        if "scale" in wanted:
            _gather(found, scale.figures())
    if "spread" in wanted:
        from bench import spread  # needs the extra schedule, PostgreSQL and Redis

        _gather(found, spread.figures())
    from opsbook import proof

    topics = [t for t in proof.TOPICS if "proofs" in wanted or t in wanted]
    folder = ROOT / "bench" / "results"
    folder.mkdir(exist_ok=True)
    name = folder / time.strftime("%Y-%m-%dT%H%M%S.json")
    record = {
        "machine": machine(),
        "figures": [f.record() for f in found],
        "claims": claims.run(topics),
    }
    name.write_text(
        json.dumps(record, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8"
    )
    print(f"kept: {name.relative_to(ROOT)}")
    return 1 if any(f.holds is False for f in found) else 0


def machine():
    """Cores, memory and Python of this machine in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"


def _gather(found, figures):
    for figure in figures:
        found.append(figure)
        peer = (
            f"  {figure.peer}: {figure.peer_figure:.2f} (x{figure.ratio:.1f})"
            if figure.peer_figure
            else ""
        )
        verdict = {True: "holds", False: "DOES NOT HOLD", None: ""}[figure.holds]
        print(
            f"{figure.what}: {figure.ours:.2f} {figure.unit}{peer}  [{figure.target}] {verdict} {figure.note}",
            flush=True,
        )


def _sample_home(home):
    """A workbook with the sample imported."""
    (Path(home) / "data").mkdir(parents=True)
    shutil.copy(ROOT / "data" / "workbook.toml", Path(home) / "data" / "workbook.toml")
    (Path(home) / "data" / "sample").symlink_to(ROOT / "data" / "sample")
    argv = [
        sys.executable,
        "-m",
        "opsbook.cli",
        "import",
        "--home",
        home,
        "--quiet",
        str(ROOT / "data/sample/inbox"),
    ]
    subprocess.run(argv, env=environment(), capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
