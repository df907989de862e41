"""Promises kept in the database, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.audience import Consent
from bot.domain.delivery import Delivery, DeliveryState, MessageState, SentMessage
from bot.domain.ids import (
    ChannelId,
    DeliveryId,
    MessageTs,
    SessionId,
    SubscriptionId,
    UserId,
    WorkspaceId,
)
from bot.errors import DatabaseAway, SendUnconfirmed
from bot.store.deliveries import SqlDeliveries
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.tables import deliveries
from tests.clock import ManualClock
from tests.deliveries import RecordedWakes, a_delivery
from tests.fakes import ASKER, CHANNEL, NOON, SESSION, WORKSPACE

LATER = NOON + timedelta(hours=2)


@pytest.fixture
def wakes() -> RecordedWakes:
    """What the engine hears."""
    return RecordedWakes()


@pytest.fixture
def store(database: Database, sealer: Sealer, wakes: RecordedWakes) -> SqlDeliveries:
    """Deliveries in an empty database."""
    return SqlDeliveries(database, sealer, wakes)


async def end(
    database: Database,
    delivery: Delivery,
    state: DeliveryState,
    reason: str = "not_in_channel",
) -> None:
    """Let a delivery end, as the worker would write it."""
    async with database.begin() as connection:
        await connection.execute(
            update(deliveries)
            .where(deliveries.c.id == delivery.id)
            .values(
                state=state.value,
                reason=reason,
                attempts=3,
                run_at=None,
                told=state.value,
                holder="a run",
                held_until=LATER,
            )
        )


async def test_a_promise_reads_back_as_it_was_made(store: SqlDeliveries) -> None:
    """Every fact of a delivery survives the database, its answer's address included."""
    made = a_delivery(expires_at=LATER, told=DeliveryState.WAITING, state=DeliveryState.WAITING)

    stored, is_new = await store.promise(made)

    assert is_new
    assert stored == made
    assert await store.get(made.id) == made


async def test_the_answers_address_is_not_stored_in_clear(
    store: SqlDeliveries, database: Database
) -> None:
    """Whoever reads the database can't answer in somebody's name."""
    await store.promise(a_delivery())

    async with database.read() as connection:
        stored = await connection.scalar(select(deliveries.c.answer_url))
    assert "hooks.slack.com" not in str(stored)


async def test_an_address_sealed_with_a_lost_key_is_left_out(
    store: SqlDeliveries, wakes: RecordedWakes
) -> None:
    """A rotated key costs the private answer's address, not the delivery."""
    made = a_delivery()
    await store.promise(made)

    found = await SqlDeliveries(store.database, Sealer(["another key"]), wakes).get(made.id)

    assert found == replace(made, answer_url=None)


async def test_the_same_request_twice_is_one_promise(
    store: SqlDeliveries, wakes: RecordedWakes
) -> None:
    """A replayed or repeated request finds the promise already made, and wakes nobody."""
    first = a_delivery()
    await store.promise(first)

    stored, is_new = await store.promise(a_delivery(id=DeliveryId("REPLAY2345")))

    assert not is_new
    assert stored == first
    assert wakes.promised_ == [(first.id, False)] == wakes.committed_


async def test_the_same_request_many_times_at_once_is_one_promise(store: SqlDeliveries) -> None:
    """Double clicks and twin deliveries of one event race for one row."""
    requests = [a_delivery(id=DeliveryId(f"RACE{number}")) for number in range(8)]

    answers = await asyncio.gather(*(store.promise(request) for request in requests))

    assert sum(is_new for _, is_new in answers) == 1
    assert len({stored.id for stored, _ in answers}) == 1


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.SKIPPED])
async def test_a_promise_that_could_not_be_kept_is_opened_again(
    store: SqlDeliveries, database: Database, wakes: RecordedWakes, state: DeliveryState
) -> None:
    """Asking again after a failure is a new promise in the old row, for the new asker."""
    first = a_delivery()
    await store.promise(first)
    await end(database, first, state)
    again = a_delivery(
        id=DeliveryId("AGAIN23456"),
        app="other",
        asker=UserId("U0OTHER"),
        answer_url="https://hooks.slack.com/commands/T0/2/other",
        created_at=LATER,
        run_at=LATER,
    )

    stored, is_new = await store.promise(again)

    assert is_new
    assert stored == replace(again, id=first.id)
    assert await store.get(first.id) == stored
    assert wakes.promised_[-1] == (first.id, True) == wakes.committed_[-1]


async def test_opening_again_takes_the_row_from_whoever_held_it(
    store: SqlDeliveries, database: Database
) -> None:
    """A run still telling the earlier asker must not write over the new promise."""
    await store.promise(a_delivery())
    await end(database, a_delivery(), DeliveryState.FAILED)

    await store.promise(a_delivery(id=DeliveryId("AGAIN23456")))

    async with database.read() as connection:
        row = (await connection.execute(select(deliveries))).one()
    assert (row.holder, row.held_until) == (None, None)


async def test_what_an_asker_agreed_to_is_kept_until_somebody_asks_again(
    store: SqlDeliveries, database: Database
) -> None:
    """Consent belongs to one question: the next asker, or the same one later, is asked anew."""
    agreed = a_delivery(agreed=Consent(150, 2))
    await store.promise(agreed)
    kept = await store.get(agreed.id)
    await end(database, agreed, DeliveryState.FAILED)

    again, _ = await store.promise(a_delivery())

    assert kept == agreed
    assert again.agreed is None
    assert await store.get(agreed.id) == again


async def test_an_open_delivery_nobody_asked_for_becomes_the_askers(
    store: SqlDeliveries, wakes: RecordedWakes
) -> None:
    """It is due at once, with fresh tries; what is known of it stays."""
    unasked = a_delivery(
        asker=None,
        answer_url=None,
        subscription=SubscriptionId("SUB1"),
        state=DeliveryState.WAITING,
        reason="token_refused",
        attempts=5,
        run_at=LATER,
    )
    await store.promise(unasked)
    asked = a_delivery(
        id=DeliveryId("ASKED23456"),
        app="",
        agreed=Consent(150, 0),
        created_at=LATER,
        run_at=LATER,
    )

    stored, is_new = await store.promise(asked)

    assert is_new
    assert stored == replace(
        unasked,
        asker=ASKER,
        answer_url=asked.answer_url,
        agreed=asked.agreed,
        subscription=None,
        attempts=0,
    )
    assert await store.get(unasked.id) == stored
    assert wakes.promised_[-1] == (unasked.id, True) == wakes.committed_[-1]


async def test_who_takes_a_delivery_over_leaves_it_to_the_run_that_is_at_work(
    store: SqlDeliveries, database: Database
) -> None:
    """What that run is posting is what they asked for."""
    await store.promise(a_delivery(asker=None, answer_url=None))
    async with database.begin() as connection:
        await connection.execute(update(deliveries).values(holder="a run", held_until=LATER))

    await store.promise(a_delivery(id=DeliveryId("ASKED23456")))

    async with database.read() as connection:
        row = (await connection.execute(select(deliveries))).one()
    assert (row.holder, row.held_until) == ("a run", LATER)


async def test_an_askers_delivery_is_not_taken_over(store: SqlDeliveries) -> None:
    """Whoever comes second is told that it is under way."""
    await store.promise(a_delivery())

    stored, is_new = await store.promise(
        a_delivery(id=DeliveryId("SECOND2345"), asker=UserId("U0OTHER"))
    )

    assert (stored.asker, is_new) == (ASKER, False)


async def test_a_persons_wish_outweighs_a_subscription_left_beside_it(
    store: SqlDeliveries, database: Database
) -> None:
    """The version before knew no subscriptions when it opened a delivery for somebody."""
    await store.promise(a_delivery())
    async with database.begin() as connection:
        await connection.execute(update(deliveries).values(subscription="SUB1"))

    assert await store.get(a_delivery().id) == a_delivery()


async def test_what_was_sent_survives_being_opened_again(
    store: SqlDeliveries, database: Database
) -> None:
    """The new try goes on with the old thread instead of starting a second one."""
    first = a_delivery()
    await store.promise(first)
    await store.sending(first.id, "parent", NOON)
    await store.sent(first.id, "parent", MessageTs("1.1"))
    await end(database, first, DeliveryState.FAILED)

    await store.promise(a_delivery(id=DeliveryId("AGAIN23456")))

    assert [message.key for message in await store.messages(first.id)] == ["parent"]


async def test_a_thread_that_is_gone_is_forgotten_when_opened_again(
    store: SqlDeliveries, database: Database
) -> None:
    """The new try begins with a new parent: nothing can be posted under the old one."""
    first = a_delivery()
    await store.promise(first)
    await store.sending(first.id, "parent", NOON)
    await store.sent(first.id, "parent", MessageTs("1.1"))
    await end(database, first, DeliveryState.FAILED, reason="thread_gone")

    await store.promise(a_delivery(id=DeliveryId("AGAIN23456")))

    assert await store.messages(first.id) == []


@pytest.mark.parametrize("state", [DeliveryState.POSTED, DeliveryState.WAITING])
async def test_a_promise_kept_or_being_kept_is_not_opened_again(
    store: SqlDeliveries, database: Database, state: DeliveryState
) -> None:
    """Asking again finds the thread, or the promise that is waiting."""
    first = a_delivery()
    await store.promise(first)
    await end(database, first, state)

    stored, is_new = await store.promise(a_delivery(id=DeliveryId("AGAIN23456")))

    assert not is_new
    assert (stored.id, stored.state) == (first.id, state)


async def test_a_promise_whose_job_cannot_be_stored_is_not_made(
    database: Database, sealer: Sealer
) -> None:
    """Row and job stand or fall together: what is not acknowledged leaves nothing behind."""

    class Broken(RecordedWakes):
        async def promised(
            self, connection: AsyncConnection, delivery: DeliveryId, *, again: bool
        ) -> None:
            raise ConnectionError

    store = SqlDeliveries(database, sealer, Broken())

    with pytest.raises(DatabaseAway):
        await store.promise(a_delivery())

    assert await store.get(a_delivery().id) is None


async def test_an_unknown_delivery_is_none(store: SqlDeliveries) -> None:
    """There is no delivery of that id, nor of that session."""
    assert await store.get(DeliveryId("NOBODY")) is None
    assert await store.latest(WORKSPACE, CHANNEL, SESSION) is None


async def test_the_latest_is_the_last_repeat_in_that_channel(store: SqlDeliveries) -> None:
    """Post again makes a new delivery; other channels and workspaces don't count."""
    others: list[dict[str, object]] = [
        {"repeat": 0, "created_at": LATER},
        {"repeat": 1},
        {"channel": ChannelId("C0OTHER"), "repeat": 2},
        {"workspace": WorkspaceId("T0OTHER"), "repeat": 3},
        {"session": SessionId("other"), "repeat": 4},
    ]
    for number, changes in enumerate(others):
        await store.promise(a_delivery(id=DeliveryId(f"D{number}"), **changes))

    latest = await store.latest(WORKSPACE, CHANNEL, SESSION)

    assert latest is not None
    assert latest.id == "D1"


async def test_a_sessions_deliveries_are_this_workspaces_newest_first(
    store: SqlDeliveries,
) -> None:
    """What `status` shows: all channels of one workspace, nothing of another."""
    await store.promise(a_delivery(id=DeliveryId("D0")))
    await store.promise(a_delivery(id=DeliveryId("D1"), channel=ChannelId("C1"), created_at=LATER))
    await store.promise(a_delivery(id=DeliveryId("D2"), workspace=WorkspaceId("T0OTHER")))

    found = await store.of_session(WORKSPACE, SESSION)

    assert [delivery.id for delivery in found] == ["D1", "D0"]


async def test_messages_are_written_down_before_and_after(
    store: SqlDeliveries, clock: ManualClock
) -> None:
    """Each message goes from begun to arrived, refused or forgotten, in the order begun."""
    delivery = a_delivery().id
    await store.promise(a_delivery())

    for key in ("parent", "a/1", "a/2", "a/3", "a/file"):
        await store.sending(delivery, key, clock())
    await store.sent(delivery, "parent", MessageTs("1.1"))
    await store.refused(delivery, "a/1")
    await store.not_sent(delivery, "a/2")
    await store.sent(delivery, "a/file", None)

    assert await store.messages(delivery) == [
        SentMessage("parent", MessageState.SENT, MessageTs("1.1"), NOON),
        SentMessage("a/1", MessageState.REFUSED, None, NOON),
        SentMessage("a/3", MessageState.SENDING, None, NOON),
        SentMessage("a/file", MessageState.SENT, None, NOON),
    ]


async def test_sending_again_keeps_the_place_and_takes_the_new_time(
    store: SqlDeliveries, clock: ManualClock
) -> None:
    """A message looked for and not found is begun again where it was."""
    delivery = a_delivery().id
    await store.promise(a_delivery())
    await store.sending(delivery, "parent", clock())
    await store.sending(delivery, "a/1", clock())
    clock.advance(minutes=1)

    await store.sending(delivery, "parent", clock())

    assert [(m.key, m.begun_at) for m in await store.messages(delivery)] == [
        ("parent", NOON + timedelta(minutes=1)),
        ("a/1", NOON),
    ]


async def test_a_message_another_run_sent_is_not_begun_again(store: SqlDeliveries) -> None:
    """A run that was out of time must not repeat what its successor did."""
    delivery = a_delivery().id
    await store.promise(a_delivery())
    await store.sending(delivery, "parent", NOON)
    await store.sent(delivery, "parent", MessageTs("1.1"))

    with pytest.raises(SendUnconfirmed):
        await store.sending(delivery, "parent", NOON)

    assert (await store.messages(delivery))[0].state is MessageState.SENT
