"""The job engine behind a small port: a job only says "look at this delivery now".

PgQueuer runs in memory beside SQLite, and on PostgreSQL in tables of its own, where LISTEN and
NOTIFY wake any number of processes. The deliveries are the truth: a lost job is found again by the
sweep, and a job too many finds nothing to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeAlias, cast

import pgqueuer
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.domain.models import Job
from pgqueuer.errors import RetryRequested
from pgqueuer.ports import RepositoryPort
from pgqueuer.ports.driver import Driver
from pgqueuer.queries import Queries
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import DeliveryId
from bot.store.engine import Database
from bot.store.job_tables import SETTINGS, TRIM, job_queries, jobs_in_memory

_ENTRYPOINT = "delivery"
_NOW = timedelta()

DEQUEUE_TIMEOUT = timedelta(seconds=10)
"""How long the engine trusts that it is notified of every new job."""

HEARTBEAT_TIMEOUT = timedelta(seconds=20)
"""How long a worker may be silent before its jobs go to another."""

HORIZON = timedelta(minutes=2)
"""How far ahead the engine holds jobs; what is later is found by a sweep."""

KEPT_LOG = timedelta(days=7)
KEPT_FAILED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wake:
    """A wish to have a delivery looked at.

    The engine drops a wake whose delivery and purpose are in its queue already or at work, so that
    sweeps don't pile up jobs. One without a purpose is never dropped: what is at work may have
    looked before the reason for this one came up.
    """

    delivery: DeliveryId
    delay: timedelta = _NOW
    purpose: str | None = "due"


Look: TypeAlias = Callable[[DeliveryId], Awaitable[Wake | None]]
"""Work on a delivery; says when to look again, or `None` to leave that to the sweep."""


class Queue(Protocol):
    """The engine, in memory or on PostgreSQL. Also a `Wakes` of the store."""

    async def promised(
        self, connection: AsyncConnection, delivery: DeliveryId, *, again: bool
    ) -> None:
        """Store a job in the transaction that stores the promise."""

    async def committed(self, delivery: DeliveryId, *, again: bool) -> None:
        """Take note of a promise that is stored."""

    async def wake(self, wakes: Sequence[Wake]) -> None:
        """Have deliveries looked at."""

    async def trim(self) -> None:
        """Drop what the engine keeps for good otherwise."""

    async def run(self, look: Look, stop: asyncio.Event) -> None:
        """Work until `stop` is set; jobs at work are finished first."""


def queue_for(database: Database) -> Queue:
    """The engine that fits a database."""
    return PostgresQueue(database) if database.dialect == "postgresql" else MemoryQueue()


class MemoryQueue:
    """Jobs in this process's memory; a start finds them again in the deliveries."""

    def __init__(self) -> None:
        """Begin with no jobs."""
        self._queries = jobs_in_memory()

    async def promised(
        self, connection: AsyncConnection, delivery: DeliveryId, *, again: bool
    ) -> None:
        """Nothing yet: memory can't be rolled back."""

    async def committed(self, delivery: DeliveryId, *, again: bool) -> None:
        """Have a promise looked at, now that it is stored."""
        await _enqueue(self._queries, [_promise(delivery, again=again)])

    async def wake(self, wakes: Sequence[Wake]) -> None:
        """Have deliveries looked at."""
        await _enqueue(self._queries, wakes)

    async def trim(self) -> None:
        """Drop what the engine remembers of finished jobs: it never reads it again."""
        failed = await self._queries.list_failed_jobs(limit=1000)
        await self._queries.mark_job_as_cancelled([job.id for job in failed])
        await self._queries.clear_queue_log()
        await self._queries.clear_statistics_log()

    async def run(self, look: Look, stop: asyncio.Event) -> None:
        """Work until `stop` is set; jobs at work are finished first."""

        @asynccontextmanager
        async def engine() -> AsyncIterator[pgqueuer.PgQueuer]:
            yield _engine(self._queries.driver, self._queries, look, self.wake)

        await _run(engine, stop)


@dataclass(frozen=True, slots=True)
class PostgresQueue:
    """Jobs in PostgreSQL, shared by all processes."""

    database: Database

    async def promised(
        self, connection: AsyncConnection, delivery: DeliveryId, *, again: bool
    ) -> None:
        """Store a job with the promise; other processes see both or neither."""
        await _enqueue(_within(connection), [_promise(delivery, again=again)])

    async def committed(self, delivery: DeliveryId, *, again: bool) -> None:
        """Nothing more: the job was stored with the promise."""

    async def wake(self, wakes: Sequence[Wake]) -> None:
        """Have deliveries looked at, by whichever process is free."""
        async with self.database.begin() as connection:
            await _enqueue(_within(connection), wakes)

    async def trim(self) -> None:
        """Drop what the engine keeps for good otherwise."""
        async with self.database.begin() as connection:
            for statement in TRIM:
                await connection.execute(text(statement), {"log": KEPT_LOG, "jobs": KEPT_FAILED})

    async def run(self, look: Look, stop: asyncio.Event) -> None:
        """Work until `stop` is set, through lost connections and servers that go away."""

        @asynccontextmanager
        async def engine() -> AsyncIterator[pgqueuer.PgQueuer]:
            async with self.database.raw_pool() as pool:
                driver = AsyncpgPoolDriver(pool)
                yield _engine(driver, job_queries(driver), look, self.wake)

        await _run(engine, stop)


class _TransactionDriver:
    """Lets the engine ask inside a transaction of ours; to store a job it only fetches."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        result = await self._connection.exec_driver_sql(query, args)
        return [dict(row) for row in result.mappings()]


def _within(connection: AsyncConnection) -> Queries:
    return job_queries(cast("Driver", _TransactionDriver(connection)))


def _promise(delivery: DeliveryId, *, again: bool) -> Wake:
    # The telling of the earlier end may still be at work under the ordinary purpose.
    return Wake(delivery, purpose=None if again else "due")


async def _enqueue(queries: RepositoryPort, wakes: Sequence[Wake]) -> None:
    if not wakes:
        return
    await queries.enqueue(
        [_ENTRYPOINT] * len(wakes),
        [wake.delivery.encode() for wake in wakes],
        [0] * len(wakes),
        [max(wake.delay, _NOW) for wake in wakes],
        [wake.purpose and f"{wake.delivery}/{wake.purpose}" for wake in wakes],
        on_conflict="skip",
    )


def _engine(
    driver: Driver,
    queries: RepositoryPort,
    look: Look,
    wake: Callable[[Sequence[Wake]], Awaitable[None]],
) -> pgqueuer.PgQueuer:
    engine = pgqueuer.PgQueuer(driver, channel=SETTINGS.channel, queries=queries)

    # A job that fails is kept, not deleted; the worker never lets one fail.
    @engine.entrypoint(_ENTRYPOINT, on_failure="hold")
    async def look_at(job: Job) -> None:
        try:
            again = await look(DeliveryId((job.payload or b"").decode()))
            if again is not None:
                # A new job, not a retry of this one: PostgreSQL is notified of new jobs alone, and
                # a retry would wait until the engine happens to ask again.
                await wake([again])
        except asyncio.CancelledError as error:
            # The engine deletes a job whose handler is cancelled.
            raise RetryRequested(_NOW, "cancelled") from error

    return engine


async def _run(
    engine: Callable[[], AbstractAsyncContextManager[pgqueuer.PgQueuer]], stop: asyncio.Event
) -> None:
    await pgqueuer.run(
        engine,
        dequeue_timeout=DEQUEUE_TIMEOUT,
        batch_size=1,  # finished jobs are written one by one, so that a kill repeats none
        heartbeat_timeout=HEARTBEAT_TIMEOUT,
        max_concurrent_tasks=50,
        shutdown_on_listener_failure=True,
        restart_on_failure=True,
        restart_delay=timedelta(seconds=1),
        shutdown=stop,
    )
