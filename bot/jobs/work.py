"""One step of one delivery: post it, tell its asker, or edit its notice; and write that down."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import structlog

from bot import logs
from bot.domain.delivery import Delivery, DeliveryState, Posted
from bot.domain.ids import DeliveryId
from bot.errors import BotError, DatabaseAway, InternalError, SendUnconfirmed
from bot.jobs.agenda import Agenda, Claim, Later
from bot.jobs.queue import HORIZON, Queue, Wake
from bot.jobs.retry import Decision, decide, try_again_at
from bot.jobs.turns import BETWEEN_MESSAGES, ChannelPace
from bot.store.engine import is_away

T = TypeVar("T")

_log = structlog.get_logger()

TIME_TO_DELIVER = 30.0  # seconds; less than a claim lasts
TIME_TO_TELL = 20.0  # seconds; the same
TIME_TO_LET_GO = 2.0  # seconds
AFTER_A_FAULT = timedelta(seconds=5)

INSIST_FOR = timedelta(minutes=10)
INSIST_FIRST = 0.2  # seconds between the first two tries to write an outcome down
INSIST_LAST = 5.0  # seconds between the last two


class Pace(Protocol):
    """A channel's rhythm."""

    async def wait(self) -> None:
        """Wait until the next message may be sent."""


class Handlers(Protocol):
    """What is done with a delivery; each may be called again after any failure."""

    async def deliver(self, delivery: Delivery, pace: Pace) -> Posted:
        """Post the summary, or raise why not (`BotError`)."""

    async def tell(self, delivery: Delivery) -> None:
        """Tell the asker how the delivery stands (raises `SlackError`)."""

    async def expire_notice(self, delivery: Delivery) -> None:
        """Say under the thread that the file is gone (raises `SlackError`)."""


@dataclass(frozen=True, slots=True)
class Work:
    """Takes deliveries one step further. Its parts are those of `Worker`."""

    agenda: Agenda
    handlers: Handlers
    queue: Queue
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    jitter: Callable[[], float]
    settled: Callable[[Delivery], None]

    async def __call__(self, delivery: DeliveryId) -> Wake | None:
        """Do what there is to do for a delivery now, unless somebody else does.

        Returns when to look again, or `None` to leave that to the sweep.
        """
        try:
            claim = await self.agenda.claim(delivery, secrets.token_hex(8), self.now())
            if isinstance(claim, Claim):
                return self._soon(delivery, await self._step(claim))
            return self._soon(delivery, claim.at if isinstance(claim, Later) else None)
        except Exception:  # noqa: BLE001 - logged, and the sweep brings the delivery up again
            _log.exception("work broken off", reference=delivery)
            return self._soon(delivery, self.now() + AFTER_A_FAULT)

    async def _step(self, claim: Claim) -> datetime | None:
        try:
            if claim.delivery.state.is_open:
                return await self._deliver(claim)
            if claim.delivery.state is DeliveryState.POSTED:
                return await self._expire(claim)
            return await self._tell(claim)
        except asyncio.CancelledError:
            await self._let_go(claim)
            raise

    async def _deliver(self, claim: Claim) -> datetime | None:
        before = claim.delivery
        pace = ChannelPace(claim.next_at or self.now(), self.now, self.sleep)
        outcome = await self._outcome(before, pace)
        state = outcome.state if isinstance(outcome, Decision) else DeliveryState.POSTED
        untold = _is_untold(replace(before, state=state))
        if isinstance(outcome, Decision) and not (untold or state.is_open):
            outcome = replace(outcome, run_at=None)
        now = self.now()
        settled = await self._insist(
            lambda: self.agenda.settle(claim, outcome, keep=untold, now=now, next_at=pace.next_at)
        )
        if settled.next_in_channel:
            await self._pass_turn_to(settled.next_in_channel)
        if settled.delivery is None:
            _log.warning("outcome too late", reference=before.id, state=state.value)
            return None
        self.settled(settled.delivery)
        if not untold:
            return settled.delivery.run_at
        return await self._tell(replace(claim, delivery=settled.delivery, settled_at=now))

    async def _outcome(self, delivery: Delivery, pace: Pace) -> Posted | Decision:
        with logs.unit_of_work(
            "delivery", reference=delivery.id, channel=delivery.channel, attempts=delivery.attempts
        ) as unit:
            try:
                async with asyncio.timeout(TIME_TO_DELIVER):
                    posted = await self.handlers.deliver(delivery, pace)
            except Exception as error:  # noqa: BLE001 - whatever it is, it becomes the row's state
                reason = _as_ours(error, delivery)
                decision = decide(reason, delivery, self.now(), self.jitter())
                unit.add(outcome=decision.state.value, reason=reason.reason, detail=reason.detail)
                return decision
            unit.add(outcome=DeliveryState.POSTED.value)
            return posted

    async def _tell(self, claim: Claim) -> datetime | None:
        delivery = claim.delivery
        error = await self._attempt("answer", delivery, self.handlers.tell)
        if not delivery.state.is_open:
            return await self._close(claim, error, claim.settled_at, told=delivery.state)
        # Somebody who could not be told that it will take time is told after the next look.
        told = delivery.told if error else delivery.state
        await self._insist(lambda: self.agenda.close(claim, told=told, run_at=delivery.run_at))
        return delivery.run_at

    async def _expire(self, claim: Claim) -> datetime | None:
        delivery = claim.delivery
        error = await self._attempt("notice", delivery, self.handlers.expire_notice)
        since = delivery.expires_at or claim.settled_at
        return await self._close(claim, error, since, told=delivery.told)

    async def _attempt(
        self, name: str, delivery: Delivery, handler: Callable[[Delivery], Awaitable[None]]
    ) -> BotError | None:
        with logs.unit_of_work(name, reference=delivery.id) as unit:
            try:
                async with asyncio.timeout(TIME_TO_TELL):
                    await handler(delivery)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again or not
                reason = _as_ours(error, delivery)
                unit.add(outcome=reason.reason, detail=reason.detail)
                return reason
            return None

    async def _close(
        self, claim: Claim, error: BotError | None, since: datetime, *, told: DeliveryState | None
    ) -> datetime | None:
        if error:
            attempts = claim.delivery.attempts + 1
            at = try_again_at(
                error, attempts=attempts, since=since, now=self.now(), jitter=self.jitter()
            )
            if at:
                await self._insist(
                    lambda: self.agenda.postpone(claim, attempts=attempts, run_at=at)
                )
                return at
        await self._insist(lambda: self.agenda.close(claim, told=told, run_at=None))
        return None

    async def _insist(self, write: Callable[[], Awaitable[T]]) -> T:
        """Write an outcome down, however long the database is away (within minutes)."""
        until, pause = self.now() + INSIST_FOR, INSIST_FIRST
        while True:
            try:
                return await write()
            except Exception as error:
                if self.now() >= until:
                    raise
                _log.warning("outcome not written yet", error=type(error).__name__)
            await self.sleep(pause)
            pause = min(pause * 2, INSIST_LAST)

    async def _pass_turn_to(self, delivery: DeliveryId) -> None:
        try:
            await self.queue.wake([Wake(delivery, purpose=None)])
        except Exception as error:  # noqa: BLE001 - the sweep finds it all the same
            _log.warning("turn not passed on", reference=delivery, error=type(error).__name__)

    async def _let_go(self, claim: Claim) -> None:
        """Let the next process begin at once; without this it waits for the lease to run out."""
        try:
            async with asyncio.timeout(TIME_TO_LET_GO):
                await self.agenda.release(claim, self.now() + BETWEEN_MESSAGES)
        except Exception as error:  # noqa: BLE001 - we are stopping; the lease runs out
            _log.warning("not let go", reference=claim.delivery.id, error=type(error).__name__)

    def _soon(self, delivery: DeliveryId, at: datetime | None) -> Wake | None:
        if at is None or at - self.now() > HORIZON:
            return None
        # Named for the moment: two jobs that found the same come back as one.
        return Wake(delivery, at - self.now(), purpose=at.isoformat())


def _is_untold(delivery: Delivery) -> bool:
    """Whether there is somebody to tell how the delivery stands, and something they don't know."""
    if delivery.state in (DeliveryState.DUE, DeliveryState.POSTED):
        return False
    somebody = delivery.asker is not None or delivery.answer_url is not None
    return somebody and delivery.told is not delivery.state


def _as_ours(error: Exception, delivery: Delivery) -> BotError:
    if isinstance(error, BotError):
        return error
    if isinstance(error, TimeoutError):
        return SendUnconfirmed("took too long")
    if is_away(error):
        return DatabaseAway(type(error).__name__)
    _log.error("unexpected", reference=delivery.id, exc_info=error)
    return InternalError(type(error).__name__)
