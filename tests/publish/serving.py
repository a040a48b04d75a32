"""A dashboard in a process of its own, and a small browser without scripts."""

import http.cookiejar
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager

START_SECONDS = 120


class Visitor:
    """Fetches pages with one person's cookies."""

    def __init__(self, address, token=None):
        self.address = address
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(self.jar),
            _Stay(),
        )
        if token:
            self.entry = self.get(f"/?token={token}")

    def get(self, path, **headers):
        """(status, headers, text) of a page; redirects are not followed."""
        return self._open(urllib.request.Request(self.address + path, headers=headers))

    def post(self, path, about, **headers):
        """(status, headers, text) of a JSON post."""
        headers = {"Content-Type": "application/json", **headers}
        body = json.dumps(about).encode()
        return self._open(
            urllib.request.Request(self.address + path, data=body, headers=headers, method="POST")
        )

    def write(self, about):
        """Post a decision as the page's script does."""
        xsrf = re.search(r'name="xsrf" content="([^"]+)"', self.get("/desk")[2])[1]
        return self.post("/api/write", about, **{"X-XSRFToken": xsrf})

    @property
    def cookies(self):
        """The Cookie header of this visitor."""
        return "; ".join(f"{c.name}={c.value}" for c in self.jar)

    def _open(self, request):
        try:
            answer = self.opener.open(request, timeout=120)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers, answer.read().decode(errors="replace")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def free_port():
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def serving(home):
    """A running dashboard on a free port: yields (address, {"editor": token, "viewer": token})."""
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = "from opsbook.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", command, "serve", "--home", str(home), "--port", str(free_port())],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=home,
    )
    tokens, address = {}, ""
    try:
        for line in process.stdout:  # ends where the server dies before it says its address
            if found := re.match(r"(editor|viewer): .*token=(\S+)", line):
                tokens[found[1]] = found[2]
            if found := re.match(r"Dashboard: http://[^:]+:(\d+)/", line):
                address = f"http://127.0.0.1:{found[1]}"
                break
        assert address, f"opsbook serve ended with status {process.wait()}"
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                Visitor(address).get("/login")
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise TimeoutError(f"{address} did not answer within {START_SECONDS} s")
        yield address, tokens
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
