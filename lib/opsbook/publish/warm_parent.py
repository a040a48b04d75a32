"""The warm parent: one process with the imports done that forks kernels and chapter workers.

`python -m opsbook.publish.warm_parent SOCKET` listens on a Unix socket in a private folder. One
connection is one child: the request is a line of JSON, the answers are {"pid": ...} once the child
leads its own process group, and {"exit": code} when it has ended. Closing the connection kills the
child's group; the end of the parent's standard input ends the parent and every child.

Single-threaded on purpose: a process with threads or an open zmq context cannot be forked safely.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import random
import selectors
import signal
import socket
import sys
import time
from pathlib import Path

# What every chapter needs; each is imported where it is installed.
PRELOAD = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.extensions.storemagic",
    "IPython.core.debugger",
    "tornado.platform.asyncio",
    "tornado.locks",
    "jupyter_client.asynchronous",
    "nbclient",
    "papermill.execute",
    "nbconvert",
    "pandas",
    "pyarrow.dataset",
    "duckdb",
    "ibis",
    "ibis.backends.duckdb",
    "deltalake",
    "altair",
    "scipy.stats",
    "scipy.optimize",
    "statsmodels.api",
    "babel.numbers",
    "babel.dates",
    "jinja2",
    "xlsxwriter",
    "opsbook.book",
    "opsbook.estimate",
    "opsbook.publish.chapter_job",
    "opsbook.publish.report_html",
    "fontTools.subset",
    "ipywidgets",
    "anywidget",
    "opsbook.publish.dashboard.session",
)
PACKAGES = ("opsbook.chapters", "opsbook.present", "opsbook.data")
KILLED_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


def preload():
    """Import what chapters use. What cannot be imported here fails, readably, in the kernel."""
    names = list(PRELOAD)
    for package in PACKAGES:
        with contextlib.suppress(Exception):
            found = importlib.import_module(package)
            names += [f"{package}.{m.name}" for m in pkgutil.iter_modules(found.__path__)]
    for name in names:
        if not name.endswith(("catalogue", "__main__")):
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    with contextlib.suppress(Exception):
        _fill_caches()


def _fill_caches():
    """Build once what every child would build again: the validator, catalogues, definitions."""
    import nbformat

    from opsbook.data.indicators import registry
    from opsbook.data.schema import tables
    from opsbook.present.language import messages
    from opsbook.publish import web_font

    nbformat.validate(nbformat.v4.new_notebook())
    messages()
    registry()
    tables()
    for family in web_font.FILES:
        web_font.characters(family)


def source_stamp():
    """Newest change of any loaded opsbook source file: a fork after it would run old code."""
    stamps = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and (name == "opsbook" or name.startswith("opsbook.")):
            try:
                stamps.append((file, os.stat(file).st_mtime_ns))
            except OSError:
                stamps.append((file, 0))
    return sorted(stamps)


class Parent:
    """Forks a child for each request and tells its connection how the child ended."""

    def __init__(self, path):
        self.pid = os.getpid()
        self.stamp = source_stamp()
        self.children = {}
        self.is_retired = False
        self.selector = selectors.DefaultSelector()
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(path))
        self.server.listen(64)
        self.wake, wake_write = socket.socketpair()
        wake_write.setblocking(False)
        signal.set_wakeup_fd(wake_write.fileno(), warn_on_full_buffer=False)
        self.wake_write = wake_write
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for source in (self.server, self.wake, sys.stdin):
            self.selector.register(source, selectors.EVENT_READ)

    def serve(self):
        """Answer until standard input ends, or the code has changed and the last child is gone."""
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is sys.stdin:
                    if not os.read(0, 1024):
                        self.end()
                        return
                elif key.fileobj is self.server:
                    connection, _ = self.server.accept()
                    self.answer(connection)
                elif key.fileobj is self.wake:
                    self.wake.recv(4096)
                    self.reap()
                elif key.fileobj in self.children:
                    self.drop(key.fileobj)
            if self.is_retired and not self.children:
                return

    def answer(self, connection):
        """Fork the child that a connection asks for."""
        connection.settimeout(5)
        try:
            request = json.loads(_line(connection))
            if source_stamp() != self.stamp and not request.get("any_code"):
                self.is_retired = True
                _say(connection, {"stale": True})
                connection.close()
                return
            if request["kind"] == "ask":
                _say(connection, {"current": True})
                connection.close()
                return
            pid = os.fork()
        except (OSError, ValueError) as error:
            _say(connection, {"error": str(error)})
            connection.close()
            return
        if pid == 0:
            self.become_child(connection, request)
        # Both sides set the group, so that it is set before the answer whoever runs first.
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        self.children[connection] = pid
        connection.settimeout(None)
        self.selector.register(connection, selectors.EVENT_READ)
        _say(connection, {"pid": pid})

    def become_child(self, connection, request):
        """In the child: shed everything that is the parent's, then do the work and exit."""
        code = 1
        try:
            os.setpgid(0, 0)
            _die_with(self.pid)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            self.selector.close()
            for open_socket in (self.server, self.wake, self.wake_write, *self.children):
                open_socket.close()
            nothing = os.open(os.devnull, os.O_RDWR)
            os.dup2(nothing, 0)
            # Nobody reads the parent's output after its "ready": kernels that greet would fill the pipe.
            os.dup2(nothing, 1)
            os.close(nothing)
            os.environ.clear()
            os.environ.update(request["env"])
            os.environ.pop("JPY_PARENT_PID", None)
            time.tzset()
            os.chdir(request["cwd"])
            _reseed()
            code = _work(connection, request)
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else int(left.code is not None)
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def reap(self):
        """Tell the connections of children that have ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for connection, child in list(self.children.items()):
                if child == pid:
                    _say(connection, {"exit": os.waitstatus_to_exitcode(status)})
                    self.forget(connection)

    def drop(self, connection):
        """A client has gone: its child goes too, with all that the child started."""
        try:
            if connection.recv(4096, socket.MSG_DONTWAIT):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.children[connection], signal.SIGKILL)
        self.forget(connection)

    def forget(self, connection):
        self.children.pop(connection, None)
        with contextlib.suppress(KeyError):
            self.selector.unregister(connection)
        connection.close()

    def end(self):
        """Kill what is left."""
        for pid in self.children.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def _work(connection, request):
    if request["kind"] == "kernel":
        connection.close()
        from opsbook.publish.kernel import serve

        serve(request["argv"])
        return 0
    from opsbook.publish.chapter_job import work

    connection.setblocking(True)
    work(request["job"], lambda event: _say(connection, event))
    return 0


def _die_with(parent):
    """Have the system kill this process when the parent dies, however it dies."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(KILLED_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _reseed():
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def _line(connection):
    read = bytearray()
    while not read.endswith(b"\n"):
        part = connection.recv(65536)
        if not part:
            raise OSError("the request broke off")
        read += part
    return bytes(read)


def _say(connection, message):
    with contextlib.suppress(OSError):
        connection.sendall(json.dumps(message).encode() + b"\n")


def _clear(path):
    """Take the private folder away: whoever made it may have been killed."""
    with contextlib.suppress(OSError):
        for file in (path, path.with_name("log")):
            file.unlink(missing_ok=True)
        path.parent.rmdir()


def main(path):
    """Import, then serve; prints "ready" to standard output in between."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    preload()
    parent = Parent(Path(path))
    gc.collect()
    gc.freeze()
    try:
        print("ready", flush=True)
        parent.serve()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whoever asked died during the imports
    finally:
        _clear(Path(path))


if __name__ == "__main__":
    # The module's own name, so that a forked child and this process share one copy.
    from opsbook.publish import warm_parent

    warm_parent.main(sys.argv[1])
