"""Subscriptions and their pauses, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import ChannelId, DeliveryId, SessionId, SubscriptionId, UserId, WorkspaceId
from bot.store.engine import Database
from bot.store.tables import deliveries
from tests.deliveries import a_delivery
from tests.fakes import APP, ASKER, CHANNEL, NOON, OTHER_APP, WORKSPACE
from tests.subscribing import Kept, a_subscription

LATER = NOON + timedelta(minutes=5)
OTHER_CHANNEL = ChannelId("C0OTHER")


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


async def test_a_channel_subscribes_once_to_an_app(kept: Kept) -> None:
    """A second time changes the title and ends a pause; who made it, and when, stays."""
    first, new = await kept.subscriptions.add(a_subscription())
    await kept.subscriptions.pause(first.id, "not_in_channel", NOON)

    second, again = await kept.subscriptions.add(
        a_subscription(id=SubscriptionId("SUB2"), title="weekly*", created_at=LATER)
    )

    assert (new, again) == (True, False)
    assert second == replace(first, title="weekly*")
    assert await kept.subscriptions.of_channel(WORKSPACE, CHANNEL) == [second]


async def test_subscriptions_are_found_by_channel_app_and_workspace(kept: Kept) -> None:
    """And none of another workspace is, though channel and app have the same ids."""
    here, _ = await kept.subscriptions.add(a_subscription())
    there, _ = await kept.subscriptions.add(
        a_subscription(id=SubscriptionId("SUB2"), workspace=WorkspaceId("T0OTHER"))
    )

    assert await kept.subscriptions.of_app(WORKSPACE, APP) == [here]
    assert await kept.subscriptions.of_workspace(WorkspaceId("T0OTHER")) == [there]
    assert await kept.subscriptions.of_app(WORKSPACE, OTHER_APP) == []
    assert await kept.subscriptions.get(here.id) == here


async def test_unsubscribing_ends_what_was_still_open(kept: Kept) -> None:
    """Nothing is posted after; what a person asked for is not touched."""
    await kept.subscriptions.add(a_subscription())
    await kept.expectations.expect([expected()], ready=False)
    asked = a_delivery(id=DeliveryId("ASKED"), channel=OTHER_CHANNEL)
    await kept.deliveries.promise(asked)

    gone = await kept.subscriptions.remove(WORKSPACE, CHANNEL, APP, who=ASKER, at=NOON)

    ended = await kept.deliveries.get(expected().id)
    assert gone == a_subscription()
    assert ended is not None
    assert (ended.state, ended.reason, ended.run_at) == (
        DeliveryState.SKIPPED,
        "unsubscribed",
        None,
    )
    assert await kept.deliveries.get(asked.id) == asked
    assert await kept.subscriptions.remove(WORKSPACE, CHANNEL, APP, who=ASKER, at=NOON) is None


async def test_a_pause_keeps_its_first_reason_and_ends_once(kept: Kept) -> None:
    """Its end makes due what waited for it, and nothing else."""
    await kept.subscriptions.add(a_subscription())
    paused = expected(reason="token_refused")
    other = expected(id=DeliveryId("OTHER"), session=SessionId("another-session"))
    await kept.expectations.expect([paused, other], ready=False)
    await kept.subscriptions.pause(SubscriptionId("SUB1"), "token_refused", NOON)
    await kept.subscriptions.pause(SubscriptionId("SUB1"), "not_in_channel", LATER)

    assert [each.paused for each in await kept.subscriptions.untold()] == ["token_refused"]
    assert await kept.subscriptions.resume(SubscriptionId("SUB1"), NOON)
    assert not await kept.subscriptions.resume(SubscriptionId("SUB1"), NOON)

    first, second = await kept.deliveries.get(paused.id), await kept.deliveries.get(other.id)
    assert first is not None
    assert second is not None
    assert (first.run_at, second.run_at) == (NOON, LATER)
    assert (paused.id, True) in kept.wakes.committed_


async def test_a_pause_is_told_once(kept: Kept) -> None:
    """Whoever takes it on is alone with it, until it is given back or the pause is another."""
    await kept.subscriptions.add(a_subscription())
    name = SubscriptionId("SUB1")
    assert not await kept.subscriptions.told(name, NOON)
    await kept.subscriptions.pause(name, "token_refused", NOON)

    assert sorted(
        await asyncio.gather(*(kept.subscriptions.told(name, NOON) for _ in range(3)))
    ) == [False, False, True]

    assert await kept.subscriptions.untold() == []
    await kept.subscriptions.not_told(name)
    assert len(await kept.subscriptions.untold()) == 1
    assert await kept.subscriptions.count_paused() == 1


async def test_a_subscription_reads_back_as_it_was_made(kept: Kept) -> None:
    """Every fact of it survives the database, and storing it twice is once."""
    made = a_subscription(title="weekly*", allows_outsiders=True)

    assert await kept.subscriptions.add(made) == (made, True)

    assert await kept.subscriptions.get(made.id) == made
    assert await kept.subscriptions.add(made) == (made, False)


async def test_a_channels_second_wish_at_the_same_moment_is_not_a_second_subscription(
    kept: Kept,
) -> None:
    """Two people of one channel, and two processes: one subscription, new to one of them."""
    answers = await asyncio.gather(
        *(
            kept.subscriptions.add(
                a_subscription(id=SubscriptionId(f"S{n}"), created_by=UserId(f"U{n}"))
            )
            for n in range(6)
        )
    )

    assert sum(new for _, new in answers) == 1
    assert len({stored.id for stored, _ in answers}) == 1


async def test_subscribing_again_makes_what_the_pause_held_up_due(kept: Kept) -> None:
    """As any other end of a pause does."""
    await kept.subscriptions.add(a_subscription())
    paused = expected(reason="token_refused")
    await kept.expectations.expect([paused], ready=False)
    await kept.subscriptions.pause(SubscriptionId("SUB1"), "token_refused", NOON)

    soon = NOON + timedelta(minutes=1)
    await kept.subscriptions.add(a_subscription(id=SubscriptionId("SUB2"), created_at=soon))

    due = await kept.deliveries.get(paused.id)
    assert due is not None
    assert due.run_at == soon
    assert kept.wakes.promised_[-1] == (paused.id, True) == kept.wakes.committed_[-1]


async def test_unsubscribing_leaves_a_run_its_hold(kept: Kept, database: Database) -> None:
    """What it posts in spite of that is written down: it is in the channel."""
    await kept.subscriptions.add(a_subscription())
    await kept.expectations.expect([expected()], ready=False)
    async with database.begin() as connection:
        await connection.execute(update(deliveries).values(holder="a run", held_until=LATER))

    await kept.subscriptions.remove(WORKSPACE, CHANNEL, APP, who=ASKER, at=NOON)

    async with database.read() as connection:
        row = (await connection.execute(deliveries.select())).one()
    assert (row.state, row.holder) == ("skipped", "a run")


async def test_unsubscribing_leaves_a_person_what_they_asked_for(
    kept: Kept, database: Database
) -> None:
    """Also where the version before left the subscription beside them."""
    await kept.subscriptions.add(a_subscription())
    await kept.deliveries.promise(a_delivery())
    async with database.begin() as connection:
        await connection.execute(update(deliveries).values(subscription="SUB1"))

    await kept.subscriptions.remove(WORKSPACE, CHANNEL, APP, who=ASKER, at=NOON)

    assert await kept.deliveries.get(a_delivery().id) == a_delivery()


async def test_the_longest_paused_are_told_first(kept: Kept) -> None:
    """So that none waits for ever while others are told."""
    for number, minutes in enumerate((2, 1, 3)):
        name = SubscriptionId(f"SUB{number}")
        await kept.subscriptions.add(a_subscription(id=name, app=f"app-{number}"))
        await kept.subscriptions.pause(name, "token_refused", NOON + timedelta(minutes=minutes))

    assert [each.id for each in await kept.subscriptions.untold(limit=2)] == ["SUB1", "SUB0"]
