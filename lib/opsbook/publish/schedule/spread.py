"""Past one machine: [workers] of workbook.toml, and what scheduler and workers must agree on.

[workers]
at_once = 4                  # chapters at once, over all hosts
lost_after_minutes = 10      # a task not answered for so long is offered to another worker

The addresses carry passwords and stand in the environment alone: OPSBOOK_POSTGRES (history) and
OPSBOOK_BROKER (Redis: the queue). The workbook's folder is shared and has the same path everywhere.
"""

import os
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from opsbook.errors import AccessError, ConfigError

STORAGE, BROKER = "OPSBOOK_POSTGRES", "OPSBOOK_BROKER"
SERVICES = {STORAGE: ("postgresql", 5432), BROKER: ("redis", 6379)}
QUEUE = "dagster"
KEYS = {"at_once": 2, "lost_after_minutes": 10}
REACH_SECONDS = 5


@dataclass(frozen=True)
class Workers:
    """at_once: chapters at once over all hosts. lost_after_seconds: after so long an unanswered task
    is offered to another worker, which leaves it alone while the first one is still at it."""

    at_once: int
    lost_after_seconds: float

    @property
    def runs_at_once(self):
        """Periods at once: a second one fills the workers while the first one's report is made."""
        return max(2, self.at_once // 4)


def workers(settings):
    """The Workers of [workers], or None where one machine does all; ConfigError names the key."""
    section = settings.sections.get("workers")
    if section is None:
        return None
    file = settings.data / "workbook.toml"
    for key in section:
        if key not in KEYS:
            raise ConfigError(file, f"workers.{key}", f"is not one of {', '.join(KEYS)}.")
    values = KEYS | section
    at_once, minutes = values["at_once"], values["lost_after_minutes"]
    if type(at_once) is not int or at_once < 1:
        raise ConfigError(file, "workers.at_once", f"{at_once} is not a whole number from 1 on.")
    if type(minutes) not in (int, float) or minutes <= 0:
        raise ConfigError(file, "workers.lost_after_minutes", f"{minutes} is not above 0.")
    return Workers(at_once, minutes * 60)


def storage():
    """dagster.yaml's storage; the address stays in the environment."""
    return {"postgres": {"postgres_url": {"env": STORAGE}}}


def executor(found):
    """Configuration of dagster_celery's executor; the addresses stay in the environment."""
    return {
        "broker": {"env": BROKER},
        "backend": {"env": BROKER},
        "config_source": {"broker_transport_options": transport(found)},
    }


def transport(found):
    """How Redis hands tasks out: one that was not answered for in time goes to another worker."""
    return {"visibility_timeout": found.lost_after_seconds}


def check():
    """Both services answer at their addresses; AccessError names the variable, never its value."""
    for name, (scheme, port) in SERVICES.items():
        where = urlsplit(os.environ.get(name, ""))
        if not where.scheme.startswith(scheme) or not where.hostname:
            raise AccessError(
                f"{name} holds no {scheme}:// address.",
                remedy=f"Set it in the environment of scheduler and workers: {scheme}://user:password@host:{port}/name",
            )
        place = (where.hostname, where.port or port)
        try:
            socket.create_connection(place, timeout=REACH_SECONDS).close()
        except OSError as error:
            raise AccessError(
                f"{name}: nothing answers at {place[0]}:{place[1]} ({error}).",
                remedy="Start the service, or mend the address.",
            ) from None
