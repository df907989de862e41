"""Two processes on one PostgreSQL database, one of them stopped just before it commits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.engine import Database
from tests.databases import postgres_url

T = TypeVar("T")
U = TypeVar("U")

_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


class HeldDatabase(Database):
    """A process's database whose next commits wait until they are let."""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """As ever, but for the commit."""
        async with super().begin() as connection:
            yield connection
            self.about_to_commit.set()
            await self.may_commit.wait()

    @classmethod
    async def hold(cls, url: str) -> HeldDatabase:
        """Open the database and hold its commits."""
        held = await cls.open(url)
        assert isinstance(held, cls)
        held.about_to_commit, held.may_commit = asyncio.Event(), asyncio.Event()
        return held

    about_to_commit: asyncio.Event
    may_commit: asyncio.Event


@asynccontextmanager
async def two_processes() -> AsyncIterator[tuple[HeldDatabase, Database]]:
    """The one that is held, and the one that is not."""
    url = await postgres_url()
    held, other = await HeldDatabase.hold(url), await Database.open(url)
    try:
        yield held, other
    finally:
        await held.close()
        await other.close()


async def overlap(held: HeldDatabase, first: Awaitable[T], second: Awaitable[U]) -> tuple[T, U]:
    """Begin the first, begin the second before the first commits, and let both end.

    The second may end, or has to wait for the first.
    """
    earlier = asyncio.ensure_future(first)
    await held.about_to_commit.wait()
    later = asyncio.ensure_future(second)
    while not later.done() and not await _somebody_waits(held):
        await asyncio.wait({later}, timeout=0.01)
    held.may_commit.set()
    return await earlier, await later


async def _somebody_waits(database: Database) -> bool:
    async with database.read() as connection:
        return bool(await connection.scalar(_WAITING))
