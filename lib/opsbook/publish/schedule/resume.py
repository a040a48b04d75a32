"""After a crash: say of runs that nobody works on any more that they failed, so that they run again.

Only for the embedded storage, where one scheduler exists; started before it by `daemon.start`.
"""

import dagster as dg

UNFINISHED = [
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.CANCELING,
]


def main():
    """Mark the runs; the number of them."""
    with dg.DagsterInstance.get() as instance:
        lost = instance.get_runs(filters=dg.RunsFilter(statuses=UNFINISHED))
        for run in lost:
            instance.report_run_failed(run, "The scheduler ended in the middle of this run.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        return len(lost)


if __name__ == "__main__":
    print(f"{main()} runs are run again")
