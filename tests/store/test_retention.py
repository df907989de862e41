"""What is forgotten after its time, and what never is, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.domain.ids import DeliveryId, SessionId
from bot.store.engine import Database
from bot.store.retention import BATCH, KEPT_FOR, Retention
from bot.store.tables import deliveries, messages
from tests.deliveries import a_delivery
from tests.fakes import NOON
from tests.subscribing import Kept

LONG_AGO = NOON - KEPT_FOR - timedelta(seconds=1)


async def ended(kept: Kept, database: Database, **values: object) -> None:
    """A delivery with a message, changed as the worker would have written it."""
    delivery = a_delivery()
    await kept.deliveries.promise(delivery)
    await kept.deliveries.sending(delivery.id, "parent", NOON)
    row = {"state": "posted", "settled_at": LONG_AGO, "run_at": None, **values}
    async with database.begin() as connection:
        await connection.execute(update(deliveries).values(row))


async def left(database: Database) -> tuple[int, int]:
    """How many deliveries and messages there are."""
    async with database.read() as connection:
        rows = [
            await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (deliveries, messages)
        ]
    return rows[0], rows[1]


@pytest.mark.parametrize("state", ["posted", "failed", "skipped"])
async def test_what_ended_long_ago_goes(kept: Kept, database: Database, state: str) -> None:
    """With what was noted of its messages."""
    await ended(kept, database, state=state)

    assert await Retention(database).prune(NOON) == 1
    assert await left(database) == (0, 0)


@pytest.mark.parametrize(
    "values",
    [
        {"settled_at": LONG_AGO + timedelta(seconds=1)},
        {"state": "due", "run_at": LONG_AGO},
        {"state": "waiting", "run_at": NOON},
        {"state": "waiting"},
        {"run_at": NOON + timedelta(days=1)},
    ],
)
async def test_what_is_young_or_not_done_stays(
    kept: Kept, database: Database, values: dict[str, object]
) -> None:
    """Also a post whose notice is still to be edited."""
    await ended(kept, database, **values)

    assert await Retention(database).prune(NOON) == 0
    assert await left(database) == (1, 1)


async def test_more_than_a_batch(kept: Kept, database: Database) -> None:
    """All of them go, in several transactions."""
    await ended(kept, database)
    async with database.begin() as connection:
        (row,) = (await connection.execute(select(deliveries))).mappings()
        rows = [
            {**row, "id": DeliveryId(f"N{number}"), "session": SessionId(f"s{number}")}
            for number in range(BATCH + 1)
        ]
        await connection.execute(deliveries.insert(), rows)

    assert await Retention(database).prune(NOON) == BATCH + 2
    assert await left(database) == (0, 0)
