"""When background work was last done by anybody, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from bot.store.engine import Database
from bot.store.tables import workers
from bot.store.workers import SqlWorkers
from tests.fakes import NOON


async def test_nobody_was_ever_at_work(database: Database) -> None:
    """A new database knows no worker."""
    assert await SqlWorkers(database).seen_at() is None


async def test_the_latest_beat_of_any_worker_counts(database: Database) -> None:
    """Each has one row, however often it says that it is there."""
    known = SqlWorkers(database)
    await known.beat("first", NOON)
    await known.beat("second", NOON + timedelta(minutes=2))
    await known.beat("first", NOON + timedelta(minutes=1))

    assert await known.seen_at() == NOON + timedelta(minutes=2)


async def test_those_of_yesterday_are_dropped(database: Database) -> None:
    """Every start is a new worker, so the list would only grow."""
    known = SqlWorkers(database)
    await known.beat("gone", NOON)

    await known.beat("here", NOON + timedelta(hours=25))

    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(workers)) == 1
