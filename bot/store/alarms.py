"""How the checks of each workspace stood, what was told of them, and to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Update, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.alarm import Alarm, Told
from bot.domain.check import CheckState
from bot.domain.ids import UserId, WorkspaceId
from bot.store.deliveries import upsert
from bot.store.engine import Database
from bot.store.rows import AnyRow
from bot.store.tables import alarms, workspaces

LOOK_EVERY = timedelta(minutes=10)
"""How often a workspace is looked at; also when another process does whose claimer died."""

FIRST_LOOK_AFTER = timedelta(minutes=2)
"""How long after it was stored a workspace is looked at first: it is being set up."""


@dataclass(frozen=True, slots=True)
class SqlAlarms:
    """Alarms in the database. One method, one transaction."""

    database: Database
    only: WorkspaceId | None = None
    """The one workspace that is served, where the settings name one."""

    async def claim_due(self, now: datetime, limit: int = 50) -> Sequence[WorkspaceId]:
        """Take workspaces whose look is due, the longest due first, so that nobody else does.

        One that is claimed is due again ten minutes later, whatever becomes of the look.
        """
        async with self.database.begin() as connection:
            await connection.execute(
                update(workspaces)
                .where(workspaces.c.look_at.is_(None), self._is_served())
                .values(look_at=now + FIRST_LOOK_AFTER)
            )
            rows = await connection.execute(_claim(now, limit, self._is_served()))
            return [WorkspaceId(row.id) for row in rows]

    async def look_again(self, workspace: WorkspaceId, at: datetime) -> None:
        """Have a workspace looked at again at a moment, not later."""
        later = (workspaces.c.id == workspace, workspaces.c.look_at > at)
        async with self.database.begin() as connection:
            await connection.execute(update(workspaces).where(*later).values(look_at=at))

    async def of_workspace(self, workspace: WorkspaceId) -> Mapping[str, Alarm]:
        """How the checks of a workspace stood, by their names."""
        query = select(alarms).where(alarms.c.workspace == workspace)
        async with self.database.read() as connection:
            found = [_read(row) for row in await connection.execute(query)]
        return {alarm.check: alarm for alarm in found}

    async def change(
        self, workspace: WorkspaceId, before: Mapping[str, Alarm], now: Sequence[Alarm]
    ) -> frozenset[str]:
        """Write down how checks stand; returns the names of those that changed hereby.

        One that another process has changed since `before` was read is left as that one wrote it,
        so that only one of the two tells of it.
        """
        changed = [alarm for alarm in now if before.get(alarm.check) != alarm]
        if not changed:
            return frozenset()
        async with self.database.begin() as connection:
            return frozenset(
                [
                    alarm.check
                    for alarm in changed
                    if await _put(connection, workspace, before.get(alarm.check), alarm)
                ]
            )

    async def count_bad(self) -> Mapping[str, int]:
        """In how many workspaces each check is bad, for the metrics."""
        bad = func.sum(case((alarms.c.state == CheckState.BAD.value, 1), else_=0))
        query = select(alarms.c.check, bad.label("bad")).group_by(alarms.c.check)
        async with self.database.read() as connection:
            return {row.check: row.bad for row in await connection.execute(query)}

    async def contact(self, workspace: WorkspaceId) -> UserId | None:
        """The administrator who is written to."""
        query = select(workspaces.c.contact).where(workspaces.c.id == workspace)
        async with self.database.read() as connection:
            name = await connection.scalar(query)
        return None if name is None else UserId(name)

    async def write_to(self, workspace: WorkspaceId, administrator: UserId) -> None:
        """From now on, write to this administrator."""
        known = workspaces.c.contact
        another = or_(known.is_(None), known != administrator)
        here = (workspaces.c.id == workspace, another)
        async with self.database.begin() as connection:
            await connection.execute(update(workspaces).where(*here).values(contact=administrator))

    def _is_served(self) -> ColumnElement[bool]:
        if self.only is None:
            return workspaces.c.bot_token.is_not(None)
        return workspaces.c.id == self.only


def _claim(now: datetime, limit: int, is_served: ColumnElement[bool]) -> Update:
    due = (
        select(workspaces.c.id)
        .where(workspaces.c.look_at <= now, is_served)
        .order_by(workspaces.c.look_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (
        update(workspaces)
        .where(workspaces.c.id.in_(due.scalar_subquery()), workspaces.c.look_at <= now)
        .values(look_at=now + LOOK_EVERY)
        .returning(workspaces.c.id)
    )


async def _put(
    connection: AsyncConnection, workspace: WorkspaceId, before: Alarm | None, alarm: Alarm
) -> bool:
    values = {
        "state": alarm.state.value,
        "since": alarm.since,
        "told": alarm.told and alarm.told.value,
    }
    if before is None:
        new = upsert(connection.dialect.name)(alarms).values(
            workspace=workspace, check=alarm.check, **values
        )
        statement = new.on_conflict_do_nothing(index_elements=["workspace", "check"])
        rows = await connection.execute(statement.returning(alarms.c.check))
    else:
        unchanged = (
            alarms.c.workspace == workspace,
            alarms.c.check == alarm.check,
            alarms.c.state == before.state.value,
            alarms.c.told.is_not_distinct_from(before.told and before.told.value),
        )
        change = update(alarms).where(*unchanged).values(values)
        rows = await connection.execute(change.returning(alarms.c.check))
    return rows.first() is not None


def _read(row: AnyRow) -> Alarm:
    facts = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Alarm(
        check=facts["check"],
        state=CheckState(facts["state"]),
        since=facts["since"],
        told=None if facts["told"] is None else Told(facts["told"]),
    )
