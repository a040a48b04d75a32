"""opsbook lab: JupyterLab on the workbook's notebooks, with the opsbook kernel and live charts.

JupyterLab keeps its own access control (a token in the address it prints). What the extension in
templates/jupyter/labextensions shows (chapters, words) and JupyterLab's settings lie in a folder
that lasts as long as it runs.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

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
    with tempfile.TemporaryDirectory(prefix="opsbook-lab-") as place:
        _configure(Path(place), settings, found)
        env = environment(settings, place)
        return subprocess.run(arguments, env=env, cwd=folder, check=False).returncode


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


def environment(settings, place):
    """Environment of JupyterLab: the workbook's home, live charts, the opsbook kernel, settings in place."""
    env = kernels.environment()
    env["OPSBOOK_HOME"] = str(settings.home)
    env["OPSBOOK_CHARTS"] = "live"
    paths = [str(place), *filter(None, [env.get("JUPYTER_CONFIG_PATH")])]
    env["JUPYTER_CONFIG_PATH"] = os.pathsep.join(paths)
    return env


def _configure(place, settings, found):
    """Write JupyterLab's settings: no question about news from the network, our chapters and words."""
    from opsbook.present.language import Translator
    from opsbook.publish.dashboard.portal import title_of

    language = settings.language
    words = Translator(language, home_folder=settings.home)
    chapters = [
        {"path": path.name, "title": title_of(path, words)} for _, path in sorted(found.items())
    ]
    keys = ("workbook", "chapter", "report", "report_tip", "running", "done", "failed")
    about = {"chapters": chapters, "words": {key: words.text(f"lab.{key}") for key in keys}}
    silent = {"fetchNews": "false", "checkForUpdates": False}
    folder = place / "labconfig"
    folder.mkdir()
    # a page's setting is a text
    _write(folder / "page_config.json", {"opsbook": json.dumps(about)})
    _write(
        folder / "default_setting_overrides.json",
        {"@jupyterlab/apputils-extension:notification": silent},
    )


def _write(file, about):
    file.write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
