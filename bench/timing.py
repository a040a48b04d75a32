"""Whole-process timing: medians, memory, one table of results."""

import os
import resource
import statistics
import subprocess
import time
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One measured line: ours and the peer's median seconds (or the unit named), and the target."""

    what: str
    ours: float
    unit: str = "s"
    peer: str = ""
    peer_figure: float | None = None
    target: str = ""
    holds: bool | None = None
    runs: int = 1
    note: str = ""

    @property
    def ratio(self):
        """Peer's figure over ours, or None."""
        return self.peer_figure / self.ours if self.peer_figure and self.ours else None

    def record(self):
        """A JSON-ready dict with the ratio."""
        return {**asdict(self), "ratio": self.ratio}


def environment(**more):
    """The environment of a measured command: one BLAS thread, bytecode as installed."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **more}


def command(argv, *, runs=3, warmup=1, env=None, cwd=None, check=True):
    """Median wall seconds of a command over runs after a warm-up."""
    seconds = []
    for turn in range(warmup + runs):
        start = time.perf_counter()
        done = subprocess.run(
            argv, env=env or environment(), cwd=cwd, capture_output=True, text=True
        )
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, argv))} failed: {done.stderr[-800:]}")
        if turn >= warmup:
            seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def peak_child_mib():
    """Largest resident size of any child so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
