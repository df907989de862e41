"""What there is to do, who does it, and what came of it. One method, one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Update, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import Delivery, DeliveryState, Posted
from bot.domain.ids import DeliveryId
from bot.jobs import turns
from bot.jobs.retry import Decision
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.retention import Retention
from bot.store.rows import read_delivery
from bot.store.tables import deliveries

_NOBODY: dict[str, object] = {"holder": None, "held_until": None}
_OPEN = tuple(state.value for state in DeliveryState if state.is_open)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that one run may work on: nobody else will until it is let go or 40 s are over."""

    delivery: Delivery
    run: str
    settled_at: datetime
    """When the delivery's state last changed."""
    next_at: datetime | None = None
    """When the channel takes the next message; `None` where nothing is to be posted."""


@dataclass(frozen=True, slots=True)
class Later:
    """There will be something to do, or somebody else is at it."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """What was written down; `delivery` is `None` when the claim had been lost."""

    delivery: Delivery | None
    next_in_channel: DeliveryId | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many open deliveries are due, and since when the oldest is (seconds)."""

    depth: int
    oldest: float


@dataclass(frozen=True, slots=True)
class Agenda:
    """The worker's side of the deliveries."""

    database: Database
    sealer: Sealer

    async def claim(self, delivery: DeliveryId, run: str, now: datetime) -> Claim | Later | None:
        """Claim a delivery that is due, together with its channel's turn if it is to be posted.

        Returns `Later` when it is not due or somebody else is at work, `None` when there is
        nothing to do, ever.
        """
        async with self.database.begin() as connection:
            claim = await self._claim_row(connection, delivery, run, now)
            if not isinstance(claim, Claim) or not claim.delivery.state.is_open:
                return claim
            key = turns.channel_of(claim.delivery)
            next_at = await turns.take(connection, key, run, now)
            if next_at is not None:
                return replace(claim, next_at=next_at)
            await connection.execute(_letting_go(claim, {}))
            return Later(await turns.held_until(connection, key) or now)

    async def settle(
        self,
        claim: Claim,
        outcome: Decision | Posted,
        *,
        keep: bool,
        now: datetime,
        next_at: datetime,
    ) -> Settled:
        """Write down what came of a try and free the channel.

        Args:
            claim: what the run was given.
            outcome: the thread that was posted, or what the failure means.
            keep: hold on to the delivery, because its asker is to be told now.
            now: the present moment.
            next_at: when the channel takes the next message.

        Whoever asked for the delivery while it was being tried is told of its end; and what was
        made due meanwhile is tried again at once, since the try may not have seen why.
        """
        held: dict[str, object] = {"holder": claim.run, "held_until": now + turns.LEASE}
        values = _values(outcome) | (held if keep else _NOBODY)
        if values["state"] != claim.delivery.state.value:
            values["settled_at"] = now
        async with self.database.begin() as connection:
            if isinstance(outcome, Decision):
                values["run_at"] = await self._run_at(connection, claim, outcome, now)
            rows = await connection.execute(
                update(deliveries).where(*_held(claim)).values(values).returning(deliveries)
            )
            row = rows.first()
            await turns.free(connection, turns.channel_of(claim.delivery), claim.run, next_at)
            following = await self._next_in_channel(connection, claim.delivery, now)
        return Settled(None if row is None else read_delivery(row, self.sealer), following)

    async def close(
        self, claim: Claim, *, told: DeliveryState | None, run_at: datetime | None
    ) -> None:
        """Write down that the asker was told or the notice was edited, and let go.

        An open delivery that was made due while its asker was being told stays due.
        """
        values: dict[str, object] = {"told": told and told.value}
        if claim.delivery.state.is_open:
            unmoved = deliveries.c.run_at == claim.delivery.run_at
            values["run_at"] = case((unmoved, run_at), else_=deliveries.c.run_at)
        else:
            values |= {"run_at": run_at, "attempts": 0}
            values["answer_url"] = None  # a bearer secret that has served
        await self._let_go(claim, values)

    async def postpone(self, claim: Claim, *, attempts: int, run_at: datetime) -> None:
        """Write down that telling or editing failed and is to be tried again; let go."""
        await self._let_go(claim, {"attempts": attempts, "run_at": run_at})

    async def release(self, claim: Claim, next_at: datetime) -> None:
        """Let go of a delivery and its channel with nothing done."""
        async with self.database.begin() as connection:
            await connection.execute(_letting_go(claim, {}))
            await turns.free(connection, turns.channel_of(claim.delivery), claim.run, next_at)

    async def recover(self, now: datetime) -> None:
        """Before work begins, let go of what a process that died was at.

        SQLite has one process, so whoever held anything is gone. On PostgreSQL they may be alive,
        and leases run out by themselves.
        """
        if self.database.dialect != "sqlite":
            return
        async with self.database.begin() as connection:
            await connection.execute(
                update(deliveries).where(deliveries.c.holder.is_not(None)).values(_NOBODY)
            )
            await turns.free_all(connection, now)

    async def due(
        self, until: datetime, limit: int = 1000
    ) -> Sequence[tuple[DeliveryId, datetime]]:
        """The deliveries with something to do until a moment, and when; the oldest first."""
        query = (
            select(deliveries.c.id, deliveries.c.run_at)
            .where(deliveries.c.run_at <= until)
            .order_by(deliveries.c.run_at)
            .limit(limit)
        )
        async with self.database.read() as connection:
            return [(DeliveryId(row.id), row.run_at) for row in await connection.execute(query)]

    async def backlog(self, now: datetime) -> Backlog:
        """How much is due and not done, for the metrics."""
        query = select(func.count(), func.min(deliveries.c.run_at)).where(
            deliveries.c.run_at <= now, deliveries.c.state.in_(_OPEN)
        )
        async with self.database.read() as connection:
            depth, oldest = (await connection.execute(query)).one()
        return Backlog(depth, (now - oldest).total_seconds() if oldest else 0.0)

    async def trim(self, now: datetime) -> None:
        """Drop what a day without posts makes worthless, and deliveries whose time is over."""
        async with self.database.begin() as connection:
            await turns.forget_idle(connection, now - timedelta(days=1))
        await Retention(self.database).prune(now)

    async def _claim_row(
        self, connection: AsyncConnection, delivery: DeliveryId, run: str, now: datetime
    ) -> Claim | Later | None:
        claimed = await connection.execute(
            update(deliveries)
            .where(deliveries.c.id == delivery, deliveries.c.run_at <= now, _nobody_holds(now))
            .values(holder=run, held_until=now + turns.LEASE)
            .returning(deliveries)
        )
        row = claimed.first()
        if row is not None:
            return Claim(read_delivery(row, self.sealer), run, row.settled_at)
        query = select(deliveries.c.run_at, deliveries.c.held_until).where(
            deliveries.c.id == delivery
        )
        found = (await connection.execute(query)).first()
        if found is None or found.run_at is None:
            return None
        return Later(max(found.run_at, found.held_until or found.run_at))

    async def _run_at(
        self, connection: AsyncConnection, claim: Claim, outcome: Decision, now: datetime
    ) -> datetime | None:
        """When there is next something to do, given what others wrote during the try."""
        query = select(deliveries.c.asker, deliveries.c.run_at).where(*_held(claim))
        row = (await connection.execute(query.with_for_update())).first()
        if row is None:
            return outcome.run_at
        hastened = row.run_at != claim.delivery.run_at
        taken_over = row.asker is not None and claim.delivery.asker is None
        return now if taken_over or (hastened and outcome.state.is_open) else outcome.run_at

    async def _next_in_channel(
        self, connection: AsyncConnection, delivery: Delivery, now: datetime
    ) -> DeliveryId | None:
        query = (
            select(deliveries.c.id)
            .where(
                deliveries.c.run_at <= now,
                deliveries.c.workspace == delivery.workspace,
                deliveries.c.channel == delivery.channel,
                deliveries.c.state.in_(_OPEN),
                _nobody_holds(now),
            )
            .order_by(deliveries.c.run_at)
            .limit(1)
        )
        found = await connection.scalar(query)
        return None if found is None else DeliveryId(found)

    async def _let_go(self, claim: Claim, values: dict[str, object]) -> None:
        async with self.database.begin() as connection:
            await connection.execute(_letting_go(claim, values))


def _nobody_holds(now: datetime) -> ColumnElement[bool]:
    return or_(deliveries.c.holder.is_(None), deliveries.c.held_until <= now)


def _held(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    """The condition that fences off a run whose claim was lost: taken over, or opened again."""
    return (deliveries.c.id == claim.delivery.id, deliveries.c.holder == claim.run)


def _letting_go(claim: Claim, values: dict[str, object]) -> Update:
    return update(deliveries).where(*_held(claim)).values(values | _NOBODY)


def _values(outcome: Decision | Posted) -> dict[str, object]:
    if isinstance(outcome, Decision):
        return {
            "state": outcome.state.value,
            "reason": outcome.reason,
            "run_at": outcome.run_at,
            "attempts": outcome.attempts,
        }
    return {
        "state": DeliveryState.POSTED.value,
        "reason": None,
        "run_at": outcome.expires_at,
        "attempts": 0,
        "parent_ts": outcome.parent_ts,
        "notice_ts": outcome.notice_ts,
        "expires_at": outcome.expires_at,
        "answer_url": None,  # a bearer secret that nobody needs any more: the thread is the answer
    }
