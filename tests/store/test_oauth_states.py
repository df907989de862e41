"""States of installations that were begun."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import select

from bot.store.engine import Database
from bot.store.oauth_states import SqlOAuthStates
from bot.store.tables import oauth_states
from tests.fakes import NOON

END = NOON + timedelta(minutes=10)


async def test_a_state_is_used_up_once(database: Database) -> None:
    """Also when two come back with it at the same moment."""
    states = SqlOAuthStates(database)
    await states.add("a state", now=NOON, expires_at=END)

    used = await asyncio.gather(*(states.use_up("a state", NOON) for _ in range(4)))

    assert sorted(used) == [False, False, False, True]


async def test_a_state_has_an_end(database: Database) -> None:
    """And one that nobody began never worked."""
    states = SqlOAuthStates(database)
    await states.add("a state", now=NOON, expires_at=END)

    assert not await states.use_up("another", NOON)
    assert not await states.use_up("a state", END)


async def test_the_state_itself_is_not_stored_and_old_ones_go(database: Database) -> None:
    """Whoever reads the database cannot finish somebody's installation."""
    states = SqlOAuthStates(database)
    await states.add("an old state", now=NOON, expires_at=END)

    await states.add("a new state", now=END, expires_at=END + timedelta(minutes=10))

    async with database.read() as connection:
        rows = (await connection.execute(select(oauth_states))).all()
    assert len(rows) == 1
    assert "state" not in str(rows[0].digest)
