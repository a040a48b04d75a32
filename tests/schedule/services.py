"""A real PostgreSQL, a real Redis, a scheduler and workers, each on a free port, gone afterwards."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from opsbook.config import DISTRIBUTION
from opsbook.publish.schedule import spread

from ..system_parts import path_of

STARTING = 60  # seconds


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def until(test, seconds):
    """The first true answer of a test, or its last one."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := test():
            return found
        time.sleep(0.2)
    return test()


@contextlib.contextmanager
def process(command, log, env=None, **options):
    """A process group that is killed at the end; yields the process."""
    with open(log, "ab") as out:
        running = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            start_new_session=True, env=env, **options,
        )  # fmt: skip
    try:
        yield running
    finally:
        end(running)


def end(running, patience=30):
    """Ask the whole group to end, then kill what is left."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(patience)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)


@contextlib.contextmanager
def postgres():
    """A server with a password of its own; yields its address. It refuses to run as root, so that
    root lends it the account that Debian's package made."""
    who = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="opsbook-postgres-"))
    password, port = secrets.token_hex(12), free_port()
    (folder / "password").write_text(password)
    if who:
        for path in (folder, folder / "password"):
            shutil.chown(path, "postgres", "postgres")
    try:
        subprocess.run(
            [path_of("initdb"), "-D", str(folder / "data"), "-U", "opsbook", "-A", "scram-sha-256",
             "--pwfile", str(folder / "password"), "-E", "UTF8", "--locale", "C", "--no-sync"],
            check=True, capture_output=True, cwd=folder, **who,
        )  # fmt: skip
        command = [
            path_of("postgres"), "-D", str(folder / "data"), "-p", str(port), "-h", "127.0.0.1",
            "-k", str(folder), "-F",
        ]  # fmt: skip
        log = folder / "data" / "log"
        with process(command, log, cwd=folder, **who) as running:
            assert until(lambda: answers(port), STARTING), log.read_text()
            yield f"postgresql://opsbook:{password}@127.0.0.1:{port}/postgres"
            running.send_signal(signal.SIGINT)  # PostgreSQL's word for: end now, in order
            running.wait(30)
        assert not answers(port)
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def redis():
    """A server that keeps nothing and wants a password; yields its address."""
    password, port = secrets.token_hex(12), free_port()
    with tempfile.TemporaryDirectory(prefix="opsbook-redis-") as folder:
        command = [
            path_of("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "",
            "--appendonly", "no", "--requirepass", password, "--dir", folder,
        ]  # fmt: skip
        with process(command, Path(folder) / "log"):
            assert until(lambda: answers(port), STARTING)
            yield f"redis://:{password}@127.0.0.1:{port}/0"
        assert not answers(port)


@contextlib.contextmanager
def engine():
    """PostgreSQL and Redis; yields the environment that scheduler and workers need."""
    with postgres() as storage, redis() as broker:
        yield {spread.STORAGE: storage, spread.BROKER: broker}


def environment(home, more):
    """Environment of a process that belongs to a workbook."""
    return {**os.environ, **more, "OPSBOOK_HOME": str(home), "OPSBOOK_TEST_MARK": str(home)}


def opsbook(*words):
    return [sys.executable, "-m", "opsbook.cli", *map(str, words)]


@contextlib.contextmanager
def scheduler(home, more, log):
    """`opsbook schedule` with its daemon at work; yields (process, port)."""
    port = free_port()
    command = opsbook("schedule", "--home", home, "--port", port)
    with process(command, log, environment(home, more)) as running:
        assert until(lambda: answers(port) or running.poll() is not None, 120), log
        assert running.poll() is None, log.read_text()[-3000:]
        yield running, port
        running.send_signal(signal.SIGTERM)
        running.wait(60)
    kill_all(home, "dagster")
    assert not answers(port)


@contextlib.contextmanager
def worker(home, more, log, jobs=1):
    """`opsbook schedule worker`, ready to take work; yields the process."""
    command = opsbook("schedule", "worker", "--home", home, "--jobs", jobs)
    with process(command, log, environment(home, more)) as running:
        assert until(lambda: b" ready." in log.read_bytes() or running.poll() is not None, 120)
        assert running.poll() is None, log.read_text()[-3000:]
        yield running


SPREAD = """
[workers]
at_once = {at_once}

[schedule]
formats = ["html"]
limit_minutes = 20

[schedule.plans.weekly]
chapters = "1-10"
cron = "0 7 * * 1"
period = "week"
"""


def sample_home(folder, at_once, scale=0.1, sources="*"):
    """A workbook with a sample brand of its own and the ten chapters as a weekly plan.

    sources: patterns of the inbox folders that come in, separated by spaces.
    """
    (folder / "data").mkdir(parents=True)
    text = (DISTRIBUTION / "data" / "workbook.toml").read_text(encoding="utf-8")
    file = folder / "data" / "workbook.toml"
    file.write_text(text + SPREAD.format(at_once=at_once), encoding="utf-8")
    small = folder / "data" / "sample"
    words = opsbook("sample", "--seed", 3, "--scale", scale, "--output", small)
    subprocess.run(words, check=True, capture_output=True)
    for pattern in sources.split():
        for source in sorted((small / "inbox").glob(pattern)):
            words = opsbook("import", "--home", folder, "--quiet", source)
            subprocess.run(words, check=True, capture_output=True)
    return folder


def range_of_weeks(home, more, first, last, workers):
    """Make up a range of days on so many workers of one chapter each; (seconds, logs of workers)."""
    logs = [home.parent / f"{home.name}-worker{n}.log" for n in range(workers)]
    with contextlib.ExitStack() as stack:
        stack.enter_context(scheduler(home, more, home.parent / f"{home.name}-scheduler.log"))
        for log in logs:
            stack.enter_context(worker(home, more, log))
        started = time.perf_counter()
        words = ("schedule", "--home", home, "backfill", "--from", first, "--to", last)
        done = subprocess.run(
            opsbook(*words), env=environment(home, more), capture_output=True, text=True
        )
        seconds = time.perf_counter() - started
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return seconds, [log.read_text() for log in logs]


def family(home, word=""):
    """Processes that carry a workbook's mark in their environment, and a word in their command."""
    mark = f"OPSBOOK_TEST_MARK={home}".encode()
    found = []
    for proc in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            known = (proc / "environ").read_bytes().split(b"\0")
            if mark in known and word.encode() in (proc / "cmdline").read_bytes():
                found.append(int(proc.name))
    return found


def kill_all(home, word=""):
    for _ in range(5):
        for pid in family(home, word):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)
