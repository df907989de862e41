"""The rounds of the workspaces: look at each every ten minutes, whichever process does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from bot.domain.check import Check
from bot.domain.ids import WorkspaceId
from bot.errors import BotError
from bot.jobs.rhythm import repeat

_log = structlog.get_logger()

ROUND_EVERY = 20.0  # seconds
TIME_TO_LOOK = 50.0  # seconds
AT_ONCE = 10
"""Workspaces looked at at the same time by one process."""
BATCH = 50
MOST_A_ROUND = 400
"""Workspaces one process looks at in one round: with one process, 12,000 every ten minutes."""


class Claims(Protocol):
    """The workspaces whose look is due."""

    async def claim_due(self, now: datetime, limit: int = BATCH) -> Sequence[WorkspaceId]:
        """Take some, so that no other process does."""


class Watch(Protocol):
    """Looks at one workspace, and tells what is new."""

    async def __call__(self, workspace: WorkspaceId, shared: Sequence[Check]) -> None:
        """Look; `shared` is what was found about the deployment."""


@dataclass(frozen=True, slots=True)
class HealthRounds:
    """Looks after the health of every workspace.

    Every process does, also one that leaves the work to others: it is the one that can tell that
    nobody does it.

    Args:
        claims: the workspaces whose turn it is.
        deployment: looks at what all of them share.
        watch: looks at one.
        now: the present moment, in UTC.
    """

    claims: Claims
    deployment: Callable[[], Awaitable[Sequence[Check]]]
    watch: Watch
    now: Callable[[], datetime]

    async def run(self, stop: asyncio.Event) -> None:
        """Go round until `stop` is set."""
        await repeat(self.round, stop, every=ROUND_EVERY)

    async def round(self) -> int:
        """Look at the workspaces that are due, up to a number; returns how many."""
        at_once = asyncio.Semaphore(AT_ONCE)
        shared: Sequence[Check] | None = None
        done = 0
        while done < MOST_A_ROUND and (due := await self.claims.claim_due(self.now(), BATCH)):
            if shared is None:
                shared = await self.deployment()
            await asyncio.gather(*(self._look(workspace, shared, at_once) for workspace in due))
            done += len(due)
        return done

    async def _look(
        self, workspace: WorkspaceId, shared: Sequence[Check], at_once: asyncio.Semaphore
    ) -> None:
        async with at_once:
            try:
                async with asyncio.timeout(TIME_TO_LOOK):
                    await self.watch(workspace, shared)
            except BotError as error:
                _log.warning("health not looked at", workspace=workspace, reason=error.reason)
            except Exception as error:  # noqa: BLE001 - the others still have their turn
                _log.warning("health not looked at", workspace=workspace, exc_info=error)
