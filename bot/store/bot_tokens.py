"""Bot tokens that are refreshed: one process at a time, and nobody's newer one is overwritten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import WorkspaceId
from bot.domain.installation import BotToken
from bot.errors import InstallationBroken
from bot.store.deliveries import upsert
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.installations import token_values
from bot.store.rows import AnyRow
from bot.store.tables import turns, workspaces
from bot.store.workspaces import bound_to, digest

LEASE = timedelta(seconds=40)
"""How long a turn lasts if its holder dies: much longer than a call to Slack may take."""


@dataclass(frozen=True, slots=True)
class SqlBotTokens:
    """Bot tokens in the database: is a `BotTokens`. One method, one transaction."""

    database: Database
    sealer: Sealer

    async def get(self, workspace: WorkspaceId) -> BotToken:
        """The token as it is stored now. Raises `InstallationBroken`, `SealBroken`."""
        async with self.database.read() as connection:
            return await self._read(connection, workspace)

    async def begin(
        self, workspace: WorkspaceId, holder: str, now: datetime, *, at_once: bool
    ) -> BotToken | None:
        """Take the turn at refreshing a workspace's token, and read it again meanwhile.

        Returns `None` while another one has the turn, or until the time `give_up` named, unless
        it must be `at_once`.
        """
        key = _key(workspace)
        free = or_(turns.c.holder.is_(None), turns.c.held_until <= now)
        statement = upsert(self.database.dialect)(turns).values(
            key=key, holder=holder, held_until=now + LEASE, next_at=now
        )
        statement = statement.on_conflict_do_update(
            index_elements=["key"],
            set_={"holder": holder, "held_until": now + LEASE},
            where=free if at_once else free & (turns.c.next_at <= now),
        )
        async with self.database.begin() as connection:
            taken = (await connection.execute(statement.returning(turns.c.key))).first()
            return await self._read(connection, workspace) if taken else None

    async def replace(
        self, workspace: WorkspaceId, holder: str, old: BotToken, new: BotToken, now: datetime
    ) -> bool:
        """Store a refreshed token and give the turn back; `False` if the old one is gone.

        The old one is known by its digest, which stays the same when secrets are sealed anew.
        """
        there = (workspaces.c.id == workspace, workspaces.c.token_digest == digest(old.value))
        values = token_values(self.sealer, workspace, new)
        async with self.database.begin() as connection:
            stored = await connection.execute(update(workspaces).where(*there).values(values))
            await _free(connection, workspace, holder, now)
        return stored.rowcount == 1

    async def give_up(self, workspace: WorkspaceId, holder: str, next_at: datetime) -> None:
        """Give the turn back; nobody needs to try again before `next_at`."""
        async with self.database.begin() as connection:
            await _free(connection, workspace, holder, next_at)

    async def _read(self, connection: AsyncConnection, workspace: WorkspaceId) -> BotToken:
        query = select(workspaces).where(workspaces.c.id == workspace)
        row = (await connection.execute(query)).first()
        if row is None or row.bot_token is None:
            raise InstallationBroken("unknown_workspace")
        return self._token(row)

    def _token(self, row: AnyRow) -> BotToken:
        workspace = WorkspaceId(row.id)
        refresh_token = row.refresh_token and self.sealer.open(
            row.refresh_token, bound_to(workspace, "refresh_token")
        )
        return BotToken(
            value=self.sealer.open(row.bot_token, bound_to(workspace, "bot_token")),
            refresh_token=refresh_token,
            expires_at=row.token_expires_at,
        )


def _key(workspace: WorkspaceId) -> str:
    return f"token/{workspace}"


async def _free(
    connection: AsyncConnection, workspace: WorkspaceId, holder: str, next_at: datetime
) -> None:
    ours = (turns.c.key == _key(workspace), turns.c.holder == holder)
    await connection.execute(
        update(turns).where(*ours).values(holder=None, held_until=None, next_at=next_at)
    )
