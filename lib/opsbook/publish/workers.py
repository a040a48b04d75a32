"""Processes that do the jobs of a run: forked from the warm parent, or started afresh."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from opsbook.publish import kernels


def events(job, folder, env):
    """Start a process for a job in a folder and yield its events (dicts) until it ends.

    The last event is {"done": result} or {"broken": message}; a process that dies without a word
    is broken too.
    """
    forked = None
    if kernels.available():
        if kernels.SOCKET not in os.environ:
            env = kernels.lent(env, kernels.start_parent())
        forked = kernels.fork(
            {"kind": "job", "job": job, "env": env, "cwd": str(folder), "any_code": True}
        )
    source = _forked(*forked) if forked else _started(job, folder, env)
    ended = False
    try:
        for event in source:
            ended = ended or "done" in event or "broken" in event
            if "exit" not in event:
                yield event
    finally:
        source.close()
    if not ended:
        yield {"broken": "The process that ran it ended without a word (killed, or out of memory)."}


def _forked(connection, pid):
    connection.settimeout(None)
    rest = b""
    try:
        while part := connection.recv(1 << 16):
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                event = json.loads(line)
                yield event
                if "exit" in event:
                    return
    except OSError:
        return
    finally:
        connection.shutdown(socket.SHUT_RDWR) if connection.fileno() >= 0 else None
        connection.close()


def _started(job, folder, env):
    with tempfile.TemporaryDirectory(prefix="opsbook-job-") as place:
        file = Path(place, "job.json")
        file.write_text(json.dumps(job), encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "opsbook.publish.chapter_job", os.fspath(file)],
            cwd=folder,
            env={**env, kernels.SWITCH: "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            for line in process.stdout:
                yield json.loads(line)
        finally:
            if process.poll() is None:
                process.terminate()
            process.stdout.close()
            process.wait()
