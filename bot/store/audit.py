"""The append-only record of who changed what in a workspace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.audit import AuditAction, AuditEntry
from bot.domain.ids import UserId, WorkspaceId, new_reference
from bot.store.engine import Database
from bot.store.rows import AnyRow
from bot.store.tables import audit

PAGE = 500
"""Rows that are read at a time."""


async def write_down(
    connection: AsyncConnection, entry: AuditEntry, *, new_id: Callable[[], str] = new_reference
) -> None:
    """Add an entry in the transaction of the change itself: both are stored, or neither."""
    await connection.execute(
        insert(audit).values(
            id=new_id(),
            workspace=entry.workspace,
            at=entry.at,
            who=entry.who,
            action=entry.action.value,
            subject=entry.subject,
            before=entry.before,
            after=entry.after,
        )
    )


@dataclass(frozen=True, slots=True)
class SqlAudit:
    """The record as it is read; entries are added by the stores that make the changes."""

    database: Database

    async def latest(self, workspace: WorkspaceId, limit: int = 20) -> Sequence[AuditEntry]:
        """The newest entries of a workspace, newest first."""
        query = (
            select(audit)
            .where(audit.c.workspace == workspace)
            .order_by(audit.c.at.desc(), audit.c.id)
            .limit(limit)
        )
        async with self.database.read() as connection:
            return [_entry(row) for row in await connection.execute(query)]

    async def workspaces(self) -> Sequence[WorkspaceId]:
        """All workspaces of which there is a record, also those that have left."""
        query = select(audit.c.workspace).distinct().order_by(audit.c.workspace)
        async with self.database.read() as connection:
            return [WorkspaceId(name) for name in await connection.scalars(query)]

    async def all(self, workspace: WorkspaceId) -> AsyncIterator[AuditEntry]:
        """Every entry of a workspace, oldest first, a page at a time."""
        query = select(audit).where(audit.c.workspace == workspace).order_by(audit.c.at, audit.c.id)
        offset = 0
        while True:
            async with self.database.read() as connection:
                rows = (await connection.execute(query.limit(PAGE).offset(offset))).all()
            for row in rows:
                yield _entry(row)
            if len(rows) < PAGE:
                return
            offset += PAGE


def _entry(row: AnyRow) -> AuditEntry:
    return AuditEntry(
        workspace=WorkspaceId(row.workspace),
        at=row.at,
        who=UserId(row.who),
        action=AuditAction(row.action),
        subject=row.subject,
        before=row.before,
        after=row.after,
    )
