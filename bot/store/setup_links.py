"""One-time addresses for an API token, of which only digests are stored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import UserId, WorkspaceId
from bot.domain.setup_link import LINK_LASTS, MOST_TRIES, SetupLink
from bot.store.engine import Database
from bot.store.rows import AnyRow
from bot.store.tables import setup_links, workspaces


def _new_token() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class SqlSetupLinks:
    """Links in the database: is a `SetupLinks`. One method, one transaction."""

    database: Database
    new_token: Callable[[], str] = _new_token

    async def create(self, workspace: WorkspaceId, administrator: UserId, at: datetime) -> str:
        """Make a link and return its token, which is stored nowhere; old links are deleted."""
        token = self.new_token()
        row = {
            "digest": _digest(token),
            "workspace": workspace,
            "administrator": administrator,
            "created_at": at,
            "expires_at": at + LINK_LASTS,
            "attempts": 0,
        }
        async with self.database.begin() as connection:
            await connection.execute(delete(setup_links).where(setup_links.c.expires_at <= at))
            await connection.execute(insert(setup_links).values(row))
        return token

    async def find(self, token: str, at: datetime) -> SetupLink | None:
        """The link of a token, if it still works; nothing is used up."""
        async with self.database.read() as connection:
            return await _find(connection, _digest(token), at)

    async def begin_try(self, token: str, at: datetime) -> SetupLink | None:
        """Count a try at a link that still works, and return it with this try counted."""
        digest = _digest(token)
        counted = (
            update(setup_links)
            .where(*_works(digest, at))
            .values(attempts=setup_links.c.attempts + 1)
            .returning(setup_links.c.attempts)
        )
        async with self.database.begin() as connection:
            link = await _find(connection, digest, at)
            tries = await connection.scalar(counted)
        if link is None or tries is None:
            return None
        return SetupLink(
            digest=link.digest,
            workspace=link.workspace,
            workspace_name=link.workspace_name,
            administrator=link.administrator,
            expires_at=link.expires_at,
            tries=tries,
        )

    async def give_back(self, link: SetupLink) -> None:
        """Count one try less: it told nobody anything, for somebody could not be asked."""
        back = (
            update(setup_links)
            .where(setup_links.c.digest == link.digest, setup_links.c.attempts > 0)
            .values(attempts=setup_links.c.attempts - 1)
        )
        async with self.database.begin() as connection:
            await connection.execute(back)


async def use_up(connection: AsyncConnection, link: SetupLink, at: datetime) -> bool:
    """Use a link in the transaction of what it was for; `False` when somebody else has."""
    statement = (
        update(setup_links)
        .where(setup_links.c.digest == link.digest, setup_links.c.used_at.is_(None))
        .values(used_at=at)
        .returning(setup_links.c.digest)
    )
    return (await connection.execute(statement)).first() is not None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _works(digest: str, at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        setup_links.c.digest == digest,
        setup_links.c.used_at.is_(None),
        setup_links.c.expires_at > at,
        setup_links.c.attempts < MOST_TRIES,
    )


async def _find(connection: AsyncConnection, digest: str, at: datetime) -> SetupLink | None:
    query = (
        select(setup_links, workspaces.c.name, workspaces.c.url)
        .join(workspaces, workspaces.c.id == setup_links.c.workspace)
        .where(*_works(digest, at))
    )
    row = (await connection.execute(query)).first()
    return None if row is None else _read(row)


def _read(row: AnyRow) -> SetupLink:
    return SetupLink(
        digest=row.digest,
        workspace=WorkspaceId(row.workspace),
        workspace_name=called(row.workspace, row.name, row.url),
        administrator=UserId(row.administrator),
        expires_at=row.expires_at,
        tries=row.attempts,
    )


def called(workspace: str, name: str | None, url: str) -> str:
    """What people call a workspace: its name, or else its address."""
    return name or urlsplit(url).hostname or workspace
