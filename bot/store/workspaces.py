"""The Slack installations this deployment has met, and the names given to their apps."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, delete, select

from bot.domain.ids import AppId, WorkspaceId
from bot.store.deliveries import upsert
from bot.store.engine import Database
from bot.store.tables import aliases, deliveries, workspaces


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a bot token belongs to, as Slack's `auth.test` said. No secret."""

    id: WorkspaceId
    url: str
    bot_user_id: str
    bot_id: str


def digest(token: str) -> str:
    """Name a token without giving it away; tokens are far too random to be guessed from it."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class SqlWorkspaces:
    """Identities and aliases in the database."""

    database: Database

    async def remember(self, identity: Identity, *, token: str, at: datetime) -> None:
        """Write down who a token belongs to; the token itself is not stored."""
        row = {
            "id": identity.id,
            "url": identity.url,
            "bot_user_id": identity.bot_user_id,
            "bot_id": identity.bot_id,
            "token_digest": digest(token),
            "seen_at": at,
        }
        await self._put(workspaces, row, key=["id"])

    async def of_token(self, token: str) -> Identity | None:
        """Whose token this is, if it was met before, so that a start need not ask Slack."""
        query = (
            select(workspaces)
            .where(workspaces.c.token_digest == digest(token))
            .order_by(workspaces.c.seen_at.desc())
            .limit(1)
        )
        async with self.database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return None
        return Identity(
            id=WorkspaceId(row.id), url=row.url, bot_user_id=row.bot_user_id, bot_id=row.bot_id
        )

    async def name_app(self, workspace: WorkspaceId, name: str, app: AppId) -> None:
        """Give an app a name in a workspace, or give the name to another app."""
        row: dict[str, object] = {"workspace": workspace, "name": name.casefold(), "app": app}
        await self._put(aliases, row, key=["workspace", "name"])

    async def alias(self, workspace: WorkspaceId, name: str) -> AppId | None:
        """The app an administrator gave this name, in any case of letters."""
        query = select(aliases.c.app).where(
            aliases.c.workspace == workspace, aliases.c.name == name.casefold()
        )
        async with self.database.read() as connection:
            app = await connection.scalar(query)
        return None if app is None else AppId(app)

    async def forget(self, workspace: WorkspaceId) -> None:
        """Delete everything of a workspace; nothing happens when it is gone already."""
        async with self.database.begin() as connection:
            for table in (deliveries, aliases):
                await connection.execute(delete(table).where(table.c.workspace == workspace))
            await connection.execute(delete(workspaces).where(workspaces.c.id == workspace))

    async def _put(self, table: Table, row: dict[str, object], *, key: list[str]) -> None:
        statement = upsert(self.database.dialect)(table).values(row)
        rest = {name: value for name, value in row.items() if name not in key}
        async with self.database.begin() as connection:
            await connection.execute(statement.on_conflict_do_update(index_elements=key, set_=rest))
