"""A worker at work, and waiting for what it does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bot.jobs.worker import Worker

WITHIN = 20.0  # seconds; what takes longer is stuck


def utc_now() -> datetime:
    """The real time, which the engine goes by."""
    return datetime.now(UTC)


async def no_pause(_: float) -> None:
    """A second that does not last."""
    await asyncio.sleep(0)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so; fail when it takes too long."""
    async with asyncio.timeout(WITHIN):
        while not await condition():  # noqa: ASYNC110 - a row in a database sets no event
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[asyncio.Event]:
    """Let a worker work, and stop it gracefully."""
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(task, WITHIN)
