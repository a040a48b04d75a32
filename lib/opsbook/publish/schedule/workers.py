"""The Celery application of a worker: it takes steps of Dagster's runs from the queue in Redis.

Loaded by `opsbook schedule worker` alone (extra `schedule`). A task is answered for when it is
done: that of a killed process goes back into the queue at once, that of a lost worker after
`lost_after_minutes`. One that is offered again while its first worker lives is put back, one that
was done but not answered for is dropped.
"""

import os
import time

import celery
from celery.exceptions import Reject
from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_task

from opsbook import config
from opsbook.publish.schedule import spread, work

BUSY_SECONDS = 10  # between two looks at a task that another worker has in hand


def build(home=None):
    """The application of a workbook's workers."""
    settings = config.settings(home)
    address = os.environ[spread.BROKER]
    made = make_app({"broker": address, "backend": address})
    made.conf.update(
        broker_transport_options=spread.transport(spread.workers(settings)),
        worker_deduplicate_successful_tasks=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
    )
    create_task(made, base=_held_by_one(settings))
    return made


def _held_by_one(settings):
    """A kind of task that one worker at a time works on; its lock ends with the worker."""

    class Held(celery.Task):
        abstract = True

        def __call__(self, *given, **named):
            with work.alone(settings, f"task-{self.request.id}") as free:
                if free:
                    return super().__call__(*given, **named)
            time.sleep(BUSY_SECONDS)
            raise Reject("Another worker is at it.", requeue=True)

    return Held


app = build()
