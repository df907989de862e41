"""Installations as they come and go. One method, one transaction, its audit entry included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.audit import AuditAction, AuditEntry
from bot.domain.ids import WorkspaceId
from bot.domain.installation import BotToken, Departure, NewInstallation
from bot.store.audit import write_down
from bot.store.deliveries import upsert
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.forgetting import forget
from bot.store.rows import AnyRow
from bot.store.tables import workspaces
from bot.store.workspaces import bound_to, digest


@dataclass(frozen=True, slots=True)
class SqlInstallations:
    """Who installed the app and who removed it: is an `Installations`."""

    database: Database
    sealer: Sealer

    async def put(self, new: NewInstallation) -> bool:
        """Store an installation, or what a new one of the same workspace changed.

        The Cloudflare account, its token and the webhook's key stay as they were. Of several at
        once the last one counts, with all that belongs to it. Returns whether a Cloudflare
        account is connected already.
        """
        grant = new.grant
        row = {
            "id": grant.workspace,
            "url": new.url,
            "bot_user_id": grant.bot_user_id,
            "bot_id": new.bot_id,
            "name": grant.name,
            "scopes": ",".join(sorted(grant.scopes)),
            "installed_by": grant.installer,
            "installed_at": new.at,
            "contact": grant.installer,
            "seen_at": new.at,
            **token_values(self.sealer, grant.workspace, grant.token),
        }
        statement = upsert(self.database.dialect)(workspaces).values(row)
        rest = {name: value for name, value in row.items() if name != "id"}
        statement = statement.on_conflict_do_update(index_elements=["id"], set_=rest)
        async with self.database.begin() as connection:
            before = await _locked(connection, grant.workspace)
            await connection.execute(statement)
            await write_down(connection, _installed(new, before))
        return before is not None and before.account_id is not None

    async def leave(self, departure: Departure) -> bool:
        """Delete everything of a workspace but one entry that says so; `False` for a late event.

        An event comes late when the app was installed again after it. What is deleted already may
        be told of again.
        """
        async with self.database.begin() as connection:
            row = await _locked(connection, departure.workspace)
            if row is not None and not _is_meant(departure, row):
                return False
            if row is not None:
                await forget(connection, departure.workspace)
                at = departure.at or row.installed_at or row.seen_at
                await write_down(connection, _uninstalled(departure, at))
            elif departure.revoked_bots is None:
                # What a run that was at work has written since; the entry of the first time stays.
                await forget(connection, departure.workspace, but_that_it_left=True)
        return row is not None


def token_values(sealer: Sealer, workspace: WorkspaceId, token: BotToken) -> dict[str, object]:
    """A bot token's columns in `workspaces`."""
    refresh_token = token.refresh_token
    return {
        "token_digest": digest(token.value),
        "bot_token": sealer.seal(token.value, bound_to(workspace, "bot_token")),
        "refresh_token": refresh_token
        and sealer.seal(refresh_token, bound_to(workspace, "refresh_token")),
        "token_expires_at": token.expires_at,
    }


async def _locked(connection: AsyncConnection, workspace: WorkspaceId) -> AnyRow | None:
    query = select(workspaces).where(workspaces.c.id == workspace).with_for_update()
    return (await connection.execute(query)).first()


def _is_meant(departure: Departure, row: AnyRow) -> bool:
    """Whether an event is about the installation that is stored."""
    bots = departure.revoked_bots
    if bots is not None and row.bot_user_id not in bots:
        return False
    installed_at: datetime | None = row.installed_at
    if departure.at is None or installed_at is None:
        return True
    return departure.at >= installed_at.replace(microsecond=0)


def _installed(new: NewInstallation, before: AnyRow | None) -> AuditEntry:
    return AuditEntry(
        workspace=new.grant.workspace,
        at=new.at,
        who=new.grant.installer,
        action=AuditAction.INSTALLED,
        before=(before.scopes or "") if before is not None else "",
        after=",".join(sorted(new.grant.scopes)),
    )


def _uninstalled(departure: Departure, at: datetime) -> AuditEntry:
    return AuditEntry(
        workspace=departure.workspace,
        at=at,
        who=departure.who,
        action=AuditAction.UNINSTALLED,
    )
