"""The worker: the engine, the sweep behind it, and a graceful stop."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.domain.delivery import Delivery
from bot.domain.ids import DeliveryId
from bot.jobs.agenda import Agenda
from bot.jobs.queue import HORIZON, Queue, Wake
from bot.jobs.work import TIME_TO_LET_GO, Handlers, Work

_log = structlog.get_logger()

SWEEP_EVERY = 60.0  # seconds
TRIM_EVERY = timedelta(hours=1)


def ignore(_: Delivery) -> None:
    """Watch nothing."""


async def tell_nobody(_: datetime) -> None:
    """Work without anybody's knowing."""


@dataclass
class Worker:
    """Works on deliveries, any number at a time, one a channel.

    Args:
        agenda: what there is to do.
        handlers: what is done.
        queue: the engine.
        now: the present moment, in UTC.
        sleep: waits for some seconds.
        jitter: a random number of [0, 1).
        settled: told of each delivery after each try to post it, for the metrics.
        beat: tells, once a minute, that this worker is at work.
        patience: how long a stop waits for what is at work, in seconds.
    """

    agenda: Agenda
    handlers: Handlers
    queue: Queue
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random
    settled: Callable[[Delivery], None] = ignore
    beat: Callable[[datetime], Awaitable[None]] = tell_nobody
    patience: float = 10.0

    swept_at: datetime | None = field(default=None, init=False)
    """When the last sweep reached the database: what readiness goes by."""

    def __post_init__(self) -> None:
        """Set up the work."""
        self._work = Work(
            self.agenda,
            self.handlers,
            self.queue,
            self.now,
            self.sleep,
            self.jitter,
            self.settled,
        )
        self._at_work: dict[DeliveryId, asyncio.Task[Wake | None]] = {}
        self._trimmed_at: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what is at work; the rest stays stored.

        What is still at work after `patience` is broken off; it comes up again in another process
        or at the next start.
        """
        await self.agenda.recover(self.now())
        engine = asyncio.create_task(self.queue.run(self.look, stop))
        sweeps = asyncio.create_task(self._sweep_until(stop))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({engine, stopping}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({engine}, timeout=self.patience)
        finally:
            await self._break_off()
            await asyncio.wait({engine}, timeout=TIME_TO_LET_GO)
            ended = engine.done()
            for task in (engine, sweeps, stopping):
                task.cancel()
            await asyncio.gather(engine, sweeps, stopping, return_exceptions=True)
        if ended:
            engine.result()

    async def look(self, delivery: DeliveryId) -> Wake | None:
        """Do what there is to do for a delivery now; the engine's one job.

        Returns when to look again, or `None` to leave that to the sweep. The work itself belongs
        to the worker: an engine that cancels its jobs, because its connection was lost or because
        it was cancelled twice, does not break it off halfway.
        """
        while at_work := self._at_work.get(delivery):
            await asyncio.wait({at_work})
        work = asyncio.create_task(self._work(delivery))
        self._at_work[delivery] = work
        work.add_done_callback(lambda _: self._at_work.pop(delivery, None))
        await asyncio.wait({work})
        return work.result()

    async def sweep(self) -> None:
        """Wake every delivery with something to do soon: the backstop for every lost wake."""
        now = self.now()
        due = await self.agenda.due(now + HORIZON)
        await self.queue.wake([Wake(delivery, at - now) for delivery, at in due])
        if self._trimmed_at is None or now - self._trimmed_at >= TRIM_EVERY:
            await self.queue.trim()
            await self.agenda.trim(now)
            self._trimmed_at = now
        await self.beat(now)
        self.swept_at = now

    async def _sweep_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.sweep()
            except Exception as error:  # noqa: BLE001 - the database may be back in a minute
                _log.warning("sweep failed", error=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_EVERY):
                    await stop.wait()

    async def _break_off(self) -> None:
        works = set(self._at_work.values())
        for work in works:
            work.cancel()
        if works:
            await asyncio.wait(works, timeout=2 * TIME_TO_LET_GO)
