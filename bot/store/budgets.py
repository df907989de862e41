"""How often a workspace's account may be asked: one budget across all processes.

Cloudflare grants 1,200 calls in five minutes to everything a customer runs, and blocks all of it
for the next five once that is passed; half of it is ours.
Source: https://developers.cloudflare.com/fundamentals/api/reference/limits/
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import WorkspaceId
from bot.errors import RealtimeKitBusy
from bot.store.deliveries import upsert
from bot.store.engine import Database
from bot.store.tables import turns

A_CALL = timedelta(seconds=1)
"""What a call costs: so many seconds of the time that comes after it."""

BURST = timedelta(seconds=300)
"""How far ahead of time may be used up. With `A_CALL`, 600 calls fit into any five minutes."""

BLOCK = 10
"""Calls taken from the database at once, so that not each one costs a transaction."""

BLOCK_LASTS = timedelta(minutes=1)
"""How long a process may use up a block: one that it keeps must not add to a later burst."""


@dataclass(slots=True)
class Budget:
    """One workspace's calls, as one process sees them."""

    database: Database
    now: Callable[[], datetime]
    key: str
    left: int = 0
    """Calls of a block that are not used up yet, good until `until`."""
    until: datetime | None = None
    refused_until: datetime | None = None
    """When there can be a block again; until then the database is not asked."""
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def admit(self) -> None:
        """Let one call be made. Raises `RealtimeKitBusy` with how long to wait."""
        async with self._alone:  # or each of several at once would take a block
            now = self.now()
            if self.refused_until is not None and now < self.refused_until:
                raise _busy(self.refused_until - now)
            if self.left < 1 or self.until is None or now >= self.until:
                await self._take_block(now)
            self.left -= 1

    async def hold(self, seconds: float) -> None:
        """Make every process wait: Cloudflare refused a call as one too many.

        What another process has left of a block it may still use.
        """
        async with self._alone, self.database.begin() as connection:
            self.left = 0
            until = self.now() + timedelta(seconds=seconds)
            _, held_until = await self._locked(connection)
            await self._set(connection, held_until=max(held_until or until, until))

    async def _take_block(self, now: datetime) -> None:
        async with self.database.begin() as connection:
            used_until, held_until = await self._locked(connection)
            used_until = max(used_until, now) + A_CALL * BLOCK
            ready_at = max(used_until - BURST, held_until or now)
            if ready_at > now:
                self.left, self.refused_until = 0, ready_at
                raise _busy(ready_at - now)
            # A wait that is over is forgotten: the row's age is counted from its last use then.
            await self._set(connection, next_at=used_until, held_until=None)
        self.left, self.until = BLOCK, now + BLOCK_LASTS

    async def _locked(self, connection: AsyncConnection) -> tuple[datetime, datetime | None]:
        """Until when time is used up, and until when to wait."""
        query = select(turns.c.next_at, turns.c.held_until).where(turns.c.key == self.key)
        row = (await connection.execute(query.with_for_update())).first()
        if row is None:
            # Another process may do so at this moment; then its row is the one that is locked.
            unused = upsert(connection.dialect.name)(turns).values(key=self.key, next_at=self.now())
            await connection.execute(unused.on_conflict_do_nothing(index_elements=["key"]))
            row = (await connection.execute(query.with_for_update())).one()
        return row.next_at, row.held_until

    async def _set(self, connection: AsyncConnection, **values: datetime | None) -> None:
        await connection.execute(update(turns).where(turns.c.key == self.key).values(values))


def _busy(wait: timedelta) -> RealtimeKitBusy:
    return RealtimeKitBusy("budget", retry_after=wait.total_seconds())


@dataclass(frozen=True, slots=True)
class Budgets:
    """Every workspace's budget."""

    database: Database
    now: Callable[[], datetime]
    _known: dict[WorkspaceId, Budget] = field(default_factory=dict)

    def of(self, workspace: WorkspaceId) -> Budget:
        """The budget of one workspace."""
        if workspace not in self._known:
            key = f"cloudflare/{workspace}"
            self._known[workspace] = Budget(self.database, self.now, key)
        return self._known[workspace]
