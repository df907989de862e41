"""A workspace's Cloudflare account and API token, as administrators set them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from bot.domain.audit import OPERATOR, AuditAction, AuditEntry
from bot.domain.credentials import Credentials
from bot.domain.ids import UserId, WorkspaceId
from bot.domain.setup_link import SetupLink
from bot.errors import InstallationBroken, SetupLinkDead
from bot.store.audit import write_down
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.setup_links import use_up
from bot.store.tables import workspaces
from bot.store.watched_apps import look_soon
from bot.store.workspaces import bound_to


@dataclass(frozen=True, slots=True)
class SqlCredentials:
    """Credentials in the workspaces' rows: is a `KeepsCredentials`."""

    database: Database
    sealer: Sealer

    async def connect(
        self,
        workspace: WorkspaceId,
        credentials: Credentials,
        *,
        who: UserId,
        at: datetime,
        link: SetupLink | None = None,
    ) -> None:
        """Store a workspace's account and API token, and write down who set them.

        Whoever set them is written to from now on, unless it was the operator. Watched apps are
        looked at soon, since paused subscriptions may go on.

        Args:
            workspace: an installation that is stored.
            credentials: tried before.
            who: the administrator, or `OPERATOR`.
            at: now, in UTC.
            link: used up with it, if they were entered at one.

        Raises:
            SetupLinkDead: the link was used meanwhile; nothing is changed.
            InstallationBroken: the installation is gone; nothing is changed.
        """
        row: dict[str, object] = {
            "account_id": credentials.account_id,
            "api_token": self.sealer.seal(credentials.api_token, bound_to(workspace, "api_token")),
            "api_token_ending": credentials.token_ending,
        }
        if who != OPERATOR:
            row["contact"] = who
        here = workspaces.c.id == workspace
        async with self.database.begin() as connection:
            # The workspace's row first, as `forget` has it: so neither waits for the other.
            before = (
                await connection.execute(select(workspaces).where(here).with_for_update())
            ).first()
            if before is None:
                raise InstallationBroken("unknown_workspace")
            if link is not None and not await use_up(connection, link, at):
                raise SetupLinkDead
            await connection.execute(update(workspaces).where(here).values(row))
            await look_soon(connection, workspace, at)
            entry = AuditEntry(
                workspace=workspace,
                at=at,
                who=who,
                action=AuditAction.CONNECTED,
                before=_connection(before.account_id, before.api_token_ending),
                after=_connection(credentials.account_id, credentials.token_ending),
            )
            await write_down(connection, entry)


def _connection(account_id: str | None, token_ending: str | None) -> str:
    """A connection as the record shows it: nothing of the token but its end."""
    if account_id is None:
        return ""
    return f"account {account_id}, token …{token_ending}" if token_ending else account_id
