"""What subscriptions expect, beside twins, people and pauses, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import ChannelId, DeliveryId, SessionId, SubscriptionId, WorkspaceId
from bot.errors import DatabaseAway
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.expectations import SqlExpectations
from bot.store.tables import deliveries
from tests.deliveries import RecordedWakes, a_delivery
from tests.fakes import APP, ASKER, CHANNEL, NOON, SESSION, WORKSPACE
from tests.subscribing import Kept, a_subscription

LATER = NOON + timedelta(minutes=5)
OTHER_CHANNEL = ChannelId("C0OTHER")


def wanted(**changes: object) -> Delivery:
    """What a subscription wants, of a session whose summary is there."""
    facts: dict[str, object] = {
        "asker": None,
        "answer_url": None,
        "subscription": SubscriptionId("SUB1"),
    }
    return a_delivery(**{**facts, **changes})


def many(batch: str, **changes: object) -> list[Delivery]:
    """The same thirty sessions each time, under names of their own."""
    return [
        wanted(id=DeliveryId(f"{batch}{n}"), session=SessionId(f"s{n:02}"), **changes)
        for n in range(30)
    ]


async def change(database: Database, **values: object) -> None:
    """Write to all deliveries, as the worker would."""
    async with database.begin() as connection:
        await connection.execute(update(deliveries).values(values))


async def rows(database: Database) -> int:
    """How many deliveries there are."""
    async with database.read() as connection:
        return await connection.scalar(select(func.count()).select_from(deliveries)) or 0


def expected(**changes: object) -> Delivery:
    """What a subscription wants, not ready yet."""
    facts: dict[str, object] = {
        "asker": None,
        "answer_url": None,
        "subscription": SubscriptionId("SUB1"),
        "state": DeliveryState.WAITING,
        "reason": "summary_not_ready",
        "run_at": LATER,
    }
    return a_delivery(**{**facts, **changes})


async def end(database: Database, reason: str, **values: object) -> None:
    """Let all deliveries end, as the worker would write it."""
    ended = {"state": "failed", "reason": reason, "run_at": None, **values}
    async with database.begin() as connection:
        await connection.execute(update(deliveries).values(ended))


async def test_twin_events_are_one_delivery(kept: Kept) -> None:
    """Also when they come at the same moment, in any order of their channels."""
    both = [expected(), expected(id=DeliveryId("TWO"), channel=OTHER_CHANNEL)]
    twins = [replace(each, id=DeliveryId(f"TWIN{each.id}")) for each in reversed(both)]

    stored = await asyncio.gather(
        kept.expectations.expect(both, ready=False), kept.expectations.expect(twins, ready=False)
    )

    assert sum(map(len, stored)) == 2
    assert await kept.expectations.known(WORKSPACE, [SESSION]) == {
        (CHANNEL, SESSION),
        (OTHER_CHANNEL, SESSION),
    }


async def test_a_summary_that_is_there_makes_the_waiting_one_due(kept: Kept) -> None:
    """It is the same delivery, and the worker hears of it."""
    await kept.expectations.expect([expected()], ready=False)
    ready = expected(id=DeliveryId("READY"), state=DeliveryState.DUE, reason=None, run_at=NOON)

    assert await kept.expectations.expect([ready], ready=True) == []

    waiting = await kept.deliveries.get(expected().id)
    assert waiting is not None
    assert waiting.run_at == NOON
    assert kept.wakes.committed_[-1] == (expected().id, True)


async def test_what_has_to_wait_is_left_to_the_sweep(kept: Kept) -> None:
    """The worker is woken for what is due alone: a look at anything else is for nothing."""
    due = expected(id=DeliveryId("DUE"), channel=OTHER_CHANNEL, state=DeliveryState.DUE)

    await kept.expectations.expect([expected(), due], ready=False)

    assert kept.wakes.promised_ == kept.wakes.committed_ == [(due.id, True)]


@pytest.mark.parametrize("reason", ["never_ready", "no_transcript", "summary_empty"])
async def test_a_summary_that_came_after_all_opens_what_had_ended(
    kept: Kept, database: Database, reason: str
) -> None:
    """It had ended because there was none; now there is one."""
    await kept.expectations.expect([expected()], ready=False)
    await end(database, reason)
    ready = expected(id=DeliveryId("READY"), state=DeliveryState.DUE, reason=None, run_at=NOON)

    (opened,) = await kept.expectations.expect([ready], ready=True)

    assert (opened.id, opened.state, opened.run_at) == (expected().id, DeliveryState.DUE, NOON)


@pytest.mark.parametrize("reason", ["title_differs", "unconfirmed", "summary_expired"])
async def test_what_ended_for_another_reason_stays_ended(
    kept: Kept, database: Database, reason: str
) -> None:
    """An event sent again, or by somebody who caught one, posts nothing a second time."""
    await kept.expectations.expect([expected()], ready=False)
    await end(database, reason)
    ready = expected(id=DeliveryId("READY"), state=DeliveryState.DUE, run_at=NOON)

    assert await kept.expectations.expect([ready], ready=True) == []


async def test_a_persons_failure_is_not_the_channels(kept: Kept, database: Database) -> None:
    """Where nothing was sent, the subscription's own try is still to come."""
    await kept.deliveries.promise(a_delivery())
    await end(database, "token_refused")
    ready = expected(id=DeliveryId("READY"), state=DeliveryState.DUE, reason=None, run_at=NOON)

    (opened,) = await kept.expectations.expect([ready], ready=True)

    assert (opened.id, opened.subscription, opened.asker) == (a_delivery().id, "SUB1", None)


async def test_what_was_sent_for_a_person_is_not_sent_again(kept: Kept, database: Database) -> None:
    """A thread that may be there is theirs to repeat."""
    await kept.deliveries.promise(a_delivery())
    await kept.deliveries.sending(a_delivery().id, "parent", NOON)
    await end(database, "unconfirmed")

    ready = expected(id=DeliveryId("READY"), state=DeliveryState.DUE, run_at=NOON)
    assert await kept.expectations.expect([ready], ready=True) == []


async def test_who_asks_takes_over_what_nobody_asked_for(kept: Kept) -> None:
    """One thread, at once, and somebody to tell if it fails."""
    await kept.expectations.expect([expected()], ready=False)

    taken, new = await kept.deliveries.promise(a_delivery(id=DeliveryId("ASKED")))

    assert new
    assert (taken.id, taken.asker, taken.subscription) == (expected().id, ASKER, None)
    assert taken.run_at == NOON
    assert await kept.deliveries.promise(a_delivery(id=DeliveryId("AGAIN"))) == (taken, False)


async def test_whoever_wants_a_session_at_the_same_moment_it_is_one_delivery(
    kept: Kept, database: Database
) -> None:
    """Twin events, a poll and somebody who asks: one row, and it is the asker's."""
    await asyncio.gather(
        *(
            kept.expectations.expect([wanted(id=DeliveryId(f"EVENT{n}"))], ready=True)
            for n in range(4)
        ),
        kept.expectations.expect([wanted(id=DeliveryId("POLL"))], ready=False),
        kept.deliveries.promise(a_delivery(id=DeliveryId("ASKED"))),
    )

    (stored,) = await kept.deliveries.of_session(WORKSPACE, SESSION)
    assert (stored.asker, stored.subscription) == (ASKER, None)
    assert await rows(database) == 1


async def test_processes_with_the_same_sessions_do_not_wait_for_each_other(
    kept: Kept, database: Database
) -> None:
    """Whatever order each has them in, and though a channel unsubscribes at the same moment."""
    for delivery in many("A", state=DeliveryState.WAITING, reason="summary_not_ready")[::-1]:
        await kept.expectations.expect([delivery], ready=False)
    for _ in range(5):
        await change(database, state="waiting", reason="summary_not_ready", run_at=LATER)
        await kept.subscriptions.add(a_subscription())

        async with asyncio.timeout(10):
            await asyncio.gather(
                kept.expectations.expect(many("B"), ready=True),
                kept.expectations.expect(many("C")[::-1], ready=True),
                kept.subscriptions.remove(WORKSPACE, CHANNEL, APP, who=ASKER, at=NOON),
            )

    assert await rows(database) == 30


async def test_all_are_stored_or_none(database: Database, sealer: Sealer) -> None:
    """A webhook that is not answered 200 comes again, and finds nothing half done."""

    class Broken(RecordedWakes):
        async def promised(
            self, connection: AsyncConnection, delivery: DeliveryId, *, again: bool
        ) -> None:
            raise ConnectionError

    store = SqlExpectations(database, sealer, Broken())

    with pytest.raises(DatabaseAway):
        await store.expect(many("A"), ready=True)

    assert await rows(database) == 0


async def test_what_is_not_to_be_posted_is_remembered_and_wakes_nobody(kept: Kept) -> None:
    """A session that the title rules out is known, so that it is not looked at again."""
    skipped = wanted(state=DeliveryState.SKIPPED, reason="title_differs", run_at=None)

    assert await kept.expectations.expect([skipped], ready=False) == [skipped]

    assert kept.wakes.promised_ == kept.wakes.committed_ == []
    assert await kept.expectations.known(WORKSPACE, [SESSION, SessionId("another")]) == {
        (CHANNEL, SESSION)
    }


async def test_what_was_posted_is_posted(kept: Kept, database: Database) -> None:
    """An event that comes again, or late, opens nothing."""
    await kept.expectations.expect([wanted()], ready=True)
    await change(database, state="posted", run_at=None)

    assert await kept.expectations.expect([wanted(id=DeliveryId("TWIN"))], ready=True) == []


async def test_a_channel_does_not_go_without_because_somebody_is_still_to_be_told(
    kept: Kept, database: Database
) -> None:
    """Their try failed; the summary that comes now is the better answer."""
    await kept.deliveries.promise(a_delivery())
    await change(
        database, state="failed", reason="token_refused", run_at=NOON, holder="r", held_until=NOON
    )
    ready = wanted(id=DeliveryId("READY"))

    assert await kept.expectations.expect([ready], ready=True) == [replace(ready, id=wanted().id)]

    assert kept.wakes.committed_[-1] == (wanted().id, True)
    async with database.read() as connection:
        assert await connection.scalar(select(deliveries.c.holder)) is None


async def test_another_channels_delivery_is_its_own(kept: Kept) -> None:
    """Two channels that subscribe to one app get a thread each."""
    both = [wanted(), wanted(id=DeliveryId("TWO"), channel=OTHER_CHANNEL)]

    assert await kept.expectations.expect(both, ready=True) == both

    assert [each.app for each in await kept.deliveries.of_session(WORKSPACE, SESSION)] == [APP, APP]


async def test_what_waits_for_a_session_is_hastened_in_every_channel(kept: Kept) -> None:
    """Of this workspace alone; that nothing waits is told, too."""
    other = WorkspaceId("T0OTHER")
    waiting = [
        expected(),
        expected(id=DeliveryId("TWO"), channel=OTHER_CHANNEL),
        expected(id=DeliveryId("FOREIGN"), workspace=other),
    ]
    await kept.expectations.expect(waiting, ready=False)

    hastened = await kept.expectations.hasten(WORKSPACE, SESSION, NOON)

    assert hastened
    assert {(name, again) for name, again in kept.wakes.committed_[-2:]} == {
        (expected().id, True),
        (DeliveryId("TWO"), True),
    }
    left = await kept.deliveries.get(DeliveryId("FOREIGN"))
    assert left is not None
    assert left.run_at == LATER
    assert not await kept.expectations.hasten(WORKSPACE, SessionId("another"), NOON)
