"""The apps that have, or had, subscriptions: is a `WatchedApps`. One method, one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, exists, select, update

from bot.domain.ids import AppId, WebhookId, WorkspaceId
from bot.domain.watched_app import WatchedApp, WebhookState
from bot.store.engine import Database
from bot.store.rows import AnyRow
from bot.store.tables import subscriptions, watched_apps

CLAIM_LASTS = timedelta(minutes=1)
"""When an app is due again that was claimed and not looked at."""

BETWEEN_APPS = timedelta(seconds=20)
"""How far apart the looks of one workspace are: Cloudflare's limit is for all its calls."""


@dataclass(frozen=True, slots=True)
class SqlWatchedApps:
    """Watched apps in the database."""

    database: Database

    async def claim_due(self, now: datetime, limit: int = 50) -> Sequence[WatchedApp]:
        """Take apps whose look is due, at most one of each workspace, so that nobody else does.

        An app that is claimed and then not `looked_at` is due again a minute later. Apps of one
        workspace are claimed at least 20 seconds apart.
        """
        async with self.database.begin() as connection:
            rows = (await connection.execute(_due(now, limit))).all()
            first = {row.workspace: row for row in reversed(rows)}
            claimed = []
            for row in first.values():
                taken = await connection.execute(
                    update(watched_apps)
                    .where(*_is(row.workspace, row.app), watched_apps.c.next_at <= now)
                    .values(next_at=now + CLAIM_LASTS, claimed_at=now)
                    .returning(watched_apps)
                )
                claimed += [_read(each) for each in taken]
        return claimed

    async def get(self, workspace: WorkspaceId, app: AppId) -> WatchedApp | None:
        """One watched app."""
        query = select(watched_apps).where(*_is(workspace, app))
        async with self.database.read() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else _read(row)

    async def looked_at(
        self, watched: WatchedApp, *, next_at: datetime, complete_at: datetime | None
    ) -> None:
        """Note when to look again, and when all that is kept was last looked through."""
        await self._set(
            watched.workspace, watched.app, {"next_at": next_at, "complete_at": complete_at}
        )

    async def webhook_is(
        self,
        watched: WatchedApp,
        state: WebhookState,
        *,
        at: datetime,
        webhook: WebhookId | None = None,
        reason: str | None = None,
    ) -> None:
        """Note how the app's webhook stands."""
        values: dict[str, object] = {
            "webhook": webhook,
            "webhook_state": state.value,
            "webhook_reason": reason,
            "webhook_checked_at": at,
        }
        await self._set(watched.workspace, watched.app, values)

    async def heard_from(self, workspace: WorkspaceId, app: AppId, at: datetime) -> bool:
        """Note that an event of the app came; `False` when the app is not watched."""
        return await self._set(workspace, app, {"heard_at": at})

    async def remove(self, watched: WatchedApp) -> bool:
        """Stop watching an app, unless it has a subscription again; whether it is gone."""
        wanted = exists().where(
            subscriptions.c.workspace == watched.workspace, subscriptions.c.app == watched.app
        )
        statement = delete(watched_apps).where(*_is(watched.workspace, watched.app), ~wanted)
        async with self.database.begin() as connection:
            gone = await connection.execute(statement.returning(watched_apps.c.app))
            return gone.first() is not None

    async def _set(self, workspace: WorkspaceId, app: AppId, values: dict[str, object]) -> bool:
        statement = update(watched_apps).where(*_is(workspace, app)).values(values)
        async with self.database.begin() as connection:
            changed = await connection.execute(statement.returning(watched_apps.c.app))
            return changed.first() is not None


def _due(now: datetime, limit: int) -> Select[tuple[str, str]]:
    other = watched_apps.alias("other")
    just_now = exists().where(
        other.c.workspace == watched_apps.c.workspace,
        other.c.claimed_at > now - BETWEEN_APPS,
    )
    return (
        select(watched_apps.c.workspace, watched_apps.c.app)
        .where(watched_apps.c.next_at <= now, ~just_now)
        .order_by(watched_apps.c.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=watched_apps)
    )


def _is(workspace: str, app: str) -> tuple[ColumnElement[bool], ...]:
    return (watched_apps.c.workspace == workspace, watched_apps.c.app == app)


def _read(row: AnyRow) -> WatchedApp:
    facts = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return WatchedApp(
        workspace=WorkspaceId(facts["workspace"]),
        app=AppId(facts["app"]),
        webhook=None if facts["webhook"] is None else WebhookId(facts["webhook"]),
        webhook_state=WebhookState(facts["webhook_state"]),
        webhook_reason=facts["webhook_reason"],
        webhook_checked_at=facts["webhook_checked_at"],
        heard_at=facts["heard_at"],
        next_at=facts["next_at"],
        complete_at=facts["complete_at"],
    )
