"""How long deliveries are remembered after their end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from bot.domain.delivery import DeliveryState
from bot.store.engine import Database
from bot.store.tables import deliveries

KEPT_FOR = timedelta(days=90)
"""How long what became of a session can be told.

Much longer than the 7 days for which Cloudflare keeps summaries: as long as one can be found, the
row that says that it was posted is there.
"""

BATCH = 500
"""Rows deleted in one transaction: others write in between."""

_ENDED = tuple(state.value for state in DeliveryState if not state.is_open)


@dataclass(frozen=True, slots=True)
class Retention:
    """Deletes deliveries, and what was noted of their messages, when their time is over."""

    database: Database

    async def prune(self, now: datetime) -> int:
        """Delete what ended long ago; returns how many.

        What is open stays, and so does what there is something left to do about: an asker to be
        told, a notice to be edited. Two processes at once delete each row once.
        """
        over = (
            deliveries.c.state.in_(_ENDED),
            deliveries.c.run_at.is_(None),
            deliveries.c.settled_at < now - KEPT_FOR,
        )
        pruned = 0
        while True:
            async with self.database.read() as connection:
                names = (
                    await connection.scalars(select(deliveries.c.id).where(*over).limit(BATCH))
                ).all()
            if not names:
                return pruned
            statement = delete(deliveries).where(deliveries.c.id.in_(names), *over)
            async with self.database.begin() as connection:
                pruned += (await connection.execute(statement)).rowcount
