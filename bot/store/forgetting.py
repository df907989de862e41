"""Deleting what belongs to a workspace, in whichever table it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Column, ColumnElement, Table, and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.audit import AuditAction
from bot.domain.ids import WorkspaceId
from bot.store.tables import audit, deliveries, messages, metadata, turns, workspaces


async def forget(
    connection: AsyncConnection, workspace: WorkspaceId, *, but_that_it_left: bool = False
) -> Mapping[str, int]:
    """Delete all rows of a workspace; returns how many of which tables, without those of none.

    A table belongs to workspaces if it has a column of that name, so that a new one is not
    forgotten here. Messages go with their deliveries. That it left stays on record, if told so.
    """
    # The workspace's own row first: who finds it gone starts nothing new for it.
    own = {"workspaces": await _delete(connection, workspaces, workspaces.c.id == workspace)}
    of_deliveries = select(deliveries.c.id).where(deliveries.c.workspace == workspace)
    count = select(func.count()).where(messages.c.delivery.in_(of_deliveries))
    own["messages"] = await connection.scalar(count) or 0
    for table, column in _tables():
        stays = table is audit and but_that_it_left
        which = and_(column == workspace, _NOT_THAT_IT_LEFT) if stays else column == workspace
        own[table.name] = await _delete(connection, table, which)
    await _delete(connection, turns, _turns_of(workspace))
    return {name: rows for name, rows in own.items() if rows}


_NOT_THAT_IT_LEFT = audit.c.action != AuditAction.UNINSTALLED.value


def _tables() -> Iterator[tuple[Table, Column[str]]]:
    for table in metadata.sorted_tables:
        if "workspace" in table.c:
            yield table, table.c.workspace


def _turns_of(workspace: WorkspaceId) -> ColumnElement[bool]:
    """The turns and budgets of a workspace: their keys are `kind/workspace` or longer."""
    key, part = turns.c.key, f"/{workspace}"
    return or_(key.endswith(part, autoescape=True), key.contains(f"{part}/", autoescape=True))


async def _delete(connection: AsyncConnection, table: Table, which: ColumnElement[bool]) -> int:
    return (await connection.execute(delete(table).where(which))).rowcount
