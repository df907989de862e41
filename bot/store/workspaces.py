"""The Slack installations this deployment has met, and the names given to their apps."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Table, select, update

from bot.domain.credentials import Credentials
from bot.domain.ids import AppId, WorkspaceId
from bot.domain.workspace import Workspace
from bot.errors import InstallationBroken, SealBroken
from bot.store.deliveries import upsert
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.forgetting import forget
from bot.store.rows import AnyRow
from bot.store.setup_links import called
from bot.store.tables import aliases, policies, workspaces

_log = structlog.get_logger()


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
    """Installations, their secrets (sealed) and their aliases in the database."""

    database: Database
    sealer: Sealer

    async def install(self, workspace: Workspace, who: Identity, *, at: datetime) -> None:
        """Store an installation with its tokens, or what a new installation of it changed."""
        row = _identity_values(who) | {
            "token_digest": digest(workspace.bot_token),
            "seen_at": at,
            "bot_token": self._seal(workspace.id, "bot_token", workspace.bot_token),
            "account_id": workspace.account_id,
            "api_token": self._seal(workspace.id, "api_token", workspace.api_token),
        }
        await self._put(workspaces, row, key=["id"])

    async def get(self, workspace: WorkspaceId) -> Workspace:
        """An installation with its tokens.

        Raises:
            InstallationBroken: there is none, or no bot token of it is stored.
            SealBroken: no key of ours opens its tokens.
        """
        row = await self._row(workspace)
        token = row and self._open(workspace, "bot_token", row.bot_token)
        if row is None or not token:
            raise InstallationBroken("unknown_workspace")
        return Workspace(
            id=workspace,
            url=row.url,
            bot_token=token,
            account_id=row.account_id,
            api_token=self._open(workspace, "api_token", row.api_token),
            token_expires_at=row.token_expires_at,
        )

    async def credentials(self, workspace: WorkspaceId) -> Credentials | None:
        """The account and API token an administrator stored. Raises `SealBroken`."""
        row = await self._row(workspace)
        token = row and self._open(workspace, "api_token", row.api_token)
        if row is None or token is None or row.account_id is None:
            return None
        return Credentials(account_id=row.account_id, api_token=token)

    async def find(self, enterprise_id: str | None, team_id: str | None) -> Identity | None:
        """Whose installation a request is for: the team's own, or else its organisation's."""
        for name in (team_id, enterprise_id):
            row = await self._row(WorkspaceId(name)) if name else None
            if row is not None and row.bot_token is not None:
                return _identity(row)
        return None

    async def webhook_key(self, workspace: WorkspaceId) -> str:
        """The workspace's key; made, and stored sealed, when there is none that opens."""
        row = await self._row(workspace)
        if row is None:
            raise InstallationBroken("unknown_workspace")
        try:
            key = self._open(workspace, "webhook_key", row.webhook_key)
        except SealBroken:
            _log.warning("webhook key unreadable, making another", workspace=workspace)
            key = None
        if key is not None:
            return key
        fresh = secrets.token_urlsafe(32)
        before = workspaces.c.webhook_key_digest.is_not_distinct_from(row.webhook_key_digest)
        statement = (
            update(workspaces)
            .where(workspaces.c.id == workspace, before)
            .values(
                webhook_key=self._seal(workspace, "webhook_key", fresh),
                webhook_key_digest=digest(fresh),
            )
            .returning(workspaces.c.id)
        )
        async with self.database.begin() as connection:
            written = (await connection.execute(statement)).first() is not None
        return fresh if written else await self.webhook_key(workspace)

    async def of_webhook_key(self, key: str) -> WorkspaceId | None:
        """The workspace whose key this is."""
        query = select(workspaces.c.id).where(workspaces.c.webhook_key_digest == digest(key))
        async with self.database.read() as connection:
            name = await connection.scalar(query)
        return None if name is None else WorkspaceId(name)

    async def names(self) -> Mapping[WorkspaceId, str]:
        """What people call each workspace that is stored: its name, or else its address."""
        query = select(workspaces.c.id, workspaces.c.name, workspaces.c.url)
        async with self.database.read() as connection:
            rows = (await connection.execute(query.order_by(workspaces.c.id))).all()
        return {WorkspaceId(row.id): called(row.id, row.name, row.url) for row in rows}

    async def remember(self, identity: Identity, *, token: str, at: datetime) -> None:
        """Write down who a token belongs to; the token itself is not stored."""
        row = _identity_values(identity) | {"token_digest": digest(token), "seen_at": at}
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
        return None if row is None else _identity(row)

    async def alias(self, workspace: WorkspaceId, name: str) -> AppId | None:
        """The app an administrator gave this name, in any case of letters."""
        query = select(aliases.c.app).where(
            aliases.c.workspace == workspace, aliases.c.name == name.casefold()
        )
        async with self.database.read() as connection:
            app = await connection.scalar(query)
        return None if app is None else AppId(app)

    async def default_app(self, workspace: WorkspaceId) -> AppId | None:
        """The app administrators chose to be meant when none is named."""
        query = select(policies.c.default_app).where(policies.c.workspace == workspace)
        async with self.database.read() as connection:
            app = await connection.scalar(query)
        return None if app is None else AppId(app)

    async def token_ending(self, workspace: WorkspaceId) -> str | None:
        """The last four characters of the API token that is stored: all that is ever shown."""
        row = await self._row(workspace)
        return None if row is None else row.api_token_ending

    async def forget(self, workspace: WorkspaceId) -> Mapping[str, int]:
        """Delete everything of a workspace; returns how many rows of which tables that were."""
        async with self.database.begin() as connection:
            return await forget(connection, workspace)

    async def _put(self, table: Table, row: dict[str, object], *, key: list[str]) -> None:
        statement = upsert(self.database.dialect)(table).values(row)
        rest = {name: value for name, value in row.items() if name not in key}
        async with self.database.begin() as connection:
            await connection.execute(statement.on_conflict_do_update(index_elements=key, set_=rest))

    async def _row(self, workspace: WorkspaceId) -> AnyRow | None:
        query = select(workspaces).where(workspaces.c.id == workspace)
        async with self.database.read() as connection:
            return (await connection.execute(query)).first()

    def _seal(self, workspace: WorkspaceId, column: str, text: str | None) -> str | None:
        return None if text is None else self.sealer.seal(text, bound_to(workspace, column))

    def _open(self, workspace: WorkspaceId, column: str, sealed: str | None) -> str | None:
        return None if sealed is None else self.sealer.open(sealed, bound_to(workspace, column))


def bound_to(workspace: WorkspaceId, column: str) -> str:
    """What a secret of a workspace is sealed for: its place, and no other."""
    return f"workspaces/{workspace}/{column}"


def _identity_values(who: Identity) -> dict[str, object]:
    return {"id": who.id, "url": who.url, "bot_user_id": who.bot_user_id, "bot_id": who.bot_id}


def _identity(row: AnyRow) -> Identity:
    facts = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Identity(
        id=WorkspaceId(facts["id"]),
        url=facts["url"],
        bot_user_id=facts["bot_user_id"],
        bot_id=facts["bot_id"],
    )
