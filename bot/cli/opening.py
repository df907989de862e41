"""The database as the short commands open it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.errors import DatabaseInUse, DatabaseOutdated
from bot.settings import Settings
from bot.store.engine import Database
from bot.store.migrate import is_current, migrate


@asynccontextmanager
async def opened_beside(settings: Settings) -> AsyncIterator[Database]:
    """Open the database, beside a bot that runs on this machine if there is one.

    Raises:
        StoreError: it cannot be opened, or is not prepared for this version.
    """
    url = settings.database_url.get_secret_value()
    try:
        database = await Database.open(url)
        alone = settings.uses_sqlite
    except DatabaseInUse:
        database, alone = await Database.open(url, create=False, alone=False), False
    try:
        if alone:
            await migrate(database)
        elif not await is_current(database):
            raise DatabaseOutdated
        yield database
    finally:
        await database.close()
