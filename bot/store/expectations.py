"""What subscriptions expect to be posted: is an `Expectations`. One method, one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import ChannelId, DeliveryId, SessionId, WorkspaceId
from bot.errors import NeverReady, NoTranscript, SummaryEmpty, SummaryNotReady
from bot.store.deliveries import Wakes, upsert
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.rows import asking_values, delivery_values, read_delivery
from bot.store.tables import deliveries, messages

_ENDED = (DeliveryState.FAILED.value, DeliveryState.SKIPPED.value)
_THERE_WAS_NONE = (NeverReady.reason, NoTranscript.reason, SummaryEmpty.reason)
_KEY = ["workspace", "channel", "session", "repeat"]


@dataclass(frozen=True, slots=True)
class SqlExpectations:
    """Deliveries that nobody asked for."""

    database: Database
    sealer: Sealer
    wakes: Wakes

    async def expect(self, wanted: Sequence[Delivery], *, ready: bool) -> Sequence[Delivery]:
        """Store what subscriptions want, all or nothing; returns what is new or open again.

        What is there already stays as it is, with two exceptions when the summary is known to be
        `ready`: a delivery that waits for it (`summary_not_ready`) is due at once, and one that
        ended because there was none (`never_ready`, `no_transcript`, `summary_empty`), or for a
        person alone and without anything sent, is opened again for the subscription.
        """
        stored: list[Delivery] = []
        woken: list[DeliveryId] = []
        async with self.database.begin() as connection:
            # In one order everywhere, so that two processes cannot wait for each other.
            for delivery in sorted(wanted, key=lambda each: (each.channel, each.session)):
                if await self._insert(connection, delivery):
                    stored.append(delivery)
                elif ready:
                    at = delivery.run_at or delivery.created_at
                    hastened = await _hasten(connection, *_same(delivery), at=at)
                    woken += hastened
                    stored += [] if hastened else await self._reopen(connection, delivery)
            # What has to wait is left to the sweep: it comes round before any wait is over.
            woken += [each.id for each in stored if each.state is DeliveryState.DUE]
            for name in woken:
                await self.wakes.promised(connection, name, again=True)
        for name in woken:
            await self.wakes.committed(name, again=True)
        return stored

    async def hasten(self, workspace: WorkspaceId, session: SessionId, at: datetime) -> bool:
        """Make due what waits for a session's summary, in any channel; whether anything did."""
        theirs = (deliveries.c.workspace == workspace, deliveries.c.session == session)
        async with self.database.begin() as connection:
            woken = await _hasten(connection, *theirs, at=at)
            for name in woken:
                await self.wakes.promised(connection, name, again=True)
        for name in woken:
            await self.wakes.committed(name, again=True)
        return bool(woken)

    async def known(
        self, workspace: WorkspaceId, sessions: Sequence[SessionId]
    ) -> frozenset[tuple[ChannelId, SessionId]]:
        """Which of these sessions have a delivery already, and in which channels."""
        query = select(deliveries.c.channel, deliveries.c.session).where(
            deliveries.c.workspace == workspace, deliveries.c.session.in_(sessions)
        )
        async with self.database.read() as connection:
            rows = await connection.execute(query)
            return frozenset((ChannelId(row.channel), SessionId(row.session)) for row in rows)

    async def _insert(self, connection: AsyncConnection, delivery: Delivery) -> bool:
        statement = (
            upsert(self.database.dialect)(deliveries)
            .values(delivery_values(delivery, self.sealer))
            .on_conflict_do_nothing(index_elements=_KEY)
            .returning(deliveries.c.id)
        )
        return (await connection.execute(statement)).first() is not None

    async def _reopen(self, connection: AsyncConnection, delivery: Delivery) -> Sequence[Delivery]:
        """Open what ended without a summary, or for somebody else and with nothing sent.

        Whoever was still to be told of that end sees the thread instead: the run that is telling
        them loses its hold.
        """
        nothing_sent = ~exists().where(messages.c.delivery == deliveries.c.id)
        for_a_person = and_(deliveries.c.subscription.is_(None), nothing_sent)
        query = (
            select(deliveries.c.id)
            .where(
                *_same(delivery),
                deliveries.c.state.in_(_ENDED),
                or_(deliveries.c.reason.in_(_THERE_WAS_NONE), for_a_person),
            )
            .with_for_update()
        )
        name = await connection.scalar(query)
        if name is None:
            return ()
        values = asking_values(delivery, self.sealer, DeliveryId(name))
        opened: dict[str, object] = {"state": delivery.state.value, "holder": None}
        rows = await connection.execute(
            update(deliveries)
            .where(deliveries.c.id == name)
            .values(values | opened | {"held_until": None})
            .returning(deliveries)
        )
        return [read_delivery(row, self.sealer) for row in rows]


async def _hasten(
    connection: AsyncConnection, *meant: ColumnElement[bool], at: datetime
) -> Sequence[DeliveryId]:
    """Make what waits for a summary due: it is there."""
    rows = await connection.execute(
        update(deliveries)
        .where(
            *meant,
            deliveries.c.state == DeliveryState.WAITING.value,
            deliveries.c.reason == SummaryNotReady.reason,
            deliveries.c.run_at > at,
        )
        .values(run_at=at)
        .returning(deliveries.c.id)
    )
    return [DeliveryId(row.id) for row in rows]


def _same(delivery: Delivery) -> tuple[ColumnElement[bool], ...]:
    """The row of the same session in the same channel: never a second thread beside the first."""
    return (
        deliveries.c.workspace == delivery.workspace,
        deliveries.c.channel == delivery.channel,
        deliveries.c.session == delivery.session,
        deliveries.c.repeat == delivery.repeat,
    )
