"""What administrators decided: is a `Policies`. A method is a transaction, its record included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, delete, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.audit import AuditAction, AuditEntry
from bot.domain.ids import AppId, ChannelId, UserId, WorkspaceId
from bot.domain.policy import AllowedChannels, AppPolicy, Policy
from bot.store.audit import write_down
from bot.store.deliveries import upsert
from bot.store.engine import Database
from bot.store.tables import (
    administrators,
    aliases,
    app_channels,
    app_policies,
    policies,
    workspaces,
)

NEVER = "never"
"""How the record writes that nobody is asked to confirm."""


@dataclass(frozen=True, slots=True)
class SqlPolicies:
    """The decisions in the database; who changes the same one at the same moment comes in turn."""

    database: Database
    now: Callable[[], datetime]

    async def policy(self, workspace: WorkspaceId) -> Policy:
        """All that was decided for a workspace, or the defaults."""
        async with self.database.read() as connection:
            return await _policy(connection, workspace)

    async def set_default_app(self, workspace: WorkspaceId, app: AppId | None, who: UserId) -> None:
        """Choose the app that is meant when none is named."""
        async with self.database.begin() as connection:
            before = await self._held(connection, workspace)
            await self._put(connection, workspace, before, default_app=app)
            entry = self._entry(workspace, who, AuditAction.DEFAULT_APP)
            await _note(connection, entry, before.default_app or "", app or "")

    async def set_allows_shared(self, workspace: WorkspaceId, *, allows: bool, who: UserId) -> None:
        """Allow channels in which another company reads along, or no longer."""
        async with self.database.begin() as connection:
            before = await self._held(connection, workspace)
            await self._put(connection, workspace, before, allows_shared=allows)
            entry = self._entry(workspace, who, AuditAction.SHARED_CHANNELS)
            await _note(
                connection, entry, _allowed(allows=before.allows_shared), _allowed(allows=allows)
            )

    async def set_confirm_from(
        self, workspace: WorkspaceId, readers: int | None, who: UserId
    ) -> None:
        """Choose from how many readers a person must confirm."""
        async with self.database.begin() as connection:
            before = await self._held(connection, workspace)
            await self._put(connection, workspace, before, confirm_from=readers)
            entry = self._entry(workspace, who, AuditAction.CONFIRM_FROM)
            await _note(connection, entry, _from(before.confirm_from), _from(readers))

    async def set_app_channels(
        self, workspace: WorkspaceId, app: AppId, decided: AppPolicy, who: UserId
    ) -> None:
        """Choose to which channels an app's summaries may go."""
        async with self.database.begin() as connection:
            before = (await self._held(connection, workspace)).of(app)
            await _upsert(
                connection,
                app_policies,
                {"workspace": workspace, "app": app, "channels": decided.channels.value},
                key=["workspace", "app"],
            )
            here = (app_channels.c.workspace == workspace, app_channels.c.app == app)
            await connection.execute(delete(app_channels).where(*here))
            if decided.listed:
                rows = [
                    {"workspace": workspace, "app": app, "channel": channel}
                    for channel in sorted(decided.listed)
                ]
                await connection.execute(insert(app_channels), rows)
            entry = self._entry(workspace, who, AuditAction.APP_CHANNELS, app)
            await _note(connection, entry, _channels(before), _channels(decided))

    async def aliases(self, workspace: WorkspaceId) -> Mapping[str, AppId]:
        """All aliases of a workspace, in their order."""
        query = select(aliases).where(aliases.c.workspace == workspace).order_by(aliases.c.name)
        async with self.database.read() as connection:
            return {row.name: AppId(row.app) for row in await connection.execute(query)}

    async def set_alias(
        self, workspace: WorkspaceId, name: str, app: AppId | None, who: UserId
    ) -> None:
        """Give an app an alias, or take the alias away."""
        folded = name.casefold()
        here = (aliases.c.workspace == workspace, aliases.c.name == folded)
        async with self.database.begin() as connection:
            await _hold(connection, workspace)
            before = await connection.scalar(select(aliases.c.app).where(*here))
            if app is None:
                await connection.execute(delete(aliases).where(*here))
            else:
                row = {"workspace": workspace, "name": folded, "app": app}
                await _upsert(connection, aliases, row, key=["workspace", "name"])
            entry = self._entry(workspace, who, AuditAction.ALIAS, folded)
            await _note(connection, entry, before or "", app or "")

    async def administrators(self, workspace: WorkspaceId) -> frozenset[UserId]:
        """Those who may administer beside the workspace's own administrators."""
        async with self.database.read() as connection:
            return await _administrators(connection, workspace)

    async def set_administrators(
        self, workspace: WorkspaceId, people: frozenset[UserId], who: UserId
    ) -> None:
        """Choose who they are; each who is added or removed is written down."""
        async with self.database.begin() as connection:
            await _hold(connection, workspace)
            before = await _administrators(connection, workspace)
            for person in sorted(before - people):
                here = (administrators.c.workspace == workspace, administrators.c.user == person)
                await connection.execute(delete(administrators).where(*here))
                entry = self._entry(workspace, who, AuditAction.ADMINISTRATOR_REMOVED, person)
                await write_down(connection, entry)
            for person in sorted(people - before):
                row = {"workspace": workspace, "user": person}
                added = {"added_by": who, "added_at": self.now()}
                await connection.execute(insert(administrators).values(row | added))
                entry = self._entry(workspace, who, AuditAction.ADMINISTRATOR_ADDED, person)
                await write_down(connection, entry)

    async def _held(self, connection: AsyncConnection, workspace: WorkspaceId) -> Policy:
        await _hold(connection, workspace)
        return await _policy(connection, workspace)

    async def _put(
        self,
        connection: AsyncConnection,
        workspace: WorkspaceId,
        before: Policy,
        **changed: str | bool | int | None,
    ) -> None:
        row: dict[str, object] = {
            "workspace": workspace,
            "default_app": before.default_app,
            "allows_shared": before.allows_shared,
            "confirm_from": before.confirm_from,
        }
        await _upsert(connection, policies, row | changed, key=["workspace"])

    def _entry(
        self, workspace: WorkspaceId, who: UserId, action: AuditAction, subject: str = ""
    ) -> AuditEntry:
        return AuditEntry(
            workspace=workspace, at=self.now(), who=who, action=action, subject=subject
        )


async def _hold(connection: AsyncConnection, workspace: WorkspaceId) -> None:
    """Have changes of one workspace come one after another, so that none undoes another."""
    row = select(workspaces.c.id).where(workspaces.c.id == workspace)
    await connection.execute(row.with_for_update())


async def _policy(connection: AsyncConnection, workspace: WorkspaceId) -> Policy:
    """Read all of it at once: it is read before every post."""
    rows = (await connection.execute(_everything(workspace))).all()
    listed: dict[AppId, set[ChannelId]] = {}
    for row in rows:
        if row.channel is not None:
            listed.setdefault(AppId(row.app), set()).add(ChannelId(row.channel))
    of_apps = {
        AppId(row.app): AppPolicy(
            channels=AllowedChannels(row.channels),
            listed=frozenset(listed.get(AppId(row.app), ())),
        )
        for row in rows
        if row.app is not None
    }
    first = rows[0]
    if first.allows_shared is None:
        return Policy(apps=of_apps)
    return Policy(
        default_app=None if first.default_app is None else AppId(first.default_app),
        allows_shared=first.allows_shared,
        confirm_from=first.confirm_from,
        apps=of_apps,
    )


def _everything(workspace: WorkspaceId) -> Select[Any]:
    """One row a listed channel, or an app without any, or one of nothing but the workspace."""
    asked = select(literal(1)).subquery()
    of_app = (app_channels.c.workspace == workspace) & (app_channels.c.app == app_policies.c.app)
    return (
        select(
            policies.c.default_app,
            policies.c.allows_shared,
            policies.c.confirm_from,
            app_policies.c.app,
            app_policies.c.channels,
            app_channels.c.channel,
        )
        .select_from(asked)
        .outerjoin(policies, policies.c.workspace == workspace)
        .outerjoin(app_policies, app_policies.c.workspace == workspace)
        .outerjoin(app_channels, of_app)
    )


async def _administrators(connection: AsyncConnection, workspace: WorkspaceId) -> frozenset[UserId]:
    query = select(administrators.c.user).where(administrators.c.workspace == workspace)
    return frozenset(UserId(user) for user in await connection.scalars(query))


async def _upsert(
    connection: AsyncConnection, table: Table, row: Mapping[str, object], *, key: list[str]
) -> None:
    statement = upsert(connection.dialect.name)(table).values(dict(row))
    rest = {name: value for name, value in row.items() if name not in key}
    await connection.execute(statement.on_conflict_do_update(index_elements=key, set_=rest))


async def _note(connection: AsyncConnection, entry: AuditEntry, before: str, after: str) -> None:
    """Write a change down, unless it is none."""
    if before != after:
        await write_down(connection, replace(entry, before=before, after=after))


def _allowed(*, allows: bool) -> str:
    return "allowed" if allows else "not allowed"


def _from(readers: int | None) -> str:
    return NEVER if readers is None else str(readers)


def _channels(policy: AppPolicy) -> str:
    return " ".join([policy.channels.value, *sorted(policy.listed)])
