"""What the worker is given in tests instead of the use cases, and instead of the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import Delivery, Posted
from bot.domain.ids import DeliveryId, MessageTs
from bot.jobs.queue import Look, Wake
from bot.jobs.work import Pace
from tests.fakes import NOON

EXPIRES = NOON + timedelta(days=6)
THREAD = Posted(parent_ts=MessageTs("1.1"), notice_ts=MessageTs("1.2"), expires_at=EXPIRES)


@dataclass
class FakeHandlers:
    """Answers as scripted, then as if all were well; remembers what it was asked.

    While `gate` is not set, whoever delivers waits for it.
    """

    outcomes: list[Posted | BaseException] = field(default_factory=list)
    tell_errors: list[BaseException] = field(default_factory=list)
    notice_errors: list[BaseException] = field(default_factory=list)
    delivered: list[DeliveryId] = field(default_factory=list)
    told: list[Delivery] = field(default_factory=list)
    expired: list[Delivery] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        """Let everybody through."""
        self.gate.set()

    async def deliver(self, delivery: Delivery, pace: Pace) -> Posted:
        """Do as scripted, one message long."""
        self.delivered.append(delivery.id)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        self.begun.set()
        try:
            await pace.wait()
            await self.gate.wait()
        finally:
            self.at_once -= 1
        outcome = self.outcomes.pop(0) if self.outcomes else THREAD
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    async def tell(self, delivery: Delivery) -> None:
        """Remember what was told, or fail as scripted."""
        if self.tell_errors:
            raise self.tell_errors.pop(0)
        self.told.append(delivery)

    async def expire_notice(self, delivery: Delivery) -> None:
        """Remember whose notice was edited, or fail as scripted."""
        if self.notice_errors:
            raise self.notice_errors.pop(0)
        self.expired.append(delivery)


@dataclass
class FakeQueue:
    """An engine that remembers the wakes it was given and runs nothing."""

    wakes: list[Wake] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    trimmed: int = 0

    async def promised(
        self, connection: AsyncConnection, delivery: DeliveryId, *, again: bool
    ) -> None:
        """Take no note."""

    async def committed(self, delivery: DeliveryId, *, again: bool) -> None:
        """Take no note."""

    async def wake(self, wakes: Sequence[Wake]) -> None:
        """Remember, or fail as scripted."""
        if self.errors:
            raise self.errors.pop(0)
        self.wakes.extend(wakes)

    async def trim(self) -> None:
        """Count."""
        self.trimmed += 1

    async def run(self, look: Look, stop: asyncio.Event) -> None:
        """Wait for the end."""
        await stop.wait()
