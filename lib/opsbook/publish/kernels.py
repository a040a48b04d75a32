"""Warm kernels for runs, dashboards and tests: a Jupyter kernel provisioner that forks.

The kernelspec `opsbook` names the provisioner `opsbook-fork`. Where fork is not to be had (not
Linux, OPSBOOK_WARM=0, or the parent does not start) an ordinary kernel of the same command starts,
with the same results.
"""

import asyncio
import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from queue import Empty

from jupyter_client import AsyncKernelManager
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.provisioning import LocalProvisioner

from opsbook.config import template_path

SOCKET = "OPSBOOK_WARM_SOCKET"
SWITCH = "OPSBOOK_WARM"
KERNEL = "opsbook"
START_SECONDS = 60
_parent = None
_lock = threading.Lock()


def available():
    """Whether kernels can be forked here."""
    return sys.platform == "linux" and os.environ.get(SWITCH, "1") != "0"


def environment(base=None):
    """Environment for processes that start kernels: where the kernelspec is, one thread each.

    A fixed hash seed keeps the order of sets, and with it every figure, the same from run to run.
    """
    env = dict(os.environ if base is None else base)
    specs = str(template_path("jupyter"))
    paths = [p for p in env.get("JUPYTER_PATH", "").split(os.pathsep) if p and p != specs]
    env["JUPYTER_PATH"] = os.pathsep.join([specs, *paths])
    env["PYTHONHASHSEED"] = "0"
    env["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        env.setdefault(name, "1")
    return env


class WarmParent:
    """The running parent process and the socket on which it takes requests."""

    def __init__(self, env):
        self.folder = tempfile.mkdtemp(prefix="opsbook-")
        self.socket = str(Path(self.folder, "warm"))
        self.log = Path(self.folder, "log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "opsbook.publish.warm_parent", self.socket],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment(env),
                start_new_session=True,
            )
        self.ready = False
        self.reading = threading.Lock()

    def wait_ready(self):
        """Block until the imports are done; False where the parent has ended instead."""
        with self.reading:
            if not self.ready:
                self.ready = self.process.stdout.readline().strip() == b"ready"
        return self.ready and self.process.poll() is None

    def is_current(self):
        """Whether it would still fork: its code is the code on disk."""
        ask = {"kind": "ask", "env": {}, "cwd": "/"}
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(START_SECONDS)
            connection.connect(self.socket)
            connection.sendall(json.dumps(ask).encode() + b"\n")
            return "current" in json.loads(read_line(connection))

    def stop(self):
        """End the parent, and with it every child."""
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def start_parent(env=None):
    """Start the warm parent of this process ahead of need; None where fork is not to be had.

    env: its environment, where that must not be this process's own.
    """
    global _parent
    if not available():
        return None
    with _lock:
        if _parent is None or _parent.process.poll() is not None:
            _parent = WarmParent(env)
            atexit.register(_parent.stop)
        return _parent


def refresh_parent(env=None):
    """Start the parent, anew where the code has changed since its imports; env as above."""
    parent = start_parent(env)
    if parent is not None and parent.ready and not parent.is_current():
        _retire(parent)
        parent = start_parent(env)
    return parent


def lent(env, parent):
    """The environment for a process that is to fork from this process's parent, not from its own."""
    if parent is None or not parent.wait_ready():
        return env
    return {**env, SOCKET: parent.socket}


def is_running():
    """Whether this process has a warm parent."""
    return _parent is not None and _parent.process.poll() is None


def stop_parent():
    """End this process's warm parent."""
    global _parent
    with _lock:
        ended, _parent = _parent, None
    if ended is not None:
        atexit.unregister(ended.stop)
        ended.stop()


def fork(request):
    """Ask the warm parent for a child; (connection, pid), or None for "start an ordinary one".

    A parent whose code has changed since its imports is replaced by a new one; kernels that it
    has forked live on.
    """
    given = os.environ.get(SOCKET)
    # A run is of one piece: what its parent has imported at the start is the code it runs.
    request = {**request, "any_code": bool(given) or request.get("any_code", False)}
    for _ in range(2):
        if not given:
            parent = start_parent()
            if parent is None or not parent.wait_ready():
                return None
        path = given or parent.socket
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(START_SECONDS)
            connection.connect(path)
            connection.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(read_line(connection))
        except (OSError, ValueError):
            connection.close()
            return None
        if "pid" in answer:
            return connection, answer["pid"]
        connection.close()
        if given or "stale" not in answer:
            return None
        _retire(parent)
    return None


def _retire(parent):
    """Forget a parent with old code; it ends when the last of its kernels does, or with us."""
    global _parent
    with _lock:
        if _parent is parent:
            _parent = None


def read_line(connection):
    """One line from a socket; empty at its end."""
    read = bytearray()
    while not read.endswith(b"\n"):
        part = connection.recv(1)
        if not part:
            break
        read += part
    return bytes(read)


class ForkedProcess:
    """A forked child with the parts of subprocess.Popen that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, connection, pid):
        self.connection, self.pid, self.returncode = connection, pid, None
        connection.setblocking(False)

    def poll(self):
        """Exit code, or None while it runs."""
        if self.returncode is None:
            try:
                heard = self.connection.recv(4096)
            except BlockingIOError:
                return None
            except OSError:
                heard = b""
            said = heard.decode(errors="replace").strip()
            self.returncode = json.loads(said)["exit"] if said else -signal.SIGKILL
            self.connection.close()
        return self.returncode

    def wait(self):
        """Exit code, once it has ended."""
        while self.poll() is None:
            with contextlib.suppress(OSError):
                self.connection.settimeout(0.05)
                self.connection.recv(1, socket.MSG_PEEK)
            if self.connection.fileno() >= 0:
                self.connection.setblocking(False)
        return self.returncode

    def send_signal(self, signum):
        """Signal the child alone."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self):
        """Kill the child at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self):
        """Ask the child to end."""
        self.send_signal(signal.SIGTERM)


class ForkProvisioner(LocalProvisioner):
    """Forks the kernel from the warm parent; starts an ordinary process where it cannot."""

    async def launch_kernel(self, cmd, **kwargs):
        if available():
            argv = cmd[cmd.index("-f") :] if "-f" in cmd else cmd[1:]
            request = {
                "kind": "kernel",
                "argv": [os.fspath(part) for part in argv],
                "env": {k: str(v) for k, v in (kwargs.get("env") or os.environ).items()},
                "cwd": os.fspath(kwargs.get("cwd") or Path.cwd()),
            }
            forked = await asyncio.get_running_loop().run_in_executor(None, fork, request)
            if forked is not None:
                connection, self.pid = forked
                self.process = ForkedProcess(connection, self.pid)
                self.pgid, self.cwd = self.pid, request["cwd"]
                await self._until_bound()
                return self.connection_info
        kwargs["env"] = environment(kwargs.get("env"))
        return await super().launch_kernel(cmd, **kwargs)

    async def _until_bound(self):
        """Wait until the kernel's sockets exist: a client that is early retries only after 0.1 s."""
        about = self.connection_info
        if about.get("transport") != "ipc":
            return
        last = Path(f"{about['ip']}-{about['hb_port']}")
        until = time.monotonic() + START_SECONDS
        while not last.exists() and self.process.poll() is None and time.monotonic() < until:
            await asyncio.sleep(0.002)

    async def wait(self):
        # As the inherited one, polled more often: a killed child is gone within milliseconds.
        while self.process and self.process.poll() is None:
            await asyncio.sleep(0.005)
        return await super().wait()


class QuickClient(AsyncKernelClient):
    """A client that does not wait a fifth of a second for messages that nobody sends."""

    async def wait_for_ready(self, timeout=None):
        """Return once the kernel answers on its shell channel and is heard on iopub."""
        until = time.monotonic() + (timeout or START_SECONDS)
        while time.monotonic() < until:
            self.kernel_info()
            with contextlib.suppress(Empty):
                answer = await self.shell_channel.get_msg(timeout=1)
                if answer["msg_type"] == "kernel_info_reply":
                    await self.iopub_channel.get_msg(timeout=0.05)
                    self._handle_kernel_info_reply(answer)
                    return
            if not await self._async_is_alive():
                raise RuntimeError("The kernel died before it answered.")
        raise RuntimeError(f"The kernel did not answer in {timeout or START_SECONDS} seconds.")


class QuickManager(AsyncKernelManager):
    """Manages the kernels of runs: over sockets in a private folder instead of TCP ports."""

    def __init__(self, **kwargs):
        if sys.platform != "win32":
            kwargs.setdefault("transport", "ipc")
        super().__init__(**kwargs)
        self.client_class = f"{__name__}.QuickClient"
        self.client_factory = QuickClient


def install(prefix=None):
    """Copy the kernelspec to an environment (this one by default); returns its folder."""
    target = Path(prefix or sys.prefix, "share", "jupyter", "kernels", KERNEL)
    target.mkdir(parents=True, exist_ok=True)
    source = template_path("jupyter", "kernels", KERNEL, "kernel.json")
    shutil.copyfile(source, target / "kernel.json")
    return target


if __name__ == "__main__":
    print(install())
