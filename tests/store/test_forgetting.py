"""Deleting what belongs to a workspace."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Integer, func, insert, select

from bot.domain.audit import OPERATOR, AuditAction, AuditEntry
from bot.domain.ids import WorkspaceId
from bot.store.audit import SqlAudit, write_down
from bot.store.engine import Database
from bot.store.forgetting import forget
from bot.store.tables import Moment, deliveries, messages, metadata, turns, workspaces
from tests.fakes import NOON, WORKSPACE

OTHER = WorkspaceId("T0OTHER")
BELONG = [table for table in metadata.sorted_tables if "workspace" in table.c]


def a_value(column: Column[Any], workspace: str) -> object:
    """Something to fill a column with."""
    if column.name in ("workspace", "id") and column.table is workspaces:
        return workspace
    if column.name == "workspace":
        return workspace
    if column.name == "state":
        return "due" if column.table is deliveries else "sent"
    if isinstance(column.type, Moment):
        return NOON
    if isinstance(column.type, Boolean | Integer):
        return 0 if isinstance(column.type, Integer) else False
    return f"{workspace}-{column.name}"[: getattr(column.type, "length", None) or 64]


async def fill(database: Database, workspace: WorkspaceId) -> None:
    """Put a row of a workspace into every table there is."""
    async with database.begin() as connection:
        for table in [workspaces, *BELONG]:
            row = {c.name: a_value(c, workspace) for c in table.c if not c.nullable}
            await connection.execute(insert(table).values(row))
        row = {c.name: a_value(c, workspace) for c in messages.c if not c.nullable}
        row["delivery"] = f"{workspace}-id"
        await connection.execute(insert(messages).values(row))
        for key in (f"channel/{workspace}/C1", f"cloudflare/{workspace}", f"token/{workspace}"):
            await connection.execute(insert(turns).values(key=key, next_at=NOON))


async def rows(database: Database) -> dict[str, int]:
    """How many rows there are, in each table."""
    async with database.read() as connection:
        return {
            table.name: await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }


async def test_nothing_of_a_workspace_stays_in_any_table(database: Database) -> None:
    """And everything of any other does."""
    await fill(database, OTHER)
    before = await rows(database)
    await fill(database, WORKSPACE)

    async with database.begin() as connection:
        deleted = await forget(connection, WORKSPACE)

    assert await rows(database) == before
    assert deleted == {table.name: 1 for table in [workspaces, messages, *BELONG]}


async def test_what_is_gone_already_is_no_matter(database: Database) -> None:
    """Nothing is deleted, and nothing fails."""
    await fill(database, OTHER)

    async with database.begin() as connection:
        assert await forget(connection, WORKSPACE) == {}


async def test_that_it_left_can_stay_on_record(database: Database) -> None:
    """And nothing else of the record, which says who did what there."""
    await fill(database, WORKSPACE)
    left = AuditEntry(workspace=WORKSPACE, at=NOON, who=OPERATOR, action=AuditAction.UNINSTALLED)

    async with database.begin() as connection:
        await write_down(connection, left)
        await forget(connection, WORKSPACE, but_that_it_left=True)

    assert {name for name, number in (await rows(database)).items() if number} == {"audit"}
    assert await SqlAudit(database).latest(WORKSPACE) == [left]
