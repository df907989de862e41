"""One step of one delivery, on SQLite and on PostgreSQL, by a clock moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import DeliveryId, SessionId
from bot.errors import (
    BotError,
    EditRefused,
    InstallationBroken,
    NotInChannel,
    SlackBusy,
    SlackUnavailable,
    SummaryEmpty,
    SummaryNotReady,
)
from bot.jobs import work as work_module
from bot.jobs.agenda import Agenda, Claim
from bot.jobs.queue import Wake
from bot.jobs.turns import LEASE
from bot.jobs.work import AFTER_A_FAULT, Work
from bot.store.deliveries import SqlDeliveries
from tests.clock import ManualClock
from tests.deliveries import a_delivery
from tests.fakes import NOON
from tests.jobs.handlers import EXPIRES, THREAD, FakeHandlers, FakeQueue

ID = a_delivery().id
MINUTE = timedelta(minutes=1)


@pytest.fixture
def seen() -> list[Delivery]:
    """What the metrics were told."""
    return []


@pytest.fixture
def work(
    agenda: Agenda,
    handlers: FakeHandlers,
    queue: FakeQueue,
    clock: ManualClock,
    seen: list[Delivery],
) -> Work:
    """The step under test; half of every pause is left to chance."""
    return Work(agenda, handlers, queue, clock, clock.sleep, lambda: 0.5, seen.append)


async def look(work: Work, delivery: DeliveryId = ID) -> timedelta | None:
    """Take a delivery one step further; returns how long until the next, if that is soon."""
    again = await work(delivery)
    assert again is None or again.delivery == delivery
    return None if again is None else again.delay


async def found(store: SqlDeliveries) -> Delivery:
    """The delivery as it stands."""
    delivery = await store.get(ID)
    assert delivery is not None
    return delivery


async def test_a_due_delivery_is_posted(
    work: Work, store: SqlDeliveries, handlers: FakeHandlers, seen: list[Delivery]
) -> None:
    """The thread is written down, nobody is told: the thread is the answer."""
    await store.promise(a_delivery())

    again = await look(work)

    assert again is None
    assert (await found(store)).state is DeliveryState.POSTED
    assert seen == [await found(store)]
    assert handlers.told == []


async def test_a_wake_too_early_comes_back_in_time(work: Work, store: SqlDeliveries) -> None:
    """The engine is asked again for the very moment."""
    await store.promise(a_delivery(run_at=NOON + MINUTE))

    assert await look(work) == MINUTE


async def test_what_is_far_ahead_is_left_to_the_sweep(work: Work, store: SqlDeliveries) -> None:
    """The engine holds no jobs for days."""
    await store.promise(a_delivery(run_at=NOON + timedelta(hours=1)))

    assert await look(work) is None


async def test_a_wake_for_nothing_does_nothing(work: Work, handlers: FakeHandlers) -> None:
    """Jobs outlive their rows; that harms nobody."""
    assert await work(DeliveryId("NOBODY")) is None
    assert handlers.delivered == []


async def test_two_jobs_that_come_back_for_the_same_moment_are_one(
    work: Work, store: SqlDeliveries, clock: ManualClock
) -> None:
    """However often a delivery is woken too early, its jobs don't multiply."""
    await store.promise(a_delivery(run_at=NOON + MINUTE))

    first = await work(ID)
    clock.advance(seconds=20)
    second = await work(ID)

    assert first is not None
    assert second is not None
    assert first.purpose == second.purpose != Wake(ID).purpose


async def test_an_outage_is_tried_again(
    work: Work, store: SqlDeliveries, handlers: FakeHandlers, clock: ManualClock
) -> None:
    """Without bothering the asker, and soon."""
    await store.promise(a_delivery())
    handlers.outcomes = [SlackBusy(retry_after=30)]

    again = await look(work)
    clock.advance(seconds=31)
    await look(work)

    assert again == timedelta(seconds=30.5)
    assert handlers.told == []
    assert (await found(store)).state is DeliveryState.POSTED


@pytest.mark.parametrize(
    ("error", "state"),
    [(NotInChannel("C0"), DeliveryState.FAILED), (SummaryEmpty(), DeliveryState.SKIPPED)],
)
async def test_an_end_is_told_at_once(
    work: Work,
    store: SqlDeliveries,
    handlers: FakeHandlers,
    error: BotError,
    state: DeliveryState,
) -> None:
    """The asker learns why not; after that there is nothing left to do."""
    await store.promise(a_delivery())
    handlers.outcomes = [error]

    again = await look(work)

    assert again is None
    assert [(told.state, told.reason) for told in handlers.told] == [(state, error.reason)]
    assert handlers.told[0].answer_url == a_delivery().answer_url
    ended = await found(store)
    assert (ended.told, ended.run_at, ended.answer_url) == (state, None, None)


async def test_an_end_nobody_asked_for_is_not_told(
    work: Work, store: SqlDeliveries, handlers: FakeHandlers
) -> None:
    """There is nobody to tell, and nothing is left to do."""
    await store.promise(a_delivery(asker=None, answer_url=None))
    handlers.outcomes = [NotInChannel()]

    await look(work)

    assert handlers.told == []
    assert (await found(store)).run_at is None


async def test_waiting_is_told_once(
    work: Work, store: SqlDeliveries, handlers: FakeHandlers, clock: ManualClock
) -> None:
    """However often it is looked for; then the thread comes."""
    await store.promise(a_delivery())
    handlers.outcomes = [SummaryNotReady(), SummaryNotReady()]

    first = await look(work)
    clock.advance(minutes=2)
    second = await look(work)
    clock.advance(minutes=4)
    third = await look(work)

    assert (first, second, third) == (MINUTE + timedelta(seconds=3), None, None)
    assert [told.state for told in handlers.told] == [DeliveryState.WAITING]
    assert (await found(store)).state is DeliveryState.POSTED


async def test_a_waiting_asker_who_could_not_be_told_is_told_after_the_next_look(
    work: Work, store: SqlDeliveries, handlers: FakeHandlers, clock: ManualClock
) -> None:
    """The next look is not moved for that."""
    await store.promise(a_delivery())
    handlers.outcomes = [SummaryNotReady(), SummaryNotReady()]
    handlers.tell_errors = [SlackUnavailable()]

    again = await look(work)
    clock.advance(minutes=2)
    await look(work)

    assert again == MINUTE + timedelta(seconds=3)
    assert [told.state for told in handlers.told] == [DeliveryState.WAITING]


async def test_telling_that_it_takes_long_does_not_hurry_the_tries(
    work: Work, store: SqlDeliveries, handlers: FakeHandlers, clock: ManualClock
) -> None:
    """With the network away neither the post nor the answer works, and the pauses still grow."""
    await store.promise(a_delivery())
    pauses = []

    for _ in range(8):
        handlers.outcomes = [SlackUnavailable("502")]
        handlers.tell_errors = [SlackUnavailable("502")]
        pauses.append((await look(work) or timedelta()).total_seconds())
        clock.advance(seconds=pauses[-1])

    assert pauses == [1, 2, 4, 8, 16, 32, 64, 0]
    assert (await found(store)).attempts == 8


async def test_an_asker_who_waited_is_told_the_end(
    work: Work, store: SqlDeliveries, handlers: FakeHandlers, clock: ManualClock
) -> None:
    """One message that it will take time, one that it never comes."""
    await store.promise(a_delivery())
    handlers.outcomes = [SummaryNotReady(), SummaryNotReady()]

    await look(work)
    clock.advance(hours=24)
    await look(work)

    assert [(told.state, told.reason) for told in handlers.told] == [
        (DeliveryState.WAITING, "summary_not_ready"),
        (DeliveryState.FAILED, "never_ready"),
    ]


async def test_an_answer_that_failed_is_repeated(
    work: Work, store: SqlDeliveries, handlers: FakeHandlers, clock: ManualClock
) -> None:
    """Slack was away for the answer too; nothing is posted or decided again."""
    await store.promise(a_delivery())
    handlers.outcomes = [NotInChannel()]
    handlers.tell_errors = [SlackUnavailable(), TimeoutError()]

    pauses = []
    for _ in range(3):
        pauses.append(await look(work))
        clock.advance(minutes=1)

    assert pauses == [timedelta(seconds=1), timedelta(seconds=15), None]
    assert handlers.delivered == [ID]
    assert (await found(store)).told is DeliveryState.FAILED


@pytest.mark.parametrize("error", [InstallationBroken(), SlackUnavailable()])
async def test_an_asker_who_cannot_be_told_is_let_be(
    work: Work,
    store: SqlDeliveries,
    handlers: FakeHandlers,
    clock: ManualClock,
    error: BotError,
) -> None:
    """At once when there is no way, after a day when there might have been one."""
    await store.promise(a_delivery(state=DeliveryState.FAILED))
    handlers.tell_errors = [error, error]

    await look(work)
    clock.advance(hours=24)
    await look(work)

    assert handlers.told == []
    assert (await found(store)).run_at is None


async def test_the_notice_is_edited_when_the_file_is_gone(
    work: Work, store: SqlDeliveries, handlers: FakeHandlers, clock: ManualClock
) -> None:
    """Once, and then there is nothing left to do."""
    await store.promise(a_delivery())
    await look(work)
    clock.moment = EXPIRES

    await look(work)
    await look(work)

    assert [delivery.id for delivery in handlers.expired] == [ID]
    assert (await found(store)).run_at is None


async def test_an_edit_is_repeated_until_it_is_refused(
    work: Work, store: SqlDeliveries, handlers: FakeHandlers, clock: ManualClock
) -> None:
    """A deleted message needs no notice."""
    await store.promise(a_delivery())
    await look(work)
    handlers.notice_errors = [SlackUnavailable(), EditRefused()]
    clock.moment = EXPIRES

    first = await look(work)
    clock.advance(minutes=1)
    await look(work)

    assert first == timedelta(seconds=1)
    assert (await found(store)).run_at is None


async def test_a_thread_without_an_expiry_is_done(
    work: Work, store: SqlDeliveries, handlers: FakeHandlers
) -> None:
    """An expiry nobody could read needs no edit."""
    await store.promise(a_delivery())
    handlers.outcomes = [replace(THREAD, expires_at=None)]

    await look(work)

    assert (await found(store)).run_at is None


async def test_a_fault_of_ours_is_told_after_a_few_tries(
    work: Work, store: SqlDeliveries, handlers: FakeHandlers, clock: ManualClock
) -> None:
    """No exception is lost, none goes round for a day, and the asker learns of it."""
    await store.promise(a_delivery())
    handlers.outcomes = [KeyError("secret")] * 4

    for _ in range(4):
        await look(work)
        clock.advance(minutes=5)

    assert [(told.state, told.reason) for told in handlers.told] == [
        (DeliveryState.FAILED, "internal_error")
    ]


async def test_a_database_that_goes_away_during_a_try_is_an_outage(
    work: Work, store: SqlDeliveries, handlers: FakeHandlers
) -> None:
    """Nobody's fault is counted for it."""
    await store.promise(a_delivery())
    handlers.outcomes = [OperationalError("", {}, Exception())]

    await look(work)

    delivery = await found(store)
    assert (delivery.state, delivery.reason) == (DeliveryState.DUE, "database_away")


async def test_a_try_that_takes_too_long_is_cut_short(
    work: Work,
    store: SqlDeliveries,
    handlers: FakeHandlers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may have sent something, so it is looked for before anything is sent again."""
    monkeypatch.setattr(work_module, "TIME_TO_DELIVER", 0.05)
    await store.promise(a_delivery())
    handlers.gate.clear()

    again = await look(work)

    assert again == timedelta(seconds=15)
    assert (await found(store)).reason == "unconfirmed"


def test_a_try_ends_before_its_claim_does() -> None:
    """Nobody takes over from somebody who may still be sending."""
    assert timedelta(seconds=work_module.TIME_TO_DELIVER) < LEASE
    assert timedelta(seconds=work_module.TIME_TO_TELL) < LEASE


async def test_one_channel_gets_one_thread_at_a_time_and_the_turn_is_passed_on(
    work: Work, store: SqlDeliveries, handlers: FakeHandlers, queue: FakeQueue
) -> None:
    """Who finds the channel taken comes back; who frees it wakes the next."""
    other = DeliveryId("OTHER23456")
    await store.promise(a_delivery())
    await store.promise(a_delivery(id=other, session=SessionId("another")))
    handlers.gate.clear()

    first = asyncio.create_task(look(work))
    await handlers.begun.wait()
    blocked = await look(work, other)
    handlers.gate.set()
    await first
    await work(other)

    assert blocked == LEASE
    assert queue.wakes == [Wake(other, purpose=None)]
    assert (handlers.delivered, handlers.most_at_once) == ([ID, other], 1)


async def test_messages_of_one_channel_are_a_second_apart(
    work: Work, store: SqlDeliveries, clock: ManualClock
) -> None:
    """The next thread's first message waits for the last one's second."""
    other = DeliveryId("OTHER23456")
    await store.promise(a_delivery())
    await store.promise(a_delivery(id=other, session=SessionId("another")))

    await look(work)
    await work(other)

    assert clock.slept == [1.0]


async def test_a_turn_that_could_not_be_passed_on_harms_nobody(
    work: Work, store: SqlDeliveries, queue: FakeQueue
) -> None:
    """The sweep wakes whoever is next."""
    await store.promise(a_delivery())
    await store.promise(a_delivery(id=DeliveryId("D2"), session=SessionId("another")))
    queue.errors = [ConnectionError()]

    await look(work)

    assert (await found(store)).state is DeliveryState.POSTED


async def test_an_outcome_is_written_down_as_soon_as_the_database_is_back(
    work: Work, store: SqlDeliveries, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Slack accepted is not forgotten, whatever exception an outage comes as."""
    await store.promise(a_delivery())
    fail_at_first(monkeypatch, "settle", [ConnectionError(), OSError(), RuntimeError()] * 3)

    await look(work)

    assert (await found(store)).state is DeliveryState.POSTED
    assert max(clock.slept) == 5.0


async def test_an_outcome_that_cannot_be_written_for_minutes_is_let_go(
    work: Work, store: SqlDeliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The delivery comes up again, and what was sent is looked up then."""
    await store.promise(a_delivery())
    monkeypatch.setattr(work_module, "INSIST_FOR", timedelta(seconds=10))
    fail_at_first(monkeypatch, "settle", [ConnectionError()] * 1000)

    assert await look(work) == AFTER_A_FAULT


async def test_a_claim_that_cannot_be_made_is_tried_again_soon(
    work: Work, store: SqlDeliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine gets its answer, never an exception."""
    await store.promise(a_delivery())
    fail_at_first(monkeypatch, "claim", [ConnectionError()])

    assert await look(work) == AFTER_A_FAULT


async def test_an_outcome_that_comes_too_late_changes_nothing(
    work: Work, store: SqlDeliveries, handlers: FakeHandlers, agenda: Agenda, seen: list[Delivery]
) -> None:
    """Somebody took over in the meantime: theirs is the word that counts."""
    await store.promise(a_delivery())
    handlers.gate.clear()
    handlers.outcomes = [NotInChannel()]
    slow = asyncio.create_task(look(work))
    await handlers.begun.wait()
    successor = await agenda.claim(ID, "successor", NOON + LEASE)
    assert isinstance(successor, Claim)

    handlers.gate.set()
    await slow

    assert (await found(store)).state is DeliveryState.DUE
    assert (handlers.told, seen) == ([], [])


async def test_a_cancelled_try_hands_over_at_once(
    work: Work, store: SqlDeliveries, handlers: FakeHandlers, clock: ManualClock
) -> None:
    """A worker that stops leaves nothing held."""
    await store.promise(a_delivery())
    handlers.gate.clear()
    task = asyncio.create_task(look(work))
    await handlers.begun.wait()

    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    handlers.gate.set()
    await look(work)

    assert task.cancelled()
    assert clock() < NOON + LEASE
    assert (await found(store)).state is DeliveryState.POSTED


async def test_a_cancelled_try_that_cannot_hand_over_ends_all_the_same(
    work: Work,
    store: SqlDeliveries,
    handlers: FakeHandlers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The lease runs out by itself."""
    await store.promise(a_delivery())
    handlers.gate.clear()
    fail_at_first(monkeypatch, "release", [ConnectionError()])
    task = asyncio.create_task(look(work))
    await handlers.begun.wait()

    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert task.cancelled()
    assert await look(work) == LEASE


def fail_at_first(monkeypatch: pytest.MonkeyPatch, method: str, errors: list[Exception]) -> None:
    """Have a method of the agenda fail as often as there are errors."""
    real: Callable[..., Awaitable[object]] = getattr(Agenda, method)

    async def flaky(*arguments: object, **named: object) -> object:
        if errors:
            raise errors.pop(0)
        return await real(*arguments, **named)

    monkeypatch.setattr(Agenda, method, flaky)
