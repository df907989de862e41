"""The whole worker with its engine, in memory and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import ChannelId, DeliveryId, SessionId
from bot.errors import NotInChannel, SlackUnavailable
from bot.jobs.agenda import Agenda
from bot.jobs.queue import Look, Queue, Wake, queue_for
from bot.jobs.worker import Worker
from bot.store.deliveries import SqlDeliveries
from bot.store.encryption import Sealer
from bot.store.engine import Database
from tests.clock import ManualClock
from tests.deliveries import a_delivery
from tests.fakes import NOON
from tests.jobs.handlers import FakeHandlers, FakeQueue
from tests.jobs.running import WITHIN, no_pause, running, until, utc_now

ID = a_delivery().id


def due_now(number: int = 0, **changes: object) -> Delivery:
    """A delivery asked for at this moment."""
    facts: dict[str, object] = {
        "id": DeliveryId(f"D{number}") if number else ID,
        "session": SessionId(f"s{number}"),
        "created_at": utc_now(),
        "run_at": utc_now(),
    }
    return a_delivery(**{**facts, **changes})


@pytest.fixture
def engine(database: Database) -> Queue:
    """The engine that fits the database."""
    return queue_for(database)


@pytest.fixture
def live(database: Database, sealer: Sealer, engine: Queue) -> SqlDeliveries:
    """Deliveries whose promises wake that engine."""
    return SqlDeliveries(database, sealer, engine)


@pytest.fixture
def worker(agenda: Agenda, handlers: FakeHandlers, engine: Queue) -> Worker:
    """A worker in real time, but for the pauses."""
    return Worker(agenda, handlers, engine, utc_now, no_pause, lambda: 0.0, patience=0.2)


def ends_as(
    store: SqlDeliveries, state: DeliveryState, delivery: DeliveryId = ID
) -> Callable[[], Awaitable[bool]]:
    """Whether a delivery has come to a state."""

    async def check() -> bool:
        found = await store.get(delivery)
        return found is not None and found.state is state

    return check


async def test_what_was_promised_before_the_start_is_posted(
    worker: Worker, live: SqlDeliveries, store: SqlDeliveries
) -> None:
    """The first sweep finds it, though no engine was told of it."""
    await store.promise(due_now())

    async with running(worker):
        await until(ends_as(live, DeliveryState.POSTED))


async def test_what_is_promised_meanwhile_is_posted(worker: Worker, live: SqlDeliveries) -> None:
    """Without waiting for a sweep."""
    async with running(worker):
        await until(lambda: has_swept(worker))
        await live.promise(due_now())
        await until(ends_as(live, DeliveryState.POSTED))


async def test_many_deliveries_in_few_channels_are_each_posted_once(
    worker: Worker, live: SqlDeliveries, handlers: FakeHandlers
) -> None:
    """Every turn is passed on until nobody waits."""
    promised = [due_now(n, channel=ChannelId(f"C{n % 3}")) for n in range(1, 25)]

    async with running(worker):
        await asyncio.gather(*(live.promise(delivery) for delivery in promised))
        for delivery in promised:
            await until(ends_as(live, DeliveryState.POSTED, delivery.id))

    assert sorted(handlers.delivered) == sorted(delivery.id for delivery in promised)
    assert handlers.most_at_once <= 3


async def test_a_try_that_failed_comes_back_by_itself(
    worker: Worker, live: SqlDeliveries, handlers: FakeHandlers
) -> None:
    """The engine is asked again, in time."""
    handlers.outcomes = [SlackUnavailable(retry_after=0)]

    async with running(worker):
        await live.promise(due_now())
        await until(ends_as(live, DeliveryState.POSTED))

    assert handlers.delivered == [ID, ID]


async def test_a_promise_made_again_is_tried_at_once(
    worker: Worker, live: SqlDeliveries, handlers: FakeHandlers
) -> None:
    """Also while its earlier asker is still being told."""
    handlers.outcomes = [NotInChannel()]

    async with running(worker):
        await live.promise(due_now())
        await until(ends_as(live, DeliveryState.FAILED))
        _, is_new = await live.promise(due_now(id=DeliveryId("AGAIN23456")))
        await until(ends_as(live, DeliveryState.POSTED))

    assert is_new


async def test_stopping_finishes_what_is_at_work(
    worker: Worker, live: SqlDeliveries, handlers: FakeHandlers
) -> None:
    """A deploy in the middle of a thread lets it end."""
    worker.patience = WITHIN
    handlers.gate.clear()

    async with running(worker) as stop:
        await live.promise(due_now())
        await asyncio.wait_for(handlers.begun.wait(), WITHIN)
        stop.set()
        handlers.gate.set()

    assert await ends_as(live, DeliveryState.POSTED)()


async def test_what_takes_too_long_at_a_stop_is_left_for_the_next(
    worker: Worker, live: SqlDeliveries, handlers: FakeHandlers, agenda: Agenda, database: Database
) -> None:
    """It is let go at once, so that the next process need not wait for a lease."""
    handlers.gate.clear()
    async with running(worker):
        await live.promise(due_now())
        await asyncio.wait_for(handlers.begun.wait(), WITHIN)
    handlers.gate.set()

    successor = Worker(agenda, handlers, queue_for(database), utc_now, no_pause, lambda: 0.0)
    async with running(successor):
        await until(ends_as(live, DeliveryState.POSTED))

    assert handlers.delivered == [ID, ID]


async def test_a_worker_cancelled_twice_loses_nothing(
    worker: Worker, live: SqlDeliveries, handlers: FakeHandlers, agenda: Agenda, database: Database
) -> None:
    """Two signals in a row are an impatient operator, not a lost promise."""
    handlers.gate.clear()
    task = asyncio.create_task(worker.run(asyncio.Event()))
    await live.promise(due_now())
    await asyncio.wait_for(handlers.begun.wait(), WITHIN)
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0)
    await asyncio.wait({task}, timeout=WITHIN)
    handlers.gate.set()

    # A minute later by the successor's clock, should the lease have to run out.
    successor = Worker(agenda, handlers, queue_for(database), in_a_minute, no_pause, lambda: 0.0)
    async with running(successor):
        await until(ends_as(live, DeliveryState.POSTED))

    assert task.cancelled()


async def test_an_engine_that_breaks_off_its_jobs_does_not_break_off_the_work(
    store: SqlDeliveries,
    agenda: Agenda,
    handlers: FakeHandlers,
    queue: FakeQueue,
    clock: ManualClock,
) -> None:
    """A lost connection of the engine's costs no thread its end; the next job waits for it."""
    worker = Worker(agenda, handlers, queue, clock, clock.sleep)
    await store.promise(a_delivery())
    handlers.gate.clear()
    job = asyncio.create_task(worker.look(ID))
    await handlers.begun.wait()

    for _ in range(2):
        job.cancel()
        await asyncio.sleep(0)
    next_job = asyncio.create_task(worker.look(ID))
    await asyncio.sleep(0)
    handlers.gate.set()
    await next_job

    assert job.cancelled()
    assert handlers.delivered == [ID]
    assert await ends_as(store, DeliveryState.POSTED)()


async def test_an_engine_that_cannot_go_on_ends_the_worker(
    agenda: Agenda, handlers: FakeHandlers, clock: ManualClock
) -> None:
    """The process ends with its cause, and is started again by whoever watches it."""

    class BrokenQueue(FakeQueue):
        async def run(self, look: Look, stop: asyncio.Event) -> None:
            raise LookupError

    worker = Worker(agenda, handlers, BrokenQueue(), clock, clock.sleep)

    with pytest.raises(LookupError):
        await asyncio.wait_for(worker.run(asyncio.Event()), WITHIN)


async def test_a_sweep_wakes_what_is_due_within_two_minutes(
    store: SqlDeliveries,
    agenda: Agenda,
    handlers: FakeHandlers,
    queue: FakeQueue,
    clock: ManualClock,
) -> None:
    """Whatever wake was lost; what is later is for a later sweep."""
    for number, seconds in enumerate((-600, 90, 150), start=1):
        at = NOON + timedelta(seconds=seconds)
        await store.promise(due_now(number, run_at=at))
    worker = Worker(agenda, handlers, queue, clock, clock.sleep)

    await worker.sweep()

    assert queue.wakes == [
        Wake(DeliveryId("D1"), timedelta(seconds=-600)),
        Wake(DeliveryId("D2"), timedelta(seconds=90)),
    ]
    assert worker.swept_at == NOON


async def test_a_sweep_trims_once_an_hour(
    agenda: Agenda, handlers: FakeHandlers, queue: FakeQueue, clock: ManualClock
) -> None:
    """The engine's leavings don't pile up, and are not looked for every minute."""
    worker = Worker(agenda, handlers, queue, clock, clock.sleep)

    for _ in range(62):
        await worker.sweep()
        clock.advance(minutes=1)

    assert queue.trimmed == 2


async def test_a_sweep_that_fails_does_not_end_the_worker(
    agenda: Agenda, handlers: FakeHandlers, queue: FakeQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database may be back in a minute."""
    monkeypatch.setattr("bot.jobs.worker.SWEEP_EVERY", 0.01)
    queue.errors = [ConnectionError(), ConnectionError()]
    worker = Worker(agenda, handlers, queue, utc_now, no_pause)

    async with running(worker):
        await until(lambda: has_swept(worker))

    assert queue.errors == []


async def has_swept(worker: Worker) -> bool:
    """Whether a sweep has reached the database."""
    return worker.swept_at is not None


def in_a_minute() -> datetime:
    """A clock that runs ahead."""
    return utc_now() + timedelta(minutes=1)
