"""A channel's turn, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.jobs import turns
from bot.jobs.turns import LEASE, ChannelPace
from bot.store import tables
from bot.store.engine import Database
from tests.clock import ManualClock
from tests.deliveries import a_delivery
from tests.fakes import NOON

KEY = "channel/T0/C0"
SECOND = timedelta(seconds=1)


async def take(database: Database, holder: str, now: datetime, key: str = KEY) -> datetime | None:
    """Take a turn in a transaction of its own."""
    async with database.begin() as connection:
        return await turns.take(connection, key, holder, now)


async def free(database: Database, holder: str, next_at: datetime) -> None:
    """Give a turn back in a transaction of its own."""
    async with database.begin() as connection:
        await turns.free(connection, KEY, holder, next_at)


def test_a_channel_is_one_of_its_workspace() -> None:
    """Two workspaces never wait for each other."""
    assert turns.channel_of(a_delivery()) == "channel/T0WORKSPACE/C0CHANNEL"


async def test_one_takes_the_turn_and_the_others_wait(database: Database) -> None:
    """However many ask at once, one has it."""
    takers = [take(database, f"run {number}", NOON) for number in range(6)]

    taken = await asyncio.gather(*takers)

    assert sorted(taken, key=str) == [NOON, None, None, None, None, None]


async def test_other_keys_are_other_turns(database: Database) -> None:
    """Channels don't wait for each other."""
    await take(database, "a", NOON)

    assert await take(database, "b", NOON, key="channel/T0/C1") == NOON


async def test_the_holder_takes_it_again(database: Database) -> None:
    """Asking twice is no different from asking once, but the lease begins anew."""
    await take(database, "a", NOON)

    again = await take(database, "a", NOON + LEASE)

    assert again == NOON
    assert await take(database, "b", NOON + LEASE + LEASE - SECOND) is None


async def test_a_freed_turn_says_when_the_next_message_may_come(database: Database) -> None:
    """The next holder has it at once, and waits with its message as long as it must."""
    await take(database, "a", NOON)

    await free(database, "a", NOON + SECOND)

    assert await take(database, "b", NOON) == NOON + SECOND


async def test_a_dead_holders_turn_ends_with_its_lease(database: Database) -> None:
    """A killed process holds a channel up for 40 seconds at most."""
    await take(database, "dead", NOON)

    assert await take(database, "b", NOON + LEASE - SECOND) is None
    assert await take(database, "b", NOON + LEASE) == NOON


async def test_who_lost_the_turn_cannot_free_it(database: Database) -> None:
    """A process that slept through its lease must not let a third one in."""
    await take(database, "slept", NOON)
    await take(database, "b", NOON + LEASE)

    await free(database, "slept", NOON)

    assert await take(database, "c", NOON + LEASE) is None


async def test_how_long_a_turn_is_taken_can_be_asked(database: Database) -> None:
    """Who finds it taken knows when to come back."""
    await take(database, "a", NOON)

    async with database.read() as connection:
        assert await turns.held_until(connection, KEY) == NOON + LEASE
        assert await turns.held_until(connection, "other") is None


async def test_all_turns_can_be_taken_back(database: Database) -> None:
    """At the start of the only process nobody holds one; the pause is kept all the same."""
    await take(database, "dead", NOON)

    async with database.begin() as connection:
        await turns.free_all(connection, NOON)

    assert await take(database, "b", NOON) == NOON + SECOND


async def test_only_idle_turns_are_forgotten(database: Database) -> None:
    """The table does not grow with every channel there ever was."""
    await take(database, "a", NOON)
    await free(database, "a", NOON + SECOND)
    await take(database, "b", NOON, key="held")

    async with database.begin() as connection:
        await turns.forget_idle(connection, NOON + SECOND + SECOND)

        left = await connection.scalars(select(tables.turns.c.key))
    assert list(left) == ["held"]


async def test_the_pace_waits_for_the_next_moment_and_names_the_one_after(
    clock: ManualClock,
) -> None:
    """A second between two messages, whoever sent the first."""
    pace = ChannelPace(NOON + timedelta(milliseconds=400), clock, clock.sleep)

    await pace.wait()
    await pace.wait()

    assert clock.slept == [0.4, 1.0]
    assert pace.next_at == clock() + SECOND


async def test_the_pace_does_not_wait_for_what_is_past(clock: ManualClock) -> None:
    """Fetching took longer than the second: the message goes at once."""
    pace = ChannelPace(NOON - SECOND, clock, clock.sleep)

    await pace.wait()

    assert clock.slept == []
