"""Deleting what belongs to a workspace, in whichever table it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Column, ColumnElement, Table, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import WorkspaceId
from bot.store.tables import deliveries, messages, metadata, turns, workspaces


async def forget(
    connection: AsyncConnection, workspace: WorkspaceId, *, keep: frozenset[str] = frozenset()
) -> Mapping[str, int]:
    """Delete all rows of a workspace; returns how many of which tables, without those of none.

    A table belongs to workspaces if it has a column of that name, so that a new one is not
    forgotten here. Messages go with their deliveries. The tables named in `keep` stay.
    """
    # The workspace's own row first: who finds it gone starts nothing new for it.
    own = {"workspaces": await _delete(connection, workspaces, workspaces.c.id == workspace)}
    of_deliveries = select(deliveries.c.id).where(deliveries.c.workspace == workspace)
    count = select(func.count()).where(messages.c.delivery.in_(of_deliveries))
    own["messages"] = await connection.scalar(count) or 0
    for table, column in _tables(keep):
        own[table.name] = await _delete(connection, table, column == workspace)
    await _delete(connection, turns, _turns_of(workspace))
    return {name: rows for name, rows in own.items() if rows}


def _tables(keep: frozenset[str]) -> Iterator[tuple[Table, Column[str]]]:
    for table in metadata.sorted_tables:
        if "workspace" in table.c and table.name not in keep:
            yield table, table.c.workspace


def _turns_of(workspace: WorkspaceId) -> ColumnElement[bool]:
    """The turns and budgets of a workspace: their keys are `kind/workspace` or longer."""
    key, part = turns.c.key, f"/{workspace}"
    return or_(key.endswith(part, autoescape=True), key.contains(f"{part}/", autoescape=True))


async def _delete(connection: AsyncConnection, table: Table, which: ColumnElement[bool]) -> int:
    return (await connection.execute(delete(table).where(which))).rowcount
