"""The apps that have, or had, subscriptions: is a `WatchedApps`. One method, one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Select,
    Update,
    and_,
    case,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import AppId, WebhookId, WorkspaceId
from bot.domain.subscription import Subscription
from bot.domain.watched_app import WatchedApp, WebhookState
from bot.store.deliveries import upsert
from bot.store.engine import Database
from bot.store.rows import AnyRow
from bot.store.tables import Moment, subscriptions, watched_apps

CLAIM_LASTS = timedelta(minutes=1)
"""When an app is due again that was claimed and not looked at."""

BETWEEN_APPS = timedelta(seconds=20)
"""How far apart the looks of one workspace are: Cloudflare's limit is for all its calls."""

HEARD_EVERY = timedelta(minutes=1)
"""How exactly it is kept when an event last came: many may come at once, all to one row."""

_CLAIMING = 0x6D7375_6D6C6F6F
"""Our number among PostgreSQL's advisory locks for claims: they come one after another."""


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
            if self.database.dialect == "postgresql":
                # What another process claims a moment earlier must be seen here: it decides which
                # apps have to wait. SQLite lets one transaction write at a time anyway.
                await connection.execute(select(func.pg_advisory_xact_lock(_CLAIMING)))
            return [_read(row) for row in await connection.execute(_claim(now, limit))]

    async def get(self, workspace: WorkspaceId, app: AppId) -> WatchedApp | None:
        """One watched app."""
        query = select(watched_apps).where(*_is(workspace, app))
        async with self.database.read() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else _read(row)

    async def of_workspace(self, workspace: WorkspaceId) -> Sequence[WatchedApp]:
        """All watched apps of a workspace."""
        query = select(watched_apps).where(watched_apps.c.workspace == workspace)
        async with self.database.read() as connection:
            return [_read(row) for row in await connection.execute(query)]

    async def looked_at(
        self, watched: WatchedApp, *, next_at: datetime, complete_at: datetime | None
    ) -> None:
        """Note when to look again, and when all that is kept was last looked through.

        Nothing is changed for one that is to be looked at sooner since `watched` was read, because
        a channel subscribed meanwhile, or that another process has claimed.
        """
        await self._set(
            watched.workspace,
            watched.app,
            watched_apps.c.next_at == watched.next_at,
            values={"next_at": next_at, "complete_at": complete_at},
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
            "registered_at": _since(webhook, at) if state is WebhookState.ACTIVE else None,
        }
        await self._set(watched.workspace, watched.app, values=values)

    async def heard_from(self, workspace: WorkspaceId, app: AppId, at: datetime) -> bool:
        """Note, to the minute, that an event of the app came; `False` when it is not watched."""
        watched = await self.get(workspace, app)
        if watched is None:
            return False
        if watched.heard_at is None or at - watched.heard_at >= HEARD_EVERY:
            return await self._set(workspace, app, values={"heard_at": at})
        return True

    async def look_soon(self, workspace: WorkspaceId, at: datetime) -> None:
        """Have all watched apps of a workspace looked through from a moment on, not later."""
        async with self.database.begin() as connection:
            await look_soon(connection, workspace, at)

    async def remove(self, watched: WatchedApp) -> bool:
        """Stop watching an app, unless it has a subscription again; whether it is gone."""
        here = _is(watched.workspace, watched.app)
        wanted = exists().where(
            subscriptions.c.workspace == watched.workspace, subscriptions.c.app == watched.app
        )
        async with self.database.begin() as connection:
            # Who subscribes at this moment holds the row, or waits for it to be gone or not.
            await connection.execute(select(watched_apps.c.app).where(*here).with_for_update())
            statement = delete(watched_apps).where(*here, ~wanted)
            gone = await connection.execute(statement.returning(watched_apps.c.app))
            return gone.first() is not None

    async def _set(
        self,
        workspace: WorkspaceId,
        app: AppId,
        *conditions: ColumnElement[bool],
        values: dict[str, object],
    ) -> bool:
        statement = update(watched_apps).where(*_is(workspace, app), *conditions).values(values)
        async with self.database.begin() as connection:
            changed = await connection.execute(statement.returning(watched_apps.c.app))
            return changed.first() is not None


async def watch(connection: AsyncConnection, subscription: Subscription) -> None:
    """Have a subscription's app watched, and looked through at once, and all of it."""
    at = subscription.created_at
    statement = upsert(connection.dialect.name)(watched_apps).values(
        workspace=subscription.workspace,
        app=subscription.app,
        webhook_state=WebhookState.NONE.value,
        next_at=at,
    )
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["workspace", "app"], set_={"next_at": at, "complete_at": None}
        )
    )


async def look_soon(connection: AsyncConnection, workspace: WorkspaceId, at: datetime) -> None:
    """Have all watched apps of a workspace looked at: what was in the way may be gone."""
    await connection.execute(
        update(watched_apps)
        .where(watched_apps.c.workspace == workspace, watched_apps.c.next_at > at)
        .values(next_at=at)
    )


def _claim(now: datetime, limit: int) -> Update:
    found = _due(now, limit).subquery()
    chosen = tuple_(watched_apps.c.workspace, watched_apps.c.app).in_(
        select(found.c.workspace, found.c.app)
    )
    return (
        update(watched_apps)
        .where(chosen, watched_apps.c.next_at <= now)
        .values(next_at=now + CLAIM_LASTS, claimed_at=now)
        .returning(watched_apps)
    )


def _due(now: datetime, limit: int) -> Select[tuple[str, str]]:
    """The first of each workspace that may be claimed, oldest first: one walk along an index."""
    other = watched_apps.alias("other")
    here, there = (tuple_(each.c.next_at, each.c.app) for each in (watched_apps, other))
    another_comes_first = exists().where(
        other.c.workspace == watched_apps.c.workspace,
        or_(
            other.c.claimed_at > now - BETWEEN_APPS,
            and_(other.c.next_at <= now, there < here),
        ),
    )
    return (
        select(watched_apps.c.workspace, watched_apps.c.app)
        .where(watched_apps.c.next_at <= now, ~another_comes_first)
        .order_by(watched_apps.c.next_at)
        .limit(limit)
    )


def _since(webhook: WebhookId | None, at: datetime) -> ColumnElement[datetime | None]:
    """Since when a webhook is active: since before, if it is the same one, or since now."""
    before = case((watched_apps.c.webhook == webhook, watched_apps.c.registered_at))
    return func.coalesce(before, literal(at, Moment))


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
        registered_at=facts["registered_at"],
        heard_at=facts["heard_at"],
        next_at=facts["next_at"],
        complete_at=facts["complete_at"],
    )
