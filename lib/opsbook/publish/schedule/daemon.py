"""Start Dagster for a workbook: its settings written, storage embedded, telemetry off, loopback only."""

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import time
import uuid

import yaml

from opsbook import config
from opsbook.errors import ConfigError
from opsbook.publish.schedule import plan as planning
from opsbook.publish.schedule import spread

MODULE = "opsbook.publish.schedule.definitions"
REMEDY = "Install it: pip install 'opsbook[schedule]'; or use opsbook schedule --once with cron."


def folder(settings):
    """DAGSTER_HOME of a workbook."""
    return settings.reports / ".schedule" / "dagster"


def configure(settings):
    """Write dagster.yaml and workspace.yaml; the folder. What [dagster] says is taken over.

    Storage is embedded SQLite, or PostgreSQL where workbook.toml has [workers]; in [dagster] it may
    hold any of Dagster's own settings.
    """
    place = folder(settings)
    place.mkdir(parents=True, exist_ok=True)
    plans = planning.plans(settings)
    at_once = max(int(p.jobs) for p in plans)
    limit = max(p.limit_minutes for p in plans) * 60
    about = {
        "telemetry": {"enabled": False},
        "run_retries": {
            "enabled": True,
            "max_retries": int(max(p.retries for p in plans)),
            "retry_on_asset_or_op_failure": False,  # assets retry by themselves, with back-off
        },
        "run_monitoring": {
            "enabled": True,
            "start_timeout_seconds": 180,
            "max_runtime_seconds": int(limit * 14),
            "poll_interval_seconds": 15,
        },
        "concurrency": {
            "runs": {"max_concurrent_runs": 1 if at_once < 2 else 2},
            "pools": {"default_limit": at_once},
        },
        "scheduler": {
            "module": "dagster._core.scheduler",
            "class": "DagsterDaemonScheduler",
            "config": {"max_catchup_runs": int(max(p.catch_up for p in plans))},
        },
    }
    workers = spread.workers(settings)
    if workers:
        about["storage"] = spread.storage()
        about["concurrency"]["runs"]["max_concurrent_runs"] = workers.runs_at_once
        about["concurrency"]["pools"]["default_limit"] = workers.at_once
    about |= settings.sections.get("dagster", {})
    (place / "dagster.yaml").write_text(yaml.safe_dump(about, sort_keys=True), encoding="utf-8")
    space = {"load_from": [{"python_module": {"module_name": MODULE, "location_name": "opsbook"}}]}
    (place / "workspace.yaml").write_text(yaml.safe_dump(space), encoding="utf-8")
    return place


def environment(settings):
    """Environment of Dagster's processes."""
    env = dict(os.environ)
    env["DAGSTER_HOME"] = str(folder(settings))
    env["OPSBOOK_HOME"] = str(settings.home)
    env["DAGSTER_DISABLE_TELEMETRY"] = "1"
    env["PYTHONWARNINGS"] = "ignore"
    return env


def start(home=None, port=3000, ip="127.0.0.1"):
    """Run scheduler and web page until they are stopped; exit status. ConfigError without the extra.

    ip: where the page listens; it has no log-in, so that any but this machine's own wants a proxy.
    """
    settings = _ready(home)
    place = configure(settings)
    env = environment(settings)
    if "storage" not in settings.sections.get("dagster", {}):
        subprocess.run([sys.executable, "-m", f"{__package__}.resume"], env=env, check=True)
    space = str(place / "workspace.yaml")
    commands = (
        [sys.executable, "-m", "dagster._daemon", "run", "-w", space],
        [sys.executable, "-m", "dagster_webserver", "-h", ip, "-p", str(port), "-w", space],
    )  # fmt: skip
    running = [subprocess.Popen(c, env=env, cwd=place, start_new_session=True) for c in commands]
    try:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print(f"Schedule: http://{ip}:{port}", flush=True)
        while all(p.poll() is None for p in running):
            time.sleep(0.5)
        return 1
    except (KeyboardInterrupt, SystemExit):
        return 0
    finally:
        _stop(running)


def work(home=None, jobs=None):
    """Become a worker that takes chapters from the queue until it is stopped; does not return.

    jobs: chapters at once on this host, by default one per processor.
    """
    settings = _ready(home)
    if spread.workers(settings) is None:
        file = settings.data / "workbook.toml"
        raise ConfigError(file, "workers", "is missing.", remedy="Write [workers] and at_once = 4.")
    command = [
        sys.executable, "-m", "celery", "-A", f"{__package__}.workers", "worker",
        "--queues", spread.QUEUE, "--concurrency", str(jobs or os.cpu_count()),
        "--hostname", f"{uuid.uuid4().hex[:8]}@%h", "--loglevel", "INFO",
    ]  # fmt: skip
    os.execve(sys.executable, command, environment(settings))


def _ready(home):
    """Settings of a workbook whose extra is installed and whose services answer."""
    if importlib.util.find_spec("dagster") is None:
        raise ConfigError("pyproject.toml", "schedule", "the extra is not installed.", remedy=REMEDY)  # fmt: skip
    settings = config.settings(home)
    if spread.workers(settings):
        spread.check()
    return settings


def _stop(running):
    for process in running:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
    until = time.monotonic() + 20
    for process in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, until - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
