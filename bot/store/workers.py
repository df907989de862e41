"""The processes that do background work, and when each last said so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from bot.store.deliveries import upsert
from bot.store.engine import Database
from bot.store.tables import workers

REMEMBERED_FOR = timedelta(days=1)
"""How long a process that is gone is kept in the list."""


@dataclass(frozen=True, slots=True)
class SqlWorkers:
    """Workers in the database."""

    database: Database

    async def beat(self, worker: str, now: datetime) -> None:
        """Say that a worker is at work, and drop those of the day before."""
        seen = upsert(self.database.dialect)(workers).values(id=worker, seen_at=now)
        seen = seen.on_conflict_do_update(index_elements=["id"], set_={"seen_at": now})
        gone = workers.c.seen_at < now - REMEMBERED_FOR
        async with self.database.begin() as connection:
            await connection.execute(seen)
            await connection.execute(delete(workers).where(gone))

    async def seen_at(self) -> datetime | None:
        """When any worker was last at work, if one ever was."""
        async with self.database.read() as connection:
            seen: datetime | None = await connection.scalar(select(func.max(workers.c.seen_at)))
        return seen
