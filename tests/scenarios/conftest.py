"""The fixture of the scenarios."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """One workspace, one account, one bot, at noon."""
    async with open_world(tmp_path) as opened:
        yield opened
