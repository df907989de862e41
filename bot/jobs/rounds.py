"""The rounds: look through the apps whose turn it is, and tell of what stopped."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot import logs
from bot.domain.watched_app import WatchedApp
from bot.errors import BotError
from bot.jobs.rhythm import repeat

ROUND_EVERY = 20.0  # seconds
TIME_TO_LOOK = 50.0  # seconds; less than a claim lasts
AT_ONCE = 10
"""Apps looked through at the same time by one process."""


class Claims(Protocol):
    """The apps whose turn it is."""

    async def claim_due(self, now: datetime, limit: int = 50) -> Sequence[WatchedApp]:
        """Take some, so that no other process does."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """Goes round the watched apps for as long as the process works.

    Args:
        claims: the apps whose turn it is.
        look: looks through one app; returns how many sessions it found.
        tell: tells people of paused subscriptions.
        now: the present moment, in UTC.
        looked: told of each look's outcome and seconds, for the metrics.
    """

    claims: Claims
    look: Callable[[WatchedApp], Awaitable[int]]
    tell: Callable[[], Awaitable[None]]
    now: Callable[[], datetime]
    looked: Callable[[str, float], None]

    async def run(self, stop: asyncio.Event) -> None:
        """Go round until `stop` is set; a look that is under way is broken off, and comes again."""
        await repeat(self.round, stop, every=ROUND_EVERY)

    async def round(self) -> int:
        """Look through every app whose turn it is; returns how many."""
        at_once = asyncio.Semaphore(AT_ONCE)
        done = 0
        while due := await self.claims.claim_due(self.now()):
            await asyncio.gather(*(self._look(watched, at_once) for watched in due))
            done += len(due)
        await self.tell()
        return done

    async def _look(self, watched: WatchedApp, at_once: asyncio.Semaphore) -> None:
        async with at_once:
            began, outcome = time.perf_counter(), "looked"
            try:
                with logs.unit_of_work(
                    "look", workspace=watched.workspace, app=watched.app
                ) as unit:
                    async with asyncio.timeout(TIME_TO_LOOK):
                        unit.add(found=await self.look(watched))
            except BotError as error:
                outcome = error.reason
            except Exception as error:  # noqa: BLE001 - logged with its path; the app is due again
                outcome = type(error).__name__
            self.looked(outcome, time.perf_counter() - began)
