"""Doing something again and again for as long as a process works."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

_log = structlog.get_logger()


async def repeat(
    step: Callable[[], Awaitable[object]], stop: asyncio.Event, *, every: float
) -> None:
    """Do a step, and again some seconds after it ended, until `stop` is set.

    A step that is under way then is broken off; one that fails is logged, and its turn comes again.
    """
    going = asyncio.create_task(_go(step, stop, every))
    try:
        await stop.wait()
    finally:  # also when this is broken off itself, because another part of the process failed
        going.cancel()
        with suppress(asyncio.CancelledError):
            await going


async def _go(step: Callable[[], Awaitable[object]], stop: asyncio.Event, every: float) -> None:
    while not stop.is_set():
        try:
            await step()
        except Exception as error:  # noqa: BLE001 - the database may be back in a minute
            _log.warning("round broken off", error=type(error).__name__)
        with suppress(TimeoutError):
            async with asyncio.timeout(every):
                await stop.wait()
