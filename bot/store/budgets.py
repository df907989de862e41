"""How often a workspace's account may be asked: one budget across all processes.

Cloudflare grants 1,200 calls in five minutes to everything a customer runs, and blocks all of it
for the next five once that is passed; half of it is ours.
Source: https://developers.cloudflare.com/fundamentals/api/reference/limits/
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Insert, func, literal, select
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
    until: datetime | None = None

    async def admit(self) -> None:
        """Let one call be made. Raises `RealtimeKitBusy` with how long to wait."""
        now = self.now()
        if self.left < 1 or self.until is None or now >= self.until:
            await self._take_block(now)
        self.left -= 1

    async def hold(self, seconds: float) -> None:
        """Make every process wait: Cloudflare refused a call as one too many."""
        self.left = 0
        await self._move(self.now() + BURST + timedelta(seconds=seconds))

    async def _take_block(self, now: datetime) -> None:
        async with self.database.begin() as connection:
            query = select(turns.c.next_at).where(turns.c.key == self.key).with_for_update()
            used_until = max(await connection.scalar(query) or now, now)
            over = used_until + A_CALL * BLOCK - (now + BURST)
            if over > timedelta():
                raise RealtimeKitBusy("budget", retry_after=over.total_seconds())
            await connection.execute(_raised(connection, self.key, used_until + A_CALL * BLOCK))
        self.left, self.until = BLOCK, now + BLOCK_LASTS

    async def _move(self, next_at: datetime) -> None:
        async with self.database.begin() as connection:
            await connection.execute(_raised(connection, self.key, next_at))


def _raised(connection: AsyncConnection, key: str, next_at: datetime) -> Insert:
    """Use the time up until a moment, unless another process has used up more."""
    dialect = connection.dialect.name
    later = func.greatest if dialect == "postgresql" else func.max
    wanted = literal(next_at, turns.c.next_at.type)
    statement = upsert(dialect)(turns).values(key=key, next_at=next_at)
    return statement.on_conflict_do_update(
        index_elements=["key"], set_={"next_at": later(turns.c.next_at, wanted)}
    )


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
