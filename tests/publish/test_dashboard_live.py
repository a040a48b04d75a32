"""Kernels of the live view: whose they are, and that ended ones are forgotten."""

import asyncio

from opsbook.publish import kernels
from opsbook.publish.dashboard import live_view


async def _started_for(manager, name):
    live_view.ASKED_BY.set(name)
    return await manager.start_kernel(kernel_name=kernels.KERNEL)


def test_a_kernel_belongs_to_who_asked_until_it_ends(monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", kernels.environment()["JUPYTER_PATH"])

    async def lives():
        manager = live_view.Kernels()
        names = ("lin", "wu", "mei")
        started = await asyncio.gather(*(_started_for(manager, name) for name in names))
        before = dict(manager.owners)
        for kernel in started:
            await manager.shutdown_kernel(kernel, now=True)
        return dict(zip(started, names, strict=True)), before, manager.owners

    try:
        told, before, after = asyncio.run(lives())
    finally:
        kernels.stop_parent()
    assert before == told
    assert after == {}
