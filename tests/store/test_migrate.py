"""Migrations: the schema they make is the one the code was written for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from bot.store.engine import Database
from bot.store.job_tables import JOB_SCHEMA
from bot.store.migrate import is_current, migrate
from bot.store.tables import metadata
from tests.postgres import postgres_server


def differences(connection: Connection) -> list[object]:
    """What Alembic would change to get from the migrated schema to the code's."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


def checks(connection: Connection) -> set[str | None]:
    """The names of the CHECK constraints, which Alembic does not compare."""
    inspector = inspect(connection)
    return {
        check["name"]
        for table in metadata.tables
        for check in inspector.get_check_constraints(table)
    }


async def test_migrations_and_tables_do_not_drift(database: Database) -> None:
    """A changed table without a revision, or the other way round, is found here."""
    async with database.read() as connection:
        assert await connection.run_sync(differences) == []
        assert await connection.run_sync(checks) == {"ck_deliveries_state", "ck_messages_state"}


async def test_migrating_again_changes_nothing(database: Database) -> None:
    """Every start may migrate."""
    assert await is_current(database)

    await migrate(database)

    assert await is_current(database)


async def test_an_empty_database_is_not_current(tmp_path: Path) -> None:
    """Readiness can tell a database nobody migrated."""
    database = await Database.open(f"sqlite:///{tmp_path / '100%.db'}")

    before = await is_current(database)
    await migrate(database)
    after = await is_current(database)
    await database.close()

    assert (before, after) == (False, True)


async def revise(database: Database, revision: str) -> None:
    """Have a database say which revision it is of."""
    async with database.begin() as connection:
        await connection.execute(
            text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision}
        )


async def test_an_earlier_versions_tables_are_not_current(database: Database) -> None:
    """What this version needs is not all there."""
    await revise(database, "0001")

    assert not await is_current(database)


async def test_a_later_versions_tables_are_current_and_left_alone(database: Database) -> None:
    """A process of this version goes on, and may start again, beside one that is a version on."""
    await revise(database, "9999")

    await migrate(database)

    assert await is_current(database)
    async with database.read() as connection:
        assert await connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("workspaces", "id url bot_user_id bot_id token_digest seen_at"),
        (
            "deliveries",
            """id workspace channel session repeat app asker answer_url state reason attempts
            created_at settled_at run_at told parent_ts notice_ts expires_at holder held_until""",
        ),
    ],
)
def test_the_first_version_can_write_beside_this_one(table: str, columns: str) -> None:
    """During a rolling deploy it fills in the columns it knows, and no others."""
    added = [each for each in metadata.tables[table].c if each.name not in columns.split()]

    assert added != []
    assert all(each.nullable or each.server_default is not None for each in added)


async def test_several_processes_may_migrate_at_once() -> None:
    """Each waits for the one before it, and finds nothing left to do."""
    server = postgres_server()
    url = server.url(await server.create_database())
    databases = [await Database.open(url) for _ in range(4)]

    await asyncio.gather(*(migrate(database) for database in databases))

    assert all([await is_current(database) for database in databases])
    for database in databases:
        await database.close()


async def test_the_engines_tables_have_a_schema_of_their_own() -> None:
    """Our migrations never see them, and they never see ours."""
    server = postgres_server()
    database = await Database.open(server.url(await server.create_database()))
    await migrate(database)

    async with database.read() as connection:
        names = await connection.scalars(
            text("SELECT table_name FROM information_schema.tables WHERE table_schema = :schema"),
            {"schema": JOB_SCHEMA},
        )
        found = set(names)
    await database.close()

    assert found == {
        "pgqueuer",
        "pgqueuer_log",
        "pgqueuer_statistics",
        "pgqueuer_schedules",
    }
