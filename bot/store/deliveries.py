"""The promises made, and what was sent for them: is a `Deliveries`. One method, one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Column, ColumnElement, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import Delivery, DeliveryState, MessageState, SentMessage
from bot.domain.ids import ChannelId, DeliveryId, MessageTs, SessionId, UserId, WorkspaceId
from bot.errors import SendUnconfirmed, ThreadGone
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.rows import (
    AnyRow,
    asking_values,
    consent_values,
    delivery_values,
    read_delivery,
    read_message,
    seal_answer_url,
)
from bot.store.tables import deliveries, messages

_REOPENED = (DeliveryState.FAILED, DeliveryState.SKIPPED)


class Wakes(Protocol):
    """How the worker learns of a new promise; one of the two does it, whichever the engine is."""

    async def promised(
        self, connection: AsyncConnection, delivery: DeliveryId, *, again: bool
    ) -> None:
        """Store a job in the transaction that stores the promise."""

    async def committed(self, delivery: DeliveryId, *, again: bool) -> None:
        """Take note of a promise that is stored."""


@dataclass(frozen=True, slots=True)
class SqlDeliveries:
    """Deliveries in the database; an answer's address is sealed there."""

    database: Database
    sealer: Sealer
    wakes: Wakes

    async def promise(self, delivery: Delivery) -> tuple[Delivery, bool]:
        """Store a delivery and wake the worker, unless its key is taken.

        Returns the stored one and whether it is new. A taken delivery that ended failed or
        skipped is opened again for the new asker and counts as new; what was sent for it stays
        written down, so that the new try goes on with an old thread, unless that is gone. An open
        one that nobody asked for becomes the asker's, and is due at once.
        """
        async with self.database.begin() as connection:
            if await self._insert(connection, delivery):
                stored, again = delivery, False
            else:
                taken = await self._taken(connection, delivery)
                if taken.state.is_open and taken.asker is None and delivery.asker is not None:
                    stored, again = await self._take_over(connection, taken, delivery), True
                elif taken.state in _REOPENED:
                    stored, again = await self._reopen(connection, taken, delivery), True
                else:
                    return taken, False
            await self.wakes.promised(connection, stored.id, again=again)
        await self.wakes.committed(stored.id, again=again)
        return stored, True

    async def get(self, delivery: DeliveryId) -> Delivery | None:
        """One delivery by its id."""
        found = await self._select(deliveries.c.id == delivery, limit=1)
        return found[0] if found else None

    async def latest(
        self, workspace: WorkspaceId, channel: ChannelId, session: SessionId
    ) -> Delivery | None:
        """The newest delivery of a session in a channel."""
        found = await self._select(
            deliveries.c.workspace == workspace,
            deliveries.c.channel == channel,
            deliveries.c.session == session,
            newest_first=deliveries.c.repeat,
            limit=1,
        )
        return found[0] if found else None

    async def of_session(self, workspace: WorkspaceId, session: SessionId) -> Sequence[Delivery]:
        """All deliveries of a session in a workspace, newest first."""
        return await self._select(
            deliveries.c.workspace == workspace, deliveries.c.session == session
        )

    async def recent(
        self, workspace: WorkspaceId, *, asker: UserId | None = None, limit: int = 15
    ) -> Sequence[Delivery]:
        """The latest deliveries of a workspace, or of one person in it, newest first."""
        theirs = [] if asker is None else [deliveries.c.asker == asker]
        return await self._select(deliveries.c.workspace == workspace, *theirs, limit=limit)

    async def messages(self, delivery: DeliveryId) -> Sequence[SentMessage]:
        """What was sent, or begun, for a delivery, in order."""
        query = (
            select(messages).where(messages.c.delivery == delivery).order_by(messages.c.position)
        )
        async with self.database.read() as connection:
            return [read_message(row) for row in await connection.execute(query)]

    async def sending(self, delivery: DeliveryId, key: str, at: datetime) -> None:
        """Write down, before the call, that a message is about to be sent.

        Raises:
            SendUnconfirmed: another run sent it in the meantime; look again.
        """
        position = (
            select(func.coalesce(func.max(messages.c.position), 0) + 1)
            .where(messages.c.delivery == delivery)
            .scalar_subquery()
        )
        begun = {"state": MessageState.SENDING.value, "begun_at": at}
        statement = upsert(self.database.dialect)(messages).values(
            delivery=delivery, key=key, position=position, **begun
        )
        statement = statement.on_conflict_do_update(
            index_elements=["delivery", "key"],
            set_=begun,
            where=messages.c.state != MessageState.SENT.value,
        )
        async with self.database.begin() as connection:
            written = await connection.execute(statement.returning(messages.c.key))
            if written.first() is None:
                raise SendUnconfirmed("another run sent it")

    async def sent(self, delivery: DeliveryId, key: str, ts: MessageTs | None) -> None:
        """Write down that a message arrived (a file has no timestamp)."""
        await self._mark(delivery, key, MessageState.SENT, ts)

    async def refused(self, delivery: DeliveryId, key: str) -> None:
        """Write down that Slack would not take a message, so it surely did not arrive."""
        await self._mark(delivery, key, MessageState.REFUSED, None)

    async def not_sent(self, delivery: DeliveryId, key: str) -> None:
        """Forget that a message was begun: it surely did not arrive and may be sent again."""
        statement = delete(messages).where(*_message(delivery, key))
        async with self.database.begin() as connection:
            await connection.execute(statement)

    async def _insert(self, connection: AsyncConnection, delivery: Delivery) -> bool:
        statement = (
            upsert(self.database.dialect)(deliveries)
            .values(delivery_values(delivery, self.sealer))
            .on_conflict_do_nothing(index_elements=["workspace", "channel", "session", "repeat"])
            .returning(deliveries.c.id)
        )
        return (await connection.execute(statement)).first() is not None

    async def _taken(self, connection: AsyncConnection, delivery: Delivery) -> Delivery:
        query = (
            select(deliveries)
            .where(
                deliveries.c.workspace == delivery.workspace,
                deliveries.c.channel == delivery.channel,
                deliveries.c.session == delivery.session,
                deliveries.c.repeat == delivery.repeat,
            )
            .with_for_update()
        )
        return read_delivery((await connection.execute(query)).one(), self.sealer)

    async def _reopen(
        self, connection: AsyncConnection, taken: Delivery, delivery: Delivery
    ) -> Delivery:
        if taken.reason == ThreadGone.reason:
            await connection.execute(delete(messages).where(messages.c.delivery == taken.id))
        # A run that is still telling the earlier asker loses its hold on the row here.
        statement = (
            update(deliveries)
            .where(deliveries.c.id == taken.id)
            .values(
                state=delivery.state.value,
                holder=None,
                held_until=None,
                **asking_values(delivery, self.sealer, taken.id),
            )
            .returning(deliveries)
        )
        return read_delivery((await connection.execute(statement)).one(), self.sealer)

    async def _take_over(
        self, connection: AsyncConnection, taken: Delivery, delivery: Delivery
    ) -> Delivery:
        """Give a delivery to somebody who asks for it; a run that is at work on it goes on."""
        statement = (
            update(deliveries)
            .where(deliveries.c.id == taken.id)
            .values(
                asker=delivery.asker,
                subscription=None,
                answer_url=seal_answer_url(self.sealer, taken.id, delivery.answer_url),
                **consent_values(delivery.agreed),
                attempts=0,
                run_at=delivery.run_at,
                told=None,
            )
            .returning(deliveries)
        )
        return read_delivery((await connection.execute(statement)).one(), self.sealer)

    async def _select(
        self,
        *conditions: ColumnElement[bool],
        newest_first: Column[Any] = deliveries.c.created_at,
        limit: int | None = None,
    ) -> Sequence[Delivery]:
        query = select(deliveries).where(*conditions).order_by(newest_first.desc()).limit(limit)
        async with self.database.read() as connection:
            rows: Sequence[AnyRow] = (await connection.execute(query)).all()
        return [read_delivery(row, self.sealer) for row in rows]

    async def _mark(
        self, delivery: DeliveryId, key: str, state: MessageState, ts: MessageTs | None
    ) -> None:
        statement = (
            update(messages).where(*_message(delivery, key)).values(state=state.value, ts=ts)
        )
        async with self.database.begin() as connection:
            await connection.execute(statement)


def upsert(dialect: str) -> type[sqlite.Insert | postgresql.Insert]:
    """The dialect's INSERT that knows ON CONFLICT; both spell it alike."""
    return sqlite.Insert if dialect == "sqlite" else postgresql.Insert


def _message(delivery: DeliveryId, key: str) -> tuple[ColumnElement[bool], ...]:
    return (messages.c.delivery == delivery, messages.c.key == key)
