"""Claims and outcomes, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import ChannelId, DeliveryId, SessionId
from bot.jobs.agenda import Agenda, Backlog, Claim, Later, Settled
from bot.jobs.retry import Decision
from bot.jobs.turns import LEASE
from bot.store.deliveries import SqlDeliveries
from bot.store.engine import Database
from bot.store.tables import deliveries
from tests.deliveries import a_delivery
from tests.fakes import NOON
from tests.jobs.handlers import EXPIRES, THREAD

SECOND = timedelta(seconds=1)
ID = a_delivery().id


def numbered(number: int, **changes: object) -> Delivery:
    """One of several deliveries in the same channel."""
    return a_delivery(id=DeliveryId(f"D{number}"), session=SessionId(f"s{number}"), **changes)


async def claimed(agenda: Agenda, run: str = "a run", delivery: DeliveryId = ID) -> Claim:
    """A claim that must succeed at noon."""
    claim = await agenda.claim(delivery, run, NOON)
    assert isinstance(claim, Claim)
    return claim


async def settle(agenda: Agenda, claim: Claim, decision: Decision | None = None) -> Settled:
    """Settle a claim a second later, as posted if nothing else is said, and let go."""
    return await agenda.settle(
        claim, decision or THREAD, keep=False, now=NOON + SECOND, next_at=NOON + SECOND
    )


async def test_a_due_delivery_is_claimed_with_its_turn(
    store: SqlDeliveries, agenda: Agenda
) -> None:
    """The claim holds what the handlers need."""
    await store.promise(a_delivery())

    claim = await agenda.claim(ID, "a run", NOON)

    assert claim == Claim(a_delivery(), "a run", settled_at=NOON, next_at=NOON)


async def test_one_of_many_claims_wins(store: SqlDeliveries, agenda: Agenda) -> None:
    """Two processes never work on one delivery."""
    await store.promise(a_delivery())

    claims = await asyncio.gather(*(agenda.claim(ID, f"run {n}", NOON) for n in range(6)))

    assert len([claim for claim in claims if isinstance(claim, Claim)]) == 1
    assert [claim for claim in claims if claim == Later(NOON + LEASE)] != []


async def test_a_claim_whose_holder_died_is_taken_over(
    store: SqlDeliveries, agenda: Agenda
) -> None:
    """A killed process costs 40 seconds."""
    await store.promise(a_delivery())
    await claimed(agenda, "dead")

    taken_over = await agenda.claim(ID, "another", NOON + LEASE)

    assert isinstance(taken_over, Claim)


async def test_what_is_not_due_is_for_later(store: SqlDeliveries, agenda: Agenda) -> None:
    """A wake that comes too early learns when to come back."""
    await store.promise(a_delivery(run_at=NOON + SECOND))

    assert await agenda.claim(ID, "a run", NOON) == Later(NOON + SECOND)


async def test_what_is_done_or_unknown_is_left(store: SqlDeliveries, agenda: Agenda) -> None:
    """A wake too many finds nothing to do."""
    await store.promise(a_delivery(run_at=None, state=DeliveryState.FAILED))

    assert await agenda.claim(ID, "a run", NOON) is None
    assert await agenda.claim(DeliveryId("NOBODY"), "a run", NOON) is None


async def test_a_taken_channel_is_for_later_and_the_delivery_stays_free(
    store: SqlDeliveries, agenda: Agenda
) -> None:
    """Who finds the channel taken holds nothing on to."""
    await store.promise(numbered(1))
    await store.promise(numbered(2))
    first = await claimed(agenda, delivery=DeliveryId("D1"))

    blocked = await agenda.claim(DeliveryId("D2"), "b", NOON)
    await settle(agenda, first)

    assert blocked == Later(NOON + LEASE)
    claim = await agenda.claim(DeliveryId("D2"), "b", NOON + SECOND)
    assert isinstance(claim, Claim)
    assert claim.next_at == NOON + SECOND


async def test_telling_needs_no_turn(store: SqlDeliveries, agenda: Agenda) -> None:
    """A private answer does not wait for the channel."""
    await store.promise(numbered(1))
    await store.promise(numbered(2, state=DeliveryState.FAILED))
    await claimed(agenda, delivery=DeliveryId("D1"))

    claim = await agenda.claim(DeliveryId("D2"), "b", NOON)

    assert isinstance(claim, Claim)
    assert claim.next_at is None


async def test_a_thread_is_written_down(store: SqlDeliveries, agenda: Agenda) -> None:
    """What was posted, until when, and that the answer's address has served."""
    await store.promise(a_delivery(attempts=2, reason="slack_busy"))

    settled = await settle(agenda, await claimed(agenda))

    assert settled.delivery == await store.get(ID)
    assert settled.delivery == a_delivery(
        state=DeliveryState.POSTED,
        run_at=EXPIRES,
        parent_ts=THREAD.parent_ts,
        notice_ts=THREAD.notice_ts,
        expires_at=EXPIRES,
        answer_url=None,
    )


async def test_a_failed_try_is_written_down(store: SqlDeliveries, agenda: Agenda) -> None:
    """State, reason and the next time, all of the decision."""
    await store.promise(a_delivery())
    later = NOON + timedelta(minutes=1)
    decision = Decision(DeliveryState.WAITING, "summary_not_ready", later, 3)

    settled = await settle(agenda, await claimed(agenda), decision)

    assert settled.delivery == a_delivery(
        state=DeliveryState.WAITING, reason="summary_not_ready", run_at=later, attempts=3
    )


async def test_the_moment_of_a_new_state_is_kept(store: SqlDeliveries, agenda: Agenda) -> None:
    """It is what an answer's day is counted from; a try that changed nothing does not move it."""
    await store.promise(a_delivery())
    same = Decision(DeliveryState.DUE, "slack_busy", NOON, 1)
    await settle(agenda, await claimed(agenda), same)
    unmoved = await claimed(agenda)
    await settle(agenda, unmoved, Decision(DeliveryState.FAILED, "not_in_channel", NOON, 0))

    moved = await claimed(agenda)

    assert (unmoved.settled_at, moved.settled_at) == (NOON, NOON + SECOND)


async def test_a_lost_claim_settles_nothing(store: SqlDeliveries, agenda: Agenda) -> None:
    """A process that slept through its lease can't overwrite its successor's outcome."""
    await store.promise(a_delivery())
    slept = await claimed(agenda, "slept")
    successor = await agenda.claim(ID, "successor", NOON + LEASE)
    assert isinstance(successor, Claim)

    late = await settle(agenda, slept, Decision(DeliveryState.FAILED, "late", NOON, 0))

    assert late.delivery is None
    assert (await settle(agenda, successor)).delivery is not None


@pytest.mark.parametrize(
    ("state", "planned"),
    [
        (DeliveryState.FAILED, None),
        (DeliveryState.SKIPPED, None),
        (DeliveryState.WAITING, NOON + timedelta(hours=1)),
    ],
)
async def test_who_takes_over_during_a_try_is_told_what_came_of_it(
    store: SqlDeliveries, agenda: Agenda, state: DeliveryState, planned: datetime | None
) -> None:
    """Nobody was waiting when the run began, so it planned to tell nobody."""
    await store.promise(a_delivery(asker=None, answer_url=None))
    claim = await claimed(agenda)
    await store.promise(a_delivery(id=DeliveryId("ASKED23456")))

    settled = await settle(agenda, claim, Decision(state, "not_in_channel", planned, 0))

    assert settled.delivery == a_delivery(
        state=state, reason="not_in_channel", run_at=NOON + SECOND
    )


async def test_who_takes_over_during_a_try_that_posts_has_the_thread(
    store: SqlDeliveries, agenda: Agenda
) -> None:
    """There is nothing to do before the notice."""
    await store.promise(a_delivery(asker=None, answer_url=None))
    claim = await claimed(agenda)
    await store.promise(a_delivery(id=DeliveryId("ASKED23456"), run_at=NOON + SECOND))

    settled = await settle(agenda, claim)

    assert settled.delivery is not None
    assert (settled.delivery.state, settled.delivery.run_at) == (DeliveryState.POSTED, EXPIRES)


async def hasten(database: Database) -> None:
    """Make the delivery due, as an event does that says the summary is there."""
    async with database.begin() as connection:
        await connection.execute(update(deliveries).values(run_at=NOON + SECOND))


async def test_what_was_made_due_during_a_try_is_tried_again_at_once(
    store: SqlDeliveries, agenda: Agenda, database: Database
) -> None:
    """The summary came just after the run had looked for it."""
    await store.promise(a_delivery(asker=None, answer_url=None))
    claim = await claimed(agenda)
    await hasten(database)
    later = NOON + timedelta(hours=1)

    settled = await settle(
        agenda, claim, Decision(DeliveryState.WAITING, "summary_not_ready", later, 0)
    )

    assert settled.delivery is not None
    assert settled.delivery.run_at == NOON + SECOND


async def test_what_ended_during_a_try_has_ended(
    store: SqlDeliveries, agenda: Agenda, database: Database
) -> None:
    """Being made due meanwhile leaves nobody to tell."""
    await store.promise(a_delivery(asker=None, answer_url=None))
    claim = await claimed(agenda)
    await hasten(database)

    settled = await settle(agenda, claim, Decision(DeliveryState.SKIPPED, "no_transcript", None, 0))

    assert settled.delivery is not None
    assert settled.delivery.run_at is None


async def test_what_was_made_due_while_its_asker_was_told_stays_due(
    store: SqlDeliveries, agenda: Agenda, database: Database
) -> None:
    """Noting that they were told does not put it off again."""
    await store.promise(a_delivery(state=DeliveryState.WAITING))
    claim = await claimed(agenda)
    await hasten(database)

    await agenda.close(claim, told=DeliveryState.WAITING, run_at=NOON + timedelta(hours=1))

    stored = await store.get(ID)
    assert stored is not None
    assert (stored.told, stored.run_at) == (DeliveryState.WAITING, NOON + SECOND)


async def test_a_kept_claim_keeps_others_out(store: SqlDeliveries, agenda: Agenda) -> None:
    """While the asker is being told nobody else tells them; the channel is free."""
    await store.promise(a_delivery())
    await store.promise(numbered(2))
    claim = await claimed(agenda)
    decision = Decision(DeliveryState.FAILED, "not_in_channel", NOON, 0)

    await agenda.settle(claim, decision, keep=True, now=NOON + SECOND, next_at=NOON)

    assert await agenda.claim(ID, "b", NOON + SECOND) == Later(NOON + SECOND + LEASE)
    assert isinstance(await agenda.claim(DeliveryId("D2"), "b", NOON), Claim)


async def test_settling_names_the_next_in_the_channel(store: SqlDeliveries, agenda: Agenda) -> None:
    """The one due for longest; not another channel's, nor one that is to be told or edited."""
    await store.promise(numbered(1))
    await store.promise(numbered(2, run_at=NOON - SECOND, channel=ChannelId("C0OTHER")))
    await store.promise(numbered(3, run_at=NOON - SECOND, state=DeliveryState.FAILED))
    await store.promise(numbered(4))
    await store.promise(numbered(5, run_at=NOON - SECOND, state=DeliveryState.WAITING))
    await store.promise(numbered(6, run_at=NOON + timedelta(minutes=1)))

    settled = await settle(agenda, await claimed(agenda, delivery=DeliveryId("D1")))

    assert settled.next_in_channel == "D5"


async def test_a_told_asker_is_written_down(store: SqlDeliveries, agenda: Agenda) -> None:
    """Nothing is left to do, nor to tell with."""
    failed = a_delivery(state=DeliveryState.FAILED, attempts=4)
    await store.promise(failed)

    await agenda.close(await claimed(agenda), told=DeliveryState.FAILED, run_at=None)

    assert await store.get(ID) == replace(
        failed, told=DeliveryState.FAILED, run_at=None, attempts=0, answer_url=None
    )


async def test_an_asker_who_waits_can_be_answered_again(
    store: SqlDeliveries, agenda: Agenda
) -> None:
    """The address is kept until the end is told, and the tries to post are counted on."""
    await store.promise(a_delivery(state=DeliveryState.WAITING, attempts=3))

    await agenda.close(await claimed(agenda), told=DeliveryState.WAITING, run_at=NOON)

    assert await store.get(ID) == a_delivery(
        state=DeliveryState.WAITING, told=DeliveryState.WAITING, attempts=3
    )


async def test_a_postponed_answer_is_due_later(store: SqlDeliveries, agenda: Agenda) -> None:
    """The next try's time and number are kept, and anybody may make it."""
    await store.promise(a_delivery(state=DeliveryState.FAILED))

    await agenda.postpone(await claimed(agenda), attempts=1, run_at=NOON + SECOND)

    claim = await agenda.claim(ID, "b", NOON + SECOND)
    assert isinstance(claim, Claim)
    assert claim.delivery.attempts == 1


async def test_a_released_delivery_is_free_at_once(store: SqlDeliveries, agenda: Agenda) -> None:
    """A worker that stops hands over without the lease having to run out."""
    await store.promise(a_delivery())

    await agenda.release(await claimed(agenda), NOON + SECOND)

    claim = await claimed(agenda, "next")
    assert (claim.delivery, claim.next_at) == (a_delivery(), NOON + SECOND)


async def test_recovering_frees_what_a_dead_process_held(
    store: SqlDeliveries, agenda: Agenda, database: Database
) -> None:
    """SQLite's only process knows that it is alone; on PostgreSQL the holder may be alive."""
    await store.promise(a_delivery())
    await claimed(agenda, "dead")

    await agenda.recover(NOON)

    claim = await agenda.claim(ID, "b", NOON)
    assert isinstance(claim, Claim) == (database.dialect == "sqlite")


async def test_due_are_those_with_something_to_do_oldest_first(
    store: SqlDeliveries, agenda: Agenda
) -> None:
    """Whatever the state: to post, to tell, to edit."""
    await store.promise(numbered(1))
    await store.promise(numbered(2, run_at=NOON - SECOND, state=DeliveryState.POSTED))
    await store.promise(numbered(3, run_at=NOON + SECOND))
    await store.promise(numbered(4, run_at=None, state=DeliveryState.FAILED))

    assert await agenda.due(NOON) == [("D2", NOON - SECOND), ("D1", NOON)]
    assert await agenda.due(NOON, limit=1) == [("D2", NOON - SECOND)]


async def test_the_backlog_counts_open_deliveries_that_are_due(
    store: SqlDeliveries, agenda: Agenda
) -> None:
    """What an operator watches: how many, and how late."""
    assert await agenda.backlog(NOON) == Backlog(0, 0.0)
    await store.promise(numbered(1, run_at=NOON - timedelta(seconds=90)))
    await store.promise(numbered(2))
    await store.promise(numbered(3, run_at=NOON - timedelta(days=1), state=DeliveryState.POSTED))

    assert await agenda.backlog(NOON) == Backlog(2, 90.0)


async def test_trimming_keeps_live_turns(store: SqlDeliveries, agenda: Agenda) -> None:
    """A turn somebody holds is never dropped."""
    await store.promise(numbered(1))
    await store.promise(numbered(2))
    await claimed(agenda, delivery=DeliveryId("D1"))

    await agenda.trim(NOON)

    assert isinstance(await agenda.claim(DeliveryId("D2"), "b", NOON), Later)
