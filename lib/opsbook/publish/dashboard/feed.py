"""Results for live kernels: the lines of `Results.stream` over a Unix socket in a private folder.

A request is a line of JSON, {"number": chapter, "query": {name: text}}; the answers are lines of
JSON: {"cell": id, "parts": see `cells`, charts without a picture}, and the last one as there. Closing the connection lets go of the computation.
"""

import asyncio
import contextlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from opsbook.errors import OpsbookError

SOCKET = "OPSBOOK_FEED"
LINE_BYTES = 1 << 26


class Feed:
    """Listens while the dashboard runs; kernels find its socket by the environment."""

    def __init__(self, results):
        self.results = results
        self.folder = Path(tempfile.mkdtemp(prefix="opsbook-feed-"))
        os.environ[SOCKET] = str(self.folder / "feed")

    async def listen(self):
        """Answer kernels from now on."""
        self.server = await asyncio.start_unix_server(self._answer, os.environ[SOCKET])

    async def _answer(self, reader, writer):
        try:
            ask = json.loads(await reader.readline())
            async for line in self._lines(ask["number"], ask["query"], reader):
                writer.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError):
            return  # the kernel is gone
        finally:
            writer.close()

    async def _lines(self, number, query, reader):
        try:
            values = await asyncio.to_thread(self.results.values, number, query)
        except OpsbookError as error:
            yield {"broken": str(error)}
            return
        lines = self.results.stream(number, values)
        gone = asyncio.ensure_future(reader.read())  # ends when the kernel lets go
        try:
            while True:
                line = asyncio.ensure_future(anext(lines, None))
                await asyncio.wait([line, gone], return_when=asyncio.FIRST_COMPLETED)
                if not line.done():
                    line.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await line
                    return
                if line.result() is None:
                    return
                yield _without_pictures(line.result())
        finally:
            gone.cancel()
            await lines.aclose()

    def close(self):
        """Take the socket away."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _without_pictures(line):
    if "cell" not in line:
        return line
    parts = [
        [kind, {**about, "svg": ""} if kind == "chart" else about] for kind, about in line["parts"]
    ]
    return {"cell": line["cell"], "parts": parts}
