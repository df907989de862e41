"""The engine behind its port, in memory and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import DeliveryId
from bot.errors import DatabaseAway
from bot.jobs import queue as queue_module
from bot.jobs.queue import Look, MemoryQueue, PostgresQueue, Queue, Wake, queue_for
from bot.store.deliveries import SqlDeliveries
from bot.store.encryption import Sealer
from bot.store.engine import Database
from tests.databases import postgres_url
from tests.deliveries import a_delivery
from tests.jobs.running import WITHIN

ONE = DeliveryId("ONE2345678")
TWO = DeliveryId("TWO2345678")


class Looks:
    """Remembers what the engine wanted looked at, and answers as scripted."""

    def __init__(self, *answers: Wake | BaseException | None) -> None:
        """Take the answers, in turn; the last ones are "not again"."""
        self.seen: list[DeliveryId] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._answers = list(answers)
        self._changed = asyncio.Event()

    async def __call__(self, delivery: DeliveryId) -> Wake | None:
        """Look at a delivery."""
        self.seen.append(delivery)
        self._changed.set()
        await self.gate.wait()
        answer = self._answers.pop(0) if self._answers else None
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def number(self, count: int) -> None:
        """Wait for that many looks."""
        async with asyncio.timeout(WITHIN):
            while len(self.seen) < count:
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
def engine(database: Database) -> Queue:
    """The engine that fits the database."""
    return queue_for(database)


@asynccontextmanager
async def at_work(engine: Queue, look: Look) -> AsyncIterator[None]:
    """Let an engine run, and stop it gracefully."""
    stop = asyncio.Event()
    task = asyncio.create_task(engine.run(look, stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, WITHIN)


async def test_each_database_has_its_engine(database: Database) -> None:
    """Memory beside SQLite, PostgreSQL's own tables otherwise."""
    kind = {"sqlite": MemoryQueue, "postgresql": PostgresQueue}[database.dialect]

    assert isinstance(queue_for(database), kind)


async def test_what_was_woken_before_the_start_is_looked_at(engine: Queue) -> None:
    """A wake is kept until somebody works."""
    looks = Looks()
    await engine.wake([Wake(ONE), Wake(TWO)])

    async with at_work(engine, looks):
        await looks.number(2)

    assert sorted(looks.seen) == [ONE, TWO]


async def test_no_wakes_are_no_work(engine: Queue) -> None:
    """A sweep that found nothing asks for nothing."""
    await engine.wake([])


async def test_a_wake_in_the_queue_already_is_dropped(engine: Queue) -> None:
    """The sweep wakes every minute; each delivery is looked at once for it."""
    looks = Looks()
    await engine.wake([Wake(ONE), Wake(ONE)])
    await engine.wake([Wake(ONE)])
    await engine.wake([Wake(TWO)])

    async with at_work(engine, looks):
        await looks.number(2)

    assert sorted(looks.seen) == [ONE, TWO]


async def test_a_wake_for_what_is_at_work_is_dropped_unless_it_must_not_be(
    engine: Queue,
) -> None:
    """A freed turn must be passed on, whatever else is queued or at work for the next one."""
    looks = Looks()
    looks.gate.clear()

    async with at_work(engine, looks):
        await engine.wake([Wake(ONE)])
        await looks.number(1)
        await engine.wake([Wake(ONE)])
        await engine.wake([Wake(ONE, purpose=None)])
        await engine.wake([Wake(ONE, purpose=None)])
        await looks.number(3)
        looks.gate.set()

    assert looks.seen == [ONE, ONE, ONE]


async def test_a_wake_for_later_waits(engine: Queue) -> None:
    """What is due at once goes first, whatever was asked first."""
    looks = Looks()
    await engine.wake([Wake(ONE, timedelta(seconds=0.5))])
    await engine.wake([Wake(TWO, timedelta(seconds=-5))])

    async with at_work(engine, looks):
        await looks.number(2)

    assert looks.seen == [TWO, ONE]


async def test_a_look_that_asks_for_another_gets_it(engine: Queue) -> None:
    """A delivery re-schedules itself: a wake for what is at work would be dropped."""
    looks = Looks(Wake(ONE, timedelta(seconds=0.1), "next"), Wake(ONE, purpose="last"))
    await engine.wake([Wake(ONE)])

    async with at_work(engine, looks):
        await looks.number(3)

    assert looks.seen == [ONE, ONE, ONE]


async def test_a_cancelled_look_is_not_lost(engine: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine would delete its job."""
    monkeypatch.setattr(queue_module, "DEQUEUE_TIMEOUT", timedelta(seconds=0.1))
    looks = Looks(asyncio.CancelledError())
    await engine.wake([Wake(ONE)])

    async with at_work(engine, looks):
        await looks.number(2)

    assert looks.seen == [ONE, ONE]


async def test_stopping_waits_for_what_is_at_work(engine: Queue) -> None:
    """A job that was begun is finished first."""
    looks = Looks()
    looks.gate.clear()
    stop = asyncio.Event()
    task = asyncio.create_task(engine.run(looks, stop))
    await engine.wake([Wake(ONE)])
    await looks.number(1)

    stop.set()
    done, _ = await asyncio.wait({task}, timeout=0.05)
    looks.gate.set()
    await asyncio.wait_for(task, WITHIN)

    assert done == set()


async def test_a_promise_is_looked_at_at_once(
    database: Database, engine: Queue, sealer: Sealer
) -> None:
    """From the stored row to the worker without waiting for a sweep."""
    looks = Looks()
    store = SqlDeliveries(database, sealer, engine)

    async with at_work(engine, looks):
        await store.promise(a_delivery())
        await looks.number(1)

    assert looks.seen == [a_delivery().id]


async def test_a_promise_that_is_rolled_back_leaves_no_job(
    database: Database, engine: Queue, sealer: Sealer
) -> None:
    """Row and job stand or fall together."""

    class FailsAfterwards:
        async def promised(
            self, connection: AsyncConnection, delivery: DeliveryId, *, again: bool
        ) -> None:
            await engine.promised(connection, delivery, again=again)
            raise ConnectionError

        async def committed(self, delivery: DeliveryId, *, again: bool) -> None:
            await engine.committed(delivery, again=again)

    looks = Looks()
    with pytest.raises(DatabaseAway):
        await SqlDeliveries(database, sealer, FailsAfterwards()).promise(a_delivery())

    async with at_work(engine, looks):
        await engine.wake([Wake(TWO)])
        await looks.number(1)

    assert looks.seen == [TWO]


async def test_memory_does_not_grow_with_finished_jobs() -> None:
    """What the engine remembers of them is dropped, jobs that failed included."""
    engine = MemoryQueue()
    looks = Looks(ValueError())
    await engine.wake([Wake(ONE)])
    async with at_work(engine, looks):
        await looks.number(1)

    await engine.trim()

    assert await engine._queries.queue_log() == []
    assert await engine._queries.queue_size() == []


async def test_postgresqls_log_is_trimmed_by_age() -> None:
    """Rows over a week old go once they are counted; younger ones, and live jobs, stay."""
    database = await Database.open(await postgres_url())
    engine = PostgresQueue(database)
    await engine.wake([Wake(ONE), Wake(TWO)])
    async with database.begin() as connection:
        for statement in (
            """UPDATE meeting_summary_jobs.pgqueuer_log
            SET aggregated = true, created = now() - interval '8 days' WHERE job_id = 1""",
            """UPDATE meeting_summary_jobs.pgqueuer
            SET status = 'failed', updated = now() - interval '2 days' WHERE id = 1""",
        ):
            await connection.execute(text(statement))

    await engine.trim()

    async with database.read() as connection:
        logged = await connection.scalars(
            text("SELECT job_id FROM meeting_summary_jobs.pgqueuer_log")
        )
        queued = await connection.scalars(text("SELECT id FROM meeting_summary_jobs.pgqueuer"))
        assert (list(logged), list(queued)) == ([2], [2])
    await database.close()
