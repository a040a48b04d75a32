"""opsbook lab: JupyterLab on the workbook's notebooks, with the opsbook kernel and live charts.

JupyterLab keeps its own access control (a token in the address it prints).
"""

import os
import subprocess
import sys

from opsbook import config
from opsbook.errors import ConfigError
from opsbook.publish import kernels, run


def start(home=None, port=8888):
    """Run JupyterLab until it is stopped; returns its exit status."""
    settings = config.settings(home)
    found = run.notebooks(settings.home)
    if not found:
        raise ConfigError(
            settings.home, "notebooks", "holds no chapter.", remedy="opsbook init DIR"
        )
    folder = next(iter(found.values())).parent
    arguments = command(folder, port, first=found[min(found)].name)
    return subprocess.run(arguments, env=environment(settings), cwd=folder, check=False).returncode


def command(folder, port, *, first=""):
    """The command that starts JupyterLab on a folder of notebooks, `first` opened."""
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--port={port}",
        "--no-browser",
        f"--ServerApp.root_dir={folder}",
        f"--MultiKernelManager.default_kernel_name={kernels.KERNEL}",
        "--LabApp.news_url=None",
        f"--LabApp.default_url=/lab/tree/{first}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        *root,
    ]


def environment(settings):
    """Environment of JupyterLab: the workbook's home, live charts, the opsbook kernel."""
    env = kernels.environment()
    env["OPSBOOK_HOME"] = str(settings.home)
    env["OPSBOOK_CHARTS"] = "live"
    return env
