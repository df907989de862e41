"""The rounds go to every app whose turn it is, whatever happens at one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from bot.domain.ids import AppId
from bot.domain.watched_app import WatchedApp
from bot.errors import TokenRefused
from bot.jobs.rounds import AT_ONCE, Rounds
from tests.fakes import NOON, WORKSPACE


def an_app(number: int) -> WatchedApp:
    """A watched app that is due."""
    return WatchedApp(workspace=WORKSPACE, app=AppId(f"app-{number}"), next_at=NOON)


@dataclass
class Apps:
    """Apps that are due, given out a few at a time; looking at some of them fails."""

    due: list[WatchedApp]
    batch: int = 50
    failures: dict[str, BaseException] = field(default_factory=dict)
    looked_at: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    told: int = 0
    outcomes: list[str] = field(default_factory=list)

    async def claim_due(self, now: datetime, limit: int = 50) -> Sequence[WatchedApp]:
        """Give out the next few."""
        assert now == NOON
        given, self.due = self.due[: min(limit, self.batch)], self.due[self.batch :]
        return given

    async def look(self, watched: WatchedApp) -> int:
        """Look at one, and let others have a go."""
        self.looked_at.append(watched.app)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if watched.app in self.failures:
            raise self.failures[watched.app]
        return 1

    async def tell(self) -> None:
        """Count the telling."""
        self.told += 1

    def rounds(self) -> Rounds:
        """Rounds through these apps."""
        return Rounds(
            self,
            self.look,
            self.tell,
            lambda: NOON,
            lambda outcome, _: self.outcomes.append(outcome),
        )


async def test_every_app_whose_turn_it_is_gets_its_look() -> None:
    """Batch after batch, until none is due; then people are told of pauses."""
    apps = Apps([an_app(number) for number in range(120)])

    assert await apps.rounds().round() == 120

    assert apps.looked_at == [f"app-{number}" for number in range(120)]
    assert apps.told == 1


async def test_only_so_many_are_looked_at_at_once() -> None:
    """A thousand apps do not open a thousand connections."""
    apps = Apps([an_app(number) for number in range(40)])

    await apps.rounds().round()

    assert apps.most_at_once == AT_ONCE


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (TokenRefused(), "token_refused"),
        (ValueError(), "ValueError"),
        (TimeoutError(), "TimeoutError"),
    ],
)
async def test_a_look_that_fails_stops_no_other(failure: Exception, outcome: str) -> None:
    """One workspace's trouble is its own; it is counted by its reason."""
    apps = Apps([an_app(0), an_app(1)], failures={"app-0": failure})

    await apps.rounds().round()

    assert apps.looked_at == ["app-0", "app-1"]
    assert sorted(apps.outcomes) == sorted([outcome, "looked"])


async def test_a_stop_breaks_off_what_is_under_way() -> None:
    """The claim runs out and another process goes on; nobody waits for a slow service."""
    apps, stop, begun = Apps([an_app(0)]), asyncio.Event(), asyncio.Event()

    async def look(_: WatchedApp) -> int:
        begun.set()
        await asyncio.Event().wait()
        return 0

    rounds = Rounds(apps, look, apps.tell, lambda: NOON, lambda *_: None)
    running = asyncio.create_task(rounds.run(stop))
    await begun.wait()

    stop.set()

    async with asyncio.timeout(5):
        await running


async def test_a_round_that_fails_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database may be away for a while."""
    monkeypatch.setattr("bot.jobs.rounds.ROUND_EVERY", 0.001)
    apps, stop = Apps([an_app(0)]), asyncio.Event()
    failures = [OSError()]

    async def tell() -> None:
        if failures:
            raise failures.pop()
        stop.set()

    async with asyncio.timeout(5):
        await Rounds(apps, apps.look, tell, lambda: NOON, lambda *_: None).run(stop)

    assert apps.looked_at == ["app-0"]
