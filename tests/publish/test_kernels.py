"""The traps of forked kernels, each with its test."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time

import nbformat
import papermill
import pytest

from opsbook.publish import kernels, warm_parent

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def surroundings():
    before = dict(os.environ)
    os.environ.update(kernels.environment())
    yield
    kernels.stop_parent()
    os.environ.clear()
    os.environ.update(before)


async def started():
    manager = kernels.QuickManager(kernel_name=kernels.KERNEL)
    await manager.start_kernel()
    talk = manager.client()
    talk.start_channels()
    await talk.wait_for_ready(timeout=30)
    return manager, talk


async def value(talk, code):
    """What a cell prints."""
    heard = []
    await talk.execute_interactive(
        code,
        timeout=30,
        output_hook=lambda m: heard.append(
            m["content"].get("text") or m["content"].get("ename", "")
        ),
    )
    return "".join(heard).strip()


async def ended(manager, talk):
    talk.stop_channels()
    await manager.shutdown_kernel(now=True)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def gone(pid, seconds=5):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not alive(pid):
            return True
        time.sleep(0.02)
    return False


def run(coroutine):
    import asyncio

    return asyncio.run(coroutine)


def test_a_kernel_is_a_child_of_the_warm_parent_with_imports_done():
    async def play():
        manager, talk = await started()
        try:
            seen = await value(talk, "import os, sys; print(os.getppid(), 'pandas' in sys.modules)")
            return seen, kernels.start_parent().process.pid
        finally:
            await ended(manager, talk)

    seen, parent = run(play())
    assert seen == f"{parent} True"


def test_kernels_that_greet_on_standard_output_never_fill_the_parents_pipe():
    """A parent of a scheduler or dashboard forks kernels for weeks, and nobody reads its output."""

    async def starts():
        parent = kernels.start_parent()
        assert parent.wait_ready()
        room = fcntl.fcntl(parent.process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        for _ in range(room // 200):
            manager, talk = await started()
            assert await value(talk, "print(1)") == "1"
            await ended(manager, talk)

    run(starts())


def test_random_states_differ_and_sets_keep_their_order():
    code = "import random, numpy; print(random.random(), numpy.random.rand(), hash('a'))"

    async def play():
        seen = []
        for _ in range(2):
            manager, talk = await started()
            try:
                seen.append((await value(talk, code)).split())
            finally:
                await ended(manager, talk)
        return seen

    first, second = run(play())
    assert first[0] != second[0]
    assert first[1] != second[1]
    assert first[2] == second[2]


def test_an_interrupt_stops_the_cell_and_not_the_kernel():
    async def play():
        import asyncio

        manager, talk = await started()
        try:
            asked = talk.execute("while True: pass")
            await asyncio.sleep(0.3)
            await manager.interrupt_kernel()
            while True:
                answer = await talk.get_shell_msg(timeout=10)
                if answer["parent_header"].get("msg_id") == asked:
                    break
            # Requests that come right after an error are dropped by the kernel, as anywhere.
            await asyncio.sleep(0.5)
            return answer["content"]["ename"], await value(talk, "print(1 + 1)")
        finally:
            await ended(manager, talk)

    assert run(play()) == ("KeyboardInterrupt", "2")


def test_immediate_shutdown_leaves_the_parent_alive():
    async def play():
        manager = kernels.QuickManager(kernel_name=kernels.KERNEL)
        await manager.start_kernel()
        pid = manager.provisioner.pid
        group = os.getpgid(pid)
        parent = kernels.start_parent()
        await manager.shutdown_kernel(now=True)
        return pid, group, parent

    pid, group, parent = run(play())
    assert group == pid != os.getpgid(parent.process.pid)
    assert gone(pid)
    assert parent.process.poll() is None


def test_a_killed_kernel_takes_its_own_processes_along():
    code = "import subprocess; print(subprocess.Popen(['sleep', '60']).pid)"

    async def play():
        manager, talk = await started()
        pid = int(await value(talk, code))
        await ended(manager, talk)
        return pid

    assert gone(run(play()))


def test_no_orphan_when_whoever_asked_dies(tmp_path):
    script = tmp_path / "asker.py"
    script.write_text(
        "import json, os, time\n"
        "from opsbook.publish import kernels\n"
        "os.environ.pop(kernels.SOCKET, None)\n"
        "request = {'kind': 'kernel', 'argv': ['-f', os.path.join(os.getcwd(), 'c.json')],\n"
        "           'env': dict(os.environ), 'cwd': os.getcwd()}\n"
        "connection, pid = kernels.fork(request)\n"
        "print(json.dumps([pid, kernels.start_parent().process.pid]), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, cwd=tmp_path
    ) as asker:
        kernel, parent = json.loads(asker.stdout.readline())
        assert alive(kernel) and alive(parent)
        asker.send_signal(signal.SIGKILL)
        asker.wait()
        assert gone(kernel)
        assert gone(parent)


def test_no_orphan_when_the_parent_is_killed():
    kernels.stop_parent()

    async def play():
        manager, talk = await started()
        pid = manager.provisioner.pid
        os.kill(kernels.start_parent().process.pid, signal.SIGKILL)
        dead = gone(pid)
        talk.stop_channels()
        with contextlib.suppress(Exception):
            await manager.shutdown_kernel(now=True)
        return dead

    assert run(play())
    kernels.stop_parent()


def test_changed_code_is_never_run_from_an_old_parent_and_kernels_live_on():
    source = warm_parent.__file__
    before = os.stat(source)

    async def play():
        old, talk_old = await started()
        try:
            os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
            new, talk_new = await started()
            parents = [
                int(await value(talk, "import os; print(os.getppid())"))
                for talk in (talk_old, talk_new)
            ]
            await ended(new, talk_new)
            return parents
        finally:
            await ended(old, talk_old)

    try:
        old, new = run(play())
        assert old != new == kernels.start_parent().process.pid
        assert gone(old), "a retired parent ends with its last kernel"
    finally:
        os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))


def small(tmp_path):
    cells = [
        nbformat.v4.new_code_cell("a = {x for x in 'abcdefgh'}\nprint(list(a), sum(range(9)))")
    ]
    path = tmp_path / "small.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_an_ordinary_kernel_gives_the_same_result(tmp_path, monkeypatch):
    shown = []
    for switch in ("1", "0"):
        monkeypatch.setenv(kernels.SWITCH, switch)
        node = papermill.execute_notebook(
            str(small(tmp_path)),
            str(tmp_path / "out.ipynb"),
            kernel_name=kernels.KERNEL,
            progress_bar=False,
        )
        shown.append(node.cells[0].outputs[0].text)
    assert shown[0] == shown[1] != ""


def test_no_history_database_is_open():
    code = (
        "import os; "
        "print(get_ipython().history_manager.enabled, "
        "sum('sqlite' in os.readlink(f'/proc/self/fd/{f}') for f in os.listdir('/proc/self/fd') "
        "if os.path.exists(f'/proc/self/fd/{f}')))"
    )

    async def play():
        manager, talk = await started()
        try:
            return await value(talk, code)
        finally:
            await ended(manager, talk)

    assert run(play()) == "False 0"
