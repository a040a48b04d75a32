"""The Celery application of a worker: it takes steps of Dagster's runs from the queue in Redis.

Loaded by `opsbook schedule worker` alone (extra `schedule`). A task is answered for when it is
done, so that the work of a killed process goes back into the queue at once, and that of a lost host
after its time limit; one that was done but not answered for is not done again.
"""

import os

from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_task

from opsbook import config
from opsbook.publish.schedule import plan as planning
from opsbook.publish.schedule import spread


def build(home=None):
    """The application of a workbook's workers."""
    settings = config.settings(home)
    found = spread.workers(settings, planning.plans(settings))
    address = os.environ[spread.BROKER]
    made = make_app({"broker": address, "backend": address})
    made.conf.update(
        broker_transport_options=spread.transport(found),
        worker_deduplicate_successful_tasks=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        # a chapter that waits for its turn must not wait behind a second one on the same worker
        task_acks_late=True,
        task_reject_on_worker_lost=True,
    )
    create_task(made)
    return made


app = build()
