"""Hand a range of periods to the scheduler and its workers, and wait until they are made.

Imports Dagster (extra `schedule`); used where workbook.toml has [workers].
"""

import json
import subprocess
import sys
import time
import uuid

import dagster as dg

from opsbook.errors import RunError
from opsbook.publish.schedule import daemon
from opsbook.publish.schedule import plan as planning

TAG = "opsbook/backfill"
POLL_SECONDS = 2


def backfill(settings, plan, labels, progress=None):
    """Queue the written periods of a plan and wait; list of (period, whether its run succeeded).

    RunError where no scheduler runs. progress: called with period and state, as runs end.
    """
    place = daemon.configure(settings)
    ident = uuid.uuid4().hex[:12]
    with dg.DagsterInstance.from_config(str(place)) as instance:
        if not any(s.healthy for s in instance.get_daemon_statuses().values()):
            raise RunError(
                "The scheduler does not run, so that nothing would come of the range.",
                remedy="Start it: opsbook schedule; and a worker: opsbook schedule worker.",
            )
        keys = ",".join(planning.key_of(label) for label in labels)
        command = [
            sys.executable, "-m", "dagster", "job", "backfill", "--noprompt",
            "-w", str(place / "workspace.yaml"), "-j", f"{plan.name}_job",
            "--partitions", keys, "--tags", json.dumps({TAG: ident}),
        ]  # fmt: skip
        said = subprocess.run(
            command, env=daemon.environment(settings), capture_output=True, text=True
        )
        if said.returncode != 0:
            raise RunError(f"Dagster took no range: {said.stderr.strip()[-500:]}")
        return _wait(instance, ident, plan, progress)


def _wait(instance, ident, plan, progress):
    ended = {}
    while True:
        runs = instance.get_runs(filters=dg.RunsFilter(tags={TAG: ident}))
        for run in runs:
            if run.is_finished and run.run_id not in ended and not _comes_again(run):
                period = planning.period_of(plan, run.tags["dagster/partition"])
                ended[run.run_id] = (period, run.is_success)
                if progress:
                    progress(period, "ok" if run.is_success else "failed")
        if runs and all(run.is_finished and not _comes_again(run) for run in runs):
            return sorted(ended.values())
        time.sleep(POLL_SECONDS)


def _comes_again(run):
    """A failed run that Dagster will start once more, but has not yet."""
    again = run.tags.get("dagster/will_retry") == "true"
    return again and "dagster/auto_retry_run_id" not in run.tags
