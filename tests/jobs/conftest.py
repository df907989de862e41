"""The fixtures of these tests."""

from __future__ import annotations

import pytest

from bot.jobs.agenda import Agenda
from bot.store.deliveries import SqlDeliveries
from bot.store.encryption import Sealer
from bot.store.engine import Database
from tests.databases import clock, database, database_url, sealer
from tests.jobs.handlers import FakeHandlers, FakeQueue

__all__ = ["clock", "database", "database_url", "sealer"]


@pytest.fixture
def handlers() -> FakeHandlers:
    """Handlers for whom all is well."""
    return FakeHandlers()


@pytest.fixture
def queue() -> FakeQueue:
    """An engine that only remembers."""
    return FakeQueue()


@pytest.fixture
def store(database: Database, sealer: Sealer, queue: FakeQueue) -> SqlDeliveries:
    """Deliveries in an empty database."""
    return SqlDeliveries(database, sealer, queue)


@pytest.fixture
def agenda(database: Database, sealer: Sealer) -> Agenda:
    """The worker's side of the same database."""
    return Agenda(database, sealer)
