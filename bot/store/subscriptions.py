"""What channels want by themselves: is a `Subscriptions`. One method, one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import DeliveryState
from bot.domain.ids import AppId, ChannelId, DeliveryId, SubscriptionId, UserId, WorkspaceId
from bot.domain.subscription import Subscription
from bot.domain.watched_app import WebhookState
from bot.errors import Unsubscribed
from bot.store.deliveries import Wakes, upsert
from bot.store.engine import Database
from bot.store.rows import AnyRow
from bot.store.tables import deliveries, subscriptions, watched_apps

_OPEN = tuple(state.value for state in DeliveryState if state.is_open)
_ONE_A_PAIR = ["workspace", "channel", "app"]


@dataclass(frozen=True, slots=True)
class SqlSubscriptions:
    """Subscriptions in the database."""

    database: Database
    wakes: Wakes

    async def add(self, subscription: Subscription) -> tuple[Subscription, bool]:
        """Store a subscription, have its app watched, and say whether it is new.

        A channel that subscribes to the app already gets the new name, title and allowance, and
        its pause ends; id, maker and time stay.
        """
        statement = upsert(self.database.dialect)(subscriptions).values(_values(subscription))
        changed = {
            "name": subscription.name,
            "title": subscription.title,
            "allows_outsiders": subscription.allows_outsiders,
            "paused": None,
            "paused_at": None,
            "told_at": None,
        }
        statement = statement.on_conflict_do_update(index_elements=_ONE_A_PAIR, set_=changed)
        async with self.database.begin() as connection:
            row = (await connection.execute(statement.returning(subscriptions))).one()
            await self._watch(connection, subscription)
        stored = _read(row)
        return stored, stored.id == subscription.id

    async def remove(
        self, workspace: WorkspaceId, channel: ChannelId, app: AppId
    ) -> Subscription | None:
        """Delete a subscription; its open deliveries end as skipped (`unsubscribed`)."""
        gone = delete(subscriptions).where(
            subscriptions.c.workspace == workspace,
            subscriptions.c.channel == channel,
            subscriptions.c.app == app,
        )
        async with self.database.begin() as connection:
            row = (await connection.execute(gone.returning(subscriptions))).first()
            if row is None:
                return None
            await connection.execute(
                update(deliveries)
                .where(deliveries.c.subscription == row.id, deliveries.c.state.in_(_OPEN))
                .values(
                    state=DeliveryState.SKIPPED.value,
                    reason=Unsubscribed.reason,
                    run_at=None,
                    attempts=0,
                )
            )
        return _read(row)

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
            query = select(subscriptions.c.paused).where(subscriptions.c.id == subscription)
            reason = await connection.scalar(query.with_for_update())
            if reason is None:
                return False
            await connection.execute(
                update(subscriptions)
                .where(subscriptions.c.id == subscription)
                .values(paused=None, paused_at=None, told_at=None)
            )
            due = await self._due(connection, subscription, reason, at)
        for delivery in due:
            await self.wakes.committed(delivery, again=True)
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
            return [_read(row) for row in await connection.execute(query)]

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

    async def _due(
        self, connection: AsyncConnection, subscription: SubscriptionId, reason: str, at: datetime
    ) -> list[DeliveryId]:
        rows = await connection.execute(
            update(deliveries)
            .where(
                deliveries.c.subscription == subscription,
                deliveries.c.state.in_(_OPEN),
                deliveries.c.reason == reason,
            )
            .values(run_at=at)
            .returning(deliveries.c.id)
        )
        due = [DeliveryId(row.id) for row in rows]
        for delivery in due:
            await self.wakes.promised(connection, delivery, again=True)
        return due

    async def _watch(self, connection: AsyncConnection, subscription: Subscription) -> None:
        statement = upsert(self.database.dialect)(watched_apps).values(
            workspace=subscription.workspace,
            app=subscription.app,
            webhook_state=WebhookState.NONE.value,
            next_at=subscription.created_at,
        )
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["workspace", "app"],
                set_={"next_at": subscription.created_at, "complete_at": None},
            )
        )

    async def _select(self, *conditions: ColumnElement[bool]) -> Sequence[Subscription]:
        query = (
            select(subscriptions)
            .where(*conditions)
            .order_by(subscriptions.c.created_at, subscriptions.c.id)
        )
        async with self.database.read() as connection:
            return [_read(row) for row in await connection.execute(query)]

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


def _values(subscription: Subscription) -> dict[str, object]:
    return {
        "id": subscription.id,
        "workspace": subscription.workspace,
        "channel": subscription.channel,
        "app": subscription.app,
        "name": subscription.name,
        "title": subscription.title,
        "created_by": subscription.created_by,
        "created_at": subscription.created_at,
        "allows_outsiders": subscription.allows_outsiders,
        "paused": subscription.paused,
        "paused_at": subscription.paused_at,
    }


def _read(row: AnyRow) -> Subscription:
    facts = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Subscription(
        id=SubscriptionId(facts["id"]),
        workspace=WorkspaceId(facts["workspace"]),
        channel=ChannelId(facts["channel"]),
        app=AppId(facts["app"]),
        name=facts["name"],
        title=facts["title"],
        created_by=UserId(facts["created_by"]),
        created_at=facts["created_at"],
        allows_outsiders=facts["allows_outsiders"],
        paused=facts["paused"],
        paused_at=facts["paused_at"],
    )
