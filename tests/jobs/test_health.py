"""The rounds of looking at workspaces: each in its turn, none in the way of another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from structlog.testing import capture_logs

from bot.domain.check import Check
from bot.domain.ids import WorkspaceId
from bot.errors import StoreError
from bot.jobs.health import AT_ONCE, BATCH, MOST_A_ROUND, HealthRounds
from tests.fakes import NOON

SHARED = (Check.good("Clock", "The clock is right."),)


@dataclass
class Rounds:
    """Workspaces whose turn it is, and what happens to those that are looked at."""

    due: list[WorkspaceId]
    broken: dict[WorkspaceId, Exception] = field(default_factory=dict)
    looked: list[WorkspaceId] = field(default_factory=list)
    deployments: int = 0
    at_once: int = 0
    most_at_once: int = 0

    async def claim_due(self, now: datetime, limit: int = BATCH) -> Sequence[WorkspaceId]:
        """The next ones."""
        assert now == NOON
        claimed, self.due = self.due[:limit], self.due[limit:]
        return claimed

    async def deployment(self) -> Sequence[Check]:
        """What all of them share."""
        self.deployments += 1
        return SHARED

    async def watch(self, workspace: WorkspaceId, shared: Sequence[Check]) -> None:
        """Look, for a moment."""
        assert shared == SHARED
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if workspace in self.broken:
            raise self.broken[workspace]
        self.looked.append(workspace)

    async def round(self) -> int:
        """Go round once."""
        return await HealthRounds(self, self.deployment, self.watch, lambda: NOON).round()


def some(number: int) -> list[WorkspaceId]:
    """So many workspaces."""
    return [WorkspaceId(f"T{each}") for each in range(number)]


async def test_everybody_who_is_due_is_looked_at_a_few_at_a_time() -> None:
    """And the deployment once for all of them."""
    rounds = Rounds(some(120))

    assert await rounds.round() == 120

    assert sorted(rounds.looked) == sorted(some(120))
    assert rounds.deployments == 1
    assert rounds.most_at_once == AT_ONCE


async def test_nothing_is_looked_at_when_nobody_is_due() -> None:
    """Not even the deployment."""
    rounds = Rounds([])

    assert await rounds.round() == 0
    assert rounds.deployments == 0


async def test_a_round_ends_though_more_are_due() -> None:
    """The rest are another process's, or the next round's."""
    rounds = Rounds(some(MOST_A_ROUND + BATCH))

    assert await rounds.round() == MOST_A_ROUND
    assert len(rounds.due) == BATCH


@pytest.mark.parametrize("error", [StoreError("gone"), TimeoutError(), RuntimeError("a bug")])
async def test_one_that_fails_keeps_nobody_from_their_turn(error: Exception) -> None:
    """The log names it."""
    rounds = Rounds(some(3), broken={WorkspaceId("T1"): error})

    with capture_logs() as lines:
        assert await rounds.round() == 3

    assert rounds.looked == ["T0", "T2"]
    assert [line["workspace"] for line in lines] == ["T1"]


async def test_they_go_round_until_the_end() -> None:
    """And end at once when they are told to."""
    rounds, stop = Rounds(some(1)), asyncio.Event()
    running = asyncio.create_task(
        HealthRounds(rounds, rounds.deployment, rounds.watch, lambda: NOON).run(stop)
    )
    async with asyncio.timeout(5):
        while not rounds.looked:  # noqa: ASYNC110 - a round sets no event
            await asyncio.sleep(0)
        stop.set()
        await running

    assert rounds.looked == ["T0"]
