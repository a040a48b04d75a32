"""Runs and reports against papermill and nbconvert as they come."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.timing import Figure, command, environment

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


def figures(home):
    """Figures about runs: overhead, all chapters, all formats, unchanged re-run, short commands."""
    yield from _short_commands(home)
    yield _overhead(home)
    yield from _chapters(home)


def _short_commands(home):
    opsbook = str(BIN / "opsbook")
    for argv, limit in (([opsbook, "--help"], 0.3), ([opsbook, "status", "--home", home], 0.6)):
        seconds = command(argv, runs=7)
        yield Figure(" ".join(["opsbook", argv[1]]), seconds, target=f"under {limit} s",
                     holds=seconds < limit, runs=7)  # fmt: skip


def _overhead(home):
    """Wall of one chapter less the same cells in a warm process, ours against the papermill command."""
    notebook = ROOT / "notebooks" / "06_ads.ipynb"
    cells = _cells_in_warm_process(notebook, home)
    ours = median(_one_chapter(home) for _ in range(3)) - cells
    with tempfile.TemporaryDirectory() as folder:
        argv = [str(BIN / "papermill"), str(notebook), f"{folder}/out.ipynb", "-k", "python3"]
        env = environment(OPSBOOK_HOME=home, OPSBOOK_CHARTS="static", OPSBOOK_WARM="0")
        peer = command(argv, runs=3, env=env) - cells
    return Figure("overhead of one chapter", ours, peer="papermill command, ordinary kernel",
                  peer_figure=peer, target="at most 1/8 and 0.4 s",
                  holds=ours <= peer / 8 and ours <= 0.4, runs=3,
                  note=f"cells alone in a warm process: {cells:.2f} s")  # fmt: skip


def _cells_in_warm_process(notebook, home):
    """Seconds of the notebook's cells in a fork of a process with every import done; median of three.

    Nothing that an earlier pass has computed is there, as in a run whose caches are empty.
    """
    code = _PASSES.format(notebook=str(notebook))
    env = environment(OPSBOOK_HOME=home, OPSBOOK_CHARTS="static")
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    return float(done.stdout.strip().splitlines()[-1])


_PASSES = """
import ast, gc, json, os, statistics, time
from opsbook.publish import warm_parent
warm_parent.preload()
gc.collect()
gc.freeze()
cells = [''.join(c['source']) for c in json.load(open({notebook!r}))['cells'] if c['cell_type'] == 'code']
def one_pass():
    space, start = {{}}, time.perf_counter()
    for source in cells:
        tree = ast.parse(source)
        last = ast.Expression(tree.body.pop().value) if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, 'cell', 'exec'), space)
        if last is not None:
            shown = eval(compile(last, 'cell', 'eval'), space)
            getattr(shown, '_repr_mimebundle_', dict)()
    return time.perf_counter() - start
passes = []
for turn in range(3):
    here, there = os.pipe()
    if os.fork() == 0:
        os.write(there, str(one_pass()).encode())
        os._exit(0)
    passes.append(float(os.read(here, 100)))
    os.wait()
print(statistics.median(passes))
"""


def _one_chapter(home):
    """Seconds of executing chapter 6 through opsbook.run with a warm parent, nothing cached."""
    code = _RUN.format(home=home)
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    return float(done.stdout.strip().splitlines()[-1])


_RUN = """
import shutil, tempfile, time
import opsbook
from opsbook import config
from opsbook.publish import cache, kernels
with tempfile.TemporaryDirectory() as folder:
    kernels.start_parent()
    cache.clear(config.settings({home!r}))
    opsbook.run('6', home={home!r}, formats=('ipynb',), output=folder + '/warm')
    cache.clear(config.settings({home!r}))
    start = time.perf_counter()
    opsbook.run('6', home={home!r}, formats=('ipynb',), output=folder + '/one')
    print(time.perf_counter() - start)
    kernels.stop_parent()
"""


def _chapters(home):
    from opsbook import config
    from opsbook.publish import cache

    opsbook = str(BIN / "opsbook")
    with tempfile.TemporaryDirectory() as folder:

        def run(formats, name):
            argv = [
                opsbook,
                "run",
                "--home",
                home,
                "--chapter",
                "1-10",
                "--formats",
                formats,
                "--output",
                f"{folder}/{name}",
            ]
            return command(argv, runs=1, warmup=0)

        cache.clear(config.settings(home))
        html = run("html", "html")
        again = run("html", "again")
        cache.clear(config.settings(home))
        every = run("html,pdf,docx,xlsx", "all")
        peer = _papermill_and_nbconvert(home, folder)
    yield Figure("ten chapters to HTML", html, peer="papermill and nbconvert one after the other",
                 peer_figure=peer, target="5 times faster and under 20 s",
                 holds=peer / html >= 5 and html < 20)  # fmt: skip
    yield Figure("ten chapters, all formats", every, target="under 45 s", holds=every < 45)
    yield Figure("re-run, nothing changed", again, target="under 2 s", holds=again < 2)


def _papermill_and_nbconvert(home, folder):
    env = environment(OPSBOOK_HOME=home, OPSBOOK_CHARTS="static", OPSBOOK_WARM="0")
    start = time.perf_counter()
    for path in sorted((ROOT / "notebooks").glob("[01]*.ipynb")):
        if path.name.startswith("00"):
            continue
        out = f"{folder}/{path.name}"
        subprocess.run(
            [str(BIN / "papermill"), str(path), out, "-k", "python3"],
            env=env,
            capture_output=True,
            check=True,
        )
        subprocess.run(
            [str(BIN / "jupyter"), "nbconvert", "--to", "html", out],
            env=env,
            capture_output=True,
            check=True,
        )
    return time.perf_counter() - start
