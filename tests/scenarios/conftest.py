"""The fixtures of the scenarios."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import pytest
import pytest_asyncio

from tests.scenarios.world import World, open_world


@pytest.fixture(autouse=True)
def public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The public address of a scenario stands for wherever its bot is served: it answers."""

    async def answers(_: str) -> int:
        return HTTPStatus.OK

    monkeypatch.setattr("bot.checks.reach", answers)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """One workspace, one account, one bot, at noon."""
    async with open_world(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world that a whole table of scenarios shares."""
    async with open_world(tmp_path_factory.mktemp("shared")) as shared:
        yield shared


@pytest.fixture
def shared(opened: World) -> World:
    """The shared world with nothing left to see of the scenario before."""
    opened.forget()
    return opened
