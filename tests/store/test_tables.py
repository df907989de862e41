"""The schema's types."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError, StatementError

from bot.store.engine import Database
from bot.store.tables import messages, turns
from tests.fakes import NOON


async def stored(database: Database, moment: datetime) -> datetime:
    """A moment after its way through the database."""
    async with database.begin() as connection:
        await connection.execute(insert(turns).values(key="k", next_at=moment))
        found: datetime = (await connection.scalars(select(turns.c.next_at))).one()
    return found


async def test_a_moment_comes_back_in_utc(database: Database) -> None:
    """However it was written down, to the microsecond."""
    somewhere = timezone(timedelta(hours=-7, minutes=-30))
    moment = NOON.replace(microsecond=123456).astimezone(somewhere)

    found = await stored(database, moment)

    assert found == moment
    assert found.tzinfo is UTC


async def test_moments_compare_in_the_database(database: Database) -> None:
    """Whole seconds and fractions sort as what they are."""
    moments = [NOON, NOON + timedelta(microseconds=1), NOON + timedelta(seconds=1)]
    async with database.begin() as connection:
        await connection.execute(
            insert(turns), [{"key": str(moment), "next_at": moment} for moment in moments]
        )

        after = await connection.scalars(
            select(turns.c.next_at).where(turns.c.next_at > NOON).order_by(turns.c.next_at)
        )

    assert list(after) == moments[1:]


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    """A naive time is a bug; storing it would move the moment."""
    with pytest.raises(StatementError, match="needs a time zone"):
        await stored(database, datetime(2026, 11, 23, 12, 0))  # noqa: DTZ001


async def test_a_message_belongs_to_a_delivery(database: Database) -> None:
    """Foreign keys hold on both databases."""
    with pytest.raises(IntegrityError):
        async with database.begin() as connection:
            await connection.execute(
                insert(messages).values(
                    delivery="none", key="k", position=1, state="sent", begun_at=NOON
                )
            )
