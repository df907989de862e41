"""A store for the use cases: a real one, in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.store.deliveries import SqlDeliveries
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.migrate import migrate
from tests.clock import ManualClock
from tests.deliveries import RecordedWakes
from tests.subscribing import Kept, kept_in_memory


@pytest.fixture
def clock() -> ManualClock:
    """Noon, until it is moved."""
    return ManualClock()


@pytest.fixture
async def deliveries() -> AsyncIterator[SqlDeliveries]:
    """An empty store."""
    database = await Database.open("sqlite://")
    await migrate(database)
    yield SqlDeliveries(database, Sealer(["a key for tests"]), RecordedWakes())
    await database.close()


@pytest.fixture
async def kept() -> AsyncIterator[Kept]:
    """An empty store with one installed workspace, and everything about subscriptions in it."""
    async with kept_in_memory() as kept:
        yield kept
