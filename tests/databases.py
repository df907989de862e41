"""Databases for tests: every test that asks for `database` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.migrate import migrate
from tests.clock import ManualClock
from tests.postgres import postgres_server

_template: list[str] = []


async def postgres_url() -> str:
    """The address of a PostgreSQL database with all tables and nothing in them."""
    server = postgres_server()
    if not _template:
        name = await server.create_database()
        database = await Database.open(server.url(name))
        await migrate(database)
        await database.close()
        _template.append(name)
    return server.url(await server.create_database(_template[0]))


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database with all tables, of either kind."""
    if request.param == "postgresql":
        return await postgres_url()
    url = f"sqlite:///{tmp_path / 'test.db'}"
    database = await Database.open(url)
    await migrate(database)
    await database.close()
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database with all tables and nothing in them, of either kind."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> ManualClock:
    """A clock that is moved by hand."""
    return ManualClock()


@pytest.fixture
def sealer() -> Sealer:
    """Something to seal answers' addresses with."""
    return Sealer(["a key for tests"])
