"""Installations that were begun: what must come back from Slack, by its digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert

from bot.store.engine import Database
from bot.store.tables import oauth_states
from bot.store.workspaces import digest


@dataclass(frozen=True, slots=True)
class SqlOAuthStates:
    """States in the database: is a `States`. One method, one transaction."""

    database: Database

    async def add(self, state: str, *, now: datetime, expires_at: datetime) -> None:
        """Remember a state; those whose time is over are deleted."""
        over = oauth_states.c.expires_at <= now
        row = {"digest": digest(state), "expires_at": expires_at}
        async with self.database.begin() as connection:
            await connection.execute(delete(oauth_states).where(over))
            await connection.execute(insert(oauth_states).values(row))

    async def use_up(self, state: str, now: datetime) -> bool:
        """Whether this state was begun with and may still be used; never again after this."""
        mine = oauth_states.c.digest == digest(state)
        statement = delete(oauth_states).where(mine).returning(oauth_states.c.expires_at)
        async with self.database.begin() as connection:
            row = (await connection.execute(statement)).first()
        return row is not None and row.expires_at > now
