"""Bring a database's schema up to date."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.store.engine import Database
from bot.store.job_tables import install_job_tables

_SCRIPTS = Path(__file__).parent / "migrations"

_LOCK = 0x6D7375_6D6D6172
"""Our number among PostgreSQL's advisory locks."""


async def migrate(database: Database) -> None:
    """Create or upgrade all tables. Does nothing when they are current, or of a later version.

    Any number of processes may do this at once: on PostgreSQL they wait for each other, and a
    SQLite database has only one process.
    """
    async with AsyncExitStack() as stack:
        if database.dialect == "postgresql":
            alone = await database.connect_raw()
            stack.push_async_callback(alone.close)  # lets go of the lock as well
            # Another process may be at it for longer than any statement of ours.
            await alone.execute("SELECT pg_advisory_lock($1)", _LOCK, timeout=600)
            await install_job_tables(alone)
        async with database.begin() as connection:
            await connection.run_sync(_upgrade)


async def is_current(database: Database) -> bool:
    """Whether the tables are at least those this version of the bot was written for.

    Revisions only add, so tables of a later version, whose revision is unknown here, serve as
    well: during a rolling deploy the processes that are still of this version go on beside it.
    """
    async with database.read() as connection:
        revision = await connection.run_sync(_revision)
    return revision == _scripts().get_current_head() or _is_later(revision)


def _upgrade(connection: Connection) -> None:
    if _is_later(_revision(connection)):
        return
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _is_later(revision: str | None) -> bool:
    return revision is not None and revision not in {
        script.revision for script in _scripts().walk_revisions()
    }


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
