"""Whose turn it is in a channel, and the rhythm of its messages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import Delivery
from bot.store.deliveries import upsert
from bot.store.tables import turns

LEASE = timedelta(seconds=40)
"""How long a turn lasts if its holder dies: longer than any holder may work."""

BETWEEN_MESSAGES = timedelta(seconds=1)
"""Slack takes about one message a second in a channel (docs.slack.dev, rate limits)."""


def channel_of(delivery: Delivery) -> str:
    """The key of the turn at a delivery's channel."""
    return f"channel/{delivery.workspace}/{delivery.channel}"


async def take(
    connection: AsyncConnection, key: str, holder: str, now: datetime
) -> datetime | None:
    """Take a turn, or take it again as the same holder.

    Returns when the next step may come, which can still be ahead: the holder waits. `None` means
    somebody else has the turn. A lease that ran out is taken over; whoever let it run out can't
    have done anything for at least as long as a step takes.
    """
    statement = upsert(connection.dialect.name)(turns).values(
        key=key, holder=holder, held_until=now + LEASE, next_at=now
    )
    statement = statement.on_conflict_do_update(
        index_elements=["key"],
        set_={"holder": holder, "held_until": now + LEASE},
        where=or_(turns.c.holder.is_(None), turns.c.holder == holder, turns.c.held_until <= now),
    )
    taken = (await connection.execute(statement.returning(turns.c.next_at))).first()
    return None if taken is None else taken.next_at


async def free(connection: AsyncConnection, key: str, holder: str, next_at: datetime) -> None:
    """Give a turn back and say when the next step may come; nothing if it was lost."""
    await connection.execute(
        update(turns)
        .where(turns.c.key == key, turns.c.holder == holder)
        .values(holder=None, held_until=None, next_at=next_at)
    )


async def held_until(connection: AsyncConnection, key: str) -> datetime | None:
    """When a turn that somebody has comes free at the latest."""
    return await connection.scalar(select(turns.c.held_until).where(turns.c.key == key))


async def free_all(connection: AsyncConnection, now: datetime) -> None:
    """Take back every turn, once it is sure that no holder lives."""
    await connection.execute(
        update(turns)
        .where(turns.c.holder.is_not(None))
        .values(holder=None, held_until=None, next_at=now + BETWEEN_MESSAGES)
    )


async def forget_idle(connection: AsyncConnection, before: datetime) -> None:
    """Drop the turns nobody took since a moment."""
    await connection.execute(
        delete(turns).where(func.coalesce(turns.c.held_until, turns.c.next_at) < before)
    )


class ChannelPace:
    """A channel's rhythm during one turn: is a `Pace`."""

    def __init__(
        self,
        next_at: datetime,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """Begin with the moment the turn came with."""
        self.next_at = next_at
        self._now = now
        self._sleep = sleep

    async def wait(self) -> None:
        """Wait until the next message may be sent."""
        ahead = (self.next_at - self._now()).total_seconds()
        if ahead > 0:
            await self._sleep(ahead)
        self.next_at = self._now() + BETWEEN_MESSAGES
