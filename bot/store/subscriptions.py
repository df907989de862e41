"""What channels want by themselves: is a `Subscriptions`. One method, one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.audit import AuditAction, AuditEntry
from bot.domain.delivery import DeliveryState
from bot.domain.ids import AppId, ChannelId, DeliveryId, SubscriptionId, UserId, WorkspaceId
from bot.domain.subscription import Subscription
from bot.errors import Unsubscribed
from bot.store.audit import write_down
from bot.store.deliveries import Wakes, upsert
from bot.store.engine import Database
from bot.store.rows import read_subscription, subscription_values
from bot.store.tables import deliveries, subscriptions
from bot.store.watched_apps import watch

_OPEN = tuple(state.value for state in DeliveryState if state.is_open)
_UNSUBSCRIBED: dict[str, object] = {
    "state": DeliveryState.SKIPPED.value,
    "reason": Unsubscribed.reason,
    "run_at": None,
    "attempts": 0,
}
_NOT_PAUSED: dict[str, object] = {"paused": None, "paused_at": None, "told_at": None}


@dataclass(frozen=True, slots=True)
class SqlSubscriptions:
    """Subscriptions in the database."""

    database: Database
    wakes: Wakes

    async def add(self, subscription: Subscription) -> tuple[Subscription, bool]:
        """Store a subscription, have its app watched, and say whether it is new.

        A channel that subscribes to the app already gets the new name, title and allowance, and
        its pause ends as `resume` ends it; id, maker and time stay.
        """
        async with self.database.begin() as connection:
            place = _place(subscription.workspace, subscription.channel, subscription.app)
            before = await self._locked(connection, *place)
            stored = await self._put(connection, subscription)
            due = await self._due(connection, before, subscription.created_at) if before else []
            await watch(connection, subscription)
            new = before is None and stored.id == subscription.id
            if new:
                await write_down(connection, _entry(stored, stored.created_by, stored.created_at))
        await self._committed(due)
        return stored, new

    async def remove(
        self,
        workspace: WorkspaceId,
        channel: ChannelId,
        app: AppId,
        *,
        who: UserId,
        at: datetime,
    ) -> Subscription | None:
        """Delete a subscription for somebody; its open deliveries end as skipped (`unsubscribed`).

        A run that is at work on one of them keeps its hold: what it posts in spite of this is
        written down as posted.
        """
        gone = delete(subscriptions).where(*_place(workspace, channel, app))
        async with self.database.begin() as connection:
            row = (await connection.execute(gone.returning(subscriptions))).first()
            if row is None:
                return None
            removed = read_subscription(row)
            nobodys = deliveries.c.asker.is_(None)
            await self._set_open(connection, removed, nobodys, values=_UNSUBSCRIBED)
            await write_down(connection, _entry(removed, who, at, gone=True))
        return removed

    async def get(self, subscription: SubscriptionId) -> Subscription | None:
        """One subscription by its id."""
        found = await self._select(subscriptions.c.id == subscription)
        return found[0] if found else None

    async def of_channel(
        self, workspace: WorkspaceId, channel: ChannelId
    ) -> Sequence[Subscription]:
        """A channel's subscriptions, oldest first."""
        return await self._select(
            subscriptions.c.workspace == workspace, subscriptions.c.channel == channel
        )

    async def of_app(self, workspace: WorkspaceId, app: AppId) -> Sequence[Subscription]:
        """All subscriptions to an app in a workspace, oldest first."""
        return await self._select(
            subscriptions.c.workspace == workspace, subscriptions.c.app == app
        )

    async def of_workspace(self, workspace: WorkspaceId) -> Sequence[Subscription]:
        """All subscriptions of a workspace, oldest first."""
        return await self._select(subscriptions.c.workspace == workspace)

    async def pause(self, subscription: SubscriptionId, reason: str, at: datetime) -> None:
        """Note why nothing can be posted for now; the first reason of a pause stays."""
        await self._change(
            subscription,
            subscriptions.c.paused.is_(None),
            values={"paused": reason, "paused_at": at, "told_at": None},
        )

    async def resume(self, subscription: SubscriptionId, at: datetime) -> bool:
        """End a pause, if there is one, and make what waits for its end due at once.

        Returns whether there was one. What waits are the subscription's open deliveries whose
        reason is that of the pause.
        """
        async with self.database.begin() as connection:
            before = await self._locked(
                connection, subscriptions.c.id == subscription, subscriptions.c.paused.is_not(None)
            )
            if before is None:
                return False
            await connection.execute(
                update(subscriptions).where(subscriptions.c.id == before.id).values(_NOT_PAUSED)
            )
            due = await self._due(connection, before, at)
        await self._committed(due)
        return True

    async def untold(self, limit: int = 50) -> Sequence[Subscription]:
        """Paused subscriptions whose makers were not told yet, longest paused first."""
        query = (
            select(subscriptions)
            .where(subscriptions.c.paused_at.is_not(None), subscriptions.c.told_at.is_(None))
            .order_by(subscriptions.c.paused_at)
            .limit(limit)
        )
        async with self.database.read() as connection:
            return [read_subscription(row) for row in await connection.execute(query)]

    async def told(self, subscription: SubscriptionId, at: datetime) -> bool:
        """Take on telling about a pause; `False` when somebody else has, or it is over."""
        return await self._change(
            subscription,
            subscriptions.c.paused_at.is_not(None),
            subscriptions.c.told_at.is_(None),
            values={"told_at": at},
        )

    async def not_told(self, subscription: SubscriptionId) -> None:
        """Give the telling back: it surely failed, and may be tried again."""
        await self._change(subscription, values={"told_at": None})

    async def count_paused(self) -> int:
        """How many subscriptions are paused, for the metrics."""
        query = select(func.count()).where(subscriptions.c.paused.is_not(None))
        async with self.database.read() as connection:
            return await connection.scalar(query) or 0

    async def _locked(
        self, connection: AsyncConnection, *conditions: ColumnElement[bool]
    ) -> Subscription | None:
        query = select(subscriptions).where(*conditions).with_for_update()
        row = (await connection.execute(query)).first()
        return None if row is None else read_subscription(row)

    async def _put(self, connection: AsyncConnection, subscription: Subscription) -> Subscription:
        changed = _NOT_PAUSED | {
            "name": subscription.name,
            "title": subscription.title,
            "allows_outsiders": subscription.allows_outsiders,
        }
        statement = (
            upsert(self.database.dialect)(subscriptions)
            .values(subscription_values(subscription))
            .on_conflict_do_update(index_elements=["workspace", "channel", "app"], set_=changed)
            .returning(subscriptions)
        )
        return read_subscription((await connection.execute(statement)).one())

    async def _due(
        self, connection: AsyncConnection, paused: Subscription, at: datetime
    ) -> Sequence[DeliveryId]:
        """Have what waits for the end of a pause looked at now."""
        if paused.paused is None:
            return []
        waits = deliveries.c.reason == paused.paused
        due = await self._set_open(connection, paused, waits, values={"run_at": at})
        for delivery in due:
            await self.wakes.promised(connection, delivery, again=True)
        return due

    async def _set_open(
        self,
        connection: AsyncConnection,
        of: Subscription,
        condition: ColumnElement[bool],
        *,
        values: dict[str, object],
    ) -> Sequence[DeliveryId]:
        rows = await connection.execute(_open_deliveries(of.id).where(condition))
        ids = [DeliveryId(row.id) for row in rows]
        await connection.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(values))
        return ids

    async def _committed(self, due: Sequence[DeliveryId]) -> None:
        for delivery in due:
            await self.wakes.committed(delivery, again=True)

    async def _select(self, *conditions: ColumnElement[bool]) -> Sequence[Subscription]:
        query = (
            select(subscriptions)
            .where(*conditions)
            .order_by(subscriptions.c.created_at, subscriptions.c.id)
        )
        async with self.database.read() as connection:
            return [read_subscription(row) for row in await connection.execute(query)]

    async def _change(
        self,
        subscription: SubscriptionId,
        *conditions: ColumnElement[bool],
        values: dict[str, object],
    ) -> bool:
        statement = (
            update(subscriptions)
            .where(subscriptions.c.id == subscription, *conditions)
            .values(values)
            .returning(subscriptions.c.id)
        )
        async with self.database.begin() as connection:
            return (await connection.execute(statement)).first() is not None


def _place(
    workspace: WorkspaceId, channel: ChannelId, app: AppId
) -> tuple[ColumnElement[bool], ...]:
    return (
        subscriptions.c.workspace == workspace,
        subscriptions.c.channel == channel,
        subscriptions.c.app == app,
    )


def _open_deliveries(subscription: SubscriptionId) -> Select[tuple[str]]:
    """Those of a subscription, locked in the order in which `SqlExpectations` locks them.

    In any other order two processes could wait for each other.
    """
    return (
        select(deliveries.c.id)
        .where(deliveries.c.subscription == subscription, deliveries.c.state.in_(_OPEN))
        .order_by(deliveries.c.channel, deliveries.c.session)
        .with_for_update()
    )


def _entry(
    subscription: Subscription, who: UserId, at: datetime, *, gone: bool = False
) -> AuditEntry:
    """The record of a subscription made, or taken back: which channel, and which app."""
    return AuditEntry(
        workspace=subscription.workspace,
        at=at,
        who=who,
        action=AuditAction.UNSUBSCRIBED if gone else AuditAction.SUBSCRIBED,
        subject=subscription.channel,
        before=subscription.app if gone else "",
        after="" if gone else subscription.app,
    )
